//! Words that another block has and a packet lacks. No state.

use recipe::metadata::XmpField;
use roxmltree::Node;

use super::edits::Edits;
use super::written::{NewProperties, append};
use super::{Broken, RDF, packet_of, parse, text};

/// What another block says.
#[derive(Debug)]
pub(crate) struct XmpWords {
    /// Where it stands in XMP.
    pub(crate) place: XmpField,
    pub(crate) values: Vec<String>,
    /// The numbers that the other block has for it.
    pub(crate) numbers: Vec<u8>,
}

/// The packet with those of the words that it says nothing of, and whether it says each of them now. One is
/// made where there is none.
pub(crate) fn with_words(packet: Option<Vec<u8>>, words: &[XmpWords]) -> (Option<Vec<u8>>, Vec<bool>) {
    let Some(packet) = packet else {
        let mut new = NewProperties::default();
        words.iter().for_each(|words| new.add(words.place, &words.values));
        let made = new.description("").map(|description| packet_of(&description));
        return (made, vec![true; words.len()]);
    };
    match changed(&packet, words) {
        Ok((packet, said)) => (Some(packet), said),
        Err(Broken) => (Some(packet), vec![false; words.len()]),
    }
}

fn changed(packet: &[u8], words: &[XmpWords]) -> Result<(Vec<u8>, Vec<bool>), Broken> {
    let text = text(packet)?;
    let document = parse(&text)?;
    let rdf = document.descendants().find(|node| node.has_tag_name((RDF, "RDF"))).ok_or(Broken)?;
    let descriptions: Vec<Node<'_, '_>> =
        rdf.children().filter(|child| child.has_tag_name((RDF, "Description"))).collect();
    let (mut new, mut said) = (NewProperties::default(), Vec::new());
    for words in words {
        let there = values(&descriptions, words.place);
        said.push(there.as_ref().is_none_or(|there| say(there, &words.values)));
        if there.is_none() {
            new.add(words.place, &words.values);
        }
    }
    let about = descriptions.iter().find_map(|node| node.attribute((RDF, "about")));
    let mut edits = Edits::default();
    if let Some(description) = new.description(about.unwrap_or_default()) {
        append(&mut edits, rdf, &text, &description)?;
    }
    Ok((edits.apply(&text)?.packet, said))
}

/// The texts of a property; `None` if there is no such.
fn values(descriptions: &[Node<'_, '_>], place: XmpField) -> Option<Vec<String>> {
    let (namespace, name) = place.property();
    let name = (namespace.uri, name);
    descriptions.iter().find_map(|description| {
        if let Some(value) = description.attribute(name) {
            return Some(vec![value.to_owned()]);
        }
        let property = description.children().find(|child| child.has_tag_name(name))?;
        let texts = property.descendants().filter(Node::is_text).filter_map(|text| text.text());
        let attributes = property.descendants().flat_map(|node| node.attributes());
        let values = texts.chain(attributes.map(|attribute| attribute.value())).map(str::trim);
        Some(values.filter(|value| !value.is_empty()).map(str::to_owned).collect())
    })
}

/// Whether all of the words are among these texts.
fn say(there: &[String], words: &[String]) -> bool {
    words.iter().all(|word| there.iter().any(|text| is_same(text, word)))
}

/// Whether a text is a word, which may have been cut at the length that there is for it in the other block,
/// or be the same time with other signs.
fn is_same(text: &str, word: &str) -> bool {
    /// The shortest length that there is, but for a letter that did not fit any more.
    const CUT: usize = 28;
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let is_time = || {
        let is_of_time = |text: &str| text.chars().all(|c| c.is_ascii_digit() || "-:+TZ. ".contains(c));
        let (text_digits, word_digits) = (digits(text), digits(word));
        is_of_time(text)
            && is_of_time(word)
            && word_digits.len() >= 8
            && text_digits.starts_with(&word_digits)
    };
    text == word || word.len() >= CUT && text.starts_with(word) || is_time()
}
