//! Verdicts as they are told: the word, the letter, and how many there are of each.

use engine::verdict::Verdict;
use serde::{Deserialize, Serialize};

/// A verdict without its circumstances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub(crate) enum VerdictKind {
    /// The output is there.
    Ok,
    /// Nothing had to be done.
    Skipped,
    /// An error was the answer.
    Failed,
    /// All attempts were lost.
    Quarantined,
    /// Under way when the run was stopped for good.
    Cancelled,
    /// Its turn never came.
    NotRun,
}

impl VerdictKind {
    /// The kind of a verdict.
    pub(crate) fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Ok(_) => Self::Ok,
            Verdict::Skipped(_) => Self::Skipped,
            Verdict::Failed(_) => Self::Failed,
            Verdict::Quarantined(_) => Self::Quarantined,
            Verdict::Cancelled => Self::Cancelled,
            Verdict::NotRun => Self::NotRun,
        }
    }

    /// The word in reports.
    pub(crate) fn name(self) -> &'static str {
        self.into()
    }

    /// Whether running again will not help.
    pub(crate) fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Quarantined)
    }

    /// Whether a run that was stopped has left it for the next one.
    pub(crate) fn is_unfinished(self) -> bool {
        matches!(self, Self::Cancelled | Self::NotRun)
    }

    /// The letter in a snapshot: ten thousand images are ten thousand bytes.
    pub(crate) fn letter(self) -> char {
        match self {
            Self::Ok => 'o',
            Self::Skipped => 's',
            Self::Failed => 'f',
            Self::Quarantined => 'q',
            Self::Cancelled => 'c',
            Self::NotRun => 'n',
        }
    }
}

/// How many jobs have which verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Counts {
    /// The output is there.
    pub ok: u64,
    /// Nothing had to be done.
    pub skipped: u64,
    /// An error was the answer.
    pub failed: u64,
    /// All attempts were lost.
    pub quarantined: u64,
    /// Under way when the run was stopped for good.
    pub cancelled: u64,
    /// Their turn never came.
    pub not_run: u64,
}

impl Counts {
    /// Counts one more verdict.
    pub(crate) fn add(&mut self, kind: VerdictKind) {
        *match kind {
            VerdictKind::Ok => &mut self.ok,
            VerdictKind::Skipped => &mut self.skipped,
            VerdictKind::Failed => &mut self.failed,
            VerdictKind::Quarantined => &mut self.quarantined,
            VerdictKind::Cancelled => &mut self.cancelled,
            VerdictKind::NotRun => &mut self.not_run,
        } += 1;
    }

    /// Jobs with a verdict.
    pub(crate) fn settled(&self) -> u64 {
        self.sum_of(|_| true)
    }

    /// Jobs that something has become of: with a verdict, and not left for the next run.
    pub(crate) fn done(&self) -> u64 {
        self.sum_of(|kind| !kind.is_unfinished())
    }

    /// Jobs that running again will not help.
    pub(crate) fn failures(&self) -> u64 {
        self.sum_of(VerdictKind::is_failure)
    }

    /// Jobs that a stopped run has left for the next one.
    pub(crate) fn unfinished(&self) -> u64 {
        self.sum_of(VerdictKind::is_unfinished)
    }

    fn sum_of(&self, counts: impl Fn(VerdictKind) -> bool) -> u64 {
        self.each().iter().filter(|(kind, _)| counts(*kind)).map(|(_, count)| count).sum()
    }

    /// Every verdict with its count, in the order in which they are told.
    pub(crate) fn each(&self) -> [(VerdictKind, u64); 6] {
        [
            (VerdictKind::Ok, self.ok),
            (VerdictKind::Skipped, self.skipped),
            (VerdictKind::Failed, self.failed),
            (VerdictKind::Quarantined, self.quarantined),
            (VerdictKind::Cancelled, self.cancelled),
            (VerdictKind::NotRun, self.not_run),
        ]
    }
}
