//! Results in the order of submission.

use std::collections::VecDeque;
use std::iter::Fuse;

use super::ProcessPool;
use super::handle::JobHandle;
use super::job::{Job, JobAnswer, JobFailure, SubmitError};

/// The iterator of [`ProcessPool::map`].
#[derive(Debug)]
pub struct Map<'a, A, I> {
    pool: &'a ProcessPool,
    jobs: Fuse<I>,
    /// What is under way, or was refused, in the order of submission.
    submitted: VecDeque<Result<JobHandle<A>, SubmitError>>,
    ahead: usize,
}

impl<'a, A: JobAnswer, I: Iterator<Item = Job<A>>> Map<'a, A, I> {
    pub(super) fn new(pool: &'a ProcessPool, jobs: I, ahead: usize) -> Self {
        let mut map = Self { pool, jobs: jobs.fuse(), submitted: VecDeque::new(), ahead };
        map.fill();
        map
    }

    fn fill(&mut self) {
        while self.submitted.len() < self.ahead {
            let Some(job) = self.jobs.next() else { return };
            self.submitted.push_back(self.pool.submit(job));
        }
    }
}

impl<A: JobAnswer, I: Iterator<Item = Job<A>>> Iterator for Map<'_, A, I> {
    type Item = Result<A, JobFailure>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.submitted.pop_front()?;
        self.fill();
        Some(match first {
            Ok(handle) => handle.result(),
            Err(refused) => Err(refused.into()),
        })
    }
}

impl<A, I> Drop for Map<'_, A, I> {
    fn drop(&mut self) {
        for handle in self.submitted.iter().flatten() {
            handle.call_off();
        }
    }
}
