//! Radiance HDR, as the `image` crate reads it. The exposure that its header notes is one that the numbers already have.

use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::hdr::HdrDecoder;
use protocol::JobError;
use recipe::Format;

use super::{Header, Opened, Wanted, buffer, error, light, size};
use crate::image::{Metadata, Picture};

struct HdrFile<'a> {
    decoder: HdrDecoder<Cursor<&'a [u8]>>,
    header: Header,
    ev: f32,
}

pub(super) fn open(bytes: &[u8]) -> Result<Box<dyn Opened + '_>, JobError> {
    let decoder = HdrDecoder::new(Cursor::new(bytes)).map_err(|e| error::decoding(&e))?;
    let (width, height) = decoder.dimensions();
    let size = size(width.into(), height.into())?;
    let header = light::header(Format::Hdr, size, false, size.pixels());
    Ok(Box::new(HdrFile { decoder, header, ev: 0.0 }))
}

impl Opened for HdrFile<'_> {
    fn header(&self) -> Header {
        self.header
    }

    fn metadata(&mut self) -> Metadata {
        light::metadata(self.header.channels)
    }

    fn want(&mut self, wanted: Wanted) {
        self.ev = wanted.ev;
    }

    fn decode(
        self: Box<Self>,
        _memory: u64,
        _metadata: &mut Metadata,
        _warnings: &mut Vec<String>,
    ) -> Result<Picture, JobError> {
        let Header { size, channels, .. } = self.header;
        let mut light: Vec<f32> = buffer(size.pixels() * channels.count() as u64)?;
        self.decoder.read_image(bytemuck::cast_slice_mut(&mut light)).map_err(|e| error::decoding(&e))?;
        light::picture(size, channels, &light, self.ev)
    }
}
