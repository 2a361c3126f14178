//! The ending of names and the format, which must go together. Pure.

use recipe::format::{FORMATS, Format, UNSUPPORTED_EXTENSIONS};
use recipe::template::{PlacedToken, TemplatePart, TextToken};

use super::{EXT, NameTemplate};

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
pub(crate) fn endings() -> String {
    let written = FORMATS.iter().filter(|info| info.encodes()).map(|info| format!(".{}", info.extensions[0]));
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
                let end = [TemplatePart::Text(".".to_owned()), TemplatePart::Token(EXT)];
                self.template.0.extend(end);
                Ok((self, format))
            }
            (NameEnding::Of(named), Some(format)) if named != format => {
                Err(EndingError::Contradiction { ending: text, format })
            }
            (NameEnding::Of(named), _) if named.info().encodes() => Ok((self, Some(named))),
            (NameEnding::Unknown, Some(format)) => Err(EndingError::Contradiction { ending: text, format }),
            (NameEnding::Of(_) | NameEnding::Unknown, _) => Err(EndingError::NotWritten { ending: text }),
        }
    }

    /// What the last part says, and its words. Whatever a token ends in says nothing: photos may be called
    /// anything.
    fn ending(&self) -> (NameEnding, String) {
        let (before, text) = match self.template.0.as_slice() {
            [.., TemplatePart::Text(text), TemplatePart::Token(PlacedToken::Text(TextToken::Ext, _))]
                if text.ends_with('.') =>
            {
                return (NameEnding::Own, String::new());
            }
            [before @ .., TemplatePart::Text(text)] => (before, text.as_str()),
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

#[cfg(test)]
mod tests {
    use super::*;

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
            ("{stem}.{ext|lower}", None, "{stem}.{ext|lower}", None),
            ("{date:%Y.%m.jpg}", None, "{date:%Y.%m.jpg}.{ext}", None),
            ("{{jpg}}.webp", None, "{{jpg}}.webp", webp),
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
}
