//! The driver: waits for events, gives them to the engine and carries out what it orders. What becomes of a
//! job is never its decision.
//!
//! Owns the engine, the worker processes and the staging names of one run. [`drive`] runs on one thread,
//! which must live as long as the run (see [`crate::worker_process::spawn`]). Whatever is wanted of a run,
//! from the first job to the last stop, comes through one channel of [`Command`]s.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, never, select, unbounded};
use protocol::job::{Attempt, JobId, StagingFile, Task};
use protocol::message::ToWorker;
use protocol::outcome::{Done, JobError, PerStage, Probed, Processed};
use recipe::WirePath;

use crate::commit::{Commit, Committed, PlannedResult, Publisher, ReadyResult};
use crate::order::{Command, Observer, RunOrder, TimeTaken, Work};
use crate::run_log::RunLog;
use crate::worker_process::{self, Launch, SpawnError, WorkerProcess, WorkerReport};
use engine::run_event::{RunEvent, WorkerChange};
use engine::worker::WorkerId;
use engine::{Effect, Ending, Engine, Event, LaneEvent, Order, WorkerEvent};

/// What is said of a photo without a date whose output's file was to get that time.
const NO_DATE: &str = "it does not say when it was taken, or gives an impossible date: the result has the \
                       time of the photo's file";

/// Obeys commands until the run has ended, and says how it did.
pub fn drive(
    order: RunOrder,
    commands: &Receiver<Command>,
    observer: &mut dyn Observer,
) -> io::Result<Ending> {
    let (reports_sender, reports) = unbounded();
    let log = RunLog::begin(&order);
    let (publisher, committed) = match order.destination {
        Some(destination) => {
            let (publisher, committed) = log.in_scope(|| Publisher::start(destination))?;
            (Some(publisher), committed)
        }
        None => (None, never()),
    };
    let mut driver = Driver {
        engine: Engine::new(order.policy),
        launch: Arc::new(order.launch),
        work: HashMap::new(),
        assigned: HashMap::new(),
        workers: HashMap::new(),
        reports: reports_sender,
        publisher,
        publishing: 0,
        time_taken: order.time_taken,
        start: Instant::now(),
        log,
        observer,
    };
    let ending = driver.wait_and_tell(commands, &reports, &committed);
    // What was submitted before the stop was known gets its verdict, too.
    if ending != Ending::Complete {
        commands.try_iter().for_each(|command| driver.obey(command));
    }
    driver.log.end(&ending);
    Ok(ending)
}

struct Driver<'a> {
    engine: Engine,
    launch: Arc<Launch>,
    work: HashMap<JobId, Work>,
    /// The worker that tries a job, or did so last: its folder holds the staging file.
    assigned: HashMap<JobId, WorkerId>,
    workers: HashMap<u16, WorkerProcess>,
    reports: Sender<WorkerReport>,
    /// Where there is anything to publish.
    publisher: Option<Publisher>,
    /// Files that it has got and not answered for.
    publishing: usize,
    /// What makes the time of a photo that of its output's file.
    time_taken: Option<TimeTaken>,
    start: Instant,
    log: RunLog,
    observer: &'a mut dyn Observer,
}

