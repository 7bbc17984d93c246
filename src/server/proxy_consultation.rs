//! What a proxy's client asked for, as its sub-request reports it (`X-Original-URI`): a tile that
//! the proxy answers from its own store is consulted all the same.
//!
//! The tile itself may come here a moment later, when the proxy has not stored it. It is then
//! noted twice and written once: the journal names an area once in ten minutes.

use axum::http::HeaderMap;

use super::tiles;
use accounts::Secret;
use request::identity::split_token;
use request::{App, Problem, Reader};

/// The path that a proxy's client asked for.
pub(super) struct OriginalPath<'a> {
    /// The token of `/k/{token}/`, where it began so.
    pub(super) token: Option<Secret>,
    path: &'a str,
}

impl<'a> OriginalPath<'a> {
    /// Reads the bytes that the proxy got: what follows `?` or `#` may be anything, since no proxy
    /// looks at it before it answers from its store. `None` where nothing is reported.
    ///
    /// # Errors
    /// 400 where the path itself is not one: what is not understood cannot be noted.
    pub(super) fn read(headers: &'a HeaderMap) -> Result<Option<OriginalPath<'a>>, Problem> {
        let Some(value) = headers.get("x-original-uri") else { return Ok(None) };
        let bytes = value.as_bytes();
        let end = bytes.iter().position(|byte| matches!(byte, b'?' | b'#'));
        let path = &bytes[..end.unwrap_or(bytes.len())];
        let is_path = path.starts_with(b"/") && path.iter().all(u8::is_ascii_graphic);
        let path = std::str::from_utf8(path).ok().filter(|_| is_path).ok_or_else(unreadable)?;
        let (token, path) = match split_token(path) {
            Some((token, rest)) => (Some(Secret::new(token)), rest),
            None => (None, path),
        };
        Ok(Some(OriginalPath { token, path }))
    }
}

/// Notes the tile that a proxy reports. A path of something else is nothing to note.
///
/// # Errors
/// 400 where the path cannot be read, or where a tile is written as no tile is served.
pub(super) fn note(app: &App, reader: &Reader, headers: &HeaderMap) -> Result<(), Problem> {
    match OriginalPath::read(headers)? {
        Some(OriginalPath { path, .. }) => tiles::reported(app, reader, path),
        None => Ok(()),
    }
}

fn unreadable() -> Problem {
    Problem::bad_request("X-Original-URI n'est pas une adresse : le serveur ne peut pas la noter.")
}
