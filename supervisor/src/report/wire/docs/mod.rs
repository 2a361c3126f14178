//! The page's types and the lists of `docs/websocket.md`, made from the wire types by a test, and the parts
//! of `docs/reference.md` that the code knows. Run with `UPDATE_DOCS=1`, it writes them anew.

mod markdown;
mod reference;
mod shape;
mod typescript;
pub(crate) mod wrap;

use schemars::generate::SchemaSettings;
use shape::Definitions;

use super::answer::Reply;
use super::feed::Feed;
use super::http::{PreviewQuestion, Refused, ThumbnailQuestion, UploadTarget, Uploaded};
use super::request::Request;
use super::{Line, Report};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Everything on the wire. A client may leave out more than it is ever told without.
fn definitions() -> Definitions {
    let mut told = SchemaSettings::draft2020_12().for_serialize().into_generator();
    told.subschema_for::<Reply>();
    told.subschema_for::<Feed>();
    told.subschema_for::<Line>();
    told.subschema_for::<Report>();
    told.subschema_for::<Refused>();
    told.subschema_for::<Uploaded>();
    let mut asked = SchemaSettings::draft2020_12().for_deserialize().into_generator();
    asked.subschema_for::<Request>();
    asked.subschema_for::<PreviewQuestion>();
    asked.subschema_for::<ThumbnailQuestion>();
    asked.subschema_for::<UploadTarget>();
    shape::definitions([told.definitions(), asked.definitions()])
}

fn must_be(path: &str, content: impl FnOnce(&str) -> String) {
    let file = format!("{ROOT}/{path}");
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    let made = content(&found);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, made).unwrap();
    } else {
        assert!(found == made, "{path} is stale: run the tests with UPDATE_DOCS=1");
    }
}

#[test]
fn the_types_of_the_page_are_current() {
    must_be("supervisor/assets/wire.d.ts", |_| typescript::file(&definitions()));
}

#[test]
fn the_lists_of_the_protocol_are_current() {
    must_be("docs/websocket.md", |page| markdown::filled(page, &definitions()));
}

#[test]
fn the_parts_of_the_reference_are_current() {
    must_be("docs/reference.md", reference::filled);
}
