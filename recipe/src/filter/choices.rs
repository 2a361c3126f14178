//! The words that parameters choose from.

use super::Sharpen;

impl Sharpen {
    /// Itself with the numbers that its medium stands for, chosen by eye: for a screen at a hundred pixels an
    /// inch, for paper at three hundred.
    pub fn numbers(&self) -> Sharpen {
        let numbers = |amount, radius, threshold| Sharpen { amount, radius, threshold, medium: None };
        match self.medium {
            None => self.clone(),
            Some(OutputMedium::Screen) => numbers(0.5, 0.6, 1.0),
            Some(OutputMedium::Glossy) => numbers(0.8, 1.0, 1.0),
            Some(OutputMedium::Matte) => numbers(1.1, 1.3, 1.0),
        }
    }
}

impl Anchor {
    /// The side that it is on.
    pub fn align(self) -> TextAlign {
        match self {
            Anchor::TopLeft | Anchor::Left | Anchor::BottomLeft => TextAlign::Left,
            Anchor::Top | Anchor::Center | Anchor::Bottom => TextAlign::Center,
            Anchor::TopRight | Anchor::Right | Anchor::BottomRight => TextAlign::Right,
        }
    }
}

impl CropAnchor {
    /// The place; `None` where the picture decides.
    pub fn fixed(self) -> Option<Anchor> {
        match self {
            CropAnchor::TopLeft => Some(Anchor::TopLeft),
            CropAnchor::Top => Some(Anchor::Top),
            CropAnchor::TopRight => Some(Anchor::TopRight),
            CropAnchor::Left => Some(Anchor::Left),
            CropAnchor::Center => Some(Anchor::Center),
            CropAnchor::Right => Some(Anchor::Right),
            CropAnchor::BottomLeft => Some(Anchor::BottomLeft),
            CropAnchor::Bottom => Some(Anchor::Bottom),
            CropAnchor::BottomRight => Some(Anchor::BottomRight),
            CropAnchor::Smart => None,
        }
    }
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
    /// In what scale neighbouring pixels are mixed.
    LightScale {
        /// The values as they are stored.
        Gamma = "gamma",
        /// The light that they stand for, by the curve of sRGB.
        Linear = "linear",
    }
    /// What a result is looked at on.
    OutputMedium {
        /// A screen.
        Screen = "screen",
        /// Matte paper, on which ink spreads the most.
        Matte = "matte",
        /// Glossy paper.
        Glossy = "glossy",
    }
    /// What is taken to be grey.
    Balance {
        /// The mean of all pixels that are not burnt out.
        Auto = "auto",
        /// A place in the picture.
        Point = "point",
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
        /// In the middle, both ways.
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
    /// Which part of a picture is kept.
    CropAnchor {
        /// Top left.
        TopLeft = "top-left",
        /// Top, centred.
        Top = "top",
        /// Top right.
        TopRight = "top-right",
        /// Left, centred.
        Left = "left",
        /// In the middle, both ways.
        Center = "center",
        /// Right, centred.
        Right = "right",
        /// Bottom left.
        BottomLeft = "bottom-left",
        /// Bottom, centred.
        Bottom = "bottom",
        /// Bottom right.
        BottomRight = "bottom-right",
        /// Where there is most to see, which the picture decides.
        Smart = "smart",
    }
    /// What the size of a mark is a share of.
    ScaleOf {
        /// The shorter edge of the picture, as the mark's height.
        Short = "short",
        /// The picture's width, as the mark's width.
        Width = "width",
        /// The picture's height, as the mark's height.
        Height = "height",
    }
    /// Where the lines of a text stand in their room.
    TextAlign {
        /// All begin on the left.
        Left = "left",
        /// The middle of each in the middle.
        Center = "center",
        /// All end on the right.
        Right = "right",
    }
    /// Along which edge of the picture a strip is.
    CaptionEdge {
        /// Below the picture.
        Bottom = "bottom",
        /// Above the picture.
        Top = "top",
    }
    /// Which way a picture is mirrored.
    FlipDirection {
        /// Left and right change places.
        Horizontal = "horizontal",
        /// Top and bottom change places.
        Vertical = "vertical",
    }
}
