//! When a photo was taken, from wherever it says so.

use jiff::civil::date;
use protocol::outcome::TakenAt;

use super::*;

const NOON: TakenAt = TakenAt { at: date(2024, 2, 29).at(12, 0, 1, 0), offset: None };

/// A block of texts in its first directory and in that of the exposure.
fn block(first: &[(u16, &str)], exposure: &[(u16, &str)]) -> Vec<u8> {
    fn directory(block: &mut Vec<u8>, texts: &[(u16, &str)], pointer: Option<(u16, u32)>) -> u32 {
        let mut records = Vec::new();
        for (tag, text) in texts {
            let at = block.len() as u32;
            block.extend([text.as_bytes(), b"\0"].concat());
            let head = [tag.to_be_bytes(), [0, 2]].concat();
            records.push([&head[..], &(text.len() as u32 + 1).to_be_bytes(), &at.to_be_bytes()].concat());
        }
        records.extend(
            pointer
                .map(|(tag, at)| [&tag.to_be_bytes()[..], &[0, 4, 0, 0, 0, 1], &at.to_be_bytes()].concat()),
        );
        let at = block.len() as u32;
        block.extend((records.len() as u16).to_be_bytes());
        block.extend([records.concat(), vec![0; 4]].concat());
        at
    }
    let mut block = b"MM\0*\0\0\0\0".to_vec();
    let below = directory(&mut block, exposure, None);
    let at = directory(&mut block, first, Some((0x8769, below)));
    block[4..8].copy_from_slice(&at.to_be_bytes());
    block
}

fn taken(exif: Option<Vec<u8>>, xmp: Option<&str>) -> Option<TakenAt> {
    let metadata = Metadata { exif, xmp: xmp.map(|xmp| xmp.as_bytes().to_vec()), ..Metadata::default() };
    let file = codec::encode(stored(1), Format::Jpeg, &Output::default(), &metadata, false, &mut Vec::new())
        .unwrap();
    // Whatever becomes of the metadata.
    let output = Output { metadata: MetadataPolicy::Strip, ..Output::default() };
    run_bytes(&file, Format::Png, output).unwrap().0.taken
}

#[test]
fn the_first_that_is_a_time_counts_with_its_own_zone() {
    const CHANGED: u16 = 0x0132;
    const ORIGINAL: u16 = 0x9003;
    const DIGITIZED: u16 = 0x9004;
    let (zone, zone_digitized) = ((0x9011, "+05:30"), (0x9012, "-01:00"));
    let noon = "2024:02:29 12:00:01";
    let later = "2025:01:01 00:00:00";
    let all = block(&[(CHANGED, later)], &[(ORIGINAL, noon), (DIGITIZED, later), zone]);
    assert_eq!(taken(Some(all), None), Some(TakenAt { offset: Some(330), ..NOON }));
    let blank = block(&[(CHANGED, later)], &[(ORIGINAL, "    :  :     :  :  "), (DIGITIZED, noon), zone]);
    assert_eq!(taken(Some(blank), None), Some(NOON));
    let zoned = block(&[], &[(DIGITIZED, noon), zone, zone_digitized]);
    assert_eq!(taken(Some(zoned), None), Some(TakenAt { offset: Some(-60), ..NOON }));
    let no_time = block(&[(CHANGED, later)], &[(ORIGINAL, "2024:02:29 25:00:00")]);
    assert_eq!(taken(Some(no_time), None), Some(TakenAt { at: date(2024, 2, 29).at(0, 0, 0, 0), ..NOON }));
}

#[test]
fn xmp_says_it_where_exif_does_not() {
    let packet = r#"<x xmlns:p="http://ns.adobe.com/photoshop/1.0/" p:DateCreated="2024-02-29T12:00:01Z"/>"#;
    let utc = Some(TakenAt { offset: Some(0), ..NOON });
    assert_eq!(taken(None, Some(packet)), utc);
    assert_eq!(taken(Some(block(&[(0x010F, "Kamera")], &[])), Some(packet)), utc);
    assert_eq!(taken(None, None), None);
}
