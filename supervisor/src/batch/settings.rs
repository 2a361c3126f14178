//! What a run is asked to do, in types. Command line and page each make it from what they were told.

use std::path::PathBuf;
use std::time::Duration;

use pool::escape::escape;
use pool::output_folder::state_folder;
use pool::settings::{
    DEFAULT_MAX_PIXELS, DEFAULT_RETRIES, DEFAULT_TIMEOUT, Isolation, MemoryBudget, default_workers,
};
use protocol::limits::Limits;
use protocol::sandbox::SandboxMode;
use recipe::Filter;
use recipe::filter::Scalar;
use recipe::recipe::{Output, Recipe, RecipeOutput, format_word};

use super::then::ThenCommand;
use super::times::FileTimes;
use crate::plan::{Fence, NameTemplate, OnConflict, Selection, SortBy};
use crate::report::sink::ProgressMode;
use crate::report::wire::report::RunOutput;
use crate::report::write::ReportFormat;
use crate::units::DurationText;

/// The number of the first photo unless told.
pub(crate) const START: u64 = 1;

#[derive(Debug)]
pub(crate) struct RunSettings {
    /// Files and folders.
    pub inputs: Vec<PathBuf>,
    /// Files from a list.
    pub listed: Vec<PathBuf>,
    /// The folder that these are mirrored from, absolute.
    pub base: Option<PathBuf>,
    /// Which photos are wanted.
    pub selection: Selection,
    /// The output folder, absolute.
    pub output: PathBuf,
    /// Where the run's state lives: journal, staging, lock and report; absolute.
    pub state: PathBuf,
    /// Whether other runs may write to the output folder meanwhile: nobody else knows this one's state.
    pub leaves_output_open: bool,
    /// Filters and output settings; the files that they name are real paths.
    pub recipe: Recipe,
    /// The file that the recipe was read from.
    pub recipe_file: Option<PathBuf>,
    /// How the results of each output of the recipe are named, in the order of the outputs.
    pub names: Vec<NameTemplate>,
    /// The times that the results' files get.
    pub times: FileTimes,
    /// The number of the first photo.
    pub start: u64,
    /// What the photos are put in order by.
    pub sort_by: SortBy,
    /// What is done about files in the way.
    pub on_conflict: OnConflict,
    /// Images at a time.
    pub workers: u16,
    /// How these are spread over processes.
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
    /// Make results again that an older engine revision made.
    pub refresh: bool,
    /// Folders that inputs and outputs may not leave.
    pub fence: Fence,
    /// How progress is shown.
    pub progress: ProgressMode,
    /// Files that the report is written to.
    pub reports: Vec<(PathBuf, ReportFormat)>,
    /// The file that the manifest is written to.
    pub manifest: Option<PathBuf>,
    /// What is started when the run is over.
    pub then: Option<ThenCommand>,
    /// Print failures only.
    pub quiet: bool,
    /// Print the settings.
    pub verbose: bool,
    /// What the user should know of the settings.
    pub notes: Vec<String>,
}

impl RunSettings {
    /// From these inputs into this folder, everything else as it is unless told otherwise.
    pub(crate) fn new(inputs: Vec<PathBuf>, output: PathBuf) -> Self {
        Self {
            inputs,
            listed: Vec::new(),
            base: None,
            selection: Selection::default(),
            state: state_folder(&output),
            leaves_output_open: false,
            output,
            recipe: Recipe::default(),
            recipe_file: None,
            names: vec![NameTemplate::default()],
            times: FileTimes::default(),
            start: START,
            sort_by: SortBy::default(),
            on_conflict: OnConflict::default(),
            workers: default_workers(),
            isolation: Isolation::default(),
            timeout: DEFAULT_TIMEOUT,
            retries: DEFAULT_RETRIES,
            limits: Limits::new(DEFAULT_MAX_PIXELS, MemoryBudget::default().bytes()),
            recycle_after: None,
            sandbox: SandboxMode::default(),
            dry_run: false,
            fresh: false,
            refresh: false,
            fence: Fence::default(),
            progress: ProgressMode::default(),
            reports: Vec::new(),
            manifest: None,
            then: None,
            quiet: false,
            verbose: false,
            notes: Vec::new(),
        }
    }

    /// How many worker processes there are, with how many lanes each.
    pub(crate) fn shape(&self) -> (u16, u16) {
        self.isolation.shape(self.workers)
    }

