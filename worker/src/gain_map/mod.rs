//! HDR gain maps: a second, smaller picture in a JPEG that says by how much each pixel is brighter on a
//! screen that can show more than white (Ultra HDR of Android, Adobe's gain maps, ISO 21496-1). The map
//! follows its photo to wherever the pixels go. No state; runs on a lane's thread.
//!
//! A map goes by ratios, so it stays true as long as filters only move pixels or leave their light what it
//! is; what else is done to the photo takes the map away.

mod follow;

use protocol::JobError;
use recipe::filter::geometry::Size;
use recipe::filter::{Kernel, Light};
use recipe::format::HdrPolicy;
use recipe::{Filter, Format};
use resample::Resampler;

use crate::codec::{Decoded, LostMap, MapHeader, gain_map};
use crate::image::{GainMap, Metadata};
use crate::metadata::gain_map::{Announced, announced, with_gain_map};
use crate::moved::Moved;

/// What decides whether a gain map goes along, beside the photo.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conditions {
    pub(crate) policy: HdrPolicy,
    /// Of the result.
    pub(crate) format: Format,
    /// The filter that takes it away.
    pub(crate) spoiler: Option<&'static str>,
}

impl Conditions {
    /// Whether a map can go along.
    pub(crate) fn allow(&self) -> bool {
        self.policy == HdrPolicy::Keep && self.format == Format::Jpeg && self.spoiler.is_none()
    }
}

/// The first of these filters that takes the gain map away.
pub(crate) fn spoiler<'a>(filters: impl Iterator<Item = &'a Filter>) -> Option<&'static str> {
    filters.map(Filter::info).find(|filter| filter.light == Light::Other).map(|filter| filter.name)
}

/// The gain map of a result whose pixels were `moved`: a JPEG. Where it cannot go along although
/// the user wants it, a warning says why. What announces it in the photo goes with the rest of the old
/// metadata, later.
pub(crate) fn carried(image: &mut Decoded, moved: &Moved, conditions: Conditions) -> Option<Vec<u8>> {
    let map = image.gain_map.take();
    let in_xmp = image.metadata.xmp.as_deref().and_then(announced);
    if in_xmp.is_none() && image.lost_map.is_none() && map.is_none() {
        return None;
    }
    let Conditions { policy, format, spoiler } = conditions;
    let reason = match (policy, spoiler, map) {
        (HdrPolicy::Drop, _, _) => return None,
        (HdrPolicy::Keep, _, _) if format != Format::Jpeg => format!("a {format} file has no place for it"),
        (HdrPolicy::Keep, Some(filter), _) => format!("{filter} changes what it is about"),
        (HdrPolicy::Keep, None, None) if image.lost_map == Some(LostMap::TooLarge) => {
            "it has many more pixels than its photo".to_owned()
        }
        (HdrPolicy::Keep, None, None) if in_xmp == Some(Announced::Apple) => {
            "it is of a kind of Apple's own, which cannot be brought along".to_owned()
        }
        (HdrPolicy::Keep, None, None) if image.lost_map == Some(LostMap::Unread) => {
            "it is of a kind that cannot be read".to_owned()
        }
        (HdrPolicy::Keep, None, None) => {
            "it is not in the file as announced, or its numbers are broken".to_owned()
        }
        (HdrPolicy::Keep, None, Some(map)) => match follow(&map, moved, image.became_srgb) {
            Ok(map) => return Some(map),
            Err(_) => "it is damaged".to_owned(),
        },
    };
    image.warnings.push(format!("HDR gain map left out: {reason}"));
    None
}

/// The map brought to where the pixels of its photo were `moved` and, if `became_srgb`, converted.
fn follow(map: &GainMap, moved: &Moved, became_srgb: bool) -> Result<Vec<u8>, JobError> {
    let mut decoded = gain_map::decode(&map.jpeg)?;
    decoded.meaning = decoded.meaning.completed();
    let neutral = decoded.meaning.gains().map_or([0; 3], |gains| gains.neutral());
    // One gain for all colours is the same in all of them.
    if became_srgb && decoded.picture.channels.count() > 1 && decoded.profile.is_none() {
        decoded.profile.clone_from(&map.colors);
        decoded.meaning.with_own_colors();
    }
    if moved.is_still() && decoded.is_sound {
        return Ok(gain_map::restated(&map.jpeg, &decoded));
    }
    decoded.picture = follow::follow(decoded.picture, moved, neutral, &mut Resampler::default())?;
    gain_map::encode(&decoded)
}

/// Has a photo's metadata say that the map follows; says how many bytes it will take.
pub(crate) fn announce(map: &[u8], metadata: &mut Metadata) -> u64 {
    metadata.xmp = Some(with_gain_map(metadata.xmp.as_deref(), map.len()));
    (map.len() + gain_map::ADDED) as u64
}

/// Bytes of memory that following takes at most, for a result of this size.
pub(crate) fn memory_needed(map: &MapHeader, result: Size) -> u64 {
    let samples = |pixels: u64| pixels.saturating_mul(map.channels.count() as u64);
    // The map as it was, and thinned; as it will be, with its bytes while they are put together.
    let (before, after) = (samples(map.size.pixels()), samples(result.pixels()));
    let weights = resample::weights_memory(map.size, result, Kernel::Bilinear);
    let maps = before.saturating_mul(2).saturating_add(after.saturating_mul(3));
    maps.saturating_add(map.decoder_memory).saturating_add(weights)
}
