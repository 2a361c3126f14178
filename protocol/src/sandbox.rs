//! What a worker is locked into: what was asked for, and what is really in force.

use serde::{Deserialize, Serialize};

use recipe::path::WirePath;
use recipe::words;

words! {
    /// How much the user insists on the sandbox (`--sandbox`).
    #[derive(Default)]
    pub SandboxMode {
        /// A run without the whole sandbox does not start.
        Require = "require",
        /// What the kernel offers is used; what is missing is reported.
        #[default]
        Auto = "auto",
        /// None, for measuring.
        Off = "off",
    }
}

/// What a worker locks itself into before it reads the first input byte.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SandboxRequest {
    /// How much the user insists.
    pub mode: SandboxMode,
    /// Files and folders that may be read.
    pub readable: Vec<WirePath>,
    /// The one folder in which files may be created: the run's staging folder.
    pub writable: Vec<WirePath>,
    /// Bytes of data memory that the process may have (`RLIMIT_DATA`); `None` sets no limit.
    pub memory: Option<u64>,
}

/// What is really in force, as the worker found it after locking itself in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SandboxReport {
    /// The Landlock ABI in force, if any.
    pub landlock: Option<u32>,
    /// Whether the system-call filter is in force.
    pub seccomp: bool,
    /// Whether the resource limits are in force.
    pub rlimits: bool,
    /// What was asked for and is not in force, in words.
    pub missing: Vec<String>,
}
