//! Bodies of requests, read before anything else is held for them.

use std::net::IpAddr;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::Method;

use crate::Problem;
use crate::shares::{Full, Shares};

/// Bytes of a request's body: a sign-in is the longest.
const MAX_BODY: usize = 16 << 10;

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Bodies that arrive at once, and those of one network.
const MAX_BODIES: u64 = 1_024;
const MAX_BODIES_OF_NETWORK: u64 = 32;

/// The budget of bodies that arrive at once.
pub fn budget() -> Shares {
    Shares::new(MAX_BODIES, MAX_BODIES_OF_NETWORK)
}

/// The request with its body in memory. A client that is slow to send it costs a few kilobytes and
/// holds back nobody but its own network.
///
/// # Errors
///
/// 408, 413, 429 or 503: the body is late, too long, or there are too many.
pub async fn read(budget: &Shares, address: IpAddr, request: Request) -> Result<Request, Problem> {
    use axum::body::HttpBody as _;
    if request.body().is_end_stream() {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        // Nothing reads it.
        return Ok(Request::from_parts(parts, Body::empty()));
    }
    if body.size_hint().lower() > MAX_BODY as u64 {
        return Err(Problem::too_large());
    }
    let _share = budget.take(address, 1).map_err(|full| match full {
        Full::Network => Problem::too_many_bodies(),
        Full::Everybody => Problem::unavailable(),
    })?;
    let bytes = tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY)).await;
    match bytes {
        Ok(Ok(bytes)) => Ok(Request::from_parts(parts, Body::from(bytes))),
        // The limit, or a connection that broke: to whoever still listens it is the limit.
        Ok(Err(_)) => Err(Problem::too_large()),
        Err(_) => Err(Problem::body_timeout()),
    }
}
