//! What the user should know of a job that worked, each thing once, with the outputs that it is about unless
//! it is about all of them.

use super::ready::Branch;

/// The warnings of one job.
pub(super) struct Warnings {
    of_all: Vec<String>,
    /// In the order in which they came, each with the names of its outputs.
    of_outputs: Vec<(String, Vec<String>)>,
    /// Outputs of the job.
    outputs: usize,
}

impl Warnings {
    /// Those that came with the photo of which so many outputs are made.
    pub(super) fn new(of_photo: Vec<String>, outputs: usize) -> Self {
        Self { of_all: of_photo, of_outputs: Vec::new(), outputs }
    }

    /// About something that several outputs have in common.
    pub(super) fn of_several(&mut self, warnings: Vec<String>) {
        let new = warnings.into_iter().filter(|warning| !self.of_all.contains(warning)).collect::<Vec<_>>();
        self.of_all.extend(new);
    }

    /// About one output.
    pub(super) fn of(&mut self, branch: &Branch, warnings: Vec<String>) {
        let name = branch.name.clone().unwrap_or_default();
        for warning in warnings {
            match self.of_outputs.iter_mut().find(|(known, _)| *known == warning) {
                Some((_, names)) if names.contains(&name) => {}
                Some((_, names)) => names.push(name.clone()),
                None => self.of_outputs.push((warning, vec![name.clone()])),
            }
        }
    }

    /// As the user reads them.
    pub(super) fn into_texts(self) -> Vec<String> {
        let Self { of_all, of_outputs, outputs } = self;
        let text = |(warning, names): (String, Vec<String>)| match names.len() == outputs {
            true => warning,
            false => format!("{}: {warning}", names.join(", ")),
        };
        of_all.into_iter().chain(of_outputs.into_iter().map(text)).collect()
    }
}
