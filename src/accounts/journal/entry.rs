//! Entries of the journal: append-only, each chained to the one before by its hash.

use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::{AnyConnection, Row};

use crate::AccessError;
use rights::Timestamp;

/// The hash before the first entry there ever was.
pub(crate) const ORIGIN: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What an entry tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the identifier of each is its French name")]
pub enum Kind {
    SignIn,
    SignInRefused,
    SignOut,
    SessionsEnded,
    SessionRotated,
    MandateChosen,
    PasswordChanged,
    ResetAsked,
    AccountMade,
    AccountStep,
    AddressProved,
    PersonForgotten,
    AdministrationRefused,
    ClausesPublished,
    ClausesAttested,
    ConventionMade,
    ConventionClosed,
    AdministratorNamed,
    ExtensionAsked,
    ExtensionGranted,
    ExtensionRefused,
    TokenMade,
    TokenRevoked,
    MovementsRead,
    OfficialTables,
    Consultation,
    ConsultationLost,
    Export,
    HarvestSuspected,
    BreachDeclared,
    BreachNotified,
    DestructionAttested,
    SubprocessorAsked,
    SubprocessorAnswered,
    SignatureRecorded,
    DesignationRecorded,
    DesignationRead,
    DocumentAdded,
    DocumentRead,
    DocumentRemoved,
    CommitteeChanged,
    CommitteeConsulted,
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
            Kind::MandateChosen => "session.mandat",
            Kind::PasswordChanged => "mot-de-passe.change",
            Kind::ResetAsked => "mot-de-passe.demande",
            Kind::AccountMade => "compte.cree",
            Kind::AccountStep => "compte.etape",
            Kind::AddressProved => "compte.adresse-prouvee",
            Kind::PersonForgotten => "personne.effacee",
            Kind::AdministrationRefused => "administration.refusee",
            Kind::ClausesPublished => "clauses.publiees",
            Kind::ClausesAttested => "clauses.attestees",
            Kind::ConventionMade => "convention.creee",
            Kind::ConventionClosed => "convention.fermee",
            Kind::AdministratorNamed => "convention.administrateur",
            Kind::ExtensionAsked => "convention.prolongation-demandee",
            Kind::ExtensionGranted => "convention.prolongation-accordee",
            Kind::ExtensionRefused => "convention.prolongation-refusee",
            Kind::TokenMade => "jeton.cree",
            Kind::TokenRevoked => "jeton.revoque",
            Kind::MovementsRead => "communes.mouvements",
            Kind::OfficialTables => "communes.tables",
            Kind::Consultation => "consultation",
            Kind::ConsultationLost => "consultation.perdue",
            Kind::Export => "export",
            Kind::HarvestSuspected => "export.alerte",
            Kind::BreachDeclared => "violation.declaree",
            Kind::BreachNotified => "violation.notifiee",
            Kind::DestructionAttested => "destruction.attestee",
            Kind::SubprocessorAsked => "sous-traitant.demande",
            Kind::SubprocessorAnswered => "sous-traitant.reponse",
            Kind::SignatureRecorded => "convention.signature",
            Kind::DesignationRecorded => "convention.annexe-3",
            Kind::DesignationRead => "convention.annexe-3-lue",
            Kind::DocumentAdded => "document.ajoute",
            Kind::DocumentRead => "document.lu",
            Kind::DocumentRemoved => "document.efface",
            Kind::CommitteeChanged => "comite.membre",
            Kind::CommitteeConsulted => "comite.consultation",
            Kind::JournalRead => "journal.lu",
            Kind::JournalPurged => "journal.purge",
        }
    }
}

/// One entry to be written.
pub(crate) struct Event<'a> {
    pub(crate) kind: Kind,
    /// The account that acted, `shell`, or `-` where nobody was identified; for what a person does to
    /// all their accounts at once, the person.
    pub(crate) actor: &'a str,
    /// The account, person or convention it was done to; empty where there is none.
    pub(crate) subject: &'a str,
    /// More, in few words without personal data.
    pub(crate) detail: &'a str,
}

/// One entry as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// From 1, without a hole.
    pub seq: i64,
    /// Seconds since 1970.
    pub at: i64,
    /// A [`Kind`], by its identifier.
    pub kind: String,
    /// Who acted.
    pub actor: String,
    /// To whom or what.
    pub subject: String,
    /// More, without personal data.
    pub detail: String,
    /// Lower-case hexadecimal SHA-256 of this entry and of the hash before it.
    pub hash: String,
}

/// Writes an entry. The connection holds the write lock (`Database::change`): two writers cannot
/// follow the same entry.
pub(crate) async fn append(
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
pub(crate) async fn last(connection: &mut AnyConnection) -> Result<(i64, String), AccessError> {
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
    pub(crate) fn chained(&self, previous: &str) -> String {
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
