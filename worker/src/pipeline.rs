//! The pipeline: filters of a recipe made ready to run on picture after picture. One per lane; owns what they
//! keep between pictures (tables, stamps, the resampler's buffers).
//!
//! Neighbouring filters that look at one pixel at a time become one chain and one pass over the picture; what
//! only moves pixels goes before them. A decoder is told where the first filter needs no more than the luma
//! or a smaller picture.

mod memory;
#[cfg(test)]
mod tests;

use protocol::limits::Limits;
use protocol::{ErrorKind, JobError};
use recipe::filter::Filter;
use recipe::filter::geometry::Size;
use recipe::for_filter;
use recipe::template::TokenValues;
use resample::Resampler;

use crate::codec::Wanted;
use crate::filters::chain::{Chain, Recoloring};
use crate::filters::fail;
pub use crate::filters::run::Files;
use crate::filters::run::{Loop, Ready, Runnable, Unusable};
use crate::image::{Extent, Picture};
use crate::moved::Moved;

/// Filters, ready to run.
#[derive(Debug)]
pub struct Pipeline {
    members: Vec<Member>,
    passes: Vec<Box<dyn Loop>>,
    /// What is wrong with the first file that cannot be used.
    unusable: Option<JobError>,
    max_pixels: u64,
    resampler: Resampler,
}

/// A filter of the recipe, and its pass if it has one of its own.
#[derive(Debug)]
struct Member {
    filter: Filter,
    pass: Option<usize>,
}

impl Pipeline {
    /// Makes filters ready. A file that cannot be used is the answer to every image.
    pub fn new(filters: &[Filter], limits: &Limits, files: &Files<'_>) -> Pipeline {
        let (mut members, mut passes, mut recolorings) = (Vec::new(), Vec::new(), Vec::new());
        let mut unusable = None;
        for filter in filters.iter().cloned() {
            let ready = for_filter!(&filter, filter => filter.ready(files));
            let ready = ready.unwrap_or_else(|error| {
                unusable.get_or_insert_with(|| of_filter(&filter, &error));
                Ready::Loop(Box::new(Unusable(error)))
            });
            let pass = match ready {
                Ready::Recolorings(more) => {
                    recolorings.extend(more);
                    None
                }
                Ready::Loop(pass) => {
                    // What only moves pixels does so before they are changed: a crop leaves fewer of them.
                    if !pass.only_moves_pixels() {
                        flush(&mut recolorings, &mut passes);
                    }
                    passes.push(pass);
                    Some(passes.len() - 1)
                }
            };
            members.push(Member { filter, pass });
        }
        flush(&mut recolorings, &mut passes);
        Pipeline { members, passes, unusable, max_pixels: limits.max_pixels, resampler: Resampler::default() }
    }

    /// The filters, in order.
    pub(crate) fn filters(&self) -> Vec<&Filter> {
        self.members.iter().map(|member| &member.filter).collect()
    }

    /// Whether it leaves every picture as it is.
    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Why no picture can be made, if a file that a filter reads is of no use.
    pub(crate) fn unusable(&self) -> Option<&JobError> {
        self.unusable.as_ref()
    }

    /// What of a picture of this size the filters use.
    pub(crate) fn wanted(&self, size: Size) -> Wanted {
        let luma_only = self
            .passes
            .iter()
            .find(|pass| !pass.only_moves_pixels())
            .is_some_and(|pass| pass.needs_only_luma());
        let shrink = self.passes.first().map_or(1, |pass| pass.shrink(size));
        Wanted { luma_only, shrink, ..Wanted::ALL }
    }

    /// Fills in the texts for the photo that comes next, and says what they lack.
    pub(crate) fn fill_in(
        &mut self,
        values: &dyn TokenValues,
        warnings: &mut Vec<String>,
    ) -> Result<(), JobError> {
        self.passes.iter_mut().try_for_each(|pass| pass.fill_in(values, warnings))
    }

    /// Runs all filters on a picture, which may have been decoded smaller, as far as [`Pipeline::wanted`]
    /// allows.
    pub fn run(&mut self, mut picture: Picture, extent: impl Into<Extent>) -> Result<Picture, JobError> {
        let mut extent = extent.into();
        self.check_sizes(extent.whole)?;
        let Pipeline { passes, resampler, .. } = self;
        for pass in passes {
            picture = pass.run(picture, extent, resampler)?;
            extent = picture.size.into();
        }
        Ok(picture)
    }

    /// The same, for a picture that is needed once more and stays as it is.
    pub(crate) fn run_beside(&mut self, picture: &mut Picture, extent: Extent) -> Result<Picture, JobError> {
        self.check_sizes(extent.whole)?;
        let Pipeline { passes, resampler, .. } = self;
        let Some((first, others)) = passes.split_first_mut() else { return Ok(picture.clone()) };
        let mut result = first.run_beside(picture, extent, resampler)?;
        for pass in others {
            let extent = result.size.into();
            result = pass.run(result, extent, resampler)?;
        }
        Ok(result)
    }

    /// Refuses to make a picture beyond the limit of one of this size, be it on the way.
    fn check_sizes(&self, mut size: Size) -> Result<(), JobError> {
        for Member { filter, .. } in &self.members {
            let scaled =
                if let Filter::Resize(resize) = filter { resize.plan(size).scaled.pixels() } else { 0 };
            size = filter.output_size(size);
            let (pixels, limit) = (scaled.max(size.pixels()), self.max_pixels);
            if pixels > limit {
                let name = filter.info().name;
                let detail = format!("{name} would make {pixels} pixels, {limit} are allowed");
                return Err(fail(ErrorKind::TooLarge, detail));
            }
        }
        Ok(())
    }

    /// Where the filters put the pixels of a picture that has come this far: of the last one that was run,
    /// where the picture itself decides.
    pub(crate) fn moved(&self, so_far: Moved) -> Moved {
        self.members.iter().fold(so_far, |moved, member| {
            let cut = member.pass.and_then(|pass| self.passes[pass].cut());
            cut.map_or_else(|| moved.through(&member.filter), |part| moved.cut_to(part))
        })
    }

    /// The size of the result for a picture of this size.
    pub(crate) fn output_size(&self, input: Size) -> Size {
        self.members.iter().fold(input, |size, member| member.filter.output_size(size))
    }
}

/// An error about a filter's files, with the names of both.
fn of_filter(filter: &Filter, error: &JobError) -> JobError {
    let files: Vec<String> = filter.files().iter().map(|file| file.0.display().to_string()).collect();
    let name = filter.info().name;
    // Most say themselves which filter they are about.
    let said =
        error.detail.strip_prefix(name).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&error.detail);
    let detail = format!("{name}: {}: {said}", files.join(", "));
    JobError { os_error: error.os_error, ..JobError::new(error.stage, error.kind, detail) }
}

fn flush(recolorings: &mut Vec<Recoloring>, passes: &mut Vec<Box<dyn Loop>>) {
    if !recolorings.is_empty() {
        passes.push(Box::new(Chain::new(std::mem::take(recolorings))));
    }
}
