//! Looks at everything in a hot folder. Reads the disk, changes nothing.
//!
//! Links are not followed: what arrives here is files. Left out are hidden files, what storage keeps for
//! itself, what programs have not finished, folders that runs write to, and those where something else goes.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use pool::file_identity::FileIdentity;
use pool::journal::FileState;
use pool::output_folder::STATE_FOLDER;
use walkdir::{DirEntry, WalkDir};

use crate::plan::is_left_alone;

/// The endings under which browsers, servers and people's programs write what is not whole yet.
const UNFINISHED: [&str; 9] =
    ["part", "partial", "tmp", "temp", "crdownload", "download", "filepart", "upload", "swp"];

/// A hot folder, and the folders that are apart from it wherever they lie.
#[derive(Debug)]
pub(super) struct HotFolder {
    /// Its real path.
    root: PathBuf,
    /// Output, state, and the folder that originals go to.
    apart: Vec<PathBuf>,
}

/// Something that was seen.
#[derive(Debug)]
pub(super) enum Seen<'a> {
    /// A folder, before what is in it; absolute.
    Folder(&'a Path),
    /// A file below the hot folder.
    File(&'a Path, FileState),
}

impl HotFolder {
    pub(super) fn new(root: PathBuf, apart: Vec<PathBuf>) -> Self {
        Self { root, apart }
    }

    /// Its real path.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Tells of everything in the folder `start`, absolute, and below it. The answer is what could not be
    /// looked into, below the hot folder; an error, that the hot folder itself cannot.
    pub(super) fn look_at_all(
        &self,
        start: &Path,
        told: &mut dyn FnMut(Seen<'_>),
    ) -> io::Result<Vec<PathBuf>> {
        // It may be another one since, under the same name.
        let apart: Vec<FileIdentity> = self.apart.iter().filter_map(|path| FileIdentity::at(path)).collect();
        let mut unseen = Vec::new();
        let walk = WalkDir::new(start).follow_links(false).into_iter();
        for entry in walk.filter_entry(|entry| self.is_entered(entry, &apart)) {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => told(Seen::Folder(entry.path())),
                Ok(entry) => match (self.below(entry.path()), entry.metadata()) {
                    (Some(path), Ok(metadata)) if metadata.is_file() => {
                        told(Seen::File(path, FileState::of(&metadata)));
                    }
                    // No file, or gone since.
                    (_, Ok(_) | Err(_)) => {}
                },
                Err(error) => {
                    let path = error.path().unwrap_or(start);
                    let is_gone = error.io_error().is_some_and(|it| it.kind() == io::ErrorKind::NotFound);
                    if path == self.root {
                        return Err(error.into());
                    }
                    unseen.extend(self.below(path).filter(|_| !is_gone).map(Path::to_owned));
                }
            }
        }
        Ok(unseen)
    }

    /// Whether a file is looked at, or what is in a folder.
    fn is_entered(&self, entry: &DirEntry, apart: &[FileIdentity]) -> bool {
        if entry.path() == self.root {
            return true;
        }
        let is_folder = entry.file_type().is_dir();
        let is_apart = || entry.metadata().is_ok_and(|metadata| apart.contains(&FileIdentity::of(&metadata)));
        // A folder with state in it holds results of some run.
        let is_of_results = || is_apart() || entry.path().join(STATE_FOLDER).is_dir();
        is_of_interest(entry.file_name()) && !(is_folder && is_of_results())
    }

    /// What a look at one file sees, if files of this name are looked at at all.
    pub(super) fn look_at(&self, path: &Path) -> Option<FileState> {
        let metadata = fs::symlink_metadata(self.root.join(path)).ok()?;
        metadata.is_file().then(|| FileState::of(&metadata))
    }

    /// The path below the hot folder of something in it.
    pub(super) fn below<'a>(&self, path: &'a Path) -> Option<&'a Path> {
        path.strip_prefix(&self.root).ok().filter(|below| !below.as_os_str().is_empty())
    }

    /// Whether the hot folder is still the one that it was, by what [`HotFolder::identity`] said.
    pub(super) fn identity(&self) -> Option<FileIdentity> {
        FileIdentity::at(&self.root)
    }
}

/// Whether files and folders of this name are anybody's finished work.
pub(super) fn is_of_interest(name: &OsStr) -> bool {
    let ending = Path::new(name).extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let is_unfinished = ending.is_some_and(|ending| UNFINISHED.contains(&ending.as_str()));
    !is_left_alone(name) && !is_unfinished && !name.as_encoded_bytes().ends_with(b"~")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn finished_files_are_seen_and_results_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for file in [
            "a.jpg",
            "day/b.jpg",
            "day/c.jpg.part",
            "day/d.jpg~",
            ".hidden/e.jpg",
            "@eaDir/f.jpg",
            "out/g.jpg",
            "other/h.jpg",
            "other/.supervisor/journal",
        ] {
            fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
            fs::write(root.join(file), "x").unwrap();
        }
        symlink("a.jpg", root.join("link.jpg")).unwrap();
        symlink(".", root.join("round")).unwrap();
        let hot = HotFolder::new(root.clone(), vec![root.join("out"), root.join("none")]);
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        let unseen = hot.look_at_all(&root, &mut |seen| match seen {
            Seen::File(path, state) => files.push((path.to_owned(), state.bytes)),
            Seen::Folder(path) => folders.push(path.to_owned()),
        });
        files.sort();
        folders.sort();
        assert_eq!(files, [("a.jpg".into(), 1), ("day/b.jpg".into(), 1)]);
        assert_eq!((folders, unseen.unwrap()), (vec![root.clone(), root.join("day")], Vec::new()));
        assert!(hot.look_at(Path::new("link.jpg")).is_none() && hot.look_at(Path::new("a.jpg")).is_some());
        for folder in ["out", ".hidden", "other"] {
            let unseen = hot.look_at_all(&root.join(folder), &mut |seen| panic!("{seen:?}"));
            assert_eq!(unseen.unwrap(), Vec::<PathBuf>::new(), "{folder}, which has just come");
        }
        let gone = HotFolder::new(root.join("gone"), Vec::new());
        assert!(gone.look_at_all(&root.join("gone"), &mut |_| {}).is_err());
        assert!(hot.look_at_all(&root.join("gone"), &mut |_| {}).unwrap().is_empty(), "only a part is gone");
    }
}
