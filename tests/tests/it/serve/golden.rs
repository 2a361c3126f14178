//! Records the runs in `tests/golden/`, which the fold in Rust and the one of the page are both held to. Run
//! by hand, after a build, when events change: `cargo test --workspace --test it serve::golden::record --
//! --ignored`, then the unit tests with `UPDATE_GOLDEN=1` for what is expected of them.

use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use supervisor_tests::gate::open_gate;
use supervisor_tests::ppm;

use super::client::{Client, Server};
use super::english::write_gated;

#[test]
#[ignore = "rewrites the recordings"]
fn record() {
    record_losses();
    record_a_pause();
    record_a_stop();
}

/// A worker that is killed, a run that goes on where the one before it ended, and photos that fail.
fn record_losses() {
    let server = Server::with("fault-worker", &[]);
    let mut client = server.client();
    client.hello();

    server.write_photos(3);
    let gate = write_gated(&server, "gated");
    client.process(json!({"workers": 1}));
    let mut events = until(&mut client, "worker");
    let pid = i32::try_from(events.last().unwrap()["pid"].as_i64().unwrap()).unwrap();
    while !is_gated(events.last().unwrap()) {
        events.push(client.next_event());
    }
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    events.extend(until(&mut client, "lost"));
    events.push(client.next_event());
    while !is_gated(events.last().unwrap()) {
        events.push(client.next_event());
    }
    open_gate(&gate);
    events.extend(until_ended(&mut client));
    write(&server, "crash", &events);
    std::fs::remove_file(server.path("in/gated.ppm")).unwrap();

    server.write("in/new.ppm", ppm(20, 10));
    client.process(json!({"workers": 2}));
    write(&server, "resumed", &until_ended(&mut client));

    server.write("in/broken.jpg", b"\xFF\xD8\xFF\xE0 no more");
    server.write("in/deadly.ppm", fault("abort"));
    client.process(json!({"workers": 1}));
    write(&server, "failed", &until_ended(&mut client));
}

fn record_a_pause() {
    let server = Server::with("fault-worker", &[]);
    let mut client = server.client();
    client.hello();
    // The largest comes first, and that is the one with the gate.
    let gate = write_gated(&server, "gated");
    for name in ["a", "b"] {
        server.write(&format!("in/{name}.ppm"), ppm(4, 4));
    }
    let batch = client.process(json!({"workers": 1}));
    let mut events = until(&mut client, "assigned");
    client.ask(json!({"type": "pause", "batch": batch}));
    events.extend(until(&mut client, "paused"));
    open_gate(&gate);
    events.extend(until(&mut client, "settled"));
    client.ask(json!({"type": "resume", "batch": batch}));
    events.extend(until_ended(&mut client));
    write(&server, "paused", &events);
}

fn record_a_stop() {
    let server = Server::with("fault-worker", &[]);
    let mut client = server.client();
    client.hello();
    server.write_photos(2);
    write_gated(&server, "zzz");
    let batch = client.process(json!({"workers": 1, "fresh": true}));
    let mut events = until(&mut client, "assigned");
    client.ask(json!({"type": "stop-now", "batch": batch}));
    events.extend(until_ended(&mut client));
    write(&server, "stopped", &events);
}

/// Whether an attempt at the photo with the gate has begun.
fn is_gated(event: &Value) -> bool {
    event["event"] == "assigned" && event["input"].as_str().unwrap().ends_with("gated.ppm")
}

/// A photo that orders its worker to do something.
fn fault(order: &str) -> Vec<u8> {
    let mut content = format!("FAULT:{order}\n").into_bytes();
    content.extend(ppm(8, 8));
    content
}

fn until_ended(client: &mut Client) -> Vec<Value> {
    until(client, "ended")
}

fn until(client: &mut Client, name: &str) -> Vec<Value> {
    let mut events = vec![client.next_event()];
    while events.last().is_none_or(|event| event["event"] != name) {
        events.push(client.next_event());
    }
    events
}

/// Without the path of this machine.
fn write(server: &Server, name: &str, events: &[Value]) {
    let here = server.folder.path().display().to_string();
    let text: String =
        events.iter().map(|event| event.to_string().replace(&here, "/home/ana") + "\n").collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    std::fs::write(folder.join(format!("{name}.jsonl")), text).unwrap();
}
