//! Pages and plots: what every page looks like, and the functions that draw. Pure.
//!
//! A page is one file without scripts and without anything fetched; plots are SVG inside it, and files of
//! their own where that is asked for. Both follow the reader's choice of light or dark and can be printed.
//! Both are written with `html!`, which lets no text become markup.

pub(crate) mod bars;
pub(crate) mod lanes;
pub(crate) mod lines;
pub(crate) mod svg;

pub(crate) use svg::Svg;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use pool::escape::escape_text;

/// Colours and type of plots: literal colours, since not every SVG viewer knows CSS variables.
pub(crate) const PLOT_STYLE: &str = include_str!("plot.css");

/// What is only of pages. Printed, everything is dark on white.
const PAGE_STYLE: &str = include_str!("page.css");

/// A whole page.
pub(crate) fn page(title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta http-equiv="Content-Security-Policy"
                    content="default-src 'none'; style-src 'unsafe-inline'";
                title { (title) }
                style { (PreEscaped(PAGE_STYLE)) (PreEscaped(PLOT_STYLE)) }
            }
            body { h1 { (title) } (body) }
        }
        "\n"
    };
    page.into_string()
}

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    /// Words.
    Words(&'static str),
    /// Numbers, set to the right.
    Number(&'static str),
    /// Names of files, broken anywhere if need be.
    Name(&'static str),
}

impl Column {
    fn head(self) -> &'static str {
        let (Column::Words(head) | Column::Number(head) | Column::Name(head)) = self;
        head
    }

    fn class(self) -> Option<&'static str> {
        match self {
            Column::Words(_) => None,
            Column::Number(_) => Some("n"),
            Column::Name(_) => Some("name"),
        }
    }
}

/// A table. What shows nothing in a cell, or would command a terminal, is escaped as everywhere.
pub(crate) fn table(columns: &[Column], rows: &[Vec<String>]) -> Markup {
    html! {
        div.wide {
            table {
                tr { @for column in columns { th class=[column.class()] { (column.head()) } } }
                @for row in rows {
                    tr {
                        @for (column, cell) in columns.iter().zip(row) {
                            td class=[column.class()] { (escape_text(cell)) }
                        }
                    }
                }
            }
        }
    }
}

/// Seconds with the decimals that mean something.
pub(crate) fn seconds(value: f64) -> String {
    let decimals = if value.abs() >= 100.0 {
        0
    } else if value.abs() >= 10.0 {
        1
    } else if value.abs() >= 1.0 || value == 0.0 {
        2
    } else {
        3
    };
    format!("{value:.decimals$} s")
}

/// Round values from 0 to at least `max`, about `count` of them; never fewer than two.
pub(crate) fn ticks(max: f64, count: u32) -> Vec<f64> {
    let max = if max.is_finite() && max > 0.0 { max } else { 1.0 };
    let raw = max / f64::from(count.max(1));
    let power = 10f64.powf(raw.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= raw * 0.999);
    let step = step.unwrap_or(power * 10.0);
    let steps = (max / step * 0.999).ceil().max(1.0) as u32;
    (0..=steps).map(|n| f64::from(n) * step).collect()
}

/// A tick's number without needless zeros.
pub(crate) fn number(value: f64) -> String {
    let rounded = format!("{value:.3}");
    rounded.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_becomes_markup() {
        let cell = "<img src=x onerror=\"a\" & 'b'>\u{202E}\n".to_owned();
        let html = table(&[Column::Name("file")], &[vec![cell]]).into_string();
        let shown = "&lt;img src=x onerror=&quot;a&quot; &amp; 'b'&gt;\\u{202e}\\u{a}";
        assert!(html.contains(&format!("<td class=\"name\">{shown}</td>")), "{html}");
        assert!(page("<i>", &html! {}).contains("<title>&lt;i&gt;</title>"));
    }

    #[test]
    fn ticks_are_round_and_cover_the_range() {
        assert_eq!(ticks(10.0, 5), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(ticks(0.37, 4), [0.0, 0.1, 0.2, 0.30000000000000004, 0.4]);
        assert_eq!(ticks(0.0, 4), [0.0, 0.5, 1.0]);
        for max in [0.001, 0.9, 3.3, 47.0, 1234.5] {
            let all = ticks(max, 5);
            assert!(*all.last().unwrap() >= max * 0.999 && all.len() <= 8, "{max}: {all:?}");
        }
        assert_eq!((number(2.0), number(0.30000000000000004)), ("2".to_owned(), "0.3".to_owned()));
        assert_eq!(
            (seconds(123.4), seconds(22.44), seconds(4.2), seconds(0.0123)),
            ("123 s".to_owned(), "22.4 s".to_owned(), "4.20 s".to_owned(), "0.012 s".to_owned())
        );
    }
}
