//! What the rest of the program wants to know of a photo, and how the blocks that say it write texts, times
//! and stars. No state.

use std::borrow::Cow;

use image::metadata::Orientation;
use jiff::civil::{Date, Time};
use protocol::outcome::TakenAt;

/// Longest text taken out of a photo, in characters: it may become part of a name.
const MAX_TEXT: usize = 255;
/// What a photo that its photographer does not want has in place of stars.
const REJECTED: i8 = -1;
const MAX_STARS: i8 = 5;
/// What is a year. Clocks and programs that know none write 0 or 9999.
const YEARS: std::ops::RangeInclusive<u16> = 1..=9998;
/// The farthest that a clock on Earth is from UTC, in minutes.
const MAX_OFFSET: u16 = 15 * 60;

/// What the rest of the program wants to know, as far as it is said. Texts are in one line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Facts {
    /// How the stored pixels must be turned.
    pub(crate) orientation: Option<Orientation>,
    /// The camera's model.
    pub(crate) camera: Option<String>,
    /// The lens.
    pub(crate) lens: Option<String>,
    /// When the photo was taken, by the camera's clock.
    pub(crate) date: Option<TakenAt>,
    /// Who made it.
    pub(crate) artist: Option<String>,
    /// What it is called.
    pub(crate) title: Option<String>,
    /// Its stars, or -1 if it was rejected.
    pub(crate) rating: Option<i8>,
    /// The name of its colour label.
    pub(crate) label: Option<String>,
    /// Whether it was picked.
    pub(crate) picked: Option<bool>,
}

impl Facts {
    /// What is not said here, from there.
    pub(super) fn or(self, other: Facts) -> Facts {
        Facts {
            orientation: self.orientation.or(other.orientation),
            camera: self.camera.or(other.camera),
            lens: self.lens.or(other.lens),
            date: self.date.or(other.date),
            artist: self.artist.or(other.artist),
            title: self.title.or(other.title),
            rating: self.rating.or(other.rating),
            label: self.label.or(other.label),
            picked: self.picked.or(other.picked),
        }
    }

    /// What most tests look for.
    #[cfg(test)]
    pub(crate) fn camera_and_day(&self) -> String {
        let day = self.date.map(|date| date.at.date().to_string());
        [self.camera.clone(), day].map(Option::unwrap_or_default).join(" ")
    }
}

/// A text in one line of limited length; `None` if nothing is in it.
pub(super) fn short(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_control()).take(MAX_TEXT).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The text of a field that does not say in which characters: what is no UTF-8 is Latin-1, as older programs
/// write it.
pub(super) fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
    }
}

/// The same in one line of limited length.
pub(super) fn short_bytes(bytes: &[u8]) -> Option<String> {
    short(&text_of(bytes))
}

/// A time by its numbers: year, month and day; hour, minute, second and nanosecond; the minutes that the
/// clock was ahead of UTC. A day that is none makes none; a time of day or an offset that is none is left
/// out. 24:00:00 is the end of its day (ISO 8601), and so the beginning of the next.
pub(super) fn time([year, month, day]: [u16; 3], clock: [u32; 4], offset: Option<i16>) -> Option<TakenAt> {
    let small = |number: u16| i8::try_from(number).ok();
    let date = Date::new(i16::try_from(year).ok()?, small(month)?, small(day)?).ok()?;
    let small = |number: u32| i8::try_from(number).ok();
    let (date, [hour, minute, second, nano]) = match clock {
        [24, 0, 0, 0] => (date.tomorrow().ok()?, [0; 4]),
        _ => (date, clock),
    };
    // A leap second is one of the minute before.
    let second = second.min(59);
    let time = || Time::new(small(hour)?, small(minute)?, small(second)?, i32::try_from(nano).ok()?).ok();
    let offset = offset.filter(|offset| offset.unsigned_abs() <= MAX_OFFSET);
    YEARS.contains(&year).then(|| TakenAt { at: date.to_datetime(time().unwrap_or_default()), offset })
}

