//! The comparison as tables for the terminal. Pure.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};

use super::table::{ModeRow, OriginalRow};
use super::{Comparison, ScalingStep};
use crate::units::amount;

/// Everything that fits on a screen.
pub(super) fn table(comparison: &Comparison) -> String {
    let Comparison { machine, images, ok, megapixels, rounds, .. } = comparison;
    let mut out = format!(
        "{ok} of {}, {megapixels:.1} MP, on {} × {}, load before {:.1}; medians of {}, page cache warm, \
         {}\n\n",
        amount(*images, "image"),
        machine.cores,
        machine.processor,
        machine.load_before,
        amount(*rounds, "round"),
        if comparison.difference.is_none() { "outputs equal byte by byte" } else { "OUTPUTS DIFFER" },
    );
    out += &aligned(&heads(), &comparison.modes.iter().map(cells).collect::<Vec<_>>());
    out += "\nThe original system, measured elsewhere (10 images of 800×600, Python):\n";
    out += &aligned(&HISTORY_HEADS, &comparison.history.iter().map(history_cells).collect::<Vec<_>>());
    out += "\nA worker killed in the middle of the run:\n";
    out += &aligned(&BLAST_HEADS, &blast_rows(comparison));
    if let Some(scaling) = &comparison.scaling {
        out += "\nWith more and more worker processes:\n";
        out += &aligned(&SCALING_HEADS, &scaling.steps.iter().map(scaling_cells).collect::<Vec<_>>());
        out += &format!("{}\n", law(comparison));
    }
    out
}

/// The heads of the table of more and more workers.
pub(super) const SCALING_HEADS: [&str; 5] = ["workers", "time, s", "from–to", "speed-up", "efficiency"];

/// A row of it.
pub(super) fn scaling_cells(step: &ScalingStep) -> Vec<String> {
    vec![
        step.workers.to_string(),
        time(step.time_s.median),
        format!("{}–{}", time(step.time_s.min), time(step.time_s.max)),
        format!("{:.2}", step.speedup),
        format!("{:.2}", step.efficiency),
    ]
}

/// The heads of the original system's rows.
pub(super) const HISTORY_HEADS: [&str; 5] = ["", "time, s", "speed-up", "efficiency", "saved"];

/// A row of the original system.
pub(super) fn history_cells(row: &OriginalRow) -> Vec<String> {
    vec![
        format!("{} × {}", row.mode, row.workers),
        format!("{:.1}", row.time_s),
        format!("{:.2}", row.speedup),
        format!("{:.2}", row.efficiency),
        format!("{:.1} %", row.improvement_percent),
    ]
}

/// The heads of the blast table.
pub(super) const BLAST_HEADS: [&str; 6] =
    ["", "images lost", "images redone", "stood still, s", "replaced after, s", "longer by, s"];

/// Its rows; the last is Python's, if it was there.
pub(super) fn blast_rows(comparison: &Comparison) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = comparison
        .blast
        .iter()
        .map(|blast| {
            let gone = if blast.killed { "" } else { " (it had ended before)" };
            vec![
                format!("{} × {}{gone}", blast.mode, blast.workers),
                blast.lost.to_string(),
                blast.redone.to_string(),
                format!("{:.3}", blast.stood_still_s),
                blast.replaced_s.map_or("–".to_owned(), |time| format!("{time:.3}")),
                format!("{:+.2}", blast.extra_s),
            ]
        })
        .collect();
    if let Some(python) = &comparison.python {
        let name = format!("ProcessPoolExecutor, Python {}", python.python);
        rows.push(vec![
            name,
            python.failed.to_string(),
            "0".into(),
            "for good".into(),
            "never".into(),
            "–".into(),
        ]);
    }
    rows
}

/// The heads of the main table.
pub(super) fn heads() -> [&'static str; 11] {
    [
        "",
        "time, s",
        "from–to",
        "img/s",
        "MP/s",
        "speed-up",
        "efficiency",
        "saved",
        "CPU, s",
        "memory, MB",
        "start, ms",
    ]
}

/// A row of the main table.
pub(super) fn cells(row: &ModeRow) -> Vec<String> {
    vec![
        format!("{} × {}", row.mode, row.workers),
        time(row.time_s.median),
        format!("{}–{}", time(row.time_s.min), time(row.time_s.max)),
        format!("{:.1}", row.images_per_s),
        format!("{:.1}", row.megapixels_per_s),
        format!("{:.2}", row.speedup),
        format!("{:.2}", row.efficiency),
        format!("{:.1} %", row.improvement_percent),
        time(row.cpu_s.median),
        format!("{:.0}", row.memory.median / 1e6),
        format!("{:.0}", row.startup_s.median * 1e3),
    ]
}

/// Seconds with as many digits as ratios of them need to be understood.
fn time(seconds: f64) -> String {
    format!("{seconds:.*}", if seconds < 1.0 { 3 } else { 2 })
}

/// What the fitted law says.
pub(super) fn law(comparison: &Comparison) -> String {
    match comparison.scaling.as_ref().and_then(|scaling| scaling.law) {
        None => "Amdahl's law needs two numbers of workers that the cores can run at the same time, of \
            which the larger is no slower."
            .to_owned(),
        Some(law) => {
            let trust = match law.r_squared {
                Some(r) => format!("R² = {r:.3}"),
                None => "from two points only".to_owned(),
            };
            let limit = match law.serial_fraction {
                s if s > 0.0 => format!("at most {:.1} times as fast as one worker", 1.0 / s),
                _ => "no limit in sight".to_owned(),
            };
            format!(
                "Amdahl's law, fitted up to {}: {:.1} % of the work is serial, {limit} ({trust}).",
                amount(comparison.machine.cores, "worker"),
                law.serial_fraction * 100.0
            )
        }
    }
}

/// The first column to the left, the others to the right.
fn aligned(heads: &[&str], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(heads).add_rows(rows);
    for (n, column) in table.column_iter_mut().enumerate() {
        let (alignment, before) = if n == 0 { (CellAlignment::Left, 0) } else { (CellAlignment::Right, 2) };
        column.set_padding((before, 0)).set_cell_alignment(alignment);
    }
    table.trim_fmt() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_times_have_digits_enough_for_their_ratios() {
        assert_eq!([0.0334, 0.9996, 1.0, 12.345].map(time), ["0.033", "1.000", "1.00", "12.35"]);
    }

    #[test]
    fn columns_stand_below_each_other() {
        let rows =
            [vec!["a × 1".to_owned(), "1.00".to_owned()], vec!["sequential".to_owned(), "12.50".to_owned()]];
        assert_eq!(
            aligned(&["", "time"], &rows),
            "             time\na × 1        1.00\nsequential  12.50\n"
        );
    }
}
