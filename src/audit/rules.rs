//! The rules that look at one cell or one pair of zones: R1 and R3.

use std::collections::HashMap;

use crate::domain::{Catalogue, Kind};

use super::Finding;
use super::opening::Communes;
use super::shown::ShownZone;
use super::truth::{Truth, first_survey_universe};

/// R1: a published cell has the threshold in contributors, and its zone in surveyed households, but
/// for the register's cells of a commune that is opened.
pub fn threshold(
    zone: &ShownZone,
    number: u32,
    catalogue: &Catalogue,
    truth: &Truth,
    (threshold, communes): (u64, &Communes<'_>),
    findings: &mut Vec<Finding>,
) {
    if !zone.published.contains(&true) {
        return;
    }
    let counts = truth.counts(number);
    let surveyed = first_survey_universe(catalogue).map(|universe| counts[universe]);
    for (own, universe) in catalogue.universes().iter().enumerate() {
        if !zone.published[own] || communes.lifts(number, own, &counts) {
            continue;
        }
        let cell = format!("{} {} [{}]", zone.scale, zone.code, universe.id);
        if counts[own] < threshold {
            let words = format!("{cell} = {} {}", counts[own], universe.members);
            findings.push(Finding::new("R1, seuil", words));
        } else if universe.kind == Kind::Menage && surveyed.is_some_and(|n| n < threshold) {
            findings.push(Finding::new("R1, ménages de la zone", cell));
        }
    }
}

/// R3: zones with the same dwellings show the same cells.
pub fn twins(
    zones: &[(u32, ShownZone)],
    catalogue: &Catalogue,
    truth: &Truth,
    findings: &mut Vec<Finding>,
) {
    let mut first: HashMap<&[u32], usize> = HashMap::new();
    for (place, (number, zone)) in zones.iter().enumerate() {
        let atoms = &truth.zones[*number as usize].atoms[..];
        if atoms.is_empty() {
            continue;
        }
        let twin = *first.entry(atoms).or_insert(place);
        let (_, twin) = &zones[twin];
        for (own, universe) in catalogue.universes().iter().enumerate() {
            if zone.published[own] != twin.published[own] {
                let words = format!(
                    "{} {} et {} {} sont les mêmes logements, « {} » n'est diffusé que d'un côté",
                    twin.scale, twin.code, zone.scale, zone.code, universe.id
                );
                findings.push(Finding::new("R3, jumelles", words));
            }
        }
    }
}
