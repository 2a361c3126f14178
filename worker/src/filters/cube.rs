//! Colour look-up tables in `.cube` files: Adobe's Cube LUT specification 1.0, with the input ranges of
//! DaVinci Resolve.
//!
//! A one-dimensional table is a curve for each channel, a three-dimensional one is interpolated over
//! tetrahedra: in each small cube, the six tetrahedra share the diagonal from black to white, so that grey
//! stays as smooth as the table is. Values are shares of white. No state.

/// The largest tables that the specification allows.
const MAX_3D: usize = 256;
const MAX_1D: usize = 65_536;

/// A three-dimensional table.
#[derive(Debug)]
pub(crate) struct Cube {
    /// Entries along each edge, at least 2.
    pub(super) edge: usize,
    /// Red changes fastest.
    pub(super) entries: Vec<[f32; 3]>,
    /// What of the input is the first entry, and what the last.
    pub(super) domain: [[f32; 3]; 2],
}

/// What a file holds.
#[derive(Debug)]
pub(super) struct CubeFile {
    pub(super) edge: usize,
    pub(super) three: bool,
    pub(super) entries: Vec<[f32; 3]>,
    pub(super) domain: [[f32; 3]; 2],
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
pub(super) fn between(values: &[f32], share: f32) -> f32 {
    let place = share.clamp(0.0, 1.0) * (values.len() - 1) as f32;
    let index = (place as usize).min(values.len() - 2);
    values[index] + (values[index + 1] - values[index]) * (place - index as f32)
}

pub(super) fn read(text: &str) -> Result<CubeFile, String> {
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
    Ok(CubeFile { edge, three, entries, domain })
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
