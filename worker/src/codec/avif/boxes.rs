//! The container of an AVIF, as it is written: one image, its transparency, profile, EXIF and XMP.
//!
//! ISO/IEC 14496-12 says what a box is, ISO/IEC 23008-12 (HEIF) how items and their properties are listed,
//! the AV1 image file format (av1-avif) what is in them. All numbers are big-endian.

use recipe::filter::geometry::Size;

use crate::codec::iso_boxes;
use crate::image::Metadata;

pub(super) struct Item<'a> {
    pub(super) size: Size,
    /// Luma and chroma of 4:4:4 with [`DEPTH`], as AV1.
    pub(super) color: &'a [u8],
    /// Transparency, as monochrome AV1.
    pub(super) alpha: Option<&'a [u8]>,
}

/// What the colours are.
pub(super) enum StoredColor {
    Srgb,
    Profile(Vec<u8>),
}

/// Bits per sample.
const DEPTH: u8 = 8;

const COLOR: u16 = 1;
const ALPHA: u16 = 2;
const EXIF: u16 = 3;
const XMP: u16 = 4;
/// A property without which the item must not be shown.
const ESSENTIAL: u8 = 0x80;
const ALPHA_KIND: &[u8] = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0";

pub(super) fn file(item: &Item<'_>, color: &StoredColor, metadata: &Metadata) -> Vec<u8> {
    let mut stored: Vec<(u16, Vec<u8>)> = Vec::new();
    if let Some(exif) = &metadata.exif {
        // How many bytes of prefix there are before the TIFF header: none.
        stored.push((EXIF, [&[0; 4], exif.as_slice()].concat()));
    }
    if let Some(xmp) = &metadata.xmp {
        stored.push((XMP, xmp.clone()));
    }
    // Transparency first, so that nothing is shown without it while a page loads.
    stored.extend(item.alpha.map(|alpha| (ALPHA, alpha.to_vec())));
    stored.push((COLOR, item.color.to_vec()));

    let ftyp = sized(b"ftyp", b"avif\0\0\0\0avifmif1miaf");
    // The places of the data hang on the length of what says them, which does not hang on their values.
    let start = ftyp.len() + meta(item, color, &stored, 0).len() + 8;
    let meta = meta(item, color, &stored, start as u32);
    let data: Vec<u8> = stored.into_iter().flat_map(|(_, data)| data).collect();
    [ftyp, meta, sized(b"mdat", &data)].concat()
}

fn meta(item: &Item<'_>, color: &StoredColor, stored: &[(u16, Vec<u8>)], start: u32) -> Vec<u8> {
    let handler = full(b"hdlr", 0, &[&[0; 4], &b"pict"[..], &[0; 13]].concat());
    let primary = full(b"pitm", 0, &COLOR.to_be_bytes());
    let parts = [
        handler,
        primary,
        places(stored, start),
        kinds(stored),
        references(stored),
        sized(b"iprp", &properties(item, color)),
    ];
    full(b"meta", 0, &parts.concat())
}

/// Where each item's data lies: one extent each, by offset from the start of the file.
fn places(stored: &[(u16, Vec<u8>)], start: u32) -> Vec<u8> {
    // Offsets and lengths of four bytes, no base.
    let mut content = vec![0x44, 0];
    content.extend((stored.len() as u16).to_be_bytes());
    let mut at = start;
    for (id, data) in stored {
        let length = data.len() as u32;
        content.extend(id.to_be_bytes());
        // In this file, one extent.
        content.extend([0, 0, 0, 1]);
        content.extend(at.to_be_bytes());
        content.extend(length.to_be_bytes());
        at = at.saturating_add(length);
    }
    full(b"iloc", 0, &content)
}

/// The coded image of a file that [`file`] has made.
pub(super) fn color(file: &[u8]) -> Option<&[u8]> {
    item(file, COLOR)
}

/// Its coded transparency, if it has any.
pub(super) fn alpha(file: &[u8]) -> Option<&[u8]> {
    item(file, ALPHA)
}

