//! Notes of the camera's maker in a raw photo: a result does not have them, and the report says so unless
//! nobody wants them.

use recipe::metadata::MetadataFamily;

use super::*;
use crate::codec::testing::Dng;

const LEFT_OUT: &str = "the notes of the camera's maker cannot be moved out of their file and were left out";

fn said(dng: &Dng, drop: Option<MetadataFamily>, output: Output, to: Format) -> Vec<String> {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("input.dng");
    std::fs::write(&input, dng.file(|_, _| [0.2; 3])).unwrap();
    let mut recipe = Recipe::new(Vec::new(), output);
    recipe.outputs.first.changes.drop.extend(drop);
    run_recipe(input, to, &recipe).unwrap().0.warnings
}

#[test]
fn the_report_says_that_they_are_left_out_unless_nobody_wants_them() {
    let note = (0x927C, 7, b"the maker's".to_vec());
    let dng = Dng { exif_tags: vec![note], ..Dng::default() };
    let nothing = Vec::<String>::new();
    for to in [Format::Jpeg, Format::Png, Format::Tiff, Format::Webp] {
        assert_eq!(said(&dng, None, Output::default(), to), [LEFT_OUT], "{to}");
        assert_eq!(said(&dng, Some(MetadataFamily::MakerNotes), Output::default(), to), nothing);
        assert_eq!(said(&dng, Some(MetadataFamily::Serial), Output::default(), to), [LEFT_OUT]);
    }
    for metadata in [MetadataPolicy::Copyright, MetadataPolicy::Strip] {
        assert_eq!(said(&dng, None, Output { metadata, ..Output::default() }, Format::Jpeg), nothing);
    }
    assert_eq!(said(&Dng::default(), None, Output::default(), Format::Jpeg), nothing);
}
