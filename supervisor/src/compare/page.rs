//! The comparison as a page, and its plots by name. Pure.

use maud::{Markup, html};

use super::Comparison;
use super::table::ratio;
use super::text::{
    BLAST_HEADS, HISTORY_HEADS, SCALING_HEADS, blast_rows, cells, heads, history_cells, law, scaling_cells,
};
use crate::report::html::bars::{PlotBar, bars};
use crate::report::html::lanes::lanes;
use crate::report::html::lines::{Point, scaling};
use crate::report::html::{Column, Svg, page as whole_page, seconds, table};
use crate::units::amount;
use pool::escape::escape_text;

/// Every plot with the name of its file.
pub(super) fn plots(comparison: &Comparison) -> Vec<(String, Svg)> {
    let mut all = vec![("time".to_owned(), times(comparison))];
    all.extend(lanes_of(comparison));
    all.extend(curve(comparison).map(|plot| ("scaling".to_owned(), plot)));
    all
}

/// The lanes of each mode without a kill and with one, all on one scale.
fn lanes_of(comparison: &Comparison) -> Vec<(String, Svg)> {
    let all = &comparison.timelines;
    let until = all.iter().flat_map(|(_, usual, killed)| [usual.wall, killed.wall]).max().unwrap_or_default();
    let plots = all.iter().flat_map(|(mode, usual, killed)| {
        let label = format!("lanes in {mode} mode");
        let with_kill = lanes(&format!("{label} with a worker killed"), killed, until);
        [(format!("lanes-{mode}"), lanes(&label, usual, until)), (format!("blast-{mode}"), with_kill)]
    });
    plots.collect()
}

/// A name with its number stays on one line.
fn unbroken(mut rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    for cell in rows.iter_mut().filter_map(|row| row.first_mut()) {
        *cell = cell.replace(" × ", "\u{a0}×\u{a0}");
    }
    rows
}

/// The whole page.
pub(super) fn page(comparison: &Comparison) -> String {
    let lanes = lanes_of(comparison);
    let body = html! {
        (summary(comparison))
        (time(comparison))
        (history(comparison))
        (crash(comparison))
        (plots_of(&lanes, "blast-"))
        h2 { "Without a crash" }
        (plots_of(&lanes, "lanes-"))
        @if let Some(plot) = curve(comparison) { (scaled(comparison, &plot)) }
    };
    whole_page("supervisor: sequential, threads, processes", &body)
}

fn summary(comparison: &Comparison) -> Markup {
    let Comparison { machine, images, ok, megapixels, rounds, .. } = comparison;
    let what = format!(
        "{ok} of {}, {megapixels:.1} MP, on {} of {}, {:.1} GB of memory; load before: {:.1}. Medians of \
         {} with the page cache warm and the modes in turns. ",
        amount(*images, "image"),
        amount(machine.cores, "core"),
        escape_text(&machine.processor),
        machine.memory as f64 / 1e9,
        machine.load_before,
        amount(*rounds, "round"),
    );
    html! {
        p {
            (what)
            @match &comparison.difference {
                None => "The outputs of all modes are equal byte by byte.",
                Some(name) => strong.bad { "The outputs differ: " (name) },
            }
        }
        p.dim { code { (comparison.arguments.join(" ")) } }
    }
}

fn time(comparison: &Comparison) -> Markup {
    html! {
        h2 { "Time" }
        p.dim { "Seconds from starting the program to its end: median, least and most." }
        (times(comparison).inline())
        (table(&numbers(&heads()), &unbroken(comparison.modes.iter().map(cells).collect())))
        p.dim {
            "Efficiency is the speed-up divided by the workers that can really run at the same time. CPU \
             and memory are those of the supervisor and its workers together; start is the time until the \
             first photo was under way; saved is the share of the sequential time. The lanes below begin \
             when the work does, a little after the program."
        }
    }
}

fn history(comparison: &Comparison) -> Markup {
    let rows: Vec<Vec<String>> = comparison.history.iter().map(history_cells).collect();
    html! {
        h2 { "History" }
        p.dim {
            "The original system as it reported itself: measured elsewhere, on other hardware, in Python, \
             with 10 images of 800×600."
        }
        (table(&numbers(&HISTORY_HEADS), &rows))
    }
}

fn crash(comparison: &Comparison) -> Markup {
    html! {
        h2 { "What a crash costs" }
        p {
            "The same run, with a worker killed in the middle of it. Blue: a photo is being worked on. \
             Grey: the worker waits. White: there is none. Red: the attempt was lost; a red line is the \
             start of the worker that replaces a lost one. A photo is "
            em { "lost" } " if there is no result, " em { "redone" }
            " if it had to be begun again; nothing was under way while the run " em { "stood still" } "; "
            em { "longer by" } " is against the same run without the kill."
        }
        (table(&numbers(&BLAST_HEADS), &unbroken(blast_rows(comparison))))
        @if comparison.python.is_some() {
            p.dim {
                "Python's jobs only wait, each as long as a photo takes; after the kill every job that is \
                 not done fails."
            }
        }
    }
}

/// Those whose name begins with `group`; the rest of the name is the mode.
fn plots_of(plots: &[(String, Svg)], group: &str) -> Markup {
    html! {
        @for (name, plot) in plots {
            @if let Some(mode) = name.strip_prefix(group) {
                p { strong { (mode) } }
                (plot.inline())
            }
        }
    }
}

fn scaled(comparison: &Comparison, plot: &Svg) -> Markup {
    let steps = comparison.scaling.iter().flat_map(|scaling| &scaling.steps).map(scaling_cells);
    html! {
        h2 { "Scaling" }
        p.dim { "Blue: measured. Dashed: ideal. Orange: Amdahl's law, fitted." }
        (plot.inline())
        (table(&numbers(&SCALING_HEADS), &unbroken(steps.collect())))
        p { (law(comparison)) }
        p.dim { "Measured by itself: the times differ a little from those of the modes." }
    }
}

fn numbers(heads: &[&'static str]) -> Vec<Column> {
    let columns = heads.iter().enumerate();
    columns.map(|(n, head)| if n == 0 { Column::Words(head) } else { Column::Number(head) }).collect()
}

fn times(comparison: &Comparison) -> Svg {
    let rows = comparison.modes.iter().map(|row| PlotBar {
        label: format!("{} × {}", row.mode, row.workers),
        value: row.time_s.median,
        spread: Some((row.time_s.min, row.time_s.max)),
        shown: seconds(row.time_s.median),
    });
    bars("seconds per mode", &rows.collect::<Vec<_>>())
}

fn curve(comparison: &Comparison) -> Option<Svg> {
    let measured = comparison.scaling.as_ref()?;
    let one = measured.steps.first()?.time_s.median;
    let points: Vec<Point> = measured
        .steps
        .iter()
        .map(|step| Point {
            workers: step.workers,
            speedup: (
                ratio(one, step.time_s.median),
                ratio(one, step.time_s.max),
                ratio(one, step.time_s.min),
            ),
        })
        .collect();
    let law = measured.law;
    let fit = law.map(|law| move |workers: f64| law.speedup(workers));
    Some(scaling(&points, fit.as_ref().map(|fit| fit as &dyn Fn(f64) -> f64)))
}
