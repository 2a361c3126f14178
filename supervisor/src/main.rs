//! The `supervisor` executable: takes the command line apart, does what it says, and is the only place that exits.

use std::process::ExitCode;

use clap::Parser;
use supervisor::cli::resolve::run_settings;
use supervisor::cli::{Cli, Command, completions, doctor, filters, man};
use supervisor::compare::compare;
use supervisor::console::complain;
use supervisor::{batch, serve};

fn main() -> ExitCode {
    let exit = match Cli::parse().command {
        Command::Run(args) => match run_settings(*args) {
            Ok(settings) => batch::run(&settings).unwrap_or_else(|error| {
                complain(&error);
                error.exit()
            }),
            Err(error) => error.tell(),
        },
        Command::Compare(args) => compare(&args.settings()),
        Command::Serve(args) => serve::serve(&args.settings()),
        Command::Filters(args) => filters::filters(&args),
        Command::Doctor => doctor::doctor(),
        Command::Completions(args) => completions::completions(&args),
        Command::Man(args) => man::man(&args),
    };
    exit.into()
}
