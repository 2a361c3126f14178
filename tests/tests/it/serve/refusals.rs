//! What is refused, and in which words.

use serde_json::{Value, json};
use supervisor_tests::ppm;

use super::client::Server;

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
        let expected = "max_bytes goes with jpeg, webp and avif: a png file loses nothing, so its size cannot \
                        be chosen";
        assert_eq!(refusal(sized), expected);
    }
    assert_eq!(refusal(json!({"name": "{stem}\u{0}"})), "name: a name cannot hold a NUL character");
    assert!(refusal(json!({"name": ".supervisor/{stem}"})).starts_with("name: .supervisor is the folder"));
}
