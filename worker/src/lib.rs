//! Everything that touches untrusted bytes: codecs, filters, the pipeline, and the loop that serves one
//! supervisor.

pub mod codec;
mod color;
mod density;
mod filters;
mod gain_map;
pub mod image;
mod metadata;
mod moved;
pub mod panics;
pub mod pipeline;
pub mod process;
mod sandbox;
pub mod serve;
