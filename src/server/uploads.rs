//! Files that people send: the one kind of body that is read after the identity, by its handler, and
//! not before ([`bodies`](super::bodies)).

use std::net::IpAddr;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::Method;
use futures_util::StreamExt;

use super::Problem;
use super::shares::{Full, Shares};

/// Files that arrive or leave at once, each of them in memory, and those of one network.
const MAX_FILES: u64 = 8;
const MAX_FILES_OF_NETWORK: u64 = 3;

/// How long the whole of a file may take to arrive, and the next piece of it.
const FILE_TIMEOUT: Duration = Duration::from_secs(120);
const PIECE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long such a request is worked on.
pub(super) const UPLOAD_TIMEOUT: Duration = Duration::from_secs(130);

/// The budget of files in memory.
pub(super) fn budget() -> Shares {
    Shares::new(MAX_FILES, MAX_FILES_OF_NETWORK)
}

/// Whether the body of a request is a file: its handler reads it.
pub(super) fn is_upload(request: &Request) -> bool {
    let path = request.uri().path();
    let inner =
        path.strip_prefix("/api/conventions/").and_then(|rest| rest.strip_suffix("/documents"));
    *request.method() == Method::POST && inner.is_some_and(|id| !id.contains('/'))
}

/// The body, of at most so many bytes. What says that it is longer is refused unread, what is
/// longer at the first byte too many.
pub(super) async fn read(
    budget: &Shares,
    address: IpAddr,
    body: Body,
    most: usize,
) -> Result<Vec<u8>, Problem> {
    if body.size_hint().lower() > most as u64 {
        return Err(Problem::too_large());
    }
    let _share = budget.take(address, 1).map_err(|full| match full {
        Full::Network => Problem::too_many_bodies(),
        Full::Everybody => Problem::unavailable(),
    })?;
    let reading = async {
        let mut bytes = Vec::new();
        let mut pieces = body.into_data_stream();
        loop {
            let piece = tokio::time::timeout(PIECE_TIMEOUT, pieces.next()).await;
            match piece.map_err(|_| Problem::body_timeout())? {
                None => return Ok(bytes),
                Some(Err(_)) => return Err(Problem::unfinished()),
                Some(Ok(piece)) if bytes.len() + piece.len() > most => {
                    return Err(Problem::too_large());
                }
                Some(Ok(piece)) => bytes.extend_from_slice(&piece),
            }
        }
    };
    tokio::time::timeout(FILE_TIMEOUT, reading)
        .await
        .unwrap_or_else(|_| Err(Problem::body_timeout()))
}
