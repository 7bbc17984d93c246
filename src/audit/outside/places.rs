//! Which zones lie in which, as codes and `communes` tell.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{CommuneRow, Scale};

use super::super::shown::ShownZone;

/// Which communes lie in which zones.
pub struct Places<'a> {
    rows: HashMap<&'a str, &'a CommuneRow>,
}

impl<'a> Places<'a> {
    pub fn new(communes: &'a [CommuneRow]) -> Places<'a> {
        Places { rows: communes.iter().map(|row| (row.code.as_str(), row)).collect() }
    }

    /// What the communes of a zone are known by: its only commune where it is finer, else its code.
    pub fn key(zone: &ShownZone) -> &str {
        let is_fine = zone.scale != Scale::COMMUNE && !zone.scale.is_reference();
        if is_fine { &zone.communes } else { &zone.code }
    }

    /// The key of the zones of a scale that hold a commune.
    pub fn key_in<'c>(&self, scale: Scale, commune: &'c ShownZone) -> Option<&'c str>
    where
        'a: 'c,
    {
        if !scale.is_reference() {
            return Some(&commune.code);
        }
        // A part of an EPCI holds a part of a commune: nothing says which.
        self.rows.get(commune.code.as_str()).and_then(|row| row.parent(scale))
    }

    /// Whether a zone holds dwellings of a commune; a finer zone, of no other.
    pub fn hold(&self, zone: &ShownZone, commune: &ShownZone) -> bool {
        self.key_in(zone.scale, commune) == Some(Places::key(zone))
    }
}

/// Each zone with the zones of one scale inside it.
pub fn families(zones: &[ShownZone], communes: &[CommuneRow]) -> Vec<(usize, Vec<usize>)> {
    let mut wholes: BTreeMap<(Scale, &str), usize> = BTreeMap::new();
    for (at, zone) in zones.iter().enumerate() {
        wholes.insert((zone.scale, zone.code.as_str()), at);
    }
    let rows: BTreeMap<&str, &CommuneRow> =
        communes.iter().map(|row| (row.code.as_str(), row)).collect();
    let mut inside: BTreeMap<(usize, Scale), Vec<usize>> = BTreeMap::new();
    for (at, zone) in zones.iter().enumerate() {
        // In and outside QPV, an EPCI holds its parts, and each part those of its communes.
        if let Some(code) = zone.scale.code_of_whole(&zone.code) {
            let ending = &zone.code[code.len()..];
            let whole = match zone.scale.is_reference() {
                true => wholes.get(&(Scale::EPCI, code)).copied(),
                false => rows.get(code).and_then(|row| {
                    let code = format!("{}{ending}", row.parent(Scale::EPCI)?);
                    wholes.get(&(Scale::EPCI_QPV, code.as_str())).copied()
                }),
            };
            if let Some(whole) = whole {
                inside.entry((whole, zone.scale)).or_default().push(at);
            }
        }
        // A zone that lies in one commune lies in the zones of that commune too.
        let commune = match zone.scale == Scale::COMMUNE {
            true => zone.code.as_str(),
            false if zone.communes.len() == 5 => zone.communes.as_str(),
            false => continue,
        };
        let mut add = |scale: Scale, code: &str| {
            if let Some(whole) = wholes.get(&(scale, code)).filter(|whole| **whole != at) {
                inside.entry((*whole, zone.scale)).or_default().push(at);
            }
        };
        add(Scale::COMMUNE, commune);
        if let Some(row) = rows.get(commune) {
            for scale in Scale::groups() {
                if let Some(code) = row.parent(scale) {
                    add(scale, code);
                }
            }
        }
    }
    let mut above: BTreeMap<(usize, Scale), BTreeSet<usize>> = BTreeMap::new();
    for row in communes {
        let of = |scale| row.parent(scale).and_then(|code| wholes.get(&(scale, code)).copied());
        for (part, whole) in [
            (Scale::DEPARTEMENT, Scale::REGION),
            (Scale::DEPARTEMENT, Scale::FRANCE),
            (Scale::REGION, Scale::FRANCE),
        ] {
            if let (Some(own), Some(at)) = (of(part), of(whole)) {
                above.entry((at, part)).or_default().insert(own);
            }
        }
    }
    let above = above.into_iter().map(|((at, _), parts)| (at, parts.into_iter().collect()));
    inside.into_iter().map(|((at, _), parts)| (at, parts)).chain(above).collect()
}
