//! Crop and trim: the same pixels, fewer of them. Owns the part that the last picture was cut to, where the
//! picture decides.

use protocol::JobError;
use recipe::filter::geometry::{Cutout, Size};
use recipe::filter::{Color, Crop, Trim};
use resample::Resampler;

use super::canvas::cut;
use super::run::{Files, Loop, Ready, Runnable};
use super::saliency;
use super::sample::{Sample, color_samples};
use crate::image::{Extent, Picture, Samples};

impl Runnable for Crop {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        match self.anchor.fixed() {
            Some(_) => Ready::alone(self.clone()),
            None => Ready::alone(Smart { crop: self.clone(), last: None }),
        }
    }
}

impl Loop for Crop {
    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        let part = self.plan(picture.size);
        Ok(cut(picture, part))
    }

    fn only_moves_pixels(&self) -> bool {
        true
    }
}

/// A crop of the part where there is most to see.
#[derive(Debug)]
struct Smart {
    crop: Crop,
    last: Option<Cutout>,
}

impl Loop for Smart {
    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        let Cutout { size, .. } = self.crop.plan(picture.size);
        let (x, y) = saliency::best_place(&picture, size);
        let part = Cutout { x, y, size };
        self.last = Some(part);
        Ok(cut(picture, part))
    }

    fn cut(&self) -> Option<Cutout> {
        self.last
    }

    fn bytes_beside(&self, size: Size) -> u64 {
        saliency::bytes(size)
    }
}

impl Runnable for Trim {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(Trimming { trim: self.clone(), last: None })
    }
}

#[derive(Debug)]
struct Trimming {
    trim: Trim,
    last: Option<Cutout>,
}

impl Loop for Trimming {
    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        let part = inside(&self.trim, &picture);
        self.last = Some(part);
        Ok(cut(picture, part))
    }

    fn cut(&self) -> Option<Cutout> {
        self.last
    }
}

/// The part of a picture within its border: all of it where nothing but border is to be seen.
fn inside(trim: &Trim, picture: &Picture) -> Cutout {
    match &picture.samples {
        Samples::U8(samples) => within(trim, samples, picture),
        Samples::U16(samples) => within(trim, samples, picture),
    }
}

fn within<T: Sample>(trim: &Trim, samples: &[T], picture: &Picture) -> Cutout {
    let (size, channels) = (picture.size, picture.channels);
    let count = channels.count();
    let border: Vec<T> = match trim.color {
        None => samples[..count].to_vec(),
        Some(Color(color)) => {
            let opaque = channels.has_alpha().then(|| T::from_level(T::DEPTH.max));
            color_samples(color, channels.color_count()).into_iter().chain(opaque).collect()
        }
    };
    let most = trim.tolerance * T::DEPTH.max;
    let differs = |pixel: &&[T]| {
        let mut pairs = pixel.iter().zip(&border);
        pairs.any(|(sample, border)| (sample.level() - border.level()).abs() > most)
    };
    let (mut left, mut right) = (size.width as usize, 0);
    let (mut top, mut bottom) = (size.height as usize, 0);
    for (y, row) in samples.chunks_exact(size.width as usize * count).enumerate() {
        let Some(first) = row.chunks_exact(count).position(|pixel| differs(&pixel)) else { continue };
        let last = row.chunks_exact(count).rposition(|pixel| differs(&pixel)).unwrap_or(first);
        (left, right) = (left.min(first), right.max(last + 1));
        (top, bottom) = (top.min(y), y + 1);
    }
    if left >= right {
        return Cutout { x: 0, y: 0, size };
    }
    let size = Size { width: (right - left) as u32, height: (bottom - top) as u32 };
    Cutout { x: left as u32, y: top as u32, size }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, filtered, pictures};
    use super::*;
    use crate::image::Channels;

    #[test]
    fn a_part_keeps_its_pixels() {
        for picture in pictures() {
            let cropped = filtered("crop:width=5,height=3,x=2,y=1", &picture);
            let (left, top) = (2.min(picture.size.width - 1), 1.min(picture.size.height - 1));
            for y in 0..cropped.size.height {
                for x in 0..cropped.size.width {
                    let from = at(&picture, i64::from(x + left), i64::from(y + top));
                    assert_eq!(at(&cropped, i64::from(x), i64::from(y)), from);
                }
            }
        }
    }

    #[test]
    fn a_border_is_trimmed_and_what_has_none_stays() {
        for picture in pictures() {
            for spec in [
                "border:width=3,color=red",
                "border:width=4,color=gray",
                "pad:width=30,height=20,color=black",
            ] {
                let framed = filtered(spec, &picture);
                let trimmed = filtered("trim=0", &framed);
                // A pixel at the edge may happen to have the border's colour.
                assert!(trimmed.size.pixels() <= picture.size.pixels(), "{spec}");
                if picture.size.pixels() > 20 {
                    assert_eq!(filtered("trim=0", &trimmed).size, trimmed.size);
                }
            }
        }
        let size = Size { width: 4, height: 3 };
        let samples = Samples::U8(vec![250, 251, 250, 249, 250, 90, 80, 250, 252, 250, 250, 250]);
        let picture = Picture { size, channels: Channels::Grey, samples };
        let trimmed = filtered("trim", &picture);
        assert_eq!(
            (trimmed.size, trimmed.samples),
            (Size { width: 2, height: 1 }, Samples::U8(vec![90, 80]))
        );
        assert_eq!(filtered("trim:tolerance=0.9", &picture), picture, "nothing but border");
        assert_eq!(filtered("trim:color=black", &picture), picture);
    }

    #[test]
    fn a_smart_crop_finds_what_there_is_to_see() {
        // A plain sky, and one pattern at the right.
        let size = Size { width: 300, height: 100 };
        let sample = |at: u32| {
            let (x, y) = (at % 300, at / 300);
            if (220..260).contains(&x) && (30..70).contains(&y) && (x / 4 + y / 4) % 2 == 0 {
                220
            } else {
                90
            }
        };
        let samples = Samples::U8((0..30_000).map(sample).collect());
        let picture = Picture { size, channels: Channels::Grey, samples };
        let mut smart = Smart { crop: crop("crop:aspect=1:1,anchor=smart"), last: None };
        let result = smart.run(picture.clone(), size.into(), &mut Resampler::default()).unwrap();
        assert_eq!(result.size, Size { width: 100, height: 100 });
        let part = smart.cut().unwrap();
        assert!((165..=200).contains(&part.x), "{part:?}");
        assert_eq!(result, cut(picture, part));
    }

    fn crop(spec: &str) -> Crop {
        let Ok(recipe::Filter::Crop(crop)) = spec.parse() else { panic!("not a crop") };
        crop
    }
}