impl Driver<'_> {
    fn wait_and_tell(
        &mut self,
        commands: &Receiver<Command>,
        reports: &Receiver<WorkerReport>,
        committed: &Receiver<Committed>,
    ) -> Ending {
        let (mut commands, mut committed) = (commands.clone(), committed.clone());
        loop {
            if let Some(ending) = self.engine.ending() {
                return ending;
            }
            let timeout = self.engine.next_deadline().map_or(never(), crossbeam_channel::at);
            // Whoever is ready gets a fair share: neither a flood of jobs nor one of answers keeps the other
            // waiting.
            select! {
                recv(commands) -> command => match command {
                    Ok(command) => self.obey(command),
                    Err(_) => {
                        commands = never();
                        self.obey(Command::Close);
                    }
                },
                recv(committed) -> result => match result {
                    Ok(Committed { job, result }) => {
                        self.publishing -= 1;
                        self.tell(Event::Committed { job, result });
                    }
                    Err(_) => committed = never(),
                },
                recv(reports) -> report => match report {
                    Ok(WorkerReport::Connected(id, orders)) => {
                        if let Some(worker) = self.worker(id) {
                            worker.connected(orders);
                        }
                    }
                    Ok(WorkerReport::Finished { worker, lane, attempt, outcome, held }) => {
                        let event = match self.as_asked(worker, attempt.job, outcome) {
                            Some(outcome) => LaneEvent::Finished { outcome, held }.of(worker, lane, attempt),
                            None => {
                                let reason = "it answered a question that was not asked".to_owned();
                                WorkerEvent::Garbled { reason }.of(worker)
                            }
                        };
                        self.tell(event);
                    }
                    Ok(WorkerReport::Event(event)) => self.tell(event),
                    Err(_) => {}
                },
                recv(timeout) -> _ => self.tell(Event::Tick),
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Submit { job, work } => {
                self.work.insert(job, work);
                self.tell(Event::Order(Order::Submit { job, settled: None }));
            }
            Command::Settle { job, verdict } => {
                self.tell(Event::Order(Order::Submit { job, settled: Some(verdict) }))
            }
            Command::Cancel { job, decided } => {
                self.tell(Event::Order(Order::Cancel { job }));
                drop(decided);
            }
            Command::Close => self.tell(Event::Order(Order::Close)),
            Command::Pause => self.tell(Event::Order(Order::Pause)),
            Command::Resume => self.tell(Event::Order(Order::Resume)),
            Command::Stop { kill, reason } => self.tell(Event::Order(Order::Stop { kill, reason })),
        }
    }

    /// Gives the engine an event and carries out the effects; what these lead to at once is told in turn.
    fn tell(&mut self, event: Event) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            self.log.heard(&event, &self.work);
            for effect in self.engine.handle(Instant::now(), event) {
                events.extend(self.carry_out(effect));
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) -> Option<Event> {
        self.log.ordered(&effect, &self.work);
        match effect {
            Effect::Spawn(id) => return Some(self.spawn(id)),
            Effect::Assign { worker, lane, attempt, memory } => {
                self.assigned.insert(attempt.job, worker);
                if let Some(task) = self.task(attempt)
                    && let Some(worker) = self.worker(worker)
                {
                    worker.send(ToWorker::Assign { lane, attempt, task, memory });
                }
            }
            Effect::Grant { worker, lane, attempt } => {
                if let Some(worker) = self.worker(worker) {
                    worker.send(ToWorker::Grant { lane, attempt });
                }
            }
            Effect::LimitMemory { worker, bytes } => {
                if let Some(worker) = self.worker(worker) {
                    worker.limit_memory(bytes);
                }
            }
            Effect::Terminate(id) => {
                if let Some(worker) = self.worker(id) {
                    worker.terminate();
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
            Effect::Commit { attempt, checksums } => return self.commit(attempt, checksums),
            // Usually there are no such files; one that cannot be removed is swept at the end of the run.
            Effect::Discard(attempt) => {
                for file in self.staging_files(attempt) {
                    let _ = std::fs::remove_file(file);
                }
            }
            Effect::Emit(event) => {
                match &event {
                    RunEvent::Worker { worker, change: WorkerChange::Gone { .. } } => self.forget(*worker),
                    RunEvent::Settled { job, .. } => {
                        self.work.remove(job);
                        if let Some(worker) = self.assigned.remove(job) {
                            self.remove_folder_of(worker);
                        }
                    }
                    RunEvent::Worker { .. } | RunEvent::Attempt { .. } | RunEvent::Run(_) => {}
                }
                self.observer.told(self.start.elapsed(), &event);
            }
        }
        None
    }

    fn spawn(&mut self, id: WorkerId) -> Event {
        match worker_process::spawn(&self.launch, id, &self.reports) {
            Ok(worker) => {
                let pid = worker.pid();
                self.workers.insert(id.slot, worker);
                WorkerEvent::Spawned { pid }.of(id)
            }
            Err(SpawnError::Staging(error)) => WorkerEvent::NoStaging { reason: error.to_string() }.of(id),
            Err(SpawnError::Process(error)) => {
                self.remove_folder_of(id);
                WorkerEvent::SpawnFailed { reason: error.to_string() }.of(id)
            }
        }
    }

    fn worker(&mut self, id: WorkerId) -> Option<&mut WorkerProcess> {
        self.workers.get_mut(&id.slot).filter(|worker| worker.id == id)
    }

    fn forget(&mut self, id: WorkerId) {
        self.workers.remove(&id.slot);
        self.remove_folder_of(id);
    }

    /// Removes the folder of a worker that is gone, unless it still holds an output to publish.
    fn remove_folder_of(&mut self, id: WorkerId) {
        if self.worker(id).is_none()
            && let Some(staging) = &self.launch.staging
        {
            // One that holds an output goes later; what is left is swept at the end of the run.
            let _ = std::fs::remove_dir(worker_process::staging_folder(staging, id));
        }
    }

    /// Named after the attempt, never after the photo: any name works, and no two attempts share one. There
    /// is one for each result.
    fn staging_files(&self, attempt: Attempt) -> Vec<PathBuf> {
        let (staging, worker) = (self.launch.staging.as_ref(), self.assigned.get(&attempt.job));
        let (Some(staging), Some(worker), Some(Work::Process { results, .. })) =
            (staging, worker, self.work.get(&attempt.job))
        else {
            return Vec::new();
        };
        let folder = worker_process::staging_folder(staging, *worker);
        let Attempt { job, number } = attempt;
        (0..results.len()).map(|result| folder.join(format!("{job}.{number}.{result}"))).collect()
    }

    fn task(&self, attempt: Attempt) -> Option<Task> {
        Some(match self.work.get(&attempt.job)? {
            Work::Process { input, results, planned, .. } => {
                let files = self.staging_files(attempt).into_iter().zip(results);
                let file = |(path, result): (PathBuf, &PlannedResult)| StagingFile {
                    path: WirePath(path),
                    format: result.format,
                };
                let (input, staging) = (WirePath(input.clone()), files.map(file).collect());
                Task::Process { input, staging, planned: planned.clone() }
            }
            Work::Probe { input, sidecars } => Task::Probe {
                input: WirePath(input.clone()),
                sidecars: sidecars.iter().cloned().map(WirePath).collect(),
            },
            Work::Check => Task::Check,
        })
    }

    /// The answer as the engine takes it, `None` if it is not one to what was asked. A header is passed on;
    /// to the engine it is a photo like any other, with nothing to publish.
    fn as_asked(
        &mut self,
        worker: WorkerId,
        job: JobId,
        outcome: Result<Done, JobError>,
    ) -> Option<Result<Processed, JobError>> {
        match (outcome, self.work.get_mut(&job)) {
            (Err(error), _) => Some(Err(error)),
            // The engine knows what to think of an answer about a job that is over.
            (Ok(Done::Processed(processed)), None) => Some(Ok(processed)),
            (Ok(Done::Processed(mut processed)), Some(Work::Process { results, modified, .. })) => {
                if processed.results.len() != results.len() {
                    return None;
                }
                if let Some(time_taken) = self.time_taken {
                    match processed.taken.as_ref().and_then(time_taken) {
                        Some(time) => *modified = Some(time),
                        None => processed.warnings.push(NO_DATE.to_owned()),
                    }
                }
                Some(Ok(processed))
            }
            (Ok(Done::Probed(probed)), Some(Work::Probe { .. })) => {
                let Probed { width, height, .. } = *probed;
                if self.worker(worker).is_some() {
                    self.observer.probed(job, *probed);
                }
                Some(Ok(nothing_made(u64::from(width) * u64::from(height))))
            }
            (Ok(Done::Checked), Some(Work::Check)) => Some(Ok(nothing_made(0))),
            (Ok(Done::Processed(_)), Some(Work::Probe { .. } | Work::Check))
            | (Ok(Done::Probed(_)), Some(Work::Process { .. } | Work::Check) | None)
            | (Ok(Done::Checked), Some(Work::Process { .. } | Work::Probe { .. }) | None) => None,
        }
    }

    /// Hands the staging files on to be published; the answer comes later, or at once where there is nothing
    /// to publish.
    fn commit(&mut self, attempt: Attempt, checksums: Vec<u32>) -> Option<Event> {
        let job = attempt.job;
        match self.work.get(&job)? {
            Work::Probe { .. } | Work::Check => Some(Event::Committed { job, result: Ok(()) }),
            Work::Process { input, results, seen, modified, planned: _ } => {
                let (input, modified) = ((input.clone(), *seen), *modified);
                let made = self.staging_files(attempt).into_iter().zip(checksums);
                let place =
                    |(planned, (staging, checksum))| ReadyResult { planned, staging, modified, checksum };
                let results = results.iter().cloned().zip(made).map(place).collect();
                // Whoever waits for the last few results should have them at once.
                let lanes = self.workers.len() * usize::from(self.launch.config.lanes);
                let others_follow = self.work.len().saturating_sub(self.publishing) > 4 * lanes;
                let publisher = self.publisher.as_ref()?;
                self.publishing += 1;
                publisher.publish(Commit { job, input, results, others_follow });
                None
            }
        }
    }
}

/// What the engine is told of an answer with nothing to publish, about a photo of so many pixels.
fn nothing_made(pixels: u64) -> Processed {
    Processed {
        results: Vec::new(),
        pixels,
        bytes_in: 0,
        timings: PerStage::default(),
        warnings: Vec::new(),
        taken: None,
    }
}
