//! HDR gain maps: what an HDR screen shows of a result is what it shows of the photo, moved as the filters
//! say.
//!
//! Light is worked out here by the formula of the standard, from the pixels that are stored.

use std::cell::Cell;

use recipe::format::HdrPolicy;

use super::*;
use crate::codec::gain_map::{self, DecodedMap};
use crate::metadata::gain_map::{ISO, Meaning, with_gain_map};

const PHOTO: Size = Size { width: 160, height: 120 };
/// Gains of a half to eight.
const MIN: f64 = -1.0;
const MAX: f64 = 3.0;
const GAMMA: f64 = 1.5;
const OFFSET: f64 = 1.0 / 64.0;

/// A picture of three smooth waves, or of one.
fn waves(size: Size, channels: Channels, speed: f64) -> Picture {
    let samples = (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y))).flat_map(|(x, y)| {
        let (x, y) = (f64::from(x) / f64::from(size.width), f64::from(y) / f64::from(size.height));
        let wave = move |channel: usize| {
            let phase = speed * (x * (2.0 + channel as f64) + y * 3.0);
            (128.0 + 90.0 * phase.sin()).round() as u8
        };
        (0..channels.count()).map(wave)
    });
    Picture { size, channels, samples: Samples::U8(samples.collect()) }
}

fn meaning() -> Meaning {
    let said = [
        ("Version", "1.0".to_owned()),
        ("GainMapMin", MIN.to_string()),
        ("GainMapMax", MAX.to_string()),
        ("Gamma", GAMMA.to_string()),
        ("HDRCapacityMax", MAX.to_string()),
    ];
    let fields = said.map(|(name, value)| (name.to_owned(), vec![value]));
    Meaning { xmp: Some(fields.into()), iso: None }
}

/// The same by the standard alone (ISO 21496-1, annex C), for all channels or for each.
fn binary_meaning(channels: Channels) -> Meaning {
    const MULTICHANNEL: u8 = 0x80;
    const BASE_COLORS: u8 = 0x40;
    let (flag, times) = if channels == Channels::Rgb { (MULTICHANNEL, 3) } else { (0, 1) };
    let words = |words: &[i32]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
    // The headroom of base and other picture: no stop, and three. Then the least and the greatest gain, the
    // exponent and both offsets.
    let of_channel = words(&[-1, 1, 3, 1, 3, 2, 1, 64, 1, 64]);
    let iso = [vec![0, 0, 0, 0, flag | BASE_COLORS], words(&[0, 1, 3, 1]), of_channel.repeat(times)].concat();
    Meaning { xmp: None, iso: Some(iso) }
}

/// A photo with a gain map of a quarter of its pixels.
fn photo_with_map(channels: Channels, metadata: &Metadata) -> Vec<u8> {
    photo_with_map_of(Size { width: 80, height: 60 }, channels, metadata)
}

fn photo_with_map_of(size: Size, channels: Channels, metadata: &Metadata) -> Vec<u8> {
    photo_with(meaning(), size, channels, metadata)
}

fn photo_with(meaning: Meaning, size: Size, channels: Channels, metadata: &Metadata) -> Vec<u8> {
    let picture = waves(size, channels, 1.5);
    let in_xmp = meaning.xmp.is_some();
    let map = gain_map::encode(&DecodedMap { meaning, profile: None, picture, is_sound: true }).unwrap();
    let xmp = in_xmp.then(|| with_gain_map(metadata.xmp.as_deref(), map.len()));
    let metadata = Metadata { xmp, ..metadata.clone() };
    let output = Output { quality: 97, ..Output::default() };
    let picture = waves(PHOTO, Channels::Rgb, 1.0);
    let photo = codec::encode(picture, Format::Jpeg, &output, &metadata, false, &mut Vec::new()).unwrap();
    gain_map::append(&photo, &map)
}

/// How a file says what its map means: in XMP, or by the standard's own bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MeaningForm {
    Xmp,
    Standard,
}

/// What an HDR screen shows, in stops above the offset; white is nearly 0.
struct Stops {
    size: Size,
    pixels: Vec<[f64; 3]>,
}

impl Stops {
    fn at(&self, x: u32, y: u32) -> [f64; 3] {
        self.pixels[(y * self.size.width + x) as usize]
    }
}

fn samples(picture: &Picture) -> &[u8] {
    let Samples::U8(samples) = &picture.samples else { panic!("not 8 bits") };
    samples
}

