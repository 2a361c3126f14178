//! What an image has in each pixel.

/// What the samples of one pixel mean, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channels {
    /// Luma.
    Grey,
    /// Luma, alpha.
    GreyAlpha,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, alpha.
    Rgba,
}

impl Channels {
    /// Samples per pixel.
    pub fn count(self) -> usize {
        match self {
            Channels::Grey => 1,
            Channels::GreyAlpha => 2,
            Channels::Rgb => 3,
            Channels::Rgba => 4,
        }
    }

    /// Samples per pixel that hold colour: all but alpha.
    pub fn color_count(self) -> usize {
        match self {
            Channels::Grey | Channels::GreyAlpha => 1,
            Channels::Rgb | Channels::Rgba => 3,
        }
    }

    /// Whether the last sample is transparency.
    pub fn has_alpha(self) -> bool {
        match self {
            Channels::Grey | Channels::Rgb => false,
            Channels::GreyAlpha | Channels::Rgba => true,
        }
    }
}
