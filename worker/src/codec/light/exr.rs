//! OpenEXR by the crate `exr`, which has no unsafe code: the first layer with red, green and blue, within the
//! display window.
//!
//! Light is premultiplied in these files and is made straight; primaries other than those of sRGB are
//! converted to them. Deep data and luminance with chroma are unsupported.

mod attributes;

use std::cell::Cell;
use std::io::Cursor;

use ::exr::block::reader::Reader;
use ::exr::error::Error;
use ::exr::math::Vec2;
use ::exr::meta::attribute::{Chromaticities, Text};
use ::exr::meta::header::Header as ExrHeader;
use ::exr::prelude::{ReadChannels, ReadLayers, read};
use protocol::{ErrorKind, JobError};
use recipe::Format;
use recipe::filter::geometry::Size;

use super::{LightFile, Primaries, ReadLight};
use crate::codec::{Header, Opened, buffer, error, fail, lost_channels, size};
use crate::image::Extra;

struct ExrFile<'a> {
    reader: Reader<Cursor<&'a [u8]>>,
    /// Where the display window begins, in the coordinates of the file.
    origin: Vec2<i32>,
    /// Where the pixels that there are begin, and how many there are across and down.
    position: Vec2<i32>,
    data: Vec2<usize>,
    primaries: Option<Primaries>,
}

pub(in crate::codec) fn open(bytes: &[u8]) -> Result<Box<dyn Opened + '_>, JobError> {
    let reader = ::exr::block::read(Cursor::new(bytes), false).map_err(|e| trouble(&e))?;
    let has = |header: &ExrHeader, name| header.channels.find_index_of_channel(&Text::from(name)).is_some();
    let is_color =
        |header: &&ExrHeader| !header.deep && ["R", "G", "B"].iter().all(|name| has(header, *name));
    let layer = reader.headers().iter().find(is_color).ok_or_else(|| {
        fail(ErrorKind::Unsupported, "OpenEXR files without flat red, green and blue cannot be decoded")
    })?;
    let window = layer.shared_attributes.display_window;
    let size = size(window.size.width() as u64, window.size.height() as u64)?;
    // Of the pixels outside the window too, what their blocks unpack to.
    let unpacked = (layer.layer_size.width() as u64).saturating_mul(layer.layer_size.height() as u64);
    let mut header = super::header(Format::Exr, size, has(layer, "A"), size.pixels().max(unpacked));
    // Which of them have come.
    header.decoder_memory = header.decoder_memory.saturating_add(size.pixels());
    let (origin, position, data) = (window.position, layer.own_attributes.layer_position, layer.layer_size);
    let said = layer.shared_attributes.chromaticities.map(primaries);
    let primaries = said.filter(|primaries| primaries.matrix().is_some());
    let metadata = attributes::read(layer);
    let strange = (said != primaries).then(|| Primaries::mean_nothing("chromaticities"));
    let notes = lost_channels(left_out(reader.headers(), layer)).into_iter().chain(strange).collect();
    let file = ExrFile { reader, origin, position, data, primaries };
    Ok(Box::new(LightFile { notes, ..LightFile::new(file, header, metadata) }))
}

fn primaries(said: Chromaticities) -> Primaries {
    let xy = |point: Vec2<f32>| [point.x(), point.y()];
    Primaries { red: xy(said.red), green: xy(said.green), blue: xy(said.blue), white: xy(said.white) }
}

/// The names of the channels of this layer, beside its colours, and of the other layers.
fn left_out(layers: &[ExrHeader], layer: &ExrHeader) -> Vec<String> {
    let shown = |name: &Text| name.as_slice().escape_ascii().to_string();
    let is_color = |name: &Text| matches!(name.as_slice(), b"R" | b"G" | b"B" | b"A");
    let channels = layer.channels.list.iter().map(|channel| &channel.name).filter(|name| !is_color(name));
    let others = layers.iter().filter(|other| !std::ptr::eq(*other, layer)).map(|other| {
        other.own_attributes.layer_name.as_ref().map_or_else(|| "a layer without a name".to_owned(), shown)
    });
    channels.map(shown).chain(others).collect()
}

