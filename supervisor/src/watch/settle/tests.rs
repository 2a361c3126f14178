//! When files are taken, whatever happens to them.

use proptest::prelude::*;

use super::*;

const SETTLE: Duration = Duration::from_secs(2);
const SECOND: Duration = Duration::from_secs(1);

fn state(bytes: u64) -> Option<FileState> {
    Some(FileState { bytes, ..FileState::default() })
}

fn photo() -> PathBuf {
    PathBuf::from("a.jpg")
}

/// A folder with one file that has come to rest, and when it did.
fn rested() -> (Settling, Instant) {
    let (mut files, start) = (Settling::new(SETTLE), Instant::now());
    files.look(start, &photo(), state(5));
    assert_eq!(files.next_look(), Some(start + SETTLE));
    assert_eq!((files.due(start + SECOND), files.take(9)), (None, Vec::new()));
    let now = start + SETTLE;
    assert_eq!(files.due(now), Some(photo()));
    files.look(now, &photo(), state(5));
    (files, now)
}

#[test]
fn a_file_is_taken_once_two_looks_saw_the_same() {
    let (mut files, now) = rested();
    assert!(files.has_ready());
    assert_eq!((files.take(9), files.take(9)), (vec![photo()], Vec::new()));
    files.ended(now, &photo(), Outcome::Done);
    files.look(now + SECOND, &photo(), state(5));
    assert_eq!((files.next_look(), files.take(9)), (None, Vec::new()));
    // A broken photo is tried again when it changes.
    files.look(now + SECOND, &photo(), state(6));
    assert_eq!(files.next_look(), Some(now + SECOND + SETTLE));
}

#[test]
fn a_file_that_grows_waits_and_an_empty_one_is_none() {
    let (mut files, start) = (Settling::new(SETTLE), Instant::now());
    files.look(start, &photo(), state(0));
    assert_eq!(files.len(), 0);
    for second in 1..10 {
        let now = start + second * SECOND;
        files.look(now, &photo(), state(second.into()));
        assert!(!files.has_ready());
        // By a hint, with nothing new: too early.
        files.look(now, &photo(), state(second.into()));
    }
    let now = start + 11 * SECOND;
    assert_eq!(files.due(now), Some(photo()), "once, whatever was due before");
    assert_eq!(files.due(now), None);
    files.look(now, &photo(), state(9));
    assert!(files.has_ready());
    files.look(now, &photo(), state(10));
    assert_eq!(files.take(9), Vec::<PathBuf>::new(), "it changed before it was taken");
}

#[test]
fn a_file_that_changes_while_it_is_worked_on_is_looked_at_again() {
    let (mut files, now) = rested();
    files.take(9);
    files.look(now, &photo(), state(7));
    files.ended(now, &photo(), Outcome::Done);
    assert_eq!(files.next_look(), Some(now + SETTLE));
    let (mut files, now) = rested();
    files.take(9);
    files.look(now, &photo(), None);
    files.ended(now, &photo(), Outcome::Done);
    assert_eq!(files.len(), 0, "it vanished meanwhile");
}

#[test]
fn what_could_not_be_taken_comes_again() {
    let (mut files, now) = rested();
    assert_eq!(files.take(9), [photo()]);
    files.ended(now, &photo(), Outcome::Later(now + 30 * SECOND));
    assert_eq!(files.next_look(), Some(now + 30 * SECOND));
    assert_eq!(files.due(now + 30 * SECOND), Some(photo()));
    files.look(now + 30 * SECOND, &photo(), state(5));
    assert_eq!(files.take(9), [photo()]);
    files.ended(now, &photo(), Outcome::Gone);
    assert_eq!(files.len(), 0);
}

/// A photo of this name that was not wanted, and when it was taken.
fn unwanted(name: &str) -> (Settling, Instant) {
    let (mut files, start) = (Settling::new(SETTLE), Instant::now());
    let now = start + SETTLE;
    files.look(start, Path::new(name), state(5));
    assert_eq!(files.due(now).as_deref(), Some(Path::new(name)));
    files.look(now, Path::new(name), state(5));
    assert_eq!(files.take(9), [Path::new(name)]);
    files.ended(now, Path::new(name), Outcome::Unwanted);
    (files, now)
}

#[test]
fn a_photo_that_was_not_wanted_is_looked_at_again_when_its_sidecar_speaks() {
    for (photo, sidecar, is_its) in [
        ("day/a.jpg", "day/a.xmp", true),
        ("day/a.jpg", "day/a.XMP", true),
        ("day/a.jpg", "day/a.jpg.xmp", true),
        ("day/a.b.jpg", "day/a.b.xmp", true),
        ("day/a.b.jpg", "day/a.xmp", false),
        ("day/ab.jpg", "day/a.xmp", false),
        ("day/a.jpg", "a.xmp", false),
        ("day/a.jpg", "day/a.nef.xmp", false),
    ] {
        let (mut files, now) = unwanted(photo);
        files.look(now, Path::new(photo), state(5));
        assert_eq!(files.next_look(), None, "nothing is new");
        files.told_by(now, Path::new(sidecar));
        assert_eq!(files.next_look(), is_its.then_some(now + SETTLE), "{photo} {sidecar}");
        if is_its {
            let now = now + SETTLE;
            assert_eq!(files.due(now).as_deref(), Some(Path::new(photo)));
            files.look(now, Path::new(photo), state(5));
            assert_eq!(files.take(9), [Path::new(photo)]);
            files.ended(now, Path::new(photo), Outcome::Done);
            files.told_by(now, Path::new(sidecar));
            assert_eq!(files.next_look(), None, "it has its results");
        }
    }
}

