//! A line of a text as glyphs: which font draws which letters, how they are ordered (Unicode's bidirectional
//! algorithm) and which forms they take beside each other (OpenType, by HarfBuzz's rules). No state.

use std::ops::Range;

use ab_glyph::{Font, FontArc, GlyphId};
use harfrust::{Direction, FontRef, Script, ShapeOptions, ShaperData, UnicodeBuffer, script};
use protocol::{ErrorKind, JobError};
use recipe::letters::{is_drawn, letters};
use unicode_bidi::BidiInfo;

use super::super::fail;

/// A font: one face of a file.
#[derive(Debug, Clone)]
pub(crate) struct Typeface {
    pub(super) font: FontArc,
    face: u32,
}

impl Typeface {
    /// The bundled one, DejaVu Sans.
    pub(crate) fn bundled() -> Result<Typeface, JobError> {
        let font = FontArc::try_from_slice(dejavu::sans::regular()).map_err(|_| no_font())?;
        Ok(Typeface { font, face: 0 })
    }

    /// Reads a font file, which may hold several faces.
    pub(crate) fn read(file: Vec<u8>, face: u32) -> Result<Typeface, JobError> {
        let font = ab_glyph::FontVec::try_from_vec_and_index(file, face).map_err(|_| no_font())?;
        Ok(Typeface { font: font.into(), face })
    }

    fn has(&self, letter: &str) -> bool {
        letter.chars().filter(|c| is_drawn(*c)).all(|c| self.font.glyph_id(c) != GlyphId(0))
    }

    /// Units in which the font measures, for one em.
    fn per_em(&self) -> f32 {
        self.font.units_per_em().unwrap_or(1000.0)
    }

    fn shaping(&self) -> Result<FontRef<'_>, JobError> {
        FontRef::from_index(self.font.font_data(), self.face).map_err(|_| no_font())
    }
}

fn no_font() -> JobError {
    fail(ErrorKind::BadParameter, "font: the file is no TrueType or OpenType font")
}

/// One glyph, in ems: where its origin is, right of the line's start and below the base line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placed {
    /// Which of the fonts.
    pub(super) font: usize,
    pub(super) id: GlyphId,
    pub(super) x: f32,
    pub(super) y: f32,
}

/// A line of glyphs, in ems.
#[derive(Debug, Default)]
pub(super) struct TextLine {
    pub(super) glyphs: Vec<Placed>,
    /// Ink left of the line's start.
    pub(super) before: f32,
    /// From the line's start to its end, or to the end of the ink.
    pub(super) width: f32,
    /// Above the base line: of the first font's tall letters, or of the ink.
    pub(super) above: f32,
    /// Below the base line.
    pub(super) below: f32,
    /// Letters that no font has, each once; they are left out.
    pub(super) missing: Vec<String>,
}

impl TextLine {
    /// Each letter in the first font that has it. Sizes go by the first font.
    pub(super) fn of(text: &str, fonts: &[Typeface]) -> Result<TextLine, JobError> {
        // One line, whatever the text holds.
        let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
        let text: String = text.chars().map(|c| if breaks(c) { ' ' } else { c }).collect();
        let (pieces, missing) = pieces(&text, fonts);
        let mut line = TextLine { missing, ..TextLine::default() };
        if let Some(Typeface { font, .. }) = fonts.first() {
            let em = font.units_per_em().unwrap_or(1000.0);
            (line.above, line.below) = (font.ascent_unscaled() / em, -font.descent_unscaled() / em);
        }
        let bidi = BidiInfo::new(&text, None);
        let mut pen = 0.0;
        for paragraph in &bidi.paragraphs {
            let (levels, runs) = bidi.visual_runs(paragraph, paragraph.range.clone());
            for run in runs {
                let rightwards = levels.get(run.start).is_none_or(|level| level.is_ltr());
                let mut parts: Vec<_> = pieces.iter().filter_map(|piece| piece.within(&run)).collect();
                if !rightwards {
                    parts.reverse();
                }
                for piece in parts {
                    let font = fonts.get(piece.font).ok_or_else(no_font)?;
                    line.append(&text, &piece, font, rightwards, &mut pen)?;
                }
            }
        }
        line.width = line.width.max(pen);
        Ok(line)
    }

    /// Its whole width.
    pub(super) fn columns(&self) -> f32 {
        self.before + self.width
    }

    /// Its whole height.
    pub(super) fn rows(&self) -> f32 {
        self.above + self.below
    }

