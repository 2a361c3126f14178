//! From what a client asked for to the settings of a run, and what is said of its plan.

use std::fmt::Display;
use std::time::Duration;

use recipe::recipe::Recipe;

use super::messages::Problem;
use super::recipes;
use super::roots::Roots;
use crate::batch::RunError;
use crate::batch::settings::RunSettings;
use crate::plan::{
    Action, Clash, Fence, NameTemplate, OutputNameError, Plan, PlanError, PlanSums, names_of_outputs,
};
use crate::report::sink::ProgressMode;
use crate::report::wire::answer::MistakePlace;
use crate::report::wire::plan_answer::{
    ClashRow, PlanAction, PlanAnswer, PlanJob, PlanProblem, PlanProblemKind,
};
use crate::report::wire::request::BatchOrder;
use pool::commit::Replace;
use pool::settings::{RETRIES, TIMEOUT, WORKERS, default_workers};
use recipe::Bounds;

/// The settings of a run. Every path is looked at anew.
pub(super) fn settings(order: &BatchOrder, roots: &Roots) -> Result<RunSettings, Problem> {
    if order.inputs.is_empty() || order.output.is_empty() {
        return Err(Problem::new("say what to process and where the results go: inputs and output"));
    }
    let output = roots.resolve_new(&order.output).map_err(Problem::new)?;
    let inputs = order.inputs.iter().map(|input| roots.resolve(input).map_err(Problem::new));
    let mut settings = RunSettings {
        recipe: recipe(order, roots)?,
        fresh: order.fresh,
        fence: Fence::around(roots.folders()),
        progress: ProgressMode::None,
        quiet: true,
        ..RunSettings::new(inputs.collect::<Result<_, _>>()?, output)
    };
    let of_name = |error: &dyn Display| Problem::new(format!("name: {error}"));
    let given: Option<NameTemplate> =
        order.name.as_deref().map(str::parse).transpose().map_err(|error| of_name(&error))?;
    settings.names = names_of_outputs(&mut settings.recipe, given).map_err(|error| match error {
        OutputNameError::Several(_) | OutputNameError::Given(_) => of_name(&error),
        OutputNameError::Path { .. }
        | OutputNameError::Nameless { .. }
        | OutputNameError::Contradiction { .. }
        | OutputNameError::Twins { .. } => in_recipe(order, &error),
    })?;
    settings.on_conflict = order.on_conflict.unwrap_or(settings.on_conflict);
    if let Some(workers) = order.workers {
        settings.workers = within("workers", WORKERS, workers)?.min(default_workers());
    }
    if let Some(seconds) = order.timeout_s {
        // What is no duration at all is out of range as well.
        let timeout = Duration::try_from_secs_f64(seconds).unwrap_or_default();
        settings.timeout = within("timeout_s", TIMEOUT, timeout)?;
    }
    if let Some(retries) = order.retries {
        settings.retries = within("retries", RETRIES, retries)?;
    }
    Ok(settings)
}

/// A mistake in a recipe, with its place in the text, if it came as text.
fn in_recipe(order: &BatchOrder, error: &OutputNameError) -> Problem {
    let message = error.to_string();
    let text = order.toml.as_deref().zip(error.part());
    let found = text.and_then(|(text, part)| part.mistake(text, message.clone()));
    let place = found.map(|found| MistakePlace::Text { line: found.line, column: found.column });
    Problem { message, place }
}

fn within<T: PartialOrd + Copy>(field: &str, bounds: Bounds<T>, value: T) -> Result<T, Problem> {
    match bounds.holds(value) {
        true => Ok(value),
        false => Err(Problem::new(format!("{field} must be {}", bounds.words))),
    }
}

/// The recipe in either form.
pub(super) fn recipe(order: &BatchOrder, roots: &Roots) -> Result<Recipe, Problem> {
    match (&order.recipe, &order.toml) {
        (Some(_), Some(_)) => Err(Problem::new("give the recipe once, as recipe or as toml")),
        (Some(json), None) => recipes::from_json(json, roots),
        (None, Some(toml)) => recipes::from_toml(toml, roots),
        (None, None) => Ok(Recipe::default()),
    }
}

