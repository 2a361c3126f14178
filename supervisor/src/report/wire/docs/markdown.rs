//! The wire as lists, between the marks of a page: `<!-- made from report/wire: TYPE -->` and `<!-- end -->`.

use super::shape::{Definitions, Described, Field, Shape};
use super::wrap::wrapped;

const MARK: &str = "<!-- made from report/wire: ";
const END: &str = "<!-- end -->";

/// Types with a list of their own, and the link to it that stands for them elsewhere.
const PLACES: [(&str, &str); 8] = [
    ("AttemptName", "[an attempt](#an-attempt)"),
    ("BatchOrder", "[a batch](#a-batch-plan-and-process)"),
    ("BatchState", "[a batch](#a-batch-in-the-snapshot)"),
    ("Counts", "[counts](#counts)"),
    ("Ending", "[an ending](#endings)"),
    ("ErrorKind", "[a kind of trouble](#kinds-of-trouble)"),
    ("ImageRow", "[an image](#images)"),
    ("Line", "[an event of a run](#events-of-a-run)"),
];

fn place(shape: &Shape) -> Option<&'static str> {
    let Shape::Named(name) = shape else { return None };
    PLACES.iter().find(|(own, _)| own == name).map(|(_, place)| *place)
}

/// The page with its lists made anew.
pub(super) fn filled(page: &str, definitions: &Definitions) -> String {
    for (name, _) in PLACES {
        assert!(page.lines().any(|line| marked(line) == Some(name)), "the list of {name} is missing");
    }
    let lists = Lists(definitions);
    let mut made = String::new();
    let mut is_old = false;
    for line in page.lines() {
        is_old &= line != END;
        if !is_old {
            made += line;
            made.push('\n');
        }
        if let Some(name) = marked(line) {
            made += &format!("\n{}\n", lists.of(name));
            is_old = true;
        }
    }
    made
}

fn marked(line: &str) -> Option<&str> {
    line.strip_prefix(MARK)?.strip_suffix(" -->")
}

struct Lists<'a>(&'a Definitions);

