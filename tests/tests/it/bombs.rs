//! Small files that unpack to something enormous: each is refused by name within the memory that a job may
//! have, and costs nobody else anything.

use std::collections::BTreeMap;

use supervisor_tests::{TestRun, bombs};

#[test]
fn a_folder_of_bombs_costs_nothing_but_their_own_verdicts() {
    // A name says the content's format, so two outputs would often be called the same.
    let test = TestRun::new().options(&["--memory", "256M", "--timeout", "60s", "--on-conflict", "unique"]);
    test.write_good(5);
    let bombs = bombs::all();
    for bomb in &bombs {
        test.write(bomb.name, &bomb.bytes);
    }
    let run = test.run();
    let wrong: BTreeMap<&str, String> = bombs
        .iter()
        .map(|bomb| (bomb, run.verdict(bomb.name)))
        .filter(|(bomb, verdict)| !bomb.verdicts.contains(&verdict.as_str()))
        .map(|(bomb, verdict)| {
            (bomb.name, format!("{verdict}, not {:?}: {}", bomb.verdicts, run.image(bomb.name)))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(run.code(), 1, "{}", run.text());
    // Nothing crashed, hung or ran out of memory.
    assert_eq!(
        (run.total("quarantined"), run.total("recovered"), run.total("restarts")),
        (0, 0, 0),
        "{}",
        run.text()
    );
    for n in 0..5 {
        assert_eq!(run.verdict(&format!("good-{n:03}.ppm")), "ok");
    }
}
