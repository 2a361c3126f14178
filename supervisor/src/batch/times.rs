//! The times that the files of results get. No state.

use std::ops::RangeInclusive;

use jiff::tz::{Offset, TimeZone};
use pool::journal::Modified;
use protocol::outcome::TakenAt;
use recipe::words;

words! {
    /// What the time of a result's file tells.
    #[derive(Default)]
    pub(crate) FileTimes {
        /// When it was written.
        #[default]
        Now = "now",
        /// When the photo's file was written.
        Input = "input",
        /// When the photo was taken, as it says itself.
        Taken = "taken",
    }
}

/// What usual file systems have room for (ext4: from 1901 to 2446); they take the nearest for any other.
const OF_FILES: RangeInclusive<i64> = -(1 << 31)..=(1 << 34) - (1 << 31) - 1;

/// The time at which a photo says that it was taken, if a file can have it; without a zone, in the one of
/// this machine.
pub(crate) fn time_taken(taken: &TakenAt) -> Option<Modified> {
    let TakenAt { at, offset } = *taken;
    let zone = match offset {
        Some(minutes) => Offset::from_seconds(i32::from(minutes) * 60).ok()?.to_time_zone(),
        None => TimeZone::system(),
    };
    // Parts of a second do not count.
    let at = at.with().subsec_nanosecond(0).build().ok()?;
    let seconds = at.to_zoned(zone).ok()?.timestamp().as_second();
    OF_FILES.contains(&seconds).then_some(Modified { seconds, nanoseconds: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_counts() {
        let seconds = |year: i16, offset: i16| {
            let at = jiff::civil::date(year, 2, 29).at(12, 30, 15, 999_999_999);
            time_taken(&TakenAt { at, offset: Some(offset) }).map(|time| time.seconds)
        };
        // By `date -ud '2024-02-29 12:30:15' +%s`.
        assert_eq!(seconds(2024, 0), Some(1_709_209_815));
        assert_eq!(seconds(2024, 330), Some(1_709_209_815 - 330 * 60));
        assert_eq!(seconds(1960, -60), Some(-310_476_585 + 3600));
        // Which no file system needs to know.
        assert_eq!((seconds(1896, 0), seconds(2448, 0)), (None, None));
    }
}
