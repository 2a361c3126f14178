//! Gates: FIFOs at which a fault worker waits with a photo until the test opens them.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use rustix::fs::{CWD, Mode, mkfifoat};

/// Makes a gate, and the content of a photo whose worker waits there. The gate has to be where the worker may
/// read, and hidden, so that it is no input.
#[expect(clippy::expect_used, reason = "this library is part of the tests")]
pub fn gated(gate: &Path) -> Vec<u8> {
    fs::create_dir_all(gate.parent().expect("a folder")).expect("the folder");
    mkfifoat(CWD, gate, Mode::RUSR | Mode::WUSR).expect("a gate");
    let order = format!("FAULT:gate {}\n", gate.display()).into_bytes();
    [order, crate::ppm(8, 8)].concat()
}

/// Returns when a worker stands at this gate; it goes on when the file is dropped.
pub fn reached(gate: &Path) -> io::Result<File> {
    File::options().write(true).open(gate)
}

/// Lets the worker at this gate go on; waits until there is one.
pub fn open_gate(gate: &Path) {
    drop(reached(gate));
}
