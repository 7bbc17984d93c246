//! Files that people send: the one kind of body that is read after the identity, by its handler, and
//! not before ([`bodies`](crate::bodies)).

use std::net::IpAddr;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::Method;
use futures_util::StreamExt;

use accounts::OVERHEAD;

use crate::Problem;
use crate::shares::{Full, Share, Shares};

/// Files that arrive or leave at once, each of them in memory, and those of one network.
const MAX_FILES: u64 = 8;
const MAX_FILES_OF_NETWORK: u64 = 3;

/// How long the whole of a file may take to arrive, and the next piece of it.
const FILE_TIMEOUT: Duration = Duration::from_secs(120);
const PIECE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long such a request is worked on.
pub const UPLOAD_TIMEOUT: Duration = Duration::from_secs(130);

/// A file that arrived whole. It counts against the budget until it is dropped: encrypting and
/// storing it takes memory too.
pub struct Upload {
    content: Vec<u8>,
    share: Share,
}

impl Upload {
    /// The bytes, and what they count as until it is dropped.
    pub fn into_parts(self) -> (Vec<u8>, Share) {
        (self.content, self.share)
    }
}

/// The budget of files in memory.
pub fn budget() -> Shares {
    Shares::new(MAX_FILES, MAX_FILES_OF_NETWORK)
}

/// Whether the body of a request is a file: its handler reads it.
pub fn is_upload(request: &Request) -> bool {
    let path = request.uri().path();
    let inner =
        path.strip_prefix("/api/conventions/").and_then(|rest| rest.strip_suffix("/documents"));
    *request.method() == Method::POST && inner.is_some_and(|id| !id.contains('/'))
}

/// The body, of at most so many bytes. What says that it is longer is refused unread, what is
/// longer at the first byte too many.
///
/// # Errors
///
/// 400, 408, 413, 429 or 503: the body does not end, is late, too long, or there are too many.
pub async fn read(
    budget: &Shares,
    address: IpAddr,
    body: Body,
    most: usize,
) -> Result<Upload, Problem> {
    if body.size_hint().lower() > most as u64 {
        return Err(Problem::too_large());
    }
    let share = budget.take(address, 1).map_err(|full| match full {
        Full::Network => Problem::too_many_bodies(),
        Full::Everybody => Problem::unavailable(),
    })?;
    // What is announced is not believed before it comes: a length costs an address range.
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(most).min(most);
    let reading = async {
        let mut bytes = Vec::with_capacity(announced + OVERHEAD);
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
    let read = tokio::time::timeout(FILE_TIMEOUT, reading).await;
    let content = read.unwrap_or_else(|_| Err(Problem::body_timeout()))?;
    Ok(Upload { content, share })
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use axum::response::IntoResponse;

    use super::*;

    #[tokio::test]
    async fn a_file_counts_until_it_was_dealt_with_and_is_no_longer_than_it_may() {
        let budget = Shares::new(2, 1);
        let send = async |text: &'static str| {
            let address = IpAddr::from([192, 0, 2, 1]);
            let read = read(&budget, address, Body::from(text), 4).await;
            read.map_err(|problem| problem.into_response().status())
        };
        let first = send("abcd").await.unwrap();
        assert_eq!(first.content, b"abcd");
        assert_eq!(send("abcd").await.err(), Some(StatusCode::TOO_MANY_REQUESTS));
        drop(first);
        assert_eq!(send("abcde").await.err(), Some(StatusCode::PAYLOAD_TOO_LARGE));
        assert!(send("").await.is_ok());
        // Without a length: cut at the first byte too many.
        let pieces = ["ab", "cd", "e"].map(|piece| Ok::<_, std::io::Error>(piece.to_owned()));
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        let read = read(&budget, IpAddr::from([192, 0, 2, 1]), body, 4).await;
        let refused = read.err().map(|problem| problem.into_response().status());
        assert_eq!(refused, Some(StatusCode::PAYLOAD_TOO_LARGE));
    }
}
