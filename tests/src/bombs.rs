//! Files that are small, and huge, endless or circular as pictures: made here, byte by byte, from
//! the formats' specifications.

use std::io::Write;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

/// A photo to be afraid of.
pub struct Bomb {
    /// The file's name.
    pub name: &'static str,
    /// What is in the file.
    pub bytes: Vec<u8>,
    /// The verdicts that are right, as `failed too-large`; any of them.
    pub verdicts: &'static [&'static str],
}

/// What the large parts unpack to, in bytes: more than the tests allow a job.
const UNPACKED: usize = 300 << 20;

const TOO_LARGE: &[&str] = &["failed too-large"];
const BROKEN: &[&str] = &["failed corrupt", "failed truncated", "failed too-large"];
/// Only what is beside the pixels is bad, and they may be had without it.
const BESIDE: &[&str] = &["ok", "failed corrupt", "failed too-large"];

/// All of them.
pub fn all() -> Vec<Bomb> {
    let zeros = zlib_zeros();
    [png(&zeros), tiff(&zeros), jpeg(), gif(), webp(), plain(), light(), jxl()]
        .into_iter()
        .flatten()
        .collect()
}

fn bomb(name: &'static str, verdicts: &'static [&'static str], bytes: Vec<u8>) -> Bomb {
    Bomb { name, bytes, verdicts }
}

/// Zeros as zlib packs them: a thousandth of their length.
#[expect(clippy::expect_used, reason = "this library is part of the tests")]
fn zlib_zeros() -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    let block = vec![0; 1 << 20];
    for _ in 0..UNPACKED >> 20 {
        encoder.write_all(&block).expect("memory can be written");
    }
    encoder.finish().expect("memory can be written")
}

fn png(zeros: &[u8]) -> Vec<Bomb> {
    let keyword = |name: &str, rest: &[u8]| [name.as_bytes(), &[0], rest, zeros].concat();
    let small = |chunk: ([u8; 4], Vec<u8>)| png_file(8, 8, &[chunk], &[0x78, 0x01, 0x63, 0, 0]);
    // The smallest image that is whole: 8 rows of a filter byte and 24 samples.
    let whole = |chunks: &[([u8; 4], Vec<u8>)]| png_file(8, 8, chunks, &zlib(&[0; 8 * 25]));
    let many: Vec<_> = (0..100_000).map(|_| (*b"tEXt", b"Comment\0x".to_vec())).collect();
    vec![
        bomb("png-pixels.png", TOO_LARGE, png_file(60_000, 60_000, &[], zeros)),
        bomb("png-memory.png", TOO_LARGE, png_file(17_000, 17_000, &[], zeros)),
        bomb("png-surplus.png", BESIDE, png_file(8, 8, &[], zeros)),
        bomb("png-cut.png", BROKEN, small((*b"tEXt", b"Comment\0x".to_vec()))),
        bomb("png-ztxt.png", BESIDE, whole(&[(*b"zTXt", keyword("Comment", &[0]))])),
        bomb("png-itxt.png", BESIDE, whole(&[(*b"iTXt", keyword("XML:com.adobe.xmp", &[1, 0, 0, 0]))])),
        bomb("png-iccp.png", BESIDE, whole(&[(*b"iCCP", keyword("profile", &[0]))])),
        bomb("png-exif.png", BESIDE, whole(&[(*b"eXIf", circular_exif())])),
        bomb("png-texts.png", BESIDE, whole(&many)),
    ]
}

fn png_file(width: u32, height: u32, chunks: &[([u8; 4], Vec<u8>)], data: &[u8]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut add = |kind: &[u8; 4], content: &[u8]| {
        file.extend((content.len() as u32).to_be_bytes());
        let body = [&kind[..], content].concat();
        let mut crc = Crc::new();
        crc.update(&body);
        file.extend(body);
        file.extend(crc.sum().to_be_bytes());
    };
    add(b"IHDR", &header);
    for (kind, content) in chunks {
        add(kind, content);
    }
    add(b"IDAT", data);
    add(b"IEND", &[]);
    file
}

