//! Values of parameters: which Rust types there are, and how each is read from text and written back.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::path::WirePath;
use crate::template::Template;
use crate::words::Word;

/// A value as TOML and JSON tell them apart. Displayed as it would be typed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// A text or a word.
    Text(String),
    // Read before the other kind of number, of which it would be one too.
    /// A whole number.
    Whole(i64),
    /// A number that is not whole.
    Number(f64),
    /// `true` or `false`.
    Switch(bool),
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Text(text) => f.write_str(text),
            Scalar::Number(number) => number.fmt(f),
            Scalar::Whole(number) => number.fmt(f),
            Scalar::Switch(truth) => truth.fmt(f),
        }
    }
}

/// Every whole number up to here is exact in an `f32`, and has no other way of being written.
const LARGEST_WHOLE: f32 = (1 << 24) as f32;

impl From<f32> for Scalar {
    fn from(number: f32) -> Self {
        match number.fract() == 0.0 && number.abs() <= LARGEST_WHOLE {
            true => Scalar::Whole(number as i64),
            // By way of its digits: 0.05 stays 0.05, and does not become 0.0500000007.
            false => Scalar::Number(number.to_string().parse().unwrap_or(number.into())),
        }
    }
}

impl From<u32> for Scalar {
    fn from(number: u32) -> Self {
        Scalar::Whole(number.into())
    }
}

impl From<bool> for Scalar {
    fn from(truth: bool) -> Self {
        Scalar::Switch(truth)
    }
}

impl From<String> for Scalar {
    fn from(text: String) -> Self {
        Scalar::Text(text)
    }
}

/// A Rust type that a parameter can have.
pub trait ParamValue: Sized {
    /// The value of a text that its kind accepts; `None` for a text is a mistake in the table.
    fn read(text: &str) -> Option<Self>;
    /// What [`ParamValue::read`] makes the same value of, once displayed; `None` where it is left out.
    fn write(&self) -> Option<Scalar>;
    /// The path, if the value is one.
    fn file_mut(&mut self) -> Option<&mut WirePath> {
        None
    }
    /// The text, if the value is one.
    fn text(&self) -> Option<&Template> {
        None
    }
}

macro_rules! plain_value {
    ($($type:ty),+) => {$(
        impl ParamValue for $type {
            fn read(text: &str) -> Option<Self> {
                text.parse().ok()
            }
            fn write(&self) -> Option<Scalar> {
                Some(self.clone().into())
            }
        }
    )+};
}
plain_value!(f32, u32, bool);

impl<T: Word> ParamValue for T {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
    fn write(&self) -> Option<Scalar> {
        Some(self.word().to_owned().into())
    }
}

impl ParamValue for WirePath {
    fn read(text: &str) -> Option<Self> {
        Some(WirePath::from(text))
    }
    fn write(&self) -> Option<Scalar> {
        Some(self.0.to_string_lossy().into_owned().into())
    }
    fn file_mut(&mut self) -> Option<&mut WirePath> {
        Some(self)
    }
}

impl ParamValue for Template {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
    fn write(&self) -> Option<Scalar> {
        Some(self.to_string().into())
    }
    fn text(&self) -> Option<&Template> {
        Some(self)
    }
}

impl ParamValue for Place {
    fn read(text: &str) -> Option<Self> {
        Place::parse(text)
    }
    fn write(&self) -> Option<Scalar> {
        Some(self.to_string().into())
    }
}

impl ParamValue for Aspect {
    fn read(text: &str) -> Option<Self> {
        Aspect::parse(text)
    }
    fn write(&self) -> Option<Scalar> {
        Some(self.to_string().into())
    }
}

impl ParamValue for Color {
    fn read(text: &str) -> Option<Self> {
        Color::parse(text)
    }
    fn write(&self) -> Option<Scalar> {
        Some(self.to_string().into())
    }
}

impl<T: ParamValue> ParamValue for Option<T> {
    fn read(text: &str) -> Option<Self> {
        T::read(text).map(Some)
    }
    fn write(&self) -> Option<Scalar> {
        self.as_ref().and_then(T::write)
    }
    fn file_mut(&mut self) -> Option<&mut WirePath> {
        self.as_mut().and_then(T::file_mut)
    }
    fn text(&self) -> Option<&Template> {
        self.as_ref().and_then(T::text)
    }
}

