//! Where the strips or tiles of a page lie, in the file and in the picture. No state.

use protocol::{ErrorKind, JobError};
use recipe::filter::geometry::Size;

use super::said::number;
use super::tags as tag;
use crate::codec::{error, fail};
use crate::metadata::exif::{Page, PageNumbers};

/// The strips or tiles that a picture, or each of its planes, is cut into.
#[derive(Debug)]
pub(super) struct ChunkGrid<'a> {
    size: Size,
    /// Width and height of one, in pixels. The last strip is shorter; tiles are all alike.
    pub(super) width: usize,
    pub(super) height: usize,
    offsets: PageNumbers<'a>,
    lengths: PageNumbers<'a>,
}

/// The part of a picture that is in one of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlacedChunk {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

impl<'a> ChunkGrid<'a> {
    /// `whole` is whether all of the picture is in one stream.
    pub(super) fn read(page: &Page<'a>, size: Size, whole: bool) -> Result<Self, JobError> {
        let (full_width, full_height) = (size.width as usize, size.height as usize);
        let edge = |tag| {
            let edge = number(page, tag)?.unwrap_or(0);
            match u32::try_from(edge) {
                Ok(1..) => Ok(edge as usize),
                Ok(0) | Err(_) => Err(fail(ErrorKind::Corrupt, format!("the tiles have an edge of {edge}"))),
            }
        };
        let tags = |first, second| (page.numbers(first), page.numbers(second));
        let (width, height, (offsets, lengths)) = if whole {
            (full_width, full_height, tags(tag::JPEG_STREAM, tag::JPEG_LENGTH))
        } else if page.has(tag::TILE_WIDTH) {
            let tiles = page.has(tag::TILES);
            let (first, second) =
                if tiles { (tag::TILES, tag::TILE_LENGTHS) } else { (tag::STRIPS, tag::STRIP_LENGTHS) };
            (edge(tag::TILE_WIDTH)?, edge(tag::TILE_HEIGHT)?, tags(first, second))
        } else {
            let rows = number(page, tag::ROWS_PER_STRIP)?.filter(|rows| *rows > 0);
            let rows = rows.map_or(full_height, |rows| rows.min(full_height as u64) as usize);
            (full_width, rows, tags(tag::STRIPS, tag::STRIP_LENGTHS))
        };
        Ok(ChunkGrid { size, width, height, offsets, lengths })
    }

    fn across(&self) -> usize {
        (self.size.width as usize).div_ceil(self.width)
    }

    /// How many there are in each plane.
    pub(super) fn count(&self) -> usize {
        self.across() * (self.size.height as usize).div_ceil(self.height)
    }

    /// The part of the picture in one of them.
    pub(super) fn place(&self, index: usize) -> PlacedChunk {
        let (x, y) = (index % self.across() * self.width, index / self.across() * self.height);
        let (width, height) = (self.size.width as usize - x, self.size.height as usize - y);
        PlacedChunk { x, y, width: width.min(self.width), height: height.min(self.height) }
    }

    /// Its bytes in the file, as far as they are there. `plain` is their length if they are not compressed.
    pub(super) fn bytes<'f>(
        &self,
        file: &'f [u8],
        index: usize,
        plain: Option<usize>,
    ) -> Result<&'f [u8], JobError> {
        let missing = || fail(ErrorKind::Truncated, error::ENDS_EARLY);
        let offset = self.offsets.get(index).ok_or_else(missing)?;
        let stored = self.lengths.get(index).filter(|length| *length > 0);
        if offset == 0 {
            return Err(fail(ErrorKind::Truncated, "parts of the picture were left out of the file"));
        }
        let rest = usize::try_from(offset).ok().and_then(|at| file.get(at..)).ok_or_else(missing)?;
        // Old scanners leave the lengths out; some programs write a wrong one where there is but one strip.
        let length = match (stored, plain) {
            (Some(_), Some(plain)) if self.offsets.len() == 1 => Some(plain as u64),
            (None, Some(plain)) => Some(plain as u64),
            (Some(stored), _) => Some(stored),
            (None, None) => self.offsets.get(index + 1).and_then(|next| next.checked_sub(offset)),
        };
        let whole = length.and_then(|length| rest.get(..usize::try_from(length).ok()?));
        Ok(whole.unwrap_or(rest))
    }
}
