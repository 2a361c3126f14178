//! Name templates: `{dir}/{stem}.{ext}` and what else can stand in braces.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use recipe::format::{FORMATS, Format, UNSUPPORTED_EXTENSIONS};
use recipe::words::Word;
use strum::{EnumString, IntoStaticStr, VariantNames};

/// A placeholder of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "lowercase")]
pub enum Field {
    /// The folder below the input folder.
    Dir,
    /// The file name without its extension.
    Stem,
    /// The extension of the output.
    Ext,
    /// The image's number in the plan.
    Index,
    /// The name of the folder that the input stands in.
    Parent,
    /// The day the photo was taken.
    Date,
    /// Width of the output in pixels.
    Width,
    /// Height of the output in pixels.
    Height,
    /// The camera's model.
    Camera,
}

impl Word for Field {}

#[derive(Debug, Clone, PartialEq, Eq)]
enum NamePart {
    Text(String),
    Field(Field),
}

/// A checked template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameTemplate(Vec<NamePart>);

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A word in braces that means nothing.
    #[error("there is no {{{0}}}{hint}; a name may use {known}", hint = hint(.0), known = known())]
    Unknown(String),
    /// A brace without its partner.
    #[error("a brace is not closed")]
    Unclosed,
    /// It leaves the output folder.
    #[error("a name must stay below the output folder: no leading / and no ..")]
    Outside,
    /// It ends in no file name.
    #[error("a name must end in a file name, such as {{stem}}.{{ext}}")]
    NoFile,
}

fn known() -> String {
    let fields: Vec<String> = Field::WORDS.iter().map(|name| format!("{{{name}}}")).collect();
    fields.join(", ")
}

fn hint(name: &str) -> String {
    let near = recipe::filter::nearest(name, Field::WORDS.iter().copied());
    near.map(|name| format!("; did you mean {{{name}}}?")).unwrap_or_default()
}

impl FromStr for NameTemplate {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        let text_part = |text: &str| (!text.is_empty()).then(|| NamePart::Text(text.to_owned()));
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let close = rest[open..].find('}').ok_or(TemplateError::Unclosed)? + open;
            let name = &rest[open + 1..close];
            let field = name.parse().map_err(|_| TemplateError::Unknown(name.to_owned()))?;
            parts.extend(text_part(&rest[..open]));
            parts.push(NamePart::Field(field));
            rest = &rest[close + 1..];
        }
        if rest.contains('}') {
            return Err(TemplateError::Unclosed);
        }
        parts.extend(text_part(rest));
        let leaves = Path::new(text).components().any(|part| !matches!(part, Component::Normal(_)));
        if leaves {
            return Err(TemplateError::Outside);
        }
        if text.ends_with('/') || text.is_empty() || text.ends_with("{dir}") {
            return Err(TemplateError::NoFile);
        }
        Ok(Self(parts))
    }
}

/// What the text of a template says of the format, by the ending that it gives every name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NameEnding {
    /// The format's own, `.{ext}`.
    Own,
    /// That of a format.
    Of(Format),
    /// That of a kind of picture that there is no format for.
    Unknown,
    /// None that means anything.
    None,
}

/// A name whose ending promises what the format cannot keep.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EndingError {
    /// Another format is asked for.
    #[error(
        "the names would end in .{ending}, and the format is {format}; end them in .{{ext}}, or leave the \
         format out"
    )]
    Contradiction {
        /// As the template has it.
        ending: String,
        /// The format that was asked for.
        format: Format,
    },
    /// Nothing can be written in this format.
    #[error(
        "the names would end in .{ending}, which cannot be written; end them in .{{ext}} or in {}",
        endings()
    )]
    NotWritten {
        /// As the template has it.
        ending: String,
    },
}

/// The endings of names that results can have.
fn endings() -> String {
    let written = FORMATS.iter().filter(|info| info.encodes).map(|info| format!(".{}", info.extensions[0]));
    written.collect::<Vec<_>>().join(", ")
}

