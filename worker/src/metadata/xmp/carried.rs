//! What of an XMP packet goes with a result: all of it, brought up to date. Sizes, orientation and colour
//! space become those of the result; what speaks of pictures, videos and places that are not there any more
//! is taken out and named. The namespaces beside Adobe's are those of Google's photo and panorama metadata
//! and of ISO 21496-1's forerunners. No state.

use recipe::Format;
use roxmltree::{Attribute, Document, Node};

use super::edits::{Carried, Edits};
use super::{
    APPLE_GAIN_MAP, BASIC, Broken, CONTAINER, EXIF, GAIN_MAP, ITEM, NOTE, PHOTOSHOP, TIFF, parse, regions,
    text,
};
use crate::density::PixelDensity;
use crate::metadata::Described;

const DC: &str = super::DC;
const PANORAMA: &str = "http://ns.google.com/photos/1.0/panorama/";
const CAMERA: &str = "http://ns.google.com/photos/1.0/camera/";
const OPLUS: &str = "http://ns.oplus.com/photos/1.0/camera/";
const DEVICE: &str = "http://ns.google.com/photos/dd/1.0/device/";
const DEPTH: &str = "http://ns.google.com/photos/1.0/depthmap/";
const OTHER_IMAGE: &str = "http://ns.google.com/photos/1.0/image/";
const SETTINGS: &str = "http://ns.adobe.com/camera-raw-settings/1.0/";
const THUMBNAIL: &str = "http://ns.adobe.com/xap/1.0/g/img/";

/// What is said of something that was taken out.
pub(crate) mod notes {
    pub(crate) const EXTENDED: &str = "the extended part of the XMP block was left out";
    pub(crate) const VIDEO: &str = "the video of the motion photo was left out";
    pub(crate) const IMAGES: &str = "further images that the file held were left out";
    pub(crate) const INNER: &str =
        "the depth map or second image in the XMP block showed the photo as it was before and was left out";
    pub(crate) const PANORAMA: &str =
        "the notes for panorama viewers do not fit the cut or turned photo and were left out";
    pub(crate) const CROP: &str =
        "the crop in the notes of Camera Raw does not fit the cut or turned photo and was left out";
}

