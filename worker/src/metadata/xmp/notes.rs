//! What is said of something that was taken out of XMP.

pub(crate) const EXTENDED: &str = "the extended part of the XMP block was left out";
pub(crate) const VIDEO: &str = "the video of the motion photo was left out";
pub(crate) const IMAGES: &str = "further images that the file held were left out";
pub(crate) const INNER: &str =
    "the depth map or second image in the XMP block showed the photo as it was before and was left out";
pub(crate) const DEVICE: &str = "notes on the depth map and its camera were left out of the XMP block";
pub(crate) const PANORAMA: &str =
    "the notes for panorama viewers do not fit the cut or turned photo and were left out";
pub(crate) const FOCUS: &str =
    "the focus that was noted in the XMP block does not fit the cut or turned photo and was left out";
pub(crate) const CROP: &str =
    "the crop that was noted for the photo does not fit it any more and was left out";
pub(crate) const SETTINGS: &str = "settings of Camera Raw for places in the photo (crop, gradients, brushes, \
     retouching, lens) do not fit the cut or turned photo and were left out";
pub(crate) const CALIBRATION: &str = "what was noted of the lens in pixels (optical centre, focal length, \
     distortion) does not fit the result and was left out";
pub(crate) const PAGE: &str = "the size of the printed page does not fit the result and was left out";
pub(crate) const OUTSIDE: &str =
    "regions of the photo (faces) that are not in the result were left out of the XMP block";
pub(crate) const UNKNOWN: &str =
    "regions of the photo (faces) that cannot be brought along were left out of the XMP block";
