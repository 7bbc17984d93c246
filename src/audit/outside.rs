//! What anybody can check: counts shown, and their differences along the codes of zones.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::domain::{Catalogue, CommuneRow, Scale};

use super::Finding;
use super::opening::{Opened, missing, shown_households};
use super::shown::ShownZone;

/// Counts at or over the threshold, and no difference of nested zones or of a filter and its
/// domain between 1 and the threshold; but for whole communes that are opened, of which nobody is
/// protected.
pub fn check(
    zones: &[ShownZone],
    communes: &[CommuneRow],
    catalogue: &Catalogue,
    (threshold, opened): (u64, &Opened),
    findings: &mut Vec<Finding>,
) {
    let least = i64::try_from(threshold).unwrap_or(i64::MAX);
    let universes: Vec<Counted> = counted(catalogue);
    let families = families(zones, communes);
    let places = Places::new(communes);
    check_households(zones, &places, catalogue, (least, opened), findings);
    for universe in &universes {
        let of = |zone: &ShownZone| universe.count(zone);
        // Opened communes under the threshold, with their part of this universe where a count says it.
        let small: Vec<(usize, Option<i64>)> = (0..zones.len())
            .filter(|_| opened.opens_communes(universe.filter))
            .filter(|at| {
                zones[*at].scale == Scale::Commune && zones[*at].published[universe.filter]
            })
            .filter(|at| {
                zones[*at].counts[universe.filter].is_some_and(|n| (1..least).contains(&n))
            })
            .map(|at| (at, universe.part(&zones[at])))
            .collect();
        let is_filter = universe.universe == universe.filter && universe.less.is_none();
        let is_opened = |zone: &ShownZone, count: i64| {
            let same = |own: Option<i64>| is_filter && own == Some(count);
            small.iter().any(|(at, own)| same(*own) && places.hold(zone, &zones[*at]))
        };
        for zone in zones {
            let name = universe.name(catalogue);
            match of(zone) {
                Some(count) if (1..least).contains(&count) && is_opened(zone, count) => {}
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
            // A commune that is opened lies whole in a part, or whole in what is left.
            let held: HashSet<&str> =
                parts.iter().map(|(part, _)| Places::key(&zones[*part])).collect();
            let scale = parts.first().map(|(part, _)| zones[*part].scale);
            let is_left = |commune: &ShownZone| {
                zones[*whole].code != commune.code
                    && places.hold(&zones[*whole], commune)
                    && !scale
                        .and_then(|scale| places.key_in(scale, commune))
                        .is_some_and(|key| held.contains(key))
            };
            let outside = small.iter().filter(|(at, _)| is_left(&zones[*at]));
            // Without the counts of each, the microdata alone can say what is left.
            let outside: Option<i64> = outside.map(|(_, count)| *count).sum();
            let Some(outside) = outside else { continue };
            let left = all - parts.iter().map(|(_, count)| count).sum::<i64>() - outside;
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

/// No count of households under a cell that only the opening lets out: a commune under the threshold,
/// or one that withholds them, or a zone of the same dwellings as far as counts tell.
fn check_households(
    zones: &[ShownZone],
    places: &Places<'_>,
    catalogue: &Catalogue,
    (least, opened): (i64, &Opened),
    findings: &mut Vec<Finding>,
) {
    for (own, universe) in catalogue.universes().iter().enumerate() {
        if !opened.may_withhold(own, catalogue) {
            continue;
        }
        let parents = universe.parents.iter().filter_map(|id| catalogue.universe_index(id));
        let parents: Vec<usize> = parents.collect();
        let few = |zone: &ShownZone, parent: usize| {
            let count = zone.counts[parent].is_some_and(|count| (1..least).contains(&count));
            zone.published[parent] && opened.opens_communes(parent) && count
        };
        let is_due = |zone: &ShownZone| parents.iter().all(|parent| zone.published[*parent]);
        let withholds = |zone: &ShownZone| {
            zone.scale == Scale::Commune && is_due(zone) && zone.counts[own].is_none()
        };
        let withholding: Vec<&ShownZone> = zones.iter().filter(|zone| withholds(zone)).collect();
        for zone in zones {
            let at = format!("{} {}", zone.scale, zone.code);
            let is_few = parents.iter().any(|parent| few(zone, *parent));
            if is_few && zone.counts[own].is_some() {
                findings.push(shown_households(&at, &universe.id));
            }
            let is_withheld = || {
                withholding.iter().any(|commune| {
                    let same = |parent: &usize| zone.counts[*parent] == commune.counts[*parent];
                    places.hold(zone, commune) && parents.iter().all(same)
                })
            };
            if is_due(zone) && zone.counts[own].is_none() && !is_few && !is_withheld() {
                findings.push(missing(&at, &universe.id));
            }
        }
    }
}

/// Which communes lie in which zones, as codes and `communes` tell.
struct Places<'a> {
    rows: HashMap<&'a str, &'a CommuneRow>,
}

impl<'a> Places<'a> {
    fn new(communes: &'a [CommuneRow]) -> Places<'a> {
        Places { rows: communes.iter().map(|row| (row.code.as_str(), row)).collect() }
    }

    /// What the communes of a zone are known by: its only commune where it is finer, else its code.
    fn key(zone: &ShownZone) -> &str {
        let is_fine = zone.scale < Scale::Commune;
        if is_fine { &zone.communes } else { &zone.code }
    }

    /// The key of the zones of a scale that hold a commune.
    fn key_in<'c>(&self, scale: Scale, commune: &'c ShownZone) -> Option<&'c str>
    where
        'a: 'c,
    {
        if scale <= Scale::Commune {
            return Some(&commune.code);
        }
        self.rows.get(commune.code.as_str()).and_then(|row| row.parent(scale))
    }

    /// Whether a zone holds dwellings of a commune; a finer zone, of no other.
    fn hold(&self, zone: &ShownZone, commune: &ShownZone) -> bool {
        self.key_in(zone.scale, commune) == Some(Places::key(zone))
    }
}

/// A universe, or a filter without one of its domains.
struct Counted {
    filter: usize,
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

    /// Households, where counts say so.
    fn part(&self, zone: &ShownZone) -> Option<i64> {
        let less = self.less.map_or(Some(0), |domain| zone.counts[domain]);
        Some(zone.counts[self.universe]? - less?)
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
                filter.map(|filter| Counted { filter, universe: filter, less: Some(universe) });
            let filter = filter.unwrap_or(universe);
            [Some(Counted { filter, universe, less: None }), difference]
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
