//! Documents made for a reader: encoded as they ask, named by the digest of their bytes.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::Problem;
use crate::negotiate::{encoding, has};
use tiles::{Encoding, gzip};

/// Headers of an answer, at most, in nearly all cases.
const HEADERS: usize = 12;

/// A JSON document.
///
/// # Errors
///
/// 406 where the client accepts no encoding that there is; 500 for a value that is no JSON.
pub fn json(headers: &HeaderMap, value: &impl Serialize) -> Result<Response, Problem> {
    let bytes = serde_json::to_vec(value).map_err(|error| {
        tracing::error!("document impossible à écrire : {error}");
        Problem::internal()
    })?;
    document(headers, "application/json", bytes)
}

/// A document of a media type, whole.
///
/// # Errors
///
/// 406 where the client accepts no encoding that there is.
pub fn document(
    headers: &HeaderMap,
    kind: &'static str,
    bytes: Vec<u8>,
) -> Result<Response, Problem> {
    let encoding = encoding(headers).ok_or_else(Problem::not_acceptable)?;
    let bytes = match encoding {
        Encoding::Identity => bytes,
        Encoding::Gzip => gzip(&bytes).map_err(|error| {
            tracing::error!("document impossible à compresser : {error}");
            Problem::internal()
        })?,
    };
    let tag = strong_tag(&hex::encode(Sha256::digest(&bytes)))?;
    if has(headers, &tag) {
        return Ok(not_modified(tag));
    }
    Ok(bytes_answer(kind, encoding, tag, bytes.into()))
}

/// 200 with its bytes, type, encoding and strong tag.
pub fn bytes_answer(
    kind: &'static str,
    encoding: Encoding,
    tag: HeaderValue,
    bytes: Bytes,
) -> Response {
    let mut response = tagged(StatusCode::OK, tag, Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if encoding == Encoding::Gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// 304.
pub fn not_modified(tag: HeaderValue) -> Response {
    tagged(StatusCode::NOT_MODIFIED, tag, Body::empty())
}

/// 204 with its tag: an empty tile is an answer like another.
pub fn no_content(tag: HeaderValue) -> Response {
    tagged(StatusCode::NO_CONTENT, tag, Body::empty())
}

/// A digest as a strong tag, in quotes.
///
/// # Errors
///
/// 500 for a digest that no header can hold.
pub fn strong_tag(digest: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::try_from(format!("\"{digest}\"")).map_err(|_| Problem::internal())
}

fn tagged(status: StatusCode, tag: HeaderValue, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    // With room for what every answer to a reader says: a map that grows is moved.
    let mut headers = HeaderMap::with_capacity(HEADERS);
    headers.insert(header::ETAG, tag);
    *response.headers_mut() = headers;
    response
}
