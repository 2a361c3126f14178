//! The brands of files of the ISO base media family that are pictures (ISO/IEC 14496-12, 4.3; 23008-12, annex
//! B; AVIF 1.1, section 8). No state.

/// A format by its brand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PictureBrand {
    /// The format that people know it by.
    Of(&'static str),
    /// Any of them: another brand says which.
    Any,
}

/// What a brand stands for, if it is that of a picture.
pub(crate) fn picture_brand(brand: &[u8]) -> Option<PictureBrand> {
    Some(match brand {
        b"avif" | b"avis" => PictureBrand::Of("AVIF"),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs" => {
            PictureBrand::Of("HEIC")
        }
        b"crx " => PictureBrand::Of("CR3"),
        b"mif1" | b"mif2" | b"msf1" => PictureBrand::Any,
        _ => return None,
    })
}
