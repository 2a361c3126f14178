//! What a worker may send, decoded as ipc-channel does: postcard. A worker that was taken over chooses these
//! bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::message::{FromWorker, ToWorker};

fuzz_target!(|data: &[u8]| {
    if let Ok(message) = postcard::from_bytes::<FromWorker>(data) {
        let again = postcard::to_stdvec(&message).expect("what was read can be written");
        assert_eq!(postcard::from_bytes::<FromWorker>(&again).expect("and read again"), message);
    }
    let _ = postcard::from_bytes::<ToWorker>(data);
});
