//! Lanes over time: one row for each, with its attempts, what was lost and where a worker was replaced. Pure.

use std::time::Duration;

use super::svg::{Anchor, Svg, WIDTH};
use super::{number, ticks};
use crate::report::fold::timeline::{LanePlace, Timeline};

/// Room for the labels.
const LEFT: f64 = 62.0;
/// Room at the right for half of the last number.
const RIGHT: f64 = 14.0;
/// Height of the axis with its numbers.
const AXIS: f64 = 34.0;
/// Most rows together.
const ROWS: f64 = 640.0;
/// What is closer together than this cannot be told apart.
const FINEST: f64 = 0.4;
/// The least width of what was lost: it must be seen.
const LOST: f64 = 2.0;

/// The lanes of a run, one row each; `label` says what it shows, and the axis reaches to `until`, the run's
/// end or that of the longest of the runs that are shown together.
pub(crate) fn lanes(label: &str, timeline: &Timeline, until: Duration) -> Svg {
    let row = (ROWS / timeline.lanes.len().max(1) as f64).clamp(3.0, 22.0);
    let bottom = row * timeline.lanes.len() as f64;
    let marks = ticks(until.as_secs_f64(), 5);
    let end = marks.last().copied().unwrap_or(1.0);
    let x = |seconds: f64| LEFT + seconds / end * (WIDTH - LEFT - RIGHT);

    let mut svg = Svg::new(bottom + AXIS, label);
    for mark in &marks {
        svg.path("grid", &format!("M{:.2} 0V{bottom:.2}", x(*mark)));
        svg.text("dim", x(*mark), bottom + 14.0, Anchor::Middle, &number(*mark));
    }
    svg.text(
        "dim",
        LEFT + (WIDTH - LEFT - RIGHT) / 2.0,
        bottom + 30.0,
        Anchor::Middle,
        "seconds since the start",
    );
    let every = (14.0 / row).ceil() as usize;
    for (index, (place, spans)) in timeline.lanes.iter().enumerate() {
        let (y, height) = (row * index as f64, row * 0.8);
        if index % every == 0 {
            svg.text("", LEFT - 8.0, y + height / 2.0 + 4.0, Anchor::End, &name(timeline, *place));
        }
        let lives = timeline.lives.iter().filter(|life| life.worker.slot == place.0);
        let stretch = |from: Duration, to: Duration| (x(from.as_secs_f64()), x(to.as_secs_f64()));
        let alive = lives.clone().map(|life| stretch(life.from, life.to.unwrap_or(timeline.wall)));
        svg.row("life", &distinct(alive), y, height);
        let busy = spans.iter().filter(|span| !span.lost).map(|span| stretch(span.from, span.to));
        svg.row("busy", &distinct(busy), y, height);
        let lost = spans.iter().filter(|span| span.lost).map(|span| stretch(span.from, span.to));
        let lost: Vec<(f64, f64)> = lost.map(|(from, to)| (from, to.max(from + LOST))).collect();
        svg.row("lost", &lost, y, height);
        let restarts = lives.filter(|life| life.restart);
        let path: String =
            restarts.map(|life| format!("M{:.2} {y:.2}v{row:.2}", x(life.from.as_secs_f64()))).collect();
        if !path.is_empty() {
            svg.path("restart", &path);
        }
    }
    svg
}

/// Attempts or workers that follow each other keep a hair between them, unless they are too fine to be seen
/// anyway.
fn distinct(stretches: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut all: Vec<(f64, f64)> = Vec::new();
    for (from, to) in stretches {
        match all.last_mut() {
            Some(last)
                if from - last.1 < FINEST && (to - from < 4.0 * FINEST || last.1 - last.0 < 4.0 * FINEST) =>
            {
                last.1 = to;
            }
            _ => all.push((from, to)),
        }
    }
    for (from, to) in &mut all {
        *to = (*to - FINEST).max(*from + FINEST);
    }
    all
}

fn name(timeline: &Timeline, (slot, lane): LanePlace) -> String {
    let is_one_worker = timeline.lanes.keys().all(|place| place.0 == slot);
    let is_one_lane = timeline.lanes.keys().all(|place| place.1 == 0);
    match (is_one_lane, is_one_worker) {
        (true, _) => format!("worker {slot}"),
        (false, true) => format!("lane {lane}"),
        (false, false) => format!("{slot}, lane {lane}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fold::recorder::Recorder;
    use crate::report::wire::WorkerName;
    use crate::report::wire::event::AttemptName;
    use engine::worker::WorkerId;
    const MS: Duration = Duration::from_millis(1);

    fn id(generation: u32) -> WorkerId {
        WorkerId { slot: 0, generation }
    }

    fn attempt(generation: u32) -> AttemptName {
        let worker = WorkerName(id(generation));
        AttemptName { job: 0, input: String::new(), attempt: 1, worker, lane: 0 }
    }

    #[test]
    fn a_restart_and_a_lost_attempt_can_be_seen() {
        let mut recorder = Recorder::default();
        recorder.spawned(Duration::ZERO, id(0), 1);
        recorder.busy(10 * MS, &attempt(0));
        let quiet = lanes("lanes", &recorder.timeline(100 * MS), 100 * MS).inline().into_string();
        assert!(!quiet.contains("class=\"lost\"") && !quiet.contains("class=\"restart\""), "{quiet}");
        recorder.gone(50 * MS, id(0), "signal 9");
        recorder.spawned(60 * MS, id(1), 2);
        recorder.busy(65 * MS, &attempt(1));
        let svg = lanes("lanes", &recorder.timeline(100 * MS), 100 * MS).inline().into_string();
        let scale = (WIDTH - LEFT - RIGHT) / 100.0;
        assert!(svg.contains(&format!("class=\"lost\" d=\"M{:.2}", LEFT + 10.0 * scale)), "{svg}");
        assert!(svg.contains(&format!("class=\"restart\" d=\"M{:.2}", LEFT + 60.0 * scale)), "{svg}");
        assert!(svg.contains("worker 0"));
    }

    #[test]
    fn ten_thousand_attempts_are_no_more_shapes_than_can_be_seen() {
        let stretches = (0..10_000).map(|n| (f64::from(n) * 0.04, f64::from(n) * 0.04 + 0.039));
        assert_eq!(distinct(stretches).len(), 1);
        assert_eq!(distinct([(0.0, 10.0), (10.0, 20.0)].into_iter()).len(), 2);
    }
}
