//! Makes small DNGs of what is known, for tests. Its camera has the primaries of sRGB, so
//! developing only has to undo the white balance.

mod lossless;
mod tags;

use recipe::Format;
use recipe::filter::geometry::Size;
use recipe::format::Subsampling;
use recipe::recipe::Output;

pub(in crate::codec) use self::lossless::lossless;
pub(crate) use self::tags::{TagEntry, fractions, opcodes, shorts, signed_fractions};
use self::tags::{append, bytes, longs, text};
use crate::codec::encode;
use crate::image::{Channels, Metadata, Picture, Samples};

/// From XYZ to linear sRGB, in ten-thousandths (IEC 61966-2-1).
pub(crate) const XYZ_TO_SRGB: [i32; 9] = [32405, -15371, -4985, -9693, 18760, 416, 556, -2040, 10572];

/// Fujifilm's mosaic.
pub(crate) const XTRANS: [[u8; 6]; 6] = [
    [1, 2, 1, 1, 0, 1],
    [0, 1, 0, 2, 1, 2],
    [1, 2, 1, 1, 0, 1],
    [1, 0, 1, 1, 2, 1],
    [2, 1, 2, 0, 1, 0],
    [1, 0, 1, 1, 2, 1],
];

/// How the sensor's data is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SensorLayout {
    /// A mosaic of these colours, by row and column: 0 is red, 1 green, 2 blue.
    Mosaic([u8; 4]),
    /// The mosaic of 6×6, [`XTRANS`].
    XTrans,
    /// Three samples for each pixel.
    Linear,
    /// One, of a sensor that sees no colours.
    Grey,
}

/// How it is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    Plain,
    /// As floating-point numbers of 32 bits, white being 1 without a word.
    Float,
    /// As lossless JPEG, predicted in one of the ways 1 to 7.
    Lossless(u8),
    /// As JPEG, which takes 8 bits and three planes.
    Lossy,
}

/// A DNG to be made.
#[derive(Debug, Clone)]
pub(crate) struct Dng {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) layout: SensorLayout,
    pub(crate) bits: u32,
    /// Edge of the tiles; strips of eight rows if there is none.
    pub(crate) tile: Option<usize>,
    pub(crate) orientation: u16,
    /// What grey is to the camera, in thousandths.
    pub(crate) neutral: [u32; 3],
    /// The first pixel's level of black; in a mosaic each of the four has its own, 16 above the one before.
    pub(crate) black: u32,
    /// Rows and columns at the edges that no light falls on, and as many more that are cut off.
    pub(crate) border: usize,
    pub(crate) exposure: i32,
    pub(crate) preview: Option<Vec<u8>>,
    /// Bytes by which the last strip or tile is said to go beyond the end of the file.
    pub(crate) overrun: usize,
    pub(crate) packing: Packing,
    /// Lists of opcodes, as [`opcodes`] makes them.
    pub(crate) corrections: [Vec<u8>; 3],
    /// Further tags of the first directory, of EXIF's and of the sensor's data, or others of the same number.
    pub(crate) root_tags: Vec<TagEntry>,
    pub(crate) exif_tags: Vec<TagEntry>,
    pub(crate) raw_tags: Vec<TagEntry>,
    /// Whether it says that it is a DNG; otherwise it is a raw file of another kind.
    pub(crate) is_dng: bool,
}

impl Default for Dng {
    fn default() -> Self {
        Self {
            width: 48,
            height: 32,
            layout: SensorLayout::Mosaic([0, 1, 1, 2]),
            bits: 16,
            tile: None,
            orientation: 1,
            neutral: [500, 1000, 625],
            black: 256,
            border: 0,
            exposure: 0,
            preview: None,
            overrun: 0,
            packing: Packing::Plain,
            corrections: Default::default(),
            root_tags: Vec::new(),
            exif_tags: Vec::new(),
            raw_tags: Vec::new(),
            is_dng: true,
        }
    }
}

impl Dng {
    /// The file that shows this much light, red, green and blue by column and row of the image. Around it the
    /// light goes on as it is at the edges, until at the sensor's own there is none.
    pub(crate) fn file(&self, light: impl Fn(usize, usize) -> [f32; 3]) -> Vec<u8> {
        let mut file = b"II*\0\0\0\0\0".to_vec();
        let (places, lengths) =
            self.append_samples(&mut file, |x, y, plane| self.sample(&light, x, y, plane));
        let raw = self.raw_directory(&places, &lengths);
        let preview = self.preview.as_ref().map(|jpeg| {
            let at = file.len();
            file.extend(jpeg);
            [longs(273, &[at]), longs(279, &[jpeg.len()])]
        });
        let raw = append(&mut file, raw, &self.raw_tags);
        let root = self.root_directory(&mut file, raw, preview.into_iter().flatten());
        if self.overrun > 0 {
            // The directory's place of the data is followed by that of the other strips; their last is moved.
            let last = (places[places.len() - 1] as u32).to_le_bytes();
            let beyond = (file.len() + self.overrun) as u32 - lengths[lengths.len() - 1] as u32;
            let at = file.windows(4).rposition(|word| word == last).unwrap();
            file[at..at + 4].copy_from_slice(&beyond.to_le_bytes());
        }
        file[4..8].copy_from_slice(&(root as u32).to_le_bytes());
        file
    }