/// The formula of ISO 21496-1: (base + offset) × 2^gain − offset, the map's values between its pixels. The
/// map says what it means in this form as the photo did, and nothing else in the other.
fn shown(file: &[u8], form: MeaningForm) -> Stops {
    let photo = decoded(file);
    let map = gain_map::decode(&photo.gain_map.expect("a gain map").jpeg).unwrap();
    let Meaning { xmp, iso } = map.meaning.clone();
    let (is_as_before, other) = match form {
        MeaningForm::Xmp => (xmp == meaning().xmp, Meaning { xmp: None, iso }),
        MeaningForm::Standard => {
            (iso == binary_meaning(map.picture.channels).iso, Meaning { xmp, iso: None })
        }
    };
    let agrees = other == Meaning::default() || other.gains() == meaning().gains();
    assert!(is_as_before && agrees, "{form:?}: {:?}", map.meaning);
    let (size, count) = (photo.picture.size, map.picture.channels.count());
    let gain = |x: u32, y: u32, channel: usize| {
        let place = |at: u32, edge: u32, of: u32| {
            ((f64::from(at) + 0.5) * f64::from(edge) / f64::from(of) - 0.5).clamp(0.0, f64::from(edge - 1))
        };
        let Size { width, height } = map.picture.size;
        let (x, y) = (place(x, width, size.width), place(y, height, size.height));
        let value = |x: f64, y: f64| {
            let (x, y) = ((x as u32).min(width - 1), (y as u32).min(height - 1));
            f64::from(samples(&map.picture)[(y * width + x) as usize * count + channel.min(count - 1)])
        };
        let row = |y: f64| value(x, y) * (1.0 - x.fract()) + value(x + 1.0, y) * x.fract();
        let value = row(y) * (1.0 - y.fract()) + row(y + 1.0) * y.fract();
        MIN + (MAX - MIN) * (value / 255.0).powf(1.0 / GAMMA)
    };
    let base = |x: u32, y: u32, channel: usize| {
        let value = samples(&photo.picture)[((y * size.width + x) * 3) as usize + channel];
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    let pixel = |x, y| [0, 1, 2].map(|c| (base(x, y, c) + OFFSET).log2() + gain(x, y, c));
    let places = (0..size.height).flat_map(|y| (0..size.width).map(move |x| (x, y)));
    Stops { size, pixels: places.map(|(x, y)| pixel(x, y)).collect() }
}

/// Whether the result shows what is expected of it at each place: within a third of a stop (in the
/// dark, where one level of the base is a fifth, and beside hard edges), and within a fortieth on average.
fn agree(result: &Stops, size: Size, expected: impl Fn(u32, u32) -> [f64; 3], what: &str) {
    assert_eq!(result.size, size, "{what}");
    let (mut sum, mut most) = (0.0, 0.0f64);
    for y in 0..size.height {
        for x in 0..size.width {
            // What is not a number is not looked at.
            for (shown, expected) in
                result.at(x, y).into_iter().zip(expected(x, y)).filter(|pair| !pair.1.is_nan())
            {
                sum += (shown - expected).abs();
                most = most.max((shown - expected).abs());
            }
        }
    }
    let mean = sum / (size.pixels() * 3) as f64;
    assert!(mean < 0.025 && most < 0.3, "{what}: {mean} on average, {most} at most");
}

fn processed(file: &[u8], specs: &[&str], format: Format, output: Output) -> (Processed, Vec<u8>) {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("input");
    std::fs::write(&input, file).unwrap();
    let filters = specs.iter().map(|spec| spec.parse().unwrap()).collect();
    run_recipe(input, format, &Recipe::new(filters, output)).unwrap()
}

fn result(file: &[u8], specs: &[&str]) -> Vec<u8> {
    let output = Output { quality: 97, subsampling: recipe::format::Subsampling::S444, ..Output::default() };
    let (processed, file) = processed(file, specs, Format::Jpeg, output);
    assert_eq!(processed.warnings, Vec::<String>::new());
    file
}

#[test]
fn an_hdr_screen_shows_the_same_light_after_all_that_moves_pixels() {
    for (channels, form) in [
        (Channels::Grey, MeaningForm::Xmp),
        (Channels::Rgb, MeaningForm::Xmp),
        (Channels::Grey, MeaningForm::Standard),
        (Channels::Rgb, MeaningForm::Standard),
    ] {
        let with_map = |metadata: &Metadata| {
            let meaning = match form {
                MeaningForm::Xmp => meaning(),
                MeaningForm::Standard => binary_meaning(channels),
            };
            photo_with(meaning, Size { width: 80, height: 60 }, channels, metadata)
        };
        let file = with_map(&Metadata::default());
        assert_eq!(String::from_utf8_lossy(&file).contains("hdrgm:"), form == MeaningForm::Xmp);
        let photo = shown(&file, form);
        let Size { width, height } = PHOTO;
        let size = |width, height| Size { width, height };
        let same = |specs: &[&str], size: Size, expected: &dyn Fn(u32, u32) -> [f64; 3]| {
            let what = format!("{channels:?}, {form:?}, {specs:?}");
            agree(&shown(&result(&file, specs), form), size, expected, &what);
        };
        same(&[], PHOTO, &|x, y| photo.at(x, y));
        same(&["sharpen=0.1"], PHOTO, &|x, y| photo.at(x, y));
        same(&["resize=80"], size(80, 60), &|x, y| {
            let four = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(i, j)| photo.at(2 * x + i, 2 * y + j));
            [0, 1, 2].map(|channel| four.iter().map(|pixel| pixel[channel]).sum::<f64>() / 4.0)
        });
        same(&["crop:x=40,y=20,width=80,height=60"], size(80, 60), &|x, y| photo.at(x + 40, y + 20));
        same(&["rotate=90"], size(height, width), &|x, y| photo.at(y, height - 1 - x));
        same(&["flip=horizontal", "rotate=180"], PHOTO, &|x, y| photo.at(x, height - 1 - y));
        let white = [(1.0 + OFFSET).log2(); 3];
        same(&["pad:width=200,height=160,color=white"], size(200, 160), &|x, y| {
            let (x, y) = (x.wrapping_sub(20), y.wrapping_sub(20));
            // Between photo and canvas, a map that is coarser than both goes from one to the other.
            let inside = |at: u32, edge: u32| (4..edge - 4).contains(&at);
            let outside = |at: u32, edge: u32| !(0..edge + 8).contains(&at.wrapping_add(4));
            if inside(x, width) && inside(y, height) {
                photo.at(x, y)
            } else if outside(x, width) || outside(y, height) {
                white
            } else {
                [f64::NAN; 3]
            }
        });
        let turned = Metadata { exif: Some(exif(6)), ..Metadata::default() };
        let turned = with_map(&turned);
        agree(
            &shown(&result(&turned, &[]), form),
            size(height, width),
            |x, y| photo.at(y, height - 1 - x),
            "turned",
        );
    }
}

