//! The English protocol: its version, who follows, and the mistakes that clients are told of.
//! `docs/websocket.md` is its description.

use serde_json::Value;

use crate::report::wire::answer::{Answer, Mistake, MistakePlace, Reply};
use crate::report::wire::request::Request;

/// The version of the protocol.
pub(super) const VERSION: u32 = 1;

/// That a client wants to hear what happens.
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
    use serde_json::json;

    #[test]
    fn mistakes_carry_the_id_and_the_place() {
        let problem = Problem { message: "no".into(), place: Some(MistakePlace::Filter { filter: 2 }) };
        let text = error(Some("plan"), Some(&7.into()), &problem);
        let expected =
            json!({"type": "error", "id": 7, "request": "plan", "message": "no", "where": {"filter": 2}});
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
    }
}
