//! How well colours are found in mosaics, which pixels of a sensor are not believed, and what is cut off.

use super::super::testing::XTRANS;
use super::*;

/// Something with edges in all directions, fine lines, and colours that change across them.
fn detailed(x: usize, y: usize) -> [f32; 3] {
    let (u, v) = (x as f32, y as f32);
    let rings = 0.5 + 0.5 * (((u - 60.0).powi(2) + (v - 40.0).powi(2)) / 260.0).cos();
    let stripes = if (((u * 0.6 + v * 0.8) / 7.0) as usize).is_multiple_of(2) { 0.75 } else { 0.2 };
    let wall = if u > 90.0 && ((v / 7.0) as usize).is_multiple_of(2) { 0.3 } else { 0.0 };
    let light = if u < 30.0 { stripes } else { 0.1 + 0.6 * rings + wall };
    // What is darker is bluer, and it becomes redder to the right.
    [light * (0.6 + u / 400.0), light * 0.75 + 0.01, light * 0.6 + 0.05]
}

/// The PSNR of a picture of `detailed`, its edges apart.
fn quality(level: impl Fn(usize, usize, usize) -> f64, tone: &Tone, size: Size) -> f64 {
    let (mut squares, mut count) = (0.0, 0.0);
    for y in 6..size.height as usize - 6 {
        for x in 6..size.width as usize - 6 {
            for (channel, light) in detailed(x, y).into_iter().enumerate() {
                squares += (level(x, y, channel) - f64::from(tone.level(light))).powi(2);
                count += 1.0;
            }
        }
    }
    10.0 * (65535.0f64.powi(2) * count / squares).log10()
}

#[test]
fn the_mosaic_of_6_by_6_is_read_much_better_than_by_means() {
    for border in [0, 3] {
        let dng = Dng { width: 140, height: 100, layout: SensorLayout::XTrans, border, ..Dng::default() };
        let decoded = decoded(&dng.file(detailed));
        assert_eq!(decoded.warnings, Vec::<String>::new());
        let (picture, tone) = (decoded.picture, tone(&dng));
        let samples = levels(&picture);
        let level = |x: usize, y: usize, channel: usize| f64::from(samples[(y * 140 + x) * 3 + channel]);
        let ours = quality(level, &tone, picture.size);
        // Of each colour the mean of what there is of it within two pixels. (The mosaic begins at the
        // border.)
        let color = |x: usize, y: usize| usize::from(XTRANS[(y + border) % 6][(x + border) % 6]);
        let mean = |x: usize, y: usize, channel: usize| {
            let around = (y - 2..y + 3).flat_map(|y| (x - 2..x + 3).map(move |x| (x, y)));
            let found: Vec<f32> = around
                .filter(|(x, y)| color(*x, *y) == channel)
                .map(|(x, y)| detailed(x, y)[channel])
                .collect();
            f64::from(tone.level(found.iter().sum::<f32>() / found.len() as f32))
        };
        let means = quality(mean, &tone, picture.size);
        assert!(ours > means + 5.0, "{ours} dB, by means {means} dB, border {border}");
    }
}

#[test]
fn the_mosaic_of_6_by_6_is_smooth_where_light_is_and_at_the_edges() {
    for (width, height) in [(140, 30), (48, 32), (13, 9), (5, 4)] {
        let dng = Dng { width, height, layout: SensorLayout::XTrans, border: 1, ..Dng::default() };
        let picture = decoded(&dng.file(|_, _| [0.3, 0.2, 0.1])).picture;
        let tone = tone(&dng);
        for pixel in levels(&picture).chunks_exact(3) {
            let expected = [0.3, 0.2, 0.1].map(|light| tone.level(light));
            let is_near = pixel.iter().zip(expected).all(|(got, expected)| got.abs_diff(expected) < 60);
            assert!(is_near || width < 12, "{width}×{height}: {pixel:?}, expected {expected:?}");
        }
    }
}

