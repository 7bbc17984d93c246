//! One edition, opened.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::archive::Archive;
use super::readable::Readable;
use super::zone_file::ZoneFile;
use super::{BadContent, EditionError, EditionId};
use domain::{
    Audience, BadCatalogue, Catalogue, Certificate, CommuneRow, Consultable, Indicator, Manifest,
    Scale, labels_file,
};

/// The largest document of an edition that is read into memory. France has 35,000 communes of
/// about 200 bytes each.
const MAX_DOCUMENT: u64 = 64 << 20;

/// The most scales of an edition: the built-in ones, and those that an operator declares.
pub const MOST_SCALES: usize = 32;

/// Columns of a tile that are not figures: every reader of a zone reads them.
/// `secret` speaks of one universe and is not among them.
const PLAIN_COLUMNS: [&str; 4] = ["code", "nom", "communes", "situe"];

/// The universe that the column `secret` speaks of.
const SECRET_UNIVERSE: &str = "repondants";

/// One immutable edition. Two of them are equal when their manifests are the same bytes; the
/// manifest holds the digest of every other file.
pub struct Edition {
    id: EditionId,
    digest: String,
    communes: Vec<CommuneRow>,
    r2: String,
    public_mission: Audienced,
    bailleur: Audienced,
    archives: BTreeMap<Scale, Archive>,
    zones: BTreeMap<Scale, ZoneFile>,
    /// Of the scales that have label points.
    labels: BTreeMap<Scale, Archive>,
}

struct Audienced {
    readable: Readable,
    columns: HashSet<String>,
    /// Those of files alone: numerators and denominators.
    parts: HashSet<String>,
    hides_columns: bool,
}

impl Consultable for Edition {
    fn name(&self) -> String {
        self.id.to_string()
    }

    fn commune_rows(&self) -> &[CommuneRow] {
        &self.communes
    }
}

impl Edition {
    /// Opens the folder `<folder>/<id>`: its manifest, catalogue, certificate and communes.
    /// Archives are opened by the first tile.
    ///
    /// # Errors
    ///
    /// A document is missing, too large, not what the manifest says, or not sound.
    pub fn open(folder: &Path, id: EditionId) -> Result<Edition, EditionError> {
        let folder = folder.join(id.to_string());
        if !folder.is_dir() {
            return Err(EditionError::Unknown(id.to_string()));
        }
        let path = folder.join("manifest.json");
        let bytes = read_bounded(&path, MAX_DOCUMENT)?;
        let digest = hex::encode(Sha256::digest(&bytes));
        let manifest: Manifest = parse(&path, &bytes)?;
        check_manifest(&manifest, id, &path)?;

        let communes: Vec<CommuneRow> = read_listed(&folder, "communes.json", &manifest)?;
        let certificate: Certificate = read_listed(&folder, "certificate.json", &manifest)?;
        let path = folder.join("indicators.json");
        let catalogue = Catalogue::from_json(&listed_bytes(&folder, "indicators.json", &manifest)?)
            .map_err(|error| content(&path, error.into()))?;
        let audienced = |audience| {
            Audienced::new(&manifest, &catalogue, &certificate, audience)
                .map_err(|error| content(&path, error.into()))
        };
        let digest_of = |name: &String| manifest.files.get(name).cloned().unwrap_or_default();
        let named = |name: String| {
            let digest = digest_of(&name);
            Archive::new(folder.join(name), digest)
        };
        let zones = |scale: Scale| {
            let name = format!("{scale}.fgb");
            let digest = digest_of(&name);
            (scale, ZoneFile::new(folder.join(name), digest))
        };
        let archive = |scale: Scale| (scale, named(format!("{scale}.pmtiles")));
        let labels = |scale: Scale| (scale, named(labels_file(scale)));
        let scales = || manifest.scales.iter().map(|scale| scale.id);
        Ok(Edition {
            id,
            digest,
            communes,
            r2: certificate.r2.clone(),
            public_mission: audienced(Audience::PublicMission)?,
            bailleur: audienced(Audience::Bailleur)?,
            archives: scales().map(archive).collect(),
            zones: scales().map(zones).collect(),
            labels: scales().filter(|id| manifest.has_labels(*id)).map(labels).collect(),
        })
    }

    /// `2024r1`.
    pub fn id(&self) -> EditionId {
        self.id
    }

    /// The SHA-256 of the manifest, in hexadecimal: names the content of the whole edition.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The communes and the zones above them.
    pub fn communes(&self) -> &[CommuneRow] {
        &self.communes
    }

    /// How far the certificate says that rule R2 goes: `full` or `universes`.
    pub fn r2(&self) -> &str {
        &self.r2
    }

