//! What goes along of a packet, property by property.

use image::metadata::Orientation;

use super::super::carried;
use super::super::edits::Carried;
use super::*;
use crate::image::Channels;
use crate::metadata::pictures::testing::{base64, small_picture};
use crate::metadata::tests::{described, through};
use crate::metadata::{Described, measures, pictures};

const PREFIXES: [(&str, &str); 17] = [
    ("t", "http://ns.adobe.com/tiff/1.0/"),
    ("u", "https://example.org/something/of/its/own"),
    ("P", "http://ns.google.com/photos/1.0/panorama/"),
    ("C", "http://ns.google.com/photos/1.0/camera/"),
    ("D", "http://ns.google.com/photos/1.0/container/"),
    ("I", "http://ns.google.com/photos/1.0/container/item/"),
    ("f", "http://ns.google.com/photos/1.0/focus/"),
    ("g", "http://ns.google.com/photos/1.0/image/"),
    ("h", "http://ns.adobe.com/hdr-gain-map/1.0/"),
    ("s", "http://ns.adobe.com/camera-raw-settings/1.0/"),
    ("d", "http://purl.org/dc/elements/1.1/"),
    ("e", "http://ns.adobe.com/exif/1.0/"),
    ("m", "http://ns.camerabits.com/photomechanic/1.0/"),
    ("j", "http://www.dji.com/drone-dji/1.0/"),
    ("c", "http://pix4d.com/camera/1.0"),
    ("p", "http://ns.adobe.com/xap/1.0/t/pg/"),
    ("n", "http://ns.adobe.com/xap/1.0/sType/Dimensions#"),
];

/// A packet with this in it.
fn packet(content: &str) -> String {
    let prefixes: String =
        PREFIXES.iter().map(|(prefix, uri)| format!(" xmlns:{prefix}=\"{uri}\"")).collect();
    format!(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"{}\"><rdf:Description{prefixes}>\
         {content}</rdf:Description></rdf:RDF></x:xmpmeta>",
        RDF
    )
}

fn carry(content: &str, described: &Described) -> (String, Vec<&'static str>) {
    let Carried { packet: carried, notes } = carried(packet(content).as_bytes(), described).unwrap();
    let (text, frame) = (String::from_utf8(carried).unwrap(), packet("|"));
    let (head, tail) = frame.split_once('|').unwrap();
    (text.strip_prefix(head).unwrap().strip_suffix(tail).unwrap().to_owned(), notes)
}

#[test]
fn a_packet_is_brought_up_to_date_and_the_rest_stays() {
    let expected = PACKET
        .replace("t:Orientation=\"6\"", "t:Orientation=\"1\"")
        .replace("65535", "1")
        .replace(" n:HasExtendedXMP=\"0123\"", " ")
        .replace("4000", "70")
        .replace("3000", "50")
        .replace("<xmp:Thumbnails><rdf:Alt><rdf:li>THUMBNAIL</rdf:li></rdf:Alt></xmp:Thumbnails>", "");
    let carried = carried(PACKET.as_bytes(), &described()).unwrap();
    assert_eq!(String::from_utf8(carried.packet).unwrap(), expected);
    assert_eq!(carried.notes, [notes::EXTENDED]);
}

#[test]
fn a_colour_space_stays_where_colours_do() {
    let as_it_was = Described { became_srgb: false, ..described() };
    let carried = carried(PACKET.as_bytes(), &as_it_was).unwrap();
    assert!(String::from_utf8(carried.packet).unwrap().contains("65535"));
}

#[test]
fn what_is_said_of_another_photo_stays_as_it_is() {
    let other = "<m:Pantry xmlns:m='http://ns.adobe.com/xap/1.0/mm/'><rdf:Bag><rdf:li><rdf:Description \
                 d:format='image/x' t:ImageWidth='4000' t:Orientation='6'/></rdf:li></rdf:Bag></m:Pantry>";
    assert_eq!(carry(other, &described()), (other.to_owned(), vec![]));
}

#[test]
fn what_the_colours_were_in_numbers_goes_with_them() {
    let numbers = "<t:WhitePoint xmlns:t='http://ns.adobe.com/tiff/1.0/'><rdf:Seq><rdf:li>1/3</rdf:li>\
                   </rdf:Seq></t:WhitePoint><x:Gamma xmlns:x='http://cipa.jp/exif/1.0/'>22/10</x:Gamma>";
    assert_eq!(carry(numbers, &described()), (String::new(), vec![]));
    let as_it_was = Described { became_srgb: false, ..described() };
    assert_eq!(carry(numbers, &as_it_was), (numbers.to_owned(), vec![]));
}

