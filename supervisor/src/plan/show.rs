//! The plan in words, for `--dry-run`.

use std::io::{self, Write};

use super::{Action, Plan, PlanSums};
use crate::units::amount;
use pool::commit::PlannedResult;
use pool::commit::Replace;
use pool::escape::{escape, escape_text};

/// One line per result, then the totals.
pub(crate) fn show(plan: &Plan, to: &mut dyn Write) -> io::Result<()> {
    for job in &plan.jobs {
        let input = escape(&job.shown);
        let dated = if job.dated_by_file { " (the file's date)" } else { "" };
        match &job.action {
            Action::Process { results, seen: _, planned: _ } => {
                for PlannedResult { output, replace, format: _ } in results {
                    let note = match replace {
                        Replace::Nothing => "",
                        Replace::Ours(_) | Replace::Anything => " (replaced)",
                    };
                    writeln!(to, "{input} -> {}{note}{dated}", escape(output))?;
                }
            }
            Action::Skip { outputs, reason } => {
                for output in outputs {
                    writeln!(to, "{input} -> {} (skipped: {}){dated}", escape(output), reason.name())?;
                }
            }
            Action::Fail(error) => {
                writeln!(to, "{input}: fails, {}: {}", error.kind, escape_text(&error.detail))?;
            }
        }
    }
    for warning in plan.notes() {
        writeln!(to, "note: {warning}")?;
    }
    let PlanSums { process, skip, fail, bytes: _ } = plan.sums();
    let (images, passed_over) = (amount(plan.jobs.len(), "image"), plan.passed_over.after_semicolon());
    let older = plan.jobs.iter().filter(|job| job.action.is_by_older_revision()).count();
    if older > 0 {
        writeln!(
            to,
            "note: {older} of the skipped were made by an older version; --refresh makes them anew"
        )?;
    }
    writeln!(
        to,
        "{images}: {process} to process, {skip} skipped, {fail} that cannot work{passed_over}; \
         nothing was run"
    )
}
