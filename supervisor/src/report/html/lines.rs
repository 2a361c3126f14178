//! Plots with two axes: images done over time, and speed-up over workers. Pure.

use super::svg::{Anchor, Svg, WIDTH};
use super::{number, ticks};
use crate::report::fold::timeline::Timeline;

const LEFT: f64 = 46.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 22.0;
const HEIGHT: f64 = 150.0;
const BOTTOM: f64 = TOP + HEIGHT;
/// Most steps of the throughput.
const STEPS: u64 = 60;
/// Images in a step on average, at the least: finer ones show only how images happen to fall.
const IMAGES_IN_A_STEP: u64 = 4;

/// Two axes from 0: the largest value of each, and the places of values between.
#[derive(Debug, Clone, Copy)]
struct Axes {
    right: f64,
    top: f64,
}

impl Axes {
    /// Draws them with their ticks and captions.
    fn draw(svg: &mut Svg, across: &[f64], up: &[f64], captions: (&str, &str)) -> Self {
        let last = |ticks: &[f64]| ticks.last().copied().unwrap_or(1.0);
        let axes = Axes { right: last(across), top: last(up) };
        for mark in up {
            svg.path("grid", &format!("M{LEFT} {:.2}H{}", axes.y(*mark), WIDTH - RIGHT));
            svg.text("dim", LEFT - 6.0, axes.y(*mark) + 4.0, Anchor::End, &number(*mark));
        }
        for mark in across {
            svg.path("axis", &format!("M{:.2} {BOTTOM}v4", axes.x(*mark)));
            svg.text("dim", axes.x(*mark), BOTTOM + 17.0, Anchor::Middle, &number(*mark));
        }
        let middle = LEFT + (WIDTH - LEFT - RIGHT) / 2.0;
        svg.text("dim", middle, BOTTOM + 33.0, Anchor::Middle, captions.0);
        svg.text("dim", 2.0, 12.0, Anchor::Start, captions.1);
        axes
    }

    fn x(self, value: f64) -> f64 {
        LEFT + value / self.right * (WIDTH - LEFT - RIGHT)
    }

    fn y(self, value: f64) -> f64 {
        BOTTOM - value / self.top * HEIGHT
    }
}

/// Images done per second over the time of a run.
pub(crate) fn throughput(timeline: &Timeline) -> Svg {
    let images: u64 = timeline.made_ok.counts.iter().sum();
    let buckets = timeline.made_ok.at_most((images / IMAGES_IN_A_STEP).clamp(1, STEPS) as usize);
    let wall = timeline.wall.as_secs_f64();
    let width = buckets.width.as_secs_f64();
    let steps: Vec<(f64, f64, f64)> = buckets
        .counts
        .iter()
        .enumerate()
        .map(|(n, count)| (n as f64 * width, ((n + 1) as f64 * width).min(wall), *count))
        // The last bucket is only as long as the run.
        .map(|(from, to, count)| (from, to, if to > from { count as f64 / (to - from) } else { 0.0 }))
        .collect();
    let most = steps.iter().map(|step| step.2).fold(0.0, f64::max);
    let mut svg = Svg::new(BOTTOM + 38.0, "images done per second over the time of the run");
    let captions = ("seconds since the start", "images per second");
    let axes = Axes::draw(&mut svg, &ticks(wall, 5), &ticks(most, 4), captions);
    let mut points = vec![(axes.x(0.0), axes.y(0.0))];
    points.extend(
        steps
            .iter()
            .flat_map(|(from, to, rate)| [(axes.x(*from), axes.y(*rate)), (axes.x(*to), axes.y(*rate))]),
    );
    points.push((points.last().map_or(axes.x(0.0), |point| point.0), axes.y(0.0)));
    svg.curve("area", &points);
    svg.curve("curve", points.get(1..points.len() - 1).unwrap_or_default());
    svg
}

/// One measurement of a scaling curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    /// How many workers.
    pub workers: u16,
    /// How many times as fast as one: the median, the least and the most.
    pub speedup: (f64, f64, f64),
}

/// Speed-up over workers, beside the ideal and a fitted curve.
pub(crate) fn scaling(points: &[Point], fit: Option<&dyn Fn(f64) -> f64>) -> Svg {
    let most = points.iter().map(|point| point.workers).max().unwrap_or(1).max(2);
    let highest = points.iter().map(|point| point.speedup.2).fold(f64::from(most), f64::max);
    let mut svg = Svg::new(BOTTOM + 38.0, "speed-up over the number of workers");
    let (right, count) = (f64::from(most), u32::from(most).min(8));
    let across: Vec<f64> = ticks(right, count).into_iter().filter(|tick| tick.fract() == 0.0).collect();
    let axes = Axes::draw(&mut svg, &across, &ticks(highest, 4), ("workers", "times as fast as one worker"));
    svg.curve("ideal", &[(axes.x(1.0), axes.y(1.0)), (axes.x(right), axes.y(right))]);
    if let Some(fit) = fit {
        let places = (0..=48).map(|n| 1.0 + f64::from(n) / 48.0 * (right - 1.0));
        let curve: Vec<(f64, f64)> = places.map(|n| (axes.x(n), axes.y(fit(n)))).collect();
        svg.curve("fit", &curve);
    }
    for point in points {
        let (median, least, most) = point.speedup;
        let place = axes.x(f64::from(point.workers));
        svg.path(
            "whisker",
            &format!(
                "M{place:.2} {:.2}V{:.2}M{:.2} {:.2}h8M{:.2} {:.2}h8",
                axes.y(least),
                axes.y(most),
                place - 4.0,
                axes.y(least),
                place - 4.0,
                axes.y(most)
            ),
        );
        svg.rect("bar", place - 3.5, axes.y(median) - 3.5, 7.0, 7.0);
    }
    svg
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fold::recorder::Recorder;
    use std::time::Duration;

    #[test]
    fn plots_of_nothing_hold_no_nonsense() {
        let empty = [throughput(&Timeline::default()), scaling(&[], None)];
        let empty = empty.map(|plot| plot.inline().into_string()).concat();
        assert!(!empty.contains("NaN") && !empty.contains("inf"), "{empty}");
    }

    #[test]
    fn the_throughput_is_images_by_time() {
        let mut recorder = Recorder::default();
        for n in 0..20 {
            recorder.made_ok(Duration::from_millis(n * 10));
        }
        let svg = throughput(&recorder.timeline(Duration::from_millis(200))).inline().into_string();
        // An image in each hundredth of a second is 100 in a second, at the top of the scale.
        assert!(svg.contains(">100</text>") && !svg.contains(">200</text>"), "{svg}");
        assert!(svg.contains(&format!("L{:.2} {TOP:.2}", WIDTH - RIGHT)), "{svg}");
    }

    #[test]
    fn a_point_lies_where_its_numbers_say() {
        let svg = scaling(&[Point { workers: 2, speedup: (2.0, 2.0, 2.0) }], None).inline().into_string();
        assert!(svg.contains(&format!("x=\"{:.2}\" y=\"{:.2}\"", WIDTH - RIGHT - 3.5, TOP - 3.5)), "{svg}");
    }
}
