//! What there is: files and folders as given, recursed, without opening anything but the first bytes of files of no known
//! extension.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, File, FileType, Metadata};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use protocol::format::{Format, SNIFF_LEN, UNSUPPORTED_EXTENSIONS};
use protocol::{ErrorKind, JobError, Stage};
use walkdir::WalkDir;

use super::PlanError;
use crate::escape::escape;

/// Names a file whatever its path: device and inode.
pub(super) type Identity = (u64, u64);

/// An input that becomes a job.
#[derive(Debug)]
pub(super) struct Found {
    /// Absolute.
    pub(super) path: PathBuf,
    /// As the user knows it.
    pub(super) shown: PathBuf,
    /// The folder below the input folder; empty for files named one by one.
    pub(super) dir: PathBuf,
    pub(super) facts: Result<Facts, JobError>,
}

/// What the file system says of an input.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    pub(super) identity: Identity,
    pub(super) bytes: u64,
    pub(super) modified: SystemTime,
}

/// All inputs in a stable order, and what was passed over.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) found: Vec<Found>,
    pub(super) ignored: u64,
    pub(super) warnings: Vec<String>,
    seen: HashSet<Identity>,
}

impl Scan {
    /// Files and folders from the command line, then files from a list. `output` is left out of every folder.
    pub(super) fn make(inputs: &[PathBuf], listed: &[PathBuf], output: &Path) -> Result<Self, PlanError> {
        let mut scan = Scan::default();
        for input in inputs {
            let metadata = fs::metadata(input);
            match metadata {
                Ok(metadata) if metadata.is_dir() => scan.folder(input, output)?,
                Ok(_) => scan.file(input)?,
                Err(error) => return Err(PlanError::NoSuchInput { path: input.clone(), error }),
            }
        }
        for input in listed {
            scan.file(input)?;
        }
        Ok(scan)
    }

    fn file(&mut self, input: &Path) -> Result<(), PlanError> {
        let path = std::path::absolute(input)
            .map_err(|error| PlanError::NoSuchInput { path: input.into(), error })?;
        let facts = look(&path);
        self.add(Found { path, shown: input.to_owned(), dir: PathBuf::new(), facts });
        Ok(())
    }

    fn folder(&mut self, root: &Path, output: &Path) -> Result<(), PlanError> {
        let absolute =
            fs::canonicalize(root).map_err(|error| PlanError::NoSuchInput { path: root.into(), error })?;
        let output = fs::canonicalize(output).unwrap_or_else(|_| output.to_owned());
        let mut left_out = false;
        let walk = WalkDir::new(&absolute).follow_links(true).sort_by_file_name().into_iter();
        let walk = walk.filter_entry(|entry| {
            let ours = entry.depth() > 0 && entry.path() == output;
            left_out |= ours;
            !ours && !(entry.depth() > 0 && is_hidden(entry.file_name()))
        });
        for entry in walk {
            match entry {
                Ok(entry) => {
                    let file_type = entry.file_type();
                    let wanted = if file_type.is_dir() {
                        entry.depth() > 0 && has_picture_extension(entry.path())
                    } else {
                        is_wanted(entry.path(), file_type)
                    };
                    if wanted {
                        self.below(root, &absolute, entry.path(), look(entry.path()));
                    } else if !file_type.is_dir() {
                        self.ignored += 1;
                    }
                }
                Err(error) => self.trouble(root, &absolute, &error),
            }
        }
        if left_out {
            let text = format!(
                "the output folder {} lies inside the input folder and was left out",
                escape(&output)
            );
            self.warnings.push(text);
        }
        Ok(())
    }

    /// Something below a folder cannot be walked into or looked at.
    fn trouble(&mut self, root: &Path, absolute: &Path, error: &walkdir::Error) {
        let Some(path) = error.path() else { return };
        if let Some(ancestor) = error.loop_ancestor() {
            let text = format!("{} leads back to {}; it was not followed", escape(path), escape(ancestor));
            return self.warnings.push(text);
        }
        let is_folder = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
        if is_folder || has_picture_extension(path) {
            let facts = match error.io_error() {
                Some(error) => Err(file_error(error)),
                None => Err(JobError::new(Stage::Read, ErrorKind::Unreadable, error)),
            };
            self.below(root, absolute, path, facts);
        } else {
            self.ignored += 1;
        }
    }

    fn below(&mut self, root: &Path, absolute: &Path, path: &Path, facts: Result<Facts, JobError>) {
        let relative = path.strip_prefix(absolute).unwrap_or(path);
        let dir = relative.parent().unwrap_or(Path::new("")).to_owned();
        self.add(Found { path: path.to_owned(), shown: root.join(relative), dir, facts });
    }

    /// The same file named twice is one job.
    fn add(&mut self, found: Found) {
        let is_new = found.facts.as_ref().map_or(true, |facts| self.seen.insert(facts.identity));
        if is_new {
            self.found.push(found);
        }
    }

    /// Whether a file is one of the inputs.
    pub(super) fn contains(&self, identity: Identity) -> bool {
        self.seen.contains(&identity)
    }
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_bytes().starts_with(b".")
}

fn has_picture_extension(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    extension.is_some_and(|extension| {
        Format::from_extension(&extension).is_some() || UNSUPPORTED_EXTENSIONS.contains(&extension.as_str())
    })
}

/// A file in a folder is a picture by its extension or by its content; a FIFO is never opened.
fn is_wanted(path: &Path, file_type: FileType) -> bool {
    has_picture_extension(path) || (file_type.is_file() && sniff(path).is_some())
}

/// The format by the first bytes of a file.
pub(super) fn sniff(path: &Path) -> Option<Format> {
    let mut head = Vec::with_capacity(SNIFF_LEN);
    File::open(path).ok()?.take(SNIFF_LEN as u64).read_to_end(&mut head).ok()?;
    Format::sniff(&head)
}

fn look(path: &Path) -> Result<Facts, JobError> {
    let metadata = fs::metadata(path).map_err(|error| file_error(&error))?;
    let not_an_image = |detail: &str| JobError::new(Stage::Read, ErrorKind::NotAnImage, detail);
    if !metadata.is_file() {
        return Err(not_an_image(&format!("it is {}, not a file", what_it_is(&metadata))));
    }
    if metadata.len() == 0 {
        return Err(not_an_image("the file is empty"));
    }
    Ok(Facts {
        identity: (metadata.dev(), metadata.ino()),
        bytes: metadata.len(),
        modified: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
    })
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
    let kind = match error.kind() {
        io::ErrorKind::NotFound => ErrorKind::Vanished,
        _ => ErrorKind::Unreadable,
    };
    JobError::io(Stage::Read, kind, error)
}
