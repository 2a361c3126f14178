//! What was typed for `run` becomes its settings: lists and recipes are read, files are looked for.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use pool::escape::{escape, escape_text};
use pool::recipe_files::resolve_files;
use pool::settings::default_workers;
use protocol::limits::Limits;
use recipe::recipe::Recipe;
use rustix::fs::Access;

use super::UsageError;
use super::run::RunArgs;
use super::values::FormatWord;
use crate::batch::RunSettings;
use crate::plan::Fence;
use crate::report::write::ReportFormat;

/// The settings that were asked for.
pub(crate) fn run_settings(args: RunArgs) -> Result<RunSettings, UsageError> {
    let recipe = recipe(&args)?;
    let listed = args.files_from.as_deref().map_or(Ok(Vec::new()), |file| read_list(file, args.nul))?;
    let reports = args.report.iter().map(|path| report_target(path, &args.output));
    let reports = reports.collect::<Result<_, _>>()?;
    let output = std::path::absolute(&args.output)
        .map_err(|error| UsageError(format!("--output {}: {error}", escape(&args.output))))?;
    Ok(RunSettings {
        inputs: args.inputs,
        listed,
        output,
        recipe,
        name: args.name,
        on_conflict: args.on_conflict,
        workers: args.workers.unwrap_or_else(default_workers),
        isolation: args.isolation,
        timeout: args.timeout.0,
        retries: args.retries,
        limits: Limits::new(args.max_pixels.0, args.memory.bytes()),
        recycle_after: Some(args.recycle_after).filter(|jobs| *jobs > 0),
        sandbox: args.sandbox,
        dry_run: args.dry_run,
        fresh: args.fresh,
        fence: Fence::default(),
        progress: args.progress,
        reports,
        quiet: args.quiet,
        verbose: args.verbose,
    })
}

/// Whether two paths are one, though neither may be there yet.
fn is_same(one: &Path, other: &Path) -> bool {
    matches!((std::path::absolute(one), std::path::absolute(other)), (Ok(one), Ok(other)) if one == other)
}

/// Hours of work must not end with a report that has nowhere to go. The output folder itself may still have
/// to be made.
fn report_target(path: &Path, output: &Path) -> Result<(PathBuf, ReportFormat), UsageError> {
    match ReportFormat::of(path) {
        Some(format) => {
            let folder =
                path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            match rustix::fs::access(folder, Access::WRITE_OK) {
                Err(error) if !is_same(folder, output) => {
                    Err(UsageError(format!("--report {}: its folder: {error}", escape(path))))
                }
                Ok(()) | Err(_) => Ok((path.to_owned(), format)),
            }
        }
        None => {
            Err(UsageError(format!("--report {}: the name must end in .json, .csv or .html", escape(path))))
        }
    }
}

fn read_list(file: &Path, nul: bool) -> Result<Vec<PathBuf>, UsageError> {
    let mut content = Vec::new();
    let read = if file == Path::new("-") {
        io::stdin().lock().read_to_end(&mut content).map(drop)
    } else {
        fs::read(file).map(|bytes| content = bytes)
    };
    read.map_err(|error| UsageError(format!("--files-from {}: {error}", escape(file))))?;
    // Editors on Windows begin a text with a byte order mark.
    let content = content.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&content);
    let names = content.split(|byte| *byte == if nul { 0 } else { b'\n' });
    let names = names.map(|name| if nul { name } else { name.strip_suffix(b"\r").unwrap_or(name) });
    Ok(names.filter(|name| !name.is_empty()).map(|name| OsString::from_vec(name.to_vec()).into()).collect())
}

/// The recipe file first, then `-f`, then the options that name an output setting.
fn recipe(args: &RunArgs) -> Result<Recipe, UsageError> {
    let mut recipe = args.recipe.as_deref().map_or(Ok(Recipe::default()), read_recipe)?;
    recipe.filters.extend(args.filters.iter().map(|spec| spec.filter.clone()));
    let output = &mut recipe.output;
    if let Some(FormatWord(format)) = args.format {
        output.format = format;
    }
    output.quality = args.quality.unwrap_or(output.quality);
    output.max_bytes = args.max_bytes.or(output.max_bytes);
    output.subsampling = args.subsampling.unwrap_or(output.subsampling);
    output.color = args.color.unwrap_or(output.color);
    output.metadata = args.metadata.unwrap_or(output.metadata);
    output.raw = args.raw.unwrap_or(output.raw);
    output.hdr = args.hdr.unwrap_or(output.hdr);
    if let Some(problem) = output.contradiction() {
        return Err(UsageError(format!("--max-bytes {problem}")));
    }
    resolve_files(&mut recipe).map_err(|error| UsageError(error.to_string()))?;
    Ok(recipe)
}

