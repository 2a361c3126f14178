//! The plan's rules where names, links and the disk conspire.

use std::os::unix::fs::symlink;

use proptest::prelude::*;

use super::tests::{PLAIN, TestFolder, TestRequest};
use super::*;

const PPM: &str = "P6\n1 1\n255\nabc";

#[test]
fn hard_links_are_two_photos_and_symlinks_are_one() {
    let folder = TestFolder::new(&["a.ppm"]);
    std::fs::hard_link(folder.path("in/a.ppm"), folder.path("in/b.ppm")).unwrap();
    symlink("a.ppm", folder.path("in/c.ppm")).unwrap();
    assert_eq!(folder.names(PLAIN, OnConflict::Error), ["a.png", "b.png"]);
}

#[test]
fn the_real_name_of_a_photo_wins_over_links_to_it() {
    let folder = TestFolder::new(&["z/photo.ppm"]);
    for album in ["all", "best"] {
        std::fs::create_dir(folder.path("in").join(album)).unwrap();
        symlink("../z/photo.ppm", folder.path("in").join(album).join("photo.ppm")).unwrap();
    }
    let plan = folder.plan(PLAIN, OnConflict::Error).unwrap();
    let outcomes: Vec<String> = plan.jobs.iter().map(|job| folder.outcome(job)).collect();
    assert_eq!(outcomes, ["z/photo.png"]);
    assert_eq!(plan.warnings, ["2 times a file was found under a further name; each is done once"]);
}

#[test]
fn a_file_of_no_use_does_not_take_the_name_of_the_jpeg_beside_it() {
    let folder = TestFolder::new(&[]);
    std::fs::write(folder.path("in/DSC1.HEIC"), b"\0\0\0\x18ftypheic").unwrap();
    std::fs::write(folder.path("in/DSC1.JPG"), b"\xFF\xD8\xFF\xE0").unwrap();
    let plan = folder.plan("{stem}.jpg", OnConflict::Error).unwrap();
    let outcomes: Vec<String> = plan.jobs.iter().map(|job| folder.outcome(job)).collect();
    assert_eq!(outcomes, ["unsupported", "DSC1.jpg"]);
}

#[test]
fn a_raw_photo_becomes_a_jpeg_by_its_name_where_its_first_bytes_are_those_of_a_tiff() {
    let folder = TestFolder::new(&[]);
    std::fs::write(folder.path("in/DSC1.NEF"), b"MM\0\x2A\0\0\0\x08rest of it").unwrap();
    std::fs::write(folder.path("in/DSC2.raf"), b"FUJIFILMCCD-RAW 0201").unwrap();
    std::fs::write(folder.path("in/DSC3.CR2"), b"II\x2A\0\x10\0\0\0CR\x02\0").unwrap();
    std::fs::write(folder.path("in/scan.tif"), b"MM\0\x2A\0\0\0\x08rest of it").unwrap();
    let plan = folder.plan(PLAIN, OnConflict::Error).unwrap();
    let outcomes: Vec<String> = plan.jobs.iter().map(|job| folder.outcome(job)).collect();
    assert_eq!(outcomes, ["DSC1.jpg", "DSC2.jpg", "DSC3.jpg", "scan.tif"]);
}

#[test]
fn a_raw_photo_and_the_jpeg_beside_it_want_the_same_name() {
    let folder = TestFolder::new(&[]);
    std::fs::write(folder.path("in/DSC1.JPG"), b"\xFF\xD8\xFF\xE0").unwrap();
    std::fs::write(folder.path("in/DSC1.NEF"), b"MM\0\x2A\0\0\0\x08rest of it").unwrap();
    let error = folder.plan("{stem}.jpg", OnConflict::Error).unwrap_err();
    assert!(matches!(error, PlanError::Collisions(ref lines) if lines.len() == 1), "{error}");
    let plan = folder.plan("{stem}.jpg", OnConflict::Unique).unwrap();
    assert_eq!(plan.jobs.len(), 2);
}

#[test]
fn a_bad_file_named_twice_is_one_job() {
    let folder = TestFolder::new(&[]);
    folder.write("empty.jpg", "");
    symlink("nowhere", folder.path("in/dangling.jpg")).unwrap();
    let listed = ["in/empty.jpg", "in/dangling.jpg", "in/dangling.jpg"].map(|name| folder.path(name));
    assert_eq!(folder.plan_list(&listed).unwrap().jobs.len(), 2);
}

