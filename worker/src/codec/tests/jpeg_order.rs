//! JPEGs whose image data is all there, but not in its place; and what else stands where it must not.

use super::half_pictures::{data_of, jpegs, noise};
use super::*;

/// A JPEG with restart markers, 40 × 40 pixels of noise.
const RESTARTS: &[u8] = include_bytes!("../../../tests/fixtures/restarts444.jpg");

/// The same file with other image data.
fn with_data(file: &[u8], data: &[u8]) -> Vec<u8> {
    let place = data_of(file);
    [&file[..place.start], data, &file[place.end..]].concat()
}

/// Which share of the pixels is another by more than 8 levels.
fn wrong(found: &Picture, whole: &Picture) -> f64 {
    let step = whole.channels.count();
    let pairs = eight_bit(found).chunks(step).zip(eight_bit(whole).chunks(step));
    let is_wrong = |(a, b): &(&[u8], &[u8])| a.iter().zip(*b).any(|(a, b)| a.abs_diff(*b) > 8);
    pairs.filter(is_wrong).count() as f64 / whole.size.pixels() as f64
}

#[test]
fn a_stretch_that_stands_there_twice_is_not_taken_for_padding() {
    let (mut tried, mut passed) = (0, Vec::new());
    for (name, file) in jpegs(200, 160) {
        let data = &file[data_of(&file)];
        let length = data.len() / 7;
        for at in (0..data.len() - length).step_by(length / 3) {
            let doubled = [&data[..at + length], &data[at..]].concat();
            tried += 1;
            match decode(&source(&with_data(&file, &doubled))) {
                Ok(found) => passed.push((name, at, found.warnings)),
                Err(error) => assert_eq!(error.kind, ErrorKind::Corrupt, "{name}, {at} of {}", data.len()),
            }
        }
    }
    // Codes of a scan that refines, or whose components lost step too, cannot always be read on.
    assert!(tried > 200 && passed.len() * 50 < tried, "{} of {tried}: {passed:?}", passed.len());
}

/// Codes find back into step behind damage. Where they then end with the picture, no decoder sees anything:
/// those are not counted here. But nothing that is left over passes for padding.
#[test]
fn where_a_decoder_complains_the_picture_is_whole_or_refused() {
    let mut random = fastrand::Rng::with_seed(5);
    let (mut refused, mut passed) = (0, Vec::new());
    for (name, file) in jpegs(200, 160).into_iter().filter(|(name, _)| !name.contains("progressive")) {
        let (data, whole) = (&file[data_of(&file)], decoded(&file).picture);
        for _ in 0..30 {
            let mut places = [0; 4].map(|_| random.usize(..data.len()));
            places.sort_unstable();
            let [a, b, c, d] = places;
            let damaged = match random.u8(..3) {
                // Two stretches change places.
                0 => [&data[..a], &data[c..d], &data[b..c], &data[a..b], &data[d..]].concat(),
                // A few bytes are missing.
                1 => [&data[..a], &data[(a + 8).min(data.len())..]].concat(),
                _ => [&data[..a], &data[b..(b + 8).min(data.len())], &data[a..]].concat(),
            };
            match decode(&source(&with_data(&file, &damaged))) {
                Err(_) => refused += 1,
                Ok(found) if found.warnings.is_empty() => {}
                Ok(found) if wrong(&found.picture, &whole) > 0.05 => passed.push((name, found.warnings)),
                Ok(_) => {}
            }
        }
    }
    // What is no longer than padding may be.
    assert!(passed.len() * 20 < refused, "{} beside {refused}: {passed:?}", passed.len());
}

#[test]
fn what_is_no_image_data_may_stand_behind_it() {
    for (name, file) in jpegs(72, 56) {
        let data = &file[data_of(&file)];
        let skipped = "what follows the image data was skipped";
        let doubtful = "what follows the image data is no padding: look whether the picture is whole";
        for (trailer, note) in [
            (&[7; 5000][..], skipped),
            (b"made by a camera that puts a text here", doubtful),
            (b"\x12\x34\x56\x78\x9A", doubtful),
        ] {
            let found = decoded(&with_data(&file, &[data, trailer].concat()));
            assert_eq!(found.picture, decoded(&file).picture, "{name}");
            // Of a few bytes libjpeg says nothing.
            assert!(found.warnings == [note] || trailer.len() < 8, "{name}: {:?}", found.warnings);
        }
    }
}