#[test]
fn a_photo_that_was_not_wanted_is_looked_at_again_when_it_changes() {
    let (mut files, now) = unwanted("a.jpg");
    files.look(now, &photo(), state(6));
    assert_eq!(files.next_look(), Some(now + SETTLE));
    // What lay beside it is of no account once it is gone.
    files.look(now, &photo(), None);
    files.told_by(now, Path::new("a.xmp"));
    assert_eq!((files.len(), files.unwanted.len()), (0, 0));
}

#[test]
fn nothing_is_kept_of_photos_that_were_not_wanted_and_are_gone() {
    let (mut files, now) = unwanted("a.jpg");
    assert_eq!(files.unwanted.len(), 1);
    files.begin_sweep();
    files.end_sweep(now, &[]);
    assert_eq!((files.len(), files.unwanted.len()), (0, 0));
}

#[test]
fn what_a_sweep_does_not_see_is_forgotten() {
    let (mut files, now) = rested();
    files.look(now, Path::new("out of sight/b.jpg"), state(5));
    for forgotten in [false, true] {
        files.begin_sweep();
        let unseen = if forgotten { Vec::new() } else { vec![PathBuf::from("out of sight")] };
        files.look(now, &photo(), state(5));
        files.end_sweep(now, &unseen);
        assert_eq!(files.len(), if forgotten { 1 } else { 2 });
    }
}

/// What may happen to one file, or be done about it.
#[derive(Debug, Clone)]
enum Step {
    Wait(u64),
    Write(u64),
    Remove,
    Hint,
    Sweep,
    Take,
    End(Outcome),
    /// Its sidecar speaks.
    Tell,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (1u64..3000).prop_map(Step::Wait),
        (0u64..4).prop_map(Step::Write),
        Just(Step::Remove),
        Just(Step::Hint),
        Just(Step::Sweep),
        Just(Step::Take),
        Just(Step::End(Outcome::Done)),
        Just(Step::End(Outcome::Unwanted)),
        Just(Step::Tell),
    ];
    proptest::collection::vec(step, 0..100)
}

proptest! {
    #[test]
    fn whatever_happens_a_file_is_taken_at_rest_and_once(steps in steps()) {
        let (mut files, mut now) = (Settling::new(SETTLE), Instant::now());
        let mut there: Option<u64> = None;
        // What the looks since the last change saw, and when the first of them was.
        let mut rest: Option<(u64, Instant)> = None;
        let (mut busy, mut done, mut is_unwanted) = (None, None, false);
        for step in steps {
            let mut looked = false;
            match step {
                Step::Wait(ms) => now += Duration::from_millis(ms),
                Step::Write(bytes) => there = Some(bytes),
                Step::Remove => there = None,
                Step::Hint => looked = true,
                Step::Sweep => {
                    files.begin_sweep();
                    looked = there.is_some();
                    if looked {
                        files.look(now, &photo(), there.and_then(state));
                    }
                    files.end_sweep(now, &[]);
                    looked = true;
                }
                Step::Take => {
                    if let Some(path) = files.due(now) {
                        files.look(now, &path, there.and_then(state));
                        looked = true;
                    }
                }
                Step::End(outcome) => if let Some(state) = busy.take() {
                    files.ended(now, &photo(), outcome);
                    (done, is_unwanted) = (Some(state), outcome == Outcome::Unwanted);
                },
                Step::Tell => {
                    files.told_by(now, Path::new("a.xmp"));
                    done = done.filter(|_| !is_unwanted);
                }
            }
            if looked {
                files.look(now, &photo(), there.and_then(state));
                match (there.filter(|bytes| *bytes > 0), rest) {
                    (Some(bytes), Some((seen, _))) if bytes == seen => {}
                    (Some(bytes), _) => (rest, done) = (Some((bytes, now)), None),
                    (None, _) => (rest, done) = (None, None),
                }
            }
            if !files.take(1).is_empty() {
                prop_assert!(busy.is_none());
                let (state, since) = rest.unwrap();
                prop_assert!(now >= since + SETTLE, "too early");
                prop_assert!(done != Some(state), "twice");
                busy = Some(state);
            }
            prop_assert!(files.len() <= 1);
            let unwanted = files.files.values().filter(|file| file.phase == Phase::Unwanted);
            prop_assert_eq!(files.unwanted.len(), unwanted.count());
        }
        // Whatever happened, a file that stays as it is gets its turn.
        if busy.take().is_some() {
            files.ended(now, &photo(), Outcome::Done);
        }
        files.look(now, &photo(), state(77));
        now += SETTLE;
        prop_assert_eq!(files.due(now), Some(photo()));
        files.look(now, &photo(), state(77));
        prop_assert_eq!(files.take(1), [photo()]);
    }
}
