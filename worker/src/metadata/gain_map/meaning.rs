//! What an HDR gain map says of itself: by how much each of its values brightens a pixel. Written in XMP
//! (Adobe's gain map specification, version 1.0; Ultra HDR) or in binary (ISO 21496-1, annex C), or in both.
//! No state.

use super::in_xmp::{GainFields, gain_fields};

/// What the binary form begins with in a segment.
pub(crate) const ISO: &[u8] = b"urn:iso:std:iso:ts:21496:-1\0";

/// Flags of the binary form.
const MULTICHANNEL: u8 = 1 << 7;
const BASE_COLORS: u8 = 1 << 6;
const COMMON_DENOMINATOR: u8 = 1 << 3;

/// What is said of a map, in either form or in both.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Meaning {
    pub(crate) xmp: Option<GainFields>,
    /// Without the name in front.
    pub(crate) iso: Option<Vec<u8>>,
}

/// The part of it that says what a value of the map stands for: for each channel, the powers of two of the
/// least and the greatest value, and the exponent of what lies between.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Gains {
    pub(crate) min: [f64; 3],
    pub(crate) max: [f64; 3],
    pub(crate) gamma: [f64; 3],
    base_offset: [f64; 3],
    other_offset: [f64; 3],
    /// How much brighter than white the screens are that show the base and the other picture as they are, in
    /// stops.
    base_headroom: f64,
    other_headroom: f64,
}

impl Gains {
    fn brighten(&self) -> bool {
        self.base_headroom < self.other_headroom
    }

    /// What is said of each channel, in the order of the binary form.
    fn of_channels(&self) -> [[f64; 3]; 5] {
        [self.min, self.max, self.gamma, self.base_offset, self.other_offset]
    }

    /// Whether all channels have the same.
    fn are_grey(&self) -> bool {
        self.of_channels().iter().all(|values| values.iter().all(|value| value == &values[0]))
    }

    /// The value of each channel that changes nothing, 0–255.
    pub(crate) fn neutral(&self) -> [u8; 3] {
        [0, 1, 2].map(|channel| {
            let (min, max) = (self.min[channel], self.max[channel]);
            let share = if max > min { (-min / (max - min)).clamp(0.0, 1.0) } else { 0.0 };
            (share.powf(self.gamma[channel]) * 255.0).round() as u8
        })
    }
}

impl Meaning {
    /// `None` for a JPEG that is no gain map, and for one that does not say what its values mean.
    pub(crate) fn read(packet: Option<&[u8]>, iso: Option<&[u8]>) -> Option<Meaning> {
        // Broken numbers in one form do not go along beside the other.
        let meaning = Meaning {
            xmp: packet.and_then(gain_fields).filter(|fields| of_xmp(fields).is_some()),
            iso: iso.filter(|iso| of_iso(iso).is_some()).map(<[u8]>::to_vec),
        };
        meaning.gains().is_some().then_some(meaning)
    }

    /// What its values stand for.
    pub(crate) fn gains(&self) -> Option<Gains> {
        self.iso.as_deref().and_then(of_iso).or_else(|| self.xmp.as_ref().and_then(of_xmp))
    }

    /// Adds the form that is missing, since there are readers of either. A map that makes its photo darker
    /// keeps the one it has: the two count its gains from different ends.
    pub(crate) fn completed(mut self) -> Meaning {
        let is_base_hdr = self.xmp.as_ref().is_some_and(is_base_hdr);
        if let Some(gains) = self.gains().filter(|gains| gains.brighten() && !is_base_hdr) {
            self.iso.get_or_insert_with(|| to_iso(&gains));
            self.xmp.get_or_insert_with(|| to_xmp(&gains));
        }
        self
    }

    /// Says that the gains are those of the colours of the profile that goes with the map, not of the
    /// photo's: only the binary form can.
    pub(crate) fn with_own_colors(&mut self) {
        if let Some(flags) = self.iso.as_mut().and_then(|iso| iso.get_mut(4)) {
            *flags &= !BASE_COLORS;
        }
    }
}

fn is_base_hdr(fields: &GainFields) -> bool {
    fields
        .get("BaseRenditionIsHDR")
        .is_some_and(|values| values.iter().any(|v| v.eq_ignore_ascii_case("true")))
}

