//! What the header of a BMP says in numbers of its colours: where red, green and blue lie, and the gammas
//! (Windows' BITMAPV4HEADER). No state.

use super::{HEADER, number};

/// What is said of colours that are not sRGB's.
pub(super) const NOT_HEEDED: &str =
    "the header describes colours of its own (endpoints and gamma), which were not heeded";

/// Whether a file describes colours that are not sRGB's. Zeros describe none.
pub(super) fn are_others(bytes: &[u8]) -> bool {
    const VERSION_4: u32 = 108;
    const BY_NUMBERS: u32 = 0;
    /// x and y of sRGB's red, green and blue.
    const SRGB: [[f64; 2]; 3] = [[0.64, 0.33], [0.3, 0.6], [0.15, 0.06]];
    let word = |at: usize| number(bytes, HEADER + at).unwrap_or_default();
    if word(0) < VERSION_4 || word(56) != BY_NUMBERS {
        return false;
    }
    let is_elsewhere = |(at, [x, y]): (usize, [f64; 2])| {
        let [red, green, blue] = [0, 4, 8].map(|part| f64::from(word(60 + 12 * at + part)));
        let sum = red + green + blue;
        sum > 0.0 && ((red / sum - x).abs() > 0.01 || (green / sum - y).abs() > 0.01)
    };
    // As with PNG: what other programs take for sRGB, which compare with 2.2.
    let is_other_gamma = |at: usize| {
        let gamma = f64::from(word(at)) / 65_536.0;
        gamma > 0.0 && (gamma / 2.2 - 1.0).abs() >= 0.05
    };
    SRGB.into_iter().enumerate().any(is_elsewhere) || [96, 100, 104].into_iter().any(is_other_gamma)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_that_are_not_srgb_s_are_told_apart() {
        let are_others = |kind: u32, endpoints: [f64; 9], gamma: f64| {
            let mut file = vec![0; HEADER + 108];
            let fixed = |value: f64, unit: u32| (value * f64::from(1u32 << unit)) as u32;
            let endpoints = endpoints.map(|value| fixed(value, 30));
            let numbers = endpoints.into_iter().chain([fixed(gamma, 16); 3]);
            for (at, value) in [(0, 108), (56, kind)].into_iter().chain((60..).step_by(4).zip(numbers)) {
                file[HEADER + at..HEADER + at + 4].copy_from_slice(&u32::to_le_bytes(value));
            }
            super::are_others(&file)
        };
        let srgb = [0.4124, 0.2126, 0.0193, 0.3576, 0.7152, 0.1192, 0.1805, 0.0722, 0.9505];
        let adobe = [0.64, 0.33, 0.03, 0.21, 0.71, 0.08, 0.15, 0.06, 0.79];
        assert!(!are_others(0, srgb, 2.2) && !are_others(0, [0.0; 9], 0.0));
        assert!(are_others(0, srgb, 1.8) && are_others(0, adobe, 2.2));
        // "sRGB", in letters.
        assert!(!are_others(0x7352_4742, adobe, 1.8));
    }
}