impl Lists<'_> {
    fn of(&self, name: &str) -> String {
        let is = self.0.get(name).unwrap_or_else(|| panic!("{name} is no type of the wire"));
        self.content(&is.shape, "", true)
    }

    /// What a type consists of, an item each.
    fn content(&self, shape: &Shape, indent: &str, is_top: bool) -> String {
        let fields = self.fields(shape);
        let fields: String = fields.into_iter().map(|field| self.field(field, indent)).collect();
        let variants = self.variants(shape);
        fields + &variants.iter().map(|variant| self.variant(variant, indent, is_top)).collect::<String>()
    }

    fn field(&self, Field { name, optional, default, is }: &Field, indent: &str) -> String {
        let kind = self.kind(&is.shape);
        let kind = match default {
            Some(default) => format!("{kind}, `{default}` if left out"),
            // Null says as much as nothing.
            None if *optional => format!("{}, may be left out", kind.trim_end_matches(" or null")),
            None => kind,
        };
        let inner = format!("{indent}  ");
        let text = format!("{kind}. {}", is.text);
        wrapped(&format!("{indent}- `{name}`: "), &inner, &text) + &self.nested(&is.shape, &inner)
    }

    /// What a field's value consists of, unless that has a list of its own.
    fn nested(&self, shape: &Shape, indent: &str) -> String {
        match shape {
            Shape::Named(_) if place(shape).is_some() => String::new(),
            Shape::Named(name) => self.nested(&self.0[name].shape, indent),
            Shape::List(item) => self.nested(item, indent),
            Shape::Either(variants) if is_words(variants) && !has_texts(variants) => String::new(),
            Shape::Either(variants)
                if variants.iter().any(|variant| matches!(variant.shape, Shape::Null)) =>
            {
                variants.iter().map(|variant| self.nested(&variant.shape, indent)).collect()
            }
            // Their names say it all, and stand in the field's own line.
            Shape::Fields(fields) if are_plain(fields) => String::new(),
            Shape::Fields(_) | Shape::Either(_) | Shape::All(_) => self.content(shape, indent, false),
            Shape::Any | Shape::Null | Shape::Flag | Shape::Number | Shape::Text | Shape::Word(_) => {
                String::new()
            }
        }
    }

    fn variant(&self, is: &Described, indent: &str, is_top: bool) -> String {
        if let Shape::Word(word) = &is.shape {
            return wrapped(&format!("{indent}- `{word}`: "), &format!("{indent}  "), &is.text);
        }
        if let Some(place) = place(&is.shape) {
            return wrapped(
                &format!("{indent}- "),
                &format!("{indent}  "),
                &format!("{} See {place}.", is.text),
            );
        }
        let mut fields = self.fields(&is.shape);
        let tag = fields.iter().position(|field| matches!(field.is.shape, Shape::Word(_)));
        let first = match tag.map(|at| fields.remove(at)) {
            Some(Field { name, is: Described { shape: Shape::Word(word), .. }, .. }) if !is_top => {
                format!("{indent}- `{name}` = `{word}`: ")
            }
            Some(Field { is: Described { shape: Shape::Word(word), .. }, .. }) => {
                format!("{indent}- `{word}`: ")
            }
            _ => format!("{indent}- "),
        };
        let mut text = is.text.clone();
        for (name, place) in PLACES {
            let all = &self.0[name].shape;
            let shared = self.fields(all);
            let has = |shared: &&Field| fields.iter().any(|field| field.name == shared.name);
            if !shared.is_empty() && self.variants(all).is_empty() && shared.iter().all(has) {
                fields.retain(|field| shared.iter().all(|shared| shared.name != field.name));
                text += &format!(" The fields of {place}{}", if fields.is_empty() { "." } else { ", and:" });
            }
        }
        let inner = format!("{indent}  ");
        let mut item = wrapped(&first, &inner, &text);
        item += &fields.into_iter().map(|field| self.field(field, &inner)).collect::<String>();
        for variant in self.variants(&is.shape) {
            item += &self.variant(variant, &inner, false);
        }
        item
    }

    /// The fields that are always possible.
    fn fields<'s>(&'s self, shape: &'s Shape) -> Vec<&'s Field> {
        match shape {
            Shape::Fields(fields) => fields.iter().collect(),
            Shape::Named(name) => self.fields(&self.0[name].shape),
            Shape::All(parts) => parts.iter().flat_map(|part| self.fields(part)).collect(),
            Shape::Any | Shape::Null | Shape::Flag | Shape::Number | Shape::Text => Vec::new(),
            Shape::Word(_) | Shape::List(_) | Shape::Either(_) => Vec::new(),
        }
    }

    /// What it may be of several.
    fn variants<'s>(&'s self, shape: &'s Shape) -> Vec<&'s Described> {
        match shape {
            Shape::Either(variants) => variants.iter().collect(),
            Shape::Named(name) => self.variants(&self.0[name].shape),
            Shape::All(parts) => parts.iter().flat_map(|part| self.variants(part)).collect(),
            Shape::Any | Shape::Null | Shape::Flag | Shape::Number | Shape::Text => Vec::new(),
            Shape::Word(_) | Shape::List(_) | Shape::Fields(_) => Vec::new(),
        }
    }

    /// What kind of value it is.
    fn kind(&self, shape: &Shape) -> String {
        match shape {
            Shape::Fields(fields) if are_plain(fields) => {
                let names = fields.iter().map(|field| format!("`{}`", field.name));
                format!("object with {}", names.collect::<Vec<_>>().join(", "))
            }
            Shape::Any | Shape::Fields(_) | Shape::All(_) => "object".to_owned(),
            Shape::Null => "null".to_owned(),
            Shape::Flag => "true or false".to_owned(),
            Shape::Number => "number".to_owned(),
            Shape::Text => "text".to_owned(),
            Shape::Word(word) => format!("`{word}`"),
            Shape::Named(name) if place(shape).is_none() => self.kind(&self.0[name].shape),
            Shape::Named(_) => place(shape).unwrap_or_default().to_owned(),
            Shape::List(item) => format!("list of {}s", self.kind(item)),
            Shape::Either(variants) if is_words(variants) && has_texts(variants) => "one of these".to_owned(),
            Shape::Either(variants) if is_words(variants) => {
                let words = variants.iter().map(|variant| self.kind(&variant.shape));
                words.collect::<Vec<_>>().join(", ")
            }
            Shape::Either(variants)
                if variants.iter().any(|variant| matches!(variant.shape, Shape::Null)) =>
            {
                let words = variants.iter().map(|variant| self.kind(&variant.shape));
                words.collect::<Vec<_>>().join(" or ")
            }
            Shape::Either(_) => "object".to_owned(),
        }
    }
}

fn is_words(variants: &[Described]) -> bool {
    variants.iter().all(|variant| matches!(variant.shape, Shape::Word(_)))
}

fn has_texts(variants: &[Described]) -> bool {
    variants.iter().any(|variant| !variant.text.is_empty())
}

fn are_plain(fields: &[Field]) -> bool {
    fields.iter().all(|field| field.is.text.is_empty())
}
