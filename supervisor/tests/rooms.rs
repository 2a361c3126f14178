//! Which room may use which, that nothing goes round in a circle, and that no file is left over, read off the
//! sources.

#![expect(clippy::unwrap_used, reason = "all of this is tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms in order; those of one line do not know each other.
const ORDER: [&[&str]; 5] =
    [&["cli"], &["serve", "compare", "sheet", "verify", "watch"], &["batch"], &["report"], &["plan"]];
/// For everybody, and knowing nobody.
const LEAVES: [&str; 7] = ["console", "exit", "log", "outlet", "scratch", "signals", "units"];
/// Beside the crates of the workspace: a program of many modules that is none of them.
const END_TO_END: &str = "tests/tests/it";

/// Not looked at: a helper of tests that plays filters through a whole pipeline, and so looks back up from
/// below. In the program itself nothing does.
const LOOKING_BACK: (&str, &str) = ("worker/src", "filters/testing");

/// A module within its crate, by the names that lead to it; the root has none.
type Module = Vec<String>;
/// What each uses.
type Graph = BTreeMap<Module, BTreeSet<Module>>;

/// A path as it stands in a module, with the name that it has there from then on.
#[derive(Debug, Clone)]
struct UsedPath {
    parts: Vec<String>,
    name: String,
    is_reexport: bool,
}

/// The modules of a crate, with the paths in each.
struct Sources(BTreeMap<Module, Vec<UsedPath>>);

fn files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(Result::unwrap);
    entries.map(walkdir::DirEntry::into_path).filter(|path| path.extension().is_some_and(|e| e == "rs"))
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(name)
}

/// The folders of all sources, read off the workspace, so that no crate is forgotten.
fn sources() -> Vec<String> {
    let workspace = fs::read_to_string(source("Cargo.toml")).unwrap();
    let members = workspace.lines().find_map(|line| line.strip_prefix("members = ")).unwrap();
    let members = members.split('"').skip(1).step_by(2).map(|member| format!("{member}/src"));
    members.chain([END_TO_END.to_owned()]).collect()
}

fn module_of(source: &Path, file: &Path) -> Module {
    let name = file.strip_prefix(source).unwrap().with_extension("");
    let mut module: Module = name.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if module.last().is_some_and(|last| last == "mod") || module == ["lib"] || module == ["main"] {
        module.pop();
    }
    module
}

/// Code without its comments and the tests at its end.
fn code_of(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Takes a path, or a tree of them (`a::{b, c::D}`), from the beginning of `code`. Gives back what follows.
fn take_tree<'a>(mut code: &'a str, prefix: &[String], found: &mut Vec<UsedPath>) -> &'a str {
    let mut parts = prefix.to_vec();
    loop {
        code = code.trim_start();
        if let Some(mut rest) = code.strip_prefix('{') {
            loop {
                rest = rest.trim_start_matches([',', ' ', '\n']);
                match rest.strip_prefix('}') {
                    Some(after) => return after,
                    None if rest.starts_with(|c| is_word(c) || c == '*') => {
                        rest = take_tree(rest, &parts, found);
                    }
                    // No tree at all: a block of code.
                    None => return rest,
                }
            }
        }
        let end = code.find(|c| !is_word(c)).unwrap_or(code.len());
        let (word, rest) = code.split_at(end);
        if !word.is_empty() && (word != "self" || parts.is_empty()) {
            parts.push(word.to_owned());
        }
        let Some(next) = rest.strip_prefix("::") else {
            let mut name = parts.last().cloned().unwrap_or_default();
            let mut rest = rest.strip_prefix('*').unwrap_or(rest);
            if let Some(alias) = rest.strip_prefix(" as ") {
                let end = alias.find(|c| !is_word(c)).unwrap_or(alias.len());
                (name, rest) = (alias[..end].to_owned(), &alias[end..]);
            }
            found.push(UsedPath { parts, name, is_reexport: false });
            return rest;
        };
        code = next;
    }
}

/// Every path in a piece of code that could lead to a module of the same crate.
fn paths(code: &str) -> Vec<UsedPath> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find("::") {
        let start = rest[..at].rfind(|c| !is_word(c)).map_or(0, |before| before + 1);
        let before = &rest[..start];
        if start == at || before.ends_with(['$', ':']) {
            rest = &rest[at + 2..];
            continue;
        }
        let statement = before.rsplit([';', '\n']).next().unwrap().trim();
        let is_reexport = statement.starts_with("pub") && statement.ends_with("use");
        let known = found.len();
        rest = take_tree(&rest[start..], &[], &mut found);
        found[known..].iter_mut().for_each(|path| path.is_reexport = is_reexport);
    }
    found
}

