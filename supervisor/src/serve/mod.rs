//! `supervisor serve`: the page and the WebSocket. The only part that knows tokio and axum.
//!
//! Everything asynchronous runs on one thread with one runtime. Nothing there computes, or waits for a disk,
//! for long: that is left to threads that may block.
//!
//! May use `batch`, `report`, `plan`.

mod address;
mod answer;
mod asked;
mod asked_recipe;
mod assets;
mod batch;
mod board;
mod connection;
#[cfg(test)]
mod examples;
mod feed;
mod fields;
mod folders;
mod gate;
#[cfg(test)]
mod golden;
mod guard;
mod listen;
mod messages;
mod order;
#[cfg(test)]
mod page_words;
mod peer;
mod preview;
mod recipes;
mod requests;
mod results;
mod roots;
mod runner;
mod socket;
mod spanish;
mod studio;
mod upload;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn_with_state, map_response};
use axum::routing::{get, post, put};
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tracing::{error, info};

use crate::batch::stopping;
use crate::console::{complain, print};
use crate::exit::Exit;
use address::{address_to_listen_on, address_to_open};
use board::Board;
use guard::Guard;
use roots::{RootError, Roots};
use studio::Studio;

/// What is served, to whom.
#[derive(Debug)]
pub(crate) struct ServeSettings {
    /// The folders that the page may read from and write to.
    pub roots: Vec<PathBuf>,
    /// The port; 0 takes any that is free.
    pub port: u16,
    /// The address to listen on, or a name of this machine.
    pub host: String,
    /// Whether other machines may connect.
    pub allow_remote: bool,
    /// Whether programs of this user may connect without the token.
    pub trust_programs: bool,
}

/// The port, unless told otherwise.
pub(crate) const DEFAULT_PORT: u16 = 8765;
/// The address to listen on, unless told otherwise.
pub(crate) const DEFAULT_HOST: &str = "127.0.0.1";

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error(
        "--host {0} lets other machines in; add --allow-remote if that is what you want: it is not \
         encrypted, and anyone who has the token can read and write the folders"
    )]
    Remote(String),
    #[error("--host {host}: {error}")]
    Host { host: String, error: io::Error },
    #[error("cannot listen on {address}: {error}; --port takes another port, --port 0 any that is free")]
    Listen { address: SocketAddr, error: io::Error },
    #[error("--root {0}")]
    Root(#[from] RootError),
    #[error("cannot serve: {0}")]
    Io(#[from] io::Error),
}

/// Serves until it is interrupted.
pub(crate) fn serve(settings: &ServeSettings) -> Exit {
    start(settings).unwrap_or_else(|error| {
        complain(&error);
        Exit::Usage
    })
}

/// Bytes of a message to us, and of a JSON body.
const MESSAGE_BYTES: usize = 64 << 10;
/// WebSockets at a time.
const SOCKETS: usize = 64;
/// How long clients are still told of the end when everything is over.
const FAREWELL: Duration = Duration::from_millis(300);

/// What every request can get at.
struct App {
    roots: Arc<Roots>,
    board: Arc<Board>,
    studio: Arc<Studio>,
    sockets: Arc<Semaphore>,
    uploads: Semaphore,
}

fn start(settings: &ServeSettings) -> Result<Exit, ServeError> {
    let roots = Arc::new(Roots::open_all(&settings.roots)?);
    let wanted = address_to_listen_on(settings)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind(wanted));
    let listener = listener.map_err(|error| ServeError::Listen { address: wanted, error })?;
    let guard = Arc::new(Guard {
        token: Guard::new_token()?,
        address: listener.local_addr()?,
        name: settings.host.parse::<IpAddr>().is_err().then(|| settings.host.clone()),
        remote: settings.allow_remote,
        trust_programs: settings.trust_programs,
    });
    let url = format!("http://{}/?token={}\n", address_to_open(guard.address), guard.token);
    let epoch = format!("{}-{}", Timestamp::now().as_second(), std::process::id());
    let board = Arc::new(Board::new(epoch, Arc::clone(&roots)));
    let app = App {
        studio: Arc::new(Studio::new(Arc::clone(&roots))?),
        board: Arc::clone(&board),
        sockets: Arc::new(Semaphore::new(SOCKETS)),
        uploads: Semaphore::new(upload::AT_A_TIME),
        roots: Arc::clone(&roots),
    };
    let batches = runner::start(Arc::clone(&board), roots)?;
    let signals = stopping::on_signals(move |reason, kill| {
        board.shut_down(kill, reason);
        true
    })?;
    let (over, ended) = tokio::sync::oneshot::channel();
    std::thread::Builder::new().name("end".to_owned()).spawn(move || {
        // Ends when a signal has shut the board down and nothing runs any more.
        let exit = exit_after(batches.join().is_ok());
        // If it cannot be told, the server has ended.
        let _ = over.send(exit);
    })?;
    warn(settings, &guard);
    print(&url);
    info!(address = %guard.address, "serves");
    let served = runtime.block_on(async {
        tokio::spawn(listen::listen(listener, router(app, guard)));
        let ended = ended.await;
        tokio::time::sleep(FAREWELL).await;
        ended
    });
    signals.close();
    runtime.shutdown_background();
    Ok(served.unwrap_or_else(|_| exit_after(false)))
}

/// How the server ends, given whether the thread that runs batches ended as it should.
fn exit_after(well: bool) -> Exit {
    if well {
        return stopping::exit();
    }
    error!("the thread that runs batches has failed");
    complain(&"the server failed at a batch and ends; start it again, and please report this");
    Exit::Pool
}

fn router(app: App, guard: Arc<Guard>) -> Router {
    let small = || DefaultBodyLimit::max(MESSAGE_BYTES);
    Router::new()
        .route("/", get(connection::index))
        .route("/ws", get(connection::socket))
        .route("/assets/{*name}", get(assets::asset))
        .route("/thumbnail", get(preview::thumbnail))
        .route("/preview", post(preview::preview).layer(small()))
        .route("/upload", put(upload::upload).layer(DefaultBodyLimit::disable()))
        .route("/batches/{id}/{file}", get(results::result))
        .layer(map_response(answer::in_words))
        .layer(from_fn_with_state(guard, guard::guard))
        .with_state(Arc::new(app))
}

fn warn(settings: &ServeSettings, guard: &Guard) {
    let ip = guard.address.ip();
    if !ip.is_loopback() {
        complain(
            &"note: other machines can connect; what is sent is not encrypted, and anyone who has the \
              address with the token can read and write the folders",
        );
    } else if settings.allow_remote {
        complain(
            &"note: other machines can connect only with --host 0.0.0.0, or another address of this machine",
        );
    }
    if ip.is_unspecified() {
        complain(
            &"note: it listens on every address of this machine; where the one below cannot be reached, put \
              another in its place",
        );
    }
    if settings.trust_programs {
        complain(&"note: programs of this user may connect without the token");
    }
}

#[test]
fn a_thread_that_failed_ends_the_server_with_a_word() {
    let log = crate::log::tests::HeardLog::new();
    assert_eq!(log.during(|| exit_after(false)), Exit::Pool);
    assert!(log.text().contains("ERROR the thread that runs batches has failed"), "{}", log.text());
}
