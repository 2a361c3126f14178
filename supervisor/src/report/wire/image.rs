//! One image as it is told: in the report, in the event of its verdict, in the list of a batch's images.

use std::path::PathBuf;

use engine::verdict::Verdict;
use engine::worker::WorkerId;
use pool::commit::PlannedResult;
use pool::escape::{escape_text, path_text};
use protocol::outcome::{ErrorKind, PerStage, Stage, StagedResult};
use serde::{Deserialize, Serialize};

use super::failure::reason;
use super::rounded;
use super::verdict::VerdictKind;
use super::worker::WorkerName;
use crate::plan::{Action, PlannedJob};

/// One image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Image<V = VerdictKind> {
    /// As the user knows it; bytes that are not UTF-8 are written as `\xNN`.
    pub input: String,
    /// The first result, if this run made it or had no need to.
    pub output: Option<String>,
    /// Every result, in the order of the recipe's outputs.
    #[serde(default)]
    pub outputs: Vec<ImageOutput>,
    /// The final word.
    pub verdict: V,
    /// Where it went wrong, if the worker could say.
    #[cfg_attr(test, schemars(with = "Option<super::schema::StageName>"))]
    pub stage: Option<Stage>,
    /// What kind of trouble.
    #[cfg_attr(test, schemars(with = "Option<super::schema::ErrorKindName>"))]
    pub kind: Option<ErrorKind>,
    /// The trouble in words, the reason of a skip, or the warnings of an `ok` image.
    pub detail: Option<String>,
    /// Attempts made, lost ones included.
    pub attempts: u32,
    /// Who made the last attempt: `slot.generation`.
    pub worker: Option<WorkerName>,
    /// Pixels across of the first result.
    pub width: Option<u32>,
    /// Pixels down of the first result.
    pub height: Option<u32>,
    /// Bytes of the input.
    pub bytes_in: u64,
    /// Bytes of all results.
    pub bytes_out: Option<u64>,
    /// Milliseconds that each stage took.
    #[cfg_attr(test, schemars(with = "Option<super::schema::Stages>"))]
    pub ms: Option<PerStage<f64>>,
}

/// One result of an image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ImageOutput {
    /// The name of the recipe's output; `null` where there is only one.
    pub name: Option<String>,
    /// The file.
    pub output: String,
    /// Its format; `null` where this run did not make it.
    pub format: Option<String>,
    /// Pixels across.
    pub width: Option<u32>,
    /// Pixels down.
    pub height: Option<u32>,
    /// Its size.
    pub bytes: Option<u64>,
    /// The quality, where it was chosen for this photo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<u8>,
    /// The score that SSIMULACRA2 gives the result, where the quality was chosen for that: 100 is the picture
    /// itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
}

impl ImageOutput {
    /// Those that a run made.
    fn made(names: &[String], planned: &[PlannedResult], results: &[StagedResult]) -> Vec<ImageOutput> {
        let output = |(index, (planned, result)): (usize, (&PlannedResult, &StagedResult))| ImageOutput {
            name: names.get(index).cloned(),
            output: path_text(&planned.output),
            format: Some(planned.format.info().name.to_owned()),
            width: Some(result.width),
            height: Some(result.height),
            bytes: Some(result.bytes),
            quality: result.chosen.map(|chosen| chosen.quality),
            score: result.chosen.and_then(|chosen| Some(f64::from(chosen.score?) / 100.0)),
        };
        planned.iter().zip(results).enumerate().map(output).collect()
    }

    /// Those that stand there already.
    fn standing(names: &[String], outputs: &[PathBuf]) -> Vec<ImageOutput> {
        let output = |(index, output): (usize, &PathBuf)| ImageOutput {
            name: names.get(index).cloned(),
            output: path_text(output),
            format: None,
            width: None,
            height: None,
            bytes: None,
            quality: None,
            score: None,
        };
        outputs.iter().enumerate().map(output).collect()
    }
}

impl Image {
    /// What the report says of one job of a plan whose outputs have these names.
    pub(crate) fn new(
        names: &[String],
        job: &PlannedJob,
        verdict: &Verdict,
        attempts: u32,
        worker: Option<WorkerId>,
    ) -> Image {
        let outputs = match (&job.action, verdict) {
            (Action::Process { results, .. }, Verdict::Ok(processed)) => {
                ImageOutput::made(names, results, &processed.results)
            }
            (Action::Skip { outputs, .. }, Verdict::Skipped(_)) => ImageOutput::standing(names, outputs),
            (Action::Process { .. } | Action::Skip { .. } | Action::Fail(_), _) => Vec::new(),
        };
        let image = Image {
            input: path_text(&job.shown),
            output: outputs.first().map(|first| first.output.clone()),
            outputs,
            verdict: VerdictKind::of(verdict),
            stage: None,
            kind: None,
            detail: None,
            attempts,
            worker: worker.map(WorkerName),
            width: None,
            height: None,
            bytes_in: job.bytes,
            bytes_out: None,
            ms: None,
        };
        match verdict {
            Verdict::Ok(processed) => Image {
                detail: (!processed.warnings.is_empty()).then(|| processed.warnings.join("; ")),
                width: processed.results.first().map(|result| result.width),
                height: processed.results.first().map(|result| result.height),
                bytes_in: processed.bytes_in,
                bytes_out: Some(processed.bytes_out()),
                ms: Some(processed.timings.map(|spent| rounded(spent.as_secs_f64() * 1e3))),
                ..image
            },
            Verdict::Skipped(reason) => Image { detail: Some(reason.name().to_owned()), ..image },
            Verdict::Failed(error) => Image {
                stage: Some(error.stage),
                kind: Some(error.kind),
                detail: Some(error.detail.clone()),
                ..image
            },
            Verdict::Quarantined(loss) => {
                Image { kind: Some(loss.cause.kind()), detail: Some(loss.detail.clone()), ..image }
            }
            Verdict::Cancelled | Verdict::NotRun => image,
        }
    }
}

impl<V> Image<V> {
    /// The same with another word for its verdict.
    pub(crate) fn with_verdict<W>(self, verdict: W) -> Image<W> {
        let Image { input, output, outputs, stage, kind, detail, attempts, worker, .. } = self;
        let Image { width, height, bytes_in, bytes_out, ms, .. } = self;
        Image {
            input,
            output,
            outputs,
            verdict,
            stage,
            kind,
            detail,
            attempts,
            worker,
            width,
            height,
            bytes_in,
            bytes_out,
            ms,
        }
    }
}

impl Image {
    /// Whether it became what it should, and there is something to be said of it.
    pub(crate) fn has_warnings(&self) -> bool {
        self.verdict == VerdictKind::Ok && self.detail.is_some()
    }
}

/// The warnings of an image in one line.
pub(crate) fn warning_line(image: &Image) -> String {
    format!("{}: {}", escape_text(&image.input), escape_text(image.detail.as_deref().unwrap_or_default()))
}

/// A failure in one line: which file, what happened, and the worker's own words.
pub(crate) fn failure_line(image: &Image) -> String {
    let mut line = escape_text(&image.input);
    if let Some(kind) = image.kind {
        line += &format!(": {}", reason(kind));
    }
    if let Some(detail) = image.detail.as_deref().filter(|detail| !detail.is_empty()) {
        line += &format!(" ({})", escape_text(detail));
    }
    line
}
