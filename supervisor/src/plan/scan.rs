//! Finds the inputs: the files that were named, and the photos in folders and their subfolders.

use std::collections::{HashMap, HashSet};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use protocol::{ErrorKind, JobError, Stage};
use walkdir::{DirEntry, WalkDir};

use super::kinds::{has_photo_extension, is_of_storage, is_other_image, is_wanted};
use super::passed_over::PassedOver;
use super::results::{self, KnownResults, LeftFolder};
use super::selection::{Selection, Unwanted, folder_below};
use super::{Fence, PlanError, PlanRequest, is_hidden};
use pool::escape::escape;
use pool::file_identity::FileIdentity;
use pool::journal::FileState;

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

/// All inputs in a stable order, and what was passed over.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) found: Vec<FoundInput>,
    pub(super) passed_over: PassedOver,
    pub(super) warnings: Vec<String>,
    /// Every input that is there, broken ones too, with its place in `found`.
    seen: HashMap<FileIdentity, usize>,
    /// Further names of inputs, which are not further jobs.
    twins: u64,
    /// The real paths of files that have several.
    linked: HashSet<PathBuf>,
    /// Inputs that cannot be looked at, such as links that lead nowhere.
    unseen: HashSet<PathBuf>,
    selection: Selection,
    /// Photos that are not wanted: no jobs, and never replaced either.
    unwanted: HashSet<FileIdentity>,
}

/// What a walk left out.
#[derive(Debug, Default)]
struct LeftOut {
    output: bool,
    hidden: u64,
    leading_out: u64,
    /// Folders of results, each with what is in it.
    of_earlier: Vec<(PathBuf, LeftFolder)>,
}

impl Scan {
    /// Files and folders from the command line, then files from a list. Output and state folder are left out
    /// of every folder, and results of earlier runs are no photos.
    pub(super) fn make(request: &PlanRequest<'_>) -> Result<Self, PlanError> {
        let mut scan = Scan { selection: request.selection.clone(), ..Scan::default() };
        let mut results = KnownResults::of(request.output, request.history);
        for input in request.inputs {
            let metadata = fs::metadata(input);
            match metadata {
                Ok(metadata) if metadata.is_dir() => scan.folder(input, request, &mut results)?,
                Ok(_) => scan.file(input, None, request.fence, &mut results)?,
                Err(error) => return Err(PlanError::NoSuchInput { path: input.clone(), error }),
            }
        }
        for input in request.listed {
            scan.file(input, request.base, request.fence, &mut results)?;
        }
        scan.warnings.extend(scan.wanted_results(&results));
        match scan.twins {
            0 => {}
            1 => scan.warnings.push("1 file was found under two names and is done once".to_owned()),
            n => scan
                .warnings
                .push(format!("{n} times a file was found under a further name; each is done once")),
        }
        Ok(scan)
    }

    /// A file that was named, which may lie below `base`.
    fn file(
        &mut self,
        input: &Path,
        base: Option<&Path>,
        fence: &Fence,
        results: &mut KnownResults<'_>,
    ) -> Result<(), PlanError> {
        let path = std::path::absolute(input)
            .map_err(|error| PlanError::NoSuchInput { path: input.into(), error })?;
        let dir = match base {
            Some(base) => folder_below(base, &path)
                .ok_or_else(|| PlanError::OutsideBase { path: input.to_owned(), base: base.to_owned() })?,
            None => PathBuf::new(),
        };
        if !self.is_result(&path, results) {
            results.look_above(&fs::canonicalize(&path).unwrap_or_else(|_| path.clone()), fence);
            self.add(path, input.to_owned(), dir, None);
        }
        Ok(())
    }

    /// What is said of results of earlier runs that are photos of this one.
    fn wanted_results(&self, results: &KnownResults<'_>) -> Option<String> {
        let mut wanted = self.found.iter().filter(|found| results.is_wanted_result(&found.path));
        let first = escape(&wanted.next()?.shown);
        Some(match wanted.count() {
            0 => format!(
                "{first} is a result of an earlier run; it is processed again, since it or its folder was \
                 named"
            ),
            others => format!(
                "{first} and {others} more are results of earlier runs; they are processed again, since they \
                 or their folders were named"
            ),
        })
    }

    fn folder(
        &mut self,
        root: &Path,
        request: &PlanRequest<'_>,
        results: &mut KnownResults<'_>,
    ) -> Result<(), PlanError> {
        let PlanRequest { output, state, fence, .. } = *request;
        let absolute =
            fs::canonicalize(root).map_err(|error| PlanError::NoSuchInput { path: root.into(), error })?;
        let ours = [FileIdentity::at(output), FileIdentity::at(state)];
        let mut left = LeftOut::default();
        // Results may stand in a part of what a run wrote to.
        for folder in absolute.ancestors() {
            results.enter(folder, true, fence);
        }
        let mut entering = |entry: &DirEntry| {
            let is_folder = entry.file_type().is_dir();
            if entry.depth() == 0 {
                return true;
            }
            if is_hidden(entry.file_name()) {
                left.hidden += u64::from(!is_folder);
                return false;
            }
            if entry.path_is_symlink() && !fence.allows(entry.path()) {
                left.leading_out += 1;
                return false;
            }
            if !is_folder {
                return true;
            }
            let here = entry.metadata().ok().map(|metadata| FileIdentity::of(&metadata));
            if here.is_some() && ours.contains(&here) {
                left.output |= here == ours[0];
                return false;
            }
            let real = fs::canonicalize(entry.path()).unwrap_or_else(|_| entry.path().to_owned());
            if let Some(content) = results.enter(&real, false, fence) {
                left.of_earlier.push((entry.path().to_owned(), content));
                return false;
            }
            !is_of_storage(entry.file_name())
        };
        let walk = WalkDir::new(&absolute).follow_links(true).sort_by_file_name().into_iter();
        let entries: Vec<_> = walk.filter_entry(|entry| entering(entry)).collect();
        for entry in entries {
            match entry {
                Ok(entry) => self.entry(root, &absolute, &entry, results),
                Err(error) => self.trouble(root, &absolute, &error),
            }
        }
        self.tell(left, output);
        Ok(())
    }

