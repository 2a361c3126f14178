//! What report files and the summary say of them.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use serde_json::Value;

use super::*;
use crate::report::write::{ReportFormat, write_file};
use crate::report::{Timeline, summary};

#[test]
fn the_json_report_has_the_promised_fields_and_reads_back() {
    let report = eventful_report();
    let mut text = Vec::new();
    ReportFormat::Json.write(&mut text, &report, &Timeline::default()).unwrap();
    assert_eq!(serde_json::from_slice::<Report>(&text).unwrap(), report);

    let json: Value = serde_json::from_slice(&text).unwrap();
    let fields = |value: &Value| {
        let mut names: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names.join(" ")
    };
    assert_eq!(json["version"], 1);
    assert_eq!(fields(&json), "images not_read passed_over run speed totals version workers");
    assert_eq!(
        fields(&json["run"]),
        "command cores filters finished format id isolation lanes outputs quality recipe sandbox started \
         workers"
    );
    assert_eq!(fields(&json["run"]["outputs"][0]), "filters format name path quality settings");
    assert_eq!((&json["run"]["format"], &json["run"]["quality"]), (&"jpeg".into(), &85.into()));
    assert_eq!(json["totals"]["older_engine"], 1);
    assert_eq!(fields(&json["run"]["sandbox"]), "landlock missing rlimits seccomp");
    assert_eq!(json["run"]["started"], "2026-03-01T10:00:00Z");
    assert_eq!(json["run"]["finished"], "2026-03-01T10:00:00.2Z");
    assert_eq!(
        fields(&json["totals"]),
        "bytes_in bytes_out cancelled failed images not_run ok older_engine pixels quarantined recovered \
         restarts skipped"
    );
    assert_eq!(fields(&json["speed"]), "busy_fraction images_per_s megapixels_per_s stage_s wall_s");
    assert_eq!(fields(&json["speed"]["stage_s"]), "decode encode filter read write");
    assert_eq!(fields(&json["workers"][0]), "busy_s end generation jobs pid slot");
    let image =
        "attempts bytes_in bytes_out detail height input kind ms output outputs stage verdict width worker";
    assert!(json["images"].as_array().unwrap().iter().all(|each| fields(each) == image));

    let words: Vec<&str> =
        json["images"].as_array().unwrap().iter().map(|image| image["verdict"].as_str().unwrap()).collect();
    assert_eq!(words, ["ok", "failed", "ok", "quarantined", "skipped", "cancelled", "not-run"]);
    let [first, failed, warned, quarantined, skipped] = [0, 1, 2, 3, 4].map(|index| &json["images"][index]);
    assert_eq!((&first["worker"], &first["attempts"]), (&"0.1".into(), &2.into()));
    let recovered = "recovered after a lost attempt: signal 9";
    assert_eq!((&first["output"], &first["detail"]), (&"/out/a.jpg".into(), &recovered.into()));
    assert_eq!(first["ms"]["encode"], 10.5);
    assert_eq!(fields(&first["outputs"][0]), "bytes format height name output width");
    assert_eq!((&failed["stage"], &failed["kind"]), (&"decode".into(), &"truncated".into()));
    assert_eq!((&failed["output"], &failed["ms"]), (&Value::Null, &Value::Null));
    assert_eq!(warned["detail"], "3 frames left out; no profile");
    assert_eq!((&quarantined["stage"], &quarantined["kind"]), (&Value::Null, &"timed-out".into()));
    assert_eq!((&skipped["detail"], &skipped["output"]), (&"up-to-date".into(), &"/out/e.jpg".into()));
}

#[test]
fn the_csv_report_reads_back_and_holds_no_formula() {
    let mut report = eventful_report();
    report.images[0].input = "=cmd|' /C calc'!A0".to_owned();
    report.images[1].detail = Some("two\nlines, \"quoted\"".to_owned());
    let mut text = Vec::new();
    ReportFormat::Csv.write(&mut text, &report, &Timeline::default()).unwrap();
    let mut table = csv::Reader::from_reader(text.as_slice());
    let header: Vec<String> = table.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(header.len(), 17);
    let column = |name: &str| header.iter().position(|each| each == name).unwrap();
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 7);
    assert_eq!(&rows[0][column("input")], "'=cmd|' /C calc'!A0");
    assert_eq!((&rows[0][column("verdict")], &rows[0][column("encode_ms")]), ("ok", "10.5"));
    assert_eq!((&rows[0][column("bytes_out")], &rows[0][column("width")]), ("500", "40"));
    assert_eq!(&rows[1][column("detail")], "two\\u{a}lines, \"quoted\"");
    assert_eq!((&rows[1][column("bytes_out")], &rows[1][column("kind")]), ("", "truncated"));
    assert_eq!(&rows[6][column("verdict")], "not-run");
}

