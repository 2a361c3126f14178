//! The sandbox from inside and outside: what a worker that was taken over can do, and what is said where a
//! part is missing.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};
use supervisor_tests::{EndedRun, TestRun, escape, executable, until, within, workers_using};

/// The names of the attempts that were not refused to a worker under these conditions.
fn not_refused(wrapper: &[&str], mode: &str) -> Vec<String> {
    let test = TestRun::new().with_fault_worker().options(&["--sandbox", mode]);
    let folder = test.folder.path();
    fs::write(folder.join(escape::SECRET), "secret").unwrap();
    for victim in escape::VICTIMS {
        test.write(victim, "as it was");
    }
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let _unix = UnixDatagram::bind(folder.join(escape::SOCKET)).unwrap();
    let port = tcp.local_addr().unwrap().port();
    test.write("escape.jpg", format!("FAULT:escape {port} {}", folder.display()));
    let run = finish(&test, wrapper);
    let _ = fs::remove_file(escape::in_temporary(folder));
    assert_eq!(run.verdict("escape.jpg"), "failed corrupt", "{}", run.text());
    let detail = run.image("escape.jpg")["detail"].as_str().unwrap().to_owned();
    let list = detail.strip_prefix("not refused: [").and_then(|rest| rest.strip_suffix("]")).unwrap();
    if list.is_empty() {
        for victim in escape::VICTIMS {
            assert_eq!(fs::read(test.input(victim)).unwrap(), b"as it was");
        }
    }
    list.split(", ").filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn finish(test: &TestRun, wrapper: &[&str]) -> EndedRun {
    let mut command = if wrapper.is_empty() { test.command() } else { test.command_within(wrapper) };
    test.finish(command.spawn().unwrap())
}

fn without(part: &str) -> [String; 2] {
    [executable("without").to_string_lossy().into_owned(), part.to_owned()]
}

#[test]
fn a_worker_that_was_taken_over_can_do_nothing() {
    assert_eq!(not_refused(&[], "require"), Vec::<String>::new());
}

#[test]
fn without_the_sandbox_it_could() {
    let list = not_refused(&[], "off");
    for name in [
        "read /etc/passwd",
        "read a neighbour of the inputs",
        "create among the outputs",
        "write an input",
        "remove an input",
        "connect by TCP",
        "send by UDP",
        "send through a pair",
        "fork",
        "start a program",
        "signal its parent",
        "execve",
        "ptrace",
    ] {
        assert!(list.iter().any(|held| held == name), "{name} was refused: the test finds nothing; {list:?}");
    }
    assert!(list.len() > 60, "{list:?}");
}

#[test]
fn each_layer_holds_alone() {
    let [program, part] = without("landlock");
    // Files can be read, and files can be made where there were none; nothing that exists can be changed.
    let list = not_refused(&[&program, &part], "auto");
    let harmless = |name: &str| name.starts_with("read ") || name.starts_with("create ");
    assert!(list.iter().all(|name| harmless(name)), "{list:?}");
    assert!(!list.is_empty());

    let [program, part] = without("seccomp");
    let list = not_refused(&[&program, &part], "auto");
    let held = [
        "read /etc/passwd",
        "read a neighbour of the inputs",
        "list /",
        "list the inputs",
        "create among the inputs",
        "create in the staging of all",
        "write an input",
        "truncate an input",
        "rename an input",
        "remove an input",
        "link an input",
        "connect by TCP",
        "listen by TCP",
        "start a program",
        "signal its parent",
    ];
    for name in held {
        assert!(!list.iter().any(|escaped| escaped == name), "{name} was not refused");
    }
    assert!(!list.is_empty());
}

#[test]
fn what_is_missing_ends_a_run_that_requires_it_and_is_said_otherwise() {
    for part in ["landlock", "seccomp"] {
        let [program, argument] = without(part);
        let wrapper = [program.as_str(), argument.as_str()];

        let test = TestRun::new().options(&["--sandbox", "require"]);
        test.write_good(3);
        let run = finish(&test, &wrapper);
        assert_eq!(run.code(), 3, "{}", run.text());
        assert!(run.text().contains("sandbox is required") && run.text().contains(part), "{}", run.text());
        assert_eq!((run.total("ok"), run.total("not_run")), (0, 3));

        let test = TestRun::new();
        test.write_good(3);
        let run = finish(&test, &wrapper);
        assert_eq!((run.code(), run.total("ok")), (0, 3), "{}", run.text());
        let stderr = String::from_utf8_lossy(&run.output.stderr).into_owned();
        let said = |text: &str| {
            text.lines().any(|l| l.starts_with("sandbox:") && l.contains(&format!("missing: {part}")))
        };
        // The line begins with the program's name where it is a message.
        assert!(stderr.contains("sandbox:") && stderr.contains(&format!("missing: {part}")), "{stderr}");
        let sandbox = &run.report()["run"]["sandbox"];
        assert!(sandbox["missing"][0].as_str().unwrap().starts_with(part), "{sandbox}");
        assert_eq!(sandbox["landlock"].is_null(), part == "landlock", "{sandbox}");
        assert_eq!(sandbox["seccomp"], part != "seccomp", "{sandbox}");
        assert_eq!(sandbox["rlimits"], true, "{sandbox}");

        let mut doctor = Command::new(executable("supervisor"));
        doctor.arg("doctor").env("SUPERVISOR_WORKER", executable("worker"));
        let output = within(&wrapper, &doctor).output().unwrap();
        assert!(said(&String::from_utf8_lossy(&output.stdout)), "{output:?}");
    }
}

#[test]
fn a_run_that_has_everything_says_nothing() {
    let test = TestRun::new().options(&["--sandbox", "require"]);
    test.write_good(1);
    let run = test.run();
    assert_eq!(run.code(), 0, "{}", run.text());
    assert!(!run.text().contains("missing"), "{}", run.text());
    let sandbox = &run.report()["run"]["sandbox"];
    assert_eq!(sandbox["missing"].as_array().map(Vec::len), Some(0), "{sandbox}");
    assert_eq!((&sandbox["seccomp"], &sandbox["rlimits"]), (&true.into(), &true.into()), "{sandbox}");
}

#[test]
fn a_worker_inherits_nothing() {
    let test = TestRun::new().with_fault_worker();
    test.write("hang.jpg", "FAULT:hang");
    // The supervisor is started with an open file and a variable, and no worker may see either.
    let mut command = test.command_within(&["sh", "-c", "exec \"$@\" 9</etc/passwd", "sh"]);
    let mut child = command.env("SECRET", "1").spawn().unwrap();
    let supervisor = child.id();
    let sealed = || {
        workers_using(test.folder.path()).into_iter().find(|worker| {
            fs::read_to_string(format!("/proc/{worker}/status")).is_ok_and(|s| s.contains("Seccomp:\t2"))
        })
    };
    until("a sealed worker", || sealed().is_some());
    let worker = sealed().unwrap();
    let own: Vec<String> = open_files(supervisor).into_iter().map(|(_, file)| file).collect();
    assert!(
        own.contains(&"/etc/passwd".to_owned()),
        "the test gives the supervisor nothing to leak: {own:?}"
    );
    for (number, file) in open_files(worker) {
        let expected = match number {
            0 | 1 => file == "/dev/null",
            2 => file.starts_with("pipe:"),
            _ => file.starts_with("socket:") || file.ends_with("/in/hang.jpg"),
        };
        assert!(expected, "{number} is {file}");
    }
    assert_eq!(fs::read(format!("/proc/{worker}/environ")).unwrap(), b"");
    assert_eq!(fs::read_link(format!("/proc/{worker}/cwd")).unwrap(), Path::new("/"));
    let status = fs::read_to_string(format!("/proc/{worker}/status")).unwrap();
    assert!(status.contains("NoNewPrivs:\t1"), "{status}");
    let limits = fs::read_to_string(format!("/proc/{worker}/limits")).unwrap();
    let limit = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..].split_whitespace().nth(1).unwrap().parse::<u64>().ok()
    };
    assert_eq!(limit("Max core file size"), Some(0));
    assert_eq!(limit("Max open files"), Some(20));
    assert!(limit("Max data size").is_some() && limit("Max file size").is_some(), "{limits}");
    // Signal 25, SIGXFSZ, is ignored: a file too large is an error, not a death.
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:\t")).unwrap();
    assert_ne!(u64::from_str_radix(ignored, 16).unwrap() & 1 << 24, 0, "{status}");
    // The first decides about the code. Of two that wait at once, nobody knows which comes first.
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let is_stopping = |line: io::Result<String>| line.unwrap().contains("stopping (interrupted)");
    assert!(told.any(is_stopping), "it says that it stops");
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    told.for_each(|line| drop(line.unwrap()));
    assert_eq!(test.finish(child).code(), 130);
}

