//! The report as a page for people: summary, verdicts, what failed, where the time went, lanes over time.
//! Pure.

use maud::{Markup, html};
use protocol::outcome::Stage;
use recipe::words::Word;

use super::fold::Timeline;
use super::fold::timeline::LanePlace;
use super::summary::{busy_line, figures, sandbox_line, workers_with_lanes};
use super::wire::failure::advice;
use super::wire::image::{failure_line, warning_line};
use super::wire::report::RunOutput;
use super::wire::{Image, Report};
use crate::report::html::bars::{PlotBar, bars};
use crate::report::html::lanes::lanes;
use crate::report::html::lines::throughput;
use crate::report::html::{Column, page as whole_page, seconds, table};
use crate::units::amount;

/// Failures that are listed, and warnings; the JSON report has them all.
const MAX_FAILURES: usize = 500;
/// The slowest photos that are listed.
const SLOWEST: usize = 10;
/// Lanes whose times are listed one by one.
const MAX_LANES: usize = 64;

/// The whole page. Without lanes in `timeline` the plots over time are left out.
pub(crate) fn page(report: &Report, timeline: &Timeline) -> String {
    let body = html! {
        (summary(report))
        (verdicts(report))
        (failures(report))
        (warnings(report))
        @if report.totals.counts.ok > 0 { (stages(report)) }
        @if !timeline.lanes.is_empty() { (over_time(report, timeline)) }
        (slowest(report))
        (set_up(report))
    };
    whole_page("supervisor: report of a run", &body)
}

fn summary(report: &Report) -> Markup {
    let totals = &report.totals;
    let counts = &totals.counts;
    let (failed, unfinished) = (counts.failures(), counts.unfinished());
    let figures =
        [&[seconds(report.speed.wall_s)], figures(report).as_slice(), &[busy_line(report)]].concat();
    html! {
        p {
            strong {
                (counts.ok) " of " (amount(totals.images, "image")) " ok"
                @if counts.skipped > 0 { ", " (counts.skipped) " skipped" }
            }
            @if failed > 0 { ", " strong.bad { (failed) " failed" } }
            @if unfinished > 0 {
                ", " (unfinished) " not finished: the same command goes on where this run stopped"
            }
            "."
        }
        p { (figures.join(" · ")) }
        @if totals.restarts + totals.recovered > 0 {
            p {
                (amount(totals.restarts, "worker restart")) ", "
                (amount(totals.recovered, "image")) " recovered after a lost attempt."
            }
        }
    }
}

fn verdicts(report: &Report) -> Markup {
    let all = report.totals.counts.each().map(|(kind, count)| PlotBar {
        label: kind.name().to_owned(),
        value: count as f64,
        spread: None,
        shown: count.to_string(),
    });
    html! {
        h2 { "Verdicts" }
        (bars("how many photos have which verdict", &all).inline())
    }
}

fn failures(report: &Report) -> Markup {
    let all: Vec<&Image> = report.images.iter().filter(|image| image.verdict.is_failure()).collect();
    let more = all.len().saturating_sub(MAX_FAILURES);
    html! {
        @if !all.is_empty() {
            h2 { "Failures" }
            ul {
                @for image in all.iter().take(MAX_FAILURES) {
                    li {
                        code { (failure_line(image)) }
                        br;
                        span.dim { (image.kind.map(|kind| advice(kind, image.stage)).unwrap_or_default()) }
                    }
                }
            }
            @if more > 0 { p { "And " (more) " more: see the JSON report." } }
        }
    }
}

fn warnings(report: &Report) -> Markup {
    let all: Vec<&Image> = report.images.iter().filter(|image| image.has_warnings()).collect();
    let more = all.len().saturating_sub(MAX_FAILURES);
    html! {
        @if !all.is_empty() {
            h2 { "Warnings" }
            ul {
                @for image in all.iter().take(MAX_FAILURES) { li { code { (warning_line(image)) } } }
            }
            @if more > 0 { p { "And " (more) " more: see the JSON report." } }
        }
    }
}