#[test]
fn the_summary_tells_the_run_and_ends_with_the_failures() {
    let mut text = Vec::new();
    summary::write(&mut text, &eventful_report(), &["out/report.json".into()]).unwrap();
    let expected = "\
7 images: 2 ok, 1 skipped, 1 failed, 1 quarantined, 1 cancelled, 1 not-run
1 worker restart, 1 image recovered after a lost attempt
1 result made by an older version and kept: --refresh makes such results anew
stopped before the end: the same command goes on where this one stopped
0.2 s · 10.0 images/s · 40.0 MP/s · 0.0 MB in · 0.0 MB out
lanes busy 38 % of the time: read 0.0 s, decode 0.0 s, filter 0.1 s, encode 0.0 s, write 0.0 s
sandbox: system-call filter, resource limits; missing: landlock
report: out/report.json

2 warnings:
  in/a.jpg: recovered after a lost attempt: signal 9
  in/c.gif: 3 frames left out; no profile

2 failures:
  in/b.jpg: ends before the picture does (no end marker)
    Copy it again from the camera, card or backup: a part is missing.
  in/d.jpg: takes longer than the timeout (signal 9)
    Raise --timeout if it is worth the wait, or leave it out.
";
    assert_eq!(String::from_utf8(text).unwrap(), expected);
}

#[test]
fn a_summary_lists_twenty_failures_and_no_hostile_byte() {
    let mut jobs: Vec<PlannedJob> = (0..23).map(|index| planned(&format!("{index}.jpg"), 1)).collect();
    jobs[0].shown = PathBuf::from(OsStr::from_bytes(b"in/\x1b[2J\xff\n0 failures.jpg"));
    let plan = plan(jobs);
    let mut statistics = Statistics::new(&plan);
    for job in 0..23 {
        let error = JobError::new(Stage::Read, ErrorKind::Corrupt, "\u{1b}]0;title\u{7}");
        apply(&mut statistics, &plan, MS, &settled(job, Verdict::Failed(error), 1, None));
    }
    let report = Report::build(&info(), &plan, &statistics, MS);
    let mut text = Vec::new();
    summary::write_failures(&mut text, &report).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    assert!(text.contains("\\xFF"), "{text}");
    assert_eq!(text.matches("is damaged").count(), 20);
    assert!(text.ends_with("  and 3 more: see the report\n"), "{text}");
}

#[test]
fn without_failures_the_quiet_summary_is_empty() {
    let plan = plan(vec![planned("a.jpg", 1)]);
    let mut statistics = Statistics::new(&plan);
    apply(&mut statistics, &plan, MS, &settled(0, ok(1), 1, None));
    let mut text = Vec::new();
    summary::write_failures(&mut text, &Report::build(&info(), &plan, &statistics, MS)).unwrap();
    assert_eq!(text, b"");
}

#[test]
fn report_files_replace_and_leave_nothing_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.JSON");
    std::fs::write(&path, "old").unwrap();
    let format = ReportFormat::of(&path).unwrap();
    assert_eq!(format, ReportFormat::Json);
    let report = eventful_report();
    write_file(&path, format, &report, &Timeline::default()).unwrap();
    assert_eq!(serde_json::from_slice::<Report>(&std::fs::read(&path).unwrap()).unwrap(), report);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

    let missing = folder.path().join("no/r.csv");
    let error = write_file(&missing, ReportFormat::Csv, &report, &Timeline::default()).unwrap_err();
    assert!(error.to_string().contains("no/r.csv"), "{error}");
    assert_eq!(ReportFormat::of("report".as_ref()), None);
    assert_eq!(ReportFormat::of("report.txt".as_ref()), None);
}

#[test]
fn one_worker_has_no_each() {
    let words = [(1, 1), (1, 4), (4, 1)].map(|(workers, lanes)| summary::workers_with_lanes(workers, lanes));
    assert_eq!(words, ["1 worker with 1 lane", "1 worker with 4 lanes", "4 workers with 1 lane each"]);
}

#[test]
fn the_page_tells_the_run_and_no_name_becomes_markup() {
    let (plan, statistics) = eventful();
    let mut report = eventful_report();
    report.images[0].input = "in/<script>alert(1)</script>.jpg".to_owned();
    report.images[1].detail = Some("<b>\u{202E}".to_owned());
    let timeline = statistics.timeline(200 * MS);
    let mut text = Vec::new();
    ReportFormat::Html.write(&mut text, &report, &timeline).unwrap();
    let page = String::from_utf8(text).unwrap();
    assert!(page.contains("2 of 7 images ok, 1 skipped") && page.contains("2 failed"), "{page}");
    assert!(page.contains("in/&lt;script&gt;alert(1)") && !page.contains("<script"), "{page}");
    assert!(page.contains("&lt;b&gt;\\u{202e}") && !page.contains('\u{202E}'), "{page}");
    for heading in [
        "Verdicts",
        "Failures",
        "Warnings",
        "Where the time went",
        "Lanes over time",
        "Throughput",
        "Slowest photos",
    ] {
        assert!(page.contains(&format!("<h2>{heading}</h2>")), "{heading}");
    }
    assert!(page.contains("class=\"lost\"") && page.contains("class=\"restart\""), "the crash is seen");
    assert!(!page.contains("src=") && !page.contains("href="), "nothing is fetched");
    assert_eq!(plan.jobs.len(), 7);

    let without = Timeline::default();
    let mut text = Vec::new();
    ReportFormat::Html.write(&mut text, &report, &without).unwrap();
    assert!(!String::from_utf8(text).unwrap().contains("Lanes over time"));
}
