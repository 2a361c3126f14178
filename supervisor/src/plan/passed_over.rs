//! Files that a plan passed over, by reason. Data and words.

use std::collections::BTreeMap;
use std::path::Path;

use super::selection::Unwanted;
use crate::units::amount;

/// How many files were passed over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct PassedOver {
    /// No photos, hidden files, and what may be results or photos: there is no journal that says it.
    pub others: u64,
    /// Results of earlier runs.
    pub results: u64,
    /// Photos that are no results, in folders of results.
    pub among_results: u64,
    /// Photos that were not asked for, by reason.
    pub unwanted: BTreeMap<Unwanted, u64>,
    /// Image files of kinds that cannot be read, which are no photos either, by their ending.
    pub not_read: Endings,
}

impl PassedOver {
    /// What was passed over, to follow a sentence.
    fn parts(&self) -> Vec<String> {
        let PassedOver { others, results, among_results, unwanted, not_read } = self;
        let others = (*others > 0).then(|| amount(*others, "other file"));
        let results = (*results > 0).then(|| amount(*results, "result") + " of earlier runs");
        let unwanted = unwanted.iter().map(|(reason, count)| format!("{count} {}", reason.in_words()));
        let not_read = (!not_read.is_empty()).then(|| format!("{not_read} that cannot be read"));
        let among = (*among_results > 0).then(|| amount(*among_results, "photo") + " in folders of results");
        others.into_iter().chain(results).chain(among).chain(unwanted).chain(not_read).collect()
    }

    /// Counts a photo that is not wanted.
    pub(super) fn add(&mut self, reason: Unwanted) {
        *self.unwanted.entry(reason).or_default() += 1;
    }

    /// Counts what another plan passed over.
    pub(crate) fn add_all(&mut self, more: &PassedOver) {
        let PassedOver { others, results, among_results, unwanted, not_read } = more;
        self.others += others;
        self.results += results;
        self.among_results += among_results;
        for (reason, count) in unwanted {
            *self.unwanted.entry(*reason).or_default() += count;
        }
        for (ending, count) in &not_read.0 {
            *self.not_read.0.entry(ending.clone()).or_default() += count;
        }
    }

    /// How many are not wanted for this reason.
    pub(crate) fn unwanted(&self, reason: Unwanted) -> u64 {
        self.unwanted.get(&reason).copied().unwrap_or(0)
    }

    /// After a semicolon, or nothing.
    pub(crate) fn after_semicolon(&self) -> String {
        match self.parts() {
            parts if parts.is_empty() => String::new(),
            parts => format!("; passed over: {}", parts.join(", ")),
        }
    }
}

/// Files by the endings of their names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Endings(pub BTreeMap<String, u64>);

impl Endings {
    /// Counts a file, by its name's ending in lowercase.
    pub(crate) fn add(&mut self, path: &Path) {
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        *self.0.entry(ending).or_default() += 1;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// `6 .hif, 2 .psd`.
impl std::fmt::Display for Endings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = self.0.iter().map(|(ending, count)| match ending.as_str() {
            "" => format!("{count} without an ending"),
            ending => format!("{count} .{ending}"),
        });
        f.write_str(&parts.collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_counted_whatever_their_case() {
        let mut endings = Endings::default();
        ["a.HIF", "b.hif", "c.Psd", "d"].iter().for_each(|name| endings.add(Path::new(name)));
        assert_eq!(endings.to_string(), "1 without an ending, 2 .hif, 1 .psd");
        let unwanted = BTreeMap::from([(Unwanted::Rating, 3), (Unwanted::Excluded, 4)]);
        let passed_over = PassedOver { others: 1, results: 2, among_results: 1, unwanted, not_read: endings };
        let expected = "; passed over: 1 other file, 2 results of earlier runs, 1 photo in folders of \
                        results, 4 excluded, 3 with fewer stars, 1 without an ending, 2 .hif, 1 .psd that \
                        cannot be read";
        assert_eq!(passed_over.after_semicolon(), expected);
        let mut twice = passed_over.clone();
        twice.add_all(&passed_over);
        assert_eq!((twice.others, twice.results, twice.among_results), (2, 4, 2));
        assert_eq!(PassedOver::default().after_semicolon(), "");
    }
}
