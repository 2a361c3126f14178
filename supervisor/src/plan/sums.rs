//! How much there is to do, counted off the plan. Pure.

use super::{Action, Plan};

/// Sums of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct PlanSums {
    /// Images that would be processed.
    pub process: u64,
    /// Images that need nothing.
    pub skip: u64,
    /// Images that are known to fail.
    pub fail: u64,
    /// Bytes of those that would be processed.
    pub bytes: u64,
}

impl Plan {
    /// What there is to do.
    pub(crate) fn sums(&self) -> PlanSums {
        let mut sums = PlanSums::default();
        for job in &self.jobs {
            match &job.action {
                Action::Process { .. } => {
                    sums.process += 1;
                    sums.bytes = sums.bytes.saturating_add(job.bytes);
                }
                Action::Skip { .. } => sums.skip += 1,
                Action::Fail(_) => sums.fail += 1,
            }
        }
        sums
    }
}
