//! Filters that map each colour sample by itself: brightness, contrast, posterize. A chain of them is one table.

use protocol::Filter;

use crate::image::{Picture, Samples};

/// What a chain of such filters makes of every possible sample. Alpha is never touched.
#[derive(Debug, Clone)]
pub(crate) struct Points {
    filters: Vec<Filter>,
    narrow: [u8; 256],
    /// Made when the first 16-bit picture comes.
    wide: Vec<u16>,
}

impl Points {
    /// The table for a chain; every filter rounds and clips as if it ran alone, so fusing changes nothing.
    pub(crate) fn new(filters: Vec<Filter>) -> Self {
        let mut narrow = [0; 256];
        for (value, entry) in (0..=255u8).zip(&mut narrow) {
            *entry = map(&filters, f32::from(value), &EIGHT_BITS) as u8;
        }
        Self { filters, narrow, wide: Vec::new() }
    }

    /// Applies the chain in place.
    pub(crate) fn apply(&mut self, picture: &mut Picture) {
        let (count, colors) = (picture.channels.count(), picture.channels.color_count());
        match &mut picture.samples {
            Samples::U8(samples) => look_up(samples, count, colors, |v| self.narrow[usize::from(v)]),
            Samples::U16(samples) => {
                if self.wide.is_empty() {
                    let all = 0..=u16::MAX;
                    self.wide = all.map(|value| map(&self.filters, f32::from(value), &SIXTEEN_BITS) as u16).collect();
                }
                look_up(samples, count, colors, |v| self.wide[usize::from(v)]);
            }
        }
    }
}

fn look_up<T: Copy>(samples: &mut [T], count: usize, colors: usize, map: impl Fn(T) -> T) {
    if count == colors {
        for sample in samples {
            *sample = map(*sample);
        }
    } else {
        for pixel in samples.chunks_exact_mut(count) {
            for sample in &mut pixel[..colors] {
                *sample = map(*sample);
            }
        }
    }
}

/// What a depth means for these filters.
struct Depth {
    max: f32,
    /// The middle: 128, and 128 · 257 so that 16-bit pictures look the same.
    middle: f32,
    bits: u32,
}

const EIGHT_BITS: Depth = Depth { max: 255.0, middle: 128.0, bits: 8 };
const SIXTEEN_BITS: Depth = Depth { max: 65_535.0, middle: 32_896.0, bits: 16 };

fn map(filters: &[Filter], value: f32, depth: &Depth) -> f32 {
    filters.iter().fold(value, |value, filter| one(filter, value, depth).round().clamp(0.0, depth.max))
}

fn one(filter: &Filter, value: f32, depth: &Depth) -> f32 {
    match filter {
        Filter::Brightness(brightness) => value * brightness.factor,
        Filter::Contrast(contrast) => (value - depth.middle) * contrast.factor + depth.middle,
        Filter::Posterize(posterize) => {
            let dropped = depth.bits.saturating_sub(posterize.bits);
            ((value as u32) >> dropped << dropped) as f32
        }
        // These look at more than one sample; the pipeline never puts them here.
        Filter::Resize(_) | Filter::Blur(_) | Filter::Edges(_) | Filter::Sepia(_) | Filter::Watermark(_) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_all_layouts, parse};
    use super::*;

    fn check(spec: &str, reference: impl Fn(f64, f64) -> f64) {
        assert_all_layouts(0.5001, |picture| Points::new(vec![parse(spec)]).apply(picture), |colors, max| {
            colors.iter().map(|value| reference(*value, max).clamp(0.0, max)).collect()
        });
    }

    #[test]
    fn brightness() {
        check("brightness=1.5", |value, _| value * 1.5);
        check("brightness=0", |_, _| 0.0);
        check("brightness=1", |value, _| value);
    }

    #[test]
    fn contrast() {
        check("contrast=1.7", |value, max| {
            let middle = max / 255.0 * 128.0;
            (value - middle) * 1.7 + middle
        });
    }

    #[test]
    fn posterize_keeps_the_top_bits() {
        check("posterize=3", |value, max| {
            let step = (max + 1.0) / 8.0;
            (value / step).floor() * step
        });
    }

    #[test]
    fn a_chain_equals_its_links() {
        let chain: Vec<Filter> = ["brightness=1.3", "contrast=0.7", "posterize=5"].map(parse).to_vec();
        let mut fused = super::super::testing::pictures().remove(2);
        let mut single = fused.clone();
        Points::new(chain.clone()).apply(&mut fused);
        for filter in chain {
            Points::new(vec![filter]).apply(&mut single);
        }
        assert_eq!(fused, single);
    }
}
