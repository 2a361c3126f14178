//! Filters as one line of text: `NAME`, `NAME=VALUE` or `NAME:key=value,key=value`.
//!
//! In the last form a value that holds a comma or a quote stands in double quotes, where `\"` and `\\` stand
//! for themselves: `watermark:text="Ana, Luis",opacity=0.5`. In `NAME=VALUE` everything after the `=` is the
//! value.

use std::fmt;
use std::str::FromStr;

use super::{Arg, Filter, FilterError, FilterProblem};

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(spec: &str) -> Result<Filter, FilterError> {
        let end = spec.find([':', '=']).unwrap_or(spec.len());
        let name = &spec[..end];
        if name.trim().is_empty() {
            let problem = FilterProblem::Syntax("a filter starts with its name, as in blur=5".to_owned());
            return Err(FilterError { at: 0..spec.len(), problem });
        }
        let args = match spec[end..].chars().next() {
            None => Vec::new(),
            Some('=') => vec![Arg { key: None, value: spec[end + 1..].to_owned(), at: end + 1..spec.len() }],
            Some(_) => Scanner { spec, at: end + 1 }.args()?,
        };
        Filter::build(name, 0..end, &args)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.info().name)?;
        for (index, (param, value)) in self.values().into_iter().enumerate() {
            f.write_str(if index == 0 { ":" } else { "," })?;
            let value = value.to_string();
            let quoted = value.is_empty() || value.contains([',', '"', '\\']) || value.trim() != value;
            if quoted {
                write!(f, "{}=\"{}\"", param.name, value.replace('\\', "\\\\").replace('"', "\\\""))?;
            } else {
                write!(f, "{}={value}", param.name)?;
            }
        }
        Ok(())
    }
}

/// Reads `key=value,key=value` from `at` on.
struct Scanner<'a> {
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
            return self.fail(
                start..end.max(start + 1).min(self.spec.len()),
                "expected key=value (put a value with commas in double quotes)",
            );
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
        assert_eq!("blur".parse::<Filter>().unwrap().to_string(), "blur:radius=5");
        assert_eq!("blur=2.5".parse::<Filter>().unwrap().to_string(), "blur:radius=2.5");
        assert_eq!("blur: radius = 2 ".parse::<Filter>().unwrap().to_string(), "blur:radius=2");
    }

    #[test]
    fn a_text_keeps_its_commas_and_spaces() {
        for spec in ["watermark:text=\"Ana, \\\"Luis\\\"\",opacity=1", "watermark=Ana, \"Luis\""] {
            let Filter::Watermark(Watermark { text, .. }) = spec.parse().unwrap() else { panic!("{spec}") };
            assert_eq!(text.as_deref(), Some("Ana, \"Luis\""));
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
        assert_eq!(at("=5"), 0..2);
    }

    /// Any acceptable value of each parameter.
    fn value(kind: ParamKind) -> BoxedStrategy<String> {
        match kind {
            ParamKind::Number { min, max } => (min as f32..=max as f32).prop_map(|v| v.to_string()).boxed(),
            ParamKind::Integer { min, max } => (min..=max).prop_map(|v| v.to_string()).boxed(),
            ParamKind::Choice(words) => proptest::sample::select(words).prop_map(str::to_owned).boxed(),
            ParamKind::Switch => any::<bool>().prop_map(|v| v.to_string()).boxed(),
            ParamKind::Text(longest) => proptest::collection::vec(any::<char>(), 1..longest)
                .prop_map(|chars| chars.into_iter().collect())
                .boxed(),
            ParamKind::Color => any::<[u8; 3]>().prop_map(|c| super::super::Color(c).to_string()).boxed(),
            ParamKind::Aspect => (1u32..100, 1u32..100).prop_map(|(w, h)| format!("{w}:{h}")).boxed(),
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
