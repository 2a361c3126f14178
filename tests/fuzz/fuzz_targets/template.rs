//! What is typed after `--name`, filled with hostile values: no name may lead out of the output folder.
#![no_main]

use std::path::Component;

use libfuzzer_sys::fuzz_target;
use supervisor::{Field, NameTemplate};

fuzz_target!(|input: (&str, &str)| {
    let (template, value) = input;
    let Ok(template) = template.parse::<NameTemplate>() else { return };
    let name = template.fill(|_: Field| value.into());
    let outside = |part: Component<'_>| {
        matches!(part, Component::ParentDir | Component::RootDir | Component::Prefix(_))
    };
    assert!(!name.components().any(outside), "{name:?}");
});
