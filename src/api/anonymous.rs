//! Without an identity: asking for an account, proving an address, a new password.
//!
//! Answers do not say whether an address has an account, neither by their content nor by their
//! time: each takes at least [`FLOOR`], which is longer than the work.

use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use accounts::{NewPerson, Password, Secret};
use request::json_body::{JsonBody, accepted, ok};
use request::peer::Peer;
use request::{App, Problem};

/// What every answer here takes at least.
const FLOOR: Duration = Duration::from_millis(250);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountRequest {
    email: String,
    name: String,
    /// The official name or the code of an EPCI, an EPT or a commune, the code of an organisation, or
    /// that of a convention, which its people were given.
    organisation: String,
    /// For a third party: the name or the code of the EPCI that mandates it.
    epci: Option<String>,
}

/// `POST /api/requests`.
pub(crate) async fn request(
    State(app): State<App>,
    peer: Peer,
    JsonBody(asked): JsonBody<AccountRequest>,
) -> Result<Response, Problem> {
    let (started, now, Peer(peer)) = (Instant::now(), app.now(), peer);
    app.rates().requests.take(peer, now)?;
    app.rates().account_requests.take(&asked.email, peer, now)?;
    let person =
        NewPerson { email: asked.email.parse()?, name: asked.name.parse()?, exception: None };
    let epci = asked.epci.as_deref();
    let done = app.access().request(&person, &asked.organisation, epci, now).await;
    tokio::time::sleep_until(started + FLOOR).await;
    // The owner of the address is told by letter what became of the request.
    done?;
    Ok(sent())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Search {
    q: String,
}

/// `GET /api/requests/organisations?q=…`: official communes, EPCI and EPT by their names, whether
/// or not one signed a convention.
pub(crate) async fn organisations(
    State(app): State<App>,
    Peer(peer): Peer,
    search: Result<Query<Search>, QueryRejection>,
) -> Result<Response, Problem> {
    app.rates().searches.take(peer, app.now())?;
    let Query(Search { q }) =
        search.map_err(|_| Problem::bad_request("Donner q, le début d'un nom."))?;
    let found = app.access().official().await?.search(&q);
    let place = |place: &rights::NamedTerritory| json!({ "code": place.territory.to_string(), "name": *place.name });
    Ok(ok(&json!({ "organisations": found.iter().map(place).collect::<Vec<_>>() })))
}

/// The secret of a letter's link, and the password that its reader chose.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChosenPassword {
    ticket: String,
    password: String,
}

/// `POST /api/requests/proof`.
pub(crate) async fn prove(
    State(app): State<App>,
    peer: Peer,
    JsonBody(chosen): JsonBody<ChosenPassword>,
) -> Result<Response, Problem> {
    let Peer(peer) = peer;
    app.rates().tickets.take(peer, app.now())?;
    let link = Secret::new(chosen.ticket);
    let state = app.access().prove(&link, &chosen.password, app.now()).await?;
    Ok(ok(&json!({ "state": state.id() })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Forgotten {
    email: String,
}

/// `POST /api/password/reset`.
pub(crate) async fn ask_reset(
    State(app): State<App>,
    peer: Peer,
    JsonBody(asked): JsonBody<Forgotten>,
) -> Result<Response, Problem> {
    let (started, now, Peer(peer)) = (Instant::now(), app.now(), peer);
    app.rates().requests.take(peer, now)?;
    app.rates().resets.take(&asked.email, peer, now)?;
    let done = app.access().ask_reset(&asked.email, now).await;
    tokio::time::sleep_until(started + FLOOR).await;
    done?;
    Ok(sent())
}

/// `POST /api/password/new`.
pub(crate) async fn reset(
    State(app): State<App>,
    peer: Peer,
    JsonBody(chosen): JsonBody<ChosenPassword>,
) -> Result<StatusCode, Problem> {
    let Peer(peer) = peer;
    app.rates().tickets.take(peer, app.now())?;
    let password = Password::new(&chosen.password)?;
    app.access().reset(&Secret::new(chosen.ticket), &password, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn sent() -> Response {
    let said = "Si cette adresse convient, un message vient de lui être envoyé.";
    accepted(&json!({ "detail": said }))
}
