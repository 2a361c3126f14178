//! Every token there is, once: parser, help, docs and page are made from this table.

/// Something that can stand in braces. Its kind decides what may follow its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// `|slug`, `|lower`, `|upper`.
    Text(TextToken),
    /// `:04`, the digits.
    Number(NumberToken),
    /// `:FORMAT`, as strftime has it.
    Time(TimeToken),
}

/// Who knows what a token becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenSource {
    /// The plan.
    Plan,
    /// Only the content of the photo, which the plan does not look into unless it must.
    Photo,
}

/// What there is to know of a token.
#[derive(Debug, PartialEq, Eq)]
pub struct TokenInfo {
    /// The token.
    pub token: Token,
    /// What stands in the braces.
    pub name: &'static str,
    /// What it becomes.
    pub about: &'static str,
    /// Who knows.
    pub source: TokenSource,
    /// It in use.
    pub example: &'static str,
    /// What that becomes, for some photo.
    pub becomes: &'static str,
}

macro_rules! tokens {
    ($($(#[$doc:meta])* $kind:ident($type:ident) {
        $($variant:ident = $name:literal, $source:ident:
            $about:literal, $example:literal => $becomes:literal;)+
    })+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub enum $type { $(#[doc = concat!("`", $name, "`: ", $about, ".")] $variant),+ }

            impl $type {
                /// What there is to know of it.
                pub const fn info(self) -> &'static TokenInfo {
                    match self {
                        $($type::$variant => &TokenInfo {
                            token: Token::$kind($type::$variant),
                            name: $name,
                            about: $about,
                            source: TokenSource::$source,
                            example: $example,
                            becomes: $becomes,
                        }),+
                    }
                }
            }
        )+

        /// Every token.
        pub static TOKENS: &[&TokenInfo] = &[$($($type::$variant.info()),+),+];
    };
}

tokens! {
    /// Tokens that stand for a text. `Dir` is the only one that may be several folders.
    Text(TextToken) {
        Dir = "dir", Plan: "the folder below the input folder", "{dir}" => "Boda/día 1";
        Stem = "stem", Plan: "the file name without its ending", "{stem|slug}" => "si-quiero-1";
        Ext = "ext", Plan: "the ending of the result", "{ext|lower}" => "jpg";
        Parent = "parent", Plan: "the name of the folder that the photo is in", "{parent}" => "día 1";
        Output = "output", Plan: "the name of the output, where there are several", "{output}" => "web";
        Camera = "camera", Photo: "the camera's model", "{camera}" => "Z 6_2";
        Lens = "lens", Photo: "the lens", "{lens|slug}" => "z-50mm-f-1-8";
        Artist = "artist", Photo: "who made the photo", "{artist|upper}" => "ANA NÚÑEZ";
        Title = "title", Photo: "what the photo is called", "{title|slug}" => "los-novios";
    }
    /// Tokens that stand for a number.
    Number(NumberToken) {
        Index = "index", Plan: "the photo's number in the plan", "{index:04}" => "0007";
        Rating = "rating", Photo: "its stars: 0 without any, -1 if it was rejected", "{rating}" => "5";
        Width = "width", Photo: "pixels of the result across", "{width}" => "2048";
        Height = "height", Photo: "pixels of the result down", "{height:05}" => "01365";
    }
    /// Tokens that stand for when the photo was taken; they differ in how that is written.
    Time(TimeToken) {
        Date = "date", Photo: "when it was taken, or else when the file was last changed",
            "{date:%Y-%m}" => "2024-05";
        Time = "time", Photo: "the time of day of that", "{time}" => "180509";
    }
}

impl Token {
    /// What there is to know of it.
    pub fn info(self) -> &'static TokenInfo {
        match self {
            Token::Text(token) => token.info(),
            Token::Number(token) => token.info(),
            Token::Time(token) => token.info(),
        }
    }

    /// Whether it stands for something else in another output of the same photo.
    pub(super) fn differs_by_output(self) -> bool {
        match self {
            Token::Text(TextToken::Ext | TextToken::Output)
            | Token::Number(NumberToken::Width | NumberToken::Height) => true,
            Token::Text(
                TextToken::Dir
                | TextToken::Stem
                | TextToken::Parent
                | TextToken::Camera
                | TextToken::Lens
                | TextToken::Artist
                | TextToken::Title,
            )
            | Token::Number(NumberToken::Index | NumberToken::Rating)
            | Token::Time(TimeToken::Date | TimeToken::Time) => false,
        }
    }
}

impl TimeToken {
    /// How it is written unless told.
    pub(super) fn usual_format(self) -> &'static str {
        match self {
            TimeToken::Date => "%Y-%m-%d",
            TimeToken::Time => "%H%M%S",
        }
    }
}

/// All of them as they are typed: `{dir}, {stem}, …`.
pub fn all_tokens() -> String {
    TOKENS.iter().map(|info| format!("{{{}}}", info.name)).collect::<Vec<_>>().join(", ")
}
