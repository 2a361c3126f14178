//! Watermark: a text or an image laid over the picture, once or all over it.
//!
//! Lengths are shares of the short edge, so that portrait and landscape pictures look alike; a mark that
//! would be wider than the picture between its margins is made smaller. On a grey picture the mark is grey
//! too.

use std::ops::Range;

use multiversion::multiversion;
use protocol::JobError;
use recipe::filter::Watermark;
use recipe::filter::geometry::Size;
use recipe::template::TokenValues;
use resample::Resampler;

use super::run::{Files, Loop, Ready, Runnable};
use super::sample::Sample;
use super::stamp::{self, Stamp};
use super::text::{self, Layout, TextMark};
use super::{luma, unusable};
use crate::image::{Channels, Extent, Picture, Samples};

/// What a watermark is made from.
#[derive(Debug)]
enum Mark {
    Image(Picture),
    TextMark(TextMark),
}

/// A watermark with its files loaded, and the stamp of the last picture: the next one often has the same
/// size.
#[derive(Debug)]
pub(crate) struct WatermarkPass {
    watermark: Watermark,
    mark: Mark,
    last: Option<(Size, Stamp)>,
}

impl Runnable for Watermark {
    fn ready(&self, files: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(WatermarkPass::new(self.clone(), files)?)
    }
}

impl Loop for WatermarkPass {
    fn fill_in(&mut self, values: &dyn TokenValues, warnings: &mut Vec<String>) -> Result<(), JobError> {
        let Mark::TextMark(text) = &mut self.mark else { return Ok(()) };
        if text.fill_in(values, warnings)? {
            self.last = None;
        }
        Ok(())
    }

    fn run(
        &mut self,
        mut picture: Picture,
        _: Extent,
        resampler: &mut Resampler,
    ) -> Result<Picture, JobError> {
        self.apply(&mut picture, resampler)?;
        Ok(picture)
    }

    /// The stamp, and what it is made from.
    fn bytes_beside(&self, size: Size) -> u64 {
        let (upright, making) = match &self.mark {
            Mark::Image(image) => {
                // A copy of the image and what the resampler keeps between its two directions; the scaled
                // image, its samples in 8 bits, and the stamp.
                let upright = self.image_size(image, size);
                (upright, image.bytes().saturating_mul(2).saturating_add(upright.pixels().saturating_mul(24)))
            }
            Mark::TextMark(text) => {
                let layout = match text.is_filled_in() {
                    true => Layout::largest(&self.watermark, self.height(size), self.room(size)),
                    false => self.layout(text, size),
                };
                (layout.size, layout.memory_needed())
            }
        };
        let turned = stamp::turned_size(upright, self.watermark.angle);
        making.saturating_add(turned.pixels().saturating_mul(size_of::<[u8; 4]>() as u64))
    }
}

impl WatermarkPass {
    /// Loads the image, or the fonts.
    pub(crate) fn new(watermark: Watermark, files: &Files<'_>) -> Result<Self, JobError> {
        let mark = match &watermark.image {
            Some(path) => Mark::Image(
                (files.picture)(path.as_path()).map_err(|e| unusable("watermark: its image", &e))?,
            ),
            None => Mark::TextMark(TextMark::new(&watermark, files)?),
        };
        Ok(Self { watermark, mark, last: None })
    }

    /// Lays the mark over the picture.
    pub(crate) fn apply(&mut self, picture: &mut Picture, resampler: &mut Resampler) -> Result<(), JobError> {
        let size = picture.size;
        if self.last.as_ref().is_none_or(|(known, _)| *known != size) {
            // Not kept while its successor is made.
            self.last = None;
            self.last = Some((size, self.stamp(size, resampler)?));
        }
        if let Some((_, stamp)) = &self.last {
            for corner in self.corners(size, stamp.size) {
                lay_over(picture, stamp, corner, self.watermark.opacity);
            }
        }
        Ok(())
    }

    fn stamp(&self, size: Size, resampler: &mut Resampler) -> Result<Stamp, JobError> {
        let stamp = match &self.mark {
            Mark::Image(image) => Stamp::image(image, self.image_size(image, size), resampler)?,
            Mark::TextMark(text) => text::stamp(&self.watermark, text, &self.layout(text, size)),
        };
        Ok(stamp.turned(self.watermark.angle))
    }

    fn image_size(&self, image: &Picture, size: Size) -> Size {
        stamp::image_size(image.size, self.height(size).round() as u32, self.room(size))
    }

