//! From what a client asked for to the settings of a run, and what is said of its plan.

use std::time::Duration;

use recipe::recipe::Recipe;
use serde_json::{Value, json};

use super::messages::{BatchOrder, Problem};
use super::recipes;
use super::roots::Roots;
use crate::batch::RunError;
use crate::batch::settings::RunSettings;
use crate::plan::{Action, Clash, Fence, Plan, PlanError};
use crate::report::sink::ProgressMode;
use pool::settings::{Bounds, RETRIES, TIMEOUT, WORKERS, default_workers};

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
    if let Some(name) = &order.name {
        settings.name = name.parse().map_err(|error| Problem::new(format!("name: {error}")))?;
    }
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

/// The order with every path as it is shown, and its recipe as JSON with all its values: what a batch is known by.
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

/// A plan for people to look at.
pub(super) fn plan_to_json(plan: &Plan, from: usize, count: usize, roots: &Roots) -> Value {
    let (mut process, mut skip, mut fail, mut bytes) = (0, 0, 0, 0u64);
    for job in &plan.jobs {
        match &job.action {
            Action::Process { .. } => (process, bytes) = (process + 1, bytes.saturating_add(job.bytes)),
            Action::Skip { .. } => skip += 1,
            Action::Fail(_) => fail += 1,
        }
    }
    let rows = plan.jobs.iter().enumerate().skip(from).take(count);
    let rows = rows.map(|(index, job)| {
        let mut row = json!({ "job": index, "input": roots.shown(&job.input), "bytes": job.bytes });
        let more = match &job.action {
            Action::Process { output, replace, .. } => {
                let replaces = *replace != pool::commit::Replace::Nothing;
                json!({ "action": "process", "output": roots.shown(output), "replaces": replaces })
            }
            Action::Skip { output, reason } => {
                json!({ "action": "skip", "output": roots.shown(output), "reason": reason.name() })
            }
            Action::Fail(error) => json!({ "action": "fail", "kind": error.kind, "detail": error.detail }),
        };
        if let (Value::Object(row), Value::Object(more)) = (&mut row, more) {
            row.extend(more);
        }
        row
    });
    let rows: Vec<Value> = rows.collect();
    json!({
        "ready": process + skip > 0, "images": plan.jobs.len(), "bytes": bytes, "process": process, "skip": skip,
        "fail": fail, "from": from, "warnings": plan.warnings, "problem": null, "jobs": rows,
    })
}

/// Why there is no plan, as the answer to the question for one. `None` if the question itself was wrong.
pub(super) fn problem_to_json(error: &RunError, roots: &Roots) -> Option<Value> {
    let (kind, rows): (_, &[Clash]) = match error {
        RunError::Plan(PlanError::Collisions(rows)) => ("collisions", rows),
        RunError::Plan(PlanError::Conflicts(rows)) => ("conflicts", rows),
        RunError::Plan(PlanError::WouldReplaceInput(rows)) => ("would-replace-input", rows),
        RunError::Plan(PlanError::NoInput { .. }) => ("no-input", &[]),
        RunError::Plan(PlanError::OutputIsFile(_)) | RunError::Output(_) => ("output", &[]),
        RunError::Plan(PlanError::NoSuchInput { .. })
        | RunError::Worker(_)
        | RunError::Probe(_)
        | RunError::Io(_) => return None,
    };
    let rows = rows.iter().map(|clash| {
        let inputs: Vec<String> = clash.inputs.iter().map(|input| roots.shown(input)).collect();
        json!({ "output": roots.shown(&clash.output), "inputs": inputs, "text": clash.text })
    });
    let problem = json!({ "kind": kind, "message": error.to_string(), "rows": rows.collect::<Vec<_>>() });
    Some(json!({
        "ready": false, "images": 0, "bytes": 0, "process": 0, "skip": 0, "fail": 0, "from": 0, "warnings": [],
        "problem": problem, "jobs": [],
    }))
}
