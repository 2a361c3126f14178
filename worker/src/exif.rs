//! EXIF: what is read from it, and what of it goes into the output.
//!
//! Reading is left to `kamadak-exif`. For writing, the original block is patched in place, because maker notes hold offsets
//! that any rewriting breaks; the tag numbers are those of CIPA DC-008 (EXIF 2.32) and TIFF 6.0. No state.

use exif::experimental::Writer;
use exif::{Context, Exif, Field, In, Reader, Tag, Value};
use image::metadata::Orientation;
use recipe::filter::geometry::Size;

mod tiff_tags;

pub(crate) use tiff_tags::{RawField, TiffTags, tiff_tags};

const SUB_FILE_TYPE: u16 = 0x00FE;
const COMPRESSION: u16 = 0x0103;
const PHOTOMETRIC: u16 = 0x0106;
const MAKE: u16 = 0x010F;
const ORIENTATION: u16 = 0x0112;
const SUB_IFDS: u16 = 0x014A;
const THUMBNAIL_OFFSET: u16 = 0x0201;
const THUMBNAIL_LENGTH: u16 = 0x0202;
const EXIF_IFD: u16 = 0x8769;
const INTEROP_IFD: u16 = 0xA005;
const INTEROP_INDEX: u16 = 0x0001;
const COLOR_SPACE: u16 = 0xA001;
const PIXEL_WIDTH: u16 = 0xA002;
const PIXEL_HEIGHT: u16 = 0xA003;
const DNG_VERSION: u16 = 0xC612;
/// The colour space of EXIF 2.32 that stands for sRGB, and what some cameras write for Adobe RGB.
const SRGB: u32 = 1;
const ADOBE_RGB: u32 = 2;
/// Colour filter array, as a photometric interpretation.
const CFA: u32 = 32_803;
/// JPEG as TIFF 6.0 had it; in use only for the previews of raw photos.
const OLD_JPEG: u32 = 6;

/// Longest text taken out of a tag, in characters: it may become part of a file name.
const MAX_TEXT: usize = 64;

/// What the rest of the program wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// How the stored picture is to be turned.
    pub(crate) orientation: Orientation,
    /// The camera's model.
    pub(crate) camera: Option<String>,
    /// When the photo was taken, `YYYY-MM-DD`.
    pub(crate) date: Option<String>,
}

/// Reads a block; what is broken is as if it were not there.
pub(crate) fn read(block: &[u8]) -> Facts {
    let exif = parse(block);
    let field = |tag| exif.as_ref().and_then(|exif| exif.get_field(tag, In::PRIMARY));
    let orientation = field(Tag::Orientation)
        .and_then(|field| field.value.get_uint(0))
        .and_then(|value| Orientation::from_exif(u8::try_from(value).ok()?))
        .unwrap_or(Orientation::NoTransforms);
    Facts {
        orientation,
        camera: field(Tag::Model).and_then(text),
        date: field(Tag::DateTimeOriginal).and_then(date),
    }
}

/// A block of nothing but the author and the copyright; `None` if it says neither.
pub(crate) fn copyright(block: &[u8]) -> Option<Vec<u8>> {
    rebuild(&parse(block)?, &|field| is_copyright(field.tag))
}

/// Whether the camera says that the colours are those of Adobe RGB, which by DCF 2.0 is all it says: there is no profile then.
pub(crate) fn is_adobe_rgb(block: &[u8]) -> bool {
    let Some(exif) = parse(block) else { return false };
    let field = |tag| exif.get_field(tag, In::PRIMARY).map(|field| &field.value);
    let by_index = match field(Tag::InteroperabilityIndex) {
        Some(Value::Ascii(parts)) => parts.first().is_some_and(|index| index.starts_with(b"R03")),
        Some(_) | None => false,
    };
    by_index || field(Tag::ColorSpace).and_then(|value| value.get_uint(0)) == Some(ADOBE_RGB)
}

/// The block that describes a TIFF file: its own tags without those about how its pixels lie in the file.
pub(crate) fn from_tiff(file: &[u8]) -> Option<Vec<u8>> {
    describing(file, &[])
}

/// The block that describes a raw photo. The colour space in it is that of the camera's own pictures.
pub(crate) fn from_raw(file: &[u8]) -> Option<Vec<u8>> {
    describing(file, &[Tag::ColorSpace])
}

