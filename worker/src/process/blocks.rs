//! Whether a recipe leaves the blocks of a JPEG as they are, so that nothing has to be encoded again. Pure.

use recipe::format::{Effort, MetadataPolicy};
use recipe::recipe::{Output, RecipeOutput};
use recipe::{Filter, Recipe};

/// When a photo's own image data are taken for a result that is a JPEG, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeepsBlocks {
    /// Never: pixels are encoded.
    Never,
    /// Where that can be.
    WherePossible,
    /// Always, or there is no result.
    Always,
}

impl KeepsBlocks {
    /// Nothing is encoded again for the sake of metadata alone, unless a setting says how to encode.
    pub(super) fn of(recipe: &Recipe, output: &RecipeOutput) -> KeepsBlocks {
        let Output { lossless, quality, max_bytes, target_quality, subsampling, .. } = output.settings;
        let Output { progressive, effort, metadata, dpi, .. } = output.settings;
        let usual = Output::default();
        let is_as_usual = (quality, subsampling) == (usual.quality, usual.subsampling)
            && (max_bytes, target_quality) == (None, None)
            && !progressive
            && effort == Effort::Fast;
        let is_about_metadata =
            metadata != MetadataPolicy::Keep || !output.changes.is_empty() || dpi.is_some();
        if lossless {
            KeepsBlocks::Always
        } else if is_as_usual && is_about_metadata && recipe.filters_of(output).next().is_none() {
            KeepsBlocks::WherePossible
        } else {
            KeepsBlocks::Never
        }
    }
}

/// The first of these filters that does anything but move pixels as whole blocks can be moved.
pub(super) fn changes_pixels<'a>(mut filters: impl Iterator<Item = &'a Filter>) -> Option<&'static str> {
    let moves = |filter: &Filter| {
        if let Filter::Rotate(rotate) = filter {
            rotate.quarters().is_some()
        } else {
            matches!(filter, Filter::Crop(_) | Filter::Flip(_))
        }
    };
    filters.find(|filter| !moves(filter)).map(|filter| filter.info().name)
}
