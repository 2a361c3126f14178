//! Measuring: every mode in turns, with a kill, and with more and more workers, and whether the outputs stay
//! the same.

use std::fs;
use std::path::PathBuf;

use crossbeam_channel::Receiver;

use super::amdahl::Amdahl;
use super::round::{Mode, Round, Setup, difference};
use super::table::{Spread, efficiency, ratio, rotated};
use super::{CompareError, ScalingCurve, ScalingStep, tell};
use pool::settings::Isolation;
use recipe::words::Word;

/// How often a kill is tried until it hits an image.
const BLAST_TRIES: u32 = 5;

/// Runs and checks.
pub(super) struct Bench<'a> {
    pub(super) setup: &'a Setup,
    pub(super) signals: &'a Receiver<i32>,
    /// The outputs that all others must equal.
    pub(super) reference: PathBuf,
    /// The first output that did not.
    pub(super) difference: Option<String>,
}

impl Bench<'_> {
    /// All rounds of each mode, in turns.
    pub(super) fn measure(&mut self, modes: &[Mode], rounds: u16) -> Result<Vec<Vec<Round>>, CompareError> {
        let mut measured: Vec<Vec<Round>> = modes.iter().map(|_| Vec::new()).collect();
        for round in 0..usize::from(rounds) {
            for index in rotated(modes.len(), round) {
                let (Some(mode), Some(done)) = (modes.get(index), measured.get_mut(index)) else { continue };
                let result = self.run(*mode, false)?;
                tell(&format!(
                    "round {} of {rounds}: {} × {}: {:.2} s",
                    round + 1,
                    mode.isolation.word(),
                    mode.workers,
                    result.sample.wall_s
                ));
                done.push(result);
            }
        }
        Ok(measured)
    }

    /// A run with a kill. One that came between two images shows nothing, and is tried again.
    pub(super) fn blast(&mut self, mode: Mode) -> Result<Round, CompareError> {
        let mut round = self.run(mode, true)?;
        for _ in 1..BLAST_TRIES {
            if round.redone > 0 || round.counts.quarantined > 0 {
                break;
            }
            round = self.run(mode, true)?;
        }
        Ok(round)
    }

    /// One run, whose outputs are compared and removed.
    fn run(&mut self, mode: Mode, kill: bool) -> Result<Round, CompareError> {
        let round = self.setup.run(mode, "round", kill, self.signals)?;
        // An image that the kill cost is no different output; it is counted by itself.
        if self.difference.is_none() && !kill {
            self.difference = difference(&self.reference, &round.output)?;
        }
        fs::remove_dir_all(&round.output)?;
        Ok(round)
    }

    /// With 1, 2, … and `most` worker processes.
    pub(super) fn scale(
        &mut self,
        most: u16,
        rounds: u16,
        cores: usize,
    ) -> Result<ScalingCurve, CompareError> {
        let numbers = numbers_of_workers(most);
        let modes: Vec<Mode> =
            numbers.iter().map(|workers| Mode { isolation: Isolation::Process, workers: *workers }).collect();
        let measured = self.measure(&modes, rounds)?;
        let spreads =
            measured.iter().map(|rounds| Spread::of(rounds.iter().map(|round| round.sample.wall_s)));
        let times: Vec<(u16, Spread)> = numbers.into_iter().zip(spreads).collect();
        let one = times.first().map_or(0.0, |(_, time)| time.median);
        let steps = times.iter().map(|(workers, time_s)| {
            let speedup = ratio(one, time_s.median);
            ScalingStep {
                workers: *workers,
                time_s: *time_s,
                speedup,
                efficiency: efficiency(speedup, *workers, cores),
            }
        });
        // The law is about workers that run at the same time: more of them than cores do not.
        let lawful: Vec<(u16, f64)> = times
            .iter()
            .filter(|(workers, _)| usize::from(*workers) <= cores)
            .map(|(workers, time)| (*workers, time.median))
            .collect();
        Ok(ScalingCurve { steps: steps.collect(), law: Amdahl::fit(&lawful) })
    }
}

/// 1, 2, 3 … 8, then in doubling steps, and the most.
fn numbers_of_workers(most: u16) -> Vec<u16> {
    let mut numbers: Vec<u16> = (1..=8).chain([16, 32, 64, 128]).filter(|number| *number < most).collect();
    numbers.push(most);
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_of_scaling_is_taken_once() {
        assert_eq!(numbers_of_workers(1), [1]);
        assert_eq!(numbers_of_workers(3), [1, 2, 3]);
        assert_eq!(numbers_of_workers(12), [1, 2, 3, 4, 5, 6, 7, 8, 12]);
        assert_eq!(numbers_of_workers(16).last(), Some(&16));
        assert_eq!(numbers_of_workers(16).len(), 9);
    }
}
