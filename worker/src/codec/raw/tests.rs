//! Raw photos as a whole: developed, their preview, what they say of themselves, and damage.

mod highlights;
mod mosaics;
mod previews;

use image::ImageFormat;
use recipe::filter::geometry::Size;
use recipe::recipe::Output;

use super::super::{Decoded, Source, Wanted, decode, encode};
use super::testing::{
    Dng, Packing, SensorLayout, TagEntry, XYZ_TO_SRGB, fractions, shorts, signed_fractions,
};
use super::tone::Tone;
use super::*;
use crate::image::{Channels, Resource, Samples};

fn try_decoded(file: &[u8], raw: RawPolicy) -> Result<Decoded, JobError> {
    decode(&Source { bytes: file, memory: 1 << 30, raw, admit: &|_| Ok(Wanted::ALL) })
}

fn decoded(file: &[u8]) -> Decoded {
    try_decoded(file, RawPolicy::Develop).unwrap()
}

fn levels(picture: &Picture) -> &[u16] {
    let Samples::U16(samples) = &picture.samples else { panic!("8 bits") };
    samples
}

/// Light without edges; every channel has its own way, and no two sides are alike.
fn smooth(x: usize, y: usize) -> [f32; 3] {
    let (x, y) = (x as f32, y as f32);
    [0.1 + x / 80.0, 0.7 - y / 70.0, 0.15 + (x + 2.0 * y) / 260.0]
}

/// Checks that a picture shows this light within so many levels; at its edges, which lack neighbours, 4500.
fn shows(picture: &Picture, light: impl Fn(usize, usize) -> [f32; 3], tone: &Tone, tolerance: u16) {
    let (width, height) = (picture.size.width as usize, picture.size.height as usize);
    let channels = picture.channels.count();
    for (index, pixel) in levels(picture).chunks_exact(channels).enumerate() {
        let (x, y) = (index % width, index / width);
        let is_inside = (2..width - 2).contains(&x) && (2..height - 2).contains(&y);
        let tolerance = if is_inside { tolerance } else { 4500 };
        let expected = light(x, y).map(|light| tone.level(light));
        let is_near = pixel.iter().zip(expected).all(|(got, expected)| got.abs_diff(expected) <= tolerance);
        assert!(is_near, "{x}, {y}: {pixel:?}, expected {expected:?}");
    }
}

/// The curve for a photo of this.
fn tone(dng: &Dng) -> Tone {
    Tone::new(dng.exposure as f32, dng.headroom())
}

/// A camera's own JPEG: a flat colour.
fn preview(width: u32, height: u32) -> Vec<u8> {
    let samples = Samples::U8([90, 60, 30].repeat((width * height) as usize));
    let picture = Picture { size: Size { width, height }, channels: Channels::Rgb, samples };
    encode(picture, Format::Jpeg, &Output::default(), &Metadata::default(), false, &mut Vec::new()).unwrap()
}

#[test]
fn every_pattern_depth_and_layout_develops_to_the_same() {
    let patterns = [[0, 1, 1, 2], [2, 1, 1, 0], [1, 0, 2, 1], [1, 2, 0, 1]];
    for pattern in patterns {
        for bits in [12, 14, 16] {
            for tile in [None, Some(16)] {
                for border in [0, 3] {
                    let layout = SensorLayout::Mosaic(pattern);
                    let dng = Dng { layout, bits, tile, border, ..Dng::default() };
                    let decoded = decoded(&dng.file(smooth));
                    assert_eq!(decoded.header.size, Size { width: 48, height: 32 }, "{dng:?}");
                    assert_eq!(decoded.header.format, Format::Raw);
                    assert_eq!(decoded.warnings, Vec::<String>::new());
                    // 12 bits are coarse in the dark.
                    shows(&decoded.picture, smooth, &tone(&dng), 700);
                }
            }
        }
    }
}

#[test]
fn the_white_balance_is_undone() {
    for neutral in [[1000, 1000, 1000], [300, 1000, 800], [900, 1000, 350], [1000, 700, 600]] {
        let dng = Dng { neutral, ..Dng::default() };
        shows(&decoded(&dng.file(smooth)).picture, smooth, &tone(&dng), 300);
    }
}

