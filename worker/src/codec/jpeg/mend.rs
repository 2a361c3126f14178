//! Writes a JPEG anew without what libjpeg grumbles about but no pixel depends on, so that what it still says
//! of the copy is about the pixels.
//!
//! Cameras, scanners and phones leave the end marker out, put bytes between segments or behind the last
//! block, or get a header field wrong; every viewer shows such files. libjpeg tells only the first thing that
//! it dislikes and hides whatever follows it, missing blocks too. The copy has nothing but what decoding
//! needs: frame, tables, scans and an end. If libjpeg decodes it without a word, all blocks were there.
//!
//! ITU-T T.81 annex B gives the structure, section A.2 how many units a scan has. No state.

use super::markers::{self, APP0, APP14, DAC, DHT, DQT, DRI, EOI, RST0, RST7, SOI, SOS, TEM, content};

/// A copy that only says what decoding needs.
#[derive(Debug)]
pub(super) struct Mended {
    pub(super) bytes: Vec<u8>,
    /// What was wrong, as fragments of a sentence.
    pub(super) notes: Vec<&'static str>,
    /// Whether the file had an end marker.
    ended: bool,
}

/// So many zeros are no image data, but the rest of a file that was never written.
const UNWRITTEN: [u8; 4] = [0; 4];

impl Mended {
    /// Whether the last blocks may have been read from what was never written, since zeros are valid codes.
    /// `left` is how many bytes were left over behind them.
    pub(super) fn may_be_unwritten(&self, left: usize) -> bool {
        let (read, rest) = self.bytes.split_at(self.bytes.len().saturating_sub(left + 2));
        !self.ended && (read.ends_with(&UNWRITTEN) || rest.starts_with(&UNWRITTEN))
    }
}

/// How coefficients or samples are coded, by the frame's marker.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Coding {
    Sequential,
    Progressive,
    /// Without a transform: the units of a scan are samples.
    Lossless,
}

#[derive(Debug)]
struct Component {
    id: u8,
    /// Sampling factors.
    across: u32,
    down: u32,
    /// Whether bit 0 of each of the 64 coefficients has come.
    whole: [bool; 64],
}

#[derive(Debug)]
struct Frame {
    coding: Coding,
    width: u32,
    height: u32,
    components: Vec<Component>,
}

/// The copy; `None` where blocks are certainly missing, or where this is not understood.
pub(super) fn mend(jpeg: &[u8]) -> Option<Mended> {
    // Longer than the file by an end marker at the most. Where there is no memory for it, nothing is mended.
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(jpeg.len() + 2).ok()?;
    bytes.extend([0xFF, SOI]);
    let mut copy = Copy { bytes, notes: Vec::new(), frame: None, restart: 0 };
    let mut at = 2;
    while !copy.is_whole() {
        let marker = markers::next(jpeg, at)?;
        if marker.skipped {
            copy.note("bytes between segments were skipped");
        }
        at = marker.after;
        match marker.code {
            EOI => return None,
            TEM | RST0..=SOI => continue,
            _ => {}
        }
        let content = content(jpeg, at)?;
        at += 2 + content.len();
        copy.segment(marker.code, content)?;
        if marker.code == SOS {
            at += copy.scan(content, &jpeg[at..])?;
        }
    }
    // Whatever comes now is no part of the picture.
    let end = markers::next(jpeg, at).map(|marker| marker.code);
    match end {
        Some(EOI) => {}
        // Scans that go on when all is there are no mistake, but meant to cost time.
        Some(SOS | DHT) if copy.is_progressive() => return None,
        Some(_) => copy.note("what follows the image data was skipped"),
        None => copy.note("the end marker is missing"),
    }
    copy.bytes.extend([0xFF, EOI]);
    Some(Mended { bytes: copy.bytes, notes: copy.notes, ended: end.is_some() })
}

#[derive(Debug)]
struct Copy {
    bytes: Vec<u8>,
    notes: Vec<&'static str>,
    frame: Option<Frame>,
    /// Units between two restart markers; 0 is none.
    restart: u32,
}

impl Copy {
    fn note(&mut self, what: &'static str) {
        if !self.notes.contains(&what) {
            self.notes.push(what);
        }
    }

