//! The public pages that the operator fills: legal notices, personal data, accessibility.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use serde_json::json;

use super::{App, Problem, answer};

/// Bytes of one of the texts, at most.
pub const MAX_LEGAL: u64 = 64 << 10;

/// A page: its address on the portal, its title, and the key of the configuration that fills it.
const PAGES: [(&str, &str, &str); 3] = [
    ("mentions-legales", "Mentions légales", "mentions_legales"),
    ("donnees-personnelles", "Données personnelles", "donnees_personnelles"),
    ("accessibilite", "Accessibilité", "accessibilite"),
];

/// What the operator wrote for each page; the portal shows it as text, never as markup.
#[derive(Clone, Debug, Default)]
pub struct LegalPages {
    /// Who publishes and hosts the service.
    pub mentions_legales: Option<String>,
    /// What becomes of the data of people who have an account.
    pub donnees_personnelles: Option<String>,
    /// The declaration of accessibility.
    pub accessibilite: Option<String>,
}

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