/// Where [`places`] says that an item is.
fn item(file: &[u8], id: u16) -> Option<&[u8]> {
    let inside = |bytes, kind: &[u8; 4]| {
        iso_boxes::boxes(bytes).flatten().find(|found| found.kind == kind).map(|found| found.content)
    };
    let places = inside(inside(file, b"meta")?.get(4..)?, b"iloc")?.get(8..)?;
    let (places, _) = places.as_chunks::<14>();
    let place = places.iter().find(|place| place.starts_with(&id.to_be_bytes()))?;
    let (numbers, _) = place.get(6..)?.as_chunks::<4>();
    let &[start, length] = numbers else { return None };
    let [start, length] = [start, length].map(|number| u32::from_be_bytes(number) as usize);
    file.get(start..)?.get(..length)
}

fn kinds(stored: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut content = (stored.len() as u16).to_be_bytes().to_vec();
    for (id, _) in stored {
        let kind: &[u8] = match *id {
            EXIF => b"Exif\0",
            XMP => b"mime\0application/rdf+xml\0",
            _ => b"av01\0",
        };
        content.extend(full(b"infe", 2 << 24, &[&id.to_be_bytes()[..], &[0, 0], kind].concat()));
    }
    full(b"iinf", 0, &content)
}

/// What the other items are to the image.
fn references(stored: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let reference = |(id, _): &(u16, Vec<u8>)| {
        let kind = match *id {
            COLOR => return Vec::new(),
            ALPHA => b"auxl",
            _ => b"cdsc",
        };
        sized(kind, &[id.to_be_bytes(), 1u16.to_be_bytes(), COLOR.to_be_bytes()].concat())
    };
    let content: Vec<u8> = stored.iter().flat_map(reference).collect();
    if content.is_empty() { content } else { full(b"iref", 0, &content) }
}

/// The properties, and which item has which of them, by their numbers from 1.
fn properties(item: &Item<'_>, color: &StoredColor) -> Vec<u8> {
    let Size { width, height } = item.size;
    let mut all = vec![
        full(b"ispe", 0, &[width.to_be_bytes(), height.to_be_bytes()].concat()),
        // AV1's profile "high", which has 4:4:4, of any level, with 8 bits.
        sized(b"av1C", &[0x81, 1 << 5 | 31, 0, 0]),
        full(b"pixi", 0, &[3, DEPTH, DEPTH, DEPTH]),
    ];
    // ITU-T H.273: primaries and curve of sRGB, or unspecified beside a profile; the matrix of BT.601; full
    // range.
    let numbers = |primaries: u16, curve: u16| {
        let numbers = [primaries.to_be_bytes(), curve.to_be_bytes(), 6u16.to_be_bytes()].concat();
        sized(b"colr", &[b"nclx", numbers.as_slice(), &[0x80]].concat())
    };
    match color {
        StoredColor::Srgb => all.push(numbers(1, 13)),
        StoredColor::Profile(icc) => {
            all.push(sized(b"colr", &[b"prof", icc.as_slice()].concat()));
            all.push(numbers(2, 2));
        }
    }
    let count = all.len() as u8;
    let mut owners =
        vec![(COLOR, (1..=count).map(|n| if n == 2 { n | ESSENTIAL } else { n }).collect::<Vec<_>>())];
    if item.alpha.is_some() {
        // Profile "main", monochrome.
        all.push(sized(b"av1C", &[0x81, 31, 0x1C, 0]));
        all.push(full(b"pixi", 0, &[1, DEPTH]));
        all.push(full(b"auxC", 0, ALPHA_KIND));
        owners.push((ALPHA, vec![1, (count + 1) | ESSENTIAL, count + 2, count + 3]));
    }
    let mut owned = (owners.len() as u32).to_be_bytes().to_vec();
    for (id, numbers) in owners {
        owned.extend(id.to_be_bytes());
        owned.push(numbers.len() as u8);
        owned.extend(numbers);
    }
    [sized(b"ipco", &all.concat()), full(b"ipma", 0, &owned)].concat()
}

/// A box: its length, its kind, its content.
fn sized(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat()
}

/// A box with a version in the upper byte and flags in the others.
fn full(kind: &[u8; 4], version: u32, content: &[u8]) -> Vec<u8> {
    sized(kind, &[&version.to_be_bytes()[..], content].concat())
}
