//! `/api/legal`: the public pages that the operator fills.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use serde_json::json;

use request::{App, LegalPages, Problem, answer};

/// A page: its address on the portal, its title, and the key of the configuration that fills it.
const PAGES: [(&str, &str, &str); 3] = [
    ("mentions-legales", "Mentions légales", "mentions_legales"),
    ("donnees-personnelles", "Données personnelles", "donnees_personnelles"),
    ("accessibilite", "Accessibilité", "accessibilite"),
];

/// `GET /api/legal`, without identity. A page that nobody filled says which key of the
/// configuration does.
pub(super) async fn legal(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let LegalPages { mentions_legales, donnees_personnelles, accessibilite } = app.legal();
    let bodies = [mentions_legales, donnees_personnelles, accessibilite];
    let page = |((id, title, key), body): (&(&str, &str, &str), &Option<String>)| json!({ "id": id, "title": title, "key": format!("[legal] {key}"), "body": body });
    let pages: Vec<_> = PAGES.iter().zip(bodies).map(page).collect();
    let mut response = answer::json(&headers, &json!({ "pages": pages }))?;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    Ok(response)
}
