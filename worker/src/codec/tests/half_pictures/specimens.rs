//! Files of the kinds that are made with more than a line: with inks, of light, JPEG XL, raw. Of raw ones
//! there is none of floating-point numbers, all of which are samples, and none in JPEGs of 8 bits, which are
//! looked at as all JPEGs are.

use ::exr::prelude::{
    Encoding, Image as Canvas, Layer, LayerAttributes, SpecificChannels, Vec2, WritableImage,
};

use super::super::light::hdr;
use super::*;
use crate::codec::raw::testing::{Dng, Packing, SensorLayout};

/// A file that was just made: its name, itself, and where its image data is.
pub(super) type Made = (&'static str, Vec<u8>, Range<usize>);

const WIDTH: usize = 72;
const HEIGHT: usize = 56;

/// JPEGs of four inks, as the library makes them of `[cyan, magenta, yellow, black]`.
fn of_inks(inks: &[u8], subsampling: Subsamp, progressive: bool) -> Vec<u8> {
    let mut compressor = Compressor::new().unwrap();
    compressor.set_quality(80).unwrap();
    compressor.set_subsamp(subsampling).unwrap();
    compressor.set_progressive(progressive).unwrap();
    let (format, pitch) = (PixelFormat::CMYK, WIDTH * PixelFormat::CMYK.size());
    compressor.compress_to_vec(Image { pixels: inks, width: WIDTH, pitch, height: HEIGHT, format }).unwrap()
}

pub(super) fn inks() -> Vec<Made> {
    let picture = noise(Channels::Rgba, WIDTH as u32, HEIGHT as u32);
    let made = |(name, subsampling, progressive)| {
        let file = of_inks(eight_bit(&picture), subsampling, progressive);
        let data = data_of(&file);
        (name, file, data)
    };
    let kinds = [
        ("cmyk jpeg", Subsamp::None, false),
        ("cmyk jpeg 4:2:0", Subsamp::Sub2x2, false),
        ("progressive cmyk jpeg", Subsamp::Sub2x2, true),
    ];
    kinds.map(made).into()
}

/// What the library leaves of inks where data is missing: coefficients of zero, which stand for the middle of
/// luma and chroma, and of black.
pub(super) fn fill_of_inks() -> u8 {
    let flat = of_inks(&[127, 127, 127, 128].repeat(WIDTH * HEIGHT), Subsamp::None, false);
    let picture = decoded(&flat).picture;
    let fill = eight_bit(&picture)[0];
    assert!(eight_bit(&picture).iter().all(|sample| *sample == fill));
    fill
}

/// Noise as light, 0–1.
fn light() -> impl Fn(usize, usize) -> [f32; 4] + Sync {
    let picture = noise(Channels::Rgba, WIDTH as u32, HEIGHT as u32);
    move |x, y| {
        let (x, y) = (x.min(WIDTH - 1), y.min(HEIGHT - 1));
        let at = (y * WIDTH + x) * 4;
        [0, 1, 2, 3].map(|channel| f32::from(eight_bit(&picture)[at + channel]) / 255.0)
    }
}

fn exr(encoding: Encoding, light: &(impl Fn(usize, usize) -> [f32; 4] + Sync)) -> Vec<u8> {
    let channels = SpecificChannels::rgba(|Vec2(x, y)| {
        let [red, green, blue, alpha] = light(x, y);
        (red, green, blue, alpha)
    });
    let layer = Layer::new((WIDTH, HEIGHT), LayerAttributes::named("picture"), encoding, channels);
    let mut file = std::io::Cursor::new(Vec::new());
    Canvas::from_layer(layer).write().non_parallel().to_buffered(&mut file).unwrap();
    file.into_inner()
}

/// Where the first part begins: right behind the table of where all parts do.
fn first_part(exr: &[u8]) -> usize {
    let place = |at: usize| u64::from_le_bytes(*exr[at..].first_chunk().unwrap()) as usize;
    (0..exr.len() - 8)
        .find_map(|at| Some(place(at)).filter(|first| (1..=HEIGHT).any(|parts| at + 8 * parts == *first)))
        .unwrap()
}

pub(super) fn of_light() -> Vec<Made> {
    let light = light();
    let radiance = hdr(WIDTH, HEIGHT, |x, y| *light(x, y).first_chunk().unwrap());
    let start = radiance.windows(4).position(|bytes| bytes == [2, 2, 0, WIDTH as u8]).unwrap();
    let encodings = [
        ("exr", Encoding::UNCOMPRESSED),
        ("exr in runs", Encoding::FAST_LOSSLESS),
        ("exr deflated", Encoding::SMALL_LOSSLESS),
        ("exr in wavelets", Encoding::SMALL_FAST_LOSSLESS),
    ];
    let exrs = encodings.map(|(name, encoding)| {
        let file = exr(encoding, &light);
        let data = first_part(&file)..file.len();
        (name, file, data)
    });
    let data = start..radiance.len();
    std::iter::once(("hdr", radiance, data)).chain(exrs).collect()
}

/// Headers of picture and frame are in front of byte 64.
pub(super) fn jxls() -> Vec<Made> {
    let files: [(&str, &[u8]); 2] = [
        ("jxl", include_bytes!("../../../../tests/fixtures/noise.jxl")),
        ("lossless jxl", include_bytes!("../../../../tests/fixtures/noise_lossless.jxl")),
    ];
    files.map(|(name, file)| (name, file.to_vec(), 64..file.len())).into()
}

pub(super) fn raws() -> Vec<Made> {
    let neutral = Dng { width: WIDTH, height: HEIGHT, neutral: [1000; 3], ..Dng::default() };
    let light = light();
    let made = |name, dng: Dng| {
        let file = dng.file(|x, y| *light(x, y).first_chunk().unwrap());
        // The strips come first; behind them are directories.
        let end = match dng.packing {
            Packing::Plain => 8 + WIDTH * HEIGHT * dng.bits as usize / 8,
            Packing::Lossless(_) => file.windows(2).rposition(|pair| pair == b"\xFF\xD9").unwrap(),
            Packing::Float | Packing::Lossy => panic!("{:?}", dng.packing),
        };
        (name, file, 8..end)
    };
    vec![
        made("raw", neutral.clone()),
        made("raw of 12 bits", Dng { bits: 12, ..neutral.clone() }),
        made("raw in lossless strips", Dng { packing: Packing::Lossless(1), ..neutral.clone() }),
        made(
            "raw in lossless tiles",
            Dng { packing: Packing::Lossless(6), bits: 14, tile: Some(32), ..neutral.clone() },
        ),
        made(
            "linear raw in lossless strips",
            Dng { packing: Packing::Lossless(1), layout: SensorLayout::Linear, bits: 14, ..neutral },
        ),
    ]
}