#[test]
fn other_characters_become_utf_8() {
    let expected = carried(PACKET.as_bytes(), &described()).unwrap();
    let wide: Vec<u16> = PACKET.encode_utf16().collect();
    let big: Vec<u8> = wide.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    let little: Vec<u8> = wide.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    for packet in [[b"\xFE\xFF", &big[..]].concat(), [b"\xFF\xFE", &little[..]].concat(), little, big] {
        assert_eq!(carried(&packet, &described()).unwrap(), expected);
    }
    let big: Vec<u8> = PACKET.chars().flat_map(|char| u32::from(char).to_be_bytes()).collect();
    let little: Vec<u8> = PACKET.chars().flat_map(|char| u32::from(char).to_le_bytes()).collect();
    let (big_mark, little_mark) = (&[0, 0, 0xFE, 0xFF][..], &[0xFF, 0xFE, 0, 0][..]);
    for packet in [[big_mark, &big].concat(), [little_mark, &little].concat(), little, big] {
        assert_eq!(carried(&packet, &described()).unwrap(), expected);
    }
    let spaced: Vec<u8> = format!("\n {PACKET}").encode_utf16().flat_map(u16::to_be_bytes).collect();
    let packet = carried(&spaced, &described()).unwrap().packet;
    assert_eq!(packet.trim_ascii_start(), expected.packet);
    let mut latin = PACKET.replace('\u{FEFF}', "").replace("Lima", "L*ma").into_bytes();
    let at = latin.iter().position(|byte| *byte == b'*').unwrap();
    latin[at] = 0xED;
    latin.extend(b"\0\0 ");
    let packet = carried(&latin, &described()).unwrap().packet;
    assert!(String::from_utf8(packet).unwrap().contains("<d:title>Líma</d:title>"));
}

#[test]
fn a_panorama_is_scaled_and_its_notes_go_when_it_is_cut() {
    let notes = "<P:FullPanoWidthPixels>140</P:FullPanoWidthPixels><P:CroppedAreaTopPixels>20\
                 </P:CroppedAreaTopPixels><P:ProjectionType>equirectangular</P:ProjectionType>";
    let scaled = notes.replace("140", "70").replace("20", "10");
    assert_eq!(carry(notes, &described()), (scaled, vec![]));
    let blurred = through(Orientation::NoTransforms, "blur=1");
    assert_eq!(carry(notes, &blurred), (notes.to_owned(), vec![]));
    for described in [through(Orientation::NoTransforms, "crop=1"), through(Orientation::Rotate180, "blur=1")]
    {
        assert_eq!(carry(notes, &described), (String::new(), vec![notes::PANORAMA]));
    }
}

#[test]
fn what_announces_other_files_goes_with_them() {
    let video = "<C:MotionPhoto>1</C:MotionPhoto><C:MicroVideoOffset>5</C:MicroVideoOffset><C:Kept/>";
    assert_eq!(carry(video, &described()), ("<C:Kept/>".to_owned(), vec![notes::VIDEO]));
    let list = |kind: &str| {
        format!(
            "<D:Directory><rdf:Seq><rdf:li rdf:parseType=\"Resource\"><D:Item I:Semantic=\"Primary\"/>\
             </rdf:li><rdf:li><I:Semantic>{kind}</I:Semantic></rdf:li></rdf:Seq></D:Directory>"
        )
    };
    for (kind, note) in [("MotionPhoto", notes::VIDEO), ("Depth", notes::IMAGES)] {
        assert_eq!(carry(&list(kind), &described()), (String::new(), vec![note]));
    }
    for silent in [&list("Primary"), &list("GainMap"), "<h:Version>1.0</h:Version>"] {
        assert_eq!(carry(silent, &described()), (String::new(), vec![]));
    }
}

#[test]
fn a_second_image_in_the_packet_does_not_outlive_an_edit() {
    let image = "<g:Data>SHARP</g:Data>";
    assert_eq!(carry(image, &described()), (String::new(), vec![notes::INNER]));
    let untouched = Described { edited: false, ..through(Orientation::NoTransforms, "blur=1") };
    assert_eq!(carry(image, &untouched), (image.to_owned(), vec![]));
}

