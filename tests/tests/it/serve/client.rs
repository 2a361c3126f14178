//! A server in a temporary folder, and clients of it: plain HTTP by hand, so that nothing about a request is
//! put right on the way, and a real WebSocket client.

use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::net::{AddressFamily, SocketType};
use serde_json::{Value, json};
use supervisor_tests::{executable, ppm};
use tempfile::TempDir;
use tungstenite::client::IntoClientRequest;
use tungstenite::http::HeaderValue;
use tungstenite::{Message, WebSocket};

/// The longest that a test waits for anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// `supervisor serve` with `photos/` as its root.
pub(crate) struct Server {
    pub(crate) folder: TempDir,
    child: Child,
    /// `127.0.0.1:PORT`.
    pub(crate) host: String,
    pub(crate) token: String,
}

impl Server {
    pub(crate) fn start() -> Server {
        Server::with("worker", &[])
    }

    /// With this worker and these further options.
    pub(crate) fn with(worker: &str, options: &[&str]) -> Server {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("photos")).unwrap();
        let mut child = Command::new(executable("supervisor"))
            .env("SUPERVISOR_WORKER", executable(worker))
            .args(["serve", "--port", "0", "--root"])
            .arg(folder.path().join("photos"))
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("http://").unwrap().to_owned();
        let (host, token) = url.split_once("/?token=").unwrap();
        Server { host: host.into(), token: token.into(), folder, child }
    }

    /// A path below the root.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("photos").join(name)
    }

    /// Writes a file below the root.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Writes photos `in/0.ppm` and so on.
    pub(crate) fn write_photos(&self, count: usize) {
        (0..count).for_each(|n| drop(self.write(&format!("in/{n:03}.ppm"), ppm(32, 24))));
    }

    /// Sends a request and takes the whole answer.
    pub(crate) fn send(&self, head: &str, body: &[u8]) -> HttpAnswer {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        // The server may answer before it has read everything.
        let _ = stream.write_all(body);
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        HttpAnswer::read(&bytes)
    }

    /// A request with the right host and token, on a connection of its own.
    pub(crate) fn request(&self, method: &str, target: &str, body: &[u8]) -> HttpAnswer {
        let Server { host, token, .. } = self;
        let cookie = format!("supervisor-{}={token}", host.rsplit(':').next().unwrap());
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nConnection: close\r\n\
             Content-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        self.send(&head, body)
    }

    pub(crate) fn get(&self, target: &str) -> HttpAnswer {
        self.request("GET", target, b"")
    }

    /// A WebSocket with the token in its address.
    pub(crate) fn client(&self) -> Client {
        self.connect(&format!("/ws?token={}", self.token), &[]).unwrap()
    }

    /// A WebSocket whose end here holds little that was not read.
    pub(crate) fn slow_client(&self) -> Client {
        let address: std::net::SocketAddrV4 = self.host.parse().unwrap();
        let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        rustix::net::sockopt::set_socket_recv_buffer_size(&socket, 32 << 10).unwrap();
        rustix::net::connect(&socket, &address).unwrap();
        self.upgrade(TcpStream::from(socket), &format!("/ws?token={}", self.token), &[]).unwrap()
    }

    /// A WebSocket with this target and further headers; the error is the status it was refused with.
    pub(crate) fn connect(&self, target: &str, headers: &[(&'static str, &str)]) -> Result<Client, u16> {
        self.upgrade(TcpStream::connect(&self.host).unwrap(), target, headers)
    }

    fn upgrade(
        &self,
        stream: TcpStream,
        target: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Client, u16> {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut request = format!("ws://{}{target}", self.host).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
        }
        match tungstenite::client(request, stream) {
            Ok((socket, _)) => {
                Ok(Client { socket, events: VecDeque::new(), snapshots: Vec::new(), last_id: 0 })
            }
            Err(tungstenite::HandshakeError::Failure(tungstenite::Error::Http(answer))) => {
                Err(answer.status().as_u16())
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits for its end; the exit code.
    pub(crate) fn wait(&mut self) -> i32 {
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer to an HTTP request.
#[derive(Debug)]
pub(crate) struct HttpAnswer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl HttpAnswer {
    fn read(bytes: &[u8]) -> HttpAnswer {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(bytes.len());
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        let body = bytes.get(end + 4..).unwrap_or_default().to_vec();
        let body = if head.contains("transfer-encoding: chunked") { unchunked(&body) } else { body };
        HttpAnswer { status, head, body }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_else(|| panic!("no {name} in {}", self.head))
    }
}

fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = body.windows(2).position(|two| two == b"\r\n") {
        let size =
            std::str::from_utf8(&body[..end]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let Some(size) = size.filter(|size| *size > 0) else { break };
        whole.extend(&body[end + 2..end + 2 + size]);
        body = &body[end + 4 + size..];
    }
    whole
}

/// A WebSocket client that speaks both dialects.
pub(crate) struct Client {
    pub(crate) socket: WebSocket<TcpStream>,
    /// Events that were not looked at yet.
    events: VecDeque<Value>,
    pub(crate) snapshots: Vec<Value>,
    last_id: u64,
}

impl Client {
    pub(crate) fn say(&mut self, message: &Value) {
        self.socket.send(Message::text(message.to_string())).unwrap();
    }

    /// The next message; events and snapshots are put aside as well.
    pub(crate) fn hear(&mut self) -> Value {
        loop {
            match self.socket.read().unwrap() {
                Message::Text(text) => {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    match message["type"].as_str() {
                        Some("events") => {
                            self.events.extend(message["events"].as_array().unwrap().iter().cloned())
                        }
                        Some("snapshot") => self.snapshots.push(message.clone()),
                        _ => {}
                    }
                    return message;
                }
                Message::Ping(_) | Message::Pong(_) => {}
                other @ (Message::Binary(_) | Message::Close(_) | Message::Frame(_)) => panic!("{other:?}"),
            }
        }
    }

    /// Asks, and gives the answer, an error too.
    pub(crate) fn ask(&mut self, mut request: Value) -> Value {
        self.last_id += 1;
        request["id"] = self.last_id.into();
        self.say(&request);
        loop {
            let message = self.hear();
            if message["id"] == self.last_id {
                return message;
            }
        }
    }

    /// Begins to follow, and gives the snapshot.
    pub(crate) fn hello(&mut self) -> Value {
        let hello = self.ask(json!({"type": "hello"}));
        assert_eq!((&hello["type"], &hello["version"]), (&"hello".into(), &1.into()));
        while self.snapshots.is_empty() {
            self.hear();
        }
        self.snapshots.pop().unwrap()
    }

    /// The next event.
    pub(crate) fn next_event(&mut self) -> Value {
        loop {
            if let Some(event) = self.events.pop_front() {
                return event;
            }
            self.hear();
        }
    }

    /// The next event of this name.
    pub(crate) fn event(&mut self, name: &str) -> Value {
        loop {
            let event = self.next_event();
            if event["event"] == name {
                return event;
            }
        }
    }

    /// Queues a batch of `in` into `out` with further fields.
    pub(crate) fn process(&mut self, more: Value) -> u64 {
        let mut order = json!({"type": "process", "inputs": ["photos/in"], "output": "photos/out"});
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let queued = self.ask(order);
        assert_eq!(queued["type"], "queued", "{queued}");
        queued["batch"].as_u64().unwrap()
    }
}
