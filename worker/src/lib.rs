//! Everything that touches untrusted bytes: codecs, filters, the pipeline, and the loop that serves one supervisor.

pub mod image;
