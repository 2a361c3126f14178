//! What a PNG says about its colours: cICP, else iCCP, else sRGB, else gAMA and cHRM (PNG, third edition,
//! 12.1 and annex on color handling). All of it becomes a profile, or nothing where it is sRGB. No state.

use img_parts::Bytes;
use img_parts::png::PngChunk;
use moxcms::{Chromaticity, ColorPrimaries, ToneReprCurve, WHITE_POINT_D65, XyY};

use super::mend::{Chunk, SIGNATURE};
use super::profile::{self, FileProfile};
use crate::color::{code_points, made};
use crate::image::Channels;

/// What chunks count in gAMA and cHRM.
const UNIT: f32 = 100_000.0;
/// cHRM of sRGB: white, red, green and blue, each x and y.
const SRGB: [u32; 8] = [31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000];
/// How far from sRGB's a place may be and be meant for it. The nearest others, those of television, are twice
/// as far.
const NEAR: u32 = 500;
/// Gammas that can be those of a picture.
const GAMMAS: std::ops::RangeInclusive<f32> = 0.2..=5.0;

/// The colours of a PNG.
#[derive(Debug, Default)]
pub(super) struct PngColors {
    /// Their profile; none if they are sRGB.
    pub(super) icc: Option<Vec<u8>>,
    /// What of them could not be heeded.
    pub(super) warning: Option<&'static str>,
}

/// Reads what the file says; `noted` is the profile in its texts.
pub(super) fn read(png: &[u8], noted: Option<Vec<u8>>, channels: Channels) -> PngColors {
    let said = ColorChunks::read(png);
    let (embedded, broken) = match (profile::read(png), noted) {
        (FileProfile::Whole(profile), _) => (Some(profile), None),
        (FileProfile::None | FileProfile::Broken, Some(noted)) => (Some(noted), None),
        (FileProfile::None, None) => (None, None),
        (FileProfile::Broken, None) => {
            (None, Some("the embedded colour profile is broken and was not heeded"))
        }
    };
    let (icc, warning) = match said.cicp.map(|cicp| by_code_points(cicp, channels)) {
        Some((Some(icc), warning)) => return PngColors { icc: Some(icc), warning },
        Some((None, warning)) => (embedded, warning),
        None => (embedded, broken),
    };
    PngColors { icc: icc.or_else(|| said.by_numbers(channels)), warning }
}

/// The chunk that says in numbers what a profile of light beyond white means, which more programs know.
pub(super) fn chunk_for(icc: &[u8]) -> Option<PngChunk> {
    let code_points = code_points::of_high_range(icc)?;
    Some(PngChunk::new(*b"cICP", Bytes::copy_from_slice(&code_points)))
}

/// The chunks' contents.
#[derive(Default)]
struct ColorChunks {
    cicp: Option<[u8; 4]>,
    is_srgb: bool,
    gamma: Option<u32>,
    places: Option<[u32; 8]>,
}

impl ColorChunks {
    fn read(png: &[u8]) -> ColorChunks {
        let mut said = ColorChunks::default();
        let mut at = SIGNATURE;
        while let Some(chunk) = png.get(at..).and_then(Chunk::first) {
            at += chunk.bytes.len();
            let content = chunk.content;
            match &chunk.kind {
                b"IDAT" => break,
                // Damaged numbers could say anything.
                _ if !chunk.is_sound() => {}
                b"cICP" => said.cicp = said.cicp.or(content.try_into().ok()),
                b"sRGB" => said.is_srgb = true,
                b"gAMA" => said.gamma = said.gamma.or(numbers(content).map(|[gamma]| gamma)),
                b"cHRM" => said.places = said.places.or(numbers(content)),
                _ => {}
            }
        }
        said
    }

    /// The profile of gamma and places; each is as in sRGB where it is not said.
    fn by_numbers(&self, channels: Channels) -> Option<Vec<u8>> {
        if self.is_srgb {
            return None;
        }
        let exponent = self.gamma.map(|gamma| UNIT / gamma as f32).filter(|gamma| GAMMAS.contains(gamma));
        // What other programs take for sRGB too: they compare with 2.2, and leave a twentieth.
        let like_srgb = exponent.is_none_or(|exponent| (exponent / 2.2 - 1.0).abs() < 0.05);
        let curve = || exponent.map_or_else(made::srgb_curve, made::gamma);
        let elsewhere = |places: &[u32; 8]| places.iter().zip(SRGB).any(|(a, b)| a.abs_diff(b) > NEAR);
        match channels {
            Channels::Grey | Channels::GreyAlpha if like_srgb => None,
            Channels::Grey | Channels::GreyAlpha => made::grey(&curve()),
            Channels::Rgb | Channels::Rgba => match self.places.filter(elsewhere) {
                Some(places) => by_places(places, &curve()),
                None if like_srgb => None,
                None => made::rgb(WHITE_POINT_D65, ColorPrimaries::BT_709, &curve()),
            },
        }
    }
}

