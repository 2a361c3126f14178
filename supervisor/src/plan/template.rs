//! Templates of names: `{dir}/{stem}.{ext}` and what else can stand in braces, and what a name makes of the
//! values: none of them leaves its place in the path, and none is too long for it. Pure.

mod ending;
mod of_outputs;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use recipe::letters::letters;
use recipe::template::{
    NumberToken, PlacedToken, Template, TemplateError, TemplatePart, TextToken, TokenSource, TokenValues,
};

use pool::output_folder::STATE_FOLDER;

pub(crate) use ending::{EndingError, endings};
pub(crate) use of_outputs::{OutputNameError, names_of_outputs, output_names};

/// The longest name that the usual file systems allow, in bytes.
pub(super) const MAX_NAME: usize = 255;
/// What stands for a text that there is none of.
const UNKNOWN: &str = "unknown";

const DIR: PlacedToken = PlacedToken::Text(TextToken::Dir, Vec::new());
const STEM: PlacedToken = PlacedToken::Text(TextToken::Stem, Vec::new());
const EXT: PlacedToken = PlacedToken::Text(TextToken::Ext, Vec::new());

/// A checked template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameTemplate {
    template: Template,
    /// The name of one file that no text can hold, which the template then only shows.
    bytes: Option<OsString>,
}

/// What is wrong with a template of names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// It is no template.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// It names an output that has no name.
    #[error("{{output}} is the name of an output in the recipe, and there is none here that has one")]
    NoOutput,
    /// It leaves the output folder.
    #[error("a name must stay below the output folder: no leading / and no ..")]
    Outside,
    /// It ends in no file name.
    #[error("a name must end in a file name, such as {{stem}}.{{ext}}")]
    NoFile,
    /// No file's name can hold it.
    #[error("a name cannot hold a NUL character")]
    Nul,
    /// It leads into the folder that runs keep for themselves.
    #[error("{STATE_FOLDER} is the folder in which runs keep their state; choose another name")]
    State,
}

impl FromStr for NameTemplate {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        NameTemplate::parse(text, false)
    }
}

impl NameTemplate {
    /// The name of one file, in which no brace means anything.
    pub(crate) fn of_file(name: &OsStr) -> Result<Self, NameError> {
        let named: Self = name.to_string_lossy().replace('{', "{{").replace('}', "}}").parse()?;
        Ok(Self { bytes: name.to_str().is_none().then(|| name.to_owned()), ..named })
    }

    fn of(template: Template) -> Self {
        Self { template, bytes: None }
    }

    /// Reads a template for an output that has a name, or none.
    fn parse(text: &str, has_name: bool) -> Result<Self, NameError> {
        let template: Template = text.parse()?;
        if !has_name && template.names_output() {
            return Err(NameError::NoOutput);
        }
        if text.contains('\0') {
            return Err(NameError::Nul);
        }
        let mut parts = Path::new(text).components().filter(|part| *part != Component::CurDir);
        if parts.next() == Some(Component::Normal(STATE_FOLDER.as_ref())) {
            return Err(NameError::State);
        }
        let leaves = Path::new(text).components().any(|part| !matches!(part, Component::Normal(_)));
        if leaves {
            return Err(NameError::Outside);
        }
        let ends_in_folder = match template.0.last() {
            Some(TemplatePart::Token(token)) => {
                matches!(token, PlacedToken::Text(TextToken::Dir, _)) || token.to_string().ends_with("/}")
            }
            Some(TemplatePart::Text(text)) => text.ends_with('/'),
            None => true,
        };
        if ends_in_folder { Err(NameError::NoFile) } else { Ok(Self::of(template)) }
    }
}

impl Default for NameTemplate {
    /// `{dir}/{stem}.{ext}`.
    fn default() -> Self {
        let text = |text: &str| TemplatePart::Text(text.to_owned());
        let token = TemplatePart::Token;
        Self::of(Template(vec![token(DIR), text("/"), token(STEM), text("."), token(EXT)]))
    }
}

impl fmt::Display for NameTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.template.fmt(f)
    }
}

/// A piece of a file's or folder's name.
enum NamePiece {
    /// As it is.
    Fixed(Vec<u8>),
    /// What a photo says of itself, which may be cut.
    Said(String),
}

impl NameTemplate {
    /// Whether names need what only the content of the photos tells.
    pub(crate) fn needs_probe(&self) -> bool {
        self.template.tokens().any(|token| token.info().source == TokenSource::Photo)
    }

    /// Whether names have the number of the photo.
    pub(crate) fn counts(&self) -> bool {
        let is_index = |token: &PlacedToken| matches!(token, PlacedToken::Number(NumberToken::Index, _));
        self.template.tokens().any(is_index)
    }

