//! Horizontal bars with the spread of what was measured. Pure.

use super::svg::{Anchor, Svg, WIDTH};

/// Height of a row.
const ROW: f64 = 26.0;
/// Room for the labels.
const LEFT: f64 = 118.0;
/// Room for the values.
const RIGHT: f64 = 78.0;

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PlotBar {
    /// What it is.
    pub label: String,
    /// How long it is.
    pub value: f64,
    /// The least and the most that was measured, if it was more than once.
    pub spread: Option<(f64, f64)>,
    /// The value in words.
    pub shown: String,
}

/// Bars below each other on one scale.
pub(crate) fn bars(label: &str, all: &[PlotBar]) -> Svg {
    let longest = all.iter().map(|bar| bar.spread.map_or(bar.value, |(_, most)| most.max(bar.value)));
    let longest = longest.fold(0.0, f64::max);
    let scale = if longest > 0.0 { (WIDTH - LEFT - RIGHT) / longest } else { 0.0 };
    let mut svg = Svg::new(ROW * all.len() as f64 + 4.0, label);
    for (row, bar) in all.iter().enumerate() {
        let y = ROW * row as f64 + 4.0;
        let middle = y + ROW / 2.0 - 2.0;
        svg.text("", LEFT - 8.0, middle + 4.0, Anchor::End, &bar.label);
        svg.rect("bar", LEFT, y, bar.value * scale, ROW - 6.0);
        if let Some((least, most)) = bar.spread {
            let (least, most) = (LEFT + least * scale, LEFT + most * scale);
            svg.path(
                "whisker",
                &format!(
                    "M{least:.2} {middle:.2}H{most:.2}M{least:.2} {:.2}v8M{most:.2} {:.2}v8",
                    middle - 4.0,
                    middle - 4.0
                ),
            );
        }
        svg.text("", WIDTH - 2.0, middle + 4.0, Anchor::End, &bar.shown);
    }
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_fills_the_room_and_the_others_are_in_proportion() {
        let bar = |value| PlotBar { label: "a<b".to_owned(), value, spread: None, shown: String::new() };
        let svg = bars("times", &[bar(2.0), bar(1.0), bar(0.0)]).inline().into_string();
        let full = WIDTH - LEFT - RIGHT;
        for width in [full, full / 2.0, 0.0] {
            assert!(svg.contains(&format!("width=\"{width:.2}\"")), "{svg}");
        }
        assert!(svg.contains("a&lt;b"));
        assert!(!bars("nothing", &[bar(0.0)]).inline().into_string().contains("NaN"));
    }
}
