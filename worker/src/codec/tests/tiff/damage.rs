//! TIFF files that are cut or changed.

use super::*;

/// However a file is cut, what comes out is the whole picture or an error.
#[test]
fn half_a_tiff_is_never_a_picture() {
    let mut random = fastrand::Rng::with_seed(5);
    for (name, made) in compressed() {
        for (little_endian, big, pixels_first) in
            [(true, false, true), (true, false, false), (false, true, false)]
        {
            let file = MadeTiff { little_endian, big, pixels_first, ..made.clone() }.file();
            let expected = decoded(&file).picture;
            for _ in 0..100 {
                let cut = random.usize(9..file.len());
                match decode(&source(&file[..cut])) {
                    Ok(found) => assert!(found.picture == expected, "{name} cut at {cut} of {}", file.len()),
                    Err(error) => {
                        assert_eq!(error.kind, ErrorKind::Truncated, "{name} cut at {cut}: {error}")
                    }
                }
            }
        }
    }
}

/// A changed byte can make other pixels where nothing checks them, but never fewer, and no panic.
#[test]
fn a_changed_tiff_is_a_whole_picture_or_an_error() {
    let mut random = fastrand::Rng::with_seed(6);
    for (name, made) in compressed() {
        let made = MadeTiff { pixels_first: false, ..made };
        let file = made.file();
        let expected = decoded(&file).picture;
        let pixels = file.len() - made.chunks.concat().len();
        for _ in 0..300 {
            let mut changed = file.clone();
            let at = random.usize(pixels..file.len());
            changed[at] ^= 1 << random.u8(..8);
            if let Ok(found) = decode(&source(&changed)) {
                assert_eq!(found.picture.size, expected.size, "{name}");
                // Deflate has a checksum.
                assert!(name != "deflate" || found.picture == expected, "{name} at {at}");
            }
        }
    }
    let mut damaged = packed(&rgb(), 8, zlib).file();
    // The first strip stands right behind the header of eight bytes.
    damaged[28..48].fill(0xFF);
    assert_eq!(kind(&damaged), ErrorKind::Corrupt);
}

#[test]
fn a_directory_of_very_many_entries_is_read_or_named() {
    let plain = packed(&rgb(), 8, zlib);
    let with_entries = |count: usize| {
        let mut made = plain.clone();
        // Two more say where the strips are.
        let further = count - made.tags.len() - 2;
        made.tags.extend((0..further).map(|index| (40_000 + index as u16, Shorts(vec![0]))));
        made.file()
    };
    for count in [1000, 1001, 4096] {
        assert_eq!(decoded(&with_entries(count)).picture, decoded(&plain.file()).picture, "{count}");
    }
    let file = with_entries(5000);
    let error = decode(&source(&file)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsupported);
    assert_eq!(error.detail, "TIFF files whose directory has 5000 entries cannot be decoded");
    assert_eq!(kind(&file[..9000]), ErrorKind::Truncated);
}

#[test]
fn what_is_doubtful_in_its_parts_is_said_once() {
    let with_text = |chunk: &[u8]| {
        let mut part = jpeg(chunk, Channels::Rgb);
        let end = part.len() - 2;
        part.splice(end..end, *b"no part of the picture");
        part
    };
    let plain = packed(&rgb(), 7, |chunk| jpeg(chunk, Channels::Rgb)).with(262, Shorts(vec![6]));
    let doubtful = packed(&rgb(), 7, with_text).with(262, Shorts(vec![6]));
    let found = decoded(&doubtful.file());
    assert_eq!(found.picture, decoded(&plain.file()).picture);
    assert_eq!(
        found.warnings,
        ["what follows the image data is no padding: look whether the picture is whole"]
    );
}
