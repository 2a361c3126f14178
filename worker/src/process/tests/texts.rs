//! Texts whose tokens stand for what the photo says: each result is as if the text had been typed.

use jiff::civil::date;
use recipe::Filter;
use recipe::recipe::{Outputs, RecipeOutput};

use super::*;

const SIZE: Size = Size { width: 96, height: 64 };

const SAYS: &str = r#"tiff:Model="Z 6" aux:Lens="Z 50mm" dc:creator="Ana Núñez" dc:title="El sí"
    xmp:Rating="4" exif:DateTimeOriginal="2024-05-06T18:05:09""#;

fn packet(says: &str) -> String {
    let adobe = "http://ns.adobe.com";
    format!(
        r#"<x:xmpmeta xmlns:x="adobe:ns:meta/">
        <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
        <rdf:Description xmlns:xmp="{adobe}/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
        xmlns:exif="{adobe}/exif/1.0/" xmlns:tiff="{adobe}/tiff/1.0/" xmlns:aux="{adobe}/exif/1.0/aux/"
        {says}/></rdf:RDF></x:xmpmeta>"#
    )
}

/// A photo in a folder of its own, and what the plan knows of it.
struct TestPhoto {
    folder: TempDir,
    planned: PlannedPhoto,
}

impl TestPhoto {
    fn new(says: &str) -> TestPhoto {
        let folder = TempDir::new().unwrap();
        let samples = Samples::U8(vec![90; SIZE.pixels() as usize]);
        let picture = Picture { size: SIZE, channels: Channels::Grey, samples };
        let metadata = Metadata { xmp: Some(packet(says).into_bytes()), ..Metadata::default() };
        let (output, mut said) = (Output::default(), Vec::new());
        let file = codec::encode(picture, Format::Jpeg, &output, &metadata, false, &mut said).unwrap();
        std::fs::create_dir(folder.path().join("Boda")).unwrap();
        std::fs::write(folder.path().join("Boda/IMG 7.JPG"), file).unwrap();
        let changed = date(2001, 9, 8).at(20, 46, 40, 0);
        let planned = PlannedPhoto { dir: "Ana/Boda".into(), index: (7, 3), changed, sidecars: Vec::new() };
        TestPhoto { folder, planned }
    }

    fn beside(mut self, name: &str, content: &str) -> TestPhoto {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        self.planned.sidecars.push(path.into());
        self
    }

    /// The pictures that a recipe makes of it, as JPEG, and the warnings.
    fn results(&self, recipe: &Recipe) -> (Vec<Picture>, Vec<String>) {
        let out = TempDir::new_in(self.folder.path()).unwrap();
        let path = |index: usize| out.path().join(index.to_string()).into();
        let file = |index| StagingFile { path: path(index), format: Format::Jpeg };
        let staging: Vec<StagingFile> = (0..recipe.outputs.count()).map(file).collect();
        let input = self.folder.path().join("Boda/IMG 7.JPG").into();
        let task = Task::Process { input, staging: staging.clone(), planned: self.planned.clone() };
        let done = Processor::new(recipe, &[], LIMITS, codec::decode).run(&task, &everything()).unwrap();
        let Done::Processed(processed) = done else { panic!("{done:?}") };
        let read = |file: &StagingFile| decoded(&std::fs::read(file.path.as_path()).unwrap()).picture;
        (staging.iter().map(read).collect(), processed.warnings)
    }

    fn marked(&self, text: &str) -> (Picture, Vec<String>) {
        let (mut pictures, warnings) = self.results(&Recipe::new(vec![mark(text)], Output::default()));
        (pictures.remove(0), warnings)
    }
}

fn mark(text: &str) -> Filter {
    format!("watermark:opacity=1,scale=0.3,text=\"{text}\"").parse().unwrap()
}

fn filters(specs: &[&str]) -> Vec<Filter> {
    specs.iter().map(|spec| spec.parse().unwrap()).collect()
}

#[test]
fn every_token_is_drawn_as_what_the_photo_says() {
    let photo = TestPhoto::new(SAYS);
    for (text, typed) in [
        ("{dir} {parent|upper}", "Ana/Boda BODA"),
        ("{stem|slug}.{ext}", "img-7.JPG"),
        ("{index} {index:05}", "007 00007"),
        ("{date} {time}", "2024-05-06 180509"),
        ("{date:%Y-%m-%d_%H%M%S}", "2024-05-06_180509"),
        ("© {date:%Y} {artist}", "© 2024 Ana Núñez"),
        ("{camera} {lens|lower}", "Z 6 z 50mm"),
        ("{title|upper}, {rating}", "EL SÍ, 4"),
        ("{width}×{height}", "96×64"),
        ("{{{index:1}}}", "{{7}}"),
    ] {
        let (marked, warnings) = photo.marked(text);
        assert_eq!(warnings, [""; 0], "{text}");
        assert!(marked == photo.marked(typed).0, "{text}");
        assert!(marked != photo.marked("-").0, "{text}");
    }
}

#[test]
fn each_output_has_its_own_text() {
    let photo = TestPhoto::new(SAYS);
    let output = |name: &str, specs: &[&str]| RecipeOutput {
        name: Some(name.to_owned()),
        filters: filters(specs),
        ..RecipeOutput::default()
    };
    let recipe = Recipe {
        filters: [filters(&["brightness=1.1"]), vec![mark("{output} {width} {artist}")]].concat(),
        outputs: Outputs { first: output("web", &["resize=48"]), others: vec![output("print", &[])] },
        ..Recipe::default()
    };
    let (pictures, _) = photo.results(&recipe);
    for (picture, typed, own) in [(0, "web 48 Ana Núñez", &["resize=48"][..]), (1, "print 96 Ana Núñez", &[])]
    {
        let chain = [filters(&["brightness=1.1"]), vec![mark(typed)], filters(own)].concat();
        let (expected, _) = photo.results(&Recipe::new(chain, Output::default()));
        assert!(pictures[picture] == expected[0], "{typed}");
    }
}

#[test]
fn what_a_photo_does_not_say_is_told() {
    let photo = TestPhoto::new(r#"dc:title=" ""#);
    let (marked, warnings) = photo.marked("© {date:%Y} {artist} {title}");
    assert!(marked == photo.marked("© 2001  ").0);
    let expected = "watermark: the photo does not say all that the text asks for: {date} is that of the \
                    file, {artist} is left out, {title} is left out";
    assert_eq!(warnings, [expected]);
    assert_eq!(photo.marked("{artist}{artist}").1.len(), 1);
}

#[test]
fn files_beside_it_speak_for_a_photo() {
    let title = r#"dc:title="Beside""#;
    let photo = TestPhoto::new(SAYS).beside("a.xmp", "<broken").beside("b.xmp", &packet(title));
    let (marked, warnings) = photo.marked("{title} {camera}");
    assert!(marked == photo.marked("Beside Z 6").0);
    assert_eq!(warnings, ["a.xmp cannot be read as XMP and was left out of account"]);
    assert_eq!(photo.marked("{index}").1, [""; 0], "nobody asks");
}

#[test]
fn letters_that_no_font_has_are_left_out_and_named() {
    let photo = TestPhoto::new(r#"dc:title="山a山田""#);
    let (marked, warnings) = photo.marked("{title}b");
    assert!(marked == photo.marked("ab").0);
    assert_eq!(warnings, ["watermark: no font here has 山 田, which the text goes without"]);
}
