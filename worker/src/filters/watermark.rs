//! Watermark: a text or an image laid over the picture, once or all over it.
//!
//! Lengths are shares of the picture's edges, of the short one unless told, so that portrait and landscape
//! pictures look alike; a mark that would not fit is made smaller.

use protocol::JobError;
use recipe::filter::geometry::Size;
use recipe::filter::{Color, ScaleOf, Watermark};
use recipe::path::WirePath;
use recipe::template::TokenValues;
use resample::Resampler;

use super::art::Art;
use super::lay::{lay_over, mean_luma};
use super::run::{Files, Loop, Ready, Runnable};
use super::stamp::{self, Stamp};
use super::text::{Layout, Room, TextBox, TextMark, TextStyle, Wish};
use crate::image::{Extent, Picture};

/// Where the mean luma under a mark is at least this, its dark variant is seen better.
const BRIGHT: f64 = 0.5;

/// What a watermark is made from.
#[derive(Debug)]
enum Mark {
    /// An image, and the one for bright places.
    Image(Art, Option<Art>),
    Text(TextMark),
}

/// A watermark with its files loaded, and the stamp of the last picture: the next one often has the same
/// size.
#[derive(Debug)]
pub(crate) struct WatermarkPass {
    watermark: Watermark,
    mark: Mark,
    last: Option<(Look, Stamp)>,
}

/// What a stamp goes by.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Look {
    size: Size,
    /// Whether what is under it is bright, where that counts.
    on_bright: bool,
}

impl Runnable for Watermark {
    fn ready(&self, files: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(WatermarkPass::new(self.clone(), files)?)
    }
}

impl Loop for WatermarkPass {
    fn fill_in(&mut self, values: &dyn TokenValues, warnings: &mut Vec<String>) -> Result<(), JobError> {
        let Mark::Text(text) = &mut self.mark else { return Ok(()) };
        if text.fill_in(values, warnings)? {
            self.last = None;
        }
        Ok(())
    }

    fn run(
        &mut self,
        mut picture: Picture,
        _: Extent,
        resampler: &mut Resampler,
    ) -> Result<Picture, JobError> {
        self.apply(&mut picture, resampler)?;
        Ok(picture)
    }

    /// The stamp, and what it is made from.
    fn bytes_beside(&self, size: Size) -> u64 {
        let turned = |upright: Size| {
            let turned = stamp::turned_size(upright, self.watermark.angle);
            turned.pixels().saturating_mul(size_of::<[u8; 4]>() as u64)
        };
        let of_image = |image: &Art| {
            let upright = self.image_size(image, size);
            image.memory_needed(upright).saturating_add(turned(upright))
        };
        match &self.mark {
            Mark::Image(image, dark) => of_image(image).max(dark.as_ref().map_or(0, of_image)),
            Mark::Text(text) => {
                let style = self.style(false);
                let layout = text.largest_layout(&style, self.wish(size), self.room(size));
                layout.memory_needed().saturating_add(turned(layout.size))
            }
        }
    }
}

impl WatermarkPass {
    /// Loads the images, or the fonts.
    pub(crate) fn new(watermark: Watermark, files: &Files<'_>) -> Result<Self, JobError> {
        let art = |path: &WirePath, what| Art::read(path.as_path(), files, what);
        let mark = match &watermark.image {
            Some(path) => {
                let dark = watermark.image_dark.as_ref();
                let dark = dark.map(|path| art(path, "watermark: its image_dark")).transpose()?;
                Mark::Image(art(path, "watermark: its image")?, dark)
            }
            None => {
                let text = watermark.text.clone().unwrap_or_default();
                Mark::Text(TextMark::new("watermark", text, watermark.font.as_ref(), files)?)
            }
        };
        Ok(Self { watermark, mark, last: None })
    }

    /// Lays the mark over the picture.
    pub(crate) fn apply(&mut self, picture: &mut Picture, resampler: &mut Resampler) -> Result<(), JobError> {
        let look = Look { size: picture.size, on_bright: self.is_on_bright(picture) };
        if self.last.as_ref().is_none_or(|(known, _)| *known != look) {
            // Not kept while its successor is made.
            self.last = None;
            self.last = Some((look, self.stamp(look, resampler)?));
        }
        if let Some((_, stamp)) = &self.last {
            // Over a box, the letters have their opacity already.
            let opacity = if self.watermark.box_color.is_some() { 1.0 } else { self.watermark.opacity };
            for corner in self.corners(picture.size, stamp.size) {
                lay_over(picture, stamp, corner, opacity);
            }
        }
        Ok(())
    }

