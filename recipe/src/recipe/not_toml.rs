//! What is said of a text that is not TOML. The parser speaks of its grammar; these sentences say how a
//! recipe is written.

use std::ops::Range;

/// How the parser's messages begin, and what is said instead.
const SENTENCES: &[(&[&str], &str)] = &[
    (
        &[
            "string values must be quoted",
            "invalid boolean",
            "invalid float",
            "invalid integer number",
            "invalid hexadecimal number",
            "invalid octal number",
            "invalid binary number",
            "invalid date-time",
            "unexpected leading zero",
            "unexpected sign",
            "redundant",
            "radix must be lowercase",
            "integers with a radix",
            "`_` may only",
            "missing value,",
            "extra `=`",
        ],
        "expected a number such as 2.5, true, false, or a text in quotes, as in name = \"blur\"",
    ),
    (
        &["invalid basic string", "invalid literal string", "invalid multi-line", "missing opening quote"],
        "a text begins and ends with the same quotes, as in name = \"blur\"",
    ),
    (
        &["missing escaped value", "too few unicode value digits", "invalid value"],
        "a backslash is written \\\\ in double quotes; in single quotes it stands for itself",
    ),
    (
        &["unclosed array table", "unclosed table", "missing table open", "invalid table"],
        "a heading has a line of its own, as in [output] or [[filter]]",
    ),
    (
        &[
            "key with no value",
            "missing value for key",
            "missing assignment",
            "invalid key-value pair",
            "invalid unquoted key",
            "unquoted keys cannot be empty",
        ],
        "expected a line such as radius = 5, or a heading such as [[filter]]",
    ),
    (
        &["unexpected key or value", "unexpected content"],
        "expected the end of the line: each setting has a line of its own, and a number is 2.5, not 2,5",
    ),
];

/// What is wrong at this place, in our words.
pub(super) fn what_is_wrong(text: &str, at: &Range<usize>, message: &str) -> String {
    if message.starts_with("duplicate key") {
        let name = text.get(at.clone()).unwrap_or("this name");
        return format!(
            "{name} is given twice; filters and several outputs have double brackets, as in [[filter]]"
        );
    }
    let sentence = SENTENCES.iter().find(|(begins, _)| begins.iter().any(|begin| message.starts_with(begin)));
    let sentence = sentence.map_or(
        "this is not TOML; a recipe has lines such as radius = 5, under headings such as [[filter]]",
        |(_, sentence)| sentence,
    );
    sentence.to_owned()
}

#[cfg(test)]
mod tests {
    use crate::Recipe;

    #[test]
    fn text_that_is_no_toml_is_told_as_what_a_recipe_wants() {
        for (text, expected) in [
            ("[output]\nformat = jpeg\n", "2:10: expected a number such as 2.5, true, false, or a text in"),
            ("[output]\nformat = tiff\n", "2:10: expected a number such as 2.5, true, false, or a text in"),
            ("[output]\nquality = 85%\n", "2:11: expected a number"),
            ("[output]\nquality =\n", "2:10: expected a number"),
            ("[[filter]]\nname = \"tint\n", "2:13: a text begins and ends with the same quotes"),
            ("[[filter]]\nname = blur\"\n", "2:8: a text begins and ends with the same quotes"),
            (
                "[[filter]]\nname = \"lut\"\nfile = \"a\\c\"\n",
                "3:11: a backslash is written \\\\ in double quotes",
            ),
            ("[[filter]\nname = \"blur\"\n", "1:10: a heading has a line of its own"),
            ("[output\n", "1:8: a heading has a line of its own"),
            ("[[filter]]\nname \"blur\"\n", "2:6: expected a line such as radius = 5"),
            ("[[filter]]\nname = \"watermark\"\nopacity = 0,5\n", "3:12: expected the end of the line"),
            ("[[filter]]\nname = \"blur\" radius = 5\n", "2:15: expected the end of the line"),
            ("[filter]\nname = \"blur\"\n[filter]\n", "3:2: filter is given twice"),
            ("[output]\ndpi = 3\ndpi = 4\n", "3:1: dpi is given twice"),
            ("[output]\ndpi = [3\n", "this is not TOML; a recipe has lines"),
        ] {
            let said = Recipe::parse(text).unwrap_err().to_string();
            assert!(said.contains(expected), "{text:?}: {said}");
        }
    }
}
