//! Settings: what was typed becomes what is done. Every default and every check of `run` is here.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use protocol::limits::Limits;
use protocol::sandbox::SandboxMode;
use recipe::filter::Filter;
use recipe::format::{Format, UNSUPPORTED_EXTENSIONS};
use recipe::recipe::{COLORS, METADATA, MIN_MAX_BYTES, RAWS, Recipe, SUBSAMPLINGS, output_formats};

use rustix::fs::Access;

use crate::cli::run::RunArgs;
use crate::plan::{Fence, NameTemplate, OnConflict};
use crate::report::sink::ProgressMode;
use crate::report::write::ReportFormat;
use crate::units;
use pool::escape::{escape, escape_text};
use pool::memory::allowed_memory;
use pool::recipe_files::resolve_files;
use pool::settings::{
    Isolation, MAX_RETRIES, MAX_TIMEOUT, MAX_WORKERS, MIN_MEMORY, MIN_TIMEOUT, default_workers,
};

/// The settings of a run.
#[derive(Debug)]
pub struct RunConfig {
    /// Files and folders.
    pub inputs: Vec<PathBuf>,
    /// Files from a list.
    pub listed: Vec<PathBuf>,
    /// The output folder, absolute.
    pub output: PathBuf,
    /// Filters and output settings.
    pub recipe: Recipe,
    /// How outputs are named.
    pub name: NameTemplate,
    /// What is done about files in the way.
    pub on_conflict: OnConflict,
    /// Worker processes.
    pub slots: u16,
    /// Threads in each.
    pub lanes: u16,
    /// The word for the two.
    pub isolation: Isolation,
    /// The longest that one attempt may take.
    pub timeout: Duration,
    /// Attempts after the first that is lost.
    pub retries: u32,
    /// What one job may use.
    pub limits: Limits,
    /// Jobs after which a worker is replaced.
    pub recycle_after: Option<u32>,
    /// How much the sandbox is insisted on.
    pub sandbox: SandboxMode,
    /// Only print the plan.
    pub dry_run: bool,
    /// Make outputs again that are up to date.
    pub fresh: bool,
    /// Folders that inputs and outputs may not leave.
    pub fence: Fence,
    /// How progress is shown.
    pub progress: ProgressMode,
    /// Files that the report is written to.
    pub reports: Vec<(PathBuf, ReportFormat)>,
    /// Print failures only.
    pub quiet: bool,
    /// Print the settings.
    pub verbose: bool,
}

/// A mistake in what was typed, with what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(String);

impl RunConfig {
    /// Reads what was typed.
    pub fn resolve(args: &RunArgs) -> Result<Self, UsageError> {
        let isolation = choose("--isolation", &args.isolation, ISOLATIONS)?;
        let workers = args
            .workers
            .as_deref()
            .map_or(Ok(default_workers()), |text| whole("--workers", text, 1, u32::from(MAX_WORKERS)))?;
        let (slots, lanes) = isolation.shape(workers);
        let memory = memory(&args.memory)?;
        let timeout =
            units::duration(&args.timeout).filter(|timeout| (MIN_TIMEOUT..=MAX_TIMEOUT).contains(timeout));
        let timeout =
            timeout.ok_or_else(|| wrong("--timeout", &args.timeout, "1ms to 24h, such as 90s or 2m"))?;
        let max_pixels = units::count(&args.max_pixels).filter(|pixels| *pixels > 0);
        let max_pixels = max_pixels
            .ok_or_else(|| wrong("--max-pixels", &args.max_pixels, "a number of pixels, such as 300M"))?;
        Ok(Self {
            inputs: args.inputs.clone(),
            listed: args.files_from.as_deref().map_or(Ok(Vec::new()), |file| read_list(file, args.nul))?,
            output: std::path::absolute(&args.output)
                .map_err(|error| UsageError(format!("--output {}: {error}", escape(&args.output))))?,
            recipe: recipe(args)?,
            name: args
                .name
                .parse()
                .map_err(|error| UsageError(format!("--name {}: {error}", escape_text(&args.name))))?,
            on_conflict: choose("--on-conflict", &args.on_conflict, CONFLICTS)?,
            slots,
            lanes,
            isolation,
            timeout,
            retries: whole("--retries", &args.retries, 0, MAX_RETRIES)?,
            limits: Limits { max_pixels, memory, max_input_bytes: Limits::MAX_INPUT_BYTES.min(memory) },
            recycle_after: Some(whole("--recycle-after", &args.recycle_after, 0, 1_000_000)?)
                .filter(|jobs| *jobs > 0),
            sandbox: choose("--sandbox", &args.sandbox, SANDBOXES)?,
            dry_run: args.dry_run,
            fresh: args.fresh,
            fence: Fence::default(),
            progress: choose("--progress", &args.progress, PROGRESS)?,
            reports: args
                .report
                .iter()
                .map(|path| report_target(path, &args.output))
                .collect::<Result<_, _>>()?,
            quiet: args.quiet,
            verbose: args.verbose,
        })
    }
}

