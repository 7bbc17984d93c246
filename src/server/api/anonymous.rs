//! Without an identity: asking for an account, proving an address, a new password.
//!
//! Answers do not say whether an address has an account, neither by their content nor by their
//! time: each takes at least [`FLOOR`], which is longer than the work.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::super::peer::Peer;
use super::super::{App, Problem};
use super::body::{JsonBody, accepted, ok};
use accounts::{AccessError, NewPerson, Password, Secret};
use rights::Email;

/// What every answer here takes at least.
const FLOOR: Duration = Duration::from_millis(250);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountRequest {
    email: String,
    name: String,
    /// `epci:200058519`, `commune:95018`, or the code that the convention gives.
    organisation: String,
}

/// `POST /api/requests`.
pub(super) async fn request(
    State(app): State<App>,
    peer: Peer,
    JsonBody(asked): JsonBody<AccountRequest>,
) -> Result<Response, Problem> {
    let started = Instant::now();
    limit(&app, peer, &asked.email)?;
    let email: Email = asked.email.parse()?;
    let person = NewPerson { email, name: asked.name, exception: None };
    let done = app.access().request(&person, &asked.organisation, app.now()).await;
    tokio::time::sleep_until(started + FLOOR).await;
    match done {
        // The owner of the address is told by e-mail what became of the request.
        Ok(()) | Err(AccessError::EmailTaken) => Ok(sent()),
        Err(error) => Err(error.into()),
    }
}

/// The secret of a letter's link, and the password that its reader chose.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChosenPassword {
    ticket: String,
    password: String,
}

/// `POST /api/requests/proof`.
pub(super) async fn prove(
    State(app): State<App>,
    peer: Peer,
    JsonBody(chosen): JsonBody<ChosenPassword>,
) -> Result<Response, Problem> {
    let (ticket, password) = ticket(&app, peer, chosen)?;
    let state = app.access().prove(&ticket, &password, app.now()).await?;
    Ok(ok(&json!({ "state": state.id() })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Forgotten {
    email: String,
}

/// `POST /api/password/reset`.
pub(super) async fn ask_reset(
    State(app): State<App>,
    peer: Peer,
    JsonBody(asked): JsonBody<Forgotten>,
) -> Result<Response, Problem> {
    let started = Instant::now();
    limit(&app, peer, &asked.email)?;
    let done = app.access().ask_reset(&asked.email, app.now()).await;
    tokio::time::sleep_until(started + FLOOR).await;
    done?;
    Ok(sent())
}

/// `POST /api/password/new`.
pub(super) async fn reset(
    State(app): State<App>,
    peer: Peer,
    JsonBody(chosen): JsonBody<ChosenPassword>,
) -> Result<StatusCode, Problem> {
    let (ticket, password) = ticket(&app, peer, chosen)?;
    app.access().reset(&ticket, &password, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn ticket(
    app: &App,
    Peer(peer): Peer,
    chosen: ChosenPassword,
) -> Result<(Secret, Password), Problem> {
    app.rates().tickets.take(peer, app.now())?;
    Ok((Secret::new(chosen.ticket), Password::new(&chosen.password)?))
}

fn limit(app: &App, Peer(peer): Peer, email: &str) -> Result<(), Problem> {
    let now = app.now();
    app.rates().requests.take(peer, now)?;
    app.rates().letters.take(email, now)?;
    Ok(())
}

fn sent() -> Response {
    let said = "Si cette adresse convient, un message vient de lui être envoyé.";
    accepted(&json!({ "detail": said }))
}
