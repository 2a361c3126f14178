//! Which files a log may be added to: never to a photo, nor to what runs keep for themselves.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use pool::escape::escape;
use pool::output_folder::STATE_FOLDER;

use super::named_files::real;
use crate::log::LogError;
use crate::plan::is_photo_name;

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub(super) enum LogProblem {
    /// It would be added to something else.
    #[error("--log {}: {what}; a log needs a file of its own", escape(.file))]
    NoLog {
        file: PathBuf,
        /// What the file is.
        what: &'static str,
    },
    /// It cannot begin.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// Looks at the name as it was typed, and where it leads. `state`: what `--state` names; `others`: files that
/// would be put in its place.
pub(super) fn check_log(file: &Path, state: Option<&Path>, others: &[&Path]) -> Result<(), LogProblem> {
    let leads_to = real(file);
    let names = [file, &leads_to];
    let is_photo = |name: &Path| {
        is_photo_name(name) || name.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xmp"))
    };
    let is_state = |name: &Path| {
        name.components().any(|part| part.as_os_str() == STATE_FOLDER)
            || state.is_some_and(|state| name.starts_with(real(state)))
    };
    let what = if names.into_iter().any(is_photo) {
        "this is the name of a photo"
    } else if names.into_iter().any(is_state) {
        "this is where runs keep their own files"
    } else if others.iter().any(|other| real(other) == leads_to) {
        "another option writes this file"
    } else if holds_no_text(&leads_to) {
        "this file holds something else"
    } else {
        return Ok(());
    };
    Err(LogProblem::NoLog { file: file.to_owned(), what })
}

/// No text has a zero byte, and hardly anything else is without one for long.
fn holds_no_text(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = path.is_file().then(|| File::open(path).ok()?.take(4096).read_to_end(&mut start).ok());
    read.is_some() && start.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_log_is_added_to_no_photo_and_no_state() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::create_dir_all(path("out/.supervisor")).unwrap();
        fs::create_dir_all(path("state")).unwrap();
        fs::write(path("out/.supervisor/journal"), "ours").unwrap();
        fs::write(path("photo"), b"\xFF\xD8\xFF\xE0\0\x10JFIF").unwrap();
        fs::write(path("p.jpg"), "photo").unwrap();
        fs::write(path("log"), "2026-11-28T19:40:07.120385Z  INFO before\n").unwrap();
        symlink(path("p.jpg"), path("link.log")).unwrap();
        symlink(path("out/.supervisor"), path("linked")).unwrap();
        let state = path("state");
        for bad in [
            "p.jpg",
            "new.CR3",
            "p.xmp",
            "link.log",
            "photo",
            "out/.supervisor/journal",
            "out/.supervisor/new.log",
            "linked/new.log",
            "state/new.log",
        ] {
            assert!(check_log(&path(bad), Some(&state), &[]).is_err(), "{bad}");
        }
        for good in ["log", "new.log", "new", "out/log"] {
            assert!(check_log(&path(good), Some(&state), &[&path("r.json")]).is_ok(), "{good}");
        }
        assert!(check_log(Path::new("/dev/null"), None, &[]).is_ok());
        let report = dir.path().join("state/../r.json");
        assert!(check_log(&path("r.json"), None, &[&report]).is_err(), "a report would take its place");
        let error = check_log(&path("p.jpg"), None, &[]).unwrap_err().to_string();
        assert!(error.ends_with("this is the name of a photo; a log needs a file of its own"), "{error}");
    }
}
