//! Options about the metadata of results, for every command that makes some: what is left out of it, and what
//! is written into it.

use clap::Args;
use recipe::metadata::{ChangeError, FieldText, MetadataFamily, MetadataField};
use recipe::recipe::Recipe;
use recipe::words::Word;

use super::{UsageError, values};

/// What can be left out, as the table has it.
fn drop_help() -> String {
    let families = MetadataFamily::ALL.map(|family| format!("{} ({})", family.word(), family.info().about));
    format!("Leave out of the metadata that goes along, separated by commas: {}", families.join("; "))
}

/// What can be set, as the table has it.
fn set_help() -> String {
    format!(
        "Write a text into EXIF, IPTC and XMP, with the tokens of names, as in copyright=\"© {{date:%Y}} \
         {{artist}}\"; an empty text removes the field; repeatable. Fields: {}",
        MetadataField::WORDS.join(", ")
    )
}

/// What becomes of the metadata, beside the policy.
#[derive(Debug, Args)]
pub(crate) struct MetadataArgs {
    #[arg(long, value_name = "LIST", value_delimiter = ',', help = drop_help())]
    #[arg(value_parser = values::family(), hide_possible_values = true)]
    pub drop: Vec<MetadataFamily>,
    #[arg(long, value_name = "FIELD=TEMPLATE", help = set_help())]
    #[arg(value_parser = values::field_text(), hide_possible_values = true)]
    pub set: Vec<FieldText>,
}

impl MetadataArgs {
    /// Adds what was asked for to each output of a recipe. What is set here counts before what is set there.
    pub(super) fn add_to(&self, recipe: &mut Recipe) -> Result<(), UsageError> {
        let refused = |error: ChangeError| UsageError(format!("--set: {error}"));
        for (index, FieldText { field, .. }) in self.set.iter().enumerate() {
            if self.set[..index].iter().any(|before| before.field == *field) {
                return Err(refused(ChangeError::Twice(*field)));
            }
        }
        for changes in recipe.outputs.iter_mut().map(|output| &mut output.changes) {
            changes.drop.extend(&self.drop);
            changes.set.extend(self.set.iter().map(|set| (set.field, set.text.clone())));
            changes.check().map_err(refused)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod docs;
