//! Previews and thumbnails, as they are asked for and answered over HTTP; [`super::studio`] makes them.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequest, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use recipe::filter::geometry::Size;
use recipe::recipe::Recipe;
use serde_json::Value;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::error;

use super::answer::problem;
use super::fields::{Fields, of_query};
use super::gate::Gate;
use super::messages::Problem;
use super::studio::{Made, PreviewOrder, PreviewRefusal, Studio, View};
use super::upload::SILENCE;
use super::{App, asked_recipe, recipes};
use crate::report::wire::http::{PreviewQuestion, Refused, Region, ThumbnailQuestion};
use pool::escape::escape_text;
use pool::{JobFailure, ProcessPool, Shutdown};

/// The largest edge of a preview, in pixels.
pub(super) const LARGEST_EDGE: u32 = 4096;
/// The edge of a preview of the whole, if none was asked for.
const USUAL_EDGE: u32 = 1600;
/// The largest edge of a thumbnail, and the usual one.
const THUMBNAIL_EDGES: (u32, u32) = (512, 240);

/// Kills its workers when it is dropped, as when the request was closed. That is no matter if all is done.
struct Abandon(Arc<ProcessPool>);

impl Drop for Abandon {
    fn drop(&mut self) {
        self.0.close(Shutdown::Kill);
    }
}

/// `POST /preview`.
pub(super) async fn preview(State(app): State<Arc<App>>, request: Request) -> Response {
    let body = match timeout(SILENCE, Json::<Value>::from_request(request, &app)).await {
        Ok(Ok(Json(body))) => body,
        Ok(Err(rejection)) => return rejection.into_response(),
        Err(_) => return problem(StatusCode::REQUEST_TIMEOUT, "the question did not come in full"),
    };
    let PreviewQuestion { path, recipe, region, edge } = match question(&body) {
        Ok(question) => question,
        Err(problem) => return PreviewRefusal::Question(problem).into_response(),
    };
    let studio = Arc::clone(&app.studio);
    let edges = region.map_or([edge.unwrap_or(USUAL_EDGE), 1], |region| [region.width, region.height]);
    if edges.iter().any(|edge| !(1..=LARGEST_EDGE).contains(edge)) {
        let message = format!("a preview may have 1 to {LARGEST_EDGE} pixels a side");
        return problem(StatusCode::UNPROCESSABLE_ENTITY, message);
    }
    let read = {
        let roots = Arc::clone(&app.roots);
        spawn_blocking(move || {
            let recipe = recipe.map_or(Ok(Recipe::default()), |json| recipes::from_json(&json, &roots));
            Ok((recipe?, roots.resolve(&path).map_err(Problem::new)?))
        })
    };
    let (recipe, path) = match read.await {
        Ok(Ok(read)) => read,
        Ok(Err(problem)) => return PreviewRefusal::Question(problem).into_response(),
        Err(_) => return PreviewRefusal::Own("the server failed at this preview".into()).into_response(),
    };
    let gate = Arc::clone(&studio.previews);
    let view = region.map_or(View::Whole(edges[0]), View::Region);
    let order = PreviewOrder { path, recipe, view, quality: 92, measured: true };
    make(studio, gate, order, "no-store").await
}

/// Takes the body of `POST /preview` apart.
pub(super) fn question(body: &Value) -> Result<PreviewQuestion, Problem> {
    let fields = body.as_object().ok_or_else(|| Problem::new("the question is an object with a path"))?;
    let fields = Fields::new("preview", fields);
    let region = fields.object("region")?.map(|part| {
        let number = |key| part.needed_whole(key);
        Ok(Region { x: number("x")?, y: number("y")?, width: number("width")?, height: number("height")? })
    });
    Ok(PreviewQuestion {
        path: fields.needed_text("path")?,
        recipe: asked_recipe::field(&fields)?,
        region: region.transpose()?,
        edge: fields.whole("edge")?,
    })
}

