//! `metadata` in a recipe: a word, or a table with the policy, what is left out and what fields are set to.

use toml::Spanned;
use toml::de::DeValue;

use super::{Output, PlacedMistake, RecipeOutput, entry, quote, scalar};
use crate::filter::Scalar;
use crate::format::MetadataPolicy;
use crate::metadata::{ChangeError, MetadataChanges, MetadataFamily, MetadataField};
use crate::words::{Word, did_you_mean, nearest};

/// What is said of the metadata of an output.
#[derive(Debug, Clone, Default)]
pub(super) struct MetadataSetting {
    policy: MetadataPolicy,
    changes: MetadataChanges,
}

impl MetadataSetting {
    pub(super) fn put_into(self, output: &mut RecipeOutput) {
        output.settings.metadata = self.policy;
        output.changes = self.changes;
    }
}

/// Reads either form.
pub(super) fn read_metadata(value: Spanned<DeValue<'_>>) -> Result<MetadataSetting, PlacedMistake> {
    let span = value.span();
    let table = match value.into_inner() {
        DeValue::Table(table) => table,
        word @ (DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)) => {
            let policy = read_policy(Spanned::new(span, word))?;
            return Ok(MetadataSetting { policy, changes: MetadataChanges::default() });
        }
    };
    let mut setting = MetadataSetting::default();
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "policy" => setting.policy = read_policy(value)?,
            "drop" => read_drop(value, &mut setting.changes)?,
            "set" => read_set(value, &mut setting.changes)?,
            other => {
                let meant = did_you_mean(nearest(other, ["policy", "drop", "set"].into_iter()));
                let message = format!("metadata: expected policy, drop or set, got {other}{meant}");
                return Err(PlacedMistake(key.span(), message));
            }
        }
    }
    setting.changes.check().map_err(|error| placed(span, &error))?;
    Ok(setting)
}

fn placed(span: std::ops::Range<usize>, error: &ChangeError) -> PlacedMistake {
    PlacedMistake(span, format!("metadata: {error}"))
}

fn read_policy(value: Spanned<DeValue<'_>>) -> Result<MetadataPolicy, PlacedMistake> {
    let span = value.span();
    let mut output = Output::default();
    output.set("metadata", &scalar(value)?).map_err(|error| PlacedMistake(span, error.to_string()))?;
    Ok(output.metadata)
}

fn read_drop(value: Spanned<DeValue<'_>>, changes: &mut MetadataChanges) -> Result<(), PlacedMistake> {
    let span = value.span();
    let DeValue::Array(families) = value.into_inner() else {
        let message = "metadata: drop is a list, such as [\"gps\", \"serial\"]".to_owned();
        return Err(PlacedMistake(span, message));
    };
    for family in families {
        let span = family.span();
        changes.drop.insert(MetadataFamily::named(&scalar(family)?).map_err(|error| placed(span, &error))?);
    }
    Ok(())
}

fn read_set(value: Spanned<DeValue<'_>>, changes: &mut MetadataChanges) -> Result<(), PlacedMistake> {
    let span = value.span();
    let DeValue::Table(fields) = value.into_inner() else {
        let message = "metadata: set is a table of fields, such as { artist = \"Ana\" }".to_owned();
        return Err(PlacedMistake(span, message));
    };
    for (key, value) in fields {
        let field = MetadataField::named(key.get_ref()).map_err(|error| placed(key.span(), &error))?;
        let span = value.span();
        let text = field.text(&scalar(value)?).map_err(|error| placed(span, &error))?;
        if changes.set.insert(field, text).is_some() {
            return Err(placed(key.span(), &ChangeError::Twice(field)));
        }
    }
    Ok(())
}

