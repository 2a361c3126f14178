//! Lines that are not too wide.

/// What `scripts/check_width` lets pass.
pub(super) const WIDTH: usize = 110;

/// Breaks a text into lines; the first begins with `first`, all others with `rest`.
pub(crate) fn wrapped(first: &str, rest: &str, text: &str) -> String {
    let mut lines = vec![first.to_owned()];
    let mut is_fresh = true;
    for word in text.split_whitespace() {
        let line = lines.last_mut().unwrap();
        if !is_fresh && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(format!("{rest}{word}"));
        } else {
            *line += if is_fresh { "" } else { " " };
            *line += word;
        }
        is_fresh = false;
    }
    lines.join("\n") + "\n"
}
