//! Writes a JPEG anew without what libjpeg grumbles about but no pixel depends on.
//!
//! Cameras, scanners and phones leave the end marker out, put bytes between segments or behind the last
//! block, or get a header field wrong; every viewer shows such files. libjpeg tells only the first thing that
//! it dislikes and hides whatever follows it, missing blocks too. So the blocks are counted here (see
//! [`super::walk`]), and the copy has nothing but what decoding needs: frame, tables, scans and an end. Of
//! the copy libjpeg must have nothing to say.
//!
//! ITU-T T.81 annex B gives the structure. No state.

use super::MAX_SCANS;
use super::fault::Fault;
use super::frame::{Coding, Frame, ScanHeader, Scanned, is_frame};
use super::markers::{self, APP0, APP14, DAC, DHT, DQT, DRI, EOI, RST0, RST7, SOI, SOS, TEM, content};
use super::restarts::MendedData;
use super::walk::{ScanEnd, Walker};

/// A copy that only says what decoding needs.
#[derive(Debug)]
pub(super) struct Mended {
    pub(super) bytes: Vec<u8>,
    /// What was wrong, as fragments of a sentence.
    pub(super) notes: Vec<&'static str>,
}

const BETWEEN: &str = "bytes between segments were skipped";
const BETWEEN_SCANS: &str = "bytes between scans were skipped: look whether the picture is whole";
const PADDING: &str = "what follows the image data was skipped";
const BEHIND: &str = "what follows the image data is no padding: look whether the picture is whole";

/// The copy of a file of which all blocks are there.
pub(super) fn mend(jpeg: &[u8]) -> Result<Mended, Fault> {
    // At most an end marker longer than the file.
    let mut copy = MendedCopy::new(jpeg.len() + 2)?;
    let (mut at, mut last) = (2, None);
    while copy.scanned() != Scanned::Whole {
        let Some((scan, data)) = copy.up_to_scan(jpeg, at)? else {
            // Who has written the end has written all blocks, if not as fine as they could be.
            return if copy.scanned() == Scanned::Coarse { Ok(copy.finish()) } else { Err(Fault::Missing) };
        };
        let end = copy.scan(&scan, jpeg.get(data..).unwrap_or_default())?;
        at = data + end.at;
        last = Some(end);
    }
    // Whatever comes now is no part of the picture.
    let mut end = markers::next(jpeg, at);
    while let Some(marker) = end.filter(|marker| matches!(marker.code, TEM | RST0..=RST7)) {
        end = markers::next(jpeg, marker.after);
    }
    let behind = jpeg.get(at..end.map_or(jpeg.len(), |marker| marker.after - 2)).unwrap_or_default();
    if behind.iter().any(|byte| *byte != 0xFF) {
        copy.note(if are_alike(behind) { PADDING } else { BEHIND });
    }
    match end.map(|marker| marker.code) {
        // Scans that go on when all is there are no mistake, but meant to cost time.
        Some(SOS | DHT) if copy.is_progressive() => return Err(Fault::Unknown),
        // Zeros are valid codes: the last blocks may have been read from what was never written.
        None if last.is_some_and(|last| last.in_zeros) => return Err(Fault::Ended),
        None => copy.note("the end marker is missing"),
        Some(EOI) => {}
        Some(_) if behind.is_empty() => copy.note(PADDING),
        Some(_) => {}
    }
    Ok(copy.finish())
}

/// The copy up to the image data.
pub(super) fn header(jpeg: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut copy = MendedCopy::new(0)?;
    copy.up_to_scan(jpeg, 2)?;
    Ok(copy.bytes)
}

/// Whether bytes are padding, of which there may be any number.
fn are_alike(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| bytes.first() == Some(byte))
}

/// The number by which scans of a copy name a component.
fn number(component: usize) -> u8 {
    component as u8 + 1
}

/// Where a scan of arithmetic codes ends: at the next marker that is none for a restart, or at the zeros in
/// front of it, which an encoder leaves out (ITU-T T.81, D.1.8).
fn arithmetic_end(data: &[u8]) -> Option<ScanEnd> {
    let mut at = 0;
    loop {
        let marker = markers::next(data, at)?;
        if !matches!(marker.code, RST0..=RST7) {
            let data = data.get(..marker.after - 2)?;
            let zeros = data.iter().rev().take_while(|byte| **byte == 0).count();
            // The first one behind 0xFF says that this is no marker.
            let is_first_stuffed = zeros > 0 && data.get(..data.len() - zeros)?.last() == Some(&0xFF);
            return Some(ScanEnd { at: data.len() - zeros + usize::from(is_first_stuffed), in_zeros: false });
        }
        at = marker.after;
    }
}

#[derive(Debug)]
struct MendedCopy {
    bytes: Vec<u8>,
    notes: Vec<&'static str>,
    frame: Option<Frame>,
    /// Where Adobe's colour transform stands in the copy.
    transform: Option<usize>,
    walker: Walker,
    scans: u32,
}