    /// Shapes a piece of the text and puts it at the pen.
    fn append(
        &mut self,
        text: &str,
        piece: &Piece,
        font: &Typeface,
        rightwards: bool,
        pen: &mut f32,
    ) -> Result<(), JobError> {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(&text[piece.range.clone()]);
        // Letters join across pieces.
        buffer.set_pre_context(&text[..piece.range.start]);
        buffer.set_post_context(&text[piece.range.end..]);
        buffer.set_direction(if rightwards { Direction::LeftToRight } else { Direction::RightToLeft });
        if let Some(script) = piece.script {
            buffer.set_script(script);
        }
        let shaping = font.shaping()?;
        let data = ShaperData::new(&shaping);
        let shaped = data.shaper(&shaping).build().shape(buffer, ShapeOptions::new());
        let ems = |units: i32| units as f32 / font.per_em();
        for (info, position) in shaped.glyph_infos().iter().zip(shaped.glyph_positions()) {
            let id = GlyphId(u16::try_from(info.glyph_id).unwrap_or_default());
            let (x, y) = (*pen + ems(position.x_offset), -ems(position.y_offset));
            self.reach(font, id, x, y);
            self.glyphs.push(Placed { font: piece.font, id, x, y });
            *pen += ems(position.x_advance);
        }
        Ok(())
    }

    /// Makes room for the ink of a glyph.
    fn reach(&mut self, font: &Typeface, id: GlyphId, x: f32, y: f32) {
        let Some(outline) = font.font.outline(id) else { return };
        // `min` is left and above.
        let (min, max, em) = (outline.bounds.min, outline.bounds.max, font.per_em());
        self.before = self.before.max(-(x + min.x / em));
        self.width = self.width.max(x + max.x / em);
        self.above = self.above.max(min.y / em - y);
        self.below = self.below.max(y - max.y / em);
    }
}

/// A piece of a text that is shaped as one: one font, one script.
#[derive(Debug, Clone, PartialEq)]
struct Piece {
    range: Range<usize>,
    font: usize,
    script: Option<Script>,
}

impl Piece {
    /// What of it lies in this range.
    fn within(&self, range: &Range<usize>) -> Option<Piece> {
        let range = self.range.start.max(range.start)..self.range.end.min(range.end);
        (!range.is_empty()).then(|| Piece { range, ..self.clone() })
    }
}

/// The pieces of a text, and the letters that are in none of them since no font has them.
fn pieces(text: &str, fonts: &[Typeface]) -> (Vec<Piece>, Vec<String>) {
    let (mut pieces, mut missing): (Vec<Piece>, Vec<String>) = Default::default();
    for (start, letter) in letters(text) {
        let Some(font) = fonts.iter().position(|font| font.has(letter)) else {
            if !missing.iter().any(|known| known == letter) {
                missing.push(letter.to_owned());
            }
            continue;
        };
        let (range, script) = (start..start + letter.len(), letter.chars().find_map(script_of));
        match pieces.last_mut() {
            // Digits, spaces and signs belong to every script.
            Some(last)
                if last.font == font
                    && last.range.end == start
                    && (script.is_none() || last.script.is_none() || last.script == script) =>
            {
                last.range.end = range.end;
                last.script = last.script.or(script);
            }
            Some(_) | None => pieces.push(Piece { range, font, script }),
        }
    }
    (pieces, missing)
}

