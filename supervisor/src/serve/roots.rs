//! The folders that the page may use, and the one way from a path in a message to a file on the disk.
//!
//! [`Roots::resolve`] follows every link and then asks whether the result is below a root. What is opened
//! later, by us, is opened through [`Roots::open`], which the kernel does not let leave the root even if a
//! link was put in the way meanwhile; what a worker opens is held by its sandbox. Holds a descriptor of each
//! root; has no state that changes.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{Mode, OFlags, ResolveFlags};

use crate::plan::is_hidden;
use pool::escape::escape;
use pool::escape::path_text;

/// One folder that may be used.
#[derive(Debug)]
struct Root {
    label: String,
    /// Without links.
    path: PathBuf,
    folder: OwnedFd,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Roots(Vec<Root>);

/// Why a path cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum RootError {
    /// It would be somewhere else.
    #[error("{0}: it is outside the folders that may be used; `supervisor serve --root DIR` adds one")]
    Outside(String),
    /// A dot file.
    #[error("{0}: names that begin with a dot are left alone")]
    Hidden(String),
    /// The file system said no.
    #[error("{shown}: {error}")]
    Io {
        /// As it was asked for.
        shown: String,
        /// What it said.
        error: io::Error,
    },
}

impl RootError {
    fn io(shown: &str) -> impl Fn(io::Error) -> RootError + '_ {
        move |error| RootError::Io { shown: shown.to_owned(), error }
    }

    /// Whether nothing is there.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, RootError::Io { error, .. } if error.kind() == io::ErrorKind::NotFound)
    }
}

impl Roots {
    /// Takes folders that are there. The error names the one that is not.
    pub(super) fn open_all(folders: &[PathBuf]) -> Result<Roots, RootError> {
        let mut roots: Vec<Root> = Vec::new();
        for given in folders {
            let shown = escape(given);
            let path = fs::canonicalize(given).map_err(RootError::io(&shown))?;
            if roots.iter().any(|root| root.path == path) {
                continue;
            }
            let flags = OFlags::DIRECTORY | OFlags::PATH | OFlags::CLOEXEC;
            let folder = rustix::fs::open(&path, flags, Mode::empty());
            let folder = folder.map_err(|errno| RootError::io(&shown)(errno.into()))?;
            let label = label(&path, &roots);
            roots.push(Root { label, path, folder });
        }
        Ok(Roots(roots))
    }

    /// Path and real folder of each root.
    pub(super) fn list(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.0.iter().map(|root| (root.label.as_str(), root.path.as_path()))
    }

    /// The real folders.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        self.0.iter().map(|root| root.path.clone()).collect()
    }

    /// The real path of something that is there.
    pub(super) fn resolve(&self, asked: &str) -> Result<PathBuf, RootError> {
        let real = fs::canonicalize(self.absolute(asked)?).map_err(RootError::io(asked))?;
        self.allow(real, asked)
    }

    /// The real path of something that is there or will be made: the nearest folder above it that is there
    /// decides.
    pub(super) fn resolve_new(&self, asked: &str) -> Result<PathBuf, RootError> {
        let path = self.absolute(asked)?;
        let mut missing = Vec::new();
        let mut above = path.as_path();
        let real = loop {
            match fs::symlink_metadata(above) {
                Ok(_) => break fs::canonicalize(above).map_err(RootError::io(asked))?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(RootError::io(asked)(error)),
            }
            let (Some(parent), Some(name)) = (above.parent(), above.file_name()) else {
                return Err(RootError::Outside(asked.to_owned()));
            };
            missing.push(name);
            above = parent;
        };
        let path = missing.into_iter().rev().fold(real, |path, name| path.join(name));
        self.allow(path, asked)
    }

    /// Whether a real path is below a root, all roots included.
    pub(super) fn contains(&self, real: &Path) -> bool {
        self.0.iter().any(|root| real.starts_with(&root.path))
    }

    /// The path as messages have it: `LABEL/sub/file`. What is below no root is shown as it is.
    pub(super) fn shown(&self, real: &Path) -> String {
        match self.root_of(real) {
            Some((root, below)) if below.as_os_str().is_empty() => root.label.clone(),
            Some((root, below)) => format!("{}/{}", root.label, path_text(below)),
            None => path_text(real),
        }
    }

    /// Opens a file for reading by its real path. No link on the way is followed, so it is the file that was
    /// looked at or none.
    pub(super) fn open(&self, real: &Path) -> io::Result<File> {
        Ok(File::from(self.open_with(real, OFlags::RDONLY | OFlags::NONBLOCK)?))
    }

    /// Opens a folder by its real path, likewise; what is done in it goes by the descriptor.
    pub(super) fn open_folder(&self, real: &Path) -> io::Result<OwnedFd> {
        self.open_with(real, OFlags::DIRECTORY | OFlags::PATH)
    }

    fn open_with(&self, real: &Path, flags: OFlags) -> io::Result<OwnedFd> {
        let (root, below) = self.root_of(real).ok_or(io::ErrorKind::PermissionDenied)?;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        let below = if below.as_os_str().is_empty() { Path::new(".") } else { below };
        Ok(rustix::fs::openat2(&root.folder, below, flags | OFlags::CLOEXEC, Mode::empty(), resolve)?)
    }

    fn root_of<'a>(&self, real: &'a Path) -> Option<(&Root, &'a Path)> {
        // Where one root lies in another, the inner one names what is in it.
        let inside = self.0.iter().filter_map(|root| Some((root, real.strip_prefix(&root.path).ok()?)));
        inside.min_by_key(|(_, below)| below.as_os_str().len())
    }

    /// What was asked for as an absolute path, before any link is followed.
    fn absolute(&self, asked: &str) -> Result<PathBuf, RootError> {
        let outside = || RootError::Outside(asked.to_owned());
        if asked.contains('\0') {
            return Err(outside());
        }
        let path = Path::new(asked);
        let climbs = path.components().any(|component| component == Component::ParentDir);
        if climbs {
            return Err(outside());
        }
        if path.is_absolute() {
            return Ok(path.to_owned());
        }
        let mut components = path.components();
        let first = components.next().map(|component| component.as_os_str());
        let labelled = self.0.iter().find(|root| first == Some(OsStr::new(&root.label)));
        match (labelled, self.0.first()) {
            (Some(root), _) => Ok(root.path.join(components.as_path())),
            (None, Some(root)) => Ok(root.path.join(path)),
            (None, None) => Err(outside()),
        }
    }

    fn allow(&self, real: PathBuf, asked: &str) -> Result<PathBuf, RootError> {
        let Some((_, below)) = self.root_of(&real) else {
            return Err(RootError::Outside(asked.to_owned()));
        };
        if below.components().any(|component| is_hidden(component.as_os_str())) {
            return Err(RootError::Hidden(asked.to_owned()));
        }
        Ok(real)
    }
}