    /// How much light there is known to be, 1 being where green ends.
    pub(in crate::codec) fn headroom(&self) -> f32 {
        let [red, green, blue] = self.neutral;
        let is_colored = self.layout != SensorLayout::Grey;
        if is_colored && green >= red.max(blue) { green as f32 / red.max(blue) as f32 } else { 1.0 }
    }

    /// Columns and rows of the sensor.
    fn sensor(&self) -> (usize, usize) {
        (self.width + 4 * self.border, self.height + 4 * self.border)
    }

    fn planes(&self) -> usize {
        if self.layout == SensorLayout::Linear { 3 } else { 1 }
    }

    fn white(&self) -> u32 {
        (1 << self.bits) - 1
    }

    /// The four levels of black of a mosaic.
    fn blacks(&self) -> [u32; 4] {
        [0, 16, 32, 48].map(|more| self.black + more)
    }

    /// What the sensor says of this light at one of its places, which may lie beyond its edge.
    fn sample(&self, light: &impl Fn(usize, usize) -> [f32; 3], x: usize, y: usize, plane: usize) -> u32 {
        let (across, down) = self.sensor();
        let dark = |at: usize, length: usize| at < self.border || at >= length - self.border;
        if x >= across || y >= down || dark(x, across) || dark(y, down) {
            return 0;
        }
        let around = 2 * self.border;
        let within = |at: usize, length: usize| at.clamp(around, around + length - 1) - around;
        let rgb = light(within(x, self.width), within(y, self.height));
        let camera = [0, 1, 2].map(|c| rgb[c] * self.neutral[c] as f32 / 1000.0);
        // The pattern begins where the light does.
        let at = (y - self.border) % 2 * 2 + (x - self.border) % 2;
        let (level, black) = match self.layout {
            SensorLayout::Mosaic(pattern) => (camera[usize::from(pattern[at])], self.blacks()[at]),
            SensorLayout::XTrans => {
                (camera[usize::from(XTRANS[(y - self.border) % 6][(x - self.border) % 6])], self.black)
            }
            SensorLayout::Linear => (camera[plane], self.black),
            SensorLayout::Grey => (rgb[1], self.black),
        };
        let level = level.clamp(0.0, 1.0) * (self.white() - black) as f32 + black as f32;
        (level + 0.5) as u32
    }

    /// Columns and rows of a tile or a strip.
    fn block(&self) -> (usize, usize) {
        self.tile.map_or((self.sensor().0, 8), |edge| (edge, edge))
    }

    /// Appends every tile or strip; gives their places and lengths.
    fn append_samples(
        &self,
        file: &mut Vec<u8>,
        sample: impl Fn(usize, usize, usize) -> u32,
    ) -> (Vec<usize>, Vec<usize>) {
        let ((across, down), (wide, tall)) = (self.sensor(), self.block());
        let (mut places, mut lengths) = (Vec::new(), Vec::new());
        for top in (0..down).step_by(tall) {
            for left in (0..across).step_by(wide) {
                let place = file.len();
                let rows = if self.tile.is_some() { top..top + tall } else { top..(top + tall).min(down) };
                let planes = self.planes();
                let columns = (left..left + wide).flat_map(|x| (0..planes).map(move |plane| (x, plane)));
                let rows = rows.map(|y| columns.clone().map(|(x, plane)| sample(x, y, plane)).collect());
                self.append_block(file, &rows.collect::<Vec<Vec<u32>>>());
                places.push(place);
                lengths.push(file.len() - place);
            }
        }
        (places, lengths)
    }

    fn append_block(&self, file: &mut Vec<u8>, rows: &[Vec<u32>]) {
        match self.packing {
            Packing::Plain => rows.iter().for_each(|row| self.pack(file, row.iter().copied())),
            Packing::Float => {
                let light = rows.concat().into_iter().map(|sample| sample as f32 / self.white() as f32);
                file.extend(light.flat_map(f32::to_le_bytes));
            }
            Packing::Lossless(predictor) => {
                // Each colour of a mosaic's row is a plane.
                let planes = if let SensorLayout::Mosaic(_) = self.layout { 2 } else { self.planes() };
                let columns = rows[0].len() / planes;
                file.extend(lossless(&rows.concat(), columns, planes, self.bits, predictor));
            }
            Packing::Lossy => {
                let size = Size { width: rows[0].len() as u32 / 3, height: rows.len() as u32 };
                let samples = Samples::U8(rows.concat().into_iter().map(|sample| sample as u8).collect());
                let picture = Picture { size, channels: Channels::Rgb, samples };
                let output = Output { quality: 100, subsampling: Subsampling::S444, ..Output::default() };
                let nothing = Metadata::default();
                file.extend(
                    encode(picture, Format::Jpeg, &output, &nothing, false, &mut Vec::new()).unwrap(),
                );
            }
        }
    }

