//! The density as the blocks state it, beside the place that a format has of its own. No state.

use super::{exif, resources, xmp};
use crate::density::PixelDensity;
use crate::image::Metadata;

/// So far the numbers may differ by rounding: those of JFIF are whole ones.
const ROUNDING: f64 = 0.01;

/// What each block says, the one that counts most in front.
pub(crate) fn stated(metadata: &Metadata) -> impl Iterator<Item = PixelDensity> + '_ {
    type StatedIn = fn(&Metadata) -> Option<PixelDensity>;
    let sources: [StatedIn; 3] = [
        |metadata| exif::density(metadata.exif.as_deref()?),
        |metadata| resources::density(&metadata.resources),
        |metadata| xmp::density(metadata.xmp.as_deref()?),
    ];
    sources.into_iter().filter_map(|source| source(metadata))
}

/// What to say if a block contradicts the density that was taken.
pub(crate) fn contradiction(metadata: &Metadata) -> Option<String> {
    let taken = metadata.density.filter(|density| density.is_per_inch())?;
    let mut others = stated(metadata).filter(|other| other.is_per_inch());
    let other = others.find(|other| !other.is_near(taken, ROUNDING))?;
    Some(format!("it states {taken} pixels per inch and also {other}: the first was taken"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::density::LengthUnit;

    #[test]
    fn what_differs_by_more_than_rounding_is_said() {
        let metadata = |across: f64, said: &str| Metadata {
            density: PixelDensity::new(across, across, LengthUnit::Inch),
            xmp: Some(format!("<x xmlns:t='http://ns.adobe.com/tiff/1.0/' t:XResolution='{said}'/>").into()),
            ..Metadata::default()
        };
        for (said, expected) in [
            ("300/1", None),
            ("2997/10", None),
            ("72", Some("it states 300 pixels per inch and also 72: the first was taken")),
            ("59", Some("it states 300 pixels per inch and also 59: the first was taken")),
            ("none", None),
        ] {
            assert_eq!(contradiction(&metadata(300.0, said)).as_deref(), expected, "{said}");
        }
        let metadata =
            Metadata { density: PixelDensity::new(300.0, 150.5, LengthUnit::Inch), ..metadata(300.0, "72") };
        let said = contradiction(&metadata).unwrap();
        assert_eq!(said, "it states 300 × 150.5 pixels per inch and also 72: the first was taken");
        let shape = Metadata { density: PixelDensity::without_unit(2.0, 1.0), ..metadata };
        assert_eq!(contradiction(&shape), None);
    }
}
