//! The files of the portal, inside the binary.

use std::borrow::Cow;

use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest, Sha256};

/// What `web/` builds. A large file is kept compressed, as `name.ext.gz`.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Dist;

/// The images that map styles name. They hold nothing.
#[derive(RustEmbed)]
#[folder = "../../styles/sprites"]
#[allow_missing = true]
struct Sprites;

/// What the routes answer, for programs (OpenAPI 3.1).
const OPENAPI: &str = include_str!("../../data/openapi.json");

/// One file of the portal.
pub(super) struct Asset {
    pub(super) bytes: Cow<'static, [u8]>,
    pub(super) digest: String,
    /// Whether the bytes are in gzip.
    pub(super) gzip: bool,
    pub(super) kind: &'static str,
}

/// Whether the path is a file of the portal.
pub(super) fn has(path: &str) -> bool {
    find(path).is_some()
}

/// The file of a path such as `/assets/app.js`.
pub(super) fn find(path: &str) -> Option<Asset> {
    let name = path.strip_prefix('/').filter(|name| !name.is_empty())?;
    let asset = |file: EmbeddedFile, gzip| Asset {
        digest: hex::encode(file.metadata.sha256_hash()),
        bytes: file.data,
        gzip,
        kind: kind(name),
    };
    if name == "openapi.json" {
        let bytes = OPENAPI.as_bytes();
        let digest = hex::encode(Sha256::digest(bytes));
        return Some(Asset { bytes: bytes.into(), digest, gzip: false, kind: kind(name) });
    }
    if let Some(sprite) = name.strip_prefix("sprites/") {
        return Sprites::get(sprite).map(|file| asset(file, false));
    }
    match Dist::get(name) {
        Some(file) => Some(asset(file, false)),
        None => Dist::get(&format!("{name}.gz")).map(|file| asset(file, true)),
    }
}

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "pbf" => "application/x-protobuf",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