fn of_xmp(fields: &GainFields) -> Option<Gains> {
    let numbers = |name: &str, default: Option<f64>| -> Option<[f64; 3]> {
        let Some(values) = fields.get(name) else { return default.map(|value| [value; 3]) };
        let values = values.iter().map(|value| value.trim().parse().ok()).collect::<Option<Vec<f64>>>()?;
        match *values.as_slice() {
            [all] => Some([all; 3]),
            [red, green, blue] => Some([red, green, blue]),
            _ => None,
        }
        .filter(|values| values.iter().all(|value| value.is_finite()))
    };
    // Another version may mean something else by the same words.
    if fields.get("Version").is_some_and(|version| !version.iter().all(|v| v.trim().starts_with("1."))) {
        return None;
    }
    checked(Gains {
        min: numbers("GainMapMin", Some(0.0))?,
        max: numbers("GainMapMax", None)?,
        gamma: numbers("Gamma", Some(1.0))?,
        base_offset: numbers("OffsetSDR", Some(1.0 / 64.0))?,
        other_offset: numbers("OffsetHDR", Some(1.0 / 64.0))?,
        base_headroom: numbers("HDRCapacityMin", Some(0.0))?[0],
        other_headroom: numbers("HDRCapacityMax", None)?[0],
    })
}

/// The same, if they are such that a map can be applied by: an exponent is above 0.
fn checked(gains: Gains) -> Option<Gains> {
    gains.gamma.iter().all(|gamma| *gamma > 0.0).then_some(gains)
}

/// Reads numbers one after the other.
struct BigEndianNumbers<'a>(&'a [u8]);

impl BigEndianNumbers<'_> {
    fn next(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*number))
    }

    /// A fraction; its numerator may have a sign, its denominator is read unless there is a common one.
    fn fraction(&mut self, signed: bool, common: Option<u32>) -> Option<f64> {
        let numerator = self.next()?;
        let numerator = if signed { f64::from(numerator.cast_signed()) } else { f64::from(numerator) };
        let denominator = match common {
            Some(denominator) => denominator,
            None => self.next()?,
        };
        (denominator > 0).then(|| numerator / f64::from(denominator))
    }
}

fn of_iso(iso: &[u8]) -> Option<Gains> {
    let [0, 0, _, _, flags, rest @ ..] = iso else { return None };
    let mut numbers = BigEndianNumbers(rest);
    let common = if flags & COMMON_DENOMINATOR != 0 { Some(numbers.next()?) } else { None };
    let (base_headroom, other_headroom) =
        (numbers.fraction(false, common)?, numbers.fraction(false, common)?);
    let channels = if flags & MULTICHANNEL != 0 { 3 } else { 1 };
    let mut of_channels = Vec::new();
    for _ in 0..channels {
        of_channels.push([
            numbers.fraction(true, common)?,
            numbers.fraction(true, common)?,
            numbers.fraction(false, common)?,
            numbers.fraction(true, common)?,
            numbers.fraction(true, common)?,
        ]);
    }
    let of = |which: usize| [0, 1, 2].map(|channel: usize| of_channels[channel.min(channels - 1)][which]);
    let (min, max, gamma) = (of(0), of(1), of(2));
    checked(Gains { min, max, gamma, base_offset: of(3), other_offset: of(4), base_headroom, other_headroom })
}

fn to_iso(gains: &Gains) -> Vec<u8> {
    const DENOMINATOR: u32 = 1_000_000;
    let (flag, channels) = if gains.are_grey() { (0, 1) } else { (MULTICHANNEL, 3) };
    // Version 0, as its readers and its writers count; the colours are those of the base.
    let mut iso = vec![0, 0, 0, 0, flag | BASE_COLORS | COMMON_DENOMINATOR];
    let mut put = |number: u32| iso.extend(number.to_be_bytes());
    let fraction = |value: f64| ((value * f64::from(DENOMINATOR)).round() as i32).cast_unsigned();
    put(DENOMINATOR);
    put(fraction(gains.base_headroom));
    put(fraction(gains.other_headroom));
    for channel in 0..channels {
        for values in gains.of_channels() {
            put(fraction(values[channel]));
        }
    }
    iso
}

fn to_xmp(gains: &Gains) -> GainFields {
    let said = |values: &[f64]| values.iter().map(f64::to_string).collect();
    let channels = if gains.are_grey() { 1 } else { 3 };
    let names = ["GainMapMin", "GainMapMax", "Gamma", "OffsetSDR", "OffsetHDR"];
    let of_channels = names.into_iter().zip(gains.of_channels());
    let mut fields: GainFields =
        of_channels.map(|(name, values)| (name.to_owned(), said(&values[..channels]))).collect();
    fields.insert("HDRCapacityMin".to_owned(), said(&[gains.base_headroom]));
    fields.insert("HDRCapacityMax".to_owned(), said(&[gains.other_headroom]));
    fields.insert("BaseRenditionIsHDR".to_owned(), vec!["False".to_owned()]);
    fields.insert("Version".to_owned(), vec!["1.0".to_owned()]);
    fields
}

