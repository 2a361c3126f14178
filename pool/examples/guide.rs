//! What `docs/guide.md` shows of this crate. It is run in a folder with a photo `holiday/beach.jpg`.

use pool::{Job, ProcessPool, Recipe};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = ProcessPool::builder()
        .inputs("holiday")
        .output("web")
        .recipe(Recipe::new(vec!["resize:long_edge=1200".parse()?], Default::default()))
        .build()?;
    let handle = pool.submit(Job::process("holiday/beach.jpg", "beach.jpg"))?;
    let done = handle.result()?; // or why there is none; other jobs do not notice
    assert!(done.bytes_out() > 0);
    Ok(())
}
