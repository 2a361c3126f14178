//! All batches and the feed of what happens to them, behind one mutex: a snapshot and the number of the last
//! event always go together.
//!
//! Whoever tells something (the thread that runs batches, requests) holds the mutex for moments and waits for
//! no client. Clients wait on [`Board::head`] and then ask for what they have missed.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};
use tokio::sync::watch;

use super::batch::{Batch, BatchStage, Results, ending_of};
use super::feed::{Missed, Ring};
use super::messages::Problem;
use super::roots::Roots;
use crate::batch::finished::FinishedRun;
use crate::plan::{Plan, PlannedJob};
use crate::report::wire::answer::{ImageRow, Images};
use crate::report::wire::event::ImagePlace;
use crate::report::wire::feed::{BatchEnding, BatchNews, BatchState, Ended, Snapshot, Sums};
use crate::report::wire::request::{BatchOrder, Only};
use crate::report::wire::{Image, WireEvent, seconds};
use crate::report::{SharedStatistics, Statistics};
use engine::run_event::RunEvent;
use pool::lock::lock;
use pool::order::Command;

/// Batches that may wait.
const WAITING: usize = 32;
/// Ended batches that are kept.
const ENDED: usize = 16;

/// The batches and the feed.
#[derive(Debug)]
pub(super) struct Board {
    state: Mutex<BoardState>,
    head: watch::Sender<u64>,
    /// Names this start of the server: numbers of events mean nothing in another.
    pub(super) epoch: String,
    roots: Arc<Roots>,
    /// The batches in their order, for the thread that runs them.
    turns: Receiver<u64>,
}

#[derive(Debug)]
struct BoardState {
    batches: BTreeMap<u64, Batch>,
    last_id: u64,
    ring: Ring,
    /// `None` once the server is about to end.
    queue: Option<Sender<u64>>,
}

impl Board {
    pub(super) fn new(epoch: String, roots: Arc<Roots>) -> Board {
        let (queue, turns) = unbounded();
        let state =
            BoardState { batches: BTreeMap::new(), last_id: 0, ring: Ring::default(), queue: Some(queue) };
        Board { state: Mutex::new(state), head: watch::Sender::new(0), epoch, roots, turns }
    }

    /// Changes whenever there is something new.
    pub(super) fn head(&self) -> watch::Receiver<u64> {
        self.head.subscribe()
    }

    /// What a client has missed.
    pub(super) fn since(&self, after: u64, most: usize) -> Missed {
        self.lock().ring.since(after, most)
    }

    /// The number of the last event.
    pub(super) fn last(&self) -> u64 {
        self.lock().ring.last()
    }

    /// Everything, as texts that go into a message, with the number of the last event.
    pub(super) fn snapshot_texts(&self) -> (u64, Vec<Arc<str>>) {
        let state = self.lock();
        (state.ring.last(), state.batches.values().map(Batch::snapshot_text).collect())
    }

    /// Everything.
    pub(super) fn snapshot(&self) -> Snapshot {
        let state = self.lock();
        Snapshot { seq: state.ring.last(), batches: state.batches.values().map(Batch::snapshot).collect() }
    }

    /// One batch as in a snapshot.
    pub(super) fn batch(&self, id: u64) -> Option<BatchState> {
        self.lock().batches.get(&id).map(Batch::snapshot)
    }

    /// Queues a batch that was checked; gives its number, and how many run or wait before it.
    pub(super) fn queue(&self, order: BatchOrder) -> Result<(u64, usize), Problem> {
        self.enqueue(order, None)
    }

    /// Queues some images of a batch again: all of them, if it was over before its turn came.
    pub(super) fn retry(&self, id: u64, only: Only) -> Result<(u64, usize), Problem> {
        let (order, images) = {
            let state = self.lock();
            let batch = state.batches.get(&id).ok_or_else(|| unknown(id))?;
            if !batch.is_ended() {
                return Err(Problem::new(format!("batch {id} has not ended; wait for its end")));
            }
            let images = match (&batch.results, only) {
                (Some(results), only) => Some(results.inputs_of(only)),
                (None, Only::Unfinished) => batch.only.clone(),
                (None, Only::Failed) => Some(HashSet::new()),
            };
            (batch.order.clone(), images)
        };
        if images.as_ref().is_some_and(HashSet::is_empty) {
            return Err(Problem::new(match only {
                Only::Failed => format!("nothing failed in batch {id}"),
                Only::Unfinished => format!("nothing is left to do in batch {id}"),
            }));
        }
        self.enqueue(order, Some((id, images)))
    }

