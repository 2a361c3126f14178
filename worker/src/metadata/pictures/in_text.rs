//! Pictures that are written as a text: in base64, as XMP has them and programs put them anywhere else, or in
//! hexadecimal digits. Lines may be broken at any place, and letters be of two bytes. No state.

use std::ops::Range;

use memchr::memmem;

use super::kinds;

/// In which letters bytes are written.
#[derive(Debug, Clone, Copy)]
enum Code {
    /// Three bytes in four letters, either with `+/` or with `-_`.
    Base64,
    /// A byte in two digits.
    Hex,
}

/// The first letters of pictures, and how many others may stand in front of them.
const STARTS: [(&[u8], usize, Code); 21] = [
    // JPEG, PNG, RIFF, GIF, TIFF in both orders.
    (b"/9j/", 0, Code::Base64),
    (b"_9j_", 0, Code::Base64),
    (b"iVBORw0KGg", 0, Code::Base64),
    (b"UklGR", 0, Code::Base64),
    (b"R0lGOD", 0, Code::Base64),
    (b"SUkqA", 0, Code::Base64),
    (b"TU0AK", 0, Code::Base64),
    // HEIF and AVIF behind the length of a box, JPEG 2000, JPEG XL, and what Google seals.
    (b"Z0eX", 6, Code::Base64),
    (b"AAAADGpQICANCocK", 0, Code::Base64),
    (b"AAAADEpYTCANCocK", 0, Code::Base64),
    (b"SERSUA", 0, Code::Base64),
    (b"ffd8ff", 0, Code::Hex),
    (b"FFD8FF", 0, Code::Hex),
    (b"89504e470d0a1a0a", 0, Code::Hex),
    (b"89504E470D0A1A0A", 0, Code::Hex),
    (b"52494646", 0, Code::Hex),
    (b"47494638", 0, Code::Hex),
    (b"49492a00", 0, Code::Hex),
    (b"49492A00", 0, Code::Hex),
    (b"4d4d002a", 0, Code::Hex),
    (b"4D4D002A", 0, Code::Hex),
];

/// Where pictures stand in a text.
pub(super) fn find(text: &[u8]) -> Vec<Range<usize>> {
    let letters: Vec<u8> = text.iter().copied().filter(is_letter).collect();
    let begun = STARTS.into_iter().flat_map(|(start, before, code)| code.find(&letters, start, before));
    let mut found: Vec<Range<usize>> = begun.collect();
    let holds = |run: &Range<usize>| {
        let is_known = found.iter().any(|picture| picture.start < run.end && run.start < picture.end);
        let bytes = || letters.get(run.clone()).map(|run| Code::Base64.bytes(run));
        !is_known && bytes().is_some_and(|bytes| !kinds::find(&bytes).is_empty())
    };
    let further_on: Vec<Range<usize>> = runs(&letters).filter(holds).collect();
    found.extend(further_on);
    found.sort_by_key(|picture| picture.start);
    let mut end = 0;
    // One in another is found with that.
    found.retain(|picture| {
        let is_own = picture.start >= end;
        end = end.max(picture.end);
        is_own
    });
    places(text, &found)
}

/// Letters in base64 that follow one another, as many as pictures have: one may stand further on in what they
/// mean.
fn runs(letters: &[u8]) -> impl Iterator<Item = Range<usize>> {
    const SHORTEST: usize = 32;
    let mut end = 0;
    let runs = letters.split(|letter| sextet(*letter).is_none()).map(move |run| {
        let start = end;
        end = start + run.len() + 1;
        start..start + run.len()
    });
    runs.filter(|run| run.len() >= SHORTEST)
}

/// Whether it is more than a break of a line, half a letter of two bytes, or JSON's mark before a slash.
fn is_letter(byte: &u8) -> bool {
    !byte.is_ascii_whitespace() && !matches!(byte, 0 | b'\\')
}

/// Where in the text these ranges of its letters stand, which are in order and not empty.
fn places(text: &[u8], of_letters: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut places = text.iter().enumerate().filter(|(_, byte)| is_letter(byte)).map(|(at, _)| at);
    let mut passed = 0;
    let mut place = |letter: usize| {
        let skipped = letter.checked_sub(passed)?;
        passed = letter + 1;
        places.nth(skipped)
    };
    of_letters.iter().filter_map(|range| Some(place(range.start)?..place(range.end - 1)? + 1)).collect()
}