    /// The manifest without what the audience may not read.
    pub fn manifest(&self, audience: Audience) -> &Manifest {
        &self.of(audience).readable.manifest
    }

    /// The catalogue without what the audience may not read.
    pub fn catalogue(&self, audience: Audience) -> &Catalogue {
        &self.of(audience).readable.catalogue
    }

    /// The certificate without what the audience may not read.
    pub fn certificate(&self, audience: Audience) -> &Certificate {
        &self.of(audience).readable.certificate
    }

    /// Whether the audience may read a column of a tile. A column that the catalogue does not
    /// know is nobody's.
    pub fn may_read(&self, audience: Audience, column: &str) -> bool {
        self.of(audience).columns.contains(column)
    }

    /// Whether the audience may read a column of the file of zones: those of tiles, and the numerators and
    /// denominators of the indicators that it reads, but of those whose ratio is published alone.
    pub fn may_read_zone(&self, audience: Audience, column: &str) -> bool {
        self.may_read(audience, column) || self.of(audience).parts.contains(column)
    }

    /// Whether some column of the catalogue is hidden from the audience.
    pub fn hides_columns(&self, audience: Audience) -> bool {
        self.of(audience).hides_columns
    }

    /// The columns of a tile that the audience may read, sorted.
    pub fn columns(&self, audience: Audience) -> Vec<&str> {
        let mut columns: Vec<&str> = self.of(audience).columns.iter().map(String::as_str).collect();
        columns.sort_unstable();
        columns
    }

    /// Whether a scale is in the edition and covers a zoom.
    pub fn covers(&self, scale: Scale, z: u8) -> bool {
        self.public_mission
            .readable
            .manifest
            .scale(scale)
            .is_some_and(|entry| (entry.minzoom..=entry.maxzoom).contains(&z))
    }

    /// Its scales, the finest first.
    pub fn scales(&self) -> impl Iterator<Item = Scale> {
        self.archives.keys().copied()
    }

    /// Where a scale stands in [`Edition::scales`]: less than `MOST_SCALES`.
    pub fn rank(&self, scale: Scale) -> Option<usize> {
        self.archives.keys().position(|own| *own == scale)
    }

    /// Its scale of an identifier, built in or declared by the operator.
    pub fn named(&self, id: &str) -> Option<Scale> {
        self.scales().find(|scale| scale.id() == id)
    }

    /// The scales of a zoom, the finest first.
    pub fn scales_at(&self, z: u8) -> Vec<Scale> {
        self.scales().filter(|scale| self.covers(*scale, z)).collect()
    }

    /// The stored tile, complete: MVT in gzip, one layer. `None` where there is no zone.
    ///
    /// # Errors
    ///
    /// The edition has no such scale, or its archive does not give its tiles.
    pub async fn tile(
        &self,
        scale: Scale,
        z: u8,
        x: u32,
        y: u32,
    ) -> Result<Option<Bytes>, EditionError> {
        let archive = self.archives.get(&scale).ok_or(EditionError::NoScale(scale))?;
        archive.tile(z, x, y).await
    }

    /// The file of a scale's zones, complete.
    ///
    /// # Errors
    /// The edition has no such scale.
    pub fn zones(&self, scale: Scale) -> Result<&ZoneFile, EditionError> {
        self.zones.get(&scale).ok_or(EditionError::NoScale(scale))
    }

    /// Hands over every stored tile of a scale's label points at its last zoom, where each zone has one.
    ///
    /// # Errors
    /// As [`Edition::tile`].
    pub async fn each_label_tile(
        &self,
        scale: Scale,
        hand: &mut (dyn FnMut((u8, u32, u32), Bytes) + Send),
    ) -> Result<(), EditionError> {
        let archive = self.labels.get(&scale).ok_or(EditionError::NoScale(scale))?;
        let manifest = &self.public_mission.readable.manifest;
        let zoom = manifest.scale(scale).ok_or(EditionError::NoScale(scale))?.maxzoom;
        archive.each(zoom, &mut |(x, y), bytes| hand((zoom, x, y), bytes)).await
    }

    /// Whether a scale has label points in the edition.
    pub fn has_labels(&self, scale: Scale) -> bool {
        self.labels.contains_key(&scale)
    }

    /// The stored tile of a scale's label points, complete: MVT in gzip, one layer. Beside `code` and
    /// `nom` it says in which communes each zone is. `None` where no name stands.
    ///
    /// # Errors
    /// As [`Edition::tile`].
    pub async fn labels(
        &self,
        scale: Scale,
        z: u8,
        x: u32,
        y: u32,
    ) -> Result<Option<Bytes>, EditionError> {
        let archive = self.labels.get(&scale).ok_or(EditionError::NoScale(scale))?;
        archive.tile(z, x, y).await
    }

