//! The driver: waits for events, gives them to the engine and carries out what it orders. It decides nothing.
//!
//! Owns the engine, the worker processes and the staging names of one run. [`drive`] runs on one thread, which must live as
//! long as the run (see [`crate::worker_process::spawn`]).

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, never, select_biased, unbounded};
use protocol::WirePath;
use protocol::format::Format;
use protocol::job::{Attempt, JobId, Task};
use protocol::message::ToWorker;
use protocol::outcome::{Done, Probed, Processed, Timings};

use crate::commit::{self, Commit, Committed};
use crate::engine::{Effect, Ending, Engine, Event, Policy};
use crate::run_event::RunEvent;
use crate::verdict::{Verdict, WorkerId};
use crate::worker_process::{self, Launch, Report, WorkerProcess};

/// What the driver needs to know of a job.
#[derive(Debug, Clone)]
pub enum Work {
    /// The whole way.
    Process {
        /// The file to read.
        input: PathBuf,
        /// The final name.
        output: PathBuf,
        /// The format to write.
        format: Format,
        /// Whether a file that stands there may be replaced.
        replace: bool,
    },
    /// Only the header; the answer is among [`Driven::probed`].
    Probe {
        /// The file to read.
        input: PathBuf,
    },
}

/// What came of a run beside its events.
#[derive(Debug)]
pub struct Driven {
    /// How it ended.
    pub ending: Ending,
    /// The answers to [`Work::Probe`].
    pub probed: HashMap<JobId, Probed>,
}

/// One run, as the driver needs it.
#[derive(Debug)]
pub struct Order {
    /// How the pool behaves.
    pub policy: Policy,
    /// What workers are made from.
    pub launch: Launch,
    /// Jobs to do, the first to be started first.
    pub work: Vec<(JobId, Work)>,
    /// Jobs whose verdict is known.
    pub settled: Vec<(JobId, Verdict)>,
}

/// A wish to stop, from a signal.
#[derive(Debug, Clone)]
pub struct StopRequest {
    /// Whether what runs is killed too.
    pub kill: bool,
    /// Why, for people.
    pub reason: String,
}

/// Runs everything to its end. `observe` is told each fact, with the time since the start.
pub fn drive(
    order: Order,
    stops: &Receiver<StopRequest>,
    observe: &mut dyn FnMut(Duration, &RunEvent),
) -> io::Result<Driven> {
    let (reports_sender, reports) = unbounded();
    let (commits, committed) = commit::start()?;
    let mut driver = Driver {
        engine: Engine::new(order.policy),
        launch: Arc::new(order.launch),
        work: order.work.iter().cloned().collect(),
        assigned: HashMap::new(),
        workers: HashMap::new(),
        reports: reports_sender,
        commits,
        probed: HashMap::new(),
        start: Instant::now(),
        observe,
    };
    for (job, verdict) in order.settled {
        driver.tell(Event::Submit { job, settled: Some(verdict) });
    }
    for (job, _) in order.work {
        driver.tell(Event::Submit { job, settled: None });
    }
    driver.tell(Event::Close);
    let ending = driver.wait_and_tell(&reports, &committed, stops);
    Ok(Driven { ending, probed: driver.probed })
}

struct Driver<'a> {
    engine: Engine,
    launch: Arc<Launch>,
    work: HashMap<JobId, Work>,
    /// The worker that tries a job, or did so last: its folder holds the staging file.
    assigned: HashMap<JobId, WorkerId>,
    workers: HashMap<u16, WorkerProcess>,
    reports: Sender<Report>,
    commits: Sender<Commit>,
    probed: HashMap<JobId, Probed>,
    start: Instant,
    observe: &'a mut dyn FnMut(Duration, &RunEvent),
}

