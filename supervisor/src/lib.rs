//! The supervisor: plans a batch of pictures, hands it to worker processes, and accounts for every one of them.
//!
//! Programs of your own start at [`pool`]. In a run, [`plan`] settles what is to be done, [`engine`] decides, [`driver`] carries out, [`run_event`]s tell sinks and reports.

pub mod cli;
pub mod commit;
pub mod compare;
pub mod config;
pub mod driver;
pub mod engine;
pub mod escape;
pub mod exit;
pub mod html;
pub mod journal;
pub mod memory;
pub mod output_folder;
pub mod plan;
pub mod pool;
mod pool_settings;
mod probe;
mod readable;
mod recipe_files;
mod replace_file;
pub mod report;
pub mod run;
pub mod run_event;
mod signals;
pub mod sink;
pub mod units;
pub mod verdict;
pub mod web;
pub mod worker_process;
