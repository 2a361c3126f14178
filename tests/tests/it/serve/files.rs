//! Photos over HTTP: thumbnails, previews, dropped files.

use serde_json::json;
use supervisor_tests::ppm;

use super::client::{HttpAnswer, Server};

fn size(answer: &HttpAnswer) -> (u32, u32) {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    assert_eq!(answer.header("content-type"), "image/jpeg");
    let picture = image::load_from_memory_with_format(&answer.body, image::ImageFormat::Jpeg).unwrap();
    (picture.width(), picture.height())
}

#[test]
fn thumbnails_are_small_and_a_broken_photo_says_why() {
    let server = Server::start();
    server.write("in/a b.ppm", ppm(1000, 500));
    server.write("in/broken.jpg", b"\xFF\xD8\xFF\xE0 no more");
    assert_eq!(size(&server.get("/thumbnail?path=photos/in/a%20b.ppm")), (240, 120));
    assert_eq!(size(&server.get("/thumbnail?path=photos/in/a%20b.ppm&edge=64")), (64, 32));
    let broken = server.get("/thumbnail?path=photos/in/broken.jpg");
    assert_eq!(broken.status, 422);
    assert!(broken.json()["kind"].is_string() && broken.json()["message"].is_string(), "{:?}", broken.json());
    assert_eq!(server.get("/thumbnail?path=photos/in/none.jpg").status, 404);
}

#[test]
fn previews_show_before_and_after_and_are_written_nowhere() {
    let server = Server::start();
    server.write("in/a.ppm", ppm(1000, 500));
    let preview =
        |question: serde_json::Value| server.request("POST", "/preview", question.to_string().as_bytes());
    let before = preview(json!({"path": "photos/in/a.ppm", "edge": 300}));
    assert_eq!(size(&before), (300, 150));
    assert_eq!((before.header("x-image-width"), before.header("x-image-height")), ("1000", "500"));
    let recipe = json!({"filters": [{"name": "rotate", "angle": 90}, {"name": "invert"}]});
    let region = json!({"x": 400, "y": 900, "width": 200, "height": 200});
    let after = preview(json!({"path": "photos/in/a.ppm", "recipe": recipe, "region": region}));
    assert_eq!(size(&after), (100, 100), "cut to the picture");
    assert_eq!((after.header("x-image-width"), after.header("x-region")), ("500", "400,900,100,100"));
    let again = preview(json!({"path": "photos/in/a.ppm", "recipe": recipe, "region": region}));
    assert_eq!(after.body, again.body);
    for wrong in [
        json!({"path": "photos/in/a.ppm", "region": {"x": 5000, "y": 0, "width": 10, "height": 10}}),
        json!({"path": "photos/in/a.ppm", "edge": 5000}),
        json!({"path": "photos/in/a.ppm", "recipe": {"filters": [{"name": "blur", "radius": 900}]}}),
    ] {
        assert_eq!(preview(wrong.clone()).status, 422, "{wrong}");
    }
    let names: Vec<_> =
        std::fs::read_dir(server.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["in"]);
}

#[test]
fn what_goes_well_is_no_warning_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let server = Server::with("worker", &["--log", log.to_str().unwrap()]);
    server.write("in/a.ppm", ppm(1000, 500));
    assert_eq!(size(&server.get("/thumbnail?path=photos/in/a.ppm")), (240, 120));
    let question = json!({"path": "photos/in/a.ppm", "edge": 300}).to_string();
    assert_eq!(size(&server.request("POST", "/preview", question.as_bytes())), (300, 150));
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(text.contains(" INFO ") && text.contains(": gone end=stopped"), "{text}");
    assert!(!text.contains(" WARN ") && !text.contains(" ERROR "), "{text}");
}

#[test]
fn a_crash_in_a_preview_is_a_message() {
    let server = Server::with("fault-worker", &[]);
    server.write("in/bad.ppm", "FAULT:abort");
    let answer = server.get("/thumbnail?path=photos/in/bad.ppm");
    assert_eq!((answer.status, &answer.json()["kind"]), (422, &"crashed".into()));
}

#[test]
fn dropped_files_replace_nothing_and_can_be_processed() {
    let server = Server::start();
    let drop_one = || server.request("PUT", "/upload?folder=photos/dropped&name=a.ppm", &ppm(8, 8));
    assert_eq!(
        (drop_one().status, drop_one().json()["path"].as_str()),
        (201, Some("photos/dropped/a-2.ppm"))
    );
    assert_eq!(std::fs::read(server.path("dropped/a.ppm")).unwrap(), ppm(8, 8));
    let mut client = server.client();
    client.hello();
    client.process(json!({"inputs": ["photos/dropped"]}));
    assert_eq!(client.event("ended")["counts"]["ok"], 2);
    assert_eq!(server.request("PUT", "/upload?folder=photos/dropped&name=a.sh", b"#!").status, 415);
    // A file that is announced and then breaks off leaves nothing.
    let cookie = format!("supervisor-{}={}", server.host.rsplit(':').next().unwrap(), server.token);
    let head = format!(
        "PUT /upload?folder=photos/dropped&name=b.ppm HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n\
         Content-Length: 1000\r\n\r\n",
        server.host
    );
    use std::io::Write;
    let mut stream = std::net::TcpStream::connect(&server.host).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&[1; 10]).unwrap();
    let names = || std::fs::read_dir(server.path("dropped")).unwrap().count();
    supervisor_tests::until("the file is begun", || names() == 3);
    drop(stream);
    supervisor_tests::until("the half file is gone", || names() == 2);
}
