//! One run of this very program as a child process, followed and measured.
//!
//! A child rather than a call: so processor time, memory, and the cost of starting are those of the whole
//! program, and nothing that an earlier run left in memory helps a later one. Processor time is what the
//! kernel adds up for children that have been waited for; memory is looked at every [`LOOK`]. Runs on the
//! main thread; a thread reads the child's lines.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, after, never, select, tick, unbounded};
use rustix::process::{Pid, Signal, kill_process};
use tracing::{debug, info};

use super::CompareError;
use super::lines::{After, Story};
use super::table::Measurement;
use crate::log;
use crate::report::fold::timeline::Timeline;
use crate::report::wire::{Counts, Line};
use pool::escape::escape_text;
use pool::settings::Isolation;
use pool::worker_process::end_with_us;
use recipe::words::Word;

/// Between two looks at the memory.
const LOOK: Duration = Duration::from_millis(20);

/// The longest name of a folder in which sockets can still have a name (unix(7): 108 bytes in all).
const LONGEST: usize = 80;

/// What is run.
#[derive(Debug)]
pub(super) struct Setup {
    /// This program.
    pub(super) program: PathBuf,
    /// Inputs, filters and recipe, as `run` takes them.
    pub(super) what: Vec<OsString>,
    /// Where outputs may go.
    pub(super) scratch: PathBuf,
    /// The file that each run adds its log to.
    pub(super) log: Option<PathBuf>,
}

/// A mode with its number of workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mode {
    pub(super) isolation: Isolation,
    pub(super) workers: u16,
}

/// What was seen of a run.
#[derive(Debug)]
pub(super) struct Round {
    pub(super) sample: Measurement,
    pub(super) images: u64,
    pub(super) counts: Counts,
    pub(super) pixels: u64,
    pub(super) timeline: Timeline,
    pub(super) redone: u64,
    pub(super) after: After,
    /// Whether a worker was killed.
    pub(super) killed: bool,
    /// What it said on standard error.
    pub(super) said: String,
    pub(super) output: PathBuf,
}

impl Setup {
    /// Runs in `mode` into a new folder of that name. `kill`: a worker is killed in the middle of the run.
    pub(super) fn run(
        &self,
        mode: Mode,
        name: &str,
        kill: bool,
        signals: &Receiver<i32>,
    ) -> Result<Round, CompareError> {
        let output = self.scratch.join(name);
        let errors = self.scratch.join("errors");
        let mut command = self.command(mode, &output);
        command.stderr(File::create(&errors)?);
        let cpu_before = children_cpu_s();
        let start = Instant::now();
        let mut child = command.spawn()?;
        let followed = follow(&mut child, start, kill, signals);
        if followed.is_err() {
            // Twice: nothing new, and nothing more of what runs. Two of the same signal could be merged into
            // one.
            signal(&child, Signal::INT);
            signal(&child, Signal::TERM);
        }
        let status = child.wait()?;
        let wall = start.elapsed();
        info!(mode = mode.isolation.word(), workers = mode.workers, name, %status, ?wall, "a run has ended");
        let followed = followed?;
        let said = fs::read_to_string(&errors).unwrap_or_default();
        if !matches!(status.code(), Some(0 | 1)) {
            let said = said.lines().map(escape_text).collect::<Vec<_>>().join("\n");
            return Err(CompareError::Run { mode: mode.isolation.word(), code: status.code(), said });
        }
        let FollowedRun { story, startup, memory, killed, ended } = followed;
        let now = story.statistics.snapshot();
        let sample = Measurement {
            wall_s: wall.as_secs_f64(),
            cpu_s: children_cpu_s() - cpu_before,
            memory,
            startup_s: startup.unwrap_or(wall).as_secs_f64(),
        };
        Ok(Round {
            sample,
            images: now.images,
            counts: now.counts,
            pixels: now.pixels,
            timeline: story.statistics.timeline(ended),
            redone: now.redone,
            after: story.after,
            killed,
            said,
            output,
        })
    }

    fn command(&self, mode: Mode, output: &Path) -> Command {
        let mut command = Command::new(&self.program);
        // Without a file its log would go where its complaints are looked for.
        match &self.log {
            Some(log) => command.arg("run").arg("--log").arg(log),
            None => command.env_remove(log::LEVELS).arg("run"),
        };
        command.args(["--progress", "json", "--quiet", "--isolation", mode.isolation.word()]);
        command.arg("--workers").arg(mode.workers.to_string()).arg("--output").arg(output).args(&self.what);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        // What a kill leaves of its sockets goes with all else.
        if self.scratch.as_os_str().len() <= LONGEST {
            command.env("TMPDIR", &self.scratch);
        }
        end_with_us(&mut command);
        command
    }
}

impl Round {
    /// Millions of pixels of the images that became `ok`.
    pub(super) fn megapixels(&self) -> f64 {
        self.pixels as f64 / 1e6
    }
}

struct FollowedRun {
    story: Story,
    startup: Option<Duration>,
    memory: u64,
    killed: bool,
    /// When the last line was said, since the run's own start.
    ended: Duration,
}

