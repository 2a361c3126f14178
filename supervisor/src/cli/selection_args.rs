//! The options that say which photos are wanted, of every command that finds photos in folders.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use jiff::Timestamp;
use recipe::Bounds;

use super::values::{self, whole};
use crate::plan::Selection;
use crate::plan::selection::PathPattern;

/// What `--rating` may be.
const STARS: Bounds<i8> = Bounds { least: 0, most: 5, words: "0 to 5" };

/// Which photos are wanted.
#[derive(Debug, Args)]
pub(crate) struct SelectionArgs {
    /// Only photos whose path below the input folder matches: '*.jpg', 'day1/*', '**/best/*'; repeatable
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<PathPattern>,
    /// Not photos whose path matches, or that are in a folder that does: '*_bad.*', proofs; repeatable, and
    /// stronger than --include
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<PathPattern>,
    /// Only files that were changed since: 2024-05-06, 2024-05-06T18:00, 3d, 12h, or a file whose time counts
    #[arg(long, value_name = "DATE|DURATION|FILE", value_parser = values::newer_than)]
    pub newer_than: Option<Timestamp>,
    /// Only photos with at least N stars, 0–5, by XMP (in sidecars too) or EXIF; 0 leaves rejected ones out
    #[arg(long, value_name = "N", value_parser = whole(STARS))]
    pub rating: Option<i8>,
    /// Only photos with this colour label, by its name: Red; repeatable
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub label: Vec<String>,
    /// Only photos that were picked (flagged, tagged) in Lightroom, Photo Mechanic, digiKam or Bridge
    #[arg(long)]
    pub pick: bool,
}

impl SelectionArgs {
    /// The selection that was asked for.
    pub(super) fn selection(self) -> Selection {
        let SelectionArgs { include, exclude, newer_than, rating, label, pick } = self;
        Selection { include, exclude, newer_than, rating, labels: label, picked: pick }
    }
}
