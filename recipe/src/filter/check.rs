//! Whether the parameters of a filter go together, for those that the table calls checked.

use crate::words::Word;

use super::{
    Aspect, Balance, Caption, Crop, CropAnchor, Curves, Levels, Lut, Match, Monochrome, Pad, Perspective,
    Place, Resize, ResizeMode, Sharpen, Watermark, WhiteBalance,
};

impl Resize {
    pub(super) fn check(&self) -> Result<(), String> {
        let Resize { width, height, long_edge, short_edge, percent, megapixels, .. } = self;
        let box_given = width.is_some() || height.is_some();
        let is_box = width.is_some() && height.is_some();
        let ways =
            [box_given, long_edge.is_some(), short_edge.is_some(), percent.is_some(), megapixels.is_some()];
        let needs_both = match self.mode {
            ResizeMode::Fit => false,
            ResizeMode::Fill | ResizeMode::Pad | ResizeMode::Stretch => true,
        };
        let names = "long_edge, short_edge, percent";
        match ways.iter().filter(|way| **way).count() {
            0 => return Err(format!("say how large: width, height, {names} or megapixels")),
            1 => {}
            _ => return Err(format!("width and height, {names}, and megapixels exclude each other")),
        }
        if needs_both && !is_box {
            return Err(format!("mode={} needs both width and height", self.mode.word()));
        }
        if self.orient && !is_box {
            return Err("orient=true turns a box, which needs both width and height".to_owned());
        }
        if percent.is_some_and(|percent| percent > 100.0) && !self.enlarge {
            return Err("percent above 100 needs enlarge=true".to_owned());
        }
        Ok(())
    }
}

impl Sharpen {
    pub(super) fn check(&self) -> Result<(), String> {
        let Sharpen { amount, radius, threshold, .. } = Sharpen::default();
        let numbers_given = (self.amount, self.radius, self.threshold) != (amount, radius, threshold);
        match self.medium.is_some() && numbers_given {
            true => Err("medium stands instead of amount, radius and threshold".to_owned()),
            false => Ok(()),
        }
    }
}

impl Curves {
    pub(super) fn check(&self) -> Result<(), String> {
        let Curves { points, red, green, blue } = self;
        match [points, red, green, blue].iter().any(|curve| curve.is_some()) {
            true => Ok(()),
            false => Err("say which curve: points, red, green or blue".to_owned()),
        }
    }
}

impl WhiteBalance {
    pub(super) fn check(&self) -> Result<(), String> {
        let (both, none) = (self.x.is_some() && self.y.is_some(), self.x.is_none() && self.y.is_none());
        match self.method {
            Balance::Auto if !none => Err("x and y go with method=point".to_owned()),
            Balance::Point if !both => Err("method=point needs both x and y".to_owned()),
            Balance::Auto | Balance::Point => Ok(()),
        }
    }
}

impl Match {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.file.is_some() { Ok(()) } else { Err("say which reference photo: file".to_owned()) }
    }
}

impl Monochrome {
    pub(super) fn check(&self) -> Result<(), String> {
        let sum = self.red + self.green + self.blue;
        if sum >= 0.01 { Ok(()) } else { Err("the weights must have a sum above 0".to_owned()) }
    }
}

impl Watermark {
    pub(super) fn check(&self) -> Result<(), String> {
        let of_text = [
            (self.font.is_some(), "font"),
            (self.align.is_some(), "align"),
            (self.box_color.is_some(), "box_color"),
        ];
        match (&self.text, &self.image) {
            (Some(_), Some(_)) => return Err("text and image exclude each other".to_owned()),
            (None, None) => return Err("say what to put on the picture: text or image".to_owned()),
            (None, Some(_)) => {
                if let Some((_, name)) = of_text.iter().find(|(is_given, _)| *is_given) {
                    return Err(format!("{name} goes with text, not with image"));
                }
                if self.adapt {
                    return Err("adapt goes with text; of an image, image_dark is the variant".to_owned());
                }
            }
            (Some(_), None) if self.image_dark.is_some() => {
                return Err("image_dark goes with image, not with text".to_owned());
            }
            (Some(_), None) => {}
        }
        if self.adapt && self.box_color.is_some() {
            return Err("adapt goes by the photo under the text, which box_color hides".to_owned());
        }
        let [across, down] = [self.offset_x != 0.0, self.offset_y != 0.0];
        if (across && self.x.is_some()) || (down && self.y.is_some()) {
            return Err("offset_x and offset_y move it from its anchor, x and y stand instead".to_owned());
        }
        if self.tile && (across || down) {
            return Err("offset_x and offset_y move one mark, not those of tile=true".to_owned());
        }
        Ok(())
    }
}

impl Caption {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.text.is_some() { Ok(()) } else { Err("say what to write: text".to_owned()) }
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
        let is_box = self.aspect.is_some() || self.width.is_some() && self.height.is_some();
        proportions_or_size(self.aspect, self.width.or(self.height), "what to cut out")?;
        match self.orient {
            true if !is_box => Err("orient=true needs aspect, or both width and height".to_owned()),
            true if self.x.is_some() || self.y.is_some() => {
                Err("orient=true goes with an anchor, not with x and y".to_owned())
            }
            _ if self.anchor == CropAnchor::Smart && (self.x.is_some() || self.y.is_some()) => {
                Err("anchor=smart excludes x and y".to_owned())
            }
            true | false => Ok(()),
        }
    }
}

impl Pad {
    pub(super) fn check(&self) -> Result<(), String> {
        proportions_or_size(self.aspect, self.width.or(self.height), "how large the canvas is")
    }
}

impl Perspective {
    pub(super) fn check(&self) -> Result<(), String> {
        let corners = [self.top_left, self.top_right, self.bottom_right, self.bottom_left];
        // Clockwise, all turns are to the right; a turn that is too slight leaves no picture.
        let turns_right = |at: usize| {
            let [a, b, c] = [0, 1, 2].map(|step| corners[(at + step) % 4]);
            let along = |from: Place, to: Place| (to.x - from.x, to.y - from.y);
            let ((ax, ay), (bx, by)) = (along(a, b), along(b, c));
            ax * by - ay * bx > 0.001
        };
        match (0..4).all(turns_right) {
            true => Ok(()),
            false => Err("its four places must make a figure without dents, in their order".to_owned()),
        }
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
