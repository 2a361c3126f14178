//! The options that say what is made of each photo: a recipe, filters, settings of its output. They become
//! one recipe, whatever command they are given to.

use std::path::{Path, PathBuf};

use clap::{Arg, Args};
use pool::escape::escape_text;
use pool::recipe_files::resolve_files;
use recipe::filter::{Color, Scalar, Watermark};
use recipe::format::{ColorPolicy, Effort, HdrPolicy, MetadataPolicy, RawPolicy, Subsampling};
use recipe::recipe::{Contradiction, DPI, Output, QUALITY, RAW_EXPOSURE, Recipe, RecipePart, TARGET_QUALITY};
use recipe::{Filter, Format};

use super::UsageError;
use super::metadata::MetadataArgs;
use super::recipe_file::{RecipeFile, mistake};
use super::values::{self, FilterSpec, FormatWord, whole, word};
use crate::plan::{NameTemplate, OutputNameError, is_photo_name, names_of_outputs, output_names};

/// An option that names an output setting says the default of recipes, unless it is only a switch.
fn with_default(option: Arg) -> Arg {
    let setting = Output::default().values().into_iter().find(|(name, _)| option.get_id() == name);
    match (setting, option.get_help()) {
        (Some((_, Scalar::Switch(_))), _) => option,
        (Some((_, default)), Some(help)) => {
            let help = format!("{help} [default: {default}]");
            option.help(help)
        }
        (None, _) | (_, None) => option,
    }
}

/// What is made of each photo.
#[derive(Debug, Args)]
#[command(mut_args = with_default)]
pub(crate) struct RecipeArgs {
    /// A filter, applied in the order given: NAME, NAME=VALUE or NAME:key=value,key=value (see `supervisor
    /// filters`)
    #[arg(short, long = "filter", value_name = "SPEC", hide_possible_values = true)]
    #[arg(value_parser = values::filter())]
    pub filters: Vec<FilterSpec>,
    /// A recipe: a file in TOML, or one that comes with the program (see `supervisor recipes`); filters given
    /// with -f come after it
    #[arg(short, long, value_name = "FILE|NAME")]
    pub recipe: Option<PathBuf>,
    /// Format of the results
    #[arg(long, value_name = "FORMAT", value_parser = values::format())]
    pub format: Option<FormatWord>,
    /// Quality of JPEG, WebP and AVIF, 1–100
    #[arg(long, value_name = "N", value_parser = whole(QUALITY))]
    pub quality: Option<u8>,
    /// The largest that a JPEG, WebP or AVIF may become, such as 500k or 2M (k is 1024); the quality is
    /// lowered as far as that takes, never below 20
    #[arg(long, value_name = "SIZE", value_parser = values::max_bytes)]
    pub max_bytes: Option<u64>,
    /// Instead of a quality: the smallest JPEG, WebP or AVIF that is as like the picture as this score of
    /// SSIMULACRA2, 1–100 (90: no difference is seen; 80: hardly any; 70: good; 50: fair)
    #[arg(long, value_name = "Q", value_parser = whole(TARGET_QUALITY), conflicts_with = "quality")]
    pub target_quality: Option<u8>,
    /// Chroma subsampling of JPEG
    #[arg(long, value_name = "S", value_parser = word::<Subsampling>())]
    pub subsampling: Option<Subsampling>,
    /// Progressive JPEG: seen coarsely before all of it has come, and a few percent smaller
    #[arg(long)]
    pub progressive: bool,
    /// fast, or small: files as small as the same quality can be, at several times the time
    #[arg(long, value_name = "HOW", value_parser = word::<Effort>(), hide_possible_values = true)]
    pub effort: Option<Effort>,
    /// Lose nothing: WebP without loss, JPEG turned, flipped and cropped without being encoded again; a photo
    /// that cannot become its result like that fails
    #[arg(long)]
    pub lossless: bool,
    /// The photo's own file as the result where that is smaller and nothing but the encoding would change
    #[arg(long)]
    pub keep_smaller: bool,
    /// Colour: srgb converts from the embedded profile, keep leaves pixels and profile alone
    #[arg(long, value_name = "C", value_parser = word::<ColorPolicy>(), hide_possible_values = true)]
    pub color: Option<ColorPolicy>,
    /// Metadata of the results
    #[arg(long, value_name = "M", value_parser = word::<MetadataPolicy>())]
    pub metadata: Option<MetadataPolicy>,
    #[command(flatten)]
    pub changes: MetadataArgs,
    /// Raw photos: develop the sensor's data, or take the embedded JPEG preview
    #[arg(long, value_name = "HOW", value_parser = word::<RawPolicy>())]
    pub raw: Option<RawPolicy>,
    /// Raw photos that are developed: so many stops more light, or less, before the tone curve, -5 to 5
    #[arg(long, value_name = "EV", value_parser = values::number(RAW_EXPOSURE), allow_hyphen_values = true)]
    pub raw_exposure: Option<f32>,
    /// The HDR gain map of a photo: keep takes it along into JPEG, drop leaves it out
    #[arg(long, value_name = "HOW", value_parser = word::<HdrPolicy>())]
    pub hdr: Option<HdrPolicy>,
    /// What transparency is laid over where the format has none: #rrggbb or a name
    #[arg(long, value_name = "COLOR", value_parser = values::color(), hide_possible_values = true)]
    pub background: Option<Color>,
    /// Pixels per inch that the results state, 1–65535, for printing; without it what the photo states
    #[arg(long, value_name = "N", value_parser = whole(DPI))]
    pub dpi: Option<u16>,
}

