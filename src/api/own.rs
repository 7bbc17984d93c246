//! What somebody reads and changes of their own account.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use crate::session::session_cookie;
use accounts::{Actor, Password};
use domain::Scale;
use request::caller::{Caller, SignedIn};
use request::json_body::{JsonBody, created, ok};
use request::{App, Problem, Reader, answer};

/// Days that a token lasts where nothing is said.
const TOKEN_DAYS: u32 = 365;

/// `GET /api/me`: who is signed in, and where their territory lies in the latest edition. Without
/// the clauses accepted, who and nothing more.
pub(crate) async fn me(
    State(app): State<App>,
    caller: Caller,
    reader: Result<Reader, Problem>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let account = caller.account();
    let rights = account.rights();
    let territories: Vec<String> =
        rights.iter().map(|right| right.territory().to_string()).collect();
    let finest = rights.iter().map(|right| right.finest()).min().unwrap_or(Scale::FRANCE);
    let bounds = reader.ok().and_then(|reader| {
        reader.edition("latest").ok().and_then(|(_, view)| view.visible().bounds())
    });
    let mandates = app.access().mandates(account, app.now()).await?;
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
        "mandates": mandates,
    });
    answer::json(&headers, &document)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Chosen {
    /// The identifier of one of one's own accounts.
    account: String,
}

/// `PUT /api/mandate`: the session goes on under another of the person's accounts.
pub(crate) async fn use_mandate(
    State(app): State<App>,
    who: SignedIn,
    JsonBody(Chosen { account }): JsonBody<Chosen>,
) -> Result<Response, Problem> {
    let (own, session) = (who.account(), who.session());
    match app.access().use_mandate(own, session, &account, app.now()).await? {
        Some(session) => Ok(session_cookie(&app, &session)),
        None => Err(Problem::unauthorized()),
    }
}

/// `GET /api/clauses`: those in force.
pub(crate) async fn clauses(State(app): State<App>, _caller: Caller) -> Result<Response, Problem> {
    Ok(ok(&app.access().clauses().await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Acceptance {
    version: i64,
}

/// `POST /api/clauses/acceptance`: the version that was read.
pub(crate) async fn accept_clauses(
    State(app): State<App>,
    who: SignedIn,
    JsonBody(Acceptance { version }): JsonBody<Acceptance>,
) -> Result<Response, Problem> {
    let (account, session) = (who.account(), Some(who.session()));
    match app.access().accept_clauses(account, version, session, app.now()).await? {
        Some(session) => Ok(session_cookie(&app, &session)),
        None => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPassword {
    before: String,
    password: String,
    /// Whether the person's tokens are revoked too.
    #[serde(default)]
    revoke_tokens: bool,
}

/// `PUT /api/password`: the other sessions end.
pub(crate) async fn change_password(
    State(app): State<App>,
    who: SignedIn,
    JsonBody(asked): JsonBody<NewPassword>,
) -> Result<Response, Problem> {
    let (account, now) = (who.account(), app.now());
    let attempt = app.rates().passwords.take(account.email(), now)?;
    let password = Password::new(&asked.password)?;
    let (before, revoke) = (asked.before.as_str(), asked.revoke_tokens);
    match app.access().change_password(account, before, &password, revoke, now).await? {
        Some(session) => {
            attempt.give_back();
            Ok(session_cookie(&app, &session))
        }
        None => Err(Problem::wrong_password()),
    }
}

/// `GET /api/sessions`.
pub(crate) async fn sessions(State(app): State<App>, who: SignedIn) -> Result<Response, Problem> {
    let session = Some(who.session());
    let sessions = app.access().sessions(who.account(), session, app.now()).await?;
    Ok(ok(&json!({ "sessions": sessions })))
}

/// `DELETE /api/sessions`: every session but this one.
pub(crate) async fn end_other_sessions(
    State(app): State<App>,
    who: SignedIn,
) -> Result<StatusCode, Problem> {
    let session = Some(who.session());
    app.access().end_sessions(who.account(), None, session, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/sessions/{id}`.
pub(crate) async fn end_session(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.access().end_sessions(who.account(), Some(&id), None, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    name: Option<String>,
    days: Option<u32>,
}

/// `GET /api/tokens`.
pub(crate) async fn tokens(State(app): State<App>, who: SignedIn) -> Result<Response, Problem> {
    let tokens = app.access().tokens(who.account(), app.now()).await?;
    Ok(ok(&json!({ "tokens": tokens })))
}

/// `POST /api/tokens`: the one answer that shows it.
pub(crate) async fn make_token(
    State(app): State<App>,
    who: SignedIn,
    asked: Result<JsonBody<NewToken>, Problem>,
) -> Result<Response, Problem> {
    let actor = token_holder(&who)?;
    let JsonBody(NewToken { name, days }) = asked?;
    let (own, days) = (who.account().id(), days.unwrap_or(TOKEN_DAYS));
    let token = app.access().make_token(actor, own, name.as_deref(), days, app.now()).await?;
    Ok(created(&json!({ "token": token.expose() })))
}

/// `POST /api/tokens/{name}/rotation`: another secret under the same name.
pub(crate) async fn rotate_token(
    State(app): State<App>,
    who: SignedIn,
    Path(name): Path<String>,
    asked: Result<JsonBody<NewToken>, Problem>,
) -> Result<Response, Problem> {
    let actor = token_holder(&who)?;
    let JsonBody(asked) = asked?;
    let (own, days) = (who.account().id(), asked.days.unwrap_or(TOKEN_DAYS));
    let token = app.access().rotate_token(actor, own, &name, days, app.now()).await?;
    Ok(created(&json!({ "token": token.expose() })))
}

/// `DELETE /api/tokens/{name}`.
pub(crate) async fn revoke_token(
    State(app): State<App>,
    who: SignedIn,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    app.access().end_token(who.actor(), who.account().id(), &name, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who makes a token for themselves: with the clauses accepted, since a token would outlive the
/// question.
fn token_holder(who: &SignedIn) -> Result<Actor<'_>, Problem> {
    if who.account().has_accepted() { Ok(who.actor()) } else { Err(Problem::clauses()) }
}
