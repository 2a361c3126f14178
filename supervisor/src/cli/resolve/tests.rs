//! What options become, and what is said of those that cannot be.

use super::*;
use std::time::Duration;

use clap::Parser;
use recipe::format::{Format, RawPolicy};

use crate::cli::{Cli, CliCommand};

fn parse<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<RunSettings, String> {
    let parsed = Cli::try_parse_from(words).map_err(|error| error.to_string())?;
    let CliCommand::Run(args) = parsed.command else { panic!("not a run") };
    run_settings(*args, true).map_err(|error| error.to_string())
}

fn resolve(options: &[&str]) -> Result<RunSettings, String> {
    parse(["supervisor", "run", "in", "-o", "out"].into_iter().chain(options.iter().copied()))
}

#[test]
fn defaults() {
    let settings = resolve(&[]).unwrap();
    assert_eq!((settings.shape().1, settings.retries, settings.timeout), (1, 1, Duration::from_secs(120)));
    assert_eq!(settings.limits.max_pixels, 300_000_000);
    assert_eq!(settings.recycle_after, None);
    assert!(settings.output.is_absolute());
    assert_eq!(settings.recipe.outputs.first.settings.max_bytes, None);
    assert_eq!(
        resolve(&["--max-bytes", "500k"]).unwrap().recipe.outputs.first.settings.max_bytes,
        Some(512_000)
    );
}

#[test]
fn isolation_is_a_topology() {
    let shape = |how| resolve(&["-j", "4", "--isolation", how]).unwrap().shape();
    assert_eq!((shape("process"), shape("thread"), shape("sequential")), ((4, 1), (1, 4), (1, 1)));
}

#[test]
fn mistakes_name_the_option_and_what_it_takes() {
    let error = |options: &[&str]| resolve(options).unwrap_err();
    for (options, said) in [
        (["--quality", "101"], "'101' for '--quality <N>': it must be a whole number, 1 to 100\n"),
        (["--max-bytes", "9"], "'9' for '--max-bytes <SIZE>': it must be at least 1k, such as 500k or 2M\n"),
        (["--sandbox", "maybe"], "'--sandbox <MODE>': it must be one of require, auto, off\n"),
        (["--raw", "cooked"], "'--raw <HOW>': it must be one of develop, embedded\n"),
        (["--memory", "0%"], "'--memory <SIZE|PCT>': it must be at least 16 MiB, such as 4G, or 1% to 100%"),
        (["-f", "blur:radius=900"], "'--filter <SPEC>': blur: radius must be 0–250, got 900\n"),
        (["-f", "blur:radius=900"], "\n  -f blur:radius=900\n                 ^^^\n"),
    ] {
        let error = error(&options);
        assert!(error.starts_with("error: invalid value ") && error.contains(said), "{error}");
    }
    let lossless = error(&["--max-bytes", "1M", "--format", "png"]);
    assert!(lossless.starts_with("--max-bytes goes with jpeg, webp"), "{lossless}");
    assert!(error(&["--report", "x.txt"]).contains(".json, .csv or .html"));
    assert!(error(&["-f", "watermark:image=/nowhere.png"]).contains("/nowhere.png"));
    assert!(error(&["-f", "lut=/nowhere.cube"]).starts_with("lut: file /nowhere.cube: "));
}

#[test]
fn the_command_of_settings_makes_the_same_settings() {
    let options = "--name={stem}-{width}.{ext} --on-conflict=unique --isolation=thread --workers=3 \
                   --timeout=1500ms --retries=0 --fresh -f blur=2 --format=webp \
                   --max-bytes=2M --metadata=strip";
    let settings = resolve(&options.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>()).unwrap();
    let command = settings.command();
    let again = parse(command.iter().map(String::as_str)).unwrap();
    assert_eq!(again.recipe, settings.recipe);
    assert_eq!((&again.names, again.timeout, again.fresh), (&settings.names, settings.timeout, true));
    assert_eq!(again.shape(), (1, 3));
    assert_eq!(command.len(), 5 + 7 + 2 + 3, "{command:?}");
    let plain = resolve(&[]).unwrap();
    assert_eq!(plain.command().len(), 5, "defaults are not said: {:?}", plain.command());
}

