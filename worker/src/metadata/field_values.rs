//! A field of metadata with the values that it is set to. No state.

use recipe::metadata::{FieldInfo, MetadataField};

/// What a field is set to.
#[derive(Debug)]
pub(crate) struct FieldValues {
    pub(crate) field: MetadataField,
    /// Without any, the field is taken out.
    pub(crate) values: Vec<String>,
}

impl FieldValues {
    /// What a text gives a field.
    pub(crate) fn of(field: MetadataField, text: &str) -> FieldValues {
        FieldValues { field, values: field.values(text) }
    }

    pub(crate) fn info(&self) -> &'static FieldInfo {
        self.field.info()
    }
}