/// What is done with a property.
enum Rule {
    Keep,
    Set(String),
    Drop,
    DropAndSay(&'static str),
}

/// Brings a packet up to date with the result.
pub(crate) fn carried(packet: &[u8], described: &Described) -> Result<Carried, Broken> {
    let text = text(packet)?;
    let document = parse(&text)?;
    let mut edits = Edits::default();
    let asks_for_crop = asks_for_crop(&document);
    for node in document.descendants().filter(Node::is_element) {
        for attribute in node.attributes() {
            let name = (attribute.namespace(), attribute.name());
            let rule = rule(name, attribute.value(), described, asks_for_crop);
            apply_to_attribute(&mut edits, attribute, rule);
        }
        let tag = node.tag_name();
        let name = (tag.namespace(), tag.name());
        let rule = rule(name, node.text().unwrap_or_default(), described, asks_for_crop);
        apply_to_element(&mut edits, node, rule);
        regions::apply(&mut edits, node, described);
    }
    for item in items(&document) {
        edits.say(item);
    }
    edits.apply(&text)
}

fn apply_to_attribute(edits: &mut Edits, attribute: Attribute<'_, '_>, rule: Rule) {
    match rule {
        Rule::Keep => {}
        Rule::Set(value) => edits.set(attribute.range_value(), value),
        Rule::Drop => edits.drop(attribute.range()),
        Rule::DropAndSay(note) => {
            edits.drop(attribute.range());
            edits.say(note);
        }
    }
}

fn apply_to_element(edits: &mut Edits, node: Node<'_, '_>, rule: Rule) {
    match rule {
        Rule::Keep => {}
        Rule::Set(value) => {
            let content = node.first_child().filter(|child| child.is_text() && !child.has_siblings());
            if let Some(content) = content {
                edits.set(content.range(), value);
            }
        }
        Rule::Drop => edits.drop(node.range()),
        Rule::DropAndSay(note) => {
            edits.drop(node.range());
            edits.say(note);
        }
    }
}

/// What becomes of a property, by its namespace and name.
fn rule(name: (Option<&str>, &str), value: &str, described: &Described, asks_for_crop: bool) -> Rule {
    let Described { size, became_srgb, edited, format, density, ref moved, .. } = *described;
    match (name.0.unwrap_or_default(), name.1) {
        (TIFF, "Orientation") => Rule::Set("1".to_owned()),
        (EXIF, "PixelXDimension") | (TIFF, "ImageWidth") => Rule::Set(size.width.to_string()),
        (EXIF, "PixelYDimension") | (TIFF, "ImageLength") => Rule::Set(size.height.to_string()),
        (TIFF, name @ ("XResolution" | "YResolution" | "ResolutionUnit")) => resolution(name, density),
        (EXIF, "ColorSpace") if became_srgb => Rule::Set("1".to_owned()),
        (PHOTOSHOP, "ICCProfile") if became_srgb => Rule::Set("sRGB IEC61966-2.1".to_owned()),
        (DC, "format") => mime(format).map_or(Rule::Keep, |mime| Rule::Set(mime.to_owned())),
        (NOTE, "HasExtendedXMP") => Rule::DropAndSay(notes::EXTENDED),
        (BASIC, "Thumbnails") | (THUMBNAIL, "image") => Rule::Drop,
        // Some programs translate these from EXIF, where they say where the thumbnail is.
        (TIFF, "JPEGInterchangeFormat" | "JPEGInterchangeFormatLength") => Rule::Drop,
        (TIFF, "StripOffsets" | "StripByteCounts" | "RowsPerStrip") => Rule::Drop,
        (EXIF, "SubjectArea" | "SubjectLocation") if !moved.is_still() => Rule::Drop,
        (PANORAMA, _) if moved.is_still() => Rule::Keep,
        (PANORAMA, name) if moved.is_scaling() => scaled(name, value, described),
        (PANORAMA, _) => Rule::DropAndSay(notes::PANORAMA),
        (CAMERA, name) if name.starts_with("MotionPhoto") || name.starts_with("MicroVideo") => {
            Rule::DropAndSay(notes::VIDEO)
        }
        (OPLUS, name) if name.starts_with("MotionPhoto") || name == "VideoLength" => {
            Rule::DropAndSay(notes::VIDEO)
        }
        // Said where it is decided whether the map goes along.
        (GAIN_MAP | APPLE_GAIN_MAP, _) => Rule::Drop,
        // What was in it is said by `items`.
        (CONTAINER | DEVICE, _) => Rule::Drop,
        (DEPTH | OTHER_IMAGE, _) if edited || !moved.is_still() => Rule::DropAndSay(notes::INNER),
        // One that was not asked for, or was made long ago, may stay.
        (SETTINGS, _) if moved.is_scaling() || !asks_for_crop => Rule::Keep,
        (SETTINGS, name) if name == "HasCrop" || name.starts_with("Crop") => Rule::DropAndSay(notes::CROP),
        _ => Rule::Keep,
    }
}

/// A part of the density as XMP has it: a fraction, or the number of the unit.
fn resolution(name: &str, density: Option<PixelDensity>) -> Rule {
    let Some(density) = density else { return Rule::Keep };
    let (fractions, unit) = density.in_tiff();
    let [across, down] = fractions.map(|(number, divisor)| format!("{number}/{divisor}"));
    Rule::Set(match name {
        "XResolution" => across,
        "YResolution" => down,
        _ => unit.to_string(),
    })
}

/// What the container's directory lists beside the picture itself, none of which is in the result.
fn items(document: &Document<'_>) -> Vec<&'static str> {
    let elements = document.descendants().filter(Node::is_element);
    let kinds = elements.filter_map(|node| {
        let content = if node.has_tag_name((ITEM, "Semantic")) { node.text() } else { None };
        node.attribute((ITEM, "Semantic")).or(content)
    });
    let note = |kind: &str| match kind {
        // What becomes of the map is said where that is decided.
        "Primary" | "GainMap" => None,
        "MotionPhoto" => Some(notes::VIDEO),
        _ => Some(notes::IMAGES),
    };
    kinds.filter_map(note).collect()
}

/// Whether the notes of Camera Raw ask for a crop that is still to be made.
fn asks_for_crop(document: &Document<'_>) -> bool {
    let says = |name: &str| {
        document.descendants().filter(Node::is_element).any(|node| {
            let content = if node.has_tag_name((SETTINGS, name)) { node.text() } else { None };
            node.attribute((SETTINGS, name))
                .or(content)
                .is_some_and(|value| value.eq_ignore_ascii_case("true"))
        })
    };
    says("HasCrop") && !says("AlreadyApplied")
}

/// A length of a panorama in pixels, in the result.
fn scaled(name: &str, value: &str, described: &Described) -> Rule {
    let (from, to) = (described.moved.from, described.moved.to);
    let across = ["FullPanoWidthPixels", "CroppedAreaImageWidthPixels", "CroppedAreaLeftPixels"];
    let down = ["FullPanoHeightPixels", "CroppedAreaImageHeightPixels", "CroppedAreaTopPixels"];
    let inner = name.strip_prefix("LargestValidInteriorRect").unwrap_or_default();
    let factor = if across.contains(&name) || matches!(inner, "Left" | "Width") {
        f64::from(to.width) / f64::from(from.width)
    } else if down.contains(&name) || matches!(inner, "Top" | "Height") {
        f64::from(to.height) / f64::from(from.height)
    } else {
        return Rule::Keep;
    };
    match value.trim().parse::<f64>() {
        Ok(pixels) => Rule::Set((pixels * factor).round().to_string()),
        Err(_) => Rule::DropAndSay(notes::PANORAMA),
    }
}

/// What a file of this format calls itself.
fn mime(format: Format) -> Option<&'static str> {
    match format {
        Format::Jpeg => Some("image/jpeg"),
        Format::Png => Some("image/png"),
        Format::Webp => Some("image/webp"),
        Format::Tiff => Some("image/tiff"),
        Format::Avif => Some("image/avif"),
        Format::Bmp
        | Format::Gif
        | Format::Pnm
        | Format::Qoi
        | Format::Jxl
        | Format::Exr
        | Format::Hdr
        | Format::Raw => None,
    }
}

#[cfg(test)]
mod tests {
    use image::metadata::Orientation;

