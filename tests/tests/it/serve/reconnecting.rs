//! Clients that leave, come back or read too slowly: a batch goes on without them.

use serde_json::json;
use supervisor_tests::gate::open_gate;
use supervisor_tests::{ppm, until};

use super::client::Server;
use super::english::{counts, state, write_gated};

#[test]
fn a_batch_outlives_the_connection_and_the_next_one_goes_on_where_it_was() {
    let server = Server::with("fault-worker", &[]);
    let gate = write_gated(&server, "000");
    let mut client = server.client();
    let hello = client.ask(json!({"type": "hello"}));
    client.process(json!({"workers": 1}));
    let seen = client.event("assigned")["seq"].as_u64().unwrap();
    drop(client);
    open_gate(&gate);
    until("the result is there", || server.path("out/000.png").exists());

    let mut client = server.client();
    client.ask(json!({"type": "hello", "after": seen, "epoch": hello["epoch"]}));
    let settled = client.event("settled");
    assert!(settled["seq"].as_u64().unwrap() > seen && client.snapshots.is_empty(), "{settled}");
    client.event("ended");
    // Of another start of the server, or of the future: everything anew.
    for hello in
        [json!({"type": "hello", "after": seen, "epoch": "0-0"}), json!({"type": "hello", "after": 999_999})]
    {
        let mut client = server.client();
        client.ask(hello);
        while client.snapshots.is_empty() {
            client.hear();
        }
        assert_eq!(client.snapshots[0]["batches"][0]["state"], "ended");
    }
}

#[test]
fn a_slow_client_gets_a_snapshot_and_holds_up_nobody() {
    let server = Server::start();
    // Three events for each image: far more than are kept, and than fit into the buffers of a connection.
    (0..5000).for_each(|n| drop(server.write(&format!("in/{n:04}.ppm"), ppm(1, 1))));
    let mut slow = server.slow_client();
    slow.hello();
    let mut quick = server.client();
    quick.hello();
    // Nothing is read by the slow one until the batch is over.
    let batch = quick.process(json!({}));
    let end = quick.event("ended");
    assert_eq!(counts(&end), (5000, 0, 0));
    let (mut last, mut gaps) = (0, 0);
    loop {
        let message = slow.hear();
        match message["type"].as_str().unwrap() {
            "events" => {
                for event in message["events"].as_array().unwrap() {
                    let seq = event["seq"].as_u64().unwrap();
                    assert!(seq == last + 1 || last == 0, "{seq} after {last}");
                    last = seq;
                }
            }
            "snapshot" => {
                gaps += 1;
                last = message["seq"].as_u64().unwrap();
            }
            _ => panic!("{message}"),
        }
        if last >= end["seq"].as_u64().unwrap() {
            break;
        }
    }
    assert_eq!(state(&mut slow, batch)["state"], "ended");
    assert!(gaps > 0, "it was never too slow, so this shows nothing");
}
