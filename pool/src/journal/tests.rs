//! What the journal's bytes prove: written and read back, across power cuts.

use std::fs;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use recipe::format::Format;
use recipe::{Recipe, WirePath};

use super::compact::compacted;
use super::frame::{HEADER, push};
use super::record::{Modified, Record, RunRecord};
use super::*;

pub(super) const NOW: i64 = 1_700_000_000;

pub(super) const CURRENT: Proof<'_> = Proof::Current { by_older_revision: false };

pub(super) fn settings(quality: u8) -> Settings {
    let mut recipe = Recipe::default();
    recipe.outputs.first.settings.quality = quality;
    Settings::of(&recipe).unwrap()
}

pub(super) fn run(boot: &str) -> Record {
    Record::Run(RunRecord { boot: boot.to_owned(), started: NOW, settings: settings(85).into_record() })
}

pub(super) fn state(bytes: u64, seconds: i64) -> FileState {
    FileState { bytes, modified: Modified { seconds, nanoseconds: 5 } }
}

pub(super) fn written(output: &str, input: &str, state: FileState) -> Record {
    let checksum = crc32fast::hash(&vec![b'x'; state.bytes as usize]);
    Record::Made(Written {
        output: WirePath(output.into()),
        input: WirePath(input.into()),
        seen: self::state(100, 7),
        format: Format::Jpeg,
        state,
        written_at: state.modified,
        checksum,
        revision: protocol::ENGINE_REVISION,
    })
}

pub(super) fn journal(records: &[Record]) -> Vec<u8> {
    let mut bytes = HEADER.to_vec();
    for record in records {
        push(&mut bytes, record).unwrap();
    }
    bytes
}

/// An output folder with one file in it.
pub(super) struct MadeOutput(pub(super) tempfile::TempDir);

impl MadeOutput {
    /// Puts a file there as if it had been written like this.
    pub(super) fn put(&self, name: &str, state: FileState) {
        let path = self.0.path().join(name);
        fs::write(&path, vec![b'x'; state.bytes as usize]).unwrap();
        let FileState { modified: Modified { seconds, nanoseconds }, .. } = state;
        let time = UNIX_EPOCH + Duration::new(seconds as u64, nanoseconds as u32);
        fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    }

    fn judge<'a>(&self, history: &'a History, input: &str, quality: u8) -> Proof<'a> {
        let path = self.0.path().join("a.jpg");
        let origin = Origin { input: Path::new(input), seen: state(100, 7), format: Format::Jpeg };
        let metadata = fs::symlink_metadata(&path).unwrap();
        history.judge(Path::new("a.jpg"), &path, &metadata, &origin, &settings(quality))
    }
}

pub(super) fn output(state: FileState) -> MadeOutput {
    let output = MadeOutput(tempfile::tempdir().unwrap());
    output.put("a.jpg", state);
    output
}

pub(super) fn read(bytes: &[u8], boot: &str) -> History {
    History::from_bytes(bytes, boot.to_owned())
}

#[test]
fn a_file_as_recorded_is_current_and_any_change_shows() {
    let bytes = journal(&[run("b"), written("a.jpg", "/in/a", state(10, NOW))]);
    let history = read(&bytes, "b");
    let whole = output(state(10, NOW));
    assert_eq!(whole.judge(&history, "/in/a", 85), CURRENT);
    assert_eq!(whole.judge(&history, "/in/a", 86), Proof::Stale);
    assert_eq!(output(state(11, NOW)).judge(&history, "/in/a", 85), Proof::None);
    assert_eq!(output(state(10, NOW + 1)).judge(&history, "/in/a", 85), Proof::None);
    assert_eq!(whole.judge(&read(&[], "b"), "/in/a", 85), Proof::None);
    let touched = Origin { input: Path::new("/in/a"), seen: state(100, 8), format: Format::Jpeg };
    let path = whole.0.path().join("a.jpg");
    let metadata = fs::symlink_metadata(&path).unwrap();
    assert_eq!(history.judge(Path::new("a.jpg"), &path, &metadata, &touched, &settings(85)), Proof::Stale);
    let as_png = Origin { seen: state(100, 7), format: Format::Png, ..touched };
    assert_eq!(history.judge(Path::new("a.jpg"), &path, &metadata, &as_png, &settings(85)), Proof::Stale);
}

