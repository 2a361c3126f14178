//! When a photo was taken: what EXIF and XMP write, as one kind of value. No state.

use exif::DateTime;
use protocol::outcome::TakenAt;

/// The farthest that a clock on Earth is from UTC, in minutes.
const MAX_OFFSET: u16 = 15 * 60;

/// A time as EXIF has it.
pub(super) fn from_exif(time: &DateTime) -> Option<TakenAt> {
    let DateTime { year, month, day, hour, minute, second, nanosecond: _, offset } = *time;
    real(TakenAt { year, month, day, hour, minute, second, offset })
}

/// A time as XMP has it (ISO 8601): a date, mostly with a time of the day, often with a zone.
pub(super) fn from_xmp(text: &str) -> Option<TakenAt> {
    let (date, rest) = text.trim().split_at_checked(10)?;
    let (time, offset) = match rest.strip_prefix(['T', ' ']) {
        Some(rest) => {
            let zone = rest.find(['Z', '+', '-']).unwrap_or(rest.len());
            let (time, zone) = rest.split_at(zone);
            (time, offset(zone))
        }
        None => ("", None),
    };
    let mut date = date.splitn(3, '-');
    // Parts of a second do not count.
    let mut time = time.split([':', '.']).filter(|part| !part.is_empty());
    let mut of_day = || time.next().map_or(Some(0), |part| part.parse().ok());
    real(TakenAt {
        year: date.next()?.parse().ok()?,
        month: date.next()?.parse().ok()?,
        day: date.next()?.parse().ok()?,
        hour: of_day()?,
        minute: of_day()?,
        second: of_day()?,
        offset,
    })
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

/// The time, if there can be such a one; a zone that cannot be is none.
fn real(taken: TakenAt) -> Option<TakenAt> {
    let TakenAt { year, month, day, hour, minute, second, offset } = taken;
    let is_day = year > 0 && (1..=12).contains(&month) && (1..=31).contains(&day);
    let is_time = hour < 24 && minute < 60 && second <= 60;
    let offset = offset.filter(|offset| offset.unsigned_abs() <= MAX_OFFSET);
    (is_day && is_time).then_some(TakenAt { second: second.min(59), offset, ..taken })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xmp_may_say_more_or_less() {
        let [year, month, day] = [2024, 2, 29];
        let at = |hour: u8, minute: u8, second: u8, offset: Option<i16>| {
            Some(TakenAt { year, month: month as u8, day: day as u8, hour, minute, second, offset })
        };
        for (text, expected) in [
            ("2024-02-29T12:30:15", at(12, 30, 15, None)),
            (" 2024-02-29T12:30:15.678Z\n", at(12, 30, 15, Some(0))),
            ("2024-02-29T12:30+05:30", at(12, 30, 0, Some(330))),
            ("2024-02-29 12:30:60-03:00", at(12, 30, 59, Some(-180))),
            ("2024-02-29T12:30:15+99:00", at(12, 30, 15, None)),
            ("2024-02-29", at(0, 0, 0, None)),
            ("2024-02", None),
            ("2024-13-01", None),
            ("2024-02-29T24:00:00", None),
            ("29 February €", None),
        ] {
            assert_eq!(from_xmp(text), expected, "{text}");
        }
    }
}
