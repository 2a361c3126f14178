//! Everything that touches untrusted bytes: codecs, filters, the pipeline, and the loop that serves one supervisor.

pub mod codec;
mod color;
mod exif;
mod filters;
pub mod guard;
pub mod image;
mod iptc;
mod metadata;
pub mod pipeline;
pub mod process;
mod sandbox;
pub mod serve;
mod xmp;
