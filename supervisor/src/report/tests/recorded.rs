//! What an earlier release (commit 115e345) told of a run is still understood: its JSON lines and its
//! report, as it wrote them of the same six photos.

use super::*;
use crate::report::wire::{Counts, Line};

const LINES: &str = include_str!("recorded/lines.jsonl");
const REPORT: &str = include_str!("recorded/report.json");

/// What became of the photos.
const COUNTS: Counts = Counts { ok: 3, skipped: 0, failed: 3, quarantined: 0, cancelled: 0, not_run: 0 };

#[test]
fn the_lines_of_an_earlier_release_add_up() {
    let mut statistics = Statistics::default();
    let mut last = None;
    for line in LINES.lines() {
        let line: Line = serde_json::from_str(line).unwrap();
        statistics.apply(line.at(), &line.event);
        last = Some(line.counts);
    }
    assert_eq!((statistics.snapshot().counts, last), (COUNTS, Some(COUNTS)));
}

#[test]
fn the_report_of_an_earlier_release_is_read_and_what_it_does_not_say_is_not_made_up() {
    let report: Report = serde_json::from_str(REPORT).unwrap();
    assert_eq!((report.version, report.totals.images, report.totals.counts), (1, 6, COUNTS));
    assert_eq!(report.images.iter().filter(|image| image.output.is_some()).count(), 3);
    assert_eq!(report.totals.older_engine, 0);
    let run = &report.run;
    assert_eq!((&run.recipe, &run.format, run.quality), (&None, &None, None));
    assert!(run.filters.is_empty() && run.outputs.is_empty() && report.not_read.is_empty());
    let mut text = Vec::new();
    crate::report::summary::write(&mut text, &report, &[]).unwrap();
    assert!(String::from_utf8(text).unwrap().starts_with("6 images: 3 ok, 3 failed\n"));
}
