//! Which results were made of a photo, by the photo.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::history::History;

impl History {
    /// The names of the results that were made of this photo last, in order. Whoever asks once will ask
    /// again, so an index is kept.
    pub fn made_of(&self, input: &Path) -> &[PathBuf] {
        self.by_input.get_or_init(|| self.index()).get(input).map_or(&[], Vec::as_slice)
    }

    fn index(&self) -> HashMap<PathBuf, Vec<PathBuf>> {
        let mut names: HashMap<PathBuf, Vec<PathBuf>> = HashMap::new();
        for (name, mut entries) in self.outputs() {
            if let Some((_, entry)) = entries.next() {
                names.entry(entry.input.as_path().to_owned()).or_default().push(name.to_owned());
            }
        }
        names.values_mut().for_each(|names| names.sort_unstable());
        names
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NOW, journal, read, run, state, written};
    use super::*;

    #[test]
    fn each_photo_has_the_results_that_were_made_of_it_last() {
        let state = state(10, NOW);
        let records = [
            run("b"),
            written("b.jpg", "/in/a", state),
            written("a.jpg", "/in/a", state),
            written("c.jpg", "/in/a", state),
            written("c.jpg", "/in/b", state),
        ];
        let history = read(&journal(&records), "b");
        assert_eq!(history.made_of(Path::new("/in/a")), [Path::new("a.jpg"), Path::new("b.jpg")]);
        assert_eq!(history.made_of(Path::new("/in/b")), [Path::new("c.jpg")]);
        assert_eq!(history.made_of(Path::new("/in/c")), [] as [&Path; 0]);
    }
}