fn open_files(process: u32) -> Vec<(u32, String)> {
    let files = fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    let link = |entry: fs::DirEntry| {
        let target = fs::read_link(entry.path()).ok()?;
        Some((entry.file_name().to_str()?.parse().ok()?, target.to_string_lossy().into_owned()))
    };
    files.filter_map(|entry| link(entry.ok()?)).collect()
}

#[test]
fn a_message_too_large_for_one_packet_comes_through() {
    let test = TestRun::new().with_fault_worker().options(&["--sandbox", "require"]);
    test.write("babble.jpg", "FAULT:babble");
    test.write_good(3);
    let run = test.run();
    assert_eq!(run.verdict("babble.jpg"), "failed corrupt", "{}", run.text());
    assert_eq!((run.total("ok"), run.total("restarts")), (3, 0));
}

/// Every format and every filter does under the sandbox what it does without.
#[test]
fn formats_and_filters_lack_nothing() {
    let picture = image::load_from_memory(&supervisor_tests::ppm(320, 240)).unwrap();
    let formats = [
        ("bmp", image::ImageFormat::Bmp),
        ("gif", image::ImageFormat::Gif),
        ("jpg", image::ImageFormat::Jpeg),
        ("png", image::ImageFormat::Png),
        ("ppm", image::ImageFormat::Pnm),
        ("qoi", image::ImageFormat::Qoi),
        ("tiff", image::ImageFormat::Tiff),
        ("webp", image::ImageFormat::WebP),
    ];
    let outputs = |mode: &str, format: &str| {
        let test = TestRun::new().options(&[
            "--sandbox",
            mode,
            "--format",
            format,
            "--name",
            "{stem}-{width}.{ext}",
        ]);
        for (extension, format) in formats {
            let mut file = std::io::Cursor::new(Vec::new());
            let made = picture.write_to(&mut file, format).is_ok()
                || picture.to_rgba8().write_to(&mut file, format).is_ok();
            assert!(made, "{extension}");
            test.write(&format!("from-{extension}.{extension}"), file.into_inner());
        }
        test.write("from-raw.dng", include_bytes!("../../../worker/tests/fixtures/raw/tiles.dng"));
        let mark_file = test.write("mark.png", fs::read(test.input("from-png.png")).unwrap());
        let mark = format!("watermark:image={}", mark_file.display());
        let cube = test.folder.path().join("look.cube");
        fs::write(&cube, "LUT_1D_SIZE 2\n0 0 0.1\n1 0.9 1\n").unwrap();
        let files = [("look.cube", cube.as_path()), ("reference.jpg", mark_file.as_path())];
        let example = |example: &str| {
            files
                .iter()
                .fold(example.to_owned(), |text, (name, file)| text.replace(name, &file.to_string_lossy()))
        };
        let mut filters: Vec<String> =
            recipe::filter::FILTERS.iter().map(|info| example(info.example)).collect();
        filters.push(mark);
        let options: Vec<&str> = filters.iter().flat_map(|filter| ["-f", filter]).collect();
        let run = test.options(&options);
        let finished = run.run();
        assert_eq!((finished.code(), finished.total("restarts")), (0, 0), "{}", finished.text());
        let files = results(&run);
        assert_eq!(files.len(), formats.len() + 2);
        files
    };
    for format in ["jpeg", "png", "webp", "tiff"] {
        assert!(outputs("require", format) == outputs("off", format), "{format}");
    }
}