fn read_recipe(path: &Path) -> Result<Recipe, UsageError> {
    let text =
        fs::read_to_string(path).map_err(|error| UsageError(format!("recipe {}: {error}", escape(path))))?;
    Recipe::parse(&text).map_err(|error| {
        let line = text.lines().nth(error.line.saturating_sub(1)).unwrap_or_default();
        let before: String = line.chars().take(error.column.saturating_sub(1)).collect();
        let caret = " ".repeat(escape_text(&before).chars().count());
        UsageError(format!("{}:{error}\n  {}\n  {caret}^", escape(path), escape_text(line)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use clap::Parser;
    use recipe::format::Format;

    use crate::cli::{Cli, CliCommand};

    fn parse<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<RunSettings, String> {
        let parsed = Cli::try_parse_from(words).map_err(|error| error.to_string())?;
        let CliCommand::Run(args) = parsed.command else { panic!("not a run") };
        run_settings(*args).map_err(|error| error.to_string())
    }

    fn resolve(options: &[&str]) -> Result<RunSettings, String> {
        parse(["supervisor", "run", "in", "-o", "out"].into_iter().chain(options.iter().copied()))
    }

    #[test]
    fn defaults() {
        let settings = resolve(&[]).unwrap();
        assert_eq!(
            (settings.shape().1, settings.retries, settings.timeout),
            (1, 1, Duration::from_secs(120))
        );
        assert_eq!(settings.limits.max_pixels, 300_000_000);
        assert_eq!(settings.recycle_after, None);
        assert!(settings.output.is_absolute());
        assert_eq!(settings.recipe.output.max_bytes, None);
        assert_eq!(resolve(&["--max-bytes", "500k"]).unwrap().recipe.output.max_bytes, Some(512_000));
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
            (
                ["--max-bytes", "9"],
                "'9' for '--max-bytes <SIZE>': it must be at least 1k, such as 500k or 2M\n",
            ),
            (["--sandbox", "maybe"], "'--sandbox <MODE>': it must be one of require, auto, off\n"),
            (["--raw", "cooked"], "'--raw <HOW>': it must be one of develop, embedded\n"),
            (
                ["--memory", "0%"],
                "'--memory <SIZE|PCT>': it must be at least 16 MiB, such as 4G, or 1% to 100%",
            ),
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
        let settings =
            resolve(&options.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>()).unwrap();
        let command = settings.command();
        let again = parse(command.iter().map(String::as_str)).unwrap();
        assert_eq!(again.recipe, settings.recipe);
        assert_eq!((&again.name, again.timeout, again.fresh), (&settings.name, settings.timeout, true));
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
        let format = |word| resolve(&["--format", word]).unwrap().recipe.output.format;
        for (words, meant) in [
            (["jpg", "JPEG"], Some(Format::Jpeg)),
            (["tif", "Tiff"], Some(Format::Tiff)),
            (["keep", "Keep"], None),
        ] {
            assert_eq!(words.map(format), [meant; 2]);
        }
    }

    #[test]
    fn a_list_may_hold_any_names() {
        let dir = tempfile::tempdir().unwrap();
        let list = dir.path().join("list");
        fs::write(&list, b"\xEF\xBB\xBFa b.jpg\r\n\ncaf\xE9.jpg\n").unwrap();
        let name = |bytes: &[u8]| PathBuf::from(OsString::from_vec(bytes.to_vec()));
        assert_eq!(read_list(&list, false).unwrap(), [name(b"a b.jpg"), name(b"caf\xE9.jpg")]);
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
        assert_eq!(settings.recipe.to_string(), "sepia:strength=1 → blur:radius=2");
        assert_eq!(settings.recipe.output.quality, 60);
        fs::write(&recipe, "[[filter]]\nname = \"blur\"\n\tradius = 900\n").unwrap();
        let error = resolve(&["-r", path]).unwrap_err();
        let expected = format!(
            "{path}:3:11: blur: radius must be 0–250, got 900\n  \\u{{9}}radius = 900\n{}^",
            " ".repeat(16)
        );
        assert_eq!(error, expected);
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
}
