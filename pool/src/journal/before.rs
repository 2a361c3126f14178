//! How releases without an engine revision wrote down what a run does to its inputs: the layout of their
//! filters and output settings, in bytes. It is frozen, so that what they made is known again however much
//! the filters change. Written only to be compared.

use std::collections::HashMap;

use recipe::filter::Scalar;
use recipe::recipe::Output;
use recipe::{Filter, Recipe, WirePath};

use super::encoding::{decode_front, encode};
use super::record::FileState;

/// What a parameter was made of.
enum Kind {
    Number,
    Whole,
    MaybeWhole,
    Truth,
    Word(&'static [&'static str]),
    MaybeText,
    MaybeFile,
    MaybeAspect,
    Color,
}

use Kind::{Color, MaybeAspect, MaybeFile, MaybeText, MaybeWhole, Number, Truth, Whole, Word};

const MODE: Kind = Word(&["fit", "fill", "pad", "stretch"]);
const KERNEL: Kind = Word(&["lanczos3", "catmullrom", "mitchell", "bilinear", "box", "nearest"]);
const EDGES: Kind = Word(&["sobel", "laplacian"]);
const FLIP: Kind = Word(&["horizontal", "vertical"]);
const ANCHOR: Kind = Word(&[
    "top-left",
    "top",
    "top-right",
    "left",
    "center",
    "right",
    "bottom-left",
    "bottom",
    "bottom-right",
]);

/// Every filter there was, in order, with its parameters in order.
const FILTERS: &[(&str, &[(&str, Kind)])] = &[
    (
        "resize",
        &[
            ("width", MaybeWhole),
            ("height", MaybeWhole),
            ("mode", MODE),
            ("long_edge", MaybeWhole),
            ("short_edge", MaybeWhole),
            ("enlarge", Truth),
            ("kernel", KERNEL),
        ],
    ),
    ("blur", &[("radius", Number)]),
    ("edges", &[("method", EDGES)]),
    ("brightness", &[("factor", Number)]),
    ("contrast", &[("factor", Number)]),
    ("sepia", &[("strength", Number)]),
    ("posterize", &[("bits", Whole)]),
    ("grayscale", &[]),
    ("invert", &[]),
    ("solarize", &[("threshold", Number)]),
    ("threshold", &[("level", Number)]),
    ("gamma", &[("gamma", Number)]),
    ("exposure", &[("ev", Number)]),
    (
        "levels",
        &[
            ("black", Number),
            ("white", Number),
            ("gamma", Number),
            ("out_black", Number),
            ("out_white", Number),
        ],
    ),
    ("autolevels", &[("clip", Number), ("each", Truth)]),
    ("saturation", &[("factor", Number)]),
    ("hue", &[("angle", Number)]),
    ("temperature", &[("kelvin", Number)]),
    ("tint", &[("amount", Number)]),
    ("lut", &[("file", MaybeFile), ("strength", Number)]),
    ("sharpen", &[("amount", Number), ("radius", Number), ("threshold", Number)]),
    ("median", &[("radius", Whole)]),
    ("emboss", &[("angle", Number), ("strength", Number)]),
    ("vignette", &[("strength", Number), ("start", Number)]),
    ("pixelate", &[("size", Whole)]),
    (
        "crop",
        &[
            ("aspect", MaybeAspect),
            ("width", MaybeWhole),
            ("height", MaybeWhole),
            ("x", MaybeWhole),
            ("y", MaybeWhole),
            ("anchor", ANCHOR),
        ],
    ),
    ("rotate", &[("angle", Number), ("color", Color)]),
    ("flip", &[("direction", FLIP)]),
    (
        "pad",
        &[
            ("aspect", MaybeAspect),
            ("width", MaybeWhole),
            ("height", MaybeWhole),
            ("anchor", ANCHOR),
            ("color", Color),
        ],
    ),
    ("border", &[("width", Whole), ("color", Color)]),
    (
        "watermark",
        &[
            ("text", MaybeText),
            ("image", MaybeFile),
            ("opacity", Number),
            ("anchor", ANCHOR),
            ("scale", Number),
            ("margin", Number),
            ("tile", Truth),
            ("angle", Number),
            ("color", Color),
            ("font", MaybeFile),
            ("outline", Number),
            ("outline_color", Color),
            ("shadow", Number),
        ],
    ),
];

