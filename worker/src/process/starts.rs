//! What each result of a photo is made from: one that is much smaller than another does not need all pixels
//! of the photo, but only those of the other. Pure.

use std::cmp::Reverse;

use recipe::Filter;
use recipe::filter::geometry::{ResizePlan, Size};
use recipe::filter::{Kernel, LightScale};

/// How many times larger, along both edges, a picture is than one that is made from it. Of the 48 photos of
/// scripts/photos, at 2048 and 320 pixels, one sample in 4700 is then more than one level of 255 away from
/// the same made of the whole photo, and none more than four; a test bounds it for pictures as sharp as
/// cameras make them. Where black meets white within a pixel, as in scanned print, the larger picture was
/// clipped, and it can be more.
const HEADROOM: u32 = 6;

/// For each output the other output whose picture it starts from, if one of them will do. `chains` are the
/// filters that each has for itself, and `whole` is the size of the photo where they part.
pub(super) fn starts(whole: Size, chains: &[Vec<&Filter>]) -> Vec<Option<usize>> {
    let scaled: Vec<Option<Scaled>> = chains.iter().map(|chain| scaled(whole, chain)).collect();
    let mut largest_first: Vec<usize> = (0..chains.len()).collect();
    largest_first.sort_by_key(|output| Reverse(scaled[*output].map(|scaled| scaled.size.pixels())));

    let mut starts = vec![None; chains.len()];
    // Those made from the photo, and nothing but scaled: what starts from a start would add up.
    let mut sources: Vec<(usize, Scaled)> = Vec::new();
    for output in largest_first {
        let Some(result) = scaled[output] else { continue };
        match sources.iter().rfind(|(_, source)| is_enough(*source, result)) {
            Some((source, _)) => starts[output] = Some(*source),
            None if is_whole(whole, &chains[output]) => sources.push((output, result)),
            None => {}
        }
    }
    starts
}

/// A photo made smaller.
#[derive(Debug, Clone, Copy)]
struct Scaled {
    size: Size,
    light: LightScale,
}

/// What a chain scales a photo of this size to before all else, if it makes it smaller.
fn scaled(whole: Size, chain: &[&Filter]) -> Option<Scaled> {
    let [Filter::Resize(resize), ..] = chain else { return None };
    let is_smooth = match resize.kernel {
        Kernel::Lanczos3 | Kernel::CatmullRom | Kernel::Mitchell => true,
        // What two of these leave out is not what one does.
        Kernel::Bilinear | Kernel::Box | Kernel::Nearest => false,
    };
    let (size, light) = (resize.plan(whole).scaled, resize.light);
    (is_smooth && size.width < whole.width && size.height < whole.height).then_some(Scaled { size, light })
}

/// Whether a chain scales, and neither cuts nor adds anything.
fn is_whole(whole: Size, chain: &[&Filter]) -> bool {
    let [Filter::Resize(resize)] = chain else { return false };
    let ResizePlan { scaled, canvas } = resize.plan(whole);
    scaled == canvas
}

fn is_enough(source: Scaled, result: Scaled) -> bool {
    let is_enough = |source: u32, size: u32| u64::from(source) >= u64::from(HEADROOM) * u64::from(size);
    source.light == result.light
        && is_enough(source.size.width, result.size.width)
        && is_enough(source.size.height, result.size.height)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts_of(chains: &[&[&str]]) -> Vec<Option<usize>> {
        let parsed: Vec<Vec<Filter>> =
            chains.iter().map(|chain| chain.iter().map(|spec| spec.parse().unwrap()).collect()).collect();
        let chains: Vec<Vec<&Filter>> = parsed.iter().map(|chain| chain.iter().collect()).collect();
        starts(Size::new(6000, 4000), &chains)
    }

    #[test]
    fn a_thumbnail_starts_from_the_smallest_that_is_large_enough() {
        let (print, web, thumb) = (&["resize=4096"][..], &["resize=2048"][..], &["resize=320", "sepia"][..]);
        assert_eq!(starts_of(&[print, web, thumb]), [None, None, Some(1)]);
        assert_eq!(starts_of(&[thumb, print, web]), [Some(2), None, None]);
        assert_eq!(starts_of(&[print, thumb]), [None, Some(0)]);
        assert_eq!(starts_of(&[web, &["resize=342"]]), [None, None], "too large for it");
        let linear = &["resize=320,light=linear"][..];
        assert_eq!(starts_of(&[web, linear]), [None, None], "mixed in another scale");
        let square = &["resize:width=200,height=200,mode=fill"][..];
        assert_eq!(starts_of(&[web, square]), [None, Some(0)]);
        let upright = &["resize:width=100,height=300,mode=stretch"][..];
        assert_eq!(starts_of(&[web, upright]), [None, None], "the height is too large for it");
    }

    #[test]
    fn nothing_starts_from_what_has_a_start_itself() {
        let chains: &[&[&str]] = &[&["resize=5000"], &["resize=800"], &["resize=100"]];
        assert_eq!(starts_of(chains), [None, Some(0), Some(0)]);
    }

    #[test]
    fn only_what_was_scaled_and_nothing_else_is_a_start() {
        for source in [
            &["resize=2048", "sharpen"][..],
            &["sepia", "resize=2048"],
            &["resize:width=2048,height=2048,mode=fill"],
            &["resize:width=2048,height=2048,mode=pad"],
            &["resize:long_edge=2048,kernel=box"],
            &["resize=7000"],
            &["blur"],
            &[],
        ] {
            assert_eq!(starts_of(&[source, &["resize=300"]]), [None, None], "{source:?}");
        }
        for result in
            [&["sharpen", "resize=300"][..], &["resize:long_edge=300,kernel=nearest"], &["crop=1:1"]]
        {
            assert_eq!(starts_of(&[&["resize=2048"], result]), [None, None], "{result:?}");
        }
    }
}