#[test]
fn a_report_must_have_somewhere_to_go() {
    for report in ["out/report.json", "./out/report.json"] {
        assert!(resolve(&["--report", report]).is_ok(), "the output folder is made later");
    }
    let error = resolve(&["--report", "/nowhere/at/all/report.json"]).unwrap_err();
    assert!(error.starts_with("--report /nowhere/at/all/report.json: its folder:"), "{error}");
}

#[test]
fn what_comes_in_a_later_version_is_said_to_be_missing() {
    let error = |format| resolve(&["--format", format]).unwrap_err();
    let jxl = error("jxl");
    assert!(jxl.contains("must be one of keep, jpeg") && jxl.contains("does not write it"), "{jxl}");
    assert!(!error("jpge").contains("does not write it"));
}

#[test]
fn a_format_may_be_called_as_its_files_are() {
    let format = |word| resolve(&["--format", word]).unwrap().recipe.outputs.first.settings.format;
    for (words, meant) in [
        (["jpg", "JPEG"], Some(Format::Jpeg)),
        (["tif", "Tiff"], Some(Format::Tiff)),
        (["keep", "Keep"], None),
    ] {
        assert_eq!(words.map(format), [meant; 2]);
    }
}

#[test]
fn the_ending_of_names_decides_about_the_format_or_is_refused() {
    let named = |options: &[&str]| {
        let settings = resolve(options)?;
        Ok::<_, String>((settings.names[0].to_string(), settings.recipe.outputs.first.settings.format))
    };
    assert_eq!(named(&["--name", "out.webp"]), Ok(("out.webp".to_owned(), Some(Format::Webp))));
    assert_eq!(named(&["--name", "{stem}"]), Ok(("{stem}.{ext}".to_owned(), None)));
    let error = named(&["--name", "out.webp", "--format", "jpg"]).unwrap_err();
    assert!(error.starts_with("--name: the names would end in .webp"), "{error}");
    let error = named(&["--name", "a.png", "--max-bytes", "1M"]).unwrap_err();
    assert!(error.starts_with("--max-bytes goes with"), "{error}");
}

#[test]
fn options_of_an_output_are_for_the_only_one() {
    let dir = tempfile::tempdir().unwrap();
    let recipe = dir.path().join("delivery.toml");
    let two = "[[output]]\nname = \"web\"\n[[output.filter]]\nname = \"resize\"\nlong_edge = 9\n\
               [[output]]\nname = \"print\"\nformat = \"tiff\"\n";
    std::fs::write(&recipe, two).unwrap();
    let with = |options: &[&str]| resolve(&[&["-r", recipe.to_str().unwrap()], options].concat());
    let settings = with(&["-f", "sepia", "--raw", "embedded"]).unwrap();
    let names: Vec<String> = settings.names.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["{output}/{dir}/{stem}.{ext}"; 2]);
    let filters = settings.recipe.outputs.iter().map(|output| output.filters.len());
    assert_eq!(filters.collect::<Vec<_>>(), [2, 1], "-f comes after the recipe's own");
    assert!(settings.recipe.outputs.iter().all(|output| output.settings.raw == RawPolicy::Embedded));
    for (option, value) in [("--format", "png"), ("--quality", "9"), ("--metadata", "strip")] {
        let error = with(&[option, value]).unwrap_err();
        assert!(
            error.starts_with(&format!("{option}: the recipe has several outputs (web, print)")),
            "{error}"
        );
    }
    let error = with(&["--name", "{stem}"]).unwrap_err();
    assert!(error.starts_with("--name: the recipe has several outputs (web, print)"), "{error}");
    std::fs::write(&recipe, two.to_owned() + "max_bytes = 9999\n").unwrap();
    let error = with(&[]).unwrap_err();
    assert!(error.contains("delivery.toml:9:13: output print: max_bytes goes with"), "{error}");
    std::fs::write(&recipe, "[output]\nformat = \"png\"\nmax_bytes = 9999\n").unwrap();
    let error = with(&[]).unwrap_err();
    assert!(error.contains("delivery.toml:3:13: max_bytes goes with"), "{error}");
    assert!(error.ends_with("\n  max_bytes = 9999\n              ^"), "{error}");
}

