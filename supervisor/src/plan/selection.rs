//! Which of the photos that are there are wanted: by their paths, by when they were changed, and by the marks
//! that programs for choosing photos leave. Pure.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use glob::{MatchOptions, Pattern};
use jiff::Timestamp;
use protocol::outcome::Probed;
use unicode_normalization::UnicodeNormalization;

/// What is wanted; by default everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Selection {
    /// Only these; everything where there are none.
    pub include: Vec<PathPattern>,
    /// Not these, whatever is included.
    pub exclude: Vec<PathPattern>,
    /// Only files that were changed after this.
    pub newer_than: Option<Timestamp>,
    /// Only photos with so many stars.
    pub rating: Option<i8>,
    /// Only photos with one of these labels; whatever it is where there are none.
    pub labels: Vec<String>,
    /// Only photos that were picked.
    pub picked: bool,
}

/// Why a photo is not wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unwanted {
    /// Its path is excluded.
    Excluded,
    /// Its path is not among those that are included.
    NotIncluded,
    /// The file was not changed since.
    Older,
    /// It has fewer stars.
    Rating,
    /// It has another label, or none.
    Label,
    /// It was not picked.
    NotPicked,
}

impl Unwanted {
    /// After a number of photos.
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Unwanted::Excluded => "excluded",
            Unwanted::NotIncluded => "not included",
            Unwanted::Older => "not newer",
            Unwanted::Rating => "with fewer stars",
            Unwanted::Label => "with another label or none",
            Unwanted::NotPicked => "not picked",
        }
    }
}

impl Selection {
    /// Whether it asks for what only the content of photos tells.
    pub(crate) fn asks_marks(&self) -> bool {
        let Selection { include: _, exclude: _, newer_than: _, rating, labels, picked } = self;
        rating.is_some() || !labels.is_empty() || *picked
    }

    /// Why a path below an input folder is not wanted.
    pub(super) fn against_path(&self, path: &Path) -> Option<Unwanted> {
        if self.excludes(path) {
            return Some(Unwanted::Excluded);
        }
        let is_included = self.include.is_empty() || any_matches(&self.include, path);
        (!is_included).then_some(Unwanted::NotIncluded)
    }

    /// Whether a path below an input folder is excluded.
    pub(super) fn excludes(&self, path: &Path) -> bool {
        any_matches(&self.exclude, path)
    }

    /// Why a file that was last changed then is not wanted.
    pub(super) fn against_time(&self, changed: Timestamp) -> Option<Unwanted> {
        self.newer_than.is_some_and(|time| changed <= time).then_some(Unwanted::Older)
    }

    /// Why a photo that says this is not wanted.
    pub(super) fn against_marks(&self, said: &Probed) -> Option<Unwanted> {
        let label = said.label.as_deref().map(plain);
        let has_label = self.labels.is_empty() || self.labels.iter().any(|name| label == Some(plain(name)));
        if self.rating.is_some_and(|stars| said.rating.unwrap_or(0) < stars) {
            Some(Unwanted::Rating)
        } else if !has_label {
            Some(Unwanted::Label)
        } else {
            (self.picked && !said.picked).then_some(Unwanted::NotPicked)
        }
    }
}

/// A pattern for paths below an input folder. One without a slash is for the name of the file or of any
/// folder on the way, one with a slash for the path from the input folder on; what is in a folder that
/// matches matches too. Capitals and ways to write accents make no difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PathPattern {
    pattern: Pattern,
    of_names: bool,
}

/// A text that is no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PatternProblem {
    /// It is none.
    #[error(
        "this is no pattern: * stands for any letters, ? for one, [abc] for one of these, and ** between \
         slashes for any folders"
    )]
    Malformed,
    /// It is one of a shell.
    #[error("braces have no meaning here: give the option once for each; [{{] is a brace as it stands")]
    Braces,
}

impl FromStr for PathPattern {
    type Err = PatternProblem;

