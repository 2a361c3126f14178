#![no_main]

use libfuzzer_sys::fuzz_target;
use recipe::Format;

// Most raw files look like a TIFF from the outside.
fuzz_target!(|data: &[u8]| {
    supervisor_fuzz::image(Format::Raw, data);
    supervisor_fuzz::image(Format::Tiff, data);
});
