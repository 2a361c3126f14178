//! GIF: its first frame (`gif/frame.rs`), and what its blocks say besides: how many frames there are,
//! comments, XMP, a colour profile, IPTC as ImageMagick has it. GIF89a specification, appendix A; XMP
//! specification, part 3; ICC.1, annex B.5; C2PA, section A.3. No state.

mod frame;

use std::borrow::Cow;

use protocol::JobError;

use self::frame::GifFile;
use super::{Opened, behind};
use crate::image::{Extra, ExtraKind, Metadata, NamedText};
use crate::metadata::extras::{PartNames, take_first};
use crate::metadata::resources;

const FRAME: u8 = 0x2C;
const EXTENSION: u8 = 0x21;
const END: u8 = 0x3B;
/// What extensions are: how the next frame is shown, a comment, a text to be drawn, something of a program.
const CONTROL: u8 = 0xF9;
const COMMENT: u8 = 0xFE;
const PLAIN_TEXT: u8 = 0x01;
const APPLICATION: u8 = 0xFF;
/// What ends an application's name, and its length with it.
const NAME: usize = 11;
const XMP: &[u8] = b"XMP DataXMP";
/// Behind a packet, so that one may walk over it as if it were sub-blocks.
const XMP_TRAILER: usize = 258;
/// Bytes between blocks that are passed over before the first frame.
const MAX_STRAYS: usize = 1000;

pub(super) fn open(bytes: &[u8]) -> Result<Box<dyn Opened + '_>, JobError> {
    let GifBlocks { frames, mut frame_pixels, is_cropped, is_lost, end, strays, metadata } = blocks(bytes);
    let has_strays = !strays.is_empty() && strays.len() <= MAX_STRAYS;
    // The decoder takes them for damage.
    let to_decode = if has_strays {
        frame_pixels += bytes.len() as u64;
        Cow::Owned(without(bytes, &strays))
    } else {
        Cow::Borrowed(bytes)
    };
    let notes = [
        is_cropped.then(|| "a part of the first frame lies outside the picture and was left out".to_owned()),
        has_strays.then(|| {
            "bytes that mean nothing stand before the first frame: they were passed over".to_owned()
        }),
        (frames > 1).then(|| format!("animation: only the first of {frames} frames was kept")),
        is_lost.then(|| "bytes that mean nothing stand behind a frame: no more was read".to_owned()),
        (end.is_none() && !is_lost).then(|| "the end of the file is missing".to_owned()),
    ];
    Ok(Box::new(GifFile::open(to_decode, frame_pixels, metadata, notes.into_iter().flatten().collect())?))
}

/// A copy without the bytes at these places.
fn without(bytes: &[u8], places: &[usize]) -> Vec<u8> {
    let ends = places.iter().copied().chain([bytes.len()]);
    let starts = [0].into_iter().chain(places.iter().map(|at| at + 1));
    starts.zip(ends).filter_map(|(start, end)| bytes.get(start..end)).collect::<Vec<_>>().concat()
}

/// What the blocks say.
#[derive(Debug, Default, PartialEq)]
struct GifBlocks {
    frames: usize,
    /// Pixels of the first frame.
    frame_pixels: u64,
    /// Whether a part of the first frame lies outside the picture.
    is_cropped: bool,
    /// Whether something stands there that is no block, so that it is not known where the next one begins.
    is_lost: bool,
    /// Where the file ends, if its end is there.
    end: Option<usize>,
    /// Where bytes of zero stand between the blocks before the first frame; no more than are passed over, and
    /// one.
    strays: Vec<usize>,
    metadata: Metadata,
}

