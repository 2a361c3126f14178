//! What a page's directory says of its pixels, checked before anything is allocated for them. No state.
//!
//! TIFF 6.0 gives the tags, with Adobe's technical notes of 1995 and 2002 for newer compressions; where a
//! directory leaves something out, it is read as libtiff reads it.

use protocol::{ErrorKind, JobError};
use recipe::filter::geometry::Size;

use super::grid::ChunkGrid;
use super::kinds::{BitDepth, Prediction, TiffAlpha, TiffColors, TiffPacking};
use super::said::{alpha, colors, depth, foreign_colors, number, packing, prediction, unsupported};
use super::tags as tag;
use crate::codec::{fail, size};
use crate::metadata::exif::Page;

/// Samples of a pixel; real files have some dozens at most.
const MAX_SAMPLES: u64 = 1000;

/// How the pixels of a page lie in the file, and what they mean.
#[derive(Debug)]
pub(super) struct TiffLayout<'a> {
    pub(super) size: Size,
    pub(super) colors: TiffColors,
    pub(super) alpha: Option<TiffAlpha>,
    pub(super) depth: BitDepth,
    /// Samples of a pixel, with those that nobody needs.
    pub(super) samples: usize,
    /// Whether each sample of the pixels has a plane of its own.
    pub(super) planar: bool,
    pub(super) packing: TiffPacking<'a>,
    pub(super) prediction: Prediction,
    /// Whether the bits of each byte stand the other way around.
    pub(super) reversed: bool,
    pub(super) little_endian: bool,
    pub(super) grid: ChunkGrid<'a>,
}

impl<'a> TiffLayout<'a> {
    pub(super) fn read(page: &Page<'a>) -> Result<Self, JobError> {
        let number = |tag| number(page, tag);
        let size = size(number(tag::WIDTH)?.unwrap_or(0), number(tag::HEIGHT)?.unwrap_or(0))?;
        if let Some(words) = foreign_colors(number(tag::PHOTOMETRIC)?) {
            return Err(unsupported(words));
        }
        let compression = number(tag::COMPRESSION)?.unwrap_or(1);
        let samples = match number(tag::SAMPLES)? {
            Some(samples) => samples,
            None => page.numbers(tag::BITS).len().max(1) as u64,
        };
        if samples == 0 || samples > MAX_SAMPLES {
            return Err(fail(ErrorKind::Corrupt, format!("the header says {samples} samples per pixel")));
        }
        let samples = samples as usize;
        let depth = depth(page, samples)?;
        let fax = matches!(compression, 2..=4 | 32_771);
        let photometric = number(tag::PHOTOMETRIC)?.unwrap_or(match samples {
            1 | 2 => u64::from(!fax),
            _ => 2,
        });
        let colors = colors(page, photometric, depth)?;
        let planar = samples > 1 && number(tag::PLANAR)? == Some(2);
        let (packing, colors) = packing(page, compression, colors, planar)?;
        if samples < colors.count() {
            return Err(fail(ErrorKind::Corrupt, format!("the header says {samples} samples per pixel")));
        }
        match (colors.shared(), planar) {
            (Some((1, 1)) | None, _) => {}
            (Some(_), false) if samples == 3 => {}
            (Some(_), _) => return Err(unsupported("in YCbCr stored this way")),
        }
        if packing.is_jpeg() && depth != BitDepth::Whole(8) {
            return Err(unsupported(format!("compressed with JPEG of {} bits", depth.bits())));
        }
        if fax && (depth != BitDepth::Whole(1) || samples != 1 && !planar) {
            return Err(fail(ErrorKind::Corrupt, "a fax code holds samples of one bit only"));
        }
        let alpha = alpha(page, samples, colors.count());
        let prediction = prediction(page, packing, depth)?;
        let grid = ChunkGrid::read(page, size, compression == tag::OLD_JPEG)?;
        let reversed = number(tag::FILL_ORDER)? == Some(2) && !packing.is_jpeg();
        let little_endian = page.little_endian();
        Ok(TiffLayout {
            size,
            colors,
            alpha,
            depth,
            samples,
            planar,
            packing,
            prediction,
            reversed,
            little_endian,
            grid,
        })
    }

