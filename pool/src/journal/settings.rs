//! What a run does to its inputs: how it is written down, and whether an earlier run did the same. Looks at
//! the files that filters read.

use std::io;

use recipe::recipe::{Output, RecipeOutput};
use recipe::{Filter, Recipe, WirePath};

use super::record::{FileState, RecordedSettings};
use super::{before, encoding};

/// What a run does to its inputs, to be recorded and to be compared with what earlier runs did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    recorded: RecordedSettings,
    /// As a release without engine revision would have recorded it, if it could.
    before: Option<Vec<u8>>,
}

/// What settings begin with that are recorded as text.
const AS_TEXT: &str = "settings as text";

/// What those of several outputs begin with.
const OF_SEVERAL: &str = "settings of several outputs as text";

impl Settings {
    /// The settings of a run with this recipe. They are kept as text, and values that are as by default are
    /// left out: so a filter can get another parameter, and what is recorded means the same as before. Where
    /// a default changes, results do too, which is a new engine revision. The format is left out, since each
    /// output has its own; files that the recipe names count with size and time.
    pub fn of(recipe: &Recipe) -> io::Result<Self> {
        let files = recipe.all_filters().flat_map(Filter::files);
        let files: Vec<Option<FileState>> = files.map(|file| state_of(&file)).collect();
        let recorded = match recipe.outputs.only() {
            Some(only) => {
                let filters: Vec<String> = recipe.filters_of(only).map(Filter::to_short_string).collect();
                encoding::encode(&(AS_TEXT, filters, in_words(only), &files))?
            }
            // Names and their templates count: with other ones, the files would be those of other outputs.
            None => {
                let output = |output: &RecipeOutput| {
                    let filters: Vec<String> =
                        recipe.filters_of(output).map(Filter::to_short_string).collect();
                    (output.name.clone(), output.path.clone(), filters, in_words(output))
                };
                let outputs: Vec<_> = recipe.outputs.iter().map(output).collect();
                encoding::encode(&(OF_SEVERAL, outputs, &files))?
            }
        };
        Ok(Self { recorded: RecordedSettings(recorded), before: before::settings(recipe, &files) })
    }

    /// As it is recorded.
    pub(super) fn into_record(self) -> RecordedSettings {
        self.recorded
    }

    /// Whether a run with these settings did the same.
    pub(super) fn are(&self, recorded: &RecordedSettings) -> bool {
        let as_before =
            || before::without_release(&recorded.0).is_some_and(|of| self.before.as_deref() == Some(of));
        self.recorded == *recorded || as_before()
    }
}

/// Every setting of an output that is not as by default, but for the format, and what changes its metadata.
fn in_words(output: &RecipeOutput) -> Vec<String> {
    let usual = Output::default().values();
    let values = output.settings.values().into_iter();
    let values = values.filter(|value| value.0 != "format" && !usual.contains(value));
    let values = values.map(|(name, value)| format!("{name}={value}"));
    let changes = output.changes.typed().into_iter().map(|(name, value)| format!("{name}={value}"));
    values.chain(changes).collect()
}

/// The state of a file that a filter reads; `None` if it cannot be looked at.
fn state_of(file: &WirePath) -> Option<FileState> {
    std::fs::metadata(file.as_path()).ok().map(|metadata| FileState::of(&metadata))
}
