//! `seuil edition`: which editions are there, whole and active.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use config::{BadConfig, Config};
use domain::Fault;
use edition::{
    EditionId, FileProblem, Ledger, activate, active_ids, installed, manifest_digest, read_ledger,
    verify, withdraw,
};
use shell::CliError;

/// Liste, vérifie, active ou retire des éditions.
#[derive(Args)]
pub struct EditionArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Liste les éditions du dossier : actives, et déjà publiées ou non
    List(Where),
    /// Recalcule l'empreinte de chaque fichier (code de sortie 1 si l'une diffère)
    Verify {
        /// L'édition, comme 2024r1 ; toutes sans elle
        #[arg(value_name = "ID")]
        id: Option<EditionId>,
        #[command(flatten)]
        place: Where,
    },
    /// Vérifie une édition puis la rend active ; les serveurs la voient aussitôt
    Activate {
        /// L'édition, comme 2024r1
        #[arg(value_name = "ID")]
        id: EditionId,
        #[command(flatten)]
        place: Where,
    },
    /// Retire une édition du service ; ses fichiers restent
    Withdraw {
        /// L'édition, comme 2024r1
        #[arg(value_name = "ID")]
        id: EditionId,
        #[command(flatten)]
        place: Where,
    },
}

#[derive(Args)]
struct Where {
    /// Fichier de configuration
    #[arg(long, value_name = "CONFIG.toml")]
    config: PathBuf,
}

/// Does what was asked and prints what came of it, one line for each edition or file.
pub fn run(arguments: &EditionArguments) -> Result<(), CliError> {
    match &arguments.action {
        Action::List(place) => list(&folder(place)?),
        Action::Verify { id, place } => {
            let folder = folder(place)?;
            let ids = match id {
                Some(id) => vec![*id],
                None => installed(&folder)?,
            };
            check(&folder, &ids)
        }
        Action::Activate { id, place } => {
            let folder = folder(place)?;
            check(&folder, &[*id])?;
            activate(&folder, *id)?;
            println!("{id} : active");
            Ok(())
        }
        Action::Withdraw { id, place } => {
            let folder = folder(place)?;
            withdraw(&folder, *id)?;
            println!("{id} : retirée");
            Ok(())
        }
    }
}

fn folder(place: &Where) -> Result<PathBuf, CliError> {
    let path = &place.config;
    let config = Config::read(path)?;
    let serve = config
        .serve
        .as_ref()
        .ok_or_else(|| BadConfig::Section { path: path.clone(), section: "serve" })?;
    Ok(config.resolve(&serve.editions))
}

/// One line for each edition that is there or was published: active or not, and what the ledger of
/// activations says of it.
fn list(folder: &Path) -> Result<(), CliError> {
    let active = active_ids(folder)?;
    let ledger = read_ledger(folder)?.unwrap_or_default();
    let installed = installed(folder)?;
    let gone = ledger.ids().into_iter().filter(|id| !installed.contains(id));
    let mut ids: Vec<EditionId> = installed.iter().copied().chain(gone).collect();
    ids.sort_unstable();
    for id in ids {
        let state = match (installed.contains(&id), active.contains(&id)) {
            (false, _) => "absente",
            (true, true) => "active",
            (true, false) => "inactive",
        };
        println!("{id} : {state}{}", ledger_state(folder, &ledger, id, state)?);
    }
    Ok(())
}

fn ledger_state(
    folder: &Path,
    ledger: &Ledger,
    id: EditionId,
    state: &str,
) -> Result<String, CliError> {
    let same = || -> Result<bool, CliError> { Ok(ledger.lists(id, &manifest_digest(folder, id)?)) };
    Ok(match ledger.published(id.vintage()) {
        None if state == "active" => ", pas encore au registre des activations".into(),
        None => String::new(),
        Some(listed) if listed != id => {
            format!(", ne peut être servie : le millésime est publié par {listed}")
        }
        Some(_) if state == "absente" => ", déjà publiée".into(),
        Some(_) if !same()? => {
            ", ne peut être servie : ce n'est pas celle qui a été publiée".into()
        }
        Some(_) if state == "active" => String::new(),
        Some(_) => ", déjà publiée".into(),
    })
}

fn check(folder: &Path, ids: &[EditionId]) -> Result<(), CliError> {
    let mut wrong = 0;
    for id in ids {
        let problems = verify(folder, *id)?;
        if problems.is_empty() {
            println!("{id} : intacte");
        }
        for problem in &problems {
            let (name, problem) = match problem {
                FileProblem::Differs(name) => (name, "empreinte différente de celle du manifeste"),
                FileProblem::Missing(name) => (name, "fichier absent"),
                FileProblem::Unlisted(name) => (name, "fichier que le manifeste ne nomme pas"),
            };
            println!("{id} : {name} : {problem}");
        }
        wrong += problems.len();
    }
    if wrong == 0 {
        return Ok(());
    }
    let told = anyhow::anyhow!("{wrong} fichiers ne sont pas ceux de l'édition publiée");
    Err(CliError::new(Fault::No, told))
}
