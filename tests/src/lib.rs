//! What the end-to-end tests share: the built executables, photos made on the spot, runs and their reports.

pub mod bombs;
pub mod escape;
pub mod gate;
pub mod xmp;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// A built executable; Cargo puts them one folder above the test executables.
pub fn executable(name: &str) -> PathBuf {
    let mut folder = std::env::current_exe().unwrap_or_default();
    folder.pop();
    if folder.ends_with("deps") {
        folder.pop();
    }
    let path = folder.join(name);
    assert!(
        path.is_file(),
        "{} is not built: run `cargo build --workspace --bins --tests --examples` first",
        path.display()
    );
    path
}

/// What a test runs: a temporary folder with `in/` and `out/`, and the options.
pub struct TestRun {
    /// Removed with everything in it when this is dropped.
    pub folder: TempDir,
    options: Vec<String>,
    worker: &'static str,
}

impl Default for TestRun {
    fn default() -> Self {
        Self::new()
    }
}

#[expect(clippy::expect_used, reason = "this library is part of the tests")]
impl TestRun {
    /// No photos yet, and two real workers.
    pub fn new() -> Self {
        Self::new_in(&std::env::temp_dir())
    }

    /// The same in this folder.
    pub fn new_in(folder: &Path) -> Self {
        let folder = tempfile::tempdir_in(folder).expect("a temporary folder");
        fs::create_dir(folder.path().join("in")).expect("the input folder");
        Self { folder, options: ["-j", "2"].map(String::from).to_vec(), worker: "worker" }
    }

    /// Takes workers that break on command.
    pub fn with_fault_worker(mut self) -> Self {
        self.worker = "fault-worker";
        self
    }

    /// Adds options.
    pub fn options(mut self, options: &[&str]) -> Self {
        self.options.extend(options.iter().map(|option| (*option).to_owned()));
        self
    }

    /// A path in the input folder.
    pub fn input(&self, name: &str) -> PathBuf {
        self.folder.path().join("in").join(name)
    }

    /// A path in the output folder.
    pub fn output(&self, name: &str) -> PathBuf {
        self.folder.path().join("out").join(name)
    }

