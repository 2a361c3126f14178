//! The thread that runs the batches, one after the other, as the command line does. It lives as long as the
//! server, since workers do not outlive the thread that started them.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::board::{Board, Turn};
use super::order;
use super::roots::Roots;
use crate::batch::grounds::Notice;
use crate::batch::prepared::Prepared;
use crate::batch::tell_sandbox;
use crate::report::SharedStatistics;
use engine::run_event::{RunEvent, WorkerChange};
use pool::escape::escape_text;
use tracing::{error_span, warn};

/// Starts it; it ends when the board has been shut down and nothing runs any more.
pub(super) fn start(board: Arc<Board>, roots: Arc<Roots>) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name("batches".to_owned()).spawn(move || {
        let mut sandbox_told = false;
        while let Some(turn) = board.next() {
            let id = turn.id;
            let _lines_are_of = error_span!("batch", id).entered();
            if let Err(message) = run(turn, &board, &roots, &mut sandbox_told) {
                warn!(reason = %escape_text(&message), "not run");
                board.refused(id, message);
            }
        }
    })
}

/// Runs one; the error says why nothing was run.
fn run(turn: Turn, board: &Board, roots: &Roots, sandbox_told: &mut bool) -> Result<(), String> {
    let Turn { id, order, only, commands } = turn;
    let settings = order::settings(&order, roots).map_err(|problem| problem.message)?;
    let mut notes = Vec::new();
    let mut prepared = Prepared::make(&settings, &mut |notice| match notice {
        Notice::Damage(text) => notes.push(text),
        Notice::Sandbox(sandbox) => tell_sandbox(settings.sandbox, sandbox, sandbox_told),
    })
    .map_err(|error| error.to_string())?;
    let plan = prepared.plan_mut();
    if let Some(only) = only {
        plan.jobs.retain(|job| only.contains::<Path>(&job.input));
    }
    plan.warnings.append(&mut notes);
    order::show_inputs(plan, roots);
    let begun = prepared.begin(&settings).map_err(|error| error.to_string())?;
    let statistics = SharedStatistics::new(begun.plan());
    board.started(id, begun.plan(), &statistics);
    let mut observer = |at: Duration, event: &RunEvent| {
        if let RunEvent::Worker { change: WorkerChange::Ready { sandbox }, .. } = event {
            tell_sandbox(settings.sandbox, sandbox, sandbox_told);
        }
        board.told(id, at, event);
    };
    let (sender, receiver) = commands;
    let words = settings.command();
    let finished = begun.carry_out(&settings, words, (&sender, &receiver), &statistics, &mut observer);
    let finished = finished.map_err(|error| error.to_string())?;
    // The page has the report anyway.
    for error in finished.write_reports(&[]).1 {
        warn!(error = %escape_text(&error.to_string()), "a report cannot be written");
    }
    board.finished(id, finished, settings.output.clone());
    Ok(())
}
