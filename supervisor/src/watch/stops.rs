//! Signals to a watch: whichever shift is going on is stopped, and none begins after that.
//!
//! Owns the thread that listens; shared with it.

use std::io;
use std::sync::{Arc, Mutex};

use crossbeam_channel::Sender;
use pool::lock::lock;
use pool::order::Command;
use signal_hook::iterator::Handle;

use crate::batch::stopping;
use crate::exit::Exit;
use crate::signals;

/// What signals have asked for.
#[derive(Debug)]
pub(super) struct Stops {
    asked: Arc<Mutex<Asked>>,
    listening: Handle,
}

#[derive(Debug, Default)]
struct Asked {
    stop: Option<Command>,
    kill: bool,
    /// Of the shift that is going on.
    commands: Option<Sender<Command>>,
}

impl Stops {
    /// From here on a signal is a request, and no longer the end.
    pub(super) fn listen() -> io::Result<Stops> {
        let asked = Arc::new(Mutex::new(Asked::default()));
        let listening = stopping::on_signals({
            let asked = Arc::clone(&asked);
            move |reason, kill| {
                let command = Command::Stop { kill, reason: reason.to_owned() };
                let mut asked = lock(&asked);
                asked.kill |= kill;
                if let Some(commands) = &asked.commands {
                    // A shift that has just ended needs no stop.
                    let _ = commands.send(command.clone());
                }
                asked.stop = Some(command);
                true
            }
        })?;
        Ok(Stops { asked, listening })
    }

    /// Signals stop this shift from here on; one that came before does at once.
    pub(super) fn stop(&self, commands: &Sender<Command>) {
        let mut asked = lock(&self.asked);
        if let Some(command) = &asked.stop {
            let _ = commands.send(command.clone());
        }
        asked.commands = Some(commands.clone());
    }

    /// No shift is going on.
    pub(super) fn stop_none(&self) {
        lock(&self.asked).commands = None;
    }

    /// Whether there was a signal.
    pub(super) fn are_asked(&self) -> bool {
        lock(&self.asked).stop.is_some()
    }

    /// The exit code of a watch that signals ended: it is what was wanted, unless work was killed.
    pub(super) fn exit(&self) -> Exit {
        if lock(&self.asked).kill { stopping::exit() } else { Exit::Success }
    }

    /// All is done but the telling, and a reader may stall: from here on a signal is the end again.
    pub(super) fn end(&self) -> io::Result<()> {
        signals::end_at_once()?;
        self.listening.close();
        Ok(())
    }
}