    /// Whether the mark is to be the one for bright places, which goes by where the other would be.
    fn is_on_bright(&self, picture: &Picture) -> bool {
        let size = picture.size;
        let upright = match &self.mark {
            Mark::Image(image, Some(_)) => self.image_size(image, size),
            Mark::Text(text) if self.watermark.adapt => self.layout(text, &self.style(false), size).size,
            Mark::Image(_, None) | Mark::Text(_) => return false,
        };
        let stamp = stamp::turned_size(upright, self.watermark.angle);
        mean_luma(picture, &self.corners(size, stamp), stamp) >= BRIGHT
    }

    fn stamp(&self, look: Look, resampler: &mut Resampler) -> Result<Stamp, JobError> {
        let size = look.size;
        let stamp = match &self.mark {
            Mark::Image(image, dark) => {
                let image = dark.as_ref().filter(|_| look.on_bright).unwrap_or(image);
                image.stamp(self.image_size(image, size), resampler)?
            }
            Mark::Text(text) => {
                let style = self.style(look.on_bright);
                text.stamp(&style, &self.layout(text, &style, size))
            }
        };
        Ok(stamp.turned(self.watermark.angle))
    }

    fn style(&self, on_bright: bool) -> TextStyle {
        let Watermark { color, outline_color, outline, shadow, .. } = self.watermark;
        let (color, outline_color) = match (self.watermark.adapt, on_bright) {
            (true, true) => (Color::BLACK, Color::WHITE),
            (true, false) => (Color::WHITE, Color::BLACK),
            (false, _) => (color, outline_color),
        };
        let Watermark { box_opacity, box_padding, opacity, .. } = self.watermark;
        let behind = |color| TextBox { color, opacity: box_opacity, padding: box_padding, letters: opacity };
        TextStyle {
            color,
            outline,
            outline_color,
            shadow,
            align: self.watermark.align.unwrap_or(self.watermark.anchor.align()),
            behind: self.watermark.box_color.map(behind),
        }
    }

    fn image_size(&self, image: &Art, size: Size) -> Size {
        let (width, height) = image.proportions();
        let room = self.room(size);
        let across = f64::from(room.width.max(1)) / width;
        let wished = match self.wish(size) {
            Wish::LineHeight(wished) => f64::from(wished.round().max(1.0)) / height,
            Wish::Width(wished) => (f64::from(wished) / width).min(f64::from(room.height) / height),
        };
        let factor = wished.min(across);
        let edge = |length: f64| (length * factor).round() as u32;
        Size::new(edge(width), edge(height))
    }

    fn layout(&self, text: &TextMark, style: &TextStyle, size: Size) -> Layout {
        text.layout(style, self.wish(size), self.room(size))
    }

    fn wish(&self, size: Size) -> Wish {
        let of = |edge: u32| self.watermark.scale * edge as f32;
        match self.watermark.of {
            ScaleOf::Short => Wish::LineHeight(of(size.short_edge())),
            ScaleOf::Height => Wish::LineHeight(of(size.height)),
            ScaleOf::Width => Wish::Width(of(size.width)),
        }
    }

    /// The width between the margins, and the whole height.
    fn room(&self, size: Size) -> Room {
        Room { width: size.width.saturating_sub(2 * self.margin(size)), height: size.height }
    }

    fn margin(&self, size: Size) -> u32 {
        size.of_short_edge(self.watermark.margin)
    }

