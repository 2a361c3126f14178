//! Photos that give way to other files, by getting a number or by being left out: what is said of that names
//! both. Reads the disk, changes nothing.

use std::path::{Path, PathBuf};

use pool::escape::escape;
use pool::journal::Origin;

use super::PlanRequest;
use super::scan::Scan;
use super::standing::{Standing, standing};
use super::taken::Taken;

/// A result with its name.
pub(super) struct NamedResult<'a> {
    /// Below the output folder.
    pub(super) name: PathBuf,
    /// The name that it was to have, and gets unless it is numbered.
    pub(super) wanted: PathBuf,
    pub(super) origin: Origin<'a>,
}

/// What is said of a photo that is left out, since this file stands where its result must go.
pub(super) fn left_out(photo: &Path, output: &Path, made_of: Option<&Path>) -> String {
    format!("{} is left out: {} is there already{}", escape(photo), escape(output), of(made_of))
}

/// What is said of each result of a photo that gets a number.
pub(super) fn renamed(
    request: &PlanRequest<'_>,
    scan: &Scan,
    taken: &Taken<'_>,
    photo: &Path,
    results: &[NamedResult<'_>],
) -> Vec<String> {
    let numbered = results.iter().filter(|result| result.name != result.wanted);
    let said = numbered.map(|NamedResult { name, wanted, origin }| {
        let why = match taken.owner(wanted) {
            Some(other) if other == photo => format!("another result of it is {}", escape(wanted)),
            Some(other) => format!("{} is that of {}", escape(wanted), escape(other)),
            None => {
                let made_of = match standing(request, scan, wanted, origin) {
                    Standing::OfOther { input, .. } => Some(input),
                    Standing::Foreign { made_of } => made_of,
                    Standing::Nothing
                    | Standing::Current { .. }
                    | Standing::Stale(_)
                    | Standing::Input
                    | Standing::Obstacle(_) => None,
                };
                format!("{} is there already{}", escape(&request.output.join(wanted)), of(made_of))
            }
        };
        format!("the result of {} is called {}: {why}", escape(photo), escape(name))
    });
    said.collect()
}

fn of(photo: Option<&Path>) -> String {
    photo.map(|photo| format!(", made of {}", escape(photo))).unwrap_or_default()
}