#[test]
fn results_go_into_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("one.jpg"), "").unwrap();
    fs::create_dir(path("album.png")).unwrap();
    let run = |inputs: &[&str], output: &str| {
        parse(["supervisor", "run"].iter().chain(inputs).chain(&["-o", output]).copied())
    };
    let (one, out) = (path("one.jpg"), path("out.jpg"));
    let error = run(&[&one], &out).unwrap_err();
    assert!(
        error.ends_with(&format!("write -o {} --name out.jpg", path("").trim_end_matches('/'))),
        "{error}"
    );
    assert!(run(&[&one], "out.jpg").unwrap_err().ends_with("write -o . --name out.jpg"));
    assert!(run(&[&one], &path("album.png")).is_ok(), "a folder that is there");
    assert!(run(&[&one, &one], &out).is_ok() && run(&[&path("")], &out).is_ok());
    assert!(run(&[&one], "-").unwrap_err().contains("not to standard output"));
}

#[test]
fn settings_that_change_nothing_are_named() {
    let notes = |options: &[&str]| resolve(options).unwrap().notes;
    assert_eq!(notes(&["--quality", "90", "--format", "png"]), ["--quality changes nothing in a png file"]);
    assert_eq!(notes(&["--subsampling", "444", "--name", "a.webp"]).len(), 1);
    assert_eq!(notes(&["--background", "red", "--format", "tiff"]).len(), 1);
    assert!(notes(&["--background", "red", "--format", "jpeg"]).is_empty());
    assert!(notes(&["--quality", "90", "--subsampling", "444"]).is_empty());
    assert!(notes(&["--quality", "90", "--format", "avif"]).is_empty());
}

#[test]
fn an_image_is_not_written_as_words() {
    let dir = tempfile::tempdir().unwrap();
    let logo = dir.path().join("logo.png");
    fs::write(&logo, "").unwrap();
    let logo = logo.to_str().unwrap();
    let error = resolve(&["-f", &format!("watermark={logo}")]).unwrap_err();
    assert!(error.contains(&format!("write watermark:image={logo}")), "{error}");
    assert!(resolve(&["-f", &format!("watermark:text={logo}")]).is_ok());
    let error = resolve(&["-f", "watermark=nowhere.png"]).unwrap_err();
    assert!(error.contains("write watermark:image=nowhere.png"), "{error}");
    let error = resolve(&["-f", "watermark=logo.SVG"]).unwrap_err();
    assert!(error.contains("write watermark:image=logo.SVG"), "{error}");
    assert!(resolve(&["-f", "watermark=studio.com"]).is_ok());
}

#[test]
fn files_of_a_recipe_are_found_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("look.cube"), "").unwrap();
    fs::write(path("web.toml"), "[[filter]]\nname = \"lut\"\nfile = \"look.cube\"\n").unwrap();
    let settings = resolve(&["-r", &path("web.toml")]).unwrap();
    assert_eq!(settings.recipe.filters[0].files(), [fs::canonicalize(path("look.cube")).unwrap().into()]);
    fs::remove_file(path("look.cube")).unwrap();
    let error = resolve(&["-r", &path("web.toml")]).unwrap_err();
    assert!(error.contains("looked in") && error.contains(dir.path().to_str().unwrap()), "{error}");
}

#[test]
fn a_list_may_hold_any_names() {
    let dir = tempfile::tempdir().unwrap();
    let list = dir.path().join("list");
    fs::write(&list, b"\xEF\xBB\xBFa b.jpg\r\n\ncaf\xE9.jpg\n").unwrap();
    let name = |bytes: &[u8]| PathBuf::from(OsString::from_vec(bytes.to_vec()));
    assert_eq!(read_list(&list, false).unwrap(), [name(b"a b.jpg"), name(b"caf\xE9.jpg")]);
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let text: Vec<u8> = "\u{feff}a b.jpg\r\ncafé.jpg\r\n".encode_utf16().flat_map(bytes).collect();
        fs::write(&list, text).unwrap();
        assert_eq!(read_list(&list, false).unwrap(), [name(b"a b.jpg"), "café.jpg".into()]);
    }
    fs::write(&list, b"a\nb.jpg\0c\r\0").unwrap();
    assert_eq!(read_list(&list, true).unwrap(), [name(b"a\nb.jpg"), name(b"c\r")]);
}

