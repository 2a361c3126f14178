//! Which profile goes with a result whose pixels were left as they are: that of the photo, unless the result
//! is grey and the photo was not, or the other way round. No state.

use moxcms::{ColorProfile, DataColorSpace};

use super::grey::{self, GreyCurve};
use super::to_srgb;
use crate::image::{Channels, Picture};

/// What becomes of the profile of a photo.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fitted {
    /// This stands beside the pixels.
    Profile(Vec<u8>),
    /// The pixels were converted to sRGB, since there is no profile that could say the same of them.
    Converted,
    /// It is for pixels of another kind, and never was right.
    Unsuited,
}

/// Finds the profile for a picture that is stored with these channels; the photo was `decoded` with those.
pub(crate) fn fitted(icc: Vec<u8>, decoded: Channels, stored: Channels, picture: &mut Picture) -> Fitted {
    // One that cannot be read is as it came.
    let Ok(profile) = ColorProfile::new_from_slice(&icc) else { return Fitted::Profile(icc) };
    let other = match (profile.color_space, is_grey(decoded), is_grey(stored)) {
        (DataColorSpace::Gray, _, true) | (DataColorSpace::Rgb, _, false) => return Fitted::Profile(icc),
        (DataColorSpace::Gray, true, false) => {
            GreyCurve::of(&profile).ok().and_then(|curve| curve.in_colors())
        }
        (DataColorSpace::Rgb, _, true) => grey::of_colors(&profile),
        _ => return Fitted::Unsuited,
    };
    match other {
        Some(icc) => Fitted::Profile(icc),
        None if to_srgb(picture, &icc).is_ok() => Fitted::Converted,
        None => Fitted::Unsuited,
    }
}

fn is_grey(channels: Channels) -> bool {
    match channels {
        Channels::Grey | Channels::GreyAlpha => true,
        Channels::Rgb | Channels::Rgba => false,
    }
}
