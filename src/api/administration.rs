//! What the operator and local administrators do with people. Who may what is decided below HTTP,
//! in the transaction of the change.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use accounts::Listed;
use request::caller::SignedIn;
use request::json_body::{JsonBody, created, ok};
use request::{App, Problem};
use rights::Step;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// The address that the page before ended with.
    after: Option<String>,
}

/// `GET /api/accounts`: 500 at once, by address.
pub(crate) async fn accounts(
    State(app): State<App>,
    who: SignedIn,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Response, Problem> {
    let bad = || Problem::bad_request("after est l'adresse du dernier compte de la page d'avant.");
    let Query(page) = page.map_err(|_| bad())?;
    let after = page.after.map(|text| text.parse()).transpose().map_err(|_| bad())?;
    let listed = app.access().list_for(who.actor(), after.as_ref(), app.now()).await?;
    let accounts: Vec<_> = listed.iter().map(document).collect();
    Ok(ok(&json!({ "accounts": accounts })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reason {
    #[serde(default)]
    reason: String,
}

/// `POST /api/accounts/{id}/{step}`: validation, rejet, suspension, reprise, fermeture.
pub(crate) async fn decide(
    State(app): State<App>,
    who: SignedIn,
    Path((id, step)): Path<(String, String)>,
    reason: Result<JsonBody<Reason>, Problem>,
) -> Result<Response, Problem> {
    let step = Step::ALL.into_iter().find(|one| one.id() == step).ok_or_else(Problem::not_found)?;
    let JsonBody(Reason { reason }) = reason?;
    let state = app.access().decide(who.actor(), &id, step, &reason, app.now()).await?;
    Ok(ok(&json!({ "state": state.id() })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Address {
    email: String,
}

/// `POST /api/addresses/release`: the person of an address is deleted, and the address free.
pub(crate) async fn release(
    State(app): State<App>,
    who: SignedIn,
    JsonBody(Address { email }): JsonBody<Address>,
) -> Result<StatusCode, Problem> {
    app.access().release(who.actor(), &email.parse()?, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewClauses {
    body: String,
}

/// `POST /api/clauses`: puts others in force; everybody is asked again.
pub(crate) async fn publish_clauses(
    State(app): State<App>,
    who: SignedIn,
    JsonBody(new): JsonBody<NewClauses>,
) -> Result<Response, Problem> {
    let version = app.access().publish_clauses(who.actor(), &new.body, app.now()).await?;
    Ok(created(&json!({ "version": version })))
}

fn document(account: &Listed) -> serde_json::Value {
    let right = |right: &rights::Right| format!("{}@{}", right.territory(), right.finest());
    json!({
        "id": account.id(),
        "email": account.email().as_str(),
        "name": account.name(),
        "role": account.role().id(),
        "audience": account.audience().id(),
        "state": account.state().id(),
        "convention": account.convention(),
        "rights": account.rights().iter().map(right).collect::<Vec<_>>(),
        "tokens": account.tokens(),
        "steps": account.steps().iter().map(|step| step.id()).collect::<Vec<_>>(),
    })
}
