//! Answers to HTTP requests that did not work.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::report::wire::http::Refused;

/// Why a request got nothing, with a status.
pub(super) fn problem(status: StatusCode, message: impl ToString) -> Response {
    (status, Json(Refused { kind: None, message: message.to_string() })).into_response()
}

/// What axum refuses before anything of ours is asked, it refuses in words for programmers, or in none. The
/// status says enough; other headers stay.
pub(super) async fn in_words(answer: Response) -> Response {
    let json = HeaderValue::from_static("application/json");
    let status = answer.status();
    let is_problem = status.is_client_error() || status.is_server_error();
    if !is_problem || answer.headers().get(header::CONTENT_TYPE) == Some(&json) {
        return answer;
    }
    let message = match status {
        StatusCode::NOT_FOUND => "there is nothing at this address",
        StatusCode::METHOD_NOT_ALLOWED => "this address takes other methods, which Allow names",
        StatusCode::PAYLOAD_TOO_LARGE => "what was sent is too large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "this address takes JSON: say Content-Type: application/json",
        StatusCode::UPGRADE_REQUIRED => "this address is for WebSockets alone",
        _ => "the request cannot be understood: its address, its headers or its JSON are malformed",
    };
    let (mut head, _) = answer.into_parts();
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.insert(header::CONTENT_TYPE, json);
    Response::from_parts(head, problem(status, message).into_body())
}
