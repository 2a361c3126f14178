//! The table itself. To add a filter: add a row here, its size to `geometry.rs`, its check to `mod.rs` if its parameters can
//! contradict each other, and its pixels to the worker's `filters/`; the compiler names each place that was forgotten.

use serde::{Deserialize, Serialize};

use super::param::{Color, ParamInfo, ParamKind, ParamValue, Values};
use super::{FilterError, FilterInfo};
use crate::path::WirePath;

/// Words that a parameter chooses from, as an enum.
macro_rules! choices {
    ($($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $type { $($(#[$variant_doc])* $variant),+ }

        impl $type {
            /// Every word, in the order of the variants.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word for this choice.
            pub fn name(self) -> &'static str {
                match self { $($type::$variant => $word),+ }
            }
        }

        impl ParamValue for $type {
            fn read(text: &str) -> Option<Self> {
                match text { $($word => Some($type::$variant),)+ _ => None }
            }
            fn write(&self) -> Option<String> {
                Some(self.name().to_owned())
            }
        }
    )+};
}

/// One row per filter: `Variant "name" ["alias"] "summary", example { parameter: type = default, kind, unit, summary; }`.
/// `= none` is for a parameter that may be left out and then has no value.
macro_rules! filters {
    ($($variant:ident $name:literal [$($alias:literal),*] $summary:literal, $example:literal {
        $($param:ident : $type:ty = $default:tt, $kind:expr, $unit:literal, $help:literal;)*
    })+) => {
        /// One image operation with its parameters.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        pub enum Filter { $(#[doc = $summary] $variant($variant)),+ }

        $(
            #[doc = $summary]
            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
            pub struct $variant { $(#[doc = $help] pub $param: $type),* }
        )+

        /// Every filter, in the order in which they are listed to people.
        pub const FILTERS: &[FilterInfo] = &[$(FilterInfo {
            name: $name,
            aliases: &[$($alias),*],
            summary: $summary,
            example: $example,
            params: &[$(ParamInfo {
                name: stringify!($param),
                kind: $kind,
                default: filters!(@default $default),
                unit: $unit,
                summary: $help,
            }),*],
        }),+];

        impl Filter {
            pub(super) fn from_values(name: &str, values: &Values) -> Result<Filter, FilterError> {
                $(if name == $name {
                    let mut _index = 0..;
                    return Ok(Filter::$variant($variant {
                        $($param: values.take(_index.next().unwrap_or(0), filters!(@absent $default))?),*
                    }));
                })+
                let problem = super::Problem::UnknownFilter { name: name.to_owned(), suggestion: None };
                Err(FilterError { at: 0..0, problem })
            }

            /// The table's row for this filter.
            pub fn info(&self) -> &'static FilterInfo {
                let name = match self { $(Filter::$variant(_) => $name),+ };
                super::find(name).unwrap_or(&FILTERS[0])
            }

            /// Every parameter that has a value, as text, in the order of the table.
            pub fn values(&self) -> Vec<(&'static ParamInfo, String)> {
                let texts = match self {
                    $(Filter::$variant(_filter) => vec![$(_filter.$param.write()),*]),+
                };
                self.info().params.iter().zip(texts).filter_map(|(info, text)| Some((info, text?))).collect()
            }
        }
    };
    (@default none) => { None };
    (@default $default:literal) => { Some($default) };
    (@absent none) => { Some(None) };
    (@absent $default:literal) => { None };
}

choices! {
    /// How a picture is made to fit a box.
    ResizeMode {
        /// As large as fits inside, proportions kept.
        Fit = "fit",
        /// The box filled, what sticks out cut off evenly.
        Fill = "fill",
        /// Fitted inside, the rest of the box white (transparent where the picture has transparency).
        Pad = "pad",
        /// Exactly the box, proportions or not.
        Stretch = "stretch",
    }
    /// How pixels are interpolated.
    Kernel {
        /// Windowed sinc over 6 pixels: the sharpest.
        Lanczos3 = "lanczos3",
        /// Cubic with B = 0, C = ½.
        CatmullRom = "catmullrom",
        /// Cubic with B = C = ⅓.
        Mitchell = "mitchell",
        /// Triangle.
        Bilinear = "bilinear",
        /// The plain average of the pixels covered.
        Box = "box",
        /// The nearest pixel, nothing mixed.
        Nearest = "nearest",
    }
    /// How edges are found.
    EdgeMethod {
        /// The length of the gradient by the two 3×3 Sobel kernels.
        Sobel = "sobel",
        /// The absolute value of the 3×3 Laplacian with eight neighbours.
        Laplacian = "laplacian",
    }
    /// Where something stands on the picture.
    Anchor {
        /// Top left.
        TopLeft = "top-left",
        /// Top, centred.
        Top = "top",
        /// Top right.
        TopRight = "top-right",
        /// Left, centred.
        Left = "left",
        /// The middle.
        Center = "center",
        /// Right, centred.
        Right = "right",
        /// Bottom left.
        BottomLeft = "bottom-left",
        /// Bottom, centred.
        Bottom = "bottom",
        /// Bottom right.
        BottomRight = "bottom-right",
    }
}

/// The longest edge that any format here can hold.
const EDGE: ParamKind = ParamKind::Integer { min: 1, max: 65_535 };
const UNIT_RANGE: ParamKind = ParamKind::Number { min: 0.0, max: 1.0 };
const FACTOR: ParamKind = ParamKind::Number { min: 0.0, max: 10.0 };

filters! {
    Resize "resize" ["redimensionar"] "Scales the picture; never enlarges unless told.", "resize=1200" {
        width: Option<u32> = none, EDGE, "px", "Width of the box.";
        height: Option<u32> = none, EDGE, "px", "Height of the box.";
        mode: ResizeMode = "fit", ParamKind::Choice(ResizeMode::WORDS), "", "How the picture is made to fit the box.";
        long_edge: Option<u32> = none, EDGE, "px", "Length of the longer edge, instead of a box.";
        short_edge: Option<u32> = none, EDGE, "px", "Length of the shorter edge, instead of a box.";
        enlarge: bool = "false", ParamKind::Switch, "", "Whether a smaller picture may grow.";
        kernel: Kernel = "lanczos3", ParamKind::Choice(Kernel::WORDS), "", "How pixels are interpolated.";
    }
    Blur "blur" ["desenfoque"] "Gaussian blur.", "blur=5" {
        radius: f32 = "5", ParamKind::Number { min: 0.0, max: 250.0 }, "px", "Standard deviation of the Gaussian.";
    }
    Edges "edges" ["bordes"] "Finds edges: the gradient of the luma, clipped, in grey.", "edges=sobel" {
        method: EdgeMethod = "sobel", ParamKind::Choice(EdgeMethod::WORDS), "", "How edges are found.";
    }
    Brightness "brightness" ["brillo"] "Multiplies each value, clipped.", "brightness=1.2" {
        factor: f32 = "1.2", FACTOR, "×", "1 changes nothing, 0 is black.";
    }
    Contrast "contrast" ["contraste"] "Moves each value away from mid-grey, clipped.", "contrast=1.2" {
        factor: f32 = "1.2", FACTOR, "×", "1 changes nothing, 0 is mid-grey.";
    }
    Sepia "sepia" [] "Sepia tone.", "sepia=0.8" {
        strength: f32 = "1", UNIT_RANGE, "", "0 changes nothing, 1 is the whole effect.";
    }
    Posterize "posterize" ["posterizar"] "Keeps only the top bits of each channel.", "posterize=4" {
        bits: u32 = "4", ParamKind::Integer { min: 1, max: 8 }, "bits", "Bits kept.";
    }
    Watermark "watermark" ["marca_agua"] "Puts a text or an image on the picture.",
        "watermark:text=© Estudio,opacity=0.5" {
        text: Option<String> = none, ParamKind::Text(200), "", "The text.";
        image: Option<WirePath> = none, ParamKind::File, "", "The image, with its transparency.";
        opacity: f32 = "0.5", UNIT_RANGE, "", "0 is invisible, 1 is opaque.";
        anchor: Anchor = "bottom-right", ParamKind::Choice(Anchor::WORDS), "", "Where it stands.";
        scale: f32 = "0.05", ParamKind::Number { min: 0.001, max: 1.0 }, "of the short edge", "Height of the text or image.";
        margin: f32 = "0.03", ParamKind::Number { min: 0.0, max: 0.5 }, "of the short edge", "Distance from the border.";
        tile: bool = "false", ParamKind::Switch, "", "Whether it is repeated all over the picture.";
        angle: f32 = "0", ParamKind::Number { min: -360.0, max: 360.0 }, "°", "Rotation, counter-clockwise.";
        color: Color = "white", ParamKind::Color, "", "Colour of the text.";
    }
}
