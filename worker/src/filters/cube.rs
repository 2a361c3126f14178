//! Colour look-up tables in `.cube` files: Adobe's Cube LUT specification 1.0, with the input ranges of DaVinci Resolve.
//!
//! A one-dimensional table is a curve for each channel, a three-dimensional one is interpolated over tetrahedra: in each small
//! cube, the six tetrahedra share the diagonal from black to white, so that grey stays as smooth as the table is. Values are
//! shares of white. No state.

use protocol::{ErrorKind, JobError};
use recipe::filter::Lut;

use super::chain::{Curve, Link};
use super::pass::{Files, Ready, Runnable};
use super::{fail, unusable};

/// The largest tables that the specification allows.
const MAX_3D: usize = 256;
const MAX_1D: usize = 65_536;

/// A three-dimensional table.
#[derive(Debug)]
pub(crate) struct Cube {
    /// Entries along each edge, at least 2.
    edge: usize,
    /// Red changes fastest.
    entries: Vec<[f32; 3]>,
    /// What of the input is the first entry, and what the last.
    domain: [[f32; 3]; 2],
}

/// What a file holds.
#[derive(Debug)]
struct File {
    edge: usize,
    three: bool,
    entries: Vec<[f32; 3]>,
    domain: [[f32; 3]; 2],
}

impl Runnable for Lut {
    fn ready(&self, files: &Files<'_>) -> Result<Ready, JobError> {
        // The recipe's check has seen to it that there is a file.
        let file = self.file.clone().unwrap_or_default();
        let bytes = (files.bytes)(file.as_path()).map_err(|error| unusable("lut: its file", &error))?;
        Ok(Ready::Links(vec![link(&bytes, self.strength)?]))
    }
}

