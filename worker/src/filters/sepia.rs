//! Sepia: the matrix of the original system, blended with the picture by `strength`.

use protocol::filter::Sepia;

use crate::image::{Channels, Picture, Samples};

/// Rows make red, green and blue; the widely used figures of Microsoft's sepia sample.
const MATRIX: [[f32; 3]; 3] = [[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]];

/// Bits behind the point of the fixed-point matrix for 8-bit samples: 3 · 1.351 · 255 · 2¹⁶ fits 32 bits.
const SHIFT: u32 = 16;

/// Applies the matrix; grey pictures become coloured. Alpha is not touched.
pub(crate) fn apply(sepia: &Sepia, picture: Picture) -> Picture {
    let matrix = blended(sepia.strength);
    let mut picture = colored(picture);
    let count = picture.channels.count();
    match &mut picture.samples {
        Samples::U8(samples) => {
            let fixed = matrix.map(|row| row.map(|weight| (weight * (1 << SHIFT) as f32).round() as i32));
            let half = 1 << (SHIFT - 1);
            for pixel in samples.chunks_exact_mut(count) {
                let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(i32::from);
                for (sample, [wr, wg, wb]) in pixel.iter_mut().zip(fixed) {
                    *sample = ((wr * r + wg * g + wb * b + half) >> SHIFT).clamp(0, 255) as u8;
                }
            }
        }
        Samples::U16(samples) => {
            for pixel in samples.chunks_exact_mut(count) {
                let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(f32::from);
                for (sample, [wr, wg, wb]) in pixel.iter_mut().zip(matrix) {
                    // A conversion from float to integer clips.
                    *sample = (wr * r + wg * g + wb * b).round() as u16;
                }
            }
        }
    }
    picture
}

fn blended(strength: f32) -> [[f32; 3]; 3] {
    let mut matrix = MATRIX.map(|row| row.map(|weight| weight * strength));
    for (n, row) in matrix.iter_mut().enumerate() {
        row[n] += 1.0 - strength;
    }
    matrix
}

/// The picture with red, green and blue, equal where it was grey.
fn colored(picture: Picture) -> Picture {
    let channels = match picture.channels {
        Channels::Grey => Channels::Rgb,
        Channels::GreyAlpha => Channels::Rgba,
        Channels::Rgb | Channels::Rgba => return picture,
    };
    let count = picture.channels.count();
    let samples = match picture.samples {
        Samples::U8(samples) => Samples::U8(tripled(&samples, count)),
        Samples::U16(samples) => Samples::U16(tripled(&samples, count)),
    };
    Picture { size: picture.size, channels, samples }
}

fn tripled<T: Copy>(samples: &[T], count: usize) -> Vec<T> {
    let mut colored = Vec::with_capacity(samples.len() / count * (count + 2));
    for pixel in samples.chunks_exact(count) {
        colored.extend([pixel[0]; 3]);
        colored.extend_from_slice(&pixel[1..]);
    }
    colored
}

#[cfg(test)]
mod tests {
    use super::super::testing::assert_all_layouts;
    use super::*;

    #[test]
    fn against_the_matrix() {
        for strength in [0.0, 0.4, 1.0] {
            assert_all_layouts(
                0.52,
                |picture| *picture = apply(&Sepia { strength }, picture.clone()),
                |colors, max| {
                    let rgb = if colors.len() == 1 { [colors[0]; 3] } else { [colors[0], colors[1], colors[2]] };
                    let strength = f64::from(strength);
                    let matrix = [[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]];
                    (0..3)
                        .map(|n| {
                            let toned: f64 = (0..3).map(|k| matrix[n][k] * rgb[k]).sum();
                            (toned * strength + rgb[n] * (1.0 - strength)).clamp(0.0, max)
                        })
                        .collect()
                },
            );
        }
    }
}
