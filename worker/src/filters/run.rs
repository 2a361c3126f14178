//! How a filter of the table is run: as recolourings in a chain or as a pass of its own. Each file beside
//! this one has the `impl`s of its filters. No state.

use std::fmt;
use std::path::Path;

use protocol::{FontFile, JobError};
use recipe::filter::geometry::{Cutout, Size};
use recipe::template::TokenValues;
use resample::Resampler;

use super::chain::{Chain, Recoloring};
use crate::image::{Extent, Picture};

/// How the files that filters name are read, once, while the pipeline is made.
pub struct Files<'a> {
    /// Fonts for letters that a text's own font and the bundled one lack.
    pub fonts: &'a [FontFile],
    /// The content of a file.
    pub bytes: &'a dyn Fn(&Path) -> Result<Vec<u8>, JobError>,
    /// The picture in a file, in sRGB.
    pub picture: &'a dyn Fn(&Path) -> Result<Picture, JobError>,
}

/// A filter as a recipe has it, which every struct of the table is.
pub(crate) trait Runnable {
    /// The filter made ready to run; the error is about its files.
    fn ready(&self, files: &Files<'_>) -> Result<Ready, JobError>;
}

/// What a filter becomes.
pub(crate) enum Ready {
    /// It looks at one pixel at a time, and joins the pass of its neighbours.
    Recolorings(Vec<Recoloring>),
    /// It goes over the picture alone.
    Loop(Box<dyn Loop>),
}

impl Ready {
    pub(super) fn alone(pass: impl Loop + 'static) -> Result<Ready, JobError> {
        Ok(Ready::Loop(Box::new(pass)))
    }
}

/// A filter that is one recolouring and needs no files.
pub(crate) trait OnePixel {
    fn recoloring(&self) -> Recoloring;
}

impl<F: OnePixel> Runnable for F {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        Ok(Ready::Recolorings(vec![self.recoloring()]))
    }
}

/// One pass over a picture, which may be a smaller copy of what its `extent` says.
pub(crate) trait Loop: fmt::Debug + Send {
    fn run(
        &mut self,
        picture: Picture,
        extent: Extent,
        resampler: &mut Resampler,
    ) -> Result<Picture, JobError>;

    /// Fills in the texts for the photo that comes next, and says what they lack.
    fn fill_in(&mut self, _values: &dyn TokenValues, _warnings: &mut Vec<String>) -> Result<(), JobError> {
        Ok(())
    }

    /// As [`Loop::run`], for a picture that is needed once more. It is lent as mutable for those that need it
    /// so, and comes back unchanged.
    fn run_beside(
        &mut self,
        picture: &mut Picture,
        extent: Extent,
        resampler: &mut Resampler,
    ) -> Result<Picture, JobError> {
        self.run(picture.clone(), extent, resampler)
    }

    /// The part that the last picture was cut to, where the picture itself decides.
    fn cut(&self) -> Option<Cutout> {
        None
    }

    /// Whether every pixel of the result is one of the input, so that it does not matter whether it comes
    /// before or after filters that look at one pixel at a time.
    fn only_moves_pixels(&self) -> bool {
        false
    }

    /// Whether nothing but the luma of a picture counts.
    fn needs_only_luma(&self) -> bool {
        false
    }

    /// By how much a decoder may shrink a picture of this size: 1, 2, 4 or 8.
    fn shrink(&self, _size: Size) -> u32 {
        1
    }

    /// Pixels' worth of memory needed beside the input, and the output where the table says that it is made
    /// beside it.
    fn pixels_beside(&self, _size: Size, _has_alpha: bool) -> u64 {
        0
    }

    /// Bytes of memory needed beside these.
    fn bytes_beside(&self, _size: Size) -> u64 {
        0
    }
}

impl Loop for Chain {
    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        Ok(self.apply(picture))
    }

    fn needs_only_luma(&self) -> bool {
        self.starts_with_luma()
    }
}

/// A filter whose files cannot be used: the answer to every image.
#[derive(Debug)]
pub(crate) struct Unusable(pub(crate) JobError);

impl Loop for Unusable {
    fn run(&mut self, _: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        Err(self.0.clone())
    }
}
