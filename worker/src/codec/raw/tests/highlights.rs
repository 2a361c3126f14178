//! Photos of which the sensor's green, or all of it, has ended.

use super::*;

const WIDTH: usize = 96;
const HEIGHT: usize = 64;

/// A landscape, as bright as it is exposed by: a sky from blue to the white around the sun, clouds, walls in
/// the light of the evening, skin, leaves.
fn landscape(exposure: f32) -> impl Fn(usize, usize) -> [f32; 3] {
    move |x, y| {
        let (u, v) = (x as f32 / WIDTH as f32, y as f32 / HEIGHT as f32);
        let glow = (-((u - 0.7).powi(2) + (v - 0.3).powi(2)) * 14.0).exp();
        let cloud = 0.5 + 0.5 * ((u * 9.0).sin() * (v * 14.0 + u * 5.0).cos());
        let color: [f32; 3] = if v < 0.6 {
            let sky = [0.22 + 0.1 * v, 0.36 + 0.1 * v, 0.6];
            [0, 1, 2].map(|c| sky[c] * (1.0 - 0.4 * cloud) + 0.4 * cloud * 0.62 + glow * [0.9, 0.8, 0.65][c])
        } else if u < 0.4 {
            [0.52, 0.4, 0.28].map(|light: f32| light * (0.6 + 0.4 * (y % 8) as f32 / 8.0))
        } else if u < 0.7 {
            [0.5, 0.36, 0.3].map(|light: f32| light * (0.7 + 0.3 * u))
        } else {
            [0.1, 0.2, 0.05]
        };
        color.map(|light| light * exposure.exp2())
    }
}

/// How far colours are off, in levels of 255, on average over the pixels of which some colour has ended:
/// those of `got`, and those of a picture for which all light is cut off where green ends.
fn errors(exposure: f32) -> [f64; 2] {
    let dng = Dng { width: WIDTH, height: HEIGHT, ..Dng::default() };
    let light = landscape(exposure);
    let picture = decoded(&dng.file(&light)).picture;
    let (bent, plain) = (Tone::new(0.0, dng.headroom()), Tone::new(0.0, 1.0));
    // Blue and red less luma, by Rec. 601.
    let chroma = |[red, green, blue]: [u16; 3]| {
        let [red, green, blue] = [red, green, blue].map(|level| f64::from(level) / 257.0);
        let luma = 0.299 * red + 0.587 * green + 0.114 * blue;
        [0.564 * (blue - luma), 0.713 * (red - luma)]
    };
    let apart = |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
    let (mut sums, mut count) = ([0.0; 2], 0);
    for (index, pixel) in levels(&picture).chunks_exact(3).enumerate() {
        let seen = light(index % WIDTH, index / WIDTH);
        // What the sensor has no more: red at 2, green at 1, blue at 1.6.
        if seen[0] < 2.0 && seen[1] < 1.0 && seen[2] < 1.6 {
            continue;
        }
        let right = chroma(seen.map(|light| bent.level(light)));
        let cut = chroma(seen.map(|light| plain.level(light)));
        sums[0] += apart(chroma([pixel[0], pixel[1], pixel[2]]), right);
        sums[1] += apart(cut, right);
        count += 1;
    }
    assert!(count > 400, "{count} pixels");
    sums.map(|sum| sum / f64::from(count))
}

#[test]
fn colours_are_kept_where_green_has_ended() {
    for exposure in [1.0, 1.5, 2.0] {
        let [error, cut] = errors(exposure);
        assert!(error * 2.0 < cut, "{exposure}: {error} levels, cut off {cut}");
    }
}

#[test]
fn exposure_comes_before_the_tone_curve_and_brings_back_what_was_too_bright() {
    let dng = Dng::default();
    let bright = |x: usize, _: usize| [0.8 + x as f32 / 80.0; 3];
    let exposed = |file: &[u8], raw: RawPolicy, ev: f32| {
        decode(&Source { bytes: file, memory: 1 << 30, raw, admit: &|_| Ok(Wanted { ev, ..Wanted::ALL }) })
            .unwrap()
    };
    let file = dng.file(bright);
    for ev in [-2.0, -1.0, 0.5] {
        let curve = Tone::new(ev, dng.headroom());
        shows(&exposed(&file, RawPolicy::Develop, ev).picture, bright, &curve, 700);
    }
    let with_preview = Dng { preview: Some(preview(48, 32)), ..Dng::default() }.file(bright);
    let said = |ev: f32| exposed(&with_preview, RawPolicy::Embedded, ev).warnings;
    assert_eq!(said(1.0), ["the exposure of raw photos is for those that are developed"]);
    assert!(said(0.0).is_empty());
}

#[test]
fn clouds_keep_their_shape_and_stay_grey_where_green_has_ended() {
    let dng = Dng { width: WIDTH, height: HEIGHT, ..Dng::default() };
    let cloud = |x: usize, _: usize| [0.9 + 0.6 * x as f32 / WIDTH as f32; 3];
    let picture = decoded(&dng.file(cloud)).picture;
    let row = &levels(&picture)[WIDTH * 3 * 32..][..WIDTH * 3];
    let greys: Vec<u16> = row.chunks_exact(3).skip(4).take(WIDTH - 8).map(|pixel| pixel[1]).collect();
    assert!(greys.is_sorted() && greys[greys.len() - 1] - greys[0] > 1500, "{greys:?}");
    for pixel in row.chunks_exact(3).skip(4).take(WIDTH - 8) {
        let (least, most) = (pixel.iter().min().unwrap(), pixel.iter().max().unwrap());
        assert!(most - least < 300, "{pixel:?}");
    }
}
