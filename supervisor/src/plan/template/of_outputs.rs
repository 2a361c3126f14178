//! The templates of a recipe's outputs: as asked for, as the recipe has them, or the usual ones. Pure.

use recipe::filter::Scalar;
use recipe::recipe::{Contradiction, Recipe, RecipeOutput, RecipePart};
use recipe::template::{PlacedToken, Template, TemplatePart, TextChange, TextToken};
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
        /// Which output it is.
        output: usize,
    },
    /// A text names an output that has no name.
    #[error(
        "{whose}: {{output}} is the name of an output in the recipe, and there is none here that has one"
    )]
    Nameless {
        /// The filter or the field that the text is one of.
        whose: &'static str,
        /// The same in the recipe.
        part: RecipePart,
    },
    /// Settings contradict each other, or the format.
    #[error("{whose}{problem}")]
    Contradiction {
        /// As above.
        whose: String,
        /// Which, and why.
        problem: Contradiction,
        /// Which output it is.
        output: usize,
    },
    /// Whatever the photo, two results of it would be one file.
    #[error("output {one} and output {other} would both write {name}; tell them apart by {{output}}")]
    Twins {
        /// The one, by its name.
        one: String,
        /// The other, by its name.
        other: String,
        /// The names of their files.
        name: String,
        /// Which output the other is.
        output: usize,
    },
}

impl OutputNameError {
    /// What is wrong in the recipe, if it is there.
    pub(crate) fn part(&self) -> Option<RecipePart> {
        match *self {
            OutputNameError::Several(_) | OutputNameError::Given(_) => None,
            OutputNameError::Path { output, .. } | OutputNameError::Twins { output, .. } => {
                Some(RecipePart::Output { output, key: "path" })
            }
            OutputNameError::Nameless { part, .. } => Some(part),
            OutputNameError::Contradiction { ref problem, output, .. } => {
                Some(RecipePart::Output { output, key: problem.setting })
            }
        }
    }
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
            let outputs = recipe.outputs.iter_mut().enumerate();
            outputs.map(|(index, output)| name_of(index, output, usual)).collect::<Result<_, _>>()?
        }
    };
    if let Some((whose, part)) = nameless(recipe) {
        return Err(OutputNameError::Nameless { whose, part });
    }
    // Only now it is known which formats they have.
    for (index, output) in recipe.outputs.iter().enumerate() {
        if let Some(problem) = output.settings.contradiction() {
            return Err(OutputNameError::Contradiction { whose: whose(output), problem, output: index });
        }
    }
    check_twins(recipe, &names)?;
    Ok(names)
}

/// Checks that no two outputs have one name for every photo. Those that are alike for some photos alone are
/// found with the photo.
fn check_twins(recipe: &Recipe, names: &[NameTemplate]) -> Result<(), OutputNameError> {
    let mut before: Vec<(String, Template)> = Vec::new();
    for (index, (output, name)) in recipe.outputs.iter().zip(names).enumerate() {
        let Some(name) = fixed(output, &name.template) else { continue };
        let (own, key) = (output.name.clone().unwrap_or_default(), folded(&name));
        if let Some((one, _)) = before.iter().find(|(_, other)| *other == key) {
            let (one, name) = (one.clone(), name.to_string());
            return Err(OutputNameError::Twins { one, other: own, name, output: index });
        }
        before.push((own, key));
    }
    Ok(())
}

/// The name of an output's files with its own name and format filled in; `None` if it then still is another
/// one for another output. The format of the photo is the same for all that keep it.
fn fixed(output: &RecipeOutput, name: &Template) -> Option<Template> {
    let mut fixed = Template::default();
    for part in &name.0 {
        let own = match part {
            TemplatePart::Text(text) => Some(text.clone()),
            TemplatePart::Token(token) => of_output(output, token),
        };
        match (own, fixed.0.last_mut()) {
            (Some(more), Some(TemplatePart::Text(text))) => *text += &more,
            (Some(text), Some(TemplatePart::Token(_)) | None) => fixed.0.push(TemplatePart::Text(text)),
            (None, _) => fixed.0.push(part.clone()),
        }
    }
    let is_ending =
        |part: &&TemplatePart| matches!(part, TemplatePart::Token(PlacedToken::Text(TextToken::Ext, _)));
    let others = Template(fixed.0.iter().filter(|part| !is_ending(part)).cloned().collect());
    (!others.differs_by_output()).then_some(fixed)
}

/// What a token stands for that the output alone decides.
fn of_output(output: &RecipeOutput, token: &PlacedToken) -> Option<String> {
    match token {
        PlacedToken::Text(TextToken::Ext, changes) => {
            Some(TextChange::all(changes, output.settings.format?.info().extensions[0]))
        }
        PlacedToken::Text(TextToken::Output, changes) => {
            Some(TextChange::all(changes, output.name.as_deref()?))
        }
        PlacedToken::Text(
            TextToken::Dir
            | TextToken::Stem
            | TextToken::Parent
            | TextToken::Camera
            | TextToken::Lens
            | TextToken::Artist
            | TextToken::Title,
            _,
        )
        | PlacedToken::Number(..)
        | PlacedToken::Time(..) => None,
    }
}

