//! How a photo lies in the data of its sensor, as far as its header says. No state.

use protocol::{ErrorKind, JobError};
use rawler::imgop::{Dim2, Rect};

use crate::codec::fail;

/// How the sensor's data lies in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outline {
    /// All pixels of the sensor.
    pub(super) sensor: Dim2,
    /// Those that are unpacked at most.
    pub(super) unpacked: Dim2,
    /// Those that make up the picture.
    pub(super) area: Rect,
    /// Samples per pixel.
    pub(super) planes: usize,
    /// Whether there is no colour.
    pub(super) is_grey: bool,
    /// Whether the pixels' colours are red, green and blue, as nearly everywhere, or are there.
    pub(super) is_usual: bool,
}

/// The same outline, if the picture lies within the sensor.
pub(super) fn checked(outline: Outline) -> Result<Outline, JobError> {
    let Outline { sensor, area, planes, .. } = outline;
    // Whatever the file says, sums and products of what passes here do not overflow.
    let largest = u32::MAX as usize;
    let within =
        |start: usize, length: usize, end: usize| length > 0 && length <= end && start <= end - length;
    if sensor.w > largest || sensor.h > largest || planes == 0 || planes > 4 {
        return Err(fail(
            ErrorKind::TooLarge,
            format!("{}×{} pixels of {planes} samples", sensor.w, sensor.h),
        ));
    }
    if !within(area.p.x, area.d.w, sensor.w) || !within(area.p.y, area.d.h, sensor.h) {
        return Err(fail(ErrorKind::Corrupt, "the picture does not lie within the sensor's data"));
    }
    Ok(outline)
}
