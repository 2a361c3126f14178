//! Which preview is taken of a raw photo, and what goes with it.

use ::exif::experimental::Writer;
use ::exif::{Field, In, Tag, Value};

use super::*;

/// A preview with an EXIF block of these fields.
pub(super) fn saying(width: u32, height: u32, fields: &[(Tag, Value)]) -> Vec<u8> {
    let field = |(tag, value): &(Tag, Value)| Field { tag: *tag, ifd_num: In::PRIMARY, value: value.clone() };
    let fields: Vec<Field> = fields.iter().map(field).collect();
    let mut writer = Writer::new();
    fields.iter().for_each(|field| writer.push_field(field));
    let mut block = std::io::Cursor::new(Vec::new());
    writer.write(&mut block, false).unwrap();
    with(width, height, &Metadata { exif: Some(block.into_inner()), ..Metadata::default() })
}

/// A preview with these blocks.
pub(super) fn with(width: u32, height: u32, metadata: &Metadata) -> Vec<u8> {
    let samples = Samples::U8([90, 60, 30].repeat((width * height) as usize));
    let picture = Picture { size: Size { width, height }, channels: Channels::Rgb, samples };
    encode(picture, Format::Jpeg, &Output::default(), metadata, false, &mut Vec::new()).unwrap()
}

pub(super) fn embedded(dng: &Dng) -> Decoded {
    try_decoded(&dng.file(smooth), RawPolicy::Embedded).unwrap()
}

#[test]
fn the_preview_is_taken_where_it_is_asked_for() {
    let file = Dng { preview: Some(preview(24, 16)), ..Dng::default() }.file(smooth);
    let decoded = try_decoded(&file, RawPolicy::Embedded).unwrap();
    assert_eq!(decoded.picture.size, Size { width: 24, height: 16 });
    assert_eq!(decoded.warnings, Vec::<String>::new());
    let decoded = try_decoded(&Dng::default().file(smooth), RawPolicy::Embedded).unwrap();
    assert_eq!(decoded.picture.size, Size { width: 48, height: 32 });
    assert_eq!(decoded.warnings, ["there is no embedded preview; the photo was developed"]);
}

/// The sensor's data stands in a directory below the first one.
#[test]
fn what_leads_to_a_directory_may_say_so() {
    let plain = Dng::default().file(smooth);
    let entry = plain.windows(4).rposition(|bytes| bytes == [0x4A, 0x01, 4, 0]).unwrap();
    let mut file = plain.clone();
    file[entry + 2] = 13;
    assert_eq!(decoded(&file).picture, decoded(&plain).picture);
}

#[test]
fn a_preview_that_is_no_jpeg_is_not_said_to_be_none() {
    let raw = shorts(262, &[2]);
    let root_tags = vec![raw, shorts(259, &[1]), (273, 4, vec![8, 0, 0, 0]), (279, 4, vec![6, 0, 0, 0])];
    let file = Dng { root_tags, ..Dng::default() }.file(smooth);
    let found = try_decoded(&file, RawPolicy::Embedded).unwrap();
    assert_eq!(found.picture.size, Size { width: 48, height: 32 });
    assert_eq!(found.warnings, ["the embedded preview is not a JPEG; the photo was developed"]);
}

#[test]
fn a_camera_s_preview_has_the_colours_that_its_photo_names() {
    let file = |is_dng| Dng { is_dng, preview: Some(preview(24, 16)), ..Dng::default() }.file(smooth);
    let icc = |is_dng| try_decoded(&file(is_dng), RawPolicy::Embedded).unwrap().metadata.icc;
    assert_eq!(icc(false), profiles::adobe_rgb());
    // Whoever made a DNG of it may have made a preview of sRGB, too.
    assert_eq!(icc(true), None);
}

#[test]
fn a_preview_of_less_than_half_the_size_is_named() {
    let file = Dng { preview: Some(preview(23, 16)), orientation: 6, ..Dng::default() }.file(smooth);
    let small = "the embedded preview has 23×16 pixels, the photo 48×32";
    assert_eq!(try_decoded(&file, RawPolicy::Embedded).unwrap().warnings, [small]);
    let unknown = Dng { is_dng: false, preview: Some(preview(23, 16)), ..Dng::default() };
    assert_eq!(
        decoded(&unknown.file(smooth)).warnings,
        ["the camera is not known: Acme Box 1; the embedded preview was taken", small]
    );
}

#[test]
fn tiles_of_a_lossy_dng_are_no_previews() {
    let lossy = Dng {
        layout: SensorLayout::Linear,
        bits: 8,
        black: 0,
        packing: Packing::Lossy,
        tile: Some(32),
        ..Dng::default()
    };
    let found = embedded(&lossy);
    assert_eq!(found.picture.size, Size { width: 48, height: 32 });
    assert_eq!(found.warnings, ["there is no embedded preview; the photo was developed"]);
    let found = embedded(&Dng { preview: Some(preview(24, 16)), ..lossy.clone() });
    assert_eq!(found.picture.size, Size { width: 24, height: 16 });
    // A mask is none either, and a photo that was made is one.
    for (meant, edge) in [(4, 24), (52_527, 24), (51_177, 24), (6, 32)] {
        let raw_tags = vec![shorts(262, &[meant])];
        let dng = Dng { preview: Some(preview(24, 16)), raw_tags, ..lossy.clone() };
        assert_eq!(embedded(&dng).picture.size.width, edge, "{meant}");
    }
}

