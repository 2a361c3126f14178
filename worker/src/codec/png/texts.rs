//! The chunks of a PNG beside its pixels, wherever in the file they stand: EXIF, and texts, some of which are
//! XMP, or EXIF, XMP and IPTC as ImageMagick writes them ("Raw profile type"). PNG, third edition, sections 5
//! and 11; XMP specification, part 3. No state.

use std::io::Read;

use flate2::read::ZlibDecoder;
use img_parts::Bytes;
use img_parts::png::PngChunk;

use super::super::behind;
use super::mend::Chunk;
use crate::image::{Extra, ExtraKind, Metadata, NamedText};
use crate::metadata::extras::{PartNames, take_first};
use crate::metadata::resources;

const XMP: &str = "XML:com.adobe.xmp";
const PROFILE: &str = "Raw profile type ";
/// What only JPEG has in front of EXIF, and many programs write elsewhere too.
const PREFIX: &[u8] = b"Exif\0\0";
/// The longest keyword of PNG.
const MAX_KEYWORD: usize = 79;

/// What says how pixels and colours are stored, or is read elsewhere: transparency, density, animation.
const READ_ELSEWHERE: [&[u8; 4]; 15] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP",
    b"pHYs", b"acTL", b"fcTL", b"fdAT",
];
/// What nobody misses in a result: hints for showing the old file (a ground, palettes for old screens, which
/// rows are where), and when it was written.
const OF_OLD_FILE: [&[u8; 4]; 5] = [b"bKGD", b"hIST", b"sPLT", b"iDOT", b"tIME"];

/// Reads what is in the chunks of a file; texts may unpack to `budget` bytes together. Of EXIF and XMP
/// the first block counts, wherever it stands, behind the end too. What is broken or not known is named.
pub(super) fn read(png: &[u8], mut budget: u64) -> Metadata {
    let mut found = FoundChunks::default();
    let mut rest = png.get(8..).unwrap_or_default();
    let (mut has_profile, mut is_turned, mut is_behind) = (false, false, false);
    while let Some((kind, content, after)) = chunk(rest) {
        // What stands behind the end may be anything.
        if is_behind && !Chunk::first(rest).is_some_and(|chunk| chunk.is_sound()) {
            break;
        }
        match kind {
            b"IEND" => is_behind = true,
            // ImageMagick's copy of what EXIF says.
            b"orNT" => is_turned = true,
            b"iCCP" if std::mem::replace(&mut has_profile, true) => found.names.add("a second iCCP"),
            b"eXIf" => found.take_exif(content),
            // A draft of it, which ImageMagick wrote: a method, and the length of what it unpacks to.
            b"zxIf" => match content.get(5..).and_then(|packed| unpacked(packed, &mut budget)) {
                Some(block) => found.take_exif(&block),
                None => found.names.add(&latin1(kind)),
            },
            b"caBX" => found.metadata.extras.push(Extra::of(ExtraKind::Credentials)),
            b"tEXt" | b"zTXt" | b"iTXt" => match text(kind, content, &mut budget) {
                Some((key, text)) => {
                    if key != XMP && kind == b"iTXt" && has_language(content) {
                        found.names.add("languages of texts");
                    }
                    found.take(key, text);
                }
                None => found.names.add(&latin1(kind)),
            },
            _ if READ_ELSEWHERE.contains(&kind) || OF_OLD_FILE.contains(&kind) => {}
            _ if kind.iter().all(u8::is_ascii_alphabetic) => found.names.add(&latin1(kind)),
            // No chunk of any kind: the file is damaged.
            _ => {}
        }
        rest = after;
    }
    if is_behind {
        found.metadata.extras.extend(behind::found([rest]));
    }
    let FoundChunks { mut metadata, raw, mut names } = found;
    if is_turned && metadata.exif.is_none() && raw.exif.is_none() {
        names.add("orNT");
    }
    metadata.extras.extend(names.into_extra());
    metadata.extras.extend(raw.extras);
    for (place, block) in [(&mut metadata.exif, raw.exif), (&mut metadata.xmp, raw.xmp)] {
        if let Some(block) = block {
            take_first(place, &block, &mut metadata.extras);
        }
    }
    metadata.iptc = metadata.iptc.or(raw.iptc);
    metadata.icc = raw.icc;
    metadata
}

