//! What is typed after `-f`. What is accepted must read back as the same filter, and mistakes point into the
//! text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use recipe::Filter;

fuzz_target!(|spec: &str| {
    match spec.parse::<Filter>() {
        Ok(filter) => assert_eq!(filter.to_string().parse(), Ok(filter)),
        Err(error) => assert!(spec.get(error.at.clone()).is_some(), "{:?} is not in the text", error.at),
    }
});
