//! `supervisor serve`, driven as the page and other programs drive it: over HTTP and a real WebSocket, in
//! both dialects.

mod attacks;
mod client;
mod english;
mod files;
mod golden;
mod reconnecting;
mod refusals;
mod spanish;
