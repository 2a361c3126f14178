//! Defaults stand where they are used: what `docs/reference.md` says of them is held against that.

use clap::{Arg, Command, CommandFactory};

use super::Cli;

fn command(name: &str) -> Command {
    Cli::command().find_subcommand(name).unwrap().clone()
}

/// The default of an option, or what its help says that it has.
fn default_of(option: &Arg) -> Option<String> {
    let help = option.get_help().map(ToString::to_string).unwrap_or_default();
    let said = help.split_once("[default: ").map(|(_, rest)| rest.split_once(']').unwrap().0.to_owned());
    option.get_default_values().first().map(|value| value.to_str().unwrap().to_owned()).or(said)
}

/// The defaults in the options of a command as the reference lists them: `Default X.` or `Default: in words.`
fn defaults_in(reference: &str, command: &str) -> Vec<(String, Option<String>)> {
    let heading = format!("## Options of `{command}`\n");
    let section = reference.split_once(&heading).unwrap().1.split("\n## ").next().unwrap();
    let items = section.split("\n- `").skip(1).filter_map(|item| {
        let (options, text) = item.split_once("`: ").filter(|(_, text)| !text.starts_with("as for"))?;
        let name = options.split_once("--")?.1.split(' ').next()?.to_owned();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ") + " ";
        let default = text.split_once("Default").map(|(_, rest)| {
            let end = rest.find(". ").or_else(|| rest.find(", which")).unwrap();
            rest[..end].split(", which").next().unwrap().trim_matches([':', ' ', '`']).to_owned()
        });
        Some((name, default))
    });
    items.collect()
}

#[test]
fn the_reference_says_every_default() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reference.md");
    let reference = std::fs::read_to_string(path).unwrap();
    let of_run = defaults_in(&reference, "run");
    for name in ["run", "watch", "convert", "serve", "compare", "sheet"] {
        let mut listed = defaults_in(&reference, name);
        // What a command does not list is as for `run`.
        listed.extend(of_run.iter().cloned());
        assert!(listed.len() > 5, "{name}");
        let command = command(name);
        for option in command.get_arguments().filter(|option| option.get_action().takes_values()) {
            let Some(long) = option.get_long() else { continue };
            let listed =
                listed.iter().find(|(name, _)| name == long).and_then(|(_, default)| default.clone());
            assert_eq!(listed, default_of(option), "{name} --{long}");
        }
    }
}
