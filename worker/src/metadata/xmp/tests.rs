//! Packets as a whole.

mod carried;
mod regions;

use proptest::prelude::*;

use super::super::tests::described;
use super::*;

pub(super) const PACKET: &str = concat!(
    r#"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:d="http://purl.org/dc/elements/1.1/""#,
    r#" xmlns:t="http://ns.adobe.com/tiff/1.0/"
 xmlns:e="http://ns.adobe.com/exif/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/""#,
    r#" t:Orientation="6" e:ColorSpace='65535'
 xmlns:r="http://ns.adobe.com/xap/1.0/rights/" r:Marked="True""#,
    r#" xmlns:n="http://ns.adobe.com/xmp/note/" n:HasExtendedXMP="0123">
<e:PixelXDimension>4000</e:PixelXDimension><e:PixelYDimension>3000</e:PixelYDimension>
<d:creator><rdf:Seq><rdf:li>Ana &amp; Jos&#xE9;</rdf:li></rdf:Seq></d:creator><d:title>Lima</d:title>
<d:rights><rdf:Alt><rdf:li xml:lang="x-default">© Ana</rdf:li></rdf:Alt></d:rights>
<r:WebStatement rdf:resource="https://example.org/?a&amp;b"/>
<xmp:Thumbnails><rdf:Alt><rdf:li>THUMBNAIL</rdf:li></rdf:Alt></xmp:Thumbnails>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"#,
);

#[test]
fn elements_of_endless_attributes_are_not_read() {
    let packet = |count: usize, spaced: &str| {
        let all: String = (0..count).map(|n| format!(" a{n}{spaced}={spaced}'x'")).collect();
        PACKET.replacen("<x:xmpmeta", &format!("<x:xmpmeta{all}"), 1)
    };
    for spaced in ["", "\n "] {
        assert!(copyright(packet(1_900, spaced).as_bytes()).is_ok());
        assert_eq!(copyright(packet(2_100, spaced).as_bytes()), Err(Broken));
    }
    assert_eq!(most_attributes(&"=".repeat(5_000)), 0, "text is no attribute");
}

#[test]
fn the_copyright_is_kept_and_nothing_else() {
    let packet = String::from_utf8(copyright(PACKET.as_bytes()).unwrap().unwrap()).unwrap();
    for kept in [
        "<dc:creator><rdf:Seq><rdf:li>Ana &amp; José</rdf:li></rdf:Seq></dc:creator>",
        "<dc:rights><rdf:Alt><rdf:li xml:lang=\"x-default\">© Ana</rdf:li></rdf:Alt></dc:rights>",
        "<xmpRights:Marked>True</xmpRights:Marked>",
        "<xmpRights:WebStatement rdf:resource=\"https://example.org/?a&amp;b\"></xmpRights:WebStatement>",
    ] {
        assert!(packet.contains(kept), "{packet}");
    }
    for dropped in ["Lima", "THUMBNAIL", "Orientation", "4000"] {
        assert!(!packet.contains(dropped), "{packet}");
    }
    // What was made can be read, and says the same again.
    assert_eq!(copyright(packet.as_bytes()).unwrap(), Some(packet.into_bytes()));
}

#[test]
fn of_an_artwork_in_the_photo_it_is_kept_whose_that_is_and_nothing_else() {
    const IPTC: &str = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";
    let with = |inner: &str| {
        let list = format!(
            "<e:ArtworkOrObject xmlns:e='{IPTC}'><rdf:Bag>{inner}</rdf:Bag></e:ArtworkOrObject><d:creator>"
        );
        let packet = PACKET.replacen("<d:creator>", &list, 1);
        String::from_utf8(copyright(packet.as_bytes()).unwrap().unwrap()).unwrap()
    };
    let kept = with(
        "<rdf:li rdf:parseType='Resource'><e:AOTitle>Guernica</e:AOTitle>\
         <e:AOCopyrightNotice>© Heirs</e:AOCopyrightNotice></rdf:li>\
         <rdf:li><rdf:Description e:AOSourceInvNo='7' e:AOCurrentCopyrightOwnerName='Museum'/></rdf:li>",
    );
    assert!(kept.contains("© Heirs") && kept.contains("Museum"), "{kept}");
    assert!(!kept.contains("Guernica") && !kept.contains("SourceInvNo"), "{kept}");
    let none = with("<rdf:li rdf:parseType='Resource'><e:AOTitle>Guernica</e:AOTitle></rdf:li>");
    assert!(!none.contains("Artwork"), "{none}");
}

#[test]
fn whom_to_name_and_how_to_reach_them_is_kept_in_whatever_structure() {
    let [core, plus] = ["http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/", "http://ns.useplus.org/ldf/xmp/1.0/"];
    let packet = PACKET.replacen(
        "<d:creator>",
        &format!(
            "<p:Credit xmlns:p='http://ns.adobe.com/photoshop/1.0/'>Ana / Agency</p:Credit>\
             <p:City xmlns:p='http://ns.adobe.com/photoshop/1.0/'>Lima</p:City>\
             <p:CreatorContactInfo xmlns:p='{core}' rdf:parseType='Resource'><!-- nobody's business -->\
             <p:CiEmailWork>ana@example.org</p:CiEmailWork></p:CreatorContactInfo>\
             <l:Licensor xmlns:l='{plus}'><rdf:Seq><rdf:li><rdf:Description l:LicensorName='A &lt; B'/>\
             </rdf:li></rdf:Seq></l:Licensor>\
             <l:ModelReleaseID xmlns:l='{plus}'>7</l:ModelReleaseID><d:creator>"
        ),
        1,
    );
    let packet = String::from_utf8(copyright(packet.as_bytes()).unwrap().unwrap()).unwrap();
    let document = parse(&packet).unwrap();
    let texts: Vec<&str> = document.descendants().filter_map(|node| node.text()).collect();
    let attributes = document.descendants().flat_map(|node| node.attributes()).map(|found| found.value());
    let values: Vec<&str> = attributes.collect();
    assert!(texts.contains(&"Ana / Agency") && texts.contains(&"ana@example.org"), "{packet}");
    assert!(values.contains(&"A < B") && values.contains(&"Resource"), "{packet}");
    let is_there = |uri: &str, name: &str| document.descendants().any(|node| node.has_tag_name((uri, name)));
    assert!(is_there(core, "CiEmailWork") && is_there(plus, "Licensor"), "{packet}");
    for dropped in ["Lima", "business", "ModelRelease"] {
        assert!(!packet.contains(dropped), "{packet}");
    }
    assert_eq!(copyright(packet.as_bytes()).unwrap(), Some(packet.into_bytes()));
}

#[test]
fn none_and_broken_are_told_apart() {
    assert_eq!(copyright(b"<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"/>"), Ok(None));
    assert_eq!(copyright(b"<x:xmpmeta>"), Err(Broken));
    assert_eq!(copyright(b"\xFF\xFE<"), Err(Broken));
}

proptest! {
    #[test]
    fn no_damage_makes_it_panic(at in 0..PACKET.len(), byte: u8, length in 0..PACKET.len()) {
        let mut packet = PACKET.as_bytes().to_vec();
        packet[at] = byte;
        for packet in [&packet[..], &packet[..length]] {
            let _ = (super::carried(packet, &described()), copyright(packet), facts(packet));
        }
    }
}