#[test]
fn a_picture_in_parts_does_not_outlive_an_edit_however_they_are_stored() {
    let code = base64(&small_picture(&[b'x'; 60]));
    let (one, two) = code.split_at(40);
    let hash = "<u:hash>0123456789abcdef0123456789abcdef</u:hash>";
    let untouched = Described { edited: false, ..through(Orientation::NoTransforms, "blur=1") };
    for property in [
        format!("<u:own rdf:parseType='Resource'><u:a>{one}</u:a><u:n>7</u:n><u:b>{two}</u:b></u:own>"),
        format!("<u:own><rdf:Description u:a='{one}' u:n='7' u:b='{two}'/></u:own>"),
        format!("<u:one>{one}</u:one><u:two>{two}</u:two>"),
        format!(
            "<u:own><rdf:Seq><rdf:li u:part='{one}'/><rdf:li><u:part>{two}</u:part></rdf:li></rdf:Seq>\
             </u:own>"
        ),
    ] {
        let content = format!("{property}{hash}<u:rating>5</u:rating>");
        let left = format!("{hash}<u:rating>5</u:rating>");
        assert_eq!(carry(&content, &described()), (left, vec![pictures::IN_XMP]), "{property}");
        assert_eq!(carry(&content, &untouched), (content, vec![]));
    }
}

#[test]
fn a_picture_in_any_property_does_not_outlive_an_edit() {
    let code = base64(&small_picture(b"SECRET"));
    let lines = code.as_bytes().chunks(8).map(|line| String::from_utf8_lossy(line).into_owned());
    let lines = lines.collect::<Vec<_>>().join("&#10;");
    let untouched = Described { edited: false, ..through(Orientation::NoTransforms, "blur=1") };
    for (property, left) in [
        (format!("<u:own>{code}</u:own>"), ""),
        (format!("<u:own><![CDATA[data:image/jpeg;base64,{code}]]></u:own>"), ""),
        (format!("<u:own>{}<!-- and -->{}</u:own>", &code[..20], &code[20..]), ""),
        (format!("<u:own><rdf:Bag><rdf:li>{code}</rdf:li></rdf:Bag></u:own>"), ""),
        (format!("<u:own><rdf:Bag><rdf:li>{code}</rdf:li><rdf:li/></rdf:Bag></u:own>"), ""),
        // In no item is there a whole one, and only the first shows that there is one at all.
        (
            format!(
                "<u:own><rdf:Seq><rdf:li>{}</rdf:li> <rdf:li>{}</rdf:li></rdf:Seq></u:own>",
                &code[..9],
                &code[9..]
            ),
            "",
        ),
        (
            format!(
                "<u:own><rdf:Seq><rdf:li>{}</rdf:li> <rdf:li>{}</rdf:li></rdf:Seq></u:own>",
                &code[..24],
                &code[24..]
            ),
            "",
        ),
        (format!("<rdf:Description u:own=\"{lines}\"/>"), "<rdf:Description />"),
        (format!("<!-- {code} -->"), ""),
        (format!("<?own {code}?>"), ""),
        ("<C:hdrp_makernote>SERSUALvZDVtXnAeLOrjdJc6</C:hdrp_makernote>".to_owned(), ""),
    ] {
        let all = format!("<d:title>Lima</d:title>{property}");
        assert_eq!(carry(&all, &untouched), (all.clone(), vec![]));
        let expected = format!("<d:title>Lima</d:title>{left}");
        assert_eq!(carry(&all, &described()), (expected, vec![pictures::IN_XMP]), "{property}");
    }
}

#[test]
fn settings_of_camera_raw_for_places_go_when_the_photo_is_cut_or_turned() {
    let tint = "<s:Tint>3</s:Tint>";
    let crop = "<s:HasCrop>True</s:HasCrop><s:CropTop>0.1</s:CropTop><s:CropLeft>0</s:CropLeft>";
    let masks = "<s:PaintBasedCorrections><rdf:Seq><rdf:li s:Exposure=\"1\"/></rdf:Seq>\
                 </s:PaintBasedCorrections><s:PerspectiveRotate>-1.5</s:PerspectiveRotate>";
    let cut = through(Orientation::NoTransforms, "crop=1");
    let turned = through(Orientation::Rotate90, "blur=1");
    for places in [crop, masks] {
        let all = format!("{places}{tint}");
        assert_eq!(carry(&all, &described()), (all.clone(), vec![]));
        for described in [&cut, &turned] {
            assert_eq!(carry(&all, described), (tint.to_owned(), vec![notes::SETTINGS]));
        }
    }
    // Programs note all settings, even those that change nothing.
    let idle = "<s:HasCrop>False</s:HasCrop><s:CropTop>0</s:CropTop><s:CropRight>1.0</s:CropRight>\
                <s:PerspectiveScale>100</s:PerspectiveScale><s:LensProfileEnable>0</s:LensProfileEnable>\
                <s:UprightVersion>151388160</s:UprightVersion>";
    assert_eq!(carry(idle, &cut), (idle.to_owned(), vec![]));
}