/// The intervals of the file above, each with the marker in front of it.
fn intervals() -> (Vec<u8>, Vec<Vec<u8>>) {
    let data = RESTARTS[data_of(RESTARTS)].to_vec();
    let is_marker = |at: &usize| data[*at] == 0xFF && (0xD0..=0xD7).contains(&data[at + 1]);
    let starts: Vec<usize> = (0..data.len() - 1).filter(is_marker).collect();
    let ends = starts.iter().skip(1).copied().chain([data.len()]);
    let marked = starts.iter().zip(ends).map(|(start, end)| data[*start..end].to_vec()).collect();
    (data[..starts[0]].to_vec(), marked)
}

#[test]
fn intervals_in_the_wrong_order_are_corrupt_and_a_wrong_number_is_named() {
    let (first, marked) = intervals();
    assert_eq!(marked.len(), 12);
    let joined = |marked: &[Vec<u8>]| with_data(RESTARTS, &[&first[..], &marked.concat()].concat());
    assert_eq!(joined(&marked), RESTARTS);
    let said = |number: &dyn Fn(usize) -> usize| {
        let mut marked = marked.clone();
        (0..).zip(&mut marked).for_each(|(index, interval)| interval[1] = 0xD0 + (number(index) % 8) as u8);
        let found = decoded(&joined(&marked));
        assert_eq!(found.picture, decoded(RESTARTS).picture);
        found.warnings
    };
    assert_eq!(said(&|index| index), Vec::<String>::new());
    let corrected = ["restart markers with wrong numbers were corrected"];
    assert_eq!(said(&|_| 3), corrected);
    assert_eq!(said(&|index| index + 1), corrected);
    assert_eq!(
        said(&|index| if index == 4 { 6 } else { index }),
        ["a restart marker has a wrong number: a part of the picture may be in the wrong place"]
    );
    let changed = |change: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let mut marked = marked.clone();
        change(&mut marked);
        kind(&joined(&marked))
    };
    assert_eq!(changed(&|marked| marked.swap(1, 2)), ErrorKind::Corrupt);
    assert_eq!(changed(&|marked| marked[2..7].rotate_left(1)), ErrorKind::Corrupt);
    // One is missing, or there is one more than there is room for.
    assert_eq!(changed(&|marked| drop(marked.remove(5))), ErrorKind::Corrupt);
    assert_eq!(changed(&|marked| marked.push(marked[11].clone())), ErrorKind::Corrupt);
}

const NOTE: &str = "missing restart markers were put in: look whether the picture is whole";

#[test]
fn a_restart_marker_that_is_missing_or_damaged_costs_nothing_where_its_intervals_are_whole() {
    let with_restarts = jpegs(72, 56).into_iter().filter(|(name, _)| name.contains("restarts"));
    for (name, file) in with_restarts {
        let whole = decoded(&file).picture;
        let place = data_of(&file);
        let is_marker = |at: &usize| file[*at] == 0xFF && (0xD0..=0xD7).contains(&file[at + 1]);
        let markers: Vec<usize> = place.filter(is_marker).collect();
        assert!(markers.len() > 1, "{name}");
        let changed = |changes: &[usize], with: &[u8]| {
            let mut changed = file.clone();
            changes.iter().rev().for_each(|at| drop(changed.splice(*at..at + 2, with.iter().copied())));
            changed
        };
        for at in &markers {
            for with in [&b""[..], b"\xFF\xC3", b"\xFF\x53"] {
                let found = decode(&source(&changed(&[*at], with)));
                let found = found.unwrap_or_else(|error| panic!("{name}, {with:02X?} at {at}: {error}"));
                assert!(found.picture == whole, "{name}, {with:02X?} at {at}");
                assert_eq!(found.warnings, [NOTE], "{name}, {with:02X?} at {at}");
            }
        }
        // Two beside each other leave nothing to hold on to.
        assert_eq!(kind(&changed(&markers[..2], b"")), ErrorKind::Corrupt, "{name}");
        // With some of what it parts, too much is missing; in short intervals the codes may come out even,
        // and then the note stays.
        let lengths =
            markers.windows(2).flat_map(|pair| (16..pair[1] - pair[0]).map(|length| (pair[0], length)));
        let (mut tried, mut even) = (0, 0);
        for (at, length) in lengths {
            tried += 1;
            if let Ok(found) = decode(&source(&[&file[..at], &file[at + length..]].concat())) {
                assert!(found.warnings.iter().any(|said| said == NOTE), "{name}: {length} at {at}");
                even += 1;
            }
        }
        assert!(even * 5 < tried, "{name}: {even} of {tried}");
    }
}