fn describing(file: &[u8], except: &[Tag]) -> Option<Vec<u8>> {
    rebuild(&parse(file)?, &|field| match field.tag.context() {
        Context::Tiff => is_descriptive(field.tag),
        // Maker notes do not survive a move, see above.
        Context::Exif => field.tag != Tag::MakerNote && !except.contains(&field.tag),
        Context::Gps => true,
        Context::Interop | _ => false,
    })
}

/// The bytes of a tag of a TIFF file's first directory, whatever the numbers are that they are said to be.
pub(crate) fn tiff_block(file: &[u8], tag: u16) -> Option<Vec<u8>> {
    let tiff = Tiff::new(file)?;
    let entries = tiff.directory(file, tiff.first(file)?);
    let entry = entries.iter().find(|entry| entry.tag == tag)?;
    let kind = tiff.u16(file, entry.at - 6)?;
    // TIFF 6.0: bytes, texts and undefined take one byte each, shorts two, longs four.
    let width = match kind {
        1 | 2 | 6 | 7 => 1,
        3 => 2,
        4 => 4,
        _ => return None,
    };
    let length = (tiff.u32(file, entry.at - 4)? as usize).checked_mul(width)?;
    let at = if length <= 4 { entry.at } else { tiff.u32(file, entry.at)? as usize };
    file.get(at..at.checked_add(length)?).map(<[u8]>::to_vec)
}

/// The first number of a tag of a TIFF file's first directory, if it is a short or a long.
pub(crate) fn tiff_number(file: &[u8], tag: u16) -> Option<u32> {
    let tiff = Tiff::new(file)?;
    let entries = tiff.directory(file, tiff.first(file)?);
    let entry = entries.iter().find(|entry| entry.tag == tag)?;
    if entry.value.is_some() {
        return entry.value;
    }
    let (kind, count) = (tiff.u16(file, entry.at - 6)?, tiff.u32(file, entry.at - 4)?);
    // Two shorts still stand in the entry itself.
    let at = if count <= 2 { entry.at } else { tiff.u32(file, entry.at)? as usize };
    (kind == 3).then(|| tiff.u16(file, at).map(u32::from))?
}

/// A copy of a TIFF file in which a number of its first directory is another; `None` if it has no such number.
pub(crate) fn with_tiff_number(file: &[u8], tag: u16, value: u32) -> Option<Vec<u8>> {
    let tiff = Tiff::new(file)?;
    let entries = tiff.directory(file, tiff.first(file)?);
    let entry = entries.iter().find(|entry| entry.tag == tag && entry.value.is_some())?;
    let mut copy = file.to_vec();
    tiff.write(&mut copy, entry, value);
    Some(copy)
}

/// Whether this TIFF structure is a raw photo and no picture to look at: a DNG says so, other raw photos are a mosaic, or begin with
/// the small preview of a camera and have the sensor's data in a sub-directory.
pub(crate) fn is_raw_photo(file: &[u8]) -> bool {
    let is_raw = || {
        let tiff = Tiff::new(file)?;
        let entries = tiff.directory(file, tiff.first(file)?);
        let value = |tag| entries.iter().find(|entry| entry.tag == tag).and_then(|entry| entry.value);
        let is_there = |tag| entries.iter().any(|entry| entry.tag == tag);
        let preview = value(SUB_FILE_TYPE) == Some(1) || value(COMPRESSION) == Some(OLD_JPEG);
        let of_camera = preview && is_there(SUB_IFDS) && is_there(MAKE);
        Some(is_there(DNG_VERSION) || value(PHOTOMETRIC) == Some(CFA) || of_camera)
    };
    is_raw() == Some(true)
}

/// Whether a TIFF file holds another picture after its first, other than a small version of it.
pub(crate) fn has_more_pages(file: &[u8]) -> bool {
    let second = || {
        let tiff = Tiff::new(file)?;
        let first = tiff.first(file)?;
        let link = first + 2 + 12 * usize::from(tiff.u16(file, first)?);
        let second = tiff.u32(file, link).filter(|at| *at != 0)?;
        let entries = tiff.directory(file, second as usize);
        let reduced = entries.iter().any(|entry| entry.tag == SUB_FILE_TYPE && entry.value == Some(1));
        (!reduced && !entries.is_empty()).then_some(())
    };
    second().is_some()
}

fn is_descriptive(tag: Tag) -> bool {
    is_copyright(tag)
        || [Tag::ImageDescription, Tag::Make, Tag::Model, Tag::Software, Tag::DateTime].contains(&tag)
}

fn parse(block: &[u8]) -> Option<Exif> {
    let parsed = Reader::new().continue_on_error(true).read_raw(block.to_vec());
    parsed.or_else(|error| error.distill_partial_result(|_| {})).ok()
}

