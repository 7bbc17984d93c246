//! The documents of the editions, and what the reader is told of their own account.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::json;

use super::{Problem, Reader, answer};
use crate::domain::{Manifest, Scale};

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
    name: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path(name) = name.map_err(|_| Problem::not_found())?;
    let (edition, view) = reader.edition(&name)?;
    answer::json(&headers, edition.catalogue(view.audience()))
}

/// `/editions/{edition}/certificate`.
pub(super) async fn certificate(
    reader: Reader,
    name: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path(name) = name.map_err(|_| Problem::not_found())?;
    let (edition, view) = reader.edition(&name)?;
    answer::json(&headers, edition.certificate(view.audience()))
}

/// `/api/me`: who is signed in, and where their territory lies in the latest edition.
pub(super) async fn me(reader: Reader, headers: HeaderMap) -> Result<Response, Problem> {
    let account = reader.account();
    let rights = account.rights();
    let territories: Vec<String> =
        rights.iter().map(|right| right.territory().to_string()).collect();
    let finest = rights.iter().map(|right| right.finest()).min().unwrap_or(Scale::France);
    let bounds = reader.edition("latest").ok().and_then(|(_, view)| view.visible().bounds());
    let document = json!({
        "email": account.email(),
        "role": account.role().id(),
        "audience": account.audience(),
        "territories": territories,
        "finest": finest,
        "bounds": bounds,
    });
    answer::json(&headers, &document)
}