impl Sources {
    fn of(name: &str) -> Sources {
        let source = source(name);
        let modules = files(&source).map(|file| (module_of(&source, &file), paths(&code_of(&file))));
        let mut all = BTreeMap::<Module, Vec<UsedPath>>::new();
        modules.for_each(|(module, paths)| all.entry(module).or_default().extend(paths));
        all.retain(|module, _| (name, module.join("/").as_str()) != LOOKING_BACK);
        Sources(all)
    }

    /// The module that has what a path leads to, whichever module passes it on. `None`: another crate's.
    fn target(&self, path: &[String], module: &Module) -> Option<Module> {
        let mut at = module.clone();
        for (index, part) in path.iter().enumerate() {
            match part.as_str() {
                "crate" => at.clear(),
                "super" => drop(at.pop()),
                "self" => {}
                part => {
                    let below = [at.as_slice(), &[part.to_owned()]].concat();
                    if self.0.contains_key(&below) {
                        at = below;
                    } else {
                        return if index == 0 { None } else { self.passed_on(part, &at).or(Some(at)) };
                    }
                }
            }
        }
        Some(at)
    }

    /// Where a name comes from that a module only passes on.
    fn passed_on(&self, name: &str, module: &Module) -> Option<Module> {
        let from = self.0[module].iter().find(|path| path.is_reexport && path.name == name)?;
        self.target(&from.parts, module)
    }

    fn graph(&self) -> Graph {
        let uses = |(module, paths): (&Module, &Vec<UsedPath>)| {
            let own = paths.iter().filter(|path| !path.is_reexport);
            let targets = own.filter_map(|path| self.target(&path.parts, module));
            (module.clone(), targets.filter(|target| target != module).collect())
        };
        self.0.iter().map(uses).collect()
    }
}

/// The graph of what is side by side in `parent`, each with everything in it. A module and its own parts
/// may know each other: what the parts share stands in their module, which is made of them.
fn side_by_side(graph: &Graph, parent: &Module) -> Graph {
    let child = |module: &Module| {
        (module.len() > parent.len() && module.starts_with(parent)).then(|| module[..=parent.len()].to_vec())
    };
    let mut children = Graph::new();
    for (module, uses) in graph {
        let Some(from) = child(module) else { continue };
        let others = uses.iter().filter_map(child).filter(|to| *to != from);
        children.entry(from.clone()).or_default().extend(others);
    }
    children
}

fn reached<'a>(graph: &'a Graph, from: &'a Module) -> BTreeSet<&'a Module> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(module) = open.pop() {
        open.extend(graph[module].iter().filter(|other| reached.insert(*other)));
    }
    reached
}

/// Those that lead to each other, however long the way: each such set once.
fn circles(graph: &Graph) -> BTreeSet<Vec<&Module>> {
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        graph.keys().map(|module| (module, reached(graph, module))).collect();
    let round = |module: &&Module| {
        let back = |other: &&&Module| reached[**other].contains(*module);
        reached[*module].iter().filter(back).copied().collect::<Vec<_>>()
    };
    reached.keys().map(round).filter(|circle| circle.len() > 1).collect()
}

fn rank(room: &str) -> Option<usize> {
    ORDER.iter().position(|rooms| rooms.contains(&room))
}

#[test]
fn no_room_points_back() {
    let rooms = side_by_side(&Sources::of("supervisor/src").graph(), &Module::new());
    let mut arrows = 0;
    for (from, uses) in &rooms {
        let from = from[0].as_str();
        for to in uses.iter().map(|to| to[0].as_str()).filter(|to| !LEAVES.contains(to)) {
            arrows += 1;
            assert!(!LEAVES.contains(&from), "{from} is for everybody, but uses {to}");
            let (Some(here), Some(there)) = (rank(from), rank(to)) else { panic!("{from}: where is {to}?") };
            assert!(here < there, "{from} uses {to}, which comes before it");
        }
    }
    assert!(arrows > 8, "{arrows}");
}

