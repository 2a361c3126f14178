//! One WebSocket from its opening to its end: requests in, answers and the feed out, in both dialects. A task
//! of its own.
//!
//! It reads and writes in turn: a client that does not take what it is sent is not read from either, and the
//! feed goes on without it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until};
use tracing::{error, info};

use super::answer::problem;
use super::feed::{Missed, ToldEvent};
use super::messages::{self, Follow, Problem};
use super::requests::Ordered;
use super::socket::{Heard, hear, send};
use super::spanish::{self, FollowedBatch, Peticion};
use super::{App, MESSAGE_BYTES, asked, assets, requests};
use crate::report::wire::answer::Reply;
use crate::report::wire::feed::{FeedEvent, Joined};

/// Requests of one client that may be under way.
const UNDER_WAY: usize = 16;
/// Events that go into one message.
const TOGETHER: usize = 500;
/// How long events are gathered.
const GATHER: Duration = Duration::from_millis(50);
/// Between two signs of life that are asked for.
const PING: Duration = Duration::from_secs(30);

/// `GET /ws`.
pub(super) async fn socket(
    State(app): State<Arc<App>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    match upgrade {
        Ok(upgrade) => open(app, upgrade),
        Err(rejection) => rejection.into_response(),
    }
}

/// `GET /`: the page, or the WebSocket if that is what is asked for.
pub(super) async fn index(
    State(app): State<Arc<App>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    match upgrade {
        Ok(upgrade) => open(app, upgrade),
        Err(_) => assets::index(),
    }
}

fn open(app: Arc<App>, upgrade: WebSocketUpgrade) -> Response {
    let Ok(place) = Arc::clone(&app.sockets).try_acquire_owned() else {
        return problem(StatusCode::SERVICE_UNAVAILABLE, "too many pages are open; close one and try again");
    };
    upgrade
        .max_message_size(MESSAGE_BYTES)
        .max_frame_size(MESSAGE_BYTES)
        .on_upgrade(move |socket| converse(socket, app, place))
}

/// What a client is told besides its answers.
#[derive(Default)]
struct Following {
    /// The last event that an English client has, once it has said hello.
    english: Option<u64>,
    /// The last event that was looked at for a Spanish one.
    spanish: u64,
    /// Its batches that have not ended.
    batches: BTreeMap<u64, FollowedBatch>,
}

impl Following {
    /// Follows a batch from this point of the feed on. Requests overtake each other: what others of this
    /// client have had may come again.
    fn start(&mut self, batch: u64, before: u64, followed: FollowedBatch) {
        self.spanish = if self.batches.is_empty() { before } else { self.spanish.min(before) };
        self.batches.insert(batch, followed);
    }
}

/// What came of a request.
enum SocketReply {
    Text(String),
    /// Follow from here on.
    Hello {
        answer: String,
        after: Option<u64>,
    },
    /// A Spanish client's batch was queued, at this point of the feed.
    Started {
        batch: u64,
        before: u64,
        followed: FollowedBatch,
    },
}

async fn converse(mut socket: WebSocket, app: Arc<App>, place: OwnedSemaphorePermit) {
    info!("a client has come");
    let (replies, mut replied) = mpsc::channel(UNDER_WAY);
    let (mut head, mut following, mut under_way) = (app.board.head(), Following::default(), 0);
    let mut due: Option<Instant> = None;
    let mut ping = tokio::time::interval(PING);
    loop {
        tokio::select! {
            Some(reply) = replied.recv() => {
                under_way -= 1;
                if take(&mut socket, reply, &mut following).await.is_none() { break }
                due = due.or_else(|| Some(Instant::now()));
            }
            message = socket.recv(), if under_way < UNDER_WAY => match hear(&mut socket, message).await {
                Heard::Request(text) => {
                    under_way += 1;
                    tokio::spawn(find_reply(Arc::clone(&app), text, replies.clone()));
                }
                Heard::Nothing => {}
                Heard::End => break,
            },
            changed = head.changed(), if due.is_none() => {
                if changed.is_err() { break }
                due = Some(Instant::now() + GATHER);
            }
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                due = None;
                match tell(&mut socket, &app, &mut following).await {
                    Some(true) => due = Some(Instant::now()),
                    Some(false) => {}
                    None => break,
                }
            }
            _ = ping.tick() => {
                if send(&mut socket, Message::Ping(Vec::new().into())).await.is_none() { break }
            }
        }
    }
    info!("a client has gone");
    drop(place);
}

async fn find_reply(app: Arc<App>, request: Utf8Bytes, replies: mpsc::Sender<SocketReply>) {
    let reply = answered(move || reply(&app, request.as_str())).await;
    // If the client has gone away, nobody waits for it.
    let _ = replies.send(reply).await;
}

/// The answer that is found on a thread that may block, or that the server failed to find one.
async fn answered(find: impl FnOnce() -> SocketReply + Send + 'static) -> SocketReply {
    spawn_blocking(find).await.unwrap_or_else(|failure| {
        error!(%failure, "a request was not answered");
        let failed = Problem::new("the server failed at this request");
        SocketReply::Text(messages::error(None, None, &failed))
    })
}

async fn take(socket: &mut WebSocket, reply: SocketReply, following: &mut Following) -> Option<()> {
    match reply {
        SocketReply::Text(text) => send(socket, Message::Text(text.into())).await,
        SocketReply::Hello { answer, after } => {
            // Nobody can have seen an event of the future: that brings a snapshot.
            following.english = Some(after.unwrap_or(u64::MAX));
            send(socket, Message::Text(answer.into())).await
        }
        SocketReply::Started { batch, before, followed } => {
            following.start(batch, before, followed);
            Some(())
        }
    }
}