fn is_copyright(tag: Tag) -> bool {
    [Tag::Artist, Tag::Copyright].contains(&tag)
}

/// A text as it may stand in a report: one line of limited length.
fn text(field: &Field) -> Option<String> {
    let Value::Ascii(parts) = &field.value else { return None };
    let text = String::from_utf8_lossy(parts.first()?);
    let text: String = text.chars().filter(|c| !c.is_control()).take(MAX_TEXT).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn date(field: &Field) -> Option<String> {
    let Value::Ascii(parts) = &field.value else { return None };
    let date = exif::DateTime::from_ascii(parts.first()?).ok()?;
    let real = date.year > 0 && (1..=12).contains(&date.month) && (1..=31).contains(&date.day);
    real.then(|| format!("{:04}-{:02}-{:02}", date.year, date.month, date.day))
}

/// A new block of the primary picture's fields that are wanted; `None` if there are none.
fn rebuild(exif: &Exif, wanted: &dyn Fn(&Field) -> bool) -> Option<Vec<u8>> {
    let fields: Vec<&Field> = exif.fields().filter(|f| f.ifd_num == In::PRIMARY && wanted(f)).collect();
    if fields.is_empty() {
        return None;
    }
    let mut writer = Writer::new();
    for field in fields {
        writer.push_field(field);
    }
    let mut block = std::io::Cursor::new(Vec::new());
    writer.write(&mut block, exif.little_endian()).ok()?;
    Some(block.into_inner())
}

/// Resets the orientation, sets the size and, where the colours `became_srgb`, the colour space; takes the thumbnail out. All in
/// place.
pub(crate) fn upright(mut block: Vec<u8>, size: Size, became_srgb: bool) -> Vec<u8> {
    let Some(tiff) = Tiff::new(&block) else { return block };
    let Some(first) = tiff.first(&block) else { return block };
    let entries = tiff.directory(&block, first);
    let exif = entries.iter().find(|entry| entry.tag == EXIF_IFD).and_then(|entry| entry.value);
    let details = exif.map(|at| tiff.directory(&block, at as usize)).unwrap_or_default();
    for entry in entries.iter().chain(&details) {
        match entry.tag {
            ORIENTATION => tiff.write(&mut block, entry, 1),
            PIXEL_WIDTH => tiff.write(&mut block, entry, size.width),
            PIXEL_HEIGHT => tiff.write(&mut block, entry, size.height),
            COLOR_SPACE if became_srgb => tiff.write(&mut block, entry, SRGB),
            _ => {}
        }
    }
    let interop = details.iter().find(|entry| entry.tag == INTEROP_IFD).and_then(|entry| entry.value);
    let interop = interop.map(|at| tiff.directory(&block, at as usize)).unwrap_or_default();
    if let Some(index) = interop.iter().find(|entry| entry.tag == INTEROP_INDEX)
        && became_srgb
        && let Some(place) = block.get_mut(index.at..index.at + 4)
        && place == b"R03\0"
    {
        place.copy_from_slice(b"R98\0");
    }
    tiff.drop_thumbnail(&mut block, first);
    block
}

/// The byte order of a TIFF structure, and with it the way around in one.
pub(crate) struct Tiff {
    little_endian: bool,
}

/// A directory entry whose value is one short or long; `value` is `None` for any other.
struct Entry {
    tag: u16,
    kind: u16,
    /// Where the value stands.
    at: usize,
    value: Option<u32>,
}

impl Tiff {
    pub(crate) fn new(block: &[u8]) -> Option<Tiff> {
        match block.get(..4)? {
            b"II*\0" => Some(Tiff { little_endian: true }),
            b"MM\0*" => Some(Tiff { little_endian: false }),
            _ => None,
        }
    }

    fn u16(&self, block: &[u8], at: usize) -> Option<u16> {
        let bytes = block.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.little_endian { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    fn u32(&self, block: &[u8], at: usize) -> Option<u32> {
        let bytes = block.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.little_endian { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    /// Where the first directory stands.
    pub(crate) fn first(&self, block: &[u8]) -> Option<usize> {
        self.u32(block, 4).map(|at| at as usize)
    }

    /// Where the directory after the one at `at` stands, if there is one.
    pub(crate) fn next(&self, block: &[u8], at: usize) -> Option<usize> {
        let link = at + 2 + 12 * usize::from(self.u16(block, at)?);
        self.u32(block, link).filter(|next| *next != 0).map(|next| next as usize)
    }

    /// The numbers of a tag in the directory at `at`, as far as they lie within the block: shorts, longs or places of directories.
    pub(crate) fn numbers(&self, block: &[u8], at: usize, tag: u16) -> Vec<u32> {
        let entries = self.directory(block, at);
        let Some(entry) = entries.iter().find(|entry| entry.tag == tag) else { return Vec::new() };
        let numbers = || {
            let (kind, count) = (self.u16(block, entry.at - 6)?, self.u32(block, entry.at - 4)? as usize);
            let width = match kind {
                3 => 2,
                4 | 13 => 4,
                _ => return None,
            };
            let start = if count <= 4 / width { entry.at } else { self.u32(block, entry.at)? as usize };
            let number = move |index: usize| {
                let at = start.checked_add(index * width)?;
                if width == 2 { self.u16(block, at).map(u32::from) } else { self.u32(block, at) }
            };
            Some((0..count).map_while(number).collect())
        };
        numbers().unwrap_or_default()
    }

    /// Bytes that the entries of the directory at `at` say they have, together.
    pub(crate) fn claimed(&self, block: &[u8], at: usize) -> u64 {
        // Bytes of a value by its type, from 1 on (TIFF 6.0, section 2; 13 is a place of a directory).
        const WIDTHS: [u64; 13] = [1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];
        let claim = |entry: Entry| {
            let (kind, count) = (self.u16(block, entry.at - 6)?, self.u32(block, entry.at - 4)?);
            let width = WIDTHS.get(usize::from(kind).wrapping_sub(1)).copied().unwrap_or(1);
            Some(u64::from(count) * width)
        };
        self.directory(block, at).into_iter().filter_map(claim).fold(0, u64::saturating_add)
    }

    /// The entries of the directory at `at`, as far as they lie within the block.
    fn directory(&self, block: &[u8], at: usize) -> Vec<Entry> {
        let count = usize::from(self.u16(block, at).unwrap_or(0));
        (0..count).map_while(|index| self.entry(block, at + 2 + 12 * index)).collect()
    }

    fn entry(&self, block: &[u8], at: usize) -> Option<Entry> {
        const SHORT: u16 = 3;
        const LONG: u16 = 4;
        let (tag, kind) = (self.u16(block, at)?, self.u16(block, at + 2)?);
        let (count, long) = (self.u32(block, at + 4)?, self.u32(block, at + 8)?);
        let value = match (kind, count) {
            (SHORT, 1) => self.u16(block, at + 8).map(u32::from),
            (LONG, 1) => Some(long),
            _ => None,
        };
        Some(Entry { tag, kind: if value.is_some() { kind } else { 0 }, at: at + 8, value })
    }

    /// Overwrites the value of an entry that holds one number large enough for it.
    fn write(&self, block: &mut [u8], entry: &Entry, value: u32) {
        let order = self.little_endian;
        let bytes = match (entry.kind, u16::try_from(value)) {
            (3, Ok(short)) => (if order { short.to_le_bytes() } else { short.to_be_bytes() }).to_vec(),
            (4, _) => (if order { value.to_le_bytes() } else { value.to_be_bytes() }).to_vec(),
            _ => return,
        };
        if let Some(place) = block.get_mut(entry.at..entry.at + bytes.len()) {
            place.copy_from_slice(&bytes);
        }
    }

    /// Unlinks the second directory, which describes the thumbnail, and blanks the thumbnail: it shows the picture as it was.
    fn drop_thumbnail(&self, block: &mut Vec<u8>, first: usize) {
        let Some(count) = self.u16(block, first) else { return };
        let link = first + 2 + 12 * usize::from(count);
        let Some(second) = self.u32(block, link).filter(|at| *at != 0) else { return };
        let entries = self.directory(block, second as usize);
        let value = |tag| entries.iter().find(|entry| entry.tag == tag).and_then(|entry| entry.value);
        if let (Some(at), Some(length)) = (value(THUMBNAIL_OFFSET), value(THUMBNAIL_LENGTH)) {
            let (start, end) = (at as usize, at as usize + length as usize);
            // Only what lies behind both directories can be nothing but the thumbnail.
            if start > link.max(second as usize) && end <= block.len() {
                block[start..end].fill(0);
                if end == block.len() {
                    block.truncate(start);
                }
            }
        }
        if let Some(place) = block.get_mut(link..link + 4) {
            place.fill(0);
        }
    }
}

#[cfg(test)]
mod tests;
