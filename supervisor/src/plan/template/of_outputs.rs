//! The templates of a recipe's outputs: as asked for, as the recipe has them, or the usual ones. Pure.

use recipe::recipe::{Contradiction, Recipe, RecipeOutput};
use recipe::{Filter, Word};

use super::NameTemplate;
use super::ending::EndingError;

/// Where results go unless told otherwise, if there are several outputs.
const OF_SEVERAL: &str = "{output}/{dir}/{stem}.{ext}";

/// Why an output cannot have the names that were asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OutputNameError {
    /// One template was given for several outputs.
    #[error("the recipe has several outputs ({0}); write a path into each of them")]
    Several(String),
    /// The template that was given does not go with the format.
    #[error(transparent)]
    Given(EndingError),
    /// A path of the recipe is wrong.
    #[error("{whose}path: {problem}")]
    Path {
        /// `output NAME: `, or nothing where there is only one.
        whose: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A text names an output that has no name.
    #[error(
        "{whose}: {{output}} is the name of an output in the recipe, and there is none here that has one"
    )]
    Nameless {
        /// The filter or the field that the text is one of.
        whose: &'static str,
    },
    /// Settings contradict each other, or the format.
    #[error("{whose}{problem}")]
    Contradiction {
        /// As above.
        whose: String,
        /// Which, and why.
        problem: Contradiction,
    },
}

/// The templates of all outputs, in their order. `given` is the one that stands beside the recipe. A format
/// that the ending of a template decides is put into the recipe.
pub(crate) fn names_of_outputs(
    recipe: &mut Recipe,
    given: Option<NameTemplate>,
) -> Result<Vec<NameTemplate>, OutputNameError> {
    let names = match given {
        Some(given) => {
            let names = output_names(recipe);
            let only = recipe.outputs.only_mut().ok_or(OutputNameError::Several(names))?;
            let (name, format) = given.settle(only.settings.format).map_err(OutputNameError::Given)?;
            only.settings.format = format;
            vec![name]
        }
        None => {
            let usual = if recipe.outputs.count() > 1 { Some(OF_SEVERAL) } else { None };
            recipe.outputs.iter_mut().map(|output| name_of(output, usual)).collect::<Result<_, _>>()?
        }
    };
    if let Some(whose) = recipe.outputs.iter().find_map(|output| nameless(recipe, output)) {
        return Err(OutputNameError::Nameless { whose });
    }
    // Only now it is known which formats they have.
    let wrong = recipe.outputs.iter().find_map(|output| Some((output, output.settings.contradiction()?)));
    match wrong {
        Some((output, problem)) => Err(OutputNameError::Contradiction { whose: whose(output), problem }),
        None => Ok(names),
    }
}

/// The filter or field whose text has the name of an output that has none.
fn nameless(recipe: &Recipe, output: &RecipeOutput) -> Option<&'static str> {
    let names_it = |filter: &&Filter| filter.texts().any(|text| text.names_output());
    let filter = recipe.filters_of(output).find(names_it).map(|filter| filter.info().name);
    let field = || output.changes.set.iter().find(|(_, text)| text.names_output());
    let whose = filter.or_else(|| field().map(|(field, _)| field.word()));
    whose.filter(|_| output.name.is_none())
}

/// How a message begins that is about one output.
fn whose(output: &RecipeOutput) -> String {
    output.name.as_ref().map(|name| format!("output {name}: ")).unwrap_or_default()
}

fn name_of(output: &mut RecipeOutput, usual: Option<&str>) -> Result<NameTemplate, OutputNameError> {
    let wrong = |problem: String| OutputNameError::Path { whose: whose(output), problem };
    let template = match output.path.as_deref().or(usual) {
        Some(text) => NameTemplate::parse(text, output.name.is_some()).map_err(|e| wrong(e.to_string()))?,
        None => NameTemplate::default(),
    };
    let (name, format) = template.settle(output.settings.format).map_err(|e| wrong(e.to_string()))?;
    output.settings.format = format;
    Ok(name)
}

/// The names of a recipe's outputs, in a list.
pub(crate) fn output_names(recipe: &Recipe) -> String {
    let names: Vec<&str> = recipe.outputs.iter().filter_map(|output| output.name.as_deref()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use recipe::recipe::format_word;

    use super::*;

    fn names(toml: &str, given: Option<&str>) -> Result<Vec<String>, String> {
        let mut recipe = Recipe::parse(toml).unwrap();
        let given = given.map(|text| text.parse().unwrap());
        let names = names_of_outputs(&mut recipe, given).map_err(|error| error.to_string())?;
        let formats = recipe.outputs.iter().map(|output| output.settings.format);
        let formats = formats.map(format_word);
        Ok(names.iter().zip(formats).map(|(name, format)| format!("{name} {format}")).collect())
    }

    #[test]
    fn each_output_has_its_template() {
        assert_eq!(names("", None).unwrap(), ["{dir}/{stem}.{ext} keep"]);
        assert_eq!(names("[output]\npath = \"a/{stem}\"\n", None).unwrap(), ["a/{stem}.{ext} keep"]);
        assert_eq!(names("[output]\npath = \"a/{stem}\"\n", Some("b.webp")).unwrap(), ["b.webp webp"]);
        let two =
            "[[output]]\nname = \"web\"\n[[output]]\nname = \"print\"\npath = \"{output}-{stem}.tif\"\n";
        let expected = ["{output}/{dir}/{stem}.{ext} keep", "{output}-{stem}.tif tiff"];
        assert_eq!(names(two, None).unwrap(), expected);
    }

    #[test]
    fn mistakes_say_whose_they_are() {
        let two = "[[output]]\nname = \"web\"\n[[output]]\nname = \"print\"\n";
        let error = names(two, Some("{stem}.{ext}")).unwrap_err();
        assert_eq!(error, "the recipe has several outputs (web, print); write a path into each of them");
        let error = names(&(two.to_owned() + "format = \"png\"\npath = \"a.jpg\"\n"), None).unwrap_err();
        assert!(error.starts_with("output print: path: the names would end in .jpg"), "{error}");
        let error = names("[output]\npath = \"{output}/{stem}\"\n", None).unwrap_err();
        assert!(error.starts_with("path: {output} is the name of"), "{error}");
        assert!(names("[output]\npath = \"../{stem}\"\n", None).unwrap_err().contains("stay below"));
        let sized = "[output]\nmax_bytes = 99999\n";
        let error = names(sized, Some("{stem}.png")).unwrap_err();
        assert!(error.starts_with("max_bytes goes with jpeg, webp and avif: a png file"), "{error}");
        assert!(names(sized, Some("{stem}.jpg")).is_ok());
    }
}
