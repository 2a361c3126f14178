//! Previews and thumbnails. Each is made by a worker process of its own, in its sandbox, that may read the
//! roots and write to a temporary folder only. Results are kept in memory for a while, up to a bound.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::outcome::ErrorKind;
use recipe::filter::geometry::Size;
use recipe::filter::{Arg, Filter};
use recipe::format::{Format, MetadataPolicy};
use recipe::recipe::{Output, Recipe};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::answer::problem;
use super::gate::{Gate, Pass};
use super::messages::Problem;
use super::roots::Roots;
use super::upload::SILENCE;
use super::{App, recipes};
use pool::lock::lock;
use pool::{Job, JobFailure, ProcessPool, Shutdown};

/// The largest edge of a preview, in pixels.
pub(super) const LARGEST_EDGE: u32 = 4096;
/// The edge of a preview of the whole, if none was asked for.
const USUAL_EDGE: u32 = 1600;
/// The largest edge of a thumbnail, and the usual one.
const THUMBNAIL_EDGES: (u32, u32) = (512, 240);
/// The longest that one may take to make.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Bytes of results that are kept.
const KEPT: usize = 96 << 20;

/// What makes them.
#[derive(Debug)]
pub(super) struct Studio {
    folder: TempDir,
    roots: Arc<Roots>,
    previews: Arc<Gate>,
    thumbnails: Arc<Gate>,
    kept: Mutex<Kept>,
}

/// Results by what they were made from, and the order in which they came.
#[derive(Debug, Default)]
struct Kept {
    made: HashMap<Key, Arc<Made>>,
    order: VecDeque<Key>,
    bytes: usize,
}

/// A question: the picture as it was, and what is done to it.
type Key = (PathBuf, Option<SystemTime>, u64, String);

/// An answer.
#[derive(Debug)]
struct Made {
    jpeg: Bytes,
    /// Of the whole result, in pixels.
    size: Option<Size>,
    region: Option<Region>,
}

/// A part of a picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct Region {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

/// `POST /preview`.
#[derive(Debug, Deserialize)]
pub(super) struct Question {
    path: String,
    recipe: Option<Value>,
    region: Option<Region>,
    edge: Option<u32>,
}

/// `GET /thumbnail`.
#[derive(Debug, Deserialize)]
pub(super) struct Thumbnail {
    path: String,
    edge: Option<u32>,
}

/// Why there is no picture.
#[derive(Debug)]
enum PreviewRefusal {
    /// The question was wrong.
    Question(Problem),
    /// The picture cannot be made.
    Failed(JobFailure),
    /// Something is wrong here.
    Own(String),
}

impl Studio {
    pub(super) fn new(roots: Arc<Roots>) -> std::io::Result<Studio> {
        let folder = tempfile::Builder::new().prefix("supervisor-preview-").tempdir()?;
        let (previews, thumbnails) = (Gate::new(2, 4), Gate::new(2, 48));
        Ok(Studio { folder, roots, previews, thumbnails, kept: Mutex::default() })
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        lock(&self.kept)
    }

    /// The settings of a picture are those of the page; only how it is encoded is not.
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
        let pool = self.pool(Recipe { filters: Vec::new(), ..recipe.clone() }, None)?;
        let probed = result(&pool, Job::probe(path))?;
        let size = Size::new(probed.width, probed.height);
        Ok(recipe.filters.iter().fold(size, |size, filter| filter.output_size(size)))
    }
}

/// Takes the job through a pool and waits for it.
fn result<A: pool::JobAnswer>(pool: &ProcessPool, job: Job<A>) -> Result<A, PreviewRefusal> {
    let handle = pool.submit(job).map_err(|error| PreviewRefusal::Own(error.to_string()))?;
    handle.result().map_err(PreviewRefusal::Failed)
}

/// Kills its workers when it is dropped, as when the request was closed. That is no matter if all is done.
struct Abandon(Arc<ProcessPool>);

impl Drop for Abandon {
    fn drop(&mut self) {
        self.0.close(Shutdown::Kill);
    }
}

