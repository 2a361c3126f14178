//! The files that a recipe's filters read: they must be there before anything runs, and workers, which start
//! in another folder, know them by where they really are.

use std::fs;
use std::path::PathBuf;

use recipe::Recipe;

use crate::escape::escape;

/// A file that a filter reads and that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{filter}: {param} {}: {problem}", escape(.path))]
pub struct RecipeFileError {
    /// The filter's English name.
    pub filter: &'static str,
    /// The parameter that names the file.
    pub param: &'static str,
    /// The file as it was named.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: String,
}

/// Looks at every file that a recipe names, and puts its real path in place of the name.
pub fn resolve_files(recipe: &mut Recipe) -> Result<(), RecipeFileError> {
    for filter in &mut recipe.filters {
        let name = filter.info().name;
        for (param, file) in filter.files_mut() {
            let opened = fs::File::open(file.as_path());
            let looked = opened.and_then(|opened| opened.metadata()).map_err(|error| error.to_string());
            let real = looked.and_then(|metadata| match metadata.is_file() {
                true => fs::canonicalize(file.as_path()).map_err(|error| error.to_string()),
                false => Err("it is not a file".to_owned()),
            });
            match real {
                Ok(path) => file.0 = path,
                Err(problem) => {
                    let path = file.0.clone();
                    return Err(RecipeFileError { filter: name, param, path, problem });
                }
            }
        }
    }
    Ok(())
}
