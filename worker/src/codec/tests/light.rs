//! OpenEXR and Radiance HDR: files made here from numbers, and what these must become.

use ::exr::meta::attribute::{AttributeValue, Preview, Text};
use ::exr::prelude::attribute::Chromaticities;
use ::exr::prelude::{
    AnyChannel, AnyChannels, Encoding, FlatSamples, Image, IntegerBounds, Layer, LayerAttributes,
    SpecificChannels, Vec2, WritableImage,
};
use image::Rgb;

use super::*;
use crate::density::{LengthUnit, PixelDensity};

/// An OpenEXR file with transparency; the numbers are as they stand in the file.
pub(super) fn exr(width: usize, height: usize, light: impl Fn(usize, usize) -> [f32; 4] + Sync) -> Vec<u8> {
    changed_exr(width, height, light, None, None)
}

fn changed_exr(
    width: usize,
    height: usize,
    light: impl Fn(usize, usize) -> [f32; 4] + Sync,
    primaries: Option<Chromaticities>,
    display: Option<IntegerBounds>,
) -> Vec<u8> {
    let channels = SpecificChannels::rgba(|Vec2(x, y)| {
        let [red, green, blue, alpha] = light(x, y);
        (red, green, blue, alpha)
    });
    let mut image = Image::from_channels((width, height), channels);
    image.attributes.chromaticities = primaries;
    image.attributes.display_window = display.unwrap_or(image.attributes.display_window);
    let mut file = std::io::Cursor::new(Vec::new());
    image.write().non_parallel().to_buffered(&mut file).unwrap();
    file.into_inner()
}

pub(super) fn hdr(width: usize, height: usize, light: impl Fn(usize, usize) -> [f32; 3]) -> Vec<u8> {
    let pixels: Vec<Rgb<f32>> =
        (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| Rgb(light(x, y))).collect();
    let mut file = Vec::new();
    image::codecs::hdr::HdrEncoder::new(&mut file).encode(&pixels, width, height).unwrap();
    file
}

fn deep(picture: &Picture) -> &[u16] {
    let Samples::U16(samples) = &picture.samples else { panic!("8 bits") };
    samples
}

/// sRGB of 16 bits of a light up to 0.8, which the curve leaves alone (IEC 61966-2-1).
fn level(light: f64) -> f64 {
    let value = if light <= 0.0031308 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    value * 65_535.0
}

fn assert_close(got: &[u16], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len());
    for (got_level, level) in got.iter().zip(expected) {
        assert!((f64::from(*got_level) - level).abs() <= tolerance, "{got:?}, expected {expected:?}");
    }
}

#[test]
fn light_up_to_the_shoulder_stays_as_it_is() {
    let lights = [0.0, 0.001, 0.18, 0.5, 0.75];
    let expected: Vec<f64> =
        lights.iter().flat_map(|light| [level(*light), level(light / 2.0), level(0.25)]).collect();
    let light = |x: usize| [lights[x], lights[x] / 2.0, 0.25].map(|value| value as f32);
    let radiance = decoded(&hdr(5, 1, |x, _| light(x))).picture;
    // Radiance keeps eight bits of each colour beside a common exponent: one part in 256 of the brightest,
    // most at the dark end.
    for (pixel, expected) in deep(&radiance).chunks(3).zip(expected.chunks(3)) {
        assert_close(pixel, expected, 900.0);
    }
    let file = exr(5, 1, |x, _| [light(x)[0], light(x)[1], light(x)[2], 1.0]);
    for (pixel, expected) in deep(&decoded(&file).picture).chunks(4).zip(expected.chunks(3)) {
        assert_close(&pixel[..3], expected, 1.5);
        assert_eq!(pixel[3], 65_535);
    }
}

#[test]
fn a_lamp_becomes_white_and_not_a_colour() {
    for file in [hdr(1, 1, |_, _| [800.0, 400.0, 100.0]), exr(1, 1, |_, _| [800.0, 400.0, 100.0, 1.0])] {
        let picture = decoded(&file).picture;
        assert!(deep(&picture).iter().all(|sample| *sample > 65_000), "{picture:?}");
    }
}

#[test]
fn numbers_that_are_none_or_have_no_end_are_named() {
    for (number, level) in [(f32::NAN, 0), (f32::INFINITY, 65_535)] {
        let found = decoded(&exr(1, 1, |_, _| [number, number, number, 1.0]));
        assert!(deep(&found.picture)[0].abs_diff(level) < 500, "{number}: {:?}", found.picture);
        assert_eq!(found.warnings, ["samples that are not numbers, or infinite, became black or white"]);
    }
    assert_eq!(decoded(&exr(1, 1, |_, _| [65_504.0, -1.0, 0.0, 1.0])).warnings, Vec::<String>::new());
}