#[test]
fn a_dng_says_the_colours_of_its_preview() {
    let icc = |number: u32, preview: Vec<u8>| {
        let root_tags = vec![(0xC71A, 4, number.to_le_bytes().to_vec())];
        embedded(&Dng { preview: Some(preview), root_tags, ..Dng::default() }).metadata.icc
    };
    for (number, expected) in [
        (0, None),
        // Of a preview in colours.
        (1, None),
        (2, None),
        (3, profiles::adobe_rgb()),
        (4, profiles::pro_photo_rgb()),
        (5, None),
    ] {
        assert_eq!(icc(number, preview(24, 16)), expected, "{number}");
    }
    let samples = Samples::U8(vec![90; 24 * 16]);
    let picture = Picture { size: Size { width: 24, height: 16 }, channels: Channels::Grey, samples };
    let nothing = Metadata::default();
    let grey = |metadata: &Metadata| {
        let picture = picture.clone();
        encode(picture, Format::Jpeg, &Output::default(), metadata, false, &mut Vec::new()).unwrap()
    };
    assert_eq!(icc(1, grey(&nothing)), profiles::made::grey(&profiles::made::gamma(2.2)));
    assert_eq!(icc(3, grey(&nothing)), None);
    // A profile counts first.
    let own = Metadata { icc: profiles::srgb(Channels::Grey), ..Metadata::default() };
    assert_eq!(icc(1, grey(&own)), own.icc);
}

/// That a camera does not say the colours (65535) is no word on them.
#[test]
fn a_preview_s_own_word_on_its_colours_counts_before_that_of_its_dng() {
    let icc = |color_space: Option<u16>, index: Option<&str>| {
        let space = color_space.map(|space| (Tag::ColorSpace, Value::Short(vec![space])));
        let index =
            index.map(|index| (Tag::InteroperabilityIndex, Value::Ascii(vec![index.as_bytes().to_vec()])));
        let preview = saying(24, 16, &space.into_iter().chain(index).collect::<Vec<_>>());
        let root_tags = vec![(0xC71A, 4, 4u32.to_le_bytes().to_vec())];
        embedded(&Dng { preview: Some(preview), root_tags, ..Dng::default() }).metadata.icc
    };
    for (color_space, index) in
        [(Some(65_535), None), (Some(65_535), Some("R98")), (Some(0), None), (None, Some("THM"))]
    {
        assert_eq!(icc(color_space, index), profiles::pro_photo_rgb(), "{color_space:?} {index:?}");
    }
    for (color_space, index) in [(Some(1), None), (Some(1), Some("R98")), (None, Some("R98"))] {
        assert_eq!(icc(color_space, index), None, "{color_space:?} {index:?}");
    }
    for (color_space, index) in [(Some(2), None), (Some(65_535), Some("R03")), (None, Some("R03"))] {
        assert_eq!(icc(color_space, index), profiles::adobe_rgb(), "{color_space:?} {index:?}");
    }
}

#[test]
fn a_preview_that_says_little_does_not_hide_what_the_photo_says() {
    let stub = saying(24, 16, &[(Tag::Software, Value::Ascii(vec![b"Some program".to_vec()]))]);
    let note = (0x927C, 7, b"the maker's".to_vec());
    let dng = Dng { is_dng: false, preview: Some(stub), exif_tags: vec![note], ..Dng::default() };
    let metadata = embedded(&dng).metadata;
    let block = metadata.exif.unwrap();
    assert_eq!(exif::read(&block).camera_and_day(), "Box 1 2024-05-06");
    assert!(block.windows(12).any(|word| word == b"Some program"));
    // Nor that it was made in other colours than those of the web.
    assert_eq!(metadata.icc, profiles::adobe_rgb());
    assert_eq!(metadata.extras, [Extra::of(ExtraKind::MakerNotes)]);
}

#[test]
fn notes_of_the_maker_that_a_preview_has_go_along() {
    let note = b"the maker's".to_vec();
    let preview = saying(24, 16, &[(Tag::MakerNote, Value::Undefined(note.clone(), 0))]);
    let dng = Dng { preview: Some(preview), exif_tags: vec![(0x927C, 7, note)], ..Dng::default() };
    let metadata = embedded(&dng).metadata;
    assert!(exif::has_maker_note(&metadata.exif.unwrap()));
    assert_eq!(metadata.extras, []);
}

#[test]
fn xmp_of_the_photo_counts_before_that_of_its_preview() {
    let metadata = Metadata { xmp: Some(b"<of-preview/>".to_vec()), ..Metadata::default() };
    let dng = Dng { preview: Some(with(24, 16, &metadata)), ..Dng::default() };
    assert_eq!(embedded(&dng).metadata.xmp, metadata.xmp);
    let packet = b"<of-photo/>".to_vec();
    let found = embedded(&Dng { root_tags: vec![(700, 1, packet.clone())], ..dng }).metadata;
    assert_eq!((found.xmp, found.extras), (Some(packet), vec![Extra::of(ExtraKind::SecondBlock)]));
}
