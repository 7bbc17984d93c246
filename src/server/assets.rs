//! The files of the portal, inside the binary.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use bytes::Bytes;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use tiles::{Encoding, gunzip};

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

/// One file of the portal. Its bytes are shared by every answer.
pub(super) struct Asset {
    digest: String,
    gzip: Option<Bytes>,
    /// Decompressed by the first who asks for it so.
    plain: OnceLock<Bytes>,
    pub(super) kind: &'static str,
}

impl Asset {
    fn new(name: &str, bytes: Cow<'static, [u8]>, is_gzip: bool) -> Asset {
        let digest = hex::encode(Sha256::digest(&bytes));
        let bytes = match bytes {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        let (gzip, plain) =
            if is_gzip { (Some(bytes), OnceLock::new()) } else { (None, OnceLock::from(bytes)) };
        Asset { digest, gzip, plain, kind: kind(name) }
    }

    /// The bytes, their coding and what names them: in gzip where they are kept so and the client
    /// wants it. `None` for a file that is no gzip though its name says so.
    pub(super) fn encoded(&self, wanted: Encoding) -> Option<(Bytes, Encoding, String)> {
        match (&self.gzip, wanted) {
            (Some(bytes), Encoding::Gzip) => {
                Some((bytes.clone(), Encoding::Gzip, format!("{}-gzip", self.digest)))
            }
            _ => Some((self.plain()?, Encoding::Identity, self.digest.clone())),
        }
    }

    /// The bytes without compression.
    pub(super) fn plain(&self) -> Option<Bytes> {
        if let Some(plain) = self.plain.get() {
            return Some(plain.clone());
        }
        // Two at once decompress twice, and one of the two is kept.
        let plain = Bytes::from(gunzip(self.gzip.as_ref()?).ok()?);
        Some(self.plain.get_or_init(|| plain).clone())
    }
}

/// Every file by its path, such as `/assets/app.js`.
static ASSETS: LazyLock<HashMap<String, Asset>> = LazyLock::new(|| {
    let mut assets = HashMap::new();
    for name in Dist::iter() {
        if let Some(file) = Dist::get(&name) {
            let (plain, is_gzip) = match name.strip_suffix(".gz") {
                Some(plain) => (plain, true),
                None => (&*name, false),
            };
            assets.insert(format!("/{plain}"), Asset::new(plain, file.data, is_gzip));
        }
    }
    for name in Sprites::iter() {
        if let Some(file) = Sprites::get(&name) {
            assets.insert(format!("/sprites/{name}"), Asset::new(&name, file.data, false));
        }
    }
    let openapi = Asset::new("openapi.json", OPENAPI.as_bytes().into(), false);
    assets.insert("/openapi.json".into(), openapi);
    assets
});

/// Whether the path is a file of the portal.
pub(super) fn has(path: &str) -> bool {
    find(path).is_some()
}

/// The file of a path.
pub(super) fn find(path: &str) -> Option<&'static Asset> {
    ASSETS.get(path)
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
