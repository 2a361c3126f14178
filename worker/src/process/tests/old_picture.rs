//! Nothing of the picture as it was is left in a result: none of the small versions that cameras and programs
//! put all over a file, and no length or place that describes it.

use exif::experimental::Writer;
use exif::{Context, Field, In, Tag, Value};
use proptest::prelude::*;

use super::*;
use crate::image::{Extra, ExtraKind, NamedText, Resource};
use crate::metadata::testing::{base64, small_picture};

/// What every small version of the picture holds.
const SECRET: &[u8] = b"SECRET";
/// Edges that no result here has.
const STORED: Size = Size { width: 397, height: 263 };

/// The structure of a JPEG.
fn small_version() -> Vec<u8> {
    small_picture(SECRET)
}

/// The same as a text, and a part of that which tells of it.
fn small_version_in_words() -> (String, String) {
    let code = base64(&small_version());
    (code.clone(), code[16..28].to_owned())
}

fn exif_block(little_endian: bool) -> Vec<u8> {
    let field = |tag, value| Field { tag, ifd_num: In::PRIMARY, value };
    let note = [b"Maker\0II*\0", &small_version()[..], b"settings"].concat();
    let (width, height) = (STORED.width, STORED.height);
    let fields = [
        field(Tag::ImageWidth, Value::Long(vec![width])),
        field(Tag::ImageLength, Value::Short(vec![height as u16])),
        field(Tag::Orientation, Value::Short(vec![6])),
        field(Tag::Artist, Value::Ascii(vec![b"Ana".to_vec()])),
        field(Tag::PixelXDimension, Value::Short(vec![width as u16])),
        field(Tag::PixelYDimension, Value::Long(vec![height])),
        field(Tag::RelatedImageWidth, Value::Short(vec![width as u16])),
        field(Tag::RelatedImageLength, Value::Short(vec![height as u16])),
        field(Tag::MakerNote, Value::Undefined(note, 0)),
        field(Tag::UserComment, Value::Undefined(small_version_in_words().0.into_bytes(), 0)),
        field(Tag(Context::Exif, 0xFE00), Value::Undefined(small_version(), 0)),
        field(Tag(Context::Tiff, 0xC5E0), Value::Byte(small_version())),
    ];
    let mut writer = Writer::new();
    fields.iter().for_each(|field| writer.push_field(field));
    let thumbnail = small_version();
    writer.set_jpeg(&thumbnail, In::THUMBNAIL);
    let mut block = std::io::Cursor::new(Vec::new());
    writer.write(&mut block, little_endian).unwrap();
    block.into_inner()
}

fn packet() -> String {
    let Size { width, height } = STORED;
    let code = small_version_in_words().0;
    format!(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF \
         xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description \
         xmlns:t=\"http://ns.adobe.com/tiff/1.0/\" xmlns:e=\"http://ns.adobe.com/exif/1.0/\" \
         xmlns:b=\"http://ns.adobe.com/xap/1.0/\" xmlns:g=\"http://ns.google.com/photos/1.0/image/\" \
         xmlns:p=\"http://ns.google.com/photos/1.0/panorama/\" \
         xmlns:m=\"http://www.metadataworkinggroup.com/schemas/regions/\" \
         xmlns:d=\"http://ns.adobe.com/xap/1.0/sType/Dimensions#\" \
         xmlns:a=\"http://ns.adobe.com/xmp/sType/Area#\" xmlns:u=\"https://example.org/own\" \
         u:inner=\"{code}\" t:ImageWidth=\"{width}\" t:ImageLength=\"{height}\" \
         e:PixelXDimension=\"{width}\" e:PixelYDimension=\"{height}\" t:Artist=\"Ana\">\
         <p:FullPanoWidthPixels>{width}</p:FullPanoWidthPixels><g:Data>SECRET</g:Data><u:own>{code}</u:own>\
         <p:FullPanoHeightPixels>{height}</p:FullPanoHeightPixels>\
         <b:Thumbnails><rdf:Alt><rdf:li>SECRET</rdf:li></rdf:Alt></b:Thumbnails>\
         <m:Regions rdf:parseType=\"Resource\"><m:AppliedToDimensions d:w=\"{width}\" d:h=\"{height}\"/>\
         <m:RegionList><rdf:Bag><rdf:li rdf:parseType=\"Resource\"><m:Area a:x=\"0.25\" a:y=\"0.5\" \
         a:w=\"0.1\" a:h=\"0.1\"/></rdf:li></rdf:Bag></m:RegionList></m:Regions>\
         </rdf:Description></rdf:RDF></x:xmpmeta>"
    )
}

