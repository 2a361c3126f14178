//! The built executable, spoken to as the supervisor does.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy excuses test functions, but not the helpers beside them"
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use ipc_channel::IpcError;
use ipc_channel::ipc::{IpcOneShotServer, IpcReceiver, IpcSender};
use protocol::PROTOCOL_VERSION;
use protocol::limits::Limits;
use protocol::message::{FromWorker, Hello, ToWorker, WorkerConfig};
use protocol::sandbox::{SandboxMode, SandboxReport, SandboxRequest};
use protocol::{Attempt, Done, ErrorKind, JobError, JobId, Lane, PlannedPhoto, StagingFile, Task};
use recipe::{Format, Recipe};
use tempfile::TempDir;

const WORKER: &str = env!("CARGO_BIN_EXE_worker");

/// A worker that runs, with the folders it may read and write.
struct Talking {
    child: Child,
    to_worker: IpcSender<ToWorker>,
    from_worker: IpcReceiver<FromWorker>,
    sandbox: SandboxReport,
    folder: TempDir,
}

impl Talking {
    fn start(lanes: u16, mode: SandboxMode) -> Talking {
        let folder = TempDir::new().unwrap();
        for name in ["input", "staging", "elsewhere"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let (server, name) = IpcOneShotServer::<Hello>::new().unwrap();
        let child = Command::new(WORKER).args(["--connect", &name]).spawn().unwrap();
        let (_, Hello { protocol, to_worker, from_worker, .. }) = server.accept().unwrap();
        assert_eq!(protocol, PROTOCOL_VERSION);
        let sandbox = SandboxRequest {
            mode,
            readable: vec![folder.path().join("input").into()],
            writable: vec![folder.path().join("staging").into()],
            memory: Some(1 << 30),
        };
        let limits = Limits {
            max_pixels: Limits::MAX_PIXELS,
            memory: 1 << 30,
            max_input_bytes: Limits::MAX_INPUT_BYTES,
        };
        let config = WorkerConfig { lanes, recipe: Recipe::default(), fonts: Vec::new(), limits, sandbox };
        to_worker.send(ToWorker::Configure(Box::new(config))).unwrap();
        let FromWorker::Ready { sandbox } = from_worker.recv().unwrap() else { panic!("not ready") };
        Talking { child, to_worker, from_worker, sandbox, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn assign(&self, lane: u16, job: u32, input: &Path, staging: &Path) {
        let staging = vec![StagingFile { path: staging.into(), format: Format::Png }];
        let task = Task::Process { input: input.into(), staging, planned: PlannedPhoto::default() };
        let attempt = Attempt { job: JobId(job), number: 1 };
        let memory = 1 << 20;
        self.to_worker.send(ToWorker::Assign { lane: Lane(lane), attempt, task, memory }).unwrap();
    }

    /// Runs one attempt on lane 0.
    fn run(&self, input: &Path, staging: &Path) -> Result<Done, JobError> {
        self.assign(0, 7, input, staging);
        let attempt = Attempt { job: JobId(7), number: 1 };
        match self.from_worker.recv().unwrap() {
            FromWorker::Finished { lane: Lane(0), attempt: finished, outcome } if finished == attempt => {
                outcome
            }
            other @ (FromWorker::Ready { .. } | FromWorker::Ask { .. } | FromWorker::Finished { .. }) => {
                panic!("{other:?}")
            }
        }
    }
}

/// A small picture that needs no encoder.
fn write_picture(path: &Path) {
    std::fs::write(path, b"P5\n2 2\n255\n\x01\x02\x03\x04").unwrap();
}

#[test]
fn jobs_are_done_one_after_the_other_until_stop() {
    let mut worker = Talking::start(1, SandboxMode::Auto);
    write_picture(&worker.path("input/a.pgm"));
    for name in ["staging/1", "staging/2"] {
        let done = worker.run(&worker.path("input/a.pgm"), &worker.path(name)).unwrap();
        let Done::Processed(processed) = done else { panic!("{done:?}") };
        let result = processed.results[0];
        assert_eq!((result.width, result.height, processed.pixels, processed.bytes_in), (2, 2, 4, 15));
        assert_eq!(result.bytes, std::fs::metadata(worker.path(name)).unwrap().len());
    }
    worker.to_worker.send(ToWorker::Stop).unwrap();
    assert!(worker.child.wait().unwrap().success());
    assert!(matches!(worker.from_worker.recv(), Err(IpcError::Disconnected)));
}

#[test]
fn a_lane_waits_for_the_memory_it_asked_for() {
    let worker = Talking::start(1, SandboxMode::Auto);
    let input = worker.path("input/large.pgm");
    std::fs::write(&input, [&b"P5\n2000 2000\n255\n"[..], &[7; 4_000_000]].concat()).unwrap();
    worker.assign(0, 7, &input, &worker.path("staging/1"));
    let attempt = Attempt { job: JobId(7), number: 1 };
    let mut asked = Vec::new();
    loop {
        match worker.from_worker.recv().unwrap() {
            FromWorker::Ask { lane, attempt: asks, memory, more } => {
                assert_eq!((lane, asks), (Lane(0), attempt));
                assert_eq!(more, asked.is_empty());
                asked.push(memory);
                worker.to_worker.send(ToWorker::Grant { lane, attempt }).unwrap();
            }
            FromWorker::Finished { outcome, .. } => break drop(outcome.unwrap()),
            FromWorker::Ready { .. } => panic!("ready twice"),
        }
    }
    assert!(asked.len() == 2 && asked[0] > 4_000_000 && asked[1] > asked[0], "{asked:?}");
}

#[test]
fn every_lane_answers() {
    let mut worker = Talking::start(3, SandboxMode::Auto);
    write_picture(&worker.path("input/a.pgm"));
    for lane in 0..3 {
        let staging = worker.path(&format!("staging/{lane}"));
        worker.assign(lane, u32::from(lane), &worker.path("input/a.pgm"), &staging);
    }
    let mut finished = Vec::new();
    while finished.len() < 3 {
        match worker.from_worker.recv().unwrap() {
            FromWorker::Finished { lane, attempt, outcome } => {
                assert_eq!(u32::from(lane.0), attempt.job.0);
                outcome.unwrap();
                finished.push(lane.0);
            }
            other @ (FromWorker::Ready { .. } | FromWorker::Ask { .. }) => panic!("{other:?}"),
        }
    }
    finished.sort_unstable();
    assert_eq!(finished, [0, 1, 2]);
    worker.to_worker.send(ToWorker::Stop).unwrap();
    assert!(worker.child.wait().unwrap().success());
}

#[test]
fn a_worker_leaves_with_its_supervisor() {
    let Talking { mut child, to_worker, from_worker, folder: _folder, .. } =
        Talking::start(1, SandboxMode::Auto);
    drop((to_worker, from_worker));
    assert!(child.wait().unwrap().success());
}

#[test]
fn the_sandbox_keeps_files_out_of_reach() {
    let mut worker = Talking::start(2, SandboxMode::Auto);
    for name in ["input/a.pgm", "elsewhere/a.pgm"] {
        write_picture(&worker.path(name));
    }
    let kind = |input: &str, staging: &str| {
        worker.run(&worker.path(input), &worker.path(staging)).map(|_| ()).map_err(|error| error.kind)
    };
    assert_eq!(kind("input/a.pgm", "staging/a"), Ok(()));
    let restricted = worker.sandbox.landlock.is_some();
    let (read, write) = if restricted {
        (Err(ErrorKind::Unreadable), Err(ErrorKind::WriteFailed))
    } else {
        // Where the kernel has no Landlock, that must at least be said.
        assert!(
            worker.sandbox.missing.iter().any(|what| what.starts_with("landlock")),
            "{:?}",
            worker.sandbox
        );
        (Ok(()), Ok(()))
    };
    assert_eq!(kind("elsewhere/a.pgm", "staging/b"), read);
    assert_eq!(kind("input/a.pgm", "elsewhere/c"), write);
    // The kernel's own word on the system-call filter, for every thread.
    for task in std::fs::read_dir(format!("/proc/{}/task", worker.child.id())).unwrap() {
        let status = std::fs::read_to_string(task.unwrap().path().join("status")).unwrap();
        assert_eq!(status.contains("Seccomp:\t2"), worker.sandbox.seccomp, "{status}");
    }
    worker.to_worker.send(ToWorker::Stop).unwrap();
    assert!(worker.child.wait().unwrap().success());
}

#[test]
fn without_a_sandbox_nothing_is_in_force_and_nothing_is_missing() {
    let mut worker = Talking::start(1, SandboxMode::Off);
    assert_eq!(worker.sandbox, SandboxReport::default());
    worker.to_worker.send(ToWorker::Stop).unwrap();
    assert!(worker.child.wait().unwrap().success());
}

#[test]
fn nobody_starts_it_by_hand() {
    let run = |arguments: &[&str]| Command::new(WORKER).args(arguments).output().unwrap();
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("started by `supervisor`"));
    let version = String::from_utf8(run(&["--version"]).stdout).unwrap();
    assert_eq!(version, format!("worker {} (protocol {PROTOCOL_VERSION})\n", env!("CARGO_PKG_VERSION")));
}