#[test]
fn hot_pixels_are_not_seen_and_stars_are() {
    let hot = [(20, 12), (33, 7), (41, 25)];
    for layout in [SensorLayout::Mosaic([0, 1, 1, 2]), SensorLayout::XTrans] {
        let dng = Dng { layout, ..Dng::default() };
        let night = |x: usize, y: usize| [0.01 + ((x * 5 + y * 3) % 7) as f32 / 1000.0; 3];
        let broken = |x: usize, y: usize| if hot.contains(&(x, y)) { [0.9; 3] } else { night(x, y) };
        let (usual, got) = (decoded(&dng.file(night)).picture, decoded(&dng.file(broken)).picture);
        let most = levels(&usual).iter().zip(levels(&got)).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        assert!(most < 2500, "{layout:?}: {most}");
        // As wide at half its height as a pixel.
        let star = |x: usize, y: usize| {
            let square = (x as f32 - 20.2).powi(2) + (y as f32 - 12.1).powi(2);
            night(x, y).map(|light| light + 0.9 * (-square * 4.0 * 2.0f32.ln()).exp())
        };
        let got = decoded(&dng.file(star)).picture;
        let brightest = *levels(&got).iter().max().unwrap();
        assert!(brightest > tone(&dng).level(0.5), "{layout:?}: {brightest}");
    }
}

#[test]
fn what_was_chosen_in_the_camera_is_the_picture() {
    let cut = |parts: [u32; 4]| {
        let raw_tags = vec![fractions(0xC7B5, &parts, 16)];
        decoded(&Dng { border: 3, raw_tags, ..Dng::default() }.file(smooth))
    };
    let whole = decoded(&Dng { border: 3, ..Dng::default() }.file(smooth)).picture;
    // Top, left, bottom, right.
    let got = cut([2, 4, 14, 12]);
    let size = Size { width: 24, height: 24 };
    assert_eq!((got.header.size, got.picture.size), (size, size));
    for (index, pixel) in levels(&got.picture).chunks_exact(3).enumerate() {
        let (x, y) = (index % 24 + 12, index / 24 + 4);
        let there = &levels(&whole)[(y * 48 + x) * 3..][..3];
        assert!(pixel.iter().zip(there).all(|(a, b)| a.abs_diff(*b) < 40), "{x}, {y}");
    }
    for nothing in [[0, 0, 16, 16], [8, 0, 8, 16], [0, 0, 20, 16]] {
        assert_eq!(cut(nothing).picture.size, whole.size, "{nothing:?}");
    }
}

/// Not how much better or worse than LibRaw (see `make.py` beside the files), but that both see the same
/// photo: the same colours everywhere, and the same edges as far as two ways of demosaicing agree.
#[test]
fn libraw_sees_the_same() {
    let files: [(&[u8], &[u8], f64); 3] = [
        (
            include_bytes!("../../../../tests/fixtures/raw/linear.dng"),
            include_bytes!("../../../../tests/fixtures/raw/linear.png"),
            75.0,
        ),
        (
            include_bytes!("../../../../tests/fixtures/raw/strips.dng"),
            include_bytes!("../../../../tests/fixtures/raw/strips.png"),
            34.0,
        ),
        (
            include_bytes!("../../../../tests/fixtures/raw/tiles.dng"),
            include_bytes!("../../../../tests/fixtures/raw/tiles.png"),
            34.0,
        ),
    ];
    // Their white balance in `make.py`.
    let tone = Tone::new(0.0, 1.0 / 0.62);
    for (file, theirs, least) in files {
        let picture = decoded(file).picture;
        let light = image::load_from_memory_with_format(theirs, ImageFormat::Png).unwrap().into_rgb16();
        assert_eq!((light.width(), light.height()), (picture.size.width, picture.size.height));
        let theirs = light.into_raw().into_iter().map(|light| tone.level(f32::from(light) / 65535.0));
        let squares = levels(&picture).iter().zip(theirs).map(|(a, b)| f64::from(a.abs_diff(b)).powi(2));
        let psnr =
            10.0 * (65535.0f64.powi(2) / (squares.sum::<f64>() / picture.samples.len() as f64)).log10();
        assert!(psnr > least, "{psnr} dB, at least {least}");
    }
}
