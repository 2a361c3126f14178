//! The language: what can be asked of a picture, in which words, and what size it makes of which.
//!
//! [`filter`] has every filter in one table, from which command line, recipes, help, docs and page are
//! made; [`format`](mod@format) has the image formats, [`metadata`] what can be left out of a photo's
//! metadata and written into it, [`recipe`] filters with their output settings as TOML; [`shipped`] has the
//! recipes that come with the program; [`template`] fills texts in with what is said of a photo, and
//! [`letters`] says what a text is made of. No I/O: what a text means, never what a file holds.

// Its macro is for all that follow.
#[macro_use]
pub mod words;

mod bounds;
pub mod filter;
pub mod format;
pub mod letters;
pub mod metadata;
pub mod path;
pub mod recipe;
pub mod shipped;
pub mod template;

pub use bounds::Bounds;
pub use filter::Filter;
pub use format::Format;
pub use path::WirePath;
pub use recipe::Recipe;
pub use words::Word;
