//! What a JPEG's frame and its scans say they hold. ITU-T T.81: B.2.2 and B.2.3 for the headers, A.1.1 and
//! A.2 for how many units a scan has, G.1.1.1 for progressive scans. No state.

use super::markers::{self, EOI, RST0, SOI, SOS, TEM, content};

/// How coefficients or samples are coded, by the frame's marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Sequential,
    Progressive,
    /// Without a transform: the units of a scan are samples.
    Lossless,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Component {
    id: u8,
    /// Sampling factors.
    pub(super) across: u32,
    pub(super) down: u32,
    /// The number of its quantisation table.
    pub(super) quantisation: usize,
    /// Whether bit 0 of each of the 64 coefficients has come.
    whole: [bool; 64],
    /// Whether the first coefficient has come, if not all bits of it.
    begun: bool,
}

/// The header of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) coding: Coding,
    /// Whether it is by arithmetic instead of Huffman codes.
    pub(super) arithmetic: bool,
    pub(super) precision: u8,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) components: Vec<Component>,
}

/// A component in a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ScanPart {
    /// Its place in the frame.
    pub(super) component: usize,
    /// The numbers of its tables.
    pub(super) dc: usize,
    pub(super) ac: usize,
}

/// The header of a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ScanHeader {
    pub(super) parts: Vec<ScanPart>,
    /// The coefficients that it brings.
    pub(super) first: usize,
    pub(super) last: usize,
    /// Whether it adds a bit to coefficients that have come before.
    pub(super) refines: bool,
    /// The lowest bit that it brings.
    pub(super) bit: u8,
}

/// How much of a picture its scans bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scanned {
    Whole,
    /// All blocks, though not as fine as they could be.
    Coarse,
    Missing,
}

/// Whether a marker begins a frame, in whichever coding; what lies between them in number is something else.
pub(super) fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF)
}

/// Whether the first frame of a file is one of JPEG-LS (ITU-T T.87, C.1.1).
pub(super) fn is_jpeg_ls(jpeg: &[u8]) -> bool {
    const JPEG_LS: u8 = 0xF7;
    let mut at = 2;
    while let Some(marker) = markers::next(jpeg, at) {
        at = match marker.code {
            JPEG_LS => return true,
            SOS | EOI => return false,
            code if is_frame(code) => return false,
            TEM | RST0..=SOI => marker.after,
            _ => match content(jpeg, marker.after) {
                Some(content) => marker.after + 2 + content.len(),
                None => return false,
            },
        };
    }
    false
}

impl Frame {
    /// `None` if it is of a kind that nobody decodes, or broken.
    pub(super) fn read(marker: u8, content: &[u8]) -> Option<Self> {
        let (coding, arithmetic) = match marker {
            0xC0 | 0xC1 => (Coding::Sequential, false),
            0xC2 => (Coding::Progressive, false),
            0xC3 => (Coding::Lossless, false),
            0xC9 => (Coding::Sequential, true),
            0xCA => (Coding::Progressive, true),
            _ => return None,
        };
        let ([precision, high, low, wide, narrow, count], rest) = content.split_first_chunk::<6>()?;
        let component = |[id, sampling, table]: &[u8; 3]| Component {
            id: *id,
            across: (sampling >> 4).into(),
            down: (sampling & 15).into(),
            quantisation: (*table).into(),
            whole: [false; 64],
            begun: false,
        };
        let components: Vec<_> = rest.as_chunks::<3>().0.iter().map(component).collect();
        let width = u16::from_be_bytes([*wide, *narrow]).into();
        let height = u16::from_be_bytes([*high, *low]).into();
        let sampled = components.iter().all(|component| component.across > 0 && component.down > 0);
        let known = width > 0 && components.len() == usize::from(*count) && *count > 0;
        let frame = Self { coding, arithmetic, precision: *precision, width, height, components };
        (known && sampled).then_some(frame)
    }

