//! Fonts of this machine, for letters that the bundled font lacks: they are found before anything runs, and
//! handed to the workers, which cannot look for them.
//!
//! Of a font, this looks up which letters it has and where its tables are, nothing else. No state.

use std::collections::BTreeSet;
use std::env;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use protocol::FontFile;
use recipe::letters::{is_drawn, letters};
use recipe::template::Template;
use recipe::{Filter, Recipe};
use ttf_parser::{Face, cmap, os2};

use crate::escape::{escape, escape_text};

/// Letters that a filter's texts need and that no font has.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{filter}: no font here has {}{}", named(.letters), advice(.in_colors.as_ref()))]
pub struct MissingLetters {
    filter: &'static str,
    letters: Vec<String>,
    in_colors: Option<ColoredLetters>,
}

/// Letters that a font has as coloured pictures only.
#[derive(Debug, PartialEq, Eq)]
struct ColoredLetters {
    font: PathBuf,
    letters: Vec<String>,
}

impl ColoredLetters {
    /// Those of them that are among others, if any are.
    fn among(mut self, letters: &[String]) -> Option<ColoredLetters> {
        self.letters.retain(|letter| letters.contains(letter));
        (!self.letters.is_empty()).then_some(self)
    }
}

fn advice(in_colors: Option<&ColoredLetters>) -> String {
    match in_colors {
        None => "; name one that has with font=FILE".to_owned(),
        Some(ColoredLetters { font, letters }) => format!(
            " as an outline; {} has {} as coloured pictures only, which cannot be drawn: install a font that \
             has outlines of them, such as Symbola (Debian's fonts-symbola) or Noto Emoji, or name one with \
             font=FILE",
            escape(font),
            named(letters)
        ),
    }
}

/// How many letters a message names.
const NAMED: usize = 12;

fn named(letters: &[String]) -> String {
    let mut words: Vec<_> =
        letters.iter().take(NAMED).map(|letter| escape_text(letter).to_string()).collect();
    if letters.len() > NAMED {
        words.push(format!("{} more", letters.len() - NAMED));
    }
    words.join(" ")
}

/// A letter of each script that is much written and that the bundled font lacks; of Chinese and Japanese
/// those that fonts for only one of them have.
const SCRIPTS: [&str; 18] =
    ["们", "們", "込", "あ", "한", "अ", "অ", "ਅ", "અ", "அ", "అ", "ಅ", "അ", "අ", "ก", "မ", "ខ", "አ"];

/// Fonts for the letters of the recipe's texts that neither the font asked for nor the bundled one has. What
/// photos say is not known yet: where that goes into a text, there are fonts for it too, as far as the
/// machine has them.
pub fn fonts_for(recipe: &Recipe) -> Result<Vec<FontFile>, MissingLetters> {
    fonts_in(&font_folders(), recipe)
}

fn fonts_in(folders: &[PathBuf], recipe: &Recipe) -> Result<Vec<FontFile>, MissingLetters> {
    let by_filter: Vec<_> =
        recipe.all_filters().map(|filter| (filter.info().name, missing(filter))).collect();
    let all = by_filter.iter().flat_map(|(_, letters)| letters).cloned().collect();
    let (mut fonts, lacking) = find(all, folders);
    for (filter, letters) in by_filter {
        let letters: Vec<_> = letters.intersection(&lacking.letters).cloned().collect();
        if !letters.is_empty() {
            let in_colors = lacking.in_colors.and_then(|colored| colored.among(&letters));
            return Err(MissingLetters { filter, letters, in_colors });
        }
    }
    if recipe.all_filters().flat_map(Filter::texts).any(Template::takes_texts) {
        let (more, _) = find(SCRIPTS.map(str::to_owned).into(), folders);
        fonts.extend(more.into_iter().filter(|font| !fonts.contains(font)).collect::<Vec<_>>());
    }
    Ok(fonts)
}

/// The letters of a filter's texts that were typed and that the fonts at hand lack.
fn missing(filter: &Filter) -> BTreeSet<String> {
    // With its tokens: the format of a time has letters, too.
    let text: String = filter.texts().map(Template::to_string).collect();
    if text.is_empty() {
        return BTreeSet::new();
    }
    let own = filter.font().and_then(|font| fs::read(font.as_path()).ok());
    let at_hand: Vec<Face<'_>> = [own.as_deref(), Some(dejavu::sans::regular())]
        .into_iter()
        .flatten()
        .filter_map(|font| Face::parse(font, 0).ok())
        .collect();
    let has = |face: &Face<'_>, letter: &str| drawn(letter).all(|c| face.glyph_index(c).is_some());
    let lacking = letters(&text).filter(|(_, letter)| !at_hand.iter().any(|face| has(face, letter)));
    lacking.map(|(_, letter)| letter.to_owned()).collect()
}

