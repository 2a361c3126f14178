//! What is done about each request of the English protocol. [`handle`] may block on the disk, so it runs on
//! threads that may.

use super::App;
use super::folders;
use super::messages::{Problem, VERSION};
use super::order;
use super::preview::LARGEST_EDGE;
use super::recipes;
use super::upload::LARGEST_FILE;
use super::{MESSAGE_BYTES, roots::Roots};
use crate::batch::RunSettings;
use crate::batch::prepared::Prepared;
use crate::plan::{NameTemplate, OnConflict, Plan};
use crate::report::wire::answer::{
    Answer, DoneAnswer, HelloAnswer, NumberDefault, OrderDefaults, Queued, RecipeForms, RootName,
    ServerLimits,
};
use crate::report::wire::feed::MAX_ATTEMPTS;
use crate::report::wire::plan_answer::PlanAnswer;
use crate::report::wire::recipe::SettingInfo;
use crate::report::wire::request::{BatchOrder, MOST_IMAGES, MOST_JOBS, MOST_PICTURES, Request};
use pool::escape::path_text;
use pool::order::Command;
use pool::settings::{DEFAULT_RETRIES, DEFAULT_TIMEOUT, RETRIES, TIMEOUT, default_workers};
use recipe::filter::FILTERS;
use recipe::recipe::{Output, QUALITY, output_formats};
use recipe::words::Word;

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
            let pictures = folders::pictures(&path, from, count.min(MOST_PICTURES), roots);
            Answer::Pictures(pictures.map_err(Problem::new)?)
        }
        Request::Recipe { toml, recipe } => {
            let order = BatchOrder { toml, recipe, ..BatchOrder::default() };
            let recipe = order::recipe(&order, roots)?;
            let (json, toml) = (recipes::to_json(&recipe, roots), recipe.to_toml());
            Answer::Recipe(RecipeForms { recipe: json, toml, text: recipe.to_string() })
        }
        Request::Plan { order, from, count } => {
            Answer::Plan(plan(&order, from, count.min(MOST_JOBS), roots)?)
        }
        Request::Process(order) => {
            let Ordered { batch, place, .. } = process(app, order)?;
            Answer::Queued(Queued { batch, place })
        }
        Request::Pause { batch } => command(app, batch, Command::Pause)?,
        Request::Resume { batch } => command(app, batch, Command::Resume)?,
        Request::Stop { batch } => command(app, batch, stop(false))?,
        Request::StopNow { batch } => command(app, batch, stop(true))?,
        Request::Retry { batch, only } => {
            let (batch, place) = board.retry(batch, only)?;
            Answer::Queued(Queued { batch, place })
        }
        Request::Status => Answer::Status(board.snapshot()),
        Request::Images { batch, from, count, only } => {
            Answer::Images(board.images(batch, from, count.min(MOST_IMAGES), only)?)
        }
        Request::MakeFolder { path } => {
            let made = folders::make(&path, roots).map_err(Problem::new)?;
            Answer::Done(DoneAnswer::Folder { path: roots.shown(&made) })
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

fn command(app: &App, batch: u64, command: Command) -> Result<Answer, Problem> {
    app.board.command(batch, command)?;
    Ok(Answer::Done(DoneAnswer::Batch { batch }))
}

fn stop(kill: bool) -> Command {
    Command::Stop { kill, reason: "stopped on the page".to_owned() }
}

fn plan(order: &BatchOrder, from: usize, count: usize, roots: &Roots) -> Result<PlanAnswer, Problem> {
    let settings = RunSettings { dry_run: true, ..order::settings(order, roots)? };
    match Prepared::make(&settings, &mut |_| {}) {
        Ok(prepared) => {
            let plan: &Plan = prepared.plan();
            Ok(order::plan_as_told(plan, from, count, roots))
        }
        Err(error) => order::problem_as_told(&error, roots).ok_or_else(|| Problem::new(error)),
    }
}

/// From the constants that orders are read with.
fn defaults() -> OrderDefaults {
    let [usual, least, most] =
        [DEFAULT_TIMEOUT, TIMEOUT.least, TIMEOUT.most].map(|timeout| timeout.as_secs_f64());
    OrderDefaults {
        name: NameTemplate::default().to_string(),
        quality: NumberDefault::new(Output::default().quality, QUALITY.least, QUALITY.most),
        timeout_s: NumberDefault { usual, least, most },
        retries: NumberDefault::new(DEFAULT_RETRIES, RETRIES.least, RETRIES.most),
    }
}

fn hello(app: &App) -> HelloAnswer {
    let roots = app.roots.list();
    HelloAnswer {
        version: VERSION,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        epoch: app.board.epoch.clone(),
        seq: app.board.last(),
        workers: default_workers(),
        roots: roots
            .map(|(label, path)| RootName { path: label.to_owned(), shown: path_text(path) })
            .collect(),
        settings: SettingInfo::all(),
        formats: output_formats().into_iter().map(str::to_owned).collect(),
        on_conflict: OnConflict::WORDS.iter().map(|word| (*word).to_owned()).collect(),
        defaults: defaults(),
        limits: ServerLimits {
            message: MESSAGE_BYTES as u64,
            upload: LARGEST_FILE,
            preview_edge: LARGEST_EDGE,
            attempts: MAX_ATTEMPTS,
        },
    }
}