    /// Every file in the output folder but the run's own, in order.
    pub fn outputs(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.output("")).expect("the output folder");
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.retain(|path| path.is_file());
        files.sort();
        files
    }

    /// Writes an input.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.input(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
        fs::write(&path, content).expect("the input");
        path
    }

    /// Writes `count` good photos, `good-000.ppm` and so on.
    pub fn write_good(&self, count: usize) {
        for n in 0..count {
            self.write(&format!("good-{n:03}.ppm"), ppm(32, 24));
        }
    }

    /// The command that runs it.
    pub fn command(&self) -> Command {
        let mut command = Command::new(executable("supervisor"));
        command
            .env("SUPERVISOR_WORKER", executable(self.worker))
            .arg("run")
            .arg(self.folder.path().join("in"))
            .arg("-o")
            .arg(self.folder.path().join("out"))
            .arg("--report")
            .arg(self.folder.path().join("report.json"))
            .args(&self.options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// The same command, run by a wrapper that takes program and arguments.
    pub fn command_within(&self, wrapper: &[&str]) -> Command {
        within(wrapper, &self.command())
    }

    /// Starts the run.
    pub fn start(&self) -> Child {
        self.command().spawn().expect("the supervisor starts")
    }

    /// Runs it to its end.
    pub fn run(&self) -> EndedRun {
        self.finish(self.start())
    }

    /// Waits for the end of a run and checks what must hold after each.
    pub fn finish(&self, child: Child) -> EndedRun {
        let output = child.wait_with_output().expect("the supervisor ends");
        assert_eq!(workers_using(self.folder.path()), Vec::<u32>::new(), "a worker is left");
        assert!(!self.output(".supervisor/staging").exists(), "staging files are left");
        let report = fs::read(self.folder.path().join("report.json"))
            .ok()
            .map(|bytes| serde_json::from_slice::<Value>(&bytes).expect("the report is JSON"));
        if let Some(report) = &report {
            check_counts(report);
        }
        EndedRun { output, report }
    }
}

/// A command run by a wrapper that takes program and arguments as its last arguments.
pub fn within(wrapper: &[&str], command: &Command) -> Command {
    let mut wrapped = Command::new(wrapper[0]);
    wrapped.args(&wrapper[1..]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        wrapped.env(name, value.unwrap_or_default());
    }
    wrapped.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    wrapped
}

/// A run that has ended.
pub struct EndedRun {
    /// Exit status and what it printed.
    pub output: Output,
    report: Option<Value>,
}

#[expect(clippy::expect_used, clippy::panic, reason = "this library is part of the tests")]
impl EndedRun {
    /// The exit code; -1 if a signal ended it.
    pub fn code(&self) -> i32 {
        self.output.status.code().unwrap_or(-1)
    }

    /// What it printed to either output, for messages and for looking something up.
    pub fn text(&self) -> String {
        let Output { stdout, stderr, .. } = &self.output;
        String::from_utf8_lossy(stdout).into_owned() + &String::from_utf8_lossy(stderr)
    }

    /// What was written with `--report`; panics without one.
    pub fn report(&self) -> &Value {
        match &self.report {
            Some(report) => report,
            None => panic!("there is no report; it said: {}", self.text()),
        }
    }

    /// A number among the totals.
    pub fn total(&self, name: &str) -> u64 {
        self.report()["totals"][name].as_u64().expect("a total")
    }

    /// What the report says of the input whose name ends so.
    pub fn image(&self, name: &str) -> &Value {
        let images = self.report()["images"].as_array().expect("images");
        let found =
            images.iter().find(|image| image["input"].as_str().is_some_and(|input| input.ends_with(name)));
        found.unwrap_or_else(|| panic!("{name} is not in the report: {images:#?}"))
    }

    /// Its verdict and kind, as `failed truncated`.
    pub fn verdict(&self, name: &str) -> String {
        let image = self.image(name);
        let word = |field: &str| image[field].as_str().unwrap_or_default().to_owned();
        format!("{} {}", word("verdict"), word("kind")).trim_end().to_owned()
    }
}

/// The promise of every report: the verdicts add up to the images, and so do the lists.
fn check_counts(report: &Value) {
    let totals = &report["totals"];
    let count = |name: &str| totals[name].as_u64().unwrap_or(u64::MAX / 8);
    let verdicts = ["ok", "skipped", "failed", "quarantined", "cancelled", "not_run"];
    let sum: u64 = verdicts.iter().map(|name| count(name)).sum();
    assert_eq!(sum, count("images"), "the counts add up: {totals}");
    let listed = report["images"].as_array().map_or(0, Vec::len) as u64;
    assert_eq!(listed, count("images"), "every image is listed");
}

/// Process ids of workers that were started for a run below this folder.
pub fn workers_using(folder: &Path) -> Vec<u32> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let supervisor_is_ours = |pid: &str| {
        fs::read(format!("/proc/{pid}/cmdline"))
            .is_ok_and(|line| String::from_utf8_lossy(&line).contains(&*folder.to_string_lossy()))
    };
    processes
        .filter_map(|process| process.ok()?.file_name().into_string().ok()?.parse::<u32>().ok())
        .filter(|pid| {
            let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            let parent = status.lines().find_map(|line| line.strip_prefix("PPid:\t")).unwrap_or("0");
            status.contains("worker\n") && supervisor_is_ours(parent)
        })
        .collect()
}

/// How long a waiting test leaves the core to others between two looks: what it waits for needs that core.
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);

/// Waits until something holds, for a minute at most: no machine is so slow that it takes longer.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::park_timeout(BETWEEN_LOOKS);
    }
}

/// A binary PPM with a gradient.
pub fn ppm(width: u32, height: u32) -> Vec<u8> {
    let mut file = format!("P6\n{width} {height}\n255\n").into_bytes();
    for y in 0..height {
        for x in 0..width {
            file.extend([(x * 255 / width) as u8, (y * 255 / height) as u8, 128]);
        }
    }
    file
}
