//! What a client said, field by field, and in plain words what is wrong with it. `null` is as good as left
//! out, and a whole number may be written as `100.0`. Pure.

use recipe::words::{Word, one_of};
use serde_json::{Map, Value};

use super::messages::Problem;

/// The largest whole number that every client can write.
const LARGEST: f64 = 9_007_199_254_740_991.0;
/// Letters of a wrong value that are shown.
const SHOWN: usize = 60;

/// The fields of an object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a> {
    /// Whose they are, for messages.
    whose: &'a str,
    fields: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(whose: &'a str, fields: &'a Map<String, Value>) -> Self {
        Self { whose, fields }
    }

    /// A mistake in it.
    pub(super) fn problem(&self, message: &str) -> Problem {
        Problem::new(format!("{}: {message}", self.whose))
    }

    /// As it was sent.
    pub(super) fn value(&self, key: &str) -> Option<&'a Value> {
        self.fields.get(key).filter(|value| !value.is_null())
    }

    fn read<T>(
        &self,
        key: &str,
        expected: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let wrong = || self.problem(&format!("{key} must be {expected}, got {}", shown(value)));
        read(value).ok_or_else(wrong).map(Some)
    }

    /// What cannot be left out.
    pub(super) fn needed<T>(&self, key: &str, found: Option<T>) -> Result<T, Problem> {
        found.ok_or_else(|| self.problem(&format!("{key} is missing")))
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<String>, Problem> {
        self.read(key, "a text", |value| value.as_str().map(str::to_owned))
    }

    pub(super) fn needed_text(&self, key: &str) -> Result<String, Problem> {
        self.needed(key, self.text(key)?)
    }

    pub(super) fn list(&self, key: &str) -> Result<Option<&'a [Value]>, Problem> {
        self.read(key, "a list", |value| value.as_array().map(Vec::as_slice))
    }

    pub(super) fn texts(&self, key: &str) -> Result<Option<Vec<String>>, Problem> {
        self.read(key, "a list of texts", |value| {
            value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
        })
    }

    /// A choice between words.
    pub(super) fn word<T: Word>(&self, key: &str) -> Result<Option<T>, Problem> {
        self.read(key, &one_of(T::WORDS), |value| value.as_str()?.parse().ok())
    }

    pub(super) fn truth(&self, key: &str) -> Result<Option<bool>, Problem> {
        self.read(key, "true or false", Value::as_bool)
    }

    pub(super) fn number(&self, key: &str) -> Result<Option<f64>, Problem> {
        self.read(key, "a number", Value::as_f64)
    }

    pub(super) fn whole<T: TryFrom<u64>>(&self, key: &str) -> Result<Option<T>, Problem> {
        let Some(number) = self.read(key, "a whole number from 0", whole)? else { return Ok(None) };
        let too_large = |_| self.problem(&format!("{key} is too large: {number}"));
        T::try_from(number).map_err(too_large).map(Some)
    }

    pub(super) fn needed_whole<T: TryFrom<u64>>(&self, key: &str) -> Result<T, Problem> {
        self.needed(key, self.whole(key)?)
    }

    /// The fields of an object in it.
    pub(super) fn object(&self, key: &'a str) -> Result<Option<Fields<'a>>, Problem> {
        let fields = self.read(key, "an object", Value::as_object)?;
        Ok(fields.map(|fields| Fields { whose: key, fields }))
    }
}

fn whole(value: &Value) -> Option<u64> {
    let is_whole = |number: &f64| number.fract() == 0.0 && (0.0..=LARGEST).contains(number);
    value.as_u64().or_else(|| value.as_f64().filter(is_whole).map(|number| number as u64))
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The parameters of an address. These are numbers, if they can be read as such.
pub(super) fn of_query(pairs: Vec<(String, String)>, numbers: &[&str]) -> Map<String, Value> {
    let value = |key: &str, text: String| match text.parse::<u64>() {
        Ok(number) if numbers.contains(&key) => number.into(),
        Ok(_) | Err(_) => text.into(),
    };
    pairs.into_iter().map(|(key, text)| (key.clone(), value(&key, text))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn null_is_as_good_as_left_out_and_whole_numbers_may_have_a_point() {
        let object = json!({"none": null, "whole": 100.0, "half": 0.5, "less": -1, "much": 70_000});
        let fields = Fields::new("plan", object.as_object().unwrap());
        assert_eq!((fields.text("none"), fields.whole::<u64>("none")), (Ok(None), Ok(None)));
        assert_eq!(fields.whole("whole"), Ok(Some(100_u16)));
        let error = |key: &str| fields.whole::<u16>(key).unwrap_err().message;
        assert_eq!(error("half"), "plan: half must be a whole number from 0, got 0.5");
        assert_eq!(error("less"), "plan: less must be a whole number from 0, got -1");
        assert_eq!(error("much"), "plan: much is too large: 70000");
        assert_eq!(fields.needed_text("none").unwrap_err().message, "plan: none is missing");
    }

    #[test]
    fn a_long_value_is_not_repeated_in_full() {
        let object = json!({"fresh": "é".repeat(1000)});
        let error = Fields::new("plan", object.as_object().unwrap()).truth("fresh").unwrap_err().message;
        assert!(error.starts_with("plan: fresh must be true or false, got \"éé") && error.len() < 200);
    }

    #[test]
    fn what_is_a_number_in_an_address_is_known_by_its_name() {
        let pairs = ["path", "edge"].map(|key| (key.to_owned(), "64".to_owned()));
        let read = of_query(pairs.to_vec(), &["edge"]);
        assert_eq!(Value::from(read), json!({"path": "64", "edge": 64}));
    }
}
