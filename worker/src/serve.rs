//! Serving one supervisor: handshake, then assign → process → finished, until told to stop.
//!
//! The main thread owns the receiving end of the conversation and only hands attempts on; each lane is a
//! thread that owns a [`Processor`] and works on one attempt at a time. A panic anywhere ends the process:
//! the supervisor knows which attempts were under way and tries them again elsewhere, which is more than a
//! half-broken worker could promise. (Libraries that panic at broken files are caught, see `panics`.)

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use ipc_channel::IpcError;
use ipc_channel::ipc::{self, IpcReceiver, IpcSender};
use protocol::PROTOCOL_VERSION;
use protocol::message::{FromWorker, Hello, ToWorker, WorkerConfig};
use protocol::{Attempt, ErrorKind, JobError, Lane, Stage, Task};

use crate::codec::Decode;
use crate::panics;
use crate::process::{Allowance, Processor};
use crate::sandbox::{self, Sandbox};

/// Why a worker could not serve.
#[derive(Debug, thiserror::Error)]
pub enum ConversationError {
    /// The supervisor's server is not there.
    #[error("cannot connect to the supervisor: {0}")]
    Connect(#[source] io::Error),
    /// The channels cannot be made or used.
    #[error("cannot talk to the supervisor: {0}")]
    Channel(#[from] IpcError),
    /// The channels cannot be made.
    #[error("cannot make a channel: {0}")]
    Open(#[source] io::Error),
    /// A lane's thread cannot be started.
    #[error("cannot start a thread: {0}")]
    Thread(#[source] io::Error),
    /// The supervisor broke the protocol.
    #[error("the supervisor sent {0}")]
    Protocol(&'static str),
}

/// What a lane's thread is told.
enum LaneOrder {
    /// Get ready, now that the sandbox is closed: read the files that the recipe names.
    Prepare,
    /// Work, with this much memory to begin with.
    Run(Attempt, Task, u64),
    /// There is room for what the lane asked for.
    Granted(Attempt),
}

/// One lane as the main thread sees it.
struct LaneHandle {
    orders: Sender<LaneOrder>,
    ready: Receiver<()>,
}

impl LaneHandle {
    /// Waits until the lane is ready for its next order.
    fn wait(&self) -> Result<(), ConversationError> {
        self.ready.recv().map_err(|_| lane_gone())
    }
}

/// Serves the supervisor whose one-shot server has this name, until it says stop or is gone. `decode` is what
/// turns the bytes of a file into pixels: [`crate::codec::decode`], or something that breaks on command
/// around it.
pub fn serve(name: &str, decode: Decode) -> Result<(), ConversationError> {
    let inherited = sandbox::inherited();
    die_of_any_panic();
    sandbox::keep_buffers();
    let (receiver, sender) = connect(name)?;
    let config = match receiver.recv() {
        Ok(ToWorker::Configure(config)) => Arc::new(*config),
        Ok(ToWorker::Stop) | Err(IpcError::Disconnected) => return Ok(()),
        Ok(ToWorker::Assign { .. } | ToWorker::Grant { .. }) => {
            return Err(ConversationError::Protocol("work before the configuration"));
        }
        Err(error) => return Err(error.into()),
    };

    // Landlock binds the calling thread and those it starts, so it comes before the lanes; the system-call
    // filter forbids starting threads, so it comes after them. No lane reads anything before it is told to
    // prepare.
    let sandbox = Sandbox::enter(&config.sandbox, config.lanes, inherited);
    let lanes = (0..config.lanes)
        .map(|lane| start_lane(Lane(lane), Arc::clone(&config), decode, sender.clone()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(ConversationError::Thread)?;
    // A thread that is still starting needs system calls that are about to be forbidden.
    lanes.iter().try_for_each(LaneHandle::wait)?;
    let report = sandbox.seal();
    for lane in &lanes {
        lane.orders.send(LaneOrder::Prepare).map_err(|_| lane_gone())?;
    }
    lanes.iter().try_for_each(LaneHandle::wait)?;
    sender.send(FromWorker::Ready { sandbox: report })?;

    loop {
        match receiver.recv() {
            Ok(ToWorker::Assign { lane, attempt, task, memory }) => {
                lane_of(&lanes, lane)?
                    .send(LaneOrder::Run(attempt, task, memory))
                    .map_err(|_| lane_gone())?;
            }
            Ok(ToWorker::Grant { lane, attempt }) => {
                lane_of(&lanes, lane)?.send(LaneOrder::Granted(attempt)).map_err(|_| lane_gone())?;
            }
            // Without a supervisor nobody wants the result of what still runs: leaving ends the lanes too.
            Ok(ToWorker::Stop) | Err(IpcError::Disconnected) => return Ok(()),
            Ok(ToWorker::Configure(_)) => return Err(ConversationError::Protocol("a second configuration")),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Connects, and gives the supervisor its ends of both channels. The worker makes them, so that nobody but
/// the two holds an end and the death of either is seen by the other.
fn connect(name: &str) -> Result<(IpcReceiver<ToWorker>, IpcSender<FromWorker>), ConversationError> {
    let server = IpcSender::<Hello>::connect(name.to_owned()).map_err(ConversationError::Connect)?;
    let (to_worker, receiver) = ipc::channel().map_err(ConversationError::Open)?;
    let (sender, from_worker) = ipc::channel().map_err(ConversationError::Open)?;
    let release = env!("CARGO_PKG_VERSION").to_owned();
    server.send(Hello { protocol: PROTOCOL_VERSION, release, to_worker, from_worker })?;
    Ok((receiver, sender))
}

fn start_lane(
    lane: Lane,
    config: Arc<WorkerConfig>,
    decode: Decode,
    supervisor: IpcSender<FromWorker>,
) -> io::Result<LaneHandle> {
    let (orders, inbox) = channel();
    let (announce, ready) = channel();
    thread::Builder::new()
        .name(format!("lane-{}", lane.0))
        .spawn(move || run_lane(lane, &config, decode, &supervisor, &inbox, &announce))?;
    Ok(LaneHandle { orders, ready })
}

fn lane_of(lanes: &[LaneHandle], lane: Lane) -> Result<&Sender<LaneOrder>, ConversationError> {
    let lane = lanes.get(usize::from(lane.0));
    Ok(&lane.ok_or(ConversationError::Protocol("an order for a lane there is not"))?.orders)
}

/// The life of a lane's thread. It ends when there is nobody left to answer to.
fn run_lane(
    lane: Lane,
    config: &WorkerConfig,
    decode: Decode,
    supervisor: &IpcSender<FromWorker>,
    inbox: &Receiver<LaneOrder>,
    ready: &Sender<()>,
) {
    if ready.send(()).is_err() {
        return;
    }
    let Ok(LaneOrder::Prepare) = inbox.recv() else { return };
    let mut processor = Processor::new(&config.recipe, &config.fonts, config.limits, decode);
    if ready.send(()).is_err() {
        return;
    }
    while let Ok(LaneOrder::Run(attempt, task, memory)) = inbox.recv() {
        let ask = |memory, more| match supervisor.send(FromWorker::Ask { lane, attempt, memory, more }) {
            Ok(()) if matches!(inbox.recv(), Ok(LaneOrder::Granted(granted)) if granted == attempt) => Ok(()),
            // Nobody will hear it: the supervisor is gone.
            Ok(()) | Err(_) => {
                Err(JobError::new(Stage::Decode, ErrorKind::OutOfMemory, "no memory was granted"))
            }
        };
        let outcome = processor.run(&task, &Allowance::new(memory, &ask));
        if supervisor.send(FromWorker::Finished { lane, attempt, outcome }).is_err() {
            return;
        }
    }
}

/// A lane ends when it cannot send to the supervisor any more, or is granted what it did not ask for.
fn lane_gone() -> ConversationError {
    ConversationError::Channel(IpcError::Disconnected)
}

/// Lets a panic on any thread end the process, after the usual message on stderr; unless it is one that is an
/// answer.
fn die_of_any_panic() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panics::are_caught() {
            return;
        }
        print(panic);
        std::process::abort();
    }));
}
