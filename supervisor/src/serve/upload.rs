//! Dropped files: `PUT /upload`. Each goes into a hidden file of its folder and gets its name when it is
//! complete, never that of another file. Both happen inside the folder that was looked at, whatever is put in
//! its place meanwhile.

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
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
use tokio::io::AsyncWriteExt;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::{info, warn};

use super::App;
use super::answer::problem;
use super::fields::{Fields, of_query};
use super::folders;
use super::roots::RootError;
use crate::plan::{is_hidden, is_photo_name};
use crate::report::wire::http::{UploadTarget, Uploaded};
use pool::escape::path_text;
use pool::escape::{escape, escape_text};

/// Bytes of a file at the most.
pub(super) const LARGEST_FILE: u64 = 256 << 20;
/// Files at a time.
pub(super) const AT_A_TIME: usize = 4;
/// The longest silence within a file, and the longest that a small body may take.
pub(super) const SILENCE: Duration = Duration::from_secs(30);

/// A file that is being written, under a hidden name; removed unless it was given its own.
#[derive(Debug)]
struct PartFile {
    folder: OwnedFd,
    name: String,
    is_placed: bool,
}

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
enum UploadError {
    #[error("{0}")]
    Name(String),
    #[error("{0}")]
    Folder(RootError),
    #[error("the server is about to end")]
    Ending,
    #[error("nothing came for {} s", SILENCE.as_secs())]
    Silent,
    #[error("it did not come in full")]
    CutShort,
    #[error("files may have {} MiB", LARGEST_FILE >> 20)]
    TooLarge,
    #[error("there is no room for it: {0}")]
    DiskFull(io::Error),
    #[error("it may not be written there: {0}")]
    Forbidden(io::Error),
    #[error("it cannot be written: {0}")]
    Disk(io::Error),
    #[error("the server failed at this file")]
    Failed,
}

impl From<io::Error> for UploadError {
    fn from(error: io::Error) -> Self {
        match Errno::from_io_error(&error) {
            Some(Errno::NOSPC | Errno::DQUOT) => UploadError::DiskFull(error),
            // The last two: a link was put in the way.
            Some(Errno::ACCESS | Errno::PERM | Errno::ROFS | Errno::LOOP | Errno::XDEV) => {
                UploadError::Forbidden(error)
            }
            None if error.kind() == io::ErrorKind::PermissionDenied => UploadError::Forbidden(error),
            Some(_) | None => UploadError::Disk(error),
        }
    }
}

impl From<RootError> for UploadError {
    fn from(error: RootError) -> Self {
        match error {
            RootError::Io { error, .. } => error.into(),
            RootError::Outside(_) | RootError::Hidden(_) => UploadError::Folder(error),
        }
    }
}

