//! Worker processes: spawning, the handshake, the reader, killing and reaping.
//!
//! Owns the process handle and the sending end of the channel. [`spawn`] must be called from a thread that
//! lives as long as the run: the kernel ties the workers' parent-death signal to it. Each worker has two
//! threads of its own, one that reads its channel and one that reads its error output and waits for its end;
//! both only send [`WorkerReport`]s.

mod locate;
mod parent_death;
mod reader;
mod socket_folder;
mod trial;
mod waiter;

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;

use crossbeam_channel::Sender;
use ipc_channel::ipc::{IpcOneShotServer, IpcSender};
use protocol::job::{Attempt, Lane};
use protocol::message::{Hello, ToWorker, WorkerConfig};
use protocol::outcome::{Done, JobError};
use protocol::sandbox::SandboxMode;
use recipe::WirePath;
use rustix::process::{Pid, PidfdFlags, Resource, Rlimit, Signal};
use tracing::debug;

pub use locate::{LocateError, locate_worker};
pub use parent_death::end_with_us;
use reader::Reader;
pub use trial::try_worker;

use crate::oom_kills;
use engine::Event;
use engine::worker::WorkerId;

/// What every worker of a run is made from.
#[derive(Debug)]
pub struct Launch {
    /// An executable that speaks this version of the protocol.
    pub program: PathBuf,
    /// What it is told after its hello; the folder it may write to is added for each.
    pub config: WorkerConfig,
    /// Where each worker gets a folder of its own to write in; without it, workers write nothing.
    pub staging: Option<PathBuf>,
    /// A folder that we may write to, for sockets where there is no other for temporary files.
    pub spare: Option<PathBuf>,
}

/// The one folder that this worker may write in. No other worker can reach it: a photo that takes over its
/// worker cannot tamper with the outputs of others.
pub(crate) fn staging_folder(staging: &Path, id: WorkerId) -> PathBuf {
    staging.join(id.to_string())
}

/// What a worker's threads report.
#[derive(Debug)]
pub(crate) enum WorkerReport {
    /// The worker has connected: orders go here.
    Connected(WorkerId, IpcSender<ToWorker>),
    /// A lane has answered: what, the driver compares with what was asked.
    Finished {
        worker: WorkerId,
        lane: Lane,
        attempt: Attempt,
        outcome: Result<Done, JobError>,
        /// Bytes of data memory that the worker has now.
        held: u64,
    },
    /// Something else that the engine must know.
    Event(Event),
}

#[derive(Debug)]
pub(crate) struct WorkerProcess {
    pub(crate) id: WorkerId,
    pidfd: OwnedFd,
    pid: u32,
    /// Bytes of data memory that it limits itself to when it starts.
    most_memory: Option<u64>,
    orders: Option<IpcSender<ToWorker>>,
}

impl WorkerProcess {
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Opens the way for orders.
    pub(crate) fn connected(&mut self, orders: IpcSender<ToWorker>) {
        self.orders = Some(orders);
    }

    /// Sends an order. A worker that cannot be reached is dying, which its threads report: nothing is lost by
    /// ignoring it here.
    pub(crate) fn send(&self, order: ToWorker) {
        if let Some(orders) = &self.orders {
            let _ = orders.send(order);
        }
    }

    /// Sends SIGTERM to exactly this process: a pidfd cannot hit another that got the same number.
    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Sends SIGKILL to exactly this process.
    pub(crate) fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// One that is gone already needs none, and any other may always be sent one.
    fn signal(&self, signal: Signal) {
        if let Err(error) = rustix::process::pidfd_send_signal(&self.pidfd, signal) {
            debug!(worker = %self.id, ?signal, %error, "cannot be signalled");
        }
    }

