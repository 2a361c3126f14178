//! The program: plans what becomes of each photo, hands them to worker processes, and accounts for every one.
//!
//! Each room may use those after it, and none before it: `cli` reads what is typed, `serve` is the page,
//! `compare` the comparison, `sheet` makes contact sheets, `verify` looks at results afterwards, `watch` does
//! whatever comes into a folder, `batch` is one run, `report` what is told of it, `plan` what will be done.
//! `console`, `exit`, `log`, `outlet`, `scratch`, `signals` and `units` are for everybody. Whatever has to do
//! with workers is the crate `pool`.

mod batch;
mod cli;
mod compare;
mod console;
mod exit;
mod log;
mod outlet;
mod plan;
mod report;
mod scratch;
mod serve;
mod sheet;
mod signals;
mod units;
mod verify;
mod watch;

pub use cli::main;
pub use exit::Exit;
/// For `tests/fuzz`, where names are made of anything.
pub use plan::NameTemplate;
