//! `seuil journal`: what was done and consulted, from the operator's shell.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::{Args, Subcommand};

use crate::account::{open, print, read_email, say};
use crate::fault::{CliError, environment};
use crate::runtime::block_on;
use accounts::{Actor, Noted, csv_of_journal};
use config::Config;
use domain::Fault;
use rights::{Day, Timestamp};

/// `seuil journal …`
#[derive(Args)]
pub struct JournalArguments {
    /// Le fichier de configuration, qui dit où sont les comptes ([accounts] database)
    #[arg(long, global = true, default_value = "seuil.toml", value_name = "FICHIER")]
    config: PathBuf,
    #[command(subcommand)]
    command: JournalCommand,
}

#[derive(Subcommand)]
enum JournalCommand {
    /// Écrit en CSV ce qu'un compte a fait et consulté entre deux jours
    Show {
        /// L'adresse électronique du compte
        email: String,
        #[command(flatten)]
        period: Period,
    },
    /// Écrit en CSV tout le journal entre deux jours
    Export {
        #[command(flatten)]
        period: Period,
    },
    /// Vérifie que rien n'a été changé ni ôté, avec la clé de la configuration ; code 1 sinon. Écrit le
    /// nombre d'entrées, le numéro et l'empreinte de la dernière : à garder ailleurs, pour --expect
    Verify {
        /// Une entrée gardée ailleurs, qui doit être dans le journal
        #[arg(long, value_name = "NUMÉRO:EMPREINTE")]
        expect: Option<Noted>,
    },
    /// Détruit ce qui précède un jour, et signe ce qui a été détruit
    Purge {
        /// Le premier jour à garder, AAAA-MM-JJ
        #[arg(long, value_name = "JOUR")]
        before: Day,
    },
}

#[derive(Args)]
struct Period {
    /// Le premier jour, AAAA-MM-JJ
    #[arg(long, value_name = "JOUR")]
    from: Day,
    /// Le dernier jour, AAAA-MM-JJ, compris
    #[arg(long, value_name = "JOUR")]
    to: Day,
}

/// Runs one command on the journal.
///
/// # Errors
///
/// With the fault that the exit code tells: a question or configuration refused, data that cannot be read, a
/// database that does not answer.
pub fn run(arguments: JournalArguments) -> Result<(), CliError> {
    block_on(answer(arguments))
}

async fn answer(arguments: JournalArguments) -> Result<(), CliError> {
    let now = Timestamp::from(SystemTime::now());
    let access = open(&arguments.config).await?;
    match arguments.command {
        JournalCommand::Show { email, period } => {
            let email = read_email(&email)?;
            let (from, to) = (period.from, period.to);
            let entries = access.journal_of(Actor::Shell, &email, from, to, now).await?;
            write(&csv_of_journal(&entries))
        }
        JournalCommand::Export { period } => {
            write(&csv_of_journal(&[]))?;
            let mut after = 0;
            loop {
                let page = access.journal_page(after, period.from, period.to).await?;
                let Some(last) = page.last() else { return Ok(()) };
                after = last.seq;
                let text = csv_of_journal(&page);
                write(text.split_once('\n').map_or("", |(_, rows)| rows))?;
            }
        }
        JournalCommand::Verify { expect } => {
            let key = key(&arguments.config)?;
            let proof = access.verify_journal(&key, expect.as_ref()).await?;
            let no = |told| Err(CliError::new(Fault::No, anyhow::Error::msg(told)));
            if let Some(seq) = proof.broken_at {
                return no(format!("le journal est rompu à l'entrée {seq}"));
            }
            if proof.bad_heads > 0 {
                return no("une purge n'est pas signée par la clé de la configuration".into());
            }
            if !proof.holds_expected {
                return no("l'entrée gardée ailleurs n'est pas dans le journal".into());
            }
            print(&format!("{}\t{}\t{}", proof.entries, proof.last, proof.hash))
        }
        JournalCommand::Purge { before } => {
            let key = key(&arguments.config)?;
            let gone = access.purge_journal(Actor::Shell, before, &key, now).await?;
            let proof = access.verify_journal(&key, None).await?;
            say(&format!(
                "{gone} entrées détruites ; à garder ailleurs : {}:{}",
                proof.last, proof.hash
            ))
        }
    }
}

/// The file of the key that signs purges.
fn key(config: &Path) -> Result<PathBuf, CliError> {
    let config = Config::read(config)?;
    let key = config.accounts.as_ref().map(|one| config.resolve(&one.journal_key));
    Ok(key.unwrap_or_else(|| "journal.key".into()))
}

fn write(text: &str) -> Result<(), CliError> {
    std::io::stdout().write_all(text.as_bytes()).map_err(environment)
}
