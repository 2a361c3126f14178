//! What workers may read: as little as the jobs need, in as few rules as is sensible. Reads the disk, changes
//! nothing.
//!
//! A folder that was given as input is readable whole. A file that was given by itself, or that a link in
//! such a folder leads to, is readable alone, so that `supervisor run ~/one.jpg` does not open the home
//! folder to a decoder. Only where very many single files stand in one folder, the folder is opened in their
//! place.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use crate::plan::Fence;

/// Single files of one folder up to which each gets a rule of its own: beyond, starting a worker would take
/// noticeably longer.
const SINGLE_FILES: usize = 256;

/// The folders and files that must be readable for these inputs. `given` is what the user named; files among
/// it do not count.
pub(crate) fn readable<'a>(
    given: &[PathBuf],
    inputs: impl Iterator<Item = &'a Path>,
    fence: &Fence,
) -> Vec<PathBuf> {
    let folders = given.iter().filter(|path| path.is_dir() && fence.allows(path));
    let roots: BTreeSet<PathBuf> = folders.filter_map(|path| fs::canonicalize(path).ok()).collect();
    let is_covered = |path: &Path| path.ancestors().any(|folder| roots.contains(folder));

    // Files of a folder share its way through links, which is long to walk.
    let mut real_folders: HashMap<PathBuf, Option<PathBuf>> = HashMap::new();
    let mut singles: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for input in inputs {
        let (Some(folder), Some(name)) = (input.parent(), input.file_name()) else { continue };
        let real = if input.is_symlink() {
            fs::canonicalize(input).ok()
        } else {
            let real = real_folders.entry(folder.to_owned()).or_insert_with(|| fs::canonicalize(folder).ok());
            real.as_ref().map(|folder| folder.join(name))
        };
        if let Some(real) = real.filter(|real| !is_covered(real) && fence.allows(real)) {
            let folder = real.parent().unwrap_or(&real).to_owned();
            singles.entry(folder).or_default().push(real);
        }
    }
    let few = |(folder, files): (PathBuf, Vec<PathBuf>)| match files.len() {
        0..=SINGLE_FILES => files,
        _ => vec![folder],
    };
    roots.iter().cloned().chain(singles.into_iter().flat_map(few)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_single_file_does_not_open_its_folder() {
        let dir = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(dir.path()).unwrap();
        let (home, album) = (root.join("home"), root.join("album"));
        fs::create_dir_all(album.join("day")).unwrap();
        fs::create_dir(&home).unwrap();
        for file in ["home/one.jpg", "home/secret", "album/day/a.jpg", "elsewhere.jpg"] {
            fs::write(root.join(file), "").unwrap();
        }
        symlink("../elsewhere.jpg", album.join("link.jpg")).unwrap();
        let inputs = [home.join("one.jpg"), album.join("day/a.jpg"), album.join("link.jpg")];
        let given = [home.join("one.jpg"), album.clone()];
        let found = readable(&given, inputs.iter().map(PathBuf::as_path), &Fence::default());
        assert_eq!(found, [album, root.join("elsewhere.jpg"), home.join("one.jpg")]);
    }

    #[test]
    fn very_many_single_files_open_their_folder() {
        let dir = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(dir.path()).unwrap();
        let files: Vec<PathBuf> = (0..=SINGLE_FILES).map(|n| root.join(format!("{n}.jpg"))).collect();
        assert_eq!(
            readable(&[], files[1..].iter().map(PathBuf::as_path), &Fence::default()).len(),
            SINGLE_FILES
        );
        assert_eq!(readable(&[], files.iter().map(PathBuf::as_path), &Fence::default()), [root]);
    }
}
