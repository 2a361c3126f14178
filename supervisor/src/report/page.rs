//! The report as a page for people: summary, verdicts, what failed, where the time went, lanes over time.
//! Pure.

use protocol::outcome::Stage;

use super::fold::Timeline;
use super::summary::sandbox_line;
use super::wire::failure::advice;
use super::wire::image::failure_line;
use super::wire::{Image, Report};
use crate::report::html::bars::{PlotBar, bars};
use crate::report::html::lanes::lanes;
use crate::report::html::lines::throughput;
use crate::report::html::{Column, page as whole_page, seconds, table, text};

/// Failures that are listed; the JSON report has them all.
const MAX_FAILURES: usize = 500;
/// The slowest images that are listed.
const SLOWEST: usize = 10;
/// Lanes whose times are listed one by one.
const MAX_LANES: usize = 64;

/// The whole page. Without lanes in `timeline` the plots over time are left out.
pub(crate) fn page(report: &Report, timeline: &Timeline) -> String {
    let mut body = String::new();
    summary(&mut body, report);
    verdicts(&mut body, report);
    failures(&mut body, report);
    if report.totals.counts.ok > 0 {
        stages(&mut body, report);
    }
    if !timeline.lanes.is_empty() {
        over_time(&mut body, report, timeline);
    }
    slowest(&mut body, report);
    set_up(&mut body, report);
    whole_page("supervisor: report of a run", &body)
}

fn summary(body: &mut String, report: &Report) {
    let (totals, speed) = (&report.totals, &report.speed);
    let failed = totals.counts.failed + totals.counts.quarantined;
    let unfinished = totals.counts.cancelled + totals.counts.not_run;
    *body += &format!("<p><strong>{} of {} images ok", totals.counts.ok, totals.images);
    if totals.counts.skipped > 0 {
        *body += &format!(", {} skipped", totals.counts.skipped);
    }
    *body += "</strong>";
    if failed > 0 {
        *body += &format!(", <strong class=\"bad\">{failed} failed</strong>");
    }
    if unfinished > 0 {
        *body += &format!(", {unfinished} not finished: the same command goes on where this run stopped");
    }
    *body += &format!(
        ".</p>\n<p>{} · {:.1} images/s · {:.1} MP/s · \
         {:.1} MB in · {:.1} MB out · lanes busy {:.0} % of the time</p>\n",
        seconds(speed.wall_s),
        speed.images_per_s,
        speed.megapixels_per_s,
        totals.bytes_in as f64 / 1e6,
        totals.bytes_out as f64 / 1e6,
        speed.busy_fraction * 100.0
    );
    if totals.restarts + totals.recovered > 0 {
        *body += &format!(
            "<p>{} worker restarts, {} images recovered after a lost attempt.</p>\n",
            totals.restarts, totals.recovered
        );
    }
}

fn verdicts(body: &mut String, report: &Report) {
    let all = report.totals.counts.each().map(|(kind, count)| PlotBar {
        label: kind.name().to_owned(),
        value: count as f64,
        spread: None,
        shown: count.to_string(),
    });
    *body += "<h2>Verdicts</h2>\n";
    *body += &bars("how many images have which verdict", &all).inline();
}

fn failures(body: &mut String, report: &Report) {
    let all: Vec<&Image> = report.images.iter().filter(|image| image.verdict.is_failure()).collect();
    if all.is_empty() {
        return;
    }
    *body += "<h2>Failures</h2>\n<ul>\n";
    for image in all.iter().take(MAX_FAILURES) {
        // `failure_line` has escaped what is not to be seen; escaping that again changes nothing.
        let line = text(&failure_line(image));
        let what_to_do = image.kind.map(advice).unwrap_or_default();
        *body +=
            &format!("<li><code>{line}</code><br><span class=\"dim\">{}</span></li>\n", text(what_to_do));
    }
    *body += "</ul>\n";
    if let more @ 1.. = all.len().saturating_sub(MAX_FAILURES) {
        *body += &format!("<p>And {more} more: see the JSON report.</p>\n");
    }
}

fn stages(body: &mut String, report: &Report) {
    let all = Stage::ALL.map(|stage| {
        let value = report.speed.stage_s.of(stage);
        PlotBar { label: stage.name().to_owned(), value, spread: None, shown: seconds(value) }
    });
    *body += "<h2>Where the time went</h2>\n\
              <p class=\"dim\">Seconds of the images that are ok, over all lanes.</p>\n";
    *body += &bars("seconds that each stage took", &all).inline();
}

fn over_time(body: &mut String, report: &Report, timeline: &Timeline) {
    *body += "<h2>Lanes over time</h2>\n\
              <p class=\"dim\">Blue: an image is being worked on. Grey: the worker waits. \
              Red: the attempt was lost with its worker; a red line is the start of the next one.</p>\n";
    *body += &lanes("what each lane did when", timeline, timeline.wall).inline();
    if timeline.lanes.len() <= MAX_LANES {
        let rows: Vec<Vec<String>> = timeline
            .lanes
            .keys()
            .map(|place| {
                let time = timeline.time_of(*place);
                let shown = [time.busy, time.idle, time.absent, timeline.wall];
                let mut row = vec![place.0.to_string(), place.1.to_string()];
                row.extend(shown.map(|time| format!("{:.3}", time.as_secs_f64())));
                row
            })
            .collect();
        let columns = [
            Column::Number("slot"),
            Column::Number("lane"),
            Column::Number("busy, s"),
            Column::Number("idle, s"),
            Column::Number("no worker, s"),
            Column::Number("run, s"),
        ];
        *body += &table(&columns, &rows);
    }
    if report.totals.counts.ok > 0 {
        *body += "<h2>Throughput</h2>\n";
        *body += &throughput(timeline).inline();
    }
}

fn slowest(body: &mut String, report: &Report) {
    let total = |image: &Image| image.ms.map_or(0.0, |ms| Stage::ALL.iter().map(|stage| ms.of(*stage)).sum());
    let mut timed: Vec<(f64, &Image)> =
        report.images.iter().filter(|image| image.ms.is_some()).map(|image| (total(image), image)).collect();
    if timed.is_empty() {
        return;
    }
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
    let mut columns = vec![Column::Name("image"), Column::Number("total")];
    columns.extend(Stage::ALL.map(|stage| Column::Number(stage.name())));
    *body += "<h2>Slowest images</h2>\n<p class=\"dim\">Milliseconds.</p>\n";
    *body += &table(&columns, &rows);
}

/// Words as a shell takes them. None holds a NUL, the one thing that cannot be quoted.
fn shell_words(words: &[String]) -> String {
    shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| words.join(" "))
}

fn set_up(body: &mut String, report: &Report) {
    let run = &report.run;
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let rows = [
        row("run", run.id.clone()),
        row("began", run.started.to_string()),
        row("command", shell_words(&run.command)),
        row(
            "isolation",
            format!(
                "{}: {} workers with {} lanes each, {} cores",
                run.isolation, run.workers, run.lanes, run.cores
            ),
        ),
        row("sandbox", sandbox_line(&run.sandbox)),
        row("release", env!("CARGO_PKG_VERSION").to_owned()),
    ];
    *body += "<h2>How it was run</h2>\n";
    *body += &table(&[Column::Words(""), Column::Name("")], &rows);
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