/// The results of a run, by name.
fn results(run: &TestRun) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(run.output("")).unwrap().map(Result::unwrap);
    let files = entries.filter(|entry| entry.path().is_file());
    let read =
        |entry: fs::DirEntry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap());
    let mut files: Vec<_> = files.map(read).collect();
    files.sort();
    files
}

/// Likewise what is read by decoders of our own choice, and AVIF, whose encoder could want threads.
#[test]
fn rarer_formats_lack_nothing() {
    let outputs = |mode: &str, format: &str| {
        let test = TestRun::new().options(&["--sandbox", mode, "--format", format]);
        test.write("photo.jxl", include_bytes!("../../../worker/tests/fixtures/turned.jxl"));
        test.write("clear.jxl", include_bytes!("../../../worker/tests/fixtures/alpha.jxl"));
        test.write("render.exr", include_bytes!("../../fuzz/seeds/exr/color"));
        test.write("sky.hdr", include_bytes!("../../fuzz/seeds/hdr/runs"));
        test.write("photo.ppm", supervisor_tests::ppm(320, 240));
        let run = test.options(&["--name", "{stem}-{index}.{ext}", "-f", "exposure=-1", "--max-bytes", "2M"]);
        let finished = run.run();
        assert_eq!(
            (finished.code(), finished.total("ok"), finished.total("restarts")),
            (0, 5, 0),
            "{}",
            finished.text()
        );
        results(&run)
    };
    for format in ["avif", "webp"] {
        let files = outputs("require", format);
        assert_eq!(files.len(), 5);
        assert!(files == outputs("off", format), "{format}");
    }
}