#[test]
fn what_is_blown_out_is_white_whatever_the_white_balance() {
    for neutral in [[500, 1000, 625], [1000, 600, 900]] {
        let file = Dng { neutral, ..Dng::default() }.file(|_, _| [4.0; 3]);
        let picture = decoded(&file).picture;
        assert!(levels(&picture).iter().all(|level| *level > 65_500), "{:?}", &levels(&picture)[..9]);
    }
}

#[test]
fn photos_without_a_mosaic_need_no_neighbours() {
    let dng = Dng { layout: SensorLayout::Linear, ..Dng::default() };
    let (linear, curve) = (decoded(&dng.file(smooth)), tone(&dng));
    for (index, pixel) in levels(&linear.picture).chunks_exact(3).enumerate() {
        let expected = smooth(index % 48, index / 48).map(|light| curve.level(light));
        assert!(pixel.iter().zip(expected).all(|(a, b)| a.abs_diff(b) < 120), "{pixel:?} {expected:?}");
    }
    let dng = Dng { layout: SensorLayout::Grey, ..Dng::default() };
    let (grey, curve) = (decoded(&dng.file(smooth)), tone(&dng));
    assert_eq!((grey.picture.channels, grey.header.channels), (Channels::Grey, Channels::Grey));
    for (index, level) in levels(&grey.picture).iter().enumerate() {
        let expected = curve.level(smooth(index % 48, index / 48)[1]);
        assert!(level.abs_diff(expected) < 60, "{level} {expected}");
    }
}

#[test]
fn a_dng_may_ask_to_be_brightened() {
    let dark = |x, y| smooth(x, y).map(|light| light / 2.0);
    let dng = Dng { exposure: 1, ..Dng::default() };
    shows(&decoded(&dng.file(dark)).picture, dark, &tone(&dng), 600);
}

#[test]
fn the_orientation_is_the_header_s() {
    for orientation in 1..=8 {
        let file = Dng { orientation, preview: Some(preview(24, 16)), ..Dng::default() }.file(smooth);
        for policy in [RawPolicy::Develop, RawPolicy::Embedded] {
            let header = try_decoded(&file, policy).unwrap().header;
            assert_eq!(Some(header.orientation), Orientation::from_exif(orientation as u8), "{policy:?}");
        }
    }
}

#[test]
fn what_the_camera_noted_goes_along_without_its_own_colour_space() {
    let metadata = decoded(&Dng { orientation: 6, ..Dng::default() }.file(smooth)).metadata;
    assert_eq!(metadata.icc, profiles::srgb(Channels::Rgb));
    let block = metadata.exif.unwrap();
    let facts = exif::read(&block);
    assert_eq!(facts.camera_and_day(), "Box 1 2024-05-06");
    assert_eq!(facts.orientation, None);
    assert!(!exif::is_adobe_rgb(&block));
    assert!(block.windows(4).any(|word| word == b"Acme") && block.windows(3).any(|word| word == b"Ana"));
}

#[test]
fn notes_of_the_maker_are_left_behind_and_named() {
    let said = |dng: Dng| decoded(&dng.file(smooth)).metadata.extras;
    let note: TagEntry = (0x927C, 7, b"the maker's".to_vec());
    let of_another = (0xC634, 1, b"Adobe\0MakN".to_vec());
    let notes = [Extra::of(ExtraKind::MakerNotes)];
    assert_eq!(said(Dng::default()), []);
    assert_eq!(said(Dng { exif_tags: vec![note.clone()], ..Dng::default() }), notes);
    assert_eq!(said(Dng { root_tags: vec![of_another], ..Dng::default() }), notes);
    // In the preview alone.
    let preview =
        Some(previews::saying(24, 16, &[(::exif::Tag::MakerNote, ::exif::Value::Undefined(note.2, 0))]));
    assert_eq!(said(Dng { preview, ..Dng::default() }), notes);
    let signed = Dng { root_tags: vec![(0xCD41, 7, b"signed".to_vec())], ..Dng::default() };
    assert_eq!(said(signed), [Extra::of(ExtraKind::Credentials)]);
}

