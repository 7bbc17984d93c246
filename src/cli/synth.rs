//! `seuil synth`: arguments, and progress on the terminal.

use std::io::IsTerminal;
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};

use super::CliError;
use synth::{DEFAULT_SEED, Geometry, Options, run};

/// Invente des fichiers d'entrée aux formats officiels, et un `seuil.toml` à côté.
///
/// Sans --points : un territoire fictif entier (répertoire, enquête, contours, tables de codes).
/// Avec --points : des occupants fictifs pour de vrais points de logements.
/// La même graine écrit les mêmes octets.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Dossier à écrire : absent ou vide
    #[arg(long)]
    out: PathBuf,
    /// Nombre de ménages, environ (58000 par défaut)
    #[arg(long)]
    households: Option<u64>,
    /// Graine du hasard
    #[arg(long, default_value_t = DEFAULT_SEED)]
    seed: u64,
    /// Fichier CSV de points (ID;DEPCOM;LON;LAT;NB_LOGEMENTS;…)
    #[arg(long)]
    points: Option<PathBuf>,
    /// Difficulté du territoire fictif : easy ; dense, des agglomérations aussi difficiles que les
    /// vraies ; conurbation, une telle agglomération seule
    #[arg(long, default_value = "easy")]
    geometry: Geometry,
}

/// Runs the command.
pub(super) fn synth(arguments: Arguments) -> Result<(), CliError> {
    let Arguments { out, households, seed, points, geometry } = arguments;
    let options = Options { out, households, seed, points, geometry };
    let mut report = report();
    eprintln!("synth : écriture dans {}", options.out.display());
    let summary = run(&options, &mut report)?;
    let counts = summary.counts;
    eprintln!(
        "synth : {} communes, {} adresses, {} logements, {} ménages enquêtables, {} répondants, \
         tous fictifs",
        summary.communes, counts.addresses, counts.dwellings, counts.households, counts.respondents
    );
    Ok(())
}

/// A bar on a terminal, a line for each tenth elsewhere.
fn report() -> impl FnMut(u64, u64) {
    let terminal = std::io::stderr().is_terminal();
    let bar = if terminal { ProgressBar::new(1) } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("synth {bar:40} {percent} %") {
        bar.set_style(style);
    }
    let mut tenth = 0;
    move |done, total| {
        bar.set_length(total);
        bar.set_position(done);
        let now = done * 10 / total.max(1);
        if !terminal && now > tenth {
            eprintln!("synth : {} %", now * 10);
        }
        tenth = now;
        if done == total {
            bar.finish_and_clear();
        }
    }
}
