//! The lowest quality with which a file is as like its picture as was asked for. No state.

use protocol::{ErrorKind, JobError, Stage};

/// Files that are made at the most: each of them is decoded and compared, too.
pub(super) const TRIES: usize = 5;

/// Scores that photos usually have with a quality; in between they lie on a line. From JPEGs of 48 photos;
/// what is different about a photo or a format shifts all of them.
const USUAL: [(f64, f64); 10] = [
    (1.0, -60.0),
    (10.0, 15.0),
    (20.0, 42.0),
    (35.0, 56.0),
    (50.0, 63.0),
    (70.0, 71.0),
    (80.0, 75.5),
    (90.0, 82.0),
    (95.0, 86.5),
    (100.0, 92.0),
];

/// A file, the quality that it was made with, and its score.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tried<T> {
    pub(super) file: T,
    pub(super) quality: u8,
    pub(super) score: f64,
}

/// The smallest file that scores at least `target`, as far as so few tries tell; if none does, the one of the
/// highest quality. `make` gives a file of a quality, and its score.
pub(super) fn search<T>(
    target: f64,
    mut make: impl FnMut(u8) -> Result<(T, f64), JobError>,
) -> Result<Tried<T>, JobError> {
    let mut low: Option<Tried<T>> = None;
    let mut high: Option<Tried<T>> = None;
    // Of each try, by quality, what usually is scored, and what was.
    let mut known: Vec<(f64, f64)> = Vec::new();
    for left in (0..TRIES).rev() {
        let least = low.as_ref().map_or(1, |low| low.quality + 1);
        let most = high.as_ref().map_or(100, |high| high.quality - 1);
        if least > most {
            break;
        }
        let quality = match (&high, left) {
            // What nothing has reached so far has one chance left.
            (None, 0) => 100,
            (Some(_) | None, _) => guess(target, &known).clamp(least, most),
        };
        let (file, score) = make(quality)?;
        known.push((score_of(quality.into()), score));
        let tried = Some(Tried { file, quality, score });
        *(if score >= target { &mut high } else { &mut low }) = tried;
    }
    // One of them was tried.
    let nothing = || JobError::new(Stage::Encode, ErrorKind::Unsupported, "nothing was tried");
    high.or(low).ok_or_else(nothing)
}

/// The quality to try next, as the usual scores have it that lie on a line with the last two of this picture.
fn guess(target: f64, known: &[(f64, f64)]) -> u8 {
    let usual = match *known {
        [] => target,
        [(usual, score)] => usual + target - score,
        [.., (before, scored), (usual, score)] => {
            let steep = (score - scored) / (usual - before);
            // More quality that scores less says nothing.
            usual + (target - score) / if steep > 0.1 { steep } else { 1.0 }
        }
    };
    // Not a hair too low.
    (quality_of(usual) - 1e-6).ceil().clamp(1.0, 100.0) as u8
}

/// The usual score of a quality.
fn score_of(quality: f64) -> f64 {
    on_line(USUAL.iter().copied(), quality)
}

/// The quality that usually has this score.
fn quality_of(score: f64) -> f64 {
    on_line(USUAL.iter().map(|(quality, score)| (*score, *quality)), score)
}

/// The value at `x` of the line through these points, which goes on straight behind the last.
fn on_line(points: impl Iterator<Item = (f64, f64)>, x: f64) -> f64 {
    let points: Vec<(f64, f64)> = points.collect();
    let part = points.windows(2).find(|part| x <= part[1].0).or(points.windows(2).last());
    part.map_or(x, |part| {
        let ((x0, y0), (x1, y1)) = (part[0], part[1]);
        y0 + (x - x0) / (x1 - x0) * (y1 - y0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches where a quality has the score of `curve`, and gives quality, score and tries.
    fn found(target: f64, curve: impl Fn(u8) -> f64) -> (u8, f64, Vec<u8>) {
        let mut tried = Vec::new();
        let best = search(target, |quality| {
            tried.push(quality);
            Ok((quality, curve(quality)))
        });
        let Tried { file, quality, score } = best.unwrap();
        assert_eq!(file, quality);
        (quality, score, tried)
    }

    /// Photos and formats that score lower, higher, and over a wider and a narrower range than usual.
    fn curves() -> Vec<impl Fn(u8) -> f64> {
        let shapes = [(1.0, 0.0), (1.0, -14.0), (1.0, 7.0), (1.3, -30.0), (0.5, 45.0)];
        shapes.map(|(steep, shift)| move |quality: u8| score_of(quality.into()) * steep + shift).into()
    }

    #[test]
    fn what_is_asked_for_is_reached_in_few_tries_by_hardly_more_than_the_least() {
        for curve in curves() {
            for target in 1..=100 {
                let target = f64::from(target);
                let least = (1..=100).find(|quality| curve(*quality) >= target);
                let (quality, score, tried) = found(target, &curve);
                assert!(tried.len() <= TRIES, "{tried:?}");
                let Some(least) = least else {
                    assert_eq!((quality, score), (100, curve(100)), "the best there is");
                    continue;
                };
                assert!(score >= target && quality - least <= 2, "{target}: {least}, {tried:?}");
            }
        }
    }

    #[test]
    fn what_is_found_at_once_is_not_looked_for_any_longer() {
        // The lowest of all, and the highest.
        assert_eq!(found(1.0, |_| 50.0).0, 1);
        let (quality, score, tried) = found(99.0, |_| 50.0);
        assert_eq!((quality, score, tried), (100, 50.0, vec![100]));
    }

    #[test]
    fn an_error_of_the_encoder_ends_the_search() {
        let error = JobError::new(Stage::Encode, ErrorKind::OutOfMemory, "");
        assert_eq!(search::<()>(70.0, |_| Err(error.clone())), Err(error));
    }
}