#[test]
fn photoshop_s_notes_go_along() {
    let one = |id: u16, data: &[u8]| Resource { id, data: data.to_vec() };
    let written = |Resource { id, data }: &Resource| {
        let length = (data.len() as u32).to_be_bytes();
        [&b"8BIM"[..], &id.to_be_bytes(), &[0, 0], &length, data, &[0][..data.len() % 2]].concat()
    };
    // The copyright flag, and the name of the clipping path; the preview has another flag and an address.
    let own = vec![one(0x040A, &[1]), one(0x0BB7, b"\x01A")];
    let address = one(0x040B, b"https://example.org");
    let of_preview = vec![one(0x040A, &[0]), address.clone()];
    let preview = previews::with(24, 16, &Metadata { resources: of_preview, ..Metadata::default() });
    let block = own.iter().flat_map(written).collect();
    let dng = Dng { root_tags: vec![(34_377, 7, block)], preview: Some(preview), ..Dng::default() };
    let found = decoded(&dng.file(smooth)).metadata;
    assert_eq!((&found.resources, found.extras), (&own, vec![]));
    let found = previews::embedded(&dng).metadata;
    assert_eq!((found.resources, found.extras), ([own, vec![address]].concat(), vec![]));
}

#[test]
fn a_camera_that_is_not_known_gives_its_preview_and_says_so() {
    let unknown = Dng { is_dng: false, orientation: 8, preview: Some(preview(24, 16)), ..Dng::default() };
    let decoded = decoded(&unknown.file(smooth));
    assert_eq!((decoded.header.format, decoded.picture.size), (Format::Raw, Size { width: 24, height: 16 }));
    assert_eq!(decoded.header.orientation, Orientation::Rotate270);
    let [warning] = &decoded.warnings[..] else { panic!("{:?}", decoded.warnings) };
    assert_eq!(warning, "the camera is not known: Acme Box 1; the embedded preview was taken");
    assert_eq!(exif::read(&decoded.metadata.exif.unwrap()).camera.as_deref(), Some("Box 1"));

    let error = try_decoded(&Dng { preview: None, ..unknown }.file(smooth), RawPolicy::Develop).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsupported);
    assert_eq!(error.detail, "the camera is not known: Acme Box 1, and there is no embedded preview");
}

#[test]
fn numbers_that_are_none_are_not_there() {
    let expected = decoded(&Dng { black: 0, ..Dng::default() }.file(smooth)).picture;
    let nothing = |tag: u16| signed_fractions(tag, &[0], 0);
    for exposure in [nothing(0xC62A), signed_fractions(0xC62A, &[1], 0)] {
        let file = Dng { black: 0, root_tags: vec![exposure], ..Dng::default() }.file(smooth);
        assert_eq!(decoded(&file).picture, expected);
    }
    let blacks = vec![shorts(0xC619, &[1, 1]), fractions(0xC61A, &[0], 0), shorts(0xC61D, &[0])];
    let linear = Dng { layout: SensorLayout::Grey, black: 0, ..Dng::default() };
    let expected = decoded(&linear.file(smooth)).picture;
    assert_eq!(decoded(&Dng { raw_tags: blacks, ..linear }.file(smooth)).picture, expected);
}

#[test]
fn white_is_1_to_floats_that_do_not_say_it() {
    for layout in [SensorLayout::Linear, SensorLayout::Grey] {
        let file = |packing| Dng { layout, black: 0, packing, ..Dng::default() }.file(smooth);
        let (floats, whole) = (decoded(&file(Packing::Float)), decoded(&file(Packing::Plain)));
        let apart = levels(&floats.picture).iter().zip(levels(&whole.picture)).map(|(a, b)| a.abs_diff(*b));
        assert!(apart.max().unwrap() <= 1, "{layout:?}");
    }
}

/// Red and green are exchanged in the matrix of its kind, and exchanged again for this camera.
#[test]
fn a_camera_s_own_calibration_counts_if_it_is_meant() {
    let [red, green, blue] = [0, 3, 6].map(|at| &XYZ_TO_SRGB[at..at + 3]);
    let matrix = signed_fractions(0xC621, &[green, red, blue].concat(), 10_000);
    let calibration = signed_fractions(0xC623, &[0, 1, 0, 1, 0, 0, 0, 0, 1], 1);
    let with = |root_tags| decoded(&Dng { root_tags, ..Dng::default() }.file(smooth)).picture;
    let usual = with(vec![]);
    let signature = (0xC6F3, 2, b"com.acme\0".to_vec());
    assert_eq!(with(vec![matrix.clone(), calibration.clone()]), usual);
    assert_ne!(
        with(vec![matrix.clone(), calibration.clone(), signature.clone()]),
        usual,
        "of another profile"
    );
    let meant = (0xC6F4, 2, b"com.acme\0".to_vec());
    assert_eq!(with(vec![matrix, calibration, signature, meant]), usual);
}

