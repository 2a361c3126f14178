//! Durations, sizes and counts as people write and read them. Pure.
//!
//! By hand, since the crates for it mean something else: to jiff and humantime a bare number is an error, to
//! bytesize `512M` is decimal, and parse-size takes `300MB` for a count.

use std::fmt;
use std::time::Duration;

/// A duration, displayed as [`duration`] reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DurationText(pub Duration);

impl fmt::Display for DurationText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.subsec_nanos() {
            0 => write!(f, "{}s", self.0.as_secs()),
            _ => write!(f, "{}ms", self.0.as_secs_f64() * 1e3),
        }
    }
}

/// A number, displayed as [`count`] reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count(pub u64);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            number if number > 0 && number.is_multiple_of(1_000_000) => write!(f, "{}M", number / 1_000_000),
            number => number.fmt(f),
        }
    }
}

/// Memory or the size of a file, as people read it: in MiB, or in GiB where that is at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 >> 30 {
            0 => write!(f, "{} MiB", self.0 >> 20),
            _ => write!(f, "{:.1} GiB", self.0 as f64 / f64::from(1 << 30)),
        }
    }
}

/// How many of what: `1 image`, `2 images`.
pub(crate) fn amount<N: fmt::Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    format!("{count} {noun}{}", if count == N::from(1) { "" } else { "s" })
}

/// Reads `500ms`, `120s`, `2m`, `1.5h`; a bare number means seconds.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = split(text)?;
    let seconds = match unit {
        "ms" => number / 1000.0,
        "" | "s" => number,
        "m" | "min" => number * 60.0,
        "h" => number * 3600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds).ok()
}

/// Reads `300M` as 300 million, `2G`, `500k`, `1000`.
pub(crate) fn count(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let factor = match unit {
        "" => 1.0,
        "k" | "K" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        _ => return None,
    };
    Some((number * factor) as u64)
}

/// Reads `512M` as 512 MiB, `2G`, `2GiB`.
pub(crate) fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let shift = match unit.trim_end_matches("iB").trim_end_matches('B') {
        "" => 0,
        "k" | "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return None,
    };
    Some((number * (1u64 << shift) as f64) as u64)
}

/// Reads `70%` as 70.
pub(crate) fn percent(text: &str) -> Option<f64> {
    let (number, unit) = split(text)?;
    (unit == "%").then_some(number)
}

fn split(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..end].parse().ok()?;
    Some((number, text[end..].trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units() {
        assert_eq!(duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(duration("1.5h"), Some(Duration::from_secs(5400)));
        assert_eq!(duration("soon"), None);
        assert_eq!(duration("-1s"), None);
        assert_eq!(count("300M"), Some(300_000_000));
        assert_eq!(bytes("2GiB"), Some(2 << 30));
        assert_eq!(bytes("1.5K"), Some(1536));
        assert_eq!(percent("70%"), Some(70.0));
        assert_eq!(percent("70"), None);
    }

    #[test]
    fn sizes_are_in_gib_from_one_on() {
        let shown = [16 << 20, (1 << 30) - 1, 1 << 30, 16_873 << 20].map(|bytes| Bytes(bytes).to_string());
        assert_eq!(shown, ["16 MiB", "1023 MiB", "1.0 GiB", "16.5 GiB"]);
    }

    #[test]
    fn one_is_no_plural() {
        assert_eq!([0_u64, 1, 2].map(|n| amount(n, "image")), ["0 images", "1 image", "2 images"]);
    }

    #[test]
    fn what_is_shown_reads_the_same() {
        for (millis, shown) in [(120_000, "120s"), (1500, "1500ms"), (0, "0s")] {
            let span = DurationText(Duration::from_millis(millis));
            assert_eq!((span.to_string().as_str(), duration(shown)), (shown, Some(span.0)));
        }
        for (number, shown) in [(300_000_000, "300M"), (1_500_000, "1500000"), (0, "0")] {
            assert_eq!((Count(number).to_string().as_str(), count(shown)), (shown, Some(number)));
        }
    }
}
