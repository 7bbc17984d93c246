//! `seuil convention document`: the papers of conventions, from the operator's shell.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::Subcommand;

use crate::account::{print, say};
use crate::fault::{CliError, environment, input, usage};
use crate::settings::document_keys;
use accounts::{Access, Actor, MAX_DOCUMENT, NewDocument};
use config::Config;
use rights::{DocumentKind, Timestamp};

#[derive(Subcommand)]
pub(crate) enum DocumentCommand {
    /// Garde un PDF d'au plus 10 Mio, chiffré, et écrit son identifiant
    Add {
        /// L'identifiant de la convention
        convention: String,
        /// Le fichier
        file: PathBuf,
        /// convention, annexe-3, demande-commune, convention-tiers, autorisation, prolongation ou attestation
        #[arg(long, value_name = "TYPE")]
        kind: DocumentKind,
    },
    /// Liste les documents d'une convention, séparés par des tabulations
    List {
        /// L'identifiant de la convention
        convention: String,
    },
    /// Écrit un document dans un fichier nouveau, que son propriétaire lit seul
    Get {
        /// L'identifiant du document
        id: String,
        /// Le fichier à écrire
        to: PathBuf,
    },
    /// Efface un document
    Delete {
        /// L'identifiant du document
        id: String,
    },
    /// Ajoute une clé au fichier de accounts.documents_key, qui est créé s'il manque : elle chiffre
    /// désormais, les autres déchiffrent. À garder ailleurs que la base et que ses sauvegardes
    NewKey,
    /// Chiffre de nouveau, sous la dernière clé, tous les documents : les autres clés peuvent ensuite être
    /// ôtées du fichier
    Reseal,
}

/// Runs one command on documents.
pub(crate) async fn run(
    access: &Access,
    config: &Path,
    command: DocumentCommand,
    now: Timestamp,
) -> Result<(), CliError> {
    match command {
        DocumentCommand::Add { convention, file, kind } => {
            let name = file.file_name().and_then(|name| name.to_str());
            let name = name.ok_or_else(|| usage(anyhow!("{} : nom illisible", file.display())))?;
            let new = NewDocument { convention: &convention, kind, name };
            let content = read(&file)?;
            print(&access.add_document(Actor::Shell, new, content, now).await?)
        }
        DocumentCommand::List { convention } => {
            for one in access.documents(Actor::Shell, &convention, now).await? {
                let added = Timestamp::from_seconds(one.added_at).to_rfc3339();
                let size = one.size.to_string();
                print(&[one.id.as_str(), one.kind, &one.name, &size, &added].join("\t"))?;
            }
            Ok(())
        }
        DocumentCommand::Get { id, to } => {
            let document = access.document(Actor::Shell, &id, now).await?;
            let content = access.content(&document).await?;
            write(&to, &content).map_err(|error| {
                environment(anyhow::Error::new(error).context(format!("{}", to.display())))
            })
        }
        DocumentCommand::Delete { id } => {
            access.delete_document(Actor::Shell, &id, now).await?;
            say("document effacé")
        }
        DocumentCommand::NewKey => {
            let config = Config::read(config).map_err(usage)?;
            print(&document_keys(&config).add()?)
        }
        DocumentCommand::Reseal => {
            let count = access.reseal_documents().await?;
            say(&format!("{count} documents chiffrés sous la dernière clé"))
        }
    }
}

fn read(file: &Path) -> Result<Vec<u8>, CliError> {
    let named = |error| usage(anyhow::Error::new(error).context(format!("{}", file.display())));
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).map_err(named)?;
    opened.take(MAX_DOCUMENT as u64 + 1).read_to_end(&mut bytes).map_err(named)?;
    if bytes.len() > MAX_DOCUMENT {
        return Err(input(anyhow!("{} : un document a au plus 10 Mio", file.display())));
    }
    Ok(bytes)
}

fn write(to: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(to)?;
    file.write_all(content)?;
    file.sync_all()
}
