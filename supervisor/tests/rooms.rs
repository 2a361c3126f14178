//! Which room may use which, read off the `use` lines: no room points back at one before it, and no two files
//! of the workspace point at each other.

#![expect(clippy::unwrap_used, reason = "all of this is tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms in order; those of one line do not know each other.
const ORDER: [&[&str]; 5] = [&["cli"], &["serve", "compare"], &["batch"], &["report"], &["plan"]];
/// For everybody, and knowing nobody.
const LEAVES: [&str; 5] = ["console", "exit", "log", "signals", "units"];
/// The crates that have modules enough for circles.
const CRATES: [&str; 6] = ["recipe", "protocol", "engine", "pool", "worker", "supervisor"];

/// A module is named by its path within its crate, `a/b`; the crate's root has the empty name.
type Graph = BTreeMap<String, BTreeSet<String>>;

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(Result::unwrap);
    entries
        .map(walkdir::DirEntry::into_path)
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
        .collect()
}

fn module_of(source: &Path, file: &Path) -> String {
    let name = file.strip_prefix(source).unwrap().with_extension("");
    let name = if name.ends_with("mod") { name.parent().unwrap().to_owned() } else { name };
    let name = name.to_str().unwrap().to_owned();
    if ["lib", "main"].contains(&name.as_str()) { String::new() } else { name }
}

/// Every path that begins with `crate::` or `super::`, from the part of a file that is not its tests.
fn paths(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let code: String = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(|line| format!("{line}\n"))
        .collect();
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::").chain(code.match_indices("super::")) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == ':' || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at..];
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':' || c == '{'))
            .unwrap_or(rest.len());
        let (path, group) = rest[..end].split_once('{').unwrap_or((&rest[..end], ""));
        found.push(path.trim_end_matches(':').to_owned());
        if rest[..end].contains('{') {
            let group = rest[end - group.len()..].split('}').next().unwrap();
            let prefix = path.trim_end_matches(':');
            found.extend(group.split(',').map(|item| format!("{prefix}::{}", item.trim())));
        }
    }
    found
}

/// The longest module that a path leads to, as seen from `module`.
fn target(path: &str, module: &str, known: &BTreeSet<String>) -> String {
    let mut at: Vec<&str> = module.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split("::") {
        match part {
            "crate" => at.clear(),
            "super" => drop(at.pop()),
            part => at.push(part),
        }
    }
    while !known.contains(&at.join("/")) && !at.is_empty() {
        at.pop();
    }
    at.join("/")
}

/// What each module of a crate uses. A module and the parts below it may know each other.
fn graph(source: &Path) -> Graph {
    let files = sources(source);
    let known: BTreeSet<String> = files.iter().map(|file| module_of(source, file)).collect();
    let mut graph = Graph::new();
    for file in &files {
        let module = module_of(source, file);
        let uses = paths(file).into_iter().map(|path| target(&path, &module, &known));
        let is_kin = |other: &str| other.starts_with(&module) || module.starts_with(other);
        graph.entry(module.clone()).or_default().extend(uses.filter(|other| !is_kin(other)));
    }
    graph
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(name).join("src")
}

fn room(module: &str) -> &str {
    module.split('/').next().unwrap()
}

fn rank(room: &str) -> Option<usize> {
    ORDER.iter().position(|rooms| rooms.contains(&room))
}

#[test]
fn no_room_points_back() {
    let graph = graph(&source("supervisor"));
    let mut arrows = 0;
    for (module, uses) in &graph {
        let from = room(module);
        for to in uses.iter().map(|other| room(other)).filter(|to| *to != from) {
            arrows += 1;
            if LEAVES.contains(&to) {
                continue;
            }
            assert!(!LEAVES.contains(&from), "{from} is for everybody, but uses {to}");
            let (Some(here), Some(there)) = (rank(from), rank(to)) else {
                panic!("{module}: where is {to}?")
            };
            assert!(here < there, "{module} uses {to}, which comes before it");
        }
    }
    assert!(arrows > 50, "{arrows}");
}

#[test]
fn only_the_command_line_knows_how_it_is_taken_apart() {
    for file in sources(&source("supervisor")) {
        let module = module_of(&source("supervisor"), &file);
        let may = module.is_empty() || room(&module) == "cli";
        let text = fs::read_to_string(&file).unwrap();
        assert!(may || !text.contains("clap"), "{module}");
    }
}

/// Those of `graph` that point at each other.
fn circles<'a>(name: &'a str, graph: &'a Graph) -> impl Iterator<Item = String> + 'a {
    graph.iter().flat_map(move |(one, uses)| {
        let back = uses
            .iter()
            .filter(move |other| *other > one && graph.get(*other).is_some_and(|u| u.contains(one)));
        back.map(move |other| format!("{name}: {one} and {other}"))
    })
}

/// The graph of folders, and of files that stand in none.
fn folders(files: &Graph) -> Graph {
    let mut folders = Graph::new();
    for (module, uses) in files {
        let from = room(module);
        let others = uses.iter().map(|other| room(other)).filter(|to| *to != from).map(str::to_owned);
        folders.entry(from.to_owned()).or_default().extend(others);
    }
    folders
}

#[test]
fn no_two_files_and_no_two_folders_point_at_each_other() {
    let mut found = BTreeSet::new();
    for name in CRATES {
        let files = graph(&source(name));
        found.extend(circles(name, &files));
        found.extend(circles(name, &folders(&files)));
    }
    assert!(found.is_empty(), "{found:?}");
}
