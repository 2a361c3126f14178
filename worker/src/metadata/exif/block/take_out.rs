//! Taking a whole directory out of a block. No state.

use super::ExifBlock;

impl ExifBlock {
    /// Takes out the directory that an entry of the first one leads to, with all that it holds.
    pub(in crate::metadata::exif) fn remove_directory(&mut self, pointer: u16) {
        let tags: Vec<u16> = self.at(&[pointer]).iter().map(|entry| entry.tag).collect();
        self.remove(&[pointer], &tags);
        let leads = self.at(&[]).into_iter().find(|entry| entry.tag == pointer);
        let place = leads.and_then(|entry| self.number(&entry)).map(|at| at as usize);
        // What is not kept is not spared by what is overwritten later.
        self.kept.retain(|at| Some(*at) != place);
        self.remove(&[], &[pointer]);
    }
}
