//! `supervisor verify`: its options.

use std::path::PathBuf;

use clap::Args;
use pool::output_folder::state_folder;

use crate::verify::VerifySettings;

const EXAMPLES: &str = "\
Examples:
  Are all results on this disk as the runs left them?
    supervisor verify web/

  Did everything reach the client's disk? The manifest was written with run --manifest
    supervisor verify /mnt/client/web --manifest SHA256SUMS

Exit codes:
  0  every result is as it was made, and nothing else is there
  1  something is missing, changed or foreign
  2  nothing is known of the folder";

/// Options of `verify`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct VerifyArgs {
    /// The folder with the results
    pub output: PathBuf,
    /// Compare with this manifest, as run --manifest or sha256sum writes it, instead of the journal
    #[arg(long, value_name = "FILE")]
    pub manifest: Option<PathBuf>,
    /// The journal is in DIR, as with run --state, and not in OUTPUT/.supervisor
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
}

impl VerifyArgs {
    /// The settings that were asked for.
    pub(crate) fn settings(self) -> VerifySettings {
        let VerifyArgs { output, manifest, state } = self;
        let state = state.unwrap_or_else(|| state_folder(&output));
        VerifySettings { output, manifest, state }
    }
}
