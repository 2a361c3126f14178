//! No half picture is taken for a whole one: files of many kinds, cut and damaged at random. `PROPTEST_CASES`
//! says how often; `scripts/test --all` has ten thousand of each. WebP with loss is cut, but
//! not damaged: any bits are a picture.

use std::ops::Range;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;
use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};

use super::*;

mod specimens;

/// A whole file.
struct Specimen {
    name: &'static str,
    file: Vec<u8>,
    /// Where its image data is.
    data: Range<usize>,
    picture: Picture,
    /// What the decoder leaves where data is missing, if any other colour may be in a damaged file.
    fill: Option<u8>,
}

impl Specimen {
    fn is_jpeg(&self) -> bool {
        Format::sniff(&self.file) == Some(Format::Jpeg)
    }
}

static SPECIMENS: LazyLock<Vec<Specimen>> = LazyLock::new(|| {
    let specimen = |fill: Option<u8>| {
        move |(name, file, data): specimens::Made| {
            let picture = decoded(&file).picture;
            assert_eq!(holes(&picture, None), 0, "{name}");
            Specimen { name, file, data, picture, fill }
        }
    };
    let with_data = |(name, file): (&'static str, Vec<u8>)| {
        let data = data_of(&file);
        (name, file, data)
    };
    let more = [specimens::of_light(), specimens::jxls(), specimens::raws()].concat();
    let jpegs = jpegs(72, 56).into_iter().map(with_data).map(specimen(Some(128)));
    let of_inks = specimens::inks().into_iter().map(specimen(Some(specimens::fill_of_inks())));
    let others = others().into_iter().map(with_data).chain(more).map(specimen(None));
    jpegs.chain(of_inks).chain(others).collect()
});

/// Noise over a gradient: no part of it is of one colour.
pub(super) fn noise(channels: Channels, width: u32, height: u32) -> Picture {
    let mut random = fastrand::Rng::with_seed(7);
    let mut picture = gradient(channels, false, width, height);
    let Samples::U8(samples) = &mut picture.samples else { panic!("16 bits") };
    samples.iter_mut().for_each(|sample| *sample = (*sample / 2).saturating_add(random.u8(20..90)));
    picture
}

/// One of each kind; those with restarts are of a size of their own.
pub(super) fn jpegs(width: u32, height: u32) -> Vec<(&'static str, Vec<u8>)> {
    type Setting = fn(&mut Compressor) -> turbojpeg::Result<()>;
    const PLAIN: Setting = |_| Ok(());
    const PROGRESSIVE: Setting = |compressor| compressor.set_progressive(true);
    let jpeg = |subsampling: Subsamp, setting: Setting| {
        let grey = subsampling == Subsamp::Gray;
        let picture = noise(if grey { Channels::Grey } else { Channels::Rgb }, width, height);
        let format = if grey { PixelFormat::GRAY } else { PixelFormat::RGB };
        let (width, height, pixels) = (width as usize, height as usize, eight_bit(&picture));
        let mut compressor = Compressor::new().unwrap();
        compressor.set_quality(80).unwrap();
        compressor.set_subsamp(subsampling).unwrap();
        setting(&mut compressor).unwrap();
        let image = Image { pixels, width, pitch: width * format.size(), height, format };
        compressor.compress_to_vec(image).unwrap()
    };
    vec![
        ("jpeg 4:4:4", jpeg(Subsamp::None, PLAIN)),
        ("jpeg 4:2:2", jpeg(Subsamp::Sub2x1, PLAIN)),
        ("jpeg 4:2:0", jpeg(Subsamp::Sub2x2, PLAIN)),
        ("jpeg 4:1:1", jpeg(Subsamp::Sub4x1, PLAIN)),
        ("grey jpeg", jpeg(Subsamp::Gray, PLAIN)),
        ("jpeg with codes of its own", jpeg(Subsamp::Sub2x2, |compressor| compressor.set_optimize(true))),
        ("lossless jpeg", jpeg(Subsamp::None, |compressor| compressor.set_lossless(true))),
        ("progressive jpeg 4:4:4", jpeg(Subsamp::None, PROGRESSIVE)),
        ("progressive jpeg 4:2:0", jpeg(Subsamp::Sub2x2, PROGRESSIVE)),
        ("progressive grey jpeg", jpeg(Subsamp::Gray, PROGRESSIVE)),
        ("jpeg 4:2:0 with restarts", include_bytes!("../../../tests/fixtures/restarts.jpg").to_vec()),
        ("jpeg 4:4:4 with restarts", include_bytes!("../../../tests/fixtures/restarts444.jpg").to_vec()),
        (
            "progressive jpeg with restarts",
            include_bytes!("../../../tests/fixtures/restarts_progressive.jpg").to_vec(),
        ),
    ]
}

