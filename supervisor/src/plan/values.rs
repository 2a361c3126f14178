//! What the tokens of names stand for, for one photo. Pure.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::Path;

use jiff::civil::DateTime;
use protocol::outcome::Probed;
use recipe::filter::geometry::Size;
use recipe::format::Format;
use recipe::template::{NumberToken, TextToken, TokenNumber, TokenValues};

use super::scan::FoundInput;

pub(super) struct NameValues<'a> {
    pub(super) found: &'a FoundInput,
    /// What is in it, where names need that.
    pub(super) said: Option<&'a Probed>,
    pub(super) taken: DateTime,
    /// The name of the output, where there are several.
    pub(super) output: Option<&'a str>,
    pub(super) format: Format,
    /// The size of the result, where names need that.
    pub(super) size: Option<Size>,
    pub(super) index: TokenNumber,
}

impl TokenValues for NameValues<'_> {
    fn text(&self, token: TextToken) -> Cow<'_, OsStr> {
        let said = |text: fn(&Probed) -> &Option<String>| {
            self.said.and_then(|said| text(said).as_deref()).unwrap_or_default().trim().as_ref()
        };
        Cow::Borrowed(match token {
            TextToken::Dir => self.found.dir.as_os_str(),
            TextToken::Stem => self.found.path.file_stem().unwrap_or_default(),
            TextToken::Ext => ending(&self.found.path, self.format),
            TextToken::Parent => self.found.path.parent().and_then(Path::file_name).unwrap_or_default(),
            // Templates that have it are refused where there is only one.
            TextToken::Output => OsStr::new(self.output.unwrap_or_default()),
            TextToken::Camera => said(|said| &said.camera),
            TextToken::Lens => said(|said| &said.lens),
            TextToken::Artist => said(|said| &said.artist),
            TextToken::Title => said(|said| &said.title),
        })
    }

    fn number(&self, token: NumberToken) -> TokenNumber {
        let plain = |value: i64| TokenNumber { value, digits: 1 };
        match token {
            NumberToken::Index => self.index,
            NumberToken::Rating => plain(self.said.and_then(|said| said.rating).unwrap_or(0).into()),
            NumberToken::Width => plain(self.size.map_or(0, |size| size.width).into()),
            NumberToken::Height => plain(self.size.map_or(0, |size| size.height).into()),
        }
    }

    fn taken(&self) -> DateTime {
        self.taken
    }
}

/// The input's own ending if it names the output's format, else the usual one.
fn ending(input: &Path, format: Format) -> &OsStr {
    let own = input.extension().filter(|own| own.to_str().and_then(Format::from_extension) == Some(format));
    own.unwrap_or_else(|| format.info().extensions[0].as_ref())
}
