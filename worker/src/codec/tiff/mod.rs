//! TIFF: read here, with libraries for what compresses it, and written by the `tiff` crate, whose decoder
//! refuses much that scanners, fax machines and Photoshop write.

mod choice;
mod colors;
mod fax;
mod grey_alpha;
mod grid;
mod kinds;
mod layout;
mod palette;
mod said;
mod samples;
pub(super) mod tags;
mod unpack;

use std::io::{Cursor, Seek, Write};

use image::metadata::Orientation;
use protocol::{ErrorKind, JobError};
use recipe::Format;
use recipe::filter::geometry::Size;
use tiff::encoder::colortype::{ColorType, Gray8, Gray16, RGB8, RGB16, RGBA8, RGBA16};
use tiff::encoder::{
    Compression, DeflateLevel, DirectoryEncoder, Predictor, Rational, TiffEncoder, TiffKind, TiffValue,
};
use tiff::tags::{Tag, Type};
use tiff::{Directory, TiffResult};

use self::choice::Choice;
use self::grey_alpha::GreyAlpha;
use self::layout::TiffLayout;
use self::said::{has_other_primaries, unsupported};
use self::tags::{CREDENTIALS, IPTC, ORIENTATION, PHOTOSHOP, PROFILE, XMP};
use super::{Header, Opened, error, fail, lost_channels};
use crate::image::{Channels, Extra, ExtraKind, Metadata, Picture, Samples};
use crate::metadata::exif;
use crate::metadata::exif::{NoPage, Page, RawField, TiffTags};
use crate::metadata::resources;

/// A further sample that is transparency by which the colours were not multiplied.
const UNASSOCIATED: u16 = 2;

struct TiffFile<'a> {
    bytes: &'a [u8],
    page: Page<'a>,
    /// What it says of the photo, together with the pages that show it smaller.
    about: Page<'a>,
    layout: TiffLayout<'a>,
    notes: Vec<&'static str>,
}

pub(super) fn open(bytes: &[u8]) -> Result<Box<dyn Opened + '_>, JobError> {
    let ends_early = || fail(ErrorKind::Truncated, error::ENDS_EARLY);
    let pages = exif::pages(bytes).map_err(|reason| match reason {
        NoPage::Cut => ends_early(),
        NoPage::TooLong(entries) => unsupported(format!("whose directory has {entries} entries")),
    })?;
    let Choice { page, about, notes } = choice::of(pages).ok_or_else(ends_early)?;
    let layout = TiffLayout::read(&page)?;
    Ok(Box::new(TiffFile { bytes, page, about, layout, notes }))
}

impl TiffFile<'_> {
    /// How the page says that its pixels must be turned, or the one that it stands beneath.
    fn orientation(&self) -> Option<Orientation> {
        let page = if self.page.beneath.is_some() { &self.about } else { &self.page };
        Orientation::from_exif(u8::try_from(page.number(ORIENTATION)?).ok()?)
    }
}

impl Opened for TiffFile<'_> {
    fn header(&self) -> Header {
        let (channels, sample_bytes) = colors::yields(&self.layout);
        Header {
            format: Format::Tiff,
            size: self.layout.size,
            channels,
            sample_bytes,
            orientation: self.orientation().unwrap_or(Orientation::NoTransforms),
            decoder_memory: self.layout.memory(self.bytes.len() as u64),
            lossless_webp: false,
            gain_map: None,
        }
    }

    fn says_orientation(&self) -> bool {
        self.orientation().is_some()
    }

    /// What the page's directory says, beside how its pixels lie in the file.
    fn metadata(&mut self) -> Metadata {
        let tiff = self.about.structure();
        let block = |tag| self.about.bytes(tag).map(<[u8]>::to_vec);
        let mut metadata = Metadata {
            icc: block(PROFILE),
            exif: exif::from_tiff(&tiff),
            xmp: block(XMP),
            iptc: block(IPTC),
            extras: extras(&tiff),
            density: exif::density(&tiff),
            ..Metadata::default()
        };
        self.about.bytes(PHOTOSHOP).map(resources::read).unwrap_or_default().put_into(&mut metadata);
        metadata
    }

    fn decode(
        self: Box<Self>,
        _memory: u64,
        metadata: &mut Metadata,
        warnings: &mut Vec<String>,
    ) -> Result<Picture, JobError> {
        warnings.extend(self.notes.into_iter().map(String::from));
        let further = self.layout.samples - self.layout.kept().count();
        warnings.extend(lost_channels((further > 0).then(|| further.to_string())));
        if self.page.lacks_values() {
            warnings.push("the file ends before some of what it says about itself".to_owned());
        }
        if metadata.icc.is_none() && has_other_primaries(&self.page, &self.layout.colors) {
            let note = "the file says in numbers (WhitePoint, PrimaryChromaticities) that its colours are \
                        not those of sRGB, which is not heeded";
            warnings.push(note.to_owned());
        }
        colors::picture(&self.layout, self.bytes, &mut metadata.icc, warnings)
    }
}

