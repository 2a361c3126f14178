//! Manifests: what a run delivered, so that it can be checked wherever it is copied to. `sha256sum -c` reads
//! them; before each result's line a comment says what that format has no place for.
//!
//! ```text
//! # supervisor manifest 1: check it in the folder of the results with sha256sum -c, or supervisor verify
//! # 482133 bytes, 2048x1365, of holiday/dawn.nef
//! 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08  dawn.jpg
//! ```
//!
//! Reads and writes files; knows nothing of runs.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};

use pool::escape::{escape, escape_text};
use pool::not_there::{self, Sought};
use pool::output_folder::STATE_FOLDER;
use rustix::fs::OFlags;
use sha2::{Digest, Sha256};

/// How each manifest begins.
const HEAD: &str = "# supervisor manifest 1";
/// What follows that in the first line, for people.
const ADVICE: &str = ": check it in the folder of the results with sha256sum -c, or supervisor verify";
/// Bytes read at a time.
const CHUNK: usize = 256 << 10;

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Content {
    /// How long it is.
    pub bytes: u64,
    /// Its SHA-256 in hexadecimal digits.
    pub sha256: String,
}

impl Content {
    /// Reads a file to its end. A link is none.
    pub(crate) fn of(path: &Path) -> io::Result<Content> {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let mut file = File::options().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("it is not a file"));
        }
        let mut digest = Sha256::new();
        let mut buffer = vec![0; CHUNK];
        let mut bytes = 0;
        loop {
            match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => {
                    digest.update(buffer.get(..length).unwrap_or_default());
                    bytes += length as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let sha256 = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Content { bytes, sha256 })
    }
}

/// One result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ManifestEntry {
    /// Its name below the output folder.
    pub name: PathBuf,
    /// What it holds.
    pub content: Content,
    /// Pixels across and down, where that is known.
    pub size: Option<(u32, u32)>,
    /// The photo that it was made of, as the user knows it.
    pub source: PathBuf,
}

/// Writes a manifest.
pub(crate) fn write(out: &mut dyn Write, entries: &[ManifestEntry]) -> io::Result<()> {
    writeln!(out, "{HEAD}{ADVICE}")?;
    for ManifestEntry { name, content: Content { bytes, sha256 }, size, source } in entries {
        let size = size.map(|(width, height)| format!(", {width}x{height}")).unwrap_or_default();
        writeln!(out, "# {bytes} bytes{size}, of {}", escape(source))?;
        let (mark, name) = escaped(name.as_os_str().as_bytes());
        write!(out, "{mark}{sha256}  ")?;
        out.write_all(&name)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Characters that would end a line, with what stands for them.
const ESCAPES: [(u8, u8); 3] = [(b'\\', b'\\'), (b'\n', b'n'), (b'\r', b'r')];

/// A name as sha256sum writes it: where characters of it are escaped, a backslash stands before the line.
fn escaped(name: &[u8]) -> (&'static str, Vec<u8>) {
    let mut written = Vec::with_capacity(name.len());
    for byte in name {
        match ESCAPES.iter().find(|(meant, _)| meant == byte) {
            Some((_, letter)) => written.extend([b'\\', *letter]),
            None => written.push(*byte),
        }
    }
    let mark = if written.len() > name.len() { "\\" } else { "" };
    (mark, written)
}

/// The opposite of [`escaped`]; `None` if an escape has no meaning.
fn unescaped(written: &[u8]) -> Option<Vec<u8>> {
    let mut name = Vec::with_capacity(written.len());
    let mut bytes = written.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                let letter = bytes.next()?;
                name.push(ESCAPES.iter().find(|(_, escape)| escape == letter)?.0);
            }
            other => name.push(*other),
        }
    }
    Some(name)
}

/// Why a file is of no use as a manifest.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ManifestError {
    /// It cannot be read.
    #[error("{}: {}", escape(.path), not_there::why(.path, Sought::File, .error))]
    Unreadable { path: PathBuf, error: io::Error },
    /// A line of it means nothing.
    #[error("{}:{line}: expected a SHA-256, two spaces and the name of a file, got {}", escape(.path),
        escape_text(.text))]
    BadLine {
        path: PathBuf,
        /// From 1.
        line: usize,
        text: String,
    },
    /// A name leads out of the folder.
    #[error("{}:{line}: {} does not lie below the folder of the results", escape(.path), escape(.name))]
    Outside {
        path: PathBuf,
        /// From 1.
        line: usize,
        name: PathBuf,
    },
    /// Two lines say different things of a file.
    #[error("{}:{line}: {} was listed before, with another SHA-256", escape(.path), escape(.name))]
    Twice {
        path: PathBuf,
        /// The later line, from 1.
        line: usize,
        name: PathBuf,
    },
    /// There is nothing in it.
    #[error("{}: no result is listed there", escape(.0))]
    Empty(PathBuf),
}

/// A file that should be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Its name below the output folder.
    pub name: PathBuf,
    /// The SHA-256 of its content.
    pub sha256: String,
}

