//! Finds the worker executable.

use std::path::{Path, PathBuf};

use crate::escape::escape;

/// The environment variable that names another worker executable, for tests and for installations that keep
/// it elsewhere.
const WORKER_VARIABLE: &str = "SUPERVISOR_WORKER";

/// Why there is no worker executable.
#[derive(Debug, thiserror::Error)]
pub enum LocateError {
    /// The supervisor cannot tell where it lies itself.
    #[error("cannot tell where this program lies, so cannot find the worker beside it: {0}")]
    NoHome(#[from] std::io::Error),
    /// There is no such file.
    #[error("the worker executable is missing: {} is no file; build it (`cargo build --release`) or \
        name it in {WORKER_VARIABLE}", escape(.0))]
    Missing(PathBuf),
}

/// The worker beside this executable, or the one named in `SUPERVISOR_WORKER`.
pub fn locate_worker() -> Result<PathBuf, LocateError> {
    let path = match std::env::var_os(WORKER_VARIABLE).filter(|path| !path.is_empty()) {
        Some(path) => std::path::absolute(path)?,
        None => beside(&std::env::current_exe()?),
    };
    if path.is_file() { Ok(path) } else { Err(LocateError::Missing(path)) }
}

/// Cargo puts the examples of a package one folder below its programs.
fn beside(program: &Path) -> PathBuf {
    let folder = program.parent().unwrap_or(Path::new("/"));
    let example = folder.file_name().is_some_and(|name| name == "examples");
    folder.parent().filter(|_| example).unwrap_or(folder).join("worker")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_and_examples_find_the_worker_of_their_build() {
        for (program, worker) in [
            ("/usr/bin/supervisor", "/usr/bin/worker"),
            ("/target/debug/examples/pool", "/target/debug/worker"),
            ("/supervisor", "/worker"),
        ] {
            assert_eq!(beside(Path::new(program)), Path::new(worker));
        }
    }
}
