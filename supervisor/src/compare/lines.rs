//! The story of a run as its JSON lines tell it: the numbers of every run, and what a kill does to it. Pure.

use std::time::Duration;

use crate::report::Statistics;
use crate::report::wire::{Line, WireEvent};
use engine::worker::WorkerId;

/// What has been said so far.
#[derive(Debug, Default)]
pub(super) struct Story {
    /// What it adds up to.
    pub(super) statistics: Statistics,
    /// What became of the killed worker's place.
    pub(super) after: After,
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
        self.statistics.apply(at, &line.event);
        if let WireEvent::Assigned(attempt) = &line.event {
            self.note_work(at, attempt.worker.0);
        } else if let WireEvent::Lost(_) = &line.event {
            self.after.still |= self.killed.is_some() && self.statistics.recorder().running() == 0;
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
        self.alive().map(|(_, pid)| pid)
    }

    fn alive(&self) -> impl Iterator<Item = (WorkerId, u32)> {
        let lives = self.statistics.recorder().lives().iter();
        lives.filter(|life| life.to.is_none()).map(|life| (life.worker, life.pid))
    }

    /// The worker to kill, if the line just taken in gave it the image in the middle of the run, and how
    /// long to wait with it: half as long as an image took so far. From then on it counts as killed.
    pub(super) fn victim(&mut self, line: &Line) -> Option<(u32, Duration)> {
        let WireEvent::Assigned(attempt) = &line.event else { return None };
        let now = self.statistics.snapshot();
        if self.killed.is_some() || now.attempts <= now.images / 2 {
            return None;
        }
        let worker = attempt.worker.0;
        let wait = self.statistics.recorder().mean_attempt() / 2;
        self.killed = Some((worker, line.at() + wait));
        self.alive().find(|(id, _)| *id == worker).map(|(_, pid)| (pid, wait))
    }
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

    fn attempt(job: u32, worker: &str, lane: u16) -> String {
        format!(r#""job":{job},"input":"a","attempt":1,"worker":"{worker}","lane":{lane}"#)
    }

    fn assigned(job: u32, worker: &str, lane: u16) -> String {
        format!(r#""event":"assigned",{}"#, attempt(job, worker, lane))
    }

    fn spawned(worker: &str, pid: u32) -> String {
        format!(r#""event":"worker","worker":"{worker}","state":"spawned","pid":{pid}"#)
    }

    fn lost(job: u32, worker: &str, lane: u16) -> String {
        let attempt = attempt(job, worker, lane);
        format!(r#""event":"lost",{attempt},"kind":"crashed","detail":"x","retried":true"#)
    }

    fn settled(job: u32) -> String {
        format!(
            r#""event":"settled","job":{job},"input":"a","verdict":"ok","attempts":1,"bytes_in":9,"bytes_planned":9,"pixels":4"#
        )
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
        assert_eq!((story.after.stood_still, story.statistics.snapshot().redone), (None, 1));
        assert_eq!(story.pids().collect::<Vec<_>>(), [11, 12]);
        let timeline = story.statistics.timeline(Duration::from_secs(2));
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
        let timeline = story.statistics.timeline(Duration::from_secs(1));
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
        assert_eq!(
            (story.after.stood_still, story.after.replaced, story.statistics.snapshot().redone),
            (pause, pause, 2)
        );
    }
}