#[test]
fn a_recipe_comes_before_f_and_its_mistakes_are_pointed_at() {
    let dir = tempfile::tempdir().unwrap();
    let recipe = dir.path().join("web.toml");
    let path = recipe.to_str().unwrap();
    fs::write(&recipe, "[[filter]]\nname = \"sepia\"\n[output]\nquality = 70\n").unwrap();
    let settings = resolve(&["-f", "blur=2", "-r", path, "--quality", "60"]).unwrap();
    assert_eq!(settings.recipe.to_string(), "sepia:strength=1 → blur:radius=2,light=gamma");
    assert_eq!(settings.recipe.outputs.first.settings.quality, 60);
    fs::write(&recipe, "[[filter]]\nname = \"blur\"\n\tradius = 900\n").unwrap();
    let error = resolve(&["-r", path]).unwrap_err();
    let expected = format!(
        "{path}:3:11: blur: radius must be 0–250, got 900\n  \\u{{9}}radius = 900\n{}^",
        " ".repeat(16)
    );
    assert_eq!(error, expected);
}

#[test]
fn a_file_that_is_no_recipe_is_told_from_one() {
    let dir = tempfile::tempdir().unwrap();
    let recipe = dir.path().join("web.toml");
    let path = recipe.to_str().unwrap();
    let error = |content: &[u8]| {
        fs::write(&recipe, content).unwrap();
        resolve(&["-r", path]).unwrap_err()
    };
    let quotes = error("\u{feff}[output]\nformat = jpeg\n".as_bytes());
    assert!(quotes.starts_with(&format!("{path}:2:10: expected a number such as 2.5")), "{quotes}");
    assert!(quotes.ends_with("\n  format = jpeg\n           ^"), "{quotes}");
    let latin = error(b"[[filter]]\nname = \"\xE9\"\n");
    assert_eq!(latin, format!("{path}:2:9: this is not UTF-8: save the recipe as text in UTF-8"));
    let long = error("a".repeat(200).as_bytes());
    assert!(
        long.lines().count() == 1 && long.starts_with(&format!("{path}:1:201: expected a line")),
        "{long}"
    );
    let large = error(&vec![b'#'; (1 << 20) + 1]);
    assert!(large.ends_with("it is larger than 1 MiB; a recipe is a short text in TOML"), "{large}");
    assert!(resolve(&["-r", "/dev/zero"]).unwrap_err().contains("larger than 1 MiB"));
}

#[test]
fn values_at_and_past_their_limits() {
    for good in [
        ["--retries", "10"],
        ["-j", "256"],
        ["--timeout", "1ms"],
        ["--timeout", "24h"],
        ["--memory", "100%"],
        ["--recycle-after", "0"],
        ["--recycle-after", "1000000"],
        ["--quality", "100"],
    ] {
        assert!(resolve(&good).is_ok(), "{good:?}");
    }
    for bad in [
        ["--retries", "11"],
        ["-j", "0"],
        ["-j", "257"],
        ["--timeout", "0"],
        ["--timeout", "25h"],
        ["--memory", "101%"],
        ["--memory", "1K"],
        ["--max-pixels", "0"],
        ["--recycle-after", "1000001"],
        ["--quality", "0"],
        ["--name", "{stm}.{ext}"],
        ["--name", "../{stem}"],
    ] {
        let error = resolve(&bad).unwrap_err();
        let option = if bad[0] == "-j" { "--workers" } else { bad[0] };
        let expected = format!("error: invalid value '{}' for '{option} <", bad[1]);
        assert!(error.starts_with(&expected), "{bad:?}: {error}");
    }
}
