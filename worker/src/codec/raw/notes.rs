//! What Canon's raw photos say of themselves that are no TIFF: CR3, whose boxes hold a TIFF structure each
//! (ISO/IEC 14496-12; what is in them was found out by others), and CRW, whose records are Canon's own (CIFF
//! 1.0 revision 4). No state.

use image::metadata::Orientation;

use super::Notes;
use crate::codec::iso_boxes::boxes;
use crate::image::{Extra, ExtraKind, Metadata};
use crate::metadata::exif::{self, StructureKind};

/// The box of Canon's metadata within `moov`, and that of XMP at the top, each after the letters `uuid`.
const CANON: &[u8; 16] = b"\x85\xC0\xB6\x87\x82\x0F\x11\xE0\x81\x11\xF4\xCE\x46\x2B\x6A\x48";
const XMP: &[u8; 16] = b"\xBE\x7A\xCF\xCB\x97\xA9\x42\xE8\x9C\x71\x99\x94\x91\xE3\xAF\xAC";

/// Reads the notes of a CR3 or CRW; `None` for any other file.
pub(super) fn read(file: &[u8]) -> Option<Notes> {
    match file.get(..14)? {
        [_, _, _, _, b'f', b't', b'y', b'p', b'c', b'r', b'x', ..] => cr3(file),
        [b'I', b'I', _, _, _, _, b'H', b'E', b'A', b'P', b'C', b'C', b'D', b'R'] => crw(file),
        _ => None,
    }
}

fn cr3(file: &[u8]) -> Option<Notes> {
    // What comes after a broken box is not looked for.
    let inside = |content, kind: &'static [u8; 4]| {
        boxes(content).map_while(Result::ok).filter(move |found| found.kind == kind)
    };
    let moov = inside(file, b"moov").next()?.content;
    let canon = inside(moov, b"uuid").find_map(|found| found.content.strip_prefix(CANON))?;
    let part = |kind| inside(canon, kind).next().map(|found| found.content);
    let main = part(b"CMT1");
    let parts = [
        (StructureKind::Main, main),
        (StructureKind::Exposure, part(b"CMT2")),
        (StructureKind::Place, part(b"CMT4")),
    ];
    let parts: Vec<(StructureKind, &[u8])> =
        parts.into_iter().filter_map(|(kind, part)| Some((kind, part?))).collect();
    let metadata = Metadata {
        exif: exif::from_parts(&parts),
        xmp: inside(file, b"uuid").find_map(|found| found.content.strip_prefix(XMP)).map(<[u8]>::to_vec),
        extras: part(b"CMT3").map(|_| Extra::of(ExtraKind::MakerNotes)).into_iter().collect(),
        ..Metadata::default()
    };
    Some((main.and_then(|main| exif::read(main).orientation), metadata))
}

/// The records of a CRW that say something, by the numbers that they have with the bits of their kind.
mod record {
    pub(super) const MAKE_AND_MODEL: u16 = 0x080A;
    pub(super) const OWNER: u16 = 0x0810;
    pub(super) const COMMENT: u16 = 0x0805;
    pub(super) const SPEED: u16 = 0x102A;
    pub(super) const FOCAL_LENGTH: u16 = 0x1029;
    pub(super) const TIME: u16 = 0x180E;
    pub(super) const PICTURE: u16 = 0x1810;
    pub(super) const EXPOSURE: u16 = 0x1818;
}

/// Directories within directories; cameras write three.
const MAX_DEPTH: u32 = 8;
/// Records of a file; cameras write about a hundred.
const MAX_RECORDS: usize = 2000;