impl NameTemplate {
    /// The template and the format that go together: an ending is added where there is none, and one that is
    /// that of a format decides about the format, unless another is asked for.
    pub(crate) fn settle(mut self, format: Option<Format>) -> Result<(Self, Option<Format>), EndingError> {
        let (ending, text) = self.ending();
        match (ending, format) {
            (NameEnding::Own, format) => Ok((self, format)),
            (NameEnding::None, format) => {
                self.0.extend([NamePart::Text(".".to_owned()), NamePart::Field(Field::Ext)]);
                Ok((self, format))
            }
            (NameEnding::Of(named), Some(format)) if named != format => {
                Err(EndingError::Contradiction { ending: text, format })
            }
            (NameEnding::Of(named), _) if named.info().encodes => Ok((self, Some(named))),
            (NameEnding::Unknown, Some(format)) => Err(EndingError::Contradiction { ending: text, format }),
            (NameEnding::Of(_) | NameEnding::Unknown, _) => Err(EndingError::NotWritten { ending: text }),
        }
    }

    /// What the last part says, and its words. Whatever a field ends in says nothing: photos may be called
    /// anything.
    fn ending(&self) -> (NameEnding, String) {
        let (before, text) = match self.0.as_slice() {
            [.., NamePart::Text(text), NamePart::Field(Field::Ext)] if text.ends_with('.') => {
                return (NameEnding::Own, String::new());
            }
            [before @ .., NamePart::Text(text)] => (before, text.as_str()),
            [..] => return (NameEnding::None, String::new()),
        };
        let file = text.rsplit('/').next().unwrap_or(text);
        let Some((stem, ending)) = file.rsplit_once('.') else { return (NameEnding::None, String::new()) };
        // A name that is nothing but an ending is a hidden file.
        let is_bare = stem.is_empty() && (before.is_empty() || file.len() < text.len());
        let meant = match Format::from_extension(ending) {
            _ if is_bare => NameEnding::None,
            Some(format) => NameEnding::Of(format),
            None if UNSUPPORTED_EXTENSIONS.contains(&ending.to_ascii_lowercase().as_str()) => {
                NameEnding::Unknown
            }
            None => NameEnding::None,
        };
        (meant, ending.to_owned())
    }
}

impl Default for NameTemplate {
    /// `{dir}/{stem}.{ext}`.
    fn default() -> Self {
        let text = |text: &str| NamePart::Text(text.to_owned());
        let dir = [NamePart::Field(Field::Dir), text("/")];
        Self(
            dir.into_iter()
                .chain([NamePart::Field(Field::Stem), text("."), NamePart::Field(Field::Ext)])
                .collect(),
        )
    }
}

impl fmt::Display for NameTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            NamePart::Text(text) => f.write_str(text),
            NamePart::Field(field) => write!(f, "{{{}}}", field.word()),
        })
    }
}

impl NameTemplate {
    /// Whether names need what only the content of the photos tells.
    pub(crate) fn needs_probe(&self) -> bool {
        self.0.iter().any(|part| match part {
            NamePart::Field(Field::Date | Field::Width | Field::Height | Field::Camera) => true,
            NamePart::Field(Field::Dir | Field::Stem | Field::Ext | Field::Index | Field::Parent)
            | NamePart::Text(_) => false,
        })
    }

    /// Fills the template in. What a field yields cannot lead out of its place: only `{dir}` may hold
    /// slashes.
    pub fn fill(&self, value: impl Fn(Field) -> OsString) -> PathBuf {
        let mut name = Vec::new();
        for part in &self.0 {
            match part {
                NamePart::Text(text) => name.extend_from_slice(text.as_bytes()),
                NamePart::Field(Field::Dir) => name.extend_from_slice(value(Field::Dir).as_bytes()),
                NamePart::Field(field) => name.extend_from_slice(one_component(&value(*field)).as_bytes()),
            }
        }
        // An empty {dir} leaves a slash at the beginning, or may turn the text beside it into "..".
        let name = PathBuf::from(OsString::from_vec(name));
        let parts = name.components().filter_map(|part| match part {
            Component::Normal(part) => Some(part),
            Component::ParentDir => Some(OsStr::new("_")),
            Component::Prefix(_) | Component::RootDir | Component::CurDir => None,
        });
        parts.collect()
    }
}

