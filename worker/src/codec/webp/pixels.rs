//! The pixels of a WebP without animation, by libwebp, and whether it needed all of the image data. Of data
//! that were never written it makes a picture all the same: zeros are short codes, so that the last row is
//! done before their end. It says nothing of that to who asks for the pixels; to who gives it a part of the
//! data it says whether more are needed. No state.
#![expect(unsafe_code, reason = "libwebp has no safe interface for parts of a file")]

use libwebp_sys::{self as ffi, VP8StatusCode, WEBP_CSP_MODE as Mode};
use protocol::{ErrorKind, JobError};
use recipe::filter::geometry::Size;
use webp::BitstreamFeatures;

use super::chunks;
use crate::codec::{buffer, error, fail};
use crate::image::{Channels, Picture, Samples};

/// So many bytes of the image data may be left, whatever they are: encoders fill up the last word, and leave
/// up to three.
const PADDING: usize = 8;

const LEFT_OVER: &str = "there is more image data than the picture needs: look whether it is whole";

/// Decodes a file whose container tells this size.
pub(super) fn decode(webp: &[u8], expected: Size, warnings: &mut Vec<String>) -> Result<Picture, JobError> {
    let damaged = || fail(ErrorKind::Corrupt, "the image data is damaged");
    let features = BitstreamFeatures::new(webp).ok_or_else(damaged)?;
    let size = Size { width: features.width(), height: features.height() };
    if size != expected {
        return Err(fail(ErrorKind::Corrupt, "the container and the image data differ about the size"));
    }
    let channels = if features.has_alpha() { Channels::Rgba } else { Channels::Rgb };
    let mut samples = buffer(size.pixels() * channels.count() as u64)?;
    let mut decoder = Decoder::new(&mut samples, size, channels)?;
    let needed = chunks::end_of_picture(webp).unwrap_or(webp.len()).saturating_sub(PADDING);
    let mut status = decoder.read(&webp[..needed]);
    let is_left_over = status == VP8StatusCode::VP8_STATUS_OK;
    if status == VP8StatusCode::VP8_STATUS_SUSPENDED {
        status = decoder.read(webp);
    }
    drop(decoder);
    match status {
        VP8StatusCode::VP8_STATUS_OK => {}
        VP8StatusCode::VP8_STATUS_OUT_OF_MEMORY => {
            return Err(fail(ErrorKind::OutOfMemory, "no memory to decode it"));
        }
        VP8StatusCode::VP8_STATUS_INVALID_PARAM
        | VP8StatusCode::VP8_STATUS_BITSTREAM_ERROR
        | VP8StatusCode::VP8_STATUS_UNSUPPORTED_FEATURE
        | VP8StatusCode::VP8_STATUS_SUSPENDED
        | VP8StatusCode::VP8_STATUS_USER_ABORT
        | VP8StatusCode::VP8_STATUS_NOT_ENOUGH_DATA => return Err(damaged()),
    }
    if is_left_over {
        error::warn(warnings, LEFT_OVER);
    }
    Ok(Picture { size, channels, samples: Samples::U8(samples) })
}

/// libwebp's decoder of a file that comes bit by bit, which fills a buffer of ours.
struct Decoder<'a> {
    decoder: *mut ffi::WebPIDecoder,
    /// It writes to these as long as it lives.
    _samples: &'a mut [u8],
}

impl<'a> Decoder<'a> {
    fn new(samples: &'a mut [u8], size: Size, channels: Channels) -> Result<Self, JobError> {
        let mode = if channels.has_alpha() { Mode::MODE_RGBA } else { Mode::MODE_RGB };
        // An edge has 14 bits.
        let stride = size.width as i32 * channels.count() as i32;
        // SAFETY: libwebp checks the size of the picture against that of the buffer, which it is told and
        // which stays borrowed.
        let decoder = unsafe { ffi::WebPINewRGB(mode, samples.as_mut_ptr(), samples.len(), stride) };
        if decoder.is_null() {
            return Err(fail(ErrorKind::OutOfMemory, "no memory to decode it"));
        }
        Ok(Self { decoder, _samples: samples })
    }

    /// Goes on with a file, of which there is as much as before or more.
    fn read(&mut self, webp: &[u8]) -> VP8StatusCode {
        // SAFETY: it lives, and looks at bytes only during a call: each call gives them anew.
        unsafe { ffi::WebPIUpdate(self.decoder, webp.as_ptr(), webp.len()) }
    }
}

impl Drop for Decoder<'_> {
    fn drop(&mut self) {
        // SAFETY: it lives until here, and nobody else has it.
        unsafe { ffi::WebPIDelete(self.decoder) }
    }
}
