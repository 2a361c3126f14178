//! What earlier runs did, read from their journal as soon as somebody asks. Whoever plans a few photos at a
//! time, none of whose names is taken, never has to.

use std::cell::OnceCell;
use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use pool::journal::History;

/// The history in a state folder.
#[derive(Debug)]
pub(crate) struct LateHistory {
    state: PathBuf,
    read: OnceCell<History>,
    /// Why there is none, which then says that nothing is known.
    trouble: OnceCell<io::Error>,
}

impl LateHistory {
    /// Read when it is needed.
    pub(crate) fn of(state: &Path) -> LateHistory {
        LateHistory { state: state.to_owned(), read: OnceCell::new(), trouble: OnceCell::new() }
    }

    /// Read at once.
    pub(crate) fn read(state: &Path) -> io::Result<LateHistory> {
        let history = LateHistory::of(state);
        // Nobody has set it before.
        let _ = history.read.set(History::read(state)?);
        Ok(history)
    }

    /// It, read.
    pub(crate) fn into_history(self) -> History {
        // Nobody asks for it if it cannot be read.
        self.read.into_inner().unwrap_or_default()
    }

    /// Why it could not be read when it was needed.
    pub(crate) fn trouble(self) -> Option<io::Error> {
        self.trouble.into_inner()
    }
}

impl Deref for LateHistory {
    type Target = History;

    fn deref(&self) -> &History {
        self.read.get_or_init(|| {
            History::read(&self.state).unwrap_or_else(|error| {
                let _ = self.trouble.set(error);
                History::default()
            })
        })
    }
}
