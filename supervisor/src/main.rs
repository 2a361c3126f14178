//! The `supervisor` executable: takes the command line apart, does what it says, and is the only place that
//! exits.

use std::process::ExitCode;

use clap::Parser;
use supervisor::cli::resolve::run_settings;
use supervisor::cli::{Cli, CliCommand, completions, doctor, filters, man};
use supervisor::compare::compare;
use supervisor::console::complain;
use supervisor::exit::Exit;
use supervisor::{batch, log, serve};

fn main() -> ExitCode {
    let command = Cli::parse().command;
    if let Err(error) = log::begin(command.log()) {
        complain(&error);
        return Exit::Usage.into();
    }
    let exit = match command {
        CliCommand::Run(args) => match run_settings(*args) {
            Ok(settings) => batch::run(&settings).unwrap_or_else(|error| {
                complain(&error);
                error.exit()
            }),
            Err(error) => error.tell(),
        },
        CliCommand::Compare(args) => compare(&args.settings()),
        CliCommand::Serve(args) => serve::serve(&args.settings()),
        CliCommand::Filters(args) => filters::filters(&args),
        CliCommand::Doctor => doctor::doctor(),
        CliCommand::Completions(args) => completions::completions(&args),
        CliCommand::Man(args) => man::man(&args),
    };
    exit.into()
}
