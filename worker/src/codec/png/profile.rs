//! The colour profile of a PNG (iCCP), also where its chunk is not as the format wants it: behind the pixels,
//! without a name or with a long one, or with a wrong checksum of its packed bytes or of itself. No state.

use std::io::{self, Read};

use flate2::read::ZlibDecoder;
use flate2::{Decompress, FlushDecompress, Status};

use super::mend::{Chunk, SIGNATURE};

/// The longest profile that is read, in bytes: those of printers have some megabytes.
const MAX_PROFILE: usize = 16 << 20;
/// The head of a profile (ICC.1, 7.2), which begins with its length.
const HEAD: usize = 128;
/// The only way to pack one.
const DEFLATE: u8 = 0;

/// What a file says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FileProfile {
    None,
    Whole(Vec<u8>),
    /// It has one that cannot be read.
    Broken,
}

pub(super) fn read(png: &[u8]) -> FileProfile {
    let mut at = SIGNATURE;
    let mut found = FileProfile::None;
    while let Some(chunk) = png.get(at..).and_then(Chunk::first) {
        at += chunk.bytes.len();
        // A damaged chunk is named as such. One of its checksums is enough.
        if &chunk.kind == b"iCCP" && (chunk.is_sound() || is_checked(chunk.content)) {
            found = match unpacked(chunk.content) {
                Some(profile) => return FileProfile::Whole(profile),
                None => FileProfile::Broken,
            };
        }
    }
    found
}

/// The packed profile in a chunk.
fn packed(content: &[u8]) -> Option<&[u8]> {
    let end = content.iter().position(|byte| *byte == 0)?;
    let (&method, packed) = content.get(end + 1..)?.split_first()?;
    (method == DEFLATE).then_some(packed)
}

/// Whether the profile of a chunk is right by the checksum of its packed bytes.
fn is_checked(content: &[u8]) -> bool {
    let unpacked = packed(content).map(|packed| ZlibDecoder::new(packed).take(MAX_PROFILE as u64));
    unpacked
        .is_some_and(|mut unpacked| io::copy(&mut unpacked, &mut io::sink()).is_ok() && unpacked.limit() > 0)
}

/// The profile of a chunk, if it has the length that it states, or all that was packed. One whose head is
/// wrong about that is as good as in other formats.
fn unpacked(content: &[u8]) -> Option<Vec<u8>> {
    // Behind zlib's head; what it has behind the bytes is only a checksum.
    let packed = packed(content)?.get(2..)?;
    // Its head tells the length.
    let mut head = Vec::with_capacity(HEAD);
    Decompress::new(false).decompress_vec(packed, &mut head, FlushDecompress::None).ok()?;
    let length = u32::from_be_bytes(*head.first_chunk()?) as usize;
    if length < HEAD {
        return None;
    }
    let mut profile = Vec::with_capacity(length.min(MAX_PROFILE));
    let status = Decompress::new(false).decompress_vec(packed, &mut profile, FlushDecompress::None).ok()?;
    profile.truncate(length);
    (profile.len() == length || status == Status::StreamEnd).then_some(profile)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use img_parts::Bytes;
    use img_parts::png::PngChunk;

    use super::*;

    fn profile() -> Vec<u8> {
        let noise = (0..3000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8);
        3004u32.to_be_bytes().into_iter().chain(noise).collect()
    }

    fn packed() -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&profile()).unwrap();
        encoder.finish().unwrap()
    }

    fn file(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
        let mut file = b"\x89PNG\r\n\x1A\n".to_vec();
        for (kind, content) in chunks {
            file.extend(PngChunk::new(**kind, Bytes::from(content.clone())).encoder().bytes().iter());
        }
        file
    }

    fn with(name: &[u8], method: u8, packed: &[u8]) -> FileProfile {
        read(&file(&[(b"IHDR", vec![0; 13]), (b"iCCP", [name, &[0, method], packed].concat())]))
    }

    #[test]
    fn a_whole_profile_is_found_however_it_is_wrapped() {
        let whole = FileProfile::Whole(profile());
        for name in [&b"a"[..], b"", &[b'n'; 90]] {
            assert_eq!(with(name, 0, &packed()), whole);
        }
        let mut wrong_sum = packed();
        *wrong_sum.last_mut().unwrap() ^= 1;
        assert_eq!(with(b"a", 0, &wrong_sum), whole);
        let chunk = [&b"a\0\0"[..], &packed()].concat();
        assert_eq!(read(&file(&[(b"IHDR", vec![]), (b"IDAT", vec![]), (b"iCCP", chunk)])), whole);
        assert_eq!(read(&file(&[(b"IHDR", vec![])])), FileProfile::None);
    }

    #[test]
    fn a_wrong_length_or_checksum_of_its_own_costs_no_profile() {
        let longer = [&9999u32.to_be_bytes()[..], &profile()[4..]].concat();
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&longer).unwrap();
        assert_eq!(with(b"a", 0, &encoder.finish().unwrap()), FileProfile::Whole(longer));
        let chunk = |packed: &[u8]| {
            let mut file = file(&[(b"iCCP", [b"a\0\0", packed].concat())]);
            *file.last_mut().unwrap() ^= 1;
            read(&file)
        };
        assert_eq!(chunk(&packed()), FileProfile::Whole(profile()));
        let mut damaged = packed();
        let middle = damaged.len() / 2;
        damaged[middle] ^= 1;
        assert_eq!(chunk(&damaged), FileProfile::None);
    }

    #[test]
    fn what_is_not_all_there_is_broken() {
        let packed = packed();
        assert_eq!(with(b"a", 1, &packed), FileProfile::Broken);
        for length in [0, 1, 10, packed.len() / 2, packed.len() - 10] {
            assert_eq!(with(b"a", 0, &packed[..length]), FileProfile::Broken, "{length}");
        }
        assert_eq!(read(&file(&[(b"iCCP", b"name".to_vec())])), FileProfile::Broken);
    }
}