#[cfg(test)]
mod tests {
    use super::super::of_gain_map;
    use super::*;

    fn fields(fields: &[(&str, &[&str])]) -> GainFields {
        let owned = |values: &&[&str]| values.iter().map(|v| (*v).to_owned()).collect();
        fields.iter().map(|(name, values)| ((*name).to_owned(), owned(values))).collect()
    }

    #[test]
    fn both_forms_say_the_same() {
        let said = fields(&[
            ("GainMapMin", &["-3.8", "-1.5", "0"]),
            ("GainMapMax", &["3.8396", "3.5", "4"]),
            ("Gamma", &["1.114899", "0.630917", "1"]),
            ("HDRCapacityMax", &["3.947876"]),
        ]);
        let mut meaning = Meaning { xmp: Some(said.clone()), iso: None }.completed();
        let by_xmp = of_xmp(&said).unwrap();
        assert_eq!(meaning.gains(), Some(by_xmp));
        let iso = meaning.iso.clone().unwrap();
        assert_eq!(iso[4], MULTICHANNEL | BASE_COLORS | COMMON_DENOMINATOR);
        meaning.with_own_colors();
        assert_eq!(meaning.iso.unwrap()[4], MULTICHANNEL | COMMON_DENOMINATOR);
        let other = Meaning { xmp: None, iso: Some(iso) }.completed();
        assert_eq!(of_xmp(&other.xmp.unwrap()), Some(by_xmp));
        // Each number with a denominator of its own, one channel for all: -1/2, 2/1, 1/1, 1/64, 1/64.
        let words = [0, 1, 2, 1, (-1i32).cast_unsigned(), 2, 2, 1, 1, 1, 1, 64, 1, 64];
        let iso = [vec![0, 0, 0, 0, BASE_COLORS], words.map(u32::to_be_bytes).concat()].concat();
        let gains = of_iso(&iso).unwrap();
        assert_eq!((gains.min, gains.max, gains.other_offset), ([-0.5; 3], [2.0; 3], [1.0 / 64.0; 3]));
        assert_eq!(of_iso(&to_iso(&gains)), Some(gains));
        assert_eq!(of_iso(&iso[..iso.len() - 1]), None);
        assert_eq!(of_iso(&[]), None);
    }

    #[test]
    fn numbers_that_no_map_can_be_applied_by_are_none() {
        let said = |name, value: &str| {
            of_xmp(&fields(&[("GainMapMax", &["2"]), ("HDRCapacityMax", &["2"]), (name, &[value])]))
        };
        for (name, value) in [("Gamma", "0"), ("Gamma", "-1"), ("Version", "2.0"), ("Version", "")] {
            assert_eq!(said(name, value), None, "{name} {value}");
        }
        let gains = said("Version", "1.0").unwrap();
        assert_eq!(of_iso(&to_iso(&Gains { gamma: [0.0; 3], ..gains })), None);
        // Beside the other form they are left out.
        let broken =
            of_gain_map(&fields(&[("GainMapMax", &["2"]), ("HDRCapacityMax", &["2"]), ("Gamma", &["0"])]));
        let meaning = Meaning::read(Some(&broken), Some(&to_iso(&gains))).unwrap();
        assert_eq!((meaning.xmp, meaning.iso), (None, Some(to_iso(&gains))));
        assert_eq!(Meaning::read(Some(&broken), None), None);
    }

    #[test]
    fn a_map_that_darkens_its_photo_is_said_as_it_was() {
        let said =
            fields(&[("BaseRenditionIsHDR", &["True"]), ("GainMapMax", &["2"]), ("HDRCapacityMax", &["2"])]);
        let meaning = Meaning { xmp: Some(said), iso: None };
        assert_eq!(meaning.clone().completed(), meaning);
    }

    #[test]
    fn what_changes_nothing_lies_where_the_gain_is_one() {
        let neutral = |said: &[(&str, &[&str])]| of_xmp(&fields(said)).unwrap().neutral();
        let capacity: (&str, &[&str]) = ("HDRCapacityMax", &["2"]);
        assert_eq!(neutral(&[("GainMapMax", &["2"]), capacity]), [0; 3]);
        assert_eq!(neutral(&[("GainMapMin", &["-1"]), ("GainMapMax", &["1"]), capacity]), [128; 3]);
        assert_eq!(
            neutral(&[("GainMapMin", &["-1"]), ("GainMapMax", &["3"]), ("Gamma", &["0.5"]), capacity]),
            [128; 3]
        );
        assert_eq!(neutral(&[("GainMapMin", &["1"]), ("GainMapMax", &["3"]), capacity]), [0; 3]);
    }
}
