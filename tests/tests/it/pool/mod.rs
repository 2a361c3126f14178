//! The pool as a library: what Python's own tests ask of `concurrent.futures`, and what loky and pebble were
//! made for.
//!
//! Workers that have to be busy are held at a gate, a FIFO that the test opens and closes.

mod ends;
mod guide;
mod waiting;
mod world;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use pool::output_folder::OutputFolderError;
use pool::{
    BuildError, ErrorKind, Isolation, Job, JobFailure, LossCause, ProcessPool, Recipe, Shutdown, SubmitError,
};
use supervisor_tests::{executable, ppm};

use self::world::{PoolWorld, kind, pid};

#[test]
fn pictures_are_processed_and_probed() {
    let world = PoolWorld::new();
    let pool = world.pool();
    let processed = pool.submit(world.good("a")).unwrap();
    let probed = pool.submit(Job::probe(world.path("in/a.ppm"))).unwrap();
    let answer = processed.result().unwrap();
    let [result] = answer.results[..] else { panic!("{answer:?}") };
    assert_eq!((result.width, result.height), (16, 12));
    assert_eq!(fs::metadata(world.path("out/a.png")).unwrap().len(), answer.bytes_out());
    assert_eq!(processed.result().unwrap(), answer);
    assert_eq!(processed.input(), world.path("in/a.ppm"));
    let header = probed.result().unwrap();
    assert_eq!((header.width, header.height), (16, 12));
    drop(pool);
    world.assert_released();
}

#[test]
fn one_job_makes_all_results_of_a_recipe_or_none() {
    const RECIPE: &str = "[[output]]\nname = \"web\"\nformat = \"jpeg\"\n[[output.filter]]\n\
                          name = \"resize\"\nwidth = 8\n[[output]]\nname = \"print\"\nformat = \"tiff\"\n";
    let world = PoolWorld::new();
    let pool = world.builder().recipe(Recipe::parse(RECIPE).unwrap()).build().unwrap();
    let job = |name: &str, content: Vec<u8>| {
        Job::process(world.write(name, content), format!("web/{name}.jpg")).and(format!("print/{name}.tif"))
    };
    let answer = pool.submit(job("a.ppm", ppm(16, 12))).unwrap().result().unwrap();
    assert_eq!(answer.results.iter().map(|result| result.width).collect::<Vec<_>>(), [8, 16]);
    let (web, print) = (world.path("out/web"), world.path("out/print"));
    assert_eq!(image::open(web.join("a.ppm.jpg")).unwrap().width(), 8);
    assert_eq!(image::open(print.join("a.ppm.tif")).unwrap().width(), 16);
    // The second has no place: the first does not appear, either.
    fs::write(print.join("b.ppm.tif"), "somebody's").unwrap();
    let Err(failure) = pool.submit(job("b.ppm", ppm(16, 12))).unwrap().result() else { panic!("it has") };
    assert!(failure.to_string().contains("print/b.ppm.tif"), "{failure}");
    assert_eq!(fs::read_dir(web).unwrap().count(), 1);
    assert_eq!(fs::read(print.join("b.ppm.tif")).unwrap(), b"somebody's");
}

#[test]
fn a_failed_job_leaves_the_others_alone() {
    for isolation in [Isolation::Process, Isolation::Thread, Isolation::Sequential] {
        let world = PoolWorld::new();
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
    let world = PoolWorld::new();
    let pool = world.builder().timeout(Duration::from_secs(2)).retries(0).build().unwrap();
    let hangs = pool.submit(world.fault("hang", "hang")).unwrap();
    let good = pool.submit(world.good("a")).unwrap();
    let Err(JobFailure::Quarantined(loss)) = hangs.result() else { panic!("it did not hang") };
    assert_eq!(loss.cause, LossCause::TimedOut);
    good.result().unwrap();
}

#[test]
fn a_forgotten_handle_stops_no_job() {
    let world = PoolWorld::new();
    let pool = world.pool();
    drop(pool.submit(world.good("a")).unwrap());
    pool.shutdown(Shutdown::Finish);
    assert!(world.has_output("a"));
}

#[test]
fn a_worker_does_so_many_jobs_and_no_more() {
    let world = PoolWorld::new();
    let pool = world.builder().workers(1).jobs_per_worker(2).build().unwrap();
    let pids: Vec<u32> = (0..6).map(|_| pid(&pool, &world)).collect();
    assert!(pids.chunks(2).all(|pair| pair[0] == pair[1]), "{pids:?}");
    assert!(pids[1] != pids[2] && pids[3] != pids[4], "{pids:?}");
}

#[test]
fn an_idle_worker_that_dies_is_replaced() {
    let world = PoolWorld::new();
    let pool = world.builder().workers(1).build().unwrap();
    let first = pid(&pool, &world);
    assert_eq!(first, pid(&pool, &world));
    let process = rustix::process::Pid::from_raw(first.cast_signed()).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();
    assert_ne!(first, pid(&pool, &world));
}

#[test]
fn a_hundred_poison_photos_break_no_pool() {
    let world = PoolWorld::new();
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
    let world = PoolWorld::new();
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
fn no_file_is_replaced_unless_told() {
    let world = PoolWorld::new();
    let pool = world.pool();
    fs::write(world.path("out/a.png"), "foreign").unwrap();
    assert_eq!(kind(&pool.submit(world.good("a")).unwrap()), ErrorKind::WriteFailed);
    assert_eq!(fs::read(world.path("out/a.png")).unwrap(), b"foreign");
    pool.submit(world.good("a").replace()).unwrap().result().unwrap();
    assert!(fs::read(world.path("out/a.png")).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn workers_read_nothing_but_the_inputs() {
    let world = PoolWorld::new();
    let pool = world.pool();
    let outside = world.path("outside.ppm");
    fs::write(&outside, ppm(4, 4)).unwrap();
    let refused = pool.submit(Job::process(outside, "outside.png")).unwrap();
    assert_eq!(kind(&refused), ErrorKind::Unreadable);
}

#[test]
fn two_pools_work_side_by_side_but_not_on_one_folder() {
    let world = PoolWorld::new();
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
    let world = PoolWorld::new();
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
    let world = PoolWorld::new();
    let builder = ProcessPool::builder().inputs(world.path("in")).worker_program(world.path("worker"));
    let pool = builder.build().unwrap();
    assert_eq!(pool.submit(world.good("a")).unwrap_err(), SubmitError::NoOutputFolder);
    assert_eq!(pool.submit(Job::probe(world.path("in/a.ppm"))).unwrap().result().unwrap().width, 16);
}

#[test]
fn the_example_does_what_it_says() {
    let world = PoolWorld::new();
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
    let world = PoolWorld::new();
    fs::write(world.path("mark.ppm"), ppm(4, 4)).unwrap();
    let here = std::env::current_dir().unwrap();
    let up: PathBuf = here.ancestors().skip(1).map(|_| "..").collect();
    let mark = up.join(world.path("mark.ppm").strip_prefix("/").unwrap());
    let recipe = |file: &Path| {
        let mark = format!("watermark:image={}", file.display()).parse().unwrap();
        Recipe::new(vec![mark], Default::default())
    };
    let pool = world.builder().recipe(recipe(&mark)).build().unwrap();
    pool.submit(world.good("a")).unwrap().result().unwrap();
    drop(pool);
    let error = world.builder().recipe(recipe(Path::new("nowhere.png"))).build().unwrap_err();
    assert!(matches!(&error, BuildError::Recipe(_)), "{error}");
    assert!(error.to_string().starts_with("watermark: image nowhere.png: "), "{error}");
}
