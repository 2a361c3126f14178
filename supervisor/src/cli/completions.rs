//! `supervisor completions`: shell completions.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Cli;
use crate::console::print;
use crate::exit::Exit;

/// Options of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// Prints them.
pub fn completions(args: &CompletionsArgs) -> Exit {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "supervisor", &mut text);
    print(&String::from_utf8_lossy(&text))
}
