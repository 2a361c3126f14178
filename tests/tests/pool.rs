//! The pool as a library: what Python's own tests ask of `concurrent.futures`, and what loky and pebble were made for.
//!
//! Workers that have to be busy are held at a gate, a FIFO that the test opens and closes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "the helpers of tests are tests, too")]

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use supervisor::output_folder::OutputFolderError;
use supervisor::pool::{
    BuildError, Builder, ErrorKind, Isolation, Job, JobFailure, JobHandle, LossCause, ProcessPool, Processed,
    Recipe, Shutdown, SubmitError, Until, as_completed, wait,
};
use supervisor_tests::{executable, ppm};
use tempfile::TempDir;

/// A folder with pictures, and with the worker under a name of its own, by which its processes are told from others'.
struct World {
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("in")).unwrap();
        std::os::unix::fs::symlink(executable("fault-worker"), folder.path().join("worker")).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn builder(&self) -> Builder {
        ProcessPool::builder()
            .inputs(self.path("in"))
            .output(self.path("out"))
            .worker_program(self.path("worker"))
            .workers(2)
    }

    fn pool(&self) -> ProcessPool {
        self.builder().build().unwrap()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path("in").join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// A job that works.
    fn good(&self, name: &str) -> Job<Processed> {
        Job::process(self.write(&format!("{name}.ppm"), ppm(16, 12)), format!("{name}.png"))
    }

    /// A job that breaks its worker as ordered.
    fn fault(&self, name: &str, order: &str) -> Job<Processed> {
        Job::process(self.write(&format!("{name}.ppm"), format!("FAULT:{order}")), format!("{name}.png"))
    }

    /// A job that works once its gate is opened.
    fn gated(&self, name: &str) -> (Job<Processed>, Gate) {
        let fifo = self.path("in").join(format!("{name}.gate"));
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let mut content = format!("FAULT:gate {}\n", fifo.display()).into_bytes();
        content.extend(ppm(16, 12));
        (Job::process(self.write(&format!("{name}.ppm"), content), format!("{name}.png")), Gate(fifo))
    }

    fn has_output(&self, name: &str) -> bool {
        self.path("out").join(format!("{name}.png")).exists()
    }

    /// Nothing is left of any pool.
    fn assert_released(&self) {
        assert_eq!(self.workers(), 0, "a worker is left");
        assert!(!self.path("out/.supervisor/staging").exists(), "staging files are left");
        self.pool();
    }

    fn workers(&self) -> usize {
        let program = self.path("worker");
        let is_ours = |process: &fs::DirEntry| {
            let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
            line.split(|byte| *byte == 0).next() == Some(program.as_os_str().as_encoded_bytes())
        };
        fs::read_dir("/proc").unwrap().flatten().filter(is_ours).count()
    }
}

struct Gate(PathBuf);

impl Gate {
    /// Returns when a worker stands at the gate; it goes on when the file is dropped.
    fn reached(&self) -> File {
        OpenOptions::new().write(true).open(&self.0).unwrap()
    }
}

fn kind(handle: &JobHandle<Processed>) -> ErrorKind {
    match handle.result() {
        Err(JobFailure::Failed(error)) => error.kind,
        Err(JobFailure::Quarantined(loss)) => loss.cause.kind(),
        other => panic!("{other:?}"),
    }
}

