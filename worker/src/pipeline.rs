//! The pipeline: a recipe's filters made ready to run on picture after picture. One per lane; owns what they keep between
//! pictures (tables, stamps, the resizer's buffers).
//!
//! Neighbouring filters that look at one pixel at a time become one chain and one pass over the picture; what only moves pixels
//! goes before them. A decoder is told where the first filter needs no more than the luma or a smaller picture.

mod memory;
#[cfg(test)]
mod tests;

use std::path::Path;

use fast_image_resize::Resizer;
use protocol::limits::Limits;
use protocol::{ErrorKind, JobError};
use recipe::Recipe;
use recipe::filter::geometry::Size;
use recipe::filter::{
    Autolevels, Border, Crop, Edges, Emboss, Filter, Flip, Lut, Median, Pad, Pixelate, Resize, Rotate,
    Sharpen, Vignette,
};

use crate::codec::Wanted;
use crate::filters::chain::{Chain, Link};
use crate::filters::watermark::Marker;
use crate::filters::{
    autolevels, blur, canvas, cube, edges, emboss, fail, matrices, median, pixelate, points, resize, sharpen,
    turn, unusable, vignette,
};
use crate::image::Picture;

/// A recipe, ready to run.
#[derive(Debug)]
pub struct Pipeline {
    filters: Vec<Filter>,
    steps: Vec<Step>,
    max_pixels: u64,
    resizer: Resizer,
}

/// How the files that filters name are read, once, while the pipeline is made.
pub struct Files<'a> {
    /// The content of a file.
    pub bytes: &'a dyn Fn(&Path) -> Result<Vec<u8>, JobError>,
    /// The picture in a file, in sRGB.
    pub picture: &'a dyn Fn(&Path) -> Result<Picture, JobError>,
}

/// One pass over a picture.
#[derive(Debug)]
enum Step {
    Chain(Chain),
    Autolevels(Autolevels),
    Resize(Resize),
    Crop(Crop),
    Rotate(Rotate),
    Flip(Flip),
    Pad(Pad),
    Border(Border),
    Blur(f32),
    Sharpen(Sharpen),
    Median(Median),
    Edges(Edges),
    Emboss(Emboss),
    Vignette(Vignette),
    Pixelate(Pixelate),
    Watermark(Box<Marker>),
    /// A filter whose files cannot be used: the answer to every picture.
    Broken(JobError),
}

/// What a filter becomes.
enum Part {
    Links(Vec<Link>),
    Step(Step),
}

impl Pipeline {
    /// Makes a recipe ready. A file that cannot be used is the answer to every picture.
    pub fn new(recipe: &Recipe, limits: &Limits, files: &Files<'_>) -> Pipeline {
        let mut steps = Vec::new();
        let mut links = Vec::new();
        for filter in &recipe.filters {
            match part(filter, files).unwrap_or_else(|error| Part::Step(Step::Broken(error))) {
                Part::Links(more) => links.extend(more),
                Part::Step(step) => {
                    // What only moves pixels does so before they are changed: a crop leaves fewer of them.
                    if !step.only_moves_pixels() {
                        flush(&mut links, &mut steps);
                    }
                    steps.push(step);
                }
            }
        }
        flush(&mut links, &mut steps);
        let filters = recipe.filters.clone();
        Pipeline { filters, steps, max_pixels: limits.max_pixels, resizer: Resizer::new() }
    }

    /// What of a picture of this size the filters use.
    pub(crate) fn wanted(&self, size: Size) -> Wanted {
        match self.steps.iter().find(|step| !step.only_moves_pixels()) {
            Some(Step::Edges(_) | Step::Emboss(_)) => Wanted { luma_only: true, ..Wanted::ALL },
            Some(Step::Chain(chain)) => Wanted { luma_only: chain.starts_with_luma(), ..Wanted::ALL },
            Some(_) | None => match self.steps.first() {
                Some(Step::Resize(filter)) => Wanted { shrink: resize::shrink(filter, size), ..Wanted::ALL },
                Some(_) | None => Wanted::ALL,
            },
        }
    }

    /// Runs all filters on a picture. `size` is that of the whole picture: it may have been decoded smaller, as far as
    /// [`Pipeline::wanted`] allows.
    pub fn run(&mut self, mut picture: Picture, mut size: Size) -> Result<Picture, JobError> {
        self.check_sizes(size)?;
        let Pipeline { steps, resizer, .. } = self;
        for step in steps {
            picture = step.run(picture, size, resizer)?;
            size = picture.size;
        }
        Ok(picture)
    }

