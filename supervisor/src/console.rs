//! What is said on the terminal: results on standard output, everything else on standard error.

use std::io::{self, Write};

use crate::exit::Exit;

/// Writes to standard output. A reader that has seen enough (`| head`) is no error.
pub(crate) fn print(text: &str) -> Exit {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Exit::Success,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Success,
        Err(_) => Exit::TryAgain,
    }
}

/// Says what went wrong on standard error; where that cannot be written either, the exit code has to do.
pub(crate) fn complain(message: &impl std::fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "supervisor: {message}");
}
