//! `supervisor serve`: its options.

use std::path::PathBuf;

use clap::Args;
use recipe::Bounds;

use super::tell_args::LogArgs;
use super::values::whole;
use crate::serve::{DEFAULT_HOST, DEFAULT_PORT, ServeSettings};

const EXAMPLES: &str = "\
Examples:
  The page for the photos in this folder; open the address that it prints
    supervisor serve

  Photos in one place, results in another
    supervisor serve --root ~/Pictures --root /mnt/proofs

It prints one line, the address with this start's token, and runs until it is interrupted: the first time, \
what runs is finished, \
the second time it is killed.";

const PORT: Bounds<u16> = Bounds { least: 0, most: u16::MAX, words: "0 to 65535" };

/// Options of `serve`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ServeArgs {
    /// The port; 0 takes any that is free
    #[arg(long, value_name = "N", default_value_t = DEFAULT_PORT, value_parser = whole(PORT))]
    pub port: u16,
    /// A folder that the page may read from and write to; may be given several times [default: the current
    /// folder]
    #[arg(long, value_name = "DIR")]
    pub root: Vec<PathBuf>,
    /// The address to listen on, or a name of this machine; 0.0.0.0 stands for all it has. Any but
    /// the loopback address needs --allow-remote
    #[arg(long, value_name = "ADDR", default_value = DEFAULT_HOST)]
    pub host: String,
    /// Let other machines connect, if --host lets them: anyone who has the address with the token can read
    /// the folders and write new files into them. It is not encrypted
    #[arg(long)]
    pub allow_remote: bool,
    /// Let programs (not pages) of this user connect without the token: older clients of the WebSocket know
    /// none
    #[arg(long)]
    pub trust_programs: bool,
    #[command(flatten)]
    pub log_args: LogArgs,
}

impl ServeArgs {
    /// The settings that were asked for.
    pub(crate) fn settings(self) -> ServeSettings {
        let ServeArgs { log_args: _, port, root, host, allow_remote, trust_programs } = self;
        let roots = if root.is_empty() { vec![PathBuf::from(".")] } else { root };
        ServeSettings { roots, port, host, allow_remote, trust_programs }
    }
}