/// The tables of an output whose metadata is changed; without changes its policy is a setting like others.
pub(super) fn metadata_tables(output: &RecipeOutput) -> String {
    let MetadataChanges { drop, set } = &output.changes;
    if output.changes.is_empty() {
        return String::new();
    }
    let policy = entry("policy", &Scalar::Text(output.settings.metadata.word().to_owned()));
    let families: Vec<String> = drop.iter().map(|family| quote(family.word())).collect();
    let drop =
        if families.is_empty() { String::new() } else { format!("drop = [{}]\n", families.join(", ")) };
    let set: String =
        set.iter().map(|(field, text)| entry(field.word(), &Scalar::Text(text.to_string()))).collect();
    let set = if set.is_empty() { set } else { format!("\n[output.metadata.set]\n{set}") };
    format!("\n[output.metadata]\n{policy}{drop}{set}")
}

#[cfg(test)]
mod tests {
    use crate::Recipe;

    fn typed(recipe: &Recipe) -> Vec<String> {
        let of_output = recipe.outputs.iter().map(|output| {
            let changes =
                output.changes.typed().into_iter().map(|(option, value)| format!("{option} {value}"));
            let words = std::iter::once(output.settings.metadata.to_string()).chain(changes);
            words.collect::<Vec<_>>().join(", ")
        });
        of_output.collect()
    }

    #[test]
    fn a_table_at_the_top_holds_for_each_output_that_says_nothing() {
        let top =
            "[metadata]\npolicy = \"copyright\"\ndrop = [\"serial\", \"GPS\"]\nset = { artist = \"A\" }\n";
        let all = "copyright, drop gps,serial, set artist=A";
        let recipe = |rest: &str| Recipe::parse(&(top.to_owned() + rest)).unwrap();
        assert_eq!(typed(&recipe("")), [all]);
        assert_eq!(typed(&recipe("[output]\nquality = 3\n")), [all]);
        let outputs = recipe(
            "[[output]]\nname = \"a\"\n[[output]]\nname = \"b\"\nmetadata = \"strip\"\n\
             [[output]]\nname = \"c\"\n[output.metadata.set]\ncaption = \"{stem}\"\n\
             [[output.filter]]\nname = \"sepia\"\n",
        );
        assert_eq!(typed(&outputs), [all, "strip", "keep, set caption={stem}"]);
        assert_eq!(Recipe::parse(&outputs.to_toml()), Ok(outputs));
        assert_eq!(typed(&Recipe::parse("metadata = \"strip\"\n").unwrap()), ["strip"]);
    }

    #[test]
    fn mistakes_say_where_they_are() {
        let error = |text: &str| Recipe::parse(text).unwrap_err().to_string();
        for (text, expected) in [
            ("[metadata]\nkeep = 3\n", "2:1: metadata: expected policy, drop or set, got keep"),
            (
                "[metadata]\npolcy = \"keep\"\n",
                "2:1: metadata: expected policy, drop or set, got polcy (did you mean \"policy\"?)",
            ),
            (
                "[metadata]\npolicy = \"all\"\n",
                "2:10: output: metadata must be one of keep, copyright, strip",
            ),
            ("metadata = \"none\"\n", "1:12: output: metadata must be one of keep"),
            ("[metadata]\ndrop = \"gps\"\n", "2:8: metadata: drop is a list, such as [\"gps\", \"serial\"]"),
            ("[metadata]\ndrop = [\"gps\", \"gpz\"]\n", "2:16: metadata: there is no \"gpz\" that could"),
            ("[output.metadata]\nset = 3\n", "2:7: metadata: set is a table of fields"),
            (
                "[output.metadata.set]\ntitel = \"x\"\n",
                "2:1: metadata: there is no field \"titel\" (did you mean \"title\"?)",
            ),
            (
                "[output.metadata.set]\ntitle = \"{x}\"\n",
                "2:9: metadata: title: there is no {x}; there are {dir}",
            ),
            (
                "[metadata.set]\ntitle = \"{artist}\"\nartist = \"{title}\"\n",
                "1:2: metadata: artist and title need",
            ),
            ("[metadata.set]\ntitle = \"a\"\nTitle = \"b\"\n", "2:1: metadata: title is set twice"),
        ] {
            let error = error(text);
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
