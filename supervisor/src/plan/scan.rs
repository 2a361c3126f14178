//! What there is: files and folders as given, recursed, without opening anything but the first bytes of files
//! of no known extension.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs::{self, File, FileType, Metadata};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use protocol::{ErrorKind, JobError, Stage};
use recipe::format::{Format, SNIFF_LEN, UNSUPPORTED_EXTENSIONS};
use walkdir::WalkDir;

use super::{Action, Fence, PlanError, PlannedJob, is_hidden};
use pool::escape::escape;
use pool::journal::FileState;
use pool::output_folder::STATE_FOLDER;

/// Names a file whatever its path: device and inode.
type Identity = (u64, u64);

/// An input that becomes a job.
#[derive(Debug)]
pub(super) struct FoundInput {
    /// Absolute.
    pub(super) path: PathBuf,
    /// As the user knows it.
    pub(super) shown: PathBuf,
    /// The folder below the input folder; empty for files named one by one.
    pub(super) dir: PathBuf,
    /// Its state when it was found, or why it cannot be worked on.
    pub(super) state: Result<FileState, JobError>,
}

impl FoundInput {
    /// The job, once it is known what is to be done.
    pub(super) fn planned(&self, action: Action) -> PlannedJob {
        let bytes = self.state.as_ref().map_or(0, |state| state.bytes);
        PlannedJob { input: self.path.clone(), shown: self.shown.clone(), bytes, action }
    }
}

/// All inputs in a stable order, and what was passed over.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) found: Vec<FoundInput>,
    pub(super) ignored: u64,
    pub(super) warnings: Vec<String>,
    /// Every input that is there, broken ones too, with its place in `found`.
    seen: HashMap<Identity, usize>,
    /// Further names of inputs, which are not further jobs.
    twins: u64,
    /// The real paths of files that have several.
    linked: HashSet<PathBuf>,
    /// Inputs that cannot be looked at, such as links that lead nowhere.
    unseen: HashSet<PathBuf>,
}

impl Scan {
    /// Files and folders from the command line, then files from a list. `output` is left out of every folder.
    pub(super) fn make(
        inputs: &[PathBuf],
        listed: &[PathBuf],
        output: &Path,
        fence: &Fence,
    ) -> Result<Self, PlanError> {
        let mut scan = Scan::default();
        for input in inputs {
            let metadata = fs::metadata(input);
            match metadata {
                Ok(metadata) if metadata.is_dir() => scan.folder(input, output, fence)?,
                Ok(_) => scan.file(input)?,
                Err(error) => return Err(PlanError::NoSuchInput { path: input.clone(), error }),
            }
        }
        for input in listed {
            scan.file(input)?;
        }
        match scan.twins {
            0 => {}
            1 => scan.warnings.push("1 file was found under two names and is done once".to_owned()),
            n => scan
                .warnings
                .push(format!("{n} times a file was found under a further name; each is done once")),
        }
        Ok(scan)
    }

    fn file(&mut self, input: &Path) -> Result<(), PlanError> {
        let path = std::path::absolute(input)
            .map_err(|error| PlanError::NoSuchInput { path: input.into(), error })?;
        self.add(path, input.to_owned(), PathBuf::new(), None);
        Ok(())
    }

    fn folder(&mut self, root: &Path, output: &Path, fence: &Fence) -> Result<(), PlanError> {
        let absolute =
            fs::canonicalize(root).map_err(|error| PlanError::NoSuchInput { path: root.into(), error })?;
        let output_identity = fs::metadata(output).ok().map(|metadata| identity(&metadata));
        let (mut left_out, mut hidden, mut leading_out) = (false, 0, 0);
        let mut of_earlier = Vec::new();
        let walk = WalkDir::new(&absolute).follow_links(true).sort_by_file_name().into_iter();
        let walk = walk.filter_entry(|entry| {
            if entry.depth() == 0 {
                return true;
            }
            let is_folder = entry.file_type().is_dir();
            if is_hidden(entry.file_name()) {
                hidden += u64::from(!is_folder);
                return false;
            }
            if entry.path_is_symlink() && !fence.allows(entry.path()) {
                leading_out += 1;
                return false;
            }
            let here = || entry.metadata().ok().map(|metadata| identity(&metadata));
            let is_output = is_folder && output_identity.is_some() && here() == output_identity;
            left_out |= is_output;
            let is_of_earlier = is_folder && !is_output && entry.path().join(STATE_FOLDER).is_dir();
            if is_of_earlier {
                of_earlier.push(entry.path().to_owned());
            }
            !(is_output || is_of_earlier || is_folder && is_of_storage(entry.file_name()))
        });
        for entry in walk {
            match entry {
                Ok(entry) => {
                    // Whatever it is called, a folder is no photo; what is in it comes next.
                    if entry.file_type().is_dir() {
                        continue;
                    }
                    if is_wanted(entry.path(), entry.file_type()) {
                        self.below(root, &absolute, entry.path(), None);
                    } else {
                        self.ignored += 1;
                    }
                }
                Err(error) => self.trouble(root, &absolute, &error),
            }
        }
        self.ignored += hidden;
        if leading_out > 0 {
            let text =
                format!("{leading_out} links lead out of the folders that may be used and were left out");
            self.warnings.push(text);
        }
        for folder in of_earlier {
            let text = format!(
                "{} was left out: it has a {STATE_FOLDER}, so an earlier run wrote there",
                escape(&folder)
            );
            self.warnings.push(text);
        }
        if left_out {
            let text =
                format!("the output folder {} lies inside the input folder and was left out", escape(output));
            self.warnings.push(text);
        }
        Ok(())
    }