    use super::super::tests::PACKET;
    use super::*;
    use crate::metadata::tests::{described, through};

    /// A packet with this in it.
    fn packet(content: &str) -> Vec<u8> {
        format!(
            "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"{}\"><rdf:Description \
             xmlns:P=\"{PANORAMA}\" xmlns:C=\"{CAMERA}\" xmlns:D=\"{CONTAINER}\" xmlns:I=\"{ITEM}\" \
             xmlns:h=\"{GAIN_MAP}\" xmlns:s=\"{SETTINGS}\" xmlns:g=\"{OTHER_IMAGE}\" \
             xmlns:d=\"{DC}\">{content}</rdf:Description></rdf:RDF></x:xmpmeta>",
            super::super::RDF
        )
        .into_bytes()
    }

    fn carry(content: &str, described: &Described) -> (String, Vec<&'static str>) {
        let Carried { packet, notes } = carried(&packet(content), described).unwrap();
        let text = String::from_utf8(packet).unwrap();
        let (start, end) = (text.find("\">").unwrap(), text.rfind("</rdf:Description>").unwrap());
        // Behind the description's own tag.
        let start = text[start..end].find(&format!("{DC}\">")).map_or(start, |at| start + at + DC.len());
        (text[start + 2..end].to_owned(), notes)
    }

    #[test]
    fn a_packet_is_brought_up_to_date_and_the_rest_stays() {
        let expected = PACKET
            .replace("t:Orientation=\"6\"", "t:Orientation=\"1\"")
            .replace("65535", "1")
            .replace(" n:HasExtendedXMP=\"0123\"", " ")
            .replace("4000", "70")
            .replace("3000", "50")
            .replace("<xmp:Thumbnails><rdf:Alt><rdf:li>THUMBNAIL</rdf:li></rdf:Alt></xmp:Thumbnails>", "");
        let carried = carried(PACKET.as_bytes(), &described()).unwrap();
        assert_eq!(String::from_utf8(carried.packet).unwrap(), expected);
        assert_eq!(carried.notes, [notes::EXTENDED]);
    }

    #[test]
    fn a_colour_space_stays_where_colours_do() {
        let as_it_was = Described { became_srgb: false, ..described() };
        let carried = carried(PACKET.as_bytes(), &as_it_was).unwrap();
        assert!(String::from_utf8(carried.packet).unwrap().contains("65535"));
    }

