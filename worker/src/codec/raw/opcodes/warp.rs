//! What the lens bent, straightened: WarpRectilinear and WarpFisheye. They are for the camera's colours, and
//! are made when these have become sRGB, where a plane's own numbers for its fringes are those of the colour
//! next to it. Each pixel is mixed from sixteen, once, however many corrections there are.

use protocol::JobError;
use rawler::imgop::Rect;

use super::{Opcode, OpcodeNumbers};
use crate::codec::{buffer, size};
use crate::image::{Picture, Samples};

/// Where a pixel of the straight image comes from.
#[derive(Debug)]
pub(in crate::codec::raw) struct Warp {
    lens: Lens,
    /// For each plane, or one for all: factors of the distance's powers, then two for a lens that is askew.
    planes: Vec<[f64; 6]>,
    /// Column and row, as parts of the image.
    middle: [f64; 2],
}

/// How the distance from the middle enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lens {
    Rectilinear,
    Fisheye,
}

pub(super) fn read(opcode: &Opcode<'_>) -> Option<Warp> {
    let lens = if opcode.id == 1 { Lens::Rectilinear } else { Lens::Fisheye };
    let mut numbers = OpcodeNumbers(opcode.parameters);
    let count = numbers.u32().filter(|count| (1..=4).contains(count))?;
    let mut set = || match lens {
        Lens::Rectilinear => numbers.array_of_f64(),
        Lens::Fisheye => {
            let [a, b, c, d] = numbers.array_of_f64()?;
            Some([a, b, c, d, 0.0, 0.0])
        }
    };
    let planes = (0..count).map(|_| set()).collect::<Option<Vec<_>>>()?;
    Some(Warp { lens, planes, middle: numbers.array_of_f64()? })
}

impl Warp {
    /// Column and row, in pixels of an image of so many, that those at `at` come from.
    fn source(&self, at: [f64; 2], plane: usize, [columns, rows]: [f64; 2]) -> [f64; 2] {
        let middle = [self.middle[0] * columns, self.middle[1] * rows];
        let farthest = f64::hypot(middle[0].max(columns - middle[0]), middle[1].max(rows - middle[1]));
        let [x, y] = [0, 1].map(|axis| (at[axis] - middle[axis]) / farthest);
        let [a, b, c, d, along, across] = self.planes[plane.min(self.planes.len() - 1)];
        let square = x * x + y * y;
        let factor = match self.lens {
            Lens::Rectilinear => a + square * (b + square * (c + square * d)),
            Lens::Fisheye => {
                let (distance, angle) = (square.sqrt(), square.sqrt().atan());
                let even = angle * angle;
                let bent = angle * (a + even * (b + even * (c + even * d)));
                if distance > 0.0 { bent / distance } else { a }
            }
        };
        let askew = [
            along * 2.0 * x * y + across * (square + 2.0 * x * x),
            across * 2.0 * x * y + along * (square + 2.0 * y * y),
        ];
        [middle[0] + farthest * (factor * x + askew[0]), middle[1] + farthest * (factor * y + askew[1])]
    }
}

/// The part of an image that lies in `area`, straightened; the corrections are for the whole of it.
pub(in crate::codec::raw) fn straighten(
    warps: &[Warp],
    picture: &Picture,
    area: Rect,
) -> Result<Picture, JobError> {
    let planes = picture.channels.count();
    let whole = [f64::from(picture.size.width), f64::from(picture.size.height)];
    let (own, Rect { p, d }) = (warps.iter().any(|warp| warp.planes.len() > 1), area);
    let mut straight: Vec<u16> = buffer((d.w * d.h * planes) as u64)?;
    for (index, pixel) in straight.chunks_exact_mut(planes).enumerate() {
        let at = [(p.x + index % d.w) as f64 + 0.5, (p.y + index / d.w) as f64 + 0.5];
        let source = |plane| warps.iter().rev().fold(at, |at, warp| warp.source(at, plane, whole));
        let first = source(0);
        for (plane, sample) in pixel.iter_mut().enumerate() {
            *sample = mixed(picture, plane, if own { source(plane) } else { first });
        }
    }
    let size = size(d.w as u64, d.h as u64)?;
    Ok(Picture { size, channels: picture.channels, samples: Samples::U16(straight) })
}

/// The sample between pixels (Catmull and Rom 1974); beyond the edges, the outermost go on.
fn mixed(picture: &Picture, plane: usize, [x, y]: [f64; 2]) -> u16 {
    let Samples::U16(samples) = &picture.samples else { return 0 };
    let (width, height) = (picture.size.width as usize, picture.size.height as usize);
    let weights = |at: f64| {
        let t = at - at.floor();
        [
            ((2.0 - t) * t - 1.0) * t * 0.5,
            (t * t * (3.0 * t - 5.0) + 2.0) * 0.5,
            ((4.0 - 3.0 * t) * t + 1.0) * t * 0.5,
            (t - 1.0) * t * t * 0.5,
        ]
    };
    // Conversions to whole numbers saturate, and make 0 of what is no number.
    let places = |at: f64, length: usize| {
        [-1.0, 0.0, 1.0, 2.0].map(|step| ((at.floor() + step).max(0.0) as usize).min(length - 1))
    };
    let (x, y) = (x - 0.5, y - 0.5);
    let (columns, across) = (places(x, width), weights(x));
    let rows = places(y, height).into_iter().zip(weights(y)).map(|(row, down)| {
        let pixels = columns.into_iter().zip(across).map(|(column, weight)| {
            f64::from(samples[(row * width + column) * picture.channels.count() + plane]) * weight
        });
        pixels.sum::<f64>() * down
    });
    (rows.sum::<f64>() + 0.5) as u16
}