/// What was asked for as one recipe, and the file that it came from, if there was one.
#[derive(Debug)]
pub(super) struct AskedRecipe {
    pub(super) recipe: Recipe,
    pub(super) file: Option<RecipeFile>,
}

impl RecipeArgs {
    /// The recipe file first, then `-f`, then the options that name an output setting.
    pub(super) fn recipe(&self) -> Result<AskedRecipe, UsageError> {
        let file = self.recipe.as_deref().map(RecipeFile::read).transpose()?;
        let mut recipe = file.as_ref().map_or(Ok(Recipe::default()), RecipeFile::recipe)?;
        resolve_files(&mut recipe, file.as_ref().and_then(RecipeFile::folder))
            .map_err(|error| mistake(file.as_ref(), Some(error.part()), &error.to_string()))?;
        self.filters.iter().try_for_each(check_words)?;
        let filters = self.filters.iter().map(|spec| spec.filter.clone()).collect();
        let mut typed = Recipe { filters, ..Recipe::default() };
        resolve_files(&mut typed, None).map_err(|error| UsageError(error.to_string()))?;
        if recipe.outputs.only().is_some_and(|only| only.filters.is_empty()) {
            recipe.filters.extend(typed.filters);
        } else {
            recipe.outputs.iter_mut().for_each(|output| output.filters.extend_from_slice(&typed.filters));
        }
        if let Some(raw) = self.raw {
            recipe.outputs.iter_mut().for_each(|output| output.settings.raw = raw);
        }
        if let Some(stops) = self.raw_exposure {
            recipe.outputs.iter_mut().for_each(|output| output.settings.raw_exposure = stops);
        }
        self.set_output(&mut recipe)?;
        self.changes.add_to(&mut recipe)?;
        Ok(AskedRecipe { recipe, file })
    }

    /// The options that name an output setting: they are for the only output.
    fn set_output(&self, recipe: &mut Recipe) -> Result<(), UsageError> {
        let given = [
            ("--format", self.format.is_some()),
            ("--quality", self.quality.is_some()),
            ("--max-bytes", self.max_bytes.is_some()),
            ("--target-quality", self.target_quality.is_some()),
            ("--subsampling", self.subsampling.is_some()),
            ("--progressive", self.progressive),
            ("--effort", self.effort.is_some()),
            ("--lossless", self.lossless),
            ("--keep-smaller", self.keep_smaller),
            ("--color", self.color.is_some()),
            ("--metadata", self.metadata.is_some()),
            ("--hdr", self.hdr.is_some()),
            ("--background", self.background.is_some()),
            ("--dpi", self.dpi.is_some()),
        ];
        let names = output_names(recipe);
        let Some(only) = recipe.outputs.only_mut() else {
            let Some((option, _)) = given.into_iter().find(|(_, given)| *given) else { return Ok(()) };
            return Err(UsageError(format!(
                "{option}: the recipe has several outputs ({names}); write it into the one that it is for"
            )));
        };
        let output = &mut only.settings;
        if let Some(FormatWord(format)) = self.format {
            output.format = format;
        }
        // The one way to choose a quality takes the place of the other.
        match (self.quality, self.target_quality) {
            (Some(quality), _) => (output.quality, output.target_quality) = (quality, None),
            (None, Some(target)) => {
                (output.quality, output.target_quality) = (Output::default().quality, Some(target));
            }
            (None, None) => {}
        }
        output.max_bytes = self.max_bytes.or(output.max_bytes);
        output.subsampling = self.subsampling.unwrap_or(output.subsampling);
        output.progressive |= self.progressive;
        output.effort = self.effort.unwrap_or(output.effort);
        output.lossless |= self.lossless;
        output.keep_smaller |= self.keep_smaller;
        output.color = self.color.unwrap_or(output.color);
        output.metadata = self.metadata.unwrap_or(output.metadata);
        output.hdr = self.hdr.unwrap_or(output.hdr);
        output.background = self.background.unwrap_or(output.background);
        output.dpi = self.dpi.or(output.dpi);
        Ok(())
    }

