//! A folder, a pool and workers that wait to be let on.

use std::fs::{self, File};
use std::path::PathBuf;

use pool::{Builder, ErrorKind, Job, JobFailure, JobHandle, ProcessPool, Processed};
use supervisor_tests::{executable, gate, ppm};
use tempfile::TempDir;

/// A folder with photos, and with the worker under a name of its own, by which its processes are told from
/// others'.
pub(crate) struct PoolWorld {
    folder: TempDir,
}

impl PoolWorld {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("in")).unwrap();
        std::os::unix::fs::symlink(executable("fault-worker"), folder.path().join("worker")).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn builder(&self) -> Builder {
        ProcessPool::builder()
            .inputs(self.path("in"))
            .output(self.path("out"))
            .worker_program(self.path("worker"))
            .workers(2)
    }

    pub(crate) fn pool(&self) -> ProcessPool {
        self.builder().build().unwrap()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path("in").join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// A job that works.
    pub(crate) fn good(&self, name: &str) -> Job<Processed> {
        Job::process(self.write(&format!("{name}.ppm"), ppm(16, 12)), format!("{name}.png"))
    }

    /// A job that breaks its worker as ordered.
    pub(crate) fn fault(&self, name: &str, order: &str) -> Job<Processed> {
        Job::process(self.write(&format!("{name}.ppm"), format!("FAULT:{order}")), format!("{name}.png"))
    }

    /// A job that works once its gate is opened.
    pub(crate) fn gated(&self, name: &str) -> (Job<Processed>, TestGate) {
        let fifo = self.path("in").join(format!("{name}.gate"));
        let photo = self.write(&format!("{name}.ppm"), gate::gated(&fifo));
        (Job::process(photo, format!("{name}.png")), TestGate(fifo))
    }

    pub(crate) fn has_output(&self, name: &str) -> bool {
        self.path("out").join(format!("{name}.png")).exists()
    }

    /// Nothing is left of any pool.
    pub(crate) fn assert_released(&self) {
        assert_eq!(self.workers(), 0, "a worker is left");
        assert!(!self.path("out/.supervisor/staging").exists(), "staging files are left");
        self.pool();
    }

    pub(crate) fn workers(&self) -> usize {
        let program = self.path("worker");
        let is_ours = |process: &fs::DirEntry| {
            let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
            line.split(|byte| *byte == 0).next() == Some(program.as_os_str().as_encoded_bytes())
        };
        fs::read_dir("/proc").unwrap().flatten().filter(is_ours).count()
    }
}

pub(crate) struct TestGate(PathBuf);

impl TestGate {
    /// Returns when a worker stands at the gate; it goes on when the file is dropped.
    pub(crate) fn reached(&self) -> File {
        gate::reached(&self.0).unwrap()
    }
}

pub(crate) fn kind(handle: &JobHandle<Processed>) -> ErrorKind {
    match handle.result() {
        Err(JobFailure::Failed(error)) => error.kind,
        Err(JobFailure::Quarantined(loss)) => loss.cause.kind(),
        other => panic!("{other:?}"),
    }
}

/// The process id of the worker that does a job.
pub(crate) fn pid(pool: &ProcessPool, world: &PoolWorld) -> u32 {
    match pool.submit(world.fault("pid", "pid")).unwrap().result() {
        Err(JobFailure::Failed(error)) => error.detail.strip_prefix("pid ").unwrap().parse().unwrap(),
        other => panic!("{other:?}"),
    }
}