/// The folder's name, numbered where another root has it.
fn label(path: &Path, others: &[Root]) -> String {
    let name = path.file_name().map_or_else(|| "root".to_owned(), |name| path_text(Path::new(name)));
    let is_free = |label: &String| others.iter().all(|root| root.label != *label);
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    std::iter::once(name.clone()).chain(numbered).find(is_free).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use tempfile::TempDir;

    /// `home/photos` and `home/work` are roots, `home/secret` is not.
    fn home() -> (TempDir, Roots) {
        let dir = tempfile::tempdir().unwrap();
        let home = fs::canonicalize(dir.path()).unwrap();
        for folder in ["photos/day", "photos/.hidden", "work/photos", "secret"] {
            fs::create_dir_all(home.join(folder)).unwrap();
        }
        for file in ["photos/day/a.jpg", "photos/.hidden/b.jpg", "secret/c.jpg", "work/photos/d.jpg"] {
            fs::write(home.join(file), "x").unwrap();
        }
        symlink(home.join("secret"), home.join("photos/out")).unwrap();
        symlink("../secret/c.jpg", home.join("photos/c.jpg")).unwrap();
        symlink("day/a.jpg", home.join("photos/in.jpg")).unwrap();
        symlink("../secret/new.jpg", home.join("photos/dangling.jpg")).unwrap();
        let roots = Roots::open_all(&[home.join("photos"), home.join("work")]).unwrap();
        (dir, roots)
    }

    #[test]
    fn paths_go_by_label_by_full_name_or_from_the_first_root() {
        let (dir, roots) = home();
        let home = fs::canonicalize(dir.path()).unwrap();
        let a = home.join("photos/day/a.jpg");
        for asked in ["photos/day/a.jpg", "day/a.jpg", "photos//day/./a.jpg", "in.jpg", a.to_str().unwrap()] {
            assert_eq!(roots.resolve(asked).unwrap(), a, "{asked}");
        }
        assert_eq!(roots.resolve("work/photos/d.jpg").unwrap(), home.join("work/photos/d.jpg"));
        assert_eq!(roots.shown(&a), "photos/day/a.jpg");
        assert_eq!(roots.shown(&home.join("work")), "work");
    }

    #[test]
    fn nothing_leads_out() {
        let (dir, roots) = home();
        let secret = dir.path().join("secret/c.jpg");
        let asked =
            ["../secret/c.jpg", "photos/../secret/c.jpg", "day/../../secret/c.jpg", "out/c.jpg", "c.jpg"];
        for asked in asked.into_iter().chain([secret.to_str().unwrap(), "/etc/passwd", "/", "a\0b"]) {
            assert!(matches!(roots.resolve(asked), Err(RootError::Outside(_))), "{asked}");
        }
        for asked in ["out/new.jpg", "../new", "/tmp/new", "dangling.jpg"] {
            assert!(roots.resolve_new(asked).is_err(), "{asked}");
        }
        assert!(matches!(roots.resolve(".hidden/b.jpg"), Err(RootError::Hidden(_))));
        assert!(matches!(roots.resolve_new("results/.ssh/x"), Err(RootError::Hidden(_))));
        assert!(roots.resolve_new("results/new/x.jpg").unwrap().ends_with("photos/results/new/x.jpg"));
        assert!(roots.resolve("day/missing.jpg").unwrap_err().is_not_found());
    }

    #[test]
    fn a_link_put_in_the_way_after_the_check_is_not_followed() {
        let (dir, roots) = home();
        let real = roots.resolve("day/a.jpg").unwrap();
        assert!(roots.open(&real).is_ok());
        fs::remove_file(&real).unwrap();
        symlink(dir.path().join("secret/c.jpg"), &real).unwrap();
        assert!(roots.open(&real).is_err(), "the file");
        let day = real.parent().unwrap();
        fs::remove_dir_all(day).unwrap();
        symlink(dir.path().join("secret"), day).unwrap();
        assert!(roots.open(&day.join("c.jpg")).is_err(), "its folder");
        assert!(roots.open_folder(day).is_err(), "to write into");
    }

    #[test]
    fn roots_of_the_same_name_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let folders = ["a/x", "b/x", "a/x"].map(|folder| dir.path().join(folder));
        folders.iter().for_each(|folder| fs::create_dir_all(folder).unwrap());
        let roots = Roots::open_all(&folders).unwrap();
        assert_eq!(roots.list().map(|(label, _)| label).collect::<Vec<_>>(), ["x", "x-2"]);
        assert!(Roots::open_all(&[dir.path().join("missing")]).unwrap_err().is_not_found());
    }
}
