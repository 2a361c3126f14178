//! Several results of one decode: each is what a run of its own would have made.

use recipe::recipe::{Outputs, RecipeOutput};

use super::*;

const SIZE: Size = Size { width: 320, height: 200 };

/// A photo with a profile and a gradient, as this format.
fn gradient(format: Format) -> Vec<u8> {
    let samples = (0..SIZE.pixels()).flat_map(|n| [(n % 251) as u8, (n / 320) as u8, 90]).collect();
    let picture = Picture { size: SIZE, channels: Channels::Rgb, samples: Samples::U8(samples) };
    // IPTC's record 2, dataset 221: what only one program knows.
    let iptc = Some(b"\x1C\x02\xDD\x00\x04Lima".to_vec());
    let metadata = Metadata { icc: color::adobe_rgb(), iptc, ..Metadata::default() };
    codec::encode(picture, format, &Output::default(), &metadata, false, &mut Vec::new()).unwrap()
}

fn output(name: &str, specs: &[&str], settings: Output) -> RecipeOutput {
    let filters = specs.iter().map(|spec| spec.parse().unwrap()).collect();
    RecipeOutput { name: Some(name.to_owned()), filters, settings, ..RecipeOutput::default() }
}

fn recipe(shared: &[&str], mut outputs: Vec<RecipeOutput>) -> Recipe {
    let filters = shared.iter().map(|spec| spec.parse().unwrap()).collect();
    let first = outputs.remove(0);
    Recipe { filters, outputs: Outputs { first, others: outputs }, ..Recipe::default() }
}

/// What a recipe makes of a file, in these formats, one for each output.
fn results(file: &[u8], recipe: &Recipe, formats: &[Format]) -> Result<(Processed, Vec<Vec<u8>>), JobError> {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("input");
    std::fs::write(&input, file).unwrap();
    let file = |(index, format): (usize, &Format)| StagingFile {
        path: folder.path().join(index.to_string()).into(),
        format: *format,
    };
    let staging: Vec<StagingFile> = formats.iter().enumerate().map(file).collect();
    let planned = PlannedPhoto::default();
    let task = Task::Process { input: input.into(), staging: staging.clone(), planned };
    match Processor::new(recipe, &[], LIMITS, codec::decode).run(&task, &everything())? {
        Done::Processed(processed) => {
            let read = |file: &StagingFile| std::fs::read(file.path.as_path()).unwrap();
            Ok((processed, staging.iter().map(read).collect()))
        }
        done @ (Done::Probed(_) | Done::Checked) => panic!("{done:?}"),
    }
}

#[test]
fn a_result_that_is_narrower_than_its_name_says_is_told() {
    let sizes = ["160w", "480w", "960w", "wide", "w"];
    let outputs = sizes.map(|name| {
        let width = name.strip_suffix('w').and_then(|width| width.parse().ok()).unwrap_or(500);
        output(name, &[&format!("resize:width={width}")], Output::default())
    });
    let recipe = recipe(&[], outputs.into());
    let (processed, _) = results(&gradient(Format::Png), &recipe, &[Format::Jpeg; 5]).unwrap();
    let expected = "480w, 960w: 320 pixels wide and not what the name says, since a photo is not enlarged: \
                    leave it out of a srcset";
    assert_eq!(processed.warnings, [expected]);
}

