//! A table for 8-bit samples that takes two at a time: half the look-ups, at 128 KiB that stay in the cache.
//! No state.

use bytemuck::cast;
use multiversion::multiversion;

/// Samples in a picture below which the table is not worth making.
pub(super) const LEAST: usize = 1 << 20;

/// What a table makes of any two samples.
pub(super) struct Pairs(Box<[u16]>);

impl Pairs {
    /// Of a table of 256 entries.
    pub(super) fn new(table: &[u8]) -> Self {
        let of_two = |two: u16| cast(cast::<u16, [u8; 2]>(two).map(|sample| table[usize::from(sample)]));
        Self((0..=u16::MAX).map(of_two).collect())
    }

    /// Replaces every sample.
    pub(super) fn apply(&self, samples: &mut [u8]) {
        look_up(&self.0, samples);
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn look_up(pairs: &[u16], samples: &mut [u8]) {
    let at = |two: u16| pairs[usize::from(two)];
    let (eights, rest) = samples.as_chunks_mut::<8>();
    for eight in eights {
        *eight = cast(cast::<[u8; 8], [u16; 4]>(*eight).map(at));
    }
    for sample in rest {
        [*sample, _] = cast(at(cast([*sample; 2])));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_looked_up() {
        let table: Vec<u8> = (0..=255u8).map(|v| v.wrapping_mul(7) ^ 90).collect();
        let mut samples: Vec<u8> = (0..1003u32).map(|n| (n * n / 3) as u8).collect();
        let expected: Vec<u8> = samples.iter().map(|v| table[usize::from(*v)]).collect();
        Pairs::new(&table).apply(&mut samples);
        assert_eq!(samples, expected);
    }
}