/// Reads a manifest, or whatever sha256sum wrote.
pub(crate) fn read(path: &Path) -> Result<Vec<Listed>, ManifestError> {
    let bytes =
        std::fs::read(path).map_err(|error| ManifestError::Unreadable { path: path.to_owned(), error })?;
    let mut listed: Vec<Listed> = Vec::new();
    let mut seen: HashMap<PathBuf, String> = HashMap::new();
    for (line, text) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        if text.is_empty() || text.starts_with(b"#") {
            continue;
        }
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let Some((name, sha256)) = parsed(text) else {
            let text = String::from_utf8_lossy(text).into_owned();
            return Err(ManifestError::BadLine { path: path.to_owned(), line, text });
        };
        let name: PathBuf = name.components().filter(|part| *part != Component::CurDir).collect();
        if name.components().any(|part| !matches!(part, Component::Normal(_))) {
            return Err(ManifestError::Outside { path: path.to_owned(), line, name });
        }
        match seen.insert(name.clone(), sha256.clone()) {
            None => listed.push(Listed { name, sha256 }),
            Some(earlier) if earlier == sha256 => {}
            Some(_) => return Err(ManifestError::Twice { path: path.to_owned(), line, name }),
        }
    }
    if listed.is_empty() { Err(ManifestError::Empty(path.to_owned())) } else { Ok(listed) }
}

/// The name and the digits of a line.
fn parsed(line: &[u8]) -> Option<(PathBuf, String)> {
    let (is_escaped, line) = match line.strip_prefix(b"\\") {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    let (digits, rest) = line.split_at_checked(64)?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    // A star says that the file was read as it is, which is all there is here.
    let name = rest.strip_prefix(b"  ").or_else(|| rest.strip_prefix(b" *"))?;
    let name = if is_escaped { unescaped(name)? } else { name.to_vec() };
    let name = PathBuf::from(std::ffi::OsString::from_vec(name));
    let sha256 = String::from_utf8_lossy(digits).to_ascii_lowercase();
    (!name.as_os_str().is_empty()).then_some((name, sha256))
}

/// Whether a file is a manifest that this program wrote.
pub(crate) fn is_manifest(path: &Path) -> bool {
    let mut head = Vec::new();
    let file = path.is_file().then(|| File::open(path).ok()).flatten();
    let read = file.and_then(|file| file.take(HEAD.len() as u64).read_to_end(&mut head).ok());
    read.is_some() && head == HEAD.as_bytes()
}

/// Where a manifest must not be written: over anything but an older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoPlace {
    /// Runs keep their state there.
    #[error("this is where runs keep their own files; choose another name")]
    State,
    /// Something else is in the file.
    #[error("this file holds something else; a manifest replaces nothing but an older manifest")]
    Other,
}

/// Looks whether a manifest may be written there.
pub(crate) fn check_place(path: &Path) -> Result<(), NoPlace> {
    let is_state = path.components().any(|part| part.as_os_str() == STATE_FOLDER);
    match path.symlink_metadata() {
        _ if is_state => Err(NoPlace::State),
        Ok(there) if there.len() > 0 && !is_manifest(path) => Err(NoPlace::Other),
        Ok(_) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str) -> ManifestEntry {
        let content = Content { bytes: 3, sha256: "ab".repeat(32) };
        ManifestEntry { name: name.into(), content, size: Some((2, 1)), source: "in/a\nb.jpg".into() }
    }

    #[test]
    fn what_is_written_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("SHA256SUMS");
        let names = ["a.jpg", "d/ä b.jpg", "new\nline\r", "back\\slash", " space", "#hash"];
        let entries: Vec<ManifestEntry> = names.into_iter().map(entry).collect();
        let mut text = Vec::new();
        write(&mut text, &entries).unwrap();
        std::fs::write(&path, &text).unwrap();
        let expected = names.map(|name| Listed { name: name.into(), sha256: "ab".repeat(32) });
        assert_eq!(read(&path).unwrap(), expected);
        let text = String::from_utf8(text).unwrap();
        assert!(text.starts_with(HEAD) && text.contains("\n# 3 bytes, 2x1, of in/a\\u{a}b.jpg\n"), "{text}");
        assert!(is_manifest(&path) && check_place(&path).is_ok());
    }

    #[test]
    fn what_means_nothing_is_said_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sums");
        let sum = "0".repeat(64);
        let error = |text: &str| {
            std::fs::write(&path, text).unwrap();
            read(&path).unwrap_err().to_string().replace(&*path.to_string_lossy(), "sums")
        };
        assert!(error(&format!("# a\n{sum}  a\nwords\n")).starts_with("sums:3: expected a SHA-256"));
        assert!(error(&format!("{sum} a\n")).starts_with("sums:1: "));
        assert!(error(&format!("\\{sum}  a\\x\n")).starts_with("sums:1: "));
        assert!(error(&format!("{sum}  ../a\n")).contains("sums:1: ../a does not lie below"));
        assert!(error(&format!("{sum}  /etc/passwd\n")).contains("does not lie below"));
        let twice = error(&format!("{sum}  a\n{sum}  ./a\n{}  a\n", "1".repeat(64)));
        assert_eq!(twice, "sums:3: a was listed before, with another SHA-256");
        assert!(error("# nothing\n").contains("no result is listed"));
        std::fs::write(&path, format!("{} *./a/b.jpg\r\n", sum.to_uppercase())).unwrap();
        assert_eq!(read(&path).unwrap(), [Listed { name: "a/b.jpg".into(), sha256: sum }]);
        assert_eq!(check_place(&path), Err(NoPlace::Other));
        assert_eq!(check_place(Path::new("out/.supervisor/sums")), Err(NoPlace::State));
    }

    #[test]
    fn a_content_is_what_sha256sum_says() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::write(&path, "abc").unwrap();
        // By `printf abc | sha256sum`.
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".to_owned();
        assert_eq!(Content::of(&path).unwrap(), Content { bytes: 3, sha256 });
        assert!(Content::of(dir.path()).is_err());
        std::os::unix::fs::symlink("a", dir.path().join("link")).unwrap();
        assert!(Content::of(&dir.path().join("link")).is_err());
    }
}
