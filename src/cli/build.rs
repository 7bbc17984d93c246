//! `seuil build`: inputs → protected edition.

use std::path::{Path, PathBuf};

use anyhow::anyhow;

use config::Config;
use domain::Scale;
use pipeline::{BuildError, Job, Progress, build};

use super::progress::Steps;
use shell::{CliError, usage};

/// What `seuil build` is asked.
#[derive(clap::Args)]
pub struct BuildArguments {
    /// Le fichier de configuration
    config: PathBuf,
    /// Où publier l'édition, au lieu de build.out
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Builds one edition, complete or not at all.
pub fn run(arguments: &BuildArguments) -> Result<(), CliError> {
    let config = Config::read(&arguments.config)?;
    let job = Job::new(config, arguments.out.clone()).map_err(|error| match error {
        error @ BuildError::NoSection => usage(anyhow!("{} : {error}", arguments.config.display())),
        error => error.into(),
    })?;
    let steps = Steps::new();
    let built = build(&job, &steps)?;
    steps.end();
    for sizes in &built.written.tiles {
        eprintln!("{sizes}");
    }
    eprint!("\n{}", built.summary);
    println!("{}", built.written.path.display());
    Ok(())
}

impl Progress for Steps {
    fn step(&self, name: &str) {
        self.begin(name);
    }

    fn bytes(&self, path: &Path, bytes: u64) {
        Steps::bytes(self, path, bytes);
    }

    fn round(&self, round: usize) {
        Steps::round(self, round);
    }

    fn tiles(&self, scale: Scale, zoom: u8, done: usize, tiles: usize) {
        Steps::tiles(self, scale, zoom, done, tiles);
    }
}