/// Big-endian numbers that fill a chunk.
fn numbers<const N: usize>(content: &[u8]) -> Option<[u32; N]> {
    let (numbers, rest) = content.as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    let numbers: Vec<u32> = numbers.iter().map(|bytes| u32::from_be_bytes(*bytes)).collect();
    numbers.try_into().ok()
}

/// The profile of cICP, if its numbers mean anything here, and a warning about it.
fn by_code_points(cicp: [u8; 4], channels: Channels) -> (Option<Vec<u8>>, Option<&'static str>) {
    const UNSPECIFIED: u8 = 2;
    let [primaries, transfer, matrix, full_range] = cicp;
    // A PNG holds red, green and blue (11.3.2.6).
    let icc = (matrix == 0 && full_range <= 1)
        .then(|| code_points::profile(primaries, transfer, channels))
        .flatten();
    let warning = match &icc {
        Some(_) if full_range == 0 => Some("narrow range (cICP) was taken for the full one"),
        Some(_) => None,
        None if (primaries, transfer) == (UNSPECIFIED, UNSPECIFIED) => None,
        None => Some("the colours that cICP names are not known here and were taken for what else is said"),
    };
    (icc, warning)
}

fn by_places(places: [u32; 8], curve: &ToneReprCurve) -> Option<Vec<u8>> {
    let [white_x, white_y, ..] = places.map(|place| f64::from(place) / f64::from(UNIT));
    let place = |at: usize| Chromaticity::new(places[at] as f32 / UNIT, places[at + 1] as f32 / UNIT);
    let primaries = ColorPrimaries { red: place(2), green: place(4), blue: place(6) };
    made::rgb(XyY { x: white_x, y: white_y, yb: 1.0 }, primaries, curve)
}

#[cfg(test)]
mod tests {
    use recipe::filter::geometry::Size;
    use recipe::format::Effort;
    use recipe::recipe::Output;

    use super::*;
    use crate::codec::{self, Decoded, Header, Source, Wanted};
    use crate::color::to_srgb;
    use crate::image::{Metadata, Picture, Samples};

    const GAMMA: (&[u8; 4], &[u32]) = (b"gAMA", &[45_455]);
    const LINEAR: (&[u8; 4], &[u32]) = (b"gAMA", &[100_000]);
    const ADOBE: (&[u8; 4], &[u32]) =
        (b"cHRM", &[31_270, 32_900, 64_000, 33_000, 21_000, 71_000, 15_000, 6_000]);

    fn photo(channels: Channels, deep: bool) -> Picture {
        let levels = (0..=255_u16).flat_map(|level| vec![level; channels.count()]);
        let samples = if deep {
            Samples::U16(levels.map(|level| level * 257).collect())
        } else {
            Samples::U8(levels.map(|level| level as u8).collect())
        };
        Picture { size: Size { width: 256, height: 1 }, channels, samples }
    }

    #[test]
    fn damaged_numbers_are_not_heeded() {
        let chunk = b"\0\0\0\x04gAMA\0\x01\x86\xA0";
        let sum = crc32fast::hash(&chunk[4..]).to_be_bytes();
        let (sound, damaged) = ([&chunk[..], &sum].concat(), [&chunk[..], &[0; 4]].concat());
        let gamma = |chunk: &[u8]| ColorChunks::read(&[&[0; SIGNATURE][..], chunk].concat()).gamma;
        assert_eq!((gamma(&sound), gamma(&damaged)), (Some(100_000), None));
    }

    /// The photo as a PNG with these chunks behind its header, and read again.
    fn reread(photo: &Picture, icc: Option<Vec<u8>>, chunks: &[(&[u8; 4], &[u32])]) -> Decoded {
        let bytes = |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
        let chunks: Vec<(&[u8; 4], Vec<u8>)> =
            chunks.iter().map(|(kind, numbers)| (*kind, bytes(numbers))).collect();
        reread_bytes(photo, icc, &chunks)
    }

    fn reread_bytes(photo: &Picture, icc: Option<Vec<u8>>, chunks: &[(&[u8; 4], Vec<u8>)]) -> Decoded {
        let metadata = Metadata { icc, ..Metadata::default() };
        let format = recipe::Format::Png;
        let file =
            codec::encode(photo.clone(), format, &Output::default(), &metadata, false, &mut Vec::new());
        let file = file.unwrap();
        let chunk = |(kind, content): &(&[u8; 4], Vec<u8>)| {
            let body = [&kind[..], content].concat();
            let length = (content.len() as u32).to_be_bytes();
            [&length[..], &body, &crc32fast::hash(&body).to_be_bytes()].concat()
        };
        let added: Vec<u8> = chunks.iter().flat_map(chunk).collect();
        let file = [&file[..33], &added, &file[33..]].concat();
        let admit = |_: &Header| Ok(Wanted::ALL);
        let raw = recipe::format::RawPolicy::Develop;
        codec::decode(&Source { bytes: &file, memory: 1 << 20, raw, admit: &admit }).unwrap()
    }

