//! Changes in the text of an XMP packet, gathered first and then made in one pass. No state.

use std::ops::Range;

use super::Broken;

/// A packet that fits the result.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Carried {
    pub(crate) packet: Vec<u8>,
    /// What was taken out that a user may miss.
    pub(crate) notes: Vec<&'static str>,
}

/// What is done with a property.
pub(super) enum Rule {
    Keep,
    Set(String),
    Drop,
    DropAndSay(&'static str),
}

/// Changes of a text, and what to say of them.
#[derive(Default)]
pub(super) struct Edits {
    changes: Vec<(Range<usize>, String)>,
    notes: Vec<&'static str>,
}

impl Edits {
    pub(super) fn set(&mut self, range: Range<usize>, value: String) {
        self.changes.push((range, value));
    }

    pub(super) fn drop(&mut self, range: Range<usize>) {
        self.set(range, String::new());
    }

    pub(super) fn say(&mut self, note: &'static str) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// The text with all changes made.
    pub(super) fn apply(mut self, text: &str) -> Result<Carried, Broken> {
        self.changes.sort_by_key(|(range, _)| range.start);
        let (mut result, mut done) = (String::with_capacity(text.len()), 0);
        for (range, value) in self.changes {
            // What lies within something that was taken out is out too.
            if range.start >= done {
                result += text.get(done..range.start).ok_or(Broken)?;
                result += &value;
                done = range.end;
            }
        }
        result += text.get(done..).ok_or(Broken)?;
        Ok(Carried { packet: result.into_bytes(), notes: self.notes })
    }
}