    fn enqueue(
        &self,
        order: BatchOrder,
        retry: Option<(u64, Option<HashSet<PathBuf>>)>,
    ) -> Result<(u64, usize), Problem> {
        let mut state = self.lock();
        let before = state.batches.values().filter(|batch| !batch.is_ended()).count();
        if before > WAITING {
            return Err(Problem::new(format!(
                "{WAITING} batches wait already; wait for one to end, or stop one"
            )));
        }
        let id = state.last_id + 1;
        let queue = state.queue.as_ref().ok_or_else(|| Problem::new("the server is about to end"))?;
        // The thread that takes them lives as long as the sender.
        let _ = queue.send(id);
        state.last_id = id;
        let batch = Batch::new(id, order, retry);
        let shown = Box::new(batch.snapshot());
        state.batches.insert(id, batch);
        state.ring.push(id, BatchNews::Queued { state: shown });
        self.notify(state);
        Ok((id, before))
    }

    /// Waits for the next batch whose turn it is; `None` when the server is to end.
    pub(super) fn next(&self) -> Option<Turn> {
        loop {
            let id = self.turns.recv().ok()?;
            let mut state = self.lock();
            let Some(batch) = state.batches.get_mut(&id).filter(|batch| *batch.stage() == BatchStage::Queued)
            else {
                continue;
            };
            batch.plan_begun();
            let turn = Turn {
                id,
                order: batch.order.clone(),
                only: batch.only.clone(),
                commands: batch.commands.clone(),
            };
            state.ring.push(id, BatchNews::Planning);
            self.notify(state);
            return Some(turn);
        }
    }

    /// The plan of a batch is made.
    pub(super) fn started(&self, id: u64, plan: &Arc<Plan>, statistics: &SharedStatistics) {
        let mut state = self.lock();
        let BoardState { batches, ring, .. } = &mut *state;
        let Some(batch) = batches.get_mut(&id) else { return };
        batch.started(Arc::clone(plan), statistics.clone());
        let now = statistics.snapshot();
        let started = now.started(Some(plan.notes().collect()));
        ring.push(id, BatchNews::Run(Box::new(started.line(Duration::ZERO, now.counts))));
        self.notify(state);
    }

    /// Something happened in a run. Called on the thread that drives it.
    pub(super) fn told(&self, id: u64, at: Duration, event: &RunEvent) {
        let mut state = self.lock();
        let BoardState { batches, ring, .. } = &mut *state;
        let Some(batch) = batches.get_mut(&id) else { return };
        let Some((plan, statistics)) = batch.run() else { return };
        let (plan, statistics) = (Arc::clone(plan), statistics.clone());
        let Some(mut event) = WireEvent::of(event, &plan) else { return };
        batch.told(at, &event);
        let now = statistics.snapshot();
        if let WireEvent::Settled(settled) = &mut event {
            let job = plan.jobs.get(settled.job as usize);
            settled.place = job.map(|job| place(job, &settled.image, &self.roots));
            settled.eta_s = now.eta().map(seconds);
        }
        ring.push(id, BatchNews::Run(Box::new(event.line(at, now.counts))));
        self.notify(state);
    }

    /// The run of a batch is over.
    pub(super) fn finished(&self, id: u64, finished: FinishedRun, output: PathBuf) {
        let FinishedRun { ending, report, timeline, wall, .. } = finished;
        let mut state = self.lock();
        if let Some((batch, plan)) = state.finish(id, wall) {
            batch.results = Some(Arc::new(Results { report, timeline, plan, output }));
        }
        let (ending, message) = ending_of(ending);
        state.end(id, ending, message);
        self.notify(state);
    }

    /// A batch could not be run.
    pub(super) fn refused(&self, id: u64, message: String) {
        let mut state = self.lock();
        state.end(id, BatchEnding::Refused, Some(message));
        self.notify(state);
    }

    /// Wants something of a batch.
    pub(super) fn command(&self, id: u64, command: Command) -> Result<(), Problem> {
        let mut state = self.lock();
        let batch = state.batches.get(&id).ok_or_else(|| unknown(id))?;
        match (batch.stage(), &command) {
            (BatchStage::Ended { .. }, _) => {
                return Err(Problem::new(format!("batch {id} has ended already")));
            }
            (BatchStage::Queued, Command::Stop { .. }) => {
                state.end(id, BatchEnding::Stopped, None);
                self.notify(state);
            }
            (
                BatchStage::Queued
                | BatchStage::Planning
                | BatchStage::Running
                | BatchStage::Paused
                | BatchStage::Stopping,
                _,
            ) => {
                // Obeyed as soon as there is a run.
                let _ = batch.commands.0.send(command);
            }
        }
        Ok(())
    }

