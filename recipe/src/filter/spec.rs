//! Filters as one line of text: `NAME`, `NAME=VALUE` or `NAME:key=value,key=value`.
//!
//! In the last form a value that holds a comma or a quote stands in double quotes, where `\"` and `\\` stand
//! for themselves and `\n` for a line break: `watermark:text="Ana, Luis",opacity=0.5`. In `NAME=VALUE`
//! everything after the `=` is the value, up to a comma that a parameter of that filter follows:
//! `watermark=Ana, Luis,opacity=0.5`. It may stand in double quotes too. `NAME=key=value` is a mistake for a
//! colon.

use std::fmt;
use std::str::FromStr;

use super::{Arg, Filter, FilterError, FilterProblem, find};

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(spec: &str) -> Result<Filter, FilterError> {
        let end = spec.find([':', '=']).unwrap_or(spec.len());
        let name = &spec[..end];
        if name.trim().is_empty() {
            let problem = FilterProblem::Syntax("a filter starts with its name, as in blur=5".to_owned());
            return Err(FilterError { at: 0..spec.len(), problem });
        }
        // What a filter takes is of no interest where there is none.
        let args = match spec[end..].chars().next().filter(|_| find(name).is_some()) {
            None => Vec::new(),
            Some('=') => {
                let (first, rest) = first_value(name, spec, end + 1)?;
                let rest = Scanner { filter: name, spec, at: rest }.args()?;
                std::iter::once(first).chain(rest).collect()
            }
            Some(_) => Scanner { filter: name, spec, at: end + 1 }.args()?,
        };
        Filter::build(name, 0..end, &args)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = self.values().into_iter();
        f.write_str(&written(self, values.map(|(param, value)| (param.name, value.to_string()))))
    }
}

impl Filter {
    /// As it is displayed, without the values that are as by default.
    pub fn to_short_string(&self) -> String {
        let values = self.values().into_iter().map(|(param, value)| (param, value.to_string()));
        let told = values.filter(|(param, value)| param.default != Some(value.as_str()));
        written(self, told.map(|(param, value)| (param.name, value)))
    }
}

fn written(filter: &Filter, values: impl Iterator<Item = (&'static str, String)>) -> String {
    let mut text = filter.info().name.to_owned();
    for (index, (name, value)) in values.enumerate() {
        text.push(if index == 0 { ':' } else { ',' });
        let quoted = value.is_empty() || value.contains([',', '"', '\\', '\n']) || value.trim() != value;
        text += &if quoted {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            format!("{name}=\"{value}\"")
        } else {
            format!("{name}={value}")
        };
    }
    text
}

/// The value that begins at `start`, and where the parameters behind it begin. It ends before the first comma
/// behind which a parameter of the filter is set, or with the text: a text may hold any other comma.
fn first_value(filter: &str, spec: &str, start: usize) -> Result<(Arg, usize), FilterError> {
    let params = find(filter).map_or(&[][..], |info| info.params);
    let key_of = |text: &str| {
        let (key, _) = text.split_once('=')?;
        params.iter().any(|param| param.name.eq_ignore_ascii_case(key.trim())).then_some(key.len())
    };
    if let Some(key) = key_of(&spec[start..]) {
        let message = format!("a parameter follows a colon: write {filter}:{}", &spec[start..]);
        return Err(FilterError { at: start - 1..start + key, problem: FilterProblem::Syntax(message) });
    }
    let mut scanner = Scanner { filter, spec, at: start };
    let quoted = if spec[start..].starts_with('"') { scanner.quoted().ok() } else { None };
    let rest = &spec[scanner.at..];
    if let Some((value, at)) = quoted.filter(|_| rest.is_empty() || key_of(rest).is_some()) {
        return Ok((Arg { key: None, value, at }, scanner.at));
    }
    let mut commas = spec[start..].match_indices(',').map(|(at, _)| start + at);
    let end = commas.find(|comma| key_of(&spec[comma + 1..]).is_some()).unwrap_or(spec.len());
    let value = spec[start..end].to_owned();
    Ok((Arg { key: None, value, at: start..end }, (end + 1).min(spec.len())))
}

/// What is said of a value without its key: of which parameters it may be, if of any.
fn keyless(filter: &str, value: &str) -> Option<String> {
    let params = find(filter).map_or(&[][..], |info| info.params);
    let is_good = |name: &str| format!("{filter}:{name}={value}").parse::<Filter>().is_ok();
    let mut names = params.iter().map(|param| param.name).filter(|name| is_good(name));
    let written = format!("expected key=value: write {filter}:{}={value}", names.next()?);
    let others = names.collect::<Vec<_>>().join(", ");
    Some(if others.is_empty() { written } else { format!("{written}, or {others} in its place") })
}

/// Reads `key=value,key=value` from `at` on.
struct Scanner<'a> {
    /// The filter, as it was named.
    filter: &'a str,
    spec: &'a str,
    at: usize,
}

