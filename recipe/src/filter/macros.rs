//! What the rows of the table become: `choices!` makes enums of words, as `words!` does, with texts for
//! defaults; `filters!` the structs, the enum [`Filter`](super::Filter) and all that is known of them.

/// Words that a parameter chooses from, as an enum.
macro_rules! choices {
    ($($(#[$doc:meta])* $type:ident {
        $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)?
    })+) => {$(
        words! { $(#[$doc])* pub $type { $($(#[$variant_doc])* $variant = $word),+ } }

        impl $type {
            /// Its word: the text of a default in the table.
            #[allow(dead_code, reason = "not every choice has a default")]
            pub(super) const fn default_text(self) -> Option<&'static str> {
                match self { $($type::$variant => Some($word)),+ }
            }
        }
    )+};
}

/// The one or the other, by the [`Framing`] of a row.
#[doc(hidden)]
#[macro_export]
macro_rules! by_framing {
    (Kept $filter:ident, $one:ident => $moved:expr, $kept:expr) => {
        $kept
    };
    ($framing:ident $filter:ident, $one:ident => $moved:expr, $kept:expr) => {{
        let $one = $filter;
        $moved
    }};
}

/// One row per filter, in three lines, and three lines for each parameter:
///
/// ```text
/// Variant "name" ["alias"] "example" Framing, Storage, Light, checked
///     en "what it does"
///     es "Spanish title" "what it does, in Spanish" {
///     parameter: type = default, kind, "unit"
///         en "what it is"
///         es ["Spanish name"] "Spanish title" "what it is, in Spanish";
/// }
/// ```
///
/// [`Framing`] says what becomes of the frame: for `Resized`, the filter has a method `output_size` in
/// `geometry.rs`. [`Storage`] says where the result is made, [`Light`] what becomes of the light. `checked`
/// is left out unless parameters can contradict each other: then the filter has a method `check` in
/// `check.rs`. A default is a number, a truth, or a constant of the type (`Fit`, `WHITE`); `= none` is for a
/// parameter that may be left out and then has no value.
macro_rules! filters {
    (@text $type:ty, none) => { None };
    (@text $type:ty, $default:literal) => { Some(stringify!($default)) };
    (@text $type:ty, $default:ident) => { <$type>::$default.default_text() };
    (@value $type:ty, none) => { None };
    (@value $type:ty, $default:literal) => { $default as $type };
    (@value $type:ty, $default:ident) => { <$type>::$default };
    (@output_size $filter:ident $input:ident Resized) => { $filter.output_size($input) };
    (@output_size $filter:ident $input:ident $framing:ident) => { $input };
    (@check $filter:ident) => { Ok(()) };
    (@check $filter:ident checked) => { $filter.check() };

    ($d:tt $($variant:ident $name:literal [$($alias:literal),*] $example:literal
        $framing:ident, $memory:ident, $light:ident $(, $checked:ident)?
        en $summary:literal
        es $title_es:literal $summary_es:literal {
        $($param:ident : $type:ty = $default:tt, $kind:expr, $unit:literal
            en $help:literal
            es [$($name_es:literal),*] $param_es:literal $help_es:literal;)*
    })+) => {
        /// One image operation with its parameters.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        pub enum Filter { $(#[doc = $summary] $variant($variant)),+ }

        $(
            #[doc = $summary]
            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
            pub struct $variant { $(#[doc = $help] pub $param: $type),* }

            impl $variant {
                const INFO: FilterInfo = FilterInfo {
                    name: $name,
                    aliases: &[$($alias),*],
                    summary: $summary,
                    example: $example,
                    framing: Framing::$framing,
                    memory: Storage::$memory,
                    light: Light::$light,
                    spanish: Spanish { title: $title_es, summary: $summary_es },
                    params: &[$(ParamInfo {
                        name: stringify!($param),
                        kind: $kind,
                        default: filters!(@text $type, $default),
                        unit: $unit,
                        summary: $help,
                        spanish_names: &[$($name_es),*],
                        spanish: Spanish { title: $param_es, summary: $help_es },
                    }),*],
                };
            }

            /// Every parameter as it is when none is given.
            impl Default for $variant {
                fn default() -> Self {
                    $variant { $($param: filters!(@value $type, $default)),* }
                }
            }

            impl From<$variant> for Filter {
                fn from(filter: $variant) -> Self {
                    Filter::$variant(filter)
                }
            }
        )+

        /// Every filter, in the order in which they are listed to people.
        pub const FILTERS: &[FilterInfo] = &[$($variant::INFO),+];

        impl Filter {
            pub(super) fn from_values(name: &str, values: &Values) -> Result<Filter, FilterError> {
                $(if name == $name {
                    let mut _index = 0..;
                    let _default = $variant::default();
                    return Ok(Filter::$variant($variant {
                        $($param: values.take(_index.next().unwrap_or(0), _default.$param)?),*
                    }));
                })+
                let problem = super::FilterProblem::UnknownFilter { name: name.to_owned(), suggestion: None };
                Err(FilterError { at: 0..0, problem })
            }

            /// The table's row for this filter.
            pub fn info(&self) -> &'static FilterInfo {
                match self { $(Filter::$variant(_) => &$variant::INFO),+ }
            }

            /// The size of the result for a picture of this size.
            pub fn output_size(&self, input: Size) -> Size {
                match self {
                    $(Filter::$variant(_filter) => filters!(@output_size _filter input $framing)),+
                }
            }

            /// Whether the parameters go together.
            pub(super) fn check_together(&self) -> Result<(), String> {
                match self { $(Filter::$variant(_filter) => filters!(@check _filter $($checked)?)),+ }
            }

            /// The files that the filter reads, each with its parameter's name; they are named relative to
            /// the user's folder.
            pub fn files_mut(&mut self) -> Vec<(&'static str, &mut WirePath)> {
                match self {
                    $(Filter::$variant(_filter) => {
                        let files: Vec<(_, Option<&mut WirePath>)> =
                            vec![$((stringify!($param), _filter.$param.file_mut())),*];
                        files.into_iter().filter_map(|(name, file)| Some((name, file?))).collect()
                    }),+
                }
            }

            /// The files that the filter reads.
            pub fn files(&self) -> Vec<WirePath> {
                self.clone().files_mut().into_iter().map(|(_, file)| file.clone()).collect()
            }

            /// The font that its texts are to be in.
            pub fn font(&self) -> Option<WirePath> {
                let mut filter = self.clone();
                let font = filter.files_mut().into_iter().find(|(name, _)| *name == "font");
                font.map(|(_, file)| file.clone())
            }

            /// The texts that it puts on pictures.
            pub fn texts(&self) -> impl Iterator<Item = &Template> {
                let texts: Vec<Option<&Template>> = match self {
                    $(Filter::$variant(_filter) => vec![$(_filter.$param.text()),*]),+
                };
                texts.into_iter().flatten()
            }

            /// Every parameter that has a value, in the order of the table.
            pub fn values(&self) -> Vec<(&'static ParamInfo, Scalar)> {
                let values = match self {
                    $(Filter::$variant(_filter) => vec![$(_filter.$param.write()),*]),+
                };
                let params = self.info().params.iter();
                params.zip(values).filter_map(|(info, value)| Some((info, value?))).collect()
            }
        }

        /// `for_filter!(filter, one => EXPRESSION)`: the same expression for whichever filter it is, with
        /// `one` its struct. So a crate can have one `impl` of a trait of its own for each filter, and no
        /// list of them.
        #[macro_export]
        macro_rules! for_filter {
            ($d filter:expr, $d one:ident => $d each:expr) => {
                match $d filter { $($crate::Filter::$variant($d one) => $d each),+ }
            };
        }

        /// `for_moving_filter!(filter, one => EXPRESSION, KEPT)`: the same for filters that put pixels
        /// elsewhere, and one value for all that leave them in place, by what their rows say of the frame.
        #[macro_export]
        macro_rules! for_moving_filter {
            ($d filter:expr, $d one:ident => $d each:expr, $d kept:expr) => {
                match $d filter {
                    $($crate::Filter::$variant(_filter) => {
                        $crate::by_framing!($framing _filter, $d one => $d each, $d kept)
                    })+
                }
            };
        }
    };
}
