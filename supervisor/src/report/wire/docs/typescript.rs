//! The wire as TypeScript.

use super::shape::{Definitions, Described, Field, Shape};
use super::wrap::{WIDTH, wrapped};

/// Types that the page describes itself.
const OWN: [&str; 2] = ["FilterInfo", "Recipe"];

pub(super) fn file(definitions: &Definitions) -> String {
    let mut file = format!(
        "// Made from supervisor/src/report/wire, do not edit.\n\
         // `UPDATE_DOCS=1 cargo test -p supervisor` writes it anew. For tsc only; never served.\n\n\
         import type {{ {} }} from \"./filters\";\n",
        OWN.join(", ")
    );
    for (name, Described { text, shape }) in definitions {
        if OWN.contains(&name.as_str()) {
            continue;
        }
        let body = match shape {
            Shape::Fields(fields) => format!("export interface {name} {}\n", object(fields, "")),
            Shape::Either(variants) => format!("export type {name} ={};\n", union(variants, "")),
            other => format!("export type {name} = {};\n", written(other, "")),
        };
        file += &format!("\n{}{body}", comment(text, ""));
    }
    file
}

fn comment(text: &str, indent: &str) -> String {
    let short = format!("{indent}/** {text} */\n");
    match short.chars().count() {
        _ if text.is_empty() => String::new(),
        ..=WIDTH => short,
        _ => {
            let star = format!("{indent} * ");
            format!("{indent}/**\n{}{indent} */\n", wrapped(&star, &star, text))
        }
    }
}

fn written(shape: &Shape, indent: &str) -> String {
    match shape {
        Shape::Any => "unknown".to_owned(),
        Shape::Null => "null".to_owned(),
        Shape::Flag => "boolean".to_owned(),
        Shape::Number => "number".to_owned(),
        Shape::Text => "string".to_owned(),
        Shape::Word(word) => format!("{word:?}"),
        Shape::Named(name) => name.clone(),
        Shape::List(item) if matches!(**item, Shape::Either(_)) => format!("({})[]", written(item, indent)),
        Shape::List(item) => format!("{}[]", written(item, indent)),
        Shape::Fields(fields) => object(fields, indent),
        Shape::Either(variants) if variants.iter().all(|variant| variant.text.is_empty()) => {
            variants.iter().map(|variant| written(&variant.shape, indent)).collect::<Vec<_>>().join(" | ")
        }
        Shape::Either(variants) => format!("({}\n{indent})", union(variants, indent)),
        Shape::All(parts) => parts.iter().map(|part| written(part, indent)).collect::<Vec<_>>().join(" & "),
    }
}

/// One variant a line.
fn union(variants: &[Described], indent: &str) -> String {
    let inner = format!("{indent}  ");
    let variant = |Described { text, shape }: &Described| {
        let written = written(shape, &format!("{inner}  "));
        format!("\n{}{inner}| {written}", comment(text, &inner))
    };
    variants.iter().map(variant).collect()
}

fn object(fields: &[Field], indent: &str) -> String {
    if let [Field { name, optional: false, is: Described { shape: Shape::Word(word), .. }, .. }] = fields {
        return format!("{{ {name}: {word:?} }}");
    }
    let inner = format!("{indent}  ");
    let field = |Field { name, optional, is, .. }: &Field| {
        let mark = if *optional { "?" } else { "" };
        format!("{}{inner}{name}{mark}: {};\n", comment(&is.text, &inner), written(&is.shape, &inner))
    };
    format!("{{\n{}{indent}}}", fields.iter().map(field).collect::<String>())
}