#[expect(clippy::expect_used, reason = "this library is part of the tests")]
fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

/// An entry of a TIFF directory: tag, type (1 byte, 3 short, 4 long, 7 undefined), count, value or offset.
type TiffEntry = (u16, u16, u32, u32);

/// A little-endian TIFF: a directory at byte 8, with `next` as the place of the next, and `data` behind it.
fn tiff_file(entries: &[TiffEntry], next: u32, data: &[u8]) -> Vec<u8> {
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(count.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend(next.to_le_bytes());
    file.extend(data);
    file
}

/// Where the data begins in a [`tiff_file`] of so many entries.
const fn data_at(entries: u32) -> u32 {
    8 + 2 + 12 * entries + 4
}

/// A grey image in one strip; `compression` 5 is LZW, 8 Deflate.
fn strip(width: u32, height: u32, compression: u32, more: &[TiffEntry], next: u32, data: &[u8]) -> Vec<u8> {
    let at = data_at(9 + more.len() as u32);
    let mut entries = vec![
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, compression),
        (262, 3, 1, 1),
        (273, 4, 1, at),
        (277, 3, 1, 1),
        (278, 4, 1, height),
        (279, 4, 1, data.len() as u32),
    ];
    entries.extend(more);
    entries.sort_by_key(|entry| entry.0);
    tiff_file(&entries, next, data)
}

fn tiff(zeros: &[u8]) -> Vec<Bomb> {
    let huge = |tag: u16, kind: u16| [(tag, kind, u32::MAX, 8)];
    let mut strips = strip(100_000, 2, 8, &[], 0, zeros);
    // The count of strip offsets, at the sixth entry: a billion of them.
    let count = data_at(5) as usize - 4 + 4;
    strips[count..count + 4].copy_from_slice(&(1u32 << 30).to_le_bytes());
    vec![
        bomb("tiff-pixels.tiff", TOO_LARGE, strip(60_000, 60_000, 8, &[], 0, zeros)),
        bomb("tiff-deflate.tiff", TOO_LARGE, strip(20_000, 15_000, 8, &[], 0, zeros)),
        bomb("tiff-surplus.tiff", BESIDE, strip(8, 8, 8, &[], 0, zeros)),
        bomb("tiff-lzw.tiff", TOO_LARGE, strip(20_000, 14_000, 5, &[], 0, &[0x80, 0, 0, 0])),
        bomb("tiff-lzw-short.tiff", BROKEN, strip(2_000, 2_000, 5, &[], 0, &[0x80, 0, 0, 0])),
        bomb("tiff-strips.tiff", BROKEN, strips),
        bomb("tiff-icc.tiff", BESIDE, strip(8, 8, 1, &huge(34_675, 7), 0, &[0; 64])),
        bomb("tiff-xmp.tiff", BESIDE, strip(8, 8, 1, &huge(700, 1), 0, &[0; 64])),
        bomb("tiff-text.tiff", BESIDE, strip(8, 8, 1, &huge(315, 2), 0, &[0; 64])),
        bomb("tiff-loop.tiff", BESIDE, strip(8, 8, 1, &[], 8, &[0; 64])),
        bomb(
            "tiff-exif-loop.tiff",
            BESIDE,
            strip(8, 8, 1, &[(34_665, 4, 1, 8), (330, 4, 1, 8)], 8, &[0; 64]),
        ),
    ]
}

/// EXIF whose directory is its own successor, its own EXIF directory and its own place directory, with a
/// comment of 4 GiB.
fn circular_exif() -> Vec<u8> {
    let entries = [(270, 2, u32::MAX, 8), (34_665, 4, 1, 8), (34_853, 4, 1, 8), (40_965, 4, 1, 8)];
    tiff_file(&entries, 8, &[])
}

