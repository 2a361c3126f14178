//! The sizes of all photos in a folder, as they are found, and then a small copy of each:
//! `cargo build -p worker`, once, then `cargo run -p pool --example pool -- FOLDER OUTPUT`.

use std::error::Error;
use std::io::{Write, stdout};
use std::path::PathBuf;
use std::time::Duration;

use pool::recipe::filter::{Filter, Resize, Sepia};
use pool::{Format, Job, ProcessPool, Recipe, Shutdown, SubmitError, as_completed};

/// A small copy in sepia. `"resize:long_edge=160".parse()` says the first as on the command line.
fn filters() -> Vec<Filter> {
    let small = Resize { long_edge: Some(160), ..Resize::default() };
    vec![small.into(), Sepia { strength: 1.0 }.into()]
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [folder, output] = arguments.as_slice() else { return Err("usage: pool FOLDER OUTPUT".into()) };
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    files.sort();

    let pool = ProcessPool::builder()
        .inputs(folder)
        .output(output)
        .recipe(Recipe::new(filters(), Default::default()))
        .timeout(Duration::from_secs(30))
        .build()?;

    // As they come: what is no photo is an error of its own and harms nobody else.
    let headers: Vec<_> =
        files.iter().map(|file| pool.submit(Job::probe(file))).collect::<Result<_, SubmitError>>()?;
    let mut photos = Vec::new();
    for handle in as_completed(headers) {
        let name = handle.input().display().to_string();
        match handle.result() {
            Ok(header) => {
                writeln!(stdout(), "{name}: {} × {}", header.width, header.height)?;
                photos.push(handle.input().to_owned());
            }
            Err(failure) => writeln!(stdout(), "{name}: {failure}")?,
        }
    }

    // In order, a bounded number at a time.
    photos.sort();
    let small = photos.iter().map(|photo| {
        let name = photo.file_stem().unwrap_or_default().to_owned();
        let mut output = PathBuf::from(name);
        output.set_extension("jpg");
        Job::process(photo, output).format(Format::Jpeg).replace()
    });
    for (photo, result) in photos.iter().zip(pool.map(small)) {
        match result {
            Ok(done) => writeln!(stdout(), "{}: {} bytes", photo.display(), done.bytes_out())?,
            Err(failure) => writeln!(stdout(), "{}: {failure}", photo.display())?,
        }
    }
    pool.shutdown(Shutdown::Finish);
    Ok(())
}
