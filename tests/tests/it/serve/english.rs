//! The protocol of docs/websocket.md.

use std::io::Cursor;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use supervisor_tests::gate::{gated, open_gate};
use supervisor_tests::ppm;

use super::client::{Client, Server};

/// A photo whose worker waits at a gate.
pub(crate) fn write_gated(server: &Server, name: &str) -> PathBuf {
    let gate = server.path(&format!("in/.{name}.gate"));
    server.write(&format!("in/{name}.ppm"), gated(&gate));
    gate
}

pub(super) fn counts(event: &Value) -> (u64, u64, u64) {
    let count = |name: &str| event["counts"][name].as_u64().unwrap();
    (count("ok"), count("failed") + count("quarantined"), count("cancelled") + count("not_run"))
}

pub(super) fn state(client: &mut Client, batch: u64) -> Value {
    let status = client.ask(json!({"type": "status"}));
    let batches = status["batches"].as_array().unwrap();
    batches.iter().find(|known| known["id"] == batch).unwrap().clone()
}

#[test]
fn questions_are_answered() {
    let server = Server::start();
    server.write_photos(3);
    server.write("in/notes.txt", "");
    let mut client = server.client();
    let hello = client.ask(json!({"type": "hello"}));
    assert_eq!(hello["roots"][0]["path"], "photos");
    let filters = client.ask(json!({"type": "filters"}));
    let blur = filters["filters"].as_array().unwrap().iter().find(|filter| filter["name"] == "blur").unwrap();
    assert_eq!(blur["parameters"][0]["max"], 250.0);
    let folders = client.ask(json!({"type": "folders", "path": "photos"}));
    assert_eq!(
        folders["folders"][0],
        json!({"name": "in", "path": "photos/in", "pictures": 3, "folders": 0})
    );
    let pictures = client.ask(json!({"type": "pictures", "path": "photos/in", "from": 1, "count": 1}));
    assert_eq!((&pictures["total"], &pictures["pictures"][0]["name"]), (&3.into(), &"001.ppm".into()));
    let recipe =
        client.ask(json!({"type": "recipe", "recipe": {"filters": [{"name": "desenfoque", "radius": 2}]}}));
    let again = client.ask(json!({"type": "recipe", "toml": recipe["toml"]}));
    assert_eq!(
        (&again["recipe"], &again["recipe"]["filters"][0]["name"]),
        (&recipe["recipe"], &"blur".into())
    );
    let wrong = client.ask(json!({"type": "recipe", "toml": "[[filter]]\nname = \"blur\"\nradius = 900\n"}));
    assert_eq!(wrong["where"], json!({"line": 3, "column": 10}), "{wrong}");
}

#[test]
fn a_plan_says_every_name_and_every_collision_and_makes_nothing() {
    let server = Server::start();
    server.write_photos(2);
    server.write("in/empty.jpg", "");
    let mut client = server.client();
    let order = json!({
        "type": "plan", "inputs": ["photos/in"], "output": "photos/out", "name": "{stem}-small.{ext}",
    });
    let plan = client.ask(order.clone());
    assert_eq!(
        (&plan["ready"], &plan["process"], &plan["fail"]),
        (&true.into(), &2.into(), &1.into()),
        "{plan}"
    );
    assert_eq!(plan["jobs"][0]["output"], "photos/out/000-small.png");
    assert_eq!(plan["jobs"][2]["kind"], "not-an-image");
    server.write("in/000.bmp", ppm(4, 4));
    let plan = client.ask(order);
    let row = &plan["problem"]["rows"][0];
    assert_eq!((&plan["ready"], &plan["problem"]["kind"]), (&false.into(), &"collisions".into()));
    assert_eq!(row["output"], "photos/out/000-small.png");
    assert_eq!(row["inputs"], json!(["photos/in/000.bmp", "photos/in/000.ppm"]));
    assert!(!server.path("out").exists());
}

