//! What is refused, and in which words.

use std::io::Write;

use serde_json::{Value, json};
use supervisor_tests::ppm;

use super::attacks::farewell;
use super::client::{HttpAnswer, Server};

#[test]
fn what_the_command_line_refuses_is_refused_here() {
    let server = Server::start();
    server.write("in/a.ppm", ppm(4, 4));
    let mut client = server.client();
    let mut refusal = |more: Value| {
        let mut order = json!({"type": "plan", "inputs": ["photos/in"], "output": "photos/out"});
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = client.ask(order);
        assert_eq!(answer["type"], "error", "{more}: {answer}");
        answer["message"].as_str().unwrap().to_owned()
    };
    for sized in [
        json!({"recipe": {"output": {"format": "png", "max_bytes": 100_000}}}),
        json!({"toml": "[output]\nformat = \"png\"\nmax_bytes = 100000\n"}),
        json!({"recipe": {"output": {"max_bytes": 100_000}}, "name": "{stem}.png"}),
    ] {
        let expected = "max_bytes goes with jpeg, webp and avif: a png file loses nothing, so its size";
        assert_eq!(refusal(sized), expected.to_owned() + " cannot be chosen");
    }
    assert_eq!(refusal(json!({"name": "{stem}\u{0}"})), "name: a name cannot hold a NUL character");
    assert!(refusal(json!({"name": ".supervisor/{stem}"})).starts_with("name: .supervisor is the folder"));
}

/// An answer to a request that got nothing: JSON, in words for people.
fn in_words(answer: &HttpAnswer) -> String {
    assert_eq!(answer.header("content-type"), "application/json", "{answer:?}");
    let message = answer.json()["message"].as_str().unwrap().to_owned();
    for word in ["deserialize", "expected", "usize", "u32", "struct", "field `"] {
        assert!(!message.contains(word), "{message}");
    }
    message
}

#[test]
fn whatever_http_refuses_it_says_why() {
    let server = Server::start();
    server.write("in/a.ppm", ppm(4, 4));
    let refused = |method: &str, target: &str, body: &str, status: u16| {
        let answer = server.request(method, target, body.as_bytes());
        assert_eq!(answer.status, status, "{method} {target} {body}: {answer:?}");
        in_words(&answer)
    };
    assert_eq!(refused("GET", "/thumbnail", "", 400), "thumbnail: path is missing");
    let edge = refused("GET", "/thumbnail?path=in/a.ppm&edge=big", "", 400);
    assert_eq!(edge, "thumbnail: edge must be a whole number from 0, got \"big\"");
    assert_eq!(refused("PUT", "/upload", "", 400), "upload: folder is missing");
    assert_eq!(refused("PUT", "/upload?folder=in", "", 400), "upload: name is missing");
    refused("GET", "/batches/x/report.json", "", 404);
    assert!(refused("GET", "/batches/7/report.json", "", 404).starts_with("there is no batch 7"));
    assert_eq!(refused("GET", "/nothing", "", 404), "there is nothing at this address");
    refused("GET", "/assets/%FF", "", 400);
    refused("GET", "/ws", "", 400);
    assert_eq!(refused("POST", "/preview", "{}", 422), "preview: path is missing");
    assert_eq!(refused("POST", "/preview", "[]", 422), "the question is an object with a path");
    let region = json!({"path": "in/a.ppm", "region": {"x": 0, "y": "top", "width": 1, "height": 1}});
    let message = refused("POST", "/preview", &region.to_string(), 422);
    assert_eq!(message, "region: y must be a whole number from 0, got \"top\"");
    refused("POST", "/preview", "{", 400);
    refused("POST", "/preview", &" ".repeat(100 << 10), 413);
    let wrong_method = server.request("DELETE", "/preview", b"");
    assert_eq!((wrong_method.status, wrong_method.header("allow")), (405, "post"));
    in_words(&wrong_method);
    let Server { host, token, .. } = &server;
    let head = format!("POST /preview?token={token} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    let head = head + "Content-Length: 2\r\n\r\n";
    let untyped = server.send(&head, b"{}");
    assert_eq!(untyped.status, 415);
    assert!(in_words(&untyped).contains("application/json"));
    // The same with numbers that other programs write.
    let whole = json!({"path": "in/a.ppm", "edge": 100.0, "region": null, "recipe": null});
    assert_eq!(server.request("POST", "/preview", whole.to_string().as_bytes()).status, 200);
}

/// A frame of a client: its first byte, what is masked with zeros.
fn frame(first: u8, content: &[u8]) -> Vec<u8> {
    [&[first, 0x80 | content.len() as u8, 0, 0, 0, 0][..], content].concat()
}

#[test]
fn whoever_breaks_the_rules_of_the_websocket_is_told_which() {
    let server = Server::start();
    for (bytes, code) in [
        (frame(0x81, b"\xFF\xFE"), 1007),
        (vec![0x81, 2, b'{', b'}'], 1002),
        (frame(0xC1, b"{}"), 1002),
        (frame(0x83, b"{}"), 1002),
        (frame(0x80, b"{}"), 1002),
        ([&[0x89, 0xFE, 0, 126, 0, 0, 0, 0][..], &[0; 126]].concat(), 1002),
        (frame(0x88, &1000_u16.to_be_bytes()), 1000),
    ] {
        let mut client = server.client();
        client.socket.get_mut().write_all(&bytes).unwrap();
        assert_eq!(farewell(&mut client), Some(code), "{bytes:?}");
    }
}

#[test]
fn a_parting_word_is_heard_even_by_one_who_is_still_talking() {
    let server = Server::start();
    let mut client = server.client();
    let head = [&[0x81, 0xFF][..], &(1_u64 << 20).to_be_bytes(), &[0; 4]].concat();
    let stream = client.socket.get_mut();
    stream.write_all(&head).unwrap();
    stream.write_all(&[b' '; 100 << 10]).unwrap();
    assert_eq!(farewell(&mut client), Some(1009));
}
