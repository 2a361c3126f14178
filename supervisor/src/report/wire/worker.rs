//! How a worker is named, and how its end is told.

use std::fmt;

use engine::worker::{WorkerEnd, WorkerId};
use serde::{Deserialize, Serialize};

/// A worker: `slot.generation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(with = "String"))]
#[serde(try_from = "String", into = "String")]
pub(crate) struct WorkerName(pub WorkerId);

impl fmt::Display for WorkerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<WorkerName> for String {
    fn from(name: WorkerName) -> String {
        name.to_string()
    }
}

impl TryFrom<String> for WorkerName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parts = text.split_once('.');
        let id = parts.and_then(|(slot, generation)| {
            Some(WorkerId { slot: slot.parse().ok()?, generation: generation.parse().ok()? })
        });
        id.map(WorkerName).ok_or_else(|| format!("{text:?} names no worker"))
    }
}

/// Whether an end, as it is told, is that of a worker that left when asked to: its successor is no restart.
pub(crate) fn was_asked(end: &str) -> bool {
    end == WorkerEnd::Stopped.to_string()
}
