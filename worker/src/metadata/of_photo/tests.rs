//! Which of several places is believed.

use ::exif::experimental::Writer;
use ::exif::{Context, Field, In, Tag, Value};
use jiff::civil::date;

use super::*;

fn exif_block(fields: &[(Tag, Value)]) -> Vec<u8> {
    let field = |(tag, value): &(Tag, Value)| Field { tag: *tag, ifd_num: In::PRIMARY, value: value.clone() };
    let fields: Vec<Field> = fields.iter().map(field).collect();
    let mut writer = Writer::new();
    fields.iter().for_each(|field| writer.push_field(field));
    let mut block = std::io::Cursor::new(Vec::new());
    writer.write(&mut block, true).unwrap();
    block.into_inner()
}

fn ascii(text: impl AsRef<[u8]>) -> Value {
    Value::Ascii(vec![text.as_ref().to_vec()])
}

fn packet(attributes: &str) -> Vec<u8> {
    let namespaces = r#"xmlns:t="http://ns.adobe.com/tiff/1.0/" xmlns:x="http://ns.adobe.com/xap/1.0/"
        xmlns:p="http://ns.adobe.com/photoshop/1.0/" xmlns:d="http://purl.org/dc/elements/1.1/""#;
    format!("<x {namespaces} {attributes}/>").into_bytes()
}

#[test]
fn what_exif_does_not_say_xmp_does() {
    let packet = packet(r#"t:Orientation="6" t:Model="Kamera" p:DateCreated="2024-02-29T12:00:00""#);
    let metadata = Metadata { xmp: Some(packet), ..Metadata::default() };
    let facts = facts(&metadata, &[]);
    assert_eq!((facts.orientation, orientation(&metadata)), (Some(Orientation::Rotate90), facts.orientation));
    assert_eq!(facts.camera.as_deref(), Some("Kamera"));
    assert_eq!(facts.date.map(|date| date.at), Some(date(2024, 2, 29).at(12, 0, 0, 0)));
}

#[test]
fn exif_says_who_with_what_and_when_to_the_fraction() {
    let rating = Tag(Context::Tiff, 0x4746);
    let block = exif_block(&[
        (Tag::LensModel, ascii("Z 50mm\0")),
        (Tag::Artist, ascii(b"Jos\xE9")),
        (Tag::DateTime, ascii("2025:01:01 00:00:00")),
        (Tag::DateTimeDigitized, ascii("2024:05:06 18:05:09")),
        (Tag::SubSecTimeDigitized, ascii("25")),
        (rating, Value::Short(vec![4])),
    ]);
    let metadata = Metadata { exif: Some(block), ..Metadata::default() };
    let facts = facts(&metadata, &[]);
    assert_eq!((facts.lens.as_deref(), facts.artist.as_deref()), (Some("Z 50mm"), Some("José")));
    assert_eq!(facts.date.map(|date| date.at), Some(date(2024, 5, 6).at(18, 5, 9, 250_000_000)));
    assert_eq!(facts.rating, Some(4));
    let midnight = exif_block(&[(Tag::DateTimeOriginal, ascii("2024:05:06 99:05:09"))]);
    assert_eq!(exif::read(&midnight).date.map(|date| date.at), Some(date(2024, 5, 6).at(0, 0, 0, 0)));
    let none = exif_block(&[(Tag::DateTimeOriginal, ascii("0000:00:00 00:00:00"))]);
    assert_eq!(exif::read(&none).date.map(|date| date.at), None);
}

#[test]
fn stars_and_titles_of_sidecars_are_newer_and_those_of_exif_are_the_cameras() {
    let block =
        exif_block(&[(Tag(Context::Tiff, 0x4746), Value::Short(vec![0])), (Tag::Artist, ascii("Ana"))]);
    let iptc = b"\x1C\x02\x05\0\x04IPTC\x1C\x02\x50\0\x04Luis\x1C\x02\xDD\0\x081:2:3:04".to_vec();
    let xmp = packet(r#"x:Rating="3" x:Label="Red" d:creator="Eva""#);
    let metadata = Metadata { exif: Some(block), xmp: Some(xmp), iptc: Some(iptc), ..Metadata::default() };
    let own = facts(&metadata, &[]);
    assert_eq!((own.rating, own.label.as_deref(), own.picked), (Some(3), Some("Red"), Some(true)));
    assert_eq!((own.artist.as_deref(), own.title.as_deref()), (Some("Ana"), Some("IPTC")));
    let sidecars = [r#"x:Rating="5""#, r#"x:Rating="1" d:title="Boda""#];
    let sidecars = sidecars.map(|attributes| xmp::facts(&packet(attributes)).unwrap());
    let beside = facts(&metadata, &sidecars);
    assert_eq!((beside.rating, beside.label.as_deref()), (Some(5), Some("Red")));
    assert_eq!((beside.artist.as_deref(), beside.title.as_deref()), (Some("Ana"), Some("Boda")));
}