#[test]
fn a_map_that_is_larger_than_its_photo_goes_along_if_it_is_small() {
    let file = photo_with_map_of(Size { width: 320, height: 240 }, Channels::Rgb, &Metadata::default());
    let photo = shown(&file, MeaningForm::Xmp);
    agree(&shown(&result(&file, &[]), MeaningForm::Xmp), PHOTO, |x, y| photo.at(x, y), "as it is");
    let turned = shown(&result(&file, &["rotate=90"]), MeaningForm::Xmp);
    let size = Size { width: PHOTO.height, height: PHOTO.width };
    agree(&turned, size, |x, y| photo.at(y, PHOTO.height - 1 - x), "turned");

    let huge = photo_with_map_of(Size { width: 1600, height: 1400 }, Channels::Grey, &Metadata::default());
    let (processed, file) = processed(&huge, &["rotate=90"], Format::Jpeg, Output::default());
    assert_eq!(processed.warnings, ["HDR gain map left out: it has many more pixels than its photo"]);
    assert!(!String::from_utf8_lossy(&file).contains("GainMap"));
}

/// The entries of the directory of pictures: where each begins, and how long it is.
fn directory(file: &[u8]) -> [(usize, usize); 2] {
    let start = file.windows(8).position(|window| window == b"MPF\0MM\0*").unwrap() + 4;
    let number = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) as usize;
    let entry = |index: usize| start + 50 + 16 * index;
    [(0, number(entry(0) + 4)), (start + number(entry(1) + 8), number(entry(1) + 4))]
}

