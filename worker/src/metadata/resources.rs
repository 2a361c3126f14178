//! Photoshop's image resources, among which IPTC stands: what of them says something of the photo goes along.
//! The others are about the program's windows, printing, and small versions of the old picture. The numbers
//! are Adobe's. No state.

use memchr::memmem;
use recipe::Format;

use super::extras::{PartNames, take_first};
use super::{Described, pictures};
use crate::density::{LengthUnit, PixelDensity};
use crate::image::{Metadata, Resource};

/// The resource that states the density.
const RESOLUTION: u16 = 0x03ED;
/// The resource that holds IPTC.
const IPTC: u16 = 0x0404;
/// Copies of EXIF and XMP.
const EXIF: u16 = 0x0422;
const XMP: u16 = 0x0424;
/// Whether the photo is copyrighted, and the address where more is said of it.
const COPYRIGHTED: u16 = 0x040A;
const URL: u16 = 0x040B;
const URLS: u16 = 0x041E;
/// What the photo shows, as the first versions had it.
const CAPTION: u16 = 0x03F0;
/// Width of a pixel to its height.
const PIXEL_ASPECT: u16 = 0x0428;
/// Paths, and the name of the one that clips.
const PATHS: std::ops::RangeInclusive<u16> = 0x07D0..=0x0BB7;

/// How Photoshop, the first of them, and the programs before and beside it sign their resources.
const SIGNATURES: [&[u8; 4]; 5] = [b"8BIM", b"MeSa", b"PHUT", b"AgHg", b"DCSR"];

/// What was found.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct FoundResources {
    /// The IPTC block; the parts of one that is in several pieces, joined.
    pub(crate) iptc: Option<Vec<u8>>,
    /// Others that say something of the photo.
    pub(crate) others: Vec<Resource>,
    /// Copies of blocks that mostly stand elsewhere.
    exif: Option<Vec<u8>>,
    xmp: Option<Vec<u8>>,
    /// Whether something among them cannot be read.
    pub(crate) is_broken: bool,
}

impl FoundResources {
    /// Puts it where it belongs, as far as nothing is there; what is lost then is noted.
    pub(crate) fn put_into(self, metadata: &mut Metadata) {
        let Metadata { iptc, exif, xmp, resources, extras, .. } = metadata;
        if let Some(block) = &self.iptc {
            take_first(iptc, block, extras);
        }
        *exif = exif.take().or(self.exif);
        *xmp = xmp.take().or(self.xmp);
        if resources.is_empty() {
            *resources = self.others;
        }
        if self.is_broken {
            let mut names = PartNames::default();
            names.add(BROKEN);
            extras.extend(names.into_extra());
        }
    }
}

/// What cannot be read, as a part of the file.
pub(crate) const BROKEN: &str = "damaged notes of Photoshop";

/// Looks through resources that follow one another, and behind what cannot be read.
pub(crate) fn read(mut resources: &[u8]) -> FoundResources {
    let mut found = FoundResources::default();
    while resources.iter().any(|byte| *byte != 0) {
        let Some(((signature, id), data, rest)) = first_resource(resources) else {
            found.is_broken = true;
            let behind = resources.get(1..).unwrap_or_default();
            resources = memmem::find(behind, SIGNATURES[0]).map_or(&[], |at| &behind[at..]);
            continue;
        };
        if signature == SIGNATURES[0] {
            found.take(id, data);
        }
        resources = rest;
    }
    found
}

impl FoundResources {
    fn take(&mut self, id: u16, data: &[u8]) {
        match id {
            IPTC => self.iptc.get_or_insert_default().extend(data),
            EXIF => self.exif = Some(data.to_vec()),
            XMP => self.xmp = Some(data.to_vec()),
            RESOLUTION | COPYRIGHTED | URL | URLS | CAPTION | PIXEL_ASPECT => self.keep(id, data),
            _ if PATHS.contains(&id) => self.keep(id, data),
            _ => {}
        }
    }