const ISOLATIONS: &[(&str, Isolation)] =
    &[("process", Isolation::Process), ("thread", Isolation::Thread), ("sequential", Isolation::Sequential)];
const CONFLICTS: &[(&str, OnConflict)] = &[
    ("error", OnConflict::Error),
    ("skip", OnConflict::Skip),
    ("overwrite", OnConflict::Overwrite),
    ("unique", OnConflict::Unique),
];
const SANDBOXES: &[(&str, SandboxMode)] =
    &[("require", SandboxMode::Require), ("auto", SandboxMode::Auto), ("off", SandboxMode::Off)];
const PROGRESS: &[(&str, ProgressMode)] = &[
    ("auto", ProgressMode::Auto),
    ("bar", ProgressMode::Bar),
    ("plain", ProgressMode::Plain),
    ("json", ProgressMode::Json),
    ("none", ProgressMode::None),
];

fn wrong(option: &str, got: &str, expected: &str) -> UsageError {
    UsageError(format!("{option} must be {expected}, got {}", escape_text(got)))
}

fn choose<T: Copy>(option: &str, text: &str, words: &[(&'static str, T)]) -> Result<T, UsageError> {
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        wrong(option, text, &format!("one of {}", words.join(", ")))
    })
}

fn whole<T: TryFrom<u32>>(option: &str, text: &str, min: u32, max: u32) -> Result<T, UsageError> {
    let number =
        text.parse().ok().filter(|number| (min..=max).contains(number)).and_then(|n| T::try_from(n).ok());
    number.ok_or_else(|| wrong(option, text, &format!("a whole number from {min} to {max}")))
}

fn memory(text: &str) -> Result<u64, UsageError> {
    let share = units::percent(text).filter(|share| *share > 0.0 && *share <= 1.0);
    let bytes = match share {
        Some(share) => Some((allowed_memory() as f64 * share) as u64),
        None => units::bytes(text),
    };
    let enough = bytes.filter(|bytes| *bytes >= MIN_MEMORY);
    enough.ok_or_else(|| wrong("--memory", text, "at least 16M, such as 4G, or 1% to 100%"))
}

/// Whether two paths are one, though neither may be there yet.
fn is_same(one: &Path, other: &Path) -> bool {
    matches!((std::path::absolute(one), std::path::absolute(other)), (Ok(one), Ok(other)) if one == other)
}

/// Hours of work must not end with a report that has nowhere to go. The output folder itself may still have to be made.
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
    let names = content.split(|byte| *byte == if nul { 0 } else { b'\n' });
    let names = names.map(|name| if nul { name } else { name.strip_suffix(b"\r").unwrap_or(name) });
    Ok(names.filter(|name| !name.is_empty()).map(|name| OsString::from_vec(name.to_vec()).into()).collect())
}

