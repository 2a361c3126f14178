//! The wire as lists, between the marks of a page: `<!-- made from report/wire: TYPE -->` and `<!-- end -->`.

use super::shape::{Definitions, DescribedShape, FieldShape, Shape, WordShape};
use super::wrap::wrapped;

const MARK: &str = "<!-- made from report/wire: ";
const END: &str = "<!-- end -->";

/// Types with a list of their own, and the link to it that stands for them elsewhere.
const PLACES: [(&str, &str); 10] = [
    ("AttemptName", "[an attempt](#an-attempt)"),
    ("BatchOrder", "[a batch](#a-batch-plan-and-process)"),
    ("BatchState", "[a batch](#a-batch-in-the-snapshot)"),
    ("Counts", "[counts](#counts)"),
    ("BatchEnding", "[an ending](#endings)"),
    ("ErrorKind", "[a kind of trouble](#kinds-of-trouble)"),
    ("ImageRow", "[an image](#images)"),
    ("Line", "[an event of a run](#events-of-a-run)"),
    ("Metadata", "[metadata](#metadata-in-recipes)"),
    ("Recipe", "[a recipe](#recipes)"),
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
        if let Shape::Words(words) = shape {
            return words
                .iter()
                .map(|word| item(indent, &format!("`{}`: ", word.name), &word.text))
                .collect();
        }
        let fields = self.fields(shape).into_iter().map(|field| self.field(field, indent));
        let variants = self.variants(shape).into_iter();
        let variants = variants.map(|variant| self.variant(variant, indent, is_top));
        fields.chain(variants).collect::<String>() + &self.others(shape, indent)
    }

    /// What keys may have that are not named.
    fn others(&self, shape: &Shape, indent: &str) -> String {
        match shape {
            Shape::All(parts) => parts.iter().map(|part| self.others(part, indent)).collect(),
            Shape::Others(value) => item(indent, "any other key: ", &format!("{}.", self.kind(value))),
            Shape::Words(_) | Shape::Nullable(_) | Shape::List(_) | Shape::Fields(_) => String::new(),
            Shape::Either(_) | Shape::Named(_) | Shape::Any | Shape::Flag | Shape::Number => String::new(),
            Shape::Text | Shape::Scalar | Shape::Tag(_) => String::new(),
        }
    }

    fn field(&self, FieldShape { name, optional, default, most, is }: &FieldShape, indent: &str) -> String {
        // Of what may be left out, null says as much as nothing.
        let shape =
            if let (Shape::Nullable(shape), true) = (&is.shape, optional) { shape } else { &is.shape };
        let mut text = self.kind(shape);
        match default {
            Some(default) => text += &format!(", `{default}` if left out"),
            None if *optional => text += ", may be left out",
            None => {}
        }
        if let Some(most) = most {
            text += &format!(", at most {most}");
        }
        text += &format!(". {}", is.text);
        item(indent, &format!("`{name}`: "), &text) + &self.nested(shape, &deeper(indent))
    }

    /// What a field's value consists of, unless that has a list of its own or is said already.
    fn nested(&self, shape: &Shape, indent: &str) -> String {
        match shape {
            Shape::Named(_) if place(shape).is_some() => String::new(),
            Shape::Named(name) => self.nested(&self.0[name].shape, indent),
            Shape::List(shape) | Shape::Nullable(shape) => self.nested(shape, indent),
            Shape::Words(words) if are_plain_words(words) => String::new(),
            Shape::Fields(fields) if are_plain(fields) => String::new(),
            Shape::Words(_) | Shape::Fields(_) | Shape::Others(_) | Shape::Either(_) | Shape::All(_) => {
                self.content(shape, indent, false)
            }
            Shape::Any | Shape::Flag | Shape::Number | Shape::Text | Shape::Scalar => String::new(),
            Shape::Tag(_) => String::new(),
        }
    }

    fn variant(&self, DescribedShape { text, shape }: &DescribedShape, indent: &str, is_top: bool) -> String {
        if let Some(place) = place(shape) {
            return item(indent, "", &format!("{text} See {place}."));
        }
        let (mut name, mut fields) = (String::new(), Vec::new());
        if let Shape::Words(_) = shape {
            name = format!("{}: ", self.kind(shape));
        }
        for field in self.fields(shape) {
            if let Shape::Tag(tag) = &field.is.shape {
                name = if is_top { format!("`{tag}`: ") } else { format!("`{}` = `{tag}`: ", field.name) };
            } else {
                fields.push(field);
            }
        }
        let text = text.clone() + &self.take_shared(&mut fields);
        let inner = deeper(indent);
        let fields = fields.into_iter().map(|field| self.field(field, &inner));
        let variants = self.variants(shape).into_iter();
        let rest = fields.chain(variants.map(|variant| self.variant(variant, &inner, false)));
        item(indent, &name, &text) + &rest.collect::<String>()
    }

    /// Takes those out of `fields` that have a list of their own, and says where it is.
    fn take_shared(&self, fields: &mut Vec<&FieldShape>) -> String {
        let mut text = String::new();
        for (name, place) in PLACES {
            let all = &self.0[name].shape;
            let shared: Vec<&str> = self.fields(all).into_iter().map(|field| field.name.as_str()).collect();
            let has = |name: &&str| fields.iter().any(|field| field.name == **name);
            if !shared.is_empty() && self.variants(all).is_empty() && shared.iter().all(has) {
                fields.retain(|field| !shared.contains(&field.name.as_str()));
                text += &format!(" The fields of {place}{}", if fields.is_empty() { "." } else { ", and:" });
            }
        }
        text
    }

    /// The fields that are always possible.
    fn fields<'s>(&'s self, shape: &'s Shape) -> Vec<&'s FieldShape> {
        match shape {
            Shape::Fields(fields) => fields.iter().collect(),
            Shape::Named(name) => self.fields(&self.0[name].shape),
            Shape::All(parts) => parts.iter().flat_map(|part| self.fields(part)).collect(),
            Shape::Words(_) | Shape::Nullable(_) | Shape::List(_) | Shape::Either(_) => Vec::new(),
            Shape::Others(_) | Shape::Any | Shape::Flag | Shape::Number | Shape::Text => Vec::new(),
            Shape::Scalar | Shape::Tag(_) => Vec::new(),
        }
    }

    /// What it may be of several.
    fn variants<'s>(&'s self, shape: &'s Shape) -> Vec<&'s DescribedShape> {
        match shape {
            Shape::Either(variants) => variants.iter().collect(),
            Shape::Named(name) => self.variants(&self.0[name].shape),
            Shape::All(parts) => parts.iter().flat_map(|part| self.variants(part)).collect(),
            Shape::Words(_) | Shape::Nullable(_) | Shape::List(_) | Shape::Fields(_) => Vec::new(),
            Shape::Others(_) | Shape::Any | Shape::Flag | Shape::Number | Shape::Text => Vec::new(),
            Shape::Scalar | Shape::Tag(_) => Vec::new(),
        }
    }

    fn is_of_words(&self, shape: &Shape) -> bool {
        match shape {
            Shape::Named(name) => self.is_of_words(&self.0[name].shape),
            Shape::Words(_) => true,
            Shape::Nullable(_) | Shape::List(_) | Shape::Either(_) | Shape::Fields(_) => false,
            Shape::Others(_) | Shape::Any | Shape::Flag | Shape::Number | Shape::Text => false,
            Shape::Scalar | Shape::Tag(_) | Shape::All(_) => false,
        }
    }

    /// What kind of value it is.
    fn kind(&self, shape: &Shape) -> String {
        match shape {
            Shape::Fields(fields) if are_plain(fields) => {
                let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
                format!("object with `{}`", names.join("`, `"))
            }
            Shape::Either(variants) => {
                let mut kinds: Vec<String> =
                    variants.iter().map(|variant| self.kind(&variant.shape)).collect();
                kinds.dedup();
                kinds.join(" or ")
            }
            Shape::Any | Shape::Fields(_) | Shape::Others(_) | Shape::All(_) => "object".to_owned(),
            Shape::Flag => "true or false".to_owned(),
            Shape::Number => "number".to_owned(),
            Shape::Text => "text".to_owned(),
            Shape::Scalar => "text, number, true or false".to_owned(),
            Shape::Tag(word) => format!("`{word}`"),
            Shape::Words(words) if are_plain_words(words) => {
                let names: Vec<&str> = words.iter().map(|word| word.name.as_str()).collect();
                format!("`{}`", names.join("`, `"))
            }
            Shape::Words(_) => "one of these".to_owned(),
            Shape::Nullable(shape) => format!("{} or null", self.kind(shape)),
            Shape::Named(name) => place(shape).map_or_else(|| self.kind(&self.0[name].shape), str::to_owned),
            Shape::List(shape) => match place(shape) {
                Some(place) => format!("list, each {place}"),
                None if self.is_of_words(shape) => format!("list, each {}", self.kind(shape)),
                None => format!("list of {}s", self.kind(shape)),
            },
        }
    }
}

/// An item of a list; what is deeper belongs to it.
fn item(indent: &str, name: &str, text: &str) -> String {
    wrapped(&format!("{indent}- {name}"), &deeper(indent), text)
}

fn deeper(indent: &str) -> String {
    format!("{indent}  ")
}

/// Whether their names say it all, in the line of what they belong to.
fn are_plain(fields: &[FieldShape]) -> bool {
    fields.iter().all(|field| field.is.text.is_empty())
}

fn are_plain_words(words: &[WordShape]) -> bool {
    words.iter().all(|word| word.text.is_empty())
}
