//! `supervisor doctor`: what this machine offers.

use pool::escape::{escape, escape_text};
use pool::memory::allowed_memory;
use pool::worker_process::{locate_worker, try_worker};
use protocol::PROTOCOL_VERSION;
use recipe::format::FORMATS;

use crate::console::print;
use crate::exit::Exit;
use crate::report::summary::sandbox_line;
use crate::units::Bytes;

/// Looks around, tries a worker, and prints what it found. Ends with code 3 where no worker answers.
pub(crate) fn doctor() -> Exit {
    let mut text = String::new();
    text += &format!("supervisor {} (protocol {PROTOCOL_VERSION})\n", env!("CARGO_PKG_VERSION"));
    text += &format!("cores:    {} may be used\n", num_cpus::get());
    text += &format!("memory:   {} allowed\n", Bytes(allowed_memory()));
    let reads: Vec<&str> = FORMATS.iter().filter(|info| info.decodes).map(|info| info.name).collect();
    let writes: Vec<&str> = FORMATS.iter().filter(|info| info.encodes()).map(|info| info.name).collect();
    text += &format!("reads:    {}\n", reads.join(", "));
    text += &format!("writes:   {}\n", writes.join(", "));
    let exit = match locate_worker().map_err(|error| error.to_string()).and_then(|path| {
        text += &format!("worker:   {}\n", escape(&path));
        try_worker(path)
    }) {
        Ok(sandbox) => {
            text += "          answers, of this version\n";
            text += &format!("sandbox:  {}\n", sandbox_line(&sandbox));
            Exit::Success
        }
        Err(problem) => {
            text += &format!("worker:   {}\n", escape_text(&problem));
            Exit::Pool
        }
    };
    let printed = print(&text);
    if printed == Exit::Success { exit } else { printed }
}