    fn from_str(text: &str) -> Result<Self, PatternProblem> {
        if text.contains('{') && text.contains(',') && text.contains('}') {
            return Err(PatternProblem::Braces);
        }
        let text = text.strip_prefix("./").unwrap_or(text).trim_end_matches('/');
        let of_names = !text.contains('/');
        let text = plain(text.trim_start_matches('/'));
        let pattern = Pattern::new(&text).ok().filter(|_| !text.is_empty());
        Ok(Self { pattern: pattern.ok_or(PatternProblem::Malformed)?, of_names })
    }
}

impl PathPattern {
    fn matches(&self, path: &Path) -> bool {
        let options = MatchOptions {
            case_sensitive: true,
            require_literal_separator: true,
            require_literal_leading_dot: false,
        };
        let is_it = |path: &Path| self.pattern.matches_with(&plain(&path.to_string_lossy()), options);
        match self.of_names {
            true => path.iter().any(|name| is_it(name.as_ref())),
            false => path.ancestors().any(is_it),
        }
    }
}

fn any_matches(patterns: &[PathPattern], path: &Path) -> bool {
    patterns.iter().any(|pattern| pattern.matches(path))
}

/// Without what makes no difference.
fn plain(text: &str) -> String {
    text.trim().nfc().flat_map(char::to_lowercase).collect()
}

/// The folder of a file below `base`, if it lies there: as it was written, or else without links.
pub(super) fn folder_below(base: &Path, file: &Path) -> Option<PathBuf> {
    let folder = file.parent()?;
    let is_plain = |path: &Path| !path.components().any(|part| part.as_os_str() == "..");
    let as_written = folder.strip_prefix(base).ok().filter(|below| is_plain(below));
    as_written.map(Path::to_owned).or_else(|| {
        let (base, folder) = (base.canonicalize().ok()?, folder.canonicalize().ok()?);
        folder.strip_prefix(base).ok().map(Path::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_for_names_or_for_paths() {
        let matches =
            |pattern: &str, path: &str| pattern.parse::<PathPattern>().unwrap().matches(Path::new(path));
        for (pattern, path, expected) in [
            ("*.jpg", "a.jpg", true),
            ("*.jpg", "day/b/A.JPG", true),
            ("*.jpg", "a.jpg.png", false),
            ("proofs", "day/proofs/a.jpg", true),
            ("proofs/", "day/proofs/a.jpg", true),
            ("proofs", "day/proofs.jpg", false),
            ("day/*", "day/a.jpg", true),
            ("day/*", "day/b/a.jpg", true),
            ("day/*.jpg", "day/b/a.jpg", false),
            ("day/**/*.jpg", "day/b/c/a.jpg", true),
            ("/day", "day/a.jpg", true),
            ("/day", "x/day/a.jpg", false),
            ("./day/?.jpg", "day/a.jpg", true),
            ("b/*", "day/b/a.jpg", false),
            ("**/b/*", "day/b/a.jpg", true),
            ("img_[0-9][!0-9].*", "IMG_1x.CR2", true),
            ("cafe\u{301}*", "Café 1.jpg", true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
        for pattern in ["", "/", "a**", "[a", "***"] {
            assert_eq!(pattern.parse::<PathPattern>(), Err(PatternProblem::Malformed), "{pattern}");
        }
        assert_eq!("*.{jpg,png}".parse::<PathPattern>(), Err(PatternProblem::Braces));
    }

    #[test]
    fn exclusion_wins() {
        let selection = Selection {
            include: vec!["*.jpg".parse().unwrap(), "raw/*".parse().unwrap()],
            exclude: vec!["*_bad.*".parse().unwrap()],
            ..Selection::default()
        };
        for (path, expected) in [
            ("a.jpg", None),
            ("raw/a.nef", None),
            ("a.png", Some(Unwanted::NotIncluded)),
            ("raw/a_bad.nef", Some(Unwanted::Excluded)),
        ] {
            assert_eq!(selection.against_path(Path::new(path)), expected, "{path}");
        }
        assert_eq!(Selection::default().against_path(Path::new("x")), None);
    }
}
