//! `supervisor serve`: the page and the WebSocket. The only part that knows tokio and axum.
//!
//! Everything asynchronous runs on one thread with one runtime: nothing in it computes or waits for a disk for long, that is left to threads that may block.

mod answer;
mod assets;
mod guard;
mod listen;
mod peer;
mod roots;

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use tokio::net::TcpListener;

use crate::cli::serve::ServeArgs;
use crate::cli::{complain, print};
use crate::escape::escape_text;
use crate::exit::Exit;
use guard::Guard;
use roots::{RootError, Roots};

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error(
        "--host {0} lets other machines in; add --allow-remote if that is what you want: it is not encrypted, and whoever has the token can read and write the folders"
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
pub fn serve(args: &ServeArgs) -> Exit {
    start(args).unwrap_or_else(|error| {
        complain(&error);
        Exit::Usage
    })
}

fn start(args: &ServeArgs) -> Result<Exit, ServeError> {
    let folders = if args.root.is_empty() { vec![PathBuf::from(".")] } else { args.root.clone() };
    let _roots = Roots::open_all(&folders)?;
    let wanted = address(args)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind(wanted));
    let listener = listener.map_err(|error| ServeError::Listen { address: wanted, error })?;
    let guard = Arc::new(Guard {
        token: Guard::new_token()?,
        address: listener.local_addr()?,
        name: args.host.parse::<IpAddr>().is_err().then(|| args.host.clone()),
        remote: args.allow_remote,
        trust_programs: args.trust_programs,
    });
    let url = format!("http://{}/?token={}\n", guard.address, guard.token);
    let router = Router::new()
        .route("/", get(assets::index))
        .route("/assets/{*name}", get(assets::asset))
        .layer(from_fn_with_state(guard, guard::guard));
    print(&url);
    runtime.block_on(listen::listen(listener, router));
    Ok(Exit::Success)
}

/// Where to listen; anywhere but on the loopback address only if that was said.
fn address(args: &ServeArgs) -> Result<SocketAddr, ServeError> {
    let shown = || escape_text(&args.host);
    let found = (args.host.as_str(), args.port).to_socket_addrs().and_then(|mut all| {
        all.next().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no address of that name"))
    });
    let address = found.map_err(|error| ServeError::Host { host: shown(), error })?;
    match address.ip().is_loopback() || args.allow_remote {
        true => Ok(address),
        false => Err(ServeError::Remote(shown())),
    }
}