impl Scanner<'_> {
    fn args(mut self) -> Result<Vec<Arg>, FilterError> {
        let mut args = Vec::new();
        while self.at < self.spec.len() {
            args.push(self.arg()?);
        }
        Ok(args)
    }

    fn arg(&mut self) -> Result<Arg, FilterError> {
        let start = self.at;
        let rest = &self.spec[start..];
        let equals =
            rest.find(['=', ',']).filter(|&i| rest[i..].starts_with('=') && !rest[..i].trim().is_empty());
        let Some(equals) = equals else {
            let end = start + rest.find(',').unwrap_or(rest.len());
            let at = start..end.max(start + 1).min(self.spec.len());
            // A part of several may as well be the rest of the text before it.
            let is_all = start == self.filter.len() + 1 && end == self.spec.len();
            let advice = if is_all { keyless(self.filter, rest.trim()) } else { None };
            let message = "expected key=value (put a value with commas in double quotes)";
            return self.fail(at, advice.as_deref().unwrap_or(message));
        };
        let key = rest[..equals].trim().to_owned();
        self.at = start + equals + 1;
        let (value, at) = if self.spec[self.at..].starts_with('"') { self.quoted()? } else { self.plain() };
        Ok(Arg { key: Some(key), value, at })
    }

    /// A value up to the next comma.
    fn plain(&mut self) -> (String, std::ops::Range<usize>) {
        let start = self.at;
        let end = self.spec[start..].find(',').map_or(self.spec.len(), |comma| start + comma);
        self.at = (end + 1).min(self.spec.len());
        (self.spec[start..end].to_owned(), start..end)
    }

    /// A value in double quotes.
    fn quoted(&mut self) -> Result<(String, std::ops::Range<usize>), FilterError> {
        let start = self.at;
        let mut value = String::new();
        let mut chars = self.spec[start + 1..].char_indices();
        while let Some((offset, c)) = chars.next() {
            match c {
                '"' => {
                    let end = start + 1 + offset + 1;
                    let rest = &self.spec[end..];
                    if !rest.is_empty() && !rest.starts_with(',') {
                        return self.fail(end..self.spec.len(), "expected a comma after the closing quote");
                    }
                    self.at = (end + 1).min(self.spec.len());
                    return Ok((value, start..end));
                }
                '\\' => match chars.next() {
                    Some((_, 'n')) => value.push('\n'),
                    Some((_, c)) => value.push(c),
                    None => break,
                },
                c => value.push(c),
            }
        }
        self.fail(start..self.spec.len(), "the quote is not closed")
    }

    fn fail<T>(&self, at: std::ops::Range<usize>, message: &str) -> Result<T, FilterError> {
        Err(FilterError { at, problem: FilterProblem::Syntax(message.to_owned()) })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FILTERS, ParamKind, Watermark};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_three_forms() {
        assert_eq!("gamma".parse::<Filter>().unwrap().to_string(), "gamma:gamma=1.2");
        assert_eq!("gamma=2.5".parse::<Filter>().unwrap().to_string(), "gamma:gamma=2.5");
        assert_eq!("gamma: gamma = 2 ".parse::<Filter>().unwrap().to_string(), "gamma:gamma=2");
    }

    #[test]
    fn a_text_keeps_its_commas_and_spaces() {
        for spec in ["watermark:text=\"Ana, \\\"Luis\\\"\",opacity=1", "watermark=Ana, \"Luis\""] {
            let Filter::Watermark(Watermark { text, .. }) = spec.parse().unwrap() else { panic!("{spec}") };
            assert_eq!(text.unwrap().to_string(), "Ana, \"Luis\"");
        }
    }

    #[test]
    fn a_parameter_after_a_comma_is_no_part_of_the_first_value() {
        let text = |spec: &str| {
            let Filter::Watermark(Watermark { text, opacity, .. }) = spec.parse().unwrap() else {
                panic!("{spec}")
            };
            (text.unwrap_or_default().to_string(), opacity)
        };
        assert_eq!(text("watermark=© Estudio,opacity=1"), ("© Estudio".to_owned(), 1.0));
        assert_eq!(text("marca_agua=Ana, Luis , Opacity = 0.25"), ("Ana, Luis ".to_owned(), 0.25));
        assert_eq!(text("watermark=2 + 2 = 4, or so"), ("2 + 2 = 4, or so".to_owned(), 0.5));
        assert_eq!(text("watermark=a,radius=3"), ("a,radius=3".to_owned(), 0.5), "blur's, not its own");
        assert_eq!("border=20,color=black".parse::<Filter>(), "border:width=20,color=black".parse());
        let twice = "blur=3,radius=4".parse::<Filter>().unwrap_err();
        assert!(twice.to_string().contains("twice"), "{twice}");
        assert_eq!(twice.at, 14..15);
    }

    #[test]
    fn a_first_value_may_stand_in_quotes() {
        for (spec, same) in [
            ("watermark=\"Ana,opacity=1\"", "watermark:text=\"Ana,opacity=1\""),
            ("watermark=\"Ana, Luis\",opacity=1", "watermark:text=\"Ana, Luis\",opacity=1"),
            // Quotes that do not hold the whole value are part of it.
            ("watermark=\"Ana\" and \"Luis\"", "watermark:text=\"\\\"Ana\\\" and \\\"Luis\\\"\""),
            ("watermark=\"Ana\", Luis", "watermark:text=\"\\\"Ana\\\", Luis\""),
            ("watermark=\"Ana,opacity=1", "watermark:text=\"\\\"Ana\",opacity=1"),
        ] {
            assert_eq!(spec.parse::<Filter>(), same.parse(), "{spec}");
        }
    }

    #[test]
    fn a_parameter_in_the_place_of_the_first_value_is_a_mistake_for_a_colon() {
        for (spec, advice) in [
            ("watermark=text=Ana,opacity=1", "write watermark:text=Ana,opacity=1"),
            ("marca_agua=image=logo.png", "write marca_agua:image=logo.png"),
            ("resize=long_edge=2048", "write resize:long_edge=2048"),
            ("blur= Radius =5", "write blur: Radius =5"),
        ] {
            let error = spec.parse::<Filter>().unwrap_err();
            assert!(error.to_string().ends_with(advice), "{error}");
        }
        assert!("watermark=2 + 2 = 4".parse::<Filter>().is_ok());
    }

    #[test]
    fn a_value_without_its_key_is_told_which_it_may_be_of() {
        for (spec, said) in [
            (
                "resize:2048",
                "expected key=value: write resize:width=2048, or height, long_edge, short_edge in its place",
            ),
            ("blur:5", "expected key=value: write blur:radius=5"),
            ("crop:1:1", "expected key=value: write crop:aspect=1:1"),
            ("brillo: 1.5", "expected key=value: write brillo:factor=1.5"),
            ("blur:soft", "expected key=value (put a value with commas in double quotes)"),
            ("watermark:Ana, Luis", "expected key=value (put a value with commas in double quotes)"),
            ("watermark:text=Ana, Luis", "expected key=value (put a value with commas in double quotes)"),
            (
                "blurr:9",
                "there is no filter \"blurr\" (did you mean \"blur\"?); `supervisor filters` lists them all",
            ),
        ] {
            let error = spec.parse::<Filter>().unwrap_err();
            assert_eq!(error.to_string(), said, "{spec}");
        }
    }

    #[test]
    fn mistakes_are_found_where_they_stand() {
        let at = |spec: &str| spec.parse::<Filter>().unwrap_err().at;
        assert_eq!(at("blur:radius=900"), 12..15);
        assert_eq!(at("blurr:radius=9"), 0..5);
        assert_eq!(at("watermark:text=\"open"), 15..20);
        assert_eq!(at("watermark:text=a,opacity"), 17..24);
        assert_eq!(at("watermark:text=a,,"), 17..18);
        assert_eq!(at("watermark:scale=1,text=© {artst}"), 23..33);
        assert_eq!(at("=5"), 0..2);
    }

    fn share(part: u16) -> f32 {
        f32::from(part) / f32::from(u16::MAX)
    }

    /// Any acceptable value of each parameter.
    fn value(kind: ParamKind) -> BoxedStrategy<String> {
        match kind {
            ParamKind::Number { min, max } => (min as f32..=max as f32).prop_map(|v| v.to_string()).boxed(),
            ParamKind::Integer { min, max } => (min..=max).prop_map(|v| v.to_string()).boxed(),
            ParamKind::Choice(words) => proptest::sample::select(words).prop_map(str::to_owned).boxed(),
            ParamKind::Switch => any::<bool>().prop_map(|v| v.to_string()).boxed(),
            ParamKind::Text(longest) => {
                let letter = any::<char>().prop_map(|c| match c {
                    '{' | '}' => format!("{c}{c}"),
                    c => c.to_string(),
                });
                let tokens = ["{date:%Y, \"%m\"}", "{index:4}", "{title|upper|slug}", "{{", "}}"];
                let tokens = tokens.map(str::to_owned).to_vec();
                let piece = prop_oneof![9 => letter, 1 => proptest::sample::select(tokens)];
                proptest::collection::vec(piece, 1..longest / 2).prop_map(|pieces| pieces.concat()).boxed()
            }
            ParamKind::Color => any::<[u8; 3]>().prop_map(|c| super::super::Color(c).to_string()).boxed(),
            ParamKind::Aspect => (1u32..100, 1u32..100).prop_map(|(w, h)| format!("{w}:{h}")).boxed(),
            ParamKind::Points => (1u32..1000, any::<[u16; 2]>())
                .prop_map(|(x, [a, b])| format!("0:{} {}:{}", share(a), f64::from(x) / 1000.0, share(b)))
                .boxed(),
            ParamKind::Place => {
                any::<[u16; 2]>().prop_map(|[x, y]| format!("{}:{}", share(x), share(y))).boxed()
            }
            ParamKind::File => "[^\0]{1,40}".boxed(),
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_the_same(
            (index, values) in (0..FILTERS.len()).prop_flat_map(|index| {
                let params: Vec<_> =
                    FILTERS[index].params.iter().map(|p| proptest::option::of(value(p.kind))).collect();
                (Just(index), params)
            })
        ) {
            let info = &FILTERS[index];
            let args: Vec<_> = info.params.iter().zip(values)
                .filter_map(|(p, v)| Some(Arg { key: Some(p.name.to_owned()), value: v?, at: 0..0 }))
                .collect();
            if let Ok(filter) = Filter::build(info.name, 0..0, &args) {
                prop_assert_eq!(filter.to_short_string().parse::<Filter>(), Ok(filter.clone()));
                prop_assert_eq!(filter.to_string().parse::<Filter>(), Ok(filter));
            }
        }

        #[test]
        fn no_text_makes_the_parser_panic(spec in "\\PC*") {
            let _ = spec.parse::<Filter>();
        }

        #[test]
        fn no_near_miss_makes_the_parser_panic(spec in "(blur|watermark|resize)[:=,\"\\\\ a-z0-9é]*") {
            let _ = spec.parse::<Filter>();
        }
    }
}
