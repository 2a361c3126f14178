//! The data of a scan, with what has to change at its restart markers: those that are missing, their numbers,
//! and what fills up in front of them. ITU-T T.81, B.2.1 and E.1.4. No state.

use super::fault::Fault;
use super::markers::RST0;

/// The data of a scan, with what has to change at restart markers.
#[derive(Debug)]
pub(super) struct MendedData<'a> {
    data: &'a [u8],
    /// What takes the place of the first `replaced` bytes.
    copy: Vec<u8>,
    replaced: usize,
    has_filler: bool,
    /// Whether a marker that was not there was put in.
    has_new: bool,
    numbers: Numbers,
}

impl<'a> MendedData<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        let numbers = Numbers::default();
        Self { data, copy: Vec::new(), replaced: 0, has_filler: false, has_new: false, numbers }
    }

    pub(super) fn data(&self) -> &'a [u8] {
        self.data
    }

    /// Takes note of a restart marker of number `found` that is between these places and should be
    /// `expected`.
    pub(super) fn marker(
        &mut self,
        (from, to): (usize, usize),
        has_filler: bool,
        found: u8,
        expected: u8,
    ) -> Result<(), Fault> {
        self.numbers.count(found, expected);
        if !has_filler && found == expected {
            return Ok(());
        }
        self.has_filler |= has_filler;
        self.put((from, to), expected)
    }

    /// Puts a restart marker in, in place of what is between these places.
    pub(super) fn missing_marker(&mut self, place: (usize, usize), expected: u8) -> Result<(), Fault> {
        self.has_new = true;
        self.put(place, expected)
    }

    fn put(&mut self, (from, to): (usize, usize), number: u8) -> Result<(), Fault> {
        let kept = self.data.get(self.replaced..from).unwrap_or_default();
        self.copy.try_reserve(kept.len() + 2).map_err(|_| Fault::NoMemory)?;
        self.copy.extend(kept);
        self.copy.extend([0xFF, RST0 + number]);
        self.replaced = to;
        Ok(())
    }

    /// Appends the data up to this place.
    pub(super) fn append_to(&self, bytes: &mut Vec<u8>, end: usize) {
        bytes.extend(&self.copy);
        bytes.extend(self.data.get(self.replaced..end).unwrap_or_default());
    }

    /// What was wrong, as fragments of a sentence; a fault if the order of what is between the markers is.
    pub(super) fn notes(&self) -> Result<impl Iterator<Item = &'static str> + use<>, Fault> {
        let filler = self.has_filler.then_some("zero bytes in front of restart markers were skipped");
        let new = "missing restart markers were put in: look whether the picture is whole";
        let new = self.has_new.then_some(new);
        let numbers = match self.numbers.numbering() {
            Numbering::Right => None,
            // Of two kinds of faults one would hide the other.
            Numbering::OfItsOwn | Numbering::OneWrong if self.has_new => return Err(Fault::Restart),
            Numbering::OfItsOwn => Some("restart markers with wrong numbers were corrected"),
            Numbering::OneWrong => {
                Some("a restart marker has a wrong number: a part of the picture may be in the wrong place")
            }
            Numbering::Lost => return Err(Fault::Restart),
        };
        Ok(filler.into_iter().chain(new).chain(numbers))
    }
}

/// The numbers of the restart markers of a scan: from 0 to 7, over and over.
#[derive(Debug, Default)]
struct Numbers {
    markers: u32,
    /// How many have each number.
    same: [u32; 8],
    /// How many are so much above the number that they should have.
    above: [u32; 8],
}

/// What the numbers say of the order of what is between the markers.
#[derive(Debug, PartialEq)]
enum Numbering {
    Right,
    /// The writer numbered in a way of its own, all along: always alike, or from another number on.
    OfItsOwn,
    /// One marker alone: its number is damaged, or a part of another place stands there.
    OneWrong,
    /// Some are right and some are not: parts were moved.
    Lost,
}

impl Numbers {
    fn count(&mut self, found: u8, expected: u8) {
        self.markers += 1;
        self.same[usize::from(found % 8)] += 1;
        self.above[usize::from(found.wrapping_sub(expected) % 8)] += 1;
    }

    fn numbering(&self) -> Numbering {
        let are_all = |counts: &[u32; 8]| counts.contains(&self.markers);
        match self.markers - self.above[0] {
            0 => Numbering::Right,
            _ if are_all(&self.same) || are_all(&self.above) => Numbering::OfItsOwn,
            1 => Numbering::OneWrong,
            2.. => Numbering::Lost,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbering(found: &[u8]) -> Numbering {
        let mut numbers = Numbers::default();
        found.iter().zip((0..8).cycle()).for_each(|(found, expected)| numbers.count(*found, expected));
        numbers.numbering()
    }

    #[test]
    fn numbers_tell_a_slip_of_the_writer_from_parts_that_were_moved() {
        assert_eq!(numbering(&[]), Numbering::Right);
        assert_eq!(numbering(&[0, 1, 2, 3, 4, 5, 6, 7, 0, 1]), Numbering::Right);
        for own in [&[0, 0, 0][..], &[4, 4], &[5], &[1, 2, 3, 4, 5, 6, 7, 0, 1]] {
            assert_eq!(numbering(own), Numbering::OfItsOwn, "{own:?}");
        }
        assert_eq!(numbering(&[0, 1, 6, 3, 4]), Numbering::OneWrong);
        for moved in [&[1, 0][..], &[0, 2, 1, 3, 4, 5, 6, 7, 0], &[0, 1, 3, 4, 5, 5], &[0, 3, 1, 2, 4]] {
            assert_eq!(numbering(moved), Numbering::Lost, "{moved:?}");
        }
    }
}
