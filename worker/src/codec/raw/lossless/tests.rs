//! Lossless JPEG as raw photos have it: round trips, and damage.

use proptest::prelude::*;
use recipe::format::RawPolicy;

use super::super::testing::{Dng, Packing, SensorLayout, lossless};
use super::*;
use crate::codec::{Decoded, Source, Wanted, decode};
use crate::image::{Picture, Samples};

fn decoded(file: &[u8]) -> Result<Decoded, JobError> {
    decode(&Source { bytes: file, memory: 1 << 30, raw: RawPolicy::Develop, admit: &|_| Ok(Wanted::ALL) })
}

/// Light with grain, as sensors have it: no two rows are alike.
fn light(x: usize, y: usize) -> [f32; 3] {
    let grain = |n: usize| ((x * 7919 + y * 104_729 + n * 31) % 97) as f32 / 1500.0;
    [0.2 + x as f32 / 300.0 + grain(1), 0.6 - y as f32 / 200.0 + grain(2), 0.3 + grain(3)]
}

fn dng(layout: SensorLayout, predictor: u8, tile: Option<usize>) -> Dng {
    Dng { layout, bits: 14, packing: Packing::Lossless(predictor), tile, ..Dng::default() }
}

#[test]
fn whole_ones_show_what_is_stored() {
    for layout in [SensorLayout::Mosaic([0, 1, 1, 2]), SensorLayout::Linear, SensorLayout::Grey] {
        for predictor in 1..=7 {
            for tile in [None, Some(16)] {
                let dng = dng(layout, predictor, tile);
                let plain = decoded(&Dng { packing: Packing::Plain, ..dng.clone() }.file(light)).unwrap();
                let packed = decoded(&dng.file(light)).unwrap();
                assert_eq!(packed.picture, plain.picture, "{layout:?} {predictor} {tile:?}");
            }
        }
    }
}

#[test]
fn sixteen_bits_may_turn_over() {
    let samples = [0, 65_535, 0, 32_768, 65_535, 65_535, 0, 1, 2, 32_767, 65_535, 0];
    for predictor in 1..=7 {
        check(&lossless(&samples, 4, 1, 16, predictor), Some(12)).unwrap();
    }
}

#[test]
fn a_piece_of_another_size_is_none() {
    let jpeg = lossless(&[100; 64], 4, 2, 12, 1);
    check(&jpeg, Some(64)).unwrap();
    // Two rows of a tile may stand in one of the JPEG.
    check(&lossless(&[100; 64], 8, 2, 12, 1), Some(64)).unwrap();
    for needed in [65, 100, 31] {
        assert_eq!(check(&jpeg, Some(needed)).unwrap_err().kind, ErrorKind::Corrupt);
    }
}

#[test]
fn bytes_behind_the_last_code_are_padding_only_if_they_are_few_and_all_the_same() {
    let jpeg = lossless(&(0..64).map(|n| 2000 + n * n % 91).collect::<Vec<_>>(), 4, 2, 12, 1);
    let (scan, end) = jpeg.split_at(jpeg.len() - 2);
    for needed in [Some(64), None] {
        check(&[scan, &[0; 4], end].concat(), needed).unwrap();
        check(&[scan, &[0xFF, 0, 0xFF, 0], end, b"behind it"].concat(), needed).unwrap();
        check(scan, needed).unwrap();
        for more in [&[0; 65][..], &[0, 1], &[0x5A]] {
            let error = check(&[scan, more, end].concat(), needed).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Corrupt, "{more:?}");
        }
    }
    assert!(check(&[scan, &[0; 5], end].concat(), Some(64)).is_err());
}

/// Where the piece of a file stands.
fn piece(file: &[u8]) -> std::ops::Range<usize> {
    let start = file.windows(3).position(|bytes| bytes == b"\xFF\xD8\xFF").unwrap();
    let length = file[start..].windows(2).position(|bytes| bytes == b"\xFF\xD9").unwrap() + 2;
    start..start + length
}

fn one_strip() -> (Vec<u8>, std::ops::Range<usize>) {
    let file = dng(SensorLayout::Mosaic([0, 1, 1, 2]), 1, Some(48)).file(light);
    let piece = piece(&file);
    (file, piece)
}

/// Whether all pixels of a row are the same.
fn has_fill(picture: &Picture) -> bool {
    let Samples::U16(samples) = &picture.samples else { panic!("8 bits") };
    samples.chunks_exact(48 * 3).any(|row| row.chunks_exact(3).all(|pixel| pixel == &row[..3]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]
    /// What was cut off or overwritten is never made up for.
    #[test]
    fn no_damage_leaves_a_region_of_fill(from in 0.0..1.0f64, length in 1usize..600, how in 0u8..4) {
        let (mut file, piece) = one_strip();
        let scan = piece.start + 80..piece.end - 2;
        let start = scan.start + (from * scan.len() as f64) as usize;
        let end = (start + length).min(scan.end);
        match how {
            // Zeros where the end was, as a download leaves them.
            0 => file[start..piece.end].fill(0),
            1 => file[start..end].fill(0),
            2 => file[start..end].fill(0xFF),
            _ => file.copy_within(scan.start..scan.start + (end - start), start),
        }
        if let Ok(Decoded { picture, .. }) = decoded(&file) {
            prop_assert!(!has_fill(&picture), "{start} {end} {how}");
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>, at in 0usize..300, byte: u8) {
        let _ = check(&bytes, None);
        let mut jpeg = lossless(&(0..64).map(|n| 2000 + n * n % 91).collect::<Vec<_>>(), 4, 2, 12, 1);
        let at = at % jpeg.len();
        jpeg[at] = byte;
        let _ = check(&jpeg, Some(64));
        let _ = check(&jpeg[..at], Some(64));
    }
}

#[test]
fn a_flipped_bit_is_found_or_changes_no_more_than_values() {
    let (file, piece) = one_strip();
    let (mut found, mut tried) = (0, 0);
    for at in (piece.start + 80..piece.end - 2).step_by(5) {
        let mut file = file.clone();
        file[at] ^= 0x10;
        tried += 1;
        match decoded(&file) {
            Err(error) => {
                assert!(matches!(error.kind, ErrorKind::Corrupt | ErrorKind::Truncated), "{error:?}");
                found += 1;
            }
            // A bit of a difference: what follows in its row is a little lighter or darker.
            Ok(Decoded { picture, .. }) => assert!(!has_fill(&picture), "{at}"),
        }
    }
    assert!(found * 3 > tried, "{found} of {tried}");
}

#[test]
fn a_piece_that_ends_early_is_truncated() {
    let (file, piece) = one_strip();
    let jpeg = &file[piece];
    for length in [jpeg.len() / 2, jpeg.len() - 12, 30, 3] {
        assert_eq!(check(&jpeg[..length], None).unwrap_err().kind, ErrorKind::Truncated, "{length}");
    }
}

#[test]
fn what_the_library_cannot_follow_is_named() {
    assert_eq!(check(&lossless(&[100; 64], 4, 2, 8, 1), None).unwrap_err().kind, ErrorKind::Unsupported);
    let jpeg = lossless(&[100; 64], 4, 2, 12, 1);
    let marked = [&jpeg[..2], b"\xFF\xDD\0\x04\0\x08", &jpeg[2..]].concat();
    assert_eq!(check(&marked, None).unwrap_err().kind, ErrorKind::Unsupported);
}