#[test]
fn a_batch_from_queue_to_report() {
    let server = Server::start();
    server.write_photos(3);
    server.write("in/broken.jpg", b"\xFF\xD8\xFF\xE0 no more");
    let mut client = server.client();
    assert_eq!(client.hello()["batches"], json!([]));
    let batch =
        client.process(json!({"recipe": {"filters": [{"name": "invert"}], "output": {"format": "png"}}}));
    let queued = &client.event("queued")["state"];
    assert_eq!(queued["output"], "photos/out");
    for number in ["images", "running", "restarts", "bytes", "bytes_left", "pixels", "at_s", "now_s"] {
        assert_eq!(queued[number].as_f64(), Some(0.0), "{number}: {queued}");
    }
    assert_eq!((counts(queued), &queued["eta_s"]), ((0, 0, 0), &serde_json::Value::Null), "{queued}");
    assert_eq!(client.event("started")["images"], 4);
    assert_eq!(client.event("worker")["state"], "spawned");
    let settled = client.event("settled");
    assert!(settled["path"].as_str().unwrap().starts_with("photos/in/"), "{settled}");
    let finished = client.event("finished");
    let end = client.event("ended");
    assert_eq!((&end["ending"], counts(&end)), (&"complete".into(), (3, 1, 0)));
    assert_eq!(end["at_s"], finished["at_s"]);
    assert_eq!(state(&mut client, batch)["at_s"], finished["at_s"]);

    let images = client.ask(json!({"type": "images", "batch": batch, "only": "failed"}));
    let image = &images["images"][0];
    assert_eq!((&images["total"], &image["path"]), (&1.into(), &"photos/in/broken.jpg".into()));
    assert!(image["detail"].is_string() && image["result"].is_null(), "{image}");
    let good = client.ask(json!({"type": "images", "batch": batch, "count": 1}));
    assert_eq!(good["images"][0]["result"], "photos/out/000.png");
    let batch_now = state(&mut client, batch);
    assert_eq!(
        (&batch_now["state"], &batch_now["verdicts"]),
        (&"ended".into(), &"ooof".into()),
        "{batch_now}"
    );

    let report = server.get(&format!("/batches/{batch}/report.json"));
    assert_eq!((report.status, &report.json()["totals"]["ok"]), (200, &3.into()));
    let page = server.get(&format!("/batches/{batch}/report.html"));
    assert!(page.header("content-security-policy").contains("default-src 'none'") && page.status == 200);
    assert!(
        String::from_utf8_lossy(&server.get(&format!("/batches/{batch}/report.csv")).body)
            .contains("broken.jpg")
    );
    assert_eq!(server.get("/batches/99/report.json").status, 404);
}

/// The results of a batch as they are downloaded, with their names.
fn downloaded(server: &Server, batch: u64) -> (zip::ZipArchive<Cursor<Vec<u8>>>, Vec<String>) {
    let zip = server.get(&format!("/batches/{batch}/results.zip"));
    let archive = zip::ZipArchive::new(Cursor::new(zip.body)).unwrap();
    let mut names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    names.sort();
    (archive, names)
}

