//! What a file holds beside the picture and the blocks that most formats have: what stays true goes along as
//! it is, from one JPEG into another; the rest is named. No state.

use recipe::Format;

use super::xmp::notes;
use super::{Described, exif, pictures, say};
use crate::image::{Extra, ExtraKind, Metadata, NamedText};

/// Parts that are named; there may be more.
const MAX_NAMED: usize = 16;

/// The names of parts that cannot go along, each once, and whether there are more.
#[derive(Default)]
pub(crate) struct PartNames(Vec<String>);

impl PartNames {
    /// What stands in place of the names that are too many.
    const MORE: &str = "and more";

    pub(crate) fn add(&mut self, name: &str) {
        let is_known = self.0.iter().any(|known| known == name);
        match self.0.len() {
            ..MAX_NAMED if !is_known => self.0.push(name.to_owned()),
            MAX_NAMED if !is_known => self.0.push(Self::MORE.to_owned()),
            _ => {}
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As they are told.
    pub(crate) fn listed(&self) -> String {
        self.0.join(", ")
    }

    /// As what cannot go along, if there are any.
    pub(crate) fn into_extra(self) -> Option<Extra> {
        let segments: Vec<_> = self.0.into_iter().map(|name| (0, name.into_bytes())).collect();
        (!segments.is_empty()).then_some(Extra { kind: ExtraKind::Parts, segments })
    }
}

/// Takes a block of which there should be one: the first counts, and one that says something else is noted.
/// Some writers fill a block with zeros.
pub(crate) fn take_first(place: &mut Option<Vec<u8>>, block: &[u8], extras: &mut Vec<Extra>) {
    match place {
        None => *place = Some(block.to_vec()),
        Some(first) if trimmed(first) != trimmed(block) => extras.push(Extra::of(ExtraKind::SecondBlock)),
        Some(_) => {}
    }
}

/// A block without zeros at its end.
fn trimmed(block: &[u8]) -> &[u8] {
    let end = block.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    block.get(..end).unwrap_or_default()
}

/// Keeps so many texts that no file can fill the memory, or each result, with them; the others are named.
pub(crate) fn limit_texts(metadata: &mut Metadata) {
    const MAX_TEXTS: usize = 1000;
    const MAX_BYTES: usize = 16 << 20;
    let mut bytes = 0;
    let fits = |text: &&NamedText| {
        bytes += text.key.len() + text.text.len();
        bytes <= MAX_BYTES
    };
    let kept = metadata.texts.iter().take(MAX_TEXTS).take_while(fits).count();
    if kept < metadata.texts.len() {
        metadata.texts.truncate(kept);
        let mut names = PartNames::default();
        names.add(&match kept {
            0 => "texts, of which the first is too long".to_owned(),
            kept => format!("texts beyond the first {kept}"),
        });
        metadata.extras.extend(names.into_extra());
    }
}

/// Those that go along.
pub(super) fn carried(extras: Vec<Extra>, described: &Described, warnings: &mut Vec<String>) -> Vec<Extra> {
    let (kept, lost): (Vec<Extra>, Vec<Extra>) = extras
        .into_iter()
        .partition(|extra| described.format == Format::Jpeg && stays_true(extra, described));
    for extra in lost {
        say(warnings, &lost_note(&extra));
    }
    kept
}

/// Names the tags that programs have in EXIF for themselves, which a TIFF's own directory is not to have.
pub(super) fn say_private_tags(exif: &[u8], warnings: &mut Vec<String>) {
    let mut names = PartNames::default();
    exif::private_tags(exif).iter().for_each(|tag| names.add(&tag_name(&tag.to_be_bytes())));
    if !names.is_empty() {
        let names = names.listed();
        warnings.push(format!("tags of EXIF that have no place in a TIFF were left out ({names})"));
    }
}

/// Names the pictures that are lost, which are no metadata: whatever is to become of that.
pub(super) fn say_lost_pictures(extras: &[Extra], warnings: &mut Vec<String>) {
    for extra in extras {
        match extra.kind {
            ExtraKind::Images | ExtraKind::Video => say(warnings, &lost_note(extra)),
            ExtraKind::CameraNotes
            | ExtraKind::MakerNotes
            | ExtraKind::SecondBlock
            | ExtraKind::TiffTags
            | ExtraKind::Parts
            | ExtraKind::Thermal
            | ExtraKind::Credentials
            | ExtraKind::ProgramNotes
            | ExtraKind::Unknown => {}
        }
    }
}

fn stays_true(extra: &Extra, described: &Described) -> bool {
    match extra.kind {
        ExtraKind::CameraNotes => {
            // In these, cameras note the size of the picture.
            let tells_size = |marker: u8| matches!(marker, 0xE0 | 0xEC);
            let contents: Vec<&[u8]> = extra.segments.iter().map(|(_, content)| content.as_slice()).collect();
            let is_of_old = || {
                extra.segments.iter().any(|(marker, _)| tells_size(*marker))
                    || pictures::are_in_each(&contents).contains(&true)
            };
            !(described.edited && is_of_old())
        }
        ExtraKind::Thermal => !described.edited,
        ExtraKind::MakerNotes
        | ExtraKind::SecondBlock
        | ExtraKind::TiffTags
        | ExtraKind::Parts
        | ExtraKind::Credentials
        | ExtraKind::Images
        | ExtraKind::Video
        | ExtraKind::ProgramNotes
        | ExtraKind::Unknown => false,
    }
}

fn lost_note(extra: &Extra) -> String {
    match extra.kind {
        ExtraKind::CameraNotes => "notes of the camera beside EXIF were left out".to_owned(),
        ExtraKind::MakerNotes => {
            "the notes of the camera's maker cannot be moved out of their file and were left out".to_owned()
        }
        ExtraKind::SecondBlock => "a second block of EXIF, IPTC or XMP was left out".to_owned(),
        ExtraKind::TiffTags => {
            let names = listed(extra, |(_, number)| tag_name(number));
            format!("tags of the TIFF that have no place in the result were left out ({names})")
        }
        ExtraKind::Parts => {
            let names = listed(extra, |(_, name)| String::from_utf8_lossy(name).into_owned());
            format!("parts of the file that cannot go along were left out ({names})")
        }
        ExtraKind::Thermal => "the measurements of the thermal camera were left out".to_owned(),
        ExtraKind::Credentials => {
            "the content credentials (C2PA) are valid for the old file only and were left out".to_owned()
        }
        ExtraKind::Images => notes::IMAGES.to_owned(),
        ExtraKind::Video => notes::VIDEO.to_owned(),
        ExtraKind::ProgramNotes => {
            let names = listed(extra, segment_name);
            format!("what a program noted of how it had written the old file was left out ({names})")
        }
        ExtraKind::Unknown if extra.segments.is_empty() => {
            "data behind the picture, of a kind that is not known, was left out".to_owned()
        }
        ExtraKind::Unknown => {
            let names = listed(extra, segment_name);
            format!("data of a kind that is not known was left out ({names})")
        }
    }
}

/// The names of segments, each once.
fn listed(extra: &Extra, name: fn(&(u8, Vec<u8>)) -> String) -> String {
    let mut names = PartNames::default();
    extra.segments.iter().for_each(|segment| names.add(&name(segment)));
    names.listed()
}

/// A segment of a JPEG by its number and by what it calls itself.
fn segment_name((marker, name): &(u8, Vec<u8>)) -> String {
    let name = String::from_utf8_lossy(name);
    format!("APP{} {name}", marker & 15).trim_end().to_owned()
}

/// What users know a tag of a TIFF by.
fn tag_name(number: &[u8]) -> String {
    let number = number.iter().fold(0, |number, byte| number << 8 | u32::from(*byte));
    match number {
        286 | 287 => "position on the page".to_owned(),
        290 | 291 => "GrayResponseCurve".to_owned(),
        301 | 342 => "TransferFunction".to_owned(),
        321 => "HalftoneHints".to_owned(),
        333 => "InkNames".to_owned(),
        343..=345 => "ClipPath".to_owned(),
        346 => "Indexed".to_owned(),
        32_932 => "annotations of Windows Imaging".to_owned(),
        33_550 | 33_922 | 34_264 | 34_735..=34_737 => "GeoTIFF".to_owned(),
        37_724 => "Photoshop's layers".to_owned(),
        42_112 | 42_113 => "GDAL".to_owned(),
        50_838 | 50_839 => "ImageJ".to_owned(),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use recipe::format::MetadataPolicy;

    use super::super::pictures::testing::small_picture;
    use super::super::tests::{described, only};
    use super::*;
    use crate::image::Metadata;

    #[test]
    fn what_stays_true_goes_along_and_the_rest_is_named() {
        let extra = |kind| Extra { kind, segments: vec![(0xE6, b"GoPro\0".to_vec())] };
        let kinds = [
            ExtraKind::CameraNotes,
            ExtraKind::Thermal,
            ExtraKind::Credentials,
            ExtraKind::Images,
            ExtraKind::Video,
            ExtraKind::ProgramNotes,
            ExtraKind::Unknown,
        ];
        let kept = |described: Described| {
            let mut warnings = Vec::new();
            let kept = carried(kinds.map(extra).to_vec(), &described, &mut warnings);
            (kept.into_iter().map(|extra| extra.kind).collect::<Vec<_>>(), warnings.len())
        };
        assert_eq!(kept(described()), (vec![ExtraKind::CameraNotes], 6));
        let untouched = Described { edited: false, ..described() };
        assert_eq!(kept(untouched), (vec![ExtraKind::CameraNotes, ExtraKind::Thermal], 5));
        assert_eq!(kept(Described { format: Format::Png, ..untouched }), (vec![], 7));
    }

    #[test]
    fn tags_of_a_tiff_are_named() {
        let segments = [33_550u16, 33_922, 65_000].map(|tag| (0, tag.to_be_bytes().to_vec())).to_vec();
        let tags = Extra { kind: ExtraKind::TiffTags, segments };
        let mut warnings = Vec::new();
        assert_eq!(carried(vec![tags], &described(), &mut warnings), []);
        assert!(warnings[0].ends_with("(GeoTIFF, 65000)"), "{warnings:?}");
    }

    #[test]
    fn tags_that_lack_a_place_have_the_names_that_people_know() {
        for (tag, name) in [
            (290u16, "GrayResponseCurve"),
            (291, "GrayResponseCurve"),
            (321, "HalftoneHints"),
            (333, "InkNames"),
            (342, "TransferFunction"),
            (343, "ClipPath"),
            (345, "ClipPath"),
            (346, "Indexed"),
            (32_932, "annotations of Windows Imaging"),
        ] {
            assert_eq!(tag_name(&tag.to_be_bytes()), name);
        }
    }

    #[test]
    fn tags_of_exif_are_named_where_they_have_no_place() {
        // Two tags of programs, and one that says who made the photo.
        let entry = |tag: u16| [&tag.to_be_bytes()[..], &[0, 1, 0, 0, 0, 1, 7, 0, 0, 0]].concat();
        let block = [&b"MM\0*\0\0\0\x08\0\x03"[..], &entry(0x8298), &entry(0xC5E0), &entry(0xC5E1), &[0; 4]];
        for (format, expected) in [
            (Format::Tiff, vec!["tags of EXIF that have no place in a TIFF were left out (50656, 50657)"]),
            (Format::Webp, vec![]),
        ] {
            let metadata = Metadata { exif: Some(block.concat()), ..Metadata::default() };
            let mut warnings = Vec::new();
            let described = Described { format, ..described() };
            super::super::carried(metadata, only(MetadataPolicy::Keep), described, &mut warnings);
            assert_eq!(warnings, expected);
        }
    }

    #[test]
    fn segments_are_named_once_each() {
        let segments = [(0xE4, &b"OTHER"[..]), (0xE0, b"Ocad"), (0xE4, b"OTHER"), (0xE9, b"")];
        let segments = segments.map(|(marker, name)| (marker, name.to_vec())).to_vec();
        let mut warnings = Vec::new();
        let unknown = Extra { kind: ExtraKind::Unknown, segments };
        assert_eq!(carried(vec![unknown], &described(), &mut warnings), []);
        assert_eq!(warnings, ["data of a kind that is not known was left out (APP4 OTHER, APP0 Ocad, APP9)"]);
        let mut names = PartNames::default();
        (0..40).for_each(|number| names.add(&number.to_string()));
        assert!(names.listed().ends_with("14, 15, and more"), "{}", names.listed());
    }

    #[test]
    fn notes_with_a_preview_do_not_outlive_an_edit() {
        let preview = [&b"note"[..], &small_picture(b"SECRET")].concat();
        let notes = Extra { kind: ExtraKind::CameraNotes, segments: vec![(0xE7, preview)] };
        let mut warnings = Vec::new();
        assert_eq!(carried(vec![notes.clone()], &described(), &mut warnings), []);
        assert_eq!(warnings.len(), 1);
        let untouched = Described { edited: false, ..described() };
        assert_eq!(carried(vec![notes.clone()], &untouched, &mut warnings), [notes]);
    }
}
