//! XMP: a packet brought up to date with the output (`carried`, `rules`, `regions`, `measures`), reduced to
//! the words of its owner (`copyright`), or put together from the parts that a JPEG has it in (`extended`).
//!
//! `roxmltree` says what is where (namespaces, not prefixes, decide what a property is); the packet
//! itself is then edited in place, so that all it holds beside stays as it was. The namespaces are those of
//! the XMP specification, parts 1 and 2. No state.

mod carried;
mod copyright;
mod density;
mod dropped;
mod edits;
mod extended;
mod facts;
mod measures;
pub(crate) mod notes;
mod regions;
mod rules;
mod split;
mod words;
mod written;

use std::borrow::Cow;

use roxmltree::{Document, ParsingOptions};

pub(crate) use carried::carried;
pub(crate) use copyright::copyright;
pub(crate) use density::density;
pub(crate) use dropped::without;
pub(crate) use extended::{PacketPart, joined, names_extended, split};
pub(crate) use facts::facts;
pub(crate) use words::{XmpWords, with_words};
pub(crate) use written::with_fields;

pub(super) const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
pub(super) const GAIN_MAP: &str = "http://ns.adobe.com/hdr-gain-map/1.0/";
pub(super) const APPLE_GAIN_MAP: &str = "http://ns.apple.com/HDRGainMap/1.0/";
pub(super) const CONTAINER: &str = "http://ns.google.com/photos/1.0/container/";
pub(super) const ITEM: &str = "http://ns.google.com/photos/1.0/container/item/";
const DC: &str = "http://purl.org/dc/elements/1.1/";
const RIGHTS: &str = "http://ns.adobe.com/xap/1.0/rights/";
const BASIC: &str = "http://ns.adobe.com/xap/1.0/";
const NOTE: &str = "http://ns.adobe.com/xmp/note/";
const TIFF: &str = "http://ns.adobe.com/tiff/1.0/";
const EXIF: &str = "http://ns.adobe.com/exif/1.0/";
const EXIF_EX: &str = "http://cipa.jp/exif/1.0/";
const PHOTOSHOP: &str = "http://ns.adobe.com/photoshop/1.0/";
const PHOTO_MECHANIC: &str = "http://ns.camerabits.com/photomechanic/1.0/";
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// Elements and texts that a packet may have: real ones with long histories have some thousands.
const MAX_NODES: u32 = 200_000;

/// Attributes that one element may have: the parser compares each with all in front of it. Real ones have
/// some hundreds.
const MAX_ATTRIBUTES: usize = 2_000;

/// The packet cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Broken;

/// A packet of nothing but a description.
fn packet_of(description: &str) -> Vec<u8> {
    let packet = format!(
        "<?xpacket begin=\"\u{FEFF}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"{RDF}\">{description}</rdf:RDF>\
         </x:xmpmeta>\n<?xpacket end=\"w\"?>"
    );
    packet.into_bytes()
}

/// The packet as a text, from whichever characters the specification allows, with a mark in front or known by
/// where the first one has its zeros. What follows the last tag is none of it: some writers put NULs there.
pub(super) fn text(packet: &[u8]) -> Result<Cow<'_, str>, Broken> {
    let text = match packet {
        [0, 0, 0xFE, 0xFF, rest @ ..] | rest @ [0, 0, 0, ..] => Cow::Owned(long(rest, u32::from_be_bytes)),
        [0xFF, 0xFE, 0, 0, rest @ ..] | rest @ [_, 0, 0, 0, ..] => Cow::Owned(long(rest, u32::from_le_bytes)),
        [0xFE, 0xFF, rest @ ..] | rest @ [0, ..] => Cow::Owned(wide(rest, u16::from_be_bytes)),
        [0xFF, 0xFE, rest @ ..] | rest @ [_, 0, ..] => Cow::Owned(wide(rest, u16::from_le_bytes)),
        [0xEF, 0xBB, 0xBF, rest @ ..] | rest => narrow(rest),
    };
    let end = text.rfind('>').ok_or(Broken)? + 1;
    Ok(match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
        Cow::Owned(mut text) => {
            text.truncate(end);
            // It may say that it is of more bytes each.
            let start = if text.starts_with("<?xml ") { text.find("?>").map_or(0, |at| at + 2) } else { 0 };
            Cow::Owned(text.split_off(start))
        }
    })
}

fn wide(bytes: &[u8], number: fn([u8; 2]) -> u16) -> String {
    char::decode_utf16(bytes.as_chunks().0.iter().map(|pair| number(*pair)))
        .map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

fn long(bytes: &[u8], number: fn([u8; 4]) -> u32) -> String {
    let numbers = bytes.as_chunks().0.iter().map(|four| number(*four));
    numbers.map(|number| char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// UTF-8; a byte that is none is taken for Latin-1.
fn narrow(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text += chunk.valid();
        text.extend(chunk.invalid().iter().map(|byte| char::from(*byte)));
    }
    Cow::Owned(text)
}

pub(super) fn parse(text: &str) -> Result<Document<'_>, Broken> {
    if most_attributes(text) > MAX_ATTRIBUTES {
        return Err(Broken);
    }
    let options = ParsingOptions { nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|_| Broken)
}

/// No element has more attributes than this. A tag ends in front of the next `<`, which no value may hold.
fn most_attributes(text: &str) -> usize {
    let is_value = |rest: &&str| rest.trim_start().starts_with(['"', '\'']);
    text.split('<').map(|tag| tag.split('=').skip(1).filter(is_value).count()).max().unwrap_or(0)
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests;
