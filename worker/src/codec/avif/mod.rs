//! AVIF: written by `ravif`, the tuning of the encoder `rav1e` for stills. The container is written here,
//! since theirs has no place for a profile or XMP.
//!
//! Samples have 8 bits, deeper ones are rounded: 10 bits took two to five times as long for the same bytes,
//! and came no nearer to the original. Chroma is always whole (4:4:4). The file depends on nothing but the
//! pixels and the settings: one thread, one tile.

mod boxes;
mod decode;

use protocol::{JobError, Stage};
use ravif::{BitDepth, Encoder, Img, RGBA8};
use recipe::format::Effort;
use recipe::recipe::Output;

pub(super) use self::decode::decoded;

use self::boxes::{Item, StoredColor};
use super::error;
use crate::color;
use crate::image::{Channels, Metadata, Picture, Samples};

/// AV1's limit on an edge in pixels: 16 bits.
const MAX_EDGE: u32 = 65_535;
/// rav1e's speed, 1–10. On two photos of 1.6 megapixels with quality 85, one core of a busy machine made
/// 1.9–4.2 MP/s of it at 9; at 8 and 6 0.7–1.2 for files within 3 % of the size and as near to the original;
/// at 10 no more than at 9, for files larger by 12–20 %.
fn speed(effort: Effort) -> u8 {
    match effort {
        Effort::Fast => 9,
        Effort::Small => 6,
    }
}
/// Bytes per pixel that the encoder holds at most: 25 were measured without transparency, the pixels it is
/// given among them.
pub(super) const MEMORY_PER_PIXEL: u64 = 40;

/// Encodes with loss at the quality of `output`, transparency with half as much of it. Grey is stored as
/// colour.
pub(super) fn encode(
    picture: Picture,
    output: &Output,
    metadata: &Metadata,
    warnings: &mut Vec<String>,
) -> Result<Vec<u8>, JobError> {
    let size = picture.size;
    error::check_edges(size, MAX_EDGE, "an AVIF file")?;
    let picture = picture.into_8_bit().into_color();
    let Samples::U8(samples) = &picture.samples else { return Err(error::misfit(Stage::Encode)) };
    let pixel = |samples: &[u8]| match *samples {
        [red, green, blue, alpha] => RGBA8::new(red, green, blue, alpha),
        [red, green, blue, ..] => RGBA8::new(red, green, blue, u8::MAX),
        // Colour is three or four samples.
        _ => RGBA8::default(),
    };
    let pixels: Vec<RGBA8> = samples.chunks_exact(picture.channels.count()).map(pixel).collect();
    let quality = f32::from(output.quality);
    let encoded = Encoder::new()
        .with_quality(quality)
        .with_alpha_quality((quality + 100.0) / 2.0)
        .with_speed(speed(output.effort))
        .with_bit_depth(BitDepth::Eight)
        .with_num_threads(Some(1))
        .encode_rgba(Img::new(&pixels, size.width as usize, size.height as usize))
        .map_err(|e| error::encoding(&e))?;
    // The coded images are the last thing in ravif's file, transparency first.
    let file = &encoded.avif_file;
    let (rest, color) = file.split_at(file.len().saturating_sub(encoded.color_byte_size));
    let alpha = rest.split_at(rest.len().saturating_sub(encoded.alpha_byte_size)).1;
    if metadata.iptc.is_some() {
        warnings.push("an AVIF has no place for IPTC, which was left out".to_owned());
    }
    let item = Item { size, color, alpha: (!alpha.is_empty()).then_some(alpha) };
    Ok(boxes::file(&item, &meaning(metadata), metadata))
}

/// What the numbers mean: sRGB says itself in two numbers, anything else by its profile.
fn meaning(metadata: &Metadata) -> StoredColor {
    match &metadata.icc {
        Some(icc) if color::srgb(Channels::Rgb).as_ref() != Some(icc) => StoredColor::Profile(icc.clone()),
        Some(_) | None => StoredColor::Srgb,
    }
}
