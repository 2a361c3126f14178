//! The filters, on every depth and every kind of channels. No state; run on a lane's thread.
//!
//! `pipeline` runs them in the recipe's order, each through its `impl` of a trait in [`run`]. Filters that
//! look at one pixel at a time are recolourings, joined in a [`chain`]: `points` holds curves, `matrices`
//! mixtures of channels, `lut` look-up tables. `canvas` holds what cuts and what makes room, `turn` what
//! turns and mirrors; each of the others is a file of its own.

mod art;
mod autolevels;
mod balance;
mod blur;
mod canvas;
mod caption;
pub(crate) mod chain;
mod crop;
mod cube;
mod curves;
mod denoise;
mod edges;
mod emboss;
mod frame;
mod lay;
mod light;
mod local;
mod lut;
mod matrices;
mod median;
mod neighbours;
mod pairs;
mod pixelate;
mod plane;
mod points;
pub(crate) mod resize;
mod round;
pub(crate) mod run;
mod saliency;
pub(crate) mod sample;
mod sharpen;
pub(crate) mod srgb;
mod stamp;
mod svg;
#[cfg(test)]
mod testing;
mod text;
mod turn;
mod vignette;
mod warp;
mod watermark;

use protocol::{ErrorKind, JobError, Stage};

/// An error of the filter stage.
pub(crate) fn fail(kind: ErrorKind, detail: impl std::fmt::Display) -> JobError {
    JobError::new(Stage::Filter, kind, detail)
}

/// The error about a file of a filter that cannot be used: a mistake in the recipe, not in the image.
pub(crate) fn unusable(file: &str, error: &JobError) -> JobError {
    fail(ErrorKind::BadParameter, format!("{file} cannot be used: {}", error.detail))
}

/// The weights of red, green and blue in Rec. 601 luma: those of JPEG and of the original system.
const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

/// Rec. 601 luma of one pixel.
#[inline(always)]
pub(crate) fn luma(red: f32, green: f32, blue: f32) -> f32 {
    LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
}
