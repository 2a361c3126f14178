//! Regions, as they go along with the photo.

use image::metadata::Orientation;

use super::super::carried;
use super::*;
use crate::metadata::Described;
use crate::metadata::tests::{described, through};

const PREFIXES: [(&str, &str); 9] = [
    ("m", "http://www.metadataworkinggroup.com/schemas/regions/"),
    ("a", "http://ns.adobe.com/xmp/sType/Area#"),
    ("n", "http://ns.adobe.com/xap/1.0/sType/Dimensions#"),
    ("P", "http://ns.microsoft.com/photo/1.2/"),
    ("R", "http://ns.microsoft.com/photo/1.2/t/Region#"),
    ("i", "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"),
    ("D", "http://ns.acdsee.com/regions/"),
    ("E", "http://ns.acdsee.com/sType/Area#"),
    ("F", "http://ns.acdsee.com/sType/Dimensions#"),
];

fn packet(content: &str) -> String {
    let prefixes: String =
        PREFIXES.iter().map(|(prefix, uri)| format!(" xmlns:{prefix}=\"{uri}\"")).collect();
    format!(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"{RDF}\"><rdf:Description{prefixes}>\
         {content}</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
}

fn carry(content: &str, described: &Described) -> (String, Vec<&'static str>) {
    let carried = carried(packet(content).as_bytes(), described).unwrap();
    (String::from_utf8(carried.packet).unwrap(), carried.notes)
}

/// Ana, noted on a picture of this size; once as attributes and once as elements.
fn regions(dimensions: &str, area: [&str; 5]) -> [String; 2] {
    let [x, y, w, h, unit] = area;
    let list = |area: String| {
        format!(
            "<m:Regions rdf:parseType=\"Resource\"><m:AppliedToDimensions {dimensions}/><m:RegionList>\
             <rdf:Bag><rdf:li rdf:parseType=\"Resource\"><m:Name>Ana</m:Name>{area}</rdf:li></rdf:Bag>\
             </m:RegionList></m:Regions>"
        )
    };
    [
        list(format!("<m:Area a:x=\"{x}\" a:y=\"{y}\" a:w=\"{w}\" a:h=\"{h}\" a:unit=\"{unit}\"/>")),
        list(format!(
            "<m:Area><rdf:Description><a:x>{x}</a:x><a:y>{y}</a:y><a:w>{w}</a:w><a:h>{h}</a:h>\
             <a:unit>{unit}</a:unit></rdf:Description></m:Area>"
        )),
    ]
}

#[test]
fn a_face_is_turned_along() {
    let turned = through(Orientation::Rotate90, "resize=50");
    let stored = ["0.25", "0.5", "0.1", "0.2", "normalized"];
    let upright = ["0.5", "0.25", "0.2", "0.1", "normalized"];
    let pixels = ["35", "50", "14", "20", "pixel"];
    let after = regions("n:w=\"50\" n:h=\"70\"", upright);
    let after_pixels = regions("n:w=\"50\" n:h=\"70\"", ["25", "17.5", "10", "7", "pixel"]);
    for form in 0..2 {
        for (before, after) in [
            (regions("n:w=\"140\" n:h=\"100\"", stored), &after),
            (regions("n:w=\"100\" n:h=\"140\"", upright), &after),
            (regions("n:w=\"140\" n:h=\"100\"", pixels), &after_pixels),
        ] {
            assert_eq!(carry(&before[form], &turned), (packet(&after[form]), vec![]));
        }
    }
}

#[test]
fn a_face_that_is_cut_off_goes_and_is_named() {
    let [region, _] = regions("n:w=\"140\" n:h=\"100\"", ["0.25", "0.5", "0.1", "0.2", "normalized"]);
    let right = through(Orientation::NoTransforms, "crop:width=70,height=100,x=70");
    assert_eq!(carry(&region, &right), (packet(""), vec![notes::OUTSIDE]));
    let left = through(Orientation::NoTransforms, "crop:width=70,height=100,x=0");
    let (kept, notes) = carry(&region, &left);
    assert!(kept.contains("a:x=\"0.5\"") && kept.contains("a:w=\"0.2\"") && notes.is_empty(), "{kept}");
    let [strange, _] = regions("n:w=\"140\" n:h=\"100\"", ["left", "0.5", "0.1", "0.2", "normalized"]);
    assert_eq!(carry(&strange, &left), (packet(""), vec![notes::UNKNOWN]));
}

#[test]
fn what_a_tilt_does_to_a_face_is_not_that_it_is_gone() {
    let [face, _] = regions("n:w=\"140\" n:h=\"100\"", ["0.5", "0.5", "0.1", "0.2", "normalized"]);
    let tilted = through(Orientation::NoTransforms, "rotate=10");
    assert_eq!(carry(&face, &tilted), (packet(""), vec![notes::UNKNOWN]));
}

#[test]
fn microsoft_s_rectangles_are_brought_along() {
    let region = |rectangle: &str| {
        format!(
            "<P:RegionInfo><rdf:Description><P:Regions><rdf:Bag><rdf:li R:Rectangle=\"{rectangle}\"/>\
             </rdf:Bag></P:Regions></rdf:Description></P:RegionInfo>"
        )
    };
    let turned = through(Orientation::Rotate180, "blur=1");
    assert_eq!(carry(&region("0.1, 0.2, 0.3, 0.4"), &turned).0, packet(&region("0.6, 0.4, 0.3, 0.4")));
    assert_eq!(carry(&region("0.1, 0.2"), &turned), (packet(""), vec![notes::UNKNOWN]));
}

#[test]
fn acdsee_s_are_brought_along_with_both_of_their_areas() {
    let list = |size: [u32; 2], x: &str, y: &str, w: &str, h: &str| {
        let [width, height] = size;
        let area = format!("E:x=\"{x}\" E:y=\"{y}\" E:w=\"{w}\" E:h=\"{h}\"");
        format!(
            "<D:Regions rdf:parseType=\"Resource\"><D:AppliedToDimensions F:w=\"{width}\" F:h=\"{height}\" \
             F:unit=\"pixel\"/><D:RegionList><rdf:Bag><rdf:li rdf:parseType=\"Resource\">\
             <D:DLYArea {area}/><D:ALGArea {area}/></rdf:li></rdf:Bag></D:RegionList></D:Regions>"
        )
    };
    let before = list([140, 100], "0.25", "0.5", "0.1", "0.2");
    let smaller = list([70, 50], "0.25", "0.5", "0.1", "0.2");
    assert_eq!(carry(&before, &described()), (packet(&smaller), vec![]));
    let turned = through(Orientation::Rotate90, "blur=1");
    assert_eq!(carry(&before, &turned), (packet(&list([100, 140], "0.5", "0.25", "0.2", "0.1")), vec![]));
    let right = through(Orientation::NoTransforms, "crop:width=70,height=100,x=70");
    assert_eq!(carry(&before, &right), (packet(""), vec![notes::OUTSIDE]));
}

/// A list of one region of IPTC's, whose boundary has these fields.
fn boundary(shape: &str, unit: &str, fields: &[(&str, &str)], vertices: &[[&str; 2]]) -> String {
    let element = |(name, value): &(&str, &str)| format!("<i:{name}>{value}</i:{name}>");
    let fields: String = fields.iter().map(element).collect();
    let corners: String =
        vertices.iter().map(|[x, y]| format!("<rdf:li i:rbX=\"{x}\" i:rbY=\"{y}\"/>")).collect();
    let corners = match vertices {
        [] => String::new(),
        _ => format!("<i:rbVertices><rdf:Seq>{corners}</rdf:Seq></i:rbVertices>"),
    };
    format!(
        "<i:ImageRegion><rdf:Bag><rdf:li rdf:parseType=\"Resource\"><i:RegionBoundary \
         rdf:parseType=\"Resource\"><i:rbShape>{shape}</i:rbShape><i:rbUnit>{unit}</i:rbUnit>{fields}{corners}\
         </i:RegionBoundary></rdf:li></rdf:Bag></i:ImageRegion>"
    )
}

#[test]
fn iptc_s_rectangles_are_scaled_turned_and_cut() {
    let rectangle = |unit: &str, [x, y, w, h]: [&str; 4]| {
        boundary("rectangle", unit, &[("rbX", x), ("rbY", y), ("rbW", w), ("rbH", h)], &[])
    };
    let turned = through(Orientation::Rotate90, "blur=1");
    let left = through(Orientation::NoTransforms, "crop:width=70,height=100,x=0");
    let right = through(Orientation::NoTransforms, "crop:width=70,height=100,x=70");
    let (pixels, shares) = (["28", "40", "14", "20"], ["0.2", "0.4", "0.1", "0.2"]);
    for (unit, before, described, after) in [
        ("pixel", pixels, &described(), ["14", "20", "7", "10"]),
        ("relative", shares, &described(), shares),
        ("pixel", pixels, &turned, ["40", "28", "20", "14"]),
        ("relative", shares, &turned, ["0.4", "0.2", "0.2", "0.1"]),
        ("pixel", pixels, &left, pixels),
        ("relative", shares, &left, ["0.4", "0.4", "0.2", "0.2"]),
        // Noted on the upright photo, which is 100 wide and 140 high.
        ("pixel", ["10", "110", "20", "20"], &turned, ["10", "110", "20", "20"]),
    ] {
        let expected = (packet(&rectangle(unit, after)), vec![]);
        assert_eq!(carry(&rectangle(unit, before), described), expected);
    }
    assert_eq!(carry(&rectangle("pixel", pixels), &right), (packet(""), vec![notes::OUTSIDE]));
    assert_eq!(carry(&rectangle("miles", pixels), &right), (packet(""), vec![notes::UNKNOWN]));
    assert_eq!(carry(&boundary("star", "pixel", &[], &[]), &left), (packet(""), vec![notes::UNKNOWN]));
}

#[test]
fn iptc_s_circles_and_polygons_are_kept_as_a_whole_or_not() {
    let circle = |unit: &str, [x, y, r]: [&str; 3]| {
        boundary("circle", unit, &[("rbX", x), ("rbY", y), ("rbRx", r)], &[])
    };
    let polygon = |unit: &str, corners: &[[&str; 2]]| boundary("polygon", unit, &[], corners);
    let turned = through(Orientation::Rotate90, "blur=1");
    let left = through(Orientation::NoTransforms, "crop:width=70,height=100,x=0");
    let stretched = through(Orientation::NoTransforms, "resize:width=70,height=100,mode=stretch");
    let tilted = through(Orientation::NoTransforms, "rotate=180.0");
    for (before, described, after) in [
        (circle("pixel", ["40", "50", "14"]), &described(), circle("pixel", ["20", "25", "7"])),
        (circle("relative", ["0.5", "0.5", "0.1"]), &described(), circle("relative", ["0.5", "0.5", "0.1"])),
        (circle("relative", ["0.25", "0.5", "0.1"]), &turned, circle("relative", ["0.5", "0.25", "0.14"])),
        (
            polygon("pixel", &[["20", "40"], ["60", "40"], ["30", "90"]]),
            &described(),
            polygon("pixel", &[["10", "20"], ["30", "20"], ["15", "45"]]),
        ),
        (
            polygon("relative", &[["0.1", "0.4"], ["0.2", "0.4"]]),
            &left,
            polygon("relative", &[["0.2", "0.4"], ["0.4", "0.4"]]),
        ),
        (polygon("pixel", &[["20", "40"]]), &tilted, polygon("pixel", &[["120", "60"]])),
    ] {
        assert_eq!(carry(&before, described), (packet(&after), vec![]));
    }
    for (before, described, note) in [
        (circle("pixel", ["60", "50", "20"]), &left, notes::OUTSIDE),
        (circle("pixel", ["60", "50", "20"]), &stretched, notes::UNKNOWN),
        (
            circle("pixel", ["60", "50", "20"]),
            &through(Orientation::NoTransforms, "rotate=10"),
            notes::UNKNOWN,
        ),
        (polygon("pixel", &[["20", "40"], ["90", "40"]]), &left, notes::OUTSIDE),
    ] {
        assert_eq!(carry(&before, described), (packet(""), vec![note]));
    }
}

#[test]
fn lists_in_lists_are_looked_at_once() {
    let deep = 2_000;
    let nested = "<m:Regions>".repeat(deep) + &"</m:Regions>".repeat(deep);
    assert_eq!(carry(&nested, &described()), (packet(&nested), vec![]));
}
