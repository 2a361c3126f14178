//! Text as a stamp: one line in any TrueType or OpenType font, with an outline and a shadow if asked for. No
//! state.

use ab_glyph::{Font, FontArc, Glyph, PxScale, ScaleFont, point};
use protocol::{ErrorKind, JobError};
use recipe::filter::geometry::Size;
use recipe::filter::{Color, Watermark};

use super::stamp::Stamp;
use super::{blur, fail};
use crate::image::{Channels, Picture, Samples};

/// Opacity of a shadow where it is darkest.
const SHADOW: f32 = 0.75;
/// Room that a shadow takes, in its distances: it is blurred over twice as far as it is moved.
const SHADOW_ROOM: f32 = 3.0;

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

/// Bytes of memory that each pixel of a stamp takes while it is made: the stamp, the letters, the outlined
/// letters, with a shadow the same moved and blurred, and the samples that are blurred.
const BYTES_PER_PIXEL: u64 = 4 * 5 + 2;

/// The measures of a text, in pixels.
#[derive(Debug)]
pub(super) struct Layout {
    height: f32,
    outline: f32,
    shadow: f32,
    /// Room left of the letters and above them.
    before: usize,
    /// Of all of it.
    pub(super) size: Size,
}

impl Layout {
    /// `height` is the distance from the top of the tallest letters to the bottom of the deepest; outline and
    /// shadow come on top of it. It is less where all that would be wider than `max_width`, but at least 1.
    pub(super) fn new(watermark: &Watermark, font: &FontArc, height: f32, max_width: u32) -> Layout {
        let Watermark { outline, shadow, .. } = *watermark;
        let advance = |height| TextLine::of(watermark, font, height).width;
        // All widths grow with the height. Each of them is rounded up.
        let per_height = advance(1.0) + 2.0 * outline + SHADOW_ROOM * shadow;
        let height = height.min(max_width.saturating_sub(4) as f32 / per_height).max(1.0);
        let (outline, shadow) = (outline * height, shadow * height);
        let before = outline.ceil() as usize;
        let around = 2 * before + (shadow * SHADOW_ROOM).ceil() as usize;
        let edge = |length: f32| (length.ceil() as usize).max(1).saturating_add(around);
        let edge = |length: f32| u32::try_from(edge(length)).unwrap_or(u32::MAX);
        let rows = font.as_scaled(PxScale::from(height)).height();
        let size = Size { width: edge(advance(height)), height: edge(rows) };
        Layout { height, outline, shadow, before, size }
    }

    /// Bytes of memory that making the stamp needs, with the stamp itself.
    pub(super) fn memory_needed(&self) -> u64 {
        let ring =
            if self.shadow > 0.0 { blur::pixels_beside(self.shadow / 2.0, self.size, false) } else { 0 };
        let samples = ring.saturating_mul(size_of::<u16>() as u64);
        self.size.pixels().saturating_mul(BYTES_PER_PIXEL).saturating_add(samples)
    }
}

/// The text of a watermark.
pub(super) fn stamp(watermark: &Watermark, font: &FontArc, layout: &Layout) -> Stamp {
    let Layout { outline, shadow, size, .. } = *layout;
    let letters = Mask::of(&TextLine::of(watermark, font, layout.height), font, layout);

    let mut stamp = Stamp { size, pixels: vec![[0; 4]; letters.coverage.len()] };
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

/// The letters of a text, side by side.
struct TextLine {
    glyphs: Vec<Glyph>,
    width: f32,
}

impl TextLine {
    fn of(watermark: &Watermark, font: &FontArc, height: f32) -> TextLine {
        let font = font.as_scaled(PxScale::from(height));
        let (mut pen, mut last) = (0.0, None);
        let mut glyphs = Vec::new();
        for c in watermark.text.as_deref().unwrap_or_default().chars() {
            let id = font.glyph_id(c);
            pen += last.map_or(0.0, |last| font.kern(last, id));
            glyphs.push(id.with_scale_and_position(font.scale(), point(pen, font.ascent())));
            pen += font.h_advance(id);
            last = Some(id);
        }
        TextLine { glyphs, width: pen }
    }
}

/// How much of each pixel is covered, 0–1.
#[derive(Debug, Clone)]
struct Mask {
    width: usize,
    coverage: Vec<f32>,
}

impl Mask {
    /// The letters, with the room around them that the layout leaves.
    fn of(line: &TextLine, font: &FontArc, layout: &Layout) -> Mask {
        let (width, rows, before) =
            (layout.size.width as usize, layout.size.height as usize, layout.before as i64);
        let mut coverage = vec![0.0f32; width * rows];
        for outline in line.glyphs.iter().filter_map(|glyph| font.outline_glyph(glyph.clone())) {
            let bounds = outline.px_bounds();
            outline.draw(|x, y, covered| {
                let x = bounds.min.x as i64 + i64::from(x) + before;
                let y = bounds.min.y as i64 + i64::from(y) + before;
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

/// For each place the least of value + distance² over all places: the lower envelope of parabolas
/// (Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled Functions", 2012).
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
    use recipe::Filter;

    fn made(spec: &str, height: f32) -> Stamp {
        made_within(spec, height, u32::MAX)
    }

    fn made_within(spec: &str, height: f32, max_width: u32) -> Stamp {
        let Filter::Watermark(watermark) = parse(spec) else { panic!("not a watermark") };
        let font = font(None).unwrap();
        stamp(&watermark, &font, &Layout::new(&watermark, &font, height, max_width))
    }

    #[test]
    fn a_long_text_is_lower_and_no_wider_than_its_room() {
        let text = "long ".repeat(40);
        for around in ["", ",outline=0.5", ",shadow=0.5,outline=0.01"] {
            let stamp = made_within(&format!("watermark:text={text}{around}"), 4000.0, 6000);
            assert!((5950..=6000).contains(&stamp.size.width), "{around}: {:?}", stamp.size);
            assert!(stamp.size.height < 400, "{around}: {:?}", stamp.size);
        }
        let short = made_within("watermark:text=short", 40.0, 6000);
        assert_eq!(short, made("watermark:text=short", 40.0));
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