fn jpeg() -> Vec<Bomb> {
    let segment = |marker: u8, content: &[u8]| {
        [&[0xFF, marker], &(content.len() as u16 + 2).to_be_bytes()[..], content].concat()
    };
    let start = [&b"\xFF\xD8"[..], &segment(0xDB, &[&[0][..], &[1; 64]].concat())].concat();
    let frame = |kind: u8, width: u16, height: u16| {
        let [height, width] = [height, width].map(u16::to_be_bytes);
        segment(kind, &[&[8][..], &height, &width, &[1, 1, 0x11, 0]].concat())
    };
    // Tables with one code of one bit: "no difference" for DC, "the next 2^14 blocks and more are done" for
    // AC.
    let table = |class: u8, symbol: u8| segment(0xC4, &[&[class, 1][..], &[0; 15], &[symbol]].concat());
    let tables = [table(0x00, 0), table(0x10, 0xE0)].concat();
    let dc = |blocks: usize| [segment(0xDA, &[1, 1, 0, 0, 0, 0]), vec![0; blocks / 8 + 1]].concat();
    let ac = [segment(0xDA, &[1, 1, 0, 1, 63, 0]), b"\x7F\xFE\xFF\x00\xFF\x00".to_vec()].concat();
    let end = b"\xFF\xD9".to_vec();
    let small = |segments: Vec<u8>| {
        let scan = [segment(0xDA, &[1, 1, 0, 0, 63, 0]), vec![0; 8]].concat();
        [start.clone(), segments, frame(0xC0, 8, 8), table(0, 0), table(0x10, 0), scan, end.clone()].concat()
    };
    let profile =
        (1..=255u8).flat_map(|n| segment(0xE2, &[b"ICC_PROFILE\0", &[n, 255][..], &[0; 65_519]].concat()));
    let exif = segment(0xE1, &[b"Exif\0\0", &circular_exif()[..]].concat());
    let scans = |count: usize| {
        [start.clone(), frame(0xC2, 2000, 2000), tables.clone(), dc(62_500), ac.repeat(count), end.clone()]
            .concat()
    };
    vec![
        bomb(
            "jpeg-pixels.jpg",
            TOO_LARGE,
            [start.clone(), frame(0xC0, 65_500, 65_500), tables.clone(), dc(8)].concat(),
        ),
        bomb(
            "jpeg-memory.jpg",
            TOO_LARGE,
            [start.clone(), frame(0xC2, 17_000, 17_000), tables.clone(), dc(8)].concat(),
        ),
        bomb("jpeg-icc.jpg", BESIDE, small(profile.collect())),
        bomb("jpeg-exif.jpg", BESIDE, small(exif)),
        bomb("jpeg-one-scan.jpg", &["ok"], scans(1)),
        bomb("jpeg-scans.jpg", &["failed corrupt"], scans(20_000)),
    ]
}

fn gif() -> Vec<Bomb> {
    // Screen and one frame of its size, or of one pixel; the smallest code size, and codes that say "clear,
    // end".
    let gif = |screen: [u16; 2], frame: [u16; 2], count: usize| {
        let size = |[width, height]: [u16; 2]| [width.to_le_bytes(), height.to_le_bytes()].concat();
        let table = [0x80, 0, 0, 0, 0, 0, 255, 255, 255];
        let image = [&[0x2C, 0, 0, 0, 0][..], &size(frame), &[0, 2, 2, 0x4C, 0x01, 0]].concat();
        [&b"GIF89a"[..], &size(screen), &table, &image.repeat(count), b";"].concat()
    };
    vec![
        bomb("gif-screen.gif", TOO_LARGE, gif([65_535; 2], [1; 2], 1)),
        bomb("gif-memory.gif", TOO_LARGE, gif([17_000; 2], [17_000; 2], 1)),
        bomb("gif-short.gif", BROKEN, gif([1000; 2], [1000; 2], 1)),
        bomb("gif-frames.gif", &["ok", "failed corrupt", "failed truncated"], gif([1; 2], [1; 2], 200_000)),
    ]
}

