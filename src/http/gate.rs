//! The gate before every route: without an identity there is no data.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::identity::{Prefix, credential, session, split_prefix};
use super::{App, Problem, Reader, assets};
use crate::access::{Credential, Secret};

/// The header that names what an answer depends on.
const SCOPE: HeaderName = HeaderName::from_static("x-seuil-scope");

/// The route of a proxy's sub-request.
pub(super) const SCOPE_ROUTE: &str = "/auth/scope";

/// Routes without identity. Everything else, known or not, is 401 without one.
const PUBLIC: [&str; 5] = ["/", "/session", "/health", "/ready", "/api/demo"];

/// Lets public routes pass, and gives the others a [`Reader`] or refuses. Answers that depend on
/// an identity say so to every cache.
pub(super) async fn gate(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if PUBLIC.contains(&path) || assets::has(path) {
        return next.run(request).await;
    }
    let prefix = prefix(&request);
    let credential = credential(request.headers(), prefix.as_ref());
    let mut response = match reader(&app, credential, prefix.as_ref()).await {
        Ok(reader) => {
            request.extensions_mut().insert(reader.clone());
            let mut response = next.run(request).await;
            if let Ok(scope) = HeaderValue::from_str(reader.scope()) {
                response.headers_mut().insert(SCOPE, scope);
            }
            response
        }
        Err(problem) => {
            let challenge = wants_challenge(&request);
            let mut response = problem.into_response();
            if challenge && response.status() == axum::http::StatusCode::UNAUTHORIZED {
                let basic = HeaderValue::from_static("Basic realm=\"Seuil\", charset=\"UTF-8\"");
                response.headers_mut().insert(header::WWW_AUTHENTICATE, basic);
            }
            response
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    let vary = HeaderValue::from_static("Authorization, Cookie, Accept-Encoding");
    headers.insert(header::VARY, vary);
    response
}

async fn reader(
    app: &App,
    credential: Option<Credential>,
    prefix: Option<&Secret>,
) -> Result<Reader, Problem> {
    let credential = credential.ok_or_else(Problem::unauthorized)?;
    match app.access().identify(&credential, app.now()).await {
        Ok(Some(account)) => Ok(Reader::new(app, account, prefix).await),
        Ok(None) => Err(Problem::unauthorized()),
        Err(error) => {
            tracing::error!("identification impossible : {error}");
            Err(Problem::unavailable())
        }
    }
}

fn prefix(request: &Request) -> Option<Secret> {
    match request.extensions().get::<Prefix>() {
        Some(Prefix(token)) => Some(token.clone()),
        None => original_prefix(request.uri(), request.headers()),
    }
}

/// The token that the address of a proxy's client held, for the sub-request alone.
fn original_prefix(uri: &Uri, headers: &HeaderMap) -> Option<Secret> {
    if uri.path() != SCOPE_ROUTE {
        return None;
    }
    let original: Uri = headers.get("x-original-uri")?.to_str().ok()?.parse().ok()?;
    split_prefix(&original).map(|(token, _)| token)
}

/// Whether a refusal asks for a name and a token. GIS programs need the question; a browser that
/// fetches for the portal would open a window of its own.
fn wants_challenge(request: &Request) -> bool {
    let headers = request.headers();
    !request.uri().path().starts_with("/api/")
        && !headers.contains_key("sec-fetch-mode")
        && !headers.contains_key("x-requested-with")
        && session(headers).is_none()
}
