//! What an ended batch leaves: its report in three forms, and its results in one file that is made while it
//! is sent.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path as InUrl, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::poll_fn;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tracing::{error, warn};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use super::App;
use super::answer::problem;
use super::batch::Results;
use super::roots::Roots;
use crate::plan::Action;
use crate::report::wire::VerdictKind;
use crate::report::write::ReportFormat;
use engine::verdict::SkipReason;
use pool::escape::{escape, path_text};

/// A report brings its styles with it and nothing else.
const REPORT_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";
/// The file of an archive that says which results it lacks, and why.
const LEFT_OUT: &str = "left out.txt";
/// Bytes that are sent at a time, and how many such pieces wait for a slow client.
const PIECE: usize = 64 << 10;
const PIECES: usize = 16;

/// `GET /batches/ID/FILE`.
pub(super) async fn result(
    State(app): State<Arc<App>>,
    InUrl((batch, file)): InUrl<(String, String)>,
) -> Response {
    let Ok(id) = batch.parse() else {
        return problem(StatusCode::NOT_FOUND, format!("batches have numbers, and {batch:?} is none"));
    };
    let results = match app.board.results(id) {
        Ok(Some(results)) => results,
        Ok(None) => {
            let message = format!("batch {id} has not ended, or nothing was run");
            return problem(StatusCode::CONFLICT, message);
        }
        Err(unknown) => return problem(StatusCode::NOT_FOUND, unknown),
    };
    match (file.as_str(), ReportFormat::of(Path::new(&file)), file.starts_with("report.")) {
        ("results.zip", _, _) => archive(&app, results, id),
        (_, Some(format), true) => report(results, id, format).await,
        (_, _, _) => problem(StatusCode::NOT_FOUND, format!("a batch has no {file:?}")),
    }
}

async fn report(results: Arc<Results>, id: u64, format: ReportFormat) -> Response {
    let written = spawn_blocking(move || {
        let mut text = Vec::new();
        format.write(&mut text, &results.report, &results.timeline).map(|()| text)
    });
    let (mime, ending) = match format {
        ReportFormat::Json => ("application/json", "json"),
        ReportFormat::Csv => ("text/csv; charset=utf-8", "csv"),
        ReportFormat::Html => ("text/html; charset=utf-8", "html"),
    };
    let mut answer = match written.await {
        Ok(Ok(text)) => text.into_response(),
        failed @ (Ok(Err(_)) | Err(_)) => {
            error!(batch = id, ?failed, "a report cannot be written");
            return problem(StatusCode::INTERNAL_SERVER_ERROR, "the report cannot be written");
        }
    };
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    match format {
        ReportFormat::Html => {
            headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(REPORT_POLICY));
        }
        ReportFormat::Json | ReportFormat::Csv => {
            attach(&mut answer, &format!("supervisor-batch-{id}.{ending}"));
        }
    }
    answer
}

fn attach(answer: &mut Response, name: &str) {
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
}

fn archive(app: &App, results: Arc<Results>, id: u64) -> Response {
    let (sender, mut pieces) = mpsc::channel::<io::Result<Bytes>>(PIECES);
    let roots = Arc::clone(&app.roots);
    spawn_blocking(move || {
        let failed = sender.clone();
        let pipe = Pipe { sender, piece: Vec::with_capacity(PIECE) };
        if let Err(error) = write_archive(pipe, &results, &roots) {
            warn!(batch = id, %error, "an archive is not whole");
            // The client must see that, if it is there.
            let _ = failed.blocking_send(Err(error));
        }
    });
    let mut answer = Body::from_stream(poll_fn(move |context| pieces.poll_recv(context))).into_response();
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    attach(&mut answer, &format!("supervisor-batch-{id}.zip"));
    answer
}

/// Every result that still stands, under its name below the output folder; of those that cannot be read
/// there is a list at the end.
fn write_archive(pipe: impl Write, results: &Results, roots: &Roots) -> io::Result<()> {
    let mut zip = ZipWriter::new_stream(pipe);
    let mut left_out = String::new();
    let images = results.report.images.iter().zip(&results.plan.jobs);
    for (image, job) in images {
        let stands = match (&job.action, image.verdict) {
            (Action::Process { .. }, VerdictKind::Ok)
            | (Action::Skip { reason: SkipReason::UpToDate { .. }, .. }, VerdictKind::Skipped) => true,
            // A file that was in the way is somebody else's.
            (Action::Process { .. } | Action::Skip { .. } | Action::Fail(_), _) => false,
        };
        for output in job.action.outputs().into_iter().filter(|_| stands) {
            let name = path_text(output.strip_prefix(&results.output).unwrap_or(output));
            match open(output, roots) {
                Ok(None) => {}
                Ok(Some(file)) => add(&mut zip, &name, file)?,
                Err(error) => {
                    warn!(file = %escape(output), %error, "left out of an archive");
                    left_out += &format!("{name}: {error}\n");
                }
            }
        }
    }
    if !left_out.is_empty() {
        zip.start_file(LEFT_OUT, SimpleFileOptions::default().compression_method(CompressionMethod::Stored))?;
        zip.write_all(left_out.as_bytes())?;
    }
    zip.finish()?.flush()
}

/// A result that can be read; `None` if it is gone.
fn open(output: &Path, roots: &Roots) -> io::Result<Option<File>> {
    let found = match output.symlink_metadata() {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    // No run makes anything else; to open a pipe would take forever.
    if !found.is_file() {
        return Err(io::Error::other("it is no file any more: something else stands there"));
    }
    fs::canonicalize(output).and_then(|real| roots.open(&real)).map(Some)
}

fn add(zip: &mut ZipWriter<StreamWriter<impl Write>>, name: &str, mut file: File) -> io::Result<()> {
    // An image is compressed already.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .large_file(file.metadata()?.len() >= u64::from(u32::MAX));
    zip.start_file(name, options)?;
    io::copy(&mut file, zip)?;
    Ok(())
}

/// A writer whose pieces are sent to the client; it waits while too many are on their way.
struct Pipe {
    sender: mpsc::Sender<io::Result<Bytes>>,
    piece: Vec<u8>,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        self.sender.blocking_send(Ok(piece.into())).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
