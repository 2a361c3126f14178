//! Writes the container of a WebP anew where it promises more than there is, so that what libwebp says is
//! about the pixels. RFC 9649, section 2. No state.

use std::borrow::Cow;

use crate::image::Metadata;

/// Name and size of a chunk.
const HEADER: usize = 8;
/// `RIFF`, a size and `WEBP`.
const CONTAINER: usize = 12;
/// Where the flags of an extended file stand, and those of metadata.
const FLAGS: usize = 20;
const EXIF: u8 = 0x08;
const XMP: u8 = 0x04;

/// A container whose chunks are all within it.
#[derive(Debug)]
pub(super) struct CheckedWebp<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    /// What is missing, as a fragment of a sentence, if anything is.
    pub(super) missing: Option<String>,
}

/// Looks at each chunk, of a file in which these metadata were found. One that goes on behind the end of the
/// file is left out, unless its pixels may be there nevertheless; the container's reader would allocate up to
/// 4 GiB for it.
pub(super) fn check<'a>(webp: &'a [u8], found: &Metadata) -> CheckedWebp<'a> {
    let promised = size_at(webp, 4).saturating_add(HEADER);
    let (mut at, mut has_picture, mut held) = (CONTAINER, false, 0);
    let (mut cut, mut missing) = (None, None);
    // What follows the container is none of its chunks, unless the picture is still to come.
    while at < webp.len().min(promised) || at < webp.len() && !has_picture {
        let name = &webp[at..webp.len().min(at + 4)];
        let end = at.saturating_add(HEADER).saturating_add(size_at(webp, at + 4));
        let is_picture = matches!(name, b"VP8 " | b"VP8L");
        let is_frame = is_picture || name == b"ANMF" && !has_picture;
        if end > webp.len() || at + HEADER > webp.len() {
            missing = Some(format!("the end of the file is missing, from {} on", name.escape_ascii()));
            cut = is_frame.then_some(at);
            break;
        }
        has_picture |= is_frame;
        held |= match name {
            b"EXIF" => EXIF,
            b"XMP " => XMP,
            _ => 0,
        };
        at = end.next_multiple_of(2);
    }
    let end = if cut.is_some() { webp.len() } else { at.min(webp.len()) };
    let flags = webp.get(FLAGS).filter(|_| webp.get(CONTAINER..CONTAINER + 4) == Some(b"VP8X"));
    let promises = flags.map_or(0, |flags| flags & (EXIF | XMP) & !held);
    let is_of_wrong_length = promised > webp.len() || promised < end;
    if missing.is_none() && !is_of_wrong_length && promises == 0 {
        return CheckedWebp { bytes: Cow::Borrowed(webp), missing };
    }
    // It may be there nevertheless, where the container's reader does not look.
    let lacks = |flag: u8, block: &Option<Vec<u8>>| promises & flag != 0 && block.is_none();
    let wrong = if lacks(EXIF, &found.exif) || lacks(XMP, &found.xmp) {
        Some("metadata that the file promises is missing")
    } else {
        is_of_wrong_length.then_some("the file tells a wrong length of itself")
    };
    let missing = missing.or_else(|| wrong.map(str::to_owned));
    let mut bytes = webp[..end].to_vec();
    if let Some(flags) = bytes.get_mut(FLAGS) {
        *flags &= !promises;
    }
    // Chunks are padded to an even length.
    bytes.resize(end.next_multiple_of(2), 0);
    let container = bytes.len().saturating_sub(HEADER);
    for (at, size) in
        [Some((4, container)), cut.map(|at| (at + 4, end.saturating_sub(at + HEADER)))].into_iter().flatten()
    {
        if let Some(place) = bytes.get_mut(at..at + 4) {
            place.copy_from_slice(&(size as u32).to_le_bytes());
        }
    }
    CheckedWebp { bytes: Cow::Owned(bytes), missing }
}

fn size_at(webp: &[u8], at: usize) -> usize {
    let size = webp.get(at..).and_then(|bytes| bytes.first_chunk());
    size.map_or(0, |size| u32::from_le_bytes(*size) as usize)
}
