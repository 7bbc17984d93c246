//! The file of a breach: what the journal holds of the consultations and exports that it may concern.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sqlx::Row;

use crate::conventions::held;
use crate::journal::{self, Event, Kind};
use crate::row::parsed;
use crate::{Access, AccessError, Actor};
use rights::{Day, Timestamp};

/// Entries of the journal that one file is made from, at most.
const MAX_ENTRIES: i64 = 500_000;

/// What one account consulted or exported of one scale of an edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Concerned {
    /// The identifier of the account.
    pub account: String,
    /// `consultation` or `export`.
    pub kind: String,
    /// The edition.
    pub edition: String,
    /// The scale.
    pub scale: String,
    /// Codes of communes, or `95:184` for many of a département; sorted.
    pub communes: Vec<String>,
    /// The first and the last time, seconds since 1970.
    pub first: i64,
    /// The last one.
    pub last: i64,
}

/// Communes, the first and the last instant.
type Seen = (BTreeSet<String>, i64, i64);

impl Access {
    /// What the people of the convention consulted and exported in the days of a breach, as the
    /// journal holds it: the documentation that the notification of the authority needs. Whoever
    /// administers the convention and the operator read it.
    ///
    /// # Errors
    ///
    /// [`AccessError::NotFound`] for somebody else.
    pub async fn breach_file(
        &self,
        actor: Actor<'_>,
        breach: &str,
        now: Timestamp,
    ) -> Result<Vec<Concerned>, AccessError> {
        let mut change = self.change_by(actor).await?;
        let row = sqlx::query("SELECT convention_id, from_day, to_day FROM breach WHERE id = $1")
            .bind(breach.to_owned())
            .fetch_optional(&mut *change)
            .await?;
        let convention = match &row {
            Some(row) => row.try_get::<String, _>("convention_id")?,
            None => String::new(),
        };
        let held = held(&mut change, &convention).await?;
        let held = held.filter(|held| actor.manages(&held.id, held.parent.as_deref()));
        let (Some(held), Some(row)) = (held, row) else {
            return self.refuse(change, actor, "violation", now).await;
        };
        let (from, to): (Day, Day) = (parsed(&row, "from_day")?, parsed(&row, "to_day")?);
        let rows = sqlx::query(
            "SELECT j.at, j.kind, j.actor, j.detail FROM journal j \
             JOIN account a ON a.id = j.actor WHERE a.convention_id = $1 \
             AND j.kind IN ('consultation', 'export') AND j.at >= $2 AND j.at < $3 \
             ORDER BY j.seq LIMIT $4",
        )
        .bind(held.id.clone())
        .bind(from.begins().seconds())
        .bind(to.ends().seconds())
        .bind(MAX_ENTRIES)
        .fetch_all(&mut *change)
        .await?;
        let mut found: BTreeMap<[String; 4], Seen> = BTreeMap::new();
        for row in &rows {
            let (account, kind): (String, String) = (row.try_get("actor")?, row.try_get("kind")?);
            let (at, detail): (i64, String) = (row.try_get("at")?, row.try_get("detail")?);
            let mut words = detail.split(' ').map(str::to_owned);
            let mut word = || words.next().unwrap_or_default();
            let key = [account, kind, word(), word()];
            let one = found.entry(key).or_insert_with(|| (BTreeSet::new(), at, at));
            one.0.extend(words.filter(|word| !word.is_empty() && !word.contains('=')));
            (one.1, one.2) = (one.1.min(at), one.2.max(at));
        }
        let (kind, actor) = (Kind::JournalRead, actor.id());
        let detail = format!("violation {breach}");
        let event = Event { kind, actor, subject: &held.id, detail: &detail };
        journal::append(&mut change, now, event).await?;
        change.commit().await?;
        let line = |(key, seen): ([String; 4], Seen)| {
            let ([account, kind, edition, scale], (communes, first, last)) = (key, seen);
            let communes = communes.into_iter().collect();
            Concerned { account, kind, edition, scale, communes, first, last }
        };
        Ok(found.into_iter().map(line).collect())
    }
}

/// The file of a breach as CSV, in French, semicolons between the columns.
pub fn csv_of_breach(lines: &[Concerned]) -> String {
    let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
    let header = ["compte", "evenement", "edition", "echelle", "communes", "premier", "dernier"];
    let header = std::iter::once(header.map(str::to_owned));
    let rows = lines.iter().map(|line| {
        [
            line.account.clone(),
            line.kind.clone(),
            line.edition.clone(),
            line.scale.clone(),
            line.communes.join(" "),
            Timestamp::from_seconds(line.first).to_rfc3339(),
            Timestamp::from_seconds(line.last).to_rfc3339(),
        ]
    });
    for row in header.chain(rows) {
        // A vector takes everything.
        writer.write_record(row).unwrap_or_default();
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}