#[test]
fn each_result_is_as_if_it_were_the_only_one() {
    let keep = Output { color: ColorPolicy::Keep, ..Output::default() };
    let outputs = vec![
        output("web", &["brightness=1.1", "resize=160"], Output::default()),
        output("thumb", &["brightness=1.1", "resize=20", "sepia"], Output::default()),
        output("print", &["brightness=1.1"], keep),
        output("grey", &["brightness=1.1", "grayscale"], Output::default()),
    ];
    let formats = [Format::Jpeg, Format::Webp, Format::Tiff, Format::Png];
    let recipe = recipe(&["contrast=1.2"], outputs);
    for input in [Format::Jpeg, Format::Png] {
        let file = gradient(input);
        let (processed, files) = results(&file, &recipe, &formats).unwrap();
        let sizes: Vec<_> = processed.results.iter().map(|result| (result.width, result.height)).collect();
        assert_eq!(sizes, [(160, 100), (20, 13), (320, 200), (320, 200)]);
        for (index, output) in recipe.outputs.iter().enumerate() {
            let alone = Recipe::new(recipe.filters_of(output).cloned().collect(), output.settings);
            let (_, expected) = results(&file, &alone, &[formats[index]]).unwrap();
            let result = processed.results[index];
            assert_eq!(files[index].len() as u64, result.bytes);
            assert_eq!(crc32fast::hash(&files[index]), result.checksum);
            // A thumbnail is made of the larger result.
            if index != 1 {
                assert!(files[index] == expected[0], "{:?} of {input}", output.name);
            }
        }
    }
}

#[test]
fn a_decoder_shrinks_a_photo_as_far_as_the_largest_result_allows() {
    let file = gradient(Format::Jpeg);
    let outputs = ["resize=80", "resize=10"].map(|spec| output(spec, &[spec], Output::default())).to_vec();
    let (_, files) = results(&file, &recipe(&[], outputs), &[Format::Png; 2]).unwrap();
    let small_of = |file: &[u8]| {
        let recipe = Recipe::new(vec!["resize=10".parse().unwrap()], Output::default());
        decoded(&results(file, &recipe, &[Format::Png]).unwrap().1[0]).picture
    };
    let whole = small_of(&gradient(Format::Png));
    let small = decoded(&files[1]).picture;
    assert_eq!(small.size, Size { width: 10, height: 6 });
    let (Samples::U8(one), Samples::U8(other)) = (whole.samples, small.samples) else { panic!("8 bits") };
    let far = one.iter().zip(&other).map(|(one, other)| one.abs_diff(*other)).max();
    assert!(far < Some(24), "{far:?}");
}

/// Discs of any size and colour over each other, which is much like photographs to a filter, with edges as
/// soft as a lens makes them, and noise.
fn discs(random: &mut fastrand::Rng, size: Size) -> Picture {
    let (width, height) = (size.width as f32, size.height as f32);
    let mut pixels = vec![[0.0; 3]; size.pixels() as usize];
    for _ in 0..1000 {
        let radius = (8.0 / (random.f32() + 0.01).sqrt()).min(200.0);
        let (x, y) = (random.f32() * width, random.f32() * height);
        let color = [0; 3].map(|_| random.f32() * 236.0 + 10.0);
        let reach = |at: f32, edge: f32| {
            (at - radius - 2.0).clamp(0.0, edge) as usize..(at + radius + 2.0).clamp(0.0, edge) as usize
        };
        for row in reach(y, height) {
            for column in reach(x, width) {
                let far = (column as f32 - x).hypot(row as f32 - y);
                let over = ((radius - far) / 3.0 + 0.5).clamp(0.0, 1.0);
                let pixel = &mut pixels[row * size.width as usize + column];
                *pixel = std::array::from_fn(|n| pixel[n] * (1.0 - over) + color[n] * over);
            }
        }
    }
    let noisy = |level: &f32| (level + random.f32() * 10.0 - 5.0).round().clamp(0.0, 255.0) as u8;
    let samples = Samples::U8(pixels.as_flattened().iter().map(noisy).collect());
    Picture { size, channels: Channels::Rgb, samples }
}

