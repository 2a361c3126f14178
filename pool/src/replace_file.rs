//! A file that is there whole, old or new, at any instant: written beside its name, brought to the disk,
//! renamed.

use std::fs::Permissions;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// How the names of files begin that are not renamed yet; what a killed run left of them is swept by it.
pub const HALF_WRITTEN: &str = ".half-written-";

/// Puts what `write` writes in the place of a file, or where none is.
pub fn replace_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // As any other new file: the umask decides who may read it, where a temporary file would be its owner's
    // alone.
    let file = tempfile::Builder::new()
        .prefix(HALF_WRITTEN)
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)?;
    let mut out = BufWriter::new(&file);
    write(&mut out)?;
    out.flush()?;
    drop(out);
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
