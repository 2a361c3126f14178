//! The plan in words, for `--dry-run`.

use std::io::{self, Write};

use super::{Action, Plan};
use crate::units::amount;
use pool::commit::Replace;
use pool::escape::{escape, escape_text};

/// One line per input, then the totals.
pub(crate) fn show(plan: &Plan, to: &mut dyn Write) -> io::Result<()> {
    let (mut process, mut skip, mut fail) = (0, 0, 0);
    for job in &plan.jobs {
        let input = escape(&job.shown);
        match &job.action {
            Action::Process { output, replace, format: _, seen: _ } => {
                process += 1;
                let note = match replace {
                    Replace::Nothing => "",
                    Replace::Ours(_) | Replace::Anything => " (replaced)",
                };
                writeln!(to, "{input} -> {}{note}", escape(output))?;
            }
            Action::Skip { output, reason } => {
                skip += 1;
                writeln!(to, "{input} -> {} (skipped: {})", escape(output), reason.name())?;
            }
            Action::Fail(error) => {
                fail += 1;
                writeln!(to, "{input}: fails, {}: {}", error.kind, escape_text(&error.detail))?;
            }
        }
    }
    for warning in &plan.warnings {
        writeln!(to, "note: {warning}")?;
    }
    let (images, passed_over) = (amount(plan.jobs.len(), "image"), plan.passed_over.after_semicolon());
    let older = plan.jobs.iter().filter(|job| job.action.is_by_older_engine()).count();
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
