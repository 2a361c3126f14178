//! `supervisor run`: its options. Numbers and words are taken as text, so that `config` can say what is wrong with them.

use std::path::PathBuf;

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  Fit a wedding into 2048 pixels for the web
    supervisor run wedding/ -o web/ -f resize:long_edge=2048 --format jpeg --quality 90

  A studio's mark on every picture
    supervisor run shoot/ -o proofs/ -f resize=1200 -f \"watermark:text=© Estudio,opacity=0.5\"

  See what would be done, without doing it
    supervisor run shoot/ -o proofs/ --name '{date}/{stem}-{width}.{ext}' --dry-run

Exit codes:
  0 every image ok or skipped, 1 some images failed, 2 nothing was run (usage, no input, conflicting names),
  3 no worker could be kept running, 75 stopped by something outside (disk full), 130 and 143 stopped by a signal";

/// Options of `run`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RunArgs {
    /// Files and folders; folders are searched and mirrored below the output folder
    #[arg(required_unless_present = "files_from")]
    pub inputs: Vec<PathBuf>,
    /// Read more input files from FILE, one a line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub files_from: Option<PathBuf>,
    /// The names in --files-from end with a NUL byte instead of a newline
    #[arg(short = '0', requires = "files_from")]
    pub nul: bool,
    /// The folder that the results go into
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// A filter, applied in the order given: NAME, NAME=VALUE or NAME:key=value,key=value (see `supervisor filters`)
    #[arg(short, long = "filter", value_name = "SPEC")]
    pub filters: Vec<String>,
    /// A recipe in TOML; filters given with -f come after it
    #[arg(short, long, value_name = "FILE")]
    pub recipe: Option<PathBuf>,
    /// Format of the results: keep, jpeg, png, webp, tiff, avif [default: keep]
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// Quality of JPEG, WebP and AVIF, 1–100 [default: 85]
    #[arg(long, value_name = "N")]
    pub quality: Option<String>,
    /// The largest that a JPEG, WebP or AVIF may become, such as 500k or 2M (k is 1024); the quality is lowered for it, at most to 20
    #[arg(long, value_name = "SIZE")]
    pub max_bytes: Option<String>,
    /// Chroma subsampling of JPEG: 444, 422, 420 [default: 420]
    #[arg(long, value_name = "S")]
    pub subsampling: Option<String>,
    /// Colour: srgb converts from the embedded profile, keep leaves pixels and profile alone [default: srgb]
    #[arg(long, value_name = "C")]
    pub color: Option<String>,
    /// Metadata of the results: keep, copyright, strip [default: keep]
    #[arg(long, value_name = "M")]
    pub metadata: Option<String>,
    /// Raw photos: develop the sensor's data, or take the embedded JPEG preview [default: develop]
    #[arg(long, value_name = "HOW")]
    pub raw: Option<String>,
    /// Names of the results; also {index}, {parent}, {date}, {width}, {height}, {camera}
    #[arg(long, value_name = "TEMPLATE", default_value = "{dir}/{stem}.{ext}")]
    pub name: String,
    /// When a file stands where a result must go: error, skip, overwrite, unique
    #[arg(long, value_name = "WHAT", default_value = "error")]
    pub on_conflict: String,
    /// Worker processes (or threads) [default: the cores this process may use]
    #[arg(short = 'j', long, value_name = "N")]
    pub workers: Option<String>,
    /// process: one process per worker; thread: one process with a thread per worker; sequential: one after another
    #[arg(long, value_name = "HOW", default_value = "process")]
    pub isolation: String,
    /// The longest that one image may take: 500ms, 120s, 2m
    #[arg(long, value_name = "DUR", default_value = "120s")]
    pub timeout: String,
    /// How often an image is tried again after its worker was lost, 0–10
    #[arg(long, value_name = "N", default_value = "1")]
    pub retries: String,
    /// The largest picture accepted, in pixels: 300M
    #[arg(long, value_name = "N", default_value = "300M")]
    pub max_pixels: String,
    /// Memory for all running images together: 4G, or a share of what the machine or cgroup allows
    #[arg(long, value_name = "SIZE|PCT", default_value = "70%")]
    pub memory: String,
    /// Replace a worker after about N images per lane (exactly 1 if N is 1); 0 never
    #[arg(long, value_name = "N", default_value = "0")]
    pub recycle_after: String,
    /// require, auto (use what the kernel offers and say what is missing) or off
    #[arg(long, value_name = "MODE", default_value = "auto")]
    pub sandbox: String,
    /// Print every input with its output and run nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Make every output again, also those that are up to date; our own are replaced, other files stay conflicts
    #[arg(long)]
    pub fresh: bool,
    /// auto, bar, plain, json (lines on standard output) or none
    #[arg(long, value_name = "KIND", default_value = "auto")]
    pub progress: String,
    /// Write the report to PATH, .json, .csv or .html; may be given several times
    #[arg(long, value_name = "PATH")]
    pub report: Vec<PathBuf>,
    /// Append a log to FILE, `-` for standard error; SUPERVISOR_LOG chooses its levels (see docs/logs.md)
    #[arg(long, value_name = "FILE|-")]
    pub log: Option<PathBuf>,
    /// Print failures only
    #[arg(short, long)]
    pub quiet: bool,
    /// Also print the settings in force
    #[arg(short, long)]
    pub verbose: bool,
}
