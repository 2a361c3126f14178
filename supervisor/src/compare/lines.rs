//! What the JSON lines of a run say (the table is in [`crate::report::sink`]'s `json`), folded as they come. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use crate::report::model::VerdictKind;
use crate::report::snapshot::Counts;
use crate::report::timeline::Recorder;
use engine::verdict::WorkerId;

/// One line.
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    at_s: f64,
    counts: Counts,
    #[serde(flatten)]
    body: Body,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Body {
    Started { images: u64 },
    Worker { worker: String, state: State, pid: Option<u32>, end: Option<String> },
    Assigned { job: u32, worker: String, lane: u16 },
    Slow,
    Lost { job: u32, worker: String, lane: u16, retried: bool },
    Settled { job: u32, verdict: VerdictKind },
    Stopping,
    Finished { pixels: u64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Spawned,
    Ready,
    Gone,
}

impl Line {
    /// When, since the run's start.
    pub(super) fn at(&self) -> Duration {
        Duration::try_from_secs_f64(self.at_s).unwrap_or_default()
    }
}

/// What has been said so far.
#[derive(Debug, Default)]
pub(super) struct Story {
    /// Images of the plan.
    pub(super) images: u64,
    /// Attempts begun.
    pub(super) assigned: u64,
    /// Verdicts so far.
    pub(super) counts: Counts,
    /// Pixels of the images that are ok; known at the end.
    pub(super) pixels: u64,
    /// What each lane did when.
    pub(super) recorder: Recorder,
    /// Attempts lost that are made again.
    pub(super) redone: u64,
    /// What became of the killed worker's place.
    pub(super) after: After,
    /// Process ids of the workers that are there.
    alive: BTreeMap<WorkerId, u32>,
    running: BTreeMap<u32, (WorkerId, u16)>,
    killed: Option<(WorkerId, Duration)>,
}

/// What came after the kill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct After {
    /// Until another worker in its place had an image.
    pub(super) replaced: Option<Duration>,
    /// Until anything was worked on again, if nothing was for a while.
    pub(super) stood_still: Option<Duration>,
    still: bool,
}

impl Story {
    /// Takes in a line.
    pub(super) fn apply(&mut self, line: &Line) {
        let at = line.at();
        self.counts = line.counts;
        match &line.body {
            Body::Started { images } => self.images = *images,
            Body::Worker { worker, state, pid, end } => {
                let Some(worker) = worker_id(worker) else { return };
                match state {
                    State::Spawned => {
                        self.recorder.spawned(at, worker);
                        self.alive.insert(worker, pid.unwrap_or(0));
                    }
                    State::Ready => {}
                    State::Gone => {
                        self.recorder.gone(at, worker, end.as_deref() == Some("stopped"));
                        self.alive.remove(&worker);
                    }
                }
            }
            Body::Assigned { job, worker, lane } => {
                let Some(worker) = worker_id(worker) else { return };
                self.assigned += 1;
                self.recorder.busy(at, (worker.slot, *lane));
                // What its lane had before has been answered; the verdict of that follows when it is published.
                self.running.retain(|_, place| *place != (worker, *lane));
                self.running.insert(*job, (worker, *lane));
                self.note_work(at, worker);
            }
            Body::Lost { job, worker, lane, retried } => {
                let Some(worker) = worker_id(worker) else { return };
                self.recorder.idle(at, (worker.slot, *lane), true);
                self.running.remove(job);
                self.redone += u64::from(*retried);
                self.after.still |= self.killed.is_some() && self.running.is_empty();
            }
            Body::Settled { job, verdict } => {
                if let Some((worker, lane)) = self.running.remove(job) {
                    self.recorder.idle(at, (worker.slot, lane), false);
                }
                if *verdict == VerdictKind::Ok {
                    self.recorder.done(at);
                }
            }
            Body::Slow | Body::Stopping => {}
            Body::Finished { pixels } => self.pixels = *pixels,
        }
    }

    fn note_work(&mut self, at: Duration, worker: WorkerId) {
        let Some((killed, when)) = self.killed else { return };
        if self.after.still && self.after.stood_still.is_none() {
            self.after.stood_still = Some(at.saturating_sub(when));
        }
        let is_successor = worker.slot == killed.slot && worker.generation > killed.generation;
        if is_successor && self.after.replaced.is_none() {
            self.after.replaced = Some(at.saturating_sub(when));
        }
    }

    /// Process ids of the workers that are there.
    pub(super) fn pids(&self) -> impl Iterator<Item = u32> {
        self.alive.values().copied()
    }

    /// The worker to kill, if the line just taken in gave it the image in the middle of the batch, and how long to wait with
    /// it: half as long as an image took so far. From then on it counts as killed.
    pub(super) fn victim(&mut self, line: &Line) -> Option<(u32, Duration)> {
        let Body::Assigned { worker, .. } = &line.body else { return None };
        if self.killed.is_some() || self.assigned <= self.images / 2 {
            return None;
        }
        let worker = worker_id(worker)?;
        let wait = self.recorder.mean_attempt() / 2;
        self.killed = Some((worker, line.at() + wait));
        self.alive.get(&worker).map(|pid| (*pid, wait))
    }
}

