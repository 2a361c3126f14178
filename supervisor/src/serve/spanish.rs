//! The dialect of the original program: the one place where Spanish becomes English and back. Pure.
//!
//! `tipo` and `datos` in place of `type` and fields. See `docs/websocket.md`, "The Spanish dialect".

mod filters;

use recipe::filter::{FILTERS, find};
use serde::Serialize;
use serde_json::{Map, Value};

use self::filters::{Filtro, parameter};
use super::asked_recipe;
use crate::report::wire::event::Settled;
use crate::report::wire::feed::{BatchEnding, BatchNews, BatchState, Ended, State};
use crate::report::wire::recipe::{FilterValues, WireRecipe};
use crate::report::wire::request::BatchOrder;
use crate::report::wire::{Counts, Family};

/// What a Spanish client may ask.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Peticion {
    /// The filter table.
    ListarFiltros,
    /// Start a batch.
    Procesar(Box<BatchOrder>),
}

/// Whether a message is Spanish.
pub(super) fn is_spanish(message: &Value) -> bool {
    message.get("tipo").is_some()
}

/// Takes a request apart; the error is for its sender.
pub(super) fn parse(message: &Value) -> Result<Peticion, String> {
    match message.get("tipo").and_then(Value::as_str) {
        Some("listar_filtros") => Ok(Peticion::ListarFiltros),
        Some("procesar") => order(message).map(|order| Peticion::Procesar(Box::new(order))),
        Some(other) => {
            Err(format!("no se conoce el tipo {other:?}; los hay \"listar_filtros\" y \"procesar\""))
        }
        None => Err("\"tipo\" debe ser un texto".to_owned()),
    }
}

/// The keys may stand in `datos` or beside `tipo`.
fn order(message: &Value) -> Result<BatchOrder, String> {
    let get = |key: &str| {
        let inside = message.get("datos").and_then(|datos| datos.get(key));
        inside.or_else(|| message.get(key)).filter(|value| !value.is_null())
    };
    let text = |key: &str| match get(key) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        Some(_) => Err(format!("\"{key}\" debe ser un texto")),
        None => Err(format!("falta \"{key}\"")),
    };
    let (input, output, name) = (text("entrada")?, text("salida")?, text("filtro")?);
    let info = find(&name).ok_or_else(|| {
        let names: Vec<&str> = FILTERS.iter().map(|info| info.name).collect();
        format!("no existe el filtro {name:?}; los hay: {}", names.join(", "))
    })?;
    let given = match get("parametros") {
        None => Map::new(),
        Some(Value::Object(given)) => given.clone(),
        Some(_) => return Err("\"parametros\" debe ser un objeto".to_owned()),
    };
    let mut parameters = Map::new();
    for (key, value) in given {
        let english = parameter(info, &key)?;
        if parameters.insert(english.to_owned(), value).is_some() {
            return Err(format!("{}: {english} se da dos veces, una como {key:?}", info.name));
        }
    }
    let filter = FilterValues { name: info.name.to_owned(), parameters: asked_recipe::scalars(&parameters)? };
    let recipe = WireRecipe { filters: vec![filter], ..WireRecipe::default() };
    Ok(BatchOrder { inputs: vec![input], output, recipe: Some(recipe), ..BatchOrder::default() })
}

/// What a Spanish client is told.
#[derive(Debug, Serialize)]
#[serde(tag = "tipo", content = "datos", rename_all = "lowercase")]
enum Mensaje<'a> {
    Error {
        mensaje: &'a str,
    },
    Filtros(Vec<Filtro>),
    Progreso {
        #[serde(flatten)]
        avance: Avance,
        imagen: Option<&'a str>,
    },
    Completado {
        #[serde(flatten)]
        avance: Avance,
        salida: &'a str,
    },
}

/// How far a batch is.
#[derive(Debug, Serialize)]
struct Avance {
    procesadas: u64,
    total: u64,
    exitosas: u64,
    fallidas: u64,
    tiempo_transcurrido: f64,
    velocidad: f64,
}

