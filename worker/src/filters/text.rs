//! Text as a stamp: one line in any TrueType or OpenType font, with an outline and a shadow if asked for. No state.

use ab_glyph::{Font, FontArc, PxScale, ScaleFont, point};
use protocol::filter::geometry::Size;
use protocol::filter::{Color, Watermark};
use protocol::{ErrorKind, JobError};

use super::stamp::Stamp;
use super::{blur, fail};
use crate::image::{Channels, Picture, Samples};

/// Opacity of a shadow where it is darkest.
const SHADOW: f32 = 0.75;

/// Reads a font; without a file DejaVu Sans.
pub(super) fn font(file: Option<Vec<u8>>) -> Result<FontArc, JobError> {
    let font = match file {
        Some(bytes) => FontArc::try_from_vec(bytes),
        None => FontArc::try_from_slice(dejavu::sans::regular()),
    };
    font.map_err(|_| {
        fail(ErrorKind::BadParameter, "watermark: font: the file is no TrueType or OpenType font")
    })
}

/// The text of a watermark. `height` is the distance in pixels from the top of the tallest letters to the bottom of the deepest;
/// outline and shadow come on top of it.
pub(super) fn stamp(watermark: &Watermark, font: &FontArc, height: f32) -> Stamp {
    let height = height.max(1.0);
    let outline = watermark.outline * height;
    let shadow = watermark.shadow * height;
    // Room around the letters: a shadow is blurred over twice its distance.
    let before = outline.ceil() as usize;
    let after = before + (shadow * 3.0).ceil() as usize;
    let letters = Mask::of(watermark.text.as_deref().unwrap_or_default(), font, height, before, after);

    let mut stamp = Stamp { size: letters.size(), pixels: vec![[0; 4]; letters.coverage.len()] };
    let outlined = if outline > 0.0 { letters.grown(outline) } else { letters.clone() };
    if shadow > 0.0 {
        lay(&mut stamp, &outlined.moved(shadow.round() as usize).blurred(shadow / 2.0), [0; 3], SHADOW);
    }
    if outline > 0.0 {
        let Color(color) = watermark.outline_color;
        lay(&mut stamp, &outlined, color, 1.0);
    }
    lay(&mut stamp, &letters, watermark.color.0, 1.0);
    stamp
}

/// Lays a colour over the stamp, as much as the mask says.
fn lay(stamp: &mut Stamp, mask: &Mask, color: [u8; 3], opacity: f32) {
    for (pixel, coverage) in stamp.pixels.iter_mut().zip(&mask.coverage) {
        let over = coverage * opacity;
        let under = f32::from(pixel[3]) / 255.0 * (1.0 - over);
        let together = over + under;
        if over > 0.0 {
            for (below, above) in pixel.iter_mut().zip(color) {
                *below = ((f32::from(above) * over + f32::from(*below) * under) / together).round() as u8;
            }
            pixel[3] = (together * 255.0).round() as u8;
        }
    }
}

/// How much of each pixel is covered, 0–1.
#[derive(Debug, Clone)]
struct Mask {
    width: usize,
    coverage: Vec<f32>,
}

impl Mask {
    /// The letters of a text, with room before (left and above) and after (right and below).
    fn of(text: &str, font: &FontArc, height: f32, before: usize, after: usize) -> Mask {
        let font = font.as_scaled(PxScale::from(height));
        let (mut pen, mut last) = (0.0, None);
        let mut glyphs = Vec::new();
        for c in text.chars() {
            let id = font.glyph_id(c);
            pen += last.map_or(0.0, |last| font.kern(last, id));
            glyphs.push(id.with_scale_and_position(font.scale(), point(pen, font.ascent())));
            pen += font.h_advance(id);
            last = Some(id);
        }
        let width = (pen.ceil() as usize).max(1) + before + after;
        let rows = (font.height().ceil() as usize).max(1) + before + after;
        let mut coverage = vec![0.0f32; width * rows];
        for outline in glyphs.into_iter().filter_map(|glyph| font.outline_glyph(glyph)) {
            let bounds = outline.px_bounds();
            outline.draw(|x, y, covered| {
                let x = bounds.min.x as i64 + i64::from(x) + before as i64;
                let y = bounds.min.y as i64 + i64::from(y) + before as i64;
                if (0..width as i64).contains(&x) && (0..rows as i64).contains(&y) {
                    let pixel = &mut coverage[y as usize * width + x as usize];
                    *pixel = pixel.max(covered.min(1.0));
                }
            });
        }
        Mask { width, coverage }
    }

    fn size(&self) -> Size {
        Size { width: self.width as u32, height: (self.coverage.len() / self.width) as u32 }
    }

    /// Everything within this many pixels of what is at least half covered.
    fn grown(&self, by: f32) -> Mask {
        let far = f32::MAX / 4.0;
        let mut squares: Vec<f32> = self.coverage.iter().map(|c| if *c >= 0.5 { 0.0 } else { far }).collect();
        let height = squares.len() / self.width;
        for x in 0..self.width {
            let column: Vec<f32> = (0..height).map(|y| squares[y * self.width + x]).collect();
            for (y, square) in nearest_squares(&column).into_iter().enumerate() {
                squares[y * self.width + x] = square;
            }
        }
        for row in squares.chunks_exact_mut(self.width) {
            let nearest = nearest_squares(row);
            row.copy_from_slice(&nearest);
        }
        let grown = |(square, own): (&f32, &f32)| (by + 0.5 - square.sqrt()).clamp(*own, 1.0);
        Mask { width: self.width, coverage: squares.iter().zip(&self.coverage).map(grown).collect() }
    }