/// Proportions of a picture: width to height, each above 0, neither more than a hundred times the other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Aspect {
    /// The share of the width.
    pub width: f64,
    /// The share of the height.
    pub height: f64,
}

impl Aspect {
    pub(super) fn parse(text: &str) -> Option<Aspect> {
        let (width, height) = text.split_once(':').unwrap_or((text, "1"));
        let (width, height) = (width.trim().parse().ok()?, height.trim().parse().ok()?);
        let aspect = Aspect { width, height };
        let sensible = width > 0.0 && height > 0.0 && (0.01..=100.0).contains(&aspect.ratio());
        sensible.then_some(aspect)
    }

    /// Width divided by height.
    pub fn ratio(self) -> f64 {
        self.width / self.height
    }
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.width, self.height)
    }
}

/// A place in a picture, in shares of its edges from the top left.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Share of the width.
    pub x: f32,
    /// Share of the height.
    pub y: f32,
}

impl Place {
    /// The corner at the top left.
    pub const TOP_LEFT: Place = Place { x: 0.0, y: 0.0 };
    /// The corner at the top right.
    pub const TOP_RIGHT: Place = Place { x: 1.0, y: 0.0 };
    /// The corner at the bottom right.
    pub const BOTTOM_RIGHT: Place = Place { x: 1.0, y: 1.0 };
    /// The corner at the bottom left.
    pub const BOTTOM_LEFT: Place = Place { x: 0.0, y: 1.0 };

    /// As it is displayed, of a corner: the text of a default in the table.
    pub(super) const fn default_text(self) -> Option<&'static str> {
        match (self.x == 0.0, self.y == 0.0) {
            (true, true) => Some("0:0"),
            (true, false) => Some("0:1"),
            (false, true) => Some("1:0"),
            (false, false) => Some("1:1"),
        }
    }

    pub(super) fn parse(text: &str) -> Option<Place> {
        let (x, y) = text.split_once(':')?;
        let (x, y) = (x.trim().parse().ok()?, y.trim().parse().ok()?);
        let is_inside = |share: f32| (0.0..=1.0).contains(&share);
        (is_inside(x) && is_inside(y)).then_some(Place { x, y })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.x, self.y)
    }
}

/// An opaque sRGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Color(pub [u8; 3]);

impl Color {
    /// The colours that have a name.
    pub const NAMES: [(&'static str, [u8; 3]); 7] = [
        ("white", [255, 255, 255]),
        ("black", [0, 0, 0]),
        ("gray", [128, 128, 128]),
        ("red", [255, 0, 0]),
        ("green", [0, 128, 0]),
        ("blue", [0, 0, 255]),
        ("navy", [0, 0, 128]),
    ];

    /// White.
    pub const WHITE: Color = Color(Color::NAMES[0].1);
    /// Black.
    pub const BLACK: Color = Color(Color::NAMES[1].1);
    /// A dark blue.
    pub const NAVY: Color = Color(Color::NAMES[6].1);

    /// Its name, if it has one: the text of a default in the table.
    pub(super) const fn default_text(self) -> Option<&'static str> {
        let mut index = 0;
        while index < Color::NAMES.len() {
            let (name, [r, g, b]) = Color::NAMES[index];
            if r == self.0[0] && g == self.0[1] && b == self.0[2] {
                return Some(name);
            }
            index += 1;
        }
        None
    }

    /// Its name, if it has one, else as it is displayed.
    pub(crate) fn in_words(self) -> String {
        self.default_text().map_or_else(|| self.to_string(), str::to_owned)
    }

    /// Reads a name, `#rgb` or `#rrggbb`.
    pub fn parse(text: &str) -> Option<Color> {
        if let Some((_, rgb)) = Color::NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
            return Some(Color(*rgb));
        }
        let digits: Vec<u8> = text
            .strip_prefix('#')?
            .chars()
            .map(|c| c.to_digit(16).map(|d| d as u8))
            .collect::<Option<_>>()?;
        match digits[..] {
            [r, g, b] => Some(Color([r * 17, g * 17, b * 17])),
            [r1, r0, g1, g0, b1, b0] => Some(Color([r1 << 4 | r0, g1 << 4 | g0, b1 << 4 | b0])),
            _ => None,
        }
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}