impl Driver<'_> {
    fn wait_and_tell(
        &mut self,
        reports: &Receiver<Report>,
        committed: &Receiver<Committed>,
        stops: &Receiver<StopRequest>,
    ) -> Ending {
        let mut stops = stops.clone();
        loop {
            if let Some(ending) = self.engine.ending() {
                return ending;
            }
            let timeout = self.engine.next_deadline().map_or(never(), crossbeam_channel::at);
            select_biased! {
                recv(stops) -> request => match request {
                    Ok(StopRequest { kill, reason }) => self.tell(Event::Stop { kill, reason }),
                    Err(_) => stops = never(),
                },
                recv(committed) -> result => {
                    if let Ok(Committed { job, result }) = result {
                        self.tell(Event::Committed { job, result });
                    }
                },
                recv(reports) -> report => match report {
                    Ok(Report::Connected(id, orders)) => {
                        if let Some(worker) = self.worker(id) {
                            worker.connected(orders);
                        }
                    }
                    Ok(Report::Event(event)) => {
                        let event = self.keep_probed(event);
                        self.tell(event);
                    }
                    Err(_) => {}
                },
                recv(timeout) -> _ => self.tell(Event::Tick),
            }
        }
    }

    /// Gives the engine an event and carries out the effects; what these lead to at once is told in turn.
    fn tell(&mut self, event: Event) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            for effect in self.engine.handle(Instant::now(), event) {
                events.extend(self.carry_out(effect));
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::Spawn(id) => return Some(self.spawn(id)),
            Effect::Assign { worker, lane, attempt } => {
                self.assigned.insert(attempt.job, worker);
                if let Some(task) = self.task(attempt)
                    && let Some(worker) = self.worker(worker)
                {
                    worker.send(ToWorker::Assign { lane, attempt, task });
                }
            }
            Effect::StopWorker(id) => {
                if let Some(worker) = self.worker(id) {
                    worker.send(ToWorker::Stop);
                }
            }
            Effect::Kill(id) => {
                if let Some(worker) = self.worker(id) {
                    worker.kill();
                }
            }
            Effect::Commit(attempt) => return self.commit(attempt),
            // Usually there is no such file; one that cannot be removed is swept at the end of the run.
            Effect::Discard(attempt) => {
                if let Some(file) = self.staging_file(attempt) {
                    let _ = std::fs::remove_file(file);
                }
            }
            Effect::Emit(event) => {
                match &event {
                    RunEvent::WorkerGone { worker, .. } => self.forget(*worker),
                    RunEvent::Settled { job, .. } => {
                        self.work.remove(job);
                        self.assigned.remove(job);
                    }
                    RunEvent::WorkerSpawned { .. }
                    | RunEvent::WorkerReady { .. }
                    | RunEvent::Assigned { .. }
                    | RunEvent::Answered { .. }
                    | RunEvent::AttemptLost { .. }
                    | RunEvent::Stopping { .. } => {}
                }
                (self.observe)(self.start.elapsed(), &event);
            }
        }
        None
    }

    fn spawn(&mut self, id: WorkerId) -> Event {
        match worker_process::spawn(&self.launch, id, &self.reports) {
            Ok(worker) => {
                let pid = worker.pid();
                self.workers.insert(id.slot, worker);
                Event::Spawned { worker: id, pid }
            }
            Err(error) => Event::SpawnFailed { worker: id, reason: error.to_string() },
        }
    }

    fn worker(&mut self, id: WorkerId) -> Option<&mut WorkerProcess> {
        self.workers.get_mut(&id.slot).filter(|worker| worker.id == id)
    }

    /// Its folder goes with it, unless it still holds an output to publish; the end of the run sweeps that.
    fn forget(&mut self, id: WorkerId) {
        self.workers.remove(&id.slot);
        if let Some(staging) = &self.launch.staging {
            let _ = std::fs::remove_dir(worker_process::staging_folder(staging, id));
        }
    }

    /// Named after the attempt, never after the picture: any name works, and no two attempts share one.
    fn staging_file(&self, attempt: Attempt) -> Option<PathBuf> {
        let staging = self.launch.staging.as_ref()?;
        let worker = self.assigned.get(&attempt.job)?;
        let name = format!("{}.{}", attempt.job, attempt.number);
        Some(worker_process::staging_folder(staging, *worker).join(name))
    }

    fn task(&self, attempt: Attempt) -> Option<Task> {
        Some(match self.work.get(&attempt.job)? {
            Work::Process { input, format, .. } => Task::Process {
                input: WirePath(input.clone()),
                staging: WirePath(self.staging_file(attempt)?),
                format: *format,
            },
            Work::Probe { input } => Task::Probe { input: WirePath(input.clone()) },
        })
    }

    /// Keeps the answer to a probe that was asked for; to the engine it is a picture like any other, with nothing to publish.
    fn keep_probed(&mut self, event: Event) -> Event {
        let Event::Finished { worker, lane, attempt, outcome: Ok(Done::Probed(probed)) } = event else {
            return event;
        };
        let outcome = match self.work.get(&attempt.job) {
            Some(Work::Probe { .. }) => {
                let Probed { width, height, .. } = probed;
                let pixels = u64::from(width) * u64::from(height);
                self.probed.insert(attempt.job, probed);
                let (timings, warnings) = (Timings::default(), Vec::new());
                Done::Processed(Processed {
                    width,
                    height,
                    pixels,
                    bytes_in: 0,
                    bytes_out: 0,
                    timings,
                    warnings,
                })
            }
            Some(Work::Process { .. }) | None => Done::Probed(probed),
        };
        Event::Finished { worker, lane, attempt, outcome: Ok(outcome) }
    }

    /// Hands the staging file on to be published; the answer comes later, or at once where there is nothing to publish.
    fn commit(&mut self, attempt: Attempt) -> Option<Event> {
        let job = attempt.job;
        match self.work.get(&job)? {
            Work::Probe { .. } => Some(Event::Committed { job, result: Ok(()) }),
            Work::Process { output, replace, .. } => {
                let staging = self.staging_file(attempt)?;
                // The threads live as long as the sender.
                let _ = self.commits.send(Commit { job, staging, output: output.clone(), replace: *replace });
                None
            }
        }
    }
}
