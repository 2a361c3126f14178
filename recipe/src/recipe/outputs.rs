//! What a recipe makes of each photo: one output, or several with names. There is always at least one.

use std::iter;

use serde::{Deserialize, Serialize};

use super::Output;
use crate::filter::Filter;
use crate::metadata::MetadataChanges;

/// The longest name of an output, in bytes: it becomes a folder.
const MAX_NAME: usize = 64;

/// One of the files that a recipe makes of each photo.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RecipeOutput {
    /// Its name in the recipe: there is one where there are several outputs.
    pub name: Option<String>,
    /// The template of its files' names, as it was written; the usual one where there is none.
    pub path: Option<String>,
    /// Applied in this order, after those that all outputs share.
    pub filters: Vec<Filter>,
    /// How it is encoded.
    pub settings: Output,
    /// What becomes of its metadata once the policy among the settings has chosen.
    pub changes: MetadataChanges,
}

/// The outputs of a recipe.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Outputs {
    /// The first, which is the only one of most recipes.
    pub first: RecipeOutput,
    /// The others, in the order of the recipe.
    pub others: Vec<RecipeOutput>,
}

impl Outputs {
    /// The outputs of a list, or which of them does not go with those before it.
    pub fn together(outputs: Vec<RecipeOutput>) -> Result<Outputs, (usize, OutputsError)> {
        for (index, output) in outputs.iter().enumerate() {
            let before = outputs.get(..index).unwrap_or_default();
            check_beside(before, output).map_err(|error| (index, error))?;
        }
        let mut outputs = outputs.into_iter();
        let first = outputs.next().ok_or((0, OutputsError::None))?;
        Ok(Outputs { first, others: outputs.collect() })
    }

    /// The only output, unless there are several.
    pub fn only(&self) -> Option<&RecipeOutput> {
        self.others.is_empty().then_some(&self.first)
    }

    /// As [`Outputs::only`], to be changed.
    pub fn only_mut(&mut self) -> Option<&mut RecipeOutput> {
        self.others.is_empty().then_some(&mut self.first)
    }

    /// All of them, in the order of the recipe.
    pub fn iter(&self) -> impl Iterator<Item = &RecipeOutput> + Clone {
        iter::once(&self.first).chain(&self.others)
    }

    /// As [`Outputs::iter`], to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut RecipeOutput> {
        iter::once(&mut self.first).chain(&mut self.others)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        1 + self.others.len()
    }
}

/// Why several outputs do not go together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutputsError {
    /// The list is empty.
    #[error("an empty list makes nothing of a photo")]
    None,
    /// One of several has no name.
    #[error("with several outputs each needs a name, such as name = \"web\"")]
    NoName,
    /// A name that no folder can have.
    #[error(
        "an output's name is up to {MAX_NAME} bytes long, without slashes and without a dot in front, \
         got {0:?}"
    )]
    BadName(String),
    /// Two have one name.
    #[error("there are two outputs with the name \"{0}\"")]
    Twins(String),
    /// A raw photo cannot become two pictures at once.
    #[error("{0} must be the same in all outputs, since a photo is decoded once")]
    RawDiffers(&'static str),
}

/// Checks that an output may stand after these.
fn check_beside(before: &[RecipeOutput], output: &RecipeOutput) -> Result<(), OutputsError> {
    if let Some(name) = output.name.as_deref() {
        let is_bad = name.is_empty()
            || name.len() > MAX_NAME
            || name.starts_with('.')
            || name.chars().any(|c| c.is_control() || matches!(c, '/' | '\\'));
        if is_bad {
            return Err(OutputsError::BadName(name.to_owned()));
        }
    }
    for other in before {
        let (Some(name), Some(taken)) = (&output.name, &other.name) else { return Err(OutputsError::NoName) };
        if name.to_lowercase() == taken.to_lowercase() {
            return Err(OutputsError::Twins(name.clone()));
        }
        if other.settings.raw != output.settings.raw {
            return Err(OutputsError::RawDiffers("raw"));
        }
        if other.settings.raw_exposure != output.settings.raw_exposure {
            return Err(OutputsError::RawDiffers("raw_exposure"));
        }
    }
    Ok(())
}