    /// The top left corners of the stamps: one where the anchor says, or a grid with gaps of one stamp's
    /// height.
    fn corners(&self, size: Size, stamp: Size) -> Vec<(i64, i64)> {
        let margin = i64::from(self.margin(size));
        let (width, height) = (i64::from(size.width), i64::from(size.height));
        let (stamp_width, stamp_height) = (i64::from(stamp.width), i64::from(stamp.height));
        if self.watermark.tile {
            let gap = stamp_height.max(4);
            let rows = (margin..height).step_by((stamp_height + gap) as usize);
            let columns = || (margin..width).step_by((stamp_width + gap) as usize);
            return rows.flat_map(|y| columns().map(move |x| (x, y))).collect();
        }
        let room = |edge: i64, stamp: i64| edge - stamp - 2 * margin;
        let (x, y) = self.watermark.anchor.place(room(width, stamp_width), room(height, stamp_height));
        let place = |given: Option<u32>, anchored: i64, offset: f32| {
            let moved = (offset * size.short_edge() as f32).round() as i64;
            given.map_or(margin + anchored + moved, i64::from)
        };
        let Watermark { offset_x, offset_y, .. } = self.watermark;
        vec![(place(self.watermark.x, x, offset_x), place(self.watermark.y, y, offset_y))]
    }
}

#[cfg(test)]
mod tests {
    use super::super::fail;
    use super::super::testing::{at, floats, no_files, parse, pictures};
    use super::*;
    use crate::image::{Channels, Samples};
    use protocol::ErrorKind;
    use recipe::Filter;
    use std::path::Path;

    /// A watermark whose images have these names.
    fn marker_of(spec: &str, images: &[(&str, &Picture)], svg: Option<&str>) -> WatermarkPass {
        let Filter::Watermark(watermark) = parse(spec) else { panic!("not a watermark") };
        let missing = || fail(ErrorKind::Vanished, "no such file");
        let found = |path: &Path| images.iter().find(|(name, _)| path == Path::new(name));
        let picture = |path: &Path| found(path).map(|(_, image)| (*image).clone()).ok_or_else(missing);
        let bytes = |_: &Path| svg.map(|svg| svg.as_bytes().to_vec()).ok_or_else(missing);
        let files = Files { picture: &picture, bytes: &bytes, ..no_files() };
        WatermarkPass::new(watermark, &files).unwrap()
    }

    fn marker(spec: &str, image: Option<&Picture>) -> WatermarkPass {
        let images: Vec<_> = image.map(|image| ("mark.png", image)).into_iter().collect();
        marker_of(spec, &images, None)
    }

    fn marked(mut marker: WatermarkPass, mut picture: Picture) -> Picture {
        marker.apply(&mut picture, &mut Resampler::default()).unwrap();
        picture
    }

    fn all_of(level: u8, width: u32, height: u32) -> Picture {
        let size = Size { width, height };
        let samples = Samples::U8(vec![level; size.pixels() as usize * 3]);
        Picture { size, channels: Channels::Rgb, samples }
    }

    fn white(width: u32, height: u32) -> Picture {
        all_of(255, width, height)
    }

    /// Where a mark is: left, top, width and height of what is not as it was.
    fn place(before: &Picture, after: &Picture) -> [i64; 4] {
        let Size { width, height } = before.size;
        let all = (0..i64::from(height)).flat_map(|y| (0..i64::from(width)).map(move |x| (x, y)));
        let changed: Vec<_> = all.filter(|(x, y)| at(before, *x, *y) != at(after, *x, *y)).collect();
        let span = |of: fn(&(i64, i64)) -> i64| {
            let (first, last) =
                (changed.iter().map(of).min().unwrap(), changed.iter().map(of).max().unwrap());
            (first, last - first + 1)
        };
        let ((left, width), (top, height)) = (span(|place| place.0), span(|place| place.1));
        [left, top, width, height]
    }

    #[test]
    fn the_anchor_says_where_and_opacity_how_much() {
        let black = all_of(0, 10, 10);
        for (anchor, x, y) in
            [("top-left", 5, 5), ("center", 50, 50), ("bottom-right", 94, 94), ("right", 94, 50)]
        {
            let spec = format!("watermark:image=mark.png,anchor={anchor},scale=0.1,margin=0,opacity=0.4");
            let picture = marked(marker(&spec, Some(&black)), white(100, 100));
            assert_eq!(at(&picture, x, y), [153.0; 3], "{anchor}");
            let marked = (0..100).flat_map(|y| (0..100).map(move |x| (x, y)));
            assert_eq!(marked.filter(|(x, y)| at(&picture, *x, *y)[0] < 255.0).count(), 100, "{anchor}");
        }
    }

