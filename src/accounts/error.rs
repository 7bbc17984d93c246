//! What can go wrong with accounts, and whose fault it is.

use std::path::PathBuf;

use super::BadPassword;
use rights::{BadConvention, BadEmail, BadName, BadPurpose, BadRight, BadStep, UnknownTerritory};

use domain::{Fault, HasFault};

/// A question about accounts could not be answered, or a change was refused. No message holds an
/// e-mail address, a secret or a stored value, and none repeats its cause.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message says what went wrong")]
pub enum AccessError {
    #[error("accounts.database : les bases connues sont « sqlite:chemin » et « postgres://… »")]
    UnknownDatabase,
    #[error("la configuration n'a pas de section [accounts]")]
    NoSection,
    #[error("{path} : impossible d'ouvrir la base des comptes")]
    Open { path: PathBuf, source: std::io::Error },
    #[error("{path} : clé inutilisable")]
    Key { path: PathBuf, source: std::io::Error },
    #[error("les autres processus verront ce changement de droits avec retard")]
    ChangeStamp(#[source] std::io::Error),
    #[error(
        "la base des comptes ne peut pas être mise à jour ; celle d'une version d'avant les mandats est à refaire"
    )]
    Migrate(#[source] Box<sqlx::migrate::MigrateError>),
    #[error("la base des comptes ne répond pas")]
    Database(#[from] sqlx::Error),
    #[error("la base des comptes est abîmée : colonne {column}")]
    Corrupt { column: &'static str },
    #[error("le système ne donne pas de nombre aléatoire")]
    Random(#[from] getrandom::Error),
    #[error("l'empreinte du mot de passe ne peut pas être calculée")]
    Hash,
    #[error("trop de connexions en cours ; réessayer dans un instant")]
    Busy,
    #[error(transparent)]
    Email(#[from] BadEmail),
    #[error(transparent)]
    Name(#[from] BadName),
    #[error(transparent)]
    Password(#[from] BadPassword),
    #[error(transparent)]
    Right(#[from] BadRight),
    #[error(transparent)]
    Convention(#[from] BadConvention),
    #[error(transparent)]
    Purpose(#[from] BadPurpose),
    #[error(transparent)]
    Territory(#[from] UnknownTerritory),
    #[error(transparent)]
    Step(#[from] BadStep),
    #[error("cela n'existe pas, ou ne relève pas de vous")]
    NotFound,
    #[error("cela a changé entre-temps, ou n'est plus possible ; relire avant de recommencer")]
    Conflict,
    #[error("aucune convention en cours pour cette organisation")]
    NoConvention,
    #[error("plusieurs conventions répondent à ce nom ; donner le code de la sienne")]
    ManyConventions,
    #[error("la convention n'a plus de place : tous ses comptes nominatifs sont pris")]
    NoSeat,
    #[error(
        "l'annexe 3 manque : l'EPCI désigne son administrateur local par le formulaire daté et signé, que l'opérateur enregistre avant toute demande"
    )]
    NoDesignation,
    #[error("ce lien a déjà servi, ou n'est plus valable")]
    BadTicket,
    #[error("le mot de passe n'est pas celui de cette personne")]
    WrongPassword,
    #[error("ce rôle n'existe pas sous une convention de ce type")]
    BadRole,
    #[error("ce public lit plus que celui de la convention")]
    BadAudience,
    #[error("table illisible à la ligne {line}")]
    BadTable { line: u64 },
    #[error("table : il manque la colonne {column}")]
    NoColumn { column: &'static str },
    #[error("PostgreSQL se sauvegarde par pg_dump, pendant que les serveurs écrivent")]
    OwnBackup,
    #[error(
        "aucun document ne peut être gardé ni lu : l'exploitant n'a pas donné de clé (accounts.documents_key)"
    )]
    NoDocumentKey,
    #[error("la clé de ce document n'est plus dans le fichier de accounts.documents_key")]
    LostDocumentKey,
    #[error("ce document est abîmé ou a été altéré : il n'est pas montré")]
    DocumentAltered,
    #[error("le document n'est pas un PDF : il en a le début et la fin, et rien autour")]
    NotPdf,
    #[error("un document a au plus 10 Mio")]
    DocumentTooLong,
    #[error(
        "un numéro de téléphone a de 8 à 15 chiffres, avec des espaces ou des points, et un + devant si l'on veut"
    )]
    BadTelephone,
    #[error("une convention de ce type n'a pas de document de ce type")]
    WrongDocument,
    #[error("la convention a déjà 50 documents, ou 100 Mio de documents")]
    TooManyDocuments,
    #[error("les clauses ont de 1 à 65536 octets")]
    BadClauses,
    #[error("un compte existe déjà pour cette adresse")]
    EmailTaken,
    #[error("aucun compte en service pour cette adresse")]
    NoAccount,
    #[error("cette personne a plusieurs comptes ; dire lequel par sa convention (--convention)")]
    ManyAccounts,
    #[error("un jeton en service porte déjà ce nom")]
    TokenNameTaken,
    #[error(
        "un nom de jeton a de 1 à 64 caractères, sans caractère de contrôle, et n'est pas fait de points"
    )]
    BadTokenName,
    #[error("un jeton dure de 1 à 3650 jours")]
    BadTokenDays,
    #[error("aucun jeton en service ne porte ce nom")]
    NoToken,
    #[error("le compte a déjà 50 jetons en service ; en révoquer un d'abord")]
    TooManyTokens,
}

impl HasFault for AccessError {
    fn fault(&self) -> Fault {
        match self {
            AccessError::BadTable { .. }
            | AccessError::NoColumn { .. }
            | AccessError::NotPdf
            | AccessError::DocumentTooLong => Fault::Input,
            AccessError::Open { .. }
            | AccessError::Key { .. }
            | AccessError::ChangeStamp(_)
            | AccessError::Migrate(_)
            | AccessError::Database(_)
            | AccessError::Corrupt { .. }
            | AccessError::NoDocumentKey
            | AccessError::LostDocumentKey
            | AccessError::DocumentAltered
            | AccessError::Random(_)
            | AccessError::Hash
            | AccessError::Busy => Fault::Environment,
            _ => Fault::Usage,
        }
    }
}

impl From<sqlx::migrate::MigrateError> for AccessError {
    fn from(error: sqlx::migrate::MigrateError) -> AccessError {
        AccessError::Migrate(Box::new(error))
    }
}
