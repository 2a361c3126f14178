//! How many pixels are left to do, guessed from the bytes that are left: a megabyte of PNG holds other
//! amounts than a megabyte of JPEG.

use std::collections::HashMap;
use std::ffi::OsString;

use crate::plan::PlannedJob;
use crate::report::wire::event::bytes_planned;

/// The kinds of files of a plan, by how their names end. Without a plan there are none, and no guess.
#[derive(Debug, Default)]
pub(super) struct FileKinds {
    /// Indices into the kinds, by ending.
    indices: HashMap<OsString, usize>,
    kinds: Vec<FileKind>,
    /// Index into the kinds, for each job.
    of_job: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct FileKind {
    /// Pixels found.
    pixels: u64,
    /// Bytes in which they were found.
    bytes: u64,
    /// Bytes still to be looked into.
    left: u64,
}

impl FileKinds {
    /// Counts a job, the next of the plan.
    pub(super) fn add(&mut self, job: &PlannedJob) {
        let extension = job.input.extension().unwrap_or_default().to_ascii_lowercase();
        let next = self.indices.len();
        let index = *self.indices.entry(extension).or_insert(next);
        self.kinds.resize(self.indices.len(), FileKind::default());
        if let Some(kind) = self.kinds.get_mut(index) {
            kind.left = kind.left.saturating_add(bytes_planned(job));
        }
        self.of_job.push(index);
    }

    /// A job needs no more looking into; `found` are the pixels and bytes of one that is `ok`.
    pub(super) fn settled(&mut self, job: usize, planned: u64, found: Option<(u64, u64)>) {
        let Some(kind) = self.of_job.get(job).and_then(|index| self.kinds.get_mut(*index)) else { return };
        kind.left = kind.left.saturating_sub(planned);
        if let Some((pixels, bytes)) = found {
            kind.pixels = kind.pixels.saturating_add(pixels);
            kind.bytes = kind.bytes.saturating_add(bytes);
        }
    }

    /// Pixels in the bytes left: each kind of file by what it has held so far, or by what all have while none
    /// of its kind is done.
    pub(super) fn pixels_left(&self) -> Option<u64> {
        let known = |sum: fn(&FileKind) -> u64| self.kinds.iter().map(sum).fold(0, u64::saturating_add);
        let (pixels, bytes) = (known(|kind| kind.pixels), known(|kind| kind.bytes));
        if bytes == 0 {
            return None;
        }
        let estimate = self.kinds.iter().fold(0.0, |total, kind| {
            let (pixels, bytes) = if kind.bytes == 0 { (pixels, bytes) } else { (kind.pixels, kind.bytes) };
            total + kind.left as f64 * (pixels as f64 / bytes as f64)
        });
        // `as` saturates: a worker that lies about its pixels spoils the estimate and nothing else.
        Some(estimate.round() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_file_is_weighed_by_what_it_has_held() {
        let pixels_left =
            |kinds: &[FileKind]| FileKinds { kinds: kinds.to_vec(), ..FileKinds::default() }.pixels_left();
        let jpeg = FileKind { pixels: 4000, bytes: 1000, left: 500 };
        let png = FileKind { pixels: 300, bytes: 1000, left: 10_000 };
        assert_eq!(pixels_left(&[jpeg, png]), Some(2000 + 3000));
        let unseen = FileKind { pixels: 0, bytes: 0, left: 100 };
        assert_eq!(pixels_left(&[jpeg, unseen]), Some(2000 + 400));
        assert_eq!(pixels_left(&[unseen]), None);
        assert_eq!(pixels_left(&[]), None);
    }
}
