//! Words about a photo: what is taken out of a result's metadata beside what the policy leaves out, and what
//! is then written into it. `families` and `fields` have all that there are and where they stand, `places`
//! what a place is; `result_values` says what tokens stand for after that. Pure.

mod changes;
mod families;
mod fields;
mod namespaces;
mod places;
mod result_values;

pub(crate) use changes::fields_in;
pub use changes::{ChangeError, FieldText, MetadataChanges};
pub use families::{FamilyInfo, MetadataFamily};
pub use fields::{FieldInfo, MetadataField, Repeated, XmpField};
pub use namespaces::Namespace;
pub use places::{ExifPlace, FilePlace, IptcPlace, XmpPlace};
pub use result_values::ResultValues;
