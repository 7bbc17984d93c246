//! Documents given in, listed, read and taken out. Each is journalled, reading included.

use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::keys::Bound;
use super::{MAX_DOCUMENT, pdf};
use crate::conventions::{Held, held, is_concerned};
use crate::journal::{self, Event, Kind};
use crate::row::{new_id, parsed};
use crate::{Access, AccessError, Actor};
use rights::{BadConvention, DocumentAuthor, DocumentKind, Timestamp, is_text};

/// Documents of one convention, at most.
const MAX_DOCUMENTS: i64 = 50;
/// Bytes of all of them.
const MAX_BYTES: i64 = 10 * MAX_DOCUMENT as i64;

/// A document to be given in.
#[derive(Clone, Copy, Debug)]
pub struct NewDocument<'a> {
    /// The convention that it belongs to.
    pub convention: &'a str,
    /// What it is.
    pub kind: DocumentKind,
    /// The name of its file.
    pub name: &'a str,
}

/// What a list says of a document.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    /// Its identifier.
    pub id: String,
    /// The convention.
    pub convention: String,
    /// A [`DocumentKind`], by its identifier.
    pub kind: &'static str,
    /// The name of its file.
    pub name: String,
    /// Bytes.
    pub size: i64,
    /// The account that gave it in, or `shell`.
    pub added_by: String,
    /// Seconds since 1970.
    pub added_at: i64,
}

/// A document whose reading is journalled.
#[derive(Clone, Debug)]
pub struct ReadDocument {
    about: Document,
    key: String,
}

impl ReadDocument {
    /// What a list says of it.
    pub fn about(&self) -> &Document {
        &self.about
    }
}

impl Access {
    /// Whether somebody may give such a document in: asked before a byte of it is read.
    ///
    /// # Errors
    ///
    /// [`AccessError::NotFound`] for who may not, which is journalled; [`AccessError::NoDocumentKey`]
    /// where nothing can be encrypted; [`BadConvention::Text`] for the name;
    /// [`AccessError::WrongDocument`] where conventions of that kind have no such document;
    /// [`AccessError::TooManyDocuments`].
    pub async fn may_add_document(
        &self,
        actor: Actor<'_>,
        new: NewDocument<'_>,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        let mut change = self.change_by(actor).await?;
        let held = held(&mut change, new.convention).await?;
        let Some(held) = held.filter(|held| may_add(actor, held, new.kind)) else {
            return self.refuse(change, actor, "document", now).await;
        };
        check(&mut change, &held, new).await?;
        self.document_keys.newest()?;
        Ok(())
    }

