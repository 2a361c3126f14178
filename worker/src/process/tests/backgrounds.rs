//! What transparency is laid over in a JPEG.

use recipe::filter::Color;

use super::*;

/// The colours of the JPEG of a PNG that shows nothing, in its middle and at its edge.
fn laid(filters: &[&str], background: [u8; 3], channels: Channels) -> [Vec<u8>; 2] {
    let size = Size { width: 64, height: 64 };
    let samples = Samples::U8(vec![0; 64 * 64 * channels.count()]);
    let picture = Picture { size, channels, samples };
    let metadata = Metadata::default();
    let file = codec::encode(picture, Format::Png, &Output::default(), &metadata, false, &mut Vec::new());
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("input");
    std::fs::write(&input, file.unwrap()).unwrap();
    let output = Output { background: Color(background), quality: 100, ..Output::default() };
    let filters = filters.iter().map(|filter| filter.parse().unwrap()).collect();
    let (_, jpeg) = run_recipe(input, Format::Jpeg, &Recipe::new(filters, output)).unwrap();
    let Picture { size, channels, samples: Samples::U8(samples) } = decoded(&jpeg).picture else {
        panic!("a JPEG of 16 bits")
    };
    let at = |x: u32, y: u32| {
        let start = (y * size.width + x) as usize * channels.count();
        samples[start..start + channels.count()].to_vec()
    };
    [at(size.width / 2, size.height / 2), at(1, 1)]
}

fn near(found: &[u8], expected: [u8; 3]) -> bool {
    found.len() == 3 && found.iter().zip(expected).all(|(found, expected)| found.abs_diff(expected) <= 2)
}

#[test]
fn the_colour_asked_for_counts_and_inside_a_canvas_the_canvas_s() {
    const RED: [u8; 3] = [255, 0, 0];
    const BLUE: [u8; 3] = [0, 0, 255];
    for channels in [Channels::Rgba, Channels::GreyAlpha] {
        let [middle, edge] = laid(&[], RED, channels);
        assert!(near(&middle, RED) && near(&edge, RED), "{middle:?} {edge:?}");
        for canvas in ["border:width=16,color=blue", "pad:width=96,height=96,color=blue"] {
            let [middle, edge] = laid(&[canvas, "border:width=16,color=red"], RED, channels);
            assert!(near(&middle, BLUE) && near(&edge, RED), "{canvas}: {middle:?} {edge:?}");
        }
    }
    assert_eq!(laid(&[], [255; 3], Channels::GreyAlpha), [[255], [255]]);
    assert_eq!(laid(&[], [9; 3], Channels::GreyAlpha), [[9], [9]]);
}
