//! Blocks for raw photos that have none: put together from the structures or the values that they have
//! instead. No state.

use exif::{Context, Field, In, Rational, SRational, Tag, Value};

use super::byte_order;
use super::fields::{PhotoFields, is_descriptive, parse};
use super::written;

/// What a structure describes that is given as one of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StructureKind {
    /// The photo and the camera.
    Main,
    /// Exposure, lens, times.
    Exposure,
    /// Where it was taken.
    Place,
}

/// A block of structures whose first directories are its directories.
pub(crate) fn from_parts(parts: &[(StructureKind, &[u8])]) -> Option<Vec<u8>> {
    let parsed: Vec<(StructureKind, PhotoFields)> =
        parts.iter().filter_map(|(part, bytes)| Some((*part, parse(bytes)?))).collect();
    let little_endian = parsed.first()?.1.little_endian();
    let of_part = |(part, exif): &(StructureKind, PhotoFields)| -> Vec<Field> {
        let mut fields: Vec<Field> = exif.iter().filter_map(|field| moved(*part, field)).collect();
        if exif.little_endian() != little_endian {
            fields.iter_mut().for_each(|field| turn_around(field, exif.little_endian()));
        }
        fields
    };
    let fields: Vec<Field> = parsed.iter().flat_map(of_part).collect();
    written(fields.iter(), little_endian)
}

/// Turns what is in a field whose block has another byte order than the one it goes into.
fn turn_around(field: &mut Field, little_endian: bool) {
    if let Value::Undefined(bytes, _) = &mut field.value {
        byte_order::turn_around(field.tag, bytes, little_endian);
    }
}

/// A field in the directory that it belongs to, if it is one to keep.
fn moved(part: StructureKind, field: &Field) -> Option<Field> {
    if field.tag.context() != Context::Tiff {
        return None;
    }
    let number = field.tag.number();
    let tag = match part {
        StructureKind::Main => field.tag,
        StructureKind::Exposure => Tag(Context::Exif, number),
        StructureKind::Place => Tag(Context::Gps, number),
    };
    let is_kept = match part {
        StructureKind::Main => is_descriptive(tag),
        // Maker notes do not survive a move, and the colour space is that of the camera's own JPEGs.
        StructureKind::Exposure => tag != Tag::MakerNote && tag != Tag::ColorSpace,
        StructureKind::Place => true,
    };
    is_kept.then(|| Field { tag, ifd_num: In::PRIMARY, value: field.value.clone() })
}

/// Values as a camera has them that writes no EXIF.
#[derive(Debug, Default)]
pub(crate) struct CameraValues {
    pub(crate) make: Option<Vec<u8>>,
    pub(crate) model: Option<Vec<u8>>,
    pub(crate) artist: Option<Vec<u8>>,
    pub(crate) description: Option<Vec<u8>>,
    /// When the photo was taken, in seconds since 1970 by the camera's clock.
    pub(crate) seconds: Option<u32>,
    /// In seconds.
    pub(crate) exposure_time: Option<f64>,
    /// As f-number.
    pub(crate) aperture: Option<f64>,
    /// In stops.
    pub(crate) compensation: Option<f64>,
    /// In millimetres.
    pub(crate) focal_length: Option<f64>,
    /// As ISO.
    pub(crate) sensitivity: Option<u16>,
}

/// A block of these values; `None` if there are none.
pub(crate) fn from_values(values: &CameraValues) -> Option<Vec<u8>> {
    let text = |text: &Option<Vec<u8>>| text.clone().map(|text| Value::Ascii(vec![text]));
    let ratio = |value: Option<f64>| value.and_then(fraction).map(|value| Value::Rational(vec![value]));
    let signed = |value: f64| SRational { num: (value * 100.0).round() as i32, denom: 100 };
    let date = values.seconds.filter(|seconds| *seconds > 0).map(date).map(|date| Value::Ascii(vec![date]));
    let fields = [
        (Tag::Make, text(&values.make)),
        (Tag::Model, text(&values.model)),
        (Tag::Artist, text(&values.artist)),
        (Tag::ImageDescription, text(&values.description)),
        (Tag::DateTimeOriginal, date),
        (Tag::ExposureTime, ratio(values.exposure_time)),
        (Tag::FNumber, ratio(values.aperture)),
        (Tag::ExposureBiasValue, values.compensation.map(|stops| Value::SRational(vec![signed(stops)]))),
        (Tag::FocalLength, ratio(values.focal_length)),
        (Tag::PhotographicSensitivity, values.sensitivity.map(|speed| Value::Short(vec![speed]))),
    ];
    let fields: Vec<Field> = fields
        .into_iter()
        .filter_map(|(tag, value)| Some(Field { tag, ifd_num: In::PRIMARY, value: value? }))
        .collect();
    written(fields.iter(), true)
}

/// A positive number as a fraction; below a second's third as one of 1.
fn fraction(value: f64) -> Option<Rational> {
    if !(1e-5..=1e5).contains(&value) {
        return None;
    }
    let part = if value < 0.3 {
        Rational { num: 1, denom: (1.0 / value).round() as u32 }
    } else {
        Rational { num: (value * 10.0).round() as u32, denom: 10 }
    };
    Some(part)
}

/// A time as EXIF has it (days from civil dates backwards: the calendar's cycle of 400 years, from March on).
fn date(seconds: u32) -> Vec<u8> {
    let (days, time) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) = (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = year + era * 400 + u32::from(month <= 2);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    format!("{year:04}:{month:02}:{day:02} {hour:02}:{minute:02}:{second:02}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    #[test]
    fn times_are_dates() {
        for (seconds, expected) in [
            (951_782_399, "2000:02:28 23:59:59"),
            (951_782_400, "2000:02:29 00:00:00"),
            (1_078_099_200, "2004:03:01 00:00:00"),
            (1_735_689_599, "2024:12:31 23:59:59"),
        ] {
            assert_eq!(String::from_utf8(date(seconds)).unwrap(), expected);
        }
    }

    #[test]
    fn values_become_a_block() {
        let values = CameraValues {
            model: Some(b"Kamera".to_vec()),
            seconds: Some(951_782_400),
            exposure_time: Some(0.004),
            ..CameraValues::default()
        };
        let block = from_values(&values).unwrap();
        let facts = read(&block);
        assert_eq!(facts.camera_and_day(), "Kamera 2000-02-29");
        let exif = parse(&block).unwrap();
        let time = exif.get(Tag::ExposureTime).unwrap();
        assert_eq!(time.display_value().to_string(), "1/250");
        assert_eq!(from_values(&CameraValues::default()), None);
    }
}
