//! Who is not let in, and what nobody is given.

use std::io::Write;
use std::net::TcpStream;
use std::os::unix::fs::symlink;

use serde_json::json;
use supervisor_tests::ppm;
use tungstenite::Message;

use super::client::{Client, Server};

#[test]
fn a_wrong_host_origin_or_token_is_refused_on_pages_and_sockets() {
    let server = Server::start();
    let Server { host, token, .. } = &server;
    let cookie = format!("supervisor-{}={token}", host.rsplit(':').next().unwrap());
    let good = format!("http://{host}");
    let port = host.rsplit(':').next().unwrap();
    let (elsewhere, sibling) = (format!("evil.example:{port}"), format!("http://localhost:{port}"));
    // Host, Origin, token in the query, cookie, and what comes of it.
    type Attack<'a> = (&'a str, Option<&'a str>, Option<&'a str>, Option<&'a str>, u16);
    let table: &[Attack<'_>] = &[
        (host, None, Some(token), None, 200),
        (host, Some(&good), None, Some(&cookie), 200),
        (&elsewhere, None, Some(token), None, 421),
        ("evil.example", Some("http://evil.example"), Some(token), Some(&cookie), 421),
        (host, Some("http://evil.example"), Some(token), Some(&cookie), 403),
        (host, Some("null"), Some(token), None, 403),
        (host, Some(&sibling), None, Some(&cookie), 403),
        (host, Some("https://evil.example"), None, Some(&cookie), 403),
        (host, None, None, None, 401),
        (host, Some(&good), None, None, 401),
        (host, None, Some("0000"), Some(&cookie), 401),
        (host, None, None, Some("supervisor-1=x"), 401),
    ];
    for (sent_host, origin, query, cookies, expected) in table {
        let query = query.map(|token| format!("?token={token}")).unwrap_or_default();
        let headers = |upgrade: &str| {
            let origin = origin.map(|origin| format!("Origin: {origin}\r\n")).unwrap_or_default();
            let cookies = cookies.map(|cookies| format!("Cookie: {cookies}\r\n")).unwrap_or_default();
            format!("Host: {sent_host}\r\n{origin}{cookies}{upgrade}\r\n")
        };
        let close = headers("Connection: close\r\n");
        for target in ["/", "/assets/index.html", "/thumbnail", "/batches/1/report.json"] {
            let answer = server.send(&format!("GET {target}{query} HTTP/1.1\r\n{close}"), b"");
            // Past the guard there may be other mistakes to make.
            let mistakes = target == "/thumbnail" || target.starts_with("/batches");
            let passed = mistakes && [400, 404, 409, 422].contains(&answer.status);
            assert_eq!(if passed { 200 } else { answer.status }, *expected, "{target}{query} {close}");
        }
        let upgrade = headers(
            "Connection: Upgrade, close\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        );
        for target in ["/", "/ws"] {
            if *expected != 200 {
                let answer = server.send(&format!("GET {target}{query} HTTP/1.1\r\n{upgrade}"), b"");
                assert_eq!(answer.status, *expected, "{target}{query} {upgrade}");
            }
        }
    }
    assert!(server.connect("/ws", &[("Origin", &good), ("Cookie", &cookie)]).is_ok());
    assert_eq!(server.connect("/ws", &[]).err(), Some(401));
    assert_eq!(
        server.connect("/", &[("Origin", "http://evil.example"), ("Cookie", &cookie)]).err(),
        Some(403)
    );
}

#[test]
fn programs_of_this_user_get_in_without_a_token_where_that_was_allowed() {
    let server = Server::with("worker", &["--trust-programs"]);
    let mut client = server.connect("/", &[]).unwrap();
    client.say(&json!({"tipo": "listar_filtros"}));
    assert_eq!(client.hear()["tipo"], "filtros");
    let origin = format!("http://{}", server.host);
    assert_eq!(server.connect("/", &[("Origin", &origin)]).err(), Some(401), "a page");
    assert_eq!(server.connect("/?token=0", &[]).err(), Some(401), "a wrong token");
    assert_eq!(server.connect("/", &[("Host", "evil.example")]).err(), Some(421), "a wrong host");
    assert_eq!(
        server
            .send(&format!("GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", server.host), b"")
            .status,
        401
    );
}

#[test]
fn every_answer_has_the_headers_that_lock_the_page() {
    let server = Server::start();
    let page = server.get(&format!("/?token={}", server.token));
    let refused =
        server.send(&format!("GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", server.host), b"");
    for answer in [&page, &refused, &server.get("/nowhere")] {
        let policy = answer.header("content-security-policy");
        for rule in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(rule), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
    }
    let cookie = page.header("set-cookie");
    assert!(cookie.contains("httponly") && cookie.contains("samesite=strict"), "{cookie}");
    assert!(!refused.head.contains("set-cookie"), "{}", refused.head);
}

/// Ways to what is there; the links are made by the test.
const OUT_OF_THE_ROOTS: [&str; 7] = [
    "../secret.ppm",
    "photos/../secret.ppm",
    "in/link.ppm",
    "in/up/secret.ppm",
    "outside",
    "/etc/passwd",
    "/",
];
/// Places where nothing may be made.
const NEW_OUTSIDE: [&str; 7] = [
    "../new",
    "outside/new",
    "in/up/new",
    "/tmp/new-from-a-page",
    "photos/../../new",
    ".ssh",
    "in/.supervisor",
];

#[test]
fn no_path_leads_out_of_the_roots() {
    let server = Server::start();
    server.write_photos(1);
    let secret = server.folder.path().join("secret.ppm");
    std::fs::write(&secret, ppm(4, 4)).unwrap();
    symlink(&secret, server.path("in/link.ppm")).unwrap();
    symlink(server.folder.path(), server.path("in/up")).unwrap();
    symlink(server.folder.path(), server.path("outside")).unwrap();
    let mut client = server.client();
    for path in OUT_OF_THE_ROOTS.into_iter().chain([secret.to_str().unwrap()]) {
        for request in [
            json!({"type": "folders", "path": path}),
            json!({"type": "pictures", "path": path}),
            json!({"type": "plan", "inputs": [path], "output": "out"}),
            json!({"type": "process", "inputs": [path], "output": "out"}),
            json!({"type": "recipe", "recipe": {"filters": [{"name": "lut", "file": path}]}}),
        ] {
            let answer = client.ask(request.clone());
            assert_eq!(answer["type"], "error", "{request}: {answer}");
        }
        let preview = server.request("POST", "/preview", json!({"path": path}).to_string().as_bytes());
        assert_eq!(preview.status, 422, "{path}");
        let thumbnail = server.get(&format!("/thumbnail?path={path}"));
        assert!([403, 404].contains(&thumbnail.status), "{path}: {thumbnail:?}");
    }
    for path in NEW_OUTSIDE {
        for request in [
            json!({"type": "make-folder", "path": path}),
            json!({"type": "process", "inputs": ["in"], "output": path}),
        ] {
            let answer = client.ask(request.clone());
            assert_eq!(answer["type"], "error", "{request}: {answer}");
        }
        assert_eq!(
            server.request("PUT", &format!("/upload?folder={path}&name=a.ppm"), &ppm(4, 4)).status,
            403,
            "{path}"
        );
    }
    assert_eq!(server.request("PUT", "/upload?folder=in&name=..%2Fa.ppm", &ppm(4, 4)).status, 415);
    // A folder is processed without what its links lead to.
    let plan = client.ask(json!({"type": "plan", "inputs": ["in"], "output": "out"}));
    assert_eq!((&plan["images"], &plan["process"]), (&1.into(), &1.into()), "{plan}");
    assert!(plan["warnings"][0].as_str().unwrap().starts_with("2 links lead out"), "{plan}");
    assert!(!server.folder.path().join("new").exists());
}

#[test]
fn results_do_not_leave_through_a_link_in_the_output_folder() {
    let server = Server::start();
    server.write("in/day/a.ppm", ppm(4, 4));
    std::fs::create_dir(server.path("out")).unwrap();
    symlink(server.folder.path(), server.path("out/day")).unwrap();
    let mut client = server.client();
    client.hello();
    let batch = client.process(json!({}));
    client.event("ended");
    let images = client.ask(json!({"type": "images", "batch": batch}));
    assert_eq!(images["images"][0]["kind"], "write-failed", "{images}");
    assert!(!server.folder.path().join("a.png").exists());
}

/// The code that the server says goodbye with, if it does before the connection is gone; nothing else may
/// come but a ping.
pub(crate) fn farewell(client: &mut Client) -> Option<u16> {
    loop {
        match client.socket.read() {
            Ok(Message::Ping(_)) => {}
            Ok(Message::Close(frame)) => return frame.map(|frame| frame.code.into()),
            Ok(other @ (Message::Text(_) | Message::Binary(_) | Message::Pong(_) | Message::Frame(_))) => {
                panic!("{other:?}")
            }
            Err(_) => return None,
        }
    }
}

#[test]
fn two_hosts_are_none() {
    let server = Server::start();
    let Server { host, token, .. } = &server;
    for hosts in [format!("Host: {host}\r\nHost: evil.example\r\n"), String::new()] {
        let head = format!("GET /?token={token} HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n");
        assert_eq!(server.send(&head, b"").status, 421, "{hosts:?}");
    }
}

#[test]
fn another_address_than_the_loopback_needs_its_own_word() {
    let output = std::process::Command::new(supervisor_tests::executable("supervisor"))
        .args(["serve", "--port", "0", "--host", "0.0.0.0"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("--allow-remote"), "{output:?}");
}

#[test]
fn the_address_that_is_printed_for_all_addresses_is_one_to_open() {
    let server = Server::with("worker", &["--host", "0.0.0.0", "--allow-remote"]);
    assert!(!server.host.starts_with("0.0.0.0"), "{}", server.host);
    assert_eq!(server.get("/").status, 200, "{}", server.host);
}

#[test]
fn nothing_hidden_is_written_and_no_state_goes_through_a_link() {
    let server = Server::start();
    server.write("in/a.ppm", ppm(4, 4));
    let mut client = server.client();
    client.hello();
    let batch = client.process(json!({"name": ".profile", "on_conflict": "overwrite"}));
    client.event("ended");
    let images = client.ask(json!({"type": "images", "batch": batch}));
    assert_eq!(images["images"][0]["kind"], "write-failed", "{images}");
    assert!(!server.path("out/.profile").exists());

    std::fs::create_dir(server.folder.path().join("elsewhere")).unwrap();
    std::fs::create_dir(server.path("linked")).unwrap();
    symlink(server.folder.path().join("elsewhere"), server.path("linked/.supervisor")).unwrap();
    client.process(json!({"output": "linked"}));
    let ended = client.event("ended");
    assert_eq!(ended["ending"], "refused", "{ended}");
    assert_eq!(std::fs::read_dir(server.folder.path().join("elsewhere")).unwrap().count(), 0);
}

/// The head of a frame of a text message, masked with zeros, as RFC 6455 has it in section 5.2.
fn head_of_frame(first: u8, announced: u64) -> Vec<u8> {
    [&[first, 0xFF][..], &announced.to_be_bytes(), &[0; 4]].concat()
}

const WHOLE: u8 = 0x81;
const BEGINNING: u8 = 0x01;
const LAST: u8 = 0x80;
/// What a message may have.
const MOST: u64 = 64 << 10;

#[test]
fn a_message_of_a_gigabyte_is_refused_before_it_is_read() {
    let server = Server::start();
    for announced in [1 << 30, MOST + 1] {
        let mut client = server.client();
        // Nothing but the head: a server that waited for what was announced would not answer.
        client.socket.get_mut().write_all(&head_of_frame(WHOLE, announced)).unwrap();
        assert_eq!(farewell(&mut client), Some(1009), "{announced} bytes were announced");
    }
    let mut client = server.client();
    for first in [BEGINNING, LAST] {
        let stream: &mut TcpStream = client.socket.get_mut();
        stream.write_all(&head_of_frame(first, MOST - 1)).unwrap();
        stream.write_all(&[b' '; MOST as usize - 1]).unwrap();
    }
    assert_eq!(farewell(&mut client), Some(1009), "the parts are too large together");
}

#[test]
fn a_message_as_large_as_allowed_is_answered() {
    let server = Server::start();
    let mut client = server.client();
    let mut message = json!({"type": "filters", "padding": ""});
    message["padding"] = "x".repeat(MOST as usize - message.to_string().len()).into();
    assert_eq!(message.to_string().len() as u64, MOST);
    client.say(&message);
    assert_eq!(client.hear()["type"], "filters");
}

#[test]
fn nonsense_is_answered_and_harms_nobody() {
    let server = Server::start();
    let mut client = server.client();
    for nonsense in ["", "{", "[]", "3", "{\"type\":3}", "{\"type\":\"pause\",\"batch\":-1}", "\u{0}"] {
        client.socket.send(Message::text(nonsense)).unwrap();
        assert_eq!(client.hear()["type"], "error", "{nonsense:?}");
    }
    client.socket.send(Message::binary(vec![1, 2, 3])).unwrap();
    assert!(matches!(client.socket.read(), Ok(Message::Close(Some(frame))) if u16::from(frame.code) == 1003));
    assert_eq!(server.request("POST", "/preview", &vec![b' '; 100 << 10]).status, 413);
    assert_eq!(server.request("DELETE", "/", b"").status, 405);
}
