//! What in a folder is a photo: by its name, or else by its first bytes. Opens only files without a known
//! extension.

use std::ffi::OsStr;
use std::fs::{File, FileType};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use recipe::format::{Format, OTHER_IMAGES, SNIFF_LEN, UNSUPPORTED_EXTENSIONS};

/// Whether a name is that of a photo, by its extension.
pub(super) fn has_photo_extension(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    extension.is_some_and(|extension| {
        Format::from_extension(&extension).is_some() || UNSUPPORTED_EXTENSIONS.contains(&extension.as_str())
    })
}

/// Whether a name is that of a picture that nobody here can read and that is no photo.
pub(super) fn is_other_image(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    extension.is_some_and(|extension| OTHER_IMAGES.contains(&extension.as_str()))
}

/// A file in a folder is a photo by its extension or by its content; a FIFO is never opened. What exiftool
/// keeps beside a file that it changed is that file once more, and what Windows calls so holds thumbnails.
pub(super) fn is_wanted(path: &Path, file_type: FileType) -> bool {
    let is_copy = path.as_os_str().as_bytes().ends_with(b"_original");
    let name = path.file_name().unwrap_or_default();
    let is_other = is_copy || name.eq_ignore_ascii_case("Thumbs.db");
    has_photo_extension(path) || (!is_other && file_type.is_file() && sniff(path).is_some())
}

/// Whether a folder is one in which network storage (Synology, QNAP) or Windows keeps thumbnails, or what was
/// deleted or changed.
pub(super) fn is_of_storage(name: &OsStr) -> bool {
    const FOLDERS: [&str; 6] =
        ["@eaDir", "#recycle", "#snapshot", "@Recycle", "@Recently-Snapshot", "$RECYCLE.BIN"];
    FOLDERS.iter().any(|of_storage| name == *of_storage)
}

/// The format by the first bytes of a file.
pub(super) fn sniff(path: &Path) -> Option<Format> {
    let mut head = Vec::with_capacity(SNIFF_LEN);
    File::open(path).ok()?.take(SNIFF_LEN as u64).read_to_end(&mut head).ok()?;
    Format::sniff(&head)
}
