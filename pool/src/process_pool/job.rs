//! What a pool can be asked to do, and why it may refuse.

use std::fmt;
use std::marker::PhantomData;
use std::path::{Component, Path, PathBuf};

use protocol::outcome::{Done, Probed, Processed};
use protocol::{ErrorKind, JobError, PlannedPhoto, Stage};
use recipe::Format;

use crate::commit::{PlannedResult, Replace};
use crate::escape::escape;
use crate::journal::FileState;
use crate::order::Work;
use engine::verdict::Loss;

/// Work for one photo. `A` is the answer: [`Processed`] or [`Probed`].
#[derive(Debug, Clone)]
pub struct Job<A> {
    input: PathBuf,
    kind: JobKind,
    answer: PhantomData<fn() -> A>,
}

#[derive(Debug, Clone)]
enum JobKind {
    Process { results: Vec<WantedResult>, replace: bool },
    Probe,
}

/// A file to be made.
#[derive(Debug, Clone)]
struct WantedResult {
    output: PathBuf,
    /// Unless its name says it.
    format: Option<Format>,
}

impl Job<Probed> {
    /// Looks at header and metadata only: format, size, camera, lens, date, artist, title, stars.
    pub fn probe(input: impl Into<PathBuf>) -> Self {
        Self { input: input.into(), kind: JobKind::Probe, answer: PhantomData }
    }
}

impl Job<Processed> {
    /// Puts a photo through the pool's recipe. The output is named from the pool's output folder on, and
    /// must be in it. It appears complete or not at all, and never in the place of another file. In texts on
    /// it, `{index}` is the job's number among those of the pool, and `{dir}` nothing.
    pub fn process(input: impl Into<PathBuf>, output: impl Into<PathBuf>) -> Self {
        let kind = JobKind::Process { results: Vec::new(), replace: false };
        Self { input: input.into(), kind, answer: PhantomData }.and(output)
    }

    /// Names the file for the next output of a recipe that has several. All of them appear, or none.
    pub fn and(mut self, output: impl Into<PathBuf>) -> Self {
        if let JobKind::Process { results, .. } = &mut self.kind {
            results.push(WantedResult { output: output.into(), format: None });
        }
        self
    }

    /// Writes this format, whatever the ending of the name says that was given last.
    pub fn format(mut self, to: Format) -> Self {
        if let JobKind::Process { results, .. } = &mut self.kind
            && let Some(last) = results.last_mut()
        {
            last.format = Some(to);
        }
        self
    }

    /// Lets the results replace files that stand in their place.
    pub fn replace(mut self) -> Self {
        if let JobKind::Process { replace, .. } = &mut self.kind {
            *replace = true;
        }
        self
    }
}

impl<A> Job<A> {
    /// The photo as it was named.
    pub fn input(&self) -> &Path {
        &self.input
    }

    /// The job as a driver takes it that makes so many `outputs` of each photo.
    pub(super) fn work(&self, output_folder: Option<&Path>, outputs: usize) -> Result<Work, SubmitError> {
        let input = absolute(&self.input)?;
        Ok(match &self.kind {
            JobKind::Probe => Work::Probe { input, sidecars: Vec::new() },
            JobKind::Process { results, replace } => {
                let folder = output_folder.ok_or(SubmitError::NoOutputFolder)?;
                if results.len() != outputs {
                    return Err(SubmitError::Outputs { named: results.len(), outputs });
                }
                let replace = if *replace { Replace::Anything } else { Replace::Nothing };
                let results = results.iter().map(|result| result.planned(folder, replace));
                // A pool writes nothing down, so it does not matter what the input looked like.
                let seen = FileState::default();
                let results = results.collect::<Result<_, _>>()?;
                let changed = std::fs::metadata(&input).map(|file| FileState::of(&file).modified.by_clock());
                let changed = changed.unwrap_or_default();
                let planned = PlannedPhoto { changed, ..PlannedPhoto::default() };
                Work::Process { input, results, seen, modified: None, planned }
            }
        })
    }
}

impl WantedResult {
    fn planned(&self, folder: &Path, replace: Replace) -> Result<PlannedResult, SubmitError> {
        let refused = |path: &Path, reason: &str| SubmitError::Path {
            path: path.to_owned(),
            reason: reason.to_owned(),
        };
        let of_name = || Format::from_extension(self.output.extension()?.to_str()?);
        let format = self.format.or_else(of_name).filter(|format| format.info().encodes());
        let format =
            format.ok_or_else(|| refused(&self.output, "its ending names no format that is written"))?;
        let output = absolute(&folder.join(&self.output))?;
        let is_inside = output
            .strip_prefix(folder)
            .is_ok_and(|below| below.components().all(|part| matches!(part, Component::Normal(_))));
        match is_inside {
            true => Ok(PlannedResult { output, format, replace }),
            false => Err(refused(&output, "it is not in the pool's output folder")),
        }
    }
}

