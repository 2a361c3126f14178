//! What single tags of a page say of its pixels, or why that cannot be decoded. No state.

use protocol::{ErrorKind, JobError};

use super::kinds::{BitDepth, FaxCode, Prediction, TiffAlpha, TiffColors, TiffPacking, YccRule};
use super::palette;
use super::tags as tag;
use crate::codec::{error, fail};
use crate::metadata::exif::{Page, dng};

/// The first number of a tag; a tag whose numbers are not within the file is an error.
pub(super) fn number(page: &Page<'_>, tag: u16) -> Result<Option<u64>, JobError> {
    match page.number(tag) {
        None if page.has(tag) => Err(fail(ErrorKind::Truncated, error::ENDS_EARLY)),
        found => Ok(found),
    }
}

/// Something that is not decoded, as what follows "TIFF files".
pub(super) fn unsupported(what: impl std::fmt::Display) -> JobError {
    fail(ErrorKind::Unsupported, format!("TIFF files {what} cannot be decoded"))
}

pub(super) fn depth(page: &Page<'_>, samples: usize) -> Result<BitDepth, JobError> {
    let bits = number(page, tag::BITS)?.unwrap_or(1);
    if page.numbers(tag::BITS).iter().take(samples).any(|other| other != bits) {
        return Err(unsupported("with samples of different depths"));
    }
    match (number(page, tag::SAMPLE_FORMAT)?.unwrap_or(1), bits) {
        (1 | 4, 1..=16 | 24 | 32 | 64) => Ok(BitDepth::Whole(bits as usize)),
        // Signed by nature, and rarely said to be so.
        (2, 8 | 16) if matches!(number(page, tag::PHOTOMETRIC)?, Some(8 | 9)) => {
            Ok(BitDepth::Whole(bits as usize))
        }
        (2, _) => Err(unsupported("of signed samples")),
        (3, 16) => Ok(BitDepth::Half),
        (3, 32) => Ok(BitDepth::Single),
        (3, 64) => Ok(BitDepth::Double),
        (3, _) => Err(unsupported(format!("of floating-point samples of {bits} bits"))),
        (5 | 6, _) => Err(unsupported("of complex numbers")),
        (_, _) => Err(unsupported(format!("of samples of {bits} bits"))),
    }
}

/// Of colours that are not decoded at all, what follows "TIFF files".
pub(super) fn foreign_colors(photometric: Option<u64>) -> Option<&'static str> {
    match u32::try_from(photometric?).ok()? {
        4 => Some("of a transparency mask"),
        10 => Some("in Lab colours of fax machines"),
        32_844 | 32_845 => Some("of light in logarithms"),
        dng::MOSAIC | dng::LINEAR_RAW => Some("of a camera's raw data"),
        _ => None,
    }
}

pub(super) fn colors(page: &Page<'_>, photometric: u64, depth: BitDepth) -> Result<TiffColors, JobError> {
    let fits = |whole: &[usize]| match depth {
        BitDepth::Whole(bits) => whole.contains(&bits),
        BitDepth::Half | BitDepth::Single | BitDepth::Double => false,
    };
    let only = |colors, whole: &[usize], words: &str| {
        let bits = depth.bits();
        if fits(whole) { Ok(colors) } else { Err(unsupported(format!("in {words} of {bits} bits"))) }
    };
    match photometric {
        0 => Ok(TiffColors::Grey { inverted: true }),
        1 => Ok(TiffColors::Grey { inverted: false }),
        2 => Ok(TiffColors::Rgb),
        3 if fits(&[1, 2, 3, 4, 5, 6, 7, 8, 16]) => {
            Ok(TiffColors::Palette(palette::read(page, depth.bits())?))
        }
        3 => Err(unsupported(format!("with a palette and samples of {} bits", depth.bits()))),
        5 if number(page, tag::INK_SET)?.is_some_and(|set| set != 1) => {
            Err(unsupported("with inks other than cyan, magenta, yellow and black"))
        }
        5 => only(TiffColors::Inks, &[1, 2, 4, 8, 16], "CMYK"),
        6 => only(TiffColors::YCbCr(ycc_rule(page)), &[8], "YCbCr"),
        8 => only(TiffColors::CieLab, &[8, 16], "Lab colours"),
        9 => only(TiffColors::IccLab, &[8, 16], "Lab colours"),
        other => Err(unsupported(format!("with colours of kind {other}"))),
    }
}

/// Whether the page says in numbers that its white or its primaries are others than those of sRGB.
pub(super) fn has_other_primaries(page: &Page<'_>, colors: &TiffColors) -> bool {
    /// x and y of white, and those of red, green and blue.
    const SRGB: [(u16, &[f32]); 2] =
        [(tag::WHITE, &[0.3127, 0.329]), (tag::PRIMARIES, &[0.64, 0.33, 0.3, 0.6, 0.15, 0.06])];
    /// Programs round them.
    const NEAR: f32 = 0.002;
    let is_other = |(tag, srgb): &(u16, &[f32])| {
        let said = page.fractions(*tag);
        let is_sound = said.len() == srgb.len() && said.iter().all(|number| *number > 0.0);
        is_sound && said.iter().zip(*srgb).any(|(said, srgb)| (said - srgb).abs() > NEAR)
    };
    match colors {
        TiffColors::Rgb | TiffColors::Palette(_) | TiffColors::YCbCr(_) => SRGB.iter().any(is_other),
        TiffColors::Grey { .. } | TiffColors::Inks | TiffColors::CieLab | TiffColors::IccLab => false,
    }
}

