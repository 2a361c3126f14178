//! Text as a stamp: one line, its letters from as many fonts as they need, with an outline and a shadow if
//! asked for. No state.

mod line;
mod mask;

use ab_glyph::{Font, Glyph, OutlinedGlyph, PxScale, point};
use protocol::{ErrorKind, FontFile, JobError};
use recipe::filter::geometry::Size;
use recipe::filter::{Color, Watermark};
use recipe::template::{Template, TokenValues};

use self::line::{TextLine, Typeface};
use self::mask::Mask;
use super::run::Files;
use super::stamp::Stamp;
use super::{blur, fail, unusable};

/// Opacity of a shadow where it is darkest.
const SHADOW: f32 = 0.75;
/// Room that a shadow takes, in its distances: it is blurred over twice as far as it is moved.
const SHADOW_ROOM: f32 = 3.0;

/// A text with the fonts that have its letters.
#[derive(Debug)]
pub(super) struct TextMark {
    fonts: Vec<Typeface>,
    template: Template,
    /// The text, filled in for the photo of now.
    text: String,
    line: TextLine,
}

impl TextMark {
    /// Reads the watermark's font; letters that it lacks are taken from DejaVu Sans, and then from those that
    /// the plan found.
    pub(super) fn new(watermark: &Watermark, files: &Files<'_>) -> Result<TextMark, JobError> {
        let mut fonts = Vec::new();
        if let Some(path) = &watermark.font {
            let file = (files.bytes)(path.as_path());
            fonts.push(Typeface::read(file.map_err(|e| unusable("watermark: its font", &e))?, 0)?);
        }
        fonts.push(Typeface::bundled()?);
        for FontFile { path, face } in files.fonts {
            let file = (files.bytes)(path.as_path());
            fonts.push(Typeface::read(file.map_err(|e| unusable("watermark: a font", &e))?, *face)?);
        }
        let template = watermark.text.clone().unwrap_or_default();
        let text = template.plain().unwrap_or_default();
        let line = TextLine::of(&text, &fonts)?;
        if let Some(letter) = line.missing.first() {
            let detail = format!("watermark: no font has {letter}; name one that has it with font=FILE");
            return Err(fail(ErrorKind::BadParameter, &detail));
        }
        Ok(TextMark { fonts, template, text, line })
    }

    /// Whether each photo has a text of its own.
    pub(super) fn is_filled_in(&self) -> bool {
        self.template.plain().is_none()
    }

    /// Fills in the text for the photo that comes next. Says whether it is another one than before, and what
    /// it lacks.
    pub(super) fn fill_in(
        &mut self,
        values: &dyn TokenValues,
        warnings: &mut Vec<String>,
    ) -> Result<bool, JobError> {
        if !self.is_filled_in() {
            return Ok(false);
        }
        let text = self.template.fill(values);
        let is_new = text != self.text;
        if is_new {
            self.line = TextLine::of(&text, &self.fonts)?;
            self.text = text;
        }
        let unsaid = self.template.unsaid(values);
        let unsaid = unsaid
            .map(|unsaid| format!("watermark: the photo does not say all that the text asks for: {unsaid}"));
        warnings.extend(unsaid);
        if !self.line.missing.is_empty() {
            let letters = self.line.missing.join(" ");
            warnings.push(format!("watermark: no font here has {letters}, which the text goes without"));
        }
        Ok(is_new)
    }

    /// The glyphs where an em has so many pixels.
    fn outlined(&self, em: f32) -> impl Iterator<Item = OutlinedGlyph> {
        self.line.glyphs.iter().filter_map(move |glyph| {
            let font = &self.fonts.get(glyph.font)?.font;
            // ab_glyph counts in heights.
            let scale = PxScale::from(em * font.height_unscaled() / font.units_per_em()?);
            let (x, y) = (glyph.x + self.line.before, glyph.y + self.line.above);
            font.outline_glyph(Glyph { id: glyph.id, scale, position: point(x * em, y * em) })
        })
    }
}

/// Bytes of memory that each pixel of a stamp takes while it is made: the stamp, the letters, the outlined
/// letters, with a shadow the same moved and blurred, and the samples that are blurred.
const BYTES_PER_PIXEL: u64 = 4 * 5 + 2;

/// The measures of a text, in pixels.
#[derive(Debug)]
pub(super) struct Layout {
    em: f32,
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
    pub(super) fn new(watermark: &Watermark, text: &TextMark, height: f32, max_width: u32) -> Layout {
        Layout::of(watermark, &text.line, height, max_width)
    }

    fn of(watermark: &Watermark, line: &TextLine, height: f32, max_width: u32) -> Layout {
        let Watermark { outline, shadow, .. } = *watermark;
        let TextLine { before, width, above, below, .. } = *line;
        let (rows, columns) = (above + below, before + width);
        // All widths grow with the height. Each of them is rounded up.
        let per_height = columns / rows + 2.0 * outline + SHADOW_ROOM * shadow;
        let height = height.min(max_width.saturating_sub(4) as f32 / per_height).max(1.0);
        let em = height / rows;
        let (outline, shadow) = (outline * height, shadow * height);
        let before = outline.ceil() as usize;
        let around = 2 * before + (shadow * SHADOW_ROOM).ceil() as usize;
        let edge = |length: f32| (length.ceil() as usize).max(1).saturating_add(around);
        let edge = |length: f32| u32::try_from(edge(length)).unwrap_or(u32::MAX);
        let size = Size { width: edge(columns * em), height: edge(height) };
        Layout { em, outline, shadow, before, size }
    }

    /// As large as any text makes it.
    pub(super) fn largest(watermark: &Watermark, height: f32, max_width: u32) -> Layout {
        let line = TextLine { below: 1.0, ..TextLine::default() };
        let empty = Layout::of(watermark, &line, height, max_width);
        let width = empty.size.width.max(max_width);
        Layout { size: Size { width, ..empty.size }, ..empty }
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
pub(super) fn stamp(watermark: &Watermark, text: &TextMark, layout: &Layout) -> Stamp {
    let Layout { em, outline, shadow, before, size } = *layout;
    let letters = Mask::of(text.outlined(em), size, before);

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

#[cfg(test)]
mod tests {
    use super::super::testing::{no_files, parse};
    use super::*;
    use recipe::Filter;

    fn made(spec: &str, height: f32) -> Stamp {
        made_within(spec, height, u32::MAX)
    }

    fn made_within(spec: &str, height: f32, max_width: u32) -> Stamp {
        let Filter::Watermark(watermark) = parse(spec) else { panic!("not a watermark") };
        let text = TextMark::new(&watermark, &no_files()).unwrap();
        stamp(&watermark, &text, &Layout::new(&watermark, &text, height, max_width))
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
    fn what_is_no_font_is_said() {
        let Filter::Watermark(watermark) = parse("watermark:text=x,font=x.ttf") else { panic!("not one") };
        let files = Files { bytes: &|_| Ok(b"%PDF".to_vec()), ..no_files() };
        assert!(TextMark::new(&watermark, &files).unwrap_err().detail.contains("font"));
    }
}
