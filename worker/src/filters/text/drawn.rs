//! The colours of a text: its shadow, its outline and its letters, and the box behind them. No state.

use ab_glyph::OutlinedGlyph;
use recipe::filter::Color;

use super::super::stamp::Stamp;
use super::layout::{Layout, TextBox, TextStyle};
use super::mask::Mask;

/// Opacity of a shadow where it is darkest.
const SHADOW: f32 = 0.75;

/// The text whose glyphs these are.
pub(super) fn stamp(
    glyphs: impl Iterator<Item = OutlinedGlyph>,
    style: &TextStyle,
    layout: &Layout,
) -> Stamp {
    let Layout { outline, shadow, before, size, .. } = *layout;
    let letters = Mask::of(glyphs, size, before);

    let mut stamp = Stamp { size, pixels: vec![[0; 4]; letters.coverage.len()] };
    let outlined = if outline > 0.0 { letters.grown(outline) } else { letters.clone() };
    if shadow > 0.0 {
        lay(&mut stamp, &outlined.moved(shadow.round() as usize).blurred(shadow / 2.0), [0; 3], SHADOW);
    }
    if outline > 0.0 {
        let Color(color) = style.outline_color;
        lay(&mut stamp, &outlined, color, 1.0);
    }
    lay(&mut stamp, &letters, style.color.0, 1.0);
    if let Some(behind) = &style.behind {
        put_behind(&mut stamp, behind, layout);
    }
    stamp
}

/// Lays a colour over the stamp, as much as the mask says.
fn lay(stamp: &mut Stamp, mask: &Mask, color: [u8; 3], opacity: f32) {
    for (pixel, coverage) in stamp.pixels.iter_mut().zip(&mask.coverage) {
        let over = coverage * opacity;
        let under = f32::from(pixel[3]) / 255.0 * (1.0 - over);
        if over > 0.0 {
            *pixel = mixed((color, over), ([pixel[0], pixel[1], pixel[2]], under));
        }
    }
}

/// Puts a box behind what is there, which gets its own opacity.
fn put_behind(stamp: &mut Stamp, behind: &TextBox, layout: &Layout) {
    let (width, boxed) = (stamp.size.width as usize, layout.boxed);
    for (y, row) in stamp.pixels.chunks_exact_mut(width).enumerate() {
        for (x, pixel) in row.iter_mut().enumerate() {
            let over = f32::from(pixel[3]) / 255.0 * behind.letters;
            let is_boxed = x < boxed.width as usize && y < boxed.height as usize;
            let under = if is_boxed { behind.opacity * (1.0 - over) } else { 0.0 };
            *pixel = mixed(([pixel[0], pixel[1], pixel[2]], over), (behind.color.0, under));
        }
    }
}