impl Mensaje<'_> {
    fn text(&self) -> String {
        // Nothing in it can fail to be written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The answer to a mistake.
pub(super) fn error(text: &str) -> String {
    Mensaje::Error { mensaje: text }.text()
}

/// The answer to a mistake that the core found, in its own words.
pub(super) fn refused(text: &str) -> String {
    error(&format!("no se puede procesar: {text}"))
}

/// What is told of a batch that the board has forgotten.
pub(super) fn forgotten() -> String {
    refused("el lote ya se olvidó")
}

/// The answer to `listar_filtros`.
pub(super) fn filters() -> String {
    Mensaje::Filtros(filters::filters()).text()
}

/// A batch that a Spanish client follows, as far as it has been told.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FollowedBatch {
    /// The output folder as it is on the disk.
    pub(super) output: String,
    /// Images of the plan.
    pub(super) total: u64,
}

/// What an event of a followed batch is in Spanish; the flag says that it was the last.
pub(super) fn translate(news: &BatchNews, followed: &mut FollowedBatch) -> Option<(String, bool)> {
    match news {
        // How a run is made up was never this dialect's concern.
        BatchNews::Run(line) => {
            if let Family::Started(started) = line.event.family() {
                followed.total = started.images;
            }
            let Family::Settled(Settled { image, .. }) = line.event.family() else { return None };
            let avance = Avance::new(&line.counts, line.at_s, followed.total);
            let imagen = image.input.rsplit('/').next();
            Some((Mensaje::Progreso { avance, imagen }.text(), false))
        }
        BatchNews::Ended(Ended { ending, message, sums }) => {
            let (counts, at_s) = sums.map(|sums| (sums.counts, sums.at_s)).unwrap_or_default();
            Some((ended(*ending, message.as_deref(), &counts, at_s, followed), true))
        }
        BatchNews::Queued { .. } | BatchNews::Planning | BatchNews::Dropped => None,
    }
}

/// The same from a snapshot, for a client that was too slow for the events.
pub(super) fn from_snapshot(batch: &BatchState, followed: &mut FollowedBatch) -> Option<(String, bool)> {
    let BatchState { counts, at_s, .. } = batch;
    followed.total = batch.images;
    match batch.state {
        State::Ended => {
            let ending = batch.ending.unwrap_or(BatchEnding::Stopped);
            Some((ended(ending, batch.message.as_deref(), counts, *at_s, followed), true))
        }
        State::Queued | State::Planning => None,
        State::Running | State::Pausing | State::Paused | State::Stopping => {
            let avance = Avance::new(counts, *at_s, followed.total);
            Some((Mensaje::Progreso { avance, imagen: None }.text(), false))
        }
    }
}

fn ended(
    ending: BatchEnding,
    reason: Option<&str>,
    counts: &Counts,
    at_s: f64,
    followed: &FollowedBatch,
) -> String {
    let reason = reason.unwrap_or("no hay más detalles");
    match ending {
        BatchEnding::Refused => refused(reason),
        BatchEnding::PoolFailed | BatchEnding::OutOfRoom => {
            error(&format!("no se pudo terminar, y el resto queda sin procesar: {reason}"))
        }
        BatchEnding::Complete | BatchEnding::Stopped => {
            let avance = Avance::new(counts, at_s, followed.total);
            Mensaje::Completado { avance, salida: &followed.output }.text()
        }
    }
}