    /// What is said of the sensor's data.
    fn raw_directory(&self, places: &[usize], lengths: &[usize]) -> Vec<TagEntry> {
        let ((across, down), (wide, tall), planes) = (self.sensor(), self.block(), self.planes());
        let interpretation: u16 = match self.layout {
            SensorLayout::Mosaic(_) | SensorLayout::XTrans => 32_803,
            // Of grey, too, what the library reads; it wants a mosaic where plain grey is announced.
            SensorLayout::Linear | SensorLayout::Grey => 34_892,
        };
        let compression = match self.packing {
            Packing::Plain | Packing::Float => 1,
            Packing::Lossless(_) => 7,
            Packing::Lossy => 34_892,
        };
        let mut raw = vec![
            longs(254, &[0]),
            longs(256, &[across]),
            longs(257, &[down]),
            shorts(259, &[compression]),
            shorts(262, &[interpretation]),
            shorts(277, &[planes as u16]),
            longs(0xC68D, &[self.border, self.border, down - self.border, across - self.border]),
            longs(0xC61F, &[self.border, self.border]),
            longs(0xC620, &[self.width, self.height]),
        ];
        raw.extend(match self.packing {
            Packing::Float => [shorts(258, &vec![32; planes]), shorts(339, &vec![3; planes])],
            Packing::Plain | Packing::Lossless(_) | Packing::Lossy => [
                shorts(258, &vec![self.bits as u16; planes]),
                longs(0xC61D, &vec![self.white() as usize; planes]),
            ],
        });
        raw.extend(match self.tile {
            Some(_) => {
                vec![longs(322, &[wide]), longs(323, &[tall]), longs(324, places), longs(325, lengths)]
            }
            None => vec![longs(273, places), longs(278, &[tall]), longs(279, lengths)],
        });
        match self.layout {
            SensorLayout::Mosaic(pattern) => raw.extend([
                shorts(0x828D, &[2, 2]),
                bytes(0x828E, &pattern),
                shorts(0xC619, &[2, 2]),
                shorts(0xC61A, &self.blacks().map(|black| black as u16)),
            ]),
            SensorLayout::XTrans => raw.extend([
                shorts(0x828D, &[6, 6]),
                bytes(0x828E, XTRANS.as_flattened()),
                shorts(0xC61A, &[self.black as u16]),
            ]),
            SensorLayout::Linear | SensorLayout::Grey => {
                raw.push(shorts(0xC61A, &vec![self.black as u16; planes]))
            }
        }
        let lists = [0xC740, 0xC741, 0xC74E].into_iter().zip(&self.corrections);
        raw.extend(lists.filter(|(_, list)| !list.is_empty()).map(|(tag, list)| (tag, 7, list.clone())));
        raw
    }

    /// Appends the file's first directory with those that it leads to, `raw` excepted; gives its place.
    fn root_directory(
        &self,
        file: &mut Vec<u8>,
        raw: usize,
        preview: impl Iterator<Item = TagEntry>,
    ) -> usize {
        let exif = vec![
            fractions(0x829A, &[1], 250),
            shorts(0x8827, &[400]),
            text(0x9003, "2024:05:06 07:08:09"),
            // As a camera set to Adobe RGB notes it, for images of its own making.
            shorts(0xA001, &[2]),
        ];
        let exif = append(file, exif, &self.exif_tags);
        let gps = append(file, vec![text(1, "N"), fractions(2, &[40, 25, 7], 1)], &[]);
        let mut root = vec![
            longs(254, &[1]),
            shorts(259, &[7]),
            text(0x10F, "Acme"),
            text(0x110, "Box 1"),
            shorts(0x112, &[self.orientation]),
            longs(0x14A, &[raw]),
            text(0x8298, "Ana"),
            longs(0x8769, &[exif]),
            longs(0x8825, &[gps]),
            signed_fractions(0xC621, &XYZ_TO_SRGB, 10_000),
            fractions(0xC628, &self.neutral, 1000),
            signed_fractions(0xC62A, &[self.exposure], 1),
            shorts(0xC65A, &[21]),
        ];
        root.extend(preview);
        if self.is_dng {
            root.push(bytes(0xC612, &[1, 4, 0, 0]));
        }
        append(file, root, &self.root_tags)
    }

    /// Appends a row: whole words, or bits without gaps and a last byte filled up.
    fn pack(&self, file: &mut Vec<u8>, samples: impl Iterator<Item = u32>) {
        if self.bits == 16 {
            return file.extend(samples.flat_map(|sample| (sample as u16).to_le_bytes()));
        }
        let (mut held, mut bits) = (0u32, 0);
        for sample in samples {
            held = held << self.bits | sample;
            bits += self.bits;
            while bits >= 8 {
                bits -= 8;
                file.push((held >> bits) as u8);
                held &= (1 << bits) - 1;
            }
        }
        if bits > 0 {
            file.push((held << (8 - bits)) as u8);
        }
    }
}
