//! A file that is there whole, old or new, at any instant: written beside its name, brought to the disk,
//! renamed.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// How the names of files begin that are not renamed yet; what a killed run left of them is swept by it.
pub(crate) const HALF_WRITTEN: &str = ".half-written-";

/// Puts what `write` writes in the place of a file, or where none is.
pub fn replace_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // As any other new file: the umask decides who may read it, where a temporary file would be its owner's
    // alone. What fails is told in the system's words, without a name that nobody knows.
    let file =
        tempfile::Builder::new().prefix(HALF_WRITTEN).make_in(folder, |path| File::create_new(path))?;
    let mut out = BufWriter::new(file.as_file());
    write(&mut out)?;
    out.flush()?;
    drop(out);
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_is_told_without_the_name_of_the_half_written_file() {
        let folder = tempfile::TempDir::new().unwrap();
        let missing = replace_file(&folder.path().join("none/report.json"), |_| Ok(())).unwrap_err();
        let full = replace_file(&folder.path().join("report.json"), |out| {
            out.write_all(&[0; 1 << 16])?;
            Err(io::Error::from_raw_os_error(28))
        });
        for (error, code) in [(missing, 2), (full.unwrap_err(), 28)] {
            assert_eq!(error.raw_os_error(), Some(code), "{error}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