    /// Reads the header of a scan; `None` if it cannot be one of this frame.
    pub(super) fn scan(&self, header: &[u8]) -> Option<ScanHeader> {
        let (&count, rest) = header.split_first()?;
        let (chosen, rest) = rest.split_at_checked(2 * usize::from(count))?;
        let [first, last, bits] = *rest.first_chunk::<3>()?;
        let mut parts = Vec::new();
        for [id, tables] in chosen.as_chunks::<2>().0 {
            let component = self.meant(*id, &parts)?;
            parts.push(ScanPart { component, dc: (tables >> 4).into(), ac: (tables & 15).into() });
        }
        let (first, last, refines, bit) = match self.coding {
            Coding::Progressive => (first.into(), last.into(), bits >> 4 > 0, bits & 15),
            // What else stands there is often wrong, and means nothing.
            Coding::Sequential | Coding::Lossless => (0, 63, false, 0),
        };
        let in_order = match self.coding {
            Coding::Progressive => first <= last && last < 64 && (first > 0 || last == 0),
            Coding::Sequential | Coding::Lossless => true,
        };
        let alone = parts.len() == 1 || parts.len() > 1 && (first == 0);
        (in_order && alone).then_some(ScanHeader { parts, first, last, refines, bit })
    }

    /// The component that a scan means by this number, behind these parts. Where several have it, each in its
    /// turn.
    fn meant(&self, id: u8, before: &[ScanPart]) -> Option<usize> {
        let is_new = |index: usize| before.iter().all(|part| part.component != index);
        let named = |index: &usize| self.components[*index].id == id && is_new(*index);
        let mut named = (0..self.components.len()).filter(named);
        let first = named.clone().next();
        named.find(|index| !self.components[*index].whole[0]).or(first)
    }

    /// Whether components have the same number, by which scans name them.
    pub(super) fn shares_numbers(&self) -> bool {
        let ids = || self.components.iter().map(|component| component.id);
        ids().enumerate().any(|(index, id)| ids().take(index).any(|before| before == id))
    }

    /// Notes what a scan brings.
    pub(super) fn note(&mut self, scan: &ScanHeader) {
        for part in &scan.parts {
            let Some(component) = self.components.get_mut(part.component) else { continue };
            component.begun |= scan.first == 0;
            if let Some(whole) = component.whole.get_mut(scan.first..=scan.last) {
                whole.fill(scan.bit == 0);
            }
        }
    }

    /// What has come by now.
    pub(super) fn scanned(&self) -> Scanned {
        let all = |has: fn(&Component) -> bool| self.components.iter().all(has);
        if all(|component| component.whole.iter().all(|whole| *whole)) {
            Scanned::Whole
        } else if all(|component| component.begun) {
            Scanned::Coarse
        } else {
            Scanned::Missing
        }
    }

    /// Units that a component has by itself, across and down.
    pub(super) fn units(&self, component: &Component) -> (u32, u32) {
        let (widest, highest) = self.sampling();
        let edge = self.edge();
        (
            (self.width * component.across).div_ceil(widest).div_ceil(edge),
            (self.height * component.down).div_ceil(highest).div_ceil(edge),
        )
    }

    /// Groups of units that a scan of several components has.
    pub(super) fn groups(&self) -> u32 {
        let (widest, highest) = self.sampling();
        let edge = self.edge();
        self.width.div_ceil(widest * edge) * self.height.div_ceil(highest * edge)
    }

    /// Pixels of such a group.
    pub(super) fn group_pixels(&self) -> u64 {
        let (widest, highest) = self.sampling();
        u64::from(widest * self.edge()) * u64::from(highest * self.edge())
    }

    fn sampling(&self) -> (u32, u32) {
        let largest = |of: fn(&Component) -> u32| self.components.iter().map(of).max().unwrap_or(1);
        (largest(|component| component.across), largest(|component| component.down))
    }

    fn edge(&self) -> u32 {
        match self.coding {
            Coding::Sequential | Coding::Progressive => 8,
            Coding::Lossless => 1,
        }
    }
}