/// A JPEG of three components in one scan or in a scan for each, by which numbers they go.
fn of_components(numbers: [u8; 3], is_one_scan: bool) -> Vec<u8> {
    let plane = |channel: usize| {
        let colors = noise(Channels::Rgb, 40, 30);
        let samples = eight_bit(&colors).iter().skip(channel).step_by(3).copied().collect();
        encoded(
            &Picture { channels: Channels::Grey, samples: Samples::U8(samples), ..colors },
            Format::Jpeg,
            90,
        )
    };
    let colors = encoded(&noise(Channels::Rgb, 40, 30), Format::Jpeg, 90);
    let place = |file: &[u8], marker| file.windows(2).position(|pair| pair == [0xFF, marker]).unwrap();
    if is_one_scan {
        let mut file = colors;
        let (frame, scan) = (place(&file, 0xC0), place(&file, 0xDA));
        for (index, number) in numbers.into_iter().enumerate() {
            file[frame + 10 + 3 * index] = number;
            file[scan + 5 + 2 * index] = number;
        }
        return file;
    }
    // All by the tables of a grey picture.
    let grey = plane(0);
    let (frame, scan) = (place(&grey, 0xC0), place(&grey, 0xDA));
    let mut header = grey[..frame + 9].to_vec();
    header[frame + 3] = 17;
    header.push(3);
    header.extend(numbers.iter().flat_map(|number| [*number, 0x11, 0]));
    let scans = (0..3).flat_map(|channel| {
        let file = plane(channel);
        [&[0xFF, 0xDA, 0, 8, 1, numbers[channel], 0, 0, 63, 0], &file[data_of(&file)]].concat()
    });
    header.into_iter().chain(grey[frame + 13..scan].to_vec()).chain(scans).chain([0xFF, 0xD9]).collect()
}

#[test]
fn components_of_the_same_number_are_told_apart_by_their_order() {
    for is_one_scan in [true, false] {
        let whole = of_components([1, 2, 3], is_one_scan);
        assert_eq!(decoded(&whole).warnings, Vec::<String>::new());
        for numbers in [[1, 1, 1], [0, 0, 0], [1, 2, 2]] {
            let found = decoded(&of_components(numbers, is_one_scan));
            assert_eq!(found.picture, decoded(&whole).picture, "{numbers:?}");
            assert_eq!(found.warnings, ["components of the same number were told apart by their order"]);
        }
    }
    // A scan less than there are components.
    let file = of_components([1, 1, 1], false);
    let last = file.windows(2).rposition(|pair| pair == [0xFF, 0xDA]).unwrap();
    assert_eq!(kind(&[&file[..last], b"\xFF\xD9"].concat()), ErrorKind::Corrupt);
    let mut progressive = include_bytes!("../../../tests/fixtures/progressive.jpg").to_vec();
    let frame = progressive.windows(2).position(|pair| pair == [0xFF, 0xC2]).unwrap();
    progressive[frame + 13] = progressive[frame + 10];
    assert_eq!(kind(&progressive), ErrorKind::Unsupported);
}
