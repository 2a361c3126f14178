//! What goes through one WebSocket: what a client says, and what it is told as long as it takes it.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use tokio::time::timeout;
use tracing::{debug, warn};
use tungstenite::error::{Error, ProtocolError};

use super::MESSAGE_BYTES;

/// How long a client may leave a message untaken.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a client that is sent away has time to see why.
const LINGER: Duration = Duration::from_secs(1);

/// What a client has said.
pub(super) enum Heard {
    Request(Utf8Bytes),
    /// Nothing that is for us.
    Nothing,
    /// It says no more, or nothing more is to be heard from it.
    End,
}

/// Takes in what has come from a client, and takes leave if that was the last.
pub(super) async fn hear(socket: &mut WebSocket, message: Option<Result<Message, axum::Error>>) -> Heard {
    match message {
        Some(Ok(Message::Text(text))) => return Heard::Request(text),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Heard::Nothing,
        Some(Ok(Message::Binary(_))) => close(socket, 1003, "messages are text").await,
        // To ask for more sends the answer to it.
        Some(Ok(Message::Close(_))) => drop(timeout(PATIENCE, socket.recv()).await),
        None => {}
        Some(Err(error)) => {
            if let Some((code, reason)) = complaint(error) {
                close(socket, code, &reason).await;
                // What still comes is not read, and makes the kernel break the connection off.
                tokio::time::sleep(LINGER).await;
            }
        }
    }
    Heard::End
}

/// `None` if the client is gone, or takes nothing.
pub(super) async fn send(socket: &mut WebSocket, message: Message) -> Option<()> {
    match timeout(PATIENCE, socket.send(message)).await {
        Ok(Ok(())) => Some(()),
        Ok(Err(error)) => {
            debug!(%error, "a client cannot be told anything");
            None
        }
        Err(_) => {
            warn!("a client took nothing for a minute");
            None
        }
    }
}

/// What is said to a client that cannot be understood (RFC 6455, section 7.4.1); nothing if it is gone.
fn complaint(error: axum::Error) -> Option<(u16, String)> {
    match error.into_inner().downcast_ref()? {
        Error::Capacity(_) => Some((1009, format!("a message may have {} KiB", MESSAGE_BYTES >> 10))),
        Error::Utf8(_) => Some((1007, "text is UTF-8".to_owned())),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        Error::Protocol(_) => Some((1002, "this is no WebSocket frame of a client".to_owned())),
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Io(_)
        | Error::Tls(_)
        | Error::WriteBufferFull(_)
        | Error::AttackAttempt
        | Error::Url(_)
        | Error::Http(_)
        | Error::HttpFormat(_) => None,
    }
}

async fn close(socket: &mut WebSocket, code: u16, reason: &str) {
    let frame = CloseFrame { code, reason: reason.into() };
    debug!(code, reason, "a client is sent away");
    // It goes either way.
    let _ = send(socket, Message::Close(Some(frame))).await;
}
