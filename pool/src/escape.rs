//! Names and texts of strangers, made harmless before they reach a terminal, a report or a page.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A path in printable characters: control characters and invisible ones as `\u{…}`, bytes that are no UTF-8
/// as `\xNN`.
pub fn escape(path: &Path) -> String {
    let mut escaped = String::new();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        escaped += &escape_text(chunk.valid());
        for byte in chunk.invalid() {
            escaped += &format!("\\x{byte:02X}");
        }
    }
    escaped
}

/// A text in printable characters, on one line.
pub fn escape_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_invisible(c) {
            escaped.extend(c.escape_unicode());
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// Characters that change how others are shown, or show nothing: direction marks, zero-width ones, line
/// separators, tags.
fn is_invisible(c: char) -> bool {
    matches!(
        u32::from(c),
        0xAD | 0x61C
            | 0x180E
            | 0x200B..=0x200F
            | 0x2028..=0x202E
            | 0x2060..=0x206F
            | 0xFEFF
            | 0xFFF9..=0xFFFB
            | 0xE0000..=0xE007F
    )
}

/// A path as text: bytes that are not UTF-8 stand as `\xNN`, everything else as it is.
pub fn path_text(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02X}")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    #[test]
    fn nothing_reaches_the_terminal_that_commands_it() {
        assert_eq!(escape_text("a\x1b[2Jb\u{202E}c\n"), "a\\u{1b}[2Jb\\u{202e}c\\u{a}");
        assert_eq!(escape(Path::new(OsStr::from_bytes(b"caf\xE9.jpg"))), "caf\\xE9.jpg");
        assert_eq!(escape(Path::new("über © 写真.jpg")), "über © 写真.jpg");
    }
}
