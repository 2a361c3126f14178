//! Files that several options name, in whichever way: one that is written must not take the place of another
//! that is read or written. No state.

use std::path::{Path, PathBuf};

use pool::escape::escape;
use pool::file_identity::FileIdentity;

use super::UsageError;
use crate::report::place::folder_of;

/// An option, and the file that it names.
pub(super) type NamedFile<'a> = (&'static str, &'a Path);

/// That no file of `written` is another of them, nor one of `read`.
pub(super) fn check_apart(written: &[NamedFile<'_>], read: &[NamedFile<'_>]) -> Result<(), UsageError> {
    for (index, (option, path)) in written.iter().enumerate() {
        let before = written.iter().take(index).map(|named| (named, "goes"));
        let mut others = before.chain(read.iter().map(|named| (named, "is read from")));
        if let Some(((other, _), does)) = others.find(|((_, other), _)| are_one(path, other)) {
            return Err(UsageError(format!("{option} {}: {other} {does} there", escape(path))));
        }
    }
    Ok(())
}

/// Whether two names are of one file, though it may not be there yet.
fn are_one(one: &Path, other: &Path) -> bool {
    let is_one_file = || FileIdentity::at(one).is_some_and(|known| FileIdentity::at(other) == Some(known));
    real(one) == real(other) || is_one_file()
}

/// Where a name leads; the file itself need not be there.
pub(super) fn real(path: &Path) -> PathBuf {
    let beside = || Some(folder_of(path).canonicalize().ok()?.join(path.file_name()?));
    path.canonicalize().ok().or_else(beside).unwrap_or_else(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn files_are_told_apart_whatever_they_are_called() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::create_dir(path("in")).unwrap();
        fs::write(path("there"), "").unwrap();
        fs::hard_link(path("there"), path("hard")).unwrap();
        symlink(path("there"), path("soft")).unwrap();
        let said = |one: &str, other: &str| {
            let (one, other) = (path(one), path(other));
            let written = [("--report", one.as_path()), ("--manifest", &other)];
            let both = check_apart(&written, &[]).err().map(|error| error.to_string());
            let read = check_apart(&written[1..], &written[..1]).is_err();
            assert_eq!(both.is_some(), read);
            both
        };
        for (one, other) in
            [("there", "hard"), ("there", "soft"), ("hard", "soft"), ("new", "new"), ("new", "in/../new")]
        {
            let error = said(one, other).unwrap();
            assert!(error.starts_with("--manifest ") && error.ends_with(": --report goes there"), "{error}");
        }
        assert_eq!((said("new", "other"), said("there", "new")), (None, None));
    }
}
