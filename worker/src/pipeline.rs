//! The pipeline: a recipe's filters made ready to run on picture after picture. One per lane; owns what they keep between
//! pictures (tables, stamps, the resizer's buffers).
//!
//! Neighbouring filters that look at one sample at a time become one table and one pass over the picture.

use std::path::Path;

use fast_image_resize::Resizer;
use protocol::filter::geometry::Size;
use protocol::filter::{Edges, Filter, Resize, Sepia};
use protocol::limits::Limits;
use protocol::{ErrorKind, JobError, Recipe};

use crate::filters::points::Points;
use crate::filters::watermark::Marker;
use crate::filters::{blur, edges, fail, resize, sepia};
use crate::image::{Channels, Picture};

/// A recipe, ready to run.
#[derive(Debug)]
pub struct Pipeline {
    filters: Vec<Filter>,
    steps: Vec<Step>,
    max_pixels: u64,
    resizer: Resizer,
}

/// One pass over a picture.
#[derive(Debug)]
enum Step {
    Points(Box<Points>),
    Resize(Resize),
    Blur(f32),
    Edges(Edges),
    Sepia(Sepia),
    Watermark(Box<Marker>),
}

impl Pipeline {
    /// Makes a recipe ready. `load` decodes the images that watermarks name, once; an error is the answer to every picture.
    pub fn new(
        recipe: &Recipe,
        limits: &Limits,
        load: &dyn Fn(&Path) -> Result<Picture, JobError>,
    ) -> Pipeline {
        let mut steps = Vec::new();
        let mut points = Vec::new();
        for filter in &recipe.filters {
            let step = match filter {
                Filter::Brightness(_) | Filter::Contrast(_) | Filter::Posterize(_) => {
                    points.push(filter.clone());
                    continue;
                }
                Filter::Resize(resize) => Step::Resize(resize.clone()),
                Filter::Blur(blur) => Step::Blur(blur.radius),
                Filter::Edges(edges) => Step::Edges(edges.clone()),
                Filter::Sepia(sepia) => Step::Sepia(sepia.clone()),
                Filter::Watermark(watermark) => {
                    let image = watermark.image.as_ref().map(|path| load(path.as_path()).map_err(explain));
                    Step::Watermark(Box::new(Marker::new(watermark.clone(), image)))
                }
            };
            flush(&mut points, &mut steps);
            steps.push(step);
        }
        flush(&mut points, &mut steps);
        let filters = recipe.filters.clone();
        Pipeline { filters, steps, max_pixels: limits.max_pixels, resizer: Resizer::new() }
    }

    /// Runs all filters on a picture.
    pub fn run(&mut self, mut picture: Picture) -> Result<Picture, JobError> {
        for step in &mut self.steps {
            picture = match step {
                Step::Points(points) => {
                    points.apply(&mut picture);
                    picture
                }
                Step::Resize(filter) => {
                    let plan = filter.plan(picture.size);
                    let pixels = plan.scaled.pixels().max(plan.canvas.pixels());
                    if pixels > self.max_pixels {
                        let detail =
                            format!("resize would make {pixels} pixels, {} are allowed", self.max_pixels);
                        return Err(fail(ErrorKind::TooLarge, detail));
                    }
                    resize::apply(filter, &mut self.resizer, picture)?
                }
                Step::Blur(sigma) => blur::apply(*sigma, picture)?,
                Step::Edges(filter) => edges::apply(filter, &picture),
                Step::Sepia(filter) => sepia::apply(filter, picture),
                Step::Watermark(marker) => {
                    marker.apply(&mut picture, &mut self.resizer)?;
                    picture
                }
            };
        }
        Ok(picture)
    }

    /// Bytes of memory that the filters need at the most, on top of the picture they are given: the largest pair of a step's
    /// input and output, with four channels where colour or transparency may come in between.
    pub fn memory_needed(&self, input: Size, channels: Channels, bytes_per_sample: u64) -> u64 {
        let mut size = input;
        let mut most = 0;
        for filter in &self.filters {
            let next = match filter {
                Filter::Resize(resize) => {
                    let plan = resize.plan(size);
                    let scaled = plan.scaled.pixels();
                    most = most.max(scaled.saturating_add(size.pixels()));
                    plan.canvas
                }
                Filter::Blur(_) | Filter::Edges(_) | Filter::Sepia(_) => {
                    most = most.max(size.pixels().saturating_mul(2));
                    size
                }
                Filter::Brightness(_) | Filter::Contrast(_) | Filter::Posterize(_) | Filter::Watermark(_) => {
                    size
                }
            };
            most = most.max(next.pixels());
            size = next;
        }
        most.saturating_mul(channels.count().max(4) as u64).saturating_mul(bytes_per_sample)
    }

    /// The size of the result for a picture of this size.
    pub fn output_size(&self, input: Size) -> Size {
        self.filters.iter().fold(input, |size, filter| filter.output_size(size))
    }
}

fn flush(points: &mut Vec<Filter>, steps: &mut Vec<Step>) {
    if !points.is_empty() {
        steps.push(Step::Points(Box::new(Points::new(std::mem::take(points)))));
    }
}

/// A watermark image that cannot be used is a mistake in the recipe, not in the picture.
fn explain(error: JobError) -> JobError {
    fail(ErrorKind::BadParameter, format!("watermark: its image cannot be used: {}", error.detail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Samples;

    fn pipeline(specs: &[&str]) -> Pipeline {
        let filters = specs.iter().map(|spec| spec.parse().unwrap()).collect();
        let recipe = Recipe { filters, ..Recipe::default() };
        let limits = Limits { max_pixels: 10_000, memory: 1 << 30, max_input_bytes: 1 << 30 };
        let missing =
            |_: &Path| Err(JobError::new(protocol::Stage::Read, ErrorKind::Vanished, "no such file"));
        Pipeline::new(&recipe, &limits, &missing)
    }

    fn grey() -> Picture {
        let size = Size { width: 40, height: 30 };
        Picture {
            size,
            channels: Channels::Grey,
            samples: Samples::U8((0..1200).map(|n| (n % 256) as u8).collect()),
        }
    }

    #[test]
    fn neighbours_become_one_pass() {
        assert_eq!(pipeline(&["brightness=1.2", "contrast=1.1", "blur=2", "posterize=4"]).steps.len(), 3);
        assert_eq!(pipeline(&[]).run(grey()).unwrap(), grey());
    }

    #[test]
    fn all_filters_in_a_row() {
        let mut all = pipeline(&[
            "resize=20",
            "blur=1",
            "brightness",
            "contrast",
            "sepia",
            "posterize",
            "watermark:text=x",
            "edges",
        ]);
        let result = all.run(grey()).unwrap();
        assert_eq!(result.size, all.output_size(grey().size));
        assert_eq!(result.channels, Channels::Grey);
    }

    #[test]
    fn limits_and_mistakes_are_answered() {
        let error = pipeline(&["resize:width=5000,enlarge=true"]).run(grey()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::TooLarge);
        let error = pipeline(&["watermark:image=mark.png"]).run(grey()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadParameter);
        assert!(error.detail.contains("no such file"), "{}", error.detail);
    }
}
