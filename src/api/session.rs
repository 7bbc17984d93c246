//! `/session`: signing in and out of the portal.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cookie::{Cookie, CookieBuilder, SameSite};
use serde::Deserialize;

use accounts::{AccessError, Secret};
use domain::{Causes, Fault, HasFault};
use request::caller::SignedIn;
use request::identity::{COOKIE, session};
use request::json_body::JsonBody;
use request::peer::Peer;
use request::{App, Problem};

/// The body of a sign-in. It has no `Debug`: a password is never printed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    email: String,
    password: String,
}

/// `POST /session`. A body that cannot be read counts as a try.
pub(crate) async fn sign_in(
    State(app): State<App>,
    Peer(peer): Peer,
    body: Result<JsonBody<SignIn>, Problem>,
) -> Result<Response, Problem> {
    let now = app.now();
    let by_network = app.rates().sign_ins_by_network.take(peer, now)?;
    let JsonBody(SignIn { email, password }) = body?;
    let by_both = app.rates().sign_ins_here.take(&email, peer, now)?;
    let by_name = app.rates().sign_ins.take(&email, now)?;
    match app.access().sign_in(&email, &password, now).await {
        Ok(Some(secret)) => {
            by_network.give_back();
            by_both.give_back();
            by_name.give_back();
            Ok(session_cookie(&app, &secret))
        }
        Ok(None) => Err(Problem::wrong_password()),
        Err(AccessError::Busy) => Err(Problem::unavailable()),
        // What is not even an address or a password is a wrong one.
        Err(error) if error.fault() == Fault::Usage => Err(Problem::wrong_password()),
        Err(error) => {
            tracing::error!("connexion impossible : {}", Causes(&error));
            Err(Problem::unavailable())
        }
    }
}

/// `DELETE /session`: also without one, or with one that ended. Each asks the database, so a
/// network has a limit.
pub(crate) async fn sign_out(
    State(app): State<App>,
    Peer(peer): Peer,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    app.rates().sign_outs.take(peer, app.now())?;
    if let Some(secret) = session(&headers) {
        app.access().sign_out(&secret, app.now()).await?;
    }
    Ok(with_cookie(cookie(&app, "").removal()))
}

/// `PUT /session`: another secret for the same session, which the old one does not open any more.
pub(crate) async fn rotate(State(app): State<App>, who: SignedIn) -> Result<Response, Problem> {
    match app.access().rotate_session(who.account(), who.session(), app.now()).await? {
        Some(renewed) => Ok(session_cookie(&app, &renewed)),
        None => Err(Problem::unauthorized()),
    }
}

/// 204 with the cookie of a session.
pub(crate) fn session_cookie(app: &App, session: &Secret) -> Response {
    with_cookie(cookie(app, session.expose()))
}

/// `Secure` where readers come over TLS, which `public_url` says and not the request: what a proxy
/// forwards is plain HTTP, and its headers can be written by anybody. `Lax` lets a link open the
/// portal signed in; what it would let through as a form is refused by the gate.
fn cookie<'a>(app: &App, value: &'a str) -> CookieBuilder<'a> {
    let cookie = Cookie::build((COOKIE, value)).path("/").http_only(true);
    cookie.same_site(SameSite::Lax).secure(app.is_secure())
}

fn with_cookie<'a>(cookie: CookieBuilder<'a>) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(mut cookie) = HeaderValue::from_str(&cookie.build().to_string()) {
        cookie.set_sensitive(true);
        headers.insert(header::SET_COOKIE, cookie);
    }
    response
}
