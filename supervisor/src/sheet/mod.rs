//! Contact sheets: every photo small, with its name, page by page, as JPEG or in one PDF.
//!
//! Nothing but runs: the first makes a cell of each photo, as any run makes results; then one for each page
//! puts cells on an empty page, by a recipe of marks. So a bad photo costs its own cell and nothing else, and
//! pictures are touched by workers alone. Everything is in a scratch folder beside the sheet until it is
//! whole.
//!
//! May use `batch`, `report`, `plan`.

mod layout;
mod pdf;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use pool::commit::give_name;
use pool::escape::escape;
use pool::file_identity::FileIdentity;
use pool::output_folder::OutputFolderError;
use recipe::Format;
use recipe::format::{HdrPolicy, MetadataPolicy, Subsampling};
use recipe::recipe::{Output, Recipe};

use crate::batch::{PlannedRun, RunError, RunSettings, run_aside};
use crate::console::{complain, print};
use crate::exit::Exit;
use crate::plan::NameTemplate;
use crate::report::sink::ProgressMode;
use crate::scratch::Scratch;
use crate::units::amount;
use layout::DPI;
pub(crate) use layout::Grid;

/// How the names of scratch folders begin.
const SCRATCH: &str = ".supervisor-sheet-";
/// What every page begins as: a white pixel.
const EMPTY: &[u8] = b"P6\n1 1\n255\n\xff\xff\xff";
/// Quality of a page's JPEG.
const QUALITY: u8 = 90;

/// What a sheet is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SheetKind {
    /// A JPEG for each page.
    Jpeg,
    /// One document.
    Pdf,
}

/// What is wanted.
#[derive(Debug)]
pub(crate) struct SheetSettings {
    /// The file to write, absolute; where there are several, their numbers are added.
    pub file: PathBuf,
    /// As its name says.
    pub kind: SheetKind,
    /// The cells of a page.
    pub grid: Grid,
    /// Whether files may be replaced.
    pub replaces: bool,
    /// The rest, as for any run; its output is known only here.
    pub run: RunSettings,
}

/// Why there is no sheet.
#[derive(Debug, thiserror::Error)]
enum NoSheet {
    /// A run that was to make a part of it did not happen.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Files are in the way.
    #[error("{} is there already; --on-conflict overwrite replaces it", escape(.0))]
    Taken(PathBuf),
    /// A photo is in the way.
    #[error("{} is one of the photos, which are never replaced; give the sheet another name or folder",
        escape(.0))]
    IsPhoto(PathBuf),
    /// The file cannot be written.
    #[error("cannot write the sheet {}: {error}", escape(.path))]
    Write {
        /// Where it was to go.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl NoSheet {
    fn exit(&self) -> Exit {
        match self {
            NoSheet::Run(error) => error.exit(),
            NoSheet::Taken(_) | NoSheet::IsPhoto(_) => Exit::Usage,
            NoSheet::Write { .. } => Exit::TryAgain,
        }
    }
}

/// Makes a sheet, and says what there is to say.
pub(crate) fn sheet(settings: SheetSettings) -> Exit {
    made(settings).unwrap_or_else(|error| {
        complain(&error);
        error.exit()
    })
}

fn made(mut settings: SheetSettings) -> Result<Exit, NoSheet> {
    let folder = settings.file.parent().unwrap_or(Path::new("/")).to_owned();
    let scratch = Scratch::make_in(&folder, SCRATCH)
        .map_err(|error| RunError::from(OutputFolderError::Io { path: folder, error }))?
        .goes_with_a_signal()
        .map_err(RunError::Io)?;
    settings.run.output = scratch.path().join("cells");
    settings.run.state = scratch.path().join("state");
    settings.run.recipe = Recipe::new(
        settings.grid.cell_filters(),
        Output {
            format: Some(Format::Png),
            metadata: MetadataPolicy::Strip,
            hdr: HdrPolicy::Drop,
            ..Output::default()
        },
    );
    let planned = PlannedRun::make(&settings.run)?;
    // Fewer photos may become fewer pages, but hours of work must not end at a file that is in the way.
    let photos: Vec<PathBuf> = planned.plan().jobs.iter().map(|job| job.input.clone()).collect();
    settings.find_room(photos.len(), &photos)?;
    let (exit, cells) = run_aside(&settings.run, planned)?;
    if cells.is_empty() || !matches!(exit, Exit::Success | Exit::SomeFailed) {
        return Ok(exit);
    }
    settings.find_room(cells.len(), &photos)?;
    let mut pages = Vec::new();
    let count = settings.pages(cells.len());
    for (number, cells) in (1..).zip(cells.chunks(settings.grid.cells())) {
        match settings.page(&scratch, cells, number, count)? {
            Ok(page) => pages.push(page),
            Err(exit) => return Ok(exit),
        }
    }
    let files = settings.publish(&scratch, &pages)?;
    if !settings.run.quiet {
        print(&summary(photos.len(), cells.len(), pages.len(), &files));
    }
    Ok(exit)
}