/// `POST /preview`.
pub(super) async fn preview(State(app): State<Arc<App>>, request: Request) -> Response {
    let question = match timeout(SILENCE, Json::<Question>::from_request(request, &app)).await {
        Ok(Ok(Json(question))) => question,
        Ok(Err(rejection)) => return rejection.into_response(),
        Err(_) => return problem(StatusCode::REQUEST_TIMEOUT, "the question did not come in full"),
    };
    let studio = Arc::clone(&app.studio);
    let Question { path, recipe, region, edge } = question;
    let edges = region.map_or([edge.unwrap_or(USUAL_EDGE), 1], |region| [region.width, region.height]);
    if edges.iter().any(|edge| !(1..=LARGEST_EDGE).contains(edge)) {
        let message = format!("a preview may have 1 to {LARGEST_EDGE} pixels a side");
        return problem(StatusCode::UNPROCESSABLE_ENTITY, message);
    }
    let read = {
        let roots = Arc::clone(&app.roots);
        spawn_blocking(move || {
            let recipe = recipe.map_or(Ok(Recipe::default()), |json| recipes::from_json(&json, &roots));
            Ok((recipe?, roots.resolve(&path).map_err(Problem::new)?))
        })
    };
    let (recipe, path) = match read.await {
        Ok(Ok(read)) => read,
        Ok(Err(problem)) => return PreviewRefusal::Question(problem).into_response(),
        Err(_) => return PreviewRefusal::Own("the server failed at this preview".into()).into_response(),
    };
    let gate = Arc::clone(&studio.previews);
    let view = region.map_or(View::Whole(edges[0]), View::Region);
    let order = PreviewOrder { path, recipe, view, quality: 92, measured: true };
    make(studio, gate, order, "no-store").await
}

/// `GET /thumbnail?path=…&edge=…`.
pub(super) async fn thumbnail(State(app): State<Arc<App>>, Query(asked): Query<Thumbnail>) -> Response {
    let Thumbnail { path, edge } = asked;
    let edge = edge.unwrap_or(THUMBNAIL_EDGES.1).clamp(16, THUMBNAIL_EDGES.0);
    let roots = Arc::clone(&app.roots);
    let path = match spawn_blocking(move || roots.resolve(&path)).await {
        Ok(Ok(path)) => path,
        Ok(Err(error)) if error.is_not_found() => return problem(StatusCode::NOT_FOUND, error),
        Ok(Err(error)) => return problem(StatusCode::FORBIDDEN, error),
        Err(_) => return PreviewRefusal::Own("the server failed at this picture".into()).into_response(),
    };
    let studio = Arc::clone(&app.studio);
    let gate = Arc::clone(&studio.thumbnails);
    let (recipe, view) = (Recipe::default(), View::Whole(edge));
    let order = PreviewOrder { path, recipe, view, quality: 80, measured: false };
    make(studio, gate, order, "private, max-age=60").await
}

/// One picture to be made.
#[derive(Debug)]
struct PreviewOrder {
    path: PathBuf,
    recipe: Recipe,
    view: View,
    quality: u8,
    /// Whether the size of the whole result is to be told, which costs a look at the header.
    measured: bool,
}

/// How much of the result is wanted.
#[derive(Debug, Clone, Copy)]
enum View {
    /// All of it, in a square of this edge.
    Whole(u32),
    /// A part, pixel by pixel.
    Region(Region),
}

async fn make(studio: Arc<Studio>, gate: Arc<Gate>, order: PreviewOrder, caching: &'static str) -> Response {
    let Ok((key, order)) = spawn_blocking(move || (key(&order), order)).await else {
        return PreviewRefusal::Own("the server failed at this picture".into()).into_response();
    };
    let found = studio.kept().made.get(&key).cloned();
    if let Some(made) = found {
        return respond(&made, caching);
    }
    let Some(pass) = gate.enter().await else {
        return problem(StatusCode::TOO_MANY_REQUESTS, "newer ones were asked for meanwhile; ask again");
    };
    let (send_pool, pool) = tokio::sync::oneshot::channel();
    let working = spawn_blocking(move || {
        let made = work(&studio, order, pass, send_pool);
        if let Ok(made) = &made {
            studio.kept().keep(key, Arc::clone(made));
        }
        made
    });
    // Dropped with this request if its client goes away.
    let _abandon = pool.await.ok().map(Abandon);
    match working.await {
        Ok(Ok(made)) => respond(&made, caching),
        Ok(Err(refusal)) => refusal.into_response(),
        Err(_) => PreviewRefusal::Own("the server failed at this picture".into()).into_response(),
    }
}

