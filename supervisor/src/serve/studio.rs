//! The studio, in which previews and thumbnails are made: each by a worker process of its own, in its
//! sandbox, that may read the roots and write to a temporary folder only. Results are kept in memory for a
//! while, up to a bound.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use axum::body::Bytes;
use recipe::filter::geometry::Size;
use recipe::filter::{Crop, Resize};
use recipe::format::{Format, MetadataPolicy};
use recipe::recipe::{Output, Recipe};
use tokio::sync::oneshot::Sender;

use super::gate::{Gate, Pass};
use super::messages::Problem;
use super::roots::Roots;
use crate::report::wire::http::Region;
use crate::scratch::Scratch;
use pool::lock::lock;
use pool::{Job, JobFailure, ProcessPool, Shutdown};

/// The longest that one may take to make.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Bytes of results that are kept.
const KEPT: usize = 96 << 20;

/// What makes them.
#[derive(Debug)]
pub(super) struct Studio {
    folder: Scratch,
    roots: Arc<Roots>,
    pub(super) previews: Arc<Gate>,
    pub(super) thumbnails: Arc<Gate>,
    kept: Mutex<Kept>,
}

/// Results by what they were made from, and the order in which they came.
#[derive(Debug, Default)]
struct Kept {
    made: HashMap<PreviewKey, Arc<Made>>,
    order: VecDeque<PreviewKey>,
    bytes: usize,
}

/// A question: the photo as it was, and what is done to it.
pub(super) type PreviewKey = (PathBuf, Option<SystemTime>, u64, String);

/// An answer.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) jpeg: Bytes,
    /// Of the whole result, in pixels.
    pub(super) size: Option<Size>,
    pub(super) region: Option<Region>,
}

/// One preview to be made.
#[derive(Debug)]
pub(super) struct PreviewOrder {
    pub(super) path: PathBuf,
    pub(super) recipe: Recipe,
    pub(super) view: View,
    pub(super) quality: u8,
    /// Whether to tell the size of the whole result, which costs a look at the header.
    pub(super) measured: bool,
}

/// How much of the result is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) enum View {
    /// All of it, in a square of this edge.
    Whole(u32),
    /// A part, pixel by pixel.
    Region(Region),
}

/// Why there is no preview.
#[derive(Debug)]
pub(super) enum PreviewRefusal {
    /// The question was wrong.
    Question(Problem),
    /// The preview cannot be made.
    Failed(JobFailure),
    /// Something is wrong here.
    Own(String),
}

impl Studio {
    pub(super) fn new(roots: Arc<Roots>) -> std::io::Result<Studio> {
        let folder = Scratch::make("supervisor-preview-")?;
        let (previews, thumbnails) = (Gate::new(2, 4), Gate::new(2, 48));
        Ok(Studio { folder, roots, previews, thumbnails, kept: Mutex::default() })
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        lock(&self.kept)
    }

    /// The answer to a question that was asked before.
    pub(super) fn find(&self, key: &PreviewKey) -> Option<Arc<Made>> {
        self.kept().made.get(key).cloned()
    }

    /// Makes a preview and keeps it. The pool is handed out as soon as there is one, to be killed if nobody
    /// waits any more.
    pub(super) fn make(
        &self,
        key: PreviewKey,
        order: PreviewOrder,
        pass: Pass,
        pool_made: Sender<Arc<ProcessPool>>,
    ) -> Result<Arc<Made>, PreviewRefusal> {
        let made = Arc::new(work(self, order, pass, pool_made)?);
        self.kept().keep(key, Arc::clone(&made));
        Ok(made)
    }

    /// The settings of a preview are those of the page; only how it is encoded is not.
    fn pool(&self, recipe: Recipe, output: Option<&Path>) -> Result<ProcessPool, PreviewRefusal> {
        let mut builder = ProcessPool::builder().workers(1).retries(0).timeout(TIMEOUT).recipe(recipe);
        for folder in self.roots.folders() {
            builder = builder.inputs(folder);
        }
        if let Some(output) = output {
            builder = builder.output(output);
        }
        builder.build().map_err(|error| PreviewRefusal::Own(error.to_string()))
    }

    fn size_of(&self, path: &Path, recipe: &Recipe) -> Result<Size, PreviewRefusal> {
        let pool = self.pool(Recipe::new(Vec::new(), recipe.outputs.first.settings), None)?;
        let probed = result(&pool, Job::probe(path));
        pool.shutdown(Shutdown::Finish);
        let probed = probed?;
        let size = Size::new(probed.width, probed.height);
        Ok(recipe.filters.iter().fold(size, |size, filter| filter.output_size(size)))
    }
}

/// Takes the job through a pool and waits for it.
fn result<A: pool::JobAnswer>(pool: &ProcessPool, job: Job<A>) -> Result<A, PreviewRefusal> {
    let handle = pool.submit(job).map_err(|error| PreviewRefusal::Own(error.to_string()))?;
    handle.result().map_err(PreviewRefusal::Failed)
}

