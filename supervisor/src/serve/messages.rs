//! The English protocol: what clients may ask, and the mistakes that they are told of. `docs/websocket.md` is
//! its description.

use recipe::words::optional_word;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::plan::OnConflict;
use crate::report::wire::VerdictKind;
use crate::report::wire::answer::{Answer, Mistake, MistakePlace, Reply};

/// The version of the protocol.
pub(super) const VERSION: u32 = 1;

/// A request, without its `id`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(super) enum Request {
    /// Begin to follow.
    Hello {
        /// The last event seen.
        after: Option<u64>,
        /// Of which start of the server.
        epoch: Option<String>,
    },
    /// The filter table.
    Filters,
    /// What is in a folder.
    Folders {
        /// `None` for the roots.
        path: Option<String>,
    },
    /// The pictures of a folder.
    Pictures {
        path: String,
        #[serde(default)]
        from: usize,
        #[serde(default = "two_hundred")]
        count: usize,
    },
    /// Check a recipe, and show it both ways.
    Recipe { toml: Option<String>, recipe: Option<Value> },
    /// What a batch would do.
    Plan {
        #[serde(flatten)]
        order: BatchOrder,
        #[serde(default)]
        from: usize,
        #[serde(default = "thousand")]
        count: usize,
    },
    /// Queue a batch.
    Process(BatchOrder),
    /// Start nothing new.
    Pause { batch: u64 },
    /// Go on.
    Resume { batch: u64 },
    /// Finish what runs.
    Stop { batch: u64 },
    /// Kill what runs.
    StopNow { batch: u64 },
    /// A new batch of what failed, or of what a stopped one has not come to.
    Retry {
        batch: u64,
        #[serde(default)]
        only: Only,
    },
    /// The snapshot.
    Status,
    /// The images of a batch.
    Images {
        batch: u64,
        #[serde(default)]
        from: usize,
        #[serde(default = "five_hundred")]
        count: usize,
        only: Option<Only>,
    },
    /// Make a folder.
    MakeFolder { path: String },
}

/// Which images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Only {
    /// Failed and quarantined ones.
    #[default]
    Failed,
    /// Those that a stopped batch cancelled or did not come to.
    Unfinished,
}

impl Only {
    /// Whether an image with this verdict is one of them.
    pub(super) fn includes(self, verdict: VerdictKind) -> bool {
        match self {
            Only::Failed => verdict.is_failure(),
            Only::Unfinished => verdict.is_unfinished(),
        }
    }
}

/// What a batch is to do, as it was asked for.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub(super) struct BatchOrder {
    pub(super) inputs: Vec<String>,
    pub(super) output: String,
    pub(super) recipe: Option<Value>,
    pub(super) toml: Option<String>,
    pub(super) name: Option<String>,
    #[serde(default, deserialize_with = "on_conflict")]
    pub(super) on_conflict: Option<OnConflict>,
    #[serde(default)]
    pub(super) fresh: bool,
    pub(super) workers: Option<u16>,
    pub(super) timeout_s: Option<f64>,
    pub(super) retries: Option<u32>,
}

fn on_conflict<'de, D: Deserializer<'de>>(source: D) -> Result<Option<OnConflict>, D::Error> {
    optional_word("on_conflict", source)
}

/// The wish to hear what happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Follow {
    /// From which event on, if that is one of this server's.
    pub(super) after: Option<u64>,
}

impl Request {
    /// Whether its sender wants to follow, given the server's epoch.
    pub(super) fn follows(&self, own_epoch: &str) -> Option<Follow> {
        let Request::Hello { after, epoch } = self else { return None };
        let is_ours = epoch.as_ref().is_none_or(|epoch| epoch == own_epoch);
        Some(Follow { after: after.filter(|_| is_ours) })
    }
}

fn two_hundred() -> usize {
    200
}

fn five_hundred() -> usize {
    500
}

fn thousand() -> usize {
    1000
}

/// A mistake in what was asked, for people, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) place: Option<Place>,
}

/// Where a mistake is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the recipe's filter of this number, from 0.
    Filter(usize),
    /// In the TOML text; both from 1.
    Text { line: usize, column: usize },
}

impl From<Place> for MistakePlace {
    fn from(place: Place) -> MistakePlace {
        match place {
            Place::Filter(filter) => MistakePlace::Filter { filter },
            Place::Text { line, column } => MistakePlace::Text { line, column },
        }
    }
}

impl Problem {
    pub(super) fn new(message: impl ToString) -> Problem {
        Problem { message: message.to_string(), place: None }
    }
}

/// Takes a request apart. The answer's `id` is the request's.
pub(super) fn parse(message: &Value) -> Result<Request, Problem> {
    // Unknown keys are passed over, so that a newer page can talk to an older server.
    Request::deserialize(message)
        .map_err(|error| Problem::new(format!("the request cannot be read: {error}")))
}

/// The answer to a mistake, as it is sent.
pub(super) fn error(request: Option<&str>, id: Option<&Value>, problem: &Problem) -> String {
    let Problem { message, place } = problem.clone();
    let (request, place) = (request.map(str::to_owned), place.map(MistakePlace::from));
    let answer = Answer::Error(Mistake { message, request, place });
    Reply { answer, id: id.cloned() }.text()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn requests_have_defaults_and_unknown_keys_are_passed_over() {
        let request = parse(&json!({"type": "images", "batch": 3, "id": "x", "new": true})).unwrap();
        assert_eq!(request, Request::Images { batch: 3, from: 0, count: 500, only: None });
        let request = parse(&json!({"type": "plan", "inputs": ["a"], "output": "b", "count": 2})).unwrap();
        let order = BatchOrder { inputs: vec!["a".into()], output: "b".into(), ..BatchOrder::default() };
        assert_eq!(request, Request::Plan { order, from: 0, count: 2 });
        assert_eq!(parse(&json!({"type": "stop-now", "batch": 1})).unwrap(), Request::StopNow { batch: 1 });
        for wrong in
            [json!({"type": "dance"}), json!({"type": "pause"}), json!({"type": "process"}), json!({})]
        {
            assert!(parse(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn mistakes_carry_the_id_and_the_place() {
        let problem = Problem { message: "no".into(), place: Some(Place::Filter(2)) };
        let text = error(Some("plan"), Some(&7.into()), &problem);
        let expected =
            json!({"type": "error", "id": 7, "request": "plan", "message": "no", "where": {"filter": 2}});
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
    }
}
