//! `--then`: one command when all is over, which is told by its environment how it went.

use std::fs;

use supervisor_tests::TestRun;

#[test]
fn the_command_is_started_once_and_told_the_counts() {
    let test = TestRun::new();
    test.write_good(3);
    test.write("words.jpg", "just some words");
    let told = test.folder.path().join("told");
    let script = format!("env >>'{}'; echo \"$0\" \"$@\"", told.display());
    let then = format!("sh -c '{}' zero '$HOME' \"two words\"", script.replace('\'', "'\"'\"'"));
    let test = test.options(&["--then", &then]);
    let run = test.run();
    assert_eq!(run.code(), 1, "{}", run.text());
    assert!(run.text().contains("zero $HOME two words\n"), "no shell reads it: {}", run.text());
    let environment = fs::read_to_string(&told).unwrap();
    for line in [
        "SUPERVISOR_IMAGES=4",
        "SUPERVISOR_OK=3",
        "SUPERVISOR_FAILED=1",
        "SUPERVISOR_SKIPPED=0",
        "SUPERVISOR_QUARANTINED=0",
        "SUPERVISOR_CANCELLED=0",
        "SUPERVISOR_NOT_RUN=0",
        "SUPERVISOR_CODE=1",
        &format!("SUPERVISOR_OUTPUT={}", test.output("").to_str().unwrap().trim_end_matches('/')),
    ] {
        assert_eq!(environment.lines().filter(|found| *found == line).count(), 1, "{line}: {environment}");
    }
    // Where nothing is run, nothing follows.
    fs::remove_file(&told).unwrap();
    assert_eq!(test.command().arg("--dry-run").output().unwrap().status.code(), Some(0));
    let mut none = test.command();
    assert_eq!(none.args(["--include", "nothing"]).output().unwrap().status.code(), Some(2));
    assert!(!told.exists());
}

#[test]
fn a_command_that_fails_is_worth_another_try_and_one_that_is_not_there_is_refused() {
    let test = TestRun::new();
    test.write_good(1);
    let with = |then: &str| {
        let output = test.command().args(["--then", then]).output().unwrap();
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for (then, said) in [
        ("no-such-program", "there is no program no-such-program"),
        ("sh 'open", "a quote is not closed"),
        ("", "it must be a command"),
    ] {
        let (code, text) = with(then);
        assert!(code == 2 && text.contains(said), "{then}: {text}");
    }
    assert!(!test.output("").exists());
    let (code, text) = with("sh -c 'exit 4'");
    assert!(code == 75 && text.contains("the command of --then, sh, ended with exit status: 4"), "{text}");
    assert!(test.output("good-000.png").exists());
}