/// Walks the blocks of a file without unpacking its frames.
fn blocks(bytes: &[u8]) -> GifBlocks {
    // The size of a colour table stands in the low bits of the flags that announce it.
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let mut found = GifBlocks::default();
    let mut names = PartNames::default();
    let mut at = 13 + bytes.get(10).map_or(0, |flags| table(*flags));
    loop {
        match bytes.get(at) {
            Some(&FRAME) => {
                if found.frames == 0 {
                    found.is_cropped = !is_inside(bytes, at + 1);
                    found.frame_pixels = u64::from(number(bytes, at + 5)) * u64::from(number(bytes, at + 7));
                }
                found.frames += 1;
                at += 10 + bytes.get(at + 9).map_or(0, |flags| table(*flags)) + 1;
                let Some(blocks) = SubBlocks::first(bytes, at) else { break };
                at = blocks.after;
            }
            Some(&EXTENSION) => {
                let Some(blocks) = SubBlocks::first(bytes, at + 2) else { break };
                take(bytes.get(at + 1), &blocks, &mut found.metadata, &mut names);
                at = blocks.after;
            }
            Some(&END) => {
                found.end = Some(at + 1);
                found.metadata.extras.extend(behind::found(bytes.get(at + 1..)));
                break;
            }
            // Some programs end the parts of a block twice.
            Some(0) => {
                if found.frames == 0 && found.strays.len() <= MAX_STRAYS {
                    found.strays.push(at);
                }
                at += 1;
            }
            Some(_) => {
                found.is_lost = true;
                break;
            }
            None => break,
        }
    }
    found.metadata.extras.extend(names.into_extra());
    found
}

/// Whether the frame whose corner and size stand at this place is within the picture.
fn is_inside(gif: &[u8], at: usize) -> bool {
    const PICTURE: usize = 6;
    let number = |at: usize| number(gif, at);
    // Across and down.
    [0, 2].into_iter().all(|axis| number(at + axis) + number(at + 4 + axis) <= number(PICTURE + axis))
}

fn number(gif: &[u8], at: usize) -> u32 {
    let bytes = gif.get(at..).and_then(|rest| rest.first_chunk());
    bytes.map_or(0, |bytes| u16::from_le_bytes(*bytes).into())
}

/// Parts that each have their length in front; one of length 0 ends them.
struct SubBlocks<'a> {
    /// All of them, with the lengths.
    bytes: &'a [u8],
    /// Where what follows them begins.
    after: usize,
}

impl<'a> SubBlocks<'a> {
    /// Those that begin at a place; `None` if they have no end.
    fn first(gif: &'a [u8], start: usize) -> Option<Self> {
        let mut at = start;
        while *gif.get(at)? > 0 {
            at += 1 + usize::from(gif[at]);
        }
        Some(SubBlocks { bytes: gif.get(start..at)?, after: at + 1 })
    }

    /// What is in them.
    fn content(&self) -> Vec<u8> {
        let (mut content, mut rest) = (Vec::new(), self.bytes);
        while let Some((part, after)) =
            rest.split_first().and_then(|(length, rest)| rest.split_at_checked(usize::from(*length)))
        {
            content.extend(part);
            rest = after;
        }
        content
    }
}

/// Takes in what an extension says.
fn take(label: Option<&u8>, blocks: &SubBlocks<'_>, metadata: &mut Metadata, names: &mut PartNames) {
    match label {
        Some(&COMMENT) => {
            let text = blocks.content();
            metadata
                .texts
                .extend((!text.is_empty()).then(|| NamedText { key: NamedText::COMMENT.to_owned(), text }));
        }
        Some(&APPLICATION) => take_application(blocks, metadata, names),
        Some(&PLAIN_TEXT) => names.add("a text that is drawn over it"),
        Some(&CONTROL) | None => {}
        Some(label) => names.add(&format!("extension {label:02X}")),
    }
}

