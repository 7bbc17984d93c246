//! What a proxy's client asked for, as its sub-request reports it (`X-Original-URI`): a tile that
//! the proxy answers from its own store is consulted all the same.
//!
//! The tile itself may come here a moment later, when the proxy has not stored it. It is then
//! noted twice and written once: the journal names an area once in ten minutes.

use axum::http::{HeaderMap, Uri};
use percent_encoding::percent_decode_str;

use super::identity::split_prefix;
use super::{App, Reader, tiles};

/// Notes the tile of the address that a proxy reports, however its characters are written: a proxy
/// keeps the answer to each spelling.
pub(super) fn note(app: &App, reader: &Reader, headers: &HeaderMap) {
    let original = headers.get("x-original-uri").and_then(|uri| uri.to_str().ok());
    let Some(uri) = original.and_then(|uri| uri.parse::<Uri>().ok()) else { return };
    let uri = split_prefix(&uri).map_or(uri, |(_, rest)| rest);
    let plain = percent_decode_str(uri.path()).decode_utf8();
    if let Some(uri) = plain.ok().and_then(|path| path.parse::<Uri>().ok()) {
        tiles::reported(app, reader, &uri);
    }
}
