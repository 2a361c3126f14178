//! The times that the files of results get. No state.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use pool::journal::Modified;
use protocol::outcome::TakenAt;
use recipe::words::Word;
use strum::{Display, EnumString, IntoStaticStr, VariantNames};

/// What the time of a result's file tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Display, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub(crate) enum FileTimes {
    /// When it was written.
    #[default]
    Now,
    /// When the photo's file was written.
    Input,
    /// When the photo was taken, as it says itself.
    Taken,
}

impl Word for FileTimes {}

/// The time at which a photo says that it was taken; without a zone, in the one of this machine.
pub(crate) fn time_taken(taken: &TakenAt) -> Option<Modified> {
    let TakenAt { year, month, day, hour, minute, second, offset } = *taken;
    let date = (i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    let time = (i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, i8::try_from(second).ok()?);
    let civil = DateTime::new(date.0, date.1, date.2, time.0, time.1, time.2, 0).ok()?;
    let zone = match offset {
        Some(minutes) => Offset::from_seconds(i32::from(minutes) * 60).ok()?.to_time_zone(),
        None => TimeZone::system(),
    };
    let seconds = civil.to_zoned(zone).ok()?.timestamp().as_second();
    Some(Modified { seconds, nanoseconds: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_counts_and_what_is_no_date_is_none() {
        let taken = |day: u8, offset: i16| TakenAt {
            year: 2024,
            month: 2,
            day,
            hour: 12,
            minute: 30,
            second: 15,
            offset: Some(offset),
        };
        let seconds = |taken| time_taken(&taken).map(|time| time.seconds);
        // By `date -ud '2024-02-29 12:30:15' +%s`.
        assert_eq!(seconds(taken(29, 0)), Some(1_709_209_815));
        assert_eq!(seconds(taken(29, 330)), Some(1_709_209_815 - 330 * 60));
        assert_eq!(seconds(taken(30, 0)), None);
        assert_eq!(seconds(TakenAt { year: 1960, ..taken(29, -60) }), Some(-310_476_585 + 3600));
    }
}
