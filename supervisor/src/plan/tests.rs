//! The plan's rules, on real folders.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use pool::commit::Replace;
use protocol::ErrorKind;
use recipe::format::Format;
use recipe::words::Word;

use super::*;

pub(super) struct TestFolder(tempfile::TempDir);

impl TestFolder {
    pub(super) fn new(files: &[&str]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir(folder.path("in")).unwrap();
        for file in files {
            folder.write(file, "P6\n1 1\n255\nabc");
        }
        folder
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn write(&self, name: impl AsRef<Path>, content: &str) {
        let path = self.0.path().join("in").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(super) fn plan(&self, template: &str, on_conflict: OnConflict) -> Result<Plan, PlanError> {
        self.plan_to("out", template, on_conflict)
    }

    pub(super) fn plan_to(
        &self,
        output: &str,
        template: &str,
        on_conflict: OnConflict,
    ) -> Result<Plan, PlanError> {
        let request = TestRequest { output, template, on_conflict, ..TestRequest::default() };
        self.make(&[self.path("in")], &[], request)
    }

    /// The folder `in`, and files from a list.
    pub(super) fn plan_list(&self, listed: &[PathBuf]) -> Result<Plan, PlanError> {
        self.make(&[self.path("in")], listed, TestRequest::default())
    }

    pub(super) fn plan_inputs(&self, inputs: &[PathBuf]) -> Result<Plan, PlanError> {
        self.make(inputs, &[], TestRequest::default())
    }

    /// Every photo is from this camera; twins are numbered.
    pub(super) fn plan_by(&self, camera: &str, template: &str) -> Result<Plan, PlanError> {
        let request = TestRequest {
            template,
            on_conflict: OnConflict::Unique,
            camera: Some(camera),
            ..TestRequest::default()
        };
        self.make(&[self.path("in")], &[], request)
    }

    pub(super) fn make(
        &self,
        inputs: &[PathBuf],
        listed: &[PathBuf],
        request: TestRequest<'_>,
    ) -> Result<Plan, PlanError> {
        let says = |files: PhotoFiles| {
            let own = request.says.iter().find(|(name, _)| files.input.ends_with(name));
            let camera = request.camera.map(str::to_owned);
            Ok(own.map_or(Probed { camera, ..some_jpeg() }, |(_, says)| says.clone()))
        };
        let request = PlanRequest {
            inputs,
            listed,
            base: request.base.as_deref(),
            selection: &request.selection,
            output: &self.path(request.output),
            recipe: &Recipe::default(),
            names: &[request.template.parse().unwrap()],
            start: request.start,
            sort_by: request.sort_by,
            on_conflict: request.on_conflict,
            clash: request.clash,
            history: &LateHistory::read(&self.path("state")).unwrap(),
            settings: &Settings::of(&Recipe::default()).unwrap(),
            fresh: request.fresh,
            refresh: request.refresh,
            state: &self.path("state"),
            fence: &request.fence,
        };
        Plan::make(&request, &mut |photos| photos.into_iter().map(says).collect())
    }

    pub(super) fn names_by(&self, camera: &str, template: &str) -> Vec<String> {
        self.plan_by(camera, template).unwrap().jobs.iter().map(|job| self.outcome(job)).collect()
    }

    /// Output names below `out`, or the kind of failure.
    pub(super) fn names(&self, template: &str, on_conflict: OnConflict) -> Vec<String> {
        let plan = self.plan(template, on_conflict).unwrap();
        plan.jobs.iter().map(|job| self.outcome(job)).collect()
    }

    pub(super) fn outcome(&self, job: &PlannedJob) -> String {
        match &job.action {
            Action::Process { results, .. } => {
                results[0].output.strip_prefix(self.path("out")).unwrap().display().to_string()
            }
            Action::Skip { reason, .. } => reason.name().to_owned(),
            Action::Fail(error) => error.kind.word().to_owned(),
        }
    }
}

/// What a test asks for beside its inputs.
pub(super) struct TestRequest<'a> {
    pub(super) output: &'a str,
    pub(super) template: &'a str,
    pub(super) on_conflict: OnConflict,
    pub(super) clash: ClashCosts,
    pub(super) base: Option<PathBuf>,
    pub(super) selection: Selection,
    pub(super) start: u64,
    pub(super) sort_by: SortBy,
    pub(super) camera: Option<&'a str>,
    /// What single photos say, by their names.
    pub(super) says: Vec<(&'a str, Probed)>,
    pub(super) fresh: bool,
    pub(super) refresh: bool,
    pub(super) fence: Fence,
}

impl Default for TestRequest<'_> {
    fn default() -> Self {
        Self {
            output: "out",
            template: PLAIN,
            on_conflict: OnConflict::Error,
            clash: ClashCosts::Plan,
            base: None,
            selection: Selection::default(),
            start: 1,
            sort_by: SortBy::Name,
            camera: None,
            says: Vec::new(),
            fresh: false,
            refresh: false,
            fence: Fence::default(),
        }
    }
}

/// What a worker says of a photo of which there is nothing to say.
pub(super) fn some_jpeg() -> Probed {
    Probed {
        format: Format::Jpeg,
        width: 30,
        height: 20,
        camera: None,
        lens: None,
        date: None,
        artist: None,
        title: None,
        rating: None,
        label: None,
        picked: false,
        unread: Vec::new(),
    }
}

pub(super) const PLAIN: &str = "{dir}/{stem}.{ext}";

#[test]
fn folders_are_mirrored_and_other_files_passed_over() {
    let folder = TestFolder::new(&["a.JPG", "day/b.png", ".hidden.jpg", ".git/c.jpg", "scan"]);
    folder.write("notes.txt", "words");
    // All are PPM by content, so the output is PNG; "scan" is a photo by its content alone.
    assert_eq!(folder.names(PLAIN, OnConflict::Error), ["a.png", "day/b.png", "scan.png"]);
    assert_eq!(
        folder.plan(PLAIN, OnConflict::Error).unwrap().passed_over.others,
        2,
        "the notes and the hidden photo"
    );
}

#[test]
fn what_is_no_photo_of_the_user_is_passed_over() {
    let folder = TestFolder::new(&[
        "album.jpg/a.ppm",
        "@eaDir/b.ppm",
        "#recycle/c.ppm",
        "day/@Recycle/c.ppm",
        "$RECYCLE.BIN/c.ppm",
        "Thumbs.db",
        "d.ppm",
        "d.ppm_original",
        "web/e.ppm",
        "web/.supervisor/journal",
    ]);
    assert_eq!(folder.names(PLAIN, OnConflict::Error), ["album.jpg/a.png", "d.png"]);
    // A folder that is left out may hold originals as well, so each is named.
    let warnings = folder.plan(PLAIN, OnConflict::Error).unwrap().warnings;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("in/web was left out"), "{warnings:?}");
    assert!(!warnings[0].contains("no result by its journal"), "{warnings:?}");
}