#[test]
fn the_head_of_each_room_says_what_it_may_use() {
    for (index, rooms) in ORDER.iter().enumerate() {
        let others: Vec<String> =
            ORDER[index + 1..].concat().iter().map(|room| format!("`{room}`")).collect();
        let others = if others.is_empty() { "no other room".to_owned() } else { others.join(", ") };
        for room in *rooms {
            let head = fs::read_to_string(source("supervisor/src").join(room).join("mod.rs")).unwrap();
            assert!(head.contains(&format!("//! May use {others}.\n")), "{room} may use {others}");
        }
    }
}

#[test]
fn only_the_command_line_knows_how_it_is_taken_apart() {
    let source = source("supervisor/src");
    for file in files(&source) {
        let module = module_of(&source, &file);
        let may = module.first().is_none_or(|room| room == "cli");
        assert!(may || !fs::read_to_string(&file).unwrap().contains("clap"), "{module:?}");
    }
}

#[test]
fn nothing_goes_round_in_a_circle() {
    let (mut found, mut arrows) = (BTreeSet::new(), 0);
    for name in sources() {
        let graph = Sources::of(&name).graph();
        arrows += graph.values().flatten().count();
        for parent in graph.keys() {
            let children = side_by_side(&graph, parent);
            found.extend(circles(&children).into_iter().map(|circle| format!("{name}: {circle:?}")));
        }
    }
    assert!(arrows > 500, "{arrows}");
    assert_eq!(found, BTreeSet::new());
}

/// All methods of the engine are those of one type, so no path shows which part calls which.
#[test]
fn the_parts_of_the_engine_call_no_part_that_calls_them() {
    let source = source("engine/src");
    let parts = files(&source).map(|file| (module_of(&source, &file), code_of(&file)));
    let parts: BTreeMap<Module, String> =
        parts.filter(|(module, _)| !module.starts_with(&["tests".into()])).collect();
    let names_after = |code: &str, before: &str| -> BTreeSet<String> {
        let found = code.split(before).skip(1).filter_map(|rest| rest.split_once('('));
        found.map(|(name, _)| name.to_owned()).filter(|name| name.chars().all(is_word)).collect()
    };
    let uses = |(module, code): (&Module, &String)| {
        let calls = names_after(code, "self.");
        let has = |part: &String| !names_after(part, "fn ").is_disjoint(&calls);
        let others = parts.iter().filter(|(other, part)| *other != module && has(part));
        (module.clone(), others.map(|(other, _)| other.clone()).collect())
    };
    let graph: Graph = parts.iter().map(uses).collect();
    assert!(graph.values().flatten().count() > 10, "{graph:?}");
    assert_eq!(circles(&graph), BTreeSet::new());
}

#[test]
fn every_file_is_a_module_of_its_crate() {
    for name in sources() {
        let source = source(&name);
        let mut texts = BTreeMap::<Module, String>::new();
        for file in files(&source) {
            *texts.entry(module_of(&source, &file)).or_default() += &fs::read_to_string(&file).unwrap();
        }
        // Of `bin`, each file is a program.
        for module in texts.keys().filter(|module| module.first().is_some_and(|first| first != "bin")) {
            let (last, parent) = module.split_last().unwrap();
            let declared = texts.get(parent).is_some_and(|text| text.contains(&format!("mod {last};")));
            assert!(declared, "{name}: nothing uses {module:?}");
        }
    }
}

#[test]
fn the_map_in_the_architecture_names_every_room_and_top_level_file() {
    let text = fs::read_to_string(source("ARCHITECTURE.md")).unwrap();
    let map = text.split("\n## Where everything lives\n").nth(1).unwrap();
    let mut named = 0;
    for name in
        ["recipe", "protocol", "engine", "pool", "worker", "supervisor"].map(|name| format!("{name}/src"))
    {
        let section = map.split(&format!("\n**`{name}/`**")).nth(1).unwrap().split("\n**").next().unwrap();
        let modules: BTreeSet<Module> =
            Sources::of(&name).0.into_keys().filter(|module| module.len() == 1).collect();
        for module in modules.iter().map(|module| &module[0]).filter(|module| *module != "tests") {
            named += 1;
            let is_named = [".rs`", "/"].iter().any(|end| section.contains(&format!("`{module}{end}")));
            assert!(is_named, "ARCHITECTURE.md does not say where {module} of {name} is");
        }
    }
    assert!(named > 60, "{named}");
}
