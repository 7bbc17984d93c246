//! What the sources say of each zone that is no figure, read again: name, communes, place.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};

use domain::{CommuneRow, Scale};

use super::fgb::Ring;
use super::outline::Outlines;
use crate::seen::Group;
use crate::source::groups::is_rest;
use crate::source::{MadeZone, Sources, joined};

/// The zones that the sources make, and the communes.
pub struct Source {
    pub communes: Vec<CommuneRow>,
    zones: HashMap<(Scale, String), [u64; 4]>,
    /// What each group of addresses is due to say of itself.
    groups: HashMap<String, Group>,
    outlines: Outlines,
    /// Its keys are drawn at random: nobody can look for a text that another one's digest hides.
    digest: RandomState,
}

/// The columns that are compared, in the order of their digests.
const COLUMNS: [&str; 4] = ["« nom »", "« communes »", "« situe »", "géométrie"];

impl Source {
    /// The zones that the sources make, groups of addresses among them.
    pub fn new(made: &[MadeZone<'_>], sources: &Sources) -> Source {
        let digest = RandomState::new();
        let (mut zones, mut groups) = (HashMap::new(), HashMap::new());
        for zone in made {
            if zone.scale == Scale::GRAPPE {
                let own = Group {
                    grappe: String::new(),
                    adresses: Some(zone.atoms.len() as i64),
                    logements: i64::try_from(zone.dwellings).ok(),
                    reste: Some(is_rest(&zone.code)),
                };
                groups.insert(zone.code.clone(), own);
            }
            let own = [
                digest.hash_one(zone.nom.as_str()),
                digest.hash_one(joined(&zone.communes).as_str()),
                digest.hash_one(joined(&zone.situe).as_str()),
                place(&digest, &zone.polygons()),
            ];
            zones.insert((zone.scale, zone.code.clone()), own);
        }
        let communes = sources.ground.commune_rows();
        Source { communes, zones, groups, outlines: Outlines::new(made, sources), digest }
    }

    /// The columns of a zone that are not those of the sources; `None` where these have no such
    /// zone.
    pub fn differences(
        &self,
        scale: Scale,
        code: &str,
        texts: [&str; 3],
        polygons: &[Vec<Ring>],
    ) -> Option<Vec<&'static str>> {
        let due = self.zones.get(&(scale, code.to_owned()))?;
        let [nom, communes, situe] = texts.map(|text| self.digest.hash_one(text));
        let read = [nom, communes, situe, place(&self.digest, polygons)];
        // The outline of a group is looked at in another way.
        let columns = if scale == Scale::GRAPPE { 3 } else { COLUMNS.len() };
        let differs = |at: &usize| read[*at] != due[*at];
        Some((0..columns).filter(differs).map(|at| COLUMNS[at]).collect())
    }

    /// What a group of addresses says of itself that is not what the sources make of it.
    pub fn group_problem(
        &self,
        code: &str,
        said: &Group,
        polygons: &[Vec<Ring>],
    ) -> Option<&'static str> {
        if self.groups.get(code) != Some(said) {
            return Some("« adresses », « logements », « reste » : pas ceux des sources");
        }
        self.outlines.problem(code, polygons)
    }

    /// The scales that have a zone, the finest first.
    pub fn scales(&self) -> impl Iterator<Item = Scale> {
        self.zones.keys().map(|key| key.0).collect::<BTreeSet<_>>().into_iter()
    }

    /// The codes of the zones of a scale, in no order.
    pub fn codes(&self, scale: Scale) -> impl Iterator<Item = &str> {
        self.zones.keys().filter(move |key| key.0 == scale).map(|key| key.1.as_str())
    }
}

fn place(digest: &RandomState, polygons: &[Vec<Ring>]) -> u64 {
    let bits: Vec<Vec<Vec<[u64; 2]>>> = polygons
        .iter()
        .map(|rings| {
            let ring = |ring: &Ring| ring.iter().map(|at| at.map(f64::to_bits)).collect();
            rings.iter().map(ring).collect()
        })
        .collect();
    digest.hash_one(bits)
}
