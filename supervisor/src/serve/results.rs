//! What an ended batch leaves: its report in three forms, and its results in one file that is made while it
//! is sent.

use std::fs;
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
use pool::escape::path_text;

/// A report brings its styles with it and nothing else.
const REPORT_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";
/// Bytes that are sent at a time, and how many such pieces wait for a slow client.
const PIECE: usize = 64 << 10;
const PIECES: usize = 16;

/// `GET /batches/ID/FILE`.
pub(super) async fn result(State(app): State<Arc<App>>, InUrl((id, file)): InUrl<(u64, String)>) -> Response {
    let results = match app.board.results(id) {
        Ok(results) => results,
        Err(error) => return problem(StatusCode::CONFLICT, error),
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

/// Every result that still stands, under its name below the output folder.
fn write_archive(pipe: Pipe, results: &Results, roots: &Roots) -> io::Result<()> {
    let mut zip = ZipWriter::new_stream(pipe);
    let images = results.report.images.iter().zip(&results.plan.jobs);
    for (image, job) in images {
        let stands = match (&job.action, image.verdict) {
            (Action::Process { .. }, VerdictKind::Ok)
            | (Action::Skip { reason: SkipReason::UpToDate { .. }, .. }, VerdictKind::Skipped) => true,
            // A file that was in the way is somebody else's.
            (Action::Process { .. } | Action::Skip { .. } | Action::Fail(_), _) => false,
        };
        for output in job.action.outputs().into_iter().filter(|_| stands) {
            add(&mut zip, output, results, roots)?;
        }
    }
    let mut pipe: StreamWriter<Pipe> = zip.finish()?;
    pipe.flush()
}

/// Adds a file, unless it is gone.
fn add(
    zip: &mut ZipWriter<StreamWriter<Pipe>>,
    output: &Path,
    results: &Results,
    roots: &Roots,
) -> io::Result<()> {
    let opened = fs::canonicalize(output).and_then(|real| roots.open(&real));
    let mut file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        // Better no archive than one that lacks a photo without a word.
        Err(error) => return Err(error),
    };
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(());
    }
    let name = path_text(output.strip_prefix(&results.output).unwrap_or(output));
    // An image is compressed already.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .large_file(metadata.len() >= u64::from(u32::MAX));
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
