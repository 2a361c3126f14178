//! What recipes say, and where their mistakes are.

use super::*;
use crate::filter::Color;
use crate::format::{Effort, Format, RawPolicy};
use proptest::prelude::*;

#[test]
fn a_recipe_reads_back_as_it_was_written() {
    let recipe = Recipe::new(
        ["resize:width=1200,kernel=mitchell", "sepia=0.5", "watermark=A \"b\"\\\tc\u{7f}é"]
            .map(|spec| spec.parse().unwrap())
            .to_vec(),
        Output {
            format: Some(Format::Webp),
            quality: 3,
            max_bytes: Some(500_000),
            raw: RawPolicy::Embedded,
            raw_exposure: -0.7,
            background: Color([1, 2, 3]),
            dpi: Some(300),
            progressive: true,
            effort: Effort::Small,
            lossless: true,
            keep_smaller: true,
            target_quality: Some(80),
            ..Output::default()
        },
    );
    assert_eq!(Recipe::parse(&recipe.to_toml()), Ok(recipe));
}

#[test]
fn a_recipe_with_several_outputs_reads_back_as_it_was_written() {
    let output = |name: &str, filters: &[&str]| RecipeOutput {
        name: Some(name.to_owned()),
        filters: filters.iter().map(|spec| spec.parse().unwrap()).collect(),
        ..RecipeOutput::default()
    };
    let print = RecipeOutput { path: Some("p/{stem}".to_owned()), ..output("print", &["blur=3", "sepia"]) };
    let recipe = Recipe {
        name: Some("delivery".to_owned()),
        description: Some("a \"wedding\"".to_owned()),
        filters: vec!["exposure=0.3".parse().unwrap()],
        outputs: Outputs { first: output("web", &["resize=100"]), others: vec![print, output("x", &[])] },
    };
    assert_eq!(Recipe::parse(&recipe.to_toml()), Ok(recipe));
}

/// As it was written for an earlier release (commit 115e345).
#[test]
fn a_recipe_for_an_earlier_release_means_the_same() {
    let recipe = Recipe::parse(include_str!("recorded.toml")).unwrap();
    let filters = [
        "resize:long_edge=2048,kernel=mitchell",
        "levels:black=0.05,gamma=1.1",
        "watermark:text=\"© Ana, \\\"Luis\\\"\",opacity=0.5,anchor=top-left,color=#102030",
        "crop=16:9",
    ];
    assert_eq!(recipe.filters, filters.map(|spec| spec.parse().unwrap()));
    let values =
        recipe.outputs.first.settings.values().into_iter().map(|(name, value)| format!("{name}={value}"));
    let written: Vec<String> = values.collect();
    let expected = "format=jpeg quality=82 max_bytes=500000 subsampling=444 color=srgb \
                    metadata=copyright raw=embedded";
    let missing = expected.split(' ').find(|value| !written.iter().any(|written| written == value));
    assert_eq!(missing, None, "{written:?}");
}

#[test]
fn mistakes_say_where_they_are() {
    let error = |text: &str| Recipe::parse(text).unwrap_err().to_string();
    assert_eq!(
        error("[[filter]]\nname = \"blur\"\nradius = 900\n"),
        "3:10: blur: radius must be 0–250, got 900"
    );
    assert!(
        error("[[filter]]\nname = \"blurr\"\n")
            .starts_with("2:8: there is no filter \"blurr\" (did you mean \"blur\"?)")
    );
    assert!(
        error("[output]\nqualty = 9\n")
            .starts_with("2:1: output: there is no setting \"qualty\" (did you mean \"quality\"?)")
    );
    for (text, expected) in [
        ("[outputt]\nquality = 9\n", "got outputt (did you mean [output]?)"),
        ("[[outputs]]\nname = \"a\"\n", "got outputs (did you mean [output]?)"),
        ("[[filtr]]\nname = \"blur\"\n", "got filtr (did you mean [[filter]]?)"),
        ("descripton = \"x\"\n", "got descripton (did you mean description?)"),
        ("quality = 9\n", "got quality (did you mean quality in [output]?)"),
        ("xyz = 9\n", "[output] or [[output]], got xyz"),
    ] {
        assert!(error(text).ends_with(expected), "{}", error(text));
    }
    for (key, meant) in [("pth", "path"), ("nane", "name"), ("filters", "filter"), ("efort", "effort")] {
        let said = error(&format!("[output]\n{key} = \"x\"\n"));
        let expected = format!("\"{key}\" (did you mean \"{meant}\"?); it has name, path, filter, format");
        assert!(said.contains(&expected), "{said}");
    }
    assert!(error("[output]\nquality = 0\n").starts_with("2:11: output: quality must be"));
    assert!(
        error("[output]\nmax_bytes = 9\n").starts_with("2:13: output: max_bytes must be a whole number from")
    );
    assert!(error("[output\n").starts_with("1:"));
    let nameless = "[[output]]\nname = \"web\"\n[[output]]\nquality = 3\n";
    assert_eq!(
        error(nameless),
        "3:1: output: with several outputs each needs a name, such as name = \"web\""
    );
    let twins = "[[output]]\nname = \"web\"\n[[output]]\nname = \"Web\"\n";
    assert_eq!(error(twins), "3:1: output: there are two outputs with the name \"Web\"");
    assert!(error("[[output]]\nname = \"a/b\"\n").contains("without slashes"));
    let raw = "[[output]]\nname = \"a\"\nraw = \"embedded\"\n[[output]]\nname = \"b\"\n";
    assert!(error(raw).ends_with("raw must be the same in all outputs, since a photo is decoded once"));
    let raw = "[[output]]\nname = \"a\"\nraw_exposure = 0.5\n[[output]]\nname = \"b\"\n";
    assert!(
        error(raw).ends_with("raw_exposure must be the same in all outputs, since a photo is decoded once")
    );
    assert!(error("output = []\n").contains("makes nothing of a photo"));
    assert!(error("[[filter]]\nradius = 3\n").contains("has no name"));
}

#[test]
fn numbers_may_be_written_in_any_toml_way() {
    let recipe = Recipe::parse("[[filter]]\nname = \"posterize\"\nbits = 0x4\n").unwrap();
    assert_eq!(recipe.to_string(), "posterize:bits=4");
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "([\\[\\]a-z=\"\n .0-9é]|filter|name|output)*") {
        let _ = Recipe::parse(&text);
    }
}
