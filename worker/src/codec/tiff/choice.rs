//! Which page of a TIFF is the photo, and what is said of the others: small versions go without a word. No
//! state.

use super::tags;
use crate::metadata::exif::Page;

/// Kinds of pages, in bits: a small version of another, and what says which of its pixels are seen.
const REDUCED: u64 = 1;
const MASK: u64 = 4;
/// The small version, as a number of older files.
const OLD_REDUCED: u64 = 2;
/// A page that has so many times the pixels of another is no small version of it.
const FAR_LARGER: u64 = 4;

const SEVERAL: &str = "several pages: only the first was kept";
const FURTHER: &str = "further pictures beneath a page (SubIFDs) were left out";
const UNSAID: &str = "the first page is a small version of a picture beneath it, without saying so: the \
                      large one was taken";
const ALL_SMALL: &str = "each page says that it is a small version of another: the largest was kept";
const MASKED: &str = "a page that masks another was left out";

/// The page that is the photo.
pub(super) struct Choice<'a> {
    pub(super) page: Page<'a>,
    /// What it says of the photo, together with the pages that show it smaller.
    pub(super) about: Page<'a>,
    pub(super) notes: Vec<&'static str>,
}

/// The first page that is a whole one, or the largest, where each says that it is a part of another.
pub(super) fn of(mut pages: Vec<Page<'_>>) -> Option<Choice<'_>> {
    let full: Vec<usize> = (0..pages.len()).filter(|index| is_full(&pages[*index])).collect();
    let mut notes = Vec::new();
    let chosen = match full.first() {
        Some(first) => in_full(&pages, &full, *first, &mut notes),
        // Of equal ones the first.
        None => {
            notes.extend((pages.len() > 1).then_some(ALL_SMALL));
            (0..pages.len()).rev().max_by_key(|index| pixels(&pages[*index]))?
        }
    };
    notes.extend(pages.iter().any(|page| kind(page) & MASK != 0).then_some(MASKED));
    let about = ancestors(&pages, chosen)
        .chain((chosen > 0).then_some(0))
        .fold(pages[chosen].clone(), |about, page| about.described_with(&pages[page]));
    let page = pages.swap_remove(chosen);
    Some(Choice { page, about, notes })
}

/// The first whole page, or a picture beneath it of which it shows a small version without saying so.
fn in_full(pages: &[Page<'_>], full: &[usize], first: usize, notes: &mut Vec<&'static str>) -> usize {
    let is_larger = |one: usize, other: usize| pixels(&pages[one]) / FAR_LARGER >= pixels(&pages[other]);
    let larger = full.iter().filter(|page| pages[**page].beneath == Some(first) && is_larger(**page, first));
    // Of equal ones the first.
    let larger = larger.rev().max_by_key(|page| pixels(&pages[**page]));
    notes.extend(larger.map(|_| UNSAID));
    let chosen = *larger.unwrap_or(&first);
    let others = full.iter().copied().filter(|page| *page != chosen && *page != first);
    let (of_file, beneath): (Vec<usize>, Vec<usize>) =
        others.partition(|page| pages[*page].beneath.is_none());
    notes.extend((!of_file.is_empty()).then_some(SEVERAL));
    notes.extend(beneath.iter().any(|page| !is_larger(chosen, *page)).then_some(FURTHER));
    chosen
}

/// The pages that a page stands beneath, the next one first.
fn ancestors(pages: &[Page<'_>], page: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(pages[page].beneath, |page| pages[*page].beneath)
}

/// Whether a page is no small version of another, and no mask for one. Beneath others there are directories
/// without pixels, too.
fn is_full(page: &Page<'_>) -> bool {
    let is_whole = kind(page) & (REDUCED | MASK) == 0 && page.number(tags::OLD_KIND) != Some(OLD_REDUCED);
    is_whole && (page.beneath.is_none() || pixels(page) > 0)
}

/// What a page is to others, in bits.
fn kind(page: &Page<'_>) -> u64 {
    page.number(tags::KIND).unwrap_or(0)
}

fn pixels(page: &Page<'_>) -> u64 {
    let edge = |tag| page.number(tag).unwrap_or(0);
    edge(tags::WIDTH).saturating_mul(edge(tags::HEIGHT))
}
