//! A recipe as a lane carries it out: a trunk of what is done once for all outputs, and a branch for what is
//! done for each of them. Outputs that treat the photo's colours in another way have a trunk of their own,
//! since the colours come first.
//!
//! Owned by the lane's processor, with all that the pipelines keep between pictures.

use protocol::JobError;
use protocol::limits::Limits;
use recipe::filter::{Border, Caption, Color, Frame, Pad};
use recipe::format::{ColorPolicy, RawPolicy};
use recipe::metadata::MetadataChanges;
use recipe::recipe::{Output, RecipeOutput};
use recipe::template::Template;
use recipe::{Filter, Format, Recipe};

use super::blocks::{KeepsBlocks, changes_pixels};
use super::starts::starts;
use crate::codec::{self, Header, Wanted};
use crate::gain_map::{self, Conditions};
use crate::pipeline::{Files, Pipeline};

/// The trunks of a recipe.
pub(super) struct ReadyRecipe {
    pub(super) trunks: Vec<Trunk>,
    /// The exposures that the recipe begins with, in stops: pictures of light get them from their decoder.
    ev: Option<f32>,
    pub(super) raw: RawPolicy,
    raw_exposure: f32,
    /// Whether any text asks for what a photo says.
    pub(super) asks_photo: bool,
}

/// What outputs have in common.
pub(super) struct Trunk {
    pub(super) color: ColorPolicy,
    pipeline: Pipeline,
    /// Without the exposures that the recipe begins with.
    of_light: Option<Pipeline>,
    pub(super) branches: Vec<Branch>,
}

/// What is done for one output.
pub(super) struct Branch {
    /// Its place among the outputs of the recipe.
    pub(super) index: usize,
    pub(super) name: Option<String>,
    pub(super) is_one_of_several: bool,
    pub(super) pipeline: Pipeline,
    pub(super) settings: Output,
    pub(super) changes: MetadataChanges,
    /// Whether any filter is applied on the way to it.
    pub(super) has_filters: bool,
    /// The filter on the way to it that takes an HDR gain map away.
    spoiler: Option<&'static str>,
    /// The filter on the way to it that does more than move pixels.
    pub(super) changes_pixels: Option<&'static str>,
    pub(super) keeps_blocks: KeepsBlocks,
}

impl ReadyRecipe {
    pub(super) fn new(recipe: &Recipe, limits: &Limits, files: &Files<'_>) -> ReadyRecipe {
        let pipeline = |filters: &[Filter]| Pipeline::new(filters, limits, files);
        let chains: Vec<Vec<Filter>> =
            recipe.outputs.iter().map(|output| recipe.filters_of(output).cloned().collect()).collect();
        let common = common_beginning(recipe, &chains);
        let shared = chains.first().and_then(|chain| chain.get(..common)).unwrap_or_default();
        let (ev, rest) = exposure(shared);
        let mut trunks: Vec<Trunk> = Vec::new();
        for (index, (output, chain)) in recipe.outputs.iter().zip(&chains).enumerate() {
            let branch = Branch {
                index,
                name: output.name.clone(),
                is_one_of_several: chains.len() > 1,
                pipeline: pipeline(chain.get(common..).unwrap_or_default()),
                settings: Output { background: background(recipe, output), ..output.settings },
                changes: output.changes.clone(),
                has_filters: recipe.filters_of(output).next().is_some(),
                spoiler: gain_map::spoiler(recipe.filters_of(output)),
                changes_pixels: changes_pixels(recipe.filters_of(output)),
                keeps_blocks: KeepsBlocks::of(recipe, output),
            };
            let color = output.settings.color;
            match trunks.iter_mut().find(|trunk| trunk.color == color) {
                Some(trunk) => trunk.branches.push(branch),
                None => trunks.push(Trunk {
                    color,
                    pipeline: pipeline(shared),
                    of_light: ev.map(|_| pipeline(rest)),
                    branches: vec![branch],
                }),
            }
        }
        // What goes on with the picture itself comes last, when no other needs it any more.
        trunks.iter_mut().for_each(|trunk| trunk.branches.sort_by_key(|branch| branch.pipeline.is_empty()));
        let asks_photo = recipe.texts().any(Template::asks_photo);
        let Output { raw, raw_exposure, .. } = recipe.outputs.first.settings;
        ReadyRecipe { trunks, ev, raw, raw_exposure, asks_photo }
    }

    /// Why no picture can be made, if a file that a filter reads is of no use.
    pub(super) fn unusable(&self) -> Option<&JobError> {
        let branches = self.trunks.iter().flat_map(|trunk| &trunk.branches).map(|branch| &branch.pipeline);
        self.trunks.iter().map(|trunk| &trunk.pipeline).chain(branches).find_map(Pipeline::unusable)
    }

    /// What of a picture is wanted by any output.
    pub(super) fn wanted(&self, header: &Header) -> Wanted {
        if let Some(ev) = self.ev.filter(|_| header.format.info().is_light) {
            return Wanted { ev, ..Wanted::ALL };
        }
        let size = header.upright_size();
        let wanted = |trunk: &Trunk| match trunk.pipeline.is_empty() {
            true => either(trunk.branches.iter().map(|branch| branch.pipeline.wanted(size))),
            false => trunk.pipeline.wanted(size),
        };
        let wanted = either(self.trunks.iter().map(wanted));
        if header.format == Format::Raw { Wanted { ev: self.raw_exposure, ..wanted } } else { wanted }
    }

