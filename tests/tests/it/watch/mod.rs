//! `supervisor watch`: what comes into a folder, however it comes, is done once and well.

mod arriving;
mod lasting;
mod originals;
mod places;
mod world;
