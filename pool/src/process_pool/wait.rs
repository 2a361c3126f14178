//! Waiting for several jobs: some of them, all of them, or one after the other as they end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::handle::JobHandle;

/// What [`wait`] waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// One job is over, well or not, or cancelled.
    FirstCompleted,
    /// One job is over with an error; being cancelled is none. If there is no error, all jobs are over.
    FirstFailed,
    /// All jobs are over.
    AllCompleted,
}

/// What [`wait`] came back with. Both lists are in the order in which the handles were given.
#[derive(Debug)]
pub struct Waited<A> {
    /// Jobs that are over.
    pub done: Vec<JobHandle<A>>,
    /// Jobs that are not.
    pub pending: Vec<JobHandle<A>>,
}

/// Waits for jobs, of one pool or several, and sorts them into those that are over and the others. `None`
/// sets no time limit.
pub fn wait<A>(
    handles: impl IntoIterator<Item = JobHandle<A>>,
    timeout: Option<Duration>,
    until: Until,
) -> Waited<A> {
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let watch = Watch::new(handles);
    let mut is_done = vec![false; watch.handles.len()];
    let mut enough = false;
    for _ in 0..is_done.len() {
        let limit = if enough { Some(Instant::now()) } else { deadline };
        let Some(number) = watch.next(limit) else { break };
        is_done[number] = true;
        enough |= match until {
            Until::FirstCompleted => true,
            Until::FirstFailed => watch.handles[number].as_ref().is_some_and(JobHandle::has_failed),
            Until::AllCompleted => false,
        };
    }
    let mut waited = Waited { done: Vec::new(), pending: Vec::new() };
    for (handle, is_done) in watch.handles.into_iter().flatten().zip(is_done) {
        if is_done { &mut waited.done } else { &mut waited.pending }.push(handle);
    }
    waited
}

/// Gives the handles back one by one, in the order in which their jobs end; each [`JobHandle::result`] is
/// there at once.
pub fn as_completed<A>(handles: impl IntoIterator<Item = JobHandle<A>>) -> AsCompleted<A> {
    let watch = Watch::new(handles);
    AsCompleted { left: watch.handles.len(), watch }
}

/// The iterator of [`as_completed`].
#[derive(Debug)]
pub struct AsCompleted<A> {
    watch: Watch<A>,
    left: usize,
}

impl<A> Iterator for AsCompleted<A> {
    type Item = JobHandle<A>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let number = self.watch.next(None)?;
        self.watch.handles.get_mut(number)?.take()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<A> ExactSizeIterator for AsCompleted<A> {}

/// Handles, and the numbers of those whose jobs are over.
#[derive(Debug)]
struct Watch<A> {
    handles: Vec<Option<JobHandle<A>>>,
    ended: Receiver<usize>,
    /// Lives as long as this does: the cells know it only weakly.
    _watcher: Arc<Sender<usize>>,
}

impl<A> Watch<A> {
    fn new(handles: impl IntoIterator<Item = JobHandle<A>>) -> Self {
        let (sender, ended) = unbounded();
        let watcher = Arc::new(sender);
        let handles: Vec<_> = handles.into_iter().map(Some).collect();
        for (number, handle) in handles.iter().flatten().enumerate() {
            handle.cell.watch(number, &watcher);
        }
        Self { handles, ended, _watcher: watcher }
    }

    /// The next whose job is over; each once.
    fn next(&self, deadline: Option<Instant>) -> Option<usize> {
        match deadline {
            None => self.ended.recv().ok(),
            Some(deadline) => self.ended.recv_deadline(deadline).ok(),
        }
    }
}
