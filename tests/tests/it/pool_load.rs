//! Ten thousand jobs leave a pool as it was.

use std::fs;
use std::process::Command;

use pool::{Job, ProcessPool};
use supervisor_tests::{executable, ppm};

/// Set in the process in which the test starts itself: descriptors and memory are counted for the whole
/// process, so it must have no other test in it.
const ALONE: &str = "SUPERVISOR_TESTS_ALONE";

#[test]
fn ten_thousand_jobs_leave_neither_descriptors_nor_memory_behind() {
    if std::env::var_os(ALONE).is_some() {
        return count_what_is_left();
    }
    let itself = "pool_load::ten_thousand_jobs_leave_neither_descriptors_nor_memory_behind";
    let mut again = Command::new(std::env::current_exe().unwrap());
    let output = again.args(["--exact", itself, "--nocapture"]).env(ALONE, "1").output().unwrap();
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success() && said[0].contains("1 passed"), "{}", said.concat());
}

fn count_what_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("a.ppm");
    fs::write(&picture, ppm(8, 8)).unwrap();
    let pool = ProcessPool::builder()
        .inputs(folder.path())
        .worker_program(executable("worker"))
        .workers(2)
        .jobs_per_worker(2_000)
        .build()
        .unwrap();
    let probe_all = |count: usize| {
        let jobs = (0..count).map(|_| Job::probe(&picture));
        assert_eq!(pool.map(jobs).filter(|result| result.as_ref().unwrap().width == 8).count(), count);
    };
    probe_all(2_000);
    let (descriptors, threads, memory) = (entries("fd"), entries("task"), resident());
    probe_all(10_000);
    // A worker may just be on its way out or in, with a few of its own.
    assert!(entries("fd") <= descriptors + 12, "{descriptors} descriptors became {}", entries("fd"));
    assert!(entries("task") <= threads + 4, "{threads} threads became {}", entries("task"));
    let grown = resident().saturating_sub(memory);
    assert!(grown < 1 << 20, "{memory} bytes grew by {grown}");
}

fn entries(of: &str) -> usize {
    fs::read_dir(format!("/proc/self/{of}")).unwrap().count()
}

/// Bytes of memory that this process has.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim_end_matches("kB").trim().parse::<u64>().unwrap() << 10
}
