//! The command that is started once, when a run is over. Its environment says how the run went, and no shell
//! reads it.

use std::env;
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::str::FromStr;

use pool::escape::escape_text;

use crate::console::complain;
use crate::exit::Exit;
use crate::report::Report;
use crate::report::sink::ProgressMode;

/// A command, taken apart into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ThenCommand {
    program: String,
    arguments: Vec<String>,
}

impl FromStr for ThenCommand {
    type Err = String;

    /// Quotes and backslashes are as in a shell, and nothing else is. Hours of work must not end with a
    /// program that is not there.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = shlex::split(text).ok_or("a quote is not closed")?.into_iter();
        let program = words.next().filter(|program| !program.is_empty()).ok_or("it must be a command")?;
        if !is_there(&program) {
            return Err(format!("there is no program {}", escape_text(&program)));
        }
        Ok(Self { program, arguments: words.collect() })
    }
}

/// The run that is over, as far as the command hears of it.
pub(super) struct AfterRun<'a> {
    pub(super) output: &'a Path,
    pub(super) state: &'a Path,
    pub(super) progress: ProgressMode,
    pub(super) report: &'a Report,
    pub(super) exit: Exit,
}

/// Whether there is such a file, in a folder of `PATH` if the name has none of its own.
fn is_there(program: &str) -> bool {
    if program.contains('/') {
        return Path::new(program).is_file();
    }
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

impl ThenCommand {
    /// Starts it and waits for its end. A run that went well is worth another try if its command did not: the
    /// same command line then does nothing but this.
    pub(super) fn run(&self, over: &AfterRun<'_>) -> Exit {
        let trouble = match self.start(over) {
            Ok(status) if status.success() => return over.exit,
            Ok(status) => format!("ended with {status}"),
            Err(error) => format!("cannot be started: {error}"),
        };
        complain(&format!("the command of --then, {}, {trouble}", escape_text(&self.program)));
        if over.exit == Exit::Success { Exit::TryAgain } else { over.exit }
    }

    fn start(&self, over: &AfterRun<'_>) -> io::Result<ExitStatus> {
        let totals = &over.report.totals;
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null());
        for (kind, count) in totals.counts.each() {
            let name = format!("SUPERVISOR_{}", kind.name().to_uppercase().replace('-', "_"));
            command.env(name, count.to_string());
        }
        command
            .env("SUPERVISOR_IMAGES", totals.images.to_string())
            .env("SUPERVISOR_CODE", over.exit.code().to_string())
            .env("SUPERVISOR_OUTPUT", over.output)
            .env("SUPERVISOR_REPORT", over.state.join("report.json"));
        // Whoever reads lines of JSON there expects nothing else.
        if over.progress == ProgressMode::Json {
            command.stdout(io::stderr());
        }
        command.status()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_words_and_no_shell_reads_them() {
        let words = |text: &str| text.parse().map(|ThenCommand { program, arguments }| (program, arguments));
        let (program, arguments) = words(r#"sh -c "exit 3" '$HOME' a\ b ; *"#).unwrap();
        assert_eq!(program, "sh");
        assert_eq!(arguments, ["-c", "exit 3", "$HOME", "a b", ";", "*"]);
        assert_eq!(words("sh 'a"), Err("a quote is not closed".to_owned()));
        assert_eq!(words("  "), Err("it must be a command".to_owned()));
        assert_eq!(words("no-such-program x"), Err("there is no program no-such-program".to_owned()));
        assert_eq!(words("/no/such x"), Err("there is no program /no/such".to_owned()));
        assert_eq!(words("/bin/sh").unwrap().0, "/bin/sh");
    }
}
