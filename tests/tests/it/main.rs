//! The end-to-end tests, in one program: linked once, and run side by side.
//!
//! They start the executables that Cargo puts beside them, in folders and on ports of their own. Under
//! cargo-nextest each test is a process, under `cargo test` all are threads of one, so none may change what a
//! process has only once.

#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "all of this is tests")]

mod bad_input;
mod beside;
mod bombs;
mod compare;
mod completions;
mod containers;
mod convert;
mod densities;
mod disk;
mod faults;
mod letters;
mod logs;
mod machine;
mod manifest;
mod metadata;
mod names;
mod outputs;
mod pillow;
mod pool;
mod pool_load;
mod raw;
mod recipes;
mod reports;
mod resume;
mod sandbox;
mod selection;
mod serve;
mod settings;
mod sheet;
mod stops;
mod surroundings;
mod texts;
mod then;
mod times;
mod traces;
mod watch;
mod wedding;
mod words;
