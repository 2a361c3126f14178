//! A recipe file. What is accepted must read back as the same recipe.
#![no_main]

use libfuzzer_sys::fuzz_target;
use recipe::Recipe;

fuzz_target!(|text: &str| {
    match Recipe::parse(text) {
        Ok(recipe) => assert_eq!(Recipe::parse(&recipe.to_toml()), Ok(recipe)),
        Err(error) => assert!(error.line >= 1 && error.column >= 1),
    }
});
