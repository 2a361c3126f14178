//! What a value without a name stands for where it is not the filter's first parameter: `resize=50%`,
//! `resize=1200x800`, `sharpen=screen`. Every shorthand has parameters, so that recipes can say the same.
//! Pure.

use super::{Arg, FilterInfo, OutputMedium, ParamKind};
use crate::words::Word;

/// The argument as it is, or with the names that a shorthand stands for.
pub(super) fn written_out(filter: &FilterInfo, arg: &Arg) -> Vec<Arg> {
    let is_first = filter.params.first().is_some_and(|first| first.kind.accepts(arg.value.trim()));
    if arg.key.is_some() || is_first {
        return vec![arg.clone()];
    }
    let named = match filter.name {
        "resize" => size(arg.value.trim()),
        "sharpen" => medium(arg.value.trim()),
        _ => None,
    };
    let named = named.unwrap_or_default().into_iter();
    let args: Vec<Arg> =
        named.map(|(key, value)| Arg { key: Some(key.to_owned()), value, at: arg.at.clone() }).collect();
    if args.is_empty() { vec![arg.clone()] } else { args }
}

/// `50%`, or `1200x800`.
fn size(value: &str) -> Option<Vec<(&'static str, String)>> {
    if let Some(percent) = value.strip_suffix('%') {
        return Some(vec![("percent", percent.trim().to_owned())]);
    }
    let (width, height) = value.split_once(['x', 'X', '×'])?;
    Some(vec![("width", width.trim().to_owned()), ("height", height.trim().to_owned())])
}

/// `screen`, `matte` or `glossy`.
fn medium(value: &str) -> Option<Vec<(&'static str, String)>> {
    let word = value.to_lowercase();
    let is_medium = ParamKind::Choice(OutputMedium::WORDS).accepts(&word);
    is_medium.then(|| vec![("medium", word)])
}

#[cfg(test)]
mod tests {
    use super::super::Filter;

    #[test]
    fn each_is_what_its_parameters_are() {
        for (short, long) in [
            ("resize=50%", "resize:percent=50"),
            ("resize=12.5 %", "resize:percent=12.5"),
            ("resize=1200x800", "resize:width=1200,height=800"),
            ("resize=1200 × 800,mode=fill", "resize:width=1200,height=800,mode=fill"),
            ("redimensionar=50%,light=linear", "resize:percent=50,light=linear"),
            ("resize=1200", "resize:width=1200"),
            ("sharpen=screen", "sharpen:medium=screen"),
            ("enfocar=Matte", "sharpen:medium=matte"),
            ("sharpen=1.5", "sharpen:amount=1.5"),
        ] {
            assert_eq!(short.parse::<Filter>(), long.parse(), "{short}");
        }
    }

    #[test]
    fn mistakes_in_one_are_those_of_its_parameters() {
        let message = |spec: &str| spec.parse::<Filter>().unwrap_err().to_string();
        assert_eq!(message("resize=0%"), "resize: percent must be 0.1–1000, got 0");
        assert_eq!(message("resize=x800"), "resize: width must be a whole number 1–65535, got nothing");
        assert!(message("resize=200%").contains("enlarge"));
        assert_eq!(message("resize=large"), "resize: width must be a whole number 1–65535, got large");
        assert_eq!(message("sharpen=paper"), "sharpen: amount must be 0–10, got paper");
        assert!(message("resize=50%,percent=20").contains("twice"));
    }
}