impl Avance {
    fn new(counts: &Counts, seconds: f64, total: u64) -> Avance {
        let (done, failures) = (counts.done(), counts.failures());
        let speed = if seconds > 0.0 { done as f64 / seconds } else { 0.0 };
        Avance {
            procesadas: done,
            total,
            exitosas: done - failures,
            fallidas: failures,
            tiempo_transcurrido: (seconds * 100.0).round() / 100.0,
            velocidad: (speed * 100.0).round() / 100.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_keys_stand_in_datos_or_beside_tipo() {
        let inside = json!({"tipo": "procesar", "datos": {
            "entrada": "fotos", "salida": "fuera", "filtro": "desenfoque", "parametros": {"radio": 5},
        }});
        let beside = json!({
            "tipo": "procesar", "entrada": "fotos", "salida": "fuera", "filtro": "blur",
            "parametros": {"radius": 5},
        });
        let Ok(Peticion::Procesar(order)) = parse(&inside) else { panic!("not an order") };
        let recipe = serde_json::to_value(&order.recipe).unwrap();
        assert_eq!(recipe, json!({"filters": [{"name": "blur", "radius": 5}]}));
        assert_eq!(
            (order.inputs.as_slice(), order.output.as_str()),
            (["fotos".to_owned()].as_slice(), "fuera")
        );
        assert_eq!(parse(&beside), Ok(Peticion::Procesar(order)));
        assert_eq!(parse(&json!({"tipo": "listar_filtros"})), Ok(Peticion::ListarFiltros));
        let list = read(&filters());
        assert_eq!(
            (&list["tipo"], list["datos"].as_array().unwrap().len()),
            (&"filtros".into(), FILTERS.len())
        );
    }

    #[test]
    fn mistakes_are_told_in_spanish() {
        let order = |filter: &str, parameters: Value| {
            parse(&json!({
                "tipo": "procesar", "entrada": "a", "salida": "b", "filtro": filter,
                "parametros": parameters,
            }))
        };
        for (wrong, expected) in [
            (parse(&json!({"tipo": "bailar"})), "no se conoce el tipo \"bailar\""),
            (parse(&json!({"tipo": 3})), "\"tipo\" debe ser un texto"),
            (parse(&json!({"tipo": "procesar", "entrada": "a"})), "falta \"salida\""),
            (order("blurr", json!({})), "no existe el filtro \"blurr\""),
            (order("blur", json!({"ancho": 3})), "blur: no existe el parámetro \"ancho\"; tiene: radio"),
            (order("invert", json!({"x": 1})), "invert: no existe el parámetro \"x\"; tiene: ninguno"),
            (
                order("blur", json!({"radio": 3, "radius": 5})),
                "blur: radius se da dos veces, una como \"radius\"",
            ),
            (order("blur", json!([5])), "\"parametros\" debe ser un objeto"),
        ] {
            let message = wrong.unwrap_err();
            assert!(message.starts_with(expected), "{message}");
        }
        assert_eq!(read(&error("no"))["datos"]["mensaje"], "no");
    }

    #[test]
    fn events_become_progress_and_the_end() {
        let news = |value: Value| serde_json::from_value::<BatchNews>(value).unwrap();
        let mut followed = FollowedBatch { output: "/out".into(), total: 0 };
        let counts =
            json!({"ok": 1, "skipped": 1, "failed": 1, "quarantined": 1, "cancelled": 5, "not_run": 0});
        let started = json!({"event": "started", "images": 9, "bytes": 1, "at_s": 0.0, "counts": counts});
        assert_eq!(translate(&news(started), &mut followed), None);
        let settled = json!({
            "event": "settled", "job": 3, "input": "fotos/a/b.jpg", "verdict": "ok", "attempts": 1,
            "bytes_in": 1, "bytes_planned": 1, "pixels": 1, "counts": counts, "at_s": 2.0,
        });
        let (text, last) = translate(&news(settled), &mut followed).unwrap();
        let expected = json!({"tipo": "progreso", "datos": {
            "procesadas": 4, "total": 9, "exitosas": 2, "fallidas": 2, "tiempo_transcurrido": 2.0,
            "velocidad": 2.0, "imagen": "b.jpg",
        }});
        assert_eq!((read(&text), last), (expected, false));
        let end = |ending: &str| {
            let sums = json!({"images": 9, "counts": counts, "at_s": 2.0});
            let mut end = json!({"event": "ended", "ending": ending, "message": "why"});
            end.as_object_mut().unwrap().extend(sums.as_object().unwrap().clone());
            news(end)
        };
        let (text, last) = translate(&end("stopped"), &mut followed).unwrap();
        assert_eq!(
            (&read(&text)["tipo"], &read(&text)["datos"]["salida"], last),
            (&"completado".into(), &"/out".into(), true)
        );
        assert_eq!(read(&text)["datos"]["procesadas"], 4);
        let (text, _) = translate(&end("refused"), &mut followed).unwrap();
        assert_eq!(read(&text), json!({"tipo": "error", "datos": {"mensaje": "no se puede procesar: why"}}));
        assert_eq!(translate(&BatchNews::Planning, &mut followed), None);
    }
}
