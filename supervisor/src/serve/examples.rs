//! What `docs/websocket.md` says by hand holds: every example is a message as it is sent (none lacks a field,
//! and none has one that there is not), and the limits are those in force.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Deserializer, Value};

use super::upload::{AT_A_TIME, LARGEST_FILE, SILENCE};
use super::{MESSAGE_BYTES, SOCKETS, asked, asked_recipe, preview, spanish};
use crate::report::wire::answer::Reply;
use crate::report::wire::feed::{BatchState, Feed};

fn page() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/websocket.md")).unwrap()
}

/// What stands in blocks of JSON, which may hold several messages.
fn examples() -> Vec<Value> {
    let page = page();
    let blocks = page.split("\n```json\n").skip(1).map(|rest| rest.split("\n```").next().unwrap());
    let read = |block: &str| {
        let messages: Result<Vec<Value>, _> = Deserializer::from_str(block).into_iter().collect();
        messages.unwrap_or_else(|error| panic!("{error}: {block}"))
    };
    blocks.flat_map(read).collect()
}

/// Whether this is all that is said by such a type.
fn is_all_of<T: Serialize + DeserializeOwned>(told: &Value) -> bool {
    serde_json::from_value::<T>(told.clone()).is_ok_and(|read| serde_json::to_value(read).unwrap() == *told)
}

/// Whether everything that was asked has been understood. What may be left out may be missing.
fn is_understood<T: Serialize, E>(asked: &Value, read: Result<T, E>) -> bool {
    let Ok(Value::Object(read)) = read.map(|read| serde_json::to_value(read).unwrap()) else { return false };
    asked.as_object().is_some_and(|asked| asked.iter().all(|(key, value)| read.get(key) == Some(value)))
}

#[test]
fn every_example_of_the_protocol_is_a_message_as_it_is_sent() {
    let examples = examples();
    assert!(examples.len() > 12, "{}", examples.len());
    for example in examples {
        let told = is_all_of::<Reply>(&example) || is_all_of::<Feed>(&example);
        let part =
            is_all_of::<BatchState>(&example) || is_understood(&example, asked_recipe::parse(&example));
        let asked = is_understood(&example, asked::parse(&example))
            || is_understood(&example, preview::question(&example));
        let said_in_spanish = match example["tipo"].as_str() {
            Some("listar_filtros" | "procesar") => spanish::parse(&example).is_ok(),
            Some("filtros" | "progreso" | "completado" | "error") => {
                example["datos"].is_array() || example["datos"].is_object()
            }
            Some(_) | None => false,
        };
        assert!(told || part || asked || said_in_spanish, "{example:#}");
    }
}

#[test]
fn the_limits_are_those_in_force() {
    let page = page().split_whitespace().collect::<Vec<_>>().join(" ");
    for limit in [
        format!("- a WebSocket message to the server: {} KiB;", MESSAGE_BYTES >> 10),
        format!("- connections: {SOCKETS} WebSockets,"),
        format!("- an uploaded file: {} MiB; at most {AT_A_TIME} at a time", LARGEST_FILE >> 20),
        format!("an upload may pause for {} s", SILENCE.as_secs()),
    ] {
        assert!(page.contains(&limit), "{limit}");
    }
}