#[test]
fn what_is_said_of_the_map_is_true_of_the_file() {
    let xmp = concat!(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">",
        "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description rdf:about=\"\" ",
        "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" dc:source=\"Ana\"/></rdf:RDF></x:xmpmeta>",
    );
    let metadata = Metadata { xmp: Some(xmp.into()), ..Metadata::default() };
    // A program that added tags in front has moved everything; a video follows.
    let mut file = photo_with_map(Channels::Grey, &metadata);
    file.splice(2..2, b"\xFF\xFE\0\x06Ana!".iter().copied());
    file.extend(b"\0\0\0\x18ftypmp42");
    for policy in [MetadataPolicy::Keep, MetadataPolicy::Copyright, MetadataPolicy::Strip] {
        let output = Output { metadata: policy, ..Output::default() };
        let (_, file) = processed(&file, &["resize=80"], Format::Jpeg, output);
        let [(_, photo), (start, length)] = directory(&file);
        assert_eq!((start, start + length), (photo, file.len()));
        assert!(file[..photo].ends_with(b"\xFF\xD9") && file[start..].starts_with(b"\xFF\xD8"));
        let xmp = String::from_utf8(decoded(&file).metadata.xmp.unwrap()).unwrap();
        assert!(xmp.contains(&format!("Item:Length=\"{length}\"")), "{xmp}");
        assert_eq!(xmp.matches("GainMap").count(), 1, "{xmp}");
        assert_eq!(xmp.contains("Ana"), policy == MetadataPolicy::Keep, "{xmp}");
    }
}

