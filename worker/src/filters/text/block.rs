//! Several lines of glyphs, one below the other. No state.

use protocol::JobError;
use recipe::filter::TextAlign;

use super::line::{Placed, TextLine, Typeface};

/// Lines, in ems.
#[derive(Debug, Default)]
pub(super) struct TextBlock {
    pub(super) lines: Vec<TextLine>,
}

impl TextBlock {
    pub(super) fn of(lines: &[String], fonts: &[Typeface]) -> Result<TextBlock, JobError> {
        let lines = lines.iter().map(|line| TextLine::of(line, fonts));
        Ok(TextBlock { lines: lines.collect::<Result<_, _>>()? })
    }

    /// Letters that no font has, each once.
    pub(super) fn missing(&self) -> Vec<&str> {
        let mut missing: Vec<&str> = Vec::new();
        for letter in self.lines.iter().flat_map(|line| &line.missing) {
            if !missing.contains(&letter.as_str()) {
                missing.push(letter);
            }
        }
        missing
    }

    /// The width of the widest line.
    pub(super) fn columns(&self) -> f32 {
        self.lines.iter().map(TextLine::columns).fold(0.0, f32::max)
    }

    /// The height of all lines together.
    pub(super) fn rows(&self) -> f32 {
        self.lines.iter().map(TextLine::rows).sum()
    }

    /// The height of the highest line.
    pub(super) fn tallest(&self) -> f32 {
        self.lines.iter().map(TextLine::rows).fold(0.0, f32::max)
    }

    /// All glyphs, from the top left of the block.
    pub(super) fn glyphs(&self, align: TextAlign) -> impl Iterator<Item = Placed> {
        let columns = self.columns();
        let mut above = 0.0;
        self.lines.iter().flat_map(move |line| {
            let left = match align {
                TextAlign::Left => 0.0,
                TextAlign::Center => (columns - line.columns()) / 2.0,
                TextAlign::Right => columns - line.columns(),
            };
            let (x, y) = (left + line.before, above + line.above);
            above += line.rows();
            line.glyphs.iter().map(move |glyph| Placed { x: glyph.x + x, y: glyph.y + y, ..*glyph })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stand_below_each_other_on_their_side() {
        let fonts = [Typeface::bundled().unwrap()];
        let of = |lines: &[&str]| {
            let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
            TextBlock::of(&lines, &fonts).unwrap()
        };
        let one = of(&["i"]);
        let block = of(&["i", "", "iii"]);
        assert!((block.rows() - 3.0 * one.rows()).abs() < 1e-4);
        assert!((block.columns() - 3.0 * one.columns()).abs() < 0.05, "{}", block.columns());
        for (align, left) in [(TextAlign::Left, 0.0), (TextAlign::Center, 1.0), (TextAlign::Right, 2.0)] {
            let glyphs: Vec<_> = block.glyphs(align).collect();
            assert_eq!(glyphs.len(), 4);
            assert!((glyphs[0].x - left * one.columns()).abs() < 0.05, "{align:?} {}", glyphs[0].x);
            assert!((glyphs[1].y - glyphs[0].y - 2.0 * one.rows()).abs() < 1e-4);
        }
        assert_eq!(of(&["山a", "山田"]).missing(), ["山", "田"]);
    }
}
