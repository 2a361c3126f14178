//! What of a photo's own file goes into a result as it is: the whole file, or the blocks of its image data.
//! No state.

use protocol::{ErrorKind, JobError, Stage};
use recipe::Format;
use recipe::format::{HdrPolicy, MetadataPolicy};
use recipe::recipe::Output;

use super::blocks::KeepsBlocks;
use super::ready::Branch;
use super::said::Photo;
use crate::codec::{self, Decoded};
use crate::moved::{Cut, Moved};

/// The part of the photo's image data that is the result of a branch, where that is asked for and can be.
pub(super) fn kept_blocks(
    branch: &Branch,
    image: &Decoded,
    photo: &Photo<'_>,
    format: Format,
    moved: &Moved,
) -> Result<Option<Cut>, JobError> {
    if format != Format::Jpeg || branch.keeps_blocks == KeepsBlocks::Never {
        return Ok(None);
    }
    // Where there was something to mend, pixels are the safe way.
    if branch.keeps_blocks == KeepsBlocks::WherePossible && !photo.is_sound {
        return Ok(None);
    }
    match (obstacle(branch, image, photo.bytes, moved), branch.keeps_blocks) {
        (Ok(cut), _) => Ok(Some(cut)),
        (Err(_), KeepsBlocks::Never | KeepsBlocks::WherePossible) => Ok(None),
        (Err(why), KeepsBlocks::Always) => {
            let detail = format!("it cannot become this JPEG without loss: {why} (--lossless)");
            Err(JobError::new(Stage::Encode, ErrorKind::BadParameter, detail))
        }
    }
}

fn obstacle(branch: &Branch, image: &Decoded, bytes: &[u8], moved: &Moved) -> Result<Cut, String> {
    if image.header.format != Format::Jpeg {
        return Err(format!("it is a {}", image.header.format));
    }
    if let Some(filter) = branch.changes_pixels {
        return Err(format!("{filter} makes other pixels"));
    }
    if image.has_inks {
        return Err("its inks become sRGB, since no result can keep them".to_owned());
    }
    if image.recolored {
        return Err("its colours become sRGB, unless --color keep leaves them".to_owned());
    }
    let cut = moved.cut().ok_or("a part of the result is no part of the photo")?;
    codec::lossless::can_cut(bytes, &cut)?;
    Ok(cut)
}

/// Whether a result would differ from the photo's own file in nothing but how it is encoded.
pub(super) fn is_unchanged(branch: &Branch, image: &Decoded, format: Format, moved: &Moved) -> bool {
    let Output { metadata, dpi, hdr, .. } = branch.settings;
    let keeps_map = hdr == HdrPolicy::Keep || image.gain_map.is_none();
    image.header.format == format
        && !image.recolored
        && !branch.has_filters
        && moved.is_still()
        && metadata == MetadataPolicy::Keep
        && branch.changes.is_empty()
        && dpi.is_none()
        && keeps_map
}
