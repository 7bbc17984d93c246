//! The part of an edition that a set of rights makes visible.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use sha2::{Digest, Sha256};

use super::Right;
use domain::{CommuneCode, CommuneRow, Scale, TerritoryName};

/// The territory of an account in one edition: its communes with the finest scale each, and the
/// reference zones above them.
///
/// Equality and hash go by content: two accounts with equal rights have equal territories. The
/// communes depend on the edition, so a key that holds a territory holds the edition too.
#[derive(Clone, Debug)]
pub struct Visible {
    /// Sorted by code.
    communes: Vec<(CommuneCode, Scale)>,
    /// Codes of the visible EPCI, EPT, départements and régions.
    references: BTreeMap<Scale, BTreeSet<Box<str>>>,
    everything: bool,
    bounds: Option<[f64; 4]>,
    digest: Box<str>,
}

impl Visible {
    /// What the rights make visible among the communes of an edition. Where two rights meet, the
    /// finer wins. A territory that the edition does not know gives nothing; no right at all
    /// leaves France alone.
    pub fn new(rights: &[Right], communes: &[CommuneRow]) -> Visible {
        Visible::within([rights], communes)
    }

    /// What several texts together make visible: each limits the others. A commune is in the
    /// territory where every one of them grants it, at the coarsest scale that one of them sets.
    /// Without any text nothing is granted.
    pub fn within<'a>(
        texts: impl IntoIterator<Item = &'a [Right]>,
        communes: &[CommuneRow],
    ) -> Visible {
        let texts: Vec<Granted<'_>> = texts.into_iter().map(Granted::new).collect();
        let mut visible: Vec<(CommuneCode, Scale)> = Vec::new();
        let mut references: BTreeMap<Scale, BTreeSet<&str>> = BTreeMap::new();
        // France is above them all and open to every account.
        let above: Vec<Scale> = Scale::groups().filter(|scale| *scale != Scale::FRANCE).collect();
        let mut bounds = None;
        let mut everything = !communes.is_empty();
        for row in communes {
            let granted = texts.iter().map(|text| text.finest(row)).reduce(coarser);
            let finest = granted.flatten();
            everything &= finest == Some(Scale::ADRESSE);
            let Some(finest) = finest else { continue };
            visible.push((row.code, finest));
            for &scale in above.iter().filter(|scale| finest.grain() <= scale.grain()) {
                if let Some(code) = row.parent(scale) {
                    references.entry(scale).or_default().insert(code);
                }
            }
            bounds = union(bounds, row.bounds);
        }
        // Sorting puts the finer of two rows of one commune first, and the first is kept.
        visible.sort_unstable();
        visible.dedup_by_key(|(code, _)| *code);
        let owned = |codes: BTreeSet<&str>| codes.into_iter().map(Into::into).collect();
        let references =
            references.into_iter().map(|(scale, codes)| (scale, owned(codes))).collect();
        let digest = digest(&visible, &references, everything);
        Visible { communes: visible, references, everything, bounds, digest }
    }

    /// Whether a zone is in the territory. `communes` are those where the zone has register
    /// dwellings or, for an unpopulated zone, those it lies in: all of them must be in the
    /// territory at a finest scale no coarser than the zone's; a zone without any is not visible.
    /// EPCI, EPT, départements and régions go by their code: one commune of the territory inside,
    /// at a finest scale no coarser, shows them whole, and the parts of an EPCI in and outside QPV with
    /// it. France is always visible.
    pub fn shows<'a>(
        &self,
        scale: Scale,
        code: &str,
        communes: impl IntoIterator<Item = &'a str>,
    ) -> bool {
        if scale == Scale::FRANCE {
            return true;
        }
        if scale.is_reference() {
            let (scale, code) = match scale.whole() {
                Some(whole) => (whole, scale.code_of_whole(code)),
                None => (scale, Some(code)),
            };
            let shown = self.references.get(&scale);
            return code.is_some_and(|code| shown.is_some_and(|codes| codes.contains(code)));
        }
        let mut communes = communes.into_iter().peekable();
        communes.peek().is_some()
            && communes.all(|commune| {
                self.finest(commune).is_some_and(|finest| finest.grain() <= scale.grain())
            })
    }

    /// Whether a zone is in the territory, by what its scale asks: the text of the first of
    /// [`asked_columns`] that the zone has something in, empty where it has nothing. Tiles, features and
    /// exports all ask here, so that none shows a zone that another hides.
    pub fn answers(&self, scale: Scale, text: &str) -> bool {
        self.shows(scale, text, text.split_ascii_whitespace())
    }

    /// Whether every commune of the edition is visible down to the address: a zone whose communes
    /// and reference codes stand in the edition's table of communes is then always shown, so
    /// nothing is left to filter.
    pub fn is_everything(&self) -> bool {
        self.everything
    }

    /// West, south, east, north in degrees of the communes of the territory; `None` where there
    /// is no commune, or none with a contour.
    pub fn bounds(&self) -> Option<[f64; 4]> {
        self.bounds
    }

    /// Lower-case hexadecimal SHA-256 of the territory's content: communes with finest scales,
    /// reference zones. It holds nothing about the account.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Whether a commune is in the territory, at whatever scale.
    pub fn holds(&self, commune: CommuneCode) -> bool {
        self.communes.binary_search_by_key(&commune, |(code, _)| *code).is_ok()
    }

    fn finest(&self, commune: &str) -> Option<Scale> {
        let code: CommuneCode = commune.parse().ok()?;
        let at = self.communes.binary_search_by_key(&code, |(code, _)| *code).ok()?;
        Some(self.communes[at].1)
    }
}

