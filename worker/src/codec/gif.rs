//! GIF as the `image` crate reads it, with what its blocks say besides: how many frames there are, comments,
//! XMP and a colour profile. GIF89a specification, appendix A; XMP specification, part 3; ICC.1, annex B.5.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use protocol::JobError;
use recipe::Format;

use super::raster::Raster;
use super::{Header, Opened, error};
use crate::image::{Metadata, NamedText, Picture};

struct GifFile<'a> {
    raster: Raster<GifDecoder<Cursor<&'a [u8]>>>,
    blocks: GifBlocks,
}

pub(super) fn open(bytes: &[u8]) -> Result<Box<dyn Opened + '_>, JobError> {
    let decoder = GifDecoder::new(Cursor::new(bytes)).map_err(|e| error::decoding(&e))?;
    let blocks = blocks(bytes);
    let frames = blocks.frames;
    let warnings = [
        (frames > 1).then(|| format!("animation: only the first of {frames} frames was kept")),
        (!blocks.is_whole).then(|| "the end of the file is missing".to_owned()),
    ];
    let warnings = warnings.into_iter().flatten().collect::<Vec<_>>();
    let warning = (!warnings.is_empty()).then(|| warnings.join("; "));
    Ok(Box::new(GifFile { raster: Raster::new(Format::Gif, decoder, warning)?, blocks }))
}

impl Opened for GifFile<'_> {
    fn header(&self) -> Header {
        self.raster.header()
    }

    fn metadata(&mut self) -> Metadata {
        let GifBlocks { xmp, icc, comments, .. } = std::mem::take(&mut self.blocks);
        let texts = comments.into_iter().map(|text| NamedText { key: NamedText::COMMENT.to_owned(), text });
        let known = self.raster.metadata();
        Metadata { xmp: xmp.or(known.xmp), icc: icc.or(known.icc), texts: texts.collect(), ..known }
    }

    fn decode(
        self: Box<Self>,
        memory: u64,
        metadata: &mut Metadata,
        warnings: &mut Vec<String>,
    ) -> Result<Picture, JobError> {
        Box::new(self.raster).decode(memory, metadata, warnings)
    }
}

/// What the blocks say.
#[derive(Debug, Default, PartialEq)]
struct GifBlocks {
    frames: usize,
    /// Whether the end of the file is there.
    is_whole: bool,
    comments: Vec<Vec<u8>>,
    xmp: Option<Vec<u8>>,
    icc: Option<Vec<u8>>,
}

/// Walks the blocks of a file without unpacking its frames.
fn blocks(bytes: &[u8]) -> GifBlocks {
    const FRAME: u8 = 0x2C;
    const EXTENSION: u8 = 0x21;
    const END: u8 = 0x3B;
    const COMMENT: u8 = 0xFE;
    const XMP: &[u8] = b"\xFF\x0BXMP DataXMP";
    const ICC: &[u8] = b"\xFF\x0BICCRGBG1012";
    /// Behind a packet, so that one may walk over it as if it were sub-blocks.
    const XMP_TRAILER: usize = 258;
    // The size of a colour table stands in the low bits of the flags that announce it.
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let mut found = GifBlocks::default();
    let mut at = 13 + bytes.get(10).map_or(0, |flags| table(*flags));
    loop {
        let start = at + 1;
        match bytes.get(at) {
            Some(&FRAME) => {
                found.frames += 1;
                at += 10 + bytes.get(at + 9).map_or(0, |flags| table(*flags)) + 1;
            }
            Some(&EXTENSION) => at += 2,
            end => {
                found.is_whole = end == Some(&END);
                return found;
            }
        }
        let is_comment = bytes.get(start - 1..start + 1) == Some(&[EXTENSION, COMMENT]);
        let packet = bytes.get(start..).filter(|rest| rest.starts_with(XMP)).map(|_| start + XMP.len());
        // Sub-blocks, each with its length in front; one of length 0 ends them.
        let has_profile = bytes.get(start..).is_some_and(|rest| rest.starts_with(ICC));
        let is_kept = is_comment || has_profile && found.icc.is_none();
        let mut content = Vec::new();
        loop {
            match bytes.get(at) {
                Some(0) => break,
                Some(length) => {
                    let end = at + 1 + usize::from(*length);
                    if is_kept {
                        content.extend(bytes.get(at + 1..end).unwrap_or_default());
                    }
                    at = end;
                }
                None => return found,
            }
        }
        at += 1;
        if has_profile && found.icc.is_none() {
            // Behind the name, which is a sub-block as well.
            found.icc = content.get(ICC.len() - 2..).filter(|icc| !icc.is_empty()).map(<[u8]>::to_vec);
        } else if is_comment && !content.is_empty() {
            found.comments.push(content);
        }
        if let Some(packet) = packet.and_then(|start| bytes.get(start..at.checked_sub(XMP_TRAILER)?)) {
            found.xmp.get_or_insert_with(|| packet.to_vec());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FRAME: &[u8] = b"\x2C\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
    const HEADER: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF";

    #[test]
    fn frames_are_counted_without_unpacking() {
        let one = [HEADER, b"\x21\xF9\x04\0\0\0\0\0", FRAME, b";"].concat();
        let three = [HEADER, FRAME, FRAME, FRAME].concat();
        assert_eq!(blocks(&one), GifBlocks { frames: 1, is_whole: true, ..GifBlocks::default() });
        assert_eq!((blocks(&three).frames, blocks(&three).is_whole), (3, false));
        assert_eq!(blocks(b"GIF89a"), GifBlocks::default());
    }

    #[test]
    fn comments_and_xmp_are_found() {
        let trailer: Vec<u8> = [1].into_iter().chain((0..=255).rev()).chain([0]).collect();
        let comment = b"\x21\xFE\x03Ana\x02!!\0";
        let packet = [b"\x21\xFF\x0BXMP DataXMP<x:xmpmeta/>", &trailer[..]].concat();
        let found = blocks(&[HEADER, comment, &packet, FRAME, comment, b";"].concat());
        let comments = vec![b"Ana!!".to_vec(), b"Ana!!".to_vec()];
        assert_eq!(
            found,
            GifBlocks { frames: 1, is_whole: true, comments, xmp: Some(b"<x:xmpmeta/>".to_vec()), icc: None }
        );
    }

    #[test]
    fn a_profile_is_put_together_from_its_blocks() {
        let profile = b"\x21\xFF\x0BICCRGBG1012\x03one\x03two\0";
        let file = [HEADER, profile, b"\x21\xFF\x0BICCRGBG1012\x01x\0", FRAME, b";"].concat();
        assert_eq!(blocks(&file).icc.as_deref(), Some(&b"onetwo"[..]));
        assert_eq!(blocks(&file).comments, Vec::<Vec<u8>>::new());
        let metadata = open(&file).unwrap().metadata();
        assert_eq!(metadata.icc.as_deref(), Some(&b"onetwo"[..]));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(
            prop_oneof![Just(0x21u8), Just(0x2C), Just(0xFE), 0u8..4, any::<u8>()], 0..60)) {
            let _ = (blocks(&bytes), blocks(&[HEADER, &bytes].concat()));
            let _ = blocks(&[HEADER, b"\x21\xFF\x0BXMP DataXMP", &bytes].concat());
        }
    }
}
