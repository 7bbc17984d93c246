//! What anybody can check: counts shown, and their differences along the codes of zones.

use std::collections::BTreeMap;

use crate::domain::{Catalogue, CommuneRow, Scale};

use super::Finding;
use super::shown::ShownZone;

/// Counts at or over the threshold, and no difference of nested zones or of a filter and its
/// domain between 1 and the threshold.
pub fn check(
    zones: &[ShownZone],
    communes: &[CommuneRow],
    catalogue: &Catalogue,
    threshold: u64,
    findings: &mut Vec<Finding>,
) {
    let least = i64::try_from(threshold).unwrap_or(i64::MAX);
    let universes: Vec<Counted> = counted(catalogue);
    let families = families(zones, communes);
    for universe in &universes {
        let of = |zone: &ShownZone| universe.count(zone);
        for zone in zones {
            let name = universe.name(catalogue);
            match of(zone) {
                Some(count)
                    if (1..least).contains(&count) || (count == 0 && universe.less.is_none()) =>
                {
                    let rule = match universe.less {
                        None => "R1, seuil",
                        Some(_) => "R2, différence de domaines",
                    };
                    let words = format!("{} {} [{name}] = {count}", zone.scale, zone.code);
                    findings.push(Finding::new(rule, words));
                }
                _ => {}
            }
        }
        for (whole, parts) in &families {
            let Some(all) = of(&zones[*whole]) else { continue };
            let parts: Vec<(usize, i64)> =
                parts.iter().filter_map(|part| Some((*part, of(&zones[*part])?))).collect();
            let left = all - parts.iter().map(|(_, count)| count).sum::<i64>();
            if !parts.is_empty() && left != 0 && left < least {
                let whole = &zones[*whole];
                let mut words = format!("{} {}", whole.scale, whole.code);
                for (part, _) in parts.iter().take(20) {
                    words += &format!(" − {} {}", zones[*part].scale, zones[*part].code);
                }
                if parts.len() > 20 {
                    words += &format!(" − … ({} zones en tout)", parts.len());
                }
                words += &format!(" [{}] = {left}", universe.name(catalogue));
                findings.push(Finding::new("R2, résidu emboîté", words));
            }
        }
    }
}

/// A universe, or a filter without one of its domains.
struct Counted {
    universe: usize,
    less: Option<usize>,
}

impl Counted {
    /// Households, where the cells that say so are published.
    fn count(&self, zone: &ShownZone) -> Option<i64> {
        let of =
            |universe: usize| zone.published[universe].then_some(zone.counts[universe]).flatten();
        match self.less {
            None => of(self.universe),
            Some(domain) => Some(of(self.universe)? - of(domain)?),
        }
    }

    fn name(&self, catalogue: &Catalogue) -> String {
        let id = |universe: usize| &catalogue.universes()[universe].id;
        match self.less {
            None => id(self.universe).clone(),
            Some(domain) => format!("{} − {}", id(self.universe), id(domain)),
        }
    }
}

fn counted(catalogue: &Catalogue) -> Vec<Counted> {
    let universes = catalogue.universes().iter().enumerate();
    universes
        .flat_map(|(universe, own)| {
            let filter = own.domain_of.as_ref().and_then(|id| catalogue.universe_index(id));
            let difference =
                filter.map(|filter| Counted { universe: filter, less: Some(universe) });
            [Some(Counted { universe, less: None }), difference]
        })
        .flatten()
        .collect()
}

/// Each zone with the zones of one scale inside it, as codes and `communes` tell.
fn families(zones: &[ShownZone], communes: &[CommuneRow]) -> Vec<(usize, Vec<usize>)> {
    let mut wholes: BTreeMap<(Scale, &str), usize> = BTreeMap::new();
    for (at, zone) in zones.iter().enumerate() {
        wholes.insert((zone.scale, zone.code.as_str()), at);
    }
    let rows: BTreeMap<&str, &CommuneRow> =
        communes.iter().map(|row| (row.code.as_str(), row)).collect();
    let mut inside: BTreeMap<(usize, Scale), Vec<usize>> = BTreeMap::new();
    for (at, zone) in zones.iter().enumerate() {
        // A zone that lies in one commune lies in the zones of that commune too.
        let commune = match zone.scale {
            Scale::Commune => zone.code.as_str(),
            _ if zone.communes.len() == 5 => zone.communes.as_str(),
            _ => continue,
        };
        let mut add = |scale: Scale, code: &str| {
            if let Some(whole) = wholes.get(&(scale, code)).filter(|whole| **whole != at) {
                inside.entry((*whole, zone.scale)).or_default().push(at);
            }
        };
        add(Scale::Commune, commune);
        if let Some(row) = rows.get(commune) {
            for scale in [Scale::Epci, Scale::Ept, Scale::Departement, Scale::Region, Scale::France]
            {
                if let Some(code) = row.parent(scale) {
                    add(scale, code);
                }
            }
        }
    }
    let mut above: BTreeMap<(usize, Scale), std::collections::BTreeSet<usize>> = BTreeMap::new();
    for row in communes {
        let of = |scale| row.parent(scale).and_then(|code| wholes.get(&(scale, code)).copied());
        for (part, whole) in [
            (Scale::Departement, Scale::Region),
            (Scale::Departement, Scale::France),
            (Scale::Region, Scale::France),
        ] {
            if let (Some(own), Some(at)) = (of(part), of(whole)) {
                above.entry((at, part)).or_default().insert(own);
            }
        }
    }
    let above = above.into_iter().map(|((at, _), parts)| (at, parts.into_iter().collect()));
    inside.into_iter().map(|((at, _), parts)| (at, parts)).chain(above).collect()
}
