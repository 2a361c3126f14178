//! Pictures that are written as a text: in base64, as XMP has them and programs put them anywhere else, or in
//! hexadecimal digits, also with marks between the bytes. Lines may be broken at any place, letters be of two
//! bytes, and other words stand in front. No state.

use std::ops::Range;

use super::{SHORTEST, kinds, merged};

/// In which letters bytes are written.
#[derive(Debug, Clone, Copy)]
enum Code {
    /// Three bytes in four letters (RFC 4648, sections 4 and 5), either with `+/` or with `-_`.
    Base64,
    /// A byte in two digits.
    Hex,
}

/// Where pictures stand in a text.
pub(super) fn find(text: &[u8]) -> Vec<Range<usize>> {
    let all = [Code::Base64, Code::Hex].into_iter().flat_map(|code| {
        let letters: Vec<u8> = code.letters(text).map(|(_, letter)| letter).collect();
        code.places(text, &merged(code.find(&letters)))
    });
    merged(all.collect())
}

impl Code {
    /// The letters of a text with their places: what is more than a break of a line, half a letter of two
    /// bytes, or JSON's mark before a slash; of digits, more than the marks that programs put between bytes
    /// and in front of them.
    fn letters(self, text: &[u8]) -> impl Iterator<Item = (usize, u8)> {
        let is_mark = move |at: usize, byte: u8| match (self, byte) {
            (_, 0 | b'\\') => true,
            (Code::Base64, _) => byte.is_ascii_whitespace(),
            (Code::Hex, b':' | b',' | b';' | b'-' | b'.' | b'_' | b'%' | b'|' | b'x' | b'X') => true,
            // As in 0xFF.
            (Code::Hex, b'0') => matches!(text.get(at + 1), Some(b'x' | b'X')),
            (Code::Hex, _) => byte.is_ascii_whitespace(),
        };
        text.iter().copied().enumerate().filter(move |(at, byte)| !is_mark(*at, *byte))
    }

    /// Where in the text these ranges of its letters stand, which are in order and not empty.
    fn places(self, text: &[u8], of_letters: &[Range<usize>]) -> Vec<Range<usize>> {
        let mut places = self.letters(text).map(|(at, _)| at);
        let mut passed = 0;
        let mut place = |letter: usize| {
            let skipped = letter.checked_sub(passed)?;
            passed = letter + 1;
            places.nth(skipped)
        };
        of_letters.iter().filter_map(|range| Some(place(range.start)?..place(range.end - 1)? + 1)).collect()
    }

    /// Where pictures stand in these letters. What follows words is not sure to begin with a whole group, so
    /// that each letter of a group may be the first.
    fn find(self, letters: &[u8]) -> Vec<Range<usize>> {
        let (per_group, bytes_per_group) = self.group();
        let mut found = Vec::new();
        for run in self.runs(letters) {
            for start in run.start..run.start + per_group {
                let bytes = self.bytes(letters.get(start..run.end).unwrap_or_default());
                found.extend(kinds::find(&bytes).into_iter().map(|picture| {
                    // Of a group that is not whole, there are more bytes than were written.
                    let is_last = picture.end + bytes_per_group > bytes.len();
                    let end = start + (picture.end * per_group).div_ceil(bytes_per_group);
                    let end = if is_last { with_filling(letters, run.end) } else { end };
                    start + picture.start * per_group / bytes_per_group..end
                }));
            }
        }
        found
    }

    /// Letters and bytes of a group.
    fn group(self) -> (usize, usize) {
        match self {
            Code::Base64 => (4, 3),
            Code::Hex => (2, 1),
        }
    }

    /// Letters of this code that follow one another, as many as pictures have.
    fn runs(self, letters: &[u8]) -> impl Iterator<Item = Range<usize>> {
        let mut next = 0;
        let runs = letters.split(move |letter| self.bits(*letter).is_none()).map(move |run| {
            let start = next;
            next = start + run.len() + 1;
            start..start + run.len()
        });
        runs.filter(|run| run.len() >= SHORTEST)
    }

    fn bytes(self, letters: &[u8]) -> Vec<u8> {
        let bits = |letter: &u8| self.bits(*letter).unwrap_or(0);
        match self {
            Code::Base64 => {
                let group = |group: &[u8]| {
                    let letters = group.iter().map(bits).chain([0; 3]).take(4);
                    let [_, bytes @ ..] = letters.fold(0, |number, bits| number << 6 | bits).to_be_bytes();
                    bytes
                };
                letters.chunks(4).flat_map(group).collect()
            }
            Code::Hex => {
                let byte = |[high, low]: &[u8; 2]| (bits(high) << 4 | bits(low)) as u8;
                letters.as_chunks().0.iter().map(byte).collect()
            }
        }
    }

