//! Whether the parameters of a filter go together, for those that the table calls checked.

use crate::words::Word;

use super::{Aspect, Crop, Levels, Lut, Pad, Resize, ResizeMode, Watermark};

impl Resize {
    pub(super) fn check(&self) -> Result<(), String> {
        let box_given = self.width.is_some() || self.height.is_some();
        let edge_given = self.long_edge.is_some() || self.short_edge.is_some();
        let needs_both = match self.mode {
            ResizeMode::Fit => false,
            ResizeMode::Fill | ResizeMode::Pad | ResizeMode::Stretch => true,
        };
        if !box_given && !edge_given {
            return Err("say how large: width, height, long_edge or short_edge".to_owned());
        }
        if box_given && edge_given || self.long_edge.is_some() && self.short_edge.is_some() {
            return Err("width and height, long_edge, and short_edge exclude each other".to_owned());
        }
        if needs_both && (self.width.is_none() || self.height.is_none()) {
            return Err(format!("mode={} needs both width and height", self.mode.word()));
        }
        Ok(())
    }
}

impl Watermark {
    pub(super) fn check(&self) -> Result<(), String> {
        match (&self.text, &self.image) {
            (Some(_), Some(_)) => Err("text and image exclude each other".to_owned()),
            (None, None) => Err("say what to put on the picture: text or image".to_owned()),
            (None, Some(_)) if self.font.is_some() => Err("font goes with text, not with image".to_owned()),
            (Some(_), None) | (None, Some(_)) => Ok(()),
        }
    }
}

impl Levels {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.black < self.white { Ok(()) } else { Err("black must be less than white".to_owned()) }
    }
}

impl Lut {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.file.is_some() { Ok(()) } else { Err("say which table: file".to_owned()) }
    }
}

impl Crop {
    pub(super) fn check(&self) -> Result<(), String> {
        proportions_or_size(self.aspect, self.width.or(self.height), "what to cut out")
    }
}

impl Pad {
    pub(super) fn check(&self) -> Result<(), String> {
        proportions_or_size(self.aspect, self.width.or(self.height), "how large the canvas is")
    }
}

/// Either is needed, and excludes the other; `what` they say.
fn proportions_or_size(aspect: Option<Aspect>, edge: Option<u32>, what: &str) -> Result<(), String> {
    match (aspect, edge) {
        (None, None) => Err(format!("say {what}: aspect, or width and height")),
        (Some(_), Some(_)) => Err("aspect excludes width and height".to_owned()),
        (Some(_), None) | (None, Some(_)) => Ok(()),
    }
}
