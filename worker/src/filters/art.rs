//! The image of a mark: a picture of pixels, or a drawing that is rendered at whatever size is needed. No
//! state.

use std::path::Path;

use protocol::JobError;
use recipe::filter::geometry::Size;
use resample::Resampler;

use super::run::Files;
use super::stamp::Stamp;
use super::svg::{Drawing, is_svg};
use super::unusable;
use crate::image::Picture;

/// What is put on pictures.
#[derive(Debug)]
pub(super) enum Art {
    Picture(Picture),
    Drawing(Box<Drawing>),
}

impl Art {
    /// Reads the file, which errors call `what`.
    pub(super) fn read(path: &Path, files: &Files<'_>, what: &str) -> Result<Art, JobError> {
        let svg = (files.bytes)(path).ok().filter(|bytes| is_svg(bytes));
        let art = match svg {
            Some(bytes) => Drawing::read(&bytes).map(|drawing| Art::Drawing(Box::new(drawing))),
            None => (files.picture)(path).map(Art::Picture),
        };
        art.map_err(|error| unusable(what, &error))
    }

    /// Width and height in units of its own.
    pub(super) fn proportions(&self) -> (f64, f64) {
        match self {
            Art::Picture(picture) => (picture.size.width.into(), picture.size.height.into()),
            Art::Drawing(drawing) => drawing.proportions(),
        }
    }

    /// Itself in this size.
    pub(super) fn stamp(&self, size: Size, resampler: &mut Resampler) -> Result<Stamp, JobError> {
        match self {
            Art::Picture(picture) => Stamp::image(picture, size, resampler),
            Art::Drawing(drawing) => drawing.stamp(size),
        }
    }

    /// Bytes of memory that making a stamp of this size needs, with the stamp itself.
    pub(super) fn memory_needed(&self, size: Size) -> u64 {
        match self {
            // A copy of the picture and what the resampler keeps between its two directions; the scaled
            // picture, its samples in 8 bits, and the stamp.
            Art::Picture(picture) => {
                picture.bytes().saturating_mul(2).saturating_add(size.pixels().saturating_mul(24))
            }
            Art::Drawing(drawing) => drawing.memory_needed(size),
        }
    }
}