/// The text as one path component: no slashes, and not a name that means another folder.
fn one_component(text: &OsStr) -> OsString {
    let bytes: Vec<u8> =
        text.as_bytes().iter().map(|b| if matches!(b, b'/' | 0) { b'_' } else { *b }).collect();
    match bytes.as_slice() {
        b"." | b".." => OsString::from("_"),
        _ => OsString::from_vec(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(template: &str, camera: &str) -> PathBuf {
        let template: NameTemplate = template.parse().unwrap();
        template.fill(|field| match field {
            Field::Dir => "a/b".into(),
            Field::Stem => "photo".into(),
            Field::Camera => camera.into(),
            Field::Ext => "jpg".into(),
            Field::Index | Field::Parent | Field::Date | Field::Width | Field::Height => "7".into(),
        })
    }

    #[test]
    fn templates() {
        assert_eq!(fill("{dir}/{stem}-{width}.{ext}", ""), Path::new("a/b/photo-7.jpg"));
        assert_eq!(fill("{camera}/{stem}.{ext}", "../../etc"), Path::new(".._.._etc/photo.jpg"));
        assert_eq!(fill("{camera}/{stem}.{ext}", ".."), Path::new("_/photo.jpg"));
    }

    #[test]
    fn the_ending_of_names_and_the_format_go_together() {
        let settle = |template: &str, format| {
            let template: NameTemplate = template.parse().unwrap();
            let settled = template.settle(format);
            settled.map(|(name, format)| (name.to_string(), format)).map_err(|error| error.to_string())
        };
        let (jpeg, webp) = (Some(Format::Jpeg), Some(Format::Webp));
        for (template, asked, name, format) in [
            ("{stem}.{ext}", None, "{stem}.{ext}", None),
            ("{stem}.{ext}", jpeg, "{stem}.{ext}", jpeg),
            ("out.webp", None, "out.webp", webp),
            ("a/{stem}_web.WebP", None, "a/{stem}_web.WebP", webp),
            ("{stem}.jpeg", jpeg, "{stem}.jpeg", jpeg),
            ("{stem}", None, "{stem}.{ext}", None),
            ("{date}-{index}", webp, "{date}-{index}.{ext}", webp),
            ("v1.2", None, "v1.2.{ext}", None),
            ("{stem}.2024/{index}", None, "{stem}.2024/{index}.{ext}", None),
            ("{stem}/.jpg", None, "{stem}/.jpg.{ext}", None),
            ("{stem}{ext}", None, "{stem}{ext}.{ext}", None),
        ] {
            assert_eq!(settle(template, asked), Ok((name.to_owned(), format)), "{template}");
        }
        let error = |template: &str, format| settle(template, format).unwrap_err();
        assert!(error("out.webp", jpeg).starts_with("the names would end in .webp, and the format is jpeg"));
        assert!(
            error("{stem}.heic", jpeg).starts_with("the names would end in .heic, and the format is jpeg")
        );
        for ending in ["gif", "NEF", "heic", "psd"] {
            let template = format!("{{stem}}.{ending}");
            let error = error(&template, None);
            assert!(error.contains("cannot be written; end them in .{ext} or in .jpg, .png"), "{error}");
        }
    }

    #[test]
    fn what_is_shown_reads_the_same() {
        assert_eq!(NameTemplate::default().to_string().parse(), Ok(NameTemplate::default()));
        let text = "x{dir}y/{stem}-{width}{height}";
        assert_eq!(text.parse::<NameTemplate>().unwrap().to_string(), text);
    }

    #[test]
    fn mistakes() {
        let error = |text: &str| text.parse::<NameTemplate>().unwrap_err();
        assert!(error("{stm}.{ext}").to_string().contains("did you mean {stem}?"));
        assert_eq!(error("{stem"), TemplateError::Unclosed);
        assert_eq!(error("../{stem}.{ext}"), TemplateError::Outside);
        assert_eq!(error("/tmp/{stem}.{ext}"), TemplateError::Outside);
        assert_eq!(error("{dir}/"), TemplateError::NoFile);
    }
}