#[test]
fn pixels_that_are_not_square_are_named() {
    let said = |scale: &[u32]| {
        let raw_tags = vec![fractions(0xC61E, scale, 10)];
        decoded(&Dng { raw_tags, ..Dng::default() }.file(smooth)).warnings
    };
    assert_eq!(said(&[20, 10]), ["its pixels are 2.000 times as wide as high; the result's are square"]);
    assert!(said(&[10, 10]).is_empty() && said(&[0, 0]).is_empty() && said(&[10, 0]).is_empty());
}

#[test]
fn colours_without_calibration_are_named() {
    let unknown = |root_tags| decoded(&Dng { root_tags, ..Dng::default() }.file(smooth)).warnings;
    let no_balance = fractions(0xC628, &[0, 0, 0], 0);
    assert_eq!(
        unknown(vec![no_balance.clone()]),
        ["the photo does not say its white balance; that of daylight was taken"]
    );
    let no_matrix = signed_fractions(0xC621, &[1; 9], 0);
    assert_eq!(
        unknown(vec![no_matrix.clone()]),
        ["the camera's colours are not known; they are approximate"]
    );
    assert_eq!(unknown(vec![no_balance, no_matrix]).len(), 2);
}

#[test]
fn a_way_of_packing_that_is_not_known_is_named() {
    for (number, named) in [(9, "GoPro's VC-5"), (34_713, "Nikon's NEF"), (8, "Zip"), (4711, "number 4711")] {
        let dng = Dng { raw_tags: vec![shorts(259, &[number])], ..Dng::default() };
        let with_preview = Dng { preview: Some(preview(24, 16)), ..dng.clone() }.file(smooth);
        let error = try_decoded(&dng.file(smooth), RawPolicy::Develop).unwrap_err();
        let detail = format!("its data is compressed in a way that cannot be read: {named}");
        assert_eq!(error.kind, ErrorKind::Unsupported);
        assert_eq!(error.detail, format!("{detail}, and there is no embedded preview"));
        assert_eq!(decoded(&with_preview).warnings, [format!("{detail}; the embedded preview was taken")]);
    }
}

#[test]
fn a_damaged_jpeg_of_a_lossy_dng_is_no_picture() {
    let dng = Dng {
        layout: SensorLayout::Linear,
        bits: 8,
        black: 0,
        packing: Packing::Lossy,
        tile: Some(32),
        ..Dng::default()
    };
    let file = dng.file(smooth);
    let start = file.windows(3).position(|bytes| bytes == b"\xFF\xD8\xFF").unwrap();
    let end = start + file[start..].windows(2).position(|bytes| bytes == b"\xFF\xD9").unwrap();
    let mut damaged = file.clone();
    damaged[(start + end) / 2..end + 2].fill(0);
    let error = try_decoded(&damaged, RawPolicy::Develop).unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Corrupt | ErrorKind::Truncated), "{error:?}");
    // The rest of a larger tile would be black.
    let larger = Dng { raw_tags: vec![shorts(322, &[48]), shorts(323, &[32])], ..dng };
    assert_eq!(try_decoded(&larger.file(smooth), RawPolicy::Develop).unwrap_err().kind, ErrorKind::Corrupt);
}

#[test]
fn an_entry_that_says_it_has_more_than_there_is_gets_no_room() {
    let mut file = Dng::default().file(smooth);
    // The count of the model's name.
    let entry = file.windows(4).rposition(|bytes| bytes == [0x10, 0x01, 2, 0]).unwrap();
    file[entry + 4..entry + 8].copy_from_slice(&0xF000_0000u32.to_le_bytes());
    let error = try_decoded(&file, RawPolicy::Develop).unwrap_err();
    assert_eq!((error.kind, error.detail.contains("more than there is")), (ErrorKind::Corrupt, true));
}

