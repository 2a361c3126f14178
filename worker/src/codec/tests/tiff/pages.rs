//! TIFF files of several pages.

use super::made::pages;
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
fn further_samples_of_a_pixel_are_counted() {
    let made = MadeTiff::new((1, 1), &[8; 6], 2, vec![vec![1, 2, 3, 4, 5, 6]]);
    let warning = |left: usize| [format!("channels or layers beside the colours were left out ({left})")];
    let plain = decoded(&made.file());
    assert_eq!((eight_bit(&plain.picture), plain.warnings), (&[1, 2, 3][..], warning(3).to_vec()));
    let clear = decoded(&made.with(338, Shorts(vec![0, 2, 0])).file());
    assert_eq!((eight_bit(&clear.picture), clear.warnings), (&[1, 2, 3, 5][..], warning(2).to_vec()));
}
