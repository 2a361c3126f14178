//! The recipes that come with the program: as texts, so that they can be shown, changed and kept as files.

use crate::words::nearest;

/// A recipe that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShippedRecipe {
    /// What it is called, here and in its own text.
    pub name: &'static str,
    /// The recipe in TOML.
    pub text: &'static str,
}

/// One for each of these files.
macro_rules! shipped {
    ($($name:literal),+ $(,)?) => {
        &[$(ShippedRecipe {
            name: $name,
            text: include_str!(concat!("../shipped/", $name, ".toml")),
        }),+]
    };
}

/// All of them, in the order in which they are listed to people.
pub const SHIPPED: &[ShippedRecipe] =
    shipped!["wedding", "campaign", "web-gallery", "print", "proof", "social", "architecture", "archive",];

/// The one of this name.
pub fn find(name: &str) -> Option<&'static ShippedRecipe> {
    SHIPPED.iter().find(|shipped| shipped.name == name)
}

/// The name that was probably meant.
pub fn meant(name: &str) -> Option<&'static str> {
    nearest(name, SHIPPED.iter().map(|shipped| shipped.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Recipe;

    #[test]
    fn each_is_a_recipe_that_says_its_name_and_what_it_is_for() {
        for ShippedRecipe { name, text } in SHIPPED {
            let recipe = Recipe::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(recipe.name.as_deref(), Some(*name));
            assert!(recipe.description.is_some_and(|words| words.len() > 20), "{name}");
            assert_eq!(
                Recipe::parse(&Recipe::parse(text).unwrap().to_toml()).unwrap().name.as_deref(),
                Some(*name)
            );
        }
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/shipped")).unwrap();
        assert_eq!(folder.count(), SHIPPED.len(), "every file is shipped");
        assert_eq!((meant("weding"), meant("photos")), (Some("wedding"), None));
    }
}
