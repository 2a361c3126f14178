//! The picture of an AVIF that was written here, decoded by `re_rav1d`, to compare it with what it was made
//! of. Files of others are not read. No state, no threads of its own.

use protocol::{ErrorKind, JobError, Stage};
use re_rav1d::dav1d::{self, Decoder, PixelLayout, PlanarImageComponent, Settings};
use recipe::filter::geometry::Size;

use super::boxes;
use crate::codec::buffer;
use crate::image::{Channels, Picture, Samples};

pub(in crate::codec) fn decoded(file: &[u8]) -> Result<Picture, JobError> {
    let color = frame(boxes::color(file).ok_or_else(unknown)?)?;
    let alpha = boxes::alpha(file).map(frame).transpose()?;
    let size = Size { width: color.width(), height: color.height() };
    if color.pixel_layout() != PixelLayout::I444 {
        return Err(unknown());
    }
    let planes = [PlanarImageComponent::Y, PlanarImageComponent::U, PlanarImageComponent::V];
    let [luma, blue, red] = planes.map(|plane| Rows::of(&color, plane));
    let alpha = alpha.as_ref().map(|alpha| Rows::of(alpha, PlanarImageComponent::Y));
    let channels = if alpha.is_some() { Channels::Rgba } else { Channels::Rgb };
    let step = channels.count();
    let mut samples = buffer(size.pixels() * step as u64)?;
    for (y, row) in samples.chunks_exact_mut(size.width as usize * step).enumerate() {
        let colors = luma.row(y).iter().zip(blue.row(y)).zip(red.row(y));
        for (pixel, ((luma, blue), red)) in row.chunks_exact_mut(step).zip(colors) {
            pixel[..3].copy_from_slice(&rgb(*luma, *blue, *red));
        }
        let alphas = alpha.iter().flat_map(|alpha| alpha.row(y));
        for (pixel, alpha) in row.chunks_exact_mut(step).zip(alphas) {
            pixel[3] = *alpha;
        }
    }
    Ok(Picture { size, channels, samples: Samples::U8(samples) })
}

/// The one frame of a coded still.
fn frame(av1: &[u8]) -> Result<dav1d::Picture, JobError> {
    let trouble = |error: dav1d::Error| {
        JobError::new(
            Stage::Encode,
            ErrorKind::Unsupported,
            format!("the result cannot be compared: {error}"),
        )
    };
    let mut settings = Settings::new();
    settings.set_n_threads(1);
    settings.set_max_frame_delay(1);
    let mut decoder = Decoder::with_settings(&settings).map_err(trouble)?;
    decoder.send_data(av1.to_vec(), None, None, None).map_err(trouble)?;
    decoder.get_picture().map_err(trouble)
}

/// One component of a frame, whose rows may be longer than they are shown.
struct Rows {
    plane: dav1d::Plane,
    stride: usize,
}

impl Rows {
    fn of(frame: &dav1d::Picture, component: PlanarImageComponent) -> Rows {
        Rows { plane: frame.plane(component), stride: frame.stride(component) as usize }
    }

    fn row(&self, y: usize) -> &[u8] {
        self.plane.get(y * self.stride..).unwrap_or_default()
    }
}

/// ITU-R BT.601 in full range, which is what [`super::encode`] writes.
fn rgb(luma: u8, blue: u8, red: u8) -> [u8; 3] {
    let [luma, blue, red] = [f32::from(luma), f32::from(blue) - 128.0, f32::from(red) - 128.0];
    [luma + 1.402 * red, luma - 0.344_136 * blue - 0.714_136 * red, luma + 1.772 * blue]
        .map(|sample| sample.round() as u8)
}

fn unknown() -> JobError {
    JobError::new(
        Stage::Encode,
        ErrorKind::Unsupported,
        "the result cannot be compared: it has another layout",
    )
}
