//! How far the run is, in one line: the same words for the bar and the plain lines. Pure.

use std::time::Duration;

use crate::report::fold::Tally;
use crate::report::wire::VerdictKind;
use crate::units::amount;

/// Everything behind the count: megabytes, speed, time to go, and what went wrong.
pub(super) fn status_line(now: &Tally) -> String {
    let done = now.bytes_planned.saturating_sub(now.bytes_left);
    let mut parts = vec![
        format!("{:.1}/{:.1} MB", done as f64 / 1e6, now.bytes_planned as f64 / 1e6),
        format!("{:.1} img/s", now.images_per_s()),
    ];
    if now.bytes_left > 0
        && !now.stopping
        && let Some(eta) = now.eta()
    {
        parts.push(format!("ETA {}", clock(eta)));
    }
    let told = now.counts.each().into_iter().filter(|(kind, count)| *kind != VerdictKind::Ok && *count > 0);
    parts.extend(told.map(|(kind, count)| format!("{count} {}", kind.name().replace('-', " "))));
    if now.restarts > 0 {
        parts.push(amount(now.restarts, "restart"));
    }
    if now.stopping {
        parts.push("stopping".to_owned());
    }
    parts.join(" · ")
}

/// `m:ss` or `h:mm:ss`.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs_f64().round() as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::wire::Counts;

    #[test]
    fn times_to_go_read_like_a_clock() {
        assert_eq!(clock(Duration::from_millis(59_600)), "1:00");
        assert_eq!(clock(Duration::from_secs(9)), "0:09");
        assert_eq!(clock(Duration::from_secs(3_725)), "1:02:05");
    }

    #[test]
    fn every_verdict_shows_and_the_time_to_go_goes_by_pixels() {
        let mut now = Tally {
            at: Duration::from_secs(10),
            images: 40,
            counts: Counts { ok: 5, ..Counts::default() },
            pixels: 20_000_000,
            pixels_left: Some(60_000_000),
            bytes_planned: 9_000_000,
            bytes_left: 4_000_000,
            ..Tally::default()
        };
        assert_eq!(status_line(&now), "5.0/9.0 MB · 0.5 img/s · ETA 0:30");
        let stopping = Tally { stopping: true, ..now.clone() };
        assert_eq!(status_line(&stopping), "5.0/9.0 MB · 0.5 img/s · stopping", "there is no time to go");
        now.counts = Counts { ok: 5, skipped: 1, failed: 2, quarantined: 3, cancelled: 4, not_run: 5 };
        now.restarts = 6;
        now.stopping = true;
        now.bytes_left = 0;
        assert_eq!(
            status_line(&now),
            "9.0/9.0 MB · 0.5 img/s · 1 skipped · 2 failed · 3 quarantined · 4 cancelled · 5 not run · \
                6 restarts · stopping"
        );
    }
}