fn stages(report: &Report) -> Markup {
    let all = Stage::ALL.map(|stage| {
        let value = report.speed.stage_s.of(stage);
        PlotBar { label: stage.word().to_owned(), value, spread: None, shown: seconds(value) }
    });
    html! {
        h2 { "Where the time went" }
        p.dim { "Seconds of the photos that are ok, over all lanes." }
        (bars("seconds that each stage took", &all).inline())
    }
}

fn over_time(report: &Report, timeline: &Timeline) -> Markup {
    html! {
        h2 { "Lanes over time" }
        p.dim {
            "Blue: a photo is being worked on. Grey: the worker waits. \
             Red: the attempt was lost with its worker; a red line is the start of the next one."
        }
        (lanes("what each lane did when", timeline, timeline.wall).inline())
        @if timeline.lanes.len() <= MAX_LANES { (times_of_lanes(timeline)) }
        @if report.totals.counts.ok > 0 {
            h2 { "Throughput" }
            (throughput(timeline).inline())
        }
    }
}

fn times_of_lanes(timeline: &Timeline) -> Markup {
    let row = |place: &LanePlace| {
        let time = timeline.time_of(*place);
        let shown = [time.busy, time.idle, time.absent, timeline.wall];
        let mut row = vec![place.0.to_string(), place.1.to_string()];
        row.extend(shown.map(|time| format!("{:.3}", time.as_secs_f64())));
        row
    };
    let columns = ["slot", "lane", "busy, s", "idle, s", "no worker, s", "run, s"].map(Column::Number);
    table(&columns, &timeline.lanes.keys().map(row).collect::<Vec<_>>())
}

fn slowest(report: &Report) -> Markup {
    let total = |image: &Image| image.ms.map_or(0.0, |ms| Stage::ALL.iter().map(|stage| ms.of(*stage)).sum());
    let mut timed: Vec<(f64, &Image)> =
        report.images.iter().filter(|image| image.ms.is_some()).map(|image| (total(image), image)).collect();
    timed.sort_by(|one, other| other.0.total_cmp(&one.0));
    let rows: Vec<Vec<String>> = timed
        .iter()
        .take(SLOWEST)
        .map(|(ms, image)| {
            let mut row = vec![image.input.clone(), format!("{ms:.0}")];
            row.extend(Stage::ALL.map(|stage| format!("{:.0}", image.ms.map_or(0.0, |ms| ms.of(stage)))));
            row
        })
        .collect();
    let mut columns = vec![Column::Name("photo"), Column::Number("total")];
    columns.extend(Stage::ALL.map(|stage| Column::Number(stage.word())));
    html! {
        @if !rows.is_empty() {
            h2 { "Slowest photos" }
            p.dim { "Milliseconds." }
            (table(&columns, &rows))
        }
    }
}

/// Words as a shell takes them. None holds a NUL, the one thing that cannot be quoted.
fn shell_words(words: &[String]) -> String {
    shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| words.join(" "))
}

fn set_up(report: &Report) -> Markup {
    let run = &report.run;
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let rows = [
        row("run", run.id.clone()),
        row("began", run.started.to_string()),
        row("command", shell_words(&run.command)),
        row("filters", run.filters.join(" → ")),
        row("results", run.outputs.iter().map(RunOutput::in_words).collect::<Vec<_>>().join("; ")),
        row(
            "isolation",
            format!(
                "{}: {}, {}",
                run.isolation,
                workers_with_lanes(run.workers, run.lanes),
                amount(run.cores, "core")
            ),
        ),
    ];
    // Without a worker there was nobody to lock in.
    let sandbox = (!report.workers.is_empty()).then(|| row("sandbox", sandbox_line(&run.sandbox)));
    let release = row("release", env!("CARGO_PKG_VERSION").to_owned());
    let rows: Vec<_> = rows.into_iter().chain(sandbox).chain([release]).collect();
    html! {
        h2 { "How it was run" }
        (table(&[Column::Words(""), Column::Name("")], &rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_what_a_shell_takes_it_for() {
        let words =
            ["supervisor", "run", "my photos", "-f", "watermark:text=\"© Ana, <b>\",opacity=0.5", "it's"]
                .map(str::to_owned);
        assert_eq!(shlex::split(&shell_words(&words)).unwrap(), words);
        assert_eq!(shell_words(&["run".to_owned(), "-j2".to_owned()]), "run -j2");
    }
}
