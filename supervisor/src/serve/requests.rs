//! What is done about each request of the English protocol. [`handle`] may block on the disk, so it runs on
//! threads that may.

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
use crate::report::wire::answer::{self, Answer, Done, Hello, Limits, Queued, RecipeForms, Root};
use pool::escape::path_text;
use pool::settings::default_workers;
use recipe::filter::FILTERS;
use recipe::recipe::output_formats;

/// Answers a request. `hello` and `status` only get what is not the feed's.
pub(super) fn handle(app: &App, request: Request) -> Result<Answer, Problem> {
    let App { roots, board, .. } = app;
    Ok(match request {
        Request::Hello { .. } => Answer::Hello(hello(app)),
        Request::Filters => Answer::Filters {
            filters: FILTERS.iter().filter_map(|info| serde_json::to_value(info).ok()).collect(),
        },
        Request::Folders { path } => {
            Answer::Folders(folders::folders(path.as_deref(), roots).map_err(Problem::new)?)
        }
        Request::Pictures { path, from, count } => {
            let pictures = folders::pictures(&path, from, count.min(1000), roots);
            Answer::Pictures(pictures.map_err(Problem::new)?)
        }
        Request::Recipe { toml, recipe } => {
            let order = BatchOrder { toml, recipe, ..BatchOrder::default() };
            let recipe = order::recipe(&order, roots)?;
            let (json, toml) = (recipes::to_json(&recipe, roots), recipe.to_toml());
            Answer::Recipe(RecipeForms { recipe: json, toml, text: recipe.to_string() })
        }
        Request::Plan { order, from, count } => Answer::Plan(plan(&order, from, count.min(10_000), roots)?),
        Request::Process(order) => {
            let Ordered { batch, place, .. } = process(app, order)?;
            Answer::Queued(Queued { batch, place })
        }
        Request::Pause { batch } => wish(app, batch, Wish::Pause)?,
        Request::Resume { batch } => wish(app, batch, Wish::Resume)?,
        Request::Stop { batch } => wish(app, batch, Wish::Stop)?,
        Request::StopNow { batch } => wish(app, batch, Wish::StopNow)?,
        Request::Retry { batch, only } => {
            let (batch, place) = board.retry(batch, only)?;
            Answer::Queued(Queued { batch, place })
        }
        Request::Status => Answer::Status(board.snapshot()),
        Request::Images { batch, from, count, only } => {
            Answer::Images(board.images(batch, from, count.min(2000), only)?)
        }
        Request::MakeFolder { path } => {
            let made = folders::make(&path, roots).map_err(Problem::new)?;
            Answer::Done(Done::Folder { path: roots.shown(&made) })
        }
    })
}

/// A batch that stands in the queue.
pub(super) struct Ordered {
    pub(super) batch: u64,
    /// How many run or wait before it.
    place: usize,
    /// The whole path of its output folder, to be shown.
    pub(super) output: String,
}

/// Queues a batch, once its order is known to make sense.
pub(super) fn process(app: &App, order: BatchOrder) -> Result<Ordered, Problem> {
    let settings = order::settings(&order, &app.roots)?;
    let (batch, place) = app.board.queue(order::normal(order, &settings, &app.roots))?;
    Ok(Ordered { batch, place, output: path_text(&settings.output) })
}

fn wish(app: &App, batch: u64, wish: Wish) -> Result<Answer, Problem> {
    app.board.command(batch, wish)?;
    Ok(Answer::Done(Done::Batch { batch }))
}

fn plan(order: &BatchOrder, from: usize, count: usize, roots: &Roots) -> Result<answer::Plan, Problem> {
    let settings = RunSettings { dry_run: true, ..order::settings(order, roots)? };
    match Prepared::make(&settings, &mut |_| {}) {
        Ok(prepared) => {
            let plan: &Plan = prepared.plan();
            Ok(order::plan_as_told(plan, from, count, roots))
        }
        Err(error) => order::problem_as_told(&error, roots).ok_or_else(|| Problem::new(error)),
    }
}

fn hello(app: &App) -> Hello {
    let roots = app.roots.list();
    Hello {
        version: VERSION,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        epoch: app.board.epoch.clone(),
        seq: app.board.last(),
        workers: default_workers(),
        roots: roots.map(|(label, path)| Root { path: label.to_owned(), shown: path_text(path) }).collect(),
        formats: output_formats().into_iter().map(str::to_owned).collect(),
        limits: Limits { message: MESSAGE_BYTES as u64, upload: LARGEST_FILE, preview_edge: LARGEST_EDGE },
    }
}