fn take_application(blocks: &SubBlocks<'_>, metadata: &mut Metadata, names: &mut PartNames) {
    let content = || blocks.content().get(NAME..).unwrap_or_default().to_vec();
    match blocks.bytes.get(1..=NAME).unwrap_or(b"of no program") {
        // The packet is not in sub-blocks, though a trailer makes it look so.
        XMP => {
            let packet = blocks.bytes.get(1 + NAME..(blocks.bytes.len() + 1).saturating_sub(XMP_TRAILER));
            match packet {
                Some(packet) => take_first(&mut metadata.xmp, packet, &mut metadata.extras),
                None => names.add("XMP"),
            }
        }
        b"ICCRGBG1012" if metadata.icc.is_some() => names.add("a second profile"),
        b"ICCRGBG1012" => metadata.icc = Some(content()).filter(|icc| !icc.is_empty()),
        // ImageMagick's, for what others have in Photoshop's resources.
        b"MGKIPTC0000" | b"MGK8BIM0000" => {
            let found = resources::read_or_bare(&content());
            if let Some(iptc) = found.iptc {
                take_first(&mut metadata.iptc, &iptc, &mut metadata.extras);
            }
            if found.is_broken {
                names.add(resources::BROKEN);
            }
            metadata.resources.extend(found.others);
        }
        b"C2PA_GIF\x01\0\0" => metadata.extras.push(Extra::of(ExtraKind::Credentials)),
        // How often an animation is shown, and the gamma that ImageMagick wrote it with.
        b"NETSCAPE2.0" | b"ANIMEXTS1.0" | b"ImageMagick" => {}
        name => names.add(&name.escape_ascii().to_string()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FRAME: &[u8] = b"\x2C\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
    const HEADER: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF";

    fn parts(names: &[&str]) -> Extra {
        let segments = names.iter().map(|name| (0, name.as_bytes().to_vec())).collect();
        Extra { kind: ExtraKind::Parts, segments }
    }

    /// An application's extension.
    fn of_program(name: &[u8; NAME], content: &[u8]) -> Vec<u8> {
        let head = [&[EXTENSION, APPLICATION, NAME as u8], &name[..]].concat();
        let parts = content.chunks(255).flat_map(|part| [&[part.len() as u8], part].concat());
        head.into_iter().chain(parts).chain([0]).collect()
    }

    #[test]
    fn iptc_is_read_as_image_magick_has_it() {
        let block = b"\x1C\x02\x50\0\x03Ana".repeat(40);
        let wrapped = resources::write(Some(&block), &[]);
        for (name, content) in
            [(b"MGKIPTC0000", &block), (b"MGKIPTC0000", &wrapped), (b"MGK8BIM0000", &wrapped)]
        {
            let found = blocks(&[HEADER, &of_program(name, content), FRAME, b";"].concat()).metadata;
            assert_eq!((found.iptc.as_ref(), found.extras), (Some(&block), vec![]));
        }
    }

    #[test]
    fn a_second_block_of_iptc_is_named_if_it_differs() {
        let block = |name: &[u8]| of_program(b"MGKIPTC0000", &[b"\x1C\x02\x50\0\x03", name].concat());
        let found =
            |second: &[u8]| blocks(&[HEADER, &block(b"Ana"), second, FRAME, b";"].concat()).metadata.extras;
        assert_eq!(found(&block(b"Ana")), []);
        assert_eq!(found(&block(b"Eva")), [Extra::of(ExtraKind::SecondBlock)]);
    }

    #[test]
    fn what_cannot_go_along_is_named() {
        let found = |extension: &[u8], behind: &[u8]| {
            blocks(&[HEADER, extension, FRAME, b";", behind].concat()).metadata.extras
        };
        assert_eq!(found(&of_program(b"NETSCAPE2.0", b"\x01\0\0"), b"\r\n"), []);
        assert_eq!(found(&of_program(b"fractint001", b"?"), b""), [parts(&["fractint001"])]);
        assert_eq!(found(&of_program(b"C2PA_GIF\x01\0\0", b"?"), b""), [Extra::of(ExtraKind::Credentials)]);
        let text = [&b"\x21\x01\x0C"[..], &[0; 12], b"\x03Ana\0", b"\x21\x07\0"].concat();
        assert_eq!(found(&text, b""), [parts(&["a text that is drawn over it", "extension 07"])]);
        assert_eq!(found(b"", b"a note that somebody appended"), [Extra::of(ExtraKind::Unknown)]);
        assert_eq!(found(b"", &[HEADER, FRAME, FRAME].concat()), [Extra::of(ExtraKind::Images)]);
    }

    #[test]
    fn frames_are_counted_without_unpacking() {
        let one = [HEADER, b"\x21\xF9\x04\0\0\0\0\0", FRAME, b";"].concat();
        let three = [HEADER, FRAME, FRAME, FRAME].concat();
        let expected = GifBlocks { frames: 1, frame_pixels: 1, end: Some(one.len()), ..GifBlocks::default() };
        assert_eq!(blocks(&one), expected);
        assert_eq!((blocks(&three).frames, blocks(&three).end), (3, None));
        assert_eq!(blocks(b"GIF89a"), GifBlocks::default());
        let lost = blocks(&[HEADER, FRAME, b"\x07", FRAME, b";"].concat());
        assert_eq!((lost.frames, lost.is_lost, lost.end), (1, true, None));
        let stray = [HEADER, FRAME, b"\0\0", FRAME, b"\0;"].concat();
        assert_eq!((blocks(&stray).frames, blocks(&stray).end), (2, Some(stray.len())));
    }

    #[test]
    fn zeros_before_the_first_frame_are_passed_over_and_named() {
        let read = |before: &[u8]| {
            let file = [HEADER, before, b"\x21\xFE\x03Ana\0", before, FRAME, b";"].concat();
            let (mut notes, nothing) = (Vec::new(), &mut crate::image::Metadata::default());
            open(&file).unwrap().decode(1 << 20, nothing, &mut notes).map(|picture| (picture, notes))
        };
        let (whole, notes) = read(b"").unwrap();
        assert_eq!(notes, Vec::<String>::new());
        for zeros in [1, MAX_STRAYS / 2] {
            let (picture, notes) = read(&vec![0; zeros]).unwrap();
            assert_eq!(picture, whole);
            assert!(notes[0].contains("passed over"), "{notes:?}");
        }
        assert!(read(&[0; MAX_STRAYS]).is_err());
    }

    #[test]
    fn a_frame_beyond_the_picture_is_named() {
        let mut beyond = [HEADER, FRAME, b";"].concat();
        assert!(!blocks(&beyond).is_cropped);
        // The corner and the size of the frame, each across and down.
        for at in 1..5 {
            let place = HEADER.len() + 2 * at - 1;
            beyond[place] += 1;
            assert!(blocks(&beyond).is_cropped);
            beyond[place] -= 1;
        }
        let later = [HEADER, FRAME, b"\x2C\x09\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;"].concat();
        assert!(!blocks(&later).is_cropped);
    }

    #[test]
    fn comments_and_xmp_are_found() {
        let trailer: Vec<u8> = [1].into_iter().chain((0..=255).rev()).chain([0]).collect();
        let comment = b"\x21\xFE\x03Ana\x02!!\0";
        let packet = [b"\x21\xFF\x0BXMP DataXMP<x:xmpmeta/>", &trailer[..]].concat();
        let found = blocks(&[HEADER, comment, &packet, FRAME, comment, &packet, b";"].concat()).metadata;
        let text = NamedText { key: NamedText::COMMENT.to_owned(), text: b"Ana!!".to_vec() };
        let xmp = Some(b"<x:xmpmeta/>".to_vec());
        assert_eq!(found, Metadata { texts: vec![text.clone(), text], xmp, ..Metadata::default() });
        let other = [b"\x21\xFF\x0BXMP DataXMP<other/>", &trailer[..]].concat();
        let found = blocks(&[HEADER, &packet, &other, FRAME, b";"].concat()).metadata;
        assert_eq!(found.extras, [Extra::of(ExtraKind::SecondBlock)]);
    }

    #[test]
    fn a_profile_is_put_together_from_its_blocks() {
        let profile = b"\x21\xFF\x0BICCRGBG1012\x03one\x03two\0";
        let file = [HEADER, profile, b"\x21\xFF\x0BICCRGBG1012\x01x\0", FRAME, b";"].concat();
        let metadata = open(&file).unwrap().metadata();
        assert_eq!((metadata.icc.as_deref(), metadata.texts), (Some(&b"onetwo"[..]), vec![]));
        assert_eq!(metadata.extras, [parts(&["a second profile"])]);
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
