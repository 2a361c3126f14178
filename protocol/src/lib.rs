//! The vocabulary that the supervisor and the worker share.
//!
//! Data only: no I/O beyond the channel ends inside [`message::Hello`], no image crate, no async, no state. Everything that
//! crosses the process boundary, and everything that both sides must agree about, is defined here once.

pub mod filter;
pub mod format;
pub mod job;
pub mod limits;
pub mod message;
pub mod outcome;
pub mod path;
pub mod recipe;
pub mod sandbox;

pub use filter::Filter;
pub use format::Format;
pub use job::{Attempt, JobId, Lane, Task};
pub use outcome::{Done, ErrorKind, JobError, Stage};
pub use path::WirePath;
pub use recipe::Recipe;
