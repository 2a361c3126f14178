//! Grey with transparency, which the `tiff` crate writes like any other colours once it is told what they
//! are. No state.

use std::marker::PhantomData;

use tiff::encoder::colortype::ColorType;
use tiff::tags::{PhotometricInterpretation, SampleFormat};

/// Two samples of this type.
pub(super) struct GreyAlpha<T>(PhantomData<T>);

/// Samples of a pixel.
const STEP: usize = 2;

impl ColorType for GreyAlpha<u8> {
    type Inner = u8;
    const TIFF_VALUE: PhotometricInterpretation = PhotometricInterpretation::BlackIsZero;
    const BITS_PER_SAMPLE: &'static [u16] = &[8; STEP];
    const SAMPLE_FORMAT: &'static [SampleFormat] = &[SampleFormat::Uint; STEP];

    fn horizontal_predict(row: &[u8], result: &mut Vec<u8>) {
        differences(row, result, u8::wrapping_sub);
    }
}

impl ColorType for GreyAlpha<u16> {
    type Inner = u16;
    const TIFF_VALUE: PhotometricInterpretation = PhotometricInterpretation::BlackIsZero;
    const BITS_PER_SAMPLE: &'static [u16] = &[16; STEP];
    const SAMPLE_FORMAT: &'static [SampleFormat] = &[SampleFormat::Uint; STEP];

    fn horizontal_predict(row: &[u16], result: &mut Vec<u16>) {
        differences(row, result, u16::wrapping_sub);
    }
}

/// The first pixel, then how each differs from the one before.
fn differences<T: Copy>(row: &[T], result: &mut Vec<T>, less: impl Fn(T, T) -> T) {
    result.extend(row.iter().take(STEP));
    result.extend(row.iter().zip(row.iter().skip(STEP)).map(|(left, sample)| less(*sample, *left)));
}
