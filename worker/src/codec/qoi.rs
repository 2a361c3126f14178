//! QOI as the `image` crate reads it, with what is behind the end. The QOI format specification, 1.0.

use std::io::Cursor;

use image::codecs::qoi::QoiDecoder;
use memchr::memmem;
use protocol::JobError;
use recipe::Format;

use super::raster::Raster;
use super::{Opened, behind, error};
use crate::image::Metadata;

/// What ends a file. Encoders make so many zeros nowhere else: a pixel that is there again is a run.
const END: &[u8] = b"\0\0\0\0\0\0\0\x01";
const HEADER: usize = 14;

pub(super) fn open(bytes: &[u8]) -> Result<Box<dyn Opened + '_>, JobError> {
    let decoder = QoiDecoder::new(Cursor::new(bytes)).map_err(|e| error::decoding(&e))?;
    let data = bytes.get(HEADER..).unwrap_or_default();
    let extras = behind::found(memmem::find(data, END).and_then(|end| data.get(end + END.len()..)));
    Ok(Box::new(Raster::new(Format::Qoi, decoder)?.with(Metadata { extras, ..Metadata::default() }, None)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Extra, ExtraKind};

    #[test]
    fn what_stands_behind_the_end_is_named() {
        // One black pixel.
        let file = [&b"qoif\0\0\0\x01\0\0\0\x01\x03\0\xC0"[..], END].concat();
        let with = |behind: &[u8]| open(&[&file[..], behind].concat()).unwrap().metadata().extras;
        assert_eq!((with(b""), with(b"\n")), (vec![], vec![]));
        assert_eq!(with(b"a note that somebody appended"), [Extra::of(ExtraKind::Unknown)]);
        let another = [&file[..], b"and more than padding"].concat();
        assert_eq!(with(&another), [Extra::of(ExtraKind::Images)]);
    }
}
