//! How much memory a pipeline needs, from the size of a picture alone.

use recipe::filter::Storage;
use recipe::filter::geometry::Size;

use super::{Member, Pipeline};
use crate::image::Channels;

impl Pipeline {
    /// Most bytes of memory that the filters need, on top of the picture they are given: the largest
    /// pair of a pass's input and output, with four channels where colour or transparency may come in
    /// between, and what else it needs.
    pub(crate) fn memory_needed(&self, input: Size, channels: Channels, bytes_per_sample: u64) -> u64 {
        let pixel = (channels.count().max(4) as u64).saturating_mul(bytes_per_sample);
        let mut size = input;
        let mut most = 0;
        for Member { filter, pass } in &self.members {
            let output = filter.output_size(size);
            let result = match filter.info().memory {
                Storage::InPlace => 0,
                Storage::Beside => output.pixels(),
            };
            let pass = pass.map(|index| &self.passes[index]);
            let beside = pass.map_or(0, |pass| pass.pixels_beside(size, channels.has_alpha()));
            let pixels = size.pixels().saturating_add(result).saturating_add(beside);
            let bytes = pass.map_or(0, |pass| pass.bytes_beside(size));
            most = most.max(pixels.saturating_mul(pixel).saturating_add(bytes));
            size = output;
        }
        most
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::pipeline;
    use super::*;

    const SIZE: Size = Size { width: 600, height: 400 };

    /// For a picture of 8 bits.
    fn needed(spec: &str, size: Size, channels: Channels) -> u64 {
        pipeline(&[spec]).memory_needed(size, channels, 1)
    }

    #[test]
    fn a_blur_needs_more_the_farther_it_reaches_and_with_transparency() {
        let blur = |sigma: u32, channels| needed(&format!("blur={sigma}"), SIZE, channels);
        assert!(blur(20, Channels::Rgb) > blur(2, Channels::Rgb));
        assert!(blur(2, Channels::Rgba) > blur(2, Channels::Rgb));
        assert!(needed("median=9", SIZE, Channels::Rgb) > needed("median=1", SIZE, Channels::Rgb));
    }

    #[test]
    fn a_turned_picture_needs_its_canvas() {
        let square = Size { width: 500, height: 500 };
        let canvas = 708 * 708;
        assert_eq!(needed("rotate=45", square, Channels::Grey), (square.pixels() + canvas) * 4);
    }

    #[test]
    fn the_weights_of_a_long_picture_are_counted() {
        let long = Size { width: 1, height: 1_000_000 };
        for (kernel, pixels_each) in [("lanczos3", 6), ("bilinear", 2), ("box", 1)] {
            // Each row of the result needs those that it is made of, of 8 bytes and then of 2 or 4.
            let needed = needed(&format!("resize:height=100,kernel={kernel}"), long, Channels::Rgb);
            let weights = needed - (1_000_000 + 2 * 100) * 4;
            let expected = pixels_each * 1_000_000 * 12;
            assert!((expected..expected + 3000).contains(&weights), "{kernel}: {weights}, {expected}");
        }
    }

    #[test]
    fn a_stamp_is_counted_and_no_text_makes_it_many_pictures_large() {
        let marked = |spec: &str| needed(&format!("watermark:text={spec}"), SIZE, Channels::Rgb);
        let nothing = SIZE.pixels() * 4;
        assert!(marked("x") > nothing);
        assert!(marked("x,scale=0.5") > marked("x"));
        assert!(marked("wide text,angle=45") > marked("wide text"));
        assert!(marked("wide text,shadow=0.1") > marked("wide text"));
        let long = marked(&("x".repeat(200) + ",scale=1"));
        assert!(long < nothing + 26 * SIZE.pixels(), "{long}");
        // A text that is not known yet may have any length.
        for around in [
            "",
            ",outline=0.2,shadow=0.3",
            ",angle=45",
            ",of=width,scale=1,outline=0.2",
            ",of=height,scale=1,box_color=red",
            ",box_color=red,box_padding=2",
        ] {
            let unknown = marked(&format!("{{title}}{around}"));
            for length in [1, 5, 20, 50, 200] {
                let known = marked(&format!("{}{around}", "x".repeat(length)));
                assert!(known <= unknown, "{around} {length}: {known} {unknown}");
            }
        }
        // Of its lines as many as there are; no photo adds one.
        for count in [2, 9, 60] {
            let lines = "\\n".repeat(count - 1);
            for around in ["", ",scale=0.4,shadow=0.1", ",of=width,scale=0.9"] {
                let unknown = marked(&format!("{{title}}{lines}{around}"));
                for text in ["x", "wide title"] {
                    let known = marked(&format!("{text}{lines}{around}"));
                    assert!(known <= unknown, "{around} {count}: {known} {unknown}");
                }
            }
        }
        assert!(marked("{title}\\n\\n,scale=0.3") > marked("{title},scale=0.3"));
        let captioned = |text: &str| needed(&format!("caption:text={text}"), SIZE, Channels::Rgb);
        assert!(captioned("{title}") >= captioned("some title") && captioned("x") > 2 * nothing);
    }
}
