//! The log: where its lines go, which of them, and how they look. The lines themselves are where things
//! happen, as calls of `tracing`.
//!
//! A line is escaped as a whole just before it is written, so that no log can command a terminal. A line that
//! cannot be written is lost, and nothing else. A file takes lines at once. Whatever else there is may have a
//! reader that stalls, so a thread writes to it, and what is too much for that reader is lost and counted.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pool::escape::{escape, escape_text};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

use crate::console::Patient;
use crate::outlet::{MOMENT, Outlet};

/// The environment variable with the levels.
pub(crate) const LEVELS: &str = "SUPERVISOR_LOG";
/// What can have a level of its own.
const PARTS: [&str; 2] = ["pool", "supervisor"];
/// Lines that wait for a reader.
const WAITING: usize = 20_000;

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogError {
    /// The file cannot be opened.
    #[error("--log {}: {error}", escape(.path))]
    Open {
        path: PathBuf,
        /// What the file system said.
        error: io::Error,
    },
    /// The levels cannot be read.
    #[error(
        "{LEVELS}={}: say error, warn, info, debug, trace or off, also for a part, as in warn,pool=debug",
        escape_text(.0)
    )]
    Levels(String),
}

/// The end of the log: what waits is given a moment to be read.
#[derive(Debug)]
pub(crate) struct LogEnd(Option<Arc<Outlet>>);

impl Drop for LogEnd {
    fn drop(&mut self) {
        if let Some(outlet) = &self.0 {
            outlet.drain(Some(MOMENT));
        }
    }
}

/// Begins the log, if `--log` or the variable asks for one. Called once, at the start.
pub(crate) fn begin(file: Option<&Path>) -> Result<LogEnd, LogError> {
    let levels = std::env::var_os(LEVELS).filter(|levels| !levels.is_empty());
    if file.is_none() && levels.is_none() {
        return Ok(LogEnd(None));
    }
    let levels = self::levels(levels.unwrap_or_default())?;
    let output = LogOutput::open(file)?;
    let end = LogEnd(match &output {
        LogOutput::File(_) => None,
        LogOutput::Stream { outlet, .. } => Some(Arc::clone(outlet)),
    });
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_target(false)
        .log_internal_errors(false)
        .with_writer(output);
    let log = tracing_subscriber::registry().with(lines).with(levels);
    // It can only fail if there is a log already.
    let _ = tracing::subscriber::set_global_default(log);
    Ok(end)
}

/// What `--log` names, unless it is standard error.
pub(crate) fn file(log: Option<&Path>) -> Option<PathBuf> {
    log.filter(|path| *path != Path::new("-")).map(Path::to_owned)
}

/// A level for everything, for parts of the program, or both; a part without a level, or nothing at all, as a
/// comma too many leaves it, changes nothing. The parser takes any other word for a part.
fn levels(text: OsString) -> Result<Targets, LogError> {
    let wrong = |text: String| LogError::Levels(text);
    let text = text.into_string().map_err(|text| wrong(text.to_string_lossy().into_owned()))?;
    let is_empty = |part: &&str| part.starts_with('=') || part.ends_with('=') || part.is_empty();
    let said = text.split(',').map(str::trim).filter(|part| !is_empty(part)).collect::<Vec<_>>().join(",");
    if said.is_empty() {
        return Ok(Targets::new().with_default(LevelFilter::INFO));
    }
    let levels: Targets = said.parse().map_err(|_| wrong(text.clone()))?;
    let is_known = |part: &str| PARTS.iter().any(|known| part.split("::").next() == Some(*known));
    match levels.iter().all(|(part, _)| is_known(part)) {
        true => Ok(levels),
        false => Err(wrong(text)),
    }
}

/// Where lines go.
#[derive(Debug)]
enum LogOutput {
    File(File),
    /// Standard error, a pipe, a device.
    Stream {
        outlet: Arc<Outlet>,
        /// Lines lost since the last that was not.
        lost: AtomicUsize,
    },
}

impl LogOutput {
    fn open(file: Option<&Path>) -> Result<LogOutput, LogError> {
        let path = self::file(file);
        let opened = match &path {
            Some(path) => File::options().append(true).create(true).open(path),
            None => io::stderr().as_fd().try_clone_to_owned().map(File::from),
        };
        opened.and_then(LogOutput::of).map_err(|error| {
            let path = path.unwrap_or_else(|| PathBuf::from("-"));
            LogError::Open { path, error }
        })
    }

    fn of(file: File) -> io::Result<LogOutput> {
        if file.metadata()?.is_file() {
            return Ok(LogOutput::File(file));
        }
        let outlet = Arc::new(Outlet::open("log", Patient(file), Some(WAITING))?);
        Ok(LogOutput::Stream { outlet, lost: AtomicUsize::new(0) })
    }

    fn write(&self, line: String) -> io::Result<()> {
        match self {
            LogOutput::File(file) => { file }.write_all(line.as_bytes()),
            LogOutput::Stream { outlet, lost } => {
                let before = lost.swap(0, Ordering::Relaxed);
                let time = line.split(' ').next().unwrap_or_default();
                let note = format!("{time}  WARN {before} lines are lost here: nobody read them\n");
                let told = before == 0 || outlet.say(note.into_bytes()).is_ok();
                let taken = outlet.say(line.into_bytes());
                lost.fetch_add(
                    usize::from(taken.is_err()) + if told { 0 } else { before },
                    Ordering::Relaxed,
                );
                taken.map_err(|_| io::ErrorKind::WouldBlock.into())
            }
        }
    }
}