    #[test]
    fn a_distance_from_the_edge_goes_before_the_anchor() {
        let black = all_of(0, 10, 10);
        for (given, left, top) in [("x=3,y=70", 3, 70), ("x=95,anchor=top", 95, 20), ("y=0", 70, 0)] {
            let spec = format!("watermark:image=mark.png,{given},scale=0.1,margin=0.2,opacity=1");
            let before = white(100, 100);
            let [x, y, ..] = place(&before, &marked(marker(&spec, Some(&black)), before.clone()));
            assert_eq!((x, y), (left, top), "{given}");
        }
    }

    #[test]
    fn an_offset_moves_it_right_and_down_from_its_anchor() {
        let black = all_of(0, 10, 10);
        for (anchor, offset, left, top) in [
            ("top-left", "offset_x=0.1,offset_y=0.05", 20, 15),
            ("bottom-right", "offset_x=-0.1,offset_y=-0.05", 170, 75),
            ("center", "offset_y=0.25", 95, 70),
        ] {
            let spec =
                format!("watermark:image=mark.png,anchor={anchor},{offset},scale=0.1,margin=0.1,opacity=1");
            let before = white(200, 100);
            let found = place(&before, &marked(marker(&spec, Some(&black)), before.clone()));
            assert_eq!(found, [left, top, 10, 10], "{anchor} {offset}");
        }
    }

    #[test]
    fn its_size_is_a_share_of_the_edge_that_is_named() {
        let wide = all_of(0, 40, 20);
        let svg = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 2'><path d='M0 0h4v2H0z'/></svg>";
        for (of, scale, landscape, portrait) in [
            ("short", 0.2, [40, 20], [40, 20]),
            ("width", 0.2, [60, 30], [20, 10]),
            ("height", 0.2, [40, 20], [100, 50]),
            // As high as the picture at the most.
            ("width", 1.0, [200, 100], [100, 50]),
        ] {
            let spec = "watermark:image=mark.png,margin=0,opacity=1,anchor=top-left";
            let spec = format!("{spec},of={of},scale={scale}");
            for (before, [width, height]) in [(white(300, 100), landscape), (white(100, 300), portrait)] {
                for marker in [marker(&spec, Some(&wide)), marker_of(&spec, &[], Some(svg))] {
                    let found = place(&before, &marked(marker, before.clone()));
                    assert_eq!(found, [0, 0, width, height], "{spec} {:?}", before.size);
                }
            }
        }
        // Of a text, the width is that of its ink to within the room beside its letters.
        let spec = "watermark:text=IIIIIIIIII,of=width,scale=0.5,opacity=1,anchor=top-left,color=black";
        let before = white(400, 300);
        let [_, _, width, _] = place(&before, &marked(marker(spec, None), before.clone()));
        assert!((180..=200).contains(&width), "{width}");
    }

    #[test]
    fn lines_and_their_box_stand_where_the_anchor_says() {
        let spec = "watermark:text=I\\nIII,scale=0.1,margin=0.05,opacity=1,color=black,anchor=bottom-right";
        let before = white(400, 200);
        let bare = marked(marker(spec, None), before.clone());
        let boxed = format!("{spec},box_color=#0000ff,box_opacity=1,box_padding=0.5");
        let boxed = marked(marker(&boxed, None), before.clone());
        let [left, top, width, height] = place(&before, &boxed);
        // Two lines of 20 pixels and 10 of padding on each side; a margin of 10.
        assert_eq!((left + width, top, height), (390, 130, 60));
        let dark = |picture: &Picture, x: i64, y: i64| at(picture, x, y).iter().all(|level| *level < 60.0);
        let columns = |picture: &Picture, rows: std::ops::Range<i64>| -> Vec<i64> {
            (0..400).filter(|x| rows.clone().any(|y| dark(picture, *x, y))).collect()
        };
        // One letter above three, all on the right.
        let (first, second) = (columns(&bare, 150..170), columns(&bare, 170..190));
        assert_eq!(first.last(), second.last());
        assert!(first.len() < second.len() && first[0] > second[0], "{first:?} {second:?}");
        let inside = columns(&boxed, 140..180);
        assert!(inside.iter().all(|x| (left + 10..left + width - 10).contains(x)), "{inside:?}");
        let centred = columns(&marked(marker(&format!("{spec},align=center"), None), before), 150..170);
        assert_eq!(centred.last(), second.get(second.len() / 2), "{centred:?} {second:?}");
    }

