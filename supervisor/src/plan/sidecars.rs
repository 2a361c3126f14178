//! Which files are sidecars, and of which photos: by their names alone. Looks for them on the disk.

use std::path::{Path, PathBuf};

use super::Fence;

/// What their names end in.
const ENDINGS: [&str; 2] = ["xmp", "XMP"];

/// The names of those that a photo can have: `photo.jpg.xmp`, which is its alone, and `photo.xmp`.
fn names(photo: &Path) -> impl Iterator<Item = PathBuf> {
    let of_file = |ending: &str| {
        let mut name = photo.as_os_str().to_owned();
        name.push(".");
        name.push(ending);
        PathBuf::from(name)
    };
    ENDINGS.map(of_file).into_iter().chain(ENDINGS.map(|ending| photo.with_extension(ending)))
}

/// Those that lie beside a photo.
pub(super) fn beside(photo: &Path, fence: &Fence) -> Vec<PathBuf> {
    names(photo).filter(|path| path.is_file() && fence.allows(path)).collect()
}

/// Whether a file says something of photos that it lies beside.
pub(crate) fn is_one(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known))
}

/// Whether a sidecar says something of this photo.
pub(crate) fn is_of(sidecar: &Path, photo: &Path) -> bool {
    names(photo).any(|name| name == sidecar)
}
