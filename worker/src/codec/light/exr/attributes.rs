//! What the attributes of an OpenEXR file say of the photo: texts and numbers become texts, each under its
//! name; EXIF and XMP stand where darktable and GIMP put them. What is about the camera of a scene, or has no
//! words, is named. No state.

use ::exr::meta::attribute::{AttributeValue, Text};
use ::exr::meta::header::{Header, ImageAttributes, LayerAttributes};

use crate::density::{LengthUnit, PixelDensity};
use crate::image::{Metadata, NamedText};
use crate::metadata::extras::PartNames;

/// Reads those of a layer.
pub(super) fn read(layer: &Header) -> Metadata {
    let (own, shared) = (&layer.own_attributes, &layer.shared_attributes);
    let mut found = Metadata { texts: texts(own), density: density(own, shared), ..Metadata::default() };
    let mut names = PartNames::default();
    lost(own, shared).filter(|(_, is_there)| *is_there).for_each(|(name, _)| names.add(name));
    // A table in no order.
    let mut others: Vec<_> = own.other.iter().chain(&shared.other).collect();
    others.sort_by_key(|(name, _)| name.as_slice());
    for (name, value) in others {
        take(name, value, &mut found, &mut names);
    }
    found.extras.extend(names.into_extra());
    found
}

/// Attributes that have a meaning, under the names that PNG has for them, or the file.
fn texts(own: &LayerAttributes) -> Vec<NamedText> {
    let words = [
        ("Copyright", &own.owner),
        (NamedText::COMMENT, &own.comments),
        ("Creation Time", &own.capture_date),
        ("Software", &own.software_name),
        ("renderingTransform", &own.rendering_transform_name),
        ("lookModTransform", &own.look_modification_transform_name),
    ];
    let numbers = [
        ("utcOffset", own.utc_offset),
        ("longitude", own.longitude),
        ("latitude", own.latitude),
        ("altitude", own.altitude),
        ("focus", own.focus),
        ("expTime", own.exposure),
        ("aperture", own.aperture),
        ("isoSpeed", own.iso_speed),
    ];
    let words = words.into_iter().filter_map(|(key, text)| Some((key, utf8(text.as_ref()?))));
    let numbers = numbers.into_iter().filter_map(|(key, number)| Some((key, number?.to_string())));
    words.chain(numbers).map(|(key, text)| named(key, text)).collect()
}

fn named(key: &str, text: String) -> NamedText {
    NamedText { key: key.to_owned(), text: text.into_bytes() }
}

/// The standard does not say in which characters texts are: UTF-8 where that fits, else Latin-1.
fn utf8(text: &Text) -> String {
    str::from_utf8(text.as_slice()).map_or_else(|_| text.to_string(), str::to_owned)
}

fn density(own: &LayerAttributes, shared: &ImageAttributes) -> Option<PixelDensity> {
    let shape = f64::from(shared.pixel_aspect);
    match own.horizontal_density.map(f64::from) {
        Some(across) => PixelDensity::new(across, across * shape, LengthUnit::Inch),
        None => PixelDensity::without_unit(1.0, shape),
    }
}

/// Attributes that no other format has a place for, and whether the file has them.
fn lost(own: &LayerAttributes, shared: &ImageAttributes) -> impl Iterator<Item = (&'static str, bool)> {
    [
        ("whiteLuminance", own.white_luminance.is_some()),
        ("adoptedNeutral", own.adopted_neutral.is_some()),
        ("envmap", own.environment_map.is_some()),
        ("keyCode", own.film_key_code.is_some()),
        ("framesPerSecond", own.frames_per_second.is_some()),
        ("timeCode", shared.time_code.is_some()),
        ("worldToCamera", own.world_to_camera.is_some()),
        ("worldToNDC", own.world_to_normalized_device.is_some()),
        ("near", own.near_clip_plane.is_some()),
        ("far", own.far_clip_plane.is_some()),
        ("fieldOfView", own.horizontal_field_of_view.or(own.vertical_field_of_view).is_some()),
    ]
    .into_iter()
}

/// Takes in an attribute that is none of the standard's.
fn take(name: &Text, value: &AttributeValue, found: &mut Metadata, names: &mut PartNames) {
    let key = utf8(name);
    let text = match value {
        AttributeValue::Text(packet) if key == "xmp" => {
            found.xmp = Some(packet.as_slice().to_vec());
            return;
        }
        // Behind its length.
        AttributeValue::Custom { kind, bytes } if key == "exif" && kind.as_slice() == b"blob" => {
            found.exif = bytes.get(size_of::<u32>()..).map(<[u8]>::to_vec);
            return;
        }
        AttributeValue::Text(text) => utf8(text),
        AttributeValue::TextVector(texts) => texts.iter().map(utf8).collect::<Vec<_>>().join(", "),
        AttributeValue::F64(number) => number.to_string(),
        AttributeValue::F32(number) => number.to_string(),
        AttributeValue::I32(number) => number.to_string(),
        // A small version of the old picture.
        AttributeValue::Preview(_) => return,
        AttributeValue::ChannelList(_)
        | AttributeValue::Chromaticities(_)
        | AttributeValue::Compression(_)
        | AttributeValue::EnvironmentMap(_)
        | AttributeValue::KeyCode(_)
        | AttributeValue::LineOrder(_)
        | AttributeValue::Matrix3x3(_)
        | AttributeValue::Matrix4x4(_)
        | AttributeValue::Rational(_)
        | AttributeValue::BlockType(_)
        | AttributeValue::TileDescription(_)
        | AttributeValue::TimeCode(_)
        | AttributeValue::IntegerBounds(_)
        | AttributeValue::FloatRect(_)
        | AttributeValue::IntVec2(_)
        | AttributeValue::FloatVec2(_)
        | AttributeValue::IntVec3(_)
        | AttributeValue::FloatVec3(_)
        | AttributeValue::Bytes { .. }
        | AttributeValue::Custom { .. } => {
            names.add(&name.as_slice().escape_ascii().to_string());
            return;
        }
    };
    found.texts.push(named(&key, text));
}
