//! Drawings that are put on photos: read, and rendered at a small size.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| supervisor_fuzz::mark(data));