#[test]
fn other_programs_crops_and_focus_stay_where_they_are_true() {
    let shares = "<m:CropLeft>0.1</m:CropLeft><m:CropRight>0.9</m:CropRight>";
    let pixels = "<m:CropLeft>0</m:CropLeft><m:CropRight>120</m:CropRight>";
    let focus = "<f:FocalPointX>0.5</f:FocalPointX>";
    let (still, cut) =
        (through(Orientation::NoTransforms, "blur=1"), through(Orientation::NoTransforms, "crop=1"));
    for (content, described, kept) in [
        (shares, &still, true),
        (shares, &described(), true),
        (shares, &cut, false),
        (pixels, &still, true),
        (pixels, &described(), false),
        (focus, &described(), true),
        (focus, &cut, false),
    ] {
        let note = if content == focus { notes::FOCUS } else { notes::CROP };
        let expected = if kept { (content, vec![]) } else { ("", vec![note]) };
        let (found, notes) = carry(content, described);
        assert_eq!((found.as_str(), notes), expected, "{content}");
    }
}

#[test]
fn the_subject_is_brought_along() {
    let subject = |numbers: &[u32]| {
        let items: String = numbers.iter().map(|number| format!("<rdf:li>{number}</rdf:li>")).collect();
        format!("<e:SubjectArea><rdf:Seq>{items}</rdf:Seq></e:SubjectArea>")
    };
    let before = subject(&[40, 20, 8, 6]);
    let still = through(Orientation::NoTransforms, "blur=1");
    assert_eq!(carry(&before, &still), (before.clone(), vec![]));
    assert_eq!(carry(&before, &described()), (subject(&[20, 10, 4, 3]), vec![]));
    let turned = through(Orientation::Rotate90, "blur=1");
    assert_eq!(carry(&before, &turned), (subject(&[80, 40, 6, 8]), vec![]));
    let cut = through(Orientation::NoTransforms, "crop:x=70,y=0,width=70,height=100");
    let lost = (String::new(), vec![measures::SUBJECT_LOST]);
    assert_eq!(carry(&before, &cut), lost);
    assert_eq!(carry("<e:SubjectLocation>somewhere</e:SubjectLocation>", &described()), lost);
    // As programs write it that do not go by the specification.
    for (before, after) in [
        ("<e:SubjectArea>40 20 8 6</e:SubjectArea>", "<e:SubjectArea>20 10 4 3</e:SubjectArea>"),
        ("<e:SubjectArea>40, 20</e:SubjectArea>", "<e:SubjectArea>20 10</e:SubjectArea>"),
        ("<x:y e:SubjectLocation=\"40,20.0\"/>", "<x:y e:SubjectLocation=\"20 10\"/>"),
        (
            "<e:SubjectArea><rdf:Seq> <rdf:li>40 20</rdf:li> <rdf:li>8/1</rdf:li></rdf:Seq></e:SubjectArea>",
            "<e:SubjectArea><rdf:Seq> <rdf:li>20 10</rdf:li> <rdf:li>4</rdf:li></rdf:Seq></e:SubjectArea>",
        ),
        ("<e:SubjectArea/>", "<e:SubjectArea/>"),
    ] {
        assert_eq!(carry(before, &described()), (after.to_owned(), vec![]));
        assert_eq!(carry(before, &still), (before.to_owned(), vec![]));
    }
}

#[test]
fn pixels_on_the_sensor_are_those_of_the_result() {
    let planes = |x: &str, y: &str| {
        format!(
            "<e:FocalPlaneXResolution>{x}</e:FocalPlaneXResolution>\
             <e:FocalPlaneYResolution>{y}</e:FocalPlaneYResolution>"
        )
    };
    let before = planes("4000000/100", "5000.5");
    assert_eq!(carry(&before, &described()), (planes("2000000/100", "2500250/1000"), vec![]));
    let turned = through(Orientation::Rotate90, "blur=1");
    assert_eq!(carry(&before, &turned), (planes("5000500/1000", "4000000/100"), vec![]));
    let lost = vec![measures::FOCAL_PLANE_LOST];
    let tilted = through(Orientation::NoTransforms, "rotate=5");
    for described in [&tilted, &described()] {
        assert_eq!(carry(&planes("none", "0/0"), described), (String::new(), lost.clone()));
    }
}

