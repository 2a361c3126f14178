//! A fence around libraries that panic where they should answer an error.
//!
//! A panic anywhere else ends the worker (`serve.rs`): nobody knows what it left half done. Behind the fence it is an answer about
//! the file. That is sound only for code that owns what it changes, so that nothing half done is seen afterwards. The state is one
//! flag per thread: whether it is behind the fence.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static FENCED: Cell<bool> = const { Cell::new(false) };
}

/// The code behind the fence panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panicked;

/// Runs `code` so that its panic is an answer. It must own what it changes, or drop it when the answer is a panic.
pub fn fenced<T>(code: impl FnOnce() -> T) -> Result<T, Panicked> {
    let outer = FENCED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(code));
    FENCED.set(outer);
    outcome.map_err(|_| Panicked)
}

/// Whether the calling thread is behind the fence; for whoever decides what a panic means.
pub fn is_fenced() -> bool {
    FENCED.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_answer_and_the_fence_ends_with_it() {
        assert_eq!(fenced(|| 7), Ok(7));
        assert_eq!(fenced(|| -> u32 { panic!("from a library") }), Err(Panicked));
        assert_eq!(fenced(is_fenced), Ok(true));
        assert!(!is_fenced());
    }

    #[test]
    fn an_inner_fence_does_not_open_the_outer_one() {
        let inside = fenced(|| {
            assert_eq!(fenced(|| -> u32 { panic!("from a library") }), Err(Panicked));
            is_fenced()
        });
        assert_eq!(inside, Ok(true));
    }
}
