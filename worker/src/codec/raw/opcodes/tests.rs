//! The corrections in a DNG, against values worked out by hand.

use std::f64::consts::PI;

use recipe::filter::geometry::Size;
use recipe::format::RawPolicy;

use super::*;
use crate::codec::raw::testing::{Dng, Packing, SensorLayout, opcodes as list};
use crate::codec::raw::tone::Tone;
use crate::codec::{Decoded, Source, Wanted, decode};
use crate::image::Samples;

fn numbers(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

fn doubles(values: &[f64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

/// All of the default DNG, in every plane.
const WHOLE: [u32; 8] = [0, 0, 32, 48, 0, 3, 1, 1];

fn over(region: [u32; 8], parameters: &[Vec<u8>]) -> Vec<u8> {
    [numbers(&region), parameters.concat()].concat()
}

/// Light that differs everywhere.
fn light(x: usize, y: usize) -> [f32; 3] {
    let (x, y) = (x as f32, y as f32);
    [0.1 + x / 80.0, 0.7 - y / 70.0, 0.15 + (x + 2.0 * y) / 260.0]
}

fn decoded(dng: &Dng) -> Result<Decoded, JobError> {
    let file = dng.file(light);
    decode(&Source { bytes: &file, memory: 1 << 30, raw: RawPolicy::Develop, admit: &|_| Ok(Wanted::ALL) })
}

fn linear() -> Dng {
    Dng { layout: SensorLayout::Linear, ..Dng::default() }
}

/// Checks that a DNG of linear light shows `expected`, which is given the light as the camera saw it, row,
/// column and plane.
fn shows(dng: &Dng, tolerance: u16, expected: impl Fn(f64, usize, usize, usize) -> f64) {
    let Decoded { picture, warnings, .. } = decoded(dng).unwrap();
    assert_eq!(warnings, Vec::<String>::new());
    let Samples::U16(samples) = &picture.samples else { panic!("8 bits") };
    let tone = Tone::new(0.0, dng.headroom());
    // The balance that makes the neutral grey, with 1 for its least.
    let most = f64::from(*dng.neutral.iter().max().unwrap());
    for (index, pixel) in samples.chunks_exact(3).enumerate() {
        let (row, column) = (index / dng.width, index % dng.width);
        for (plane, got) in pixel.iter().copied().enumerate() {
            let neutral = f64::from(dng.neutral[plane]);
            let camera = f64::from(light(column, row)[plane]) * neutral / 1000.0;
            let balanced = (expected(camera, row, column, plane).clamp(0.0, 1.0) * most / neutral).min(1.0);
            let level = tone.level(balanced as f32);
            assert!(level.abs_diff(got) <= tolerance, "{row}, {column}, {plane}: {got} {level}");
        }
    }
}

/// Each in the second list and in the third: without a mosaic they are for the same light.
fn both(opcode: (u32, u32, Vec<u8>), expected: impl Fn(f64, usize, usize, usize) -> f64 + Copy) {
    let bytes = list(&[opcode]);
    for corrections in [[vec![], bytes.clone(), vec![]], [vec![], vec![], bytes.clone()]] {
        // Counted from the lit area's corner, wherever that is.
        for border in [0, 3] {
            let dng = Dng { corrections: corrections.clone(), border, ..linear() };
            let within =
                |x, row: usize, column: usize, plane| expected(x, row + border, column + border, plane);
            shows(&dng, 150, within);
        }
    }
}

#[test]
fn a_list_is_read_to_its_last_byte_or_not_at_all() {
    let list = list(&[(6, 0, numbers(&[1, 2, 30, 50])), (99, 1, vec![7; 5])]);
    let corrections = Corrections::read([&[], &list, &[]], false).unwrap();
    assert_eq!(corrections.trim, Some([1, 2, 30, 50]));
    assert_eq!(
        corrections.notes,
        ["something (opcode 99, which is not known) was not corrected, as the DNG asks"]
    );
    for length in 1..list.len() {
        let error = Corrections::read([&[], &list[..length], &[]], false).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Corrupt, "{length}");
    }
}

#[test]
fn what_has_no_place_in_front_of_a_table_is_not_called_unknown() {
    for id in [3, 6, 7, 13] {
        let notes = Corrections::read([&list(&[(id, 1, vec![])]), &[], &[]], true).unwrap().notes;
        assert!(notes[0].contains(&format!("(opcode {id})")), "{notes:?}");
    }
}

#[test]
fn light_goes_through_a_polynomial() {
    // Lightroom's lossy DNGs have one of these for each plane.
    let polynomial = |x: f64| 0.01 + 0.2 * x + 0.15 * x * x + 0.5 * x * x * x;
    let parameters = [numbers(&[3]), doubles(&[0.01, 0.2, 0.15, 0.5])];
    both((8, 0, over([0, 0, 60, 80, 0, 3, 1, 1], &parameters)), move |x, _, _, _| polynomial(x));
    both(
        (8, 0, over([0, 0, 60, 80, 1, 1, 1, 1], &parameters)),
        move |x, _, _, plane| {
            if plane == 1 { polynomial(x) } else { x }
        },
    );
}

#[test]
fn light_goes_through_a_table() {
    // The last level of a short table is that of all beyond.
    let table: Vec<u16> = (0..40_000u32).map(|level| (level * level / 65_535) as u16).collect();
    let bytes = table.iter().flat_map(|level| level.to_be_bytes()).collect();
    let parameters = [numbers(&[40_000]), bytes];
    both((7, 0, over([4, 6, 20, 30, 0, 3, 2, 3], &parameters)), |x, row, column, _| {
        let is_meant = (4..20).contains(&row)
            && (6..30).contains(&column)
            && row.is_multiple_of(2)
            && column.is_multiple_of(3);
        let squared = (x * 65_535.0).min(39_999.0).powi(2) / 65_535.0 / 65_535.0;
        if is_meant { squared } else { x }
    });
}

#[test]
fn rows_and_columns_are_shifted_and_scaled() {
    let values: Vec<f32> = (0..40).map(|n| 0.02 * (n % 5) as f32 - 0.03).collect();
    let of = |n: usize| f64::from(0.02 * (n % 5) as f32 - 0.03);
    let scales: Vec<f32> = values.iter().map(|value| 1.0 + 4.0 * value).collect();
    let region = |parameters: &[f32]| over([2, 3, 32, 43, 0, 2, 2, 1], &[numbers(&[40]), floats(parameters)]);
    let is_meant = |row: usize, column: usize, plane: usize| {
        (2..32).contains(&row) && row.is_multiple_of(2) && (3..43).contains(&column) && plane < 2
    };
    both(
        (10, 0, region(&values)),
        |x, row, column, plane| {
            if is_meant(row, column, plane) { x + of((row - 2) / 2) } else { x }
        },
    );
    both(
        (11, 0, region(&values)),
        |x, row, column, plane| {
            if is_meant(row, column, plane) { x + of(column - 3) } else { x }
        },
    );
    both((12, 0, region(&scales)), |x, row, column, plane| {
        if is_meant(row, column, plane) { x * (1.0 + 4.0 * of((row - 2) / 2)) } else { x }
    });
    both((13, 0, region(&scales)), |x, row, column, plane| {
        if is_meant(row, column, plane) { x * (1.0 + 4.0 * of(column - 3)) } else { x }
    });
}

#[test]
fn gains_are_mixed_between_points_and_vignettes_undone() {
    let gains = [0.5f32, 1.0, 1.5, 1.0, 0.8, 0.6];
    let parameters = [numbers(&[2, 3]), doubles(&[1.0, 0.4, 0.0, 0.1]), numbers(&[1]), floats(&gains)];
    let dng = Dng { corrections: [vec![], list(&[(9, 1, over(WHOLE, &parameters))]), vec![]], ..linear() };
    shows(&dng, 150, |x, row, column, _| {
        let down = (row as f64 + 0.5) / 32.0;
        let across = (((column as f64 + 0.5) / 48.0 - 0.1) / 0.4).clamp(0.0, 2.0);
        let (left, part) = ((across as usize).min(1), across - ((across as usize).min(1)) as f64);
        let of = |row: usize| {
            let gain = |n: usize| f64::from(gains[3 * row + n]);
            gain(left) * (1.0 - part) + gain(left + 1) * part
        };
        x * (of(0) * (1.0 - down) + of(1) * down)
    });

    let vignette = doubles(&[0.3, -0.1, 0.2, 0.0, 0.05, 0.4, 0.5]);
    let dng = Dng { corrections: [vec![], vec![], list(&[(3, 1, vignette)])], ..linear() };
    shows(&dng, 150, |x, row, column, _| {
        let (dx, dy) = (column as f64 + 0.5 - 0.4 * 48.0, row as f64 + 0.5 - 16.0);
        let r2 = (dx * dx + dy * dy) / ((0.6f64 * 48.0).powi(2) + 256.0);
        x * (1.0 + 0.3 * r2 - 0.1 * r2.powi(2) + 0.2 * r2.powi(3) + 0.05 * r2.powi(5))
    });
}

#[test]
fn what_is_no_number_spoils_nothing_but_its_own_pixels() {
    let nan = over(WHOLE, &[numbers(&[1]), doubles(&[f64::NAN, 1.0])]);
    let dng = Dng { corrections: [vec![], list(&[(8, 0, nan)]), vec![]], ..linear() };
    shows(&dng, 0, |_, _, _, _| 0.0);
    let gains = [numbers(&[1, 1]), doubles(&[0.0, 0.0, 0.0, 0.0]), numbers(&[1]), floats(&[0.5])];
    let dng = Dng { corrections: [vec![], list(&[(9, 0, over(WHOLE, &gains))]), vec![]], ..linear() };
    shows(&dng, 150, |x, _, _, _| 0.5 * x);
}

#[test]
fn a_mosaic_is_corrected_before_its_colours_are_found() {
    // Twice the light in the red pixels; the third list halves red again.
    let doubled = over([0, 0, 32, 48, 0, 1, 2, 2], &[numbers(&[1]), doubles(&[0.0, 2.0])]);
    let halved = over([0, 0, 32, 48, 0, 1, 1, 1], &[numbers(&[1]), doubles(&[0.0, 0.5])]);
    let plain = decoded(&Dng::default()).unwrap().picture;
    let corrected = |corrections| decoded(&Dng { corrections, ..Dng::default() }).unwrap().picture;
    let level = |picture: &crate::image::Picture, plane: usize| {
        let Samples::U16(samples) = &picture.samples else { panic!("8 bits") };
        samples[(16 * 48 + 10) * 3 + plane]
    };
    let red = corrected([vec![], list(&[(8, 0, doubled.clone())]), vec![]]);
    let tone = Tone::new(0.0, Dng::default().headroom());
    assert!(level(&red, 0).abs_diff(tone.level(2.0 * light(10, 16)[0])) < 1500, "{}", level(&red, 0));
    assert!(level(&red, 1).abs_diff(level(&plain, 1)) < 1500);
    let again = corrected([vec![], list(&[(8, 0, doubled)]), list(&[(8, 0, halved)])]);
    assert!(level(&again, 0).abs_diff(level(&plain, 0)) < 300);
}

#[test]
fn bad_pixels_are_made_up_from_those_around() {
    // The light of one pixel is gone, that of a column of them too far up; the constant is what a sensor
    // without any says.
    let broken = |x: usize, y: usize| if (x, y) == (20, 12) || x == 33 { [0.0; 3] } else { light(x, y) };
    let decode = |corrections| {
        let file = Dng { black: 1000, corrections, ..Dng::default() }.file(broken);
        let source =
            Source { bytes: &file, memory: 1 << 30, raw: RawPolicy::Develop, admit: &|_| Ok(Wanted::ALL) };
        super::super::super::decode(&source).unwrap().picture
    };
    let whole = decoded(&Dng { black: 1000, ..Dng::default() }).unwrap().picture;
    let difference = |picture: &crate::image::Picture| {
        let (Samples::U16(a), Samples::U16(b)) = (&picture.samples, &whole.samples) else { panic!("8 bits") };
        let inside =
            |index: usize| (4..44).contains(&(index / 3 % 48)) && (4..28).contains(&(index / 3 / 48));
        a.iter()
            .zip(b)
            .enumerate()
            .filter(|(n, _)| inside(*n))
            .map(|(_, (a, b))| a.abs_diff(*b))
            .max()
            .unwrap()
    };
    assert!(difference(&decode([vec![], vec![], vec![]])) > 10_000);
    let named = [numbers(&[0, 1, 1, 12, 20]), numbers(&[0, 33, 32, 34])].concat();
    assert!(difference(&decode([list(&[(5, 1, named)]), vec![], vec![]])) < 2500);
}

#[test]
fn what_is_trimmed_is_gone() {
    let trimmed = list(&[(6, 0, numbers(&[2, 4, 30, 44]))]);
    let dng = Dng { corrections: [vec![], vec![], trimmed], ..linear() };
    assert_eq!(decoded(&dng).unwrap().picture.size, Size { width: 40, height: 28 });
    let nothing = list(&[(6, 0, numbers(&[30, 4, 30, 44]))]);
    let dng = Dng { corrections: [vec![], vec![], nothing], ..linear() };
    assert_eq!(decoded(&dng).unwrap_err().kind, ErrorKind::Corrupt);
}

/// Checks that a picture is that of `light` at the places that `source` gives for column and row, where these
/// lie well within it.
fn comes_from(dng: &Dng, source: impl Fn(f64, f64, usize) -> [f64; 2]) {
    let Decoded { picture, warnings, .. } = decoded(dng).unwrap();
    assert_eq!(warnings, Vec::<String>::new());
    let Samples::U16(samples) = &picture.samples else { panic!("8 bits") };
    let tone = Tone::new(0.0, dng.headroom());
    let mut seen = 0;
    for (index, level) in samples.iter().copied().enumerate() {
        let (column, row, plane) = (index / 3 % 48, index / 3 / 48, index % 3);
        let [x, y] = source(column as f64 + 0.5, row as f64 + 0.5, plane).map(|place| place - 0.5);
        if !(1.0..46.0).contains(&x) || !(1.0..30.0).contains(&y) {
            continue;
        }
        let light = [0.1 + x / 80.0, 0.7 - y / 70.0, 0.15 + (x + 2.0 * y) / 260.0][plane];
        let expected = tone.level(light as f32);
        assert!(level.abs_diff(expected) < 150, "{column}, {row}, {plane}: {level}, expected {expected}");
        seen += 1;
    }
    assert!(seen > 2000);
}

#[test]
fn what_the_lens_bent_is_straightened() {
    // The lit area goes beyond the picture by three pixels on each side; the middle is not its own.
    let bent = |id, sets: u32, factors: &[f64]| {
        let parameters = [numbers(&[sets]), doubles(factors), doubles(&[0.45, 0.5])].concat();
        Dng { border: 3, corrections: [vec![], vec![], list(&[(id, 0, parameters)])], ..linear() }
    };
    let middle = [0.45 * 54.0 - 3.0, 0.5 * 38.0 - 3.0];
    let farthest = f64::hypot(0.55 * 54.0, 19.0);
    let apart = |x: f64, y: f64| [(x - middle[0]) / farthest, (y - middle[1]) / farthest];
    let back = |x: f64, y: f64| [middle[0] + farthest * x, middle[1] + farthest * y];

    let dng = bent(1, 1, &[0.96, 0.05, -0.02, 0.01, 0.003, -0.002]);
    comes_from(&dng, |x, y, _| {
        let [x, y] = apart(x, y);
        let r2 = x * x + y * y;
        let f = 0.96 + 0.05 * r2 - 0.02 * r2 * r2 + 0.01 * r2.powi(3);
        back(
            f * x + 0.003 * 2.0 * x * y - 0.002 * (r2 + 2.0 * x * x),
            f * y - 0.002 * 2.0 * x * y + 0.003 * (r2 + 2.0 * y * y),
        )
    });
    // Each colour has its own.
    let dng = bent(1, 3, &[1.02, 0., 0., 0., 0., 0., 1., 0., 0., 0., 0., 0., 0.97, 0., 0., 0., 0., 0.]);
    comes_from(&dng, |x, y, plane| {
        let [x, y] = apart(x, y);
        let f = [1.02, 1.0, 0.97][plane];
        back(f * x, f * y)
    });
    comes_from(&bent(2, 1, &[1.0, 0.1, -0.05, 0.02]), |x, y, _| {
        let [x, y] = apart(x, y);
        let r = f64::hypot(x, y);
        let t = r.atan();
        let f = if r > 0.0 { (t + 0.1 * t.powi(3) - 0.05 * t.powi(5) + 0.02 * t.powi(7)) / r } else { 1.0 };
        back(f * x, f * y)
    });
    // Places that are no numbers are somewhere.
    assert!(decoded(&bent(1, 1, &[f64::NAN, 0.0, 0.0, f64::INFINITY, 0.0, 0.0])).is_ok());
}

#[test]
fn what_is_not_known_is_named_and_what_must_not_be_left_out_is_not() {
    let bent = |flags| Dng { corrections: [vec![], vec![], list(&[(14, flags, vec![0; 20])])], ..linear() };
    assert_eq!(
        decoded(&bent(1)).unwrap().warnings,
        ["what its lens bent was not corrected, as the DNG asks"]
    );
    let error = decoded(&bent(0)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsupported);
    assert!(error.detail.starts_with("what its lens bent cannot be corrected"), "{}", error.detail);
}

#[test]
fn a_lossy_dng_becomes_linear_by_its_own_curve() {
    // As Lightroom writes them: square roots of light as JPEG, and a polynomial that squares.
    let squares = over([0, 0, 400, 600, 0, 3, 1, 1], &[numbers(&[2]), doubles(&[0.0, 0.0, 1.0])]);
    let dng = Dng {
        bits: 8,
        black: 0,
        neutral: [1000; 3],
        tile: Some(16),
        packing: Packing::Lossy,
        corrections: [vec![], list(&[(8, 0, squares)]), vec![]],
        ..linear()
    };
    let wave =
        |x: usize, y: usize| [0.5 + 0.4 * (x as f64 / 48.0 * PI).sin() as f32, 0.6, 0.3 + y as f32 / 100.0];
    let roots = dng.file(|x, y| wave(x, y).map(f32::sqrt));
    let source =
        Source { bytes: &roots, memory: 1 << 30, raw: RawPolicy::Develop, admit: &|_| Ok(Wanted::ALL) };
    let Decoded { picture, warnings, .. } = decode(&source).unwrap();
    assert_eq!(warnings, Vec::<String>::new());
    let Samples::U16(samples) = &picture.samples else { panic!("8 bits") };
    let tone = Tone::new(0.0, 1.0);
    for (index, pixel) in samples.chunks_exact(3).enumerate() {
        let expected = wave(index % 48, index / 48).map(|light| tone.level(light));
        assert!(
            pixel.iter().zip(expected).all(|(a, b)| a.abs_diff(b) < 1500),
            "{index}: {pixel:?} {expected:?}"
        );
    }
}
