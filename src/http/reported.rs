//! What a proxy's client asked for, as its sub-request reports it (`X-Original-URI`): a tile that
//! the proxy answers from its own store is consulted all the same.
//!
//! The tile itself may come here a moment later, when the proxy has not stored it. It is then
//! noted twice and written once: the journal names an area once in ten minutes.

use std::sync::Arc;

use axum::http::{HeaderMap, Uri};

use super::identity::split_prefix;
use super::{App, Reader, tiles};
use crate::access::View;
use crate::domain::Scale;
use crate::edition::Edition;

/// Notes the tile of the address that a proxy reports; what is none is the proxy's affair.
pub(super) fn note(app: &App, reader: &Reader, headers: &HeaderMap) {
    let original = headers.get("x-original-uri").and_then(|uri| uri.to_str().ok());
    let Some(uri) = original.and_then(|uri| uri.parse::<Uri>().ok()) else { return };
    let uri = split_prefix(&uri).map_or(uri, |(_, rest)| rest);
    if let Some((edition, view, scales, at)) = tile(reader, uri.path()) {
        tiles::consulted(app, reader, edition, view, scales, at);
    }
}

type Asked<'a> = (&'a Arc<Edition>, &'a View, Vec<Scale>, (u8, u32, u32));

/// The tile of a path, as the routes read it, where it is one that the edition may hold.
fn tile<'a>(reader: &'a Reader, path: &str) -> Option<Asked<'a>> {
    let parts: Vec<&str> = path.strip_prefix("/tiles/")?.splitn(6, '/').collect();
    let (name, scale, z, x, y) = match parts[..] {
        [name, z, x, y] => (name, None, z, x, y),
        [name, scale, z, x, y] => (name, Some(scale.parse::<Scale>().ok()?), z, x, y),
        _ => return None,
    };
    let at = tiles::coordinates(z, x, y).ok()?;
    let (edition, view) = reader.edition(name).ok()?;
    let here = edition.scales_at(at.0).into_iter();
    let scales: Vec<_> = here.filter(|one| scale.is_none_or(|asked| asked == *one)).collect();
    (!scales.is_empty()).then_some((edition, view, scales, at))
}
