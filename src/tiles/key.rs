//! Everything a tile depends on, in one value.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::access::{View, Visible};
use crate::domain::{Audience, Scale};
use crate::edition::Edition;

/// Changes whenever the same key would give other bytes: the filter, the order of layers, the
/// compression.
const FORMAT: &str = "seuil-tile-1";

/// How the bytes of an answer are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    Gzip,
    Identity,
}

/// The name of one tile for one reader: the only argument of the function that makes it.
///
/// It cannot be built without a [`View`], so without an account that was authorised. The edition
/// is part of it and compares by the digest of its manifest, the territory by its content.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TileKey {
    edition: Arc<Edition>,
    scales: Vec<Scale>,
    z: u8,
    x: u32,
    y: u32,
    visible: Arc<Visible>,
    audience: Audience,
    encoding: Encoding,
}

impl TileKey {
    /// The key of one scale, or `None` outside the scale's zoom range or the world.
    pub fn one(
        edition: &Arc<Edition>,
        scale: Scale,
        at: (u8, u32, u32),
        view: &View,
        encoding: Encoding,
    ) -> Option<TileKey> {
        let scales = Vec::from_iter(edition.covers(scale, at.0).then_some(scale));
        TileKey::new(edition, scales, at, view, encoding)
    }

    /// The key of every scale of the zoom, or `None` where there is none or outside the world.
    pub fn all(
        edition: &Arc<Edition>,
        at: (u8, u32, u32),
        view: &View,
        encoding: Encoding,
    ) -> Option<TileKey> {
        TileKey::new(edition, edition.scales_at(at.0), at, view, encoding)
    }

    fn new(
        edition: &Arc<Edition>,
        scales: Vec<Scale>,
        (z, x, y): (u8, u32, u32),
        view: &View,
        encoding: Encoding,
    ) -> Option<TileKey> {
        let side = 1_u32.checked_shl(z.into())?;
        if scales.is_empty() || x >= side || y >= side {
            return None;
        }
        Some(TileKey {
            edition: Arc::clone(edition),
            scales,
            z,
            x,
            y,
            visible: Arc::clone(view.visible()),
            audience: view.audience(),
            encoding,
        })
    }

    /// The SHA-256 of everything in the key, in hexadecimal. It names the bytes of the answer.
    pub fn digest(&self) -> String {
        let scales: Vec<&str> = self.scales.iter().map(|scale| scale.id()).collect();
        let encoding = match self.encoding {
            Encoding::Gzip => "gzip",
            Encoding::Identity => "identity",
        };
        let text = format!(
            "{FORMAT}\n{}\n{}\n{}/{}/{}\n{}\n{}\n{encoding}\n",
            self.edition.digest(),
            scales.join(" "),
            self.z,
            self.x,
            self.y,
            self.visible.digest(),
            self.audience.id(),
        );
        hex::encode(Sha256::digest(text.as_bytes()))
    }

    /// The same tile, in gzip: the form that is kept.
    pub(super) fn gzip(&self) -> TileKey {
        TileKey { encoding: Encoding::Gzip, ..self.clone() }
    }

    pub(super) fn edition(&self) -> &Arc<Edition> {
        &self.edition
    }

    pub(super) fn scales(&self) -> &[Scale] {
        &self.scales
    }

    pub(super) fn at(&self) -> (u8, u32, u32) {
        (self.z, self.x, self.y)
    }

    pub(super) fn visible(&self) -> &Visible {
        &self.visible
    }

    pub(super) fn audience(&self) -> Audience {
        self.audience
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }
}