#[test]
fn without_a_sound_journal_nobody_says_whose_files_lie_in_a_folder_of_results() {
    for (journal, why) in [(None, "is not there"), (Some("P6 1 1"), "is not one of this program's")] {
        let folder = TestFolder::new(&["a.ppm", "web/b.ppm", "web/sub/c.ppm"]);
        std::fs::create_dir(folder.path("in/web/.supervisor")).unwrap();
        journal.into_iter().for_each(|journal| folder.write("web/.supervisor/journal", journal));
        let plan = folder.plan(PLAIN, OnConflict::Error).unwrap();
        let web = folder.path("in/web");
        let said = format!(
            "; of 2 photos in it nobody knows whether results: the journal in {} {why}",
            web.canonicalize().unwrap().display()
        );
        assert!(plan.warnings[0].ends_with(&said), "{:?}", plan.warnings);
        let counts = (plan.passed_over.others, plan.passed_over.results, plan.passed_over.among_results);
        assert_eq!(counts, (2, 0, 0));
    }
}

#[test]
fn fields() {
    let folder = TestFolder::new(&["day/b.ppm"]);
    assert_eq!(
        folder.names("{index}-{parent}-{width}x{height}-{camera}.{ext}", OnConflict::Error),
        ["1-day-30x20-unknown.png"]
    );
}

#[test]
fn twins_are_found_before_anything_runs() {
    let folder = TestFolder::new(&["a.ppm", "a.bmp", "É.ppm", "e\u{301}.ppm"]);
    let Err(PlanError::Collisions(pairs)) = folder.plan(PLAIN, OnConflict::Overwrite) else {
        panic!("no collision")
    };
    assert_eq!(pairs.len(), 2, "{pairs:?}");
    let names = folder.names(PLAIN, OnConflict::Unique);
    assert!(names.contains(&"a.png".to_owned()) && names.contains(&"a-1.png".to_owned()), "{names:?}");
}

#[test]
fn what_can_only_fail_claims_no_name() {
    let folder = TestFolder::new(&["img.ppm"]);
    folder.write("img.heic", "\0\0\0\x18ftypheic");
    assert_eq!(folder.names(PLAIN, OnConflict::Error), ["unsupported", "img.png"]);
}

#[test]
fn files_in_the_way() {
    let folder = TestFolder::new(&["a.ppm", "b.ppm"]);
    std::fs::create_dir(folder.path("out")).unwrap();
    std::fs::write(folder.path("out/a.png"), "foreign").unwrap();
    assert!(matches!(folder.plan(PLAIN, OnConflict::Error), Err(PlanError::Conflicts(c)) if c.len() == 1));
    assert_eq!(folder.names(PLAIN, OnConflict::Skip), ["exists", "b.png"]);
    assert_eq!(folder.names(PLAIN, OnConflict::Unique), ["a-1.png", "b.png"]);
    let plan = folder.plan(PLAIN, OnConflict::Overwrite).unwrap();
    let replace = |job: usize| match &plan.jobs[job].action {
        Action::Process { results, .. } => results[0].replace,
        action @ (Action::Skip { .. } | Action::Fail(_)) => panic!("{action:?}"),
    };
    assert_eq!((replace(0), replace(1)), (Replace::Anything, Replace::Nothing));
}

