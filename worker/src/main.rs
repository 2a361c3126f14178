//! The worker executable: takes the name of its supervisor's server from the command line and serves until
//! told to stop.

use std::io::Write;
use std::process::ExitCode;

use protocol::PROTOCOL_VERSION;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).map(|a| a.to_string_lossy().into_owned()).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--connect", name] => match worker::serve::serve(name, worker::codec::decode) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                complain(&format!("worker: {error}"));
                ExitCode::FAILURE
            }
        },
        ["--version"] => {
            let version = env!("CARGO_PKG_VERSION");
            match writeln!(std::io::stdout().lock(), "worker {version} (protocol {PROTOCOL_VERSION})") {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            }
        }
        _ => {
            complain("worker: this program is started by `supervisor`; run that instead");
            ExitCode::from(2)
        }
    }
}

/// Writes a line to stderr; where that is closed, nobody is left to tell.
fn complain(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
