//! `supervisor doctor`: what this machine offers.

use std::fmt::Write;

use pool::escape::{escape, escape_text};
use pool::memory::allowed_memory;
use pool::worker_process::{locate_worker, try_worker};
use protocol::PROTOCOL_VERSION;
use recipe::format::FORMATS;

use crate::console::print;
use crate::exit::Exit;
use crate::report::summary::sandbox_line;

/// Looks around, tries a worker, and prints what it found. Ends with code 3 where no worker answers.
pub fn doctor() -> Exit {
    let mut text = String::new();
    let _ = writeln!(text, "supervisor {} (protocol {PROTOCOL_VERSION})", env!("CARGO_PKG_VERSION"));
    let _ = writeln!(text, "cores:    {} may be used", num_cpus::get());
    let _ = writeln!(text, "memory:   {:.1} GiB allowed", allowed_memory() as f64 / f64::from(1 << 30));
    let reads: Vec<&str> = FORMATS.iter().filter(|info| info.decodes).map(|info| info.name).collect();
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
