//! What is said of an HDR gain map: in the map how it is applied, in the photo that it is there. No state.

mod in_xmp;
mod meaning;

pub(crate) use self::in_xmp::{Announced, announced, of_gain_map, with_gain_map};
pub(crate) use self::meaning::{ISO, Meaning};