fn drawn(letter: &str) -> impl Iterator<Item = char> {
    letter.chars().filter(|c| is_drawn(*c))
}

/// Letters that no font has as outlines.
struct Lacking {
    letters: BTreeSet<String>,
    in_colors: Option<ColoredLetters>,
}

/// As few fonts as will do: of all that are there, the one with the most of these letters, and so on. With
/// them, the letters that none has.
fn find(mut missing: BTreeSet<String>, folders: &[PathBuf]) -> (Vec<FontFile>, Lacking) {
    let mut found = Vec::new();
    let mut faces = if missing.is_empty() { Vec::new() } else { all_faces(folders, &missing) };
    loop {
        faces
            .sort_by_key(|face| std::cmp::Reverse((face.letters.intersection(&missing).count(), face.merit)));
        let Some(face) = faces.iter().find(|face| !face.letters.is_disjoint(&missing)) else { break };
        missing.retain(|letter| !face.letters.contains(letter));
        found.push(face.file.clone());
    }
    let colored = faces.into_iter().find(|face| !face.in_colors.is_disjoint(&missing));
    let in_colors = colored.map(|face| ColoredLetters {
        letters: face.in_colors.intersection(&missing).cloned().collect(),
        font: face.file.path.0,
    });
    (found, Lacking { letters: missing, in_colors })
}

/// Where fonts are installed, as freedesktop.org's base directories have it.
fn font_folders() -> Vec<PathBuf> {
    let of = |name| env::var_os(name).filter(|value| !value.is_empty());
    let home = env::home_dir();
    let own = of("XDG_DATA_HOME").map(PathBuf::from).or(home.as_ref().map(|home| home.join(".local/share")));
    let shared = of("XDG_DATA_DIRS").unwrap_or_else(|| "/usr/local/share:/usr/share".into());
    let shared: Vec<_> = env::split_paths(&shared).collect();
    let fonts = own.into_iter().chain(shared).map(|data| data.join("fonts"));
    fonts.chain(home.map(|home| home.join(".fonts"))).collect()
}

/// A face that has some of the letters looked for.
#[derive(Debug)]
struct Candidate {
    file: FontFile,
    letters: BTreeSet<String>,
    /// Letters that it has as coloured pictures only.
    in_colors: BTreeSet<String>,
    /// Between faces with as many letters: one with forms for complex scripts, then an upright one of usual
    /// weight.
    merit: (bool, bool),
}

/// The faces in these folders that have any of the letters, by path.
fn all_faces(folders: &[PathBuf], letters: &BTreeSet<String>) -> Vec<Candidate> {
    let mut files = BTreeSet::new();
    folders.iter().for_each(|folder| collect(folder, 0, &mut files));
    files.iter().flat_map(|file| candidates(file, letters)).collect()
}

/// Folders of fonts are not nested deeper than this; links may lead in circles.
const MAX_DEPTH: u32 = 8;

fn collect(folder: &Path, depth: u32, files: &mut BTreeSet<PathBuf>) {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    for path in entries.map(|entry| entry.path()) {
        let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
        if ending.is_some_and(|ending| ["ttf", "otf", "ttc", "otc"].iter().any(|font| ending == *font)) {
            // The sandbox goes by what files really are.
            files.extend(fs::canonicalize(path));
        } else if depth < MAX_DEPTH && path.is_dir() {
            collect(&path, depth + 1, files);
        }
    }
}

fn candidates(path: &Path, looked_for: &BTreeSet<String>) -> Vec<Candidate> {
    let Ok(file) = File::open(path) else { return Vec::new() };
    let mut candidates = Vec::new();
    for (index, at) in (0..).zip(face_offsets(&file)) {
        let Some(tables) = Tables::read(&file, at) else { continue };
        let letters = tables.having(looked_for);
        if letters.is_empty() {
            continue;
        }
        let bytes = fs::read(path).unwrap_or_default();
        let Ok(face) = Face::parse(&bytes, index) else { continue };
        let has_outline =
            |c| face.glyph_index(c).is_some_and(|glyph| face.glyph_bounding_box(glyph).is_some());
        let (letters, others): (BTreeSet<_>, BTreeSet<_>) =
            letters.into_iter().partition(|letter| drawn(letter).all(has_outline));
        let in_colors = if tables.has_colors() { others } else { BTreeSet::new() };
        if !letters.is_empty() || !in_colors.is_empty() {
            let merit = (tables.find(b"GSUB").is_some(), tables.is_plain());
            let file = FontFile { path: path.into(), face: index };
            candidates.push(Candidate { file, letters, in_colors, merit });
        }
    }
    candidates
}