#[test]
fn a_map_that_does_not_go_along_leaves_nothing_behind_and_is_named() {
    let file = photo_with_map(Channels::Grey, &Metadata::default());
    let keep = Output::default();
    let gone = |file: &[u8], specs: &[&str], format: Format, output: Output| {
        let (processed, file) = processed(file, specs, format, output);
        let text = String::from_utf8_lossy(&file);
        for word in ["hdrgm:", "GainMap", "MPF\0", "21496"] {
            assert!(!text.contains(word), "{specs:?} to {format}: {word}");
        }
        processed.warnings
    };
    let drop = Output { hdr: HdrPolicy::Drop, ..keep };
    assert_eq!(gone(&file, &[], Format::Jpeg, drop), Vec::<String>::new());
    let said = |warnings: Vec<String>, reason: &str| {
        assert_eq!(warnings, [format!("HDR gain map left out: {reason}")]);
    };
    said(gone(&file, &[], Format::Png, keep), "a png file has no place for it");
    said(gone(&file, &["resize=80", "sepia"], Format::Jpeg, keep), "sepia changes what it is about");
    said(gone(&file, &["blur=9"], Format::Jpeg, keep), "blur changes what it is about");
    let [(_, photo), _] = directory(&file);
    said(
        gone(&file[..photo], &[], Format::Jpeg, keep),
        "it is not in the file as announced, or its numbers are broken",
    );
    said(gone(&file[..file.len() - 200], &[], Format::Jpeg, keep), "it is damaged");
    // Announced by the standard's segment alone, or in Apple's way.
    let photo = |packet: &[u8]| {
        let metadata = Metadata { xmp: Some(packet.to_vec()), ..Metadata::default() };
        let picture = waves(PHOTO, Channels::Rgb, 1.0);
        codec::encode(picture, Format::Jpeg, &keep, &metadata, false, &mut Vec::new()).unwrap()
    };
    let mut standard = photo(b"<x/>");
    standard.splice(2..2, [b"\xFF\xE2\0\x22", ISO, &[0; 4]].concat());
    said(
        gone(&standard, &[], Format::Jpeg, keep),
        "it is not in the file as announced, or its numbers are broken",
    );
    said(gone(&standard, &[], Format::Png, keep), "a png file has no place for it");
    assert_eq!(gone(&standard, &[], Format::Jpeg, drop), Vec::<String>::new());
    let apple = photo(br#"<x xmlns:h="http://ns.apple.com/HDRGainMap/1.0/" h:Version="65536"/>"#);
    let (done, file) = processed(&apple, &[], Format::Jpeg, keep);
    assert!(!String::from_utf8_lossy(&file).contains("65536"));
    said(done.warnings, "it is of a kind of Apple's own, which cannot be brought along");
    assert_eq!(processed(&apple, &[], Format::Jpeg, drop).0.warnings, Vec::<String>::new());
}

#[test]
fn a_map_that_stays_where_it_is_loses_nothing() {
    for channels in [Channels::Grey, Channels::Rgb] {
        let mut file = photo_with_map(channels, &Metadata::default());
        let [_, (start, _)] = directory(&file);
        file.splice(start + 2..start + 2, b"\xFF\xFE\0\x06Ana!".iter().copied());
        let map = |file: &[u8]| gain_map::decode(&decoded(file).gain_map.unwrap().jpeg).unwrap();
        let result = result(&file, &["sharpen"]);
        assert_eq!(map(&result).picture, map(&file).picture);
        assert!(!String::from_utf8_lossy(&result).contains("Ana!"), "comments are no gains");
    }
}

#[test]
fn the_limit_of_a_file_counts_the_map() {
    let file = photo_with_map(Channels::Rgb, &Metadata::default());
    let (_, whole) = processed(&file, &[], Format::Jpeg, Output::default());
    let most = whole.len() as u64 * 9 / 10;
    let output = Output { max_bytes: Some(most), ..Output::default() };
    let (_, smaller) = processed(&file, &[], Format::Jpeg, output);
    assert!(smaller.len() as u64 <= most, "{} of {most}", smaller.len());
    assert_eq!(shown(&smaller, MeaningForm::Xmp).size, PHOTO);
    let output = Output { max_bytes: Some(1000), ..Output::default() };
    let error = run_bytes(&file, Format::Jpeg, output).map(|_| ()).unwrap_err();
    for said in ["the limit is 1000 (--max-bytes)", "of the HDR gain map", "--hdr drop"] {
        assert!(error.detail.contains(said), "{error}");
    }
}

#[test]
fn colours_that_are_converted_leave_the_map_those_of_its_gains() {
    let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let metadata = Metadata { icc: Some(profile.clone()), ..Metadata::default() };
    let map = |channels, color| {
        let output = Output { color, ..Output::default() };
        let (_, file) = processed(&photo_with_map(channels, &metadata), &[], Format::Jpeg, output);
        gain_map::decode(&decoded(&file).gain_map.unwrap().jpeg).unwrap()
    };
    // One gain for all colours is the same in all of them.
    let of_base = |map: &DecodedMap| map.meaning.iso.as_ref().unwrap()[4] & 0x40 != 0;
    let grey = map(Channels::Grey, ColorPolicy::Srgb);
    assert_eq!((grey.profile.as_ref(), of_base(&grey)), (None, true));
    let kept = map(Channels::Rgb, ColorPolicy::Keep);
    assert_eq!((kept.profile.as_ref(), of_base(&kept)), (None, true));
    let converted = map(Channels::Rgb, ColorPolicy::Srgb);
    assert_eq!((converted.profile.as_ref(), of_base(&converted)), (Some(&profile), false));
}

#[test]
fn the_memory_that_a_map_takes_is_asked_for() {
    let file = photo_with_map(Channels::Rgb, &Metadata::default());
    let asked = |hdr| {
        let folder = TempDir::new().unwrap();
        let (input, staging) = (folder.path().join("input"), folder.path().join("staged"));
        std::fs::write(&input, &file).unwrap();
        let task = task(input, staging, Format::Jpeg);
        let most = Cell::new(0);
        let ask = |bytes, _| {
            most.set(bytes);
            Ok(())
        };
        processor(Output { hdr, ..Output::default() }, LIMITS).run(&task, &Allowance::new(0, &ask)).unwrap();
        most.get()
    };
    // The map as it was and thinned, and three times as large as the photo, at the most; its file, and twice
    // that for a copy without faults.
    let (before, after) = (80 * 60 * 3, PHOTO.pixels() * 3);
    let least = 2 * before + 3 * after + 3 * decoded(&file).gain_map.unwrap().jpeg.len() as u64;
    let more = asked(HdrPolicy::Keep) - asked(HdrPolicy::Drop);
    assert!((least..least + before).contains(&more), "{more}");
}

#[test]
fn maps_behind_maps_are_not_followed() {
    let file = photo_with_map(Channels::Grey, &Metadata::default());
    let [_, (start, _)] = directory(&file);
    let many = [&file[..start], &file[start..].repeat(20_000)].concat();
    let (processed, result) = processed(&many, &["resize=80"], Format::Jpeg, Output::default());
    assert_eq!(processed.warnings, ["further images that the file held were left out"]);
    assert!(result.len() < file.len());
}