/// A time as XMP has it (ISO 8601), and some programs in EXIF, if it is said to the day; often with a zone.
pub(super) fn written_time(text: &str) -> Option<TakenAt> {
    let (day, rest) = text.trim().split_at_checked(10)?;
    let mut day = day.splitn(3, ['-', '/', ':', '.']);
    let mut number = || day.next()?.parse().ok();
    let day = [number()?, number()?, number()?];
    let rest = rest.strip_prefix(['T', ' ']).unwrap_or_default();
    let (clock, zone) = rest.split_at(rest.find(['Z', '+', '-']).unwrap_or(rest.len()));
    time(day, clock_of(clock).unwrap_or_default(), offset(zone))
}

/// Hour, minute, second and nanosecond; the last two may be missing.
fn clock_of(text: &str) -> Option<[u32; 4]> {
    let (text, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = text.splitn(3, ':').map(|part| part.parse().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    let nanosecond = format!("{:0<9.9}", fraction.split(|c: char| !c.is_ascii_digit()).next()?).parse();
    Some([hour, minute, second, nanosecond.ok()?])
}

/// Minutes of a zone such as `Z` or `+02:00`.
fn offset(zone: &str) -> Option<i16> {
    if zone == "Z" {
        return Some(0);
    }
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let minutes = hours.parse::<i16>().ok()?.checked_mul(60)?.checked_add(minutes.parse().ok()?)?;
    Some(if zone.starts_with('-') { -minutes } else { minutes })
}

/// Stars as they are counted, if they are some.
pub(super) fn stars(number: f64) -> Option<i8> {
    let stars = number.round();
    (f64::from(REJECTED)..=f64::from(MAX_STARS)).contains(&stars).then_some(stars as i8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_short_and_in_one_line() {
        assert_eq!(short(" a\nb\0 "), Some("ab".to_owned()));
        assert_eq!(short(&"é".repeat(5000)), Some("é".repeat(MAX_TEXT)));
        assert_eq!((short(" \0"), short_bytes(b"")), (None, None));
    }

    #[test]
    fn times_are_those_of_the_place() {
        let at = |hour, minute, second, nano, offset| {
            Some(TakenAt { at: jiff::civil::date(2024, 5, 6).at(hour, minute, second, nano), offset })
        };
        for (text, expected) in [
            ("2024-05-06T18:05:09+02:00", at(18, 5, 9, 0, Some(120))),
            (" 2024-05-06T18:05:09.25Z\n", at(18, 5, 9, 250_000_000, Some(0))),
            ("2024-05-06T18:05-03:00", at(18, 5, 0, 0, Some(-180))),
            ("2024-05-06 18:05:60", at(18, 5, 59, 0, None)),
            ("2024-05-06T18:05:09+99:00", at(18, 5, 9, 0, None)),
            ("2024-05-06", at(0, 0, 0, 0, None)),
            ("2024-05-06Tnoon", at(0, 0, 0, 0, None)),
            ("2024-05", None),
            ("2024-13-06", None),
            ("0000-00-00", None),
            ("0000-01-01", None),
            ("9999-12-31T23:59:59", None),
            ("2024-02-30", None),
            ("29 February €", None),
        ] {
            assert_eq!(written_time(text), expected, "{text}");
        }
    }

    #[test]
    fn the_end_of_a_day_is_the_beginning_of_the_next() {
        let midnight = jiff::civil::date(2024, 5, 7).at(0, 0, 0, 0);
        let expected = Some(TakenAt { at: midnight, offset: Some(120) });
        assert_eq!(written_time("2024-05-06T24:00:00+02:00"), expected);
        assert_eq!(time([2024, 5, 6], [24, 0, 0, 0], Some(120)), expected);
        // No day has a time beyond that.
        let day = written_time("2024-05-06T24:00:01").unwrap();
        assert_eq!(day.at, jiff::civil::date(2024, 5, 6).at(0, 0, 0, 0));
    }
}
