//! Amdahl's law, fitted: how much of the work does not get faster with more workers. Pure.
//!
//! With a serial part `a` and a parallel part `b`, both in seconds, `n` workers take `a + b / n` (G. Amdahl,
//! 1967). That is a straight line over `1 / n`, so least squares have a closed form.

use serde::Serialize;

/// The fitted law.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Amdahl {
    /// Share of the time of one worker, 0–1, that does not get faster.
    pub serial_fraction: f64,
    /// Seconds of one worker by the law.
    pub one_worker_s: f64,
    /// Share of the variance that the law explains, at most 1; `null` for two points, which any line goes
    /// through.
    pub r_squared: Option<f64>,
}

impl Amdahl {
    /// The law that fits best. Points are workers and seconds; without two different numbers of workers there
    /// is none, nor where more workers take longer.
    pub(crate) fn fit(points: &[(u16, f64)]) -> Option<Amdahl> {
        let count = points.len() as f64;
        let line: Vec<(f64, f64)> =
            points.iter().map(|(workers, s)| (1.0 / f64::from(*workers), *s)).collect();
        let mean_x = line.iter().map(|point| point.0).sum::<f64>() / count;
        let mean_y = line.iter().map(|point| point.1).sum::<f64>() / count;
        let xx: f64 = line.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
        let xy: f64 = line.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
        let yy: f64 = line.iter().map(|(_, y)| (y - mean_y).powi(2)).sum();
        if points.len() < 2 || xx < 1e-12 {
            return None;
        }
        let parallel = xy / xx;
        let serial = mean_y - parallel * mean_x;
        let whole = serial + parallel;
        // More workers that take longer obey no such law.
        if whole <= 0.0 || parallel < 0.0 {
            return None;
        }
        let r_squared = (points.len() > 2 && yy > 0.0).then(|| xy * xy / (xx * yy));
        Some(Amdahl { serial_fraction: (serial / whole).clamp(0.0, 1.0), one_worker_s: whole, r_squared })
    }

    /// How many times as fast as one `workers` are.
    pub(crate) fn speedup(&self, workers: f64) -> f64 {
        1.0 / (self.serial_fraction + (1.0 - self.serial_fraction) / workers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_law_is_found_again() {
        let points: Vec<(u16, f64)> = (1..=8).map(|n| (n, 2.0 + 18.0 / f64::from(n))).collect();
        let law = Amdahl::fit(&points).unwrap();
        assert!(
            (law.serial_fraction - 0.1).abs() < 1e-9 && (law.one_worker_s - 20.0).abs() < 1e-9,
            "{law:?}"
        );
        assert!((law.r_squared.unwrap() - 1.0).abs() < 1e-9);
        assert!((law.speedup(8.0) - 20.0 / 4.25).abs() < 1e-9);
    }

    #[test]
    fn by_hand_with_noise() {
        // x = 1, 1/2, 1/4; y = 10, 6, 3: slope 64/7, intercept 1.
        let law = Amdahl::fit(&[(1, 10.0), (2, 6.0), (4, 3.0)]).unwrap();
        assert!((law.one_worker_s - 71.0 / 7.0).abs() < 1e-9, "{law:?}");
        assert!((law.serial_fraction - 7.0 / 71.0).abs() < 1e-9, "{law:?}");
        assert!((law.r_squared.unwrap() - 256.0 / 259.0).abs() < 1e-9, "{law:?}");
    }

    #[test]
    fn what_gets_more_than_proportionally_faster_has_no_serial_part() {
        assert_eq!(Amdahl::fit(&[(1, 10.0), (2, 4.0)]).unwrap().serial_fraction, 0.0);
    }

    #[test]
    fn slower_with_more_workers_is_no_law() {
        assert_eq!(Amdahl::fit(&[(1, 3.0), (2, 3.1)]), None);
        assert_eq!(Amdahl::fit(&[(1, 3.0), (2, 3.0)]).unwrap().serial_fraction, 1.0);
    }

    #[test]
    fn one_point_is_no_law() {
        assert_eq!(Amdahl::fit(&[(1, 3.0)]), None);
        assert_eq!(Amdahl::fit(&[(2, 3.0), (2, 3.1)]), None);
        assert_eq!(Amdahl::fit(&[]), None);
    }
}
