//! A file no larger than it may be: the highest quality with which it is not.

use protocol::{ErrorKind, JobError, Stage};

/// The quality below which a photo is no longer one that anybody wants to hand on.
pub(super) const FLOOR: u8 = 20;

/// How large a file may become.
#[derive(Debug, Clone, Copy)]
pub(super) struct SizeLimit {
    /// With all that belongs to it.
    pub(super) bytes: u64,
    /// Of these, what an HDR gain map takes.
    pub(super) taken: u64,
}

impl SizeLimit {
    /// What is left for the picture.
    pub(super) fn room(self) -> u64 {
        self.bytes.saturating_sub(self.taken)
    }

    /// Whether a picture may have so many bytes.
    pub(super) fn allows(self, bytes: u64) -> bool {
        bytes.saturating_add(self.taken) <= self.bytes
    }

    /// What is said where even this quality makes too many.
    pub(super) fn exceeded(self, bytes: u64, quality: u8) -> JobError {
        let SizeLimit { bytes: limit, taken } = self;
        let (map, help) = match taken {
            0 => (String::new(), "fewer pixels would help"),
            _ => (format!(" and {taken} of the HDR gain map"), "--hdr drop would make room"),
        };
        let detail =
            format!("{bytes} bytes with quality {quality}{map}; the limit is {limit} (--max-bytes): {help}");
        JobError::new(Stage::Encode, ErrorKind::TooLarge, detail)
    }
}

/// Encodes with `quality`, or the highest below it with which the file keeps the limit; not below [`FLOOR`],
/// unless that is what was asked for. At most nine tries, and two to find that none fits. Gives the quality,
/// too. A file that is still too large is an error of stage encode, `too-large`: a limit is set because
/// something refuses larger files.
pub(super) fn encode(
    limit: SizeLimit,
    quality: u8,
    mut encode: impl FnMut(u8) -> Result<Vec<u8>, JobError>,
) -> Result<(Vec<u8>, u8), JobError> {
    let fits = |file: &Vec<u8>| limit.allows(file.len() as u64);
    let floor = FLOOR.min(quality);
    let mut best = encode(quality)?;
    if fits(&best) {
        return Ok((best, quality));
    }
    if floor < quality {
        best = encode(floor)?;
    }
    if !fits(&best) {
        return Err(limit.exceeded(best.len() as u64, floor));
    }
    // With the one it fits, with the other it does not.
    let (mut low, mut high) = (floor, quality);
    while low + 1 < high {
        let middle = low.midpoint(high);
        let file = encode(middle)?;
        if fits(&file) {
            best = file;
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok((best, low))
}

/// A file without loss that may be larger than it may be; then, what would help.
pub(super) fn lossless(limit: u64, file: Vec<u8>, help: &str) -> Result<Vec<u8>, JobError> {
    let bytes = file.len();
    if bytes as u64 <= limit {
        return Ok(file);
    }
    let detail = format!("{bytes} bytes without loss; the limit is {limit} (--max-bytes): {help}");
    Err(JobError::new(Stage::Encode, ErrorKind::TooLarge, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files of 10 bytes for each step of quality.
    fn search(limit: u64, quality: u8) -> (Result<usize, ErrorKind>, Vec<u8>) {
        let mut tried = Vec::new();
        let file = encode(SizeLimit { bytes: limit, taken: 0 }, quality, |quality| {
            tried.push(quality);
            Ok(vec![0; usize::from(quality) * 10])
        });
        let file = file.map(|(file, quality)| {
            assert_eq!(file.len(), usize::from(quality) * 10);
            file.len()
        });
        (file.map_err(|error| error.kind), tried)
    }

    #[test]
    fn the_highest_quality_that_fits_is_found_in_few_tries() {
        for quality in 1..=100 {
            for limit in [9, 10, 199, 200, 209, 500, 777, 850, 999, 1000] {
                let (file, tried) = search(limit, quality);
                let best = (limit / 10).min(quality.into()) as usize;
                let expected = if best >= usize::from(FLOOR.min(quality)) {
                    Ok(best * 10)
                } else {
                    Err(ErrorKind::TooLarge)
                };
                assert_eq!(file, expected, "{limit} bytes from {quality}");
                assert!(tried.len() <= if file.is_ok() { 9 } else { 2 }, "{tried:?}");
                assert!(
                    tried.iter().all(|tried| (FLOOR.min(quality)..=quality).contains(tried)),
                    "{tried:?}"
                );
            }
        }
    }

    #[test]
    fn what_fits_at_once_is_encoded_once() {
        assert_eq!(search(850, 85).1, [85]);
    }

    #[test]
    fn an_error_of_the_encoder_ends_the_search() {
        let error = JobError::new(Stage::Encode, ErrorKind::OutOfMemory, "");
        assert_eq!(encode(SizeLimit { bytes: 1, taken: 0 }, 85, |_| Err(error.clone())), Err(error));
    }

    #[test]
    fn what_a_gain_map_takes_is_told_beside_the_limit_that_was_asked() {
        let limit = SizeLimit { bytes: 100, taken: 60 };
        assert_eq!(encode(limit, 85, |_| Ok(vec![0; 40])).map(|(file, _)| file.len()), Ok(40));
        let detail = encode(limit, 85, |_| Ok(vec![0; 41])).unwrap_err().detail;
        for said in ["41 bytes", "60 of the HDR gain map", "limit is 100 (--max-bytes)", "--hdr drop"] {
            assert!(detail.contains(said), "{detail}");
        }
    }

    #[test]
    fn a_file_without_loss_fits_or_does_not() {
        assert_eq!(lossless(2, vec![0; 2], ""), Ok(vec![0; 2]));
        assert_eq!(lossless(1, vec![0; 2], "").map_err(|error| error.kind), Err(ErrorKind::TooLarge));
    }
}
