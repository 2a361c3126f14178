//! What is typed after `--name`, filled with hostile values: no name may lead out of the output folder.
#![no_main]

use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::Component;

use jiff::civil::DateTime;
use libfuzzer_sys::fuzz_target;
use recipe::template::{NumberToken, TextToken, TokenNumber, TokenValues};
use supervisor::NameTemplate;

struct Says<'a>(&'a str);

impl TokenValues for Says<'_> {
    fn text(&self, _: TextToken) -> Cow<'_, OsStr> {
        Cow::Borrowed(self.0.as_ref())
    }

    fn number(&self, _: NumberToken) -> TokenNumber {
        TokenNumber { value: 7, digits: 2 }
    }

    fn taken(&self) -> DateTime {
        DateTime::default()
    }
}

fuzz_target!(|input: (&str, &str)| {
    let (template, value) = input;
    let Ok(template) = template.parse::<NameTemplate>() else { return };
    let name = template.fill(&Says(value));
    let outside = |part: Component<'_>| {
        matches!(part, Component::ParentDir | Component::RootDir | Component::Prefix(_))
    };
    assert!(!name.components().any(outside), "{name:?}");
});
