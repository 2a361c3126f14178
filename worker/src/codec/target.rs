//! The lowest quality with which a file is as like its picture as was asked for, or the highest with which it
//! is no larger than it may be. No state.

use protocol::{ErrorKind, JobError, Stage};

use super::size_limit::{FLOOR, SizeLimit};

/// Files that are made at the most: each of them is decoded and compared, too, unless it is too large.
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

/// What the usual score is higher by for a file that is larger by the factor e.
const USUAL_PER_SIZE: f64 = 18.0;

/// A file, the quality that it was made with, and its score.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tried<T> {
    pub(super) file: T,
    pub(super) quality: u8,
    pub(super) score: f64,
}

/// One that was too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLarge {
    pub(super) quality: u8,
    pub(super) bytes: u64,
}

/// How far a search is.
struct Search<T> {
    target: f64,
    limit: Option<SizeLimit>,
    /// The highest quality that scores less.
    low: Option<Tried<T>>,
    /// The lowest that scores enough.
    high: Option<Tried<T>>,
    /// The lowest with which the file is too large.
    too_large: Option<TooLarge>,
    /// Of each try, by quality, what usually is scored, and what was.
    scores: Vec<(f64, f64)>,
    /// The same with the logarithm of the bytes.
    sizes: Vec<(f64, f64)>,
}

/// The smallest file that scores at least `target`, as far as so few tries tell; if none does, the one of the
/// highest quality that may be. `make` gives a file of a quality, and how many bytes it has. What stood in
/// the way of a higher quality is told too.
pub(super) fn search<T>(
    target: f64,
    limit: Option<SizeLimit>,
    mut make: impl FnMut(u8) -> Result<(T, u64), JobError>,
    mut score: impl FnMut(&T) -> Result<f64, JobError>,
) -> Result<(Tried<T>, Option<TooLarge>), JobError> {
    let (scores, sizes) = (Vec::new(), Vec::new());
    let mut search = Search { target, limit, low: None, high: None, too_large: None, scores, sizes };
    for left in (0..TRIES).rev() {
        let Some(quality) = search.next(left == 0) else { break };
        let (file, bytes) = make(quality)?;
        let usual = score_of(quality.into());
        search.sizes.push((usual, (bytes as f64).ln()));
        if limit.is_some_and(|limit| !limit.allows(bytes)) {
            search.too_large = Some(TooLarge { quality, bytes });
            continue;
        }
        let score = score(&file)?;
        search.scores.push((usual, score));
        let tried = Some(Tried { file, quality, score });
        *(if score >= target { &mut search.high } else { &mut search.low }) = tried;
    }
    search.found()
}

impl<T> Search<T> {
    /// The quality to try next, if one is left.
    fn next(&self, is_last: bool) -> Option<u8> {
        let least = self.low.as_ref().map_or(1, |low| low.quality + 1);
        let high = self.high.as_ref().map(|high| high.quality);
        let bound = high.into_iter().chain(self.too_large.map(|it| it.quality)).min();
        let most = bound.map_or(100, |bound| bound - 1);
        if least > most {
            return None;
        }
        let by_score = guess(self.target, &self.scores);
        let quality = match (self.too_large, self.limit) {
            // What nothing has reached so far has one chance left.
            (None, _) if is_last && bound.is_none() => 100,
            (Some(_), Some(_)) if is_last && !self.has_any() => FLOOR,
            (Some(_), Some(limit)) => by_score.min(guess_of_size(limit.room(), &self.sizes)),
            (None, _) | (_, None) => by_score,
        };
        Some(quality.clamp(least, most))
    }

    /// Whether there is a file that could be handed on.
    fn has_any(&self) -> bool {
        self.high.is_some() || self.low.as_ref().is_some_and(|low| low.quality >= FLOOR)
    }

    fn found(self) -> Result<(Tried<T>, Option<TooLarge>), JobError> {
        let has_any = self.has_any();
        let Search { limit, low, high, too_large, .. } = self;
        match (limit.zip(too_large), high.or(low)) {
            (Some((limit, TooLarge { quality, bytes })), _) if !has_any => {
                Err(limit.exceeded(bytes, quality))
            }
            (_, Some(found)) => Ok((found, too_large)),
            // The first try is always made, and is one or the other.
            (_, None) => Err(JobError::new(Stage::Encode, ErrorKind::Unsupported, "nothing was tried")),
        }
    }
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

/// The highest quality that makes no more than so many bytes, as the last two files have it.
fn guess_of_size(bytes: u64, known: &[(f64, f64)]) -> u8 {
    let wanted = (bytes.max(1) as f64).ln();
    let usual = match *known {
        [] => 100.0,
        [(usual, size)] => usual + (wanted - size) * USUAL_PER_SIZE,
        [.., (before, sized), (usual, size)] => {
            let per_size = (usual - before) / (size - sized);
            let is_sane = (1.0..200.0).contains(&per_size);
            usual + (wanted - size) * if is_sane { per_size } else { USUAL_PER_SIZE }
        }
    };
    // Not a hair too high.
    (quality_of(usual) + 1e-6).floor().clamp(1.0, 100.0) as u8
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
        let make = |quality| {
            tried.push(quality);
            Ok((quality, 1))
        };
        let (best, too_large) = search(target, None, make, |quality| Ok(curve(*quality))).unwrap();
        let Tried { file, quality, score } = best;
        assert_eq!((file, too_large), (quality, None));
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
        assert_eq!(search::<()>(70.0, None, |_| Err(error.clone()), |()| Ok(1.0)), Err(error));
    }

    #[test]
    fn a_limit_costs_no_further_tries_and_leaves_hardly_less_than_would_fit() {
        // Files grow by the factor e in so many steps of the usual score.
        for (curve, per_size) in curves().iter().zip([18.0, 12.0, 30.0, 18.0, 40.0]) {
            let size = |quality: u8| (1e6 * ((score_of(quality.into()) - 75.0) / per_size).exp()) as u64;
            for (target, limit) in (1..=20).flat_map(|n| [1u64, 3, 10, 20, 40].map(|k| (n * 5, k * 50_000))) {
                let (target, mut tried) = (f64::from(target), Vec::new());
                let make = |quality| {
                    tried.push(quality);
                    Ok((quality, size(quality)))
                };
                let limit = SizeLimit { bytes: limit, taken: 0 };
                let found = search(target, Some(limit), make, |quality| Ok(curve(*quality)));
                assert!(tried.len() <= TRIES, "{tried:?}");
                let fits = |quality: &u8| limit.allows(size(*quality));
                let best = (1..=100).find(|quality| curve(*quality) >= target && fits(quality));
                let best = best.or((FLOOR..=100).rfind(fits));
                let said = format!("{target} {limit:?}: {best:?}, {tried:?}");
                match (found, best) {
                    (Ok((found, _)), Some(best)) => {
                        assert!(fits(&found.quality) && found.quality.abs_diff(best) <= 3, "{said}");
                    }
                    (Err(error), None) => assert_eq!(error.kind, ErrorKind::TooLarge, "{said}"),
                    (found, _) => panic!("{said}: {found:?}"),
                }
            }
        }
    }
}
