//! Answers to HTTP requests that did not work.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::report::wire::http::Refused;

/// Why a request got nothing, with a status.
pub(super) fn problem(status: StatusCode, message: impl ToString) -> Response {
    (status, Json(Refused { kind: None, message: message.to_string() })).into_response()
}
