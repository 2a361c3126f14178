//! `supervisor serve`, driven as the page and other programs drive it: over HTTP and a real WebSocket, in both dialects.

#![expect(clippy::unwrap_used, clippy::panic, reason = "the helpers of tests are tests, too")]

mod attacks;
mod client;
mod english;
mod files;
mod golden;
mod spanish;
