//! The examples of the docs that are no commands are what they seem to be: recipes, and a unit of systemd
//! that has a command line of ours. The commands themselves are run by `scripts/check_docs`.

use std::fs;
use std::path::Path;

use clap::Parser;
use recipe::Recipe;

use super::{Cli, CliCommand};

const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");

/// The blocks of a page that are marked so.
fn blocks(page: &str, mark: &str) -> Vec<String> {
    let start = format!("\n```{mark}\n");
    page.split(&start).skip(1).map(|rest| rest.split("\n```").next().unwrap().to_owned() + "\n").collect()
}

fn page(name: &str) -> String {
    fs::read_to_string(Path::new(DOCS).join(name)).unwrap()
}

#[test]
fn every_recipe_in_the_docs_is_one() {
    let mut found = Vec::new();
    let docs = fs::read_dir(DOCS).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    for name in docs.chain(["../README.md".to_owned()]) {
        if !name.ends_with(".md") {
            continue;
        }
        for block in blocks(&page(&name), "toml") {
            let recipe = Recipe::parse(&block).unwrap_or_else(|error| panic!("{name}: {error}\n{block}"));
            assert_ne!(recipe, Recipe::default(), "{name} says nothing:\n{block}");
            found.push(name.clone());
        }
    }
    for name in ["guide.md", "reference.md"] {
        assert!(found.iter().any(|found| found == name), "{name} has no recipe: {found:?}");
    }
}

#[test]
fn the_unit_of_systemd_starts_a_watch() {
    let [unit] = <[String; 1]>::try_from(blocks(&page("guide.md"), "ini")).unwrap();
    let unit = unit.replace("\\\n", " ");
    let command = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    let words = shlex::split(command).unwrap();
    assert_eq!(words[0], "/usr/local/bin/supervisor");
    let CliCommand::Watch(args) = Cli::try_parse_from(&words).unwrap().command else {
        panic!("no watch: {command}")
    };
    let watch = args.settings().unwrap_or_else(|_| panic!("refused: {command}"));
    // What it may write to, and needs, is where the command says.
    let folder = |key: &str| unit.lines().find_map(|line| line.strip_prefix(key)).unwrap();
    for key in ["ReadWritePaths=", "RequiresMountsFor="] {
        assert!(watch.run.output.starts_with(folder(key)), "{key}");
        assert!(watch.run.inputs.iter().all(|input| input.starts_with(folder(key))), "{key}");
    }
}

#[test]
fn the_guide_shows_the_program_that_is_run() {
    let shown = blocks(&page("guide.md"), "rust").concat();
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../pool/examples/guide.rs");
    let example = fs::read_to_string(example).unwrap();
    let code = example.split_once("\n\n").unwrap().1;
    assert_eq!(shown, code, "pool/examples/guide.rs is shown in docs/guide.md, but for its first lines");
}
