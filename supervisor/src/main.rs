//! The `supervisor` executable: takes the command line apart, does what it says, and is the only place that exits.

use std::process::ExitCode;

use clap::Parser;
use supervisor::cli::{Cli, Command, complain, completions, doctor, filters, man};
use supervisor::compare::compare;
use supervisor::config::RunConfig;
use supervisor::exit::Exit;
use supervisor::{run, web};

fn main() -> ExitCode {
    let exit = match Cli::parse().command {
        Command::Run(args) => match RunConfig::resolve(&args) {
            Ok(config) => run::run(&config).unwrap_or_else(|error| {
                complain(&error);
                error.exit()
            }),
            Err(error) => {
                complain(&error);
                Exit::Usage
            }
        },
        Command::Compare(args) => compare(&args),
        Command::Serve(args) => web::serve(&args),
        Command::Filters(args) => filters::filters(&args),
        Command::Doctor => doctor::doctor(),
        Command::Completions(args) => completions::completions(&args),
        Command::Man(args) => man::man(&args),
    };
    exit.into()
}
