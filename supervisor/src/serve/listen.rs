//! Connections: accepts them, but not too many, and gives up on those that do not get to the point.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tracing::{debug, warn};

/// Connections at a time; more wait to be accepted.
const CONNECTIONS: usize = 256;
/// Time for the head of a request, and longest silence between two requests.
const HEAD: Duration = Duration::from_secs(10);
/// Bytes of the head of a request.
const HEAD_BYTES: usize = 32 << 10;

/// Bytes that the kernel keeps for a client that does not take them. Left to itself it keeps megabytes, and
/// what is told by them is old.
const UNTAKEN: usize = 256 << 10;

/// Serves until the runtime ends.
pub(super) async fn listen(listener: TcpListener, router: Router) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut accepting = true;
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, peer)) => {
                accepting = true;
                debug!(%peer, "connected");
                let router = router.clone();
                tokio::spawn(async move {
                    converse(stream, peer, router).await;
                    drop(place);
                });
            }
            // Out of descriptors, or the other end is gone already: neither is a reason to stop, nor to say
            // it twenty times a second.
            Err(error) => {
                if std::mem::replace(&mut accepting, false) {
                    warn!(%error, "a connection cannot be accepted");
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn converse(stream: TcpStream, peer: SocketAddr, router: Router) {
    // Small messages should not wait for company. Both are favours that a connection can do without.
    let _ = stream.set_nodelay(true);
    let _ = rustix::net::sockopt::set_socket_send_buffer_size(&stream, UNTAKEN);
    let service = TowerToHyperService::new(router.layer(Extension(peer)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    match connection.await {
        Ok(()) => debug!(%peer, "disconnected"),
        // Whatever went wrong, the other end knows.
        Err(error) => debug!(%peer, %error, "a connection broke"),
    }
}