fn absolute(path: &Path) -> Result<PathBuf, SubmitError> {
    std::path::absolute(path)
        .map_err(|error| SubmitError::Path { path: path.to_owned(), reason: error.to_string() })
}

/// The answer to a [`Job`].
pub trait JobAnswer: Sized + sealed::Sealed {
    #[doc(hidden)]
    fn of(done: Done) -> Option<Self>;
}

impl JobAnswer for Processed {
    fn of(done: Done) -> Option<Self> {
        match done {
            Done::Processed(processed) => Some(processed),
            Done::Probed(_) | Done::Checked => None,
        }
    }
}

impl JobAnswer for Probed {
    fn of(done: Done) -> Option<Self> {
        match done {
            Done::Probed(probed) => Some(*probed),
            Done::Processed(_) | Done::Checked => None,
        }
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Processed {}
    impl Sealed for super::Probed {}
}

/// Why a job was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "fields whose names say it all need no sentence")]
pub enum SubmitError {
    /// The pool was closed or shut down before.
    #[error("the pool has been shut down")]
    ShutDown,
    /// The pool cannot go on, for this reason.
    #[error("the pool cannot run: {0}")]
    PoolFailed(String),
    /// A photo would be written, and the pool has no output folder.
    #[error("the pool has no output folder; give its builder one")]
    NoOutputFolder,
    /// The recipe makes more or fewer files of a photo than were named.
    #[error("{named} output files are named, and the recipe makes {outputs}")]
    Outputs {
        /// By the job.
        named: usize,
        /// Of the pool's recipe.
        outputs: usize,
    },
    /// The input or the output cannot be used.
    #[error("{}: {reason}", escape(.path))]
    Path {
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// Why a job has no answer. It says nothing about other jobs, except for [`JobFailure::PoolFailed`].
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum JobFailure {
    /// The worker answered with an error, or the output could not be published.
    #[error(transparent)]
    Failed(#[from] JobError),
    /// Each worker that tried it crashed, hung or ran out of memory.
    #[error("{}", in_words(.0))]
    Quarantined(Loss),
    /// It was called off, by [`super::JobHandle::cancel`] or by a shutdown.
    #[error("the job was cancelled")]
    Cancelled,
    /// The pool as a whole could not go on.
    #[error("the pool cannot run: {0}")]
    PoolFailed(String),
    /// It was not taken; only [`super::ProcessPool::map`] says so here.
    #[error(transparent)]
    NotSubmitted(#[from] SubmitError),
}

fn in_words(Loss { cause, detail }: &Loss) -> impl fmt::Display {
    format!("{}: {detail}", cause.kind())
}

/// To a worker that answers what was not asked.
pub(super) fn unasked() -> JobFailure {
    let detail = "the worker answered a question that was not asked";
    JobFailure::Failed(JobError::new(Stage::Read, ErrorKind::Crashed, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(job: &Job<Processed>, outputs: usize) -> Result<Vec<PlannedResult>, String> {
        match job.work(Some(Path::new("/out")), outputs) {
            Ok(Work::Process { results, .. }) => Ok(results),
            Ok(Work::Probe { .. } | Work::Check) => panic!("not to be processed"),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn the_ending_of_the_output_decides_about_its_format_unless_told() {
        let format = |job: Job<Processed>| results(&job, 1).map(|results| results[0].format);
        assert_eq!(format(Job::process("a.png", "a.JPG")), Ok(Format::Jpeg));
        assert_eq!(format(Job::process("a.png", "a.JPG").format(Format::Png)), Ok(Format::Png));
        let refused = Err("a.gif: its ending names no format that is written".to_owned());
        assert_eq!(format(Job::process("a.png", "a.gif")), refused);
        assert!(format(Job::process("a.png", "a")).is_err());
    }

    #[test]
    fn outputs_are_named_from_the_output_folder_on() {
        let output = |name: &str| results(&Job::process("a.png", name), 1).unwrap()[0].output.clone();
        assert_eq!(output("b/a.png"), Path::new("/out/b/a.png"));
        assert_eq!(output("/out/a.png"), Path::new("/out/a.png"));
        for outside in ["/elsewhere/a.png", "../a.png", "b/../../a.png"] {
            let error = results(&Job::process("a.png", outside), 1).unwrap_err();
            assert!(error.contains("not in the pool's output folder"), "{error}");
        }
        let refused = Job::process("a.png", "a.png").work(None, 1).unwrap_err();
        assert_eq!(refused, SubmitError::NoOutputFolder);
        assert!(Job::probe("").work(None, 1).is_err());
    }

    #[test]
    fn each_output_of_the_recipe_has_its_file() {
        let job = Job::process("a.png", "web/a.webp").and("print/a.tif").and("a").format(Format::Png);
        let formats = results(&job, 3).map(|results| results.iter().map(|result| result.format).collect());
        assert_eq!(formats, Ok(vec![Format::Webp, Format::Tiff, Format::Png]));
        let error = results(&job, 2).unwrap_err();
        assert_eq!(error, "3 output files are named, and the recipe makes 2");
    }
}
