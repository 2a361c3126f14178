//! Inks of a TIFF, which are converted with 8 bits.

use super::*;

#[test]
fn inks_that_lose_bits_are_named() {
    let said = |level: u16| {
        let samples = [level, 0, 0, 0].into_iter().flat_map(u16::to_le_bytes).collect();
        let found = decoded(&MadeTiff::new((1, 1), &[16; 4], 5, vec![samples]).file());
        found.warnings.into_iter().filter(|warning| warning.contains("8 bits")).collect::<Vec<_>>()
    };
    assert_eq!(said(0x0201), ["inks are converted with 8 bits each: this file has more"]);
    assert_eq!(said(0x0202), Vec::<String>::new());
}