/// How much of the picture there is by the headers of its scans; the first of them begins at `at`, behind its
/// marker. No decoder complains of a scan that is not there.
pub(super) fn scanned(jpeg: &[u8], at: usize, mut frame: Frame) -> Scanned {
    let mut next = Some((SOS, at));
    while let Some((code, mut at)) = next {
        match code {
            EOI => break,
            TEM | RST0..=SOI => {}
            _ => {
                let Some(content) = content(jpeg, at) else { break };
                if code == SOS
                    && let Some(scan) = frame.scan(content)
                {
                    frame.note(&scan);
                }
                at += 2 + content.len();
            }
        }
        if frame.scanned() == Scanned::Whole {
            break;
        }
        next = markers::next(jpeg, at).map(|marker| (marker.code, marker.after));
    }
    frame.scanned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two components, the second of half the size; 20 × 10 pixels.
    fn frame(marker: u8) -> Frame {
        Frame::read(marker, &[8, 0, 10, 0, 20, 2, 1, 0x22, 0, 2, 0x11, 0]).unwrap()
    }

    #[test]
    fn units_are_counted_as_the_standard_says() {
        let frame = frame(0xC0);
        assert_eq!(frame.groups(), 2);
        assert_eq!(frame.units(&frame.components[0]), (3, 2));
        assert_eq!(frame.units(&frame.components[1]), (2, 1));
    }

    #[test]
    fn components_of_one_number_are_meant_in_turn() {
        let mut frame = Frame::read(0xC0, &[8, 0, 10, 0, 20, 2, 1, 0x22, 0, 1, 0x11, 0]).unwrap();
        let components = |scan: &ScanHeader| scan.parts.iter().map(|part| part.component).collect::<Vec<_>>();
        assert!(frame.shares_numbers());
        assert_eq!(components(&frame.scan(&[2, 1, 0, 1, 0, 0, 63, 0]).unwrap()), [0, 1]);
        assert_eq!(frame.scan(&[3, 1, 0, 1, 0, 1, 0, 0, 63, 0]), None);
        for expected in [0, 1] {
            let scan = frame.scan(&[1, 1, 0, 0, 63, 0]).unwrap();
            assert_eq!(components(&scan), [expected]);
            frame.note(&scan);
        }
        assert_eq!(frame.scanned(), Scanned::Whole);
    }

    #[test]
    fn scans_add_up_to_a_picture() {
        let scan = |ids: &[u8], [first, last, bits]: [u8; 3]| {
            let chosen = ids.iter().flat_map(|id| [*id, 0]).collect::<Vec<_>>();
            [&[0xFF, SOS, 0, 6 + chosen.len() as u8, ids.len() as u8][..], &chosen, &[first, last, bits]]
                .concat()
        };
        let dc = scan(&[1, 2], [0, 0, 1]);
        let finer = [
            scan(&[1], [1, 63, 0]),
            scan(&[2], [1, 63, 0]),
            b"data\xFF\0\xFF\xD0data".to_vec(),
            scan(&[1, 2], [0, 0, 0x10]),
        ]
        .concat();
        for (marker, scans, expected) in [
            (0xC2, [&dc[..], &finer].concat(), Scanned::Whole),
            (0xC2, [&dc[..], &finer[..20]].concat(), Scanned::Coarse),
            (0xC2, [&dc[..], b"\xFF\xD9", &finer].concat(), Scanned::Coarse),
            (0xC2, scan(&[1], [0, 0, 0]), Scanned::Missing),
            (0xC0, scan(&[1, 2], [0, 0, 0]), Scanned::Whole),
            (0xC0, scan(&[1], [0, 63, 0]), Scanned::Missing),
            (0xC0, [scan(&[1], [0, 63, 0]), scan(&[2], [0, 63, 0])].concat(), Scanned::Whole),
        ] {
            assert_eq!(scanned(&scans, 2, frame(marker)), expected, "{marker:X} {scans:02X?}");
        }
    }
}