/// What was written, and what is on it.
fn summary(photos: usize, cells: usize, pages: usize, files: &[PathBuf]) -> String {
    let left_out = match photos - cells {
        0 => String::new(),
        count => format!(", {count} left out"),
    };
    let files: String = files.iter().map(|file| format!("sheet: {}\n", escape(file))).collect();
    format!("{} on {}{left_out}\n{files}", amount(cells, "photo"), amount(pages, "page"))
}

impl SheetSettings {
    /// How many pages so many cells take.
    fn pages(&self, cells: usize) -> usize {
        cells.div_ceil(self.grid.cells())
    }

    /// The files that become of so many pages.
    fn files(&self, pages: usize) -> Vec<PathBuf> {
        if pages <= 1 || self.kind == SheetKind::Pdf {
            return vec![self.file.clone()];
        }
        let (stem, digits) = (self.file.file_stem().unwrap_or_default(), pages.to_string().len());
        let name = |page: usize| {
            let mut name = stem.to_owned();
            name.push(format!("-{page:0digits$}"));
            if let Some(ending) = self.file.extension() {
                name.push(".");
                name.push(ending);
            }
            self.file.with_file_name(name)
        };
        (1..=pages).map(name).collect()
    }

    /// Whether the files of so many cells may be written, which are none of the photos.
    fn find_room(&self, cells: usize, photos: &[PathBuf]) -> Result<(), NoSheet> {
        let files = self.files(self.pages(cells));
        let there: Vec<PathBuf> = files.into_iter().filter(|file| file.symlink_metadata().is_ok()).collect();
        for file in there {
            let known = FileIdentity::at(&file);
            if known.is_some() && photos.iter().any(|photo| FileIdentity::at(photo) == known) {
                return Err(NoSheet::IsPhoto(file));
            }
            if !self.replaces {
                return Err(NoSheet::Taken(file));
            }
        }
        Ok(())
    }

    /// Makes a page of its cells, or says how the run ended that should have.
    fn page(
        &self,
        scratch: &Scratch,
        cells: &[PathBuf],
        number: usize,
        count: usize,
    ) -> Result<Result<PathBuf, Exit>, NoSheet> {
        let empty = scratch.path().join("empty.ppm");
        fs::write(&empty, EMPTY).map_err(|error| NoSheet::Write { path: empty.clone(), error })?;
        let RunSettings { limits, sandbox, timeout, retries, .. } = self.run;
        let settings = Output {
            format: Some(Format::Jpeg),
            quality: QUALITY,
            subsampling: Subsampling::S444,
            metadata: MetadataPolicy::Strip,
            dpi: Some(DPI),
            ..Output::default()
        };
        let run = RunSettings {
            state: scratch.path().join(format!("state-{number}")),
            recipe: Recipe::new(self.grid.page_filters(cells, number, count), settings),
            names: vec![NameTemplate::of_file(format!("{number}.jpg").as_ref()).unwrap_or_default()],
            workers: 1,
            progress: ProgressMode::None,
            quiet: true,
            limits,
            sandbox,
            timeout,
            retries,
            ..RunSettings::new(vec![empty], scratch.path().join("pages"))
        };
        let (exit, pages) = run_aside(&run, PlannedRun::make(&run)?)?;
        Ok(pages.into_iter().next().ok_or(exit))
    }

    /// Gives the finished pages their names, all of them or none, and says which these are.
    fn publish(&self, scratch: &Scratch, pages: &[PathBuf]) -> Result<Vec<PathBuf>, NoSheet> {
        let document = scratch.path().join("sheet.pdf");
        let finished = match self.kind {
            SheetKind::Jpeg => pages,
            SheetKind::Pdf => {
                let failed = |error| NoSheet::Write { path: self.file.clone(), error };
                write_document(&document, pages).map_err(failed)?;
                std::slice::from_ref(&document)
            }
        };
        let mut placed: Vec<PathBuf> = Vec::new();
        for (page, file) in finished.iter().zip(self.files(pages.len())) {
            if let Err(error) = give_name(page, &file, self.replaces) {
                // What was replaced cannot come back; what is new goes, so that no part is taken for all.
                placed.iter().filter(|_| !self.replaces).for_each(|file| drop(fs::remove_file(file)));
                return Err(NoSheet::Write { path: file, error });
            }
            placed.push(file);
        }
        Ok(placed)
    }
}

fn write_document(file: &Path, pages: &[PathBuf]) -> io::Result<()> {
    let mut out = BufWriter::new(File::create_new(file)?);
    pdf::write(&mut out, pages)?;
    out.flush()
}
