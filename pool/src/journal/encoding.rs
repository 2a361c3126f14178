//! Values in bytes: bincode 2, which nothing else in the journal knows.

use std::io;

use bincode::config::{self, Configuration, Limit, LittleEndian, Varint};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The longest payload: two paths have eight kilobytes, a recipe usually less.
pub(super) const MAX_PAYLOAD: usize = 16 << 20;

const CONFIG: Configuration<LittleEndian, Varint, Limit<MAX_PAYLOAD>> =
    config::standard().with_limit::<MAX_PAYLOAD>();

pub(super) fn encode(value: &impl Serialize) -> io::Result<Vec<u8>> {
    bincode::serde::encode_to_vec(value, CONFIG).map_err(io::Error::other)
}

/// A value at the beginning of the bytes, and what follows it.
pub(super) fn decode_front<T: DeserializeOwned>(bytes: &[u8]) -> Option<(T, &[u8])> {
    let (value, length) = bincode::serde::decode_from_slice(bytes, CONFIG).ok()?;
    Some((value, bytes.get(length..)?))
}

/// `None` if the bytes mean nothing to this version.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    bincode::serde::decode_from_slice(bytes, CONFIG).ok().map(|(value, _)| value)
}