/// The order with every path as it is shown, and its recipe as JSON with all its values: what a batch is
/// known by.
pub(super) fn normal(order: BatchOrder, settings: &RunSettings, roots: &Roots) -> BatchOrder {
    let recipe = Some(recipes::to_json(&settings.recipe, roots));
    let inputs = settings.inputs.iter().map(|input| roots.shown(input)).collect();
    let output = roots.shown(&settings.output);
    BatchOrder { inputs, output, recipe, toml: None, ..order }
}

/// The inputs of a plan as they are shown on the page.
pub(super) fn show_inputs(plan: &mut Plan, roots: &Roots) {
    for job in &mut plan.jobs {
        job.shown = roots.shown(&job.input).into();
    }
}

/// The names of all results.
fn shown(action: &Action, roots: &Roots) -> Vec<String> {
    action.outputs().into_iter().map(|output| roots.shown(output)).collect()
}

fn shown_first(action: &Action, roots: &Roots) -> String {
    shown(action, roots).into_iter().next().unwrap_or_default()
}

/// A plan for people to look at.
pub(super) fn plan_as_told(plan: &Plan, from: usize, count: usize, roots: &Roots) -> PlanAnswer {
    let PlanSums { process, skip, fail, bytes } = plan.sums();
    let rows = plan.jobs.iter().enumerate().skip(from).take(count);
    let rows = rows.map(|(index, job)| PlanJob {
        job: index,
        input: roots.shown(&job.input),
        bytes: job.bytes,
        action: match &job.action {
            Action::Process { results, .. } => PlanAction::Process {
                output: shown_first(&job.action, roots),
                outputs: shown(&job.action, roots),
                replaces: results.iter().any(|result| result.replace != Replace::Nothing),
            },
            Action::Skip { reason, .. } => PlanAction::Skip {
                output: shown_first(&job.action, roots),
                outputs: shown(&job.action, roots),
                reason: reason.name().to_owned(),
            },
            Action::Fail(error) => PlanAction::Fail { kind: error.kind, detail: error.detail.clone() },
        },
    });
    PlanAnswer {
        ready: process + skip > 0,
        images: plan.jobs.len(),
        bytes,
        process,
        skip,
        fail,
        from,
        warnings: plan.notes().collect(),
        problem: None,
        jobs: rows.collect(),
    }
}

/// Why there is no plan, as the answer to the question for one. `None` if the question itself was wrong.
pub(super) fn problem_as_told(error: &RunError, roots: &Roots) -> Option<PlanAnswer> {
    let (kind, rows): (_, &[Clash]) = match error {
        RunError::Plan(PlanError::Collisions(rows)) => (PlanProblemKind::Collisions, rows),
        RunError::Plan(PlanError::Conflicts(rows)) => (PlanProblemKind::Conflicts, rows),
        RunError::Plan(PlanError::WouldReplaceInput(rows)) => (PlanProblemKind::WouldReplaceInput, rows),
        RunError::Plan(PlanError::NoInput { .. }) => (PlanProblemKind::NoInput, &[]),
        RunError::Plan(PlanError::OutputIsFile(_)) | RunError::Output(_) => (PlanProblemKind::Output, &[]),
        RunError::Plan(PlanError::NoSuchInput { .. } | PlanError::OutsideBase { .. })
        | RunError::Letters(_)
        | RunError::Worker(_)
        | RunError::Probe(_)
        | RunError::RecipeFile(_)
        | RunError::Io(_) => return None,
    };
    let rows = rows.iter().map(|clash| ClashRow {
        output: roots.shown(&clash.output),
        inputs: clash.inputs.iter().map(|input| roots.shown(input)).collect(),
        text: clash.text.clone(),
    });
    let problem = PlanProblem { kind, message: error.to_string(), rows: rows.collect() };
    Some(PlanAnswer { problem: Some(problem), ..plan_as_told(&Plan::default(), 0, 0, roots) })
}
