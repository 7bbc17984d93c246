//! `/session`: signing in and out of the portal.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, Extension, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::caller::Caller;
use super::identity::{COOKIE, session};
use super::{App, Problem};
use accounts::{AccessError, Secret};
use domain::Causes;

/// The body of a sign-in. It has no `Debug`: a password is never printed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignIn {
    email: String,
    password: String,
}

/// `POST /session`.
pub(super) async fn sign_in(
    State(app): State<App>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    body: Result<Json<SignIn>, JsonRejection>,
) -> Result<Response, Problem> {
    let address = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |Extension(peer)| peer.0.ip());
    app.sign_ins().take(address, app.now()).map_err(Problem::too_many_sign_ins)?;
    let Json(body) = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::unsupported_media_type(),
        _ => Problem::bad_request("Envoyer {\"email\": …, \"password\": …}."),
    })?;
    let account: [u8; 32] = Sha256::digest(body.email.trim().to_lowercase()).into();
    app.rates().sign_ins.take(&account, app.now()).map_err(Problem::too_many_sign_ins)?;
    match app.access().sign_in(&body.email, &body.password, app.now()).await {
        Ok(Some(secret)) => {
            app.sign_ins().give_back(address);
            app.rates().sign_ins.give_back(&account);
            Ok(session_cookie(&app, &secret))
        }
        Ok(None) => Err(Problem::wrong_password()),
        Err(AccessError::Busy) => Err(Problem::unavailable()),
        // What is not even an address or a password is a wrong one.
        Err(error) if error.is_usage() => Err(Problem::wrong_password()),
        Err(error) => {
            tracing::error!("connexion impossible : {}", Causes(&error));
            Err(Problem::unavailable())
        }
    }
}

/// `DELETE /session`: also without one, or with one that ended.
pub(super) async fn sign_out(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(secret) = session(&headers)
        && let Err(error) = app.access().sign_out(&secret, app.now()).await
    {
        tracing::error!("déconnexion impossible : {}", Causes(&error));
        return Err(Problem::unavailable());
    }
    Ok(with_cookie(&cookie(&app, "", "; Max-Age=0")))
}

/// `PUT /session`: another secret for the same session, which the old one does not open any more.
pub(super) async fn rotate(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let session = caller.session()?;
    match app.access().rotate_session(caller.account(), session, app.now()).await {
        Ok(Some(renewed)) => Ok(session_cookie(&app, &renewed)),
        Ok(None) => Err(Problem::unauthorized()),
        Err(error) => Err(error.into()),
    }
}

/// 204 with the cookie of a session.
pub(super) fn session_cookie(app: &App, session: &Secret) -> Response {
    with_cookie(&cookie(app, session.expose(), ""))
}

/// `Secure` where readers come over TLS, which `public_url` says and not the request: what a proxy
/// forwards is plain HTTP, and its headers can be written by anybody. `Lax` lets a link open the
/// portal signed in; what it would let through as a form is refused by the gate.
fn cookie(app: &App, value: &str, ending: &str) -> String {
    let secure = if app.is_secure() { "; Secure" } else { "" };
    format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{ending}")
}

fn with_cookie(cookie: &str) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(mut cookie) = HeaderValue::from_str(cookie) {
        cookie.set_sensitive(true);
        headers.insert(header::SET_COOKIE, cookie);
    }
    response
}
