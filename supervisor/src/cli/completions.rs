//! `supervisor completions`: shell completions.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Cli;
use crate::console::print;
use crate::exit::Exit;

/// Options of `completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// Prints them.
pub(crate) fn completions(args: &CompletionsArgs) -> Exit {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "supervisor", &mut text);
    print(&String::from_utf8_lossy(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a shell's script in which all of `words` stand.
    fn lines(shell: Shell, words: &[&str]) -> usize {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "supervisor", &mut script);
        let script = String::from_utf8(script).unwrap();
        script.lines().filter(|line| words.iter().all(|word| line.contains(word))).count()
    }

    #[test]
    fn values_are_offered() {
        let offered: &[&[&str]] = &[
            &["keep", "jpeg", "webp", "avif"],
            &["error", "skip", "overwrite", "unique"],
            &["process", "thread", "sequential"],
            &["keep", "copyright", "strip"],
            &["srgb", "keep"],
            &["444", "422", "420"],
            &["require", "auto", "off"],
            &["auto", "bar", "plain", "json", "none"],
            &["develop", "embedded"],
            &["keep", "drop"],
            &["bash", "zsh", "fish"],
        ];
        for shell in [Shell::Bash, Shell::Zsh] {
            for words in offered {
                assert!(lines(shell, words) >= 1, "{shell}: {words:?}");
            }
            // Of `run` and `compare`, and the name of `filters`.
            assert!(lines(shell, &["blur", "watermark", "resize"]) >= 3, "{shell}");
        }
    }
}