    /// What is made of each photo, as the report tells it: the filters that all outputs share, and each
    /// output.
    pub(crate) fn told(&self) -> (Vec<String>, Vec<RunOutput>) {
        let in_words = |filters: &[Filter]| filters.iter().map(ToString::to_string).collect::<Vec<_>>();
        let mut shared = in_words(&self.recipe.filters);
        let times = (self.times != FileTimes::default()).then(|| format!("times={}", self.times));
        let output = |(output, path): (&RecipeOutput, &NameTemplate)| {
            let Output { format, quality, target_quality, lossless, .. } = output.settings;
            let has_quality = format.is_none_or(|format| format.info().has_quality);
            let others = unusual(&output.settings).filter(|(name, _)| !["format", "quality"].contains(name));
            let changes = output.changes.typed().into_iter();
            RunOutput {
                name: output.name.clone(),
                path: path.to_string(),
                filters: in_words(&output.filters),
                format: format_word(format).to_owned(),
                quality: (has_quality && target_quality.is_none() && !lossless).then_some(quality),
                settings: others
                    .map(|(name, value)| format!("{name}={value}"))
                    .chain(changes.map(|(name, value)| format!("{name}={value}")))
                    .chain(times.clone())
                    .collect(),
            }
        };
        let mut outputs: Vec<RunOutput> = self.recipe.outputs.iter().zip(&self.names).map(output).collect();
        if let [only] = outputs.as_mut_slice() {
            shared.append(&mut only.filters);
        }
        (shared, outputs)
    }

    /// What would have to be typed to do what the page has ordered, word by word; what is as by default is
    /// left out.
    pub(crate) fn command(&self) -> Vec<String> {
        let program = ["supervisor".to_owned(), "run".to_owned()].into_iter();
        let inputs = self.inputs.iter().map(|input| escape(input));
        let output = ["-o".to_owned(), escape(&self.output)];
        let options = self.options_in_words().into_iter().chain(self.recipe_in_words());
        program.chain(inputs).chain(output).chain(options).collect()
    }

    /// The options but for the recipe's.
    fn options_in_words(&self) -> Vec<String> {
        let RunSettings {
            output,
            state,
            times,
            start,
            sort_by,
            on_conflict,
            workers,
            isolation,
            timeout,
            retries,
            fresh,
            refresh,
            // Said beside these options.
            inputs: _,
            recipe: _,
            names: _,
            // The page cannot order them, or nobody types them.
            listed: _,
            base: _,
            selection: _,
            leaves_output_open: _,
            recipe_file: _,
            limits: _,
            recycle_after: _,
            sandbox: _,
            dry_run: _,
            fence: _,
            progress: _,
            reports: _,
            manifest: _,
            then: _,
            quiet: _,
            verbose: _,
            notes: _,
        } = self;
        let usual = RunSettings::new(Vec::new(), PathBuf::new());
        let option = |name: &str, value: &dyn ToString, differs: bool| {
            differs.then(|| format!("--{name}={}", value.to_string()))
        };
        let options = [
            option("times", times, *times != usual.times),
            option("start", start, *start != usual.start),
            option("order", sort_by, *sort_by != usual.sort_by),
            option("on-conflict", on_conflict, *on_conflict != usual.on_conflict),
            option("isolation", isolation, *isolation != usual.isolation),
            option("workers", workers, *workers != usual.workers),
            option("timeout", &DurationText(*timeout), *timeout != usual.timeout),
            option("retries", retries, *retries != usual.retries),
            fresh.then(|| "--fresh".to_owned()),
            refresh.then(|| "--refresh".to_owned()),
            option("state", &escape(state), *state != state_folder(output)),
        ];
        options.into_iter().flatten().collect()
    }

    /// The options of the recipe, and of its results' names.
    fn recipe_in_words(&self) -> Vec<String> {
        let Some(only) = self.recipe.outputs.only() else {
            // Options are for one output.
            return vec!["--recipe=RECIPE.toml".to_owned()];
        };
        let name = self.names.first().filter(|name| **name != NameTemplate::default());
        let name = name.map(|name| format!("--name={name}"));
        let filters = self.recipe.filters_of(only);
        let filters = filters.flat_map(|filter| ["-f".to_owned(), filter.to_string()]);
        let settings = unusual(&only.settings);
        let settings = settings.map(|(name, value)| option_of(name, &value));
        let changes = only.changes.typed().into_iter().map(|(name, value)| format!("--{name}={value}"));
        name.into_iter().chain(filters).chain(settings).chain(changes).collect()
    }
}

/// An output setting as it is typed.
fn option_of(setting: &str, value: &Scalar) -> String {
    let name = setting.replace('_', "-");
    match value {
        // What is on by default has no option.
        Scalar::Switch(_) => format!("--{name}"),
        Scalar::Text(_) | Scalar::Number(_) | Scalar::Whole(_) => format!("--{name}={value}"),
    }
}

/// The settings of an output that are not as by default.
fn unusual(settings: &Output) -> impl Iterator<Item = (&'static str, Scalar)> {
    let usual = Output::default().values();
    settings.values().into_iter().filter(move |value| !usual.contains(value))
}
