//! Text as a stamp: lines of letters from as many fonts as they need, with an outline, a shadow and a box
//! behind them if asked for. `line` has the glyphs of a line, `block` several lines, `layout` their measures
//! in pixels, `mask` how much of each pixel they cover, `drawn` their colours. No state but the text of now.

mod block;
mod drawn;
mod layout;
mod line;
mod mask;

use ab_glyph::{Font, Glyph, OutlinedGlyph, PxScale, point};
use protocol::{ErrorKind, FontFile, JobError};
use recipe::path::WirePath;
use recipe::template::{Template, TemplatePart, TokenValues};

use self::block::TextBlock;
use self::line::Typeface;
use super::run::Files;
use super::stamp::Stamp;
use super::{fail, unusable};

pub(super) use self::layout::{Layout, Room, TextBox, TextStyle, Wish};

/// A text with the fonts that have its letters.
#[derive(Debug)]
pub(super) struct TextMark {
    /// The name of the filter that it is of.
    filter: &'static str,
    fonts: Vec<Typeface>,
    template: Template,
    /// The lines, filled in for the photo of now.
    lines: Vec<String>,
    block: TextBlock,
}

impl TextMark {
    /// Reads the text's font; letters that it lacks are taken from DejaVu Sans, and then from those that the
    /// plan found.
    pub(super) fn new(
        filter: &'static str,
        template: Template,
        font: Option<&WirePath>,
        files: &Files<'_>,
    ) -> Result<TextMark, JobError> {
        let named = |error: JobError| JobError { detail: format!("{filter}: {}", error.detail), ..error };
        let mut fonts = Vec::new();
        if let Some(path) = font {
            let file = (files.bytes)(path.as_path());
            let file = file.map_err(|e| unusable(&format!("{filter}: its font"), &e))?;
            fonts.push(Typeface::read(file, 0).map_err(named)?);
        }
        fonts.push(Typeface::bundled().map_err(named)?);
        for FontFile { path, face } in files.fonts {
            let file = (files.bytes)(path.as_path());
            let file = file.map_err(|e| unusable(&format!("{filter}: a font"), &e))?;
            fonts.push(Typeface::read(file, *face).map_err(named)?);
        }
        let lines = if template.plain().is_some() { lines(&template, None) } else { Vec::new() };
        let block = TextBlock::of(&lines, &fonts)?;
        if let Some(letter) = block.missing().first() {
            let detail = format!("{filter}: no font has {letter}; name one that has it with font=FILE");
            return Err(fail(ErrorKind::BadParameter, &detail));
        }
        Ok(TextMark { filter, fonts, template, lines, block })
    }

    /// Whether each photo has a text of its own.
    fn is_filled_in(&self) -> bool {
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
        let filter = self.filter;
        let lines = lines(&self.template, Some(values));
        let is_new = lines != self.lines;
        if is_new {
            self.block = TextBlock::of(&lines, &self.fonts)?;
            self.lines = lines;
        }
        let unsaid = self.template.unsaid(values);
        let unsaid = unsaid
            .map(|unsaid| format!("{filter}: the photo does not say all that the text asks for: {unsaid}"));
        warnings.extend(unsaid);
        let missing = self.block.missing();
        if !missing.is_empty() {
            let letters = missing.join(" ");
            warnings.push(format!("{filter}: no font here has {letters}, which the text goes without"));
        }
        Ok(is_new)
    }

    /// Its measures for a picture.
    pub(super) fn layout(&self, style: &TextStyle, wish: Wish, room: Room) -> Layout {
        Layout::of(style, &self.block, wish, room)
    }

    /// The same as large as any photo may make it.
    pub(super) fn largest_layout(&self, style: &TextStyle, wish: Wish, room: Room) -> Layout {
        if !self.is_filled_in() {
            return self.layout(style, wish, room);
        }
        Layout::largest(style, lines(&self.template, None).len(), wish, room)
    }

    /// The text as it is laid over pictures.
    pub(super) fn stamp(&self, style: &TextStyle, layout: &Layout) -> Stamp {
        drawn::stamp(self.outlined(style, layout.em), style, layout)
    }

    /// The glyphs where an em has so many pixels.
    fn outlined(&self, style: &TextStyle, em: f32) -> impl Iterator<Item = OutlinedGlyph> {
        self.block.glyphs(style.align).filter_map(move |glyph| {
            let font = &self.fonts.get(glyph.font)?.font;
            // ab_glyph counts in heights.
            let scale = PxScale::from(em * font.height_unscaled() / font.units_per_em()?);
            font.outline_glyph(Glyph { id: glyph.id, scale, position: point(glyph.x * em, glyph.y * em) })
        })
    }
}

/// The lines of a text, with nothing for its tokens while nobody says what they stand for. It is broken where
/// it was typed so, by a line break or as `\n`: what a photo says is never broken.
fn lines(template: &Template, values: Option<&dyn TokenValues>) -> Vec<String> {
    let mut done = Vec::new();
    let mut line = String::new();
    for part in &template.0 {
        match part {
            TemplatePart::Text(text) => {
                let text = text.replace("\r\n", "\n").replace("\\n", "\n");
                let mut pieces = text.split('\n');
                line += pieces.next().unwrap_or_default();
                for piece in pieces {
                    done.push(std::mem::replace(&mut line, piece.to_owned()));
                }
            }
            TemplatePart::Token(token) => {
                let shown = values.map(|values| token.shown(values)).unwrap_or_default();
                line += &shown.to_string_lossy();
            }
        }
    }
    done.push(line);
    done
}

#[cfg(test)]
mod tests {
    use super::super::testing::{no_files, parse};
    use super::*;
    use recipe::Filter;

    #[test]
    fn what_is_no_font_is_said() {
        let files = Files { bytes: &|_| Ok(b"%PDF".to_vec()), ..no_files() };
        let font = WirePath::from("x.ttf");
        let error = TextMark::new("caption", "x".parse().unwrap(), Some(&font), &files).unwrap_err();
        assert!(error.detail.starts_with("caption: font: "), "{}", error.detail);
    }

    #[test]
    fn lines_are_broken_where_they_were_typed_so() {
        for (text, expected) in [
            ("one", &["one"][..]),
            ("one\\ntwo", &["one", "two"]),
            ("one\ntwo\r\n{title}", &["one", "two", ""]),
            ("\\n{{}}\\n", &["", "{}", ""]),
        ] {
            assert_eq!(lines(&text.parse().unwrap(), None), expected, "{text:?}");
        }
        for spec in ["watermark:text=a\\nb", "watermark:text=\"a\\nb\"", "watermark=a\nb"] {
            let filter = parse(spec);
            assert_eq!(lines(filter.texts().next().unwrap(), None), ["a", "b"], "{spec}");
            assert_eq!(filter.to_string().parse::<Filter>().unwrap(), filter, "{spec}");
        }
    }
}