/// For a file system that ignores case: in a token, a letter's case has a meaning.
fn folded(name: &Template) -> Template {
    let part = |part: &TemplatePart| match part {
        TemplatePart::Text(text) => TemplatePart::Text(text.to_lowercase()),
        TemplatePart::Token(_) => part.clone(),
    };
    Template(name.0.iter().map(part).collect())
}

/// The filter or field whose text has the name of an output that has none. Where there are several, each has
/// one.
fn nameless(recipe: &Recipe) -> Option<(&'static str, RecipePart)> {
    let only = recipe.outputs.only().filter(|only| only.name.is_none())?;
    let mut filters = recipe.all_filters().enumerate();
    let filter = filters.find_map(|(index, filter)| {
        let part = RecipePart::Filter { filter: index, param: naming_param(filter)? };
        Some((filter.info().name, part))
    });
    let field = || only.changes.set.iter().find(|(_, text)| text.names_output());
    filter.or_else(|| {
        let (field, _) = field()?;
        Some((field.word(), RecipePart::Field { output: 0, field: *field }))
    })
}

/// The parameter of a filter whose text has the name of an output.
fn naming_param(filter: &Filter) -> Option<&'static str> {
    let names_it = |value: &Scalar| match value {
        Scalar::Text(text) => text.parse::<Template>().is_ok_and(|text| text.names_output()),
        Scalar::Number(_) | Scalar::Whole(_) | Scalar::Switch(_) => false,
    };
    let has_it = filter.texts().any(|text| text.names_output());
    let param = || filter.values().into_iter().find(|(_, value)| names_it(value));
    if has_it { param().map(|(param, _)| param.name) } else { None }
}

/// How a message begins that is about one output.
fn whose(output: &RecipeOutput) -> String {
    output.name.as_ref().map(|name| format!("output {name}: ")).unwrap_or_default()
}

fn name_of(
    index: usize,
    output: &mut RecipeOutput,
    usual: Option<&str>,
) -> Result<NameTemplate, OutputNameError> {
    let wrong = |problem: String| OutputNameError::Path { whose: whose(output), problem, output: index };
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
    fn outputs_that_could_only_be_one_file_are_told_before_any_photo() {
        let apart = |one: &str, other: &str| {
            let toml = format!("[[output]]\nname = \"a\"\n{one}\n[[output]]\nname = \"b\"\n{other}\n");
            let mut recipe = Recipe::parse(&toml).unwrap();
            names_of_outputs(&mut recipe, None).map(drop).map_err(|error| error.to_string())
        };
        let both = "output a and output b would both write x/{stem}.jpg; tell them apart by {output}";
        for (one, other) in [
            ("path = \"x/{stem}.jpg\"", "path = \"x/{stem}\"\nformat = \"jpeg\""),
            ("path = \"X/{stem}.jpg\"", "path = \"x/{stem}.jpg\""),
            ("path = \"x/{stem}.{ext|upper}\"\nformat = \"jpeg\"", "path = \"x/{stem}.jpg\""),
        ] {
            assert_eq!(apart(one, other), Err(both.to_owned()), "{one} {other}");
        }
        assert!(apart("path = \"b/{dir}/{stem}.{ext}\"", "").is_err(), "what is usual for b");
        let kept = apart("path = \"{stem}\"", "path = \"{stem}\"").unwrap_err();
        assert!(kept.contains("would both write {stem}.{ext};"), "{kept}");
        for (one, other) in [
            ("", ""),
            ("path = \"{stem}\"\nformat = \"png\"", "path = \"{stem}\"\nformat = \"jpeg\""),
            ("path = \"{stem}-{width}\"", "path = \"{stem}-{width}\""),
            ("path = \"{output}-{stem}\"", "path = \"{output}-{stem}\""),
            ("path = \"{date:%Y}/{stem}\"", "path = \"{date:%y}/{stem}\""),
            ("path = \"{date:%m}/{stem}\"", "path = \"{date:%M}/{stem}\""),
            ("path = \"{{ext}}/{stem}\"\nformat = \"jpeg\"", "path = \"{{jpg}}/{stem}.jpg\""),
            ("path = \"{output|slug}/{stem}\"", "path = \"{output|slug}/{stem}\""),
            // Only a photo says whether it is a JPEG.
            ("path = \"{stem}\"", "path = \"{stem}.jpg\""),
        ] {
            assert_eq!(apart(one, other), Ok(()), "{one} {other}");
        }
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