    /// Sets how many bytes of data memory the process may have, up to what it was started with. One without
    /// resource limits keeps its freedom.
    pub(crate) fn limit_memory(&self, bytes: u64) {
        let Some(most) = self.most_memory else { return };
        let limit = Rlimit { current: Some(bytes.min(most)), maximum: Some(most) };
        // There is no way to name it by its pidfd. Its number could only be another's if all others had been
        // given out in the instant between its end and our hearing of it.
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        if let Err(error) = rustix::process::prlimit(pid, Resource::Data, limit) {
            debug!(worker = %self.id, %error, "cannot have its memory limited");
        }
    }
}

/// Why there is no worker.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SpawnError {
    /// Its staging folder cannot be made.
    #[error("{0}")]
    Staging(io::Error),
    /// The process cannot be made, or what belongs to it.
    #[error(transparent)]
    Process(#[from] io::Error),
}

/// Starts a worker. Its reports come to `reports`, ending with its `Exited` and its `StreamEnded`, in either
/// order.
pub(crate) fn spawn(
    launch: &Arc<Launch>,
    id: WorkerId,
    reports: &Sender<WorkerReport>,
) -> Result<WorkerProcess, SpawnError> {
    let mut config = launch.config.clone();
    if let Some(staging) = &launch.staging {
        let folder = staging_folder(staging, id);
        std::fs::create_dir(&folder).map_err(SpawnError::Staging)?;
        config.sandbox.writable.push(WirePath(folder));
    }
    oom_kills::watch();
    socket_folder::ensure(launch.spare.as_deref())?;
    let (server, name) = IpcOneShotServer::<Hello>::new().map_err(io::Error::other)?;
    let child = Owned(start(launch, &name)?);
    let pid = child.0.id();
    let pidfd = open_pidfd(pid)?;
    let most_memory = match launch.config.sandbox.mode {
        SandboxMode::Off => None,
        SandboxMode::Require | SandboxMode::Auto => launch.config.sandbox.memory,
    };
    let (launch, reports, to_waiter) = (Arc::clone(launch), reports.clone(), reports.clone());
    let named = |what: &str| thread::Builder::new().name(format!("{what}-{id}")).stack_size(256 << 10);
    named("waiter").spawn(move || waiter::wait(child, &name, id, &to_waiter))?;
    let worker = WorkerProcess { id, pidfd, pid, most_memory, orders: None };
    let reader = Reader { worker: id, pid, launch, reports };
    if let Err(error) = named("reader").spawn(move || reader.read(server, config)) {
        worker.kill();
        return Err(error.into());
    }
    Ok(worker)
}

/// A process that does not outlive its owner, and is waited for by it.
#[derive(Debug)]
struct Owned(Child);

impl Drop for Owned {
    fn drop(&mut self) {
        // Both do nothing once it has been waited for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn open_pidfd(pid: u32) -> io::Result<OwnedFd> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or(io::ErrorKind::InvalidData)?;
    Ok(rustix::process::pidfd_open(pid, PidfdFlags::empty())?)
}

fn start(launch: &Launch, server: &str) -> io::Result<Child> {
    let mut command = Command::new(&launch.program);
    command
        .args(["--connect", server])
        // Nothing of the user's surroundings reaches code that parses untrusted bytes.
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        // The terminal's Ctrl-C is for the supervisor to act upon.
        .process_group(0);
    parent_death::end_with_us(&mut command);
    let prepare = || {
        close_the_rest_on_exec();
        Ok(())
    };
    // SAFETY: between fork and exec only async-signal-safe functions may run. `prepare` makes one system call
    // (close_range) and neither allocates nor takes a lock.
    #[expect(unsafe_code, reason = "the only way to run code in the child before exec")]
    unsafe {
        command.pre_exec(prepare);
    }
    command.spawn()
}

/// Leaves the program that is executed next its standard descriptors alone, whatever the supervisor was
/// started with. A kernel before 5.11 cannot, which is no error here: the worker looks for itself and reports
/// what it was left.
fn close_the_rest_on_exec() {
    // SAFETY: the call only sets a flag on descriptors, each of which stays open and with its owner until the
    // exec.
    #[expect(unsafe_code, reason = "there is no safe way to it")]
    let _ = unsafe { libc::close_range(3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC.cast_signed()) };
}
