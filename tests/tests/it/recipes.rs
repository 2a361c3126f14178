//! `recipes`: those that come with the program are listed, shown, exported and run; any other is checked.

use std::fs;
use std::path::Path;
use std::process::Command;

use supervisor_tests::{TestRun, executable};

fn recipes(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(executable("supervisor"));
    let output = command.current_dir(folder).arg("recipes").args(arguments).output().unwrap();
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.code().unwrap_or(-1), stdout, stderr)
}

/// The names that are listed.
fn listed() -> Vec<String> {
    let (code, text, _) = recipes(Path::new("/"), &[]);
    assert_eq!(code, 0);
    let names = text.lines().filter(|line| !line.starts_with(' ')).filter_map(|line| line.split_once(':'));
    names.map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn each_that_is_listed_is_shown_checked_exported_and_run() {
    let names = listed();
    for name in ["wedding", "campaign", "web-gallery", "print", "proof", "social", "architecture", "archive"]
    {
        assert!(names.iter().any(|listed| listed == name), "{name}: {names:?}");
    }
    let test = TestRun::new();
    test.write("day/IMG 1.ppm", supervisor_tests::ppm(300, 200));
    let folder = test.folder.path();
    for name in &names {
        // Photos are often in a folder that is called so.
        fs::create_dir(folder.join(name)).unwrap();
        let (code, shown, _) = recipes(folder, &[name]);
        assert!(code == 0 && shown.starts_with(&format!("name = \"{name}\"\n")), "{shown}");
        let (code, line, _) = recipes(folder, &[name, "--check"]);
        assert!(code == 0 && line.starts_with(&format!("{name}: ")) && line.lines().count() == 1, "{line}");
        let file = format!("{name}.toml");
        assert_eq!(recipes(folder, &[name, "--export", &file]), (0, String::new(), String::new()));
        assert_eq!(fs::read_to_string(folder.join(&file)).unwrap(), shown);
        assert_eq!(recipes(folder, &[&file]).1, shown, "a file is shown as it is");
        let mut command = Command::new(executable("supervisor"));
        command.env("SUPERVISOR_WORKER", executable("worker")).current_dir(folder);
        let run = command.args(["run", "in", "-r", name, "-o", &format!("of-{name}")]).output().unwrap();
        assert!(run.status.success(), "{name}: {}", String::from_utf8_lossy(&run.stderr));
    }
    let made = |path: &str| image::open(folder.join(path)).unwrap().width();
    assert_eq!(made("of-web-gallery/day/img-1-480w.webp"), 300, "nothing is enlarged");
    assert_eq!(made("of-social/square/day/IMG 1.jpg"), 200);
    assert_eq!(made("of-wedding/album/day/IMG 1.jpg"), 300);
    // What was exported is not written over.
    let (code, _, said) = recipes(folder, &["proof", "--export", "proof.toml"]);
    assert!(
        code == 2 && said.contains("--export proof.toml: there is a file of that name already"),
        "{said}"
    );
}

#[test]
fn a_mistake_is_code_2_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let twins = "[[output]]\nname = \"a\"\npath = \"{stem}.jpg\"\n[[output]]\nname = \"b\"\n";
    for (text, said) in [
        ("[[filter]]\nname = \"blur\"\nradius = 900\n", "3:10: blur: radius must be 0–250, got 900\n"),
        ("[output]\nqualty = 3\n", "2:1: "),
        ("[output]\npath = \"{stm}\"\n", "2:8: output: path: there is no {stm} (did you mean {stem}?)"),
        ("[metadata.set]\ntitel = \"x\"\n", "2:1: metadata: there is no field \"titel\""),
        // What shows only once all of it is known.
        ("[[filter]]\nname = \"lut\"\nfile = \"none.cube\"\n", "3:8: lut: file none.cube: "),
        ("[output]\nformat = \"png\"\npath = \"a.jpg\"\n", "3:8: path: the names would end in .jpg"),
        ("[output]\npath = \"../{stem}\"\n", "2:8: path: a name must stay below the output folder"),
        ("[output]\npath = \"{output}/{stem}\"\n", "2:8: path: {output} is the name of"),
        ("[output]\nformat = \"png\"\ntarget_quality = 80\n", "3:18: target_quality goes with"),
        ("[output]\nlossless = true\nformat = \"avif\"\n", "2:12: lossless goes with"),
        ("[[filter]]\nname = \"watermark\"\ntext = \"{output}\"\n", "3:8: watermark: {output} is"),
        ("[metadata.set]\ntitle = \"{output}\"\n", "2:9: title: {output} is the name of"),
        (&(twins.to_owned() + "path = \"{stem}\"\nformat = \"jpeg\"\n"), "6:8: output a and output b"),
    ] {
        fs::write(dir.path().join("own.toml"), text).unwrap();
        let said = format!("own.toml:{said}");
        for arguments in [&["own.toml"][..], &["own.toml", "--check"]] {
            let (code, shown, error) = recipes(dir.path(), arguments);
            assert!(code == 2 && error.contains(&said) && shown.is_empty(), "{text}: {error}");
        }
        let mut command = Command::new(executable("supervisor"));
        let run = ["run", ".", "-o", "out", "-r", "own.toml"];
        let output = command.current_dir(dir.path()).args(run).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && error.contains(&said), "run: {text}: {error}");
        assert!(!dir.path().join("out").exists());
    }
    let (code, _, said) = recipes(dir.path(), &["weding"]);
    assert!(code == 2 && said.contains("did you mean \"wedding\""), "{said}");
    let (code, _, said) = recipes(dir.path(), &["holidays"]);
    assert!(code == 2 && said.contains("those that come with the program are wedding, campaign"), "{said}");
    let (code, _, said) = recipes(dir.path(), &["own2.toml"]);
    assert!(code == 2 && !said.contains("come with"), "{said}");
    for (arguments, expected) in [
        (&["onw.toml"][..], "recipe onw.toml: there is no such file (did you mean \"own.toml\"?)\n"),
        (&["wedding", "--export", "mine/a.toml"], "--export mine/a.toml: there is no folder mine\n"),
    ] {
        let (code, _, said) = recipes(dir.path(), arguments);
        assert!(code == 2 && said.contains(expected), "{said}");
    }
    // A file that is there is meant first.
    fs::write(dir.path().join("wedding"), "name = \"ours\"\n").unwrap();
    assert_eq!(recipes(dir.path(), &["wedding"]).1, "name = \"ours\"\n");
}