impl Code {
    fn find(self, letters: &[u8], start: &[u8], before: usize) -> Vec<Range<usize>> {
        /// Starts that are looked at. By chance there is none in megabytes: what has more of them was made to
        /// take time, and counts as a picture from there on.
        const MAX_STARTS: usize = 64;
        let (mut found, mut from) = (Vec::new(), before);
        for number in 0..=MAX_STARTS {
            let rest = letters.get(from..).unwrap_or_default();
            let Some(at) = memmem::find(rest, start).map(|at| from + at - before) else { break };
            let picture = letters.get(at..).unwrap_or_default();
            let length = if number < MAX_STARTS { self.length(picture) } else { Some(picture.len()) };
            found.extend(length.map(|length| at..at + length));
            from = at + before + length.unwrap_or(1);
        }
        found
    }

    /// How many letters the picture has that begins these, if one does.
    fn length(self, letters: &[u8]) -> Option<usize> {
        let run = letters.iter().position(|letter| !self.has(*letter)).unwrap_or(letters.len());
        let bytes = self.bytes(letters.get(..run)?);
        let length = kinds::length(&bytes)?;
        let letters = match self {
            Code::Base64 => length.div_ceil(3) * 4,
            Code::Hex => length * 2,
        };
        // A last group may not be whole.
        Some(if length == bytes.len() { run } else { letters.min(run) })
    }

    fn has(self, letter: u8) -> bool {
        match self {
            Code::Base64 => letter == b'=' || sextet(letter).is_some(),
            Code::Hex => letter.is_ascii_hexdigit(),
        }
    }

    fn bytes(self, letters: &[u8]) -> Vec<u8> {
        match self {
            Code::Base64 => {
                let group = |group: &[u8; 4]| {
                    let number = group.iter().fold(0, |n, letter| n << 6 | sextet(*letter).unwrap_or(0));
                    let [_, bytes @ ..] = number.to_be_bytes();
                    bytes
                };
                letters.as_chunks().0.iter().flat_map(group).collect()
            }
            Code::Hex => {
                let digit = |letter: u8| char::from(letter).to_digit(16).unwrap_or(0) as u8;
                let byte = |[high, low]: &[u8; 2]| digit(*high) << 4 | digit(*low);
                letters.as_chunks().0.iter().map(byte).collect()
            }
        }
    }
}

/// The six bits of a letter (RFC 4648, sections 4 and 5).
fn sextet(letter: u8) -> Option<u32> {
    let bits = match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(bits.into())
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
        ] {
            let text = format!("data:image/jpeg;base64,{written}\", \"and\": 7");
            let found = find(text.as_bytes());
            assert_eq!(found.len(), 1, "{text}");
            let written = written.trim_start_matches('\\').trim_end().trim_end_matches('\0');
            assert_eq!(&text[found[0].clone()], written);
        }
        let both = format!("{code} {code}");
        assert_eq!(find(both.as_bytes()), [0..code.len(), code.len() + 1..both.len()]);
    }

    #[test]
    fn one_further_on_in_what_is_written_is_found_too() {
        let picture = small_picture(b"of which nobody should see anything");
        for front in ["Exif\0\0MM\0*", "one more", "two of them"] {
            let code = base64(&[front.as_bytes(), &picture].concat());
            let text = format!("{{\"exif\": \"{code}\"}}");
            let end = 10 + code.trim_end_matches('=').len();
            assert_eq!(find(text.as_bytes()), [10..end], "{front}");
        }
        let words = base64("nothing but words that somebody has written in this way".as_bytes());
        assert_eq!(find(words.as_bytes()), []);
    }

    #[test]
    fn pictures_of_all_kinds_begin_with_the_letters_that_are_looked_for() {
        let starts: [&[u8]; 8] = [
            b"\xFF\xD8\xFF\xE0",
            b"\x89PNG\r\n\x1A\n",
            b"RIFF\0",
            b"GIF89a",
            b"II*\0",
            b"MM\0*",
            b"\0\0\0\x0CjP  \r\n\x87\n",
            b"\0\0\0\x0CJXL \r\n\x87\n",
        ];
        for start in starts {
            let code = base64(start);
            assert!(STARTS.iter().any(|(letters, _, _)| code.as_bytes().starts_with(letters)), "{code}");
        }
        for length in [0x14, 0x18, 0x1C, 0x20, 0x24] {
            let code = base64(&[&[0, 0, 0, length], &b"ftypheic"[..]].concat());
            assert_eq!(code.find("Z0eX"), Some(6), "{code}");
        }
    }

    #[test]
    fn words_are_no_pictures_and_endless_beginnings_take_no_time() {
        for text in ["/9j/ is how they begin", "ffd8ff, too", "UklGR and R0lGOD, SUkqA, Z0eXZ0eX", "/9j/"] {
            assert_eq!(find(text.as_bytes()), [], "{text}");
        }
        let endless = "/9j/".repeat(100_000);
        assert_eq!(find(endless.as_bytes()), [4 * 64..endless.len()]);
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
