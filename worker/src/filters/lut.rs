//! Lut: a `.cube` file as a recolouring. A one-dimensional table is a curve for each channel.

use protocol::{ErrorKind, JobError};
use recipe::filter::Lut;

use super::chain::{Curve, Recoloring};
use super::cube::{self, Cube};
use super::run::{Files, Ready, Runnable};
use super::{fail, unusable};

impl Runnable for Lut {
    fn ready(&self, files: &Files<'_>) -> Result<Ready, JobError> {
        // The recipe's check has seen to it that there is a file.
        let file = self.file.clone().unwrap_or_default();
        let bytes = (files.bytes)(file.as_path()).map_err(|error| unusable("lut: its file", &error))?;
        Ok(Ready::Recolorings(vec![recoloring(&bytes, self.strength)?]))
    }
}

/// Makes a file ready, its effect blended with the picture by `strength`.
fn recoloring(bytes: &[u8], strength: f32) -> Result<Recoloring, JobError> {
    let text = String::from_utf8_lossy(bytes);
    let mut file =
        cube::read(&text).map_err(|problem| fail(ErrorKind::BadParameter, format!("lut: {problem}")))?;
    if !file.three {
        let curve = |n: usize| {
            let values: Vec<f32> = file.entries.iter().map(|entry| entry[n]).collect();
            let (from, to) = (file.domain[0][n], file.domain[1][n]);
            Curve::new(move |level, depth| {
                let value = level / depth.max;
                let looked_up = cube::between(&values, (value - from) / (to - from));
                (value + (looked_up - value) * strength) * depth.max
            })
        };
        return Ok(Recoloring::Curves([curve(0), curve(1), curve(2)]));
    }
    // Blending with what went in is blending each entry: interpolation gives straight lines back as they are.
    let (edge, [from, to]) = (file.edge, file.domain);
    for (index, entry) in file.entries.iter_mut().enumerate() {
        let place = [index % edge, index / edge % edge, index / (edge * edge)];
        for n in 0..3 {
            let input = from[n] + (to[n] - from[n]) * place[n] as f32 / (edge - 1) as f32;
            entry[n] = input + (entry[n] - input) * strength;
        }
    }
    Ok(Recoloring::Cube(Box::new(Cube { edge, entries: file.entries, domain: file.domain })))
}

#[cfg(test)]
mod tests {
    use super::super::chain::Chain;
    use super::super::testing::assert_all_layouts;
    use super::*;

    /// A table of a linear function, which any interpolation gives back exactly.
    fn linear(edge: usize, domain: [f32; 2]) -> String {
        let mut text = format!(
            "TITLE \"a b\"\n# note\nLUT_3D_SIZE {edge}\n\nLUT_3D_INPUT_RANGE {} {}\n",
            domain[0], domain[1]
        );
        for index in 0..edge * edge * edge {
            let at = |n: usize| domain[0] + (domain[1] - domain[0]) * n as f32 / (edge - 1) as f32;
            let (r, g, b) = (at(index % edge), at(index / edge % edge), at(index / edge / edge));
            text += &format!("{} {} {}\n", 1.0 - r, 0.5 * g + 0.25 * b, b);
        }
        text
    }

    fn check(text: &str, strength: f32, reference: impl Fn([f64; 3]) -> [f64; 3]) {
        let chain = Chain::new(vec![recoloring(text.as_bytes(), strength).unwrap()]);
        assert_all_layouts(
            0.51,
            |picture| *picture = chain.apply(picture.clone()),
            |colors, max| {
                let rgb = if colors.len() == 1 { [colors[0]; 3] } else { [colors[0], colors[1], colors[2]] };
                reference(rgb.map(|v| v / max)).map(|v| v.clamp(0.0, 1.0) * max).to_vec()
            },
        );
    }

    #[test]
    fn three_dimensions() {
        check(&linear(5, [0.0, 1.0]), 1.0, |[r, g, b]| [1.0 - r, 0.5 * g + 0.25 * b, b]);
        check(&linear(2, [-0.5, 2.0]), 1.0, |[r, g, b]| [1.0 - r, 0.5 * g + 0.25 * b, b]);
        check(&linear(17, [0.0, 1.0]), 0.5, |[_, g, b]| [0.5, 0.75 * g + 0.125 * b, b]);
    }

    #[test]
    fn tetrahedra_meet_at_the_diagonal() {
        // Only the white corner is bright: on the diagonal the value is the share itself, off it that of the
        // least channel.
        let mut text = "LUT_3D_SIZE 2\n".to_owned() + &"0 0 0\n".repeat(7);
        text += "1 1 1\n";
        check(&text, 1.0, |[r, g, b]| [r.min(g).min(b); 3]);
    }

    #[test]
    fn one_dimension() {
        let text = "LUT_1D_SIZE 3\nDOMAIN_MIN 0 0 0\nDOMAIN_MAX 1 1 1\n0 0 1\n0.25 0.5 0.5\n1 1 0\n";
        check(text, 1.0, |[r, g, b]| [if r < 0.5 { r / 2.0 } else { 0.25 + (r - 0.5) * 1.5 }, g, 1.0 - b]);
    }

    #[test]
    fn mistakes_say_where() {
        let error = |text: &str| recoloring(text.as_bytes(), 1.0).unwrap_err().detail;
        assert_eq!(error("LUT_3D_SIZE 2\n0 0 0\n"), "lut: the file ends after 1 of 8 colours");
        assert!(error("LUT_3D_SIZE 1\n").contains("line 1: the size must be 2–256"));
        assert!(error("LUT_1D_SIZE 2\n0 0 0\n1 1\n").contains("line 3: expected three numbers"));
        assert!(error("0 0 0\n").contains("before the size"));
        assert!(error("LUT_1D_SIZE 2\n0 0 0\n1 1 1\n1 1 1\n").contains("line 4: there are more"));
        assert!(error("\u{89}PNG").contains("line 1"));
        assert!(error("").contains("no size"));
    }
}
