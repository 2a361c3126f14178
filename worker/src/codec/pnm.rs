//! PBM, PGM, PPM and PAM as the `image` crate reads them, with what that passes over: the comments between
//! the numbers in front of the picture, and what is behind it. Netpbm's pages on ppm(5) and pam(5).

use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::pnm::{PnmDecoder, PnmSubtype, SampleEncoding};
use protocol::{ErrorKind, JobError};
use recipe::Format;

use super::raster::Raster;
use super::{Opened, behind, error, fail};
use crate::image::{Extra, Metadata, NamedText};

pub(super) fn open(bytes: &[u8]) -> Result<Box<dyn Opened + '_>, JobError> {
    // An older format under the signature of PAM.
    if bytes.starts_with(b"P7 332") {
        return Err(fail(ErrorKind::Unsupported, "thumbnails of the program XV cannot be decoded"));
    }
    let decoder = || PnmDecoder::new(Cursor::new(bytes)).map_err(|e| error::decoding(&e));
    let in_file = decoder()?;
    let (samples, kind) = (in_file.total_bytes(), in_file.subtype());
    let (cursor, header) = in_file.into_inner();
    let start = usize::try_from(cursor.position()).unwrap_or(bytes.len());
    let texts = comments(bytes.get(..start).unwrap_or_default());
    let length = match kind {
        // Words: where they end, only reading them tells.
        PnmSubtype::Bitmap(SampleEncoding::Ascii)
        | PnmSubtype::Graymap(SampleEncoding::Ascii)
        | PnmSubtype::Pixmap(SampleEncoding::Ascii) => None,
        PnmSubtype::Bitmap(SampleEncoding::Binary) => {
            Some(u64::from(header.width().div_ceil(8)) * u64::from(header.height()))
        }
        PnmSubtype::Graymap(SampleEncoding::Binary)
        | PnmSubtype::Pixmap(SampleEncoding::Binary)
        | PnmSubtype::ArbitraryMap => Some(samples),
    };
    let extras = length.map_or_else(Vec::new, |length| behind_samples(bytes, start, length));
    let beside = Metadata { texts, extras, ..Metadata::default() };
    Ok(Box::new(Raster::new(Format::Pnm, decoder()?)?.with(beside, None)))
}

fn behind_samples(bytes: &[u8], start: usize, length: u64) -> Vec<Extra> {
    let end = usize::try_from(length).ok().and_then(|length| start.checked_add(length));
    behind::found(end.and_then(|end| bytes.get(end..)))
}

/// Each goes on to the end of its line.
fn comments(header: &[u8]) -> Vec<NamedText> {
    let comment = |line: &[u8]| {
        let at = memchr::memchr(b'#', line)?;
        let text = line[at + 1..].trim_ascii();
        (!text.is_empty()).then(|| NamedText { key: NamedText::COMMENT.to_owned(), text: text.to_vec() })
    };
    header.split(|byte| matches!(byte, b'\n' | b'\r')).filter_map(comment).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::ExtraKind;

    fn metadata(file: &[u8]) -> Metadata {
        open(file).unwrap().metadata()
    }

    #[test]
    fn comments_are_found_wherever_they_stand() {
        for (file, expected) in [
            (&b"P6 # Ana\n#Lima\n1 1 # three\n255\nab#"[..], &["Ana", "Lima", "three"][..]),
            (b"P1\n# CREATOR: scanner\r\n#\n1 1\n0\n", &["CREATOR: scanner"]),
            (b"P7\n# Ana\nWIDTH 1\nHEIGHT 1\nDEPTH 1\nMAXVAL 255\nENDHDR\n#", &["Ana"]),
            (b"P5 1 1 255 #", &[]),
        ] {
            let texts = metadata(file).texts;
            let texts: Vec<_> = texts.iter().map(|text| str::from_utf8(&text.text).unwrap()).collect();
            assert_eq!(texts, expected, "{}", file.escape_ascii());
        }
    }

    #[test]
    fn what_stands_behind_the_samples_is_named() {
        for one in [
            &b"P6 3 2 255 abcdefabcdefabcdef"[..],
            b"P6 1 1 65535 abcdef",
            b"P5 3 2 7 \x01\x02\x03\x04\x05\x06",
            b"P4 9 1 \x80\x80",
            b"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\nabcd",
        ] {
            let with = |behind: &[u8]| metadata(&[one, behind].concat()).extras;
            assert_eq!((with(b""), with(b"\n")), (vec![], vec![]), "{}", one.escape_ascii());
            assert_eq!(with(b"a note that somebody appended"), [Extra::of(ExtraKind::Unknown)]);
            assert_eq!(with(b"P6 3 2 255 abcdefabcdefabcdef"), [Extra::of(ExtraKind::Images)]);
        }
        assert_eq!(metadata(b"P3 1 1 255 1 2 3 and more that is not looked at").extras, []);
    }
}