fn work(
    studio: &Studio,
    order: PreviewOrder,
    pass: Pass,
    pool_made: Sender<Arc<ProcessPool>>,
) -> Result<Made, PreviewRefusal> {
    let PreviewOrder { path, recipe, view, quality, measured } = order;
    // Of several outputs the first is shown.
    let first = &recipe.outputs.first;
    let mut recipe = Recipe::new(recipe.filters_of(first).cloned().collect(), first.settings);
    let size = if measured { Some(studio.size_of(&path, &recipe)?) } else { None };
    let mut region = None;
    match (view, size) {
        (View::Region(asked), Some(size)) => {
            let part = within(asked, size).ok_or_else(|| {
                let Size { width, height } = size;
                PreviewRefusal::Question(Problem::new(format!(
                    "that part lies outside of the image, which has {width} × {height} pixels"
                )))
            })?;
            region = Some(part);
            let Region { x, y, width, height } = part;
            let [x, y, width, height] = [x, y, width, height].map(Some);
            recipe.filters.push(Crop { x, y, width, height, ..Crop::default() }.into());
        }
        (View::Whole(edge), _) => {
            recipe.filters.push(Resize { long_edge: Some(edge), ..Resize::default() }.into());
        }
        (View::Region(_), None) => return Err(PreviewRefusal::Own("the size is not known".into())),
    }
    let (format, metadata) = (Some(Format::Jpeg), MetadataPolicy::Strip);
    let settings = &mut recipe.outputs.first.settings;
    // Nothing that only concerns the size of files.
    let Output { subsampling, color, raw, hdr, background, .. } = *settings;
    let shown = Output { subsampling, color, raw, hdr, background, ..Output::default() };
    *settings = Output { format, quality, metadata, ..shown };
    let folder =
        tempfile::tempdir_in(studio.folder.path()).map_err(|error| PreviewRefusal::Own(error.to_string()))?;
    let pool = Arc::new(studio.pool(recipe, Some(folder.path()))?);
    // If the client went away already, the pool is done for when it is dropped below.
    if pool_made.send(Arc::clone(&pool)).is_err() {
        return Err(PreviewRefusal::Failed(JobFailure::Cancelled));
    }
    let made = result(&pool, Job::process(&path, "preview.jpg"));
    // Whoever went away has had it killed already.
    pool.shutdown(Shutdown::Finish);
    drop(pass);
    made?;
    let jpeg = std::fs::read(folder.path().join("preview.jpg"))
        .map_err(|error| PreviewRefusal::Own(error.to_string()))?;
    Ok(Made { jpeg: jpeg.into(), size, region })
}

impl PreviewOrder {
    /// Looks at the file: a photo that has changed is another question.
    pub(super) fn key(&self) -> PreviewKey {
        let PreviewOrder { path, recipe, view, quality, measured } = self;
        let metadata = std::fs::metadata(path).ok();
        let modified = metadata.as_ref().and_then(|metadata| metadata.modified().ok());
        let what = format!("{} {view:?} {quality} {measured}", recipe.to_toml());
        (path.clone(), modified, metadata.map_or(0, |metadata| metadata.len()), what)
    }
}

impl Kept {
    fn keep(&mut self, key: PreviewKey, made: Arc<Made>) {
        self.bytes += made.jpeg.len();
        if let Some(former) = self.made.insert(key.clone(), made) {
            self.bytes -= former.jpeg.len();
        } else {
            self.order.push_back(key);
        }
        while self.bytes > KEPT {
            let Some(oldest) = self.order.pop_front() else { break };
            if let Some(former) = self.made.remove(&oldest) {
                self.bytes -= former.jpeg.len();
            }
        }
    }
}

/// The part of a region that lies within an image.
fn within(region: Region, size: Size) -> Option<Region> {
    let Region { x, y, width, height } = region;
    let width = width.min(size.width.checked_sub(x).filter(|left| *left > 0)?);
    let height = height.min(size.height.checked_sub(y).filter(|left| *left > 0)?);
    Some(Region { x, y, width, height })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_cut_to_the_image() {
        let size = Size::new(100, 50);
        let region = |x, y, width, height| Region { x, y, width, height };
        assert_eq!(within(region(10, 20, 30, 30), size), Some(region(10, 20, 30, 30)));
        assert_eq!(within(region(90, 0, 30, 90), size), Some(region(90, 0, 10, 50)));
        assert_eq!(within(region(100, 0, 1, 1), size), None);
        assert_eq!(within(region(u32::MAX, 0, 1, 1), size), None);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut kept = Kept::default();
        let key = |n: usize| (PathBuf::from(n.to_string()), None, 0, String::new());
        let made = || Arc::new(Made { jpeg: vec![0; KEPT / 4].into(), size: None, region: None });
        for n in [0, 1, 2, 2, 3, 4] {
            kept.keep(key(n), made());
        }
        assert!(kept.bytes <= KEPT && kept.made.len() == 4 && kept.order.len() == 4);
        assert!(!kept.made.contains_key(&key(0)) && kept.made.contains_key(&key(4)));
    }
}
