//! What a photo says of itself, in the file and beside it: for names, which the plan makes, and for texts on
//! results. No state.

use std::path::Path;

use protocol::outcome::Probed;
use protocol::{PhotoValues, PlannedPhoto, ResultValues};
use recipe::filter::geometry::Size;
use recipe::metadata::MetadataChanges;
use recipe::{Format, WirePath};

use crate::codec::Header;
use crate::image::Metadata;
use crate::metadata::{self, Facts};

/// What stands in the files beside a photo.
#[derive(Debug, Default)]
pub(super) struct Sidecars {
    facts: Vec<Facts>,
    unread: Vec<WirePath>,
}

impl Sidecars {
    /// Adds the next file; it is believed before those that come later.
    pub(super) fn add(&mut self, path: &WirePath, packet: Option<&[u8]>) {
        match packet.and_then(metadata::sidecar) {
            Some(facts) => self.facts.push(facts),
            None => self.unread.push(path.clone()),
        }
    }

    /// With what is in the photo itself.
    pub(super) fn with(self, header: &Header, metadata: &Metadata) -> Probed {
        let Size { width, height } = header.upright_size();
        let Facts { orientation: _, camera, lens, date, artist, title, rating, label, picked } =
            metadata::facts(metadata, &self.facts);
        let picked = picked.unwrap_or(false);
        let (format, unread) = (header.format, self.unread);
        let date = date.map(|date| date.at);
        Probed { format, width, height, camera, lens, date, artist, title, rating, label, picked, unread }
    }
}

/// The photo of a job.
#[derive(Debug, Clone, Copy)]
pub(super) struct Photo<'a> {
    pub(super) path: &'a Path,
    pub(super) planned: &'a PlannedPhoto,
    /// What it says; nothing where no text asks for it.
    pub(super) said: Option<&'a Probed>,
    /// Its file.
    pub(super) bytes: &'a [u8],
    /// Whether decoding it gave nothing to warn of.
    pub(super) is_sound: bool,
}

impl Photo<'_> {
    /// What tokens stand for in a result of this format and size, whose metadata is changed like this.
    pub(super) fn values<'b>(
        &'b self,
        output: Option<&'b str>,
        changes: &'b MetadataChanges,
        format: Format,
        size: Size,
    ) -> ResultValues<'b> {
        let Photo { path: input, planned, said, .. } = *self;
        ResultValues::new(PhotoValues { input, planned, said, output, format, size: Some(size) }, changes)
    }

    /// Files beside it that could not be read, in words.
    pub(super) fn unread(&self) -> Vec<String> {
        let unread = self.said.map(|said| said.unread.as_slice()).unwrap_or_default();
        let name = |path: &WirePath| path.0.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = |path| format!("{} cannot be read as XMP and was left out of account", name(path));
        unread.iter().map(text).collect()
    }
}
