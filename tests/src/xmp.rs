//! Photos that say something of themselves.

use std::fs;

use crate::{TestRun, ppm};

/// A JPEG with this packet of XMP.
#[expect(clippy::expect_used, reason = "this library is part of the tests")]
pub fn jpeg(xmp: &str) -> Vec<u8> {
    let test = TestRun::new().options(&["--format", "jpeg"]);
    test.write("photo.ppm", ppm(32, 24));
    test.run();
    let plain = fs::read(test.output("photo.jpg")).expect("the photo");
    let segment = [b"http://ns.adobe.com/xap/1.0/\0", xmp.as_bytes()].concat();
    let length = u16::try_from(segment.len() + 2).expect("a short packet").to_be_bytes();
    [&plain[..2], b"\xFF\xE1", &length, &segment, &plain[2..]].concat()
}

/// A packet with these attributes, under the usual prefixes.
pub fn packet(attributes: &str) -> String {
    format!(
        r#"<x:xmpmeta xmlns:x="adobe:ns:meta/">
        <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
        <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
        xmlns:xmpDM="http://ns.adobe.com/xmp/1.0/DynamicMedia/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
        xmlns:photomechanic="http://ns.camerabits.com/photomechanic/1.0/"
        xmlns:aux="http://ns.adobe.com/exif/1.0/aux/" {attributes}/></rdf:RDF></x:xmpmeta>"#
    )
}
