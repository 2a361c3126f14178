//! How long each stage of a job took. Lives as long as the job.

use std::time::{Duration, Instant};

use protocol::Stage;
use protocol::outcome::PerStage;

/// Measures the stages of a job.
pub(super) struct Clock {
    pub(super) timings: PerStage<Duration>,
    since: Instant,
}

impl Clock {
    /// Begins with the first stage.
    pub(super) fn start() -> Self {
        Self { timings: PerStage::default(), since: Instant::now() }
    }

    /// The time since the last call went to this stage.
    pub(super) fn passed(&mut self, stage: Stage) {
        let now = Instant::now();
        *self.timings.of_mut(stage) += now - self.since;
        self.since = now;
    }
}
