//! Raw photos of all makers: developed, or their embedded preview taken, as the policy says and the file
//! allows.
//!
//! `library` reads the makers' formats, `develop` with `bayer`, `color`, `highlights` and `tone` makes a
//! picture of the sensor's data, `preview` finds the camera's own and `embedded` makes the photo of it.
//! `structure` looks at a file before the library does.
//! Developed pictures have 16 bits and are sRGB.

mod bayer;
mod color;
mod develop;
mod dng;
mod embedded;
mod highlights;
mod hot;
mod library;
mod lossless;
mod notes;
mod opcodes;
mod outline;
mod pieces;
mod preview;
mod structure;
mod tag;
mod tone;
mod unlit;
mod xtrans;

use image::metadata::Orientation;
use protocol::{ErrorKind, JobError};
use recipe::Format;
use recipe::format::RawPolicy;

use self::embedded::embedded;
use self::library::RawPhoto;
use super::tiff::tags::{CREDENTIALS, IPTC, PHOTOSHOP, XMP};
use super::{Header, Opened, Wanted, fail, jpeg};
use crate::color as profiles;
use crate::image::{Extra, ExtraKind, Metadata, Picture};
use crate::metadata::exif::dng::DNG_PRIVATE_DATA;
use crate::metadata::{exif, resources};

/// Opens a raw photo. If what the policy asks for is not possible, the other takes its place, with a warning;
/// if neither is, the file is `unsupported`.
pub(super) fn open(bytes: &[u8], policy: RawPolicy) -> Result<Box<dyn Opened + '_>, JobError> {
    match policy {
        RawPolicy::Develop => match develop(bytes) {
            Err(error) if error.kind == ErrorKind::Unsupported => match preview::largest(bytes) {
                Some(preview) => {
                    let warning = format!("{}; the embedded preview was taken", error.detail);
                    embedded(bytes, &preview, Some(warning))
                }
                None => {
                    let detail = format!("{}, and {}", error.detail, preview::why_none(bytes));
                    Err(fail(ErrorKind::Unsupported, detail))
                }
            },
            other => other,
        },
        RawPolicy::Embedded => match preview::largest(bytes) {
            Some(preview) => embedded(bytes, &preview, None),
            None => developed(bytes, Some(format!("{}; the photo was developed", preview::why_none(bytes)))),
        },
    }
}

/// What a photo says of itself: how to turn it upright, and its metadata.
type Notes = (Option<Orientation>, Metadata);

/// A photo to be developed.
struct Developed {
    photo: RawPhoto,
    header: Header,
    metadata: Metadata,
    warning: Option<String>,
    /// Stops to brighten it by.
    ev: f32,
}

fn develop(bytes: &[u8]) -> Result<Box<dyn Opened + '_>, JobError> {
    developed(bytes, None)
}

fn developed(bytes: &[u8], warning: Option<String>) -> Result<Box<dyn Opened + '_>, JobError> {
    // Copies of the file are made in there and by the library: one after the other, since both would be more
    // than is paid for.
    structure::check(bytes)?;
    let of_tiff = structure::as_tiff(bytes).map(|tiff| notes_of_tiff(&tiff));
    let photo = RawPhoto::open(bytes)?;
    let notes = of_tiff.or_else(|| notes::read(bytes)).unwrap_or_else(|| photo.notes());
    let (orientation, mut metadata) = (notes.0.unwrap_or(Orientation::NoTransforms), notes.1);
    let notes = Extra::of(ExtraKind::MakerNotes);
    if !metadata.extras.contains(&notes) && has_notes_elsewhere(bytes) {
        metadata.extras.push(notes);
    }
    let channels = photo.channels();
    let header = Header {
        format: Format::Raw,
        size: photo.size()?,
        channels,
        sample_bytes: 2,
        orientation,
        decoder_memory: photo.memory(),
        lossless_webp: false,
        gain_map: None,
    };
    // Whatever colours the camera was set to for its own JPEGs.
    let metadata = Metadata { icc: profiles::srgb(channels), ..metadata };
    Ok(Box::new(Developed { photo, header, metadata, warning, ev: 0.0 }))
}

/// Orientation and metadata of a photo that is a TIFF.
fn notes_of_tiff(tiff: &[u8]) -> Notes {
    (exif::read(tiff).orientation, described(tiff))
}

/// What the first directories of a TIFF say of the photo.
fn described(tiff: &[u8]) -> Metadata {
    // Programs that make a DNG of another raw file put the maker's notes there.
    let has_notes = exif::has_maker_note(tiff) || exif::tiff_block(tiff, DNG_PRIVATE_DATA).is_some();
    let is_signed = exif::tiff_block(tiff, CREDENTIALS).is_some();
    let extras = [(has_notes, ExtraKind::MakerNotes), (is_signed, ExtraKind::Credentials)];
    let mut metadata = Metadata {
        exif: exif::from_raw(tiff),
        xmp: exif::tiff_block(tiff, XMP),
        iptc: exif::tiff_block(tiff, IPTC),
        extras: extras
            .into_iter()
            .filter(|(is_there, _)| *is_there)
            .map(|(_, kind)| Extra::of(kind))
            .collect(),
        ..Metadata::default()
    };
    exif::tiff_block(tiff, PHOTOSHOP)
        .map(|block| resources::read(&block))
        .unwrap_or_default()
        .put_into(&mut metadata);
    metadata
}

/// Whether there are notes of the maker beside those that the photo's own directories lead to: in the TIFF
/// within a Minolta's file, or in the preview, as Fujifilm and Panasonic have them.
fn has_notes_elsewhere(file: &[u8]) -> bool {
    let in_preview = || jpeg::exif(preview::largest(file)?.jpeg);
    structure::in_minolta(file).or_else(in_preview).is_some_and(|block| exif::has_maker_note(&block))
}

impl Opened for Developed {
    fn header(&self) -> Header {
        self.header
    }

    fn says_orientation(&self) -> bool {
        true
    }

    fn metadata(&mut self) -> Metadata {
        std::mem::take(&mut self.metadata)
    }

    fn want(&mut self, wanted: Wanted) {
        self.ev = wanted.ev;
    }

    fn decode(
        self: Box<Self>,
        _memory: u64,
        _metadata: &mut Metadata,
        warnings: &mut Vec<String>,
    ) -> Result<Picture, JobError> {
        warnings.extend(self.warning);
        self.photo.develop(self.ev, warnings)
    }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
