//! Raw photos of all makers: developed, or their embedded preview taken, as the policy says and the file
//! allows.
//!
//! `library` reads the makers' formats, `develop` with `bayer`, `color` and `tone` makes a picture of the
//! sensor's data, `preview` finds the camera's own. `structure` looks at a file before the library does.
//! Developed pictures have 16 bits and are sRGB.

mod bayer;
mod color;
mod develop;
mod dng;
mod library;
mod lossless;
mod notes;
mod opcodes;
mod outline;
mod pieces;
mod preview;
mod structure;
mod tone;
mod unlit;

use image::metadata::Orientation;
use protocol::{ErrorKind, JobError};
use recipe::Format;
use recipe::filter::geometry::Size;
use recipe::format::RawPolicy;

use self::library::RawPhoto;
use self::pieces::tag::DNG_VERSION;
use super::tiff::tags::{IPTC, XMP};
use super::{Header, Opened, Wanted, fail, jpeg};
use crate::color as profiles;
use crate::image::{Metadata, Picture};
use crate::metadata::exif;

/// Opens a raw photo. If what the policy asks for is not possible, the other takes its place, with a warning;
/// if neither is, the file is `unsupported`.
pub(super) fn open(bytes: &[u8], policy: RawPolicy) -> Result<Box<dyn Opened + '_>, JobError> {
    match policy {
        RawPolicy::Develop => match develop(bytes) {
            Err(error) if error.kind == ErrorKind::Unsupported => match preview::largest(bytes) {
                Some(jpeg) => {
                    embedded(bytes, jpeg, Some(format!("{}; the embedded preview was taken", error.detail)))
                }
                None => {
                    let detail = format!("{}, and there is no embedded preview to take", error.detail);
                    Err(fail(ErrorKind::Unsupported, detail))
                }
            },
            other => other,
        },
        RawPolicy::Embedded => match preview::largest(bytes) {
            Some(jpeg) => embedded(bytes, jpeg, None),
            None => {
                developed(bytes, Some("there is no embedded preview; the photo was developed".to_owned()))
            }
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
    let (orientation, metadata) = (notes.0.unwrap_or(Orientation::NoTransforms), notes.1);
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
    Ok(Box::new(Developed { photo, header, metadata, warning }))
}

/// Orientation and metadata of a photo that is a TIFF.
fn notes_of_tiff(tiff: &[u8]) -> Notes {
    (exif::read(tiff).orientation, described(tiff))
}

/// What the first directories of a TIFF say of the photo.
fn described(tiff: &[u8]) -> Metadata {
    Metadata {
        exif: exif::from_raw(tiff),
        xmp: exif::tiff_block(tiff, XMP),
        iptc: exif::tiff_block(tiff, IPTC),
        ..Metadata::default()
    }
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

    fn decode(
        self: Box<Self>,
        _memory: u64,
        _metadata: &mut Metadata,
        warnings: &mut Vec<String>,
    ) -> Result<Picture, JobError> {
        warnings.extend(self.warning);
        self.photo.develop(warnings)
    }
}

/// A photo whose preview is taken.
struct Embedded<'a> {
    preview: Box<dyn Opened + 'a>,
    /// The photo's orientation, if it says so: a preview is stored as the sensor saw it.
    orientation: Option<Orientation>,
    /// What the photo says of itself, for previews that say nothing.
    metadata: Metadata,
    /// Whether that is that the camera's JPEGs are in Adobe RGB.
    is_adobe_rgb: bool,
    warnings: Vec<String>,
}

fn embedded<'a>(
    bytes: &[u8],
    jpeg: &'a [u8],
    warning: Option<String>,
) -> Result<Box<dyn Opened + 'a>, JobError> {
    // The library follows no directories that lead in circles.
    let developed = structure::check(bytes).and_then(|()| RawPhoto::open(bytes)?.size()).ok();
    let tiff = structure::as_tiff(bytes);
    let photo = developed.or_else(|| structure::largest(tiff.as_deref()?));
    let (orientation, metadata) = match &tiff {
        Some(tiff) => notes_of_tiff(tiff),
        None => notes::read(bytes).unwrap_or_default(),
    };
    // The preview in a DNG is often another program's, and sRGB whatever the camera made.
    let of_camera = tiff.as_deref().filter(|tiff| exif::tiff_block(tiff, DNG_VERSION).is_none());
    let is_adobe_rgb = of_camera.is_some_and(exif::is_adobe_rgb);
    let preview = jpeg::open(jpeg)?;
    let warnings = warning.into_iter().chain(photo.and_then(|photo| small(preview.header().size, photo)));
    let warnings = warnings.collect();
    Ok(Box::new(Embedded { preview, orientation, metadata, is_adobe_rgb, warnings }))
}

/// A warning about a preview that is less than half as large as its photo.
fn small(preview: Size, photo: Size) -> Option<String> {
    let edge = |size: Size| size.width.max(size.height);
    let said = |size: Size| format!("{}×{}", size.width, size.height);
    (u64::from(edge(preview)) * 2 < u64::from(edge(photo)))
        .then(|| format!("the embedded preview has {} pixels, the photo {}", said(preview), said(photo)))
}

impl Opened for Embedded<'_> {
    fn header(&self) -> Header {
        let orientation = self.orientation.unwrap_or(Orientation::NoTransforms);
        Header { format: Format::Raw, orientation, ..self.preview.header() }
    }

    fn says_orientation(&self) -> bool {
        self.orientation.is_some()
    }

    fn metadata(&mut self) -> Metadata {
        let metadata = self.preview.metadata();
        let photo = std::mem::take(&mut self.metadata);
        let is_adobe_rgb = self.is_adobe_rgb && metadata.exif.is_none();
        Metadata {
            icc: metadata.icc.or_else(|| is_adobe_rgb.then(profiles::adobe_rgb)?),
            exif: metadata.exif.or(photo.exif),
            xmp: metadata.xmp.or(photo.xmp),
            iptc: metadata.iptc.or(photo.iptc),
            ..metadata
        }
    }

    fn want(&mut self, wanted: Wanted) {
        self.preview.want(wanted);
    }

    fn decode(
        self: Box<Self>,
        memory: u64,
        metadata: &mut Metadata,
        warnings: &mut Vec<String>,
    ) -> Result<Picture, JobError> {
        warnings.extend(self.warnings);
        self.preview.decode(memory, metadata, warnings)
    }
}

#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;