/// The columns of a zone that say whether it is in a territory; where a zone has nothing in one, the
/// next counts. A reference zone goes by its code; any other by its populated communes and, without any,
/// by those it lies in.
pub fn asked_columns(scale: Scale) -> &'static [&'static str] {
    if scale.is_reference() { &["code"] } else { &["communes", "situe"] }
}

impl PartialEq for Visible {
    fn eq(&self, other: &Visible) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Visible {}

impl Hash for Visible {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

/// Rights by what they name: for each scale that names a territory the codes, sorted. An account
/// has a handful of them, an edition 35,000 communes that are each looked up.
pub(crate) struct Granted<'a> {
    france: Option<Scale>,
    zones: Vec<(Scale, Vec<(&'a str, Scale)>)>,
}

impl<'a> Granted<'a> {
    pub(crate) fn new(rights: &'a [Right]) -> Granted<'a> {
        let mut france = None;
        let mut zones: BTreeMap<Scale, Vec<(&str, Scale)>> = BTreeMap::new();
        for right in rights {
            let finest = right.finest();
            let (scale, code) = match right.territory() {
                TerritoryName::France => {
                    france = finer(france, Some(finest));
                    continue;
                }
                TerritoryName::Region(code) => (Scale::REGION, code.as_str()),
                TerritoryName::Departement(code) => (Scale::DEPARTEMENT, code.as_str()),
                TerritoryName::Epci(code) => (Scale::EPCI, code.as_str()),
                TerritoryName::Ept(code) => (Scale::EPT, code.as_str()),
                TerritoryName::Commune(code) => (Scale::COMMUNE, code.as_str()),
            };
            zones.entry(scale).or_default().push((code, finest));
        }
        for named in zones.values_mut() {
            // Of two rights on one territory the finer comes first, and the first is kept.
            named.sort_unstable();
            named.dedup_by_key(|(code, _)| *code);
        }
        Granted { france, zones: zones.into_iter().collect() }
    }

    pub(crate) fn finest(&self, row: &CommuneRow) -> Option<Scale> {
        self.zones.iter().fold(self.france, |finest, (scale, named)| {
            let code = match *scale == Scale::COMMUNE {
                true => Some(row.code.as_str()),
                false => row.parent(*scale),
            };
            let at = code.and_then(|code| named.binary_search_by_key(&code, |one| one.0).ok());
            finer(finest, at.map(|at| named[at].1))
        })
    }
}

/// The finer of two scales; an absent one gives nothing.
fn finer(one: Option<Scale>, other: Option<Scale>) -> Option<Scale> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// The coarser of two scales; where one grants nothing, nothing is granted.
fn coarser(one: Option<Scale>, other: Option<Scale>) -> Option<Scale> {
    Some(one?.max(other?))
}

fn union(one: Option<[f64; 4]>, other: Option<[f64; 4]>) -> Option<[f64; 4]> {
    match (one, other) {
        (Some(a), Some(b)) => {
            Some([a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])])
        }
        (one, other) => one.or(other),
    }
}

fn digest(
    communes: &[(CommuneCode, Scale)],
    references: &BTreeMap<Scale, BTreeSet<Box<str>>>,
    everything: bool,
) -> Box<str> {
    let mut sha = Sha256::new();
    // Every part is preceded by its length, so that no two contents are written alike.
    let mut part = |bytes: &[u8]| {
        sha.update((bytes.len() as u64).to_le_bytes());
        sha.update(bytes);
    };
    part(b"seuil territory 1");
    part(&[u8::from(everything)]);
    part(&(communes.len() as u64).to_le_bytes());
    for (code, finest) in communes {
        part(code.as_str().as_bytes());
        part(finest.id().as_bytes());
    }
    for (scale, codes) in references {
        part(scale.id().as_bytes());
        part(&(codes.len() as u64).to_le_bytes());
        for code in codes {
            part(code.as_bytes());
        }
    }
    hex::encode(sha.finalize()).into()
}

#[cfg(test)]
mod tests;