#[test]
fn the_output_of_another_input_is_told_apart_from_that_of_a_moved_one() {
    let inputs = tempfile::tempdir().unwrap();
    let here = inputs.path().join("a");
    fs::write(&here, "").unwrap();
    let bytes = journal(&[run("b"), written("a.jpg", here.to_str().unwrap(), state(10, NOW))]);
    let history = read(&bytes, "b");
    let file = output(state(10, NOW));
    // Another file of the same name, size and time, and the old one is still there.
    assert_eq!(file.judge(&history, "/elsewhere/a", 85), Proof::OfOther(&here));
    // The same file by another path.
    std::os::unix::fs::symlink(inputs.path(), inputs.path().join("link")).unwrap();
    assert_eq!(file.judge(&history, inputs.path().join("link/a").to_str().unwrap(), 85), CURRENT);
    // The folder has been moved.
    fs::remove_file(&here).unwrap();
    assert_eq!(file.judge(&history, "/elsewhere/a", 85), CURRENT);
    assert_eq!(file.judge(&history, "/elsewhere/b", 85), Proof::OfOther(&here));
}

#[test]
fn an_output_that_was_about_to_be_replaced_is_still_ours() {
    let (old, new) = (state(10, NOW), state(12, NOW + 9));
    let records = [run("b"), written("a.jpg", "/in/a", old), run("b"), written("a.jpg", "/in/a", new)];
    let history = read(&journal(&records), "b");
    for standing in [old, new] {
        assert_eq!(output(standing).judge(&history, "/in/a", 85), CURRENT);
    }
    // Writing the journal anew keeps the one that is there.
    let file = output(old);
    let again = read(&compacted(&history, file.0.path()).unwrap(), "b");
    assert_eq!(again.entries.len(), 1);
    assert_eq!(file.judge(&again, "/in/a", 85), CURRENT);
}

#[test]
fn a_link_is_not_ours() {
    let file = output(state(10, NOW));
    let path = file.0.path().join("a.jpg");
    fs::rename(&path, file.0.path().join("real")).unwrap();
    std::os::unix::fs::symlink("real", &path).unwrap();
    let history = read(&journal(&[run("b"), written("a.jpg", "/in/a", state(10, NOW))]), "b");
    assert_eq!(file.judge(&history, "/in/a", 85), Proof::None);
}

#[test]
fn after_a_power_cut_content_decides() {
    let unsynced = journal(&[run("b"), written("a.jpg", "/in/a", state(10, NOW + 3))]);
    let history = || read(&unsynced, "next boot");
    assert_eq!(output(state(10, NOW + 3)).judge(&history(), "/in/a", 85), CURRENT);
    // Size and time made it to the disk, the content did not.
    let file = output(state(10, NOW + 3));
    fs::write(file.0.path().join("a.jpg"), [0; 10]).unwrap();
    let time = UNIX_EPOCH + Duration::new(NOW as u64 + 3, 5);
    fs::File::options().write(true).open(file.0.path().join("a.jpg")).unwrap().set_modified(time).unwrap();
    assert_eq!(file.judge(&history(), "/in/a", 85), Proof::Stale);
    // Empty or cut short, with a time within the run.
    assert_eq!(output(state(0, NOW)).judge(&history(), "/in/a", 85), Proof::Stale);
    // What no lost write explains: longer, later, or from before the run.
    for foreign in [state(11, NOW + 3), state(10, NOW + 4), state(4, NOW - 10)] {
        assert_eq!(output(foreign).judge(&history(), "/in/a", 85), Proof::None);
    }
    // The machine never went down.
    assert_eq!(output(state(0, NOW)).judge(&read(&unsynced, "b"), "/in/a", 85), Proof::None);
}

#[test]
fn what_a_power_cut_left_is_known_whatever_time_it_was_given() {
    const GIVEN: i64 = NOW - 1_000_000;
    let Record::Made(made) = written("a.jpg", "/in/a", state(10, GIVEN)) else { unreachable!() };
    let made = Written { written_at: state(10, NOW + 3).modified, ..made };
    let bytes = journal(&[run("b"), Record::Made(made)]);
    let proof = |left: FileState| output(left).judge(&read(&bytes, "next boot"), "/in/a", 85) == Proof::Stale;
    assert_eq!(output(state(10, GIVEN)).judge(&read(&bytes, "next boot"), "/in/a", 85), CURRENT);
    for lost in [state(0, GIVEN), state(4, GIVEN), state(0, NOW), state(10, NOW + 3)] {
        assert!(proof(lost), "{lost:?}");
    }
    for foreign in
        [state(11, GIVEN), state(4, GIVEN + 1), state(4, NOW - 10), state(4, NOW + 4), state(11, NOW)]
    {
        assert!(!proof(foreign), "{foreign:?}");
    }
    // The machine never went down.
    assert_eq!(output(state(4, GIVEN)).judge(&read(&bytes, "b"), "/in/a", 85), Proof::None);
}

