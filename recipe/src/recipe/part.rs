//! Where a part of a recipe stands in the text that it was read from: for mistakes that show only once all
//! of it is known, with the names and the options that stand beside it.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{PlacedMistake, RecipeError};
use crate::metadata::MetadataField;
use crate::words::Word;

/// A part of a recipe that something may be wrong with. Outputs and filters are known by their numbers, from
/// 0; filters are counted as by [`Recipe::all_filters`](super::Recipe::all_filters).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecipePart {
    /// A key of an output.
    Output {
        /// Which output.
        output: usize,
        /// The key.
        key: &'static str,
    },
    /// A parameter of a filter.
    Filter {
        /// Which filter.
        filter: usize,
        /// The parameter.
        param: &'static str,
    },
    /// The text that a field of an output's metadata is set to.
    Field {
        /// Which output.
        output: usize,
        /// The field.
        field: MetadataField,
    },
}

impl RecipePart {
    /// A mistake in this part of a recipe, with its place in `text`. Where an output or a filter does not say
    /// this itself, its own place is told; `None` if the text has none of it, as of what an option added.
    pub fn mistake(self, text: &str, message: String) -> Option<RecipeError> {
        let text = super::without_mark(text);
        let document = DeTable::parse(text).ok()?;
        let at = self.find(document.get_ref())?.span();
        Some(PlacedMistake(at, message).in_text(text))
    }

    fn find<'t, 'a>(self, recipe: &'t DeTable<'a>) -> Option<&'t Spanned<DeValue<'a>>> {
        let outputs = || value(recipe, "output").into_iter().flat_map(each);
        match self {
            RecipePart::Output { output, key } => {
                let output = outputs().nth(output)?;
                inside(output, &[key]).or(Some(output))
            }
            RecipePart::Filter { filter, param } => {
                let own = outputs().filter_map(|output| inside(output, &["filter"]));
                let filter = value(recipe, "filter").into_iter().chain(own).flat_map(each).nth(filter)?;
                inside(filter, &[param]).or(Some(filter))
            }
            RecipePart::Field { output, field } => {
                let path = ["set", field.word()];
                let own = || inside(outputs().nth(output)?, &["metadata"]);
                // What an output says takes the place of all that stands at the top.
                inside(own().or_else(|| value(recipe, "metadata"))?, &path)
            }
        }
    }
}

/// What a table has under a key, in any case.
fn value<'t, 'a>(table: &'t DeTable<'a>, key: &str) -> Option<&'t Spanned<DeValue<'a>>> {
    let is_it = |name: &str| name.trim().eq_ignore_ascii_case(key);
    table.iter().find(|(name, _)| is_it(name.get_ref())).map(|(_, value)| value)
}

/// What stands in a table, in that of a table, and so on.
fn inside<'t, 'a>(table: &'t Spanned<DeValue<'a>>, path: &[&str]) -> Option<&'t Spanned<DeValue<'a>>> {
    path.iter().try_fold(table, |table, key| value(table.get_ref().as_table()?, key))
}

/// Everything in a list; what is no list is the only one.
fn each<'t, 'a>(value: &'t Spanned<DeValue<'a>>) -> impl Iterator<Item = &'t Spanned<DeValue<'a>>> {
    let list: &[_] = value.get_ref().as_array().map_or(std::slice::from_ref(value), |list| list);
    list.iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPE: &str = "\u{feff}\
        [[filter]]\n\
        name = \"lut\"\n\
        file = \"a.cube\"\n\
        [metadata.set]\n\
        Title = \"{output}\"\n\
        [[output]]\n\
        name = \"web\"\n\
        path = \"é{stem}\"\n\
        [[output.filter]]\n\
        name = \"sepia\"\n\
        [[output]]\n\
        name = \"print\"\n\
        metadata.set.title = \"x\"\n";

    fn place(part: RecipePart) -> Option<String> {
        part.mistake(RECIPE, "no".to_owned()).map(|error| error.to_string())
    }

    #[test]
    fn a_part_is_found_again_where_it_stands() {
        let key = |output, key| RecipePart::Output { output, key };
        let param = |filter, param| RecipePart::Filter { filter, param };
        let field = |output, field| RecipePart::Field { output, field };
        for (part, expected) in [
            (key(0, "path"), Some("8:8: no")),
            (key(0, "dpi"), Some("6:1: no")),
            (key(1, "path"), Some("11:1: no")),
            (key(2, "path"), None),
            (param(0, "file"), Some("3:8: no")),
            (param(1, "strength"), Some("9:1: no")),
            (param(2, "file"), None),
            (field(0, MetadataField::Title), Some("5:9: no")),
            (field(1, MetadataField::Title), Some("13:22: no")),
            (field(1, MetadataField::Artist), None),
        ] {
            assert_eq!(place(part).as_deref(), expected, "{part:?}");
        }
        let only = key(0, "max_bytes").mistake("[output]\nmax_bytes = 3\n", String::new());
        assert_eq!(only.map(|error| (error.line, error.column)), Some((2, 13)));
        assert_eq!(key(0, "path").mistake("[[filter]]\n", String::new()), None);
    }
}