#[test]
fn the_results_of_a_batch_are_downloaded_together() {
    let server = Server::start();
    server.write_photos(3);
    server.write("in/broken.jpg", b"\xFF\xD8\xFF\xE0 no more");
    let mut client = server.client();
    client.hello();
    let batch = client.process(json!({"recipe": {"filters": [], "output": {"format": "png"}}}));
    client.event("ended");
    let (mut archive, names) = downloaded(&server, batch);
    assert_eq!(names, ["000.png", "001.png", "002.png"]);
    let mut content = Vec::new();
    std::io::copy(&mut archive.by_name("001.png").unwrap(), &mut content).unwrap();
    assert_eq!(content, std::fs::read(server.path("out/001.png")).unwrap());

    // One that is none any more is named, and costs no other.
    std::fs::remove_file(server.path("out/000.png")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", server.path("out/000.png")).unwrap();
    std::fs::remove_file(server.path("out/002.png")).unwrap();
    let (mut archive, names) = downloaded(&server, batch);
    assert_eq!(names, ["001.png", "left out.txt"]);
    let left_out = std::io::read_to_string(archive.by_name("left out.txt").unwrap()).unwrap();
    assert!(left_out.starts_with("000.png: it is no file any more"), "{left_out}");
}

#[test]
fn a_pause_holds_everything_until_it_is_over() {
    let server = Server::with("fault-worker", &[]);
    let gate = write_gated(&server, "000");
    server.write_photos(0);
    (1..6).for_each(|n| drop(server.write(&format!("in/{n:03}.ppm"), ppm(8, 8))));
    let mut client = server.client();
    client.hello();
    // The largest goes first, and that is the gated one.
    let batch = client.process(json!({"workers": 1}));
    client.event("assigned");
    assert_eq!(client.ask(json!({"type": "pause", "batch": batch}))["type"], "done");
    client.event("paused");
    assert_eq!(state(&mut client, batch)["state"], "pausing");
    open_gate(&gate);
    let settled = client.event("settled");
    assert_eq!(settled["counts"]["ok"], 1);
    let now = state(&mut client, batch);
    assert_eq!((&now["state"], &now["running"]), (&"paused".into(), &0.into()));
    client.ask(json!({"type": "resume", "batch": batch}));
    client.event("resumed");
    let end = client.event("ended");
    assert_eq!((&end["ending"], counts(&end)), (&"complete".into(), (6, 0, 0)));
    let error = client.ask(json!({"type": "pause", "batch": batch}));
    assert!(error["message"].as_str().unwrap().contains("ended"), "{error}");
}

#[test]
fn a_stop_finishes_what_runs_also_during_a_pause() {
    let server = Server::with("fault-worker", &[]);
    let gate = write_gated(&server, "000");
    (1..6).for_each(|n| drop(server.write(&format!("in/{n:03}.ppm"), ppm(8, 8))));
    let mut client = server.client();
    client.hello();
    let batch = client.process(json!({"workers": 1}));
    client.event("assigned");
    client.ask(json!({"type": "pause", "batch": batch}));
    client.ask(json!({"type": "stop", "batch": batch}));
    assert_eq!(client.event("stopping")["kill"], false);
    open_gate(&gate);
    let end = client.event("ended");
    assert_eq!((&end["ending"], counts(&end)), (&"stopped".into(), (1, 0, 5)));
    assert!(server.path("out/000.png").is_file());
    // What was left can be gone on with, once.
    let left = client.ask(json!({"type": "images", "batch": batch, "only": "unfinished"}));
    assert_eq!((&left["total"], &left["images"][0]["verdict"]), (&5.into(), &"not-run".into()));
    client.ask(json!({"type": "retry", "batch": batch, "only": "unfinished"}));
    let end = client.event("ended");
    assert_eq!((&end["ending"], counts(&end), &end["images"]), (&"complete".into(), (5, 0, 0), &5.into()));
    let error = client.ask(json!({"type": "retry", "batch": batch + 1, "only": "unfinished"}));
    assert!(error["message"].as_str().unwrap().contains("nothing is left"), "{error}");
}

#[test]
fn stop_now_kills_what_runs() {
    let server = Server::with("fault-worker", &[]);
    write_gated(&server, "000");
    server.write("in/001.ppm", ppm(8, 8));
    let mut client = server.client();
    client.hello();
    let batch = client.process(json!({"workers": 1}));
    client.event("assigned");
    client.ask(json!({"type": "stop-now", "batch": batch}));
    let end = client.event("ended");
    assert_eq!((&end["ending"], counts(&end)), (&"stopped".into(), (0, 0, 2)));
    let images = client.ask(json!({"type": "images", "batch": batch}));
    assert_eq!(images["images"][0]["verdict"], "cancelled");
}

#[test]
fn what_failed_is_retried_under_the_same_names() {
    let server = Server::with("fault-worker", &[]);
    server.write_photos(2);
    server.write("in/day/bad.ppm", "FAULT:abort");
    let mut client = server.client();
    client.hello();
    let first = client.process(json!({"retries": 0, "name": "{dir}/{index}-{stem}.{ext}"}));
    let end = client.event("ended");
    assert_eq!(counts(&end), (2, 1, 0));
    let failed = client.ask(json!({"type": "images", "batch": first, "only": "failed"}));
    assert_eq!(
        (&failed["images"][0]["verdict"], &failed["images"][0]["kind"]),
        (&"quarantined".into(), &"crashed".into())
    );
    server.write("in/day/bad.ppm", ppm(8, 8));
    let queued = client.ask(json!({"type": "retry", "batch": first}));
    assert_eq!(client.event("queued")["state"]["retry_of"], first);
    let end = client.event("ended");
    assert_eq!((&end["batch"], counts(&end), &end["images"]), (&queued["batch"], (1, 0, 0), &1.into()));
    assert!(server.path("out/day/3-bad.png").is_file());
    let error = client.ask(json!({"type": "retry", "batch": queued["batch"]}));
    assert!(error["message"].as_str().unwrap().contains("nothing failed"), "{error}");
}

#[test]
fn a_killed_worker_is_seen_to_be_replaced() {
    let server = Server::with("fault-worker", &[]);
    let gate = write_gated(&server, "000");
    let mut client = server.client();
    client.hello();
    let batch = client.process(json!({"workers": 1}));
    let pid = client.event("worker")["pid"].as_i64().unwrap();
    client.event("assigned");
    kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), Signal::KILL).unwrap();
    let lost = client.event("lost");
    assert_eq!((&lost["kind"], &lost["retried"]), (&"crashed".into(), &true.into()), "{lost}");
    let again = loop {
        let event = client.event("assigned");
        if event["attempt"] == 2 {
            break event;
        }
    };
    assert_eq!(again["worker"], "0.1");
    open_gate(&gate);
    assert_eq!(counts(&client.event("ended")), (1, 0, 0));
    let batch = state(&mut client, batch);
    let workers = batch["workers"].as_array().unwrap();
    let lives: Vec<(&Value, &Value)> = workers.iter().map(|life| (&life["worker"], &life["end"])).collect();
    assert_eq!(lives, [(&"0.0".into(), &"signal 9".into()), (&"0.1".into(), &"stopped".into())]);
    assert_eq!((&batch["restarts"], &batch["attempts"][0]["lost"]), (&1.into(), &true.into()));
}