/// What else there is that cannot be taken along.
fn extras(tiff: &[u8]) -> Vec<Extra> {
    let mut extras = Vec::new();
    if exif::has_maker_note(tiff) {
        extras.push(Extra::of(ExtraKind::MakerNotes));
    }
    let (signed, others): (Vec<u16>, Vec<u16>) =
        exif::private_tags(tiff).into_iter().partition(|tag| *tag == CREDENTIALS);
    if !signed.is_empty() {
        extras.push(Extra::of(ExtraKind::Credentials));
    }
    if !others.is_empty() {
        let segments = others.into_iter().map(|tag| (0, tag.to_be_bytes().to_vec())).collect();
        extras.push(Extra { kind: ExtraKind::TiffTags, segments });
    }
    extras
}

/// Encodes without loss, with Deflate: a sixth larger than with LZW, at six times the speed. Of the metadata
/// a TIFF takes the profile, XMP, IPTC, and EXIF but for the maker's notes.
pub(super) fn encode(
    picture: Picture,
    metadata: &Metadata,
    warnings: &mut Vec<String>,
) -> Result<Vec<u8>, JobError> {
    let tags = metadata.exif.as_deref().map(exif::tiff_tags).unwrap_or_default();
    if tags.maker_note {
        warnings
            .push("the notes of the camera's maker cannot be moved into a TIFF and were left out".to_owned());
    }
    let (size, tags) = (picture.size, &tags);
    match (&picture.samples, picture.channels) {
        (Samples::U8(samples), Channels::Grey) => write::<Gray8>(size, samples, metadata, tags),
        (Samples::U8(samples), Channels::Rgb) => write::<RGB8>(size, samples, metadata, tags),
        (Samples::U8(samples), Channels::GreyAlpha) => write::<GreyAlpha<u8>>(size, samples, metadata, tags),
        (Samples::U8(samples), Channels::Rgba) => write::<RGBA8>(size, samples, metadata, tags),
        (Samples::U16(samples), Channels::Grey) => write::<Gray16>(size, samples, metadata, tags),
        (Samples::U16(samples), Channels::Rgb) => write::<RGB16>(size, samples, metadata, tags),
        (Samples::U16(samples), Channels::GreyAlpha) => {
            write::<GreyAlpha<u16>>(size, samples, metadata, tags)
        }
        (Samples::U16(samples), Channels::Rgba) => write::<RGBA16>(size, samples, metadata, tags),
    }
    .map_err(|e| error::encoding(&e))
}

/// Fields as they are: the crate's typed writer refuses texts that are not ASCII, and with them most names.
fn write_fields<W: Write + Seek, K: TiffKind>(
    directory: &mut DirectoryEncoder<'_, W, K>,
    fields: &[RawField],
) -> TiffResult<()> {
    for field in fields {
        let entry = directory.write_entry_bytes(field.kind, &field.bytes)?;
        directory.extend_from(&Directory::from_iter([(Tag::from_u16_exhaustive(field.tag), entry)]));
    }
    Ok(())
}

fn write<C: ColorType>(
    size: Size,
    samples: &[C::Inner],
    metadata: &Metadata,
    tags: &TiffTags,
) -> TiffResult<Vec<u8>>
where
    [C::Inner]: TiffValue,
{
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes)?
        .with_compression(Compression::Deflate(DeflateLevel::Fast))
        .with_predictor(Predictor::Horizontal);
    let mut pointers = Vec::new();
    for (tag, fields) in [(Tag::ExifDirectory, &tags.exposure), (Tag::GpsDirectory, &tags.place)] {
        if !fields.is_empty() {
            let mut directory = encoder.extra_directory()?;
            write_fields(&mut directory, fields)?;
            pointers.push((tag, directory.finish_with_offsets()?.offset));
        }
    }
    let mut image = encoder.new_image::<C>(size.width, size.height)?;
    // Straight transparency; without this tag many programs see none.
    if C::BITS_PER_SAMPLE.len().is_multiple_of(2) {
        image.encoder().write_tag(Tag::ExtraSamples, UNASSOCIATED)?;
    }
    write_fields(image.encoder(), &tags.texts)?;
    for (tag, place) in pointers {
        image.encoder().write_tag(tag, place)?;
    }
    if let Some(density) = metadata.density {
        let (fractions, unit) = density.in_tiff();
        let [across, down] = fractions.map(|(n, d)| Rational { n, d });
        image.encoder().write_tag(Tag::XResolution, across)?;
        image.encoder().write_tag(Tag::YResolution, down)?;
        image.encoder().write_tag(Tag::ResolutionUnit, unit)?;
    }
    // ICC.1 annex B.3 wants a profile to be of no type; some programs call it damaged otherwise.
    let resources = resources::write(None, &metadata.resources);
    let resources = (!resources.is_empty()).then_some(resources);
    let blocks = [
        (Tag::IccProfile, Type::UNDEFINED, &metadata.icc),
        (Tag::Unknown(XMP), Type::BYTE, &metadata.xmp),
        (Tag::Unknown(IPTC), Type::BYTE, &metadata.iptc),
        (Tag::Unknown(PHOTOSHOP), Type::BYTE, &resources),
    ];
    for (tag, kind, block) in blocks {
        if let Some(bytes) = block.clone() {
            write_fields(image.encoder(), &[RawField { tag: tag.to_u16(), kind, bytes }])?;
        }
    }
    image.write_data(samples)?;
    Ok(bytes.into_inner())
}