/// The process id of the worker that does a job.
fn pid(pool: &ProcessPool, world: &World) -> u32 {
    match pool.submit(world.fault("pid", "pid")).unwrap().result() {
        Err(JobFailure::Failed(error)) => error.detail.strip_prefix("pid ").unwrap().parse().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn pictures_are_processed_and_probed() {
    let world = World::new();
    let pool = world.pool();
    let processed = pool.submit(world.good("a")).unwrap();
    let probed = pool.submit(Job::probe(world.path("in/a.ppm"))).unwrap();
    let answer = processed.result().unwrap();
    assert_eq!((answer.width, answer.height), (16, 12));
    assert_eq!(fs::metadata(world.path("out/a.png")).unwrap().len(), answer.bytes_out);
    assert_eq!(processed.result().unwrap(), answer);
    assert_eq!(processed.input(), world.path("in/a.ppm"));
    let header = probed.result().unwrap();
    assert_eq!((header.width, header.height), (16, 12));
    drop(pool);
    world.assert_released();
}

#[test]
fn a_failed_job_leaves_the_others_alone() {
    for isolation in [Isolation::Process, Isolation::Thread, Isolation::Sequential] {
        let world = World::new();
        let pool = world.builder().isolation(isolation).build().unwrap();
        let jobs = [
            world.fault("crash", "abort"),
            world.good("a"),
            world.fault("panic", "panic"),
            world.fault("broken", "nothing"),
            world.good("b"),
            Job::process(world.path("in/nowhere.png"), "nowhere.png"),
            world.good("c"),
        ];
        let handles = jobs.map(|job| pool.submit(job).unwrap());
        let results = handles.each_ref().map(|handle| handle.result().is_ok());
        assert_eq!(results, [false, true, false, false, true, false, true]);
        let failures = [0, 2, 3, 5].map(|index| kind(&handles[index]));
        let crashed = ErrorKind::Crashed;
        assert_eq!(failures, [crashed, crashed, ErrorKind::Corrupt, ErrorKind::Vanished]);
    }
}

#[test]
fn each_job_has_its_time() {
    let world = World::new();
    let pool = world.builder().timeout(Duration::from_secs(2)).retries(0).build().unwrap();
    let hangs = pool.submit(world.fault("hang", "hang")).unwrap();
    let good = pool.submit(world.good("a")).unwrap();
    let Err(JobFailure::Quarantined(loss)) = hangs.result() else { panic!("it did not hang") };
    assert_eq!(loss.cause, LossCause::TimedOut);
    good.result().unwrap();
}

#[test]
fn only_what_is_not_begun_can_be_cancelled() {
    let world = World::new();
    let pool = world.builder().workers(1).build().unwrap();
    let (job, gate) = world.gated("gated");
    let begun = pool.submit(job).unwrap();
    let [called_off, last] = ["b", "c"].map(|name| pool.submit(world.good(name)).unwrap());
    let held = gate.reached();
    assert!(!called_off.is_running() && !called_off.is_done());
    assert!(!begun.cancel());
    assert!(begun.is_running() && !begun.is_done());
    assert_eq!(begun.try_result(), None);
    assert_eq!(begun.result_timeout(Duration::from_millis(1)), None);
    assert!(called_off.cancel());
    assert!(called_off.is_done() && !called_off.is_running());
    assert_eq!(called_off.result(), Err(JobFailure::Cancelled));
    drop(held);
    begun.result().unwrap();
    last.result().unwrap();
    assert!(called_off.cancel() && !begun.cancel() && !last.cancel());
    assert!(!world.has_output("b") && world.has_output("c"));
}

#[test]
fn after_a_shutdown_nothing_is_taken_and_everything_is_done() {
    let world = World::new();
    let pool = world.pool();
    let handles: Vec<_> = (0..30).map(|n| pool.submit(world.good(&n.to_string())).unwrap()).collect();
    pool.shutdown(Shutdown::Finish);
    assert!(handles.iter().all(|handle| handle.is_done() && handle.result().is_ok()));
    assert_eq!(pool.submit(world.good("late")).unwrap_err(), SubmitError::ShutDown);
    assert_eq!(pool.map([world.good("late")]).next().unwrap(), Err(SubmitError::ShutDown.into()));
    world.assert_released();
    pool.shutdown(Shutdown::Kill);
    assert!(!handles[0].cancel());
}

#[test]
fn pending_jobs_can_be_cancelled_by_the_shutdown() {
    let world = World::new();
    let pool = world.builder().workers(1).build().unwrap();
    let (job, gate) = world.gated("gated");
    let begun = pool.submit(job).unwrap();
    let pending: Vec<_> = (0..30).map(|n| pool.submit(world.good(&n.to_string())).unwrap()).collect();
    let held = gate.reached();
    pool.close(Shutdown::CancelPending);
    // They are told at once, while the other still runs.
    for handle in &pending {
        assert_eq!(handle.result(), Err(JobFailure::Cancelled));
    }
    assert!(begun.is_running());
    assert_eq!(pool.submit(world.good("late")).unwrap_err(), SubmitError::ShutDown);
    drop(held);
    pool.shutdown(Shutdown::Finish);
    begun.result().unwrap();
    assert!(world.has_output("gated"));
    world.assert_released();
}

#[test]
fn a_kill_waits_for_nobody() {
    let world = World::new();
    let pool = world.pool();
    let handles = ["a", "b", "c"].map(|name| {
        let (job, gate) = world.gated(name);
        (pool.submit(job).unwrap(), gate)
    });
    let _held = [handles[0].1.reached(), handles[1].1.reached()];
    pool.shutdown(Shutdown::Kill);
    for (handle, _) in &handles {
        assert_eq!(handle.try_result(), Some(Err(JobFailure::Cancelled)));
    }
    world.assert_released();
}

#[test]
fn dropping_a_pool_cancels_what_is_not_begun_and_releases_everything() {
    let world = World::new();
    let pool = world.builder().workers(1).build().unwrap();
    let (job, gate) = world.gated("gated");
    let begun = pool.submit(job).unwrap();
    let pending = pool.submit(world.good("pending")).unwrap();
    let held = gate.reached();
    let dropper = thread::spawn(move || drop(pool));
    assert_eq!(pending.result(), Err(JobFailure::Cancelled));
    assert!(!begun.is_done());
    drop(held);
    dropper.join().unwrap();
    begun.try_result().unwrap().unwrap();
    world.assert_released();
}

#[test]
fn a_closed_pool_ends_as_it_was_told_to() {
    let world = World::new();
    let pool = world.pool();
    let handles: Vec<_> = (0..30).map(|n| pool.submit(world.good(&n.to_string())).unwrap()).collect();
    pool.close(Shutdown::Finish);
    drop(pool);
    assert!(handles.iter().all(|handle| handle.try_result().is_some_and(|result| result.is_ok())));
}

#[test]
fn a_pool_that_was_never_used_ends() {
    let world = World::new();
    drop(world.pool());
    world.pool().shutdown(Shutdown::Finish);
    world.assert_released();
}

#[test]
fn a_forgotten_handle_stops_no_job() {
    let world = World::new();
    let pool = world.pool();
    drop(pool.submit(world.good("a")).unwrap());
    pool.shutdown(Shutdown::Finish);
    assert!(world.has_output("a"));
}

#[test]
fn a_worker_does_so_many_jobs_and_no_more() {
    let world = World::new();
    let pool = world.builder().workers(1).jobs_per_worker(2).build().unwrap();
    let pids: Vec<u32> = (0..6).map(|_| pid(&pool, &world)).collect();
    assert!(pids.chunks(2).all(|pair| pair[0] == pair[1]), "{pids:?}");
    assert!(pids[1] != pids[2] && pids[3] != pids[4], "{pids:?}");
}

#[test]
fn an_idle_worker_that_dies_is_replaced() {
    let world = World::new();
    let pool = world.builder().workers(1).build().unwrap();
    let first = pid(&pool, &world);
    assert_eq!(first, pid(&pool, &world));
    let process = rustix::process::Pid::from_raw(first.cast_signed()).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();
    assert_ne!(first, pid(&pool, &world));
}

#[test]
fn a_hundred_poison_pictures_break_no_pool() {
    let world = World::new();
    let pool = world.builder().retries(0).build().unwrap();
    // If nothing worked at all, the pool would take it for its own fault.
    pool.submit(world.good("first")).unwrap().result().unwrap();
    let poison: Vec<_> =
        (0..100).map(|n| pool.submit(world.fault(&format!("p{n}"), "abort")).unwrap()).collect();
    let good: Vec<_> = (0..20).map(|n| pool.submit(world.good(&n.to_string())).unwrap()).collect();
    assert!(poison.iter().all(|handle| kind(handle) == ErrorKind::Crashed));
    assert!(good.iter().all(|handle| handle.result().is_ok()));
}

#[test]
fn a_pool_that_cannot_run_says_why_to_everyone() {
    let world = World::new();
    let script = world.path("broken-worker");
    fs::write(&script, "#!/bin/sh\necho libfancy.so is missing >&2\nexit 127\n").unwrap();
    fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let pool = world.builder().worker_program(script).build().unwrap();
    let handles = ["a", "b", "c"].map(|name| pool.submit(world.good(name)).unwrap());
    for handle in &handles {
        let Err(JobFailure::PoolFailed(reason)) = handle.result() else { panic!("it ran") };
        assert!(reason.contains("libfancy.so is missing"), "{reason}");
        assert!(!handle.cancel());
    }
    let Err(SubmitError::PoolFailed(reason)) = pool.submit(world.good("d")) else { panic!("it went on") };
    assert!(reason.contains("libfancy.so is missing"), "{reason}");
    drop(pool);
    world.assert_released();
}

#[test]
fn results_come_in_the_order_of_completion() {
    let world = World::new();
    let pool = world.pool();
    let (slow, gate) = world.gated("slow");
    let slow = pool.submit(slow).unwrap();
    let quick: Vec<_> = (0..5).map(|n| pool.submit(world.good(&n.to_string())).unwrap()).collect();
    let mut held = Some(gate.reached());
    let mut handles = vec![slow];
    handles.extend(quick);
    let mut completed = as_completed(handles);
    assert_eq!(completed.len(), 6);
    let mut names = Vec::new();
    while let Some(handle) = completed.next() {
        assert!(handle.is_done());
        names.push(handle.input().file_stem().unwrap().to_owned());
        if completed.len() == 1 {
            held.take();
        }
    }
    assert_eq!(names.len(), 6);
    assert_eq!(names[5], "slow");
    assert_eq!(as_completed(Vec::<JobHandle<Processed>>::new()).count(), 0);
}

#[test]
fn waiting_ends_when_it_was_asked_to() {
    let world = World::new();
    let pool = world.pool();
    let (slow, gate) = world.gated("slow");
    let slow = pool.submit(slow).unwrap();
    let held = gate.reached();
    let good = pool.submit(world.good("a")).unwrap();
    let waited = wait([slow, good], None, Until::FirstCompleted);
    assert_eq!((waited.done.len(), waited.pending.len()), (1, 1));
    // What is over already counts at once.
    let mut handles = waited.done;
    handles.extend(waited.pending);
    let waited = wait(handles, None, Until::FirstCompleted);
    assert_eq!((waited.done.len(), waited.pending.len()), (1, 1));
    let waited = wait(waited.pending, Some(Duration::from_millis(1)), Until::AllCompleted);
    assert_eq!((waited.done.len(), waited.pending.len()), (0, 1));
    let mut handles = waited.pending;
    handles.push(pool.submit(world.fault("broken", "nothing")).unwrap());
    handles.push(pool.submit(world.good("b")).unwrap());
    let waited = wait(handles, None, Until::FirstFailed);
    assert!(waited.done.iter().any(|handle| handle.result().is_err()));
    assert!(waited.pending.iter().any(|handle| handle.input().ends_with("slow.ppm")));
    drop(held);
    let waited = wait(waited.pending, None, Until::FirstFailed);
    assert!(waited.pending.is_empty());
    assert!(waited.done.iter().all(|handle| handle.result().is_ok()));
}

#[test]
fn being_cancelled_is_no_failure_to_wait_for() {
    let world = World::new();
    let pool = world.builder().workers(1).build().unwrap();
    let (slow, gate) = world.gated("slow");
    let slow = pool.submit(slow).unwrap();
    let called_off = pool.submit(world.good("a")).unwrap();
    let many: Vec<_> = (0..30).map(|n| pool.submit(world.good(&n.to_string())).unwrap()).collect();
    let held = gate.reached();
    assert!(called_off.cancel());
    // Were it a failure, the waiting would be over before any of the many is done.
    drop(held);
    let waited = wait([called_off, slow].into_iter().chain(many), None, Until::FirstFailed);
    assert_eq!((waited.done.len(), waited.pending.len()), (32, 0));
}

#[test]
fn a_map_keeps_the_order_and_runs_only_a_little_ahead() {
    let world = World::new();
    let pool = world.pool();
    let paths = [1, 2, 3, 4, 5].map(|n| world.write(&format!("{n}.ppm"), ppm(n, 1)));
    let mut taken = 0;
    let endless = paths.iter().cycle().inspect(|_| taken += 1).map(Job::probe);
    let widths: Vec<u32> = pool.map(endless).take(500).map(|header| header.unwrap().width).collect();
    let expected: Vec<u32> = (1..=5).cycle().take(500).collect();
    assert_eq!(widths, expected);
    assert!(taken <= 500 + 64, "{taken}");
}

#[test]
fn dropping_a_map_cancels_what_is_not_begun() {
    let world = World::new();
    let pool = world.builder().workers(1).build().unwrap();
    let (slow, gate) = world.gated("slow");
    let map = pool.map([slow, world.good("a"), world.good("b")]);
    let held = gate.reached();
    drop(map);
    // Commands are obeyed in their order: with this one decided, so are those of the map.
    assert!(pool.submit(world.good("c")).unwrap().cancel());
    drop(held);
    pool.shutdown(Shutdown::Finish);
    assert!(world.has_output("slow") && !world.has_output("a") && !world.has_output("b"));
}

#[test]
fn no_file_is_replaced_unless_told() {
    let world = World::new();
    let pool = world.pool();
    fs::write(world.path("out/a.png"), "foreign").unwrap();
    assert_eq!(kind(&pool.submit(world.good("a")).unwrap()), ErrorKind::WriteFailed);
    assert_eq!(fs::read(world.path("out/a.png")).unwrap(), b"foreign");
    pool.submit(world.good("a").replace()).unwrap().result().unwrap();
    assert!(fs::read(world.path("out/a.png")).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn workers_read_nothing_but_the_inputs() {
    let world = World::new();
    let pool = world.pool();
    let outside = world.path("outside.ppm");
    fs::write(&outside, ppm(4, 4)).unwrap();
    let refused = pool.submit(Job::process(outside, "outside.png")).unwrap();
    assert_eq!(kind(&refused), ErrorKind::Unreadable);
}

#[test]
fn two_pools_work_side_by_side_but_not_on_one_folder() {
    let world = World::new();
    let first = world.pool();
    let busy = world.builder().build().unwrap_err();
    assert!(matches!(busy, BuildError::Output(OutputFolderError::Busy(_))), "{busy}");
    let second = world.builder().output(world.path("other")).build().unwrap();
    let (job, gate) = world.gated("gated");
    let held_up = first.submit(job).unwrap();
    let held = gate.reached();
    for n in 0..10 {
        second.submit(world.good(&n.to_string())).unwrap().result().unwrap();
    }
    drop(second);
    assert!(!held_up.is_done());
    drop(held);
    held_up.result().unwrap();
}

#[test]
fn several_threads_share_a_pool() {
    let world = World::new();
    let pool = world.pool();
    let paths = [1, 2, 3, 4].map(|n| world.write(&format!("{n}.ppm"), ppm(n, 1)));
    thread::scope(|scope| {
        for (width, path) in (1..).zip(&paths) {
            let pool = &pool;
            scope.spawn(move || {
                let handles: Vec<_> = (0..200).map(|_| pool.submit(Job::probe(path)).unwrap()).collect();
                assert!(handles.iter().all(|handle| handle.result().unwrap().width == width));
            });
        }
    });
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| pool.shutdown(Shutdown::Finish));
        }
    });
    assert_eq!(world.workers(), 0);
}

