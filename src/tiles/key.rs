//! Everything a tile depends on, in one value.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::visibility::VisibilityMask;
use domain::{Audience, Scale};
use edition::Edition;
use rights::{View, Visible};

/// Changes whenever the same key would give other bytes: the filter, the order of layers, the
/// compression.
const FORMAT: &str = "seuil-tile-3";

/// The content coding of an answer (RFC 9110, section 8.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Compressed, as tiles are stored.
    Gzip,
    /// As it is.
    Identity,
}

/// One tile of one edition, before anybody asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TileId {
    edition: Arc<Edition>,
    /// One bit for each scale, by its rank in the edition.
    scales: u32,
    /// Whether it is of the label points instead of the zones.
    is_labels: bool,
    z: u8,
    x: u32,
    y: u32,
}

impl TileId {
    /// The tile of one scale, or `None` outside the scale's zoom range or the world.
    pub fn one(edition: &Arc<Edition>, scale: Scale, at: (u8, u32, u32)) -> Option<TileId> {
        edition.covers(scale, at.0).then(|| TileId::new(edition, [scale], at))?
    }

    /// The tile of the label points of a scale; `None` as for its zones, or where the edition has no
    /// such points.
    pub fn labels(edition: &Arc<Edition>, scale: Scale, at: (u8, u32, u32)) -> Option<TileId> {
        let id = TileId::one(edition, scale, at).filter(|_| edition.has_labels(scale))?;
        Some(TileId { is_labels: true, ..id })
    }

    /// The tile of every scale of the zoom, or `None` where there is none or outside the world.
    pub fn all(edition: &Arc<Edition>, at: (u8, u32, u32)) -> Option<TileId> {
        TileId::new(edition, edition.scales_at(at.0), at)
    }

    fn new(
        edition: &Arc<Edition>,
        scales: impl IntoIterator<Item = Scale>,
        (z, x, y): (u8, u32, u32),
    ) -> Option<TileId> {
        let ranks = scales.into_iter().filter_map(|scale| edition.rank(scale));
        let scales = ranks.fold(0, |scales, rank| scales | 1_u32 << rank);
        let side = 1_u32.checked_shl(z.into())?;
        let exists = scales != 0 && x < side && y < side;
        exists.then(|| TileId { edition: Arc::clone(edition), scales, is_labels: false, z, x, y })
    }

    pub(super) fn edition(&self) -> &Arc<Edition> {
        &self.edition
    }

    /// The scales, the finest first.
    pub fn scales(&self) -> impl Iterator<Item = Scale> {
        let scales = self.scales;
        let has = move |rank: usize| scales >> rank & 1 == 1;
        self.edition.scales().enumerate().filter(move |entry| has(entry.0)).map(|entry| entry.1)
    }

    /// Whether it is of label points: zones are then points that say `code` and `nom` alone.
    pub fn is_labels(&self) -> bool {
        self.is_labels
    }

    /// Zoom, column, row.
    pub fn at(&self) -> (u8, u32, u32) {
        (self.z, self.x, self.y)
    }
}

/// One tile for one territory: what the part is worked out from, once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct TileRequest {
    pub(super) id: TileId,
    pub(super) visible: Arc<Visible>,
    pub(super) audience: Audience,
}

impl TileRequest {
    pub(super) fn new(id: &TileId, view: &View) -> TileRequest {
        let (id, visible) = (id.clone(), Arc::clone(view.visible()));
        TileRequest { id, visible, audience: view.audience() }
    }
}

/// The name of one tile for one reader: the only argument of the function that makes it.
///
/// It compares by the digest of the edition, the scales, the coordinates, the part of the reader's
/// territory that meets this tile, the audience and the encoding. It is made
/// from an `TileRequest`, which needs a [`View`], so an account that was authorised.
#[derive(Clone, Debug)]
pub struct TileKey {
    id: TileId,
    part: VisibilityMask,
    audience: Audience,
    digest: [u8; 32],
}

impl TileKey {
    pub(super) fn new(request: &TileRequest, part: VisibilityMask, encoding: Encoding) -> TileKey {
        let (id, audience) = (request.id.clone(), request.audience);
        let digest = digest(&id, &part, audience, encoding);
        TileKey { id, part, audience, digest }
    }

    /// The SHA-256 of everything in the key, in hexadecimal. It names the bytes of the answer.
    pub fn digest(&self) -> String {
        hex::encode(self.digest)
    }

    /// Bytes in memory, about.
    pub(super) fn weight(&self) -> usize {
        let bits =
            if let VisibilityMask::Some(bits) = &self.part { size_of_val(&**bits) } else { 0 };
        size_of::<TileKey>() + bits
    }

    pub(super) fn id(&self) -> &TileId {
        &self.id
    }

    pub(super) fn part(&self) -> &VisibilityMask {
        &self.part
    }

    pub(super) fn audience(&self) -> Audience {
        self.audience
    }
}

impl PartialEq for TileKey {
    fn eq(&self, other: &TileKey) -> bool {
        self.digest == other.digest
    }
}

impl Eq for TileKey {}

impl Hash for TileKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

fn digest(id: &TileId, part: &VisibilityMask, audience: Audience, encoding: Encoding) -> [u8; 32] {
    let scales: Vec<&str> = id.scales().map(Scale::id).collect();
    let (z, x, y) = id.at();
    let encoding = match encoding {
        Encoding::Gzip => "gzip",
        Encoding::Identity => "identity",
    };
    let mut sha = Sha256::new();
    let labels = if id.is_labels() { " labels" } else { "" };
    sha.update(format!(
        "{FORMAT}\n{}\n{}{labels}\n{z}/{x}/{y}\n{}\n{encoding}\n",
        id.edition().digest(),
        scales.join(" "),
        audience.id(),
    ));
    match part {
        VisibilityMask::Nothing => sha.update("nothing"),
        VisibilityMask::All => sha.update("all"),
        VisibilityMask::Some(bits) => {
            sha.update("some");
            for word in bits {
                sha.update(word.to_le_bytes());
            }
        }
    }
    sha.finalize().into()
}