#[test]
fn what_content_has_proved_is_written_down_anew() {
    let file = output(state(10, NOW));
    let root = file.0.path();
    fs::write(root.join(FILE_NAME), journal(&[run("b"), written("a.jpg", "/in/a", state(10, NOW))])).unwrap();
    let history = History::read(root).unwrap();
    assert_eq!(file.judge(&history, "/in/a", 85), CURRENT);
    // Under other settings it would prove what is not so.
    drop(Journal::open(root, root, &history, settings(86)).unwrap());
    assert_eq!(History::read(root).unwrap().entries.len(), 1);
    drop(Journal::open(root, root, &history, settings(85)).unwrap());
    let again = History::read(root).unwrap();
    let boots: Vec<&str> =
        again.entries.iter().map(|entry| again.runs[entry.run as usize].boot.as_str()).collect();
    assert_eq!(boots, ["b", boot_id().as_str()]);
}

#[test]
fn a_checkpoint_vouches_for_its_own_boot_up_to_its_place() {
    let before = [
        run("a"),
        written("lost.jpg", "/in/l", state(1, NOW)),
        run("b"),
        written("a.jpg", "/in/a", state(1, NOW)),
    ];
    let until = journal(&before).len() as u64;
    let mut records = before.to_vec();
    records.push(written("later.jpg", "/in/z", state(1, NOW)));
    records.push(Record::Synced { until });
    let history = read(&journal(&records), "c");
    let synced: Vec<bool> = history.entries.iter().map(|entry| entry.synced).collect();
    assert_eq!(synced, [false, true, false]);
    // Writing it anew changes nothing about that.
    let nowhere = tempfile::tempdir().unwrap();
    let again = read(&compacted(&history, nowhere.path()).unwrap(), "c");
    let synced: Vec<bool> = again.entries.iter().map(|entry| entry.synced).collect();
    assert_eq!(synced, [false, true, false]);
    assert_eq!(again.runs, history.runs);
}

#[test]
fn an_unknown_boot_is_like_no_other() {
    let bytes = journal(&[run(""), written("a.jpg", "/in/a", state(10, NOW))]);
    let file = output(state(10, NOW));
    assert_eq!(file.judge(&read(&bytes, ""), "/in/a", 85), CURRENT);
    fs::write(file.0.path().join("a.jpg"), [0; 10]).unwrap();
    file.put("b", state(1, 1));
    assert_ne!(file.judge(&read(&bytes, ""), "/in/a", 85), CURRENT);
}

#[test]
fn many_records_of_few_outputs_are_written_anew() {
    let dir = tempfile::tempdir().unwrap();
    let mut records = vec![run("b")];
    records.extend((0..5000).map(|n| written(&format!("{}.jpg", n % 7), "/in/a", state(n, NOW))));
    fs::write(dir.path().join(FILE_NAME), journal(&records)).unwrap();
    let history = History::read(dir.path()).unwrap();
    drop(Journal::open(dir.path(), dir.path(), &history, settings(85)).unwrap());
    let again = History::read(dir.path()).unwrap();
    assert_eq!(again.entries.len(), 7);
    assert_eq!(again.runs.len(), 2);
}

#[test]
fn results_that_look_like_older_ones_are_read_once() {
    let file = output(state(10, NOW));
    let root = file.0.path();
    let Record::Made(made) = written("a.jpg", "/in/a", state(10, NOW)) else { unreachable!() };
    let before = Record::Made(Written { checksum: 7, ..made.clone() });
    let boot = boot_id();
    fs::write(root.join(FILE_NAME), journal(&[run(&boot), before, Record::Made(made)])).unwrap();
    let history = History::read(root).unwrap();
    assert_eq!(file.judge(&history, "/in/a", 85), CURRENT);
    drop(Journal::open(root, root, &history, settings(86)).unwrap());
    let again = History::read(root).unwrap();
    assert_eq!(again.entries.len(), 1);
    assert!(!again.has_double(&again.entries[0]));
    assert_eq!(file.judge(&again, "/in/a", 85), CURRENT);
    assert!(!again.compared_doubles());
}

#[test]
fn settings_count_what_decides_the_bytes() {
    assert_eq!(settings(85), settings(85));
    assert_ne!(settings(85), settings(86));
    let mut as_png = Recipe::default();
    as_png.outputs.first.settings.format = Some(Format::Png);
    assert_eq!(Settings::of(&as_png).unwrap(), settings(85), "the format stands in each record");
    let blurred = Recipe::new(vec!["blur=3".parse().unwrap()], Default::default());
    assert_ne!(Settings::of(&blurred).unwrap(), settings(85));

    let dir = tempfile::tempdir().unwrap();
    let image = dir.path().join("mark.png");
    fs::write(&image, "one").unwrap();
    let spec = format!("watermark:image={}", image.display());
    let marked = Recipe::new(vec![spec.parse().unwrap()], Default::default());
    let before = Settings::of(&marked).unwrap();
    fs::write(&image, "another").unwrap();
    assert_ne!(Settings::of(&marked).unwrap(), before, "the watermark's image has changed");
}
