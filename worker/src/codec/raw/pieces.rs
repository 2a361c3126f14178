//! The strips and tiles of a TIFF's sensor data, looked at before the library unpacks them: it takes JPEGs
//! that are damaged, or smaller than they should be, without a word, and leaves the rest of the piece black
//! or grey. No state.

use protocol::{ErrorKind, JobError};

use super::{lossless, structure, tag};
use crate::codec::{error, fail, jpeg};
use crate::image::Metadata;
use crate::metadata::exif::dng::{DNG_VERSION, LINEAR_RAW, LOSSY_JPEG, MOSAIC};
use crate::metadata::exif::{Tiff, tiff_block};

/// JPEG of either kind, as a way of compressing.
const JPEG: u32 = 7;
/// What the samples of a sensor may mean: grey, a mosaic, linear light. Others are of previews and masks.
const SENSOR: [u32; 3] = [1, MOSAIC, LINEAR_RAW];
/// Columns and rows by which a JPEG may be larger than its tile: it is made of blocks.
const BLOCK: u32 = 15;

/// Whose files these are; others do not have JPEGs of this kind, or not such that are read by the book.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PieceKind {
    Dng,
    /// Of Canon or Sony: the sizes of their JPEGs are matters of their own.
    Makers,
}

/// A strip or a tile.
struct SensorPiece<'a> {
    bytes: &'a [u8],
    columns: u32,
    rows: u32,
}

/// Checks that all pieces of sensor data that are JPEGs are whole, and warns of what else is wrong with them.
/// A file of another kind passes.
pub(super) fn check(file: &[u8], warnings: &mut Vec<String>) -> Result<(), JobError> {
    let (Some(tiff), Some(kind)) = (Tiff::new(file), kind(file)) else { return Ok(()) };
    for at in structure::images(&tiff, file) {
        let number = |tag: u16| tiff.numbers(file, at, tag).first().copied();
        let interpretation = number(tag::INTERPRETATION).unwrap_or(SENSOR[0]);
        if kind == PieceKind::Dng && !SENSOR.contains(&interpretation) {
            continue;
        }
        let planes = number(tag::PLANES).unwrap_or(1);
        let compression = number(tag::COMPRESSION).unwrap_or(0);
        for piece in pieces(&tiff, file, at)? {
            if lossless::is_lossless(piece.bytes) {
                let needed = u64::from(piece.columns) * u64::from(piece.rows) * u64::from(planes);
                lossless::check(piece.bytes, (kind == PieceKind::Dng).then_some(needed))?;
            } else if kind == PieceKind::Dng && matches!(compression, JPEG | LOSSY_JPEG) {
                check_lossy(&piece, warnings)?;
            }
        }
    }
    Ok(())
}

fn kind(file: &[u8]) -> Option<PieceKind> {
    let is_canon = file.get(8..10) == Some(b"CR");
    let is_sony = || tiff_block(file, tag::MAKE).is_some_and(|make| make.starts_with(b"SONY"));
    if tiff_block(file, DNG_VERSION).is_some() {
        Some(PieceKind::Dng)
    } else if is_canon || is_sony() {
        Some(PieceKind::Makers)
    } else {
        None
    }
}

fn pieces<'a>(tiff: &Tiff, file: &'a [u8], at: usize) -> Result<Vec<SensorPiece<'a>>, JobError> {
    let numbers = |tag: u16| tiff.numbers(file, at, tag);
    let number = |tag: u16| numbers(tag).first().copied();
    let (width, height) = (number(tag::WIDTH).unwrap_or(0), number(tag::HEIGHT).unwrap_or(0));
    let tile = number(tag::TILE.0).zip(number(tag::TILE.1));
    let rows_per_strip = number(tag::ROWS_PER_STRIP).unwrap_or(height).max(1);
    let (offsets, lengths) = if tile.is_some() { tag::TILES } else { tag::STRIPS };
    let places = numbers(offsets).into_iter().zip(numbers(lengths));
    let pieces = places.enumerate().map(|(index, (offset, length))| {
        let bytes =
            (offset as usize).checked_add(length as usize).and_then(|end| file.get(offset as usize..end));
        let bytes = bytes.ok_or_else(|| fail(ErrorKind::Truncated, error::ENDS_EARLY))?;
        let above = u32::try_from(index).unwrap_or(u32::MAX).saturating_mul(rows_per_strip);
        let strip = (width, rows_per_strip.min(height.saturating_sub(above)));
        let (columns, rows) = tile.unwrap_or(strip);
        Ok(SensorPiece { bytes, columns, rows })
    });
    pieces.collect()
}

/// Decodes a JPEG of 8 bits for nothing but to see whether that can be done.
fn check_lossy(piece: &SensorPiece<'_>, warnings: &mut Vec<String>) -> Result<(), JobError> {
    let damaged = |error: JobError| {
        if error.kind == ErrorKind::Truncated { error } else { lossless::broken() }
    };
    let opened = jpeg::open(piece.bytes).map_err(damaged)?;
    let size = opened.header().size;
    let fits = |edge: u32, needed: u32| edge >= needed && edge - needed <= BLOCK;
    if !fits(size.width, piece.columns) || !fits(size.height, piece.rows) {
        return Err(fail(ErrorKind::Corrupt, "a part of the sensor's data has not the size that it should"));
    }
    opened.decode(u64::MAX, &mut Metadata::default(), warnings).map(drop).map_err(damaged)
}
