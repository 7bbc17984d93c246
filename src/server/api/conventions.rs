//! Conventions over HTTP.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::super::caller::Caller;
use super::super::{App, Problem};
use super::{body, json as answer};
use accounts::NewPerson;
use rights::{NewConvention, Right};

/// A convention as it is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    kind: String,
    code: String,
    name: String,
    parent: Option<String>,
    purpose: String,
    seats: u32,
    starts_on: String,
    ends_on: String,
    dpo: String,
    /// `commune:95018@adresse`.
    #[serde(default)]
    rights: Vec<String>,
}

/// `GET /api/conventions`.
pub(super) async fn list(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let conventions = app.access().conventions(caller.actor()?).await;
    let conventions = conventions?;
    Ok(answer(StatusCode::OK, &json!({ "conventions": conventions })))
}

/// `POST /api/conventions`.
pub(super) async fn make(
    State(app): State<App>,
    caller: Caller,
    asked: Result<Json<Asked>, JsonRejection>,
) -> Result<Response, Problem> {
    let actor = caller.actor()?;
    let new = convention(body(asked)?).map_err(Problem::unprocessable)?;
    let made = app.access().make_convention(actor, &new, app.now()).await;
    let id = made?;
    Ok(answer(StatusCode::CREATED, &json!({ "id": id })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    email: String,
    name: String,
    exception: Option<String>,
}

/// `POST /api/conventions/{id}/administrator`.
pub(super) async fn name_administrator(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    asked: Result<Json<Person>, JsonRejection>,
) -> Result<Response, Problem> {
    let actor = caller.actor()?;
    let person = person(body(asked)?)?;
    let named = app.access().name_administrator(actor, &id, &person, app.now()).await;
    let account = named?;
    Ok(answer(StatusCode::CREATED, &json!({ "account": account })))
}

/// `POST /api/conventions/{id}/invitations`.
pub(super) async fn invite(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    asked: Result<Json<Person>, JsonRejection>,
) -> Result<Response, Problem> {
    let actor = caller.actor()?;
    let person = person(body(asked)?)?;
    let invited = app.access().invite(actor, &id, &person, app.now()).await;
    let account = invited?;
    Ok(answer(StatusCode::CREATED, &json!({ "account": account })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LaterEnd {
    ends_on: String,
    /// The letter or deliberation of the EPCI.
    reference: String,
}

/// `POST /api/conventions/{id}/extensions`: the EPCI asks.
pub(super) async fn ask_extension(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    asked: Result<Json<LaterEnd>, JsonRejection>,
) -> Result<Response, Problem> {
    let actor = caller.actor()?;
    let asked = body(asked)?;
    let end = asked
        .ends_on
        .parse()
        .map_err(|error: rights::BadDay| Problem::unprocessable(error.to_string()))?;
    let recorded = app.access().ask_extension(actor, &id, end, &asked.reference, app.now()).await;
    let extension = recorded?;
    Ok(answer(StatusCode::CREATED, &json!({ "extension": extension })))
}

/// `POST /api/extensions/{id}/grant`: the operator moves the date as the EPCI asked.
pub(super) async fn grant_extension(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let granted = app.access().grant_extension(caller.actor()?, &id, app.now()).await;
    granted?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/conventions/{id}/closing`.
pub(super) async fn close(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let closed = app.access().close_convention(caller.actor()?, &id, app.now()).await;
    closed?;
    Ok(StatusCode::NO_CONTENT)
}

fn convention(asked: Asked) -> Result<NewConvention, String> {
    let rights = asked.rights.iter().map(|text| text.parse::<Right>().map_err(|e| e.to_string()));
    Ok(NewConvention {
        kind: asked.kind.parse().map_err(|e: rights::UnknownKind| e.to_string())?,
        code: asked.code,
        name: asked.name,
        parent: asked.parent,
        purpose: asked.purpose,
        seats: asked.seats,
        starts: asked.starts_on.parse().map_err(|e: rights::BadDay| e.to_string())?,
        ends: asked.ends_on.parse().map_err(|e: rights::BadDay| e.to_string())?,
        dpo: asked.dpo,
        rights: rights.collect::<Result<_, _>>()?,
    })
}

fn person(asked: Person) -> Result<NewPerson, Problem> {
    let email = asked
        .email
        .parse()
        .map_err(|error: rights::BadEmail| Problem::unprocessable(error.to_string()))?;
    Ok(NewPerson { email, name: asked.name, exception: asked.exception })
}
