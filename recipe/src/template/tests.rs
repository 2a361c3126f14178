//! The language of templates.

use std::borrow::Cow;
use std::ffi::OsStr;

use jiff::civil::{DateTime, date};

use super::*;

/// The photo that the examples of the table are about.
struct SamplePhoto;

impl TokenValues for SamplePhoto {
    fn text(&self, token: TextToken) -> Cow<'_, OsStr> {
        let text = match token {
            TextToken::Dir => "Boda/día 1",
            TextToken::Stem => "¡Sí, quiero! (1)",
            TextToken::Ext => "JPG",
            TextToken::Parent => "día 1",
            TextToken::Output => "web",
            TextToken::Camera => "Z 6_2",
            TextToken::Lens => "Z 50mm f/1.8",
            TextToken::Artist => "Ana Núñez",
            TextToken::Title => "Los novios",
        };
        Cow::Borrowed(OsStr::new(text))
    }

    fn number(&self, token: NumberToken) -> TokenNumber {
        let value = match token {
            NumberToken::Index => 7,
            NumberToken::Rating => 5,
            NumberToken::Width => 2048,
            NumberToken::Height => 1365,
        };
        TokenNumber { value, digits: 1 }
    }

    fn taken(&self) -> DateTime {
        date(2024, 5, 6).at(18, 5, 9, 0)
    }
}

fn filled(template: &str) -> String {
    template.parse::<Template>().unwrap().fill(&SamplePhoto)
}

#[test]
fn every_token_becomes_what_its_row_says() {
    for info in TOKENS {
        assert_eq!(filled(info.example), info.becomes, "{}", info.example);
        assert!(info.example.starts_with(&format!("{{{}", info.name)), "{}", info.example);
        assert_eq!(info.token.info(), *info);
        let others = TOKENS.iter().filter(|other| other.name == info.name);
        assert_eq!(others.count(), 1, "{}", info.name);
    }
}

#[test]
fn tokens_take_formats_and_changes() {
    for (template, expected) in [
        ("{date}_{time} {index}", "2024-05-06_180509 7"),
        ("{date:%Y/%m/%d}/{time:%H-%M}", "2024/05/06/18-05"),
        ("{date:%d %b %y, %A}", "06 May 24, Monday"),
        ("{index:4}{index:04}{index:1}", "000700077"),
        ("{stem|slug|upper}", "SI-QUIERO-1"),
        ("{artist|upper}, {artist|lower}", "ANA NÚÑEZ, ana núñez"),
        ("{{{output}}}", "{web}"),
        ("{{output}} {date:%Y}}}", "{output} 2024}"),
        ("no token", "no token"),
        ("", ""),
    ] {
        assert_eq!(filled(template), expected, "{template}");
        let parsed: Template = template.parse().unwrap();
        assert_eq!(parsed.to_string().parse(), Ok(parsed), "{template}");
    }
}

#[test]
fn mistakes_say_what_there_is() {
    let error = |text: &str| text.parse::<Template>().unwrap_err().to_string();
    for (text, expected) in [
        ("{stm}", "there is no {stm} (did you mean {stem}?); there are {dir}, {stem}, {ext}, "),
        ("{Lens}", "there is no {Lens} (did you mean {lens}?)"),
        ("{}", "there is no {}; there are"),
        ("{ stem }", "there is no { stem } (did you mean {stem}?)"),
        ("{stem|slugg}", "there is no |slugg (did you mean |slug?); there are |slug, |lower, |upper"),
        ("{stem:04}", "{stem:04}: {stem} is a text: only |slug, |lower, |upper may follow"),
        ("{index|slug}", "{index|slug}: {index} is a number: only its digits may follow, as in {index:04}"),
        ("{index:0}", "{index:0}: "),
        ("{index:99}", "{index:99}: "),
        ("{index:x}", "{index:x}: "),
        ("{date:%Q}", "{date:%Q}: {date} takes a format of strftime"),
        // What only a place on Earth has.
        ("{date:%z}", "{date:%z}: "),
        ("{date:%}", "{date:%}: "),
        ("{time:}", "{time:}: "),
        ("{date|lower}", "{date|lower}: "),
        ("{stem", "a brace is not closed; {{ and }} are braces as they stand"),
        ("stem}", "a brace is not closed"),
        ("{{stem}", "a brace is not closed"),
    ] {
        let error = error(text);
        assert!(error.starts_with(expected), "{text}: {error}");
    }
}

#[test]
fn a_template_travels_as_its_text() {
    let template: Template = "{{{index:4}}} {date:%Y-%m-%d}".parse().unwrap();
    let text = toml::Value::try_from(&template).unwrap();
    assert_eq!(text.as_str(), Some("{{{index:04}}} {date}"));
    assert_eq!(text.try_into(), Ok(template));
}
