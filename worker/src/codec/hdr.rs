//! Radiance HDR, as the `image` crate reads it. The exposure that its header notes is one that the numbers already have.

use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::hdr::HdrDecoder;
use image::metadata::Orientation;
use protocol::{Format, JobError};

use super::{Header, Opened, Wanted, buffer, error, light, size};
use crate::color;
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
    let channels = light::channels(false);
    let header = Header {
        format: Format::Hdr,
        size,
        channels,
        sample_bytes: 2,
        orientation: Orientation::NoTransforms,
        // Floats.
        decoder_memory: size.pixels().saturating_mul(4 * channels.count() as u64),
        lossless_webp: false,
    };
    Ok(Box::new(HdrFile { decoder, header, ev: 0.0 }))
}

impl Opened for HdrFile<'_> {
    fn header(&self) -> Header {
        self.header
    }

    fn metadata(&mut self) -> Metadata {
        // What the curve makes of light is sRGB.
        Metadata { icc: color::srgb(self.header.channels), ..Metadata::default() }
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
        let Header { size, channels, decoder_memory, .. } = self.header;
        let mut bytes = buffer(decoder_memory)?;
        self.decoder.read_image(&mut bytes).map_err(|e| error::decoding(&e))?;
        let floats: Vec<f32> = bytemuck::pod_collect_to_vec(&bytes);
        drop(bytes);
        light::picture(size, channels, &floats, self.ev)
    }
}
