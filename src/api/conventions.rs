//! Conventions over HTTP.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use accounts::NewPerson;
use request::caller::SignedIn;
use request::json_body::{JsonBody, created, ok};
use request::{App, Problem};
use rights::{NewConvention, Purpose, Purposes, Right, Role};

/// A convention as it is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    kind: String,
    code: String,
    name: String,
    parent: Option<String>,
    purpose: String,
    /// Of article 1; all four where nothing is said.
    purposes: Option<Vec<String>>,
    /// By which the EPCI ordered a third party's analyses.
    contract: Option<String>,
    seats: u32,
    starts_on: String,
    ends_on: String,
    dpo: String,
    /// `commune:95018@adresse`.
    #[serde(default)]
    rights: Vec<String>,
}

/// `GET /api/conventions`.
pub(crate) async fn list(State(app): State<App>, who: SignedIn) -> Result<Response, Problem> {
    let conventions = app.access().conventions(who.actor(), app.now()).await?;
    Ok(ok(&json!({ "conventions": conventions })))
}

/// `POST /api/conventions`.
pub(crate) async fn make(
    State(app): State<App>,
    who: SignedIn,
    JsonBody(asked): JsonBody<Asked>,
) -> Result<Response, Problem> {
    let id = app.access().make_convention(who.actor(), &convention(asked)?, app.now()).await?;
    Ok(created(&json!({ "id": id })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Administrator {
    email: String,
    name: String,
    exception: Option<String>,
    /// Who stands in for the local administrator, in place of them.
    #[serde(default)]
    deputy: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Person {
    email: String,
    name: String,
    exception: Option<String>,
}

/// `POST /api/conventions/{id}/administrator`.
pub(crate) async fn name_administrator(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
    JsonBody(asked): JsonBody<Administrator>,
) -> Result<Response, Problem> {
    let Administrator { email, name, exception, deputy } = asked;
    let role = if deputy { Role::Suppleant } else { Role::Administrateur };
    let person = person(Person { email, name, exception })?;
    let (actor, now) = (who.actor(), app.now());
    let account = app.access().name_administrator(actor, &id, &person, role, now).await?;
    Ok(created(&json!({ "account": account })))
}

/// `POST /api/conventions/{id}/invitations`.
pub(crate) async fn invite(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
    JsonBody(asked): JsonBody<Person>,
) -> Result<Response, Problem> {
    let account = app.access().invite(who.actor(), &id, &person(asked)?, app.now()).await?;
    Ok(created(&json!({ "account": account })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LaterEnd {
    ends_on: String,
    /// The letter or deliberation of the EPCI.
    reference: String,
}

/// `POST /api/conventions/{id}/extensions`: the EPCI asks.
pub(crate) async fn ask_extension(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
    JsonBody(asked): JsonBody<LaterEnd>,
) -> Result<Response, Problem> {
    let end = asked.ends_on.parse()?;
    let (actor, now) = (who.actor(), app.now());
    let extension = app.access().ask_extension(actor, &id, end, &asked.reference, now).await?;
    Ok(created(&json!({ "extension": extension })))
}

/// `POST /api/extensions/{id}/grant`: the operator moves the date as the EPCI asked.
pub(crate) async fn grant_extension(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.access().answer_extension(who.actor(), &id, true, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/extensions/{id}/refusal`: the operator leaves the date as it is.
pub(crate) async fn refuse_extension(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.access().answer_extension(who.actor(), &id, false, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/conventions/{id}/closing`.
pub(crate) async fn close(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.access().close_convention(who.actor(), &id, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn convention(asked: Asked) -> Result<NewConvention, Problem> {
    let rights = asked.rights.iter().map(|text| text.parse::<Right>());
    let purposes = match &asked.purposes {
        Some(said) => Purposes::new(
            said.iter().map(|text| text.parse::<Purpose>()).collect::<Result<Vec<_>, _>>()?,
        )?,
        None => Purposes::all(),
    };
    Ok(NewConvention {
        kind: asked.kind.parse()?,
        code: asked.code,
        name: asked.name,
        parent: asked.parent,
        purpose: asked.purpose,
        purposes,
        contract: asked.contract,
        seats: asked.seats,
        starts: asked.starts_on.parse()?,
        ends: asked.ends_on.parse()?,
        dpo: asked.dpo,
        rights: rights.collect::<Result<_, _>>()?,
    })
}

fn person(asked: Person) -> Result<NewPerson, Problem> {
    Ok(NewPerson {
        email: asked.email.parse()?,
        name: asked.name.parse()?,
        exception: asked.exception,
    })
}
