//! The `supervisor` executable: the only place that exits.

use std::process::ExitCode;

fn main() -> ExitCode {
    supervisor::main().into()
}
