//! A journal that is cut at every place, with flipped bits, or no journal at all.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use recipe::format::Format;

use super::frame::HEADER;
use super::record::Record;
use super::tests::{CURRENT, NOW, journal, output, read, run, settings, state, written};
use super::*;

#[test]
fn a_torn_end_costs_the_last_record_only() {
    let records =
        [run("b"), written("a.jpg", "/in/a", state(1, NOW)), written("b.jpg", "/in/b", state(1, NOW))];
    let whole = journal(&records);
    let starts: Vec<usize> = (0..=3).map(|n| journal(&records[..n]).len()).collect();
    for cut in 0..=whole.len() {
        let history = read(&whole[..cut], "b");
        let good = starts.iter().rposition(|start| *start <= cut);
        assert_eq!(history.damage(), None, "cut at {cut}");
        assert_eq!(history.end as usize, good.map_or(0, |n| starts[n]), "cut at {cut}");
        assert_eq!(history.entries.len(), good.unwrap_or(0).saturating_sub(1), "cut at {cut}");
    }
    // Space that was reserved and never written.
    let zeros = [whole.as_slice(), &[0; 4096]].concat();
    assert_eq!(read(&zeros, "b").end as usize, whole.len());
}

#[test]
fn what_is_no_journal_of_this_version_is_set_aside_and_said() {
    let dir = tempfile::tempdir().unwrap();
    let cases: [(&[u8], Damage); 2] = [
        (b"supervisor journal 2\nabc", Damage::OtherVersion),
        (b"milk, eggs, bread, a longer list", Damage::Foreign),
    ];
    for (content, damage) in cases {
        fs::write(dir.path().join(FILE_NAME), content).unwrap();
        let history = History::read(dir.path()).unwrap();
        assert_eq!(history.damage(), Some(damage));
        drop(Journal::open(dir.path(), dir.path(), &history, settings(85)).unwrap());
        assert_eq!(History::read(dir.path()).unwrap().damage(), None);
    }
    assert_eq!(fs::read(dir.path().join("journal.unreadable-1")).unwrap(), cases[0].0);
    assert_eq!(fs::read(dir.path().join("journal.unreadable-2")).unwrap(), cases[1].0);
}

#[test]
fn damage_in_the_middle_costs_one_record_and_a_copy_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut records = vec![run("b")];
    records.extend((0..20).map(|n| written(&format!("{n}.jpg"), "/in/a", state(1, NOW))));
    let damaged = journal(&records[..4]).len() + 2;
    let mut bytes = journal(&records);
    bytes[damaged] ^= 1;
    fs::write(dir.path().join(FILE_NAME), &bytes).unwrap();
    let history = History::read(dir.path()).unwrap();
    assert_eq!(history.damage(), Some(Damage::Broken));
    drop(Journal::open(dir.path(), dir.path(), &history, settings(85)).unwrap());
    let again = History::read(dir.path()).unwrap();
    assert_eq!((again.damage(), again.entries.len()), (None, 19));
    let proof = |name: &str| {
        let file = output(state(1, NOW));
        let path = file.0.path().join("a.jpg");
        let origin = Origin { input: Path::new("/in/a"), seen: state(100, 7), format: Format::Jpeg };
        let metadata = fs::symlink_metadata(&path).unwrap();
        again.judge(Path::new(name), &path, &metadata, &origin, &settings(85))
    };
    assert_eq!(proof("2.jpg"), CURRENT, "before the damage");
    assert_eq!(proof("3.jpg"), Proof::None, "the damaged record");
    assert_eq!(proof("4.jpg"), Proof::Stale, "after it: ours, but made who knows how");
    assert_eq!(fs::read(dir.path().join("journal.unreadable-1")).unwrap(), bytes);
}

#[test]
fn a_run_goes_on_after_a_torn_end() {
    let dir = tempfile::tempdir().unwrap();
    let record = |name: &str| match written(name, "/in/a", state(1, NOW)) {
        Record::Made(written) => written,
        Record::Run(_) | Record::Written(_) | Record::MadeTogether(_) | Record::Synced { .. } => {
            unreachable!()
        }
    };
    let path = dir.path().join(FILE_NAME);
    for name in ["a.jpg", "b.jpg", "c.jpg"] {
        let history = History::read(dir.path()).unwrap();
        assert_eq!(history.damage(), None, "a torn end is cut off before anything is added");
        let journal = Journal::open(dir.path(), dir.path(), &history, settings(85)).unwrap();
        journal.append(vec![vec![record(name)], vec![record(&format!("torn-{name}"))]]).unwrap();
        drop(journal);
        // In the middle of the record, behind which a checkpoint may stand by now.
        let (bytes, name) = (fs::read(&path).unwrap(), format!("torn-{name}"));
        let place = bytes.windows(name.len()).rposition(|window| window == name.as_bytes()).unwrap();
        fs::write(&path, &bytes[..place]).unwrap();
    }
    let history = History::read(dir.path()).unwrap();
    let mut names: Vec<PathBuf> = history.outputs().map(|(name, _)| name.to_owned()).collect();
    names.sort();
    assert_eq!(names, ["a.jpg", "b.jpg", "c.jpg"].map(PathBuf::from));
}

proptest! {
    /// Whatever is done to its bytes, reading neither panics nor invents a record.
    #[test]
    fn flipped_bits_invent_nothing(
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0u8..8), 1..4),
    ) {
        let names = ["a.jpg", "b.jpg", "c.jpg"];
        let mut records = vec![run("b")];
        records.extend(names.map(|name| written(name, "/in/a", state(1, NOW))));
        let whole = journal(&records);
        let mut bytes = whole.clone();
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        let history = read(&bytes, "b");
        prop_assert!(history.outputs().all(|(name, _)| names.iter().any(|known| Path::new(known) == name)));
        prop_assert!(history.entries.iter().all(|entry| entry.state == state(1, NOW)));
        prop_assert!(history.end as usize <= whole.len());
    }

    #[test]
    fn any_bytes_can_be_read(tail in prop::collection::vec(any::<u8>(), 0..300), with_header: bool) {
        let bytes = if with_header { [HEADER, tail.as_slice()].concat() } else { tail };
        let history = read(&bytes, "b");
        prop_assert!(history.end as usize <= bytes.len());
    }
}

#[test]
fn what_is_no_file_is_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path().join(FILE_NAME);
    rustix::fs::mkfifoat(rustix::fs::CWD, &journal, 0o600.into()).unwrap();
    assert!(History::read(dir.path()).is_err());
    fs::remove_file(&journal).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &journal).unwrap();
    assert!(History::read(dir.path()).is_err());
    fs::remove_file(&journal).unwrap();
    fs::File::create(&journal).unwrap().set_len(1 << 40).unwrap();
    assert!(History::read(dir.path()).is_err());
}

#[test]
fn a_search_that_a_stranger_made_endless_is_called_off() {
    let mut bytes = journal(&[run("b"), written("a.jpg", "/in/a", state(10, NOW))]);
    // Every fourth byte promises a payload of 8 MiB.
    bytes.extend([0, 0, 0x80, 0].repeat(6 << 20));
    let history = read(&bytes, "b");
    assert_eq!(history.damage(), Some(Damage::Broken));
    assert!(history.knows(Path::new("a.jpg")));
}
