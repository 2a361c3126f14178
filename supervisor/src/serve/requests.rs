//! What is done about each request of the English protocol. [`handle`] may block on the disk, so it runs on threads that may.

use serde_json::{Value, json};

use super::App;
use super::board::Wish;
use super::folders;
use super::messages::{BatchOrder, Problem, Request, VERSION};
use super::order;
use super::preview::LARGEST_EDGE;
use super::recipes;
use super::upload::LARGEST_FILE;
use super::{MESSAGE_BYTES, roots::Roots};
use crate::batch::RunSettings;
use crate::batch::prepared::Prepared;
use crate::plan::Plan;
use crate::report::build::path_text;
use pool::settings::default_workers;
use recipe::filter::FILTERS;
use recipe::recipe::output_formats;

/// The answer's type and fields.
pub(super) type Answer = (&'static str, Value);

/// Answers a request. `hello` and `status` only get what is not the feed's.
pub(super) fn handle(app: &App, request: Request) -> Result<Answer, Problem> {
    let App { roots, board, .. } = app;
    Ok(match request {
        Request::Hello { .. } => ("hello", hello(app)),
        Request::Filters => ("filters", json!({ "filters": FILTERS })),
        Request::Folders { path } => {
            ("folders", folders::folders(path.as_deref(), roots).map_err(Problem::new)?)
        }
        Request::Pictures { path, from, count } => {
            ("pictures", folders::pictures(&path, from, count.min(1000), roots).map_err(Problem::new)?)
        }
        Request::Recipe { toml, recipe } => {
            let order = BatchOrder { toml, recipe, ..BatchOrder::default() };
            let recipe = order::recipe(&order, roots)?;
            let (json, toml) = (recipes::to_json(&recipe, roots), recipe.to_toml());
            ("recipe", json!({ "recipe": json, "toml": toml, "text": recipe.to_string() }))
        }
        Request::Plan { order, from, count } => ("plan", plan(&order, from, count.min(10_000), roots)?),
        Request::Process(order) => {
            let Queued { batch, place, .. } = process(app, order)?;
            ("queued", json!({ "batch": batch, "place": place }))
        }
        Request::Pause { batch } => wish(app, batch, Wish::Pause)?,
        Request::Resume { batch } => wish(app, batch, Wish::Resume)?,
        Request::Stop { batch } => wish(app, batch, Wish::Stop)?,
        Request::StopNow { batch } => wish(app, batch, Wish::StopNow)?,
        Request::Retry { batch, only } => {
            let (id, place) = board.retry(batch, only)?;
            ("queued", json!({ "batch": id, "place": place }))
        }
        Request::Status => ("status", serde_json::from_str(&board.snapshot().1).map_err(Problem::new)?),
        Request::Images { batch, from, count, only } => {
            let (total, images) = board.images(batch, from, count.min(2000), only)?;
            ("images", json!({ "batch": batch, "from": from, "total": total, "images": images }))
        }
        Request::MakeFolder { path } => {
            let made = folders::make(&path, roots).map_err(Problem::new)?;
            ("done", json!({ "path": roots.shown(&made) }))
        }
    })
}

/// A batch that stands in the queue.
pub(super) struct Queued {
    pub(super) batch: u64,
    /// How many run or wait before it.
    place: usize,
    /// The whole path of its output folder, to be shown.
    pub(super) output: String,
}

/// Queues a batch, once its order is known to make sense.
pub(super) fn process(app: &App, order: BatchOrder) -> Result<Queued, Problem> {
    let settings = order::settings(&order, &app.roots)?;
    let (batch, place) = app.board.queue(order::normal(order, &settings, &app.roots))?;
    Ok(Queued { batch, place, output: path_text(&settings.output) })
}

fn wish(app: &App, batch: u64, wish: Wish) -> Result<Answer, Problem> {
    app.board.command(batch, wish)?;
    Ok(("done", json!({ "batch": batch })))
}

fn plan(order: &BatchOrder, from: usize, count: usize, roots: &Roots) -> Result<Value, Problem> {
    let settings = RunSettings { dry_run: true, ..order::settings(order, roots)? };
    match Prepared::make(&settings, &mut |_| {}) {
        Ok(prepared) => {
            let plan: &Plan = prepared.plan();
            Ok(order::plan_to_json(plan, from, count, roots))
        }
        Err(error) => order::problem_to_json(&error, roots).ok_or_else(|| Problem::new(error)),
    }
}

fn hello(app: &App) -> Value {
    let roots = app.roots.list().map(|(label, path)| json!({ "path": label, "shown": path_text(path) }));
    json!({
        "version": VERSION, "program": env!("CARGO_PKG_VERSION"), "epoch": app.board.epoch, "seq": app.board.last(),
        "workers": default_workers(), "roots": roots.collect::<Vec<_>>(), "formats": output_formats(),
        "limits": { "message": MESSAGE_BYTES, "upload": LARGEST_FILE, "preview_edge": LARGEST_EDGE },
    })
}