    /// Refuses to make a picture beyond the limit of one of this size, be it on the way.
    fn check_sizes(&self, mut size: Size) -> Result<(), JobError> {
        for filter in &self.filters {
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

    /// The size of the result for a picture of this size.
    pub(crate) fn output_size(&self, input: Size) -> Size {
        self.filters.iter().fold(input, |size, filter| filter.output_size(size))
    }
}

impl Step {
    fn run(&mut self, mut picture: Picture, size: Size, resizer: &mut Resizer) -> Result<Picture, JobError> {
        Ok(match self {
            Step::Chain(chain) => chain.apply(picture),
            Step::Autolevels(filter) => autolevels::apply(filter, picture),
            Step::Resize(filter) => resize::apply(filter, resizer, picture, size)?,
            Step::Crop(filter) => canvas::crop(filter, picture),
            Step::Rotate(filter) => turn::rotate(filter, picture),
            Step::Flip(filter) => turn::flip(filter, picture),
            Step::Pad(filter) => canvas::pad(filter, picture),
            Step::Border(filter) => canvas::border(filter, picture),
            Step::Blur(sigma) => blur::apply(*sigma, picture),
            Step::Sharpen(filter) => sharpen::apply(filter, picture),
            Step::Median(filter) => median::apply(filter, &picture),
            Step::Edges(filter) => edges::apply(filter, &picture),
            Step::Emboss(filter) => emboss::apply(filter, &picture),
            Step::Vignette(filter) => vignette::apply(filter, picture),
            Step::Pixelate(filter) => pixelate::apply(filter, picture),
            Step::Watermark(marker) => {
                marker.apply(&mut picture, resizer)?;
                picture
            }
            Step::Broken(error) => return Err(error.clone()),
        })
    }

    /// Whether every pixel of the result is one of the input, so that it does not matter whether it comes before or after filters
    /// that look at one pixel at a time.
    fn only_moves_pixels(&self) -> bool {
        match self {
            Step::Crop(_) | Step::Flip(_) => true,
            Step::Rotate(filter) => filter.quarters().is_some(),
            Step::Chain(_)
            | Step::Autolevels(_)
            | Step::Resize(_)
            | Step::Pad(_)
            | Step::Border(_)
            | Step::Blur(_)
            | Step::Sharpen(_)
            | Step::Median(_)
            | Step::Edges(_)
            | Step::Emboss(_)
            | Step::Vignette(_)
            | Step::Pixelate(_)
            | Step::Watermark(_)
            | Step::Broken(_) => false,
        }
    }
}

/// What a filter becomes; the error is about its files.
fn part(filter: &Filter, files: &Files<'_>) -> Result<Part, JobError> {
    let link = |link| Part::Links(vec![link]);
    Ok(match filter {
        Filter::Brightness(filter) => link(points::brightness(filter)),
        Filter::Contrast(filter) => link(points::contrast(filter)),
        Filter::Posterize(filter) => link(points::posterize(filter)),
        Filter::Invert(_) => link(points::invert()),
        Filter::Solarize(filter) => link(points::solarize(filter)),
        Filter::Threshold(filter) => Part::Links(vec![Link::Grey, points::threshold(filter)]),
        Filter::Gamma(filter) => link(points::gamma(filter)),
        Filter::Exposure(filter) => link(points::exposure(filter)),
        Filter::Levels(filter) => link(points::levels(filter)),
        Filter::Temperature(filter) => link(points::temperature(filter)),
        Filter::Tint(filter) => link(points::tint(filter)),
        Filter::Grayscale(_) => link(Link::Grey),
        Filter::Sepia(filter) => link(matrices::sepia(filter)),
        Filter::Saturation(filter) => link(matrices::saturation(filter)),
        Filter::Hue(filter) => link(matrices::hue(filter)),
        Filter::Lut(lut) => link(look_up_table(lut, files)?),
        Filter::Autolevels(filter) => Part::Step(Step::Autolevels(filter.clone())),
        Filter::Resize(filter) => Part::Step(Step::Resize(filter.clone())),
        Filter::Crop(filter) => Part::Step(Step::Crop(filter.clone())),
        Filter::Rotate(filter) => Part::Step(Step::Rotate(filter.clone())),
        Filter::Flip(filter) => Part::Step(Step::Flip(filter.clone())),
        Filter::Pad(filter) => Part::Step(Step::Pad(filter.clone())),
        Filter::Border(filter) => Part::Step(Step::Border(filter.clone())),
        Filter::Blur(filter) => Part::Step(Step::Blur(filter.radius)),
        Filter::Sharpen(filter) => Part::Step(Step::Sharpen(filter.clone())),
        Filter::Median(filter) => Part::Step(Step::Median(filter.clone())),
        Filter::Edges(filter) => Part::Step(Step::Edges(filter.clone())),
        Filter::Emboss(filter) => Part::Step(Step::Emboss(filter.clone())),
        Filter::Vignette(filter) => Part::Step(Step::Vignette(filter.clone())),
        Filter::Pixelate(filter) => Part::Step(Step::Pixelate(filter.clone())),
        Filter::Watermark(filter) => {
            Part::Step(Step::Watermark(Box::new(Marker::new(filter.clone(), files)?)))
        }
    })
}

fn look_up_table(lut: &Lut, files: &Files<'_>) -> Result<Link, JobError> {
    // The recipe's check has seen to it that there is a file.
    let file = lut.file.clone().unwrap_or_default();
    let bytes = (files.bytes)(file.as_path()).map_err(|error| unusable("lut: its file", &error))?;
    cube::link(&bytes, lut.strength)
}

fn flush(links: &mut Vec<Link>, steps: &mut Vec<Step>) {
    if !links.is_empty() {
        steps.push(Step::Chain(Chain::new(std::mem::take(links))));
    }
}