/// Where the faces of a file begin (OpenType, "Organization of an OpenType Font").
fn face_offsets(file: &File) -> Vec<u64> {
    let Some(head) = bytes_at::<12>(file, 0) else { return Vec::new() };
    if !head.starts_with(b"ttcf") {
        return vec![0];
    }
    let offset = |face| bytes_at(file, 12 + 4 * face).map(|at| u64::from(u32::from_be_bytes(at)));
    let count = u32_at(&head, 8).min(MAX_FACES);
    (0..u64::from(count)).map_while(offset).collect()
}

/// The largest collections have some dozens.
const MAX_FACES: u32 = 256;
/// A table of letters is far smaller.
const MAX_TABLE: usize = 16 << 20;

fn bytes_at<const N: usize>(file: &File, at: u64) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact_at(&mut bytes, at).ok().map(|()| bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

/// The tables of a face: each 16 bytes of its directory are tag, checksum, offset and length.
struct Tables<'a> {
    file: &'a File,
    directory: Vec<[u8; 16]>,
}

impl Tables<'_> {
    fn read(file: &File, at: u64) -> Option<Tables<'_>> {
        let [.., high, low] = bytes_at::<6>(file, at)?;
        let entry = |index| bytes_at(file, at + 12 + 16 * index);
        let count = u16::from_be_bytes([high, low]);
        let directory = (0..u64::from(count)).map(entry).collect::<Option<_>>()?;
        Some(Tables { file, directory })
    }

    fn find(&self, tag: &[u8; 4]) -> Option<&[u8; 16]> {
        self.directory.iter().find(|entry| entry.starts_with(tag))
    }

    fn content(&self, tag: &[u8; 4]) -> Option<Vec<u8>> {
        let entry = self.find(tag)?;
        let length = usize::try_from(u32_at(entry, 12)).ok().filter(|length| *length <= MAX_TABLE)?;
        let mut content = vec![0; length];
        self.file.read_exact_at(&mut content, u32_at(entry, 8).into()).ok().map(|()| content)
    }

    /// Those of the letters that the face has.
    fn having(&self, letters: &BTreeSet<String>) -> BTreeSet<String> {
        let content = self.content(b"cmap").unwrap_or_default();
        let Some(table) = cmap::Table::parse(&content) else { return BTreeSet::new() };
        let mapping = |c: char| {
            let of_unicode = table.subtables.into_iter().filter(cmap::Subtable::is_unicode);
            of_unicode.filter_map(|table| table.glyph_index(c.into())).next()
        };
        let has = |letter: &&String| drawn(letter).all(|c| mapping(c).is_some());
        letters.iter().filter(has).cloned().collect()
    }

    /// Whether there are pictures of letters: bitmaps, layers of colours, drawings.
    fn has_colors(&self) -> bool {
        [b"CBDT", b"sbix", b"COLR", b"SVG "].into_iter().any(|tag| self.find(tag).is_some())
    }

    fn is_plain(&self) -> bool {
        let content = self.content(b"OS/2").unwrap_or_default();
        let style = os2::Table::parse(&content);
        style.is_some_and(|style| {
            style.weight() == ttf_parser::Weight::Normal && style.style() == ttf_parser::Style::Normal
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use recipe::filter::{Caption, Watermark};

    /// DejaVu Sans, but that it has nothing except these characters, each drawn as an A.
    fn font_with(letters: &str) -> Vec<u8> {
        let mut font = dejavu::sans::regular().to_vec();
        let glyph = Face::parse(&font, 0).unwrap().glyph_index('A').unwrap().0;
        // One group of one character each (format 12), for Unicode on Windows.
        let groups: Vec<u32> = letters.chars().flat_map(|c| [c.into(), c.into(), glyph.into()]).collect();
        let count = groups.len() as u32 / 3;
        let head = [0u16, 1, 3, 10, 0, 12, 12, 0].map(u16::to_be_bytes).concat();
        let sizes = [16 + 12 * count, 0, count].map(u32::to_be_bytes).concat();
        let table = [head, sizes, groups.into_iter().flat_map(u32::to_be_bytes).collect()].concat();
        let entry = font.windows(4).position(|tag| tag == b"cmap").unwrap();
        let place = [font.len() as u32, table.len() as u32].map(u32::to_be_bytes).concat();
        font[entry + 8..entry + 16].copy_from_slice(&place);
        font.extend(table);
        font
    }

    fn watermark(text: &str) -> Watermark {
        Watermark { text: Some(text.parse().unwrap()), ..Default::default() }
    }

    fn recipe(text: &str) -> Recipe {
        Recipe::new(vec![watermark(text).into()], Default::default())
    }

    fn lacked(filter: impl Into<Filter>) -> Vec<String> {
        missing(&filter.into()).into_iter().collect()
    }

    #[test]
    fn only_what_the_bundled_font_lacks_is_looked_for() {
        assert!(lacked(watermark("© Ñandú שלום صور\u{200D} ☃")).is_empty());
        assert_eq!(lacked(watermark("a山b田山")), ["山", "田"]);
        assert_eq!(lacked(Caption { text: Some("山\\n".parse().unwrap()), ..Default::default() }), ["山"]);
    }

    #[test]
    fn as_few_fonts_as_will_do_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("truetype/some");
        fs::create_dir_all(&inner).unwrap();
        for (name, letters) in [("a.ttf", "山"), ("b.TTF", "山田"), ("c.otf", "太"), ("d.txt", "郎")] {
            fs::write(inner.join(name), font_with(letters)).unwrap();
        }
        fs::write(inner.join("broken.ttf"), b"\0\x01\0\0\0\xFFcmap").unwrap();
        let found = |text: &str| fonts_in(&[folder.path().to_owned()], &recipe(text));
        let names = |fonts: Vec<FontFile>| -> Vec<String> {
            fonts.iter().map(|font| font.path.0.file_name().unwrap().to_string_lossy().into()).collect()
        };
        assert_eq!(names(found("山田").unwrap()), ["b.TTF"]);
        assert_eq!(names(found("太 山").unwrap()), ["a.ttf", "c.otf"]);
        assert_eq!(found("Ana").unwrap(), []);
        let error = found("山郎").unwrap_err();
        let letters = vec!["郎".to_owned()];
        assert_eq!(error, MissingLetters { filter: "watermark", letters, in_colors: None });
        assert!(error.to_string().contains("no font here has 郎; name one that has with font="), "{error}");
    }

    #[test]
    fn where_photos_say_a_text_there_are_fonts_for_what_they_may_say() {
        let folder = tempfile::tempdir().unwrap();
        for (name, letters) in [("han.ttf", "们山"), ("hangul.ttf", "한"), ("other.ttf", "山")] {
            fs::write(folder.path().join(name), font_with(letters)).unwrap();
        }
        let names = |text: &str| -> Vec<String> {
            let fonts = fonts_in(&[folder.path().to_owned()], &recipe(text)).unwrap();
            fonts.iter().map(|font| font.path.0.file_name().unwrap().to_string_lossy().into()).collect()
        };
        assert_eq!(names("© {artist}"), ["han.ttf", "hangul.ttf"]);
        assert_eq!(names("山 {stem}"), ["han.ttf", "hangul.ttf"]);
        assert_eq!(names("{{artist}} {date:%Y} {index}"), [""; 0]);
        assert_eq!(names("{date:%Y山}").len(), 1);
        let bundled = Face::parse(dejavu::sans::regular(), 0).unwrap();
        assert!(SCRIPTS.concat().chars().all(|c| bundled.glyph_index(c).is_none()));
    }

    #[test]
    fn a_font_that_is_asked_for_counts_with_what_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("own.ttf");
        fs::write(&own, font_with("山")).unwrap();
        assert_eq!(lacked(Watermark { font: Some(own.into()), ..watermark("山田 a") }), ["田"]);
    }

    #[test]
    fn letters_that_are_pictures_only_are_no_letters_and_that_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("emoji.ttf");
        let error_with = |table: &[u8; 4]| {
            let mut font = font_with("山");
            // Without outlines: their table goes by another name.
            let entry = font.windows(4).position(|tag| tag == b"glyf").unwrap();
            font[entry..entry + 4].copy_from_slice(table);
            fs::write(&file, font).unwrap();
            fonts_in(&[folder.path().to_owned()], &recipe("山田")).unwrap_err().to_string()
        };
        let plain = "watermark: no font here has 山 田; name one that has with font=FILE";
        assert_eq!(error_with(b"none"), plain);
        for table in [b"CBDT", b"sbix", b"COLR", b"SVG "] {
            let error = error_with(table);
            assert!(error.starts_with("watermark: no font here has 山 田 as an outline; "), "{error}");
            let said = format!("{} has 山 as coloured pictures only", file.display());
            assert!(error.contains(&said) && error.contains("fonts-symbola"), "{error}");
        }
        // One that has outlines is enough.
        fs::write(folder.path().join("outlines.ttf"), font_with("山")).unwrap();
        assert_eq!(fonts_in(&[folder.path().to_owned()], &recipe("山")).unwrap().len(), 1);
    }

    #[test]
    fn many_missing_letters_are_counted() {
        let letters = ('\u{4E00}'..'\u{4E14}').map(String::from).collect();
        let missing = MissingLetters { filter: "caption", letters, in_colors: None };
        assert!(missing.to_string().contains(" 8 more;"), "{missing}");
    }
}