fn webp() -> Vec<Bomb> {
    // A container of one chunk.
    let webp = |kind: &[u8; 4], content: &[u8]| {
        let length = content.len() as u32;
        let padded = [&kind[..], &length.to_le_bytes(), content, &vec![0; content.len() % 2]].concat();
        [&b"RIFF"[..], &(padded.len() as u32 + 4).to_le_bytes(), b"WEBP", &padded].concat()
    };
    // A lossless image's header: width and height less 1 in 14 bits each.
    let lossless = (16_382u32 | 16_382 << 14).to_le_bytes();
    vec![
        bomb("webp-lossless.webp", TOO_LARGE, webp(b"VP8L", &[&[0x2F][..], &lossless, &[0; 64]].concat())),
        bomb("webp-canvas.webp", BROKEN, webp(b"VP8X", &[0, 0, 0, 0, 255, 255, 255, 255, 255, 255])),
    ]
}

/// BMP, PNM and QOI.
fn plain() -> Vec<Bomb> {
    // BMP of 8 bits with run lengths: a line's end, over and over.
    let bmp = |width: i32, height: i32| {
        let mut file = b"BM\0\0\0\0\0\0\0\0\x3E\0\0\0\x28\0\0\0".to_vec();
        file.extend([width.to_le_bytes(), height.to_le_bytes()].concat());
        file.extend(
            b"\x01\0\x08\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\xFF\xFF\xFF\0",
        );
        file.extend([0, 0].repeat(100));
        file.extend([0, 1]);
        file
    };
    let qoi = |width: u32, height: u32| {
        [
            &b"qoif"[..],
            &width.to_be_bytes(),
            &height.to_be_bytes(),
            &[3, 0],
            &[0xFD; 64],
            &[0, 0, 0, 0, 0, 0, 0, 1],
        ]
        .concat()
    };
    vec![
        bomb("bmp-pixels.bmp", TOO_LARGE, bmp(30_000, 30_000)),
        bomb("bmp-memory.bmp", TOO_LARGE, bmp(16_000, 16_000)),
        bomb("bmp-edge.bmp", BROKEN, bmp(i32::MAX, i32::MAX)),
        bomb("bmp-upside-down.bmp", BROKEN, bmp(i32::MAX, i32::MIN)),
        bomb("pnm-digits.ppm", BROKEN, b"P6\n99999999999999999999 1\n255\n".to_vec()),
        bomb("pnm-pixels.ppm", TOO_LARGE, b"P6\n4294967295 4294967295\n255\n".to_vec()),
        bomb("pnm-memory.ppm", TOO_LARGE, b"P6\n17000 17000\n65535\n".to_vec()),
        bomb("pnm-plain.ppm", BROKEN, b"P3\n5000 5000\n255\n1 2 3".to_vec()),
        bomb("pnm-comment.ppm", BROKEN, [b"P6\n", &b"# nothing\n".repeat(500_000)[..]].concat()),
        bomb(
            "pam-depth.pam",
            BROKEN,
            b"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4000000000\nMAXVAL 255\nENDHDR\n".to_vec(),
        ),
        bomb("qoi-pixels.qoi", BROKEN, qoi(u32::MAX, u32::MAX)),
        bomb("qoi-memory.qoi", TOO_LARGE, qoi(17_000, 17_000)),
        bomb("qoi-short.qoi", BROKEN, qoi(2_000, 2_000)),
    ]
}

