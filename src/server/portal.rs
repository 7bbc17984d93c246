//! `/` and the files of the portal. They hold no data and need no identity.

use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::response::{Html, IntoResponse, Response};

use super::assets::{Asset, find};
use request::answer::{bytes_answer, not_modified, strong_tag};
use request::negotiate::{encoding, has};
use request::{Problem, Reader};

/// What the portal's pages may load: nothing from elsewhere. The map library works in threads
/// that it makes from blobs, and draws images that it makes itself.
const PORTAL_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data: blob:; connect-src 'self'; worker-src 'self' blob:; \
    child-src 'self' blob:; font-src 'self'; manifest-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";

/// Said when the binary was built before the portal was.
const NOT_BUILT: &str = "<!doctype html>\n<html lang=\"fr\">\n<meta charset=\"utf-8\">\n\
    <title>Seuil</title>\n<h1>Seuil</h1>\n<p>Le serveur répond, mais le portail n'a pas été \
    construit avec ce programme : lancer <code>npm run build</code> dans <code>web/</code>, puis \
    compiler de nouveau.</p>\n</html>\n";

/// `/`.
pub(super) async fn index(headers: HeaderMap) -> Result<Response, Problem> {
    match find("/index.html") {
        Some(asset) => serve(asset, &headers),
        None => Ok(with_policy(Html(NOT_BUILT).into_response())),
    }
}

/// The bytes of a file of the portal, for whoever holds what a client saved against them;
/// `/index.html` is what `/` answers.
pub fn portal_file(path: &str) -> Option<Vec<u8>> {
    match find(path) {
        Some(asset) => asset.plain().map(|bytes| bytes.to_vec()),
        None => (path == "/index.html").then(|| NOT_BUILT.as_bytes().to_vec()),
    }
}

/// Any path without a route: a file of the portal, or nothing. The reader is there whenever the
/// gate asked for one.
pub(super) async fn file(
    _reader: Option<axum::Extension<Reader>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if method != Method::GET && method != Method::HEAD {
        return Err(Problem::not_found());
    }
    serve(find(uri.path()).ok_or_else(Problem::not_found)?, &headers)
}

fn serve(asset: &Asset, headers: &HeaderMap) -> Result<Response, Problem> {
    let wanted = encoding(headers).ok_or_else(Problem::not_acceptable)?;
    let (bytes, encoding, name) = asset.encoded(wanted).ok_or_else(Problem::internal)?;
    let tag = strong_tag(&name)?;
    let response = if has(headers, &tag) {
        not_modified(tag)
    } else {
        bytes_answer(asset.kind, encoding, tag, bytes)
    };
    Ok(with_policy(response))
}

fn with_policy(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let policy = HeaderValue::from_static(PORTAL_POLICY);
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    response
}