/// Not the same. What the reference says of it was measured with photographs; these discs have far more edges:
/// one sample in two hundred may be more than a level of 255 away, and none more than three.
#[test]
fn a_thumbnail_made_of_a_larger_result_is_hardly_another() {
    let (mut samples, mut beyond, mut most) = (0, 0, 0);
    for seed in 0..6 {
        let mut random = fastrand::Rng::with_seed(seed);
        let size = Size::new(random.u32(700..1300), random.u32(700..1300));
        let picture = discs(&mut random, size);
        let (output_as, mut said) = (Output::default(), Vec::new());
        let file =
            codec::encode(picture, Format::Png, &output_as, &Metadata::default(), false, &mut said).unwrap();
        let web = random.u32(280..650);
        let kernel = ["lanczos3", "catmullrom", "mitchell"][seed as usize % 3];
        let resize = |edge: u32| format!("resize:short_edge={edge},kernel={kernel}");
        let (large, small) = (resize(web), resize(web / 6));
        let outputs = [&large, &small].map(|spec| output(spec, &[spec], Output::default())).to_vec();
        let (_, files) = results(&file, &recipe(&[], outputs), &[Format::Png; 2]).unwrap();
        let alone = recipe(&[], vec![output("small", &[&small], Output::default())]);
        let (_, expected) = results(&file, &alone, &[Format::Png]).unwrap();
        let [made, expected] = [&files[1], &expected[0]].map(|file| decoded(file).picture);
        assert_eq!(made.size, expected.size);
        let (Samples::U8(made), Samples::U8(expected)) = (made.samples, expected.samples) else { panic!() };
        for far in made.iter().zip(&expected).map(|(made, expected)| made.abs_diff(*expected)) {
            (samples, beyond, most) = (samples + 1, beyond + u32::from(far > 1), most.max(far));
        }
    }
    assert!(most > 0, "it starts from the photo");
    assert!(most <= 3 && beyond * 200 < samples, "{most} levels, {beyond} of {samples} beyond one");
}

#[test]
fn what_goes_wrong_names_the_output_and_what_is_dropped_names_those_that_drop_it() {
    let file = gradient(Format::Png);
    let outputs = vec![
        output("web", &["resize=160"], Output::default()),
        output("small", &[], Output { max_bytes: Some(1024), ..Output::default() }),
    ];
    let error = results(&file, &recipe(&[], outputs), &[Format::Png; 2]).unwrap_err();
    assert_eq!(error.kind, ErrorKind::TooLarge);
    assert!(error.detail.starts_with("output small: "), "{error}");

    let outputs = ["web", "print", "proof"].map(|name| output(name, &[], Output::default())).to_vec();
    let formats = [Format::Webp, Format::Jpeg, Format::Avif];
    let (processed, _) = results(&gradient(Format::Jpeg), &recipe(&[], outputs), &formats).unwrap();
    let said =
        "files of this format have no place for IPTC: what EXIF and XMP do not say as well was left out";
    assert!(processed.warnings.contains(&format!("web, proof: {said} (2:221)")), "{processed:?}");
    assert!(!processed.warnings.iter().any(|warning| warning.contains("print")), "{processed:?}");
}

#[test]
fn memory_is_asked_for_all_that_is_there_at_once() {
    let asked = |recipe: &Recipe| {
        let header = Header {
            format: Format::Png,
            size: SIZE,
            channels: Channels::Rgb,
            sample_bytes: 1,
            orientation: Orientation::NoTransforms,
            decoder_memory: 0,
            lossless_webp: false,
            gain_map: None,
        };
        let bytes = |_: &Path| -> Result<Vec<u8>, JobError> { panic!("no files") };
        let files = Files { fonts: &[], bytes: &bytes, picture: &|_| panic!("no files") };
        ReadyRecipe::new(recipe, &LIMITS, &files).memory_needed(&header, &[Format::Png; 2])
    };
    let web = || output("web", &["resize=160"], Output::default());
    let print = |color| output("print", &["sepia"], Output { color, ..Output::default() });
    let alone = asked(&recipe(&[], vec![print(ColorPolicy::Srgb)]));
    let both = asked(&recipe(&[], vec![web(), print(ColorPolicy::Srgb)]));
    let apart = asked(&recipe(&[], vec![web(), print(ColorPolicy::Keep)]));
    assert!(both > alone && apart > alone, "{alone} {both} {apart}");
}