#[test]
fn what_is_known_of_the_lens_is_scaled_or_goes() {
    let drone = |length: &str, x: &str, y: &str| {
        format!(
            "<j:CalibratedFocalLength>{length}</j:CalibratedFocalLength><j:CalibratedOpticalCenterX>{x}\
             </j:CalibratedOpticalCenterX><j:CalibratedOpticalCenterY>{y}</j:CalibratedOpticalCenterY>\
             <j:GimbalRollDegree>+1.5</j:GimbalRollDegree>"
        )
    };
    let roll = "<j:GimbalRollDegree>+1.5</j:GimbalRollDegree>".to_owned();
    let before = drone("+3666.5", "69.5", "50");
    assert_eq!(carry(&before, &described()), (drone("1833.25", "34.75", "25"), vec![]));
    let cut = through(Orientation::NoTransforms, "crop=1");
    assert_eq!(carry(&before, &cut), (roll, vec![notes::CALIBRATION]));
    let warped = "<j:DewarpData>2018;3666.6,3672.5,10.8,-16.8</j:DewarpData>";
    assert_eq!(carry(warped, &described()), (String::new(), vec![notes::CALIBRATION]));
    let lens = |units: &str, length: &str| {
        format!(
            "<c:PerspectiveFocalLengthUnits>{units}</c:PerspectiveFocalLengthUnits>\
             <c:PerspectiveFocalLength>{length}</c:PerspectiveFocalLength>"
        )
    };
    assert_eq!(carry(&lens("mm", "5.4"), &described()), (lens("mm", "5.4"), vec![]));
    assert_eq!(carry(&lens("pixel", "5000"), &described()), (lens("pixel", "2500"), vec![]));
    let middle = "<c:PrincipalPoint>2.28,1.80</c:PrincipalPoint>";
    assert_eq!(carry(middle, &described()), (middle.to_owned(), vec![]));
    assert_eq!(carry(middle, &cut), (String::new(), vec![notes::CALIBRATION]));
}

#[test]
fn what_is_said_of_the_samples_is_true_of_the_result() {
    let said = |bits: &[u16], samples: u8, meaning: u8| {
        let bits: String = bits.iter().map(|bits| format!("<rdf:li>{bits}</rdf:li>")).collect();
        let bits = format!("<t:BitsPerSample><rdf:Seq>{bits}</rdf:Seq></t:BitsPerSample>");
        let bits = if bits.contains("rdf:li") { bits } else { String::new() };
        format!(
            "{bits}<t:SamplesPerPixel>{samples}</t:SamplesPerPixel>\
             <t:PhotometricInterpretation>{meaning}</t:PhotometricInterpretation>"
        )
    };
    let before = said(&[16; 3], 3, 6);
    assert_eq!(carry(&before, &described()), (said(&[8; 3], 3, 6), vec![]));
    let grey = Described { channels: Channels::Grey, ..described() };
    assert_eq!(carry(&before, &grey), (said(&[], 1, 1), vec![]));
    let clear = Described { channels: Channels::Rgba, bits: 16, ..described() };
    assert_eq!(carry(&before, &clear), (said(&[], 4, 2), vec![]));
    assert_eq!(carry("<t:Compression>5</t:Compression>", &described()), (String::new(), vec![]));
}

#[test]
fn a_page_in_pixels_is_the_result() {
    let page =
        |w: u32, h: u32, unit: &str| format!("<p:MaxPageSize n:w=\"{w}\" n:h=\"{h}\" n:unit=\"{unit}\"/>");
    assert_eq!(carry(&page(140, 100, "Pixels"), &described()), (page(70, 50, "Pixels"), vec![]));
    let inches = page(14, 10, "Inches");
    assert_eq!(carry(&inches, &described()), (String::new(), vec![notes::PAGE]));
    let still = through(Orientation::NoTransforms, "blur=1");
    assert_eq!(carry(&inches, &still), (inches.clone(), vec![]));
}

#[test]
fn a_packet_says_what_file_it_is_in() {
    let format = "<d:format>image/tiff</d:format>";
    assert_eq!(carry(format, &described()).0, format.replace("tiff", "jpeg"));
}
