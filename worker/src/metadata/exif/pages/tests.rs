//! Pages that are read, and files that lead in circles.

use proptest::prelude::*;

use super::super::{read, tiff_block};
use super::*;

const FORMS: [TiffForm; 2] =
    [TiffForm { little_endian: true, big: true }, TiffForm { little_endian: false, big: true }];

/// A BigTIFF's directories with a model, an XMP block and a date in the directory of the exposure.
fn sample(form: &TiffForm) -> Vec<u8> {
    let eight = |value: u64| {
        if form.little_endian { value.to_le_bytes() } else { value.to_be_bytes() }
    };
    let entry = |tag: u16, kind: u16, count: u64, value: [u8; 8]| {
        [&form.two(tag)[..], &form.two(kind), &eight(count), &value].concat()
    };
    let mut file = if form.little_endian { b"II+\0".to_vec() } else { b"MM\0+".to_vec() };
    file.extend([form.two(8), form.two(0)].concat());
    file.extend(eight(16));
    let after = 16 + 8 + 3 * 20 + 8;
    file.extend(eight(3));
    file.extend(entry(0x0110, 2, 7, *b"Kamera\0\0"));
    file.extend(entry(700, 1, 10, eight(after)));
    file.extend(entry(0x8769, 16, 1, eight(after + 10)));
    file.extend(eight(0));
    file.extend(b"<x:x>y</x>");
    file.extend(eight(1));
    file.extend(entry(0x9003, 2, 20, eight(after + 10 + 8 + 20 + 8)));
    file.extend(eight(0));
    file.extend(b"2024:02:29 12:00:00\0");
    file
}

#[test]
fn what_a_page_says_is_read_as_from_any_other() {
    for form in FORMS {
        let file = sample(&form);
        let pages = pages(&file).unwrap();
        assert_eq!((pages.len(), pages[0].lacks_values()), (1, false));
        let structure = pages[0].structure();
        let facts = read(&structure);
        assert_eq!(facts.camera_and_day(), "Kamera 2024-02-29");
        assert_eq!(tiff_block(&structure, 700).as_deref(), Some(&b"<x:x>y</x>"[..]));
    }
    assert_eq!(pages(b"II*\0").unwrap_err(), NoPage::Cut);
}

#[test]
fn pages_that_lead_to_each_other_end() {
    // Two directories of nothing, the second of which leads to the first.
    let file = b"II*\0\x08\0\0\0\0\0\x0E\0\0\0\0\0\x08\0\0\0";
    assert_eq!(pages(file).unwrap().len(), 2);
}

#[test]
fn directories_that_overlap_do_not_multiply() {
    // Each begins within the one before, and leads to the next. Their entries are of type 1.
    let overlapping = |entries: u16, pages: usize| {
        let length = 2 + 12 * usize::from(entries) + 4;
        let mut file: Vec<u8> = [1, 0, 0, 0].repeat(2 + pages + length.div_ceil(4));
        file[..8].copy_from_slice(b"II*\0\x08\0\0\0");
        for at in (0..pages).map(|page| 8 + 4 * page) {
            let (link, next) = (at + length - 4, at as u32 + 4);
            file[at..at + 2].copy_from_slice(&entries.to_le_bytes());
            file[link..link + 4].copy_from_slice(&next.to_le_bytes());
        }
        file
    };
    let entries = |file: &[u8]| pages(file).unwrap().iter().map(|page| page.entries.len()).sum::<usize>();
    assert_eq!(pages(&overlapping(5000, 900)).unwrap_err(), NoPage::TooLong(5000));
    assert_eq!(pages(&overlapping(5000, 900)[..50_000]).unwrap_err(), NoPage::Cut);
    let many = overlapping(900, 900);
    assert!((50_000..=MAX_ENTRIES_OF_PAGES).contains(&entries(&many)));
}

#[test]
fn values_that_overlap_do_not_multiply() {
    let form = TiffForm { little_endian: true, big: true };
    let mut file = b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0".to_vec();
    file.extend(100u64.to_le_bytes());
    for _ in 0..100 {
        file.extend([form.two(0x0110), form.two(2)].concat());
        file.extend([10_000u64.to_le_bytes(), 16u64.to_le_bytes()].concat());
    }
    file.resize(20_000, b'x');
    assert!(pages(&file).unwrap()[0].structure().len() < 2 * file.len());
}

proptest! {
    #[test]
    fn no_damage_makes_it_panic(at in 0usize..200, byte: u8, length in 0usize..200, form in 0usize..2) {
        let mut file = sample(&FORMS[form]);
        if let Some(place) = file.get_mut(at) {
            *place = byte;
        }
        file.truncate(length);
        for page in pages(&file).into_iter().flatten() {
            let _ = read(&page.structure());
        }
    }
}
