//! Older reports make way for a new one: `report.json` becomes `report.1.json`, and so on. No state.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use pool::escape::escape;
use tracing::warn;

/// Older reports that are kept.
const KEPT: u32 = 7;

/// Makes way for a report of this name.
pub(super) fn rotate(report: &Path) {
    for number in (0..KEPT).rev() {
        let (from, to) = (numbered(report, number), numbered(report, number + 1));
        match fs::rename(&from, &to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                warn!(report = %escape(&from), %error, "an older report cannot be kept");
            }
            Ok(()) | Err(_) => {}
        }
    }
}

/// `report.2.json` of `report.json`; number 0 changes nothing.
fn numbered(report: &Path, number: u32) -> PathBuf {
    if number == 0 {
        return report.to_owned();
    }
    let mut name = OsString::from(report.file_stem().unwrap_or_default());
    name.push(format!(".{number}"));
    if let Some(ending) = report.extension() {
        name.push(".");
        name.push(ending);
    }
    report.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_few_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let report = dir.path().join("a.report.json");
        rotate(&report);
        for text in 1..=10 {
            rotate(&report);
            fs::write(&report, text.to_string()).unwrap();
        }
        let read = |number| fs::read_to_string(numbered(&report, number)).unwrap();
        assert_eq!([0, 1, 7].map(read), ["10", "9", "3"]);
        assert_eq!(numbered(&report, 7), dir.path().join("a.report.7.json"));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 8);
    }
}
