//! The few shapes that plots are made of. Pure.

use maud::{Markup, PreEscaped, html};

use super::PLOT_STYLE;

/// Width of every plot in its own units; a phone shows it at about three quarters, so 12 px stay readable.
pub(crate) const WIDTH: f64 = 480.0;

/// Which end of a text its place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    /// The text goes on to the right.
    Start,
    /// It lies around its place.
    Middle,
    /// It ends at its place.
    End,
}

/// A drawing; classes are those of [`PLOT_STYLE`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Svg {
    height: f64,
    label: String,
    /// Markup.
    body: String,
}

impl Svg {
    /// An empty one. `label` says what it shows, for those who cannot see it.
    pub(crate) fn new(height: f64, label: &str) -> Self {
        Self { height, label: label.to_owned(), body: String::new() }
    }

    /// A filled rectangle.
    pub(crate) fn rect(&mut self, class: &str, x: f64, y: f64, width: f64, height: f64) {
        let [x, y, width, height] = [x, y, width.max(0.0), height.max(0.0)].map(|n| format!("{n:.2}"));
        self.add(html! { rect class=(class) x=(x) y=(y) width=(width) height=(height) {} });
    }

    /// Many rectangles of one row as one path: pairs of where they begin and end.
    pub(crate) fn row(&mut self, class: &str, stretches: &[(f64, f64)], y: f64, height: f64) {
        if stretches.is_empty() {
            return;
        }
        let path: String = stretches
            .iter()
            .map(|(from, to)| format!("M{from:.2} {y:.2}H{to:.2}v{height:.2}H{from:.2}z"))
            .collect();
        self.path(class, &path);
    }

    /// A path of points.
    pub(crate) fn curve(&mut self, class: &str, points: &[(f64, f64)]) {
        let steps = points.iter().enumerate();
        let path: String =
            steps.map(|(n, (x, y))| format!("{}{x:.2} {y:.2}", if n == 0 { "M" } else { "L" })).collect();
        self.path(class, &path);
    }

    /// A path as SVG writes it.
    pub(crate) fn path(&mut self, class: &str, path: &str) {
        self.add(html! { path class=(class) d=(path) {} });
    }

    /// Words. `class` may be empty.
    pub(crate) fn text(&mut self, class: &str, x: f64, y: f64, anchor: Anchor, words: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let [x, y] = [x, y].map(|n| format!("{n:.1}"));
        self.add(html! { text class=(class) x=(x) y=(y) text-anchor=(anchor) { (words) } });
    }

    fn add(&mut self, shape: Markup) {
        self.body += &shape.into_string();
        self.body.push('\n');
    }

    fn view_box(&self) -> String {
        format!("0 0 {WIDTH} {:.0}", self.height)
    }

    /// As part of a page.
    pub(crate) fn inline(&self) -> Markup {
        html! {
            svg.plot viewBox=(self.view_box()) role="img" aria-label=(self.label) {
                (PreEscaped(&self.body))
            }
        }
    }

    /// As a file of its own, with its own style and background.
    pub(crate) fn file(&self) -> String {
        let file = html! {
            svg xmlns="http://www.w3.org/2000/svg" class="plot" viewBox=(self.view_box())
                width=(WIDTH * 1.5) height=(format!("{:.0}", self.height * 1.5)) {
                title { (self.label) }
                style { (PreEscaped(PLOT_STYLE)) }
                rect class="paper" width="100%" height="100%" {}
                (PreEscaped(&self.body))
            }
        };
        file.into_string()
    }
}