    fn of(&self, audience: Audience) -> &Audienced {
        match audience {
            Audience::PublicMission => &self.public_mission,
            Audience::Bailleur => &self.bailleur,
        }
    }
}

impl fmt::Debug for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Edition({} {})", self.id, self.digest)
    }
}

impl PartialEq for Edition {
    fn eq(&self, other: &Edition) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Edition {}

impl std::hash::Hash for Edition {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

impl Audienced {
    fn new(
        manifest: &Manifest,
        catalogue: &Catalogue,
        certificate: &Certificate,
        audience: Audience,
    ) -> Result<Audienced, BadCatalogue> {
        let readable = Readable::new(manifest, catalogue, certificate, audience)?;
        let known = &readable.catalogue;
        let own = manifest.scales.iter().flat_map(|entry| entry.id.own_columns());
        let plain = PLAIN_COLUMNS.into_iter().chain(own.map(|column| column.0));
        let mut columns: HashSet<String> = plain.map(str::to_owned).collect();
        columns.extend(known.universes().iter().map(|universe| format!("n_{}", universe.id)));
        columns.extend(known.indicators().iter().map(|indicator| indicator.id.clone()));
        let scales = || manifest.scales.iter().map(|entry| entry.id);
        let has_marks = |own: &&Indicator| scales().any(|scale| known.has_marks(own, scale));
        let marked = known.indicators().iter().filter(has_marks);
        columns.extend(marked.map(|indicator| format!("{}_ext", indicator.id)));
        if known.universe_index(SECRET_UNIVERSE).is_some() {
            columns.insert("secret".into());
        }
        let hides_columns = known.universes().len() < catalogue.universes().len()
            || known.indicators().len() < catalogue.indicators().len();
        let with_parts = known.indicators().iter().filter(|indicator| !indicator.ratio_alone);
        let parts = with_parts
            .flat_map(|indicator| ["num", "den"].map(|end| format!("{}_{end}", indicator.id)));
        let parts = parts.collect();
        Ok(Audienced { readable, columns, parts, hides_columns })
    }
}

/// The SHA-256 of an edition's manifest, in hexadecimal: what [`Edition::digest`] says, without
/// opening the edition.
///
/// # Errors
///
/// The manifest cannot be read.
pub fn manifest_digest(folder: &Path, id: EditionId) -> Result<String, EditionError> {
    let path = folder.join(id.to_string()).join("manifest.json");
    Ok(hex::encode(Sha256::digest(read_bounded(&path, MAX_DOCUMENT)?)))
}

/// Reads a file that must not be larger than `limit`.
pub(super) fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>, EditionError> {
    let failed = |source| EditionError::Read { path: path.into(), source };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(EditionError::TooLarge { path: path.into(), limit });
    }
    Ok(bytes)
}

fn check_manifest(manifest: &Manifest, id: EditionId, path: &Path) -> Result<(), EditionError> {
    if manifest.id != id.to_string()
        || (manifest.vintage, manifest.revision) != (id.vintage(), id.revision())
    {
        return Err(content(path, BadContent::OtherId));
    }
    if manifest.scales.len() > MOST_SCALES {
        return Err(content(path, BadContent::Scales));
    }
    let sound = |zoom: u8| zoom <= pmtiles::MAX_ZOOM.min(24);
    let mut seen = HashSet::new();
    for scale in &manifest.scales {
        if !seen.insert(scale.id.id()) {
            return Err(content(path, BadContent::ScaleTwice(scale.id)));
        }
        if scale.minzoom > scale.maxzoom || !sound(scale.maxzoom) {
            return Err(content(path, BadContent::Zooms(scale.id)));
        }
    }
    Ok(())
}

/// A document whose digest is the one of the manifest.
fn read_listed<T: DeserializeOwned>(
    folder: &Path,
    name: &str,
    manifest: &Manifest,
) -> Result<T, EditionError> {
    parse(&folder.join(name), &listed_bytes(folder, name, manifest)?)
}

fn listed_bytes(folder: &Path, name: &str, manifest: &Manifest) -> Result<Vec<u8>, EditionError> {
    let path: PathBuf = folder.join(name);
    let bytes = read_bounded(&path, MAX_DOCUMENT)?;
    if manifest.files.get(name) != Some(&hex::encode(Sha256::digest(&bytes))) {
        return Err(content(&path, BadContent::Digest));
    }
    Ok(bytes)
}

fn parse<T: DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T, EditionError> {
    serde_json::from_slice(bytes).map_err(|source| EditionError::Json { path: path.into(), source })
}

fn content(path: &Path, source: BadContent) -> EditionError {
    EditionError::Content { path: path.into(), source }
}