fn others() -> Vec<(&'static str, Vec<u8>)> {
    let picture = noise(Channels::Rgb, 72, 56);
    let written = |picture: &Picture, format| {
        let mut file = std::io::Cursor::new(Vec::new());
        picture.clone().into_dynamic().unwrap().write_to(&mut file, format).unwrap();
        file.into_inner()
    };
    let webp = |channels, lossless| {
        let output = Output { quality: 80, ..Output::default() };
        encode(
            noise(channels, 72, 56),
            Format::Webp,
            &output,
            &Metadata::default(),
            lossless,
            &mut Vec::new(),
        )
        .unwrap()
    };
    let mut samples = eight_bit(&picture).to_vec();
    // Of the last number no digit can be missing.
    *samples.last_mut().unwrap() = 7;
    let text = samples.iter().map(|sample| format!("{sample}\n")).collect::<String>();
    vec![
        ("png", encoded(&picture, Format::Png, 80)),
        ("png with transparency", encoded(&noise(Channels::Rgba, 72, 56), Format::Png, 80)),
        ("webp", webp(Channels::Rgb, false)),
        ("webp with transparency", webp(Channels::Rgba, false)),
        ("lossless webp", webp(Channels::Rgb, true)),
        ("gif", written(&picture, image::ImageFormat::Gif)),
        ("bmp", written(&picture, image::ImageFormat::Bmp)),
        ("bmp with transparency", written(&noise(Channels::Rgba, 72, 56), image::ImageFormat::Bmp)),
        ("pnm", written(&picture, image::ImageFormat::Pnm)),
        ("pnm of numbers", format!("P3\n72 56\n255\n{text}").into_bytes()),
        ("qoi", written(&picture, image::ImageFormat::Qoi)),
    ]
}

/// Where the image data is in a file of one of these kinds.
pub(super) fn data_of(file: &[u8]) -> Range<usize> {
    let behind = |mark: &[u8], skip: usize| {
        file.windows(mark.len()).position(|bytes| bytes == mark).unwrap() + mark.len() + skip
    };
    match Format::sniff(file) {
        // A header of so many components.
        Some(Format::Jpeg) => {
            let header = behind(b"\xFF\xDA", 0);
            header + usize::from(file[header + 1])..file.len() - 2
        }
        Some(Format::Png) => behind(b"IDAT", 0)..file.len() - 16,
        // Behind the size of the picture; and what libwebp never looks at.
        Some(Format::Webp) => behind(b"VP8", 15)..file.len() - 4,
        Some(Format::Gif) => behind(b"\x2C\0\0\0\0", 6)..file.len() - 2,
        Some(Format::Bmp) => u32::from_le_bytes(*file[10..].first_chunk().unwrap()) as usize..file.len(),
        Some(Format::Pnm) => behind(b"255\n", 0)..file.len() - 1,
        Some(Format::Qoi) => 14..file.len() - 8,
        other => panic!("{other:?}"),
    }
}

/// How many parts are of one colour, with the three parts before: what a decoder leaves where data is
/// missing. If the samples that it leaves are known, no other colour counts.
fn holes(picture: &Picture, fill: Option<u8>) -> usize {
    let (width, step) = (picture.size.width as usize, picture.channels.count());
    let row_length = width * step;
    let picture = picture.clone().into_8_bit();
    let samples = eight_bit(&picture);
    let color_of = |(x, y): (usize, usize)| {
        let at = |x: usize, y: usize| &samples[y * row_length + x * step..][..step];
        let first = at(x, y);
        let may_be_fill = fill.is_none_or(|fill| first.iter().all(|sample| *sample == fill));
        (may_be_fill && (y..y + 8).all(|y| (x..x + 8).all(|x| at(x, y) == first))).then_some(first)
    };
    let rows = picture.size.height as usize / 8;
    let places = (0..rows).flat_map(|row| (0..width / 8).map(move |column| (column * 8, row * 8)));
    let colors: Vec<Option<&[u8]>> = places.map(color_of).collect();
    colors.windows(4).filter(|colors| colors[0].is_some() && colors.iter().all(|c| *c == colors[0])).count()
}

