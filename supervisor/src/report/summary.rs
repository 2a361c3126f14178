//! The end of a run, told to a person: what came of it, how fast, and last, where the eye rests, what failed
//! and what to do. Pure but for the writer it is given. Needs only the report, so a stored one can be told
//! again.

use std::io::{self, Write};
use std::path::PathBuf;

use protocol::outcome::Stage;
use protocol::sandbox::SandboxReport;
use recipe::words::Word;

use super::wire::failure::advice;
use super::wire::image::{failure_line, warning_line};
use super::wire::report::NotRead;
use super::wire::{Image, Report, VerdictKind};
use crate::units::amount;
use pool::escape::{escape, escape_text};

/// Failures that are listed; more would push the totals off the screen.
const MAX_FAILURES: usize = 20;
/// Warnings that are listed.
const MAX_WARNINGS: usize = 5;

/// Writes the whole summary. `stored` are the report files that hold the rest.
pub(crate) fn write(out: &mut dyn Write, report: &Report, stored: &[PathBuf]) -> io::Result<()> {
    write_totals(out, report)?;
    write_speed(out, report)?;
    if !report.workers.is_empty() {
        writeln!(out, "sandbox: {}", sandbox_line(&report.run.sandbox))?;
    }
    for file in stored {
        writeln!(out, "report: {}", escape(file))?;
    }
    write_warnings(out, report)?;
    write_failures(out, report)
}

fn write_totals(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let totals = &report.totals;
    let counts = &totals.counts;
    // `ok` is always told, 0 of it above all.
    let parts = counts.each().into_iter().filter(|(kind, count)| *count > 0 || *kind == VerdictKind::Ok);
    let parts: Vec<String> = parts.map(|(kind, count)| format!("{count} {}", kind.name())).collect();
    writeln!(out, "{}: {}", amount(totals.images, "image"), parts.join(", "))?;
    if totals.restarts > 0 || totals.recovered > 0 {
        let recovered = amount(totals.recovered, "image");
        writeln!(
            out,
            "{}, {recovered} recovered after a lost attempt",
            amount(totals.restarts, "worker restart")
        )?;
    }
    if totals.older_engine > 0 {
        let of_older = amount(totals.older_engine, "result");
        writeln!(out, "{of_older} made by an older version and kept: --refresh makes such results anew")?;
    }
    write_not_taken(out, report)?;
    if counts.unfinished() > 0 {
        writeln!(out, "stopped before the end: the same command goes on where this one stopped")?;
    }
    Ok(())
}

/// What is no photo to us, where somebody may have meant it to be one.
fn write_not_taken(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    if !report.not_read.is_empty() {
        let endings = report.not_read.iter().map(|NotRead { ending, count }| match ending.as_str() {
            "" => format!("{count} without an ending"),
            ending => format!("{count} .{}", escape_text(ending)),
        });
        writeln!(out, "of kinds that cannot be read: {}", endings.collect::<Vec<_>>().join(", "))?;
    }
    let unwanted = report.passed_over.unwanted().into_iter().filter(|(_, count)| *count > 0);
    let unwanted: Vec<String> =
        unwanted.map(|(reason, count)| format!("{count} {}", reason.in_words())).collect();
    if !unwanted.is_empty() {
        writeln!(out, "photos passed over: {}", unwanted.join(", "))?;
    }
    let (results, among) = (report.passed_over.results, report.passed_over.among_results);
    if results > 0 {
        writeln!(out, "{} of earlier runs passed over", amount(results, "result"))?;
    }
    if among > 0 {
        writeln!(
            out,
            "{} in folders of results passed over: name them to have them processed",
            amount(among, "photo")
        )?;
    }
    Ok(())
}

fn write_speed(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let speed = &report.speed;
    writeln!(out, "{:.1} s · {}", speed.wall_s, figures(report).join(" · "))?;
    if report.totals.counts.ok == 0 {
        return Ok(());
    }
    let stages = Stage::ALL.map(|stage| format!("{} {:.1} s", stage.word(), speed.stage_s.of(stage)));
    writeln!(out, "{}: {}", busy_line(report), stages.join(", "))
}

/// How fast it was, and how much went in and out.
pub(super) fn figures(report: &Report) -> [String; 4] {
    let (totals, speed) = (&report.totals, &report.speed);
    [
        format!("{:.1} images/s", speed.images_per_s),
        format!("{:.1} MP/s", speed.megapixels_per_s),
        format!("{:.1} MB in", totals.bytes_in as f64 / 1e6),
        format!("{:.1} MB out", totals.bytes_out as f64 / 1e6),
    ]
}

/// How well the lanes were used.
pub(super) fn busy_line(report: &Report) -> String {
    format!("lanes busy {:.0} % of the time", report.speed.busy_fraction * 100.0)
}

/// How many workers, and how many images each of them works on at a time.
pub(crate) fn workers_with_lanes(workers: u16, lanes: u16) -> String {
    let each = if workers == 1 { "" } else { " each" };
    format!("{} with {}{each}", amount(workers, "worker"), amount(lanes, "lane"))
}

/// What is in force in every worker, and what is missing.
pub(crate) fn sandbox_line(sandbox: &SandboxReport) -> String {
    let parts = [
        sandbox.landlock.map(|abi| format!("Landlock (ABI {abi})")),
        sandbox.seccomp.then(|| "system-call filter".to_owned()),
        sandbox.rlimits.then(|| "resource limits".to_owned()),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let mut line = if parts.is_empty() { "none".to_owned() } else { parts.join(", ") };
    if !sandbox.missing.is_empty() {
        line += &format!("; missing: {}", escape_text(&sandbox.missing.join(", ")));
    }
    line
}

fn write_warnings(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let warned: Vec<&Image> = report.images.iter().filter(|image| image.has_warnings()).collect();
    if warned.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}:", amount(warned.len(), "warning"))?;
    for image in warned.iter().take(MAX_WARNINGS) {
        writeln!(out, "  {}", warning_line(image))?;
    }
    write_more(out, warned.len().saturating_sub(MAX_WARNINGS))
}

/// Writes what failed, why and what to do: all that `--quiet` leaves of the summary. Nothing failed, nothing
/// written.
pub(crate) fn write_failures(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let failures: Vec<&Image> = report.images.iter().filter(|image| image.verdict.is_failure()).collect();
    if failures.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}:", amount(failures.len(), "failure"))?;
    for image in failures.iter().take(MAX_FAILURES) {
        writeln!(out, "  {}", failure_line(image))?;
        if let Some(kind) = image.kind {
            writeln!(out, "    {}", advice(kind, image.stage))?;
        }
    }
    write_more(out, failures.len().saturating_sub(MAX_FAILURES))
}

fn write_more(out: &mut dyn Write, more: usize) -> io::Result<()> {
    if more > 0 { writeln!(out, "  and {more} more: see the report") } else { Ok(()) }
}
