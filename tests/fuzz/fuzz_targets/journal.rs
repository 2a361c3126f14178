//! What stands in an output folder's journal: a disk, another version or somebody else may have written these
//! bytes.
#![no_main]

use std::cell::OnceCell;

use libfuzzer_sys::fuzz_target;
use pool::journal::History;
use tempfile::TempDir;

thread_local! {
    static FOLDER: OnceCell<TempDir> = const { OnceCell::new() };
}

fuzz_target!(|data: &[u8]| {
    FOLDER.with(|folder| {
        let folder = folder.get_or_init(|| tempfile::tempdir().expect("a folder"));
        std::fs::write(folder.path().join("journal"), data).expect("the journal is written");
        let history = History::read(folder.path()).expect("whatever stands in it, it can be read");
        let _ = history.damage();
    });
});
