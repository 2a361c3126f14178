//! A watch over the input folder of a test, and what it tells.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use supervisor_tests::{TestRun, executable, until, workers_using};

/// A watch that is going on.
pub(super) struct Watch {
    child: Child,
    folder: PathBuf,
    events: Arc<Mutex<Vec<Value>>>,
    readers: [JoinHandle<String>; 2],
}

/// How a watch ended.
pub(super) struct EndedWatch {
    pub(super) code: Option<i32>,
    /// What it said on standard error.
    pub(super) text: String,
    pub(super) events: Vec<Value>,
}

/// The command, with times short enough for a test.
pub(super) fn command(test: &TestRun, options: &[&str]) -> Command {
    let mut command = Command::new(executable("supervisor"));
    command.env("SUPERVISOR_WORKER", executable("worker"));
    let output = test.output("").display().to_string();
    command.arg("watch").arg(test.input(""));
    for (option, value) in
        [("-o", &*output), ("--settle", "20ms"), ("--sweep", "100ms"), ("--progress", "json"), ("-j", "2")]
    {
        if !options.contains(&option) {
            command.args([option, value]);
        }
    }
    command.args(options).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Starts a watch.
pub(super) fn watch(test: &TestRun, options: &[&str]) -> Watch {
    start(test, command(test, options))
}

/// The same with workers that break on command.
pub(super) fn watch_with_faults(test: &TestRun, options: &[&str]) -> Watch {
    let mut command = command(test, options);
    command.env("SUPERVISOR_WORKER", executable("fault-worker"));
    start(test, command)
}

/// Starts a watch by this command.
pub(super) fn start(test: &TestRun, mut command: Command) -> Watch {
    let mut child = command.spawn().unwrap();
    let events = Arc::new(Mutex::new(Vec::new()));
    let (told, lines) = (Arc::clone(&events), BufReader::new(child.stdout.take().unwrap()));
    let out = thread::spawn(move || {
        for line in lines.lines() {
            told.lock().unwrap().push(serde_json::from_str(&line.unwrap()).unwrap());
        }
        String::new()
    });
    let mut errors = child.stderr.take().unwrap();
    let err = thread::spawn(move || {
        let mut text = String::new();
        errors.read_to_string(&mut text).unwrap();
        text
    });
    Watch { child, folder: test.folder.path().to_owned(), events, readers: [out, err] }
}

/// The verdicts on photos whose names end so, in the order of the events.
pub(super) fn verdicts(events: &[Value], name: &str) -> Vec<String> {
    let settled = events.iter().filter(|event| event["event"] == "settled");
    let of_it = settled.filter(|event| event["input"].as_str().unwrap().ends_with(name));
    of_it.map(|event| event["verdict"].as_str().unwrap().to_owned()).collect()
}

impl Watch {
    /// The verdicts so far on photos whose names end so.
    pub(super) fn verdicts(&self, name: &str) -> Vec<String> {
        verdicts(&self.events.lock().unwrap(), name)
    }

    /// Waits until photos of this name have so many verdicts, and gives them.
    pub(super) fn settled(&self, name: &str, count: usize) -> Vec<String> {
        until(&format!("{count} verdicts on {name}"), || self.verdicts(name).len() >= count);
        self.verdicts(name)
    }

    /// How many events of this kind there were.
    pub(super) fn count(&self, event: &str) -> usize {
        self.events.lock().unwrap().iter().filter(|told| told["event"] == event).count()
    }

    /// Its process.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn signal(&self, signal: Signal) {
        assert_eq!(kill_process(Pid::from_child(&self.child), signal), Ok(()));
    }

    /// Kills it, and waits until its workers are gone too.
    pub(super) fn kill(mut self) {
        let _ = kill_process(Pid::from_child(&self.child), Signal::KILL);
        self.child.wait().unwrap();
        until("its workers are gone", || workers_using(&self.folder).is_empty());
        self.readers.into_iter().for_each(|reader| drop(reader.join().unwrap()));
    }

    /// Ends it as a service manager does.
    pub(super) fn end(self) -> EndedWatch {
        self.signal(Signal::TERM);
        self.ended()
    }

    /// Waits for its end, after which nothing of it is left.
    pub(super) fn ended(mut self) -> EndedWatch {
        let code = self.child.wait().unwrap().code();
        let [_, text] = self.readers.map(|reader| reader.join().unwrap());
        assert_eq!(workers_using(&self.folder), Vec::<u32>::new(), "a worker is left: {text}");
        let events = self.events.lock().unwrap().clone();
        EndedWatch { code, text, events }
    }
}

/// Puts a file into a folder as careful programs do: whole, by a rename.
pub(super) fn put(path: &Path, content: &[u8]) {
    let aside = path.with_file_name(".coming");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&aside, content).unwrap();
    std::fs::rename(aside, path).unwrap();
}
