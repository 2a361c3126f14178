//! A Gaussian along one line at a cost that does not depend on its width.
//!
//! Within its reach the curve is a short sum of cosines, and the sum of a window times a cosine follows from
//! the same sum one and two places before: Sugimoto and Kamata, "Efficient Constant-Time Gaussian Filtering
//! with Sliding DCT/DST-5 and Dual-Domain Error Minimization" (2015). With ω = 2πk ÷ (2·reach + 1) and C(x) =
//! Σ cos(ωn)·f(x + n) over the window,
//!
//! C(x + 1) = 2·cos ω · C(x) − C(x − 1) + cos(ω·reach) · (f(x + reach + 1) − f(x + reach) + f(x − reach − 1)
//! − f(x − reach)).
//!
//! The constant term is a running sum in whole numbers, so it cannot drift. Eight neighbouring lines are
//! worked on at once.

use std::f64::consts::TAU;
use std::ops::Range;

/// Lines that are worked on at once: what fills a vector register.
pub(super) const LANES: usize = 8;

/// The same place of neighbouring lines.
pub(super) type SampleGroup<T> = [T; LANES];

/// A Gaussian as a sum of `K` cosines and a constant.
#[derive(Debug, Clone)]
pub(super) struct Kernel<const K: usize> {
    /// Places on each side that count.
    reach: usize,
    /// What each place counts in the constant term.
    constant: f32,
    /// 2·cos ω of each cosine.
    turn: [f32; K],
    /// cos(ω·reach), times the cosine's share in the curve.
    feed: [f32; K],
}

impl<const K: usize> Kernel<K> {
    /// `reach` in standard deviations; results are multiplied by `scale`.
    pub(super) fn new(sigma: f64, reach: f64, scale: f64) -> Self {
        let reach = ((reach * sigma).ceil() as usize).max(1);
        let places = (2 * reach + 1) as f64;
        let curve: Vec<f64> =
            (0..=reach).map(|d| (-((d * d) as f64) / (2.0 * sigma * sigma)).exp()).collect();
        let sides = |weight: &dyn Fn(usize) -> f64| {
            curve[0] + 2.0 * (1..=reach).map(|d| curve[d] * weight(d)).sum::<f64>()
        };
        let whole = sides(&|_| 1.0);
        let mut kernel = Self { reach, constant: (scale / places) as f32, turn: [0.0; K], feed: [0.0; K] };
        // A window of n places holds no more than (n − 1) ÷ 2 different cosines.
        for k in 0..K.min(reach) {
            let omega = TAU * (k + 1) as f64 / places;
            let share = 2.0 * sides(&|d| (omega * d as f64).cos()) / whole / places;
            kernel.turn[k] = (2.0 * omega.cos()) as f32;
            kernel.feed[k] = (scale * share * (omega * reach as f64).cos()) as f32;
        }
        kernel
    }

    /// Places on each side that count.
    pub(super) fn reach(&self) -> usize {
        self.reach
    }

    /// The sums of lines that have had only this value so far, ready for place `-reach`.
    pub(super) fn start<T: Copy + Into<i32>>(&self, first: &SampleGroup<T>) -> CosineSums<K> {
        let places = 2 * self.reach as i32 + 1;
        CosineSums { plain: first.map(|value| value.into() * places), waves: [[[0.0; LANES]; K]; 2] }
    }

    /// Moves on over a range of places. `at` gives the values of a place, of any place: beyond the ends of
    /// the lines it repeats their last. `emit` takes a place and its results; those of places before the
    /// first only fill the sums.
    #[inline(always)]
    pub(super) fn run<'a, T: Copy + Into<i32> + 'a>(
        &self,
        sums: &mut [CosineSums<K>],
        places: Range<i64>,
        at: impl Fn(i64) -> &'a [SampleGroup<T>],
        mut emit: impl FnMut(usize, &[f32]),
    ) {
        let mut results = vec![[0.0; LANES]; sums.len()];
        let reach = self.reach as i64;
        for place in places {
            let (ahead, behind) = (place + reach, place - reach - 1);
            let near = [at(ahead), at(ahead - 1), at(behind), at(behind - 1)];
            if place % 2 == 0 {
                self.step::<0, T>(sums, near, &mut results);
            } else {
                self.step::<1, T>(sums, near, &mut results);
            }
            if let Ok(place) = usize::try_from(place) {
                emit(place, results.as_flattened());
            }
        }
    }

    /// Moves on by one place.
    #[inline(always)]
    fn step<const OLDER: usize, T: Copy + Into<i32>>(
        &self,
        sums: &mut [CosineSums<K>],
        [ahead, before_ahead, behind, left_behind]: [&[SampleGroup<T>]; 4],
        results: &mut [SampleGroup<f32>],
    ) {
        let groups = ahead
            .iter()
            .zip(before_ahead)
            .zip(behind.iter().zip(left_behind))
            .zip(sums.iter_mut().zip(results));
        for (((&ahead, &before_ahead), (&behind, &left_behind)), (sums, result)) in groups {
            let (mut plain, mut change) = ([0; LANES], [0.0; LANES]);
            for lane in 0..LANES {
                let (enters, leaves): (i32, i32) = (ahead[lane].into(), behind[lane].into());
                plain[lane] = enters - leaves;
                change[lane] = (plain[lane] - before_ahead[lane].into() + left_behind[lane].into()) as f32;
            }
            *result = sums.advance::<OLDER>(self, plain, change);
            // Keeps the compiler from making vectors across groups, which gathers every value by itself: half
            // the speed.
            std::hint::black_box(&mut *result);
        }
    }
}

/// The running sums of eight lines.
#[derive(Debug, Clone)]
pub(super) struct CosineSums<const K: usize> {
    plain: SampleGroup<i32>,
    /// Of the last place and the one before; which is which changes from place to place.
    waves: [[SampleGroup<f32>; K]; 2],
}

impl<const K: usize> CosineSums<K> {
    /// Each group is loaded, computed and stored as a whole: that is how the compiler makes vectors of it.
    #[inline(always)]
    fn advance<const OLDER: usize>(
        &mut self,
        kernel: &Kernel<K>,
        plain: SampleGroup<i32>,
        change: SampleGroup<f32>,
    ) -> SampleGroup<f32> {
        let mut sum = self.plain;
        let mut result = [0.0; LANES];
        for lane in 0..LANES {
            sum[lane] += plain[lane];
        }
        self.plain = sum;
        for lane in 0..LANES {
            result[lane] = sum[lane] as f32 * kernel.constant;
        }
        for k in 0..K {
            let (older, last) = (self.waves[OLDER][k], self.waves[1 - OLDER][k]);
            let mut next = [0.0; LANES];
            for lane in 0..LANES {
                next[lane] = kernel.turn[k] * last[lane] - older[lane] + kernel.feed[k] * change[lane];
            }
            self.waves[OLDER][k] = next;
            for lane in 0..LANES {
                result[lane] += next[lane];
            }
        }
        result
    }
}