    /// Whether names say when the photo was taken.
    pub(crate) fn says_time(&self) -> bool {
        self.template.tokens().any(|token| matches!(token, PlacedToken::Time(..)))
    }

    /// Fills the template in. What a token yields cannot lead out of its place: slashes are those of the
    /// template and of `{dir}`.
    pub fn fill(&self, values: &dyn TokenValues) -> PathBuf {
        if let Some(bytes) = &self.bytes {
            return bytes.into();
        }
        let mut names = vec![Vec::new()];
        for part in &self.template.0 {
            match part {
                TemplatePart::Text(text) => add_path(&mut names, text.as_bytes()),
                TemplatePart::Token(token) => add_value(&mut names, token, values),
            }
        }
        // An empty {dir} leaves a slash at the beginning, or may turn the text beside it into "..".
        let path = names.into_iter().map(joined).collect::<Vec<_>>().join(&b'/');
        let path = PathBuf::from(OsString::from_vec(path));
        let parts = path.components().filter_map(|part| match part {
            Component::Normal(part) => Some(part),
            Component::ParentDir => Some(OsStr::new("_")),
            Component::Prefix(_) | Component::RootDir | Component::CurDir => None,
        });
        parts.collect()
    }
}

/// Adds what may hold slashes.
fn add_path(names: &mut Vec<Vec<NamePiece>>, path: &[u8]) {
    for (at, piece) in path.split(|byte| *byte == b'/').enumerate() {
        if at > 0 {
            names.push(Vec::new());
        }
        add_piece(names, NamePiece::Fixed(piece.to_vec()));
    }
}

fn add_piece(names: &mut [Vec<NamePiece>], piece: NamePiece) {
    if let Some(name) = names.last_mut() {
        name.push(piece);
    }
}

fn add_value(names: &mut Vec<Vec<NamePiece>>, token: &PlacedToken, values: &dyn TokenValues) {
    match token {
        PlacedToken::Text(TextToken::Dir, _) => add_path(names, token.shown(values).as_bytes()),
        PlacedToken::Text(text, _) => {
            let shown = token.shown(values);
            add_piece(
                names,
                match text.info().source {
                    TokenSource::Photo => NamePiece::Said(or_unknown(visible(&shown.to_string_lossy()))),
                    TokenSource::Plan if shown.is_empty() => NamePiece::Fixed(UNKNOWN.into()),
                    TokenSource::Plan => NamePiece::Fixed(one_component(&shown)),
                },
            );
        }
        PlacedToken::Number(..) => add_piece(names, NamePiece::Fixed(token.shown(values).into_vec())),
        // Slashes that were typed make folders.
        PlacedToken::Time(_, format) => {
            let parts = format.parts(values.taken()).map(|part| one_component(part.as_ref()));
            add_path(names, &parts.collect::<Vec<_>>().join(&b'/'));
        }
    }
}

fn or_unknown(text: String) -> String {
    if text.is_empty() { UNKNOWN.to_owned() } else { text }
}

/// A name of its pieces. What photos say is cut, the longest first, until the name is one that a file can
/// have, unless the rest alone is too long.
fn joined(pieces: Vec<NamePiece>) -> Vec<u8> {
    let length_at = |most: usize| -> usize {
        let length = |piece: &NamePiece| match piece {
            NamePiece::Fixed(bytes) => bytes.len(),
            NamePiece::Said(text) => text.len().min(most),
        };
        pieces.iter().map(length).sum()
    };
    let most = (0..=MAX_NAME).rev().find(|most| length_at(*most) <= MAX_NAME).unwrap_or(0);
    pieces.iter().fold(Vec::new(), |mut name, piece| {
        name.extend_from_slice(match piece {
            NamePiece::Fixed(bytes) => bytes,
            NamePiece::Said(text) => cut(text, most).as_bytes(),
        });
        name
    })
}

/// As many whole letters as fit into so many bytes.
pub(super) fn cut(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let ends = letters(text).map(|(at, letter)| at + letter.len());
    text[..ends.take_while(|end| *end <= most).last().unwrap_or(0)].trim_end()
}

/// The text as one path component: no slashes, and not a name that means another folder.
fn one_component(text: &OsStr) -> Vec<u8> {
    let bytes: Vec<u8> =
        text.as_bytes().iter().map(|b| if matches!(b, b'/' | 0) { b'_' } else { *b }).collect();
    match bytes.as_slice() {
        b"." | b".." => b"_".to_vec(),
        _ => bytes,
    }
}

/// What a photo says of itself, as a part of a name: it hides nothing, no other system takes a part of it for
/// a folder, and it does not turn round how the rest is read.
fn visible(text: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200E}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let text = text.replace(turns, "").replace(|c: char| c.is_control() || matches!(c, '/' | '\\'), "_");
    match text.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None => text,
    }
}

#[cfg(test)]
mod docs;
#[cfg(test)]
mod tests;
