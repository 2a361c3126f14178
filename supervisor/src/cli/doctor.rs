//! `supervisor doctor`: what this machine offers.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use protocol::format::FORMATS;
use protocol::limits::Limits;
use protocol::message::{PROTOCOL_VERSION, WorkerConfig};
use protocol::recipe::Recipe;
use protocol::sandbox::{SandboxMode, SandboxReport, SandboxRequest};

use super::print;
use crate::engine::Event;
use crate::escape::{escape, escape_text};
use crate::exit::Exit;
use crate::memory::allowed_memory;
use crate::report::summary::sandbox_line;
use crate::verdict::WorkerId;
use crate::worker_process::{self, Launch, Report, locate_worker};

/// The longest that the worker gets to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Looks around, tries a worker, and prints what it found. Ends with code 3 where no worker answers.
pub fn doctor() -> Exit {
    let mut text = String::new();
    let _ = writeln!(text, "supervisor {} (protocol {PROTOCOL_VERSION})", env!("CARGO_PKG_VERSION"));
    let _ = writeln!(text, "cores:    {} may be used", num_cpus::get());
    let _ = writeln!(text, "memory:   {:.1} GiB allowed", allowed_memory() as f64 / f64::from(1 << 30));
    let reads: Vec<&str> =
        FORMATS.iter().filter(|info| info.format.decodes()).map(|info| info.name).collect();
    let writes: Vec<&str> = FORMATS.iter().filter(|info| info.encodes).map(|info| info.name).collect();
    let _ = writeln!(text, "reads:    {}", reads.join(", "));
    let _ = writeln!(text, "writes:   {}", writes.join(", "));
    let exit = match locate_worker().map_err(|error| error.to_string()).and_then(|path| {
        let _ = writeln!(text, "worker:   {}", escape(&path));
        try_worker(path)
    }) {
        Ok(sandbox) => {
            let _ = writeln!(text, "          answers, of this version");
            let _ = writeln!(text, "sandbox:  {}", sandbox_line(&sandbox));
            Exit::Success
        }
        Err(problem) => {
            let _ = writeln!(text, "worker:   {}", escape_text(&problem));
            Exit::Pool
        }
    };
    let printed = print(&text);
    if printed == Exit::Success { exit } else { printed }
}

/// Starts a worker, waits until it is ready, and lets it go.
fn try_worker(program: std::path::PathBuf) -> Result<SandboxReport, String> {
    let config = WorkerConfig {
        lanes: 1,
        recipe: Recipe::default(),
        limits: Limits { max_pixels: 1, memory: 1 << 20, max_input_bytes: 1 },
        sandbox: SandboxRequest {
            mode: SandboxMode::Auto,
            readable: Vec::new(),
            writable: Vec::new(),
            memory: None,
        },
    };
    let (sender, reports) = crossbeam_channel::unbounded();
    let id = WorkerId { slot: 0, generation: 0 };
    let launch = Arc::new(Launch { program, config, staging: None });
    let worker =
        worker_process::spawn(&launch, id, &sender).map_err(|error| format!("cannot be started: {error}"))?;
    // Kept until the end: a worker that cannot be told anything any more leaves.
    let mut orders = None;
    loop {
        let Ok(report) = reports.recv_timeout(PATIENCE) else {
            worker.kill();
            return Err("does not answer".to_owned());
        };
        let problem = match report {
            Report::Event(Event::Ready { sandbox, .. }) => {
                worker.kill();
                return Ok(sandbox);
            }
            Report::Event(Event::Incompatible { reason, .. } | Event::Garbled { reason, .. }) => reason,
            Report::Event(Event::Exited { last_words, .. }) => {
                format!("ended before it was ready: {last_words}")
            }
            Report::Connected(_, to_worker) => {
                orders.replace(to_worker);
                continue;
            }
            Report::Finished { .. } | Report::Event(_) => continue,
        };
        worker.kill();
        return Err(problem);
    }
}