/// A photo that shows itself in as many places as possible.
fn revealing(little_endian: bool) -> Vec<u8> {
    let set = |record: u8, number: u8| {
        let length = small_version().len() as u8;
        [&[0x1C, record, number, 0, length], &small_version()[..]].concat()
    };
    let comment = |text: Vec<u8>| NamedText { key: NamedText::COMMENT.to_owned(), text };
    let extra = |kind, marker, name: &[u8]| Extra {
        kind,
        segments: vec![(marker, [name, &small_version()[..]].concat())],
    };
    let metadata = Metadata {
        exif: Some(exif_block(little_endian)),
        xmp: Some(packet().into_bytes()),
        iptc: Some([&b"\x1C\x02\x50\0\x03Ana"[..], &set(2, 202), &set(8, 10), &set(2, 230)].concat()),
        resources: [0x040C, 0x07D5].map(|id| Resource { id, data: small_version() }).to_vec(),
        texts: vec![
            comment(b"Lima".to_vec()),
            comment(small_version()),
            comment(small_version_in_words().0.into_bytes()),
        ],
        extras: vec![
            extra(ExtraKind::CameraNotes, 0xE7, b"PENTAX \0"),
            extra(ExtraKind::Thermal, 0xE1, b"FLIR\0"),
            extra(ExtraKind::Unknown, 0xE4, b"nobody knows"),
        ],
        ..Metadata::default()
    };
    let picture = Picture {
        size: STORED,
        channels: Channels::Grey,
        samples: Samples::U8((0..STORED.pixels()).map(|n| (n % 200) as u8).collect()),
    };
    let photo = codec::encode(picture, Format::Jpeg, &Output::default(), &metadata, false, &mut Vec::new());
    [photo.unwrap(), small_version(), b"\0\0\0\x18ftypmp42\0\0\0\0isommp42".to_vec(), SECRET.to_vec()]
        .concat()
}

const FILTERS: [&str; 10] = [
    "resize=120",
    "resize:width=100,height=100,mode=fill",
    "crop=1",
    "crop:width=150,height=140,x=3,y=5",
    "rotate=90",
    "rotate=-7",
    "flip=horizontal",
    "pad:aspect=2:1,color=black",
    "border:width=6,color=black",
    "pixelate=16",
];

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// Lengths of the old picture that a block of EXIF says.
fn old_lengths(block: &[u8]) -> Vec<String> {
    let parsed = exif::Reader::new().read_raw(block.to_vec()).unwrap();
    let is_old = |field: &&Field| {
        let number = field.value.get_uint(0);
        number == Some(STORED.width) || number == Some(STORED.height)
    };
    parsed.fields().filter(is_old).map(|field| field.tag.to_string()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn no_chain_leaves_anything_of_the_old_picture(
        chain in proptest::sample::subsequence(FILTERS.to_vec(), 1..4).prop_shuffle(),
        format in proptest::sample::select(vec![Format::Jpeg, Format::Png, Format::Webp, Format::Tiff]),
        little_endian: bool,
    ) {
        // Two photos' edges would be those of the old picture again.
        prop_assume!(chain != ["flip=horizontal"] && chain != ["pixelate=16"] && chain != ["rotate=90"]);
        let folder = TempDir::new().unwrap();
        let input = folder.path().join("input.jpg");
        std::fs::write(&input, revealing(little_endian)).unwrap();
        let filters = chain.iter().map(|spec| spec.parse().unwrap()).collect();
        let recipe = Recipe::new(filters, Output::default());
        let (processed, file) = run_recipe(input, format, &recipe).unwrap();
        let traces = [SECRET.to_vec(), small_version_in_words().1.into_bytes()];
        prop_assert!(traces.iter().all(|trace| !holds(&file, trace)), "{chain:?} {format}");
        let metadata = decoded(&file).metadata;
        let blocks = [&metadata.exif, &metadata.xmp, &metadata.iptc];
        for block in blocks.into_iter().flatten() {
            prop_assert!(traces.iter().all(|trace| !holds(block, trace)), "{chain:?} {format}");
        }
        // Who made it is still said, and everything else fits the result.
        let (exif, xmp) = (metadata.exif.unwrap(), String::from_utf8(metadata.xmp.unwrap()).unwrap());
        prop_assert!(holds(&exif, b"Ana") && xmp.contains("t:Artist=\"Ana\""));
        let sizes = [processed.results[0].width, processed.results[0].height];
        if !sizes.contains(&STORED.width) && !sizes.contains(&STORED.height) {
            prop_assert_eq!(old_lengths(&exif), Vec::<String>::new());
            for old in [STORED.width, STORED.height] {
                let said = [format!("\"{old}\""), format!(">{old}<")];
                prop_assert!(said.iter().all(|said| !xmp.contains(said)), "{xmp}");
            }
        }
        for named in [
            "preview",
            "further images",
            "video",
            "thermal",
            "not known",
            "fields of the EXIF block",
            "fields of the IPTC block",
            "properties in the XMP block",
            "notes of Photoshop",
            "comments or texts",
        ] {
            prop_assert!(processed.warnings.iter().any(|warning| warning.contains(named)), "{named}");
        }
    }
}