    /// Bytes that a job needs at most from the decoded picture on, where its results have these formats.
    pub(super) fn memory_needed(&self, header: &Header, formats: &[Format]) -> u64 {
        // While others are to come, the decoded picture stays.
        let kept = if self.trunks.len() > 1 { header.bytes() } else { 0 };
        let needed = self.trunks.iter().map(|trunk| trunk.memory_needed(header, formats)).max();
        kept.saturating_add(needed.unwrap_or_default())
    }
}

impl Trunk {
    /// The pipeline of all its outputs for a photo of this format, and its branches.
    pub(super) fn parts(&mut self, format: Format) -> (&mut Pipeline, &mut [Branch]) {
        let pipeline = match &mut self.of_light {
            Some(of_light) if format.info().is_light => of_light,
            Some(_) | None => &mut self.pipeline,
        };
        (pipeline, &mut self.branches)
    }

    /// The filters that each output has for itself.
    fn chains(&self) -> Vec<Vec<&Filter>> {
        self.branches.iter().map(|branch| branch.pipeline.filters()).collect()
    }

    fn memory_needed(&self, header: &Header, formats: &[Format]) -> u64 {
        let (size, sample) = (header.upright_size(), header.sample_bytes);
        let filtering =
            header.bytes().saturating_add(self.pipeline.memory_needed(size, header.channels, sample));
        let shared = self.pipeline.output_size(size);
        let starts = starts(shared, &self.chains());
        let branches = self.branches.iter().zip(starts).map(|(branch, start)| {
            let format = formats.get(branch.index).copied().unwrap_or(Format::Png);
            // A watermark can add colour and transparency to a grey picture.
            let result = branch.pipeline.output_size(shared);
            let pixels = result.pixels().saturating_mul(4 * sample);
            let is_tried = branch.settings.max_bytes.is_some() || branch.settings.target_quality.is_some();
            let copies = if is_tried { 4 } else { 3 };
            // The result, a converted copy and the encoded bytes at once, and the result once more where it
            // may be encoded again.
            let encoding = pixels.saturating_mul(copies).saturating_add(codec::encoder_memory(
                format,
                result,
                &branch.settings,
            ));
            // All coefficients of the photo, and once more as they are moved.
            let may_keep = format == Format::Jpeg && branch.keeps_blocks != KeepsBlocks::Never;
            let blocks = if may_keep { header.size.pixels().saturating_mul(2 * 6) } else { 0 };
            let encoding = encoding.saturating_add(blocks);
            let map = header.gain_map.filter(|_| branch.hdr(format).allow());
            let map = map.map_or(0, |map| gain_map::memory_needed(&map, result));
            let making = branch.pipeline.memory_needed(shared, header.channels, sample);
            // What it starts from stays, too.
            let start = start.map_or(0, |start| self.branches[start].pipeline.output_size(shared).pixels());
            making.max(encoding.saturating_add(map)).saturating_add(start.saturating_mul(4 * sample))
        });
        let kept = if self.branches.len() > 1 { shared.pixels().saturating_mul(4 * sample) } else { 0 };
        filtering.max(kept.saturating_add(branches.max().unwrap_or_default()))
    }
}

impl Branch {
    /// What decides about an HDR gain map in a result of this format.
    pub(super) fn hdr(&self, format: Format) -> Conditions {
        Conditions { policy: self.settings.hdr, format, spoiler: self.spoiler }
    }
}

/// What transparency is laid over where a result's format has none: the first canvas that the picture is put
/// on, else what was asked for.
fn background(recipe: &Recipe, output: &RecipeOutput) -> Color {
    let canvas = recipe.filters_of(output).find_map(|filter| {
        if let Filter::Pad(Pad { color, .. })
        | Filter::Border(Border { color, .. })
        | Filter::Frame(Frame { color, .. })
        | Filter::Caption(Caption { background: color, .. }) = filter
        {
            Some(*color)
        } else {
            None
        }
    });
    canvas.unwrap_or(output.settings.background)
}

/// How many filters all outputs begin with, those before the first text that each output has in its own way.
fn common_beginning(recipe: &Recipe, chains: &[Vec<Filter>]) -> usize {
    let [first, others @ ..] = chains else { return 0 };
    let is_common = |(place, filter): &(usize, &Filter)| {
        let is_own = !others.is_empty() && filter.texts().any(|text| recipe.differs_by_output(text));
        !is_own && others.iter().all(|other| other.get(*place) == Some(*filter))
    };
    first.iter().enumerate().take_while(is_common).count()
}

/// The exposure that filters begin with, in stops, and what comes after it. Light has to be exposed before it
/// is brought to what a screen shows: afterwards, a bright window made darker would be grey.
fn exposure(filters: &[Filter]) -> (Option<f32>, &[Filter]) {
    let ev = |filter: &Filter| if let Filter::Exposure(filter) = filter { Some(filter.ev) } else { None };
    let evs: Vec<f32> = filters.iter().map_while(ev).collect();
    let rest = filters.get(evs.len()..).unwrap_or_default();
    ((!evs.is_empty()).then(|| evs.iter().sum()), rest)
}

/// What is enough for all of these.
fn either(wanted: impl Iterator<Item = Wanted>) -> Wanted {
    let both = |one: Wanted, other: Wanted| Wanted {
        luma_only: one.luma_only && other.luma_only,
        shrink: one.shrink.min(other.shrink),
        ev: one.ev,
    };
    wanted.reduce(both).unwrap_or(Wanted::ALL)
}
