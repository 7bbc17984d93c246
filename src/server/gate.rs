//! The gate before every route: without an identity there is no data.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;

use super::proxy_consultation::OriginalPath;
use super::{assets, tiles};
use accounts::Secret;
use request::caller::Caller;
use request::identity::{Prefix, credential, session};
use request::peer::Peer;
use request::{App, Problem, Reader};
use rights::{Refusal, Timestamp};

/// The header that names what an answer depends on.
const SCOPE: HeaderName = HeaderName::from_static("x-seuil-scope");

/// The route of a proxy's sub-request.
pub(super) const SCOPE_ROUTE: &str = "/auth/scope";

/// Routes that answer in the format that `Accept` asks for.
const NEGOTIATED: &str = "/ogc";

/// Routes without identity. Everything else, known or not, is 401 without one.
const PUBLIC: [&str; 15] = [
    "/",
    "/aide",
    "/mentions-legales",
    "/donnees-personnelles",
    "/accessibilite",
    "/session",
    "/health",
    "/ready",
    "/api/demo",
    "/api/legal",
    "/api/requests",
    "/api/requests/organisations",
    "/api/requests/proof",
    "/api/password/reset",
    "/api/password/new",
];

/// Lets public routes pass, and gives the others a [`Reader`] or refuses. Answers that depend on
/// an identity say so to every cache. A tile is answered here, any other route by the router.
pub(super) async fn gate(app: &App, mut request: Request, routes: Router) -> Response {
    if is_cross_site(app, &request) {
        return Problem::cross_site().into_response();
    }
    if is_preflight(&request) {
        // Without an origin in the configuration no page elsewhere may read: nothing is allowed.
        return StatusCode::NO_CONTENT.into_response();
    }
    let path = request.uri().path();
    let rotates = path == "/session" && request.method() == Method::PUT;
    let account_route = path.starts_with("/api/") || rotates;
    let is_negotiated = path.starts_with(NEGOTIATED);
    let personal = |response| personal(response, is_negotiated);
    if is_public(path) && !rotates {
        return run(routes, request).await;
    }
    let prefix = prefix(&request);
    let credential = credential(request.headers(), prefix.as_ref());
    // One instant for the whole request.
    let now = app.now();
    personal(match Caller::identify(app, credential, Peer::of(request.extensions()), now).await {
        Ok(caller) => match Reader::new(app, &caller, prefix.as_ref(), now) {
            Ok(reader) => {
                // What cannot be journalled is not shown.
                if !account_route && app.recorder().is_full() {
                    return personal(Problem::not_journalled().into_response());
                }
                let scope = reader.scope().clone();
                let mut response = match tiles::direct(
                    app,
                    &reader,
                    request.method(),
                    request.uri(),
                    request.headers(),
                )
                .await
                {
                    Some(response) => response,
                    None => {
                        if let Err(none) = count(app, &caller, now) {
                            return personal(none.into_response());
                        }
                        request.extensions_mut().insert(caller);
                        request.extensions_mut().insert(reader);
                        run(routes, request).await
                    }
                };
                response.headers_mut().insert(SCOPE, scope);
                response
            }
            // Somebody known who may see nothing yet: their own account, and no data.
            Err(Refusal::Clauses) if account_route => {
                if let Err(none) = count(app, &caller, now) {
                    return personal(none.into_response());
                }
                request.extensions_mut().insert(caller);
                run(routes, request).await
            }
            Err(Refusal::Clauses) => Problem::clauses().into_response(),
            Err(Refusal::Closed) => Problem::unauthorized().into_response(),
        },
        Err(problem) => {
            let challenge = wants_challenge(&request);
            let mut response = problem.into_response();
            if challenge && response.status() == StatusCode::UNAUTHORIZED {
                let basic = HeaderValue::from_static("Basic realm=\"Seuil\", charset=\"UTF-8\"");
                response.headers_mut().insert(header::WWW_AUTHENTICATE, basic);
            }
            response
        }
    })
}

/// An answer that depends on who asks, as every cache must know.
fn personal(mut response: Response, is_negotiated: bool) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    let vary = match is_negotiated {
        true => "Authorization, Cookie, Accept, Accept-Encoding",
        false => "Authorization, Cookie, Accept-Encoding",
    };
    headers.insert(header::VARY, HeaderValue::from_static(vary));
    response
}

/// Routes without identity; no tile is one, so those need not be compared with each.
fn is_public(path: &str) -> bool {
    !path.starts_with("/tiles/") && (PUBLIC.contains(&path) || assets::has(path))
}

/// The question of a browser whether a page of another site may ask something.
fn is_preflight(request: &Request) -> bool {
    *request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ORIGIN)
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// Counts a request against its account. What a session does is somebody at a screen: each may be a
/// line of the journal.
fn count(app: &App, caller: &Caller, now: Timestamp) -> Result<(), Problem> {
    let rates = app.rates();
    let rate = if caller.has_session() { &rates.sessions } else { &rates.tokens };
    rate.take(caller.account().id(), now)?;
    Ok(())
}

async fn run(routes: Router, request: Request) -> Response {
    let Ok(response) = routes.oneshot(request).await;
    response
}

/// Whether a page of another site asks for a change (CSRF). Browsers say where a request comes
/// from in headers that pages cannot write; programs send neither, and carry no cookie unasked.
fn is_cross_site(app: &App, request: &Request) -> bool {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    let text = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or(""));
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => !is_own(app.public_url(), origin, request),
        (None, None) => false,
    }
}

/// The origin of the portal: that of `public_url`, or of the address that the browser asked.
fn is_own(public_url: &str, origin: &str, request: &Request) -> bool {
    let after = |url: &str| url.split_once("://").map(|(_, rest)| rest.to_owned());
    let host = |url: &str| after(url).map(|rest| rest.split('/').next().unwrap_or("").to_owned());
    let asked = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let from = after(origin);
    from.is_some() && (from == host(public_url) || from.as_deref() == asked)
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
    OriginalPath::read(headers).ok()??.token
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