/// OpenEXR and Radiance HDR.
fn light() -> Vec<Bomb> {
    let hdr = |width: u32, height: u32| {
        let mut file = format!("#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y {height} +X {width}\n").into_bytes();
        file.extend([2, 2, 2, 2, 0xFF, 0x10, 0xFF, 0x10]);
        file
    };
    // The window's last column and row stand after its name, its type and length, and its first ones.
    let exr = |window: &str, last: i32| {
        let mut file = include_bytes!("../fuzz/seeds/exr/color").to_vec();
        let name =
            file.windows(window.len()).position(|bytes| bytes == window.as_bytes()).unwrap_or_default();
        let at = name + window.len() + 1 + 6 + 4 + 8;
        file[at..at + 8].copy_from_slice(&[last.to_le_bytes(), last.to_le_bytes()].concat());
        file
    };
    vec![
        bomb("hdr-pixels.hdr", TOO_LARGE, hdr(60_000, 60_000)),
        bomb("hdr-memory.hdr", TOO_LARGE, hdr(17_000, 17_000)),
        bomb("hdr-short.hdr", BROKEN, hdr(2_000, 2_000)),
        bomb("hdr-edge.hdr", BROKEN, hdr(u32::MAX, u32::MAX)),
        bomb("hdr-comment.hdr", BROKEN, [b"#?RADIANCE\n", &b"# nothing\n".repeat(500_000)[..]].concat()),
        bomb("exr-pixels.exr", TOO_LARGE, exr("displayWindow", 60_000)),
        bomb("exr-memory.exr", TOO_LARGE, exr("displayWindow", 17_000)),
        bomb("exr-data.exr", BROKEN, exr("dataWindow", 17_000)),
        bomb("exr-edge.exr", BROKEN, exr("displayWindow", i32::MAX)),
        bomb("exr-negative.exr", BROKEN, exr("dataWindow", i32::MIN)),
    ]
}

fn jxl() -> Vec<Bomb> {
    // A codestream's header alone: not small, a height of 30 bits, no ratio, a width of 30 bits, twice the
    // default.
    let header = |edge: u32| {
        let length = u128::from(edge - 1);
        let bits = 3 << 1 | length << 3 | 3 << 36 | length << 38 | 3 << 68;
        [&[0xFF, 0x0A], &u128::to_le_bytes(bits)[..9]].concat()
    };
    let boxed =
        |kind: &[u8], content: &[u8]| [&(content.len() as u32 + 8).to_be_bytes()[..], kind, content].concat();
    let container = |boxes: &[Vec<u8>]| [b"\0\0\0\x0CJXL \r\n\x87\n", &boxes.concat()[..]].concat();
    // 68 MiB of zeros as Brotli.
    let zeros = b"\xcf\xff\xff\x7f\x00\x24\x00\xe2\xb1\x40\x72\xef\xff\xf9\xff\xff\x0f\x80\x04\x40\x1c\x16\
        \x80\xee\
        \xfd\x3f\xff\xff\xff\x01\x90\x00\x88\xc3\x02\xd0\xbd\xff\xe7\xff\xff\x3f\x00\x12\x00\x71\x58\x00\
        \xba\xf7\xff\xf9\
        \xff\xff\x03\x40\x02\x20\x0e\x0b\x40\xf7\xfe\x07";
    let packed = boxed(b"brob", &[b"xml ", &zeros[..]].concat());
    // 60 MiB of them, which one box may have: twice what there is room for, and parts of an image, which are
    // never compressed.
    let zeros = b"\xcf\xff\xff\x7f\xf8\x27\x00\xe2\xb1\x40\x20\xf7\xfe\x9f\xff\xff\xff\xf0\x4f\x00\xc4\x61\
        \x01\x80\xee\xfd\x3f\xff\xff\xff\
        \xe1\x9f\x00\x88\xc3\x22\x00\xdd\xfb\xff\xfc\xff\xff\xc5\x3f\x01\x10\x87\x05\x00\xba\xf7\xbf";
    let many = [b"Exif", b"xml ", b"jxlp", b"free"].map(|kind| boxed(b"brob", &[kind, &zeros[..]].concat()));
    vec![
        bomb("jxl-pixels.jxl", TOO_LARGE, header(60_000)),
        bomb("jxl-memory.jxl", TOO_LARGE, header(17_000)),
        bomb("jxl-short.jxl", BROKEN, header(2_000)),
        bomb("jxl-box.jxl", TOO_LARGE, container(&[packed, boxed(b"jxlc", &header(60_000))])),
        bomb(
            "jxl-boxes.jxl",
            TOO_LARGE,
            container(&[many.concat().repeat(50), boxed(b"jxlc", &header(60_000))]),
        ),
        bomb("jxl-empty.jxl", BROKEN, container(&[])),
        bomb(
            "jxl-length.jxl",
            BROKEN,
            container(&[b"\0\0\0\x01jxlc\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF".to_vec()]),
        ),
    ]
}
