//! Where everything is on a sheet: the page, its cells, what stands in them. Pure.

use std::fmt;
use std::iter;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use recipe::Filter;
use recipe::filter::{Anchor, Color, Pad, Resize, Watermark};
use recipe::template::Template;

/// Pixels per inch of a page.
pub(super) const DPI: u16 = 300;
/// A4, upright.
pub(super) const PAGE: (u32, u32) = (2480, 3508);
/// What stays free around the cells, for printers that cannot print to the edge, and for the page's number.
const MARGIN: u32 = 120;
/// What stays free between two cells.
const GAP: u32 = 36;
/// Height of the strip below each photo that has its name, as a share of the cell's.
const NAME: f32 = 0.09;
/// Height of letters in that strip, as a share of it.
const LETTERS: f32 = 0.55;
/// Height of the page's number.
const NUMBER: u32 = 36;

/// How many cells a page has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grid {
    columns: u32,
    rows: u32,
}

impl Grid {
    /// How many there may be: beyond, nobody could tell one photo from the other.
    const COLUMNS: RangeInclusive<u32> = 1..=20;
    /// A cell is never higher than the page is wide, since that is what marks are measured by.
    const ROWS: RangeInclusive<u32> = 2..=20;

    /// Cells of a page.
    pub(super) fn cells(self) -> usize {
        self.columns as usize * self.rows as usize
    }

    /// Width and height of a cell.
    pub(super) fn cell(self) -> (u32, u32) {
        let edge = |page: u32, count: u32| (page - 2 * MARGIN - (count - 1) * GAP) / count;
        (edge(PAGE.0, self.columns), edge(PAGE.1, self.rows))
    }

    /// Where a cell begins, by its number on the page: row by row.
    fn corner(self, index: u32) -> (u32, u32) {
        let (width, height) = self.cell();
        let (column, row) = (index % self.columns, index / self.columns);
        (MARGIN + column * (width + GAP), MARGIN + row * (height + GAP))
    }

    /// What makes a cell of a photo: the photo, whole, and its name below.
    pub(super) fn cell_filters(self) -> Vec<Filter> {
        let (width, height) = self.cell();
        let strip = (height as f32 * NAME).round() as u32;
        let photo = height - strip;
        let of_short = |pixels: f32| pixels / width.min(height) as f32;
        let letters = strip as f32 * LETTERS;
        vec![
            Resize { width: Some(width), height: Some(photo), ..Resize::default() }.into(),
            // Close to its name.
            Pad { width: Some(width), height: Some(photo), anchor: Anchor::Bottom, ..Pad::default() }.into(),
            Pad { width: Some(width), height: Some(height), anchor: Anchor::Top, ..Pad::default() }.into(),
            Watermark {
                anchor: Anchor::Bottom,
                scale: of_short(letters),
                margin: of_short((strip as f32 - letters) / 2.0),
                ..words("{stem}")
            }
            .into(),
        ]
    }

    /// What makes a page of a white pixel: the paper, the cells, and which page it is if there are several.
    pub(super) fn page_filters(self, cells: &[PathBuf], number: usize, count: usize) -> Vec<Filter> {
        let of_short = |pixels: u32| pixels as f32 / PAGE.0.min(PAGE.1) as f32;
        let cell = |(index, file): (u32, &PathBuf)| {
            let (x, y) = self.corner(index);
            Filter::from(Watermark {
                image: Some(file.clone().into()),
                opacity: 1.0,
                scale: of_short(self.cell().1),
                margin: 0.0,
                x: Some(x),
                y: Some(y),
                ..Watermark::default()
            })
        };
        let number = (count > 1).then(|| {
            let text = format!("{number} / {count}");
            let margin = of_short((MARGIN - NUMBER) / 2);
            Watermark { anchor: Anchor::Bottom, scale: of_short(NUMBER), margin, ..words(&text) }.into()
        });
        let paper = Pad { width: Some(PAGE.0), height: Some(PAGE.1), ..Pad::default() }.into();
        iter::once(paper).chain((0..).zip(cells).map(cell)).chain(number).collect()
    }
}

/// Black words.
fn words(text: &str) -> Watermark {
    let text = text.parse::<Template>().ok();
    Watermark { text, opacity: 1.0, color: Color::BLACK, ..Watermark::default() }
}

impl Default for Grid {
    fn default() -> Self {
        Self { columns: 4, rows: 5 }
    }
}

impl FromStr for Grid {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str, range: RangeInclusive<u32>| {
            text.parse().ok().filter(|number| range.contains(number))
        };
        let grid = text.split_once('x').and_then(|(columns, rows)| {
            Some(Self { columns: number(columns, Self::COLUMNS)?, rows: number(rows, Self::ROWS)? })
        });
        grid.ok_or_else(|| "it must be COLUMNSxROWS, such as 4x5: 1 to 20 columns, 2 to 20 rows".to_owned())
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.columns, self.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use recipe::filter::geometry::Size;

    #[test]
    fn cells_fill_the_page_and_stay_apart() {
        for text in ["1x2", "4x5", "20x20", "3x7"] {
            let grid: Grid = text.parse().unwrap();
            assert_eq!(grid.to_string(), text);
            let (width, height) = grid.cell();
            let last = grid.corner(grid.cells() as u32 - 1);
            let right = PAGE.0 - last.0 - width;
            assert!((MARGIN..MARGIN + grid.columns).contains(&right), "{text}: {right}");
            assert!(last.1 + height + MARGIN <= PAGE.1, "{text}");
            // What the filters of a cell make of any photo is a cell.
            for photo in [Size::new(6000, 4000), Size::new(40, 4000), Size::new(1, 1)] {
                let size = grid.cell_filters().iter().fold(photo, |size, filter| filter.output_size(size));
                assert_eq!((size.width, size.height), (width, height), "{text}: {photo:?}");
            }
        }
        for text in ["", "4", "0x5", "4x1", "21x5", "4x5x6", "4X5"] {
            assert!(text.parse::<Grid>().is_err(), "{text}");
        }
    }

    #[test]
    fn filters_are_such_as_can_be_typed() {
        let grid = Grid::default();
        let cells = vec![PathBuf::from("a.png"); grid.cells()];
        let filters = grid.cell_filters().into_iter().chain(grid.page_filters(&cells, 2, 3));
        for filter in filters {
            assert!(filter.to_string().parse::<Filter>().is_ok(), "{filter}");
        }
        assert_eq!(grid.page_filters(&cells[..7], 1, 1).len(), 8, "no number where there is one page");
    }
}
