//! The letters of a text: what a font must draw as one, and what it need not draw at all. The plan, which
//! looks for fonts, and the worker, which draws, go by the same.

use unicode_segmentation::UnicodeSegmentation;

/// The letters of a text with where they begin, each with its marks (Unicode's extended grapheme clusters).
pub fn letters(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.grapheme_indices(true)
}

/// Whether a font that lacks this character cannot draw the text. Spaces and control characters leave no ink,
/// and what Unicode calls default ignorable only says how its neighbours are drawn.
pub fn is_drawn(c: char) -> bool {
    let is_ignorable = matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}');
    !(is_ignorable || c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_joiners_belong_to_their_letter() {
        let found = |text: &'static str| letters(text).map(|(_, letter)| letter).collect::<Vec<_>>();
        assert_eq!(found("e\u{301}a"), ["e\u{301}", "a"]);
        assert_eq!(found("\u{1F469}\u{200D}\u{1F680}!"), ["\u{1F469}\u{200D}\u{1F680}", "!"]);
    }

    #[test]
    fn what_leaves_no_ink_needs_no_font() {
        assert!("山aé\u{301}\u{94D}©".chars().all(is_drawn));
        assert!(!" \n\u{3000}\u{200D}\u{FE0F}\u{200F}".chars().any(is_drawn));
    }
}