/// `GET /thumbnail?path=…&edge=…`.
pub(super) async fn thumbnail(
    State(app): State<Arc<App>>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Response {
    let asked = of_query(asked, &["edge"]);
    let fields = Fields::new("thumbnail", &asked);
    let question = fields.needed_text("path").and_then(|path| {
        let edge = fields.whole("edge")?;
        Ok(ThumbnailQuestion { path, edge })
    });
    let ThumbnailQuestion { path, edge } = match question {
        Ok(question) => question,
        Err(wrong) => return problem(StatusCode::BAD_REQUEST, wrong),
    };
    let edge = edge.unwrap_or(THUMBNAIL_EDGES.1).clamp(16, THUMBNAIL_EDGES.0);
    let roots = Arc::clone(&app.roots);
    let path = match spawn_blocking(move || roots.resolve(&path)).await {
        Ok(Ok(path)) => path,
        Ok(Err(error)) if error.is_not_found() => return problem(StatusCode::NOT_FOUND, error),
        Ok(Err(error)) => return problem(StatusCode::FORBIDDEN, error),
        Err(_) => return PreviewRefusal::Own("the server failed at this photo".into()).into_response(),
    };
    let studio = Arc::clone(&app.studio);
    let gate = Arc::clone(&studio.thumbnails);
    let (recipe, view) = (Recipe::default(), View::Whole(edge));
    let order = PreviewOrder { path, recipe, view, quality: 80, measured: false };
    make(studio, gate, order, "private, max-age=60").await
}

async fn make(studio: Arc<Studio>, gate: Arc<Gate>, order: PreviewOrder, caching: &'static str) -> Response {
    let Ok((key, order)) = spawn_blocking(move || (order.key(), order)).await else {
        return PreviewRefusal::Own("the server failed at this photo".into()).into_response();
    };
    if let Some(made) = studio.find(&key) {
        return respond(&made, caching);
    }
    let Some(pass) = gate.enter().await else {
        return problem(StatusCode::TOO_MANY_REQUESTS, "newer ones were asked for meanwhile; ask again");
    };
    let (send_pool, pool) = tokio::sync::oneshot::channel();
    let working = spawn_blocking(move || studio.make(key, order, pass, send_pool));
    // Dropped with this request if its client goes away.
    let _abandon = pool.await.ok().map(Abandon);
    match working.await {
        Ok(Ok(made)) => respond(&made, caching),
        Ok(Err(refusal)) => refusal.into_response(),
        Err(_) => PreviewRefusal::Own("the server failed at this photo".into()).into_response(),
    }
}

fn respond(made: &Made, caching: &'static str) -> Response {
    let mut answer = made.jpeg.clone().into_response();
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    let mut insert = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    };
    if let Some(Size { width, height }) = made.size {
        insert("x-image-width", width.to_string());
        insert("x-image-height", height.to_string());
    }
    if let Some(Region { x, y, width, height }) = made.region {
        insert("x-region", format!("{x},{y},{width},{height}"));
    }
    answer
}

impl IntoResponse for PreviewRefusal {
    fn into_response(self) -> Response {
        let (kind, message) = match self {
            PreviewRefusal::Question(question) => return problem(StatusCode::UNPROCESSABLE_ENTITY, question),
            PreviewRefusal::Own(message) => return failed(&message),
            PreviewRefusal::Failed(JobFailure::Failed(error)) => (error.kind, error.detail),
            PreviewRefusal::Failed(JobFailure::Quarantined(loss)) => (loss.cause.kind(), loss.detail),
            // Whoever asked has gone away.
            PreviewRefusal::Failed(failure @ JobFailure::Cancelled) => {
                return problem(StatusCode::INTERNAL_SERVER_ERROR, failure);
            }
            PreviewRefusal::Failed(failure @ (JobFailure::PoolFailed(_) | JobFailure::NotSubmitted(_))) => {
                return failed(&failure.to_string());
            }
        };
        (StatusCode::UNPROCESSABLE_ENTITY, Json(Refused { kind: Some(kind), message })).into_response()
    }
}

/// It is nobody's fault but ours: whoever looks for it finds it in the log.
fn failed(message: &str) -> Response {
    error!(reason = %escape_text(message), "a preview was not made");
    problem(StatusCode::INTERNAL_SERVER_ERROR, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_here_is_logged_and_what_a_photo_is_to_blame_for_is_not() {
        let log = crate::log::tests::HeardLog::new();
        let status = |refusal: PreviewRefusal| log.during(|| refusal.into_response().status().as_u16());
        assert_eq!(status(PreviewRefusal::Question(Problem::new("what?"))), 422);
        assert_eq!(status(PreviewRefusal::Failed(JobFailure::Cancelled)), 500);
        assert_eq!(log.text(), "");
        assert_eq!(status(PreviewRefusal::Own("no \u{202e}room".to_owned())), 500);
        let text = log.text();
        assert!(text.contains("ERROR a preview was not made reason=no \\u{202e}room"), "{text}");
    }
}
