//! Requests: a stranger asks for an account, and the owner of the address learns it by letter.

use sqlx::{AnyConnection, Row};

use super::{NewPerson, insert_request};
use crate::conventions::held;
use crate::mail::Letter;
use crate::people::taken_seats;
use crate::{Access, AccessError};
use rights::{Day, Email, Timestamp, is_text};

/// Letters that wait to be answered for one address under one convention; one more is not sent.
const MAX_WAITING: i64 = 3;
/// Letters of whatever kind to one address within an hour, after which a request sends none.
const MAX_HOURLY: i64 = 10;
/// Requests that wait for a proof under one convention; one more takes the place of the oldest.
const MAX_REQUESTS: i64 = 2_000;

impl Access {
    /// Somebody asks for an account: under the convention of an organisation, named by its code or
    /// its official name, or under the one whose code they were given. A third party may name the
    /// EPCI that mandates it besides. The answer does not say whether the address has an account:
    /// its owner is told by letter. Gives whether one was written.
    ///
    /// # Errors
    ///
    /// Only what is wrong in the request itself: [`AccessError::Email`],
    /// [`AccessError::NoConvention`], [`AccessError::ManyConventions`].
    pub async fn request(
        &self,
        person: &NewPerson,
        organisation: &str,
        epci: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, AccessError> {
        person.check(None)?;
        let codes = self.codes_of(organisation).await?;
        let mandating = match epci {
            Some(epci) => Some(self.codes_of(epci).await?),
            None => None,
        };
        let mut change = self.database.change().await?;
        let found = conventions_of(&mut change, &codes, mandating.as_deref(), now).await?;
        let convention = held(&mut change, &found).await?.ok_or(AccessError::NoConvention)?;
        lapse(&mut change, now).await?;
        let known: Option<String> = sqlx::query_scalar(
            "SELECT a.id FROM account a JOIN person p ON p.id = a.person_id WHERE p.email = $1 \
             AND a.convention_id = $2 AND a.state NOT IN ('rejete', 'ferme')",
        )
        .bind(person.email.as_str().to_owned())
        .bind(convention.id.clone())
        .fetch_optional(&mut *change)
        .await?;
        let organisation = convention.name.as_str();
        if has_enough_letters(&mut change, &person.email, &convention.id, now).await? {
            return Ok(false);
        }
        if known.is_some() {
            self.write_to(&mut change, &person.email, &Letter::AlreadyKnown { organisation }, now)
                .await?;
        } else if taken_seats(&mut change, &convention.id).await? >= convention.seats {
            // Said to the address alone: an answer would tell it from one that has an account.
            self.write_to(&mut change, &person.email, &Letter::NoSeat { organisation }, now)
                .await?;
        } else {
            make_room(&mut change, &convention.id).await?;
            let link = insert_request(&mut change, person, &convention.id, None, now).await?;
            let (secret, name) = (link.expose(), person.name.as_str());
            let letter = Letter::Proof { secret, name, organisation };
            self.write_to(&mut change, &person.email, &letter, now).await?;
        }
        change.commit().await?;
        Ok(true)
    }

    /// The codes that a text may stand for: itself, and those of the official communes, EPCI and
    /// EPT of that name. Conventions are not searched by name.
    async fn codes_of(&self, text: &str) -> Result<Vec<String>, AccessError> {
        let text = text.trim();
        if !is_text(text) {
            return Err(AccessError::NoConvention);
        }
        let mut codes = vec![text.to_owned()];
        let places = self.official().await?.named(text).into_iter();
        codes.extend(places.map(|place| place.territory.to_string()));
        Ok(codes)
    }
}

/// The convention in force of an organisation of one of these codes, or of one of these codes
/// itself; of several of one organisation the one that ends last.
async fn conventions_of(
    connection: &mut AnyConnection,
    codes: &[String],
    mandating: Option<&[String]>,
    now: Timestamp,
) -> Result<String, AccessError> {
    let mut found: Vec<(String, String)> = Vec::new();
    for code in codes {
        let rows = sqlx::query(
            "SELECT c.id, o.code, mo.code AS mandating FROM convention c \
             JOIN organisation o ON o.id = c.organisation_id \
             LEFT JOIN convention m ON m.id = c.parent_id \
             LEFT JOIN organisation mo ON mo.id = m.organisation_id \
             WHERE (o.code = $1 OR c.reference = $2) AND o.kind <> 'operateur' \
             AND c.closed_at IS NULL AND c.ends_on >= $3 ORDER BY c.ends_on DESC LIMIT 100",
        )
        .bind(code.clone())
        .bind(code.to_uppercase())
        .bind(Day::of(now).to_string())
        .fetch_all(&mut *connection)
        .await?;
        for row in &rows {
            let above: Option<String> = row.try_get("mandating")?;
            let fits = mandating.is_none_or(|codes| above.is_some_and(|one| codes.contains(&one)));
            if fits {
                found.push((row.try_get("id")?, row.try_get("code")?));
            }
        }
    }
    let Some((id, code)) = found.first() else { return Err(AccessError::NoConvention) };
    // Two missions of one third party are two conventions: it says which EPCI mandates it.
    let distinct = found.iter().any(|(_, other)| other != code);
    let missions = mandating.is_none() && found.len() > 1 && !code.contains(':');
    if distinct || missions { Err(AccessError::ManyConventions) } else { Ok(id.clone()) }
}

/// Whether an address was written to so often that one more letter helps nobody but who wants to
/// annoy its owner. The answer to the request does not say.
async fn has_enough_letters(
    connection: &mut AnyConnection,
    email: &Email,
    convention: &str,
    now: Timestamp,
) -> Result<bool, AccessError> {
    let row = sqlx::query(
        "SELECT (SELECT COUNT(*) FROM request WHERE email = $1 AND convention_id = $2) AS waiting, \
         (SELECT COUNT(*) FROM mail WHERE recipient = $1 AND created_at > $3) AS hourly",
    )
    .bind(email.as_str().to_owned())
    .bind(convention.to_owned())
    .bind(now.plus(-3600).seconds())
    .fetch_one(connection)
    .await?;
    Ok(row.try_get::<i64, _>("waiting")? >= MAX_WAITING
        || row.try_get::<i64, _>("hourly")? >= MAX_HOURLY)
}

/// Forgets what nobody answered in time.
pub(crate) async fn lapse(
    connection: &mut AnyConnection,
    now: Timestamp,
) -> Result<(), AccessError> {
    sqlx::query("DELETE FROM request WHERE expires_at <= $1")
        .bind(now.seconds())
        .execute(connection)
        .await?;
    Ok(())
}

/// Of too many unanswered requests under one convention the oldest goes: strangers who write many
/// shorten the time that others have, and keep nobody out.
async fn make_room(connection: &mut AnyConnection, convention: &str) -> Result<(), AccessError> {
    sqlx::query(
        "DELETE FROM request WHERE convention_id = $1 AND account_id IS NULL AND digest NOT IN \
         (SELECT digest FROM request WHERE convention_id = $1 AND account_id IS NULL \
          ORDER BY created_at DESC, digest LIMIT $2)",
    )
    .bind(convention.to_owned())
    .bind(MAX_REQUESTS - 1)
    .execute(connection)
    .await?;
    Ok(())
}
