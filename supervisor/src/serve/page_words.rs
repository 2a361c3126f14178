//! Every word that the page may be sent has an entry in `supervisor/assets/words.js`, in both languages.

use std::collections::BTreeSet;

use engine::verdict::SkipReason;
use protocol::outcome::{ErrorKind, Stage};
use recipe::filter::{FILTERS, ParamKind};
use recipe::recipe::output_formats;
use recipe::words::Word;
use schemars::{JsonSchema, schema_for};

use crate::plan::OnConflict;
use crate::report::wire::VerdictKind;
use crate::report::wire::feed::{BatchEnding, State};
use crate::report::wire::recipe::SettingInfo;

const WORDS: &str = include_str!("../../assets/words.js");
const PAGE: &str = include_str!("../../assets/index.html");

/// What has an entry: `name: [` or `"name": [`.
fn entries() -> BTreeSet<&'static str> {
    let key = |line: &'static str| Some(line.trim().split_once(": [")?.0.trim_matches('"'));
    WORDS.lines().filter_map(key).collect()
}

/// The words of an enum as it is told.
fn words<T: JsonSchema>() -> Vec<String> {
    let schema = schema_for!(T);
    let variants = schema.get("oneOf").unwrap().as_array().unwrap();
    variants.iter().map(|variant| variant["const"].as_str().unwrap().to_owned()).collect()
}

fn of_filters() -> impl Iterator<Item = String> {
    let words = FILTERS.iter().flat_map(|info| info.params).flat_map(|param| {
        let choices: &[&str] = match param.kind {
            ParamKind::Choice(words) => words,
            ParamKind::Switch => &["true", "false"],
            ParamKind::Number { .. }
            | ParamKind::Integer { .. }
            | ParamKind::Text(_)
            | ParamKind::Color
            | ParamKind::Aspect
            | ParamKind::Points
            | ParamKind::Place
            | ParamKind::File => &[],
        };
        choices.iter().copied().chain(Some(param.unit).filter(|unit| !unit.is_empty()))
    });
    words.map(str::to_owned)
}

/// The words of the settings that have a list to choose from.
fn of_settings() -> impl Iterator<Item = String> {
    let offered = |info: &SettingInfo| PAGE.contains(&format!("<select id=\"{}\"", info.name));
    let settings = SettingInfo::all().into_iter().filter(offered);
    let settings = settings.flat_map(|SettingInfo { name, choices, .. }| {
        let choices = match name.as_str() {
            // It is not offered by the endings of its files.
            "format" => output_formats().into_iter().map(str::to_owned).collect(),
            _ => choices.unwrap(),
        };
        choices.into_iter().map(move |word| format!("{name}:{word}"))
    });
    settings.chain(OnConflict::WORDS.iter().map(|word| format!("on-conflict:{word}")))
}

#[test]
fn the_page_has_words_for_everything_that_it_may_be_told() {
    let kinds = ErrorKind::ALL.map(ErrorKind::word);
    // Of a photo that is gone, nobody there is told: batches have their photos before they begin.
    let skips = [SkipReason::UpToDate { by_older_revision: false }, SkipReason::Exists];
    let mut told: Vec<String> = kinds.iter().map(|kind| format!("advice:{kind}")).collect();
    told.extend(kinds.map(str::to_owned));
    told.extend(Stage::ALL.map(|stage| stage.word().to_owned()));
    told.extend(skips.map(|reason| reason.name().to_owned()));
    told.extend(words::<VerdictKind>());
    told.extend(words::<BatchEnding>().into_iter().map(|word| format!("ending:{word}")));
    // Of a batch that has ended its ending is told.
    let states = words::<State>().into_iter().filter(|word| word != "ended");
    told.extend(states.map(|word| format!("state:{word}")));
    told.extend(of_settings());
    told.extend(of_filters());
    let entries = entries();
    let missing: BTreeSet<&String> = told.iter().filter(|word| !entries.contains(word.as_str())).collect();
    assert!(missing.is_empty(), "words.js has no entry for {missing:?}");
}