#[test]
fn premultiplied_light_becomes_straight() {
    let picture = decoded(&exr(2, 1, |x, _| if x == 0 { [0.25, 0.125, 0.0, 0.5] } else { [0.0; 4] })).picture;
    assert_eq!(picture.channels, Channels::Rgba);
    assert_close(&deep(&picture)[..4], &[level(0.5), level(0.25), 0.0, 32_767.5], 1.5);
    assert_eq!(deep(&picture)[4..], [0; 4]);
}

#[test]
fn other_primaries_become_those_of_srgb() {
    // Display P3: SMPTE EG 432-1 with the white point D65.
    let p3 = Chromaticities {
        red: Vec2(0.680, 0.320),
        green: Vec2(0.265, 0.690),
        blue: Vec2(0.150, 0.060),
        white: Vec2(0.3127, 0.3290),
    };
    let file = changed_exr(1, 1, |_, _| [0.5, 0.4, 0.3, 1.0], Some(p3), None);
    // The matrix between the two, from the primaries and the white point alone.
    let matrix = [[1.224940, -0.224940, 0.0], [-0.042057, 1.042057, 0.0], [-0.019638, -0.078636, 1.098274]];
    let expected = matrix.map(|row| level(row[0] * 0.5 + row[1] * 0.4 + row[2] * 0.3));
    assert_close(&deep(&decoded(&file).picture)[..3], &expected, 40.0);
}

#[test]
fn primaries_that_mean_nothing_are_named() {
    let file = |point: f32| {
        let point = Vec2(point, point);
        let same = Chromaticities { red: point, green: point, blue: point, white: point };
        changed_exr(1, 1, |_, _| [0.5, 0.4, 0.3, 1.0], Some(same), None)
    };
    let plain = decoded(&exr(1, 1, |_, _| [0.5, 0.4, 0.3, 1.0]));
    assert_eq!(plain.warnings, Vec::<String>::new());
    for point in [0.0, 0.3, f32::NAN] {
        let found = decoded(&file(point));
        assert_eq!(found.picture, plain.picture, "{point}");
        let note = "chromaticities mean nothing: its colours were taken for sRGB";
        assert_eq!(found.warnings, [note], "{point}");
    }
}

/// As the attributes of OpenEXR are converted.
#[test]
fn a_radiance_file_may_state_its_primaries() {
    let line = b"PRIMARIES=.68 .32 .265 .69 .15 .06 .3127 .329\n";
    let plain = hdr(1, 1, |_, _| [0.5, 0.5, 0.25]);
    // Behind the first line.
    let (signature, rest) = plain.split_at(plain.iter().position(|byte| *byte == b'\n').unwrap() + 1);
    let stated = [signature, line, rest].concat();
    let expected = [0.5, 0.5, -0.019638 * 0.5 - 0.078636 * 0.5 + 1.098274 * 0.25].map(level);
    assert_close(deep(&decoded(&stated).picture), &expected, 40.0);
}

#[test]
fn radiance_has_two_signatures() {
    let file = hdr(2, 1, |_, _| [0.5, 0.4, 0.3]);
    let other = [&b"#?RGBE"[..], file.strip_prefix(b"#?RADIANCE").unwrap()].concat();
    assert_eq!(decoded(&other).picture, decoded(&file).picture);
}

#[test]
fn what_stands_behind_a_radiance_file_is_named() {
    let file = hdr(9, 3, |x, y| [x as f32, y as f32, 1.0]);
    let with = |behind: &[u8]| decoded(&[&file[..], behind].concat()).metadata.extras;
    assert_eq!((with(b""), with(b"\n")), (vec![], vec![]));
    assert_eq!(with(b"a note that somebody appended"), [Extra::of(ExtraKind::Unknown)]);
}