/// Reads `slot.generation`.
fn worker_id(text: &str) -> Option<WorkerId> {
    let (slot, generation) = text.split_once('.')?;
    Some(WorkerId { slot: slot.parse().ok()?, generation: generation.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTS: &str =
        r#""counts":{"ok":0,"skipped":0,"failed":0,"quarantined":0,"cancelled":0,"not_run":0}"#;

    fn tell(story: &mut Story, at_s: f64, body: &str) -> Option<(u32, Duration)> {
        let line: Line = serde_json::from_str(&format!("{{{body},\"at_s\":{at_s},{COUNTS}}}")).unwrap();
        story.apply(&line);
        story.victim(&line)
    }

    fn assigned(job: u32, worker: &str, lane: u16) -> String {
        format!(r#""event":"assigned","job":{job},"input":"a","attempt":1,"worker":"{worker}","lane":{lane}"#)
    }

    fn spawned(worker: &str, pid: u32) -> String {
        format!(r#""event":"worker","worker":"{worker}","state":"spawned","pid":{pid}"#)
    }

    fn lost(job: u32, worker: &str, lane: u16) -> String {
        format!(
            r#""event":"lost","job":{job},"attempt":1,"worker":"{worker}","lane":{lane},"kind":"crashed","detail":"x","retried":true"#
        )
    }

    fn settled(job: u32) -> String {
        format!(r#""event":"settled","job":{job},"verdict":"ok","stage":null"#)
    }

    fn gone(worker: &str) -> String {
        format!(r#""event":"worker","worker":"{worker}","state":"gone","end":"signal 9""#)
    }

    #[test]
    fn in_processes_the_others_go_on() {
        let mut story = Story::default();
        let mut say = |at, body: &str| tell(&mut story, at, body);
        say(0.0, r#""event":"started","images":4,"bytes":9"#);
        say(0.0, &spawned("0.0", 10));
        say(0.0, &spawned("1.0", 11));
        assert_eq!(say(0.1, &assigned(0, "0.0", 0)), None);
        assert_eq!(say(0.1, &assigned(1, "1.0", 0)), None);
        say(0.9, &settled(0));
        let victim = Some((10, Duration::from_millis(400)));
        assert_eq!(say(1.0, &assigned(2, "0.0", 0)), victim, "the third of four is in the middle");
        say(1.01, &settled(1));
        assert_eq!(say(1.02, &assigned(3, "1.0", 0)), None, "only one is killed");
        say(1.4, &lost(2, "0.0", 0));
        say(1.4, &gone("0.0"));
        say(1.5, &spawned("0.1", 12));
        say(1.65, &assigned(2, "0.1", 0));
        assert_eq!(story.after.replaced, Some(Duration::from_millis(250)));
        assert_eq!((story.after.stood_still, story.redone), (None, 1));
        assert_eq!(story.pids().collect::<Vec<_>>(), [12, 11]);
        let timeline = story.recorder.timeline(Duration::from_secs(2));
        let lives: Vec<bool> = timeline.lives.iter().map(|life| life.restart).collect();
        assert_eq!(lives, [false, false, true]);
        let time = timeline.time_of((0, 0));
        assert_eq!(time.busy + time.idle + time.absent, timeline.wall);
        assert_eq!(time.busy, Duration::from_millis(800 + 400 + 350));
    }

    #[test]
    fn a_worker_that_leaves_when_asked_to_has_lost_nothing() {
        let mut story = Story::default();
        let mut say = |at, body: &str| tell(&mut story, at, body);
        say(0.0, r#""event":"started","images":9,"bytes":9"#);
        say(0.0, &spawned("0.0", 10));
        say(0.1, &assigned(0, "0.0", 0));
        say(0.3, &gone("0.0").replace("signal 9", "stopped"));
        say(0.4, &settled(0));
        let timeline = story.recorder.timeline(Duration::from_secs(1));
        assert!(!timeline.lanes[&(0, 0)][0].lost);
        assert_eq!(timeline.time_of((0, 0)).busy, Duration::from_millis(200));
    }

    #[test]
    fn in_threads_all_of_them_stop() {
        let mut story = Story::default();
        let mut say = |at, body: &str| tell(&mut story, at, body);
        say(0.0, r#""event":"started","images":4,"bytes":9"#);
        say(0.0, &spawned("0.0", 10));
        // The third is answered, and not published before all is over.
        say(0.1, &assigned(2, "0.0", 0));
        say(0.1, &assigned(0, "0.0", 0));
        assert_eq!(say(0.1, &assigned(1, "0.0", 1)), Some((10, Duration::ZERO)));
        say(0.2, &lost(0, "0.0", 0));
        say(0.2, &lost(1, "0.0", 1));
        say(0.4, &assigned(0, "0.1", 0));
        let pause = Some(Duration::from_millis(300));
        assert_eq!((story.after.stood_still, story.after.replaced, story.redone), (pause, pause, 2));
    }
}
