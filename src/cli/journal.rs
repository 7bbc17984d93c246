//! `seuil journal`: what was done and consulted, from the operator's shell.

use std::io::Write;
use std::path::PathBuf;
use std::time::SystemTime;

use clap::{Args, Subcommand};

use super::account::{open, print, read_email, refused, say};
use super::fault::{CliError, environment, usage};
use accounts::{Actor, csv_of_journal};
use config::Config;
use domain::Fault;
use rights::{Day, Timestamp};

/// `seuil journal …`
#[derive(Args)]
pub(super) struct JournalArguments {
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
    /// Vérifie que rien n'a été changé ni ôté ; code 1 sinon
    Verify,
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
pub(super) fn run(arguments: JournalArguments) -> Result<(), CliError> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(environment)?;
    runtime.block_on(answer(arguments))
}

async fn answer(arguments: JournalArguments) -> Result<(), CliError> {
    let now = Timestamp::from(SystemTime::now());
    let access = open(&arguments.config).await?;
    match arguments.command {
        JournalCommand::Show { email, period } => {
            let email = read_email(&email)?;
            let read = access.journal_of(Actor::Shell, &email, period.from, period.to, now).await;
            write(&csv_of_journal(&read.map_err(refused)?))
        }
        JournalCommand::Export { period } => {
            write(&csv_of_journal(&[]))?;
            let mut after = 0;
            loop {
                let page = access.journal_page(after, period.from, period.to).await;
                let page = page.map_err(refused)?;
                let Some(last) = page.last() else { return Ok(()) };
                after = last.seq;
                let text = csv_of_journal(&page);
                write(text.split_once('\n').map_or("", |(_, rows)| rows))?;
            }
        }
        JournalCommand::Verify => {
            let proof = access.verify_journal().await.map_err(refused)?;
            if let Some(seq) = proof.broken_at {
                let told = anyhow::anyhow!("le journal est rompu à l'entrée {seq}");
                return Err(CliError::new(Fault::No, told));
            }
            if proof.bad_heads > 0 {
                let told = anyhow::anyhow!("la signature d'une purge ne tient pas");
                return Err(CliError::new(Fault::No, told));
            }
            print(&format!("{}\t{}\t{}", proof.entries, proof.last, proof.hash))
        }
        JournalCommand::Purge { before } => {
            let config = Config::read(&arguments.config).map_err(usage)?;
            let accounts = config.accounts.as_ref().map(|one| config.resolve(&one.journal_key));
            let key = accounts.unwrap_or_else(|| "journal.key".into());
            let gone = access.purge_journal(Actor::Shell, before, &key, now).await;
            say(&format!("{} entrées détruites", gone.map_err(refused)?))
        }
    }
}

fn write(text: &str) -> Result<(), CliError> {
    std::io::stdout().write_all(text.as_bytes()).map_err(environment)
}