/// Two colours, as much of each as stands beside it; together that is no more than 1.
fn mixed((above, over): ([u8; 3], f32), (below, under): ([u8; 3], f32)) -> [u8; 4] {
    let together = over + under;
    if together <= 0.0 {
        return [0; 4];
    }
    let [r, g, b] = [0, 1, 2].map(|channel| {
        ((f32::from(above[channel]) * over + f32::from(below[channel]) * under) / together).round() as u8
    });
    [r, g, b, (together * 255.0).round() as u8]
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::no_files;
    use super::super::{Room, TextMark, Wish};
    use super::*;
    use recipe::filter::TextAlign;
    use recipe::filter::geometry::Size;

    const WIDE: Room = Room { width: u32::MAX, height: u32::MAX };

    fn plain() -> TextStyle {
        TextStyle::plain(Color::WHITE, TextAlign::Left)
    }

    fn made_within(text: &str, style: &TextStyle, wish: Wish, room: Room) -> Stamp {
        let text = TextMark::new("watermark", text.parse().unwrap(), None, &no_files()).unwrap();
        text.stamp(style, &text.layout(style, wish, room))
    }

    fn made(text: &str, style: &TextStyle, height: f32) -> Stamp {
        made_within(text, style, Wish::LineHeight(height), WIDE)
    }

    /// The columns and rows from the first to the last pixel that are so: left, top, right, bottom.
    fn bounds(stamp: &Stamp, is_so: impl Fn(&[u8; 4]) -> bool) -> [usize; 4] {
        let width = stamp.size.width as usize;
        let found = stamp.pixels.iter().enumerate().filter(|(_, pixel)| is_so(pixel));
        found.fold([usize::MAX, usize::MAX, 0, 0], |[left, top, right, bottom], (index, _)| {
            let (x, y) = (index % width, index / width);
            [left.min(x), top.min(y), right.max(x), bottom.max(y)]
        })
    }

    #[test]
    fn a_long_text_is_lower_and_no_wider_than_its_room() {
        let text = "long ".repeat(40);
        let outlined = TextStyle { outline: 0.01, shadow: 0.5, ..plain() };
        for style in [plain(), TextStyle { outline: 0.5, ..plain() }, outlined, boxed()] {
            let room = Room { width: 6000, ..WIDE };
            let stamp = made_within(&text, &style, Wish::LineHeight(4000.0), room);
            assert!((5950..=6000).contains(&stamp.size.width), "{style:?}: {:?}", stamp.size);
            assert!(stamp.size.height < 500, "{style:?}: {:?}", stamp.size);
        }
        let room = Room { width: 6000, height: 40 };
        let short = made_within("short", &plain(), Wish::LineHeight(40.0), room);
        assert_eq!(short, made("short", &plain(), 40.0));
    }

    #[test]
    fn text_has_its_height_and_leaves_marks() {
        let stamp = made("© Estudio", &TextStyle::plain(Color([1, 2, 3]), TextAlign::Left), 40.0);
        assert_eq!(stamp.size.height, 40);
        assert!(stamp.size.width > 100, "{:?}", stamp.size);
        assert!(stamp.pixels.contains(&[1, 2, 3, 255]));
        made("tiny", &plain(), 0.1);
    }

    #[test]
    fn text_has_the_width_that_is_wished_for() {
        for width in [200u32, 333, 1000] {
            for text in ["Estudio Ana", "a\\nlonger line"] {
                let stamp = made_within(text, &plain(), Wish::Width(width as f32), WIDE);
                assert_eq!(stamp.size.width, width, "{text}");
            }
            let stamp = made_within("Estudio Ana", &boxed(), Wish::Width(width as f32), WIDE);
            assert!(stamp.size.width.abs_diff(width) <= 3, "{width}: {:?}", stamp.size);
        }
        let low = made_within("I", &plain(), Wish::Width(500.0), Room { height: 100, ..WIDE });
        assert_eq!(low.size.height, 100);
    }

    #[test]
    fn each_line_has_the_height() {
        let stamp = made("I\\nI\\n\\nI", &plain(), 40.0);
        assert_eq!(stamp.size.height, 160);
        let one = made("I", &plain(), 40.0);
        let [left, top, right, bottom] = bounds(&one, |pixel| pixel[3] > 128);
        let expected = [left, top, right, bottom + 120];
        assert_eq!(bounds(&stamp, |pixel| pixel[3] > 128), expected);
        // No more than its room, however many they are.
        let many =
            made_within("a\\nb\\nc\\nd", &plain(), Wish::LineHeight(40.0), Room { height: 80, ..WIDE });
        assert_eq!(many.size.height, 80);
    }

    #[test]
    fn an_outline_surrounds_the_letters() {
        let red = Color([255, 0, 0]);
        let stamp = made("I", &TextStyle { outline: 0.1, outline_color: red, ..plain() }, 40.0);
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
        let plain_one = made("I", &plain(), 40.0);
        let stamp = made("I", &TextStyle { shadow: 0.1, ..plain() }, 40.0);
        assert!(stamp.size.height > plain_one.size.height);
        let dark: Vec<_> = stamp.pixels.iter().filter(|p| p[3] > 60 && p[0] < 50).collect();
        assert!(dark.len() > 20, "{}", dark.len());
        let last = stamp.pixels.len() - 1;
        assert_eq!(stamp.pixels[last][3], 0, "the shadow is not cut off");
    }

    fn boxed() -> TextStyle {
        let behind = TextBox { color: Color([0, 0, 255]), opacity: 0.4, padding: 0.25, letters: 1.0 };
        TextStyle { behind: Some(behind), ..plain() }
    }

    #[test]
    fn a_box_lies_around_the_letters() {
        let (bare, stamp) = (made("I", &plain(), 40.0), made("I", &boxed(), 40.0));
        assert_eq!(stamp.size, Size { width: bare.size.width + 20, height: 60 });
        assert_eq!((stamp.pixels[0], stamp.pixels.last()), ([0, 0, 255, 102], Some(&[0, 0, 255, 102])));
        let is_white = |pixel: &[u8; 4]| pixel == &[255; 4];
        let expected = bounds(&bare, is_white).map(|edge| edge + 10);
        assert_eq!(bounds(&stamp, is_white), expected);
        // Half a letter over the box: 0.5 of white, and what shines through of the box.
        let mut half = boxed();
        half.behind = half.behind.map(|behind| TextBox { letters: 0.5, ..behind });
        let stamp = made("I", &half, 40.0);
        let [x, y, ..] = expected;
        let pixel = stamp.pixels[y * stamp.size.width as usize + x];
        assert_eq!(pixel, [182, 182, 255, 179]);
        // Beyond the box there is the shadow's room.
        let stamp = made("I", &TextStyle { shadow: 0.2, ..boxed() }, 40.0);
        let [.., right, bottom] = bounds(&stamp, |pixel| pixel[3] == 102 && pixel[2] == 255);
        assert_eq!((right, bottom), (bare.size.width as usize + 19, 59));
    }
}
