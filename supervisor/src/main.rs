//! The `supervisor` executable: takes the command line apart, does what it says, and is the only place that exits.

use std::process::ExitCode;

use clap::Parser;
use supervisor::batch::settings::RunConfig;
use supervisor::cli::{Cli, Command, completions, doctor, filters, man};
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
        Command::Run(args) => match RunConfig::resolve(&args) {
            Ok(config) => batch::run(&config).unwrap_or_else(|error| {
                complain(&error);
                error.exit()
            }),
            Err(error) => {
                complain(&error);
                Exit::Usage
            }
        },
        Command::Compare(args) => compare(&args),
        Command::Serve(args) => serve::serve(&args),
        Command::Filters(args) => filters::filters(&args),
        Command::Doctor => doctor::doctor(),
        Command::Completions(args) => completions::completions(&args),
        Command::Man(args) => man::man(&args),
    };
    exit.into()
}