/// What may stand behind a cut: nothing, what was never written, markers, another file.
const ENDINGS: [&[u8]; 6] =
    [b"", &[0; 4096], &[0xFF; 100], b"\xFF\xD9", b"\xFF\xD0\xFF\xD9", b"\xFF\xD8\xFF\xE0\0\x10JFIF\0"];

#[derive(Debug, Clone)]
enum Mishap {
    Bit(Index, u8),
    Byte(Index, u8),
    Gap(Index, u8),
}

fn mishap() -> impl Strategy<Value = Mishap> {
    prop_oneof![
        (any::<Index>(), 0..8u8).prop_map(|(at, bit)| Mishap::Bit(at, bit)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Mishap::Byte(at, byte)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, length)| Mishap::Gap(at, length)),
    ]
}

#[test]
fn a_jpeg_of_any_kind_is_whole_without_its_end_or_with_bytes_in_front_of_it() {
    for Specimen { name, file, picture, .. } in SPECIMENS.iter().filter(|whole| whole.is_jpeg()) {
        let end = file.len() - 2;
        for damaged in [file[..end].to_vec(), [&file[..end], &[0x55; 700], b"\xFF\xD9"].concat()] {
            let found = decode(&source(&damaged)).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(found.picture == *picture && !found.warnings.is_empty(), "{name}");
        }
    }
}

/// Of a JPEG without loss, nearly any bits are samples.
#[test]
fn a_jpeg_without_loss_is_whole_with_stray_bytes_behind_it() {
    let specimen = SPECIMENS.iter().find(|whole| whole.name == "lossless jpeg").unwrap();
    let end = specimen.file.len() - 2;
    for stray in (1..40u8).map(|first| (first..first + 12).collect::<Vec<u8>>()) {
        let found = decode(&source(&[&specimen.file[..end], &stray, b"\xFF\xD9"].concat())).unwrap();
        assert_eq!(found.picture, specimen.picture);
        assert!(!found.warnings.is_empty());
    }
}

proptest! {
    /// A file that is cut is refused, unless all of its pixels are there.
    #[test]
    fn a_cut_file_is_whole_or_refused(
        which in any::<Index>(),
        at in any::<Index>(),
        ending in proptest::sample::select(&ENDINGS[..]),
    ) {
        let Specimen { name, file, data, picture, .. } = which.get(&SPECIMENS);
        let cut = data.start + at.index(file.len() - data.start);
        // Other formats cannot tell zeros from what they stand for.
        let ending = match Format::sniff(file) {
            Some(Format::Jpeg | Format::Png) => ending,
            _ => b"",
        };
        let damaged = [&file[..cut], ending].concat();
        if let Ok(found) = decode(&source(&damaged)) {
            // One of many scans less is a coarser picture.
            let is_coarse = found.warnings.iter().any(|warning| warning.contains("coarse"));
            prop_assert!(found.picture == *picture || is_coarse, "{name}, {cut} of {}", file.len());
            let says_so = !found.warnings.is_empty() || cut + 16 >= file.len() || !ending.is_empty();
            prop_assert!(says_so, "{name}");
        }
    }

    /// Damage within the data may change pixels, but leaves no hole. Of a WebP with loss, any bits are a
    /// picture: nothing is known of those. In a JPEG any bits are, too, as long as they are as many as they
    /// should be; but no block is left grey.
    #[test]
    fn a_damaged_file_has_no_hole(
        which in any::<Index>(),
        mishaps in proptest::collection::vec(mishap(), 1..4),
    ) {
        let told: Vec<&Specimen> = SPECIMENS.iter().filter(|whole| !whole.name.starts_with("webp")).collect();
        let Specimen { name, file, data, fill, .. } = which.get(&told);
        let mut damaged = file.clone();
        let mut end = data.end;
        for mishap in &mishaps {
            let place = |at: &Index| data.start + at.index(end - data.start);
            match mishap {
                Mishap::Bit(at, bit) => damaged[place(at)] ^= 1 << bit,
                Mishap::Byte(at, byte) => damaged[place(at)] = *byte,
                Mishap::Gap(at, length) => {
                    let from = place(at);
                    let to = (from + usize::from(*length)).min(end - 1).max(from);
                    damaged.drain(from..to);
                    end -= to - from;
                }
            }
        }
        if let Ok(found) = decode(&source(&damaged)) {
            prop_assert_eq!(holes(&found.picture, *fill), 0, "{}: {:?}", name, found.warnings);
        }
    }
}
