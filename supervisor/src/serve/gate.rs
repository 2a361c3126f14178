//! A gate for work that is worth little when it is late: a few at a time, and of those that wait the newest
//! goes first. A request with too many behind it is sent away. One gate for each kind of work; held by the
//! requests that pass it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use pool::lock::lock;
use tokio::sync::oneshot;

#[derive(Debug)]
pub(super) struct Gate {
    state: Mutex<GateState>,
    /// How many may wait.
    most_waiting: usize,
}

#[derive(Debug)]
struct GateState {
    free: usize,
    waiting: VecDeque<oneshot::Sender<Pass>>,
}

/// Leave to work; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Pass(Arc<Gate>);

impl Gate {
    pub(super) fn new(at_a_time: usize, most_waiting: usize) -> Arc<Gate> {
        let state = Mutex::new(GateState { free: at_a_time, waiting: VecDeque::new() });
        Arc::new(Gate { state, most_waiting })
    }

    /// Waits for leave; `None` if too many newer ones came meanwhile. Dropping the future leaves the line.
    pub(super) async fn enter(self: &Arc<Self>) -> Option<Pass> {
        let turn = {
            let mut state = self.lock();
            if state.free > 0 {
                state.free -= 1;
                return Some(Pass(Arc::clone(self)));
            }
            let (pass, turn) = oneshot::channel();
            state.waiting.retain(|waiting| !waiting.is_closed());
            state.waiting.push_back(pass);
            if state.waiting.len() > self.most_waiting {
                state.waiting.pop_front();
            }
            turn
        };
        turn.await.ok()
    }

    /// A panic elsewhere leaves nothing half done in here.
    fn lock(&self) -> MutexGuard<'_, GateState> {
        lock(&self.state)
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let next = {
            let mut state = self.0.lock();
            let next = state.waiting.pop_back();
            if next.is_none() {
                state.free += 1;
            }
            next
        };
        if let Some(next) = next {
            // If nobody waits there any more, the pass comes back and is dropped in turn.
            let _ = next.send(Pass(Arc::clone(&self.0)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};

    fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn the_newest_goes_first_and_the_oldest_is_sent_away() {
        let gate = Gate::new(1, 2);
        let Poll::Ready(Some(pass)) = poll(pin!(gate.enter())) else { panic!("it is free") };
        let (mut a, mut b, mut c) = (pin!(gate.enter()), pin!(gate.enter()), pin!(gate.enter()));
        assert!(poll(a.as_mut()).is_pending() && poll(b.as_mut()).is_pending());
        assert!(poll(c.as_mut()).is_pending());
        assert!(matches!(poll(a.as_mut()), Poll::Ready(None)), "two newer ones wait");
        drop(pass);
        assert!(poll(b.as_mut()).is_pending());
        let Poll::Ready(Some(pass)) = poll(c.as_mut()) else { panic!("the newest") };
        drop(pass);
        assert!(matches!(poll(b.as_mut()), Poll::Ready(Some(_))));
    }

    #[test]
    fn who_went_away_does_not_keep_the_pass() {
        let gate = Gate::new(1, 2);
        let Poll::Ready(Some(pass)) = poll(pin!(gate.enter())) else { panic!("it is free") };
        let mut gone = Box::pin(gate.enter());
        assert!(poll(gone.as_mut()).is_pending());
        drop(gone);
        drop(pass);
        let mut told = Box::pin(gate.enter());
        let Poll::Ready(Some(pass)) = poll(told.as_mut()) else { panic!("it is free again") };
        let mut late = Box::pin(gate.enter());
        assert!(poll(late.as_mut()).is_pending());
        drop(pass);
        // It was given the pass and never took it.
        drop(late);
        assert!(matches!(poll(pin!(gate.enter())), Poll::Ready(Some(_))));
    }
}
