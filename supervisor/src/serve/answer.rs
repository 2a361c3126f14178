//! Answers to HTTP requests that did not work.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// `{"message": …}` with a status.
pub(super) fn problem(status: StatusCode, message: impl ToString) -> Response {
    (status, Json(json!({ "message": message.to_string() }))).into_response()
}
