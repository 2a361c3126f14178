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
    /// It cannot be read here. By its head it is one for such pixels, and other programs may know better.
    Unread(Vec<u8>),
    /// It cannot be read by anybody, or nobody could tell what it says of such pixels.
    Broken,
}

/// Finds the profile for a picture that is stored with these channels; the photo was `decoded` with those.
pub(crate) fn fitted(icc: Vec<u8>, decoded: Channels, stored: Channels, picture: &mut Picture) -> Fitted {
    let Ok(profile) = ColorProfile::new_from_slice(&icc) else { return unread(icc, decoded, stored) };
    let other = match (profile.color_space, is_grey(decoded), is_grey(stored)) {
        (DataColorSpace::Gray, true, true) | (DataColorSpace::Rgb, _, false) => return Fitted::Profile(icc),
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

/// What becomes of a profile that cannot be read (ICC.1:2022, 7.2).
fn unread(icc: Vec<u8>, decoded: Channels, stored: Channels) -> Fitted {
    let is_profile = icc.get(36..40) == Some(b"acsp");
    let is_suited = match icc.get(16..20) {
        Some(b"GRAY") => is_grey(decoded) && is_grey(stored),
        Some(b"RGB ") => !is_grey(stored),
        Some(_) | None => false,
    };
    if is_profile && is_suited { Fitted::Unread(icc) } else { Fitted::Broken }
}

fn is_grey(channels: Channels) -> bool {
    match channels {
        Channels::Grey | Channels::GreyAlpha => true,
        Channels::Rgb | Channels::Rgba => false,
    }
}