    #[test]
    fn other_characters_become_utf_8() {
        let expected = carried(PACKET.as_bytes(), &described()).unwrap();
        let wide: Vec<u16> = PACKET.encode_utf16().collect();
        let big: Vec<u8> = wide.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        let little: Vec<u8> = wide.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        for packet in [[b"\xFE\xFF", &big[..]].concat(), [b"\xFF\xFE", &little[..]].concat(), little, big] {
            assert_eq!(carried(&packet, &described()).unwrap(), expected);
        }
        let mut latin = PACKET.replace('\u{FEFF}', "").replace("Lima", "L*ma").into_bytes();
        let at = latin.iter().position(|byte| *byte == b'*').unwrap();
        latin[at] = 0xED;
        latin.extend(b"\0\0 ");
        let packet = carried(&latin, &described()).unwrap().packet;
        assert!(String::from_utf8(packet).unwrap().contains("<d:title>Líma</d:title>"));
    }

    #[test]
    fn a_panorama_is_scaled_and_its_notes_go_when_it_is_cut() {
        let notes = "<P:FullPanoWidthPixels>140</P:FullPanoWidthPixels><P:CroppedAreaTopPixels>20\
                     </P:CroppedAreaTopPixels><P:ProjectionType>equirectangular</P:ProjectionType>";
        let scaled = notes.replace("140", "70").replace("20", "10");
        assert_eq!(carry(notes, &described()), (scaled, vec![]));
        let blurred = through(Orientation::NoTransforms, "blur=1");
        assert_eq!(carry(notes, &blurred), (notes.to_owned(), vec![]));
        for described in
            [through(Orientation::NoTransforms, "crop=1"), through(Orientation::Rotate180, "blur=1")]
        {
            assert_eq!(carry(notes, &described), (String::new(), vec![notes::PANORAMA]));
        }
    }

    #[test]
    fn what_announces_other_files_goes_with_them() {
        let video = "<C:MotionPhoto>1</C:MotionPhoto><C:MicroVideoOffset>5</C:MicroVideoOffset><C:Kept/>";
        assert_eq!(carry(video, &described()), ("<C:Kept/>".to_owned(), vec![notes::VIDEO]));
        let list = |kind: &str| {
            format!(
                "<D:Directory><rdf:Seq><rdf:li rdf:parseType=\"Resource\"><D:Item I:Semantic=\"Primary\"/>\
                 </rdf:li><rdf:li><I:Semantic>{kind}</I:Semantic></rdf:li></rdf:Seq></D:Directory>"
            )
        };
        for (kind, note) in [("MotionPhoto", notes::VIDEO), ("Depth", notes::IMAGES)] {
            assert_eq!(carry(&list(kind), &described()), (String::new(), vec![note]));
        }
        for silent in [&list("Primary"), &list("GainMap"), "<h:Version>1.0</h:Version>"] {
            assert_eq!(carry(silent, &described()), (String::new(), vec![]));
        }
    }

    #[test]
    fn a_second_image_in_the_packet_does_not_outlive_an_edit() {
        let image = "<g:Data>SHARP</g:Data>";
        assert_eq!(carry(image, &described()), (String::new(), vec![notes::INNER]));
        let untouched = Described { edited: false, ..through(Orientation::NoTransforms, "blur=1") };
        assert_eq!(carry(image, &untouched), (image.to_owned(), vec![]));
    }

    #[test]
    fn a_crop_to_be_made_goes_when_the_photo_is_cut() {
        let crop = "<s:HasCrop>True</s:HasCrop><s:CropTop>0.1</s:CropTop><s:Tint>3</s:Tint>";
        assert_eq!(carry(crop, &described()), (crop.to_owned(), vec![]));
        let cut = through(Orientation::NoTransforms, "crop=1");
        assert_eq!(carry(crop, &cut), ("<s:Tint>3</s:Tint>".to_owned(), vec![notes::CROP]));
        let made = format!("{crop}<s:AlreadyApplied>True</s:AlreadyApplied>");
        assert_eq!(carry(&made, &cut), (made, vec![]));
    }

    #[test]
    fn a_packet_says_what_file_it_is_in() {
        let format = "<d:format>image/tiff</d:format>";
        assert_eq!(carry(format, &described()).0, format.replace("tiff", "jpeg"));
    }
}