/// The words of the output settings behind `quality` and `max_bytes`, in order.
const OUTPUT: &[(&str, &[&str])] = &[
    ("subsampling", &["444", "422", "420"]),
    ("color", &["srgb", "keep"]),
    ("metadata", &["keep", "copyright", "strip"]),
    ("raw", &["develop", "embedded"]),
];

/// What such a release would have recorded for this recipe, without the release's own name in front; `None`
/// if it could not do that.
pub(super) fn settings(recipe: &Recipe, files: &Vec<Option<FileState>>) -> Option<Vec<u8>> {
    let only = recipe.outputs.only().filter(|only| only.changes.is_empty())?;
    let filters: Vec<&Filter> = recipe.filters_of(only).collect();
    let mut bytes = encode(&(filters.len() as u64)).ok()?;
    for filter in filters {
        bytes.extend(filter_bytes(filter)?);
    }
    bytes.extend(output_bytes(&only.settings)?);
    bytes.extend(encode(files).ok()?);
    Some(bytes)
}

/// What is behind the release's name in what it recorded; `None` if that is not how such a release wrote.
pub(super) fn without_release(recorded: &[u8]) -> Option<&[u8]> {
    decode_front::<(String, u32)>(recorded)
        .filter(|((release, _), _)| release == "0.1.0")
        .map(|(_, rest)| rest)
}

fn filter_bytes(filter: &Filter) -> Option<Vec<u8>> {
    let index = FILTERS.iter().position(|(name, _)| *name == filter.info().name)?;
    let params = FILTERS.get(index)?.1;
    let mut values: HashMap<&str, (Option<&str>, Scalar)> =
        filter.values().into_iter().map(|(param, value)| (param.name, (param.default, value))).collect();
    let mut bytes = encode(&(index as u32)).ok()?;
    for (name, kind) in params {
        bytes.extend(value_bytes(kind, values.remove(name).map(|(_, value)| value.to_string()))?);
    }
    // A parameter that there was not has to be as if there were none.
    let is_as_before =
        |(default, value): &(Option<&str>, Scalar)| *default == Some(value.to_string().as_str());
    values.values().all(is_as_before).then_some(bytes)
}

fn value_bytes(kind: &Kind, text: Option<String>) -> Option<Vec<u8>> {
    let encoded = match (kind, text) {
        (MaybeWhole | MaybeText | MaybeFile | MaybeAspect, None) => encode(&None::<u8>),
        (MaybeWhole, Some(text)) => encode(&Some(text.parse::<u32>().ok()?)),
        (MaybeText, text @ Some(_)) => encode(&text),
        (MaybeFile, Some(text)) => encode(&Some(WirePath::from(text))),
        (MaybeAspect, Some(text)) => {
            let (width, height) = text.split_once(':')?;
            encode(&Some((width.parse::<f64>().ok()?, height.parse::<f64>().ok()?)))
        }
        (Number, Some(text)) => encode(&text.parse::<f32>().ok()?),
        (Whole, Some(text)) => encode(&text.parse::<u32>().ok()?),
        (Truth, Some(text)) => encode(&text.parse::<bool>().ok()?),
        (Word(words), Some(text)) => encode(&(words.iter().position(|word| *word == text)? as u32)),
        (Color, Some(text)) => {
            let rgb = u32::from_str_radix(text.strip_prefix('#')?, 16).ok()?;
            encode(&[(rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8])
        }
        (Number | Whole | Truth | Word(_) | Color, None) => return None,
    };
    encoded.ok()
}

fn output_bytes(output: &Output) -> Option<Vec<u8>> {
    let usual = Output::default().values();
    let mut values: HashMap<&str, String> =
        output.values().into_iter().map(|(name, value)| (name, value.to_string())).collect();
    values.remove("format");
    let quality: u8 = values.remove("quality")?.parse().ok()?;
    let max_bytes: Option<u64> = values.remove("max_bytes").and_then(|bytes| bytes.parse().ok());
    let mut bytes = encode(&(None::<u8>, quality, max_bytes)).ok()?;
    for (name, words) in OUTPUT {
        let word = values.remove(name)?;
        bytes.extend(encode(&(words.iter().position(|known| *known == word)? as u32)).ok()?);
    }
    let is_usual = |(name, value): (&str, &String)| {
        usual.iter().any(|(usual, as_usual)| *usual == name && as_usual.to_string() == *value)
    };
    values.iter().all(|(name, value)| is_usual((name, value))).then_some(bytes)
}
