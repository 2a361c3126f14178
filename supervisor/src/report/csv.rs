//! The report as a table for spreadsheets: a header and one row per image. Pure but for the writer it is
//! given.
//!
//! A text cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets an apostrophe in front: a
//! spreadsheet would run it as a formula, and file names are a stranger's to choose; control characters are
//! escaped, since tables are looked at in terminals too. Scripts that need the exact name read the JSON
//! report.

use std::io;

use csv::Writer;
use protocol::outcome::Stage;
use recipe::words::Word;

use super::wire::{Image, Report};
use pool::escape::escape_text;

/// The columns; the stages' milliseconds come last, as `read_ms` and so on.
const COLUMNS: [&str; 12] = [
    "input",
    "output",
    "verdict",
    "stage",
    "kind",
    "detail",
    "attempts",
    "worker",
    "width",
    "height",
    "bytes_in",
    "bytes_out",
];

/// Writes the table.
pub(crate) fn write(out: &mut dyn io::Write, report: &Report) -> io::Result<()> {
    let mut table = Writer::from_writer(out);
    let stages = Stage::ALL.iter().map(|stage| format!("{}_ms", stage.word()));
    table.write_record(COLUMNS.iter().map(ToString::to_string).chain(stages))?;
    for image in &report.images {
        table.write_record(row(image))?;
    }
    table.flush()
}

fn row(image: &Image) -> Vec<String> {
    let mut cells = vec![
        harmless(&image.input),
        image.output.as_deref().map(harmless).unwrap_or_default(),
        image.verdict.name().to_owned(),
        image.stage.map(|stage| stage.word().to_owned()).unwrap_or_default(),
        image.kind.map(|kind| kind.word().to_owned()).unwrap_or_default(),
        image.detail.as_deref().map(harmless).unwrap_or_default(),
        image.attempts.to_string(),
        image.worker.map(|worker| worker.to_string()).unwrap_or_default(),
        number(image.width),
        number(image.height),
        image.bytes_in.to_string(),
        number(image.bytes_out),
    ];
    cells.extend(Stage::ALL.iter().map(|stage| number(image.ms.map(|ms| ms.of(*stage)))));
    cells
}

fn number(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn harmless(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = escape_text(text);
    if formula { format!("'{text}") } else { text }
}
