//! What somebody did and consulted, as the journal holds it.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use accounts::csv_of_journal;
use request::caller::SignedIn;
use request::json_body::ok;
use request::{App, Problem};
use rights::{BadDay, Day};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// The address of the account; without it, one's own account.
    account: Option<String>,
    /// The first and the last day, in Paris.
    from: String,
    to: String,
    /// `json` (default) or `csv`.
    format: Option<String>,
}

/// `GET /api/journal`: what an account did between two days.
pub(crate) async fn journal(
    State(app): State<App>,
    who: SignedIn,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let bad = || Problem::bad_request("Donner from et to (AAAA-MM-JJ), et account.");
    let Query(asked) = asked.map_err(|_| bad())?;
    let day = |text: &str| text.parse::<Day>().map_err(|_: BadDay| bad());
    let (from, to) = (day(&asked.from)?, day(&asked.to)?);
    let account = asked.account.as_deref().unwrap_or_else(|| who.account().email());
    let email = account.parse().map_err(|_| bad())?;
    let entries = app.access().journal_of(who.actor(), &email, from, to, app.now()).await?;
    match asked.format.as_deref() {
        None | Some("json") => Ok(ok(&json!({ "entries": entries }))),
        Some("csv") => {
            let mut response = csv_of_journal(&entries).into_response();
            let headers = response.headers_mut();
            let kind = HeaderValue::from_static("text/csv; charset=utf-8");
            headers.insert(header::CONTENT_TYPE, kind);
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            Ok(response)
        }
        Some(_) => Err(bad()),
    }
}