/// Makes the picture. The pool is handed out as soon as there is one, to be killed if nobody waits any more.
fn work(
    studio: &Studio,
    order: PreviewOrder,
    pass: Pass,
    pool_made: tokio::sync::oneshot::Sender<Arc<ProcessPool>>,
) -> Result<Arc<Made>, PreviewRefusal> {
    let PreviewOrder { path, mut recipe, view, quality, measured } = order;
    let size = if measured { Some(studio.size_of(&path, &recipe)?) } else { None };
    let mut region = None;
    match (view, size) {
        (View::Region(asked), Some(size)) => {
            let part = asked.within(size).ok_or_else(|| {
                let Size { width, height } = size;
                PreviewRefusal::Question(Problem::new(format!(
                    "that part lies outside of the picture, which has {width} × {height} pixels"
                )))
            })?;
            region = Some(part);
            let Region { x, y, width, height } = part;
            recipe.filters.push(filter("crop", &[("x", x), ("y", y), ("width", width), ("height", height)])?);
        }
        (View::Whole(edge), _) => recipe.filters.push(filter("resize", &[("long_edge", edge)])?),
        (View::Region(_), None) => return Err(PreviewRefusal::Own("the size is not known".into())),
    }
    let (format, metadata) = (Some(Format::Jpeg), MetadataPolicy::Strip);
    recipe.output = Output { format, quality, metadata, max_bytes: None, ..recipe.output };
    let folder =
        tempfile::tempdir_in(studio.folder.path()).map_err(|error| PreviewRefusal::Own(error.to_string()))?;
    let pool = Arc::new(studio.pool(recipe, Some(folder.path()))?);
    // If the client went away already, the pool is done for when it is dropped below.
    if pool_made.send(Arc::clone(&pool)).is_err() {
        return Err(PreviewRefusal::Failed(JobFailure::Cancelled));
    }
    let made = result(&pool, Job::process(&path, "preview.jpg"));
    pool.shutdown(Shutdown::Kill);
    drop(pass);
    made?;
    let jpeg = std::fs::read(folder.path().join("preview.jpg"))
        .map_err(|error| PreviewRefusal::Own(error.to_string()))?;
    Ok(Arc::new(Made { jpeg: jpeg.into(), size, region }))
}

fn filter(name: &str, params: &[(&str, u32)]) -> Result<Filter, PreviewRefusal> {
    let args: Vec<Arg> = params
        .iter()
        .map(|(key, value)| Arg { key: Some((*key).to_owned()), value: value.to_string(), at: 0..0 })
        .collect();
    Filter::build(name, 0..0, &args).map_err(|error| PreviewRefusal::Question(Problem::new(error)))
}

fn key(order: &PreviewOrder) -> Key {
    let metadata = std::fs::metadata(&order.path).ok();
    let modified = metadata.as_ref().and_then(|metadata| metadata.modified().ok());
    let PreviewOrder { recipe, view, quality, measured, .. } = order;
    let what = format!("{} {view:?} {quality} {measured}", recipe.to_toml());
    (order.path.clone(), modified, metadata.map_or(0, |metadata| metadata.len()), what)
}

impl Kept {
    fn keep(&mut self, key: Key, made: Arc<Made>) {
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

impl Region {
    /// The part of it that lies within a picture.
    fn within(self, size: Size) -> Option<Region> {
        let Region { x, y, width, height } = self;
        let width = width.min(size.width.checked_sub(x).filter(|left| *left > 0)?);
        let height = height.min(size.height.checked_sub(y).filter(|left| *left > 0)?);
        Some(Region { x, y, width, height })
    }
}

fn respond(made: &Made, caching: &'static str) -> Response {
    let mut answer = made.jpeg.clone().into_response();
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    let mut insert = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    };
    if let Some(Size { width, height }) = made.size {
        insert("x-image-width", width.to_string());
        insert("x-image-height", height.to_string());
    }
    if let Some(Region { x, y, width, height }) = made.region {
        insert("x-region", format!("{x},{y},{width},{height}"));
    }
    answer
}

impl IntoResponse for PreviewRefusal {
    fn into_response(self) -> Response {
        let (kind, message): (Option<ErrorKind>, String) = match self {
            PreviewRefusal::Question(question) => return problem(StatusCode::UNPROCESSABLE_ENTITY, question),
            PreviewRefusal::Own(message) => return problem(StatusCode::INTERNAL_SERVER_ERROR, message),
            PreviewRefusal::Failed(JobFailure::Failed(error)) => (Some(error.kind), error.detail),
            PreviewRefusal::Failed(JobFailure::Quarantined(loss)) => (Some(loss.cause.kind()), loss.detail),
            PreviewRefusal::Failed(
                failure @ (JobFailure::Cancelled | JobFailure::PoolFailed(_) | JobFailure::NotSubmitted(_)),
            ) => return problem(StatusCode::INTERNAL_SERVER_ERROR, failure),
        };
        (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "kind": kind, "message": message }))).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_cut_to_the_picture() {
        let size = Size::new(100, 50);
        let region = |x, y, width, height| Region { x, y, width, height };
        assert_eq!(region(10, 20, 30, 30).within(size), Some(region(10, 20, 30, 30)));
        assert_eq!(region(90, 0, 30, 90).within(size), Some(region(90, 0, 10, 50)));
        assert_eq!(region(100, 0, 1, 1).within(size), None);
        assert_eq!(region(u32::MAX, 0, 1, 1).within(size), None);
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
