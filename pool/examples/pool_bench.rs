//! What the pool itself costs: `pool_bench FILE WORKERS JOBS`, for scripts/bench_pool.
//!
//! The job is the nearest to doing nothing that a worker knows: reading FILE, a tiny photo, and looking at
//! its header. Prints jobs per second with all submitted at once, and the median and 95th percentile of one
//! at a time, in microseconds.

use std::error::Error;
use std::io::{Write, stdout};
use std::path::Path;
use std::time::Instant;

use pool::{Job, ProcessPool, SubmitError};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, workers, jobs] = arguments.as_slice() else {
        return Err("usage: pool_bench FILE WORKERS JOBS".into());
    };
    let (file, jobs): (&Path, usize) = (file.as_ref(), jobs.parse()?);
    let pool = ProcessPool::builder().inputs(file).workers(workers.parse()?).build()?;
    let submit_all = |jobs: usize| -> Result<(), Box<dyn Error>> {
        let handles: Vec<_> =
            (0..jobs).map(|_| pool.submit(Job::probe(file))).collect::<Result<_, SubmitError>>()?;
        for handle in handles {
            handle.result()?;
        }
        Ok(())
    };
    // Starts the workers.
    submit_all(200)?;

    let start = Instant::now();
    submit_all(jobs)?;
    let per_second = jobs as f64 / start.elapsed().as_secs_f64();

    let mut round_trips = Vec::new();
    for _ in 0..jobs / 4 {
        let start = Instant::now();
        pool.submit(Job::probe(file))?.result()?;
        round_trips.push(start.elapsed());
    }
    round_trips.sort_unstable();
    let quantile = |share: f64| {
        let index = (round_trips.len() as f64 * share) as usize;
        round_trips.get(index).map_or(0.0, |time| time.as_secs_f64() * 1e6)
    };
    writeln!(stdout(), "{per_second:.0} {:.1} {:.1}", quantile(0.5), quantile(0.95))?;
    Ok(())
}