    fn layout(&self, text: &TextMark, size: Size) -> Layout {
        Layout::new(&self.watermark, text, self.height(size), self.room(size))
    }

    fn height(&self, size: Size) -> f32 {
        self.watermark.scale * size.short_edge() as f32
    }

    /// The width between the margins.
    fn room(&self, size: Size) -> u32 {
        size.width.saturating_sub(2 * self.margin(size))
    }

    fn margin(&self, size: Size) -> u32 {
        (self.watermark.margin * size.short_edge() as f32).round() as u32
    }

    /// The top left corners of the stamps: one where the anchor says, or a grid with gaps of one stamp's
    /// height.
    fn corners(&self, size: Size, stamp: Size) -> Vec<(i64, i64)> {
        let margin = i64::from(self.margin(size));
        let (width, height) = (i64::from(size.width), i64::from(size.height));
        let (stamp_width, stamp_height) = (i64::from(stamp.width), i64::from(stamp.height));
        if self.watermark.tile {
            let gap = stamp_height.max(4);
            let rows = (margin..height).step_by((stamp_height + gap) as usize);
            let columns = || (margin..width).step_by((stamp_width + gap) as usize);
            return rows.flat_map(|y| columns().map(move |x| (x, y))).collect();
        }
        let room = |edge: i64, stamp: i64| edge - stamp - 2 * margin;
        let (x, y) = self.watermark.anchor.place(room(width, stamp_width), room(height, stamp_height));
        let from_edge = |given: Option<u32>, anchored: i64| given.map_or(margin + anchored, i64::from);
        vec![(from_edge(self.watermark.x, x), from_edge(self.watermark.y, y))]
    }
}

/// Porter and Duff's "over", for the part of the stamp that is on the picture.
fn lay_over(picture: &mut Picture, stamp: &Stamp, corner: (i64, i64), opacity: f32) {
    let Picture { size, channels, samples } = picture;
    match samples {
        Samples::U8(samples) => lay_rows_over(samples, *size, *channels, stamp, corner, opacity),
        Samples::U16(samples) => lay_rows_over(samples, *size, *channels, stamp, corner, opacity),
    }
}

fn lay_rows_over<T: Sample>(
    samples: &mut [T],
    size: Size,
    channels: Channels,
    stamp: &Stamp,
    (left, top): (i64, i64),
    opacity: f32,
) {
    let (columns, rows) =
        (on_picture(left, stamp.size.width, size.width), on_picture(top, stamp.size.height, size.height));
    if columns.is_empty() {
        return;
    }
    let count = channels.count();
    let first = (left + columns.start as i64) as usize;
    for y in rows {
        let source = &stamp.pixels[y * stamp.size.width as usize..][columns.clone()];
        let start = (top + y as i64) as usize * size.width as usize + first;
        let target = &mut samples[start * count..][..source.len() * count];
        match channels {
            Channels::Grey => lay_row_over::<T, 1>(target, source, opacity),
            Channels::GreyAlpha => lay_row_over::<T, 2>(target, source, opacity),
            Channels::Rgb => lay_row_over::<T, 3>(target, source, opacity),
            Channels::Rgba => lay_row_over::<T, 4>(target, source, opacity),
        }
    }
}

/// The part of a stamp's edge, which begins at `start`, that is on the picture.
fn on_picture(start: i64, stamp: u32, picture: u32) -> Range<usize> {
    let end = (i64::from(picture) - start).clamp(0, i64::from(stamp));
    (-start).clamp(0, end) as usize..end as usize
}

#[multiversion(targets("x86_64+avx2"))]
fn lay_row_over<T: Sample, const COUNT: usize>(row: &mut [T], stamp: &[[u8; 4]], opacity: f32) {
    for (pixel, [r, g, b, a]) in row.as_chunks_mut::<COUNT>().0.iter_mut().zip(stamp) {
        let [r, g, b, a] = [r, g, b, a].map(|value| f32::from(*value) / 255.0);
        let alpha = a * opacity;
        if alpha <= 0.0 {
            continue;
        }
        let colors = if COUNT > 2 { 3 } else { 1 };
        let over = if colors == 3 { [r, g, b] } else { [luma(r, g, b); 3] };
        if colors == COUNT {
            for (sample, over) in pixel.iter_mut().zip(over) {
                *sample = T::from_level(over * T::DEPTH.max * alpha + sample.level() * (1.0 - alpha));
            }
            continue;
        }
        let under = pixel[colors].level() / T::DEPTH.max * (1.0 - alpha);
        let together = alpha + under;
        for (sample, over) in pixel[..colors].iter_mut().zip(over) {
            *sample = T::from_level((over * T::DEPTH.max * alpha + sample.level() * under) / together);
        }
        pixel[colors] = T::from_level(together * T::DEPTH.max);
    }
}

