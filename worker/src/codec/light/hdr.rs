//! Radiance HDR, as the `image` crate reads it. The exposure that its header notes is one that the numbers
//! already have.

use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::hdr::HdrDecoder;
use protocol::JobError;
use recipe::Format;

use super::{LightFile, ReadLight};
use crate::codec::{Header, Opened, buffer, error, size};

pub(in crate::codec) fn open(bytes: &[u8]) -> Result<Box<dyn Opened + '_>, JobError> {
    let decoder = HdrDecoder::new(Cursor::new(bytes)).map_err(|e| error::decoding(&e))?;
    let (width, height) = decoder.dimensions();
    let size = size(width.into(), height.into())?;
    let header = super::header(Format::Hdr, size, false, size.pixels());
    Ok(Box::new(LightFile::new(decoder, header)))
}

impl ReadLight for HdrDecoder<Cursor<&[u8]>> {
    fn unpacked(self, header: &Header) -> Result<Vec<f32>, JobError> {
        let mut light: Vec<f32> = buffer(header.size.pixels() * header.channels.count() as u64)?;
        self.read_image(bytemuck::cast_slice_mut(&mut light)).map_err(|e| error::decoding(&e))?;
        Ok(light)
    }
}
