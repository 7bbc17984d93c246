//! Breaches, the end of missions, sub-processors and the register of processing.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use accounts::NewBreach;
use request::caller::SignedIn;
use request::json_body::{JsonBody, created, ok};
use request::{App, Problem};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Declared {
    convention: String,
    /// `2027-01-15T08:00:00Z`.
    known_at: String,
    from: String,
    to: String,
    description: String,
}

/// `POST /api/breaches`.
pub(crate) async fn declare_breach(
    State(app): State<App>,
    who: SignedIn,
    JsonBody(asked): JsonBody<Declared>,
) -> Result<Response, Problem> {
    let breach = NewBreach {
        convention: asked.convention,
        known_at: asked.known_at.parse()?,
        from: asked.from.parse()?,
        to: asked.to.parse()?,
        description: asked.description,
    };
    let id = app.access().declare_breach(who.actor(), &breach, app.now()).await?;
    Ok(created(&json!({ "id": id })))
}

/// `GET /api/breaches`.
pub(crate) async fn breaches(State(app): State<App>, who: SignedIn) -> Result<Response, Problem> {
    Ok(ok(&json!({ "breaches": app.access().breaches(who.actor()).await? })))
}

/// `GET /api/breaches/{id}/file`: accounts, editions, scales, communes and exports.
pub(crate) async fn breach_file(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let lines = app.access().breach_file(who.actor(), &id, app.now()).await?;
    Ok(ok(&json!({ "lines": lines })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Notification {
    how: String,
}

/// `POST /api/breaches/{id}/notification`.
pub(crate) async fn record_notification(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
    JsonBody(Notification { how }): JsonBody<Notification>,
) -> Result<StatusCode, Problem> {
    app.access().record_notification(who.actor(), &id, &how, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/conventions/{id}/exports`: what is to be destroyed.
pub(crate) async fn exports(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let entries = app.access().exports(who.actor(), &id, app.now()).await?;
    Ok(ok(&json!({ "entries": entries })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Justification {
    reference: String,
}

/// `GET /api/conventions/{id}/destruction`: the attestations.
pub(crate) async fn destructions(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let destructions = app.access().destructions(who.actor(), &id, app.now()).await?;
    Ok(ok(&json!({ "destructions": destructions })))
}

/// `GET /api/conventions/{id}/subprocessors`.
pub(crate) async fn subprocessors(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let subprocessors = app.access().subprocessors(who.actor(), &id, app.now()).await?;
    Ok(ok(&json!({ "subprocessors": subprocessors })))
}

/// `POST /api/conventions/{id}/destruction`.
pub(crate) async fn attest_destruction(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
    JsonBody(Justification { reference }): JsonBody<Justification>,
) -> Result<Response, Problem> {
    let (actor, now) = (who.actor(), app.now());
    let made = app.access().attest_destruction(actor, &id, &reference, now).await?;
    Ok(created(&json!({ "id": made })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSubprocessor {
    name: String,
    purpose: String,
}

/// `POST /api/conventions/{id}/subprocessors`.
pub(crate) async fn ask_subprocessor(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
    JsonBody(NewSubprocessor { name, purpose }): JsonBody<NewSubprocessor>,
) -> Result<Response, Problem> {
    let (actor, now) = (who.actor(), app.now());
    let made = app.access().ask_subprocessor(actor, &id, &name, &purpose, now).await?;
    Ok(created(&json!({ "id": made })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    authorised: bool,
    reference: String,
}

/// `POST /api/subprocessors/{id}/answer`: the EPCI authorises in writing, or refuses.
pub(crate) async fn answer_subprocessor(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
    JsonBody(Answer { authorised, reference }): JsonBody<Answer>,
) -> Result<StatusCode, Problem> {
    let (actor, now) = (who.actor(), app.now());
    app.access().answer_subprocessor(actor, &id, authorised, &reference, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/register`: the register of processing, in Markdown.
pub(crate) async fn register(State(app): State<App>, who: SignedIn) -> Result<Response, Problem> {
    let text = app.access().register(who.actor(), app.now()).await?;
    Ok(ok(&json!({ "register": text })))
}
