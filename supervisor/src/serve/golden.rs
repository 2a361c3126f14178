//! The fold, and where a batch is in its life, on recorded runs; `tests/browser/golden.test.mjs` holds the
//! page to the same expectations.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::batch::Batch;
use crate::plan::Plan;
use crate::report::fold::timeline::Life;
use crate::report::wire::event::Finished;
use crate::report::wire::feed::{BatchNews, Ended, Feed, FeedEvent, Joined, State};
use crate::report::wire::request::BatchOrder;
use crate::report::wire::{WireEvent, rounded, seconds};
use crate::report::{SharedStatistics, Statistics};

fn recordings() -> Vec<(PathBuf, Vec<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|name| name == "jsonl")).collect();
    assert!(files.len() >= 5, "the recordings are there");
    let lines = |path: &PathBuf| fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect();
    files.into_iter().map(|path| (path.clone(), lines(&path))).collect()
}

/// Where a batch is after each event that changes it.
fn states(lines: &[String]) -> Vec<State> {
    let (mut batch, mut states) = (Batch::new(1, BatchOrder::default(), None), Vec::new());
    for line in lines {
        let FeedEvent { news, .. } = serde_json::from_str(line).unwrap();
        match news {
            BatchNews::Queued { .. } => {}
            BatchNews::Planning => batch.plan_begun(),
            BatchNews::Run(line) => {
                if matches!(line.event, WireEvent::Started(_)) {
                    let plan = Plan::default();
                    let statistics = SharedStatistics::new(&plan);
                    batch.started(Arc::new(plan), statistics);
                }
                batch.told(line.at(), &line.event);
            }
            BatchNews::Ended(Ended { ending, message, .. }) => batch.end(ending, message),
            BatchNews::Dropped => panic!("a recorded batch is not forgotten"),
        }
        states.push(batch.snapshot().state);
    }
    states.dedup();
    states
}

/// What a run adds up to.
fn folded(lines: &[String]) -> Value {
    let (mut statistics, mut left, mut last) = (Statistics::default(), vec![0], None);
    for line in lines {
        let FeedEvent { news, .. } = serde_json::from_str(line).unwrap();
        let BatchNews::Run(line) = news else { continue };
        statistics.apply(line.at(), &line.event);
        let now = statistics.snapshot();
        assert_eq!(now.counts, line.counts, "every event says what has been counted");
        if left.last() != Some(&now.bytes_left) {
            left.push(now.bytes_left);
        }
        if let WireEvent::Finished(Finished { recovered, restarts, bytes_in, bytes_out, pixels }) = line.event
        {
            let told = (recovered, restarts, bytes_in, bytes_out, pixels);
            assert_eq!((now.recovered, now.restarts, now.bytes_in, now.bytes_out, now.pixels), told);
        }
        last = Some(now);
    }
    let now = last.unwrap();
    let recorder = statistics.recorder();
    let wall = now.at.max(Duration::from_millis(1));
    let timeline = statistics.timeline(wall);
    let shown = timeline.lanes.values().flatten().filter(|span| span.lost).count();
    assert_eq!(shown, recorder.latest().filter(|attempt| attempt.lost).count(), "plots show what was lost");
    json!({
        "images": now.images, "counts": now.counts, "running": now.running, "recovered": now.recovered,
        "restarts": now.restarts, "bytes": now.bytes_planned, "bytes_in": now.bytes_in,
        "bytes_out": now.bytes_out,
        "bytes_left": now.bytes_left, "at_s": seconds(now.at), "images_per_s": rounded(now.images_per_s()),
        "verdicts": statistics.verdicts(), "left": left, "states": states(lines),
        "workers": recorder.lives().iter().map(Life::told).collect::<Vec<_>>(),
        "attempts": recorder.latest().collect::<Vec<_>>(),
    })
}

/// Run with `UPDATE_GOLDEN=1` after new recordings, and look at what has changed.
#[test]
fn recorded_runs_add_up_to_what_is_expected_of_the_page_too() {
    for (path, lines) in recordings() {
        let expected = path.with_extension("expected.json");
        let found = folded(&lines);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&expected, format!("{found:#}\n")).unwrap();
        }
        let expected: Value = serde_json::from_str(&fs::read_to_string(&expected).unwrap()).unwrap();
        assert_eq!(found, expected, "{}", path.display());
    }
}

#[test]
fn what_was_told_reads_back_as_it_was() {
    for (path, lines) in recordings() {
        let text = Joined::Events(&lines).text(9);
        let feed: Feed = serde_json::from_str(&text).unwrap();
        let (told, again): (Value, Value) =
            (serde_json::from_str(&text).unwrap(), serde_json::to_value(&feed).unwrap());
        assert_eq!(told, again, "{}", path.display());
    }
}