    /// What a letter stands for.
    fn bits(self, letter: u8) -> Option<u32> {
        let bits = match (self, letter) {
            (Code::Hex, _) => return char::from(letter).to_digit(16),
            (Code::Base64, b'A'..=b'Z') => letter - b'A',
            (Code::Base64, b'a'..=b'z') => letter - b'a' + 26,
            (Code::Base64, b'0'..=b'9') => letter - b'0' + 52,
            (Code::Base64, b'+' | b'-') => 62,
            (Code::Base64, b'/' | b'_') => 63,
            (Code::Base64, _) => return None,
        };
        Some(bits.into())
    }
}

/// Where letters that end here end together with what fills the last group.
fn with_filling(letters: &[u8], end: usize) -> usize {
    const MOST: usize = 2;
    let rest = letters.get(end..).unwrap_or_default();
    end + rest.iter().take(MOST).take_while(|letter| **letter == b'=').count()
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "one picture is expected")]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{base64, small_picture};
    use super::*;

    #[test]
    fn a_picture_is_found_however_its_letters_stand() {
        let picture = small_picture(b"of which nobody should see anything");
        let code = base64(&picture);
        let hex: String = picture.iter().map(|byte| format!("{byte:02x}")).collect();
        let marked = |front: &str, between: &str| {
            let bytes: Vec<String> = picture.iter().map(|byte| format!("{front}{byte:02X}")).collect();
            bytes.join(between)
        };
        let lines = |every: usize, end: &str| -> String {
            code.as_bytes().chunks(every).map(|line| str::from_utf8(line).unwrap().to_owned() + end).collect()
        };
        for written in [
            code.clone(),
            lines(3, "\n  "),
            lines(1, "\0"),
            code.replace('/', "\\/"),
            code.replace('/', "_").replace('+', "-"),
            hex.clone(),
            hex.to_uppercase(),
            marked("", ":"),
            marked("0x", ", "),
            marked("%", ""),
            marked("\\x", ""),
            marked("", "-"),
        ] {
            let text = format!("data:image/jpeg;base64,{written}\", \"and\": 7");
            let found = find(text.as_bytes());
            assert_eq!(found.len(), 1, "{text}");
            let written = written.trim_start_matches("0x").trim_start_matches(['\\', 'x', '%']);
            let written = written.trim_end().trim_end_matches('\0');
            assert_eq!(&text[found[0].clone()], written);
        }
        let both = format!("{code} {code}");
        assert_eq!(find(both.as_bytes()), [0..code.len(), code.len() + 1..both.len()]);
        // Behind words and lines of the same letters, whatever their number.
        for front in ["a", "of", "see", "here", "-----BEGIN PICTURE-----\n", "abc def\n", "/9j/ "] {
            for written in [&code, &hex] {
                let found = find(format!("{front}{written}").as_bytes());
                assert_eq!(found, [front.len()..front.len() + written.len()], "{front}");
            }
        }
    }

    #[test]
    fn one_further_on_in_what_is_written_is_found_too() {
        let picture = small_picture(b"of which nobody should see anything");
        for front in ["Exif\0\0MM\0*", "one more", "two of them"] {
            let code = base64(&[front.as_bytes(), &picture].concat());
            let text = format!("{{\"exif\": \"{code}\"}}");
            let start = 10 + front.len() * 4 / 3;
            assert_eq!(find(text.as_bytes()), [start..10 + code.len()], "{front}");
        }
        let words = base64("nothing but words that somebody has written in this way".as_bytes());
        assert_eq!(find(words.as_bytes()), []);
    }

    #[test]
    fn what_has_the_first_letters_only_is_none() {
        for text in ["/9j/ is how they begin", "ffd8ff, too", "UklGR and R0lGOD, SUkqA, Z0eXZ0eX", "/9j/"] {
            assert_eq!(find(text.as_bytes()), [], "{text}");
        }
        let endless = "/9j/".repeat(100_000);
        assert_eq!(find(endless.as_bytes()), []);
    }

    proptest! {
        #[test]
        fn no_letters_make_it_panic(
            words in proptest::collection::vec(
                proptest::sample::select(vec!["/9j/", "ffd8ff", "Z0eX", "UklGR", " ", "=", "AAAA", "\\"]),
                0..40,
            ),
        ) {
            let text = words.concat();
            for found in find(text.as_bytes()) {
                prop_assert!(found.start < found.end && found.end <= text.len());
            }
        }
    }
}