#[test]
fn a_pool_without_an_output_folder_only_probes() {
    let world = World::new();
    let builder = ProcessPool::builder().inputs(world.path("in")).worker_program(world.path("worker"));
    let pool = builder.build().unwrap();
    assert_eq!(pool.submit(world.good("a")).unwrap_err(), SubmitError::NoOutputFolder);
    assert_eq!(pool.submit(Job::probe(world.path("in/a.ppm"))).unwrap().result().unwrap().width, 16);
}

#[test]
fn the_example_does_what_it_says() {
    let world = World::new();
    world.good("a");
    world.write("b.txt", "no picture");
    let run = std::process::Command::new(example("pool"))
        .env("SUPERVISOR_WORKER", executable("worker"))
        .arg(world.path("in"))
        .arg(world.path("out"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stderr));
    assert!(said.contains("a.ppm: 16 × 12") && said.contains("b.txt: not-an-image"), "{said}");
    assert!(world.path("out/a.jpg").exists());
}

fn example(name: &str) -> PathBuf {
    executable(&Path::new("examples").join(name).to_string_lossy())
}

#[test]
fn the_files_of_a_recipe_are_found_from_where_the_caller_is() {
    let world = World::new();
    fs::write(world.path("mark.ppm"), ppm(4, 4)).unwrap();
    let here = std::env::current_dir().unwrap();
    let up: PathBuf = here.ancestors().skip(1).map(|_| "..").collect();
    let mark = up.join(world.path("mark.ppm").strip_prefix("/").unwrap());
    let recipe = |file: &Path| Recipe {
        filters: vec![format!("watermark:image={}", file.display()).parse().unwrap()],
        ..Recipe::default()
    };
    let pool = world.builder().recipe(recipe(&mark)).build().unwrap();
    pool.submit(world.good("a")).unwrap().result().unwrap();
    drop(pool);
    let error = world.builder().recipe(recipe(Path::new("nowhere.png"))).build().unwrap_err();
    assert!(matches!(&error, BuildError::Recipe(_)), "{error}");
    assert!(error.to_string().starts_with("watermark: image nowhere.png: "), "{error}");
}
