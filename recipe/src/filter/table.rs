//! The table itself. To add a filter: add a row here, its size to `geometry.rs`, its check to `mod.rs` if its parameters can
//! contradict each other, and its pixels to the worker's `filters/`; the compiler names each place that was forgotten.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};

use super::param::{Aspect, Color, ParamInfo, ParamKind, ParamValue, Scalar, Values};
use super::{FilterError, FilterInfo};
use crate::path::WirePath;
use crate::words::Word;

/// Words that a parameter chooses from, as an enum.
macro_rules! choices {
    ($($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[derive(EnumString, IntoStaticStr, VariantNames)]
        pub enum $type { $($(#[$variant_doc])* #[strum(serialize = $word)] $variant),+ }

        impl Word for $type {}
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

            /// The files that the filter reads, each with its parameter's name; they are named relative to the user's folder.
            pub fn files_mut(&mut self) -> Vec<(&'static str, &mut WirePath)> {
                match self {
                    $(Filter::$variant(_filter) => {
                        let files: Vec<(_, Option<&mut WirePath>)> =
                            vec![$((stringify!($param), _filter.$param.file_mut())),*];
                        files.into_iter().filter_map(|(name, file)| Some((name, file?))).collect()
                    }),+
                }
            }

            /// The files that the filter reads.
            pub fn files(&self) -> Vec<WirePath> {
                self.clone().files_mut().into_iter().map(|(_, file)| file.clone()).collect()
            }

            /// Every parameter that has a value, in the order of the table.
            pub fn values(&self) -> Vec<(&'static ParamInfo, Scalar)> {
                let values = match self {
                    $(Filter::$variant(_filter) => vec![$(_filter.$param.write()),*]),+
                };
                self.info().params.iter().zip(values).filter_map(|(info, value)| Some((info, value?))).collect()
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
    /// Which way a picture is mirrored.
    FlipDirection {
        /// Left and right change places.
        Horizontal = "horizontal",
        /// Top and bottom change places.
        Vertical = "vertical",
    }
}

/// The longest edge that any format here can hold.
const EDGE: ParamKind = ParamKind::Integer { min: 1, max: 65_535 };
const OFFSET: ParamKind = ParamKind::Integer { min: 0, max: 65_535 };
const UNIT_RANGE: ParamKind = ParamKind::Number { min: 0.0, max: 1.0 };
const FACTOR: ParamKind = ParamKind::Number { min: 0.0, max: 10.0 };
const GAMMA: ParamKind = ParamKind::Number { min: 0.1, max: 10.0 };
const ANGLE: ParamKind = ParamKind::Number { min: -360.0, max: 360.0 };

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
    Grayscale "grayscale" ["gris", "greyscale", "escala_de_grises"] "Makes the picture grey: Rec. 601 luma.", "grayscale" {}
    Invert "invert" ["invertir", "negativo"] "Turns the picture into its negative.", "invert" {}
    Solarize "solarize" ["solarizar"] "Inverts what is at least as bright as a threshold.", "solarize=0.5" {
        threshold: f32 = "0.5", UNIT_RANGE, "of white", "Values from here on are inverted.";
    }
    Threshold "threshold" ["umbral"] "Black and white: white where the luma reaches a level.", "threshold=0.5" {
        level: f32 = "0.5", UNIT_RANGE, "of white", "Luma from here on becomes white.";
    }
    Gamma "gamma" ["gama"] "Raises each value to the power of 1/gamma.", "gamma=1.4" {
        gamma: f32 = "1.2", GAMMA, "", "Above 1 brightens the middle, below 1 darkens it.";
    }
    Exposure "exposure" ["exposicion", "exposición"] "Multiplies the light as a longer exposure does.", "exposure=0.7" {
        ev: f32 = "1", ParamKind::Number { min: -10.0, max: 10.0 }, "EV", "Stops: 1 doubles the light, -1 halves it.";
    }
    Levels "levels" ["niveles"] "Moves black and white, and the middle by a gamma.", "levels:black=0.05,white=0.95" {
        black: f32 = "0", UNIT_RANGE, "of white", "What becomes black.";
        white: f32 = "1", UNIT_RANGE, "of white", "What becomes white.";
        gamma: f32 = "1", GAMMA, "", "Above 1 brightens the middle.";
        out_black: f32 = "0", UNIT_RANGE, "of white", "What black becomes.";
        out_white: f32 = "1", UNIT_RANGE, "of white", "What white becomes.";
    }
    Autolevels "autolevels" ["autoniveles"] "Stretches the tones that a picture has over the whole range.", "autolevels=0.01" {
        clip: f32 = "0.005", ParamKind::Number { min: 0.0, max: 0.49 }, "of the pixels", "Share at each end that may become black or white.";
        each: bool = "false", ParamKind::Switch, "", "Whether each channel is stretched by itself, which takes a colour cast away.";
    }
    Saturation "saturation" ["saturacion", "saturación"] "Moves colours away from grey or towards it.", "saturation=1.3" {
        factor: f32 = "1.2", FACTOR, "×", "1 changes nothing, 0 is grey.";
    }
    Hue "hue" ["tono"] "Turns all colours around the colour wheel; the luma stays.", "hue=30" {
        angle: f32 = "30", ANGLE, "°", "Red turns to yellow, then to green.";
    }
    Temperature "temperature" ["temperatura"] "White balance between blue and amber.", "temperature=7500" {
        kelvin: f32 = "7500", ParamKind::Number { min: 2000.0, max: 25000.0 }, "K", "The light the picture is taken to be lit by: above 6500 it becomes warmer, below colder.";
    }
    Tint "tint" ["matiz", "tinte"] "White balance between green and magenta.", "tint=0.2" {
        amount: f32 = "0.2", ParamKind::Number { min: -1.0, max: 1.0 }, "", "Above 0 is magenta, below green.";
    }
    Lut "lut" ["tabla_de_color"] "Applies a colour look-up table in a .cube file.", "lut=look.cube" {
        file: Option<WirePath> = none, ParamKind::File, "", "The .cube file, 1D or 3D.";
        strength: f32 = "1", UNIT_RANGE, "", "0 changes nothing, 1 is the whole effect.";
    }
    Sharpen "sharpen" ["enfocar", "nitidez"] "Sharpens by an unsharp mask.", "sharpen:amount=1,radius=1.5" {
        amount: f32 = "1", FACTOR, "×", "How much of the difference from the blurred picture is added.";
        radius: f32 = "1", ParamKind::Number { min: 0.1, max: 250.0 }, "px", "Standard deviation of the blur.";
        threshold: f32 = "0", ParamKind::Number { min: 0.0, max: 255.0 }, "levels of 255", "Smaller differences are left alone.";
    }
    Median "median" ["mediana"] "Replaces each value by the median around it: takes specks away, keeps edges.", "median=2" {
        radius: u32 = "1", ParamKind::Integer { min: 1, max: 50 }, "px", "The window is 2 × radius + 1 pixels wide and high.";
    }
    Emboss "emboss" ["relieve"] "Makes a relief in grey, lit from a side.", "emboss:angle=135" {
        angle: f32 = "135", ANGLE, "°", "Where the light comes from, counter-clockwise from the right.";
        strength: f32 = "1", FACTOR, "×", "Height of the relief.";
    }
    Vignette "vignette" ["vineta", "viñeta", "viñeteado"] "Darkens the corners.", "vignette=0.6" {
        strength: f32 = "0.5", UNIT_RANGE, "", "0 changes nothing, 1 makes the corners black.";
        start: f32 = "0.4", ParamKind::Number { min: 0.0, max: 0.99 }, "of the way to the corner", "Where it begins.";
    }
    Pixelate "pixelate" ["pixelar"] "Makes squares of one colour, their average.", "pixelate=16" {
        size: u32 = "10", EDGE, "px", "Edge of a square.";
    }
    Crop "crop" ["recortar"] "Cuts out a part: proportions, a size, or a rectangle.", "crop=16:9" {
        aspect: Option<Aspect> = none, ParamKind::Aspect, "", "Proportions of the largest part that has them.";
        width: Option<u32> = none, EDGE, "px", "Width of the part.";
        height: Option<u32> = none, EDGE, "px", "Height of the part.";
        x: Option<u32> = none, OFFSET, "px", "Its distance from the left, instead of the anchor.";
        y: Option<u32> = none, OFFSET, "px", "Its distance from the top, instead of the anchor.";
        anchor: Anchor = "center", ParamKind::Choice(Anchor::WORDS), "", "Which part is kept.";
    }
    Rotate "rotate" ["rotar", "girar"] "Turns the picture; whole quarters exactly, the canvas grows to hold the corners.", "rotate=90" {
        angle: f32 = "90", ANGLE, "° clockwise", "How far.";
        color: Color = "white", ParamKind::Color, "", "What fills the corners; where a picture has transparency they are transparent.";
    }
    Flip "flip" ["voltear", "espejo"] "Mirrors the picture.", "flip=horizontal" {
        direction: FlipDirection = "horizontal", ParamKind::Choice(FlipDirection::WORDS), "", "Which way.";
    }
    Pad "pad" ["rellenar"] "Enlarges the canvas to proportions or a size; never cuts.", "pad:aspect=1:1,color=black" {
        aspect: Option<Aspect> = none, ParamKind::Aspect, "", "Proportions of the smallest canvas that holds the picture.";
        width: Option<u32> = none, EDGE, "px", "Width of the canvas, if the picture is not wider.";
        height: Option<u32> = none, EDGE, "px", "Height of the canvas, if the picture is not higher.";
        anchor: Anchor = "center", ParamKind::Choice(Anchor::WORDS), "", "Where the picture stands on it.";
        color: Color = "white", ParamKind::Color, "", "Colour of the canvas.";
    }
    Border "border" ["marco"] "Puts a border around the picture.", "border:width=20,color=black" {
        width: u32 = "10", EDGE, "px", "Width on each side.";
        color: Color = "white", ParamKind::Color, "", "Its colour.";
    }
    Watermark "watermark" ["marca_agua"] "Puts a text or an image on the picture.",
        "watermark:text=© Estudio,opacity=0.5" {
        text: Option<String> = none, ParamKind::Text(200), "", "The text.";
        image: Option<WirePath> = none, ParamKind::File, "", "The image, with its transparency.";
        opacity: f32 = "0.5", UNIT_RANGE, "", "0 is invisible, 1 is opaque.";
        anchor: Anchor = "bottom-right", ParamKind::Choice(Anchor::WORDS), "", "Where it stands.";
        scale: f32 = "0.05", ParamKind::Number { min: 0.001, max: 1.0 }, "of the short edge", "Height of the text or image; less where it would be wider than the picture between its margins.";
        margin: f32 = "0.03", ParamKind::Number { min: 0.0, max: 0.5 }, "of the short edge", "Distance from the border.";
        tile: bool = "false", ParamKind::Switch, "", "Whether it is repeated all over the picture.";
        angle: f32 = "0", ANGLE, "°", "Rotation, counter-clockwise.";
        color: Color = "white", ParamKind::Color, "", "Colour of the text.";
        font: Option<WirePath> = none, ParamKind::File, "", "A TrueType or OpenType font; without it DejaVu Sans.";
        outline: f32 = "0", ParamKind::Number { min: 0.0, max: 0.5 }, "of the height", "Width of a line around the letters.";
        outline_color: Color = "black", ParamKind::Color, "", "Its colour.";
        shadow: f32 = "0", ParamKind::Number { min: 0.0, max: 0.5 }, "of the height", "Distance of a soft black shadow, down and to the right.";
    }
}