    fn keep(&mut self, id: u16, data: &[u8]) {
        self.others.push(Resource { id, data: data.to_vec() });
    }
}

/// The same of what programs keep for IPTC, some of which leave Photoshop's wrapping out.
pub(crate) fn read_or_bare(bytes: &[u8]) -> FoundResources {
    match bytes.starts_with(&[0x1C]) {
        true => FoundResources { iptc: Some(bytes.to_vec()), ..FoundResources::default() },
        false => read(bytes),
    }
}

/// What a resource is: its signature and its number.
type ResourceKey = (&'static [u8; 4], u16);

/// The first resource: what it is, its data, and what follows it.
fn first_resource(resources: &[u8]) -> Option<(ResourceKey, &[u8], &[u8])> {
    let (signature, rest) = resources.split_first_chunk::<4>()?;
    let signature = SIGNATURES.into_iter().find(|known| *known == signature)?;
    let id = u16::from_be_bytes(*rest.first_chunk()?);
    // A name with its length in front, and then the data, are each padded to an even number of bytes.
    let name = (1 + usize::from(*rest.get(2)?)).next_multiple_of(2);
    let (length, rest) = rest.get(2 + name..)?.split_first_chunk()?;
    let length = u32::from_be_bytes(*length) as usize;
    let data = rest.get(..length)?;
    // The last one may lack its padding, of the file or of a segment behind which others follow.
    let is_next = rest.get(length..).is_some_and(|behind| behind.starts_with(SIGNATURES[0]));
    let end = if is_next { length } else { length.checked_next_multiple_of(2)? };
    let rest = rest.get(end..).unwrap_or_default();
    Some(((signature, id), data, rest))
}

/// The density that one of them states: fixed-point numbers with 16 bits behind the point, each followed by
/// the units that Photoshop shows it in. It is per inch whatever these are.
pub(crate) fn density(resources: &[Resource]) -> Option<PixelDensity> {
    const ONE: f64 = 65_536.0;
    let data = &resources.iter().find(|resource| resource.id == RESOLUTION)?.data;
    let number = |at: usize| Some(f64::from(u32::from_be_bytes(*data.get(at..)?.first_chunk()?)) / ONE);
    PixelDensity::new(number(0)?, number(8)?, LengthUnit::Inch)
}

/// The resources, one after the other, IPTC first.
pub(crate) fn write(iptc: Option<&[u8]>, others: &[Resource]) -> Vec<u8> {
    let iptc = iptc.map(|block| (IPTC, block));
    let mut resources = Vec::new();
    for (id, data) in iptc.into_iter().chain(others.iter().map(|other| (other.id, other.data.as_slice()))) {
        resources.extend(SIGNATURES[0]);
        resources.extend(id.to_be_bytes());
        resources.extend([0, 0]);
        resources.extend((data.len() as u32).to_be_bytes());
        resources.extend(data);
        resources.resize(resources.len() + data.len() % 2, 0);
    }
    resources
}

/// Those that go along. Paths are in shares of the edges, and stay true where these do; the density has
/// places of its own.
pub(super) fn carried(
    mut resources: Vec<Resource>,
    described: &Described,
    warnings: &mut Vec<String>,
) -> Vec<Resource> {
    resources.retain(|resource| resource.id != RESOLUTION);
    if described.edited {
        let before = resources.len();
        resources.retain(|resource| !pictures::are_in(&resource.data));
        if resources.len() < before {
            warnings.push(pictures::IN_RESOURCES.to_owned());
        }
    }
    if described.moved.scale().is_some_and(|(_, swapped)| swapped) {
        resources.iter_mut().filter(|resource| resource.id == PIXEL_ASPECT).for_each(turn_aspect);
    }
    if !described.moved.is_scaling() {
        let before = resources.len();
        resources.retain(|resource| !PATHS.contains(&resource.id));
        if resources.len() < before {
            warnings
                .push("the clipping paths do not fit the cut or turned photo and were left out".to_owned());
        }
    }
    resources
}

/// Behind a version, width to height becomes height to width.
fn turn_aspect(resource: &mut Resource) {
    let place = resource.data.get_mut(4..).and_then(|data| data.first_chunk_mut());
    if let Some(place) = place {
        *place = f64::from_be_bytes(*place).recip().to_be_bytes();
    }
}

/// Those that say whose the photo is.
pub(super) fn copyright(mut resources: Vec<Resource>) -> Vec<Resource> {
    resources.retain(|resource| matches!(resource.id, COPYRIGHTED | URL));
    resources
}

/// Leaves out what a file of this format has no place for.
pub(super) fn place(metadata: &mut Metadata, format: Format, warnings: &mut Vec<String>) {
    let has_place = format.info().written.is_some_and(|written| written.resources);
    if !has_place && !metadata.resources.is_empty() {
        metadata.resources.clear();
        warnings.push(
            "files of this format have no place for Photoshop's notes on copyright and paths, which were \
             left out"
                .to_owned(),
        );
    }
}

#[cfg(test)]
mod tests {
    use image::metadata::Orientation;
    use proptest::prelude::*;

    use super::super::pictures::testing::small_picture;
    use super::super::tests::{described, through};
    use super::*;
    use crate::image::{Extra, ExtraKind};

    fn found(iptc: Option<&[u8]>, others: Vec<Resource>) -> FoundResources {
        FoundResources { iptc: iptc.map(<[u8]>::to_vec), others, ..FoundResources::default() }
    }

    #[test]
    fn a_block_is_found_among_other_resources() {
        let other = b"8BIM\x03\xF3\x03abc\0\0\0\x03xyz\0";
        for block in [&b"odd"[..], b"even"] {
            let resources = [&other[..], &write(Some(block), &[])].concat();
            assert_eq!(read(&resources), found(Some(block), vec![]));
        }
        assert_eq!(read(other), found(None, vec![]));
    }

    #[test]
    fn a_block_is_found_behind_foreign_resources_and_put_together() {
        let foreign = b"MeSa\x04\x04\0\0\0\0\0\x03xyz\0";
        let parts = [&foreign[..], &write(Some(b"odd"), &[]), foreign, &write(Some(b"even"), &[])].concat();
        assert_eq!(read(&parts), found(Some(b"oddeven"), vec![]));
        // Behind what cannot be read, too.
        let damaged = FoundResources { is_broken: true, ..found(Some(b"oddeven"), vec![]) };
        assert_eq!(read(&[b"none", &parts[..]].concat()), damaged);
        let cut = [&write(Some(b"odd"), &[])[..], b"8BIM\x04\x0A\0\0\x7F\xFF\xFF\xFF", &parts].concat();
        let damaged = FoundResources { is_broken: true, ..found(Some(b"oddoddeven"), vec![]) };
        assert_eq!(read(&cut), damaged);
        let unpadded = write(Some(b"odd"), &[]);
        let unpadded = [&unpadded[..unpadded.len() - 1], &write(Some(b"even"), &[])].concat();
        assert_eq!(read(&unpadded), found(Some(b"oddeven"), vec![]));
        assert_eq!(read(&[&write(Some(b"odd"), &[])[..], &[0; 9]].concat()), found(Some(b"odd"), vec![]));
    }

    #[test]
    fn it_goes_where_it_belongs_and_what_is_lost_is_noted() {
        let resource = |id, data: &[u8]| Resource { id, data: data.to_vec() };
        let all = [resource(EXIF, b"II*"), resource(XMP, b"<x/>"), resource(COPYRIGHTED, &[1])];
        let resources = write(Some(b"\x1C\x02"), &all);
        let mut metadata = Metadata::default();
        read(&resources).put_into(&mut metadata);
        let (exif, xmp) = (metadata.exif.as_deref(), metadata.xmp.as_deref());
        assert_eq!((exif, xmp, metadata.resources.len()), (Some(&b"II*"[..]), Some(&b"<x/>"[..]), 1));
        let whole = metadata.clone();
        read(&resources).put_into(&mut metadata);
        assert_eq!(metadata, whole);
        read(&write(Some(b"\x1C\x02\0"), &[])).put_into(&mut metadata);
        assert_eq!(metadata, whole, "what is filled with zeros is the same");
        read(&[&write(Some(b"other"), &[])[..], b"damage"].concat()).put_into(&mut metadata);
        let part = Extra { kind: ExtraKind::Parts, segments: vec![(0, BROKEN.into())] };
        assert_eq!(metadata.extras, [Extra::of(ExtraKind::SecondBlock), part]);
    }

    #[test]
    fn a_density_is_read_and_stays_behind_and_the_shape_of_a_pixel_is_turned() {
        let number = |value: f64| ((value * 65_536.0) as u32).to_be_bytes();
        // Shown in centimetres, and per inch nevertheless.
        let data = [&number(300.0)[..], &[0, 2, 0, 2], &number(150.5), &[0, 2, 0, 2]].concat();
        let aspect = |ratio: f64| [&[0, 0, 0, 1][..], &ratio.to_be_bytes()].concat();
        let resources =
            vec![Resource { id: RESOLUTION, data }, Resource { id: PIXEL_ASPECT, data: aspect(2.0) }];
        let read = read(&write(None, &resources)).others;
        assert_eq!(read, resources);
        assert_eq!(density(&read), PixelDensity::new(300.0, 150.5, LengthUnit::Inch));
        let kept = |described: &Described| carried(resources.clone(), described, &mut Vec::new());
        assert_eq!(kept(&described()), resources[1..]);
        assert_eq!(kept(&through(Orientation::Rotate90, "blur=1"))[0].data, aspect(0.5));
        // Cut short, or of no meaning.
        for data in [&b"\x01\x2C\0\0\0\x01\0\x01\x01\x2C"[..], &[0; 16]] {
            assert_eq!(density(&[Resource { id: RESOLUTION, data: data.to_vec() }]), None);
        }
    }

    #[test]
    fn the_copyright_and_paths_go_along_where_they_are_true() {
        let resource = |id, data: &[u8]| Resource { id, data: data.to_vec() };
        let (flag, url, path) =
            (resource(COPYRIGHTED, &[1]), resource(URL, b"https://example.org"), resource(0x07D1, &[7; 26]));
        let caption = resource(CAPTION, b"\x04Lima");
        let all = vec![flag.clone(), url.clone(), caption.clone(), path.clone()];
        assert_eq!(read(&write(Some(b"odd"), &all)), found(Some(b"odd"), all.clone()));
        assert_eq!(copyright(all.clone()), [flag.clone(), url.clone()]);
        let mut warnings = Vec::new();
        assert_eq!(carried(all.clone(), &described(), &mut warnings), all);
        assert_eq!(warnings, Vec::<String>::new());
        let turned = through(Orientation::Rotate90, "blur=1");
        assert_eq!(carried(all, &turned, &mut warnings), [flag, url, caption]);
        assert_eq!(warnings.len(), 1);
    }

    #[test]
    fn what_holds_a_picture_does_not_outlive_an_edit() {
        let resources = vec![Resource { id: 0x07D5, data: small_picture(b"SECRET") }];
        let mut warnings = Vec::new();
        let untouched = Described { edited: false, ..described() };
        assert_eq!(carried(resources.clone(), &untouched, &mut warnings), resources);
        assert_eq!(carried(resources, &described(), &mut warnings), []);
        assert_eq!(warnings.len(), 1);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(
            prop_oneof![Just(b'8'), Just(b'B'), Just(b'I'), Just(b'M'), 0u8..4, any::<u8>()], 0..60)) {
            let _ = read(&bytes);
            let _ = read(&[&b"8BIM"[..], &bytes].concat());
        }
    }
}