fn crw(file: &[u8]) -> Option<Notes> {
    let start = u32::from_le_bytes(*file.get(2..)?.first_chunk()?) as usize;
    let mut records = Vec::new();
    collect(file.get(start..)?, MAX_DEPTH, &mut records);
    let of = |number: u16| records.iter().find(|(found, _)| *found == number).map(|(_, data)| *data);
    let u32_at = |number: u16, at: usize| Some(u32::from_le_bytes(*of(number)?.get(at..)?.first_chunk()?));
    let u16_at = |number: u16, at: usize| Some(u16::from_le_bytes(*of(number)?.get(at..)?.first_chunk()?));
    let f32_at = |number: u16, at: usize| u32_at(number, at).map(f32::from_bits).filter(|v| v.is_finite());
    let text = |data: &[u8]| {
        let text = data.split(|byte| *byte == 0).next().unwrap_or_default().trim_ascii();
        (!text.is_empty()).then(|| text.to_vec())
    };
    let names = of(record::MAKE_AND_MODEL).unwrap_or_default();
    let (make, model) = names.split_at(names.iter().position(|byte| *byte == 0).map_or(0, |at| at + 1));
    // Clockwise, in degrees.
    let turn = match u32_at(record::PICTURE, 12) {
        Some(0) => Some(Orientation::NoTransforms),
        Some(90) => Some(Orientation::Rotate90),
        Some(180) => Some(Orientation::Rotate180),
        Some(270) => Some(Orientation::Rotate270),
        Some(_) | None => None,
    };
    // Speed and aperture as powers of two (APEX), sensitivity in Canon's thirty-seconds of them.
    let power = |base: f32, exponent: f32| f64::from(base.powf(exponent));
    let exif = exif::from_values(&exif::CameraValues {
        make: text(make),
        model: text(model),
        artist: of(record::OWNER).and_then(text),
        description: of(record::COMMENT).and_then(text),
        seconds: u32_at(record::TIME, 0),
        exposure_time: f32_at(record::EXPOSURE, 4).map(|tv| power(2.0, -tv)),
        aperture: f32_at(record::EXPOSURE, 8).map(|av| power(2.0, av / 2.0)),
        compensation: f32_at(record::EXPOSURE, 0).map(f64::from),
        focal_length: u16_at(record::FOCAL_LENGTH, 2).map(f64::from),
        sensitivity: u16_at(record::SPEED, 4)
            .map(|speed| (power(2.0, f32::from(speed) / 32.0) * 3.125).round())
            .filter(|speed| (1.0..=65_535.0).contains(speed))
            .map(|speed| speed as u16),
    });
    // Most of the records are what later cameras have in their notes.
    let extras = vec![Extra::of(ExtraKind::MakerNotes)];
    Some((turn, Metadata { exif, extras, ..Metadata::default() }))
}