    /// The server is to end: what waits is not run, what runs is finished, or killed.
    pub(super) fn shut_down(&self, kill: bool, reason: &str) {
        let mut state = self.lock();
        state.queue = None;
        let waiting = state.batches.values().filter(|batch| *batch.stage() == BatchStage::Queued);
        let waiting: Vec<u64> = waiting.map(|batch| batch.id).collect();
        for batch in state.batches.values().filter(|batch| !batch.is_ended()) {
            // The batch keeps a receiver of its own, so the channel is never closed.
            let _ = batch.commands.0.send(Command::Stop { kill, reason: reason.to_owned() });
        }
        for id in waiting {
            state.end(id, BatchEnding::Stopped, Some(format!("the server was {reason}")));
        }
        self.notify(state);
    }

    /// Rows of images, and how many there are of that kind.
    pub(super) fn images(
        &self,
        id: u64,
        from: usize,
        count: usize,
        only: Option<Only>,
    ) -> Result<Images, Problem> {
        let (plan, statistics) = {
            let state = self.lock();
            let batch = state.batches.get(&id).ok_or_else(|| unknown(id))?;
            match batch.run() {
                Some((plan, statistics)) => (Arc::clone(plan), statistics.clone()),
                None => return Ok(Images { batch: id, from, total: 0, images: Vec::new() }),
            }
        };
        Ok(statistics.with(|statistics| {
            let wanted = |index: &usize| match only {
                None => true,
                Some(only) => statistics.verdict(*index).is_some_and(|verdict| only.includes(verdict)),
            };
            let indices: Vec<usize> = (0..plan.jobs.len()).filter(wanted).collect();
            let rows = indices.iter().skip(from).take(count);
            let row = |index: &usize| row(&plan, *index, statistics, &self.roots);
            Images { batch: id, from, total: indices.len(), images: rows.filter_map(row).collect() }
        }))
    }

    /// Report and plan of a batch that has ended, unless nothing was run.
    pub(super) fn results(&self, id: u64) -> Result<Option<Arc<Results>>, Problem> {
        let state = self.lock();
        state.batches.get(&id).map(|batch| batch.results.clone()).ok_or_else(|| unknown(id))
    }

    /// Lets go of the mutex, then wakes the clients.
    fn notify(&self, state: MutexGuard<'_, BoardState>) {
        let last = state.ring.last();
        drop(state);
        self.head.send_replace(last);
    }

    /// A panic elsewhere leaves nothing half done in here.
    fn lock(&self) -> MutexGuard<'_, BoardState> {
        lock(&self.state)
    }
}

impl BoardState {
    /// Tells the last event of a run.
    fn finish(&mut self, id: u64, wall: Duration) -> Option<(&mut Batch, Arc<Plan>)> {
        let batch = self.batches.get_mut(&id)?;
        let (plan, statistics) = batch.run()?;
        let (plan, now) = (Arc::clone(plan), statistics.snapshot());
        let event = now.finished();
        batch.told(wall, &event);
        self.ring.push(id, BatchNews::Run(Box::new(event.line(wall, now.counts))));
        Some((batch, plan))
    }

    fn end(&mut self, id: u64, ending: BatchEnding, message: Option<String>) {
        let Some(batch) = self.batches.get_mut(&id).filter(|batch| !batch.is_ended()) else { return };
        let sums = batch.run().map(|(_, statistics)| {
            let now = statistics.snapshot();
            Sums { images: now.images, at_s: seconds(now.at), counts: now.counts }
        });
        batch.end(ending, message.clone());
        self.ring.push(id, BatchNews::Ended(Ended { ending, message, sums }));
        let ended: Vec<u64> =
            self.batches.values().filter(|batch| batch.is_ended()).map(|batch| batch.id).collect();
        for id in ended.iter().take(ended.len().saturating_sub(ENDED)) {
            self.batches.remove(id);
            self.ring.push(*id, BatchNews::Dropped);
        }
    }
}

/// A batch whose turn it is.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) id: u64,
    pub(super) order: BatchOrder,
    pub(super) only: Option<HashSet<PathBuf>>,
    pub(super) commands: (Sender<Command>, Receiver<Command>),
}

fn unknown(id: u64) -> Problem {
    Problem::new(format!("there is no batch {id}; only the last {ENDED} that ended are kept"))
}

fn row(plan: &Plan, index: usize, statistics: &Statistics, roots: &Roots) -> Option<ImageRow> {
    let image = statistics.image(plan, index)?;
    let place = place(plan.jobs.get(index)?, &image, roots);
    Some(ImageRow { job: index, place, image: image.with_verdict(statistics.verdict(index)) })
}

/// Where input and results are; the results only if they stand.
fn place(job: &PlannedJob, image: &Image, roots: &Roots) -> ImagePlace {
    let outputs = if image.output.is_some() { job.action.outputs() } else { Vec::new() };
    let results: Vec<String> = outputs.into_iter().map(|output| roots.shown(output)).collect();
    ImagePlace { path: roots.shown(&job.input), result: results.first().cloned(), results }
}

#[cfg(test)]
mod tests;
