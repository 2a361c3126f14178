//! Journals of releases before this one: what they prove still counts.

use std::fs;
use std::path::Path;

use recipe::Recipe;
use recipe::format::Format;

use super::compact::compacted;
use super::record::Modified;
use super::tests::{MadeOutput, NOW, read, state};
use super::*;

/// Recorded by the release before there was an engine revision (commit 115e345): for each recipe a run, and
/// an output that is named by its number.
const WITHOUT_REVISION: &[u8] = include_bytes!("recorded/without-revision");

/// What each of its runs did: one filter with all its values, then nothing, then several with other settings.
fn recorded_recipes() -> Vec<Recipe> {
    let filters = include_str!("recorded/filters.txt").lines().map(|spec| vec![spec.parse().unwrap()]);
    let mut recipes: Vec<Recipe> = filters.map(|filters| Recipe::new(filters, Default::default())).collect();
    recipes.push(Recipe::default());
    let filters = ["resize=1200", "sepia", "border"].map(|spec| spec.parse().unwrap()).to_vec();
    let mut other = Recipe::new(filters, Default::default());
    for (setting, value) in [
        ("quality", "60"),
        ("max_bytes", "500000"),
        ("subsampling", "444"),
        ("color", "keep"),
        ("metadata", "copyright"),
        ("raw", "embedded"),
    ] {
        other.outputs.first.settings.set(setting, value).unwrap();
    }
    recipes.push(other);
    recipes
}

#[test]
fn what_a_release_without_engine_revision_made_is_known_and_told_apart() {
    let history = read(WITHOUT_REVISION, "b");
    assert_eq!(history.damage(), None);
    let formats = [Format::Jpeg, Format::Png, Format::Webp, Format::Tiff, Format::Avif];
    let recipes = recorded_recipes();
    assert_eq!(history.entries.len(), recipes.len());
    let output = MadeOutput(tempfile::tempdir().unwrap());
    for (number, recipe) in recipes.iter().enumerate() {
        let name = format!("{number}.out");
        output.put(&name, state(10, NOW));
        let path = output.0.path().join(&name);
        let metadata = fs::symlink_metadata(&path).unwrap();
        let format = formats[number % formats.len()];
        let origin = Origin { input: Path::new("/in/a"), seen: state_of_input(), format };
        let judge = |recipe: &Recipe| {
            let settings = Settings::of(recipe).unwrap();
            history.judge(Path::new(&name), &path, &metadata, &origin, &settings)
        };
        assert_eq!(judge(recipe), Proof::Current { by_older_revision: true }, "{recipe}");
        let mut changed = recipe.clone();
        changed.outputs.first.settings.quality = 33;
        assert_eq!(judge(&changed), Proof::Stale, "{recipe}");
        changed = recipe.clone();
        changed.filters.push("blur=1".parse().unwrap());
        assert_eq!(judge(&changed), Proof::Stale, "{recipe}");
    }
}

/// As the input was when the journal was recorded.
fn state_of_input() -> FileState {
    FileState { bytes: 100, modified: Modified { seconds: NOW, nanoseconds: 5 } }
}

/// Recorded by revision 5, whose records are laid out as those of revisions 1 to 4 were: for each recipe a
/// run, and for each of these revisions an output of its own and two that were made together.
const WITH_REVISION: &[u8] = include_bytes!("recorded/with-revision");
const REVISIONS: std::ops::RangeInclusive<u32> = 1..=5;

#[test]
fn what_earlier_revisions_made_is_known_and_told_apart() {
    let history = read(WITH_REVISION, "b");
    assert_eq!(history.damage(), None);
    let recipes = recorded_recipes();
    assert_eq!(history.entries.len(), recipes.len() * REVISIONS.count() * 3);
    let output = MadeOutput(tempfile::tempdir().unwrap());
    for (number, recipe) in recipes.iter().enumerate() {
        let mut changed = recipe.clone();
        changed.outputs.first.settings.quality = 33;
        let [same, other] = [recipe, &changed].map(|recipe| Settings::of(recipe).unwrap());
        for (revision, which) in REVISIONS.flat_map(|revision| ["", "a", "b"].map(|which| (revision, which)))
        {
            let name = format!("{number}-{revision}{which}.out");
            output.put(&name, state(10, NOW));
            let path = output.0.path().join(&name);
            let metadata = fs::symlink_metadata(&path).unwrap();
            let origin = Origin { input: Path::new("/in/a"), seen: state_of_input(), format: Format::Jpeg };
            let judge = |settings| history.judge(Path::new(&name), &path, &metadata, &origin, settings);
            let by_older_revision = revision < protocol::ENGINE_REVISION;
            assert_eq!(judge(&same), Proof::Current { by_older_revision }, "{name}: {recipe}");
            assert_eq!(judge(&other), Proof::Stale, "{name}: {recipe}");
        }
    }
}

#[test]
fn what_is_rewritten_keeps_the_revision_of_the_engine_that_made_it() {
    let folder = tempfile::tempdir().unwrap();
    let history = read(WITHOUT_REVISION, "b");
    let again = read(&compacted(&history, folder.path()).unwrap(), "b");
    assert!(again.entries.len() == history.entries.len() && again.entries.iter().all(|e| e.revision == 0));
    let of = |history: &History| history.entries.iter().map(|entry| entry.revision).collect::<Vec<_>>();
    let history = read(WITH_REVISION, "b");
    assert_eq!(of(&read(&compacted(&history, folder.path()).unwrap(), "b")), of(&history));
}

#[test]
fn formats_keep_their_numbers_in_the_journal() {
    let names = recipe::format::FORMATS.iter().map(|info| info.name);
    let numbers = recipe::format::FORMATS.iter().map(|info| encoding::encode(&info.format).unwrap());
    let known: Vec<(&str, Vec<u8>)> = names.zip(numbers).collect();
    let before =
        ["jpeg", "png", "webp", "tiff", "bmp", "gif", "pnm", "qoi", "avif", "jxl", "exr", "hdr", "raw"];
    for (number, name) in (0u8..).zip(before) {
        assert!(known.contains(&(name, vec![number])), "{name} is no longer {number}: {known:?}");
    }
}
