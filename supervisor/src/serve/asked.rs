//! What is asked for in the English protocol: from a message to a request. Pure.

use serde_json::Value;
use strum::VariantNames;

use super::asked_recipe;
use super::fields::Fields;
use super::messages::Problem;
use crate::report::wire::request::{BatchOrder, FEW_PICTURES, Request, SOME_IMAGES, SOME_JOBS};

/// Takes a request apart. The answer's `id` is the request's.
pub(super) fn parse(message: &Value) -> Result<Request, Problem> {
    let fields = message
        .as_object()
        .ok_or_else(|| Problem::new("a request is an object with a type, such as {\"type\":\"status\"}"))?;
    let kind = Fields::new("the request", fields).needed_text("type")?;
    let fields = Fields::new(&kind, fields);
    let from = || Ok(fields.whole("from")?.unwrap_or_default());
    let count = |usual| Ok(fields.whole("count")?.unwrap_or(usual));
    let batch = || fields.needed_whole("batch");
    Ok(match kind.as_str() {
        "hello" => Request::Hello { after: fields.whole("after")?, epoch: fields.text("epoch")? },
        "filters" => Request::Filters,
        "folders" => Request::Folders { path: fields.text("path")? },
        "pictures" => Request::Pictures {
            path: fields.needed_text("path")?,
            from: from()?,
            count: count(FEW_PICTURES)?,
        },
        "recipe" => Request::Recipe { toml: fields.text("toml")?, recipe: asked_recipe::field(&fields)? },
        "plan" => Request::Plan { order: order(&fields)?, from: from()?, count: count(SOME_JOBS)? },
        "process" => Request::Process(order(&fields)?),
        "pause" => Request::Pause { batch: batch()? },
        "resume" => Request::Resume { batch: batch()? },
        "stop" => Request::Stop { batch: batch()? },
        "stop-now" => Request::StopNow { batch: batch()? },
        "retry" => Request::Retry { batch: batch()?, only: fields.word("only")?.unwrap_or_default() },
        "status" => Request::Status,
        "images" => Request::Images {
            batch: batch()?,
            from: from()?,
            count: count(SOME_IMAGES)?,
            only: fields.word("only")?,
        },
        "make-folder" => Request::MakeFolder { path: fields.needed_text("path")? },
        other => {
            let known = Request::VARIANTS.join(", ");
            return Err(Problem::new(format!("there is no request {other:?}; there are {known}")));
        }
    })
}

fn order(fields: &Fields<'_>) -> Result<BatchOrder, Problem> {
    Ok(BatchOrder {
        inputs: fields.needed("inputs", fields.texts("inputs")?)?,
        output: fields.needed_text("output")?,
        recipe: asked_recipe::field(fields)?,
        toml: fields.text("toml")?,
        name: fields.text("name")?,
        on_conflict: fields.word("on_conflict")?,
        fresh: fields.truth("fresh")?.unwrap_or_default(),
        workers: fields.whole("workers")?,
        timeout_s: fields.number("timeout_s")?,
        retries: fields.whole("retries")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::wire::request::Only;
    use serde_json::json;

    #[test]
    fn requests_have_defaults_and_unknown_keys_are_passed_over() {
        let request = parse(&json!({"type": "images", "batch": 3, "id": "x", "new": true})).unwrap();
        assert_eq!(request, Request::Images { batch: 3, from: 0, count: 500, only: None });
        let request = parse(&json!({"type": "plan", "inputs": ["a"], "output": "b", "count": 2})).unwrap();
        let order = BatchOrder { inputs: vec!["a".into()], output: "b".into(), ..BatchOrder::default() };
        assert_eq!(request, Request::Plan { order, from: 0, count: 2 });
        assert_eq!(parse(&json!({"type": "stop-now", "batch": 1})).unwrap(), Request::StopNow { batch: 1 });
        let nulls = json!({"type": "images", "batch": 3.0, "from": null, "count": null, "only": null});
        assert_eq!(parse(&nulls).unwrap(), Request::Images { batch: 3, from: 0, count: 500, only: None });
        let nulls = json!({"type": "retry", "batch": 3, "only": null});
        assert_eq!(parse(&nulls).unwrap(), Request::Retry { batch: 3, only: Only::Failed });
    }

    #[test]
    fn mistakes_are_told_in_plain_words() {
        for (wrong, expected) in [
            (json!([]), "a request is an object with a type"),
            (json!({}), "the request: type is missing"),
            (json!({"type": 3}), "the request: type must be a text, got 3"),
            (json!({"type": "dance"}), "there is no request \"dance\"; there are hello, filters"),
            (json!({"type": "pause"}), "pause: batch is missing"),
            (json!({"type": "pause", "batch": "x"}), "pause: batch must be a whole number from 0, got \"x\""),
            (json!({"type": "pictures"}), "pictures: path is missing"),
            (json!({"type": "process"}), "process: inputs is missing"),
            (json!({"type": "plan", "inputs": "a"}), "plan: inputs must be a list of texts, got \"a\""),
            (
                json!({"type": "plan", "inputs": [], "output": "b", "on_conflict": "x"}),
                "plan: on_conflict must be one of error, skip, overwrite, unique, got \"x\"",
            ),
            (
                json!({"type": "retry", "batch": 1, "only": {}}),
                "retry: only must be one of failed, unfinished, got {}",
            ),
        ] {
            let message = parse(&wrong).unwrap_err().message;
            assert!(message.starts_with(expected), "{wrong}: {message}");
        }
    }

    #[test]
    fn every_request_reads_back_as_it_was_written() {
        for &kind in Request::VARIANTS {
            let asked = json!({
                "type": kind, "path": "a", "batch": 1, "inputs": ["a"], "output": "b", "from": 2, "count": 3,
                "only": "unfinished", "after": 4, "epoch": "c", "toml": "d", "name": "e",
                "recipe": {"filters": [{"name": "blur", "radius": 5}], "output": {"quality": 70}},
                "on_conflict": "skip", "fresh": true, "workers": 5, "timeout_s": 0.5, "retries": 6,
            });
            let request = parse(&asked).unwrap();
            let written = serde_json::to_value(&request).unwrap();
            assert_eq!(written["type"], kind);
            for (key, value) in written.as_object().unwrap() {
                assert_ne!(*value, Value::Null, "{kind}: {key}");
                assert_eq!(asked[key], *value, "{kind}: {key}");
            }
            assert_eq!(parse(&written), Ok(request), "{kind}");
        }
    }
}