#[test]
fn the_attributes_of_open_exr_are_texts_or_named() {
    let channels = SpecificChannels::rgb(|_| (0.5f32, 0.5f32, 0.5f32));
    let mut image = Image::from_channels((2, 1), channels);
    let text = |text: &str| Text::new_or_panic(text);
    let own = &mut image.layer_data.attributes;
    own.owner = Some(text("Ana"));
    own.comments = Some(text("in Lima"));
    own.capture_date = Some(text("2024:02:29 12:00:00"));
    own.exposure = Some(0.5);
    own.horizontal_density = Some(300.0);
    own.adopted_neutral = Some(Vec2(0.3, 0.3));
    let preview = Preview { size: Vec2(1, 1), pixel_data: vec![0; 4] };
    for (name, value) in [
        ("Model", AttributeValue::Text(text("José's"))),
        ("take", AttributeValue::I32(7)),
        ("matrix", AttributeValue::Matrix3x3([0.0; 9])),
        ("small", AttributeValue::Preview(preview)),
        ("xmp", AttributeValue::Text(text("<x:xmpmeta/>"))),
        ("exif", AttributeValue::Custom { kind: text("blob"), bytes: b"\x04\0\0\0II*\0"[..].into() }),
    ] {
        own.other.insert(text(name), value);
    }
    let mut file = std::io::Cursor::new(Vec::new());
    image.write().non_parallel().to_buffered(&mut file).unwrap();
    let Decoded { metadata, warnings, .. } = decoded(&file.into_inner());
    let texts: Vec<_> =
        metadata.texts.iter().map(|text| (text.key.as_str(), str::from_utf8(&text.text).unwrap())).collect();
    let expected = [
        ("Copyright", "Ana"),
        ("Comment", "in Lima"),
        ("Creation Time", "2024:02:29 12:00:00"),
        ("expTime", "0.5"),
        ("Model", "José's"),
        ("take", "7"),
    ];
    assert_eq!(texts, expected);
    let names = ["adoptedNeutral", "matrix"].map(|name| (0, name.as_bytes().to_vec()));
    assert_eq!(metadata.extras, [Extra { kind: ExtraKind::Parts, segments: names.to_vec() }]);
    assert_eq!(metadata.exif.as_deref(), Some(&b"II*\0"[..]));
    assert_eq!(metadata.xmp.as_deref(), Some(&b"<x:xmpmeta/>"[..]));
    assert_eq!(metadata.density, PixelDensity::new(300.0, 300.0, LengthUnit::Inch));
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn channels_and_layers_beside_the_colours_are_named() {
    let layer = |name: &str, channels: &[&str]| {
        let channel = |name: &&str| AnyChannel::new(*name, FlatSamples::F32(vec![0.5]));
        let channels = AnyChannels::sort(channels.iter().map(channel).collect());
        Layer::new((1, 1), LayerAttributes::named(name), Encoding::UNCOMPRESSED, channels)
    };
    let layers = vec![layer("front", &["R", "G", "B", "Z"]), layer("back", &["R", "G", "B"])];
    let image = Image::from_layers(::exr::prelude::ImageAttributes::with_size((1, 1)), layers);
    let mut file = std::io::Cursor::new(Vec::new());
    image.write().non_parallel().to_buffered(&mut file).unwrap();
    let warnings = decoded(&file.into_inner()).warnings;
    assert_eq!(warnings, ["channels or layers beside the colours were left out (Z, back)"]);
}

#[test]
fn the_display_window_is_the_picture() {
    // Four columns and three rows from (1, 1) on, of which two and two hold pixels, and some lie outside.
    let window = IntegerBounds::new(Vec2(1, 1), Vec2(4, 3));
    let file = changed_exr(3, 3, |x, y| [x as f32 * 0.2, y as f32 * 0.2, 0.0, 1.0], None, Some(window));
    let picture = decoded(&file).picture;
    assert_eq!(picture.size, Size { width: 4, height: 3 });
    let at = |x: usize, y: usize| &deep(&picture)[(y * 4 + x) * 4..][..4];
    assert_close(at(0, 0), &[level(0.2), level(0.2), 0.0, 65_535.0], 1.5);
    assert_close(at(1, 1), &[level(0.4), level(0.4), 0.0, 65_535.0], 1.5);
    assert_eq!(at(2, 0), [0; 4], "there are no pixels there");
}

#[test]
fn the_exposure_that_is_wanted_comes_before_the_curve() {
    let with = |file: &[u8], ev| {
        let admit = |_: &Header| Ok(Wanted { ev, ..Wanted::ALL });
        decode(&Source { bytes: file, memory: 1 << 20, raw: RawPolicy::Develop, admit: &admit })
            .unwrap()
            .picture
    };
    let [bright, plain] = [4.0, 1.0].map(|light| exr(1, 1, |_, _| [light, light, light, 1.0]));
    assert_eq!(with(&bright, -2.0), with(&plain, 0.0));
    let [bright, plain] = [4.0, 1.0].map(|light| hdr(1, 1, |_, _| [light; 3]));
    assert_eq!(with(&bright, -2.0), with(&plain, 0.0));
}

#[test]
fn a_part_that_stands_in_the_place_of_another_leaves_none_out() {
    let file = exr(200, 150, |x, y| [x as f32 / 99.0, y as f32 / 99.0, 2.0, 1.0]);
    // Twelve tiles: the first stands behind the table of places.
    let number = |at: usize| usize::try_from(u64::from_le_bytes(*file[at..].first_chunk().unwrap())).ok();
    let table = (0..file.len() - 8).find(|at| number(*at) == Some(at + 12 * 8)).unwrap();
    for lost in 1..12 {
        let mut damaged = file.clone();
        damaged.copy_within(table..table + 8, table + 8 * lost);
        assert_eq!(kind(&damaged), ErrorKind::Truncated, "{lost}");
    }
}

#[test]
fn layers_without_colour_are_unsupported() {
    let mut file = exr(2, 2, |_, _| [1.0; 4]);
    // The names of channels stand in the header, each with a NUL.
    let red = file.windows(2).position(|w| w == b"R\0").unwrap();
    file[red] = b'Z';
    assert_eq!(kind(&file), ErrorKind::Unsupported);
}