    /// Options that were given and change nothing.
    pub(super) fn notes(&self, recipe: &Recipe) -> Vec<String> {
        let Some(Output { format: Some(format), lossless, .. }) =
            recipe.outputs.only().map(|only| only.settings)
        else {
            return Vec::new();
        };
        let is_transparent = format.info().written.is_some_and(|written| written.transparency);
        let useless = [
            ("--quality", self.quality.is_some() && (lossless || !format.info().has_quality)),
            ("--subsampling", self.subsampling.is_some() && (lossless || format != Format::Jpeg)),
            ("--progressive", self.progressive && format != Format::Jpeg),
            ("--effort", self.effort.is_some() && format == Format::Tiff),
            ("--background", self.background.is_some() && is_transparent),
        ];
        let useless = useless.into_iter().filter(|(_, useless)| *useless);
        useless.map(|(option, _)| format!("{option} changes nothing in a {format} file")).collect()
    }

    /// A name for the results of each output; `given` stands beside the recipe. Without `may_count`, none may
    /// have the number of the photo.
    pub(super) fn names(
        &self,
        asked: &mut AskedRecipe,
        given: Option<NameTemplate>,
        may_count: bool,
    ) -> Result<Vec<NameTemplate>, UsageError> {
        let AskedRecipe { recipe, file } = asked;
        let is_typed = given.is_some();
        let names = names_of_outputs(recipe, given).map_err(|error| match error {
            OutputNameError::Several(_) | OutputNameError::Given(_) => UsageError(format!("--name: {error}")),
            OutputNameError::Contradiction { problem, .. } if self.has_given(problem.setting) => {
                let Contradiction { setting, problem } = problem;
                UsageError(format!("--{} {problem}", setting.replace('_', "-")))
            }
            OutputNameError::Path { .. }
            | OutputNameError::Nameless { .. }
            | OutputNameError::Contradiction { .. }
            | OutputNameError::Twins { .. } => mistake(file.as_ref(), error.part(), &error.to_string()),
        })?;
        let counting = names.iter().enumerate().find(|(_, name)| !may_count && name.counts());
        if let Some((output, name)) = counting {
            let part = (!is_typed).then_some(RecipePart::Output { output, key: "path" });
            let problem = format!(
                "{name}: {{index}} counts the photos of one run, and a folder that is watched has another \
                 order after each start; use {{date}}, {{time}} or {{stem}}"
            );
            return Err(mistake(file.as_ref(), part, &problem));
        }
        Ok(names)
    }

    /// Whether a setting that can contradict others was given as an option.
    fn has_given(&self, setting: &str) -> bool {
        match setting {
            "max_bytes" => self.max_bytes.is_some(),
            "target_quality" => self.target_quality.is_some(),
            "lossless" => self.lossless,
            _ => false,
        }
    }
}

/// `watermark=logo.png` means the image, and would write its name on every photo, be it there or not.
fn check_words(filter: &FilterSpec) -> Result<(), UsageError> {
    let is_short = filter.text.find('=') < filter.text.find(':').or(Some(usize::MAX));
    let Filter::Watermark(Watermark { text: Some(text), .. }) = &filter.filter else { return Ok(()) };
    let text = text.to_string();
    let path = Path::new(&text);
    let is_drawing = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("svg"));
    if is_short && (is_photo_name(path) || is_drawing) {
        let text = escape_text(&text);
        return Err(UsageError(format!(
            "watermark: {text} is the name of an image; write watermark:image={text}, or \
             watermark:text={text} for these very words"
        )));
    }
    Ok(())
}
