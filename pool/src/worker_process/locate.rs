//! Finds the worker executable.

use std::path::PathBuf;

/// The environment variable that names another worker executable, for tests and for installations that keep it elsewhere.
pub const WORKER_VARIABLE: &str = "SUPERVISOR_WORKER";

/// Why there is no worker executable.
#[derive(Debug, thiserror::Error)]
pub enum LocateError {
    /// The supervisor cannot tell where it lies itself.
    #[error("cannot tell where this program lies, so cannot find the worker beside it: {0}")]
    NoHome(#[from] std::io::Error),
    /// There is no such file.
    #[error("the worker executable is missing: {} is no file; build it (`cargo build --release`) or name it in {WORKER_VARIABLE}", .0.display())]
    Missing(PathBuf),
}

/// The worker beside this executable, or the one named in [`WORKER_VARIABLE`].
pub fn locate_worker() -> Result<PathBuf, LocateError> {
    let path = match std::env::var_os(WORKER_VARIABLE) {
        Some(path) => std::path::absolute(path)?,
        None => std::env::current_exe()?.with_file_name("worker"),
    };
    if path.is_file() { Ok(path) } else { Err(LocateError::Missing(path)) }
}
