//! The words for what pixels of a TIFF are: colours, depths, ways to pack them. Data only.

/// What the first samples of a pixel mean.
#[derive(Debug, PartialEq)]
pub(super) enum TiffColors {
    Grey {
        /// Whether 0 is white.
        inverted: bool,
    },
    Rgb,
    /// The number of a colour among these.
    Palette(Vec<[u8; 3]>),
    /// Cyan, magenta, yellow, black.
    Inks,
    YCbCr(YccRule),
    /// With a and b as signed numbers (TIFF 6.0, section 23).
    CieLab,
    /// As ICC profiles have it.
    IccLab,
}

/// How luma and chroma of 8 bits become colours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct YccRule {
    /// Parts of red, green and blue in the luma.
    pub(super) luma: [f32; 3],
    /// What stands for none and for all of each.
    pub(super) range: [f32; 6],
    /// Pixels that share their chroma: across, down.
    pub(super) shared: (usize, usize),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TiffAlpha {
    /// Which sample of a pixel it is.
    pub(super) sample: usize,
    /// Whether the colours were multiplied by it.
    pub(super) associated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum BitDepth {
    /// Whole numbers of 1 to 16, or of 24, 32 or 64 bits.
    Whole(usize),
    Half,
    Single,
    Double,
}

impl BitDepth {
    pub(super) fn bits(self) -> usize {
        match self {
            BitDepth::Whole(bits) => bits,
            BitDepth::Half => 16,
            BitDepth::Single => 32,
            BitDepth::Double => 64,
        }
    }

    pub(super) fn is_float(self) -> bool {
        match self {
            BitDepth::Whole(_) => false,
            BitDepth::Half | BitDepth::Single | BitDepth::Double => true,
        }
    }
}

/// How the pixels are compressed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum TiffPacking<'a> {
    Plain,
    PackBits,
    Lzw,
    Deflate,
    /// A code of fax machines (ITU-T T.4 and T.6).
    Fax(FaxCode),
    Jpeg {
        /// What the streams leave out.
        tables: &'a [u8],
        /// What Adobe's marker would say of the colours; `None` leaves that to the stream.
        transform: Option<u8>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum FaxCode {
    /// Runs; each row begins with a new unit of so many bits.
    Rows(usize),
    /// Group 3, with rows that may refer to the one before.
    Three { two_dimensional: bool },
    /// Group 4.
    Four,
}

/// What was taken from each sample before compressing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Prediction {
    None,
    /// The sample to the left.
    Left,
    /// The byte to the left, after the bytes of the row's floats were sorted.
    Float,
}