    #[test]
    fn what_is_meant_for_srgb_has_no_profile() {
        let near = [31_280, 32_910, 63_990, 33_010, 30_000, 59_990, 15_000, 5_990];
        for channels in [Channels::Grey, Channels::Rgb, Channels::Rgba] {
            let photo = photo(channels, false);
            for chunks in [
                &[][..],
                &[GAMMA],
                &[GAMMA, (b"cHRM", &SRGB)],
                &[GAMMA, (b"cHRM", &near)],
                &[(b"cHRM", &SRGB)],
                &[(b"gAMA", &[45_454])],
                &[(b"gAMA", &[0])],
                &[(b"gAMA", &[1])],
                &[(b"gAMA", &[])],
                &[(b"cHRM", &[0; 8])],
                &[(b"cHRM", &[31_270, 32_900, 64_000, 33_000, 64_000, 33_000, 15_000, 6_000])],
                &[(b"cHRM", &[1, 2])],
            ] {
                let read = reread(&photo, None, chunks);
                assert_eq!((&read.metadata.icc, &read.picture), (&None, &photo), "{chunks:?}");
                assert_eq!(read.warnings, Vec::<String>::new());
            }
            let read = reread_bytes(&photo, None, &[(b"gAMA", vec![0, 1, 0x86, 0xA0]), (b"sRGB", vec![0])]);
            assert_eq!(read.metadata.icc, None, "sRGB counts more than gAMA");
        }
    }

    /// IEC 61966-2-1 of light that is the value itself, within a level.
    #[test]
    fn linear_light_is_brightened_in_grey_and_colour_and_both_depths() {
        for channels in [Channels::Grey, Channels::GreyAlpha, Channels::Rgb, Channels::Rgba] {
            for deep in [false, true] {
                let read = reread(&photo(channels, deep), None, &[LINEAR]);
                let mut converted = read.picture;
                to_srgb(&mut converted, &read.metadata.icc.unwrap()).unwrap();
                let Samples::U8(samples) = converted.into_8_bit().samples else { panic!("depth") };
                for (level, pixel) in samples.chunks(channels.count()).enumerate() {
                    let light = level as f64 / 255.0;
                    let expected = if light <= 0.003_130_8 {
                        light * 12.92
                    } else {
                        1.055 * light.powf(1.0 / 2.4) - 0.055
                    };
                    let apart = (f64::from(pixel[0]) - expected * 255.0).abs();
                    assert!(apart <= 1.0, "{channels:?} {deep} {level}: {} is {apart} off", pixel[0]);
                    if channels.has_alpha() {
                        assert_eq!(pixel.last(), Some(&(level as u8)));
                    }
                }
            }
        }
    }

    #[test]
    fn the_first_that_says_something_counts() {
        let photo = photo(Channels::Rgb, false);
        let p3 = || code_points::profile(12, 13, Channels::Rgb);
        let embedded = || crate::color::adobe_rgb();
        let cicp = |bytes: [u8; 4]| (b"cICP", bytes.to_vec());
        let gamma = || (b"gAMA", 100_000_u32.to_be_bytes().to_vec());
        let read = |icc, chunks: &[(&[u8; 4], Vec<u8>)]| {
            let read = reread_bytes(&photo, icc, chunks);
            (read.metadata.icc, read.warnings.len())
        };
        assert_eq!(read(embedded(), &[cicp([12, 13, 0, 1]), gamma()]), (p3(), 0));
        assert_eq!(read(embedded(), &[cicp([12, 13, 0, 0])]), (p3(), 1), "narrow range");
        for no_picture in [[12, 13, 9, 1], [12, 13, 0, 7]] {
            let said = read(embedded(), &[cicp(no_picture), gamma()]);
            assert_eq!(said, (embedded(), 1), "{no_picture:?}");
        }
        assert_eq!(read(embedded(), &[cicp([12, 99, 0, 1])]), (embedded(), 1), "an unknown number");
        assert_eq!(read(embedded(), &[cicp([2, 2, 0, 1]), gamma()]), (embedded(), 0), "nothing is said");
        let (linear, _) = read(None, &[gamma()]);
        assert_eq!(read(None, &[cicp([2, 2, 0, 1]), gamma()]), (linear, 0));
        // Adobe RGB, said in numbers.
        let said = reread(&photo, None, &[(b"gAMA", &[45_471]), ADOBE]).metadata.icc.unwrap();
        let matrix = |icc: &[u8]| moxcms::ColorProfile::new_from_slice(icc).unwrap().colorant_matrix();
        let (got, expected) = (matrix(&said), matrix(&embedded().unwrap()));
        for (got, expected) in got.v.as_flattened().iter().zip(expected.v.as_flattened()) {
            assert!((got - expected).abs() < 0.001, "{got} {expected}");
        }
    }

    #[test]
    fn light_beyond_white_is_said_in_numbers_too() {
        let icc = code_points::profile(9, 16, Channels::Rgb);
        let read = reread(&photo(Channels::Rgb, true), icc.clone(), &[]);
        assert_eq!(read.metadata.icc, icc);
        let metadata = Metadata { icc, ..Metadata::default() };
        let file = super::super::encode(photo(Channels::Rgb, true), Effort::Fast, &metadata).unwrap();
        assert!(file.windows(8).any(|bytes| bytes == b"cICP\x09\x10\0\x01"));
    }
}
