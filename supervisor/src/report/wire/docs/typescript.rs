//! The wire as TypeScript.

use super::shape::{Definitions, DescribedShape, FieldShape, Shape, WordShape};
use super::wrap::{WIDTH, wrapped};

pub(super) fn file(definitions: &Definitions) -> String {
    let mut file = "// Made from supervisor/src/report/wire, do not edit.\n\
                    // `UPDATE_DOCS=1 cargo test -p supervisor` writes it anew. For tsc only; never served.\n"
        .to_owned();
    for (name, DescribedShape { text, shape }) in definitions {
        let body = match shape {
            Shape::Fields(fields) => format!("export interface {name} {}\n", object(fields, "")),
            Shape::Either(variants) => format!("export type {name} ={};\n", union(variants, "")),
            Shape::Words(words) => format!("export type {name} ={};\n", choice(words)),
            Shape::Any
            | Shape::Flag
            | Shape::Number
            | Shape::Text
            | Shape::Scalar
            | Shape::Tag(_)
            | Shape::Nullable(_)
            | Shape::Named(_)
            | Shape::List(_)
            | Shape::Others(_)
            | Shape::All(_) => {
                format!("export type {name} = {};\n", written(shape, ""))
            }
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
        Shape::Flag => "boolean".to_owned(),
        Shape::Number => "number".to_owned(),
        Shape::Text => "string".to_owned(),
        Shape::Scalar => "string | number | boolean".to_owned(),
        Shape::Tag(word) => format!("{word:?}"),
        Shape::Words(words) => {
            words.iter().map(|word| format!("{:?}", word.name)).collect::<Vec<_>>().join(" | ")
        }
        Shape::Nullable(shape) => format!("{} | null", written(shape, indent)),
        Shape::Named(name) => name.clone(),
        Shape::List(item) if matches!(**item, Shape::Nullable(_) | Shape::Words(_)) => {
            format!("({})[]", written(item, indent))
        }
        Shape::List(item) => format!("{}[]", written(item, indent)),
        Shape::Others(value) => format!("Record<string, {}>", written(value, indent)),
        Shape::Fields(fields) => object(fields, indent),
        Shape::Either(variants) => format!("({}\n{indent})", union(variants, indent)),
        Shape::All(parts) => parts.iter().map(|part| written(part, indent)).collect::<Vec<_>>().join(" & "),
    }
}

/// One word a line.
fn choice(words: &[WordShape]) -> String {
    let line = |WordShape { name, text }: &WordShape| format!("\n{}  | {name:?}", comment(text, "  "));
    words.iter().map(line).collect()
}

/// One variant after the other.
fn union(variants: &[DescribedShape], indent: &str) -> String {
    let inner = format!("{indent}  ");
    let variant = |DescribedShape { text, shape }: &DescribedShape| {
        let written = written(shape, &format!("{inner}  "));
        format!("\n{}{inner}| {written}", comment(text, &inner))
    };
    variants.iter().map(variant).collect()
}

fn object(fields: &[FieldShape], indent: &str) -> String {
    if let [FieldShape { name, optional: false, is: DescribedShape { shape: Shape::Tag(word), .. }, .. }] =
        fields
    {
        return format!("{{ {name}: {word:?} }}");
    }
    let inner = format!("{indent}  ");
    let field = |FieldShape { name, optional, is, .. }: &FieldShape| {
        let mark = if *optional { "?" } else { "" };
        format!("{}{inner}{name}{mark}: {};\n", comment(&is.text, &inner), written(&is.shape, &inner))
    };
    format!("{{\n{}{indent}}}", fields.iter().map(field).collect::<String>())
}
