//! TIFF files of several pages.

use super::made::{pages, with_beneath};
use super::*;

#[test]
fn the_first_full_page_is_taken() {
    let thumbnail = MadeTiff::new((2, 1), &[8], 1, vec![vec![1, 2]]);
    let full = rgb().with(0x0110, Bytes(b"camera\0".to_vec()));
    for (tag, value) in [(254, 1), (255, 2)] {
        let small = thumbnail.clone().with(tag, Longs(vec![value]));
        let found = decoded(&pages(&[small.clone(), full.clone(), small]));
        assert_eq!(eight_bit(&found.picture), rows(0..HEIGHT, 3));
        assert_eq!(found.warnings, Vec::<String>::new());
    }
    let mask = thumbnail.clone().with(254, Longs(vec![4]));
    let found = decoded(&pages(&[mask, full.clone()]));
    assert_eq!(eight_bit(&found.picture), rows(0..HEIGHT, 3));
    assert_eq!(found.warnings, ["a page that masks another was left out"]);
    let found = decoded(&pages(&[rgb(), thumbnail.clone()]));
    assert_eq!(found.picture.size.width, WIDTH);
    assert_eq!(found.warnings, ["several pages: only the first was kept"]);
    let small = thumbnail.with(254, Longs(vec![1]));
    assert_eq!(eight_bit(&decoded(&small.file()).picture), [1, 2]);
    let larger = full.with(254, Longs(vec![1]));
    let found = decoded(&pages(&[small.clone(), larger.clone(), larger, small]));
    assert_eq!(eight_bit(&found.picture), rows(0..HEIGHT, 3));
    assert_eq!(
        found.warnings,
        ["each page says that it is a small version of another: the largest was kept"]
    );
}

#[test]
fn a_picture_beneath_a_small_version_of_it_is_taken() {
    let thumbnail = || MadeTiff::new((2, 1), &[8], 1, vec![vec![1, 2]]);
    let small = thumbnail()
        .with(0x010F, Bytes(b"Maker\0".to_vec()))
        .with(0x013B, Bytes(b"Ana\0".to_vec()))
        .with(274, Shorts(vec![6]))
        .with(282, Fractions(vec![(72, 1)]))
        .with(283, Fractions(vec![(72, 1)]));
    let full = rgb().with(0x8298, Bytes(b"of Ana\0".to_vec())).with(282, Fractions(vec![(300, 1)]));
    let unsaid = "the first page is a small version of a picture beneath it, without saying so: the large \
                  one was taken";
    for (tag, value, warnings) in [(254, 1, vec![]), (255, 2, vec![]), (255, 1, vec![unsaid])] {
        let small = small.clone().with(tag, Longs(vec![value]));
        for beneath in [vec![full.clone()], vec![small.clone(), full.clone(), thumbnail()]] {
            let found = decoded(&with_beneath(&small, &beneath));
            assert_eq!(eight_bit(&found.picture), rows(0..HEIGHT, 3), "{tag} {value}");
            assert_eq!(found.warnings, warnings);
            // It is described in the first directory, too.
            assert_eq!(found.header.orientation, Orientation::Rotate90);
            let exif = found.metadata.exif.unwrap();
            for (tag, text) in [(0x010F, "Maker\0"), (0x013B, "Ana\0"), (0x8298, "of Ana\0")] {
                assert_eq!(exif::tiff_block(&exif, tag).as_deref(), Some(text.as_bytes()));
            }
            let density = found.metadata.density.unwrap();
            assert_eq!(density.in_tiff(), ([(300, 1); 2], 2));
        }
    }
}

#[test]
fn what_stands_beneath_a_picture_is_small_or_named() {
    let thumbnail = MadeTiff::new((2, 1), &[8], 1, vec![vec![1, 2]]);
    let full = rgb();
    let further = "further pictures beneath a page (SubIFDs) were left out";
    let mask = full.clone().with(254, Longs(vec![4]));
    for (beneath, warnings) in [
        (vec![thumbnail.clone(), full.clone().with(254, Longs(vec![1]))], vec![]),
        (vec![thumbnail, full.clone()], vec![further]),
        (vec![mask], vec!["a page that masks another was left out"]),
    ] {
        let found = decoded(&with_beneath(&full, &beneath));
        assert_eq!(eight_bit(&found.picture), rows(0..HEIGHT, 3));
        assert_eq!(found.warnings, warnings);
    }
}

#[test]
fn a_small_version_in_front_says_what_the_picture_does_not() {
    let small = MadeTiff::new((2, 1), &[8], 1, vec![vec![1, 2]])
        .with(254, Longs(vec![1]))
        .with(0x013B, Bytes(b"Ana\0".to_vec()));
    let found = decoded(&pages(&[small, rgb()]));
    assert_eq!(eight_bit(&found.picture), rows(0..HEIGHT, 3));
    assert_eq!(exif::tiff_block(&found.metadata.exif.unwrap(), 0x013B).as_deref(), Some(&b"Ana\0"[..]));
}

#[test]
fn further_samples_of_a_pixel_are_counted() {
    let made = MadeTiff::new((1, 1), &[8; 6], 2, vec![vec![1, 2, 3, 4, 5, 6]]);
    let warning = |left: usize| [format!("channels or layers beside the colours were left out ({left})")];
    let plain = decoded(&made.file());
    assert_eq!((eight_bit(&plain.picture), plain.warnings), (&[1, 2, 3][..], warning(3).to_vec()));
    let clear = decoded(&made.with(338, Shorts(vec![0, 2, 0])).file());
    assert_eq!((eight_bit(&clear.picture), clear.warnings), (&[1, 2, 3, 5][..], warning(2).to_vec()));
}
