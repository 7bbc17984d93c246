//! `/health`, `/ready`, `/auth/scope`, `/api/demo`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::proxy_consultation;
use accounts::{Credential, Secret};
use request::{App, Problem, Reader};

/// A session that has the right form and does not exist: whether accounts answer is a question
/// about it.
const NOBODY: &str = "seuils_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The process runs.
pub(super) async fn health() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}

/// Accounts answer, consultations can be written to the journal, and an edition is active.
pub(super) async fn ready(State(app): State<App>) -> Result<Response, Problem> {
    let nobody = Credential::Session(Secret::new(NOBODY));
    let accounts = app.access().identify(&nobody, app.now()).await;
    let writes = !app.recorder().is_failing();
    if accounts.is_err() || !writes || app.editions().current().latest().is_none() {
        return Err(Problem::unavailable());
    }
    Ok(Json(json!({ "status": "ok" })).into_response())
}

/// For a proxy's sub-request. The gate found the reader and names the scope; what the proxy may
/// answer from its store is noted as consulted.
pub(super) async fn scope(
    State(app): State<App>,
    reader: Reader,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    proxy_consultation::note(&app, &reader, &headers)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The accounts of a demonstration; elsewhere the route does not exist.
pub(super) async fn demo(State(app): State<App>) -> Result<Response, Problem> {
    if app.demo().is_empty() {
        return Err(Problem::not_found());
    }
    Ok(Json(json!({ "accounts": app.demo() })).into_response())
}