    /// Moved right and down.
    fn moved(&self, by: usize) -> Mask {
        let mut coverage = vec![0.0; self.coverage.len()];
        for (row, target) in
            self.coverage.chunks_exact(self.width).zip(coverage.chunks_exact_mut(self.width).skip(by))
        {
            target[by.min(self.width)..].copy_from_slice(&row[..self.width - by.min(self.width)]);
        }
        Mask { width: self.width, coverage }
    }

    fn blurred(&self, sigma: f32) -> Mask {
        let samples = self.coverage.iter().map(|c| (c * 65_535.0).round() as u16).collect();
        let picture = Picture { size: self.size(), channels: Channels::Grey, samples: Samples::U16(samples) };
        let coverage = match blur::apply(sigma, picture).samples {
            Samples::U16(samples) => samples.into_iter().map(|v| f32::from(v) / 65_535.0).collect(),
            Samples::U8(samples) => samples.into_iter().map(|v| f32::from(v) / 255.0).collect(),
        };
        Mask { width: self.width, coverage }
    }
}

/// For each place the least of value + distance² over all places: the lower envelope of parabolas (Felzenszwalb and Huttenlocher,
/// "Distance Transforms of Sampled Functions", 2012).
fn nearest_squares(values: &[f32]) -> Vec<f32> {
    // Each parabola of the envelope with the place from which on it is the lowest.
    let mut envelope: Vec<(usize, f32)> = Vec::new();
    for (place, value) in values.iter().enumerate() {
        let meets = |other: usize| {
            let (q, p) = (place as f32, other as f32);
            ((value + q * q) - (values[other] + p * p)) / (2.0 * (q - p))
        };
        while envelope.last().is_some_and(|(other, from)| meets(*other) <= *from) {
            envelope.pop();
        }
        let from = envelope.last().map_or(f32::NEG_INFINITY, |(other, _)| meets(*other));
        envelope.push((place, from));
    }
    let mut lowest = 0;
    (0..values.len())
        .map(|place| {
            while envelope.get(lowest + 1).is_some_and(|(_, from)| *from < place as f32) {
                lowest += 1;
            }
            let other = envelope.get(lowest).map_or(place, |(other, _)| *other);
            let distance = place.abs_diff(other) as f32;
            values[other] + distance * distance
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::parse;
    use super::*;
    use protocol::Filter;

    fn made(spec: &str, height: f32) -> Stamp {
        let Filter::Watermark(watermark) = parse(spec) else { panic!("not a watermark") };
        stamp(&watermark, &font(None).unwrap(), height)
    }

    #[test]
    fn text_has_its_height_and_leaves_marks() {
        let stamp = made("watermark:text=© Estudio,color=#010203", 40.0);
        assert_eq!(stamp.size.height, 40);
        assert!(stamp.size.width > 100, "{:?}", stamp.size);
        assert!(stamp.pixels.contains(&[1, 2, 3, 255]));
        made("watermark:text=tiny", 0.1);
    }

    #[test]
    fn an_outline_surrounds_the_letters() {
        let stamp = made("watermark:text=I,color=white,outline=0.1,outline_color=red", 40.0);
        assert_eq!(stamp.size.height, 48);
        let width = stamp.size.width as usize;
        let row = &stamp.pixels[24 * width..25 * width];
        let first = row.iter().position(|p| p[3] == 255).unwrap();
        let red = row[first..].iter().take_while(|p| **p == [255, 0, 0, 255]).count();
        assert!((3..=5).contains(&red), "{red} pixels of outline: {row:?}");
        assert!(row.contains(&[255, 255, 255, 255]));
    }

    #[test]
    fn a_shadow_lies_right_and_below() {
        let plain = made("watermark:text=I", 40.0);
        let stamp = made("watermark:text=I,shadow=0.1", 40.0);
        assert!(stamp.size.height > plain.size.height);
        let dark: Vec<_> = stamp.pixels.iter().filter(|p| p[3] > 60 && p[0] < 50).collect();
        assert!(dark.len() > 20, "{}", dark.len());
        let last = stamp.pixels.len() - 1;
        assert_eq!(stamp.pixels[last][3], 0, "the shadow is not cut off");
    }

    #[test]
    fn distances_are_exact() {
        let far = f32::MAX / 4.0;
        assert_eq!(nearest_squares(&[far, 0.0, far, far, 0.0]), [1.0, 0.0, 1.0, 1.0, 0.0]);
        assert_eq!(nearest_squares(&[far, far, far, 0.0, far]), [9.0, 4.0, 1.0, 0.0, 1.0]);
        assert_eq!(nearest_squares(&[9.0, 2.0, 1.0]), [3.0, 2.0, 1.0]);
    }

    #[test]
    fn what_is_no_font_is_said() {
        assert!(font(Some(b"%PDF".to_vec())).unwrap_err().detail.contains("font"));
    }
}
