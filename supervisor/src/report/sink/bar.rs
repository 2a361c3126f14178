//! The progress bar on standard error.
//!
//! Owns the bar. indicatif redraws it from its own thread once a second, so that a hang shows passing time,
//! and from ours as events arrive, at most ten times a second. The status is read from the shared statistics
//! only when it is drawn.

use std::fmt;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::notice;
use super::status::status_line;
use crate::report::fold::SharedStatistics;
use crate::report::wire::WireEvent;

const REDRAWS_PER_S: u8 = 10;
const TEMPLATE: &str = "{elapsed} {bar:24} {pos}/{len} {status}";

#[derive(Debug)]
pub(crate) struct BarSink(ProgressBar);

impl BarSink {
    pub(super) fn new(statistics: SharedStatistics) -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(REDRAWS_PER_S);
        let bar = ProgressBar::with_draw_target(Some(statistics.snapshot().images), target);
        bar.set_style(style(statistics));
        bar.enable_steady_tick(Duration::from_secs(1));
        Self(bar)
    }

    pub(super) fn on_event(&mut self, event: &WireEvent, statistics: &SharedStatistics) {
        if let Some(text) = notice(event) {
            self.0.println(text);
        }
        // Nothing is counted here: the place is where the fold is. What is left for the next run is not done.
        if matches!(event, WireEvent::Settled(_)) {
            let now = statistics.snapshot();
            // A plan may grow.
            self.0.set_length(now.images);
            self.0.set_position(now.counts.done());
        }
    }

    #[cfg(test)]
    pub(super) fn position(&self) -> u64 {
        self.0.position()
    }

    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

fn style(statistics: SharedStatistics) -> ProgressStyle {
    // The template is a constant that a test parses; if it were wrong, the plain bar would do.
    ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar()).with_key(
        "status",
        move |_: &ProgressState, out: &mut dyn fmt::Write| {
            // The bar's line is a String: writing to it cannot fail.
            let _ = out.write_str(&status_line(&statistics.snapshot()));
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_one_that_indicatif_understands() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
    }
}
