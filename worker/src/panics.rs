//! Panics of libraries that should answer an error are caught, and are an answer about the file.
//!
//! A panic anywhere else ends the worker (`serve.rs`): nobody knows what it left half done. Catching one is
//! sound only for code that owns what it changes, so that nothing half done is seen afterwards. The state
//! is one flag per thread: whether its panics are caught.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// Stands for the answer of code that panicked; its message is not printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panicked;

/// Runs `code` so that its panic is an answer. It must own what it changes, or drop it when the answer is a
/// panic.
pub fn caught<T>(code: impl FnOnce() -> T) -> Result<T, Panicked> {
    let outer = CAUGHT.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(code));
    CAUGHT.set(outer);
    outcome.map_err(|_| Panicked)
}

/// Whether a panic of the calling thread would be caught, for the code that decides what a panic means.
pub fn are_caught() -> bool {
    CAUGHT.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_answer_and_the_next_one_is_not() {
        assert_eq!(caught(|| 7), Ok(7));
        assert_eq!(caught(|| -> u32 { panic!("from a library") }), Err(Panicked));
        assert_eq!(caught(are_caught), Ok(true));
        assert!(!are_caught());
    }

    #[test]
    fn an_inner_catch_does_not_end_the_outer_one() {
        let inside = caught(|| {
            assert_eq!(caught(|| -> u32 { panic!("from a library") }), Err(Panicked));
            are_caught()
        });
        assert_eq!(inside, Ok(true));
    }
}