/// The script that a character is of, unless it is of many.
fn script_of(c: char) -> Option<Script> {
    let mut buffer = UnicodeBuffer::new();
    buffer.add(c, 0);
    buffer.guess_segment_properties();
    Some(buffer.script()).filter(|script| *script != script::UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The glyphs of a text in DejaVu Sans, from left to right.
    fn glyphs(text: &str) -> Vec<u16> {
        let line = TextLine::of(text, &[Typeface::bundled().unwrap()]).unwrap();
        line.glyphs.iter().map(|glyph| glyph.id.0).collect()
    }

    fn glyph(c: char) -> u16 {
        Typeface::bundled().unwrap().font.glyph_id(c).0
    }

    #[test]
    fn latin_letters_stand_side_by_side_and_are_kerned() {
        let font = Typeface::bundled().unwrap();
        let line = TextLine::of("AV", std::slice::from_ref(&font)).unwrap();
        assert_eq!(glyphs("AV"), [glyph('A'), glyph('V')]);
        let em = font.per_em();
        let (a, v) = (font.font.glyph_id('A'), font.font.glyph_id('V'));
        let [.., last] = line.glyphs.as_slice() else { panic!("no glyphs") };
        let expected = (font.font.h_advance_unscaled(a) + font.font.kern_unscaled(a, v)) / em;
        assert!((last.x - expected).abs() < 1e-4, "{} is not {expected}", last.x);
        assert!(font.font.kern_unscaled(a, v) < 0.0);
        assert_eq!((line.before, last.y), (0.0, 0.0));
    }

    #[test]
    fn hebrew_goes_leftwards_and_numbers_in_it_rightwards() {
        assert_eq!(glyphs("אב"), [glyph('ב'), glyph('א')]);
        assert_eq!(glyphs("a אב"), [glyph('a'), glyph(' '), glyph('ב'), glyph('א')]);
        assert_eq!(glyphs("אב 12"), ['1', '2', ' ', 'ב', 'א'].map(glyph));
        // A parenthesis opens towards what is in it.
        assert_eq!(glyphs("(א)"), ['(', 'א', ')'].map(glyph));
    }

    #[test]
    fn arabic_letters_join() {
        // Unicode has the forms that letters take as characters of their own: final, medial, initial.
        assert_eq!(glyphs("\u{628}\u{628}\u{628}"), ['\u{FE90}', '\u{FE92}', '\u{FE91}'].map(glyph));
        assert_eq!(glyphs("\u{644}\u{627}"), [glyph('\u{FEFB}')], "lam and alef are one");
    }

    /// A font with these characters alone, each drawn as a Latin letter, and of what it says of forms only
    /// this table.
    fn font_of(letters: &[(char, char)], forms: &[u8]) -> Typeface {
        let mut font = dejavu::sans::regular().to_vec();
        let mut letters = letters.to_vec();
        letters.sort_unstable();
        // One group of one character each (format 12), for Unicode on Windows.
        let groups: Vec<u32> =
            letters.iter().flat_map(|(c, shape)| [(*c).into(), (*c).into(), glyph(*shape).into()]).collect();
        let count = letters.len() as u32;
        let head = [0u16, 1, 3, 10, 0, 12, 12, 0].map(u16::to_be_bytes).concat();
        let sizes = [16 + 12 * count, 0, count].map(u32::to_be_bytes).concat();
        let map = [head, sizes, groups.into_iter().flat_map(u32::to_be_bytes).collect()].concat();
        for (tag, table) in [(b"cmap", &map[..]), (b"GSUB", forms)] {
            font.resize(font.len().next_multiple_of(4), 0);
            let entry = font.windows(4).position(|word| word == tag).unwrap();
            let place = [font.len() as u32, table.len() as u32].map(u32::to_be_bytes).concat();
            font[entry + 8..entry + 16].copy_from_slice(&place);
            font.extend(table);
        }
        Typeface::read(font, 0).unwrap()
    }

    /// The Latin letters that a text is drawn as, from left to right.
    fn drawn_as(text: &str, letters: &[(char, char)], forms: &[u8]) -> String {
        let line = TextLine::of(text, &[font_of(letters, forms)]).unwrap();
        assert_eq!(line.missing, Vec::<String>::new());
        let shape = |id: u16| ('A'..='z').find(|shape| glyph(*shape) == id).unwrap();
        line.glyphs.iter().map(|placed| shape(placed.id.0)).collect()
    }

    /// What says that three letters of Devanagari are one (OpenType, "GSUB"; lookup type 4).
    fn conjunct([first, second, third]: [char; 3], whole: char) -> Vec<u8> {
        let tag = |tag: &[u8; 4]| [[tag[0], tag[1]], [tag[2], tag[3]]].map(u16::from_be_bytes);
        let (script, feature) = (tag(b"dev2"), tag(b"akhn"));
        let words = [
            // Where scripts, features and lookups are, from the start.
            &[1, 0, 10, 30, 44][..],
            &[1, script[0], script[1], 8, 4, 0, 0, 0xFFFF, 1, 0],
            &[1, feature[0], feature[1], 8, 0, 1, 0],
            &[1, 4, 4, 0, 1, 8],
            // A ligature of what begins with the first: one, of three glyphs.
            &[1, 8, 1, 14, 1, 1, glyph(first), 1, 4, glyph(whole), 3, glyph(second), glyph(third)],
        ];
        words.concat().into_iter().flat_map(u16::to_be_bytes).collect()
    }

    /// No rules: no scripts, features and lookups.
    const NO_FORMS: &[u8] = &[0, 1, 0, 0, 0, 10, 0, 10, 0, 10, 0, 0];

    #[test]
    fn devanagari_signs_take_their_places_and_letters_join() {
        // Ka, virama, ssa, i, aa.
        let letters =
            [('\u{915}', 'k'), ('\u{94D}', 'v'), ('\u{937}', 's'), ('\u{93F}', 'i'), ('\u{93E}', 'a')];
        let drawn = |text: &str| drawn_as(text, &letters, NO_FORMS);
        assert_eq!(drawn("\u{915}\u{93E}"), "ka");
        assert_eq!(drawn("\u{915}\u{93F}"), "ik", "the vowel sign i stands in front of its consonant");
        assert_eq!(drawn("\u{915}\u{93F}\u{937}\u{93F}"), "ikis");
        let joined = |text: &str| drawn_as(text, &letters, &conjunct(['k', 'v', 's'], 'X'));
        assert_eq!(joined("\u{915}\u{94D}\u{937}"), "X");
        assert_eq!(joined("\u{915}\u{94D}\u{937}\u{93F}\u{915}"), "iXk");
    }

    #[test]
    fn thai_vowels_and_tones_take_their_places() {
        // No nu, sara aa, sara am, mai tho, nikhahit, sara e.
        let letters = [
            ('\u{E19}', 'n'),
            ('\u{E32}', 'a'),
            ('\u{E33}', 'm'),
            ('\u{E49}', 't'),
            ('\u{E4D}', 'o'),
            ('\u{E40}', 'e'),
        ];
        let drawn = |text: &str| drawn_as(text, &letters, NO_FORMS);
        assert_eq!(drawn("\u{E40}\u{E19}"), "en", "what is written in front is stored in front");
        // Sara am is a ring and a vowel: the ring goes below the tone, the vowel stands behind.
        assert_eq!(drawn("\u{E19}\u{E33}"), "noa");
        assert_eq!(drawn("\u{E19}\u{E49}\u{E33}"), "nota");
    }

    #[test]
    fn chinese_japanese_and_korean_letters_stand_side_by_side_and_are_put_together() {
        let letters = [
            ('山', 's'),
            ('田', 't'),
            ('、', 'c'),
            ('か', 'k'),
            ('\u{3099}', 'v'),
            ('が', 'g'),
            ('\u{1112}', 'h'),
            ('\u{1161}', 'a'),
            ('\u{11AB}', 'n'),
            ('한', 'H'),
        ];
        let drawn = |text: &str| drawn_as(text, &letters, NO_FORMS);
        assert_eq!(drawn("山、田か한"), "sctkH");
        // Written as letter and voicing mark, and as jamo.
        assert_eq!(drawn("か\u{3099}山"), "gs");
        assert_eq!(drawn("\u{1112}\u{1161}\u{11AB}"), "H");
        // Each takes as much room as its font says; Latin beside it comes from another font.
        let fonts = [Typeface::bundled().unwrap(), font_of(&letters, NO_FORMS)];
        let line = TextLine::of("a山b", &fonts).unwrap();
        assert_eq!(line.glyphs.iter().map(|glyph| glyph.font).collect::<Vec<_>>(), [0, 1, 0]);
        let advance = fonts[1].font.h_advance_unscaled(fonts[1].font.glyph_id('山')) / fonts[1].per_em();
        assert!((line.glyphs[2].x - line.glyphs[1].x - advance).abs() < 1e-4, "{:?}", line.glyphs);
    }

    #[test]
    fn marks_stand_on_their_letters() {
        let font = Typeface::bundled().unwrap();
        let line = TextLine::of("x\u{301}", std::slice::from_ref(&font)).unwrap();
        let [letter, mark] = line.glyphs.as_slice() else { panic!("{:?}", line.glyphs) };
        let middle = |glyph: &Placed| {
            let bounds = font.font.outline(glyph.id).unwrap().bounds;
            glyph.x + (bounds.min.x + bounds.max.x) / 2.0 / font.per_em()
        };
        assert!((middle(letter) - middle(mark)).abs() < 0.1, "{letter:?} {mark:?}");
        assert_eq!(glyphs("e\u{301}"), [glyph('é')]);
    }

    #[test]
    fn each_letter_is_drawn_by_the_first_font_that_has_it() {
        let mono = Typeface::read(dejavu::sans_mono::regular().to_vec(), 0).unwrap();
        let bundled = Typeface::bundled().unwrap();
        let of = |text: &str, fonts: &[Typeface]| -> Vec<usize> {
            TextLine::of(text, fonts).unwrap().glyphs.iter().map(|glyph| glyph.font).collect()
        };
        // The monospaced one has no Hebrew.
        assert_eq!(of("ab", &[mono.clone(), bundled.clone()]), [0, 0]);
        assert_eq!(of("aאb", &[mono.clone(), bundled]), [0, 1, 0]);
        let line = TextLine::of("אaאb", &[mono]).unwrap();
        assert_eq!((line.glyphs.len(), line.missing), (2, vec!["א".to_owned()]));
    }

    #[test]
    fn what_is_no_letter_leaves_no_box() {
        let line = TextLine::of("a\n\u{2028}b\u{200D}\u{FE0F}", &[Typeface::bundled().unwrap()]).unwrap();
        assert!(line.glyphs.iter().all(|glyph| glyph.id != GlyphId(0)), "{:?}", line.glyphs);
    }
}