/// The first chunk: its kind, its content, and what follows it.
pub(super) fn chunk(bytes: &[u8]) -> Option<(&[u8; 4], &[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (kind, rest) = rest.split_first_chunk::<4>()?;
    let (content, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    // A checksum follows.
    Some((kind, content, rest.get(4..).unwrap_or_default()))
}

/// What the chunks say, and what ImageMagick's texts do, which count where the former say nothing.
#[derive(Default)]
struct FoundChunks {
    metadata: Metadata,
    raw: Metadata,
    /// What cannot be taken along.
    names: PartNames,
}

impl FoundChunks {
    fn take_exif(&mut self, block: &[u8]) {
        take_first(&mut self.metadata.exif, without_prefix(block), &mut self.metadata.extras);
    }

    fn take(&mut self, key: String, text: Vec<u8>) {
        if key == XMP {
            take_first(&mut self.metadata.xmp, &text, &mut self.metadata.extras);
        } else if let Some(profile) = key.strip_prefix(PROFILE) {
            match from_profile(&text) {
                Some(bytes) => self.take_profile(profile, bytes),
                None => self.name_profile(profile),
            }
        } else {
            self.metadata.texts.push(NamedText { key, text });
        }
    }

    /// Names a profile that cannot be read, by as much of its own name as can be shown.
    fn name_profile(&mut self, profile: &str) {
        const LONGEST: usize = 20;
        let own: String = profile.chars().filter(char::is_ascii_graphic).take(LONGEST).collect();
        self.names.add(&format!("profile {own}"));
    }

    fn take_profile(&mut self, kind: &str, bytes: Vec<u8>) {
        const IN_JPEG: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
        let Metadata { exif, xmp, iptc, extras, .. } = &mut self.raw;
        match kind.to_ascii_lowercase().as_str() {
            "exif" => take_first(exif, without_prefix(&bytes), extras),
            "xmp" => take_first(xmp, &bytes, extras),
            // As it stands in a JPEG.
            "app1" => match bytes.strip_prefix(IN_JPEG) {
                Some(packet) => take_first(xmp, packet, extras),
                None if bytes.starts_with(PREFIX) => take_first(exif, without_prefix(&bytes), extras),
                None => self.name_profile(kind),
            },
            "icc" | "icm" => self.raw.icc = Some(bytes),
            "iptc" | "8bim" => {
                let found = resources::read_or_bare(&bytes);
                found.iptc.iter().for_each(|block| take_first(iptc, block, extras));
                found.is_broken.then(|| self.names.add(resources::BROKEN));
                self.metadata.resources.extend(found.others);
            }
            _ => self.name_profile(kind),
        }
    }
}

/// EXIF without what only JPEG has in front of it.
fn without_prefix(block: &[u8]) -> &[u8] {
    block.strip_prefix(PREFIX).unwrap_or(block)
}

/// Keyword and text of a chunk.
fn text(kind: &[u8; 4], content: &[u8], budget: &mut u64) -> Option<(String, Vec<u8>)> {
    let (key, rest) = split_at_nul(content)?;
    let key = latin1(key);
    // ImageMagick's profiles are digits, in whichever chunk; XMP is UTF-8.
    match kind {
        b"tEXt" => Some((key, from_latin1(rest))),
        b"zTXt" => Some((key, from_latin1(&unpacked(rest.get(1..)?, budget)?))),
        _ => {
            let (&[is_packed, _method], rest) = rest.split_first_chunk()?;
            let (_language, rest) = split_at_nul(rest)?;
            let (_translated, rest) = split_at_nul(rest)?;
            let text = if is_packed == 1 { unpacked(rest, budget)? } else { rest.to_vec() };
            Some((key, text))
        }
    }
}

/// Whether an iTXt says in which language its text is, or what that calls the keyword.
fn has_language(content: &[u8]) -> bool {
    let language = split_at_nul(content).and_then(|(_, rest)| rest.get(2..));
    language.is_some_and(|language| !language.starts_with(b"\0\0"))
}

fn split_at_nul(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(0, bytes)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// Latin-1 as UTF-8; many programs write UTF-8 there against the specification.
fn from_latin1(bytes: &[u8]) -> Vec<u8> {
    if str::from_utf8(bytes).is_ok() { bytes.to_vec() } else { latin1(bytes).into_bytes() }
}

/// The text, if it is whole and the budget suffices.
fn unpacked(packed: &[u8], budget: &mut u64) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let mut unpacking = ZlibDecoder::new(packed);
    let read = (&mut unpacking).take(*budget).read_to_end(&mut text).ok()?;
    *budget -= read as u64;
    (unpacking.read(&mut [0]).ok()? == 0).then_some(text)
}

/// The bytes of a profile: a name, the number of bytes, and the bytes in hexadecimal digits, each on lines of
/// their own.
fn from_profile(text: &[u8]) -> Option<Vec<u8>> {
    let text = str::from_utf8(text).ok()?;
    let (_, rest) = text.trim_start().split_once('\n')?;
    let (length, digits) = rest.trim_start().split_once('\n')?;
    let digits: Vec<u8> = digits.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(pair).collect();
    bytes.filter(|bytes| length.trim().parse() == Ok(bytes.len()))
}

/// The chunks for the texts, XMP and IPTC of a result.
pub(super) fn chunks(metadata: &Metadata) -> Vec<PngChunk> {
    let chunk = |kind: &[u8; 4], content: Vec<u8>| PngChunk::new(*kind, Bytes::from(content));
    let mut chunks = Vec::new();
    if metadata.iptc.is_some() || !metadata.resources.is_empty() {
        let resources = resources::write(metadata.iptc.as_deref(), &metadata.resources);
        chunks.push(chunk(b"tEXt", to_profile("iptc", &resources)));
    }
    if let Some(xmp) = &metadata.xmp {
        // An uncompressed international text.
        chunks.push(chunk(b"iTXt", [XMP.as_bytes(), b"\0\0\0\0\0", xmp].concat()));
    }
    for NamedText { key, text } in &metadata.texts {
        let key: Vec<u8> = key.chars().map_while(|c| u8::try_from(c).ok()).take(MAX_KEYWORD).collect();
        let is_utf8 = !text.is_ascii() && str::from_utf8(text).is_ok();
        let text: Vec<u8> = text.iter().copied().filter(|byte| *byte != 0).collect();
        chunks.push(if is_utf8 {
            chunk(b"iTXt", [&key[..], b"\0\0\0\0\0", &text].concat())
        } else {
            chunk(b"tEXt", [&key[..], b"\0", &text].concat())
        });
    }
    chunks
}

/// A text chunk's content, as ImageMagick has it and ExifTool reads it. There is no other place for IPTC in a
/// PNG.
fn to_profile(name: &str, bytes: &[u8]) -> Vec<u8> {
    const LINE: usize = 36;
    let mut text = format!("{PROFILE}{name}\0\n{name}\n{:8}", bytes.len());
    for line in bytes.chunks(LINE) {
        text.push('\n');
        text.extend(line.iter().map(|byte| format!("{byte:02x}")));
    }
    text.push('\n');
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use proptest::prelude::*;

    use super::*;

    const BUDGET: u64 = 1 << 20;

    fn file(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
        let mut file = b"\x89PNG\r\n\x1A\n".to_vec();
        for (kind, content) in chunks {
            file.extend((content.len() as u32).to_be_bytes());
            file.extend(*kind);
            file.extend(content);
            file.extend([0; 4]);
        }
        file
    }

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// A profile in a compressed chunk, under this name.
    fn profile(name: &str, bytes: &[u8]) -> (&'static [u8; 4], Vec<u8>) {
        let text = to_profile(name, bytes);
        let at = memchr::memchr(0, &text).unwrap();
        (b"zTXt", [&text[..=at], &[0], &packed(&text[at + 1..])].concat())
    }

    #[test]
    fn languages_of_texts_are_named_since_results_have_none() {
        let named = |content: &[u8]| {
            let found = read(&file(&[(b"iTXt", content.to_vec())]), BUDGET);
            assert_eq!(found.texts.len(), 1);
            found
                .extras
                .iter()
                .flat_map(|extra| &extra.segments)
                .map(|(_, name)| name.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(named(b"Title\0\0\0\0\0Ostern"), Vec::<Vec<u8>>::new());
        assert_eq!(named(b"Title\0\0\0de\0\0Ostern"), [b"languages of texts"]);
        assert_eq!(named(b"Title\0\0\0\0Titel\0Ostern"), [b"languages of texts"]);
    }

    #[test]
    fn everything_is_found_in_every_kind_of_chunk_and_behind_the_pixels() {
        let pixels = (b"IDAT", vec![1, 2, 3]);
        let packet = b"<x:xmpmeta/>";
        let itxt =
            |flag: u8, text: &[u8]| (b"iTXt", [XMP.as_bytes(), &[0, flag, 0], b"en\0XMP\0", text].concat());
        for (chunks, exif, xmp) in [
            (vec![pixels.clone(), (b"eXIf", b"II*\0".to_vec())], true, false),
            (vec![pixels.clone(), profile("exif", b"II*\0")], true, false),
            (vec![profile("APP1", b"Exif\0\0II*\0"), pixels.clone()], true, false),
            (vec![profile("APP1", &[b"http://ns.adobe.com/xap/1.0/\0", &packet[..]].concat())], false, true),
            (vec![profile("xmp", packet)], false, true),
            (vec![pixels.clone(), itxt(0, packet)], false, true),
            (vec![pixels.clone(), itxt(1, &packed(packet))], false, true),
            (vec![itxt(0, packet), profile("xmp", b"<other/>")], false, true),
        ] {
            let found = read(&file(&chunks), BUDGET);
            assert_eq!(found.exif.is_some_and(|exif| exif.ends_with(b"II*\0")), exif);
            assert_eq!(found.xmp.as_deref(), xmp.then_some(&packet[..]));
        }
        let wrapped = resources::write(Some(b"\x1C\x02\x50"), &[]);
        for bytes in [&wrapped[..], b"\x1C\x02\x50"] {
            assert_eq!(read(&file(&[profile("iptc", bytes)]), BUDGET).iptc.unwrap(), b"\x1C\x02\x50");
        }
        let extras = |second: &[u8]| {
            let profiles = [profile("iptc", b"\x1C\x02\x50"), profile("iptc", second)];
            read(&file(&profiles), BUDGET).extras
        };
        assert_eq!(extras(b"\x1C\x02\x50"), []);
        assert_eq!(extras(b"\x1C\x02\x51"), [Extra::of(ExtraKind::SecondBlock)]);
    }

    #[test]
    fn texts_are_written_and_read_again() {
        let text = |key: &str, text: &str| NamedText { key: key.to_owned(), text: text.as_bytes().to_vec() };
        let texts = vec![text("Author", "Ana"), text("Copyright", "© José")];
        let block: Vec<u8> = (0..99).map(|i| 0x1C ^ i).collect();
        let metadata =
            Metadata { texts, iptc: Some(block), xmp: Some(b"<x/>".to_vec()), ..Metadata::default() };
        let written = chunks(&metadata);
        let written: Vec<(&[u8; 4], Vec<u8>)> = written
            .iter()
            .map(|chunk| {
                (if chunk.kind() == *b"tEXt" { b"tEXt" } else { b"iTXt" }, chunk.contents().to_vec())
            })
            .collect();
        assert_eq!(read(&file(&written), BUDGET), metadata);
        // Latin-1, as the specification has it.
        let latin = file(&[(b"tEXt", b"Author\0Jos\xE9".to_vec())]);
        assert_eq!(read(&latin, BUDGET).texts, [text("Author", "José")]);
    }

    #[test]
    fn broken_profiles_are_passed_over() {
        assert_eq!(from_profile(b"\niptc\n       3\n1c0250\n"), Some(vec![0x1C, 2, 0x50]));
        for broken in [&b"\niptc\n       4\n1c0250\n"[..], b"\niptc\n 3\n1c02zz", b"", b"\xFF", b"\n\n\n"] {
            assert_eq!(from_profile(broken), None);
        }
        // What cannot be taken along is named, once.
        let broken = (b"tEXt", b"Raw profile type exif\0\nexif\n 3\n1c02".to_vec());
        let unknown = profile("fancy", b"x");
        let chunks =
            [(b"IHDR", vec![]), (b"oFFs", vec![0; 9]), (b"oFFs", vec![]), (b"zTXt", b"a\0\0?".to_vec())];
        let found = read(&file(&[&chunks[..], &[broken, unknown]].concat()), BUDGET);
        let names: Vec<&[u8]> = found.extras[0].segments.iter().map(|(_, name)| name.as_slice()).collect();
        assert_eq!(names, [&b"oFFs"[..], b"zTXt", b"profile exif", b"profile fancy"]);
        let turned = [(b"orNT", vec![6]), (b"eXIf", b"II*\0".to_vec())];
        assert_eq!(read(&file(&turned), BUDGET).extras, []);
        assert_eq!(read(&file(&turned[..1]), BUDGET).extras[0].segments, [(0, b"orNT".to_vec())]);
        let profiles = [(b"iCCP", vec![]), (b"iCCP", vec![]), (b"tIME", vec![0; 7])];
        let found = read(&file(&profiles), BUDGET);
        assert_eq!(found.extras[0].segments, [(0, b"a second iCCP".to_vec())]);
        // What unpacks to more than there is room for is left out too.
        let (kind, content) = profile("exif", &[7; 5000]);
        let found = read(&file(&[(kind, content)]), 1000);
        assert_eq!((found.exif, found.extras.len()), (None, 1));
    }

    #[test]
    fn exif_is_read_as_a_draft_packed_it() {
        let draft = |packed: &[u8]| file(&[(b"zxIf", [&[0, 0, 0, 0, 4], packed].concat())]);
        assert_eq!(read(&draft(&packed(b"II*\0")), BUDGET).exif.unwrap(), b"II*\0");
        for broken in [&b"broken"[..], b""] {
            let found = read(&draft(broken), BUDGET);
            assert_eq!((found.exif, found.extras.len()), (None, 1), "{broken:?}");
        }
    }

    #[test]
    fn what_stands_behind_the_end_is_named() {
        let end = file(&[(b"IEND", vec![])]);
        let not_sound = &file(&[(b"oFFs", b"more than some padding".to_vec())])[8..];
        for (behind, kinds) in [
            (&b""[..], vec![]),
            (b"\r\n", vec![]),
            (b"a note that somebody appended", vec![ExtraKind::Unknown]),
            (not_sound, vec![ExtraKind::Unknown]),
            (&[&end[..], b"and more than padding"].concat(), vec![ExtraKind::Images]),
        ] {
            let found = read(&[&end[..], behind].concat(), BUDGET);
            assert_eq!(found.extras.iter().map(|extra| extra.kind).collect::<Vec<_>>(), kinds, "{behind:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(
            kind in 0usize..3,
            content in proptest::collection::vec(prop_oneof![Just(0u8), any::<u8>()], 0..60)
        ) {
            let file = file(&[([b"tEXt", b"zTXt", b"iTXt"][kind], content)]);
            let _ = (read(&file, BUDGET), read(&file[..file.len() / 2], BUDGET));
        }
    }
}