impl<'a> MakeWriter<'a> for LogOutput {
    type Writer = LogLine<'a>;

    fn make_writer(&'a self) -> LogLine<'a> {
        LogLine(self)
    }
}

/// Writes one line.
struct LogLine<'a>(&'a LogOutput);

impl Write for LogLine<'_> {
    /// Takes a whole line, and hands it over in one piece: lines of several processes do not mix.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let text = escape_text(text.strip_suffix('\n').unwrap_or(&text)) + "\n";
        self.0.write(text)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use tracing::{Level, debug, error, info, info_span};

    /// The lines of a test, without their times.
    pub(crate) struct HeardLog(tempfile::NamedTempFile);

    impl HeardLog {
        pub(crate) fn new() -> HeardLog {
            HeardLog(tempfile::NamedTempFile::new().unwrap())
        }

        /// Hears what this thread logs meanwhile.
        pub(crate) fn during<T>(&self, act: impl FnOnce() -> T) -> T {
            let output = LogOutput::open(Some(self.0.path())).unwrap();
            let lines = tracing_subscriber::fmt::layer().without_time().with_ansi(false).with_target(false);
            let log = tracing_subscriber::registry().with(lines.with_writer(output));
            tracing::subscriber::with_default(log, act)
        }

        /// What was logged so far.
        pub(crate) fn text(&self) -> String {
            std::fs::read_to_string(self.0.path()).unwrap()
        }
    }

    #[test]
    fn levels_are_words_and_parts() {
        let level = |text: &str, part| {
            let levels = levels(text.into()).unwrap();
            [Level::ERROR, Level::INFO, Level::DEBUG].map(|level| levels.would_enable(part, &level))
        };
        assert_eq!(level("debug", "pool::commit"), [true; 3]);
        assert_eq!(level("warn,pool=debug", "pool::commit"), [true; 3]);
        assert_eq!(level("warn,pool=debug", "supervisor"), [true, false, false]);
        assert_eq!(level("off", "pool"), [false; 3]);
        assert_eq!(level("warn,", "pool"), [true, false, false]);
        for nothing in [",", "=", "pool=", " ,=", "=debug"] {
            assert_eq!(level(nothing, "pool"), [true, true, false], "{nothing}");
        }
        assert_eq!(level("pool=, warn ,", "supervisor"), [true, false, false]);
        assert_eq!(level("info,supervisor::serve=off", "supervisor::serve::listen"), [false; 3]);
        for wrong in ["verbose", "debgu", "pool=loud", "pol=debug", "poolside=debug"] {
            assert!(levels(wrong.into()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_line_has_time_level_spans_and_nothing_that_commands_a_terminal() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let output = LogOutput::open(Some(&path)).unwrap();
        let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_target(false).with_writer(output);
        let log = tracing_subscriber::registry().with(lines).with(levels("info".into()).unwrap());
        tracing::subscriber::with_default(log, || {
            let _in = info_span!("batch", name = "\u{1b}[2J").entered();
            info!(file = %"a\nb\u{202e}", "seen \u{7}");
            debug!("not wanted");
        });
        let text = std::fs::read_to_string(&path).unwrap();
        let (time, rest) = text.split_once(' ').unwrap();
        assert!(time.len() == 27 && time.ends_with('Z') && time.contains('T'), "{time}");
        assert!(rest.starts_with(" INFO batch{name=") && rest.contains("a\\u{a}b\\u{202e}"), "{rest}");
        assert!(rest.matches(char::is_control).eq(["\n"]), "{rest:?}");
    }

    #[test]
    fn a_line_that_cannot_be_written_is_lost_and_nothing_else() {
        let output = LogOutput::File(File::options().append(true).open("/dev/full").unwrap());
        assert!(LogLine(&output).write(b"lost\n").is_err(), "nothing fits on this device");
        let lines = tracing_subscriber::fmt::layer().log_internal_errors(false).with_writer(output);
        let log = tracing_subscriber::registry().with(lines);
        tracing::subscriber::with_default(log, || error!("lost"));
    }

    #[test]
    fn a_reader_that_stalls_loses_lines_that_are_counted() {
        let (reader, writer) = io::pipe().unwrap();
        let output = LogOutput::of(File::from(std::os::fd::OwnedFd::from(writer))).unwrap();
        let line = "2026-11-28T19:40:07.120385Z  INFO some line\n";
        let taken = (0..2 * WAITING).filter(|_| output.write(line.to_owned()).is_ok()).count();
        assert!((WAITING..2 * WAITING).contains(&taken), "{taken}");
        let LogOutput::Stream { outlet, lost } = &output else { panic!("a pipe is no file") };
        assert_eq!(lost.load(Ordering::Relaxed), 2 * WAITING - taken);
        let read = std::thread::spawn(move || io::read_to_string(reader));
        outlet.drain(None);
        output.write(line.to_owned()).unwrap();
        outlet.drain(None);
        drop(output);
        let read = read.join().unwrap().unwrap();
        assert_eq!(read.lines().filter(|read| *read == line.trim_end()).count(), taken + 1);
        let note = format!("2026-11-28T19:40:07.120385Z  WARN {} lines are lost here", 2 * WAITING - taken);
        assert!(read.contains(&note));
    }

    #[test]
    fn a_file_that_cannot_be_opened_is_named() {
        let error = LogOutput::open(Some(Path::new("/nowhere/\u{1b}/log"))).unwrap_err();
        assert!(error.to_string().starts_with("--log /nowhere/\\u{1b}/log: "), "{error}");
    }
}