fn ycc_rule(page: &Page<'_>) -> YccRule {
    let of = |tag, default: &[f32]| {
        let found = page.fractions(tag);
        let sound = found.len() == default.len() && found.iter().all(|number| number.is_finite());
        if sound { found } else { default.to_vec() }
    };
    let luma = of(tag::YCC_COEFFICIENTS, &[0.299, 0.587, 0.114]);
    let range = of(tag::REFERENCE_BLACK_WHITE, &[0.0, 255.0, 128.0, 255.0, 128.0, 255.0]);
    let shared = page.numbers(tag::YCC_SHARED);
    let edge = |index| match shared.get(index) {
        Some(edge @ (1 | 2 | 4)) => edge as usize,
        Some(_) | None => 2,
    };
    let mut rule = YccRule { luma: [0.0; 3], range: [0.0; 6], shared: (edge(0), edge(1)) };
    rule.luma.copy_from_slice(&luma);
    rule.range.copy_from_slice(&range);
    rule
}

/// How the page is compressed, and what its colours are once it is not.
pub(super) fn packing<'a>(
    page: &Page<'a>,
    compression: u64,
    colors: TiffColors,
    planar: bool,
) -> Result<(TiffPacking<'a>, TiffColors), JobError> {
    let packing = match compression {
        1 => TiffPacking::Plain,
        2 => TiffPacking::Fax(FaxCode::Rows(8)),
        32_771 => TiffPacking::Fax(FaxCode::Rows(16)),
        3 => {
            let options = number(page, tag::T4_OPTIONS)?.unwrap_or(0);
            TiffPacking::Fax(FaxCode::Three { two_dimensional: options & 1 != 0 })
        }
        4 => TiffPacking::Fax(FaxCode::Four),
        5 => TiffPacking::Lzw,
        8 | 32_946 => TiffPacking::Deflate,
        32_773 => TiffPacking::PackBits,
        tag::OLD_JPEG if !page.has(tag::JPEG_STREAM) => {
            return Err(unsupported("compressed with JPEG in the way of 1992"));
        }
        tag::OLD_JPEG | 7 => {
            let tables =
                if page.has(tag::JPEG_TABLES) { page.bytes(tag::JPEG_TABLES) } else { Some(&[][..]) };
            let tables = tables.ok_or_else(|| fail(ErrorKind::Truncated, error::ENDS_EARLY))?;
            let is_ycc = match colors {
                TiffColors::YCbCr(_) => true,
                TiffColors::Grey { .. } | TiffColors::Rgb | TiffColors::Inks => false,
                TiffColors::Palette(_) | TiffColors::CieLab | TiffColors::IccLab => {
                    return Err(unsupported("compressed with JPEG in such colours"));
                }
            };
            if is_ycc && planar {
                return Err(unsupported("in YCbCr stored this way"));
            }
            let transform = (compression == 7).then_some(u8::from(is_ycc));
            return Ok((
                TiffPacking::Jpeg { tables, transform },
                if is_ycc { TiffColors::Rgb } else { colors },
            ));
        }
        other => return Err(unsupported(format!("compressed with {}", compression_name(other)))),
    };
    Ok((packing, colors))
}

fn compression_name(compression: u64) -> String {
    let name = match compression {
        9 | 10 => "JBIG",
        32_766 => "NeXT's code",
        32_809 => "ThunderScan's code",
        33_003..=33_005 | 34_712 => "JPEG 2000",
        34_661 => "JBIG",
        34_676 | 34_677 => "SGI's code for light",
        34_887 => "LERC",
        34_892 => "lossy JPEG of a raw photo",
        34_925 => "LZMA",
        34_933 => "PNG",
        34_934 => "JPEG XR",
        50_000 => "Zstandard",
        50_001 => "WebP",
        50_002 | 52_546 => "JPEG XL",
        other => return format!("method {other}"),
    };
    name.to_owned()
}

/// The first of the further samples that is said to be transparency; the only one, if nothing is said.
pub(super) fn alpha(page: &Page<'_>, samples: usize, colors: usize) -> Option<TiffAlpha> {
    let kinds = page.numbers(tag::EXTRA_SAMPLES);
    if kinds.len() == 0 {
        return (samples == colors + 1).then_some(TiffAlpha { sample: colors, associated: false });
    }
    let index = kinds.iter().take(samples - colors).position(|kind| matches!(kind, 1 | 2))?;
    Some(TiffAlpha { sample: colors + index, associated: kinds.get(index) == Some(1) })
}

pub(super) fn prediction(
    page: &Page<'_>,
    packing: TiffPacking<'_>,
    depth: BitDepth,
) -> Result<Prediction, JobError> {
    let predicted = match packing {
        TiffPacking::Lzw | TiffPacking::Deflate => number(page, tag::PREDICTOR)?.unwrap_or(1),
        // It means nothing to these.
        TiffPacking::Plain | TiffPacking::PackBits | TiffPacking::Fax(_) | TiffPacking::Jpeg { .. } => 1,
    };
    match predicted {
        1 => Ok(Prediction::None),
        2 if matches!(depth.bits(), 8 | 16 | 24 | 32 | 64) => Ok(Prediction::Left),
        3 if depth.is_float() => Ok(Prediction::Float),
        _ => Err(unsupported(format!("with samples of {} bits predicted this way", depth.bits()))),
    }
}