#[test]
fn listed_files_that_are_missing_fail_alone_and_inputs_stop_the_run() {
    let folder = TestFolder::new(&["a.ppm"]);
    let plan = folder.plan_list(&[folder.path("in/gone.jpg")]).unwrap();
    let outcomes: Vec<String> = plan.jobs.iter().map(|job| folder.outcome(job)).collect();
    assert_eq!(outcomes, ["a.png", "vanished"]);
    std::fs::remove_dir_all(folder.path("in")).unwrap();
    assert!(matches!(folder.plan(PLAIN, OnConflict::Error), Err(PlanError::NoSuchInput { .. })));
}

#[test]
fn not_even_a_broken_input_is_replaced() {
    for on_conflict in [OnConflict::Overwrite, OnConflict::Skip, OnConflict::Error] {
        let folder = TestFolder::new(&["a.ppm", "b.ppm"]);
        folder.write("a.png", "");
        symlink("nowhere", folder.path("in/b.png")).unwrap();
        let error = folder.plan_to("in", PLAIN, on_conflict).unwrap_err();
        assert!(matches!(error, PlanError::WouldReplaceInput(ref lines) if lines.len() == 2), "{error}");
    }
}

#[test]
fn a_folder_in_the_way_is_a_conflict_whatever_was_asked() {
    for on_conflict in [OnConflict::Error, OnConflict::Skip, OnConflict::Overwrite] {
        let folder = TestFolder::new(&["a.ppm", "day/b.ppm"]);
        std::fs::create_dir_all(folder.path("out/a.png")).unwrap();
        std::fs::write(folder.path("out/day"), "a file where a folder must go").unwrap();
        let error = folder.plan(PLAIN, on_conflict).unwrap_err();
        assert!(matches!(error, PlanError::Conflicts(ref lines) if lines.len() == 2), "{error}");
    }
}

#[test]
fn an_output_that_another_needs_as_a_folder_is_a_collision() {
    let folder = TestFolder::new(&["x.ppm", "more/x.png/b.ppm"]);
    let inputs = [folder.path("in/x.ppm"), folder.path("in/more")];
    for inputs in [[0, 1], [1, 0]].map(|order| order.map(|i| inputs[i].clone())) {
        let error = folder.plan_inputs(&inputs).unwrap_err();
        assert!(matches!(error, PlanError::Collisions(ref lines) if lines.len() == 1), "{error}");
    }
}

#[test]
fn a_file_among_the_output_folders_parents_is_an_error() {
    let folder = TestFolder::new(&["a.ppm"]);
    std::fs::write(folder.path("file"), "").unwrap();
    assert!(check_output(&folder.path("in/new")).is_ok());
    for output in ["file", "file/out"] {
        let error = check_output(&folder.path(output)).unwrap_err();
        assert!(matches!(error, PlanError::OutputIsFile(ref path) if path.ends_with("file")), "{error}");
    }
}

#[test]
fn the_output_folder_is_left_out_even_behind_a_link() {
    let folder = TestFolder::new(&["a.ppm"]);
    std::fs::create_dir(folder.path("out")).unwrap();
    std::fs::write(folder.path("out/old.ppm"), PPM).unwrap();
    symlink("../out", folder.path("in/results")).unwrap();
    let plan = folder.plan(PLAIN, OnConflict::Error).unwrap();
    assert_eq!((plan.jobs.len(), plan.warnings.len()), (1, 1), "{plan:?}");
}

#[test]
fn a_linked_folder_is_followed() {
    let folder = TestFolder::new(&[]);
    std::fs::create_dir(folder.path("elsewhere")).unwrap();
    std::fs::write(folder.path("elsewhere/a.ppm"), PPM).unwrap();
    symlink("../elsewhere", folder.path("in/link")).unwrap();
    assert_eq!(folder.names(PLAIN, OnConflict::Error), ["link/a.png"]);
}

#[test]
fn no_name_leaves_the_output_folder_or_enters_the_runs_own() {
    let folder = TestFolder::new(&["a.ppm", "day/b.ppm"]);
    // With an empty {dir} these would read "../a.png".
    assert_eq!(folder.names("..{dir}/{stem}.{ext}", OnConflict::Error), ["_/a.png", "..day/b.png"]);
    assert_eq!(folder.names("{dir}../{stem}.{ext}", OnConflict::Error), ["_/a.png", "day../b.png"]);
    assert_eq!(folder.names(".SUPERVISOR/{stem}.{ext}", OnConflict::Error), ["write-failed", "write-failed"]);
    assert_eq!(
        folder.names_by("ACME\n\u{1b}[2J/7", "{camera}-{stem}.{ext}"),
        ["ACME__[2J_7-a.png", "ACME__[2J_7-b.png"]
    );
}

