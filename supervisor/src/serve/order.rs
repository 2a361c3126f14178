//! From what a client asked for to the settings of a run: the same that the command line would make of it.

use std::ffi::OsString;

use clap::Parser;
use recipe::recipe::Recipe;

use super::messages::{BatchOrder, Problem};
use super::recipes;
use super::roots::Roots;
use crate::batch::RunError;
use crate::batch::settings::RunConfig;
use crate::cli::{Cli, Command};
use crate::plan::{Action, Clash, Fence, Plan, PlanError};
use crate::report::wire::answer::{self, ClashRow, PlanAction, PlanJob, PlanProblem, PlanProblemKind};
use pool::escape::escape;
use pool::settings::default_workers;

/// The settings of a run. Every path is looked at anew.
pub(super) fn settings(order: &BatchOrder, roots: &Roots) -> Result<RunConfig, Problem> {
    let BatchOrder { inputs, output, .. } = order;
    if inputs.is_empty() || output.is_empty() {
        return Err(Problem::new("say what to process and where the results go: inputs and output"));
    }
    let mut words: Vec<OsString> =
        ["supervisor", "run", "--quiet", "--progress=none"].map(OsString::from).to_vec();
    words.extend(options(order).into_iter().map(OsString::from));
    words.extend(["--output".into(), roots.resolve_new(output).map_err(Problem::new)?.into(), "--".into()]);
    for input in inputs {
        words.push(roots.resolve(input).map_err(Problem::new)?.into());
    }
    let parsed = Cli::try_parse_from(words).map_err(|error| Problem::new(error.to_string().trim()))?;
    let Command::Run(args) = parsed.command else {
        return Err(Problem::new("the batch cannot be read"));
    };
    let mut config = RunConfig::resolve(&args).map_err(Problem::new)?;
    config.recipe = recipe(order, roots)?;
    config.fence = Fence::around(roots.folders());
    Ok(config)
}

/// The options that an order gives, beside its recipe.
fn options(order: &BatchOrder) -> Vec<String> {
    let BatchOrder { name, on_conflict, fresh, workers, timeout_s, retries, .. } = order;
    let option = |name: &str, value: Option<String>| value.map(|value| format!("--{name}={value}"));
    let given = [
        option("name", name.clone()),
        option("on-conflict", on_conflict.clone()),
        option("workers", workers.map(|workers| workers.min(default_workers()).to_string())),
        option("timeout", timeout_s.map(|seconds| format!("{}ms", (seconds * 1e3).round()))),
        option("retries", retries.map(|retries| retries.to_string())),
        fresh.then(|| "--fresh".to_owned()),
    ];
    given.into_iter().flatten().collect()
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
pub(super) fn normal(order: BatchOrder, config: &RunConfig, roots: &Roots) -> BatchOrder {
    let recipe = Some(recipes::to_json(&config.recipe, roots));
    let inputs = config.inputs.iter().map(|input| roots.shown(input)).collect();
    let output = roots.shown(&config.output);
    BatchOrder { inputs, output, recipe, toml: None, ..order }
}

/// What would have to be typed for it, word by word.
pub(super) fn command(order: &BatchOrder, config: &RunConfig, roots: &Roots) -> Vec<String> {
    let words = ["supervisor".to_owned(), "run".to_owned()].into_iter();
    let inputs = config.inputs.iter().map(|input| escape(input));
    let output = ["-o".to_owned(), escape(&config.output)];
    let filters = config.recipe.filters.iter().flat_map(|filter| ["-f".to_owned(), filter.to_string()]);
    let usual = recipes::to_json(&Recipe::default(), roots);
    let wanted = recipes::to_json(&config.recipe, roots);
    let settings = wanted["output"].as_object().into_iter().flatten();
    let settings =
        settings.filter(|(key, value)| usual["output"].get(key) != Some(value)).map(|(key, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!("--{}={value}", key.replace('_', "-"))
        });
    words.chain(inputs).chain(output).chain(options(order)).chain(filters).chain(settings).collect()
}

/// The inputs of a plan as they are shown on the page.
pub(super) fn show_inputs(plan: &mut Plan, roots: &Roots) {
    for job in &mut plan.jobs {
        job.shown = roots.shown(&job.input).into();
    }
}

/// A plan for people to look at.
pub(super) fn plan_as_told(plan: &Plan, from: usize, count: usize, roots: &Roots) -> answer::Plan {
    let (mut process, mut skip, mut fail, mut bytes) = (0, 0, 0, 0u64);
    for job in &plan.jobs {
        match &job.action {
            Action::Process { .. } => (process, bytes) = (process + 1, bytes.saturating_add(job.bytes)),
            Action::Skip { .. } => skip += 1,
            Action::Fail(_) => fail += 1,
        }
    }
    let rows = plan.jobs.iter().enumerate().skip(from).take(count);
    let rows = rows.map(|(index, job)| PlanJob {
        job: index,
        input: roots.shown(&job.input),
        bytes: job.bytes,
        action: match &job.action {
            Action::Process { output, replace, .. } => PlanAction::Process {
                output: roots.shown(output),
                replaces: *replace != pool::commit::Replace::Nothing,
            },
            Action::Skip { output, reason } => {
                PlanAction::Skip { output: roots.shown(output), reason: reason.name().to_owned() }
            }
            Action::Fail(error) => PlanAction::Fail { kind: error.kind, detail: error.detail.clone() },
        },
    });
    answer::Plan {
        ready: process + skip > 0,
        images: plan.jobs.len(),
        bytes,
        process,
        skip,
        fail,
        from,
        warnings: plan.warnings.clone(),
        problem: None,
        jobs: rows.collect(),
    }
}

/// Why there is no plan, as the answer to the question for one. `None` if the question itself was wrong.
pub(super) fn problem_as_told(error: &RunError, roots: &Roots) -> Option<answer::Plan> {
    let (kind, rows): (_, &[Clash]) = match error {
        RunError::Plan(PlanError::Collisions(rows)) => (PlanProblemKind::Collisions, rows),
        RunError::Plan(PlanError::Conflicts(rows)) => (PlanProblemKind::Conflicts, rows),
        RunError::Plan(PlanError::WouldReplaceInput(rows)) => (PlanProblemKind::WouldReplaceInput, rows),
        RunError::Plan(PlanError::NoInput { .. }) => (PlanProblemKind::NoInput, &[]),
        RunError::Plan(PlanError::OutputIsFile(_)) | RunError::Output(_) => (PlanProblemKind::Output, &[]),
        RunError::Plan(PlanError::NoSuchInput { .. })
        | RunError::Worker(_)
        | RunError::Probe(_)
        | RunError::Io(_) => return None,
    };
    let rows = rows.iter().map(|clash| ClashRow {
        output: roots.shown(&clash.output),
        inputs: clash.inputs.iter().map(|input| roots.shown(input)).collect(),
        text: clash.text.clone(),
    });
    let problem = PlanProblem { kind, message: error.to_string(), rows: rows.collect() };
    Some(answer::Plan { problem: Some(problem), ..plan_as_told(&Plan::default(), 0, 0, roots) })
}
