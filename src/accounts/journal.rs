//! The journal: append-only, each entry chained to the one before by its hash.
//!
//! An entry names accounts by their identifier, never by an address, and holds no figure. It is
//! written in the transaction of the change that it tells of, so that neither is without the other.

use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::{AnyConnection, Row};

use super::AccessError;
use rights::Timestamp;

/// The hash before the first entry there ever was.
pub(super) const ORIGIN: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What an entry tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    SignIn,
    SignInRefused,
    SignOut,
    SessionsEnded,
    SessionRotated,
    PasswordChanged,
    ResetAsked,
    AccountMade,
    AccountStep,
    AddressProved,
    AdministrationRefused,
    ClausesPublished,
    ConventionMade,
    ConventionClosed,
    AdministratorNamed,
    ExtensionAsked,
    ExtensionGranted,
    TokenMade,
    TokenRevoked,
    MovementsRead,
    Consultation,
    ConsultationLost,
    Export,
    JournalRead,
    JournalPurged,
}

impl Kind {
    /// The identifier in the database, answers and exports.
    pub fn id(self) -> &'static str {
        match self {
            Kind::SignIn => "connexion",
            Kind::SignInRefused => "connexion.refusee",
            Kind::SignOut => "deconnexion",
            Kind::SessionsEnded => "session.fermee",
            Kind::SessionRotated => "session.renouvelee",
            Kind::PasswordChanged => "mot-de-passe.change",
            Kind::ResetAsked => "mot-de-passe.demande",
            Kind::AccountMade => "compte.cree",
            Kind::AccountStep => "compte.etape",
            Kind::AddressProved => "compte.adresse-prouvee",
            Kind::AdministrationRefused => "administration.refusee",
            Kind::ClausesPublished => "clauses.publiees",
            Kind::ConventionMade => "convention.creee",
            Kind::ConventionClosed => "convention.fermee",
            Kind::AdministratorNamed => "convention.administrateur",
            Kind::ExtensionAsked => "convention.prolongation-demandee",
            Kind::ExtensionGranted => "convention.prolongation-accordee",
            Kind::TokenMade => "jeton.cree",
            Kind::TokenRevoked => "jeton.revoque",
            Kind::MovementsRead => "communes.mouvements",
            Kind::Consultation => "consultation",
            Kind::ConsultationLost => "consultation.perdue",
            Kind::Export => "export",
            Kind::JournalRead => "journal.lu",
            Kind::JournalPurged => "journal.purge",
        }
    }
}

/// One entry to be written.
pub(super) struct Event<'a> {
    pub(super) kind: Kind,
    /// The account that acted, `shell`, or `-` where nobody was identified.
    pub(super) actor: &'a str,
    /// The account or convention it was done to; empty where there is none.
    pub(super) subject: &'a str,
    /// More, in few words without personal data.
    pub(super) detail: &'a str,
}

/// One entry as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    pub seq: i64,
    pub at: i64,
    pub kind: String,
    pub actor: String,
    pub subject: String,
    pub detail: String,
    pub hash: String,
}

/// Writes an entry. The connection holds the write lock (`Database::change`): two writers cannot
/// follow the same entry.
pub(super) async fn append(
    connection: &mut AnyConnection,
    now: Timestamp,
    event: Event<'_>,
) -> Result<(), AccessError> {
    let (seq, previous) = last(connection).await?;
    let mut entry = Entry {
        seq: seq + 1,
        at: now.seconds(),
        kind: event.kind.id().to_owned(),
        actor: event.actor.to_owned(),
        subject: event.subject.to_owned(),
        detail: event.detail.to_owned(),
        hash: String::new(),
    };
    entry.hash = entry.chained(&previous);
    sqlx::query(
        "INSERT INTO journal (seq, at, kind, actor, subject, detail, hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(entry.seq)
    .bind(entry.at)
    .bind(entry.kind)
    .bind(entry.actor)
    .bind(entry.subject)
    .bind(entry.detail)
    .bind(entry.hash)
    .execute(connection)
    .await?;
    Ok(())
}

/// The number and hash of the last entry, or of the head that a purge left.
pub(super) async fn last(connection: &mut AnyConnection) -> Result<(i64, String), AccessError> {
    for query in [
        "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1",
        "SELECT seq, hash FROM journal_head ORDER BY seq DESC LIMIT 1",
    ] {
        if let Some(row) = sqlx::query(query).fetch_optional(&mut *connection).await? {
            return Ok((row.try_get("seq")?, row.try_get("hash")?));
        }
    }
    Ok((0, ORIGIN.to_owned()))
}

impl Entry {
    /// The hash of this entry behind another: every part is preceded by its length, so that no two
    /// entries are written alike.
    pub(super) fn chained(&self, previous: &str) -> String {
        let mut sha = Sha256::new();
        let numbers = [self.seq.to_string(), self.at.to_string()];
        for part in [
            previous,
            &numbers[0],
            &numbers[1],
            &self.kind,
            &self.actor,
            &self.subject,
            &self.detail,
        ] {
            sha.update((part.len() as u64).to_le_bytes());
            sha.update(part);
        }
        hex::encode(sha.finalize())
    }
}