/// Makes a file ready, its effect blended with the picture by `strength`.
fn link(bytes: &[u8], strength: f32) -> Result<Link, JobError> {
    let text = String::from_utf8_lossy(bytes);
    let mut file = read(&text).map_err(|problem| fail(ErrorKind::BadParameter, format!("lut: {problem}")))?;
    if !file.three {
        let curve = |n: usize| {
            let values: Vec<f32> = file.entries.iter().map(|entry| entry[n]).collect();
            let (from, to) = (file.domain[0][n], file.domain[1][n]);
            Curve::new(move |level, depth| {
                let value = level / depth.max;
                let looked_up = between(&values, (value - from) / (to - from));
                (value + (looked_up - value) * strength) * depth.max
            })
        };
        return Ok(Link::Curves([curve(0), curve(1), curve(2)]));
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
    Ok(Link::Cube(Box::new(Cube { edge, entries: file.entries, domain: file.domain })))
}

impl Cube {
    /// What the table makes of a colour.
    #[inline(always)]
    pub(super) fn look_up(&self, color: [f32; 3]) -> [f32; 3] {
        let last = (self.edge - 1) as f32;
        let [from, to] = &self.domain;
        let mut share = [0.0; 3];
        let mut corner = [0; 3];
        for n in 0..3 {
            let place = ((color[n] - from[n]) / (to[n] - from[n])).clamp(0.0, 1.0) * last;
            let cell = (place as usize).min(self.edge - 2);
            (share[n], corner[n]) = (place - cell as f32, cell);
        }
        let [red, green, blue] = [1, self.edge, self.edge * self.edge];
        let origin = corner[0] * red + corner[1] * green + corner[2] * blue;
        // From black to white along the axes, the one with the largest share first.
        let [r, g, b] = share;
        let (first, second, [large, middle, small]) = if r >= g {
            if g >= b {
                (red, red + green, [r, g, b])
            } else if r >= b {
                (red, red + blue, [r, b, g])
            } else {
                (blue, blue + red, [b, r, g])
            }
        } else if r >= b {
            (green, green + red, [g, r, b])
        } else if g >= b {
            (green, green + blue, [g, b, r])
        } else {
            (blue, blue + green, [b, g, r])
        };
        let entry = |offset: usize| self.entries[origin + offset];
        let (black, one, two, white) = (entry(0), entry(first), entry(second), entry(red + green + blue));
        std::array::from_fn(|n| {
            black[n] * (1.0 - large)
                + one[n] * (large - middle)
                + two[n] * (middle - small)
                + white[n] * small
        })
    }
}

/// The value at a share of the way through a list of at least two, by straight lines.
fn between(values: &[f32], share: f32) -> f32 {
    let place = share.clamp(0.0, 1.0) * (values.len() - 1) as f32;
    let index = (place as usize).min(values.len() - 2);
    values[index] + (values[index + 1] - values[index]) * (place - index as f32)
}

fn read(text: &str) -> Result<File, String> {
    let mut size = None;
    let mut domain = [[0.0; 3], [1.0; 3]];
    let mut entries = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let at = |problem: &str| format!("line {}: {problem}", index + 1);
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        match word {
            "" | "TITLE" => {}
            _ if word.starts_with('#') => {}
            "LUT_1D_SIZE" | "LUT_3D_SIZE" => {
                let three = word == "LUT_3D_SIZE";
                let most = if three { MAX_3D } else { MAX_1D };
                let edge = rest.trim().parse().ok().filter(|edge| (2..=most).contains(edge));
                let edge = edge.ok_or_else(|| at(&format!("the size must be 2–{most}")))?;
                if size.replace((edge, three)).is_some() {
                    return Err(at("a second table begins; only one can be applied"));
                }
            }
            "DOMAIN_MIN" => domain[0] = three_numbers(rest).ok_or_else(|| at("expected three numbers"))?,
            "DOMAIN_MAX" => domain[1] = three_numbers(rest).ok_or_else(|| at("expected three numbers"))?,
            "LUT_1D_INPUT_RANGE" | "LUT_3D_INPUT_RANGE" => {
                let range: Vec<f32> = rest.split_whitespace().filter_map(|word| word.parse().ok()).collect();
                let [from, to] = range[..] else { return Err(at("expected two numbers")) };
                domain = [[from; 3], [to; 3]];
            }
            _ if word.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                return Err(at("the keyword is of no .cube file"));
            }
            _ => {
                let (edge, three) = size.ok_or_else(|| at("numbers come before the size"))?;
                if entries.len() == count(edge, three) {
                    return Err(at("there are more lines than the size says"));
                }
                entries.push(three_numbers(line).ok_or_else(|| at("expected three numbers"))?);
            }
        }
    }
    let Some((edge, three)) = size else {
        return Err("the file is no .cube table: it gives no size".to_owned());
    };
    let promised = count(edge, three);
    if entries.len() < promised {
        return Err(format!("the file ends after {} of {promised} colours", entries.len()));
    }
    if (0..3).any(|n| domain[0][n] >= domain[1][n]) {
        return Err("the range of the input is empty".to_owned());
    }
    Ok(File { edge, three, entries, domain })
}

fn count(edge: usize, three: bool) -> usize {
    if three { edge * edge * edge } else { edge }
}

fn three_numbers(text: &str) -> Option<[f32; 3]> {
    let mut words =
        text.split_whitespace().map(|word| word.parse().ok().filter(|value: &f32| value.is_finite()));
    let numbers = [words.next()??, words.next()??, words.next()??];
    words.next().is_none().then_some(numbers)
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
        let chain = Chain::new(vec![link(text.as_bytes(), strength).unwrap()]);
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
        // Only the white corner is bright: on the diagonal the value is the share itself, off it that of the least channel.
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
        let error = |text: &str| link(text.as_bytes(), 1.0).unwrap_err().detail;
        assert_eq!(error("LUT_3D_SIZE 2\n0 0 0\n"), "lut: the file ends after 1 of 8 colours");
        assert!(error("LUT_3D_SIZE 1\n").contains("line 1: the size must be 2–256"));
        assert!(error("LUT_1D_SIZE 2\n0 0 0\n1 1\n").contains("line 3: expected three numbers"));
        assert!(error("0 0 0\n").contains("before the size"));
        assert!(error("LUT_1D_SIZE 2\n0 0 0\n1 1 1\n1 1 1\n").contains("line 4: there are more"));
        assert!(error("\u{89}PNG").contains("line 1"));
        assert!(error("").contains("no size"));
    }
}