    /// A file or a folder below `root`. Whatever it is called, a folder is no photo; what is in it comes
    /// next.
    fn entry(&mut self, root: &Path, absolute: &Path, entry: &DirEntry, results: &KnownResults<'_>) {
        if entry.file_type().is_dir() || self.is_result(entry.path(), results) {
            return;
        }
        if is_wanted(entry.path(), entry.file_type()) {
            self.below(root, absolute, entry.path(), None);
        } else if is_other_image(entry.path()) {
            self.passed_over.not_read.add(entry.path());
        } else {
            self.passed_over.others += 1;
        }
    }

    /// Whether a file is a result of an earlier run, which is then counted.
    fn is_result(&mut self, path: &Path, results: &KnownResults<'_>) -> bool {
        let Ok(metadata) = fs::symlink_metadata(path) else { return false };
        let folder = path.parent().and_then(|folder| fs::canonicalize(folder).ok());
        let real = folder.zip(path.file_name()).map(|(folder, name)| folder.join(name));
        let origin = results.origin(real.as_deref().unwrap_or(path), &metadata);
        match origin {
            results::FileOrigin::Users => return false,
            results::FileOrigin::Made => {}
            results::FileOrigin::Changed => self.warnings.push(format!(
                "{} was made by an earlier run and changed since; it was left out: give it another name to \
                 have it processed",
                escape(path)
            )),
        }
        self.passed_over.results += 1;
        true
    }

    fn tell(&mut self, left: LeftOut, output: &Path) {
        self.passed_over.others += left.hidden;
        if left.leading_out > 0 {
            let (links, lead, were) = match left.leading_out {
                1 => ("1 link".to_owned(), "leads", "was"),
                count => (format!("{count} links"), "lead", "were"),
            };
            let text = format!("{links} {lead} out of the folders that may be used and {were} left out");
            self.warnings.push(text);
        }
        for (folder, content) in left.of_earlier {
            self.warnings.push(content.in_words(&folder));
            self.passed_over.add_all(&content.counted);
        }
        if left.output {
            let text =
                format!("the output folder {} lies inside the input folder and was left out", escape(output));
            self.warnings.push(text);
        }
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
        // Nobody can say what is there.
        let is_too_deep =
            error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::InvalidFilename);
        if is_folder || is_too_deep || has_photo_extension(path) {
            let error = match error.io_error() {
                Some(error) => file_error(error),
                None => JobError::new(Stage::Read, ErrorKind::Unreadable, error),
            };
            self.below(root, absolute, path, Some(error));
        } else {
            self.passed_over.others += 1;
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
        if let Some(reason) = self.unwanted(&path, &dir, looked.as_ref().ok()) {
            self.unwanted.extend(looked.as_ref().map(FileIdentity::of));
            return self.passed_over.add(reason);
        }
        let is_new = match &looked {
            Ok(metadata) => self.is_new(&path, metadata),
            Err(_) => self.unseen.insert(path.clone()),
        };
        let known = looked.as_ref().ok().and_then(|metadata| self.seen.get(&FileIdentity::of(metadata)));
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
        let is_new = !self.seen.contains_key(&FileIdentity::of(metadata));
        self.seen.entry(FileIdentity::of(metadata)).or_insert(next);
        if metadata.is_dir() || metadata.nlink() == 1 {
            return is_new;
        }
        self.linked.insert(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()))
    }

    /// Why a file is not wanted, or a folder that cannot be looked into: what it holds may be included.
    fn unwanted(&self, path: &Path, dir: &Path, looked: Option<&Metadata>) -> Option<Unwanted> {
        let below = dir.join(path.file_name().unwrap_or_default());
        if looked.is_some_and(Metadata::is_dir) {
            return self.selection.excludes(&below).then_some(Unwanted::Excluded);
        }
        let against_time = || {
            let file = looked.filter(|looked| looked.is_file())?;
            self.selection.against_time(FileState::of(file).modified.timestamp())
        };
        self.selection.against_path(&below).or_else(against_time)
    }

    /// Passes over a photo that was found.
    pub(super) fn pass_over(&mut self, path: &Path, reason: Unwanted) {
        self.unwanted.extend(fs::metadata(path).as_ref().map(FileIdentity::of));
        self.passed_over.add(reason);
    }

    /// Whether what is at `path` is one of the inputs, wanted or not.
    pub(super) fn is_input(&self, path: &Path, metadata: Option<&Metadata>) -> bool {
        match metadata.map(FileIdentity::of) {
            Some(identity) => self.seen.contains_key(&identity) || self.unwanted.contains(&identity),
            None => self.unseen.contains(path),
        }
    }

    /// Whether what is at `path` is an input of this run.
    pub(super) fn is_in_run(&self, path: &Path, metadata: Option<&Metadata>) -> bool {
        let is_unwanted =
            metadata.is_some_and(|metadata| self.unwanted.contains(&FileIdentity::of(metadata)));
        self.is_input(path, metadata) && !is_unwanted
    }
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
