//! Caption: the picture with a strip, and a text on it. No state but the text of now.

use protocol::JobError;
use recipe::filter::geometry::Size;
use recipe::filter::{Caption, CaptionEdge, TextAlign};
use recipe::template::TokenValues;
use resample::Resampler;

use super::canvas::{Ground, colored, place};
use super::lay::lay_over;
use super::run::{Files, Loop, Ready, Runnable};
use super::text::{Room, TextMark, TextStyle, Wish};
use crate::image::{Extent, Picture};

/// Height of a line, as a share of the strip's.
const LINE: f32 = 0.5;
/// The most that all lines take of the strip's height.
const LINES: f32 = 0.8;
/// Room left and right of the text, in heights of the strip.
const MARGIN: f32 = 0.3;

/// A caption with its fonts loaded.
#[derive(Debug)]
struct CaptionPass {
    caption: Caption,
    text: TextMark,
}

impl Runnable for Caption {
    fn ready(&self, files: &Files<'_>) -> Result<Ready, JobError> {
        let text = self.text.clone().unwrap_or_default();
        let text = TextMark::new("caption", text, self.font.as_ref(), files)?;
        Ready::alone(CaptionPass { caption: self.clone(), text })
    }
}

impl Loop for CaptionPass {
    fn fill_in(&mut self, values: &dyn TokenValues, warnings: &mut Vec<String>) -> Result<(), JobError> {
        self.text.fill_in(values, warnings).map(drop)
    }

    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        let size = picture.size;
        let Caption { color, background, .. } = self.caption;
        let picture = colored(colored(picture, background), color);
        let mut result = place(&picture, self.caption.plan(size), Ground::Color(background.0));
        drop(picture);
        let (wish, room) = self.measures(size);
        let stamp = self.text.stamp(&self.style(), &self.text.layout(&self.style(), wish, room));
        let corner = self.corner(size, stamp.size);
        lay_over(&mut result, &stamp, corner, 1.0);
        Ok(result)
    }

    fn bytes_beside(&self, size: Size) -> u64 {
        let (wish, room) = self.measures(size);
        self.text.largest_layout(&self.style(), wish, room).memory_needed()
    }
}

impl CaptionPass {
    fn style(&self) -> TextStyle {
        TextStyle::plain(self.caption.color, self.caption.align)
    }

    /// How large the text is under a picture of this size.
    fn measures(&self, size: Size) -> (Wish, Room) {
        let strip = self.caption.strip(size) as f32;
        let width = size.width.saturating_sub(2 * self.margin(size));
        (Wish::LineHeight(strip * LINE), Room { width, height: (strip * LINES) as u32 })
    }

    fn margin(&self, size: Size) -> u32 {
        (self.caption.strip(size) as f32 * MARGIN).round() as u32
    }

    /// Where the text of this size is on the result.
    fn corner(&self, size: Size, text: Size) -> (i64, i64) {
        let (margin, strip) = (i64::from(self.margin(size)), i64::from(self.caption.strip(size)));
        let room = i64::from(size.width) - i64::from(text.width);
        let x = match self.caption.align {
            TextAlign::Left => margin,
            TextAlign::Center => room.div_euclid(2),
            TextAlign::Right => room - margin,
        };
        let top = match self.caption.edge {
            CaptionEdge::Bottom => i64::from(size.height),
            CaptionEdge::Top => 0,
        };
        (x, top + (strip - i64::from(text.height)).div_euclid(2))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, filtered, pictures};
    use super::*;
    use crate::image::{Channels, Samples};

    #[test]
    fn the_strip_is_added_and_the_picture_stays() {
        for picture in pictures() {
            let max = if matches!(picture.samples, Samples::U8(_)) { 255.0 } else { 65_535.0 };
            let (height, strip) = (i64::from(picture.size.height), i64::from(picture.size.short_edge()));
            for (edge, strip_at, picture_at) in [("bottom", height, 0), ("top", 0, strip)] {
                let spec = format!("caption:text=\" \",height=1,edge={edge},background=red");
                let result = filtered(&spec, &picture);
                assert_eq!(i64::from(result.size.height), height + strip);
                for y in 0..strip {
                    assert_eq!(at(&result, 0, strip_at + y)[..3], [max, 0.0, 0.0], "{edge}");
                }
                for y in 0..height {
                    let (own, placed) = (at(&picture, 0, y), at(&result, 0, picture_at + y));
                    assert_eq!(placed[0], own[0], "{edge}");
                    assert!(!picture.channels.has_alpha() || placed.last() == own.last(), "{edge}");
                }
            }
        }
    }

    #[test]
    fn the_text_is_as_high_and_where_it_is_asked_for() {
        let size = Size { width: 300, height: 200 };
        let picture = Picture { size, channels: Channels::Grey, samples: Samples::U8(vec![90; 60_000]) };
        for (align, from, to) in [("left", 12, 30), ("center", 140, 160), ("right", 270, 288)] {
            let result = filtered(&format!("caption:text=I,height=0.2,align={align}"), &picture);
            assert_eq!((result.size, result.channels), (Size { width: 300, height: 240 }, Channels::Grey));
            let dark = (0..40).flat_map(|y| (0..300).map(move |x| (x, y)));
            let dark: Vec<(i64, i64)> = dark.filter(|(x, y)| at(&result, *x, 200 + y)[0] < 128.0).collect();
            assert!(dark.iter().all(|(x, _)| (from..to).contains(x)), "{align}: {dark:?}");
            // A line is half as high as the strip, and stands in its middle; letters have their place in it.
            assert!(dark.iter().all(|(_, y)| (10..30).contains(y)) && dark.len() > 10, "{align}: {dark:?}");
        }
        // Lines share what room there is.
        let lines = filtered("caption:text=I\\nI\\nI\\nI,height=0.2", &picture);
        let rows = (0..40).filter(|y| (0..300).any(|x| at(&lines, x, 200 + y)[0] < 200.0));
        let rows: Vec<i64> = rows.collect();
        assert!(rows.iter().all(|y| (4..36).contains(y)) && rows.len() > 16, "{rows:?}");
    }
}