impl ReadLight for ExrFile<'_> {
    fn unpacked(
        self,
        &Header { size, channels, .. }: &Header,
        _beside: &mut Vec<Extra>,
    ) -> Result<Vec<f32>, JobError> {
        let ExrFile { reader, origin, position, data, primaries } = self;
        let step = channels.count();
        let light = buffer(size.pixels() * step as u64)?;
        let canvas = Cell::new(LightCanvas { light, has_come: buffer(size.pixels())? });
        let offset = position - origin;
        let decoded = read()
            .no_deep_data()
            .largest_resolution_level()
            .rgba_channels(
                move |_, _| canvas.take(),
                move |canvas: &mut LightCanvas, at, (red, green, blue, alpha): (f32, f32, f32, f32)| {
                    if let Some(place) = index(at.to_i32() + offset, size) {
                        canvas.put(place, &straight(red, green, blue, alpha)[..step]);
                    }
                },
            )
            .first_valid_layer()
            .all_attributes()
            .non_parallel()
            .from_chunks(reader)
            .map_err(|e| trouble(&e))?;
        let canvas = decoded.layer_data.channel_data.pixels;
        if !canvas.is_whole(size, offset, data) {
            return Err(fail(ErrorKind::Truncated, "a part of the picture has no image data"));
        }
        let mut light = canvas.light;
        if let Some(primaries) = primaries {
            primaries.to_srgb(&mut light, step);
        }
        Ok(light)
    }
}

/// What was read so far. A file says where each of its parts goes: two may go to the same place, and none to
/// another.
#[derive(Default)]
struct LightCanvas {
    light: Vec<f32>,
    /// Of each pixel.
    has_come: Vec<bool>,
}

impl LightCanvas {
    fn put(&mut self, place: usize, pixel: &[f32]) {
        if let Some(has_come) = self.has_come.get_mut(place)
            && let Some(place) = self.light.get_mut(place * pixel.len()..(place + 1) * pixel.len())
        {
            *has_come = true;
            place.copy_from_slice(pixel);
        }
    }

    /// Whether all pixels have come of which there are so many from this place on, as far as they are within
    /// the window.
    fn is_whole(&self, size: Size, from: Vec2<i32>, data: Vec2<usize>) -> bool {
        let within = |start: i32, length: usize, edge: u32| {
            let end = i64::from(start).saturating_add_unsigned(length as u64).clamp(0, edge.into());
            let [start, end] = [start.into(), end].map(|place| usize::try_from(place).unwrap_or_default());
            start..end
        };
        let columns = within(from.x(), data.width(), size.width);
        let rows = within(from.y(), data.height(), size.height);
        let has_come = self.has_come.chunks(size.width as usize).skip(rows.start);
        has_come.take(rows.len()).all(|row| row.get(columns.clone()).is_none_or(|row| !row.contains(&false)))
    }
}

/// The number of the pixel, if it is within the window.
fn index(at: Vec2<i32>, size: Size) -> Option<usize> {
    let (x, y) = (u32::try_from(at.x()).ok()?, u32::try_from(at.y()).ok()?);
    (x < size.width && y < size.height).then(|| y as usize * size.width as usize + x as usize)
}

/// Light that its transparency was not taken off yet; what has light and no cover, as flames do, keeps it.
fn straight(red: f32, green: f32, blue: f32, alpha: f32) -> [f32; 4] {
    if alpha > 0.0 && alpha < 1.0 {
        [red / alpha, green / alpha, blue / alpha, alpha]
    } else {
        [red, green, blue, alpha]
    }
}

/// What an error of the crate means.
fn trouble(problem: &Error) -> JobError {
    if error::ends_early(problem) {
        return fail(ErrorKind::Truncated, error::ENDS_EARLY);
    }
    match problem {
        Error::NotSupported(_) => {
            fail(ErrorKind::Unsupported, "OpenEXR files of this rare kind cannot be decoded")
        }
        // The end of the data is among these, in words that do not say so.
        Error::Invalid(what) if what.contains("reference to missing bytes") => {
            fail(ErrorKind::Truncated, error::ENDS_EARLY)
        }
        Error::Invalid(_) | Error::Io(_) => fail(ErrorKind::Corrupt, error::DAMAGED),
        Error::Aborted => fail(ErrorKind::Corrupt, "the decoder gave up"),
    }
}
