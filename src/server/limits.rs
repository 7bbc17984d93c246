//! What a request may cost, and what every answer says to browsers.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use super::routes::HEALTH;
use super::{drain, tiles};
use request::peer::{Client, Peer};
use request::uploads::{self, UPLOAD_TIMEOUT};
use request::{App, Problem, bodies, unsent};

/// Bytes of a request's address, token included.
const MAX_URI: usize = 4 << 10;

/// Bytes of a request's headers.
const MAX_HEADERS: usize = 16 << 10;

/// How long a request is worked on.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Refuses what is too long, too slow or too much; logs the route, the status and the time, and
/// nothing that names a person or a place.
pub(super) async fn limit<F>(
    app: &App,
    request: Request,
    work: impl FnOnce(Request) -> F,
) -> Response
where
    F: Future<Output = Response>,
{
    let told = tracing::enabled!(tracing::Level::INFO).then(|| {
        (request.method().clone(), tiles::route(request.method(), request.uri()), Instant::now())
    });
    let client = request.extensions().get::<Client>().cloned();
    let response = bounded(app, request, work).await;
    let mut response = unsent::counted(app.unsent(), client.as_ref(), response);
    secure(response.headers_mut());
    if let Some((method, route, started)) = told {
        let matched = response.extensions().get::<MatchedPath>();
        let route = route.or(matched.map(MatchedPath::as_str)).unwrap_or("-");
        let status = response.status().as_u16();
        tracing::info!("{method} {route} {status} {} ms", started.elapsed().as_millis());
    }
    response
}

/// Leaves word of the route that answered, for the log.
pub(super) async fn name_route(
    matched: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    if let Some(matched) = matched {
        response.extensions_mut().insert(matched);
    }
    response
}

/// Runs a handler. Of one that panicked the client learns nothing.
pub(super) async fn contained(work: impl Future<Output = Response>) -> Response {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!("une requête a paniqué");
        Problem::internal().into_response()
    })
}

async fn bounded<F>(app: &App, request: Request, work: impl FnOnce(Request) -> F) -> Response
where
    F: Future<Output = Response>,
{
    let uri = request.uri();
    if uri.path().len() + uri.query().map_or(0, str::len) > MAX_URI {
        return Problem::uri_too_long().into_response();
    }
    if header_bytes(request.headers()) > MAX_HEADERS {
        return Problem::headers_too_large().into_response();
    }
    let Peer(peer) = Peer::of(request.extensions());
    if uploads::is_upload(&request) {
        // Its handler reads it, once it is known who sends it.
        let (request, rest) = drain::kept(request);
        let response = permitted(app, request, UPLOAD_TIMEOUT, work).await;
        rest.drain(app.bodies(), peer).await;
        return response;
    }
    let request = match bodies::read(app.bodies(), peer, request).await {
        Ok(request) => request,
        Err(problem) => return problem.into_response(),
    };
    // Whether the process runs is asked when nothing else is answered.
    if request.uri().path() == HEALTH {
        return work(request).await;
    }
    permitted(app, request, REQUEST_TIMEOUT, work).await
}

async fn permitted<F>(
    app: &App,
    request: Request,
    timeout: Duration,
    work: impl FnOnce(Request) -> F,
) -> Response
where
    F: Future<Output = Response>,
{
    let Ok(_permit) = app.requests().try_acquire() else {
        return Problem::unavailable().into_response();
    };
    match tokio::time::timeout(timeout, work(request)).await {
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