#[test]
fn batches_queue_and_one_that_waits_can_be_taken_out() {
    let server = Server::with("fault-worker", &[]);
    let gate = write_gated(&server, "000");
    let mut client = server.client();
    client.hello();
    let first = client.process(json!({}));
    client.event("assigned");
    let second = client.process(json!({"output": "photos/second"}));
    let third = client.process(json!({"output": "photos/third"}));
    assert_eq!(state(&mut client, second)["state"], "queued");
    client.ask(json!({"type": "stop", "batch": second}));
    let end = client.event("ended");
    assert_eq!((&end["batch"], &end["ending"]), (&second.into(), &"stopped".into()));
    open_gate(&gate);
    assert_eq!(client.event("ended")["batch"], first);
    open_gate(&gate);
    assert_eq!(client.event("ended")["batch"], third);
    assert!(server.path("third/000.png").is_file() && !server.path("second").exists());
    // It came to none of its images.
    let error = client.ask(json!({"type": "retry", "batch": second}));
    assert_eq!(error["message"], format!("nothing failed in batch {second}"));
    let queued = client.ask(json!({"type": "retry", "batch": second, "only": "unfinished"}));
    assert_eq!(queued["type"], "queued", "{queued}");
    open_gate(&gate);
    let end = client.event("ended");
    assert_eq!((&end["batch"], counts(&end)), (&queued["batch"], (1, 0, 0)), "{end}");
    let error = client.ask(json!({"type": "retry", "batch": 99}));
    assert!(error["message"].as_str().unwrap().starts_with("there is no batch 99"), "{error}");
}

#[test]
fn a_signal_lets_what_runs_finish_and_a_second_one_does_not() {
    for (signals, files) in [(1, 1), (2, 0)] {
        let mut server = Server::with("fault-worker", &[]);
        let gate = write_gated(&server, "000");
        server.write("in/001.ppm", ppm(4, 4));
        let mut client = server.client();
        client.hello();
        client.process(json!({"workers": 1}));
        client.event("assigned");
        for n in 0..signals {
            server.signal(Signal::INT);
            assert_eq!(client.event("stopping")["kill"], n > 0);
            let order = json!({"type": "process", "inputs": ["photos/in"], "output": "photos/late"});
            assert_eq!(client.ask(order)["message"], "the server is about to end");
        }
        if signals == 1 {
            open_gate(&gate);
        }
        assert_eq!(client.event("ended")["ending"], "stopped");
        assert_eq!(server.wait(), 130);
        let outputs = std::fs::read_dir(server.path("out")).unwrap().flatten();
        let made = outputs.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "png"));
        assert_eq!(made.count(), files);
        let own = std::fs::metadata(server.path("out/.supervisor/report.json")).unwrap();
        assert!(own.size() > 0);
    }
}
