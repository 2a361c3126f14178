//! Output names given out so far, as a file system sees them that ignores case and ways to write accents.

use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization;

use super::template::{MAX_NAME, cut};

/// Names below the output folder, each with the input that asked for it.
#[derive(Debug, Default)]
pub(super) struct Taken<'a> {
    files: HashMap<Vec<u8>, &'a Path>,
    /// Folders that the files stand in.
    folders: HashMap<Vec<u8>, &'a Path>,
    /// The next number to try for a name, so that many twins are numbered in one pass.
    numbers: HashMap<Vec<u8>, u32>,
}

impl<'a> Taken<'a> {
    /// Gives the name to an input. The answer is the other input that it cannot stand beside: one with the
    /// same name, or one that needs as a folder what the other needs as a file.
    pub(super) fn claim(&mut self, name: &Path, by: &'a Path) -> Option<&'a Path> {
        let key = folded(name);
        let mut other = self.folders.get(&key).copied();
        for folder in parents(name) {
            let folder = folded(folder);
            other = other.or_else(|| self.files.get(&folder).copied());
            self.folders.entry(folder).or_insert(by);
        }
        self.files.insert(key, by).or(other)
    }

    /// The name itself where it can be had, or with the number that a result of the same photo has already:
    /// that is kept, whatever has come in between.
    pub(super) fn own_name<'h>(
        &self,
        name: &Path,
        made: impl FnOnce() -> &'h [PathBuf],
        can_have: impl Fn(&Path) -> bool,
    ) -> Option<PathBuf> {
        if !self.is_planned(name) && can_have(name) {
            return Some(name.to_owned());
        }
        let is_it = |own: &&PathBuf| is_numbered(own, name) && !self.is_planned(own) && can_have(own);
        made().iter().find(is_it).cloned()
    }

    /// The name itself, or with the first number that makes it free in the plan and for which `is_free`
    /// holds.
    pub(super) fn free_name(&mut self, name: &Path, is_free: impl Fn(&Path) -> bool) -> PathBuf {
        let key = folded(name);
        let mut number = self.numbers.get(&key).copied().unwrap_or(0);
        let mut candidate = numbered(name, number);
        while self.is_planned(&candidate) || !is_free(&candidate) {
            number += 1;
            candidate = numbered(name, number);
        }
        self.numbers.insert(key, number + 1);
        candidate
    }

    fn is_planned(&self, name: &Path) -> bool {
        self.owner(name).is_some()
    }

    /// The input that has this name, or needs it as a folder.
    pub(super) fn owner(&self, name: &Path) -> Option<&'a Path> {
        let key = folded(name);
        self.files.get(&key).or_else(|| self.folders.get(&key)).copied()
    }
}

/// The folders that a relative name stands in, the nearest first.
fn parents(name: &Path) -> impl Iterator<Item = &Path> {
    name.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty())
}

/// Whether a name is this one with a number, or without.
fn is_numbered(own: &Path, name: &Path) -> bool {
    let stem = own.file_stem().unwrap_or_default().to_string_lossy();
    let number = stem.rsplit_once('-').and_then(|(_, number)| number.parse().ok());
    own == name || number.is_some_and(|number| numbered(name, number) == own)
}

/// `photo-2.jpg` of `photo.jpg`; number 0 changes nothing. A name that was as long as it may be stays so.
pub(crate) fn numbered(name: &Path, number: u32) -> PathBuf {
    if number == 0 {
        return name.to_owned();
    }
    let mut end = OsString::from(format!("-{number}"));
    if let Some(extension) = name.extension() {
        end.push(".");
        end.push(extension);
    }
    let was_possible = name.file_name().is_some_and(|file| file.len() <= MAX_NAME);
    let stem = name.file_stem().unwrap_or_default();
    let mut file = match stem.to_str() {
        Some(stem) if was_possible => cut(stem, MAX_NAME.saturating_sub(end.len())).into(),
        Some(_) | None => stem.to_owned(),
    };
    file.push(end);
    name.with_file_name(file)
}

/// What a name is on a file system that ignores case and ways to write accents.
pub(super) fn folded(name: &Path) -> Vec<u8> {
    let bytes = name.as_os_str().as_bytes();
    if bytes.is_ascii() {
        return bytes.to_ascii_lowercase();
    }
    let mut key = Vec::new();
    for chunk in bytes.utf8_chunks() {
        key.extend(chunk.valid().nfc().flat_map(char::to_lowercase).collect::<String>().bytes());
        key.extend(chunk.invalid());
    }
    key
}
