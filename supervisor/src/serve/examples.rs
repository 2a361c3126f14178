//! Every example of `docs/websocket.md` is a message as it is sent: none lacks a field, and none has one that
//! there is not.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Deserializer, Value};

use super::{asked, asked_recipe, preview, spanish};
use crate::report::wire::answer::Reply;
use crate::report::wire::feed::{BatchState, Feed};

/// What stands in blocks of JSON, which may hold several messages.
fn examples() -> Vec<Value> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/websocket.md");
    let page = std::fs::read_to_string(page).unwrap();
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
