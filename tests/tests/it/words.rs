//! What the program says, compared with snapshots, so that no word changes unseen: help, man pages, messages,
//! and the bones of the report.
//!
//! After a change that was meant, build, then `INSTA_UPDATE=always cargo test --workspace --test it words::`,
//! and read the difference. What depends on machine or moment is replaced by `…`.

use std::process::Command;

use insta::assert_snapshot;
use supervisor_tests::{TestRun, executable};

const COMMANDS: [&str; 11] = [
    "run",
    "convert",
    "compare",
    "serve",
    "sheet",
    "verify",
    "filters",
    "recipes",
    "doctor",
    "completions",
    "man",
];

/// What it prints to both outputs, and its exit code where that is not zero.
fn said(command: &mut Command) -> String {
    let command = command.env("COLUMNS", "100").env("NO_COLOR", "1");
    let output = command.output().unwrap();
    let code = output.status.code().unwrap();
    let [stdout, stderr] =
        [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let code = if code == 0 { String::new() } else { format!("exit code {code}\n") };
    stdout + &stderr + &code
}

fn supervisor(arguments: &[&str]) -> String {
    let command = &mut Command::new(executable("supervisor"));
    said(command.env("SUPERVISOR_WORKER", executable("worker")).args(arguments))
        .replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

/// Numbers as `…`, with the dots and commas within them.
fn without_numbers(line: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in line.split(' ') {
        let is_number = word.starts_with(|c: char| c.is_ascii_digit());
        words.push(if is_number { "…".to_owned() } else { word.to_owned() });
    }
    words.join(" ")
}

/// Without the folder's name, times and rates, and what this machine's kernel has.
fn redacted(text: &str, folder: &str) -> String {
    let line = |line: &str| match line.split_once(':') {
        Some(("sandbox", _)) => "sandbox: …".to_owned(),
        _ if line.contains(" images/s") || line.starts_with("lanes busy") => without_numbers(line),
        _ => line.to_owned(),
    };
    text.replace(folder, "FOLDER").lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_was_typed_commands_no_terminal() {
    for (typed, shown) in [
        (["-f", "bl\u{1b}]0;x\u{7}ur"], "invalid value 'bl\\u{1b}]0;x\\u{7}ur'"),
        (["--name", "{o\u{1b}[31m}"], "invalid value '{o\\u{1b}[31m}'"),
        (["--times", "\u{1b}[2J"], "invalid value '\\u{1b}[2J'"),
    ] {
        let text = supervisor(&[&["run", "in", "-o", "out"], &typed[..]].concat());
        assert!(text.contains(shown) && !text.contains('\u{1b}'), "{text}");
    }
    let mut command = Command::new(executable("supervisor"));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.ppm"), supervisor_tests::ppm(2, 2)).unwrap();
    command.current_dir(folder.path()).args(["run", "a.ppm", "-o", "out"]);
    let text = said(command.env("SUPERVISOR_WORKER", "/a\u{1b}[31mb"));
    assert!(text.contains("/a\\u{1b}[31mb is no file") && text.contains("exit code 3"), "{text}");
}

#[test]
fn help() {
    assert_snapshot!("help", supervisor(&["--help"]));
    for command in COMMANDS {
        assert_snapshot!(format!("help-{command}"), supervisor(&[command, "--help"]));
    }
}

/// A page as it is read: troff's marks taken out, and the text of each option, which `--help` has too.
fn man_page(page: &str) -> String {
    let plain = |line: &str| {
        let mut line = line.replace("\\-", "-").replace("\\*(Aq", "'");
        for mark in ["\\fB", "\\fI", "\\fR", "\\&"] {
            line = line.replace(mark, "");
        }
        line
    };
    let mut text = String::new();
    let mut options = false;
    let mut is_head = false;
    for line in page.lines().map(plain) {
        if let Some(section) = line.strip_prefix(".SH ") {
            options = section == "OPTIONS";
            text += &format!("\n{section}\n");
        } else if line == ".TP" {
            is_head = true;
        } else if line.starts_with(".TH") || !line.starts_with(['.', '\'']) && (!options || is_head) {
            text += &format!("{line}\n");
            is_head = false;
        }
    }
    text
}

#[test]
fn man_pages() {
    assert_snapshot!("man", man_page(&supervisor(&["man"])));
    for command in COMMANDS {
        assert_snapshot!(format!("man-{command}"), man_page(&supervisor(&["man", command])));
    }
}

#[test]
fn doctor() {
    // Everything after the label is the machine's own, but for what this program reads and writes.
    let line = |line: &str| match line.split_once(": ") {
        Some((label @ ("reads" | "writes"), formats)) => format!("{label}: {formats}"),
        Some((label, _)) => format!("{label}: …"),
        None => line.to_owned(),
    };
    let lines: Vec<String> = supervisor(&["doctor"]).lines().map(line).collect();
    assert_snapshot!(lines.join("\n"));
}

/// Two photos that work and one that does not.
fn three_photos() -> TestRun {
    let test = TestRun::new();
    test.write_good(2);
    test.write("words.jpg", "just some words");
    test
}

#[test]
fn what_a_run_says() {
    let test = three_photos();
    let folder = test.folder.path().to_str().unwrap().to_owned();
    let dry = said(test.command().arg("--dry-run"));
    assert_snapshot!("run-dry", redacted(&dry, &folder));
    let run = said(test.command().args(["--progress", "none"]));
    assert_snapshot!("run", redacted(&run, &folder));
    let again = said(test.command().args(["--progress", "none"]));
    assert_snapshot!("run-again", redacted(&again, &folder));
}

#[test]
fn what_is_said_of_mistakes() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().to_str().unwrap();
    let mistakes: [&[&str]; 9] = [
        &["run", here],
        &["run", here, "-o", here, "-f", "blurr=3"],
        &["run", here, "-o", here, "-f", "blur=900"],
        &["run", here, "-o", here, "--format", "jpg2"],
        &["run", here, "-o", here, "--timeout", "soon"],
        &["run", "nowhere", "-o", here],
        &["run", here, "-f", "resize=9", "--quality", "80"],
        &["run", here, "-o", here, "--quality", "80", "--target-quality", "80"],
        &["run", here, "-o", here, "-f", "resize:2048"],
    ];
    let answers = mistakes.map(|arguments| {
        let typed = format!("$ supervisor {}\n", arguments.join(" "));
        typed + &supervisor(arguments) + "\n"
    });
    assert_snapshot!(redacted(&answers.concat(), here));
}

/// Headings, tables and plots of a page: what a reader finds, without what was measured.
fn bones(page: &str) -> String {
    let element = |element: &str| {
        let (tag, text) = element.split_once('>')?;
        let name = tag.split(' ').next()?;
        let label = tag.split_once("aria-label=\"").map(|(_, label)| label.trim_end_matches('"'));
        match name {
            "h1" | "h2" | "th" => Some(format!("{name}: {}\n", text.trim())),
            "svg" => Some(format!("svg: {}\n", label?)),
            "table" | "details" | "script" => Some(format!("{name}\n")),
            _ => None,
        }
    };
    page.split('<').filter_map(element).collect()
}

#[test]
fn the_report_is_built_so() {
    let test = three_photos();
    let file = test.folder.path().join("report.html");
    let _ = said(test.command().arg("--report").arg(&file));
    assert_snapshot!(bones(&std::fs::read_to_string(file).unwrap()));
}
