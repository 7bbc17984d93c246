//! The rules that look at one cell or one pair of zones: R1 and R3.

use std::collections::HashMap;

use domain::Catalogue;

use super::Finding;
use super::communes::Communes;
use super::opening::Opened;
use super::shown::{ShownZone, would_say};
use super::truth::Truth;

/// R1: a published cell has the threshold in contributors, and its zone nobody or the threshold in
/// surveyed households; the register's cell goes with that of the surveyed where there are any. Not so
/// for the cells of a commune that is opened. `place` is the zone's among those audited, and
/// `is_surveyed_seen` whether the cells of surveyed households would be seen.
pub fn threshold(
    (zone, place, number): (&ShownZone, u32, u32),
    (catalogue, truth): (&Catalogue, &Truth),
    (threshold, communes): (u64, &Communes<'_>),
    is_surveyed_seen: bool,
    findings: &mut Vec<Finding>,
) {
    if !zone.published.contains(&true) {
        return;
    }
    let counts = truth.counts(number);
    let surveyed = catalogue.surveyed();
    let of_zone = surveyed.map_or(0, |universe| counts[universe]);
    for (own, universe) in catalogue.universes().iter().enumerate() {
        if !zone.published[own] || communes.lifts(place, own) {
            continue;
        }
        let cell = format!("{} {} [{}]", zone.scale, zone.code, universe.id);
        if counts[own] < threshold {
            let words = format!("{cell} = {} {}", counts[own], universe.members);
            findings.push(Finding::new("R1, seuil", words));
        } else if (1..threshold).contains(&of_zone) {
            let words = format!("{cell} = {}, dont {of_zone} ménages enquêtés", counts[own]);
            findings.push(Finding::new("R1, ménages de la zone", words));
        }
    }
    let Some(surveyed) = surveyed.filter(|_| is_surveyed_seen && of_zone >= threshold) else {
        return;
    };
    if zone.published[0] != zone.published[surveyed] && !communes.lifts(place, 0) {
        let id = |universe: usize| &catalogue.universes()[universe].id;
        let (shown, hidden) = if zone.published[0] { (0, surveyed) } else { (surveyed, 0) };
        let words = format!(
            "{} {} : « {} » est diffusé sans « {} »",
            zone.scale,
            zone.code,
            id(shown),
            id(hidden)
        );
        findings.push(Finding::new("R1, répertoire et enquête", words));
    }
}

/// R3: zones with the same dwellings show the same cells of what is offered at both scales.
pub fn twins(
    zones: &[(u32, ShownZone)],
    (catalogue, opened): (&Catalogue, &Opened),
    truth: &Truth,
    findings: &mut Vec<Finding>,
) {
    let mut places: HashMap<&[u32], Vec<usize>> = HashMap::new();
    for (place, (number, _)) in zones.iter().enumerate() {
        let atoms = &truth.zones[*number as usize].atoms[..];
        if !atoms.is_empty() {
            places.entry(atoms).or_default().push(place);
        }
    }
    let mut groups: Vec<Vec<usize>> = places.into_values().filter(|own| own.len() > 1).collect();
    groups.sort_unstable();
    for group in groups {
        for (own, universe) in catalogue.universes().iter().enumerate() {
            let of_group = group.iter().map(|place| &zones[*place].1);
            let mut offered = of_group.filter(|zone| universe.is_offered(zone.scale));
            let Some(twin) = offered.next() else { continue };
            for zone in offered.filter(|zone| zone.published[own] != twin.published[own]) {
                // The cell that is not published would be seen if it were.
                let hidden = if zone.published[own] { twin } else { zone };
                if !would_say(hidden, own, catalogue, opened) {
                    continue;
                }
                let words = format!(
                    "{} {} et {} {} sont les mêmes logements, « {} » n'est diffusé que d'un côté",
                    twin.scale, twin.code, zone.scale, zone.code, universe.id
                );
                findings.push(Finding::new("R3, jumelles", words));
            }
        }
    }
}