/// The recipe file first, then `-f`, then the options that name an output setting.
fn recipe(args: &RunArgs) -> Result<Recipe, UsageError> {
    let mut recipe = args.recipe.as_deref().map_or(Ok(Recipe::default()), read_recipe)?;
    for spec in &args.filters {
        let filter: Filter = spec.parse().map_err(|error: recipe::filter::FilterError| {
            let shown_width = |range| spec.get(range).map_or(0, |text| escape_text(text).chars().count());
            let caret = " ".repeat(shown_width(0..error.at.start))
                + &"^".repeat(shown_width(error.at.clone()).max(1));
            UsageError(format!("{error}\n  -f {}\n     {caret}", escape_text(spec)))
        })?;
        recipe.filters.push(filter);
    }
    let output = &mut recipe.output;
    if let Some(text) = &args.format {
        output.format = choose("--format", text, &output_formats()).map_err(|UsageError(problem)| {
            let is_known =
                UNSUPPORTED_EXTENSIONS.contains(&text.as_str()) || Format::from_extension(text).is_some();
            let hint = if is_known { "; this version does not write it" } else { "" };
            UsageError(problem + hint)
        })?;
    }
    if let Some(text) = &args.quality {
        output.quality = whole("--quality", text, 1, 100)?;
    }
    if let Some(text) = &args.max_bytes {
        let bytes = units::bytes(text).filter(|bytes| *bytes >= MIN_MAX_BYTES);
        output.max_bytes =
            Some(bytes.ok_or_else(|| wrong("--max-bytes", text, "at least 1k, such as 500k or 2M"))?);
    }
    if let Some(problem) = output.contradiction() {
        return Err(UsageError(problem));
    }
    if let Some(text) = &args.subsampling {
        output.subsampling = choose("--subsampling", text, SUBSAMPLINGS)?;
    }
    if let Some(text) = &args.color {
        output.color = choose("--color", text, COLORS)?;
    }
    if let Some(text) = &args.metadata {
        output.metadata = choose("--metadata", text, METADATA)?;
    }
    if let Some(text) = &args.raw {
        output.raw = choose("--raw", text, RAWS)?;
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
    use crate::cli::{Cli, Command};
    use clap::Parser;

    fn resolve(options: &[&str]) -> Result<RunConfig, UsageError> {
        let words = ["supervisor", "run", "in", "-o", "out"].iter().chain(options);
        let Command::Run(args) = Cli::try_parse_from(words).unwrap().command else { panic!("not a run") };
        RunConfig::resolve(&args)
    }

    #[test]
    fn defaults() {
        let config = resolve(&[]).unwrap();
        assert_eq!((config.lanes, config.retries, config.timeout), (1, 1, Duration::from_secs(120)));
        assert_eq!(config.limits.max_pixels, 300_000_000);
        assert_eq!(config.recycle_after, None);
        assert!(config.output.is_absolute());
        assert_eq!(config.recipe.output.max_bytes, None);
        assert_eq!(resolve(&["--max-bytes", "500k"]).unwrap().recipe.output.max_bytes, Some(512_000));
    }

    #[test]
    fn isolation_is_a_topology() {
        let shape = |how| {
            resolve(&["-j", "4", "--isolation", how]).map(|config| (config.slots, config.lanes)).unwrap()
        };
        assert_eq!((shape("process"), shape("thread"), shape("sequential")), ((4, 1), (1, 4), (1, 1)));
    }

    #[test]
    fn mistakes_name_the_option_and_what_it_takes() {
        let error = |options: &[&str]| resolve(options).unwrap_err().to_string();
        assert_eq!(error(&["--quality", "101"]), "--quality must be a whole number from 1 to 100, got 101");
        assert_eq!(
            error(&["--max-bytes", "9"]),
            "--max-bytes must be at least 1k, such as 500k or 2M, got 9"
        );
        assert!(
            error(&["--max-bytes", "1M", "--format", "png"]).starts_with("--max-bytes goes with jpeg, webp")
        );
        assert!(error(&["--sandbox", "maybe"]).contains("require, auto, off"));
        assert_eq!(error(&["--raw", "cooked"]), "--raw must be one of develop, embedded, got cooked");
        assert!(error(&["--memory", "0%"]).contains("--memory"));
        assert!(error(&["--report", "x.txt"]).contains(".json, .csv or .html"));
        let blur = error(&["-f", "blur:radius=900"]);
        assert!(blur.starts_with("blur: radius must be 0–250, got 900"), "{blur}");
        assert!(blur.ends_with("-f blur:radius=900\n                 ^^^"), "{blur}");
        assert!(error(&["-f", "watermark:image=/nowhere.png"]).contains("/nowhere.png"));
        assert!(error(&["-f", "lut=/nowhere.cube"]).starts_with("lut: file /nowhere.cube: "));
    }

    #[test]
    fn a_report_must_have_somewhere_to_go() {
        for report in ["out/report.json", "./out/report.json"] {
            assert!(resolve(&["--report", report]).is_ok(), "the output folder is made later");
        }
        let error = resolve(&["--report", "/nowhere/at/all/report.json"]).unwrap_err().to_string();
        assert!(error.starts_with("--report /nowhere/at/all/report.json: its folder:"), "{error}");
    }

    #[test]
    fn what_comes_in_a_later_version_is_said_to_be_missing() {
        let error = |options: &[&str]| resolve(options).unwrap_err().to_string();
        let jxl = error(&["--format", "jxl"]);
        assert!(
            jxl.starts_with("--format must be one of keep, jpeg") && jxl.contains("does not write it"),
            "{jxl}"
        );
        assert!(!error(&["--format", "jpge"]).contains("does not write it"));
    }

    #[test]
    fn a_list_may_hold_any_names() {
        let dir = tempfile::tempdir().unwrap();
        let list = dir.path().join("list");
        fs::write(&list, b"a b.jpg\r\n\ncaf\xE9.jpg\n").unwrap();
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
        let config = resolve(&["-f", "blur=2", "-r", path, "--quality", "60"]).unwrap();
        assert_eq!(config.recipe.to_string(), "sepia:strength=1 → blur:radius=2");
        assert_eq!(config.recipe.output.quality, 60);
        fs::write(&recipe, "[[filter]]\nname = \"blur\"\n\tradius = 900\n").unwrap();
        let error = resolve(&["-r", path]).unwrap_err().to_string();
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
            ["--name", "{stm}.{ext}"],
            ["--name", "../{stem}"],
        ] {
            let error = resolve(&bad).unwrap_err().to_string();
            let option = if bad[0] == "-j" { "--workers" } else { bad[0] };
            assert!(error.starts_with(option), "{bad:?}: {error}");
        }
    }
}