#[test]
fn a_name_that_cannot_be_had_may_cost_its_photo_alone() {
    let folder = TestFolder::new(&["a.ppm", "b.bmp", "b.ppm", "c.ppm", "d.ppm"]);
    std::fs::create_dir_all(folder.path("out/c.png")).unwrap();
    std::fs::write(folder.path("out/a.png"), "foreign").unwrap();
    let alone = |on_conflict| {
        let request = TestRequest { clash: ClashCosts::Photo, on_conflict, ..TestRequest::default() };
        folder.make(&[folder.path("in")], &[], request).unwrap()
    };
    let outcomes =
        |plan: &Plan| plan.jobs.iter().map(|job| folder.outcome(job)).collect::<Vec<_>>().join(" ");
    let plan = alone(OnConflict::Error);
    assert_eq!(outcomes(&plan), "write-failed b.png write-failed write-failed d.png");
    let said = |job: usize| match &plan.jobs[job].action {
        Action::Fail(error) => error.detail.clone(),
        action @ (Action::Process { .. } | Action::Skip { .. }) => panic!("{action:?}"),
    };
    assert!(said(0).starts_with("a file stands where the result must go: "), "{}", said(0));
    assert!(said(2).starts_with("two results would get the same name: "), "{}", said(2));
    assert!(said(3).contains("something other than a file is there"), "{}", said(3));
    assert_eq!(outcomes(&alone(OnConflict::Unique)), "a-1.png b.png b-1.png c-1.png d.png");
}

#[test]
fn an_input_is_never_replaced() {
    let folder = TestFolder::new(&["a.ppm"]);
    std::fs::write(folder.path("in/b.png"), "\u{89}PNG").unwrap();
    let error = folder.plan_to("in", PLAIN, OnConflict::Overwrite).unwrap_err();
    assert!(matches!(error, PlanError::WouldReplaceInput(ref lines) if lines.len() == 1), "{error}");
}

#[test]
fn an_output_folder_inside_the_input_is_left_out() {
    let folder = TestFolder::new(&["a.ppm", "web/old.ppm"]);
    let plan = folder.plan_to("in/web", PLAIN, OnConflict::Error).unwrap();
    assert_eq!(plan.jobs.len(), 1);
    assert!(plan.warnings[0].contains("left out"), "{:?}", plan.warnings);
}

#[test]
fn odd_things_in_a_folder_each_get_their_verdict() {
    let folder = TestFolder::new(&["good.ppm"]);
    folder.write("empty.jpg", "");
    std::fs::create_dir(folder.path("in/folder.jpg")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, folder.path("in/pipe.jpg"), 0o600.into()).unwrap();
    symlink("self.jpg", folder.path("in/self.jpg")).unwrap();
    symlink("nowhere", folder.path("in/dangling.jpg")).unwrap();
    symlink(".", folder.path("in/round")).unwrap();
    let plan = folder.plan(PLAIN, OnConflict::Error).unwrap();
    let outcome =
        |name: &str| folder.outcome(plan.jobs.iter().find(|job| job.shown.ends_with(name)).unwrap());
    assert_eq!(outcome("empty.jpg"), "not-an-image");
    assert!(!plan.jobs.iter().any(|job| job.shown.ends_with("folder.jpg")), "a folder is no photo");
    assert_eq!(outcome("pipe.jpg"), "not-an-image");
    assert_eq!(outcome("self.jpg"), "unreadable");
    assert_eq!(outcome("dangling.jpg"), "vanished");
    assert_eq!(outcome("good.ppm"), "good.png");
    assert_eq!(plan.warnings.len(), 1, "{:?}", plan.warnings);
}

#[test]
fn names_of_any_bytes_and_any_length() {
    let folder = TestFolder::new(&[]);
    folder.write(OsStr::from_bytes(b"caf\xE9.ppm"), "P6\n1 1\n255\nabc");
    folder.write("x".repeat(251) + ".ppm", "P6\n1 1\n255\nabc");
    let plan = folder.plan("{dir}/{stem}.{ext}", OnConflict::Error).unwrap();
    assert!(plan.jobs.iter().all(|job| matches!(job.action, Action::Process { .. })));
    let plan = folder.plan("{dir}/{stem}-small.{ext}", OnConflict::Error).unwrap();
    let failed = plan.jobs.iter().filter_map(|job| match &job.action {
        Action::Fail(error) => Some(error.kind),
        Action::Process { .. } | Action::Skip { .. } => None,
    });
    assert_eq!(failed.collect::<Vec<_>>(), [ErrorKind::WriteFailed]);
}

#[test]
fn nothing_to_do_says_where_it_looked() {
    let folder = TestFolder::new(&[]);
    folder.write("notes.txt", "words");
    let error = folder.plan(PLAIN, OnConflict::Error).unwrap_err().to_string();
    assert!(error.contains("; passed over: 1 other file"), "{error}");
}
