//! What a request may cost, and what every answer says to browsers.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{App, Problem};

/// Bytes of a request's address, token included.
const MAX_URI: usize = 4 << 10;

/// Bytes of a request's headers.
const MAX_HEADERS: usize = 16 << 10;

/// Bytes of a request's body: a sign-in is the longest.
pub(super) const MAX_BODY: usize = 16 << 10;

/// How long a request is worked on.
const PATIENCE: Duration = Duration::from_secs(30);

/// Refuses what is too long, too slow or too much; logs the route, the status and the time, and
/// nothing that names a person or a place.
pub(super) async fn limit(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let mut response = bounded(&app, request, next).await;
    secure(response.headers_mut());
    let route = matched.as_ref().map_or("-", MatchedPath::as_str);
    let status = response.status().as_u16();
    tracing::info!("{method} {route} {status} {} ms", started.elapsed().as_millis());
    response
}

/// A handler that panicked: the client learns nothing of it.
pub(super) fn panicked(_panic: Box<dyn Any + Send>) -> Response {
    tracing::error!("une requête a paniqué");
    Problem::internal().into_response()
}

async fn bounded(app: &App, request: Request, next: Next) -> Response {
    let uri = request.uri();
    if uri.path().len() + uri.query().map_or(0, str::len) > MAX_URI {
        return Problem::uri_too_long().into_response();
    }
    if header_bytes(request.headers()) > MAX_HEADERS {
        return Problem::headers_too_large().into_response();
    }
    let Ok(_permit) = Arc::clone(app.requests()).try_acquire_owned() else {
        return Problem::unavailable().into_response();
    };
    match tokio::time::timeout(PATIENCE, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::unavailable().into_response(),
    }
}

fn header_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum()
}

fn secure(headers: &mut HeaderMap) {
    let always = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // An address may hold a token (`/k/{token}/`): no other host learns it.
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in always {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(nothing);
}
