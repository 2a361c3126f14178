//! The English protocol: reading requests, and the mistakes that clients are told of. `docs/websocket.md` is
//! its description.

use serde::Deserialize;
use serde_json::Value;

use crate::report::wire::answer::{Answer, Mistake, MistakePlace, Reply};
use crate::report::wire::request::Request;

/// The version of the protocol.
pub(super) const VERSION: u32 = 1;

/// The wish to hear what happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Follow {
    /// From which event on, if that is one of this server's.
    pub(super) after: Option<u64>,
}

/// Whether the sender of a request wants to follow, given the server's epoch.
pub(super) fn follows(request: &Request, own_epoch: &str) -> Option<Follow> {
    let Request::Hello { after, epoch } = request else { return None };
    let is_ours = epoch.as_ref().is_none_or(|epoch| epoch == own_epoch);
    Some(Follow { after: after.filter(|_| is_ours) })
}

/// A mistake in what was asked, for people, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) place: Option<MistakePlace>,
}

impl Problem {
    pub(super) fn new(message: impl ToString) -> Problem {
        Problem { message: message.to_string(), place: None }
    }
}

/// Takes a request apart. The answer's `id` is the request's.
pub(super) fn parse(message: &Value) -> Result<Request, Problem> {
    Request::deserialize(message)
        .map_err(|error| Problem::new(format!("the request cannot be read: {error}")))
}

/// The answer to a mistake, as it is sent.
pub(super) fn error(request: Option<&str>, id: Option<&Value>, problem: &Problem) -> String {
    let Problem { message, place } = problem.clone();
    let request = request.map(str::to_owned);
    let answer = Answer::Error(Mistake { message, request, place });
    Reply { answer, id: id.cloned() }.text()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::wire::request::BatchOrder;
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
        let problem = Problem { message: "no".into(), place: Some(MistakePlace::Filter { filter: 2 }) };
        let text = error(Some("plan"), Some(&7.into()), &problem);
        let expected =
            json!({"type": "error", "id": 7, "request": "plan", "message": "no", "where": {"filter": 2}});
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
    }
}
