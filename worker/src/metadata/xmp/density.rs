//! The density that a packet states, which programs copy from EXIF. No state.

use super::facts::said;
use super::{TIFF, parse, text};
use crate::density::PixelDensity;

/// What a packet says of it.
pub(crate) fn density(packet: &[u8]) -> Option<PixelDensity> {
    let text = text(packet).ok()?;
    let document = parse(&text).ok()?;
    let number = |name| said(&document, (TIFF, name)).and_then(|said| number(&said));
    let (across, down) = (number("XResolution"), number("YResolution"));
    let unit = said(&document, (TIFF, "ResolutionUnit"));
    // One that is no number is of no meaning.
    let unit = unit.map(|unit| unit.trim().parse().unwrap_or(0));
    PixelDensity::of_tiff(across.or(down)?, down.or(across)?, unit)
}

/// A number, which is a fraction as a rule.
fn number(said: &str) -> Option<f64> {
    let (number, divisor) = said.split_once('/').unwrap_or((said, "1"));
    let [number, divisor] = [number, divisor].map(|part| part.trim().parse::<f64>().ok());
    Some(number? / divisor?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::density::LengthUnit;

    fn found(attributes: &str, elements: &str) -> Option<PixelDensity> {
        density(format!("<x xmlns:t='{TIFF}' {attributes}>{elements}</x>").as_bytes())
    }

    #[test]
    fn fractions_and_numbers_count_by_their_unit() {
        let metric = PixelDensity::new(118.0, 59.0, LengthUnit::Centimetre);
        let inches = PixelDensity::new(300.0, 300.0, LengthUnit::Inch);
        for (attributes, elements, expected) in [
            ("t:XResolution='118/1' t:YResolution='118/2'", "<t:ResolutionUnit>3</t:ResolutionUnit>", metric),
            ("t:ResolutionUnit=' 2 '", "<t:XResolution>3000000/10000</t:XResolution>", inches),
            ("t:YResolution='300'", "", inches),
            (
                "t:XResolution='2/1' t:YResolution='1' t:ResolutionUnit='1'",
                "",
                PixelDensity::without_unit(2.0, 1.0),
            ),
            ("t:XResolution='300/1' t:ResolutionUnit='inches'", "", None),
            ("t:XResolution='300/0'", "", None),
            ("t:XResolution='many'", "", None),
            ("", "", None),
        ] {
            assert_eq!(found(attributes, elements), expected, "{attributes} {elements}");
        }
        assert_eq!(density(b"<broken"), None);
    }
}