    #[test]
    fn what_adapts_goes_by_what_is_under_it() {
        let mut halves = white(200, 100);
        if let Samples::U8(samples) = &mut halves.samples {
            samples.chunks_exact_mut(600).for_each(|row| row[..300].fill(40));
        }
        let text = "watermark:text=I,adapt=true,opacity=1,scale=0.5,margin=0.1,color=red";
        let (light, dark) = (all_of(250, 10, 10), all_of(5, 10, 10));
        let images = [("light.png", &light), ("dark.png", &dark)];
        let image = "watermark:image=light.png,image_dark=dark.png,opacity=1,scale=0.3";
        for (anchor, expected, of_image) in [("left", 255.0, 250.0), ("right", 0.0, 5.0)] {
            for (spec, level) in [(text, expected), (image, of_image)] {
                let marker = marker_of(&format!("{spec},anchor={anchor}"), &images, None);
                let after = marked(marker, halves.clone());
                let [left, top, width, height] = place(&halves, &after);
                let all = (0..width).flat_map(|x| (0..height).map(move |y| (left + x, top + y)));
                assert!(all.clone().any(|(x, y)| at(&after, x, y) == [level; 3]), "{spec} {anchor}");
            }
        }
        // The same marker on one photo after the other.
        let mut both = marker_of(&format!("{image},anchor=center"), &images, None);
        for (ground, level) in [(0, 250.0), (255, 5.0), (0, 250.0)] {
            let mut picture = all_of(ground, 60, 40);
            both.apply(&mut picture, &mut Resampler::default()).unwrap();
            assert_eq!(at(&picture, 30, 20), [level; 3]);
        }
    }

    #[test]
    fn tiles_cover_the_picture() {
        let spec = "watermark:text=proof,tile=true,color=black,opacity=1,scale=0.1";
        let picture = marked(marker(spec, None), white(200, 100));
        for corner in [(0, 0), (100, 0), (0, 50), (100, 50)] {
            let dark = (0..50).flat_map(|y| (0..100).map(move |x| (x, y)));
            let dark = dark.filter(|(x, y)| at(&picture, corner.0 + x, corner.1 + y)[0] < 128.0);
            assert!(dark.count() > 20, "{corner:?}");
        }
    }

    #[test]
    fn any_picture_can_be_marked() {
        let svg = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><circle cx='4' cy='4' r='4' \
                   fill='#08f'/></svg>";
        for picture in pictures() {
            for (spec, svg) in [
                ("watermark:text=© Ñandú,opacity=1,angle=30,scale=0.5", None),
                ("watermark:text=a\\nb,box_color=navy,adapt=false,opacity=1,scale=0.2", None),
                ("watermark:text=Ñ,adapt=true,outline=0.1,opacity=1,scale=0.5", None),
                ("watermark:image=a.svg,opacity=0.7,scale=0.9", Some(svg)),
            ] {
                let before = picture.clone();
                let picture = marked(marker_of(spec, &[], svg), picture.clone());
                assert_eq!((picture.size, picture.channels), (before.size, before.channels));
                // On 13 × 7 pixels there is room for letters.
                assert!(picture != before || picture.size.width < 13, "{spec} {:?}", picture.channels);
                let (before, after) = (floats(&before), floats(&picture));
                let count = picture.channels.count();
                for (before, after) in before.chunks(count).zip(after.chunks(count)) {
                    // What is laid over a pixel makes it no more transparent.
                    assert!(!picture.channels.has_alpha() || after.last() >= before.last());
                }
            }
        }
    }

    #[test]
    fn files_that_are_of_no_use_are_named() {
        let Filter::Watermark(watermark) = parse("watermark:image=logo.svg") else { panic!("not one") };
        let text = b"<svg xmlns='http://www.w3.org/2000/svg'><text>Ana</text></svg>";
        let files = Files { bytes: &|_| Ok(text.to_vec()), ..no_files() };
        let error = WatermarkPass::new(watermark, &files).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadParameter);
        assert!(error.detail.starts_with("watermark: its image cannot be used: there is text"), "{error:?}");
    }
}
