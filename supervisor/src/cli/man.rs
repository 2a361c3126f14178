//! `supervisor man`: man pages.

use clap::{Args, CommandFactory};

use super::{Cli, UsageError};
use crate::console::print;
use crate::exit::Exit;

/// Options of `man`.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The subcommand to explain; without one, the program
    pub command: Option<String>,
}

/// Prints a page in troff.
pub(crate) fn man(args: &ManArgs) -> Exit {
    let mut command = Cli::command();
    command.build();
    let page = match &args.command {
        None => command,
        Some(name) => match command.find_subcommand(name) {
            Some(sub) => sub.clone(),
            None => {
                let problem = format!("there is no command {name:?}; `supervisor --help` lists them");
                return UsageError(problem).tell();
            }
        },
    };
    let mut text = Vec::new();
    match clap_mangen::Man::new(page).render(&mut text) {
        Ok(()) => print(&String::from_utf8_lossy(&text)),
        Err(_) => Exit::TryAgain,
    }
}
