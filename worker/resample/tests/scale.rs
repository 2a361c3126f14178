//! Every kind of pixel is scaled, and what cannot be is an error. Here rather than in the library, which
//! would then be compiled once more.

use recipe::filter::Kernel;
use recipe::filter::geometry::Size;
use resample::{Channels, Resampler, ScaleError, Scaling};

const ALL: [Channels; 4] = [Channels::Grey, Channels::GreyAlpha, Channels::Rgb, Channels::Rgba];

/// Halves an image of 4 x 2 opaque pixels, each channel a ramp of its own.
fn halved(channels: Channels) -> Scaling {
    Scaling {
        from: Size { width: 4, height: 2 },
        part: [4.0, 2.0],
        to: Size { width: 2, height: 1 },
        channels,
        kernel: Kernel::Box,
    }
}

fn ramps(channels: Channels, opaque: u16) -> Vec<u16> {
    let sample = |pixel: u16, channel: usize| match channel {
        _ if channels.has_alpha() && channel == channels.color_count() => opaque,
        _ => pixel * 10 + channel as u16,
    };
    (0..8).flat_map(|pixel| (0..channels.count()).map(move |channel| sample(pixel, channel))).collect()
}

/// The mean of each channel over the left and the right half.
fn means(channels: Channels, samples: &[u16]) -> Vec<u16> {
    let count = channels.count();
    let mean = |left: usize, channel: usize| {
        let pixels = [left, left + 1, left + 4, left + 5];
        (pixels.map(|pixel| u32::from(samples[pixel * count + channel])).iter().sum::<u32>() / 4) as u16
    };
    [0, 2].into_iter().flat_map(|left| (0..count).map(move |channel| mean(left, channel))).collect()
}

#[test]
fn the_box_kernel_averages_whatever_the_channels_and_the_depth() {
    for channels in ALL {
        let samples = ramps(channels, u8::MAX.into());
        let mut bytes: Vec<u8> = samples.iter().map(|&sample| sample as u8).collect();
        let scaled = Resampler::default().scale_u8(&mut bytes, &halved(channels)).unwrap();
        let scaled: Vec<u16> = scaled.into_iter().map(u16::from).collect();
        assert_eq!(scaled, means(channels, &samples), "{channels:?}, 8 bits");

        let mut samples = ramps(channels, u16::MAX);
        let scaled = Resampler::default().scale_u16(&mut samples, &halved(channels)).unwrap();
        assert_eq!(scaled, means(channels, &samples), "{channels:?}, 16 bits");
    }
}

#[test]
fn a_part_outside_and_missing_samples_are_errors() {
    let outside = Scaling { part: [5.0, 2.0], ..halved(Channels::Grey) };
    let result = Resampler::default().scale_u8(&mut [0; 8], &outside);
    assert!(matches!(result, Err(ScaleError::Part(_))), "{result:?}");
    let result = Resampler::default().scale_u16(&mut [0; 7], &halved(Channels::Grey));
    assert!(matches!(result, Err(ScaleError::Samples(_))), "{result:?}");
}
