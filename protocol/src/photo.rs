//! A photo as the plan knows it, and what tokens stand for in texts about it: the same in the names of
//! results, which the plan makes, and in the texts on them, which the worker draws. The tokens are the
//! language's (`recipe`); their values are here because they are made of a job and of a worker's answer.
//! Pure.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::Path;

use jiff::civil::DateTime;
use recipe::filter::geometry::Size;
use recipe::format::Format;
use recipe::path::WirePath;
use recipe::template::{NumberToken, TextToken, TokenNumber, TokenValues};
use serde::{Deserialize, Serialize};

use crate::outcome::Probed;

/// What is known of a photo without looking into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedPhoto {
    /// The folder below the input folder.
    pub dir: WirePath,
    /// Its number in the plan, and the digits of the last one.
    pub index: (u64, usize),
    /// When its file was last changed, by the clock of this place.
    pub changed: DateTime,
    /// Files with its XMP, the one first that is believed first; only where its texts ask for what it says.
    pub sidecars: Vec<WirePath>,
}

/// One that nothing is known of.
impl Default for PlannedPhoto {
    fn default() -> Self {
        let (dir, changed) = (WirePath::default(), DateTime::default());
        Self { dir, index: (1, 1), changed, sidecars: Vec::new() }
    }
}

/// All that the tokens for one result of a photo are made of.
#[derive(Debug, Clone, Copy)]
pub struct PhotoValues<'a> {
    /// The photo.
    pub input: &'a Path,
    /// What is known of it without looking into it.
    pub planned: &'a PlannedPhoto,
    /// What is in it; nothing where nothing is asked that only the content tells.
    pub said: Option<&'a Probed>,
    /// The name of the output, where there are several.
    pub output: Option<&'a str>,
    /// The format of the result.
    pub format: Format,
    /// The size of the result; nothing where nobody asks for it.
    pub size: Option<Size>,
}

/// All that the tokens in texts about one result are made of.
pub type ResultValues<'a> = recipe::metadata::ResultValues<'a, PhotoValues<'a>>;

impl PhotoValues<'_> {
    fn date(&self) -> Option<DateTime> {
        self.said.and_then(|said| said.date)
    }
}

impl TokenValues for PhotoValues<'_> {
    fn text(&self, token: TextToken) -> Cow<'_, OsStr> {
        let said = |text: fn(&Probed) -> &Option<String>| {
            self.said.and_then(|said| text(said).as_deref()).unwrap_or_default().trim().as_ref()
        };
        Cow::Borrowed(match token {
            TextToken::Dir => self.planned.dir.0.as_os_str(),
            TextToken::Stem => self.input.file_stem().unwrap_or_default(),
            TextToken::Ext => ending(self.input, self.format),
            TextToken::Parent => self.input.parent().and_then(Path::file_name).unwrap_or_default(),
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
            NumberToken::Index => {
                let (index, digits) = self.planned.index;
                TokenNumber { value: index.cast_signed(), digits }
            }
            NumberToken::Rating => plain(self.said.and_then(|said| said.rating).unwrap_or(0).into()),
            NumberToken::Width => plain(self.size.map_or(0, |size| size.width).into()),
            NumberToken::Height => plain(self.size.map_or(0, |size| size.height).into()),
        }
    }

    fn taken(&self) -> DateTime {
        self.date().unwrap_or(self.planned.changed)
    }

    fn says_when(&self) -> bool {
        self.date().is_some()
    }
}

/// The input's own ending if it names the output's format, else the usual one.
fn ending(input: &Path, format: Format) -> &OsStr {
    let own = input.extension().filter(|own| own.to_str().and_then(Format::from_extension) == Some(format));
    own.unwrap_or_else(|| format.info().extensions[0].as_ref())
}
