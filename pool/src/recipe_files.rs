//! The files that a recipe's filters read: they must be there before anything runs, and workers, which start
//! in another folder, know them by where they really are.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use recipe::Recipe;
use recipe::recipe::RecipePart;

use crate::escape::escape;
use crate::not_there::{self, Sought, not_there};

/// A file that a filter reads and that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{filter}: {param} {}: {problem}{}", escape(.path), looked_in(.folders))]
pub struct RecipeFileError {
    /// The filter's English name.
    pub filter: &'static str,
    /// Which filter it is, counted as by [`Recipe::all_filters`].
    pub index: usize,
    /// The parameter that names the file.
    pub param: &'static str,
    /// The file as it was named.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: String,
    /// Where it was looked for, if its name does not say that.
    pub folders: Vec<PathBuf>,
}

impl RecipeFileError {
    /// Where it was named.
    pub fn part(&self) -> RecipePart {
        RecipePart::Filter { filter: self.index, param: self.param }
    }
}

fn looked_in(folders: &[PathBuf]) -> String {
    match folders {
        [] => String::new(),
        folders => {
            let folders: Vec<String> = folders.iter().map(|folder| escape(folder)).collect();
            format!("; looked in {}", folders.join(" and "))
        }
    }
}

/// Looks at every file that a recipe names, and puts its real path in place of the name. A relative name is
/// looked for in `beside`, where the recipe's own file stands, and then in the current folder; `~/` is the
/// home folder.
pub fn resolve_files(recipe: &mut Recipe, beside: Option<&Path>) -> Result<(), RecipeFileError> {
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    for (index, filter) in recipe.all_filters_mut().enumerate() {
        let name = filter.info().name;
        for (param, file) in filter.files_mut() {
            let found = find(file.as_path(), beside, home.as_deref());
            file.0 = found.map_err(|(problem, folders)| {
                let path = file.0.clone();
                RecipeFileError { filter: name, index, param, path, problem, folders }
            })?;
        }
    }
    Ok(())
}

/// The real path of a file, or what is wrong with it and where it was looked for.
fn find(named: &Path, beside: Option<&Path>, home: Option<&Path>) -> Result<PathBuf, (String, Vec<PathBuf>)> {
    let at_home = named.strip_prefix("~").ok().zip(home).map(|(rest, home)| home.join(rest));
    if let Some(path) = at_home.as_deref().or_else(|| named.is_absolute().then_some(named)) {
        let looked_in = at_home.as_deref().and_then(Path::parent).map(Path::to_owned);
        return usable(path)
            .map_err(|error| (not_there::why(path, Sought::File, &error), looked_in.into_iter().collect()));
    }
    let here = std::env::current_dir().ok();
    let beside = beside.and_then(|folder| std::path::absolute(folder).ok());
    let mut folders: Vec<PathBuf> = beside.into_iter().chain(here).collect();
    folders.dedup();
    for folder in &folders {
        match usable(&folder.join(named)) {
            Ok(path) => return Ok(path),
            // What is there and no good is of more interest than what is not there.
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                let folder = vec![folder.clone()];
                return Err((error.to_string(), folder));
            }
            Err(_) => {}
        }
    }
    let places: Vec<PathBuf> = folders.iter().map(|folder| folder.join(named)).collect();
    Err((not_there(named, &places, Sought::File), folders))
}

/// The real path of a file that can be read.
fn usable(path: &Path) -> io::Result<PathBuf> {
    // Looked at first: a pipe would be waited for.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    fs::File::open(path)?;
    fs::canonicalize(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_looked_for_beside_the_recipe_then_here_and_at_home() {
        let dir = tempfile::tempdir().unwrap();
        let folder = fs::canonicalize(dir.path()).unwrap();
        fs::write(folder.join("look.cube"), "").unwrap();
        fs::create_dir(folder.join("folder.cube")).unwrap();
        let found = |name: &str, beside, home| find(Path::new(name), beside, home);
        assert_eq!(found("look.cube", Some(&*folder), None).unwrap(), folder.join("look.cube"));
        assert_eq!(found("~/look.cube", None, Some(&*folder)).unwrap(), folder.join("look.cube"));
        assert!(found("Cargo.toml", Some(&*folder), None).is_ok(), "in the current folder");
        let (problem, folders) = found("missing.cube", Some(&*folder), None).unwrap_err();
        assert_eq!(folders, [folder.clone(), std::env::current_dir().unwrap()], "{problem}");
        let (problem, _) = found("lok.cube", Some(&*folder), None).unwrap_err();
        assert_eq!(problem, "there is no such file (did you mean \"look.cube\"?)");
        rustix::fs::mkfifoat(rustix::fs::CWD, folder.join("pipe.cube"), 0o600.into()).unwrap();
        for name in ["folder.cube", "pipe.cube"] {
            let (problem, folders) = found(name, Some(&*folder), None).unwrap_err();
            assert_eq!((problem.as_str(), folders), ("it is not a file", vec![folder.clone()]));
        }
        assert!(found("/nowhere.cube", None, None).unwrap_err().1.is_empty());
    }
}
