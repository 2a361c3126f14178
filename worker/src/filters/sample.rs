//! A sample of 8 or 16 bits, so that a filter is written once for both. No state.

use crate::image::Samples;

/// What the levels of a depth mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Depth {
    /// The level of white.
    pub(crate) max: f32,
    /// The level of mid-grey: 128, and 128 · 257 so that 16-bit pictures look the same.
    pub(crate) middle: f32,
    /// Bits of a sample.
    pub(crate) bits: u32,
}

/// One sample.
pub(crate) trait Sample: Copy + Ord + Default + Into<f32> + Into<i32> + 'static {
    /// What its levels mean.
    const DEPTH: Depth;

    /// The nearest sample to a level; levels out of range are clipped.
    fn from_level(level: f32) -> Self;

    /// The sample for a level that is in range.
    fn from_index(level: usize) -> Self;

    /// The sample as an index into a table.
    fn index(self) -> usize;

    /// As the samples of a picture.
    fn wrap(samples: Vec<Self>) -> Samples;

    /// The level as a float.
    fn level(self) -> f32 {
        self.into()
    }
}

impl Sample for u8 {
    const DEPTH: Depth = Depth { max: 255.0, middle: 128.0, bits: 8 };

    #[inline(always)]
    fn from_level(level: f32) -> Self {
        // A conversion from float to integer clips, and drops the fraction.
        (level + 0.5) as u8
    }

    #[inline(always)]
    fn from_index(level: usize) -> Self {
        level as u8
    }

    #[inline(always)]
    fn index(self) -> usize {
        usize::from(self)
    }

    fn wrap(samples: Vec<Self>) -> Samples {
        Samples::U8(samples)
    }
}

impl Sample for u16 {
    const DEPTH: Depth = Depth { max: 65_535.0, middle: 32_896.0, bits: 16 };

    #[inline(always)]
    fn from_level(level: f32) -> Self {
        (level + 0.5) as u16
    }

    #[inline(always)]
    fn from_index(level: usize) -> Self {
        level as u16
    }

    #[inline(always)]
    fn index(self) -> usize {
        usize::from(self)
    }

    fn wrap(samples: Vec<Self>) -> Samples {
        Samples::U16(samples)
    }
}

/// A colour of 8 bits per channel as the colour samples of a pixel: three, or its luma for a grey picture.
pub(super) fn color_samples<T: Sample>(color: [u8; 3], count: usize) -> Vec<T> {
    let [r, g, b] = color.map(|value| f32::from(value) / 255.0 * T::DEPTH.max);
    if count == 1 { vec![T::from_level(super::luma(r, g, b))] } else { [r, g, b].map(T::from_level).to_vec() }
}
