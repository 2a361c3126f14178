//! Frame: the picture on a mat, with a line around it. No state.

use protocol::JobError;
use recipe::filter::Frame;
use recipe::filter::geometry::{FramePlan, Placement, Size};
use resample::Resampler;

use super::canvas::{Ground, colored, fill, place};
use super::run::{Files, Loop, Ready, Runnable};
use crate::image::{Extent, Picture};

impl Runnable for Frame {
    fn ready(&self, _: &Files<'_>) -> Result<Ready, JobError> {
        Ready::alone(self.clone())
    }
}

impl Loop for Frame {
    fn run(&mut self, picture: Picture, _: Extent, _: &mut Resampler) -> Result<Picture, JobError> {
        Ok(framed(self, picture))
    }
}

fn framed(frame: &Frame, picture: Picture) -> Picture {
    let FramePlan { placement, line } = frame.plan(picture.size);
    let Size { width, height } = picture.size;
    let mut picture = colored(picture, frame.color);
    if line > 0 {
        picture = colored(picture, frame.line_color);
    }
    let mut result = place(&picture, placement, Ground::Color(frame.color.0));
    let Placement { x, y, .. } = placement;
    let (left, top) = (x - line, y - line);
    let (across, upright) = (Size { width: width + 2 * line, height: line }, Size { width: line, height });
    for (x, y, size) in
        [(left, top, across), (left, y + height, across), (left, y, upright), (x + width, y, upright)]
    {
        fill(&mut result, x, y, size, frame.line_color.0);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::super::testing::{at, filtered, pictures};
    use super::*;
    use crate::image::{Channels, Samples};

    #[test]
    fn mat_line_and_picture_are_where_they_should_be() {
        for picture in pictures() {
            let Size { width, height } = picture.size;
            let max = if matches!(picture.samples, Samples::U8(_)) { 255.0 } else { 65_535.0 };
            let spec = "frame:width=0.5,line=0.15,color=red,line_color=blue,bottom=0.4";
            let result = filtered(spec, &picture);
            let short = f64::from(picture.size.short_edge());
            let of = |share: f64| (share * short).round() as i64;
            let (mat, line, bottom) = (of(0.5), of(0.15).max(1), of(0.4));
            let (width, height) = (i64::from(width), i64::from(height));
            let (inner, outer) = (mat + line, 2 * (mat + line));
            assert_eq!(i64::from(result.size.width), width + outer);
            assert_eq!(i64::from(result.size.height), height + outer + bottom);
            for y in 0..i64::from(result.size.height) {
                for x in 0..i64::from(result.size.width) {
                    let beyond = |place: i64, length: i64| (inner - place).max(place - inner - length + 1);
                    let pixel = at(&result, x, y);
                    match beyond(x, width).max(beyond(y, height)) {
                        ..=0 => {
                            let own = at(&picture, x - inner, y - inner);
                            assert_eq!(pixel[0], own[0]);
                            assert!(!picture.channels.has_alpha() || pixel.last() == own.last());
                        }
                        beyond if beyond <= line => assert_eq!(pixel[..3], [0.0, 0.0, max]),
                        _ => assert_eq!(pixel[..3], [max, 0.0, 0.0]),
                    }
                }
            }
        }
    }

    #[test]
    fn grey_stays_grey_in_a_grey_frame() {
        let picture = pictures().into_iter().find(|picture| picture.channels == Channels::Grey).unwrap();
        assert_eq!(filtered("frame", &picture).channels, Channels::Grey);
        assert_eq!(filtered("frame:line=0,line_color=red", &picture).channels, Channels::Grey);
        assert_eq!(filtered("frame:line_color=red", &picture).channels, Channels::Rgb);
        assert_eq!(filtered("frame:width=0,line=0", &picture), picture);
    }
}