/// Sends what the client has missed; says whether there is more of it.
async fn tell(socket: &mut WebSocket, app: &App, following: &mut Following) -> Option<bool> {
    let mut more = false;
    if let Some(after) = following.english {
        let (text, last, full) = match app.board.since(after, TOGETHER) {
            Missed::Events(events, last) => {
                let events: Vec<&ToldEvent> = events.iter().map(AsRef::as_ref).collect();
                let text = (!events.is_empty()).then(|| Joined::Events(&events).text(last));
                (text, last, events.len() == TOGETHER)
            }
            Missed::TooMuch => {
                let (seq, batches) = app.board.snapshot_texts();
                (Some(Joined::Snapshot(&batches).text(seq)), seq, false)
            }
        };
        following.english = Some(last);
        more |= full;
        if let Some(text) = text {
            send(socket, Message::Text(text.into())).await?;
        }
    }
    if !following.batches.is_empty() {
        let (texts, full) = spanish_news(app, following);
        more |= full;
        for text in texts {
            send(socket, Message::Text(text.into())).await?;
        }
    }
    Some(more)
}

/// What there is to tell a Spanish client now.
fn spanish_news(app: &App, following: &mut Following) -> (Vec<String>, bool) {
    let Following { spanish: seen, batches, .. } = following;
    let mut texts = Vec::new();
    match app.board.since(*seen, TOGETHER) {
        Missed::Events(events, last) => {
            *seen = last;
            for told in &events {
                let FeedEvent { batch: id, news, .. } = &told.event;
                let told = batches.get_mut(id).and_then(|followed| spanish::translate(news, followed));
                note(told, *id, &mut texts, batches);
            }
            (texts, events.len() == TOGETHER)
        }
        Missed::TooMuch => {
            *seen = app.board.last();
            let ids: Vec<u64> = batches.keys().copied().collect();
            for id in ids {
                let batch = app.board.batch(id);
                let told = batches.get_mut(&id).and_then(|followed| match &batch {
                    Some(batch) => spanish::from_snapshot(batch, followed),
                    None => Some((spanish::forgotten(), true)),
                });
                note(told, id, &mut texts, batches);
            }
            (texts, false)
        }
    }
}

fn note(
    told: Option<(String, bool)>,
    id: u64,
    texts: &mut Vec<String>,
    batches: &mut BTreeMap<u64, FollowedBatch>,
) {
    if let Some((text, was_last)) = told {
        texts.push(text);
        if was_last {
            batches.remove(&id);
        }
    }
}

/// Answers a message. May block.
fn reply(app: &App, text: &str) -> SocketReply {
    let message: Value = match serde_json::from_str(text) {
        Ok(message) => message,
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let problem = Problem::new(format!("the message is no JSON: see line {line}, column {column}"));
            return SocketReply::Text(messages::error(None, None, &problem));
        }
    };
    if spanish::is_spanish(&message) { in_spanish(app, &message) } else { in_english(app, &message) }
}

fn in_english(app: &App, message: &Value) -> SocketReply {
    let id = message.get("id").filter(|id| id.is_number() || id.is_string());
    let kind = message.get("type").and_then(Value::as_str);
    let handled = asked::parse(message).and_then(|request| {
        let follow = messages::follows(&request, &app.board.epoch);
        Ok((requests::handle(app, request)?, follow))
    });
    match handled {
        Ok((answer, None)) => SocketReply::Text(Reply { answer, id: id.cloned() }.text()),
        Ok((answer, Some(Follow { after }))) => {
            SocketReply::Hello { answer: Reply { answer, id: id.cloned() }.text(), after }
        }
        Err(problem) => SocketReply::Text(messages::error(kind, id, &problem)),
    }
}

fn in_spanish(app: &App, message: &Value) -> SocketReply {
    match spanish::parse(message) {
        Ok(Peticion::ListarFiltros) => SocketReply::Text(spanish::filters()),
        Ok(Peticion::Procesar(order)) => {
            let before = app.board.last();
            match requests::process(app, *order) {
                Ok(Ordered { batch, output, .. }) => {
                    SocketReply::Started { batch, before, followed: FollowedBatch { output, total: 0 } }
                }
                Err(problem) => SocketReply::Text(spanish::refused(&problem.message)),
            }
        }
        Err(text) => SocketReply::Text(spanish::error(&text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_at_which_the_server_fails_is_answered_and_logged() {
        let log = crate::log::tests::HeardLog::new();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let reply = log.during(|| runtime.block_on(answered(|| panic!("out of order"))));
        let SocketReply::Text(text) = reply else { panic!("it is an answer") };
        assert!(text.contains("the server failed at this request"), "{text}");
        assert!(log.text().contains("ERROR a request was not answered"), "{}", log.text());
    }

    #[test]
    fn a_batch_whose_answer_was_overtaken_misses_nothing() {
        let followed = || FollowedBatch { output: String::new(), total: 0 };
        let mut following = Following::default();
        following.start(2, 9, followed());
        following.start(1, 5, followed());
        assert_eq!((following.spanish, following.batches.len()), (5, 2));
        following.batches.clear();
        following.start(3, 20, followed());
        assert_eq!(following.spanish, 20);
    }
}
