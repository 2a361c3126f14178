//! What is said of a file or a folder that was named and is not there: which part of its name leads nowhere,
//! and what may have been meant. Looks at the disk, changes nothing.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use recipe::words::{did_you_mean, is_near, nearest};

use crate::escape::escape;

/// What was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sought {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// Either.
    Any,
}

impl Sought {
    fn word(self) -> &'static str {
        match self {
            Sought::File => "file",
            Sought::Folder => "folder",
            Sought::Any => "file or folder",
        }
    }

    fn takes(self, path: &Path) -> bool {
        match self {
            Sought::File => path.is_file(),
            Sought::Folder => path.is_dir(),
            Sought::Any => path.exists(),
        }
    }
}

/// Why what was named cannot be used, in words that follow its name. That it is not there becomes more than
/// an error.
pub fn why(named: &Path, sought: Sought, error: &io::Error) -> String {
    match error.kind() == io::ErrorKind::NotFound {
        true => not_there(named, &[named.to_owned()], sought),
        false => error.to_string(),
    }
}

/// What is said of a name that leads nowhere. `places` are the paths that it was looked for under.
pub(crate) fn not_there(named: &Path, places: &[PathBuf], sought: Sought) -> String {
    if let Some(target) = places.iter().find_map(|place| fs::read_link(place).ok()) {
        return format!("it is a link to {}, which is not there", escape(&target));
    }
    // The highest of its folders that is not there is what is wrong with the name.
    let folders = named.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
    match folders.take_while(|folder| !folder.exists()).last().filter(|_| places == [named]) {
        Some(folder) => {
            let hint = hint(folder, &[folder.to_owned()], Sought::Folder);
            format!("there is no folder {}{hint}", escape(folder))
        }
        None => format!("there is no such {}{}", sought.word(), hint(named, places, sought)),
    }
}

/// The name that was probably meant, as it would be typed.
fn hint(named: &Path, places: &[PathBuf], sought: Sought) -> String {
    let near = places.iter().find_map(|place| near(place, sought));
    did_you_mean(near.map(|near| escape(&named.with_file_name(near))).as_deref())
}

/// The nearest name in the folder where one was looked for. Numbers tell photos apart and must be the same,
/// and an ending that both have makes no two names alike.
fn near(place: &Path, sought: Sought) -> Option<String> {
    let name = place.file_name()?.to_str()?;
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.file_name());
    let names: Vec<String> = entries.filter_map(|name| name.into_string().ok()).collect();
    let is_candidate = |other: &&str| {
        is_near(stem(name), stem(other)) && !other.starts_with('.') && digits(other).eq(digits(name))
    };
    let alike = nearest(name, names.iter().map(String::as_str).filter(is_candidate))?;
    sought.takes(&folder.join(alike)).then(|| alike.to_owned())
}

/// A name without its ending.
fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn digits(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(char::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_is_not_there_is_named_with_what_was_meant() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::create_dir_all(path("holiday")).unwrap();
        for name in ["web.toml", "a.ppm", "IMG_0042.JPG", "da\u{200b}wn.jpg", ".look.cube"] {
            fs::write(path(name), "").unwrap();
        }
        symlink("nowhere", path("link.jpg")).unwrap();
        let not_found = io::Error::from(io::ErrorKind::NotFound);
        let said = |name: &str, sought| {
            let said = why(&path(name), sought, &not_found);
            said.replace(dir.path().to_str().unwrap(), "…")
        };
        for (name, sought, expected) in [
            ("wep.toml", Sought::File, "there is no such file (did you mean \"…/web.toml\"?)"),
            ("img_0042.jpg", Sought::File, "there is no such file (did you mean \"…/IMG_0042.JPG\"?)"),
            ("IMG_0043.JPG", Sought::File, "there is no such file"),
            ("b.ppm", Sought::File, "there is no such file"),
            ("dawn.jpg", Sought::File, "there is no such file (did you mean \"…/da\\u{200b}wn.jpg\"?)"),
            ("look.cube", Sought::File, "there is no such file"),
            ("holidy", Sought::Any, "there is no such file or folder (did you mean \"…/holiday\"?)"),
            ("holidy", Sought::File, "there is no such file"),
            ("holidy/a/b.jpg", Sought::Any, "there is no folder …/holidy (did you mean \"…/holiday\"?)"),
            ("holiday/b.jpg", Sought::Any, "there is no such file or folder"),
            ("link.jpg", Sought::Any, "it is a link to nowhere, which is not there"),
        ] {
            assert_eq!(said(name, sought), expected, "{name}");
        }
        let shut = io::Error::from(io::ErrorKind::PermissionDenied);
        assert_eq!(why(&path("x"), Sought::Any, &shut), shut.to_string());
        let places = [path("holiday/wep.toml"), path("wep.toml")];
        let expected = "there is no such file (did you mean \"wep.toml\"?)".replace("wep", "web");
        assert_eq!(not_there(Path::new("wep.toml"), &places, Sought::File), expected);
    }
}
