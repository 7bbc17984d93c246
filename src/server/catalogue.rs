//! The documents of the editions.

use axum::http::HeaderMap;
use axum::response::Response;

use domain::Manifest;
use request::named::Named;
use request::{Problem, Reader, answer};

/// `/editions`: the manifests of the active editions, the oldest first.
pub(super) async fn editions(reader: Reader, headers: HeaderMap) -> Result<Response, Problem> {
    let audience = reader.account().audience();
    let manifests: Vec<&Manifest> =
        reader.editions().iter().map(|edition| edition.manifest(audience)).collect();
    answer::json(&headers, &manifests)
}

/// `/editions/{edition}/indicators`.
pub(super) async fn indicators(
    reader: Reader,
    Named(name): Named<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (edition, view) = reader.edition(&name)?;
    answer::json(&headers, edition.catalogue(view.audience()))
}

/// `/editions/{edition}/certificate`.
pub(super) async fn certificate(
    reader: Reader,
    Named(name): Named<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (edition, view) = reader.edition(&name)?;
    answer::json(&headers, edition.certificate(view.audience()))
}