    /// Something below a folder cannot be walked into or looked at.
    fn trouble(&mut self, root: &Path, absolute: &Path, error: &walkdir::Error) {
        // A list of names that breaks off in the middle comes without its folder's name.
        let path = error.path().unwrap_or(absolute);
        if let Some(ancestor) = error.loop_ancestor() {
            let text = format!("{} leads back to {}; it was not followed", escape(path), escape(ancestor));
            return self.warnings.push(text);
        }
        let is_folder = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
        if is_folder || has_photo_extension(path) {
            let error = match error.io_error() {
                Some(error) => file_error(error),
                None => JobError::new(Stage::Read, ErrorKind::Unreadable, error),
            };
            self.below(root, absolute, path, Some(error));
        } else {
            self.ignored += 1;
        }
    }

    fn below(&mut self, root: &Path, absolute: &Path, path: &Path, trouble: Option<JobError>) {
        let relative = path.strip_prefix(absolute).unwrap_or(path);
        let dir = relative.parent().unwrap_or(Path::new("")).to_owned();
        self.add(path.to_owned(), root.join(relative), dir, trouble);
    }

    /// The same file named twice is one job, under its real name if that is among them. `trouble` is what is
    /// already known to be wrong with it.
    fn add(&mut self, path: PathBuf, shown: PathBuf, dir: PathBuf, trouble: Option<JobError>) {
        let looked = fs::metadata(&path);
        let is_new = match &looked {
            Ok(metadata) => self.is_new(&path, metadata),
            Err(_) => self.unseen.insert(path.clone()),
        };
        let known = looked.as_ref().ok().and_then(|metadata| self.seen.get(&identity(metadata)));
        if let Some(known) = known.and_then(|index| self.found.get_mut(*index)).filter(|_| !is_new) {
            let is_real = |path: &Path| fs::canonicalize(path).is_ok_and(|real| real == path);
            self.twins += u64::from(known.path != path);
            if !is_real(&known.path) && is_real(&path) {
                (known.path, known.shown, known.dir) = (path, shown, dir);
            }
        } else if is_new {
            let state = match (trouble, looked) {
                (Some(error), _) => Err(error),
                (None, Ok(metadata)) => state(&metadata),
                (None, Err(error)) => Err(file_error(&error)),
            };
            self.found.push(FoundInput { path, shown, dir, state });
        }
    }

    /// Hard links are files of their own, symbolic ones are not.
    fn is_new(&mut self, path: &Path, metadata: &Metadata) -> bool {
        let next = self.found.len();
        let is_new = !self.seen.contains_key(&identity(metadata));
        self.seen.entry(identity(metadata)).or_insert(next);
        if metadata.is_dir() || metadata.nlink() == 1 {
            return is_new;
        }
        self.linked.insert(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()))
    }

    /// Whether what stands at `path` is one of the inputs.
    pub(super) fn is_input(&self, path: &Path, metadata: Option<&Metadata>) -> bool {
        match metadata {
            Some(metadata) => self.seen.contains_key(&identity(metadata)),
            None => self.unseen.contains(path),
        }
    }
}

fn identity(metadata: &Metadata) -> Identity {
    (metadata.dev(), metadata.ino())
}

/// Whether a name is that of a photo, by its extension.
pub(super) fn has_photo_extension(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    extension.is_some_and(|extension| {
        Format::from_extension(&extension).is_some() || UNSUPPORTED_EXTENSIONS.contains(&extension.as_str())
    })
}

/// A file in a folder is a photo by its extension or by its content; a FIFO is never opened. What exiftool
/// keeps beside a file that it changed is that file once more.
fn is_wanted(path: &Path, file_type: FileType) -> bool {
    let is_kept = path.as_os_str().as_bytes().ends_with(b"_original");
    has_photo_extension(path) || (!is_kept && file_type.is_file() && sniff(path).is_some())
}

/// Whether a folder is one in which network storage keeps thumbnails, or what was deleted.
fn is_of_storage(name: &OsStr) -> bool {
    ["@eaDir", "#recycle"].iter().any(|of_storage| name == *of_storage)
}

/// The format by the first bytes of a file.
pub(super) fn sniff(path: &Path) -> Option<Format> {
    let mut head = Vec::with_capacity(SNIFF_LEN);
    File::open(path).ok()?.take(SNIFF_LEN as u64).read_to_end(&mut head).ok()?;
    Format::sniff(&head)
}

fn state(metadata: &Metadata) -> Result<FileState, JobError> {
    let not_an_image = |detail: &str| JobError::new(Stage::Read, ErrorKind::NotAnImage, detail);
    if !metadata.is_file() {
        return Err(not_an_image(&format!("it is {}, not a file", what_it_is(metadata))));
    }
    if metadata.len() == 0 {
        return Err(not_an_image("the file is empty"));
    }
    Ok(FileState::of(metadata))
}

fn what_it_is(metadata: &Metadata) -> &'static str {
    let file_type = metadata.file_type();
    if file_type.is_dir() {
        "a folder"
    } else if file_type.is_fifo() {
        "a named pipe"
    } else if file_type.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

fn file_error(error: &io::Error) -> JobError {
    let is_gone = error.kind() == io::ErrorKind::NotFound;
    JobError::io(Stage::Read, if is_gone { ErrorKind::Vanished } else { ErrorKind::Unreadable }, error)
}
