//! The one way in which a mutex is taken here.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes a mutex even if a thread panicked with it in hand: what is behind these mutexes is never left
/// half changed.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
