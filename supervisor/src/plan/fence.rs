//! Folders that a plan may not leave: a page must not reach through a link what it may not name.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use protocol::{ErrorKind, JobError, Stage};

use super::{Action, Plan, is_hidden};

/// The folders, if there is such a limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fence(Option<Vec<PathBuf>>);

impl Fence {
    /// Nothing outside these folders, which are given without links.
    pub(crate) fn around(folders: Vec<PathBuf>) -> Fence {
        Fence(Some(folders))
    }

    /// Whether what is really there lies inside. What is not there does not.
    pub(crate) fn allows(&self, path: &Path) -> bool {
        let Some(folders) = &self.0 else { return true };
        fs::canonicalize(path).is_ok_and(|real| folders.iter().any(|folder| real.starts_with(folder)))
    }

    /// Lets those jobs fail whose outputs would leave through a link, or be hidden below the output folder.
    pub(super) fn close(&self, plan: &mut Plan, output_folder: &Path) {
        if self.0.is_none() {
            return;
        }
        let mut known: HashMap<PathBuf, bool> = HashMap::new();
        for job in &mut plan.jobs {
            let Action::Process { results, .. } = &job.action else { continue };
            let outputs = results.iter().map(|result| result.output.as_path());
            let mut problems = outputs.filter_map(|output| self.problem(output, output_folder, &mut known));
            if let Some(problem) = problems.next() {
                job.action = Action::Fail(JobError::new(Stage::Write, ErrorKind::WriteFailed, problem));
            }
        }
    }

    /// Why an output cannot have its name. What is `known` of folders need not be looked at again.
    fn problem(
        &self,
        output: &Path,
        output_folder: &Path,
        known: &mut HashMap<PathBuf, bool>,
    ) -> Option<&'static str> {
        let below = output.strip_prefix(output_folder).unwrap_or(output);
        if below.components().any(|part| is_hidden(part.as_os_str())) {
            return Some("its name would be hidden by a dot in front, where nothing is read or written");
        }
        let folder = output.parent().unwrap_or(output).to_owned();
        let is_inside = known.entry(folder).or_insert_with_key(|folder| {
            let standing = folder.ancestors().find(|folder| folder.symlink_metadata().is_ok());
            standing.is_some_and(|folder| self.allows(folder))
        });
        (!*is_inside).then_some("its folder is a link that leads out of the folders that may be used")
    }
}