impl MendedCopy {
    fn new(length: usize) -> Result<Self, Fault> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(length).map_err(|_| Fault::NoMemory)?;
        bytes.extend([0xFF, SOI]);
        let walker = Walker::default();
        Ok(Self { bytes, notes: Vec::new(), frame: None, transform: None, walker, scans: 0 })
    }

    fn note(&mut self, what: &'static str) {
        if !self.notes.contains(&what) {
            self.notes.push(what);
        }
    }

    /// Takes segments over up to the header of a scan; returns that and where its data begin. `None` if the
    /// picture ends before.
    fn up_to_scan(&mut self, jpeg: &[u8], mut at: usize) -> Result<Option<(ScanHeader, usize)>, Fault> {
        loop {
            let marker = markers::next(jpeg, at).ok_or(Fault::Ended)?;
            if marker.skipped {
                // Behind a scan they may be what damage has left of its data.
                let skipped = jpeg.get(at..marker.after - 2).unwrap_or_default();
                self.note(if self.scans > 0 && !are_alike(skipped) { BETWEEN_SCANS } else { BETWEEN });
            }
            at = marker.after;
            match marker.code {
                EOI => return Ok(None),
                TEM | RST0..=SOI => {
                    self.note(BETWEEN);
                    continue;
                }
                _ => {}
            }
            let content = content(jpeg, at).ok_or(Fault::Ended)?;
            at += 2 + content.len();
            if let Some(scan) = self.segment(marker.code, content).ok_or(Fault::Unknown)? {
                return Ok(Some((scan, at)));
            }
        }
    }

    /// Takes a segment over, if decoding needs it, with its mistakes mended; `None` if that cannot be done.
    fn segment(&mut self, marker: u8, content: &[u8]) -> Option<Option<ScanHeader>> {
        let mut content = content.to_vec();
        let mut scan = None;
        match marker {
            APP0 if content.starts_with(b"JFIF\0") => {
                if let Some(version) = content.get_mut(5).filter(|version| **version != 1) {
                    *version = 1;
                    self.note("an unknown version of JFIF was read as version 1");
                }
            }
            APP14 if content.starts_with(b"Adobe") => {
                // Behind the marker and the length.
                self.transform = content.get(11).map(|_| self.bytes.len() + 4 + 11);
            }
            DRI => self.walker.restart_every(u16::from_be_bytes(content.get(..2)?.try_into().ok()?)),
            DQT => self.walker.quantisation(&content)?,
            DHT => self.walker.codes(&content)?,
            DAC => {}
            SOS => {
                let frame = self.frame.as_mut()?;
                let count = usize::from(*content.first()?);
                let parameters = content.get_mut(1 + 2 * count..4 + 2 * count)?;
                let wrong = frame.coding == Coding::Sequential && parameters != [0, 63, 0];
                if wrong {
                    parameters.copy_from_slice(&[0, 63, 0]);
                }
                let found = frame.scan(&content)?;
                frame.note(&found);
                if frame.shares_numbers() {
                    for (part, chosen) in found.parts.iter().zip(content[1..].as_chunks_mut::<2>().0) {
                        chosen[0] = number(part.component);
                    }
                }
                scan = Some(found);
                if wrong {
                    self.note("wrong parameters of a scan were corrected");
                }
                self.correct_transform();
            }
            marker if is_frame(marker) => {
                let frame = Frame::read(marker, &content)?;
                if frame.shares_numbers() {
                    for (index, component) in content[6..].as_chunks_mut::<3>().0.iter_mut().enumerate() {
                        component[0] = number(index);
                    }
                    self.note("components of the same number were told apart by their order");
                }
                self.frame = Some(frame);
            }
            // Comments and metadata, which are read elsewhere; markers that no decoder knows.
            _ => return Some(None),
        }
        self.bytes.extend([0xFF, marker]);
        self.bytes.extend((content.len() as u16 + 2).to_be_bytes());
        self.bytes.extend(content);
        Some(scan)
    }

    /// Makes Adobe's colour transform one that there is for so many components.
    fn correct_transform(&mut self) {
        let components = self.frame.as_ref().map_or(0, |frame| frame.components.len());
        let place = self.transform.take().and_then(|at| self.bytes.get_mut(at));
        let (known, note) = match components {
            3 => (1, "an unknown colour transform was taken for YCbCr"),
            4 => (2, "an unknown colour transform was taken for YCCK"),
            _ => return,
        };
        if let Some(transform) = place.filter(|transform| **transform != 0 && **transform != known) {
            *transform = known;
            self.note(note);
        }
    }

    /// Takes the data of a scan over, as far as they go.
    fn scan(&mut self, scan: &ScanHeader, data: &[u8]) -> Result<ScanEnd, Fault> {
        self.scans += 1;
        let frame = self.frame.as_ref().filter(|_| self.scans <= MAX_SCANS).ok_or(Fault::Unknown)?;
        let mended = MendedData::new(data);
        let (end, mended) = match frame.arithmetic {
            // Whether its blocks are there, nobody here can tell: what wrote the end has written them.
            true => (arithmetic_end(data).ok_or(Fault::Unknown)?, mended),
            false => self.walker.scan(frame, scan, mended)?,
        };
        mended.notes()?.for_each(|note| self.note(note));
        mended.append_to(&mut self.bytes, end.at);
        Ok(end)
    }

    fn finish(mut self) -> Mended {
        self.bytes.extend([0xFF, EOI]);
        Mended { bytes: self.bytes, notes: self.notes }
    }

    fn scanned(&self) -> Scanned {
        self.frame.as_ref().map_or(Scanned::Missing, Frame::scanned)
    }

    fn is_progressive(&self) -> bool {
        self.frame.as_ref().is_some_and(|frame| frame.coding == Coding::Progressive)
    }
}
