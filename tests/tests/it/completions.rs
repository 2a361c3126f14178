//! What a shell offers: bash is asked as the Tab key asks it, the scripts of shells that may not be here are
//! read.

use std::fmt::Write as _;
use std::process::Command;

use insta::assert_snapshot;
use supervisor_tests::executable;

fn script(shell: &str) -> String {
    let output = Command::new(executable("supervisor")).args(["completions", shell]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// What bash offers for the last of these words.
fn bash_offers(words: &[&str]) -> Vec<String> {
    let asks = r#"
        eval "$SCRIPT"
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _supervisor supervisor "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>/dev/null
        printf '%s\n' "${COMPREPLY[@]}""#;
    let mut bash = Command::new("bash");
    let folder = tempfile::tempdir().unwrap();
    bash.env("SCRIPT", script("bash")).current_dir(folder.path());
    let output = bash.args(["--norc", "-c", asks, "bash"]).args(words).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).filter(|line| !line.is_empty()).collect()
}

/// The options that take a value, in the order of `--help`.
fn options_with_a_value(command: &str) -> Vec<String> {
    let output = Command::new(executable("supervisor")).args([command, "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let option = |line: &str| {
        let (_, long) = line.trim_start().strip_prefix('-').and(line.split_once("--"))?;
        let (name, rest) = long.split_once(' ')?;
        rest.starts_with('<').then(|| format!("--{name}"))
    };
    help.lines().filter_map(option).collect()
}

#[test]
fn bash_offers_commands_options_and_values() {
    let mut offers = String::new();
    for words in [vec![""], vec!["co"], vec!["run", "--ma"], vec!["filters", "blu"], vec!["completions", ""]]
    {
        let words = [vec!["supervisor"], words].concat();
        writeln!(offers, "{}: {}", words.join(" "), bash_offers(&words).join(" ")).unwrap();
    }
    for command in ["run", "watch", "convert", "compare", "serve", "sheet", "verify", "recipes"] {
        for option in options_with_a_value(command) {
            let words = ["supervisor", command, &option, ""];
            writeln!(offers, "{}: {}", words.join(" "), bash_offers(&words).join(" ")).unwrap();
        }
    }
    assert_snapshot!("offered-bash", offers);
}

/// The lines of fish's script, each `complete` with the values that follow it.
fn fish_completes(command: &str) -> String {
    let script = script("fish");
    let of_command = format!("__fish_supervisor_using_subcommand {command}\"");
    let mut offers = String::new();
    for complete in script.split("\ncomplete -c supervisor ").filter(|part| part.contains(&of_command)) {
        let word = |flag: &str| {
            let (_, rest) = complete.split_once(&format!(" {flag} "))?;
            rest.split_whitespace().next()
        };
        let values = complete.split_once(" -a \"").map_or("", |(_, values)| values);
        let values = values.lines().filter_map(|line| line.split_once("\\t")).map(|(value, _)| value);
        if let Some(name) = word("-l") {
            writeln!(offers, "--{name}: {}", values.collect::<Vec<_>>().join(" ")).unwrap();
        }
    }
    offers
}

#[test]
fn fish_offers_options_and_values() {
    assert_snapshot!("offered-fish", fish_completes("run"));
}

/// What bash offers of commands and long options, the scripts of the other shells name too.
#[test]
fn every_shell_knows_every_command_and_option() {
    let commands = bash_offers(&["supervisor", ""]).into_iter().filter(|word| !word.starts_with('-'));
    let commands: Vec<String> = commands.collect();
    assert!(commands.len() >= 8, "{commands:?}");
    let options = |command: &String| bash_offers(&["supervisor", command, "--"]);
    let options: Vec<String> = commands.iter().flat_map(options).collect();
    // A `*` stands before those that zsh offers again.
    for (shell, before) in [("elvish", "cand --"), ("fish", "-l "), ("powershell", "'--"), ("zsh", "--")] {
        let script = script(shell);
        let named = |option: &String| format!("{before}{}", option.trim_start_matches('-'));
        for word in options.iter().map(named).chain(commands.clone()) {
            assert!(script.contains(&word), "{shell}: {word}");
        }
    }
}