    /// The samples of a pixel that are needed, by their places in it.
    pub(super) fn kept(&self) -> impl Iterator<Item = usize> {
        (0..self.colors.count()).chain(self.alpha.map(|alpha| alpha.sample))
    }

    /// Samples of a pixel that lie together.
    pub(super) fn together(&self) -> usize {
        if self.planar { 1 } else { self.samples }
    }

    /// Bytes of a row of a chunk.
    pub(super) fn row_bytes(&self) -> usize {
        self.grid.width.saturating_mul(self.together()).saturating_mul(self.depth.bits()).div_ceil(8)
    }

    /// Bytes of memory that decoding takes at most, on top of the file and of the picture.
    pub(super) fn memory(&self, file: u64) -> u64 {
        let sample = match self.depth {
            BitDepth::Whole(..=8) => 1,
            BitDepth::Whole(_) => 2,
            BitDepth::Half | BitDepth::Single | BitDepth::Double => size_of::<f32>(),
        };
        let kept = self.size.pixels().saturating_mul((self.kept().count() * sample) as u64);
        let beside_the_picture = match (&self.colors, self.depth.is_float()) {
            // Converted from a buffer of their own, after which transparency is put back.
            (TiffColors::Inks, _) => 3,
            (TiffColors::Palette(_), _) | (_, true) => 1,
            // The samples become the picture where they are.
            (_, false) => 0,
        };
        let row = self.row_bytes() as u64;
        // A progressive JPEG is held as coefficients of 16 bits; luma and chroma are spread out.
        let copies = if self.packing.is_jpeg() || self.colors.shared().is_some() { 4 } else { 1 };
        let chunk = row.saturating_mul(self.grid.height as u64).saturating_mul(copies);
        let apart = u64::from(self.size.width).saturating_mul((self.together() * sample) as u64);
        let stream = if self.reversed || self.packing.is_jpeg() { file } else { 0 };
        [chunk, row, apart, stream]
            .into_iter()
            .fold(kept.saturating_mul(beside_the_picture), u64::saturating_add)
    }
}

impl TiffColors {
    /// Samples of a pixel that are colour.
    pub(super) fn count(&self) -> usize {
        match self {
            TiffColors::Grey { .. } | TiffColors::Palette(_) => 1,
            TiffColors::Rgb | TiffColors::YCbCr(_) | TiffColors::CieLab | TiffColors::IccLab => 3,
            TiffColors::Inks => 4,
        }
    }

    /// Pixels that share their chroma.
    pub(super) fn shared(&self) -> Option<(usize, usize)> {
        match self {
            TiffColors::YCbCr(rule) => Some(rule.shared),
            TiffColors::Grey { .. }
            | TiffColors::Rgb
            | TiffColors::Palette(_)
            | TiffColors::Inks
            | TiffColors::CieLab
            | TiffColors::IccLab => None,
        }
    }

    /// Whether the numbers of the samples are not to be stretched to 8 or 16 bits.
    pub(super) fn are_numbers(&self) -> bool {
        match self {
            TiffColors::Palette(_) => true,
            TiffColors::Grey { .. }
            | TiffColors::Rgb
            | TiffColors::Inks
            | TiffColors::YCbCr(_)
            | TiffColors::CieLab
            | TiffColors::IccLab => false,
        }
    }
}

impl TiffPacking<'_> {
    fn is_jpeg(self) -> bool {
        match self {
            TiffPacking::Jpeg { .. } => true,
            TiffPacking::Plain
            | TiffPacking::PackBits
            | TiffPacking::Lzw
            | TiffPacking::Deflate
            | TiffPacking::Fax(_) => false,
        }
    }
}
