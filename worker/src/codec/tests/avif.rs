//! AVIF as it is written.

use super::*;

/// The boxes that stand in these bytes: kind and content.
fn boxes(bytes: &[u8]) -> Vec<(&[u8; 4], &[u8])> {
    iso_boxes::boxes(bytes).map(|found| found.unwrap()).map(|found| (found.kind, found.content)).collect()
}

fn inside<'a>(bytes: &'a [u8], kind: &[u8; 4]) -> &'a [u8] {
    boxes(bytes).into_iter().find(|(found, _)| *found == kind).map_or(&[], |(_, content)| content)
}

#[test]
fn an_avif_holds_what_it_says_and_where_it_says() {
    let metadata = Metadata {
        icc: moxcms::ColorProfile::new_display_p3().encode().ok(),
        exif: Some(b"II*\0the camera's".to_vec()),
        xmp: Some(b"<x:xmpmeta/>".to_vec()),
        ..Metadata::default()
    };
    let picture = gradient(Channels::Rgba, false, 40, 30);
    let file = encode(picture, Format::Avif, &Output::default(), &metadata, false, &mut Vec::new()).unwrap();
    assert_eq!(boxes(&file).iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [b"ftyp", b"meta", b"mdat"]);
    assert_eq!(&inside(&file, b"ftyp")[..4], b"avif");
    let meta = &inside(&file, b"meta")[4..];
    // Version, flags, the sizes of fields, the number of items; then id, which file, one extent, offset,
    // length of each.
    let places: Vec<(u16, &[u8])> = inside(meta, b"iloc")[8..]
        .chunks_exact(14)
        .map(|place| {
            let number = |at: usize| u32::from_be_bytes(place[at..at + 4].try_into().unwrap()) as usize;
            (u16::from_be_bytes([place[0], place[1]]), &file[number(6)..number(6) + number(10)])
        })
        .collect();
    let item = |id: u16| places.iter().find(|(found, _)| *found == id).unwrap().1;
    assert_eq!(item(3), b"\0\0\0\0II*\0the camera's");
    assert_eq!(item(4), b"<x:xmpmeta/>");
    // A coded image begins with an empty temporal delimiter and a sequence header (AV1 specification, 5.3).
    assert_eq!((&item(1)[..3], &item(2)[..3]), (&[0x12, 0, 0x0A][..], &[0x12, 0, 0x0A][..]));
    assert_eq!(places.iter().map(|(_, data)| data.len()).sum::<usize>(), inside(&file, b"mdat").len());
    let shared = inside(inside(meta, b"iprp"), b"ipco");
    let profile =
        boxes(shared).into_iter().find(|(kind, content)| *kind == b"colr" && content.starts_with(b"prof"));
    assert_eq!(profile.map(|(_, content)| content[4..].to_vec()), metadata.icc);
}

#[test]
fn an_avif_of_srgb_needs_no_profile() {
    let with = |channels, icc| {
        let (metadata, mut warnings) =
            (Metadata { icc, iptc: Some(vec![0x1C]), ..Metadata::default() }, Vec::new());
        let picture = gradient(channels, false, 9, 7);
        let file =
            encode(picture, Format::Avif, &Output::default(), &metadata, false, &mut warnings).unwrap();
        (file.windows(4).any(|word| word == b"prof"), warnings)
    };
    let iptc = vec!["an AVIF has no place for IPTC, which was left out".to_owned()];
    for channels in [Channels::Grey, Channels::Rgb] {
        assert_eq!(with(channels, color::srgb(Channels::Rgb)), (false, iptc.clone()));
        assert_eq!(with(channels, None), (false, iptc.clone()));
    }
    assert_eq!(with(Channels::Grey, color::adobe_rgb()), (true, iptc));
}

#[test]
fn an_avif_is_the_same_every_time_at_any_size() {
    for (width, height) in [(1, 1), (1, 65), (67, 3), (130, 70)] {
        let picture = gradient(Channels::Rgba, true, width, height);
        assert_eq!(encoded(&picture, Format::Avif, 60), encoded(&picture, Format::Avif, 60));
    }
}
