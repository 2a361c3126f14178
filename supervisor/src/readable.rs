//! What workers may read: what the user has named, and as little beside it as can be.
//!
//! Pure but for resolving links: the sandbox knows files by where they really are.

use std::path::{Path, PathBuf};

/// Files that are given one by one; each costs every worker a file opened at its start. Of more than that, the folders are
/// given that they stand in.
const ONE_BY_ONE: usize = 1000;

/// The folders among `given` whole, and what is not beneath one of them file by file.
pub(crate) fn readable<'a, 'b>(
    given: impl IntoIterator<Item = &'a PathBuf>,
    inputs: impl Iterator<Item = &'b Path>,
) -> Vec<PathBuf> {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let given =
        outermost(given.into_iter().filter_map(|path| real(path)).filter(|path| path.is_dir()).collect());
    let alone = |file: &PathBuf| !given.iter().any(|folder| file.starts_with(folder));
    let mut files: Vec<PathBuf> = inputs.filter_map(real).filter(alone).collect();
    files.sort_unstable();
    files.dedup();
    if files.len() > ONE_BY_ONE {
        for file in &mut files {
            file.pop();
        }
    }
    outermost(given.into_iter().chain(files).collect())
}

/// A folder that is given whole makes what is below it needless.
fn outermost(mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
    paths.sort_unstable();
    let mut kept: Vec<PathBuf> = Vec::new();
    for path in paths {
        if !kept.last().is_some_and(|last| path.starts_with(last)) {
            kept.push(path);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(files: &[&str]) -> (tempfile::TempDir, PathBuf, Vec<PathBuf>) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let files: Vec<PathBuf> = files.iter().map(|name| root.join(name)).collect();
        for file in &files {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "").unwrap();
        }
        (folder, root, files)
    }

    #[test]
    fn a_file_is_given_without_its_neighbours() {
        let (_folder, root, files) = folder_with(&["photo.jpg", "secret", "album/1.jpg", "album/deep/2.jpg"]);
        let inputs = [&files[0], &files[2], &files[3]].map(PathBuf::as_path);
        let given = [files[0].clone(), root.join("album"), root.join("album/deep")];
        assert_eq!(readable(&given, inputs.into_iter()), [root.join("album"), root.join("photo.jpg")]);
    }

    #[test]
    fn a_link_gives_what_it_leads_to() {
        let (_folder, root, files) = folder_with(&["elsewhere/real.jpg", "album/1.jpg"]);
        let link = root.join("album/link.jpg");
        std::os::unix::fs::symlink(&files[0], &link).unwrap();
        let inputs = [files[1].as_path(), link.as_path()];
        assert_eq!(
            readable(&[root.join("album")], inputs.into_iter()),
            [root.join("album"), root.join("elsewhere/real.jpg")]
        );
    }

    #[test]
    fn very_many_files_are_given_by_their_folders() {
        let names: Vec<String> = (0..=ONE_BY_ONE).map(|n| format!("f{}/{n}.jpg", n % 2)).collect();
        let (_folder, root, files) = folder_with(&names.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(readable(&[], files.iter().map(PathBuf::as_path)), [root.join("f0"), root.join("f1")]);
    }
}