#[cfg(test)]
mod tests {
    use super::super::fail;
    use super::super::testing::{at, floats, no_files, parse, pictures};
    use super::*;
    use protocol::ErrorKind;
    use recipe::Filter;
    use std::path::Path;

    fn marker(spec: &str, image: Option<Picture>) -> WatermarkPass {
        let Filter::Watermark(watermark) = parse(spec) else { panic!("not a watermark") };
        let missing = || fail(ErrorKind::Vanished, "no such file");
        let picture = |_: &Path| image.clone().ok_or_else(missing);
        WatermarkPass::new(watermark, &Files { picture: &picture, ..no_files() }).unwrap()
    }

    fn white(width: u32, height: u32) -> Picture {
        let size = Size { width, height };
        Picture { size, channels: Channels::Rgb, samples: Samples::U8(vec![255; size.pixels() as usize * 3]) }
    }

    #[test]
    fn the_anchor_says_where_and_opacity_how_much() {
        let black = Picture { samples: Samples::U8(vec![0; 300]), ..white(10, 10) };
        for (anchor, x, y) in
            [("top-left", 5, 5), ("center", 50, 50), ("bottom-right", 94, 94), ("right", 94, 50)]
        {
            let mut picture = white(100, 100);
            let spec = format!("watermark:image=mark.png,anchor={anchor},scale=0.1,margin=0,opacity=0.4");
            marker(&spec, Some(black.clone())).apply(&mut picture, &mut Resampler::default()).unwrap();
            assert_eq!(at(&picture, x, y), [153.0; 3], "{anchor}");
            let marked = (0..100).flat_map(|y| (0..100).map(move |x| (x, y)));
            assert_eq!(marked.filter(|(x, y)| at(&picture, *x, *y)[0] < 255.0).count(), 100, "{anchor}");
        }
    }

    #[test]
    fn a_distance_from_the_edge_goes_before_the_anchor() {
        let black = Picture { samples: Samples::U8(vec![0; 300]), ..white(10, 10) };
        for (place, left, top) in [("x=3,y=70", 3, 70), ("x=95,anchor=top", 95, 20), ("y=0", 70, 0)] {
            let mut picture = white(100, 100);
            let spec = format!("watermark:image=mark.png,{place},scale=0.1,margin=0.2,opacity=1");
            marker(&spec, Some(black.clone())).apply(&mut picture, &mut Resampler::default()).unwrap();
            let marked = (0..100).flat_map(|y| (0..100).map(move |x| (x, y)));
            let marked: Vec<_> = marked.filter(|(x, y)| at(&picture, *x, *y)[0] < 255.0).collect();
            let corner = (marked.iter().map(|m| m.0).min(), marked.iter().map(|m| m.1).min());
            assert_eq!(corner, (Some(left), Some(top)), "{place}");
        }
    }

    #[test]
    fn tiles_cover_the_picture() {
        let mut picture = white(200, 100);
        let mut marker = marker("watermark:text=proof,tile=true,color=black,opacity=1,scale=0.1", None);
        marker.apply(&mut picture, &mut Resampler::default()).unwrap();
        for corner in [(0, 0), (100, 0), (0, 50), (100, 50)] {
            let dark = (0..50).flat_map(|y| (0..100).map(move |x| (x, y)));
            let dark = dark.filter(|(x, y)| at(&picture, corner.0 + x, corner.1 + y)[0] < 128.0);
            assert!(dark.count() > 20, "{corner:?}");
        }
    }

    #[test]
    fn any_picture_can_be_marked() {
        for mut picture in pictures() {
            let before = picture.clone();
            let mut marker = marker("watermark:text=© Ñandú,opacity=1,angle=30,scale=0.5", None);
            marker.apply(&mut picture, &mut Resampler::default()).unwrap();
            assert_eq!((picture.size, picture.channels), (before.size, before.channels));
            // On 13 × 7 pixels there is room for letters.
            assert!(picture != before || picture.size.width < 13, "{:?}", picture.channels);
            let (before, after) = (floats(&before), floats(&picture));
            let count = picture.channels.count();
            for (before, after) in before.chunks(count).zip(after.chunks(count)) {
                // What is laid over a pixel makes it no more transparent.
                assert!(!picture.channels.has_alpha() || after.last() >= before.last());
            }
        }
    }
}