    /// Takes a segment over, if decoding needs it, with its mistakes mended.
    fn segment(&mut self, marker: u8, content: &[u8]) -> Option<()> {
        let mut content = content.to_vec();
        match marker {
            APP0 if content.starts_with(b"JFIF\0") => {
                let version = content.get_mut(5)?;
                if *version != 1 {
                    *version = 1;
                    self.note("an unknown version of JFIF was read as version 1");
                }
            }
            APP14 if content.starts_with(b"Adobe") => {
                let transform = content.get_mut(11)?;
                if *transform > 2 {
                    *transform = 1;
                    self.note("an unknown colour transform was taken for YCbCr");
                }
            }
            DRI => self.restart = u16::from_be_bytes(content.get(..2)?.try_into().ok()?).into(),
            DQT | DHT | DAC => {}
            0xC0..=0xCF => self.frame = Some(frame(marker, &content)?),
            SOS => {
                let count = usize::from(*content.first()?);
                let parameters = content.get_mut(1 + 2 * count..4 + 2 * count)?;
                if self.frame.as_ref()?.coding == Coding::Sequential && parameters != [0, 63, 0] {
                    parameters.copy_from_slice(&[0, 63, 0]);
                    self.note("wrong parameters of a scan were corrected");
                }
            }
            // Comments and metadata, which are read elsewhere; markers that no decoder knows.
            _ => return Some(()),
        }
        self.bytes.extend([0xFF, marker]);
        self.bytes.extend((content.len() as u16 + 2).to_be_bytes());
        self.bytes.extend(content);
        Some(())
    }

    /// Takes the data of a scan over, up to its last restart interval; returns its length in the original.
    fn scan(&mut self, header: &[u8], data: &[u8]) -> Option<usize> {
        let expected = self.frame.as_mut()?.scan(header)?.checked_div(self.restart).unwrap_or(0);
        let (mut restarts, mut end, mut at) = (0, None, 0);
        let next = loop {
            let Some(found) = data[at..].windows(2).position(|pair| pair[0] == 0xFF) else {
                break data.len();
            };
            at += found;
            at += match data[at + 1] {
                0 => 2,
                // A fill byte: the second may begin a marker.
                0xFF => 1,
                RST0..=RST7 => {
                    // A restart too many is no part of the scan, nor is what it restarts.
                    if restarts < expected {
                        restarts += 1
                    } else {
                        end = end.or(Some(at))
                    }
                    2
                }
                _ => break at,
            };
        };
        if end.is_some() {
            self.note("what follows the image data was skipped");
        }
        self.bytes.extend(&data[..end.unwrap_or(next)]);
        (restarts == expected).then_some(next)
    }

    fn is_progressive(&self) -> bool {
        self.frame.as_ref().is_some_and(|frame| frame.coding == Coding::Progressive)
    }

    fn is_whole(&self) -> bool {
        let whole = |component: &Component| component.whole.iter().all(|whole| *whole);
        self.frame.as_ref().is_some_and(|frame| frame.components.iter().all(whole))
    }
}

fn frame(marker: u8, content: &[u8]) -> Option<Frame> {
    let coding = match marker {
        0xC0 | 0xC1 => Coding::Sequential,
        0xC2 => Coding::Progressive,
        0xC3 => Coding::Lossless,
        // Arithmetic coding takes missing data for zeros without a word; the others nobody decodes.
        _ => return None,
    };
    let [_, height @ .., count] = content.first_chunk::<6>()?;
    let [high, low, wide, narrow] = *height;
    let component = |bytes: &[u8; 3]| Component {
        id: bytes[0],
        across: (bytes[1] >> 4).into(),
        down: (bytes[1] & 15).into(),
        whole: [false; 64],
    };
    let (components, _) = content[6..].as_chunks::<3>();
    let components: Vec<Component> = components.iter().map(component).collect();
    let (width, height) = (u16::from_be_bytes([wide, narrow]).into(), u16::from_be_bytes([high, low]).into());
    let sampled = components.iter().all(|component| component.across > 0 && component.down > 0);
    let known = height > 0 && width > 0 && components.len() == usize::from(*count) && *count > 0;
    (known && sampled).then_some(Frame { coding, width, height, components })
}

impl Frame {
    /// Notes what a scan brings; returns how many units it has after its first.
    fn scan(&mut self, header: &[u8]) -> Option<u32> {
        let (&count, rest) = header.split_first()?;
        let (chosen, _) = rest.get(..2 * usize::from(count))?.as_chunks::<2>();
        let [first, last, bits] = *rest.get(2 * usize::from(count)..)?.first_chunk::<3>()?;
        let (first, last, bit) = match self.coding {
            Coding::Progressive => (first, last, bits & 15),
            Coding::Sequential | Coding::Lossless => (0, 63, 0),
        };
        let edge = match self.coding {
            Coding::Sequential | Coding::Progressive => 8,
            Coding::Lossless => 1,
        };
        let widest = self.components.iter().map(|component| component.across).max()?;
        let highest = self.components.iter().map(|component| component.down).max()?;
        let mut scanned: Vec<&mut Component> = Vec::new();
        for component in &mut self.components {
            if chosen.iter().any(|[id, _]| *id == component.id) {
                component.whole.get_mut(first.into()..=last.into())?.fill(bit == 0);
                scanned.push(component);
            }
        }
        let units = match scanned.as_slice() {
            [alone] => {
                (self.width * alone.across).div_ceil(widest).div_ceil(edge)
                    * (self.height * alone.down).div_ceil(highest).div_ceil(edge)
            }
            _ => self.width.div_ceil(widest * edge) * self.height.div_ceil(highest * edge),
        };
        (scanned.len() == usize::from(count) && count > 0).then(|| units - 1)
    }
}