/// Reads the child's lines to their end.
fn follow(
    child: &mut Child,
    start: Instant,
    kill: bool,
    signals: &Receiver<i32>,
) -> Result<FollowedRun, CompareError> {
    let lines = lines_of(child)?;
    let look = tick(LOOK);
    let (mut victim, mut due) = (0, never());
    let mut followed = FollowedRun {
        story: Story::default(),
        startup: None,
        memory: 0,
        killed: false,
        ended: Duration::ZERO,
    };
    loop {
        select! {
            recv(lines) -> line => {
                let Ok(text) = line else { return Ok(followed) };
                let line: Line = serde_json::from_str(&text).map_err(|error| {
                    debug!(%error, "a line could not be understood");
                    CompareError::Garbled(escape_text(&text))
                })?;
                followed.story.apply(&line);
                followed.ended = line.at();
                if followed.startup.is_none() && followed.story.statistics.snapshot().attempts > 0 {
                    followed.startup = Some(start.elapsed());
                }
                if kill && let Some((pid, wait)) = followed.story.victim(&line) {
                    victim = pid;
                    due = after(wait);
                }
            }
            recv(signals) -> signal => {
                if let Ok(signal) = signal {
                    return Err(CompareError::Signal(signal));
                }
            }
            recv(due) -> _ => followed.killed = kill_child_of(child.id(), victim),
            recv(look) -> _ => {
                let held = memory(std::iter::once(child.id()).chain(followed.story.pids()));
                followed.memory = followed.memory.max(held);
            }
        }
    }
}

/// The child's lines, as they come.
fn lines_of(child: &mut Child) -> io::Result<Receiver<String>> {
    let (sender, lines) = unbounded();
    if let Some(stdout) = child.stdout.take() {
        thread::Builder::new().name("lines".to_owned()).spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let Ok(line) = line else { break };
                if sender.send(line).is_err() {
                    break;
                }
            }
        })?;
    }
    Ok(lines)
}

fn signal(child: &Child, signal: Signal) {
    // It has not been waited for, so the number is still its own.
    let _ = kill_process(Pid::from_child(child), signal);
}

/// Kills a worker, provided that the number still belongs to a child of the run.
fn kill_child_of(parent: u32, pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // State and parent follow the name in parentheses, which may hold anything (proc_pid_stat(5)).
    let is_ours = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1))
        == Some(&*parent.to_string());
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    is_ours && pid.is_some_and(|pid| kill_process(pid, Signal::KILL).is_ok())
}

/// Bytes that processes hold together: what each has for itself, and once what they share, which is mostly
/// the program.
fn memory(pids: impl Iterator<Item = u32>) -> u64 {
    let page = rustix::param::page_size() as u64;
    let (mut own, mut shared) = (0, 0);
    for pid in pids {
        let statm = fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
        let field = |n| statm.split_whitespace().nth(n).and_then(|field| field.parse().ok()).unwrap_or(0u64);
        // Resident and, of that, shared, in pages (proc_pid_statm(5)).
        own += field(1).saturating_sub(field(2));
        shared = shared.max(field(2));
    }
    (own + shared) * page
}

/// Processor seconds of all children that have been waited for, and of theirs; in steps of a tick, mostly 10
/// ms.
fn children_cpu_s() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> =
        stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
    // `cutime` and `cstime`, the 16th and 17th field (proc_pid_stat(5)), of which two stand before this.
    let ticks = |n: usize| fields.get(n).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    (ticks(13) + ticks(14)) as f64 / rustix::param::clock_ticks_per_second() as f64
}

/// Whether two folders hold the same files with the same bytes; says the first that differs.
pub(super) fn difference(one: &Path, other: &Path) -> Result<Option<String>, CompareError> {
    let (ours, theirs) = (files(one), files(other));
    if ours != theirs {
        let odd = ours
            .iter()
            .find(|name| !theirs.contains(name))
            .or_else(|| theirs.iter().find(|name| !ours.contains(name)));
        return Ok(odd.map(|name| format!("{} is in one only", pool::escape::escape(name))));
    }
    for name in &ours {
        if fs::read(one.join(name))? != fs::read(other.join(name))? {
            return Ok(Some(pool::escape::escape(name)));
        }
    }
    Ok(None)
}

/// The outputs in a folder, without what the run keeps there for itself.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter();
    entries
        .filter_entry(|entry| entry.file_name() != pool::output_folder::STATE_FOLDER)
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .filter_map(|entry| entry.path().strip_prefix(folder).ok().map(Path::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_means_every_byte() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (dir.path().join("one"), dir.path().join("other"));
        for folder in [&one, &other] {
            fs::create_dir_all(folder.join("sub/.supervisor")).unwrap();
            fs::write(folder.join("sub/a"), "same").unwrap();
        }
        fs::write(one.join("sub/.supervisor/journal"), "ours").unwrap();
        assert_eq!(difference(&one, &other).unwrap(), None);
        fs::write(other.join("sub/a"), "sane").unwrap();
        assert_eq!(difference(&one, &other).unwrap().as_deref(), Some("sub/a"));
        fs::write(other.join("b"), "").unwrap();
        assert_eq!(difference(&one, &other).unwrap().as_deref(), Some("b is in one only"));
    }

    #[test]
    fn this_process_holds_memory_and_no_stranger_is_killed() {
        assert!(memory(std::iter::once(std::process::id())) > 100_000);
        assert!(children_cpu_s() >= 0.0);
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        assert!(!kill_child_of(1, child.id()), "it is no child of process 1");
        assert!(kill_child_of(std::process::id(), child.id()));
        assert!(!child.wait().unwrap().success());
    }
}