#[test]
fn data_beyond_the_end_is_missing_and_circles_end() {
    let file = Dng { overrun: 1, ..Dng::default() }.file(smooth);
    assert_eq!(try_decoded(&file, RawPolicy::Develop).unwrap_err().kind, ErrorKind::Truncated);

    let file = Dng { preview: Some(preview(24, 16)), ..Dng::default() }.file(smooth);
    let root = u32::from_le_bytes(file[4..8].try_into().unwrap()) as usize;
    let raw = exif::Tiff::new(&file).unwrap().numbers(&file, root, 0x14A)[0] as usize;
    // What stands behind this directory's entries is set to where the first directory is.
    let leading_back = |from: usize, policy: RawPolicy| {
        let mut file = file.clone();
        let link = from + 2 + 12 * usize::from(u16::from_le_bytes([file[from], file[from + 1]]));
        file[link..link + 4].copy_from_slice(&(root as u32).to_le_bytes());
        try_decoded(&file, policy)
    };
    // Behind that of the sensor's data there is no next one, and the preview can be had all the same.
    assert!(leading_back(raw, RawPolicy::Develop).is_ok() && leading_back(root, RawPolicy::Embedded).is_ok());
    let error = leading_back(root, RawPolicy::Develop).unwrap_err();
    assert_eq!((error.kind, error.detail.as_str()), (ErrorKind::Corrupt, "its directories lead in circles"));
}

#[test]
fn a_header_that_promises_too_much_is_believed_before_anything_is_allocated() {
    let mut file = Dng::default().file(smooth);
    let root = u32::from_le_bytes(file[4..8].try_into().unwrap()) as usize;
    let raw = exif::Tiff::new(&file).unwrap().numbers(&file, root, 0x14A)[0] as usize;
    // Width, height and the area that is lit and shown: each tag has its value, or where it stands, eight
    // bytes behind it.
    for index in 0..usize::from(u16::from_le_bytes([file[raw], file[raw + 1]])) {
        let at = raw + 2 + 12 * index;
        let tag = u16::from_le_bytes([file[at], file[at + 1]]);
        let place = u32::from_le_bytes(file[at + 8..at + 12].try_into().unwrap()) as usize;
        let large = 60_000u32.to_le_bytes();
        match tag {
            256 | 257 => file[at + 8..at + 12].copy_from_slice(&large),
            0xC620 => file[place..place + 8].copy_from_slice(&[large, large].concat()),
            0xC68D => file[place + 8..place + 16].copy_from_slice(&[large, large].concat()),
            _ => {}
        }
    }
    let refuse = |header: &Header| {
        assert_eq!(header.size, Size { width: 60_000, height: 60_000 });
        assert!(header.decoder_memory > 4 * 60_000 * 60_000);
        Err(fail(ErrorKind::TooLarge, "refused"))
    };
    let source = Source { bytes: &file, memory: 1 << 20, raw: RawPolicy::Develop, admit: &refuse };
    assert_eq!(decode(&source).unwrap_err().detail, "refused");
}

#[test]
fn cameras_own_lossless_jpegs_are_looked_at_too() {
    for (make, is_known) in [("SONY\0", true), ("Acme\0", false)] {
        let root_tags = vec![(0x10F, 2, make.as_bytes().to_vec())];
        let packing = Packing::Lossless(1);
        let dng = Dng { is_dng: false, bits: 14, packing, tile: Some(48), root_tags, ..Dng::default() };
        let mut file = dng.file(smooth);
        pieces::check(&file, &mut Vec::new()).unwrap();
        let start = file.windows(3).position(|bytes| bytes == b"\xFF\xD8\xFF").unwrap();
        let end = start + file[start..].windows(2).position(|bytes| bytes == b"\xFF\xD9").unwrap();
        file[(start + end) / 2..end + 2].fill(0);
        assert_eq!(pieces::check(&file, &mut Vec::new()).is_err(), is_known, "{make}");
    }
}

#[test]
fn tiles_are_counted_as_they_are_unpacked() {
    let longs = |tag: u16, value: u32| (tag, 4, value.to_le_bytes().to_vec());
    let dng =
        Dng { tile: Some(16), raw_tags: vec![longs(322, 60_000), longs(323, 60_000)], ..Dng::default() };
    let refuse = |header: &Header| {
        assert!(header.decoder_memory > 4 * 60_000 * 60_000);
        Err(fail(ErrorKind::TooLarge, "refused"))
    };
    let file = dng.file(smooth);
    let source = Source { bytes: &file, memory: 1 << 20, raw: RawPolicy::Develop, admit: &refuse };
    assert_eq!(decode(&source).unwrap_err().detail, "refused");
}
