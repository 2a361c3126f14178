//! What a JPEG becomes without being decoded to pixels and encoded again: its blocks are turned, mirrored and
//! cut by libjpeg-turbo, or stay as they are. No state.
//!
//! A block that is not whole lies at the right or at the lower edge, and cannot lie anywhere else: so not
//! every picture can be turned like that. (The transforms of libjpeg's jpegtran.)

use image::metadata::Orientation;
use protocol::{ErrorKind, JobError, Stage};
use recipe::filter::geometry::Size;
use recipe::recipe::Output;
use turbojpeg::{Colorspace, Decompressor, Transform, TransformCrop, TransformOp, Transformer};

use super::super::size_limit;
use super::encode::is_progressive;
use super::frame::{Coding, Component, Frame};
use super::insert;
use super::markers::{self, APP0, APP14, APP15, COM, EOI, RST0, SOI, SOS, TEM, content};
use super::mend;
use super::segments::{self, Segments};
use crate::image::Metadata;
use crate::moved::Cut;

/// Samples of a block across and down.
const BLOCK: u32 = 8;

/// A JFIF segment that says nothing but what the colours are.
const JFIF: &[u8] = b"\xFF\xE0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0";

/// A JPEG of this part of another's image data, turned like this, with metadata of its own. Errors are of
/// stage encode: `bad-parameter` where that cannot be, `too-large` beyond [`Output::max_bytes`].
pub(crate) fn cut(
    jpeg: &[u8],
    cut: &Cut,
    output: &Output,
    metadata: &Metadata,
    warnings: &mut Vec<String>,
) -> Result<Vec<u8>, JobError> {
    let data = image_data(jpeg, cut, output);
    let data = data.map_err(|why| JobError::new(Stage::Encode, ErrorKind::BadParameter, why))?;
    let file = insert::insert(&data, metadata, warnings);
    match output.max_bytes {
        Some(limit) => size_limit::lossless(limit, file, "without --lossless it could be smaller"),
        None => Ok(file),
    }
}

/// Whether [`cut`] would work.
pub(crate) fn can_cut(jpeg: &[u8], cut: &Cut) -> Result<(), String> {
    Blocks::of(jpeg)?.check(cut)
}

fn image_data(jpeg: &[u8], cut: &Cut, output: &Output) -> Result<Vec<u8>, String> {
    let blocks = Blocks::of(jpeg)?;
    blocks.check(cut)?;
    let progressive = is_progressive(output) || blocks.frame.coding == Coding::Progressive;
    let is_whole = cut.size == blocks.size() && cut.turn == Orientation::NoTransforms;
    if is_whole
        && !(is_progressive(output) && blocks.frame.coding != Coding::Progressive)
        && let Some(copy) = blocks.copy(jpeg)
    {
        return Ok(copy);
    }
    let mut how = Transform::default();
    how.copy_none = true;
    how.progressive = progressive;
    how.optimize = !progressive;
    if is_whole {
        return transform(jpeg, &how);
    }
    how.crop = Some(TransformCrop {
        x: cut.x as usize,
        y: cut.y as usize,
        width: Some(cut.size.width as usize),
        height: Some(cut.size.height as usize),
    });
    let part = transform(jpeg, &how)?;
    how.crop = None;
    how.op = op(cut.turn);
    if cut.turn == Orientation::NoTransforms {
        return Ok(part);
    }
    how.perfect = true;
    transform(&part, &how)
}

/// What the picture is made of.
struct Blocks {
    frame: Frame,
    segments: Segments,
    /// Pixels of the smallest part that can be moved.
    across: u32,
    down: u32,
}

impl Blocks {
    fn of(jpeg: &[u8]) -> Result<Blocks, String> {
        let segments = segments::read_whole(jpeg);
        let frame = segments.frame.clone().ok_or("its header cannot be read")?;
        if frame.coding == Coding::Lossless {
            return Err("it is not made of blocks".to_owned());
        }
        let most = |factor: fn(&Component) -> u32| match frame.components.as_slice() {
            // Blocks of one component stand alone, whatever its factors.
            [_] => 1,
            several => several.iter().map(factor).max().unwrap_or(1),
        };
        let (across, down) = (most(|component| component.across), most(|component| component.down));
        Ok(Blocks { segments, across: across * BLOCK, down: down * BLOCK, frame })
    }

