//! From pixels to a JPEG, by libjpeg-turbo. No state.

use protocol::{JobError, Stage};
use recipe::format::{Effort, Subsampling};
use recipe::recipe::Output;
use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};

use super::super::error;
use super::{MAX_EDGE, insert};
use crate::image::{Channels, Metadata, Picture, Samples};

/// Encodes; grey stays grey.
pub(in crate::codec) fn encode(
    picture: Picture,
    output: &Output,
    metadata: &Metadata,
    warnings: &mut Vec<String>,
) -> Result<Vec<u8>, JobError> {
    error::check_edges(picture.size, MAX_EDGE, "a JPEG")?;
    let picture = picture.into_opaque(output.background).into_8_bit();
    let Samples::U8(pixels) = &picture.samples else { return Err(error::misfit(Stage::Encode)) };
    let (format, subsampling) = match picture.channels {
        Channels::Grey | Channels::GreyAlpha => (PixelFormat::GRAY, Subsamp::Gray),
        Channels::Rgb | Channels::Rgba => (PixelFormat::RGB, subsampling(output.subsampling)),
    };
    let (width, height) = (picture.size.width as usize, picture.size.height as usize);
    let image = Image { pixels: pixels.as_slice(), width, pitch: width * format.size(), height, format };
    let how =
        Compression { quality: output.quality.into(), subsampling, progressive: is_progressive(output) };
    let jpeg = compress(image, how).map_err(|e| error::encoding(&e))?;
    Ok(insert::insert(&jpeg, metadata, warnings))
}

/// How pixels are compressed.
pub(super) struct Compression {
    pub(super) quality: i32,
    pub(super) subsampling: Subsamp,
    /// In several scans, with the best codes for each.
    pub(super) progressive: bool,
}

pub(super) fn compress(image: Image<&[u8]>, how: Compression) -> turbojpeg::Result<turbojpeg::OwnedBuf> {
    let mut compressor = Compressor::new()?;
    compressor.set_quality(how.quality)?;
    compressor.set_subsamp(how.subsampling)?;
    compressor.set_progressive(how.progressive)?;
    compressor.compress_to_owned(image)
}

/// Whether a result is in several scans. Those have the best codes, and of nearly all photos they are the
/// smallest files there are without other pixels.
pub(super) fn is_progressive(output: &Output) -> bool {
    output.progressive || output.effort == Effort::Small
}

/// Bytes for each pixel that the encoder holds beside the picture and the file: in several scans, all
/// coefficients.
pub(in crate::codec) fn encoder_memory(output: &Output) -> u64 {
    if is_progressive(output) { 3 * 2 } else { 0 }
}

fn subsampling(subsampling: Subsampling) -> Subsamp {
    match subsampling {
        Subsampling::S444 => Subsamp::None,
        Subsampling::S422 => Subsamp::Sub2x1,
        Subsampling::S420 => Subsamp::Sub2x2,
    }
}
