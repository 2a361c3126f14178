//! Writes a JPEG by libjpeg-turbo. No state.

use protocol::{ErrorKind, JobError, Stage};
use recipe::filter::geometry::Size;
use recipe::format::Subsampling;
use recipe::recipe::Output;
use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};

use super::{MAX_EDGE, insert};
use crate::codec::error;
use crate::image::{Channels, Metadata, Picture, Samples};

/// Encodes; grey stays grey.
pub(in crate::codec) fn encode(
    picture: Picture,
    output: &Output,
    metadata: &Metadata,
    warnings: &mut Vec<String>,
) -> Result<Vec<u8>, JobError> {
    let Size { width, height } = picture.size;
    if width.max(height) > MAX_EDGE {
        let detail = format!("{width}×{height} pixels; a JPEG holds at most {MAX_EDGE} along an edge");
        return Err(JobError::new(Stage::Encode, ErrorKind::TooLarge, detail));
    }
    let picture = picture.into_opaque(output.background).into_8_bit();
    let Samples::U8(pixels) = &picture.samples else { return Err(error::misfit(Stage::Encode)) };
    let (format, subsampling) = match picture.channels {
        Channels::Grey | Channels::GreyAlpha => (PixelFormat::GRAY, Subsamp::Gray),
        Channels::Rgb | Channels::Rgba => (PixelFormat::RGB, subsampling(output.subsampling)),
    };
    let (width, height) = (width as usize, height as usize);
    let image = Image { pixels: pixels.as_slice(), width, pitch: width * format.size(), height, format };
    let jpeg = compress(image, i32::from(output.quality), subsampling).map_err(|e| error::encoding(&e))?;
    Ok(insert::insert(&jpeg, metadata, warnings))
}

pub(super) fn compress(
    image: Image<&[u8]>,
    quality: i32,
    subsampling: Subsamp,
) -> turbojpeg::Result<turbojpeg::OwnedBuf> {
    let mut compressor = Compressor::new()?;
    compressor.set_quality(quality)?;
    compressor.set_subsamp(subsampling)?;
    compressor.compress_to_owned(image)
}

fn subsampling(subsampling: Subsampling) -> Subsamp {
    match subsampling {
        Subsampling::S444 => Subsamp::None,
        Subsampling::S422 => Subsamp::Sub2x1,
        Subsampling::S420 => Subsamp::Sub2x2,
    }
}
