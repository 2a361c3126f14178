//! Dropped files: `PUT /upload`. Each goes into a hidden file of its folder and gets its name when it is complete, never that of
//! another file. Both happen inside the folder that was looked at, whatever is put in its place meanwhile.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags};
use rustix::io::Errno;
use serde::Deserialize;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::App;
use super::answer::problem;
use super::folders;
use crate::plan::{is_hidden, is_picture_name};

/// Bytes of a file at the most.
pub(super) const LARGEST_FILE: u64 = 256 << 20;
/// Files at a time.
pub(super) const AT_A_TIME: usize = 4;
/// The longest silence within a file, and the longest that a small body may take.
pub(super) const SILENCE: Duration = Duration::from_secs(30);

/// Which file.
#[derive(Debug, Deserialize)]
pub(super) struct Target {
    folder: String,
    name: String,
}

/// A file that is being written, under a hidden name; removed unless it was given its own.
#[derive(Debug)]
struct Part {
    folder: OwnedFd,
    name: String,
    is_placed: bool,
}

/// `PUT /upload?folder=…&name=…`.
pub(super) async fn upload(
    State(app): State<Arc<App>>,
    Query(target): Query<Target>,
    body: Body,
) -> Response {
    let Target { folder, name } = target;
    if let Err(message) = check(&name) {
        return problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, message);
    }
    let Ok(_place) = app.uploads.acquire().await else {
        return problem(StatusCode::SERVICE_UNAVAILABLE, "the server is about to end");
    };
    let opening = {
        let app = Arc::clone(&app);
        spawn_blocking(move || {
            let real = folders::make(&folder, &app.roots).map_err(|error| error.to_string())?;
            let folder = app.roots.open_folder(&real).map_err(|error| error.to_string())?;
            Part::new(folder).map(|(part, file)| (real, part, file)).map_err(|error| error.to_string())
        })
    };
    let (real, part, file) = match opening.await {
        Ok(Ok(opened)) => opened,
        Ok(Err(message)) => return problem(StatusCode::FORBIDDEN, message),
        Err(_) => return problem(StatusCode::INTERNAL_SERVER_ERROR, "the server failed at this file"),
    };
    let bytes = match receive(body, tokio::fs::File::from_std(file)).await {
        Ok(bytes) => bytes,
        Err((status, message)) => return problem(status, format!("{name}: {message}")),
    };
    match spawn_blocking(move || part.place(&name)).await {
        Ok(Ok(name)) => {
            let path = app.roots.shown(&real.join(&name));
            (StatusCode::CREATED, Json(json!({ "path": path, "name": name, "bytes": bytes }))).into_response()
        }
        Ok(Err(error)) => problem(StatusCode::INSUFFICIENT_STORAGE, error),
        Err(_) => problem(StatusCode::INTERNAL_SERVER_ERROR, "the server failed at this file"),
    }
}

/// A name without a folder, of a picture.
fn check(name: &str) -> Result<(), String> {
    let is_plain =
        !name.is_empty() && !name.contains(['/', '\0']) && !is_hidden(name.as_ref()) && name.len() <= 250;
    match (is_plain, is_picture_name(Path::new(name))) {
        (true, true) => Ok(()),
        (true, false) => Err(format!("{name}: its ending is not that of a picture")),
        (false, _) => Err(format!("{name:?} is no name for a file")),
    }
}

async fn receive(body: Body, mut file: tokio::fs::File) -> Result<u64, (StatusCode, String)> {
    let disk = |error: io::Error| (StatusCode::INSUFFICIENT_STORAGE, error.to_string());
    let (mut chunks, mut bytes) = (body.into_data_stream(), 0u64);
    loop {
        let chunk = timeout(SILENCE, chunks.next());
        let chunk =
            chunk.await.map_err(|_| (StatusCode::REQUEST_TIMEOUT, "nothing came for 30 s".to_owned()))?;
        let Some(chunk) = chunk else { break };
        let chunk = chunk.map_err(|_| (StatusCode::BAD_REQUEST, "it did not come in full".to_owned()))?;
        bytes += chunk.len() as u64;
        if bytes > LARGEST_FILE {
            let message = format!("files may have {} MiB", LARGEST_FILE >> 20);
            return Err((StatusCode::PAYLOAD_TOO_LARGE, message));
        }
        file.write_all(&chunk).await.map_err(disk)?;
    }
    file.flush().await.map_err(disk)?;
    Ok(bytes)
}

impl Part {
    fn new(folder: OwnedFd) -> io::Result<(Part, std::fs::File)> {
        let name = format!(".upload-{:016x}", fastrand::u64(..));
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&folder, &name, flags, Mode::from_raw_mode(0o666))?;
        Ok((Part { folder, name, is_placed: false }, file.into()))
    }

    /// Gives the file its name, or with a number if that is taken.
    fn place(mut self, wanted: &str) -> io::Result<String> {
        let (stem, ending) = wanted.rsplit_once('.').unwrap_or((wanted, ""));
        for number in 1..10_000 {
            let name = if number == 1 { wanted.to_owned() } else { format!("{stem}-{number}.{ending}") };
            let placed = rustix::fs::renameat_with(
                &self.folder,
                &self.name,
                &self.folder,
                &name,
                RenameFlags::NOREPLACE,
            );
            match placed {
                Ok(()) => {
                    self.is_placed = true;
                    return Ok(name);
                }
                Err(Errno::EXIST) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Err(io::Error::other("too many files of that name"))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.is_placed {
            let _ = rustix::fs::unlinkat(&self.folder, &self.name, AtFlags::empty());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_pictures_only() {
        for good in ["a.jpg", "año nuevo.PNG", "a..b.webp", "-rf.jpg"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in ["", "a", "a.sh", "../a.jpg", "a/b.jpg", ".a.jpg", "..", "a\0.jpg", "a.jpg/", "/a.jpg"] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_file_is_there_whole_or_not_at_all_and_replaces_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let open = || rustix::fs::open(dir.path(), OFlags::DIRECTORY | OFlags::PATH, Mode::empty()).unwrap();
        std::fs::write(dir.path().join("a.jpg"), "mine").unwrap();
        let (part, _) = Part::new(open()).unwrap();
        assert_eq!(part.place("a.jpg").unwrap(), "a-2.jpg");
        drop(Part::new(open()).unwrap());
        let mut names: Vec<_> =
            std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["a-2.jpg", "a.jpg"]);
        assert_eq!(std::fs::read(dir.path().join("a.jpg")).unwrap(), b"mine");
    }
}
