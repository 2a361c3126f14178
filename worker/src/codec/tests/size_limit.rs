//! `--max-bytes`, with the real encoders.

use super::*;

fn limited(
    picture: &Picture,
    format: Format,
    max_bytes: u64,
    lossless: bool,
) -> Result<(Vec<u8>, Vec<String>), JobError> {
    let output = Output { max_bytes: Some(max_bytes), ..Output::default() };
    let mut warnings = Vec::new();
    let file = encode(picture.clone(), format, &output, &Metadata::default(), lossless, &mut warnings)?;
    Ok((file, warnings))
}

#[test]
fn a_file_is_no_larger_than_it_may_be_and_hardly_smaller() {
    let picture = gradient(Channels::Rgb, false, 300, 200);
    for format in [Format::Jpeg, Format::Webp, Format::Avif] {
        let [low, whole] = [20, 85].map(|quality| {
            let output = Output { quality, ..Output::default() };
            encode(picture.clone(), format, &output, &Metadata::default(), false, &mut Vec::new()).unwrap()
        });
        assert_eq!(
            limited(&picture, format, whole.len() as u64, false),
            Ok((whole.clone(), Vec::new())),
            "{format}"
        );
        let limit = (low.len() + whole.len()) as u64 / 2;
        let (file, _) = limited(&picture, format, limit, false).unwrap();
        assert!(
            (limit * 4 / 5..=limit).contains(&(file.len() as u64)),
            "{format}: {} of {limit}",
            file.len()
        );
        let error = limited(&picture, format, low.len() as u64 - 1, false).unwrap_err();
        assert_eq!((error.stage, error.kind), (Stage::Encode, ErrorKind::TooLarge), "{format}");
        assert!(error.detail.contains("with quality 20"), "{error}");
    }
}

#[test]
fn without_loss_a_file_fits_or_fails_and_a_webp_gives_way() {
    let picture = gradient(Channels::Rgb, false, 300, 200);
    for format in [Format::Png, Format::Tiff] {
        let size = encoded(&picture, format, 85).len() as u64;
        assert!(limited(&picture, format, size, false).is_ok(), "{format}");
        let error = limited(&picture, format, size - 1, false).unwrap_err();
        assert_eq!((error.stage, error.kind), (Stage::Encode, ErrorKind::TooLarge), "{format}");
    }
    let whole = encode(
        picture.clone(),
        Format::Webp,
        &Output::default(),
        &Metadata::default(),
        true,
        &mut Vec::new(),
    )
    .unwrap();
    let size = whole.len() as u64;
    assert_eq!(limited(&picture, Format::Webp, size, true), Ok((whole, Vec::new())));
    let (file, warnings) = limited(&picture, Format::Webp, size - 1, true).unwrap();
    assert!((file.len() as u64) < size && warnings[0].contains("lost some quality"), "{warnings:?}");
}
