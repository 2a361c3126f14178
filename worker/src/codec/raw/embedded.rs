//! A raw photo as its embedded preview shows it. What the photo says of itself counts before what the preview
//! says, which is often no more than how it was made. No state.

use image::metadata::Orientation;
use protocol::JobError;
use recipe::Format;
use recipe::filter::geometry::Size;

use super::library::RawPhoto;
use super::preview::{Preview, PreviewColors};
use super::{notes, notes_of_tiff, structure};
use crate::codec::{Header, Opened, Wanted, jpeg};
use crate::color as profiles;
use crate::image::{Channels, Extra, ExtraKind, Metadata, Picture, Resource};
use crate::metadata::exif;
use crate::metadata::exif::dng::DNG_VERSION;
use crate::metadata::extras::{PartNames, take_first};

/// A photo whose preview is taken.
struct Embedded<'a> {
    preview: Box<dyn Opened + 'a>,
    /// The photo's orientation, if it says so: a preview is stored as the sensor saw it.
    orientation: Option<Orientation>,
    /// What the photo says of itself.
    photo: Metadata,
    /// What it says of the preview's colours, for one that does not say it.
    colors: Option<PreviewColors>,
    warnings: Vec<String>,
}

/// Opens the preview of a photo.
pub(super) fn embedded<'a>(
    bytes: &[u8],
    preview: &Preview<'a>,
    warning: Option<String>,
) -> Result<Box<dyn Opened + 'a>, JobError> {
    // The library follows no directories that lead in circles.
    let developed = structure::check(bytes).and_then(|()| RawPhoto::open(bytes)?.size()).ok();
    let tiff = structure::as_tiff(bytes);
    let size = developed.or_else(|| structure::largest(tiff.as_deref()?));
    let (orientation, photo) = match &tiff {
        Some(tiff) => notes_of_tiff(tiff),
        None => notes::read(bytes).unwrap_or_default(),
    };
    // The preview in a DNG is often another program's, and sRGB whatever the camera made.
    let of_camera = tiff.as_deref().filter(|tiff| exif::tiff_block(tiff, DNG_VERSION).is_none());
    let is_adobe_rgb = of_camera.is_some_and(exif::is_adobe_rgb);
    let colors = preview.colors(bytes).or(is_adobe_rgb.then_some(PreviewColors::AdobeRgb));
    let preview = jpeg::open(preview.jpeg)?;
    let warnings = warning.into_iter().chain(size.and_then(|photo| small(preview.header().size, photo)));
    let warnings = warnings.collect();
    Ok(Box::new(Embedded { preview, orientation, photo, colors, warnings }))
}

/// A warning about a preview that is less than half as large as its photo.
fn small(preview: Size, photo: Size) -> Option<String> {
    let edge = |size: Size| size.width.max(size.height);
    let said = |size: Size| format!("{}×{}", size.width, size.height);
    (u64::from(edge(preview)) * 2 < u64::from(edge(photo)))
        .then(|| format!("the embedded preview has {} pixels, the photo {}", said(preview), said(photo)))
}

/// The profile of these colours, for a preview with these channels. That of sRGB is none.
fn profile(colors: PreviewColors, channels: Channels) -> Option<Vec<u8>> {
    match (colors, channels) {
        (PreviewColors::Grey, Channels::Grey) => profiles::made::grey(&profiles::made::gamma(2.2)),
        (PreviewColors::AdobeRgb, Channels::Rgb) => profiles::adobe_rgb(),
        (PreviewColors::ProPhotoRgb, Channels::Rgb) => profiles::pro_photo_rgb(),
        (PreviewColors::Srgb, _) => None,
        // A contradiction.
        (PreviewColors::Grey | PreviewColors::AdobeRgb | PreviewColors::ProPhotoRgb, _) => None,
    }
}

/// What cannot go along of the photo: its maker's notes are no loss where those of the preview do.
fn left_behind(photo: Vec<Extra>, exif: Option<&[u8]>) -> impl Iterator<Item = Extra> {
    let has_notes = exif.is_some_and(exif::has_maker_note);
    photo.into_iter().filter(move |extra| extra.kind != ExtraKind::MakerNotes || !has_notes)
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
        let preview = self.preview.metadata();
        let photo = std::mem::take(&mut self.photo);
        let says_colors = preview.exif.as_deref().is_some_and(exif::says_colors);
        let colors = self.colors.filter(|_| !says_colors);
        let channels = self.preview.header().channels;
        let mut extras = preview.extras;
        let exif = match (preview.exif, photo.exif) {
            (Some(preview), Some(photo)) => {
                let (block, was_mended) = exif::joined(preview, photo);
                let mut lost = PartNames::default();
                if was_mended {
                    lost.add("broken entries of the preview's EXIF");
                }
                extras.extend(lost.into_extra());
                Some(block)
            }
            (one, other) => one.or(other),
        };
        extras.extend(left_behind(photo.extras, exif.as_deref()));
        let mut resources = photo.resources;
        let more = |resource: &Resource| resources.iter().all(|own| own.id != resource.id);
        let more: Vec<Resource> = preview.resources.into_iter().filter(more).collect();
        resources.extend(more);
        let [mut xmp, mut iptc] = [photo.xmp, photo.iptc];
        for (place, block) in [(&mut xmp, preview.xmp), (&mut iptc, preview.iptc)] {
            if let Some(block) = block {
                take_first(place, &block, &mut extras);
            }
        }
        Metadata {
            icc: preview.icc.or_else(|| profile(colors?, channels)),
            exif,
            xmp,
            iptc,
            resources,
            extras,
            ..preview
        }
    }

    fn want(&mut self, wanted: Wanted) {
        if wanted.ev != 0.0 {
            self.warnings.push("the exposure of raw photos is for those that are developed".to_owned());
        }
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