/// All records of a block and of those within it: each block ends with where its list of records stands.
fn collect<'a>(block: &'a [u8], depth: u32, records: &mut Vec<(u16, &'a [u8])>) {
    /// Bits of a record's kind: that its data stands in the record itself, and that it is a block.
    const IN_RECORD: u16 = 0x4000;
    const KIND: u16 = 0x3800;
    const BLOCKS: [u16; 2] = [0x2800, 0x3000];
    let list = || {
        let at = u32::from_le_bytes(*block.last_chunk()?) as usize;
        let (count, list) = block.get(at..)?.split_first_chunk()?;
        Some((usize::from(u16::from_le_bytes(*count)), list))
    };
    let Some((count, list)) = list() else { return };
    for record in list.as_chunks::<10>().0.iter().take(count) {
        if records.len() >= MAX_RECORDS {
            return;
        }
        let [low, high, data @ ..] = record;
        let kind = u16::from_le_bytes([*low, *high]);
        let number = |at: usize| data[at..].first_chunk().map_or(0, |n| u32::from_le_bytes(*n) as usize);
        if kind & IN_RECORD != 0 {
            // Its number is counted without the bit of its place.
            records.push((kind & !IN_RECORD, &data[..]));
            continue;
        }
        let (length, at) = (number(0), number(4));
        let Some(data) = at.checked_add(length).and_then(|end| block.get(at..end)) else { continue };
        if BLOCKS.contains(&(kind & KIND)) {
            if depth > 0 {
                collect(data, depth - 1, records);
            }
        } else {
            records.push((kind, data));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A big-endian structure with one directory of these entries: tag, type, value.
    fn structure(entries: &[(u16, u16, &[u8])]) -> Vec<u8> {
        let mut block = [&b"MM\0*\0\0\0\x08"[..], &(entries.len() as u16).to_be_bytes()].concat();
        let mut values = Vec::new();
        let behind = 8 + 2 + 12 * entries.len() + 4;
        for (tag, kind, value) in entries {
            let count = if *kind == 3 { value.len() / 2 } else { value.len() };
            block.extend([&tag.to_be_bytes()[..], &kind.to_be_bytes()].concat());
            block.extend((count as u32).to_be_bytes());
            if value.len() > 4 {
                block.extend(((behind + values.len()) as u32).to_be_bytes());
                values.extend(*value);
            } else {
                block.extend([value, &[0; 4][value.len()..]].concat());
            }
        }
        [block, vec![0; 4], values].concat()
    }

    fn sized(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat()
    }

    fn cr3_file() -> Vec<u8> {
        let main = structure(&[(0x0110, 2, b"Kamera\0"), (0x0112, 3, &[0, 6]), (0x013B, 2, b"Ana\0")]);
        let exposure = structure(&[(0x9003, 2, b"2024:02:29 12:00:00\0"), (0x927C, 7, b"the maker's")]);
        let place = structure(&[(0x0001, 2, b"N\0")]);
        let parts = [(b"CMT1", &main), (b"CMT2", &exposure), (b"CMT3", &main), (b"CMT4", &place)];
        let parts = parts.map(|(kind, part)| sized(kind, part)).concat();
        let canon = sized(b"uuid", &[&CANON[..], &parts].concat());
        let packet = sized(b"uuid", &[&XMP[..], b"<x/>"].concat());
        let moov = sized(b"moov", &[sized(b"uuid", &[7; 20]), canon].concat());
        [sized(b"ftyp", b"crx \0\0\0\x01"), moov, packet, sized(b"mdat", b"pixels")].concat()
    }

    #[test]
    fn the_boxes_of_a_cr3_become_exif() {
        let (orientation, metadata) = read(&cr3_file()).unwrap();
        assert_eq!(orientation, Some(Orientation::Rotate90));
        assert_eq!(metadata.xmp.as_deref(), Some(&b"<x/>"[..]));
        assert_eq!(metadata.extras, [Extra::of(ExtraKind::MakerNotes)]);
        let block = metadata.exif.unwrap();
        let facts = exif::read(&block);
        assert_eq!(facts.camera_and_day(), "Kamera 2024-02-29");
        // The pixels are turned by then, and notes that were moved are of no use.
        assert_eq!(facts.orientation, None);
        assert!(block.windows(3).any(|word| word == b"Ana"));
        assert!(!block.windows(5).any(|word| word == b"maker"));
    }

    /// A block of records: kind and data, of which eight bytes stand in the record itself where its kind says
    /// so.
    fn block(records: &[(u16, Vec<u8>)]) -> Vec<u8> {
        let (mut block, mut list) = (Vec::new(), (records.len() as u16).to_le_bytes().to_vec());
        for (kind, data) in records {
            list.extend(kind.to_le_bytes());
            if kind & 0x4000 != 0 {
                list.extend(data);
                continue;
            }
            list.extend((data.len() as u32).to_le_bytes());
            list.extend((block.len() as u32).to_le_bytes());
            block.extend(data);
        }
        let at = block.len() as u32;
        [block, list, at.to_le_bytes().to_vec()].concat()
    }

    fn crw_file() -> Vec<u8> {
        let words = |values: &[u32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
        // 1/256 s, f/4, two thirds of a stop.
        let exposure = words(&[0.667f32.to_bits(), 8f32.to_bits(), 4f32.to_bits()]);
        let properties = block(&[
            (0x080A, b"Canon\0Canon Kamera\0".to_vec()),
            (0x0810, b"Ana\0\0\0".to_vec()),
            (0x180E, words(&[951_782_400, 0])),
            (0x1810, words(&[3000, 2000, 1f32.to_bits(), 270])),
            (0x1818, exposure),
            (0x102A, [0u16, 0, 160, 0].into_iter().flat_map(u16::to_le_bytes).collect()),
            (0x5029, [2u16, 50, 0, 0].into_iter().flat_map(u16::to_le_bytes).collect()),
        ]);
        let root = block(&[(0x2005, b"pixels".to_vec()), (0x300A, properties)]);
        [&b"II\x1A\0\0\0HEAPCCDR\0\0\0\0\0\0\0\0\0\0\0\0"[..], &root].concat()
    }

    #[test]
    fn the_records_of_a_crw_become_exif() {
        let (orientation, metadata) = read(&crw_file()).unwrap();
        assert_eq!(orientation, Some(Orientation::Rotate270));
        assert_eq!(metadata.extras, [Extra::of(ExtraKind::MakerNotes)]);
        let block = metadata.exif.unwrap();
        let facts = exif::read(&block);
        assert_eq!(facts.camera_and_day(), "Canon Kamera 2000-02-29");
        let read = ::exif::Reader::new().read_raw(block).unwrap();
        for (tag, expected) in [
            (::exif::Tag::ExposureTime, "1/256"),
            (::exif::Tag::FNumber, "4"),
            (::exif::Tag::FocalLength, "50"),
            (::exif::Tag::PhotographicSensitivity, "100"),
            (::exif::Tag::Artist, "\"Ana\""),
        ] {
            let field = read.get_field(tag, ::exif::In::PRIMARY).unwrap();
            assert_eq!(field.display_value().to_string(), expected, "{tag}");
        }
    }

    proptest! {
        #[test]
        fn no_damage_makes_it_panic(at in 0usize..500, byte: u8, length in 0usize..500) {
            for mut file in [cr3_file(), crw_file()] {
                let place = at % file.len();
                file[place] = byte;
                let _ = read(&file);
                file.truncate(length);
                let _ = read(&file);
            }
        }
    }
}
