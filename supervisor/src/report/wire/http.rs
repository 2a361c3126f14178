//! What `supervisor serve` is asked without a WebSocket, and what it answers in JSON.

use protocol::outcome::ErrorKind;
use serde::{Deserialize, Serialize};

use super::recipe::WireRecipe;

/// `POST /preview`: the body.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct PreviewQuestion {
    /// The input, as in requests.
    pub path: String,
    /// The recipe as JSON; without it, only the size is changed.
    pub recipe: Option<WireRecipe>,
    /// The part of the result that is wanted, pixel by pixel; without it, all.
    pub region: Option<Region>,
    /// The square that the whole is made to fit into, in pixels.
    pub edge: Option<u32>,
}

/// A part of an image, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Region {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
    /// How wide.
    pub width: u32,
    /// How high.
    pub height: u32,
}

/// `GET /thumbnail`: its parameters.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ThumbnailQuestion {
    /// The input, as in requests.
    pub path: String,
    /// The square that it is made to fit into, in pixels.
    pub edge: Option<u32>,
}

/// `PUT /upload`: its parameters.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct UploadTarget {
    /// The folder, made if need be.
    pub folder: String,
    /// The file's name.
    pub name: String,
}

/// Why a request got nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Refused {
    /// What kind of trouble the photo makes that was asked for.
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
