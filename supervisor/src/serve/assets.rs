//! The page's files, from `supervisor/assets/`, within the program. A file that is added there gets its line
//! in [`ASSETS`]; a test says so if it was forgotten.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::answer::problem;

/// Name and content of each file.
macro_rules! assets {
    ($($name:literal)+) => {
        &[$(($name, include_bytes!(concat!("../../assets/", $name)))),+]
    };
}

const ASSETS: &[(&str, &[u8])] = assets![
    "app.js"
    "batch.css"
    "batch.js"
    "batches.js"
    "before_after.js"
    "chain.js"
    "charts.js"
    "connection.js"
    "dom.js"
    "favicon.svg"
    "folders.js"
    "form.js"
    "grid.js"
    "i18n.js"
    "icons.js"
    "image.js"
    "index.html"
    "lanes.js"
    "monitor.js"
    "names.js"
    "outputs.js"
    "plots.js"
    "prepare.css"
    "prepare.js"
    "preview.js"
    "progress.js"
    "recipe.js"
    "recipes.js"
    "socket.js"
    "style.css"
    "texts.js"
    "upload.js"
    "words.js"
];

/// The page itself.
pub(super) fn index() -> Response {
    file("index.html")
}

/// `GET /assets/NAME`.
pub(super) async fn asset(Path(name): Path<String>) -> Response {
    file(&name)
}

fn file(name: &str) -> Response {
    match (ASSETS.iter().find(|(known, _)| *known == name), mime(name)) {
        (Some((_, content)), Some(mime)) => ([(header::CONTENT_TYPE, mime)], *content).into_response(),
        (None, _) | (_, None) => problem(StatusCode::NOT_FOUND, format!("there is no file {name:?}")),
    }
}

/// What a file is by its ending; others are not served.
fn mime(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_file_of_the_page_is_served_and_nothing_else() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/assets"));
        let files = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap);
        for entry in files.filter(|entry| entry.file_type().is_file()) {
            let name = entry.path().strip_prefix(folder).unwrap().to_str().unwrap();
            // Types are for the check alone.
            let is_for_tsc = name.ends_with(".d.ts");
            let expected = if is_for_tsc { StatusCode::NOT_FOUND } else { StatusCode::OK };
            assert_eq!(
                file(name).status(),
                expected,
                "{name} is missing in ASSETS, or its ending has no type"
            );
        }
        for name in ["../Cargo.toml", "/etc/passwd", "missing.js", ""] {
            assert_eq!(file(name).status(), StatusCode::NOT_FOUND, "{name}");
        }
    }
}
