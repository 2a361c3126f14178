//! JPEGs with arithmetic codes, which no decoder finds to be cut.

use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};

use super::half_pictures::{data_of, noise};
use super::*;

const WIDTH: usize = 200;
const HEIGHT: usize = 152;
const KINDS: [(Subsamp, bool); 4] =
    [(Subsamp::None, false), (Subsamp::Sub2x2, false), (Subsamp::None, true), (Subsamp::Sub2x2, true)];
const MAY_BE_CUT: &str = "the end of its image data may be missing: look whether the picture is whole";

fn file(pixels: &[u8], (subsampling, is_progressive): (Subsamp, bool)) -> Vec<u8> {
    let image = Image { pixels, width: WIDTH, pitch: WIDTH * 3, height: HEIGHT, format: PixelFormat::RGB };
    let mut compressor = Compressor::new().unwrap();
    compressor.set_arithmetic(true).unwrap();
    compressor.set_progressive(is_progressive).unwrap();
    compressor.set_subsamp(subsampling).unwrap();
    compressor.compress_to_vec(image).unwrap()
}

fn noisy() -> Vec<u8> {
    eight_bit(&noise(Channels::Rgb, WIDTH as u32, HEIGHT as u32)).to_vec()
}

#[test]
fn a_jpeg_with_arithmetic_codes_is_whole_only_with_all_its_data() {
    for kind in KINDS {
        let file = file(&noisy(), kind);
        assert_eq!(decoded(&file).warnings, Vec::<String>::new());
        let data = data_of(&file);
        let (start, end) = (data.start, file.len() - 2);
        for cut in (start..end - (end - start) / 20).step_by((end - start) / 60) {
            let cut_file = [&file[..cut], b"\xFF\xD9"].concat();
            if let Ok(found) = decode(&source(&cut_file)) {
                // Between two scans, or so near to the end of one that few blocks depend on it. So few bytes
                // are what a picture of one colour takes.
                let is_named = |warning: &String| warning.contains("coarse") || warning == MAY_BE_CUT;
                let may_be = kind.1 || cut - start < 16;
                assert!(may_be && found.warnings.iter().any(is_named), "{kind:?}, {cut} of {end}");
            }
        }
    }
}

/// An encoder leaves them out, and the decoder reads them all the same (ITU-T T.81, D.1.8).
#[test]
fn zeros_behind_the_codes_are_padding() {
    for kind in KINDS {
        let plain = file(&noisy(), kind);
        let end = plain.len() - 2;
        for zeros in [1, 20, 500] {
            let padded = [&plain[..end], &vec![0; zeros], b"\xFF\xD9"].concat();
            let found = decode(&source(&padded)).unwrap_or_else(|error| panic!("{kind:?}, {zeros}: {error}"));
            assert_eq!(found.picture, decoded(&plain).picture);
        }
        let start = data_of(&plain).start;
        let half = start + (end - start) / 2;
        let zeroed = [&plain[..half], &vec![0; end - half], b"\xFF\xD9"].concat();
        assert!(decode(&source(&zeroed)).map_or(true, |found| !found.warnings.is_empty()), "{kind:?}");
    }
}

#[test]
fn a_whole_one_is_never_refused_however_few_bytes_its_last_blocks_take() {
    let sky = |from: usize, to: usize| {
        let mut pixels = noisy();
        pixels[from * WIDTH * 3..to * WIDTH * 3].fill(250);
        pixels
    };
    let smooth = gradient(Channels::Rgb, false, WIDTH as u32, HEIGHT as u32);
    let pictures = [
        vec![200; WIDTH * HEIGHT * 3],
        eight_bit(&smooth).to_vec(),
        sky(0, 70),
        sky(70, HEIGHT),
        sky(1, 150),
    ];
    for (index, pixels) in pictures.iter().enumerate() {
        for kind in KINDS {
            let found = decode(&source(&file(pixels, kind)));
            let found = found.unwrap_or_else(|error| panic!("{index}, {kind:?}: {error}"));
            assert!(found.warnings.iter().all(|warning| warning == MAY_BE_CUT), "{:?}", found.warnings);
        }
    }
}

#[test]
fn a_smaller_version_is_known_to_be_cut_too() {
    let file = file(&noisy(), (Subsamp::Sub2x2, false));
    let cut = [&file[..file.len() * 2 / 3], b"\xFF\xD9"].concat();
    for shrink in [2, 4, 8] {
        let admit = |_: &Header| Ok(Wanted { shrink, ..Wanted::ALL });
        let read = |bytes| decode(&Source { bytes, memory: 1 << 30, raw: RawPolicy::Develop, admit: &admit });
        assert!(read(&file).is_ok(), "{shrink}");
        assert!(read(&cut).is_err(), "{shrink}");
    }
}
