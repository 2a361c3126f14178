//! The options that limit what one photo may cost, of every command that has photos worked on.

use clap::Args;
use pool::settings::{DEFAULT_MAX_PIXELS, DEFAULT_RETRIES, DEFAULT_TIMEOUT, MemoryBudget, RETRIES};
use protocol::sandbox::SandboxMode;

use super::values::{self, whole, word};
use crate::units::{Count, DurationText};

/// What one photo may cost, and how well its worker is locked in.
#[derive(Debug, Args)]
pub(crate) struct LimitArgs {
    /// The longest that one photo may take: 500ms, 120s, 2m
    #[arg(long, value_name = "DUR")]
    #[arg(default_value_t = DurationText(DEFAULT_TIMEOUT), value_parser = values::timeout)]
    pub timeout: DurationText,
    /// How often a photo is tried again after its worker was lost, 0–10
    #[arg(long, value_name = "N", default_value_t = DEFAULT_RETRIES, value_parser = whole(RETRIES))]
    pub retries: u32,
    /// The largest photo accepted, in pixels: 300M
    #[arg(long, value_name = "N", default_value_t = Count(DEFAULT_MAX_PIXELS))]
    #[arg(value_parser = values::max_pixels)]
    pub max_pixels: Count,
    /// Memory for all running photos together: 4G, or a share of what the machine or cgroup allows
    #[arg(long, value_name = "SIZE|PCT", default_value_t, value_parser = values::memory)]
    pub memory: MemoryBudget,
    /// require, auto (use what the kernel offers and say what is missing) or off
    #[arg(long, value_name = "MODE", default_value_t, hide_possible_values = true)]
    #[arg(value_parser = word::<SandboxMode>())]
    pub sandbox: SandboxMode,
}
