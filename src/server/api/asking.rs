//! Without an identity: asking for an account, proving an address, a new password.
//!
//! Answers do not say whether an address has an account, neither by their content nor by their
//! time: each takes at least [`FLOOR`], which is longer than the work.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, Extension, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::super::buckets::network;
use super::super::{App, Problem};
use super::{body, json as answer};
use accounts::{AccessError, NewPerson, Password, Secret};
use rights::Email;

/// What every answer here takes at least.
const FLOOR: Duration = Duration::from_millis(250);

type Peer = Option<Extension<ConnectInfo<SocketAddr>>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    email: String,
    name: String,
    /// `epci:200058519`, `commune:95018`, or the code that the convention gives.
    organisation: String,
}

/// `POST /api/requests`.
pub(super) async fn request(
    State(app): State<App>,
    peer: Peer,
    asked: Result<Json<Request>, JsonRejection>,
) -> Result<Response, Problem> {
    let started = Instant::now();
    let asked = body(asked)?;
    limit(&app, peer, &asked.email)?;
    let email: Email = asked.email.parse().map_err(AccessError::from)?;
    let person = NewPerson { email, name: asked.name, exception: None };
    let done = app.access().request(&person, &asked.organisation, app.now()).await;
    tokio::time::sleep_until(started + FLOOR).await;
    match done {
        // The owner of the address is told by e-mail what became of the request.
        Ok(()) | Err(AccessError::EmailTaken) => Ok(sent()),
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Proof {
    ticket: String,
    password: String,
}

/// `POST /api/requests/proof`.
pub(super) async fn prove(
    State(app): State<App>,
    peer: Peer,
    proof: Result<Json<Proof>, JsonRejection>,
) -> Result<Response, Problem> {
    let proof = body(proof)?;
    let (ticket, password) = ticket(&app, peer, proof)?;
    let state = app.access().prove(&ticket, &password, app.now()).await;
    let state = state?;
    Ok(answer(StatusCode::OK, &json!({ "state": state.id() })))
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
    asked: Result<Json<Forgotten>, JsonRejection>,
) -> Result<Response, Problem> {
    let started = Instant::now();
    let asked = body(asked)?;
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
    proof: Result<Json<Proof>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let proof = body(proof)?;
    let (ticket, password) = ticket(&app, peer, proof)?;
    let done = app.access().reset(&ticket, &password, app.now()).await;
    done?;
    Ok(StatusCode::NO_CONTENT)
}

fn ticket(app: &App, peer: Peer, proof: Proof) -> Result<(Secret, Password), Problem> {
    app.rates().tickets.take(&address(peer), app.now()).map_err(Problem::too_many)?;
    let password = Password::new(&proof.password)
        .map_err(|error| Problem::unprocessable(error.to_string()))?;
    Ok((Secret::new(proof.ticket), password))
}

fn limit(app: &App, peer: Peer, email: &str) -> Result<(), Problem> {
    let now = app.now();
    app.rates().asking.take(&address(peer), now).map_err(Problem::too_many)?;
    let key: [u8; 32] = Sha256::digest(email.trim().to_lowercase()).into();
    app.rates().asked.take(&key, now).map_err(Problem::too_many)
}

fn address(peer: Peer) -> IpAddr {
    network(peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |Extension(peer)| peer.0.ip()))
}

fn sent() -> Response {
    let said = "Si cette adresse convient, un message vient de lui être envoyé.";
    answer(StatusCode::ACCEPTED, &json!({ "detail": said }))
}
