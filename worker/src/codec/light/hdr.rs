//! Radiance HDR, as the `image` crate reads it, with what that passes over: the primaries, the shape of
//! pixels, comments and what else the header says, what is behind the end (Radiance, "Picture file
//! format"). The exposure that the header notes is one that the numbers already have.

use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::hdr::HdrDecoder;
use protocol::JobError;
use recipe::Format;

use super::{LightFile, Primaries, ReadLight};
use crate::codec::{Header, Opened, behind, buffer, error, size};
use crate::density::PixelDensity;
use crate::image::{Extra, Metadata, NamedText};

struct HdrFile<'a> {
    bytes: &'a [u8],
    primaries: Option<Primaries>,
}

pub(in crate::codec) fn open(bytes: &[u8]) -> Result<Box<dyn Opened + '_>, JobError> {
    // The signature has been seen; there are two.
    let decoder = HdrDecoder::new_nonstrict(Cursor::new(bytes)).map_err(|e| error::decoding(&e))?;
    let (width, height) = decoder.dimensions();
    let size = size(width.into(), height.into())?;
    let header = super::header(Format::Hdr, size, false, size.pixels());
    let HdrLines { metadata, primaries, notes } = HdrLines::read(bytes);
    let file = HdrFile { bytes, primaries };
    Ok(Box::new(LightFile { notes, ..LightFile::new(file, header, metadata) }))
}

impl ReadLight for HdrFile<'_> {
    fn unpacked(self, header: &Header, beside: &mut Vec<Extra>) -> Result<Vec<f32>, JobError> {
        let mut file = Cursor::new(self.bytes);
        let decoder = HdrDecoder::new_nonstrict(&mut file).map_err(|e| error::decoding(&e))?;
        let step = header.channels.count();
        let mut light: Vec<f32> = buffer(header.size.pixels() * step as u64)?;
        decoder.read_image(bytemuck::cast_slice_mut(&mut light)).map_err(|e| error::decoding(&e))?;
        let end = usize::try_from(file.position()).unwrap_or(self.bytes.len());
        beside.extend(behind::found(self.bytes.get(end..)));
        if let Some(primaries) = self.primaries {
            primaries.to_srgb(&mut light, step);
        }
        Ok(light)
    }
}

/// What the lines of the header say, up to an empty one.
#[derive(Debug, Default, PartialEq)]
struct HdrLines {
    metadata: Metadata,
    primaries: Option<Primaries>,
    /// What cannot be understood.
    notes: Vec<String>,
}

impl HdrLines {
    fn read(bytes: &[u8]) -> HdrLines {
        let mut said = HdrLines::default();
        // The first has the signature.
        for line in bytes.split(|byte| *byte == b'\n').skip(1).take_while(|line| !line.is_empty()) {
            said.take(&String::from_utf8_lossy(line));
        }
        said
    }

    fn note(&mut self, note: &str) {
        if self.notes.iter().all(|other| other != note) {
            self.notes.push(note.to_owned());
        }
    }

    fn take(&mut self, line: &str) {
        let comment = |text: &str| (NamedText::COMMENT.to_owned(), text.to_owned());
        let (key, text) = match (line.strip_prefix('#'), line.split_once('=')) {
            (Some(text), _) => comment(text),
            // What was called to make the picture.
            (None, None) => comment(line),
            (None, Some((name, value))) => match name.trim() {
                // How the numbers are stored, and what they were multiplied with.
                "FORMAT" | "EXPOSURE" | "COLORCORR" | "GAMMA" => return,
                // The height of a pixel to its width.
                "PIXASPECT" => {
                    let shape: Option<f64> = value.trim().parse().ok();
                    self.metadata.density = shape.and_then(|shape| PixelDensity::without_unit(shape, 1.0));
                    if self.metadata.density.is_none() && shape != Some(1.0) {
                        self.note("PIXASPECT means nothing: its pixels were taken for square");
                    }
                    return;
                }
                "PRIMARIES" => {
                    self.primaries = primaries(value).filter(|primaries| primaries.matrix().is_some());
                    if self.primaries.is_none() {
                        self.note(&Primaries::mean_nothing("PRIMARIES"));
                    }
                    return;
                }
                "SOFTWARE" => ("Software".to_owned(), value.to_owned()),
                "CAPDATE" => ("Creation Time".to_owned(), value.to_owned()),
                "OWNER" => ("Copyright".to_owned(), value.to_owned()),
                name => (name.to_owned(), value.to_owned()),
            },
        };
        let text = text.trim();
        if !text.is_empty() {
            self.metadata.texts.push(NamedText { key, text: text.as_bytes().to_vec() });
        }
    }
}

/// Red, green, blue and white, each x and y.
fn primaries(value: &str) -> Option<Primaries> {
    let numbers: Vec<f32> = value.split_whitespace().map_while(|number| number.parse().ok()).collect();
    let [red, green, blue, white] = numbers.as_chunks::<2>().0 else { return None };
    Some(Primaries { red: *red, green: *green, blue: *blue, white: *white })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_read() {
        let file = b"#?RADIANCE\n# Made by hand\nFORMAT=32-bit_rle_rgbe\nEXPOSURE= 2\nSOFTWARE=Ana 1\n\
            pfilt -1 -x 90\nPIXASPECT=2\nVIEW= -vtv -vp 0 0\nPRIMARIES=.68 .32 .265 .69 .15 .06 .3127 .329\n\
            \nOWNER=what follows the header";
        let said = HdrLines::read(file);
        let text = |key: &str, text: &str| NamedText { key: key.to_owned(), text: text.as_bytes().to_vec() };
        let texts = [
            text(NamedText::COMMENT, "Made by hand"),
            text("Software", "Ana 1"),
            text(NamedText::COMMENT, "pfilt -1 -x 90"),
            text("VIEW", "-vtv -vp 0 0"),
        ];
        assert_eq!(said.metadata.texts, texts);
        assert_eq!(said.metadata.density, PixelDensity::without_unit(2.0, 1.0));
        let p3 =
            Primaries { red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06], white: [0.3127, 0.329] };
        assert_eq!(said.primaries, Some(p3));
        assert_eq!((primaries(" 1 2 3"), said.notes), (None, vec![]));
    }

    #[test]
    fn what_means_nothing_is_told() {
        let notes = |line: &str| HdrLines::read(format!("#?RADIANCE\n{line}\n\n").as_bytes()).notes.len();
        assert_eq!(notes("PIXASPECT= 1"), 0);
        for line in ["PIXASPECT=wide", "PIXASPECT=0", "PRIMARIES=1 2 3", "PRIMARIES=0 0 0 0 0 0 0 0"] {
            assert_eq!(notes(line), 1, "{line}");
            assert_eq!(notes(&format!("{line}\n{line}")), 1, "{line}");
        }
    }
}