#[test]
fn the_own_extension_is_kept_as_it_is_spelled() {
    let folder = TestFolder::new(&[]);
    folder.write("A.JPEG", "\u{0}");
    std::fs::write(folder.path("in/A.JPEG"), b"\xFF\xD8\xFF\xE0").unwrap();
    std::fs::write(folder.path("in/b.png"), b"\xFF\xD8\xFF\xE0").unwrap();
    assert_eq!(folder.names(PLAIN, OnConflict::Error), ["A.JPEG", "b.jpg"]);
}

#[test]
fn a_number_takes_the_place_of_letters_where_a_name_is_as_long_as_it_may_be() {
    let folder = TestFolder::new(&[]);
    let long = "x".repeat(251);
    folder.write(format!("{long}.ppm"), PPM);
    folder.write(format!("{long}.bmp"), PPM);
    let names = folder.names(PLAIN, OnConflict::Unique);
    assert_eq!(names, [format!("{long}.png"), format!("{}-1.png", "x".repeat(249))]);
}

/// Trying every number for every twin would take ten minutes here.
#[test]
fn a_hundred_thousand_twins_are_numbered_in_one_pass() {
    let mut taken = taken::Taken::default();
    let nowhere = Path::new("/nonexistent");
    for number in 0..100_000 {
        let name = taken.free_name(Path::new("day/x.jpg"), |_| true);
        let expected = if number == 0 { "day/x.jpg".to_owned() } else { format!("day/x-{number}.jpg") };
        assert_eq!(name, Path::new(&expected));
        assert_eq!(taken.claim(&name, nowhere), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn outputs_are_distinct_and_below_the_output_folder(
        files in proptest::collection::vec(
            "(day|Day|é|e\u{301}|x\\.png)?/?[ab.\\-1é]{1,3}\\.(ppm|PPM|bmp)", 1..12,
        ),
        template in proptest::sample::select(vec![
            PLAIN, "{stem}.{ext}", "x.{ext}", "..{dir}/{stem}.{ext}", "{dir}..{parent}/{stem}",
            "{dir}/{camera}/{index}", "{camera}{stem}",
        ]),
        camera in "[./a\n]{0,3}",
    ) {
        let folder = TestFolder::new(&[]);
        for file in &files {
            let path = folder.path("in").join(file.trim_start_matches('/'));
            // A file may already stand where a later name needs a folder.
            if std::fs::create_dir_all(path.parent().unwrap()).is_ok() && !path.is_dir() {
                std::fs::write(path, PPM).unwrap();
            }
        }
        let mut seen = std::collections::HashSet::new();
        match folder.plan_by(&camera, template) {
            Ok(plan) => for job in &plan.jobs {
                for output in job.action.outputs() {
                    let name = output.strip_prefix(folder.path("out")).unwrap();
                    let mut parts = name.components();
                    prop_assert!(parts.all(|c| matches!(c, std::path::Component::Normal(_))), "{name:?}");
                    prop_assert!(seen.insert(taken::folded(name)), "{name:?} twice");
                }
            },
            // A folder that is needed as a file cannot be numbered away; hidden files are passed over.
            Err(PlanError::Collisions(_) | PlanError::NoInput { .. }) => {}
            Err(error) => prop_assert!(false, "{error}"),
        }
    }
}

#[test]
fn links_do_not_lead_out_of_a_fence() {
    let folder = TestFolder::new(&["a.ppm", "day/b.ppm", "day/c.ppm"]);
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.ppm"), "P6\n1 1\n255\nabc").unwrap();
    symlink(outside.path(), folder.path("in/away")).unwrap();
    symlink(outside.path().join("secret.ppm"), folder.path("in/secret.ppm")).unwrap();
    symlink("day", folder.path("in/zz-inside")).unwrap();
    let real = std::fs::canonicalize(folder.path("")).unwrap();
    let fenced = || {
        let request = TestRequest { fence: Fence::around(vec![real.clone()]), ..TestRequest::default() };
        folder.make(&[folder.path("in")], &[], request).unwrap()
    };
    let outcomes = |plan: &Plan| plan.jobs.iter().map(|job| folder.outcome(job)).collect::<Vec<_>>();
    let plan = fenced();
    assert_eq!(outcomes(&plan), ["a.png", "day/b.png", "day/c.png"]);
    assert!(
        plan.warnings.iter().any(|warning| warning.starts_with("2 links lead out")),
        "{:?}",
        plan.warnings
    );
    assert_eq!(
        folder.plan(PLAIN, OnConflict::Unique).unwrap().jobs.len(),
        4,
        "without a fence it is found, once"
    );
    std::fs::create_dir(folder.path("out")).unwrap();
    symlink(outside.path(), folder.path("out/day")).unwrap();
    assert_eq!(outcomes(&fenced()), ["a.png", "write-failed", "write-failed"]);
}
