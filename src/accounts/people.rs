//! People: one for each address, whatever accounts they hold; and the seats that accounts take.

use sqlx::{AnyConnection, Row};

use super::AccessError;
use super::row::{new_id, parsed};
use rights::{Email, Name, Timestamp};

/// A person as a change finds them.
pub(super) struct Person {
    pub(super) id: String,
    pub(super) has_password: bool,
    /// Whether one of their accounts is not over.
    pub(super) has_living: bool,
}

/// The person of an address, made where there is none. A person who is known keeps their name:
/// whoever asks for an account in their name cannot change it.
pub(super) async fn person_for(
    connection: &mut AnyConnection,
    email: &Email,
    name: Option<&Name>,
    exception: Option<&str>,
    now: Timestamp,
) -> Result<Person, AccessError> {
    let known = sqlx::query(
        "SELECT id, CASE WHEN password_hash IS NULL THEN 0 ELSE 1 END AS has_password, \
         (SELECT COUNT(*) FROM account a WHERE a.person_id = person.id \
          AND a.state NOT IN ('rejete', 'ferme')) AS living FROM person WHERE email = $1",
    )
    .bind(email.as_str().to_owned())
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(row) = known {
        return Ok(Person {
            id: row.try_get("id")?,
            has_password: row.try_get::<i64, _>("has_password")? == 1,
            has_living: row.try_get::<i64, _>("living")? > 0,
        });
    }
    let id = new_id()?;
    sqlx::query(
        "INSERT INTO person (id, email, name, exception, created_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(id.clone())
    .bind(email.as_str().to_owned())
    .bind(name.map(|name| name.as_str().to_owned()))
    .bind(exception.map(str::to_owned))
    .bind(now.seconds())
    .execute(connection)
    .await?;
    Ok(Person { id, has_password: false, has_living: false })
}

/// The addresses of the people in service under a convention, at most 5,000, each once.
pub(super) async fn people_in_service(
    connection: &mut AnyConnection,
    convention: &str,
) -> Result<Vec<Email>, AccessError> {
    let people = sqlx::query(
        "SELECT DISTINCT p.email FROM account a JOIN person p ON p.id = a.person_id \
         WHERE a.convention_id = $1 AND a.state IN ('valide', 'actif') ORDER BY p.email LIMIT 5000",
    )
    .bind(convention.to_owned())
    .fetch_all(connection)
    .await?;
    people.iter().map(|row| parsed(row, "email")).collect()
}

/// The seats of a convention that decisions gave away: people invited, in service or suspended.
pub(super) async fn decided_seats(
    connection: &mut AnyConnection,
    convention: &str,
) -> Result<i64, AccessError> {
    Ok(sqlx::query_scalar(
        "SELECT COUNT(*) FROM account WHERE convention_id = $1 \
         AND state IN ('invite', 'valide', 'actif', 'suspendu')",
    )
    .bind(convention.to_owned())
    .fetch_one(connection)
    .await?)
}

/// Those, and the seats of people who proved their address and wait for a decision. What strangers
/// wait for never keeps who decides from giving a seat away.
pub(super) async fn taken_seats(
    connection: &mut AnyConnection,
    convention: &str,
) -> Result<i64, AccessError> {
    Ok(sqlx::query_scalar(
        "SELECT COUNT(*) FROM account WHERE convention_id = $1 \
         AND state NOT IN ('rejete', 'ferme')",
    )
    .bind(convention.to_owned())
    .fetch_one(connection)
    .await?)
}
