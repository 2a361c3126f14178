//! What is in the folders that may be used. Blocks on the disk, so it is called on threads that may.

use std::fs::{self, DirEntry, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::roots::{RootError, Roots};
use crate::plan::{is_hidden, is_photo_name};
use crate::report::wire::answer::{Folder, PictureFile, Pictures, Subfolder};
use pool::escape::path_text;

/// Entries of a subfolder that are counted.
const COUNTED: usize = 10_000;

/// One entry of a folder that may be shown.
struct FolderEntry {
    path: PathBuf,
    name: String,
    metadata: Metadata,
}

/// A folder with its subfolders, or the roots.
pub(super) fn folders(asked: Option<&str>, roots: &Roots) -> Result<Folder, RootError> {
    let Some(asked) = asked else {
        let folders = roots.list().map(|(label, path)| described(label, path, roots)).collect();
        let (path, shown, parent) = (None, None, None);
        return Ok(Folder { path, shown, parent, pictures: 0, bytes: 0, other_files: 0, folders });
    };
    let path = roots.resolve(asked)?;
    let entries = entries(&path, roots).map_err(|error| unreadable(asked, error))?;
    let (mut folders, mut pictures, mut bytes, mut other_files) = (Vec::new(), 0u64, 0u64, 0u64);
    for entry in &entries {
        if entry.metadata.is_dir() {
            folders.push(described(&entry.name, &entry.path, roots));
        } else if is_photo_name(&entry.path) {
            pictures += 1;
            bytes = bytes.saturating_add(entry.metadata.len());
        } else {
            other_files += 1;
        }
    }
    let parent = path.parent().filter(|parent| roots.contains(parent)).map(|parent| roots.shown(parent));
    let (path, shown) = (Some(roots.shown(&path)), Some(path_text(&path)));
    Ok(Folder { path, shown, parent, pictures, bytes, other_files, folders })
}

/// Some of the photos of a folder.
pub(super) fn pictures(asked: &str, from: usize, count: usize, roots: &Roots) -> Result<Pictures, RootError> {
    let path = roots.resolve(asked)?;
    let entries = entries(&path, roots).map_err(|error| unreadable(asked, error))?;
    let pictures: Vec<&FolderEntry> =
        entries.iter().filter(|entry| !entry.metadata.is_dir() && is_photo_name(&entry.path)).collect();
    let row = |entry: &&FolderEntry| {
        let modified = entry.metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        PictureFile {
            name: entry.name.clone(),
            path: roots.shown(&entry.path),
            bytes: entry.metadata.len(),
            modified: modified.map_or(0, |time| time.as_secs()),
        }
    };
    let rows = pictures.iter().skip(from).take(count).map(row).collect();
    Ok(Pictures { path: roots.shown(&path), from, total: pictures.len(), pictures: rows })
}

/// Makes a folder, and those above it.
pub(super) fn make(asked: &str, roots: &Roots) -> Result<PathBuf, RootError> {
    let path = roots.resolve_new(asked)?;
    fs::create_dir_all(&path).map_err(|error| unreadable(asked, error))?;
    roots.resolve(asked)
}

fn described(name: &str, path: &Path, roots: &Roots) -> Subfolder {
    let (mut pictures, mut folders) = (0, 0);
    for entry in fs::read_dir(path).into_iter().flatten().flatten().take(COUNTED) {
        let Ok(kind) = entry.file_type() else { continue };
        // A link counts as what it leads to, if it may be followed there; to look at everything would take
        // long.
        let is_folder = match kind.is_symlink() {
            true => match allowed(&entry, roots) {
                Some(linked) => linked.metadata.is_dir(),
                None => continue,
            },
            false => kind.is_dir(),
        };
        if is_hidden(&entry.file_name()) {
            continue;
        } else if is_folder {
            folders += 1;
        } else {
            pictures += u64::from(is_photo_name(Path::new(&entry.file_name())));
        }
    }
    Subfolder { name: name.to_owned(), path: roots.shown(path), pictures, folders }
}

/// What may be shown of a folder, by name; links that lead out are left out.
fn entries(path: &Path, roots: &Roots) -> io::Result<Vec<FolderEntry>> {
    let mut entries: Vec<FolderEntry> =
        fs::read_dir(path)?.flatten().filter_map(|entry| allowed(&entry, roots)).collect();
    entries.sort_by_cached_key(|entry| (entry.name.to_lowercase(), entry.name.clone()));
    Ok(entries)
}

fn allowed(entry: &DirEntry, roots: &Roots) -> Option<FolderEntry> {
    let (path, name) = (entry.path(), entry.file_name());
    if is_hidden(&name) {
        return None;
    }
    if entry.file_type().ok()?.is_symlink() && !roots.contains(&fs::canonicalize(&path).ok()?) {
        return None;
    }
    let metadata = fs::metadata(&path).ok()?;
    Some(FolderEntry { path, name: path_text(Path::new(&name)), metadata })
}

fn unreadable(asked: &str, error: io::Error) -> RootError {
    RootError::Io { shown: asked.to_owned(), error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn folders_show_what_may_be_used_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("photos");
        fs::create_dir_all(root.join("day/night")).unwrap();
        fs::create_dir(root.join(".hidden")).unwrap();
        for file in ["b.JPG", "a.png", "notes.txt", ".c.jpg", "day/d.jpg"] {
            fs::write(root.join(file), "12").unwrap();
        }
        fs::write(dir.path().join("secret.jpg"), "").unwrap();
        symlink(dir.path().join("secret.jpg"), root.join("link.jpg")).unwrap();
        symlink(dir.path(), root.join("up")).unwrap();
        symlink("a.png", root.join("z.png")).unwrap();
        let roots = Roots::open_all(&[root]).unwrap();
        let top = folders(None, &roots).unwrap();
        assert_eq!((top.folders[0].path.as_str(), top.path), ("photos", None));
        let photos = folders(Some("photos"), &roots).unwrap();
        assert_eq!((photos.pictures, photos.bytes, photos.other_files), (3, 6, 1));
        let day = Subfolder { name: "day".into(), path: "photos/day".into(), pictures: 1, folders: 1 };
        assert_eq!((photos.folders, photos.parent), (vec![day], None));
        assert_eq!(folders(Some("photos/day"), &roots).unwrap().parent.as_deref(), Some("photos"));
        let page = pictures("photos", 1, 1, &roots).unwrap();
        assert_eq!((page.total, page.pictures[0].path.as_str()), (3, "photos/b.JPG"));
        assert!(folders(Some("photos/up"), &roots).is_err() && folders(Some("nowhere"), &roots).is_err());
        assert!(make("photos/new/one", &roots).unwrap().is_dir());
        assert!(make("photos/up/new", &roots).is_err() && make("../new", &roots).is_err());
    }
}
