//! How a text looks, and its measures in pixels. No state.

use recipe::filter::geometry::Size;
use recipe::filter::{Color, TextAlign};

use super::super::blur;
use super::block::TextBlock;
use super::line::TextLine;

/// Room that a shadow takes, in its distances: it is blurred over twice as far as it is moved.
const SHADOW_ROOM: f32 = 3.0;
/// Bytes of memory that each pixel of a stamp takes while it is made: the stamp, the letters, the outlined
/// letters, with a shadow the same moved and blurred, and the samples that are blurred.
const BYTES_PER_PIXEL: u64 = 4 * 5 + 2;

/// How a text looks.
#[derive(Debug, Clone)]
pub(in super::super) struct TextStyle {
    pub(in super::super) color: Color,
    /// Width of a line around the letters, as a share of a line's height.
    pub(in super::super) outline: f32,
    pub(in super::super) outline_color: Color,
    /// Distance of a shadow, as a share of a line's height.
    pub(in super::super) shadow: f32,
    pub(in super::super) align: TextAlign,
    /// A box behind it.
    pub(in super::super) behind: Option<TextBox>,
}

/// A box behind a text.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct TextBox {
    pub(in super::super) color: Color,
    pub(in super::super) opacity: f32,
    /// Room around the letters, as a share of a line's height.
    pub(in super::super) padding: f32,
    /// Opacity of the letters over it.
    pub(in super::super) letters: f32,
}

impl TextStyle {
    /// Letters of one colour and nothing else.
    pub(in super::super) fn plain(color: Color, align: TextAlign) -> TextStyle {
        TextStyle { color, outline: 0.0, outline_color: color, shadow: 0.0, align, behind: None }
    }
}

/// How large a mark is meant to be, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) enum Wish {
    /// The height of a line: from the top of the tallest letters to the bottom of the deepest. Outline,
    /// shadow and box come on top of it. Of an image, its height.
    LineHeight(f32),
    /// The width of it all.
    Width(f32),
}

/// The most that a mark may take, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Room {
    /// Of all of it.
    pub(in super::super) width: u32,
    /// Of its lines.
    pub(in super::super) height: u32,
}

/// The measures of a text, in pixels.
#[derive(Debug)]
pub(in super::super) struct Layout {
    pub(super) em: f32,
    pub(super) outline: f32,
    pub(super) shadow: f32,
    /// Room left of the letters and above them.
    pub(super) before: usize,
    /// Of what is not the shadow's room: how large a box is.
    pub(super) boxed: Size,
    /// Of all of it.
    pub(in super::super) size: Size,
}

impl Layout {
    /// Lines are at least one pixel high, however small the room is.
    pub(super) fn of(style: &TextStyle, block: &TextBlock, wish: Wish, room: Room) -> Layout {
        let TextStyle { outline, shadow, ref behind, .. } = *style;
        let padding = behind.as_ref().map_or(0.0, |behind| behind.padding);
        let (tallest, lines) = (block.tallest(), block.rows() / block.tallest());
        // All widths grow with the height of a line. Each of them is rounded up: that of letters, those of
        // outline, padding and shadow.
        let per_height = block.columns() / tallest + 2.0 * (outline + padding) + SHADOW_ROOM * shadow;
        let rounded_up = if behind.is_some() { 6 } else { 4 };
        let wished = match wish {
            Wish::LineHeight(height) => height,
            // A hair less, so that the noise of a quotient does not add a column.
            Wish::Width(width) => (width - 0.01) / per_height,
        };
        let height = wished.min(room.width.saturating_sub(rounded_up) as f32 / per_height);
        let height = height.min(room.height as f32 / lines).max(1.0);
        let em = height / tallest;
        let (outline, shadow) = (outline * height, shadow * height);
        let before = outline.ceil() as usize + (padding * height).ceil() as usize;
        let edge = |length: f32, around: usize| {
            let edge = (length.ceil() as usize).max(1).saturating_add(around);
            u32::try_from(edge).unwrap_or(u32::MAX)
        };
        let of = |around: usize| Size {
            width: edge(block.columns() * em, around),
            height: edge(height * lines, around),
        };
        let size = of(2 * before + (shadow * SHADOW_ROOM).ceil() as usize);
        Layout { em, outline, shadow, before, boxed: of(2 * before), size }
    }

    /// As large as any text of so many lines makes it.
    pub(super) fn largest(style: &TextStyle, lines: usize, wish: Wish, room: Room) -> Layout {
        let height = match wish {
            Wish::LineHeight(height) => height.min(room.height as f32),
            Wish::Width(_) => room.height as f32,
        };
        let line = TextLine { below: 1.0, ..TextLine::default() };
        let one = Layout::of(style, &TextBlock { lines: vec![line] }, Wish::LineHeight(height), room);
        // All of them are no higher than the room, or than a pixel each.
        let all = (height * lines as f32).min(room.height as f32).max(lines as f32);
        let more = (all - height).max(0.0).ceil() as u32;
        let size =
            Size { width: one.size.width.max(room.width), height: one.size.height.saturating_add(more) };
        Layout { size, ..one }
    }

    /// Bytes of memory that making the stamp needs, with the stamp itself.
    pub(in super::super) fn memory_needed(&self) -> u64 {
        let ring =
            if self.shadow > 0.0 { blur::pixels_beside(self.shadow / 2.0, self.size, false) } else { 0 };
        let samples = ring.saturating_mul(size_of::<u16>() as u64);
        self.size.pixels().saturating_mul(BYTES_PER_PIXEL).saturating_add(samples)
    }
}
