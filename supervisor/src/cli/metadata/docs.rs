//! What the reference says of families of metadata, made from their table.

use recipe::metadata::{MetadataFamily, MetadataField};
use recipe::words::Word;

use crate::report::wire::docs::wrap::wrapped;

const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reference.md");
const END: &str = "<!-- end -->\n";

fn families() -> String {
    let item = |family: MetadataFamily| {
        let info = family.info();
        wrapped("- ", "  ", &format!("`{}`: {}. {}.", family.word(), info.about, info.places()))
    };
    format!("\n{}\n", MetadataFamily::ALL.map(item).concat())
}

fn fields() -> String {
    let item = |field: MetadataField| {
        let info = field.info();
        wrapped("- ", "  ", &format!("`{}`: {}. {}.", field.word(), info.about, info.places()))
    };
    format!("\n{}\n", MetadataField::ALL.map(item).concat())
}

/// The page with a list in its place.
fn with_list(page: &str, name: &str, list: &str) -> String {
    let start = format!("<!-- made from recipe/metadata: {name} -->\n");
    let (before, rest) = page.split_once(&start).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    [before, &start, list, END, after].concat()
}

/// Run with `UPDATE_DOCS=1` to rewrite the lists.
#[test]
fn the_lists_of_metadata_in_the_reference_are_current() {
    let page = std::fs::read_to_string(REFERENCE).unwrap();
    let written = with_list(&page, "families", &families());
    let written = with_list(&written, "fields", &fields());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(REFERENCE, written).unwrap();
    } else {
        assert_eq!(page, written, "run the tests with UPDATE_DOCS=1");
    }
}
