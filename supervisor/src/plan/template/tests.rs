//! Names, filled in with what photos may say.

use std::borrow::Cow;

use jiff::civil::{DateTime, date};
use recipe::template::{NumberToken, TokenNumber};

use super::*;

/// A photo whose every text is this one, but for its place.
struct Says<'a>(&'a str);

impl TokenValues for Says<'_> {
    fn text(&self, token: TextToken) -> Cow<'_, OsStr> {
        let text = match token {
            TextToken::Dir => "a/b",
            TextToken::Stem => "Foto",
            TextToken::Ext => "jpg",
            TextToken::Parent | TextToken::Output => "7",
            TextToken::Camera | TextToken::Lens | TextToken::Artist | TextToken::Title => self.0,
        };
        Cow::Borrowed(text.as_ref())
    }

    fn number(&self, _: NumberToken) -> TokenNumber {
        TokenNumber { value: 7, digits: 2 }
    }

    fn taken(&self) -> DateTime {
        date(2024, 5, 6).at(18, 5, 9, 0)
    }
}

fn fill(template: &str, said: &str) -> String {
    let template: NameTemplate = template.parse().unwrap();
    template.fill(&Says(said)).to_str().unwrap().to_owned()
}

#[test]
fn values_stay_in_their_place() {
    for (template, said, expected) in [
        ("{dir}/{stem}-{width}.{ext}", "", "a/b/Foto-07.jpg"),
        ("{dir|upper}/{stem|lower}.{ext|upper}", "", "A/B/foto.JPG"),
        ("{camera}/{stem}.{ext}", "../../etc", "_._.._etc/Foto.jpg"),
        ("{camera}/{stem}.{ext}", "..", "_./Foto.jpg"),
        ("{title}.{ext}", "a/b\\c\nd", "a_b_c_d.jpg"),
        ("{title|slug}.{ext}", "../Año/Nuevo", "ano-nuevo.jpg"),
        ("{title|slug}.{ext}", "!!!", "unknown.jpg"),
        ("{artist}.{ext}", "", "unknown.jpg"),
        ("{lens}.{ext}", "\u{202E}gpj", "gpj.jpg"),
        ("{date:%Y/%m}/{date:%d}_{time}.{ext}", "", "2024/05/06_180509.jpg"),
        ("{date:%D}.{ext}", "", "05_06_24.jpg"),
        ("{{{index:04}}}.{ext}", "", "{0007}.jpg"),
    ] {
        assert_eq!(fill(template, said), expected, "{template}");
    }
}

#[test]
fn long_values_are_cut_at_a_letter_so_that_the_name_fits() {
    let name = fill("{index}_{title}.{ext}", &"é".repeat(5000));
    assert_eq!(name, format!("07_{}.jpg", "é".repeat((255 - 7) / 2)));
    // Two that are long share what there is; one that is short is whole.
    assert_eq!(fill("{title}{artist}", &"x".repeat(300)).len(), 254);
    assert_eq!(fill("{title}/{artist}.{ext}", &"x".repeat(300)).len(), 255 + 1 + 255);
    let family = "\u{1F469}\u{200D}\u{1F680}";
    let name = fill("{title}.{ext}", &family.repeat(100));
    assert_eq!(name, format!("{}.jpg", family.repeat(251 / family.len())));
    // What is typed is not cut.
    let typed = "x".repeat(260);
    assert_eq!(fill(&format!("{typed}{{title}}"), "y"), typed);
}

#[test]
fn what_is_shown_reads_the_same() {
    assert_eq!(NameTemplate::default().to_string().parse(), Ok(NameTemplate::default()));
    for text in ["x{dir}y/{stem}-{width}{height}", "{{{index:04}}}_{date:%Y}.{ext|lower}"] {
        assert_eq!(text.parse::<NameTemplate>().unwrap().to_string(), text);
    }
}

#[test]
fn mistakes() {
    let error = |text: &str| text.parse::<NameTemplate>().unwrap_err();
    assert!(error("{stm}.{ext}").to_string().contains("did you mean {stem}?"));
    assert_eq!(error("{stem"), NameError::Template(TemplateError::Unclosed));
    assert_eq!(error("{output}/{stem}"), NameError::NoOutput);
    for outside in ["../{stem}.{ext}", "/tmp/{stem}.{ext}", "{date:%Y/../../..}"] {
        assert_eq!(error(outside), NameError::Outside, "{outside}");
    }
    assert_eq!(error("{stem}\0"), NameError::Nul);
    for state in [".supervisor/{stem}", "./.supervisor/{stem}", ".supervisor"] {
        assert_eq!(error(state), NameError::State, "{state}");
    }
    for folder in ["{dir}/", "{dir}", "{stem}/{dir|lower}", "{date:%Y/}", ""] {
        assert_eq!(error(folder), NameError::NoFile, "{folder}");
    }
}