    fn size(&self) -> Size {
        Size { width: self.frame.width, height: self.frame.height }
    }

    /// Whether the part begins where blocks do, and no block that is not whole would come to lie elsewhere.
    fn check(&self, cut: &Cut) -> Result<(), String> {
        let Blocks { across, down, .. } = *self;
        let Cut { x, y, size: Size { width, height }, turn } = *cut;
        if !x.is_multiple_of(across) || !y.is_multiple_of(down) {
            return Err(format!(
                "the part begins {x} pixels from the left and {y} from the top of what is stored, and blocks \
                 have {across}×{down}"
            ));
        }
        let (needs_width, needs_height) = match turn {
            Orientation::NoTransforms | Orientation::Rotate90FlipH => (false, false),
            Orientation::FlipHorizontal | Orientation::Rotate270 => (true, false),
            Orientation::FlipVertical | Orientation::Rotate90 => (false, true),
            Orientation::Rotate180 | Orientation::Rotate270FlipH => (true, true),
        };
        let is_broken =
            needs_width && !width.is_multiple_of(across) || needs_height && !height.is_multiple_of(down);
        if is_broken {
            return Err(format!(
                "{width}×{height} pixels are not made of whole blocks of {across}×{down}, which alone can be \
                 turned like that: crop it first"
            ));
        }
        Ok(())
    }

    /// The picture as it is, without what the file says beside it. `None` if something of that may stand
    /// among the image data, or the end is missing.
    fn copy(&self, jpeg: &[u8]) -> Option<Vec<u8>> {
        let end = self.segments.end?;
        let header = Decompressor::new().ok()?.read_header(jpeg).ok()?;
        let mut copy = vec![0xFF, SOI];
        match header.colorspace {
            Colorspace::Gray | Colorspace::YCbCr => copy.extend_from_slice(JFIF),
            Colorspace::RGB | Colorspace::CMYK | Colorspace::YCCK => {}
        }
        let mut at = 2;
        loop {
            let marker = markers::next(jpeg, at)?;
            at = marker.after;
            if matches!(marker.code, TEM | RST0..=SOI) {
                continue;
            }
            if matches!(marker.code, SOS | EOI) {
                break;
            }
            let content = content(jpeg, at)?;
            at += 2 + content.len();
            let says_colors = marker.code == APP14 && content.starts_with(b"Adobe");
            if says_colors || !matches!(marker.code, APP0..=APP15 | COM) {
                copy.extend_from_slice(jpeg.get(marker.after - 2..at)?);
            }
        }
        let data = jpeg.get(at - 2..end)?;
        (!says_more(data)).then(|| {
            copy.extend_from_slice(data);
            copy
        })
    }
}

/// Whether there are segments among image data that it does not need.
fn says_more(data: &[u8]) -> bool {
    let mut at = 0;
    while let Some(marker) = markers::next(data, at) {
        if matches!(marker.code, APP0..=APP15 | COM) {
            return true;
        }
        at = marker.after;
    }
    false
}

/// The transform, of a mended copy where libjpeg dislikes the file.
fn transform(jpeg: &[u8], how: &Transform) -> Result<Vec<u8>, String> {
    let transformed = |jpeg: &[u8]| Transformer::new()?.transform_to_vec(how, jpeg);
    transformed(jpeg).or_else(|error| {
        let mended = mend::mend(jpeg).ok().and_then(|mended| transformed(&mended.bytes).ok());
        mended.ok_or_else(|| match error.to_string() {
            text if text.contains("memory") => "there is no memory for it".to_owned(),
            _ => "its blocks cannot be moved".to_owned(),
        })
    })
}

fn op(turn: Orientation) -> TransformOp {
    match turn {
        Orientation::NoTransforms => TransformOp::None,
        Orientation::Rotate90 => TransformOp::Rot90,
        Orientation::Rotate180 => TransformOp::Rot180,
        Orientation::Rotate270 => TransformOp::Rot270,
        Orientation::FlipHorizontal => TransformOp::Hflip,
        Orientation::FlipVertical => TransformOp::Vflip,
        Orientation::Rotate90FlipH => TransformOp::Transpose,
        Orientation::Rotate270FlipH => TransformOp::Transverse,
    }
}