impl UploadError {
    fn status(&self) -> StatusCode {
        match self {
            UploadError::Name(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            UploadError::Folder(_) | UploadError::Forbidden(_) => StatusCode::FORBIDDEN,
            UploadError::Ending => StatusCode::SERVICE_UNAVAILABLE,
            UploadError::Silent => StatusCode::REQUEST_TIMEOUT,
            UploadError::CutShort => StatusCode::BAD_REQUEST,
            UploadError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            UploadError::DiskFull(_) => StatusCode::INSUFFICIENT_STORAGE,
            UploadError::Disk(_) | UploadError::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// For the page.
    fn text(&self, name: &str) -> String {
        match self {
            UploadError::Name(_) | UploadError::Folder(_) | UploadError::Ending | UploadError::Failed => {
                self.to_string()
            }
            UploadError::Silent
            | UploadError::CutShort
            | UploadError::TooLarge
            | UploadError::DiskFull(_)
            | UploadError::Forbidden(_)
            | UploadError::Disk(_) => format!("{name}: {self}"),
        }
    }
}

/// `PUT /upload?folder=…&name=…`.
pub(super) async fn upload(
    State(app): State<Arc<App>>,
    Query(asked): Query<Vec<(String, String)>>,
    body: Body,
) -> Response {
    let asked = of_query(asked, &[]);
    let fields = Fields::new("upload", &asked);
    let target = fields.needed_text("folder").and_then(|folder| {
        let name = fields.needed_text("name")?;
        Ok(UploadTarget { folder, name })
    });
    let target = match target {
        Ok(target) => target,
        Err(wrong) => return problem(StatusCode::BAD_REQUEST, wrong),
    };
    match take(&app, &target, body).await {
        Ok((path, bytes)) => {
            info!(file = %escape(&path), bytes, "uploaded");
            let name = path_text(Path::new(path.file_name().unwrap_or_default()));
            let answer = Uploaded { bytes, name, path: app.roots.shown(&path) };
            (StatusCode::CREATED, Json(answer)).into_response()
        }
        Err(error) => {
            let UploadTarget { folder, name } = &target;
            let said = escape_text(&error.to_string());
            warn!(folder = %escape_text(folder), name = %escape_text(name), error = %said, "not uploaded");
            problem(error.status(), error.text(name))
        }
    }
}

/// Takes the file; its path and size.
async fn take(app: &Arc<App>, target: &UploadTarget, body: Body) -> Result<(PathBuf, u64), UploadError> {
    let UploadTarget { folder, name } = target.clone();
    check(&name).map_err(UploadError::Name)?;
    let _place = app.uploads.acquire().await.map_err(|_| UploadError::Ending)?;
    let opening = {
        let app = Arc::clone(app);
        spawn_blocking(move || -> Result<_, UploadError> {
            let real = folders::make(&folder, &app.roots)?;
            let (part, file) = PartFile::new(app.roots.open_folder(&real)?)?;
            Ok((real, part, file))
        })
    };
    let (real, part, file) = opening.await.map_err(|_| UploadError::Failed)??;
    let bytes = receive(body, tokio::fs::File::from_std(file)).await?;
    let placing = spawn_blocking(move || part.place(&name));
    let name = placing.await.map_err(|_| UploadError::Failed)??;
    Ok((real.join(name), bytes))
}

/// A name without a folder, of a photo.
fn check(name: &str) -> Result<(), String> {
    let is_plain =
        !name.is_empty() && !name.contains(['/', '\0']) && !is_hidden(name.as_ref()) && name.len() <= 250;
    match (is_plain, is_photo_name(Path::new(name))) {
        (true, true) => Ok(()),
        (true, false) => Err(format!("{name}: its ending is not that of a photo")),
        (false, _) => Err(format!("{name:?} is no name for a file")),
    }
}

async fn receive(body: Body, mut file: tokio::fs::File) -> Result<u64, UploadError> {
    let (mut chunks, mut bytes) = (body.into_data_stream(), 0u64);
    loop {
        let chunk = timeout(SILENCE, chunks.next()).await.map_err(|_| UploadError::Silent)?;
        let Some(chunk) = chunk else { break };
        let chunk = chunk.map_err(|_| UploadError::CutShort)?;
        bytes += chunk.len() as u64;
        if bytes > LARGEST_FILE {
            return Err(UploadError::TooLarge);
        }
        file.write_all(&chunk).await?;
    }
    file.flush().await?;
    Ok(bytes)
}

impl PartFile {
    fn new(folder: OwnedFd) -> io::Result<(PartFile, std::fs::File)> {
        let name = format!(".upload-{:016x}", fastrand::u64(..));
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&folder, &name, flags, Mode::from_raw_mode(0o666))?;
        Ok((PartFile { folder, name, is_placed: false }, file.into()))
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

impl Drop for PartFile {
    fn drop(&mut self) {
        if !self.is_placed
            && let Err(error) = rustix::fs::unlinkat(&self.folder, &self.name, AtFlags::empty())
        {
            warn!(file = self.name, %error, "what came of an upload cannot be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_photos_only() {
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
        let (part, _) = PartFile::new(open()).unwrap();
        assert_eq!(part.place("a.jpg").unwrap(), "a-2.jpg");
        drop(PartFile::new(open()).unwrap());
        let mut names: Vec<_> =
            std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["a-2.jpg", "a.jpg"]);
        assert_eq!(std::fs::read(dir.path().join("a.jpg")).unwrap(), b"mine");
    }

    #[test]
    fn a_full_disk_a_forbidden_folder_and_a_broken_disk_are_told_apart() {
        let of = |errno: Errno| UploadError::from(io::Error::from(errno)).status().as_u16();
        for (status, errnos) in [
            (507, &[Errno::NOSPC, Errno::DQUOT][..]),
            (403, &[Errno::ACCESS, Errno::PERM, Errno::ROFS, Errno::LOOP, Errno::XDEV]),
            (500, &[Errno::IO, Errno::NOENT, Errno::NOTDIR, Errno::MFILE]),
        ] {
            errnos.iter().for_each(|errno| assert_eq!(of(*errno), status, "{errno}"));
        }
        let outside = UploadError::from(io::Error::from(io::ErrorKind::PermissionDenied));
        assert_eq!(outside.status(), StatusCode::FORBIDDEN);
        // A folder that takes no files from anybody.
        let folder = rustix::fs::open("/sys", OFlags::DIRECTORY | OFlags::PATH, Mode::empty()).unwrap();
        let error = UploadError::from(PartFile::new(folder).unwrap_err());
        assert!(matches!(error, UploadError::Forbidden(_)), "{error}");
        let hidden = UploadError::from(RootError::Hidden(".x".to_owned()));
        assert_eq!(hidden.status(), StatusCode::FORBIDDEN);
        let gone = RootError::Io { shown: "in".to_owned(), error: Errno::NOSPC.into() };
        let text = UploadError::from(gone).text("a.jpg");
        assert!(text.starts_with("a.jpg: there is no room for it: No space left"), "{text}");
    }

    #[test]
    fn what_does_not_fit_on_the_disk_is_said_to() {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let received = runtime.block_on(receive(Body::from("a photo"), tokio::fs::File::from_std(full)));
        let error = received.unwrap_err();
        assert!(matches!(error, UploadError::DiskFull(_)), "{error}");
    }
}
