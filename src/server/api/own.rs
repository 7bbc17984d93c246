//! What somebody reads and changes of their own account.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::super::caller::Caller;
use super::super::session::session_cookie;
use super::super::{App, Problem, Reader, answer};
use super::{body, json as uncached};
use accounts::{Actor, Password};
use domain::Scale;
use rights::{BadEmail, Email};

/// Days that a token lasts where nothing is said.
const TOKEN_DAYS: u32 = 365;

/// `GET /api/me`: who is signed in, and where their territory lies in the latest edition. Without
/// the clauses accepted, who and nothing more.
pub(super) async fn me(
    caller: Caller,
    reader: Result<Reader, Problem>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let account = caller.account();
    let rights = account.rights();
    let territories: Vec<String> =
        rights.iter().map(|right| right.territory().to_string()).collect();
    let finest = rights.iter().map(|right| right.finest()).min().unwrap_or(Scale::France);
    let bounds = reader.ok().and_then(|reader| {
        reader.edition("latest").ok().and_then(|(_, view)| view.visible().bounds())
    });
    let document = json!({
        "email": account.email(),
        "role": account.role().id(),
        "audience": account.audience(),
        "territories": territories,
        "finest": finest,
        "bounds": bounds,
        "state": account.state().id(),
        "clauses_accepted": account.has_accepted(),
        "convention": account.convention(),
        "until": account.until().map(|until| until.seconds()),
    });
    answer::json(&headers, &document)
}

/// `GET /api/clauses`: those in force.
pub(super) async fn clauses(State(app): State<App>, _caller: Caller) -> Result<Response, Problem> {
    let clauses = app.access().clauses().await?;
    Ok(uncached(StatusCode::OK, &clauses))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Acceptance {
    version: i64,
}

/// `POST /api/clauses/acceptance`: the version that was read.
pub(super) async fn accept_clauses(
    State(app): State<App>,
    caller: Caller,
    accepted: Result<Json<Acceptance>, JsonRejection>,
) -> Result<Response, Problem> {
    let session = caller.session()?;
    let version = body(accepted)?.version;
    let renewed =
        app.access().accept_clauses(caller.account(), version, Some(session), app.now()).await;
    match renewed? {
        Some(session) => Ok(session_cookie(&app, &session)),
        None => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPassword {
    before: String,
    password: String,
}

/// `PUT /api/password`: the other sessions end.
pub(super) async fn change_password(
    State(app): State<App>,
    caller: Caller,
    asked: Result<Json<NewPassword>, JsonRejection>,
) -> Result<Response, Problem> {
    caller.session()?;
    let asked = body(asked)?;
    let key = own_key(&caller);
    app.rates().sign_ins.take(&key, app.now()).map_err(Problem::too_many)?;
    let password = Password::new(&asked.password)
        .map_err(|error| Problem::unprocessable(error.to_string()))?;
    let changed =
        app.access().change_password(caller.account(), &asked.before, &password, app.now()).await;
    match changed? {
        Some(session) => {
            app.rates().sign_ins.give_back(&key);
            Ok(session_cookie(&app, &session))
        }
        None => Err(Problem::wrong_password()),
    }
}

/// `GET /api/sessions`.
pub(super) async fn sessions(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let session = caller.session()?;
    let sessions = app.access().sessions(caller.account(), Some(session), app.now()).await;
    Ok(uncached(StatusCode::OK, &json!({ "sessions": sessions? })))
}

/// `DELETE /api/sessions`: every session but this one.
pub(super) async fn end_other_sessions(
    State(app): State<App>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    let session = caller.session()?;
    let ended = app.access().end_sessions(caller.account(), None, Some(session), app.now()).await;
    ended?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/sessions/{id}`.
pub(super) async fn end_session(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    caller.session()?;
    let ended = app.access().end_sessions(caller.account(), Some(&id), None, app.now()).await;
    ended?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewToken {
    name: Option<String>,
    days: Option<u32>,
}

/// `GET /api/tokens`.
pub(super) async fn tokens(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    caller.session()?;
    let tokens = app.access().tokens(caller.account(), app.now()).await;
    Ok(uncached(StatusCode::OK, &json!({ "tokens": tokens? })))
}

/// `POST /api/tokens`: the one answer that shows it.
pub(super) async fn make_token(
    State(app): State<App>,
    caller: Caller,
    asked: Result<Json<NewToken>, JsonRejection>,
) -> Result<Response, Problem> {
    let actor = accepted(&caller)?;
    let NewToken { name, days } = body(asked)?;
    let days = days.unwrap_or(TOKEN_DAYS);
    let email = own_email(&caller)?;
    let made = app.access().make_token(actor, &email, name.as_deref(), days, app.now()).await;
    let token = made?;
    Ok(uncached(StatusCode::CREATED, &json!({ "token": token.expose() })))
}

/// `POST /api/tokens/{name}/rotation`: another secret under the same name.
pub(super) async fn rotate_token(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    asked: Result<Json<NewToken>, JsonRejection>,
) -> Result<Response, Problem> {
    let actor = accepted(&caller)?;
    let days = body(asked)?.days.unwrap_or(TOKEN_DAYS);
    let email = own_email(&caller)?;
    let made = app.access().rotate_token(actor, &email, &name, days, app.now()).await;
    let token = made?;
    Ok(uncached(StatusCode::CREATED, &json!({ "token": token.expose() })))
}

/// `DELETE /api/tokens/{name}`.
pub(super) async fn revoke_token(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    let actor = caller.actor()?;
    let email = own_email(&caller)?;
    let ended = app.access().end_token(actor, &email, &name, app.now()).await;
    ended?;
    Ok(StatusCode::NO_CONTENT)
}

/// By session, with the clauses accepted: a token would outlive the question.
fn accepted(caller: &Caller) -> Result<Actor<'_>, Problem> {
    let actor = caller.actor()?;
    if caller.account().has_accepted() { Ok(actor) } else { Err(Problem::clauses()) }
}

fn own_email(caller: &Caller) -> Result<Email, Problem> {
    caller.account().email().parse().map_err(|_: BadEmail| Problem::internal())
}

fn own_key(caller: &Caller) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::digest(caller.account().email()).into()
}
