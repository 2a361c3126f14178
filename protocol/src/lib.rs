//! What the supervisor and the worker tell each other. Data, with no I/O and no state; [`photo`] also reads
//! from it what tokens stand for, so that both sides write the same.
//!
//! Everything that crosses the process boundary is defined here once. The messages themselves carry channel
//! ends and stand behind the feature `channel`, which only the two sides of the conversation switch on.

pub mod job;
pub mod limits;
#[cfg(feature = "channel")]
pub mod message;
pub mod outcome;
pub mod photo;
pub mod sandbox;

pub use job::{Attempt, FontFile, JobId, Lane, StagingFile, Task};
pub use outcome::{Done, ErrorKind, JobError, Stage};
pub use photo::{PhotoValues, PlannedPhoto, ResultValues};

/// Raised whenever the same settings make other pixels or other tags of a photo, and only then. The journal
/// notes it with each result, so that those of an older revision are known and can be made again.
///
/// 0: before there was this number. 1: metadata wherever programs put it, HDR gain maps, shaped text,
/// densities, colours of PNG, black of CMYK. 2: densities of Photoshop and XMP, shapes of pixels, tokens in
/// texts, thumbnails made of larger results, what metadata says of places, the first of tags that EXIF has
/// twice. 3: fields of metadata that hold pictures, authors that only IPTC names. 4: image data of JPEGs
/// carried over where only metadata changes. 5: more of what counts as copyright, files of which header or
/// profile has a wrong checksum. 6: colours and metadata of a raw photo's preview, likeness within a size; of
/// developed ones, light beyond the end of green, hot pixels, Fujifilm's mosaic, and what is cropped in the
/// camera.
pub const ENGINE_REVISION: u32 = 6;

/// Raised whenever a message, a recipe or anything in them changes: two executables of different versions
/// must not talk.
pub const PROTOCOL_VERSION: u32 = 12;
