//! The original's clients, as they stand.

use serde_json::json;

use super::client::Server;

#[test]
fn filters_are_listed_on_both_addresses() {
    let server = Server::start();
    for target in ["/", "/ws"] {
        let mut client = server.connect(&format!("{target}?token={}", server.token), &[]).unwrap();
        client.say(&json!({"tipo": "listar_filtros"}));
        let answer = client.hear();
        assert_eq!(answer["tipo"], "filtros");
        let names: Vec<&str> = answer["datos"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|filter| filter["nombre"].as_str())
            .collect();
        assert!(names.contains(&"blur") && names.contains(&"watermark"), "{names:?}");
    }
}

#[test]
fn a_batch_brings_progress_for_each_image_and_its_end() {
    let server = Server::start();
    server.write_photos(5);
    server.write("in/broken.jpg", b"\xFF\xD8\xFF\xE0 no more");
    let mut client = server.connect(&format!("/?token={}", server.token), &[]).unwrap();
    let input = server.path("in");
    client.say(&json!({"tipo": "procesar", "datos": {
        "entrada": input, "salida": server.path("salida"), "filtro": "blur", "parametros": {"radio": 5},
    }}));
    let mut images = Vec::new();
    let end = loop {
        let message = client.hear();
        let data = &message["datos"];
        match message["tipo"].as_str().unwrap() {
            "progreso" => {
                images.push(data["imagen"].as_str().unwrap().to_owned());
                assert_eq!(data["procesadas"], images.len(), "{message}");
                assert_eq!(data["total"], 6);
                let number = |name: &str| data[name].as_f64().unwrap();
                assert_eq!(number("exitosas") + number("fallidas"), number("procesadas"));
                assert!(number("tiempo_transcurrido") >= 0.0 && number("velocidad") >= 0.0);
            }
            "completado" => break message,
            _ => panic!("{message}"),
        }
    };
    images.sort();
    assert_eq!(images, ["000.ppm", "001.ppm", "002.ppm", "003.ppm", "004.ppm", "broken.jpg"]);
    let data = &end["datos"];
    assert_eq!((&data["exitosas"], &data["fallidas"], &data["total"]), (&5.into(), &1.into(), &6.into()));
    assert!(server.path("salida/000.png").is_file());
    // The same again, with the keys beside `tipo`: everything is there already.
    client.say(&json!({
        "tipo": "procesar", "entrada": "in", "salida": "salida", "filtro": "desenfoque",
        "parametros": {"radius": 5},
    }));
    let mut last = client.hear();
    while last["tipo"] == "progreso" {
        last = client.hear();
    }
    assert_eq!((&last["tipo"], &last["datos"]["exitosas"]), (&"completado".into(), &5.into()), "{last}");
}

#[test]
fn mistakes_bring_an_error() {
    let server = Server::start();
    server.write_photos(1);
    server.write("in/000.bmp", supervisor_tests::ppm(8, 8));
    let mut client = server.client();
    let order = |filter: &str, input: &str, output: &str| {
        json!({
            "tipo": "procesar", "entrada": input, "salida": output, "filtro": filter,
        })
    };
    for (wrong, word) in [
        (json!({"tipo": "bailar"}), "bailar"),
        (json!({"tipo": "procesar", "entrada": "in"}), "salida"),
        (order("blurr", "in", "out"), "blurr"),
        (order("blur", "nowhere", "out"), "nowhere"),
        (order("blur", "/etc", "out"), "/etc"),
        (order("blur", "in", "../out"), "../out"),
        (
            json!({
                "tipo": "procesar", "entrada": "in", "salida": "o", "filtro": "blur",
                "parametros": {"radio": 900},
            }),
            "900",
        ),
        // Only the plan finds out: two inputs, one name.
        (order("blur", "in", "out"), "000.png"),
    ] {
        client.say(&wrong);
        let answer = client.hear();
        assert_eq!(answer["tipo"], "error", "{wrong}: {answer}");
        assert!(answer["datos"]["mensaje"].as_str().unwrap().contains(word), "{wrong}: {answer}");
    }
}
