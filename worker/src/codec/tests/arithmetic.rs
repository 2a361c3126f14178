//! JPEGs with arithmetic codes, which no decoder finds to be cut.

use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};

use super::half_pictures::{data_of, noise};
use super::*;

fn file(subsampling: Subsamp, is_progressive: bool) -> Vec<u8> {
    let picture = noise(Channels::Rgb, 200, 152);
    let image =
        Image { pixels: eight_bit(&picture), width: 200, pitch: 600, height: 152, format: PixelFormat::RGB };
    let mut compressor = Compressor::new().unwrap();
    compressor.set_arithmetic(true).unwrap();
    compressor.set_progressive(is_progressive).unwrap();
    compressor.set_subsamp(subsampling).unwrap();
    compressor.compress_to_vec(image).unwrap()
}

#[test]
fn a_jpeg_with_arithmetic_codes_is_whole_only_with_all_its_data() {
    for (subsampling, is_progressive) in
        [(Subsamp::None, false), (Subsamp::Sub2x2, false), (Subsamp::None, true), (Subsamp::Sub2x2, true)]
    {
        let file = file(subsampling, is_progressive);
        let whole = decoded(&file);
        assert_eq!(whole.warnings, Vec::<String>::new());
        let data = data_of(&file);
        let (start, end) = (data.start, file.len() - 2);
        // Of the last of several scans the end refines a few units by one bit.
        let least = if is_progressive { 8 } else { 20 };
        for cut in (start..end - (end - start) / least).step_by((end - start) / 60) {
            let cut_file = [&file[..cut], b"\xFF\xD9"].concat();
            if let Ok(found) = decode(&source(&cut_file)) {
                // Between two scans.
                let is_coarse = found.warnings.iter().any(|warning| warning.contains("coarse"));
                assert!(is_progressive && is_coarse, "{subsampling:?}, {is_progressive}, {cut} of {end}");
            }
        }
    }
}

#[test]
fn a_smaller_version_is_known_to_be_cut_too() {
    let file = file(Subsamp::Sub2x2, false);
    let cut = [&file[..file.len() * 2 / 3], b"\xFF\xD9"].concat();
    for shrink in [2, 4, 8] {
        let admit = |_: &Header| Ok(Wanted { shrink, ..Wanted::ALL });
        let read = |bytes| decode(&Source { bytes, memory: 1 << 30, raw: RawPolicy::Develop, admit: &admit });
        assert!(read(&file).is_ok(), "{shrink}");
        assert!(read(&cut).is_err(), "{shrink}");
    }
}
