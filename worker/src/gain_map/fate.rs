//! Which filters a gain map outlives. No state.

use recipe::{Filter, Recipe};

/// The first filter of a recipe that takes the gain map away: one that changes what light there is, or hides
/// what the map would still show.
pub(crate) fn spoiler(recipe: &Recipe) -> Option<&'static str> {
    recipe.filters.iter().find(|filter| !is_outlived(filter)).map(|filter| filter.info().name)
}

fn is_outlived(filter: &Filter) -> bool {
    match filter {
        // The map goes along.
        Filter::Resize(_)
        | Filter::Crop(_)
        | Filter::Pad(_)
        | Filter::Border(_)
        | Filter::Rotate(_)
        | Filter::Flip(_)
        // Light stays about what it is.
        | Filter::Sharpen(_)
        | Filter::Watermark(_) => true,
        Filter::Blur(_)
        | Filter::Edges(_)
        | Filter::Brightness(_)
        | Filter::Contrast(_)
        | Filter::Sepia(_)
        | Filter::Posterize(_)
        | Filter::Grayscale(_)
        | Filter::Invert(_)
        | Filter::Solarize(_)
        | Filter::Threshold(_)
        | Filter::Gamma(_)
        | Filter::Exposure(_)
        | Filter::Levels(_)
        | Filter::Autolevels(_)
        | Filter::Saturation(_)
        | Filter::Hue(_)
        | Filter::Temperature(_)
        | Filter::Tint(_)
        | Filter::Lut(_)
        | Filter::Median(_)
        | Filter::Emboss(_)
        | Filter::Vignette(_)
        | Filter::Pixelate(_) => false,
    }
}
