//! What the kernel says of memory in the cgroups (version 2 or 1) that this process is in.

use std::fs;
use std::path::{Path, PathBuf};

/// What a file of the memory controller says, which has another name in each version: in this process's group
/// first, then in each group above that has the file.
pub(crate) fn memory_files(version_2: &str, version_1: &str) -> impl Iterator<Item = String> {
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let files = |line| files_on_the_way_up(line, version_2, version_1).unwrap_or_default();
    let files: Vec<PathBuf> = groups.lines().flat_map(files).collect();
    files.into_iter().filter_map(|file| fs::read_to_string(file).ok())
}

/// The files of the group that a line of `/proc/self/cgroup` names, and of those above it.
fn files_on_the_way_up(line: &str, version_2: &str, version_1: &str) -> Option<Vec<PathBuf>> {
    let mut fields = line.splitn(3, ':').skip(1);
    let (controllers, group) = (fields.next()?, fields.next()?);
    let (root, file) = match controllers {
        "" => ("/sys/fs/cgroup", version_2),
        "memory" => ("/sys/fs/cgroup/memory", version_1),
        _ => return None,
    };
    let group = Path::new(group.trim_start_matches('/'));
    Some(group.ancestors().map(|group| Path::new(root).join(group).join(file)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_looked_for_where_its_version_has_it_and_so_is_each_above() {
        let files = |line| files_on_the_way_up(line, "two", "one");
        let of_2 = ["/sys/fs/cgroup/a/b/two", "/sys/fs/cgroup/a/two", "/sys/fs/cgroup/two"];
        assert_eq!(files("0::/a/b"), Some(of_2.map(PathBuf::from).to_vec()));
        let of_1 = ["/sys/fs/cgroup/memory/c:d/one", "/sys/fs/cgroup/memory/one"];
        assert_eq!(files("4:memory:/c:d"), Some(of_1.map(PathBuf::from).to_vec()));
        assert_eq!((files("3:cpu,cpuacct:/a"), files("nonsense")), (None, None));
    }
}
