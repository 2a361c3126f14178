//! What `supervisor serve` answers to HTTP requests in JSON.

use protocol::outcome::ErrorKind;
use serde::{Deserialize, Serialize};

/// Why a request got nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Refused {
    /// What kind of trouble the picture makes that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<super::schema::ErrorKindName>"))]
    pub kind: Option<ErrorKind>,
    /// For people.
    pub message: String,
}

/// A file that was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Uploaded {
    /// Its size.
    pub bytes: u64,
    /// The name that it was given.
    pub name: String,
    /// As in requests.
    pub path: String,
}