    /// Keeps a document: a PDF of at most 10 MiB, encrypted before it reaches the database, in its own
    /// place where the vector has [`OVERHEAD`](super::OVERHEAD) to spare. Gives its identifier.
    ///
    /// # Errors
    ///
    /// Those of [`Access::may_add_document`], [`AccessError::NotPdf`] and
    /// [`AccessError::DocumentTooLong`].
    pub async fn add_document(
        &self,
        actor: Actor<'_>,
        new: NewDocument<'_>,
        content: impl Into<Vec<u8>>,
        now: Timestamp,
    ) -> Result<String, AccessError> {
        let content: Vec<u8> = content.into();
        pdf::check(&content)?;
        let size = i64::try_from(content.len()).map_err(|_| AccessError::DocumentTooLong)?;
        let key = self.document_keys.newest()?;
        let (id, kind) = (new_id()?, new.kind.id());
        let bound = Bound { document: &id, convention: new.convention, kind };
        // Before the lock: it is the longest part.
        let sealed = key.seal(content, &bound)?;
        let mut change = self.change_by(actor).await?;
        let held = held(&mut change, new.convention).await?;
        let Some(held) = held.filter(|held| may_add(actor, held, new.kind)) else {
            return self.refuse(change, actor, "document", now).await;
        };
        check(&mut change, &held, new).await?;
        sqlx::query(
            "INSERT INTO document (id, convention_id, kind, name, size, added_by, added_at, key_id) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(id.clone())
        .bind(held.id.clone())
        .bind(kind)
        .bind(new.name.to_owned())
        .bind(size)
        .bind(actor.id().to_owned())
        .bind(now.seconds())
        .bind(key.id)
        .execute(&mut *change)
        .await?;
        sqlx::query("INSERT INTO document_content (document_id, sealed) VALUES ($1, $2)")
            .bind(id.clone())
            .bind(sealed)
            .execute(&mut *change)
            .await?;
        let (detail, actor) = (format!("{id} {kind}"), actor.id());
        let (kind, subject) = (Kind::DocumentAdded, held.id.as_str());
        journal::append(&mut change, now, Event { kind, actor, subject, detail: &detail }).await?;
        change.commit().await?;
        Ok(id)
    }

    /// The documents of a convention that somebody may read, the latest first.
    ///
    /// # Errors
    /// [`AccessError::NotFound`] for who is not concerned.
    pub async fn documents(
        &self,
        actor: Actor<'_>,
        convention: &str,
        now: Timestamp,
    ) -> Result<Vec<Document>, AccessError> {
        let mut change = self.change_by(actor).await?;
        let held = held(&mut change, convention).await?;
        let Some(held) = held.filter(|held| is_concerned(actor, held)) else {
            return self.refuse(change, actor, "document", now).await;
        };
        let rows = sqlx::query(
            "SELECT id, convention_id, kind, name, size, added_by, added_at FROM document \
             WHERE convention_id = $1 ORDER BY added_at DESC, id LIMIT $2",
        )
        .bind(held.id.clone())
        .bind(MAX_DOCUMENTS)
        .fetch_all(&mut *change)
        .await?;
        let mut found = Vec::new();
        for row in &rows {
            let kind: DocumentKind = parsed(row, "kind")?;
            if may_read(actor, &held, kind) {
                found.push(listed(row, kind)?);
            }
        }
        Ok(found)
    }

    /// A document that somebody may read, and is held to have read: it stands in the journal before
    /// a byte of it is opened.
    ///
    /// # Errors
    /// [`AccessError::NotFound`] for who may not read it.
    pub async fn document(
        &self,
        actor: Actor<'_>,
        id: &str,
        now: Timestamp,
    ) -> Result<ReadDocument, AccessError> {
        let mut change = self.change_by(actor).await?;
        let found = found(&mut change, id).await?;
        let found = found.filter(|(_, held, kind)| may_read(actor, held, *kind));
        let Some((row, held, kind)) = found else {
            return self.refuse(change, actor, "document", now).await;
        };
        let (detail, actor) = (format!("{id} {kind}"), actor.id());
        let event = Event { kind: Kind::DocumentRead, actor, subject: &held.id, detail: &detail };
        journal::append(&mut change, now, event).await?;
        change.commit().await?;
        Ok(ReadDocument { about: listed(&row, kind)?, key: row.try_get("key_id")? })
    }

    /// The bytes of a document.
    ///
    /// # Errors
    ///
    /// [`AccessError::NoDocumentKey`] and [`AccessError::LostDocumentKey`] without its key,
    /// [`AccessError::DocumentAltered`] where the database holds something else than what was given
    /// in.
    pub async fn content(&self, document: &ReadDocument) -> Result<Vec<u8>, AccessError> {
        let ReadDocument { about, key } = document;
        let key = self.document_keys.find(key)?;
        let sealed: Option<Vec<u8>> =
            sqlx::query_scalar("SELECT sealed FROM document_content WHERE document_id = $1")
                .bind(about.id.clone())
                .fetch_optional(self.database.pool())
                .await?;
        let Document { id, convention, kind, .. } = about;
        let bound = Bound { document: id, convention, kind };
        key.open(sealed.ok_or(AccessError::DocumentAltered)?, &bound)
    }

    /// Takes a document out for good. The operator alone does.
    ///
    /// # Errors
    /// [`AccessError::NotFound`] for somebody else, and where there is none.
    pub async fn delete_document(
        &self,
        actor: Actor<'_>,
        id: &str,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        let mut change = self.change_by(actor).await?;
        if !actor.is_operator() {
            return self.refuse(change, actor, "document", now).await;
        }
        let Some((_, held, kind)) = found(&mut change, id).await? else {
            return Err(AccessError::NotFound);
        };
        delete(&mut change, actor.id(), &held.id, (id, kind.id()), now).await?;
        Ok(change.commit().await?)
    }

    /// Encrypts every document anew that is not under the newest key, one at a time. Gives how
    /// many: older keys may then leave the file. The operator does, at the shell.
    ///
    /// # Errors
    /// As [`Access::document`]; those done before stay done.
    pub async fn reseal_documents(&self) -> Result<usize, AccessError> {
        let newest = self.document_keys.newest()?;
        let rows = sqlx::query(
            "SELECT id, convention_id, kind, key_id FROM document WHERE key_id <> $1 ORDER BY id",
        )
        .bind(newest.id.clone())
        .fetch_all(self.database.pool())
        .await?;
        for row in &rows {
            let [id, convention, kind, key] = ["id", "convention_id", "kind", "key_id"]
                .map(|column| row.try_get::<String, _>(column));
            let (id, convention, kind) = (id?, convention?, kind?);
            let bound = Bound { document: &id, convention: &convention, kind: &kind };
            let key = self.document_keys.find(&key?)?;
            let mut change = self.database.change().await?;
            let sealed: Option<Vec<u8>> =
                sqlx::query_scalar("SELECT sealed FROM document_content WHERE document_id = $1")
                    .bind(id.clone())
                    .fetch_optional(&mut *change)
                    .await?;
            // Taken out meanwhile.
            let Some(sealed) = sealed else { continue };
            let sealed = newest.seal(key.open(sealed, &bound)?, &bound)?;
            for (statement, value) in [
                ("UPDATE document SET key_id = $2 WHERE id = $1", None),
                ("UPDATE document_content SET sealed = $2 WHERE document_id = $1", Some(sealed)),
            ] {
                let query = sqlx::query(statement).bind(id.clone());
                let query = match value {
                    Some(sealed) => query.bind(sealed),
                    None => query.bind(newest.id.clone()),
                };
                query.execute(&mut *change).await?;
            }
            change.commit().await?;
        }
        Ok(rows.len())
    }
}

/// Takes a document out, and says so in the journal.
pub(super) async fn delete(
    connection: &mut AnyConnection,
    actor: &str,
    convention: &str,
    (id, kind): (&str, &str),
    now: Timestamp,
) -> Result<(), AccessError> {
    for statement in [
        "DELETE FROM document_content WHERE document_id = $1",
        "DELETE FROM document WHERE id = $1",
    ] {
        sqlx::query(statement).bind(id.to_owned()).execute(&mut *connection).await?;
    }
    let (detail, kind) = (format!("{id} {kind}"), Kind::DocumentRemoved);
    let event = Event { kind, actor, subject: convention, detail: &detail };
    journal::append(connection, now, event).await
}

/// What can be said of a document before it is there.
async fn check(
    connection: &mut AnyConnection,
    held: &Held,
    new: NewDocument<'_>,
) -> Result<(), AccessError> {
    if !is_text(new.name) {
        return Err(BadConvention::Text.into());
    }
    if !new.kind.fits(held.kind) {
        return Err(AccessError::WrongDocument);
    }
    let row = sqlx::query(
        "SELECT COUNT(*) AS number, CAST(COALESCE(SUM(size), 0) AS BIGINT) AS bytes \
         FROM document WHERE convention_id = $1",
    )
    .bind(held.id.clone())
    .fetch_one(connection)
    .await?;
    let (number, bytes): (i64, i64) = (row.try_get("number")?, row.try_get("bytes")?);
    let most = i64::try_from(MAX_DOCUMENT).unwrap_or(i64::MAX);
    if number >= MAX_DOCUMENTS || bytes > MAX_BYTES - most {
        return Err(AccessError::TooManyDocuments);
    }
    Ok(())
}

async fn found(
    connection: &mut AnyConnection,
    id: &str,
) -> Result<Option<(AnyRow, Held, DocumentKind)>, AccessError> {
    let row = sqlx::query(
        "SELECT id, convention_id, kind, name, size, added_by, added_at, key_id FROM document \
         WHERE id = $1",
    )
    .bind(id.to_owned())
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let kind = parsed(&row, "kind")?;
    let held = held(connection, &row.try_get::<String, _>("convention_id")?).await?;
    Ok(held.map(|held| (row, held, kind)))
}

fn may_add(actor: Actor<'_>, held: &Held, kind: DocumentKind) -> bool {
    let manages = actor.manages(&held.id, held.parent.as_deref());
    match kind.author() {
        DocumentAuthor::People => is_concerned(actor, held),
        DocumentAuthor::Administrators => manages,
        DocumentAuthor::Mandating => {
            let mandates = actor.local().is_some() && actor.local() == held.parent.as_deref();
            actor.is_operator() || mandates
        }
    }
}

fn may_read(actor: Actor<'_>, held: &Held, kind: DocumentKind) -> bool {
    actor.manages(&held.id, held.parent.as_deref())
        || kind.is_for_its_people() && is_concerned(actor, held)
}

fn listed(row: &AnyRow, kind: DocumentKind) -> Result<Document, AccessError> {
    Ok(Document {
        id: row.try_get("id")?,
        convention: row.try_get("convention_id")?,
        kind: kind.id(),
        name: row.try_get("name")?,
        size: row.try_get("size")?,
        added_by: row.try_get("added_by")?,
        added_at: row.try_get("added_at")?,
    })
}
