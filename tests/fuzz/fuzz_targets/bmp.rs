#![no_main]

use libfuzzer_sys::fuzz_target;
use recipe::Format;

fuzz_target!(|data: &[u8]| supervisor_fuzz::image(Format::Bmp, data));
