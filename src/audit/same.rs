//! Universes with the same members everywhere, and the systems that say nothing of their own.

use crate::domain::Catalogue;

use super::Finding;
use super::communes::Communes;
use super::shown::ShownZone;
use super::truth::Truth;

/// For each universe, the first of its kind that has the same members everywhere; itself where no
/// other does.
pub struct Same(Vec<usize>);

impl Same {
    pub fn new(truth: &Truth) -> Same {
        let kinds = truth.kinds();
        let first = |universe: usize| {
            let members = truth.members(kinds[universe]);
            let are_same = |other: &usize| {
                kinds[*other] == kinds[universe]
                    && members.masks().iter().all(|own| own >> universe & 1 == own >> other & 1)
            };
            (0..universe).find(are_same).unwrap_or(universe)
        };
        Same((0..kinds.len()).map(first).collect())
    }

    pub fn are(&self, one: usize, other: usize) -> bool {
        self.0[one] == self.0[other]
    }

    /// R3 for universes: one with the members of a parent is published exactly where the parent is,
    /// but for opened communes, and as far as something of it can be seen.
    pub fn check(
        &self,
        zones: &[(u32, ShownZone)],
        catalogue: &Catalogue,
        communes: &Communes<'_>,
        findings: &mut Vec<Finding>,
    ) {
        let universes = catalogue.universes();
        let is_seen = |universe: usize| {
            let id = &universes[universe].id;
            catalogue.indicators().iter().any(|own| own.universe == *id)
                || universes.iter().any(|own| own.parents.contains(id) || own.requires.contains(id))
        };
        for (own, universe) in universes.iter().enumerate().filter(|(own, _)| is_seen(*own)) {
            let parents = universe.parents.iter().filter_map(|id| catalogue.universe_index(id));
            for parent in parents.filter(|parent| self.are(own, *parent)) {
                let is_offered = |zone: &ShownZone| {
                    universe.is_offered(zone.scale) && universes[parent].is_offered(zone.scale)
                };
                for ((_, zone), place) in zones.iter().zip(0..) {
                    if zone.published[own] != zone.published[parent]
                        && is_offered(zone)
                        && !communes.lifts(place, parent)
                    {
                        let words = format!(
                            "{} {} : « {} » et « {} » sont partout les mêmes, un seul est diffusé",
                            zone.scale, zone.code, universe.id, universes[parent].id
                        );
                        findings.push(Finding::new("R3, univers jumeaux", words));
                    }
                }
            }
        }
    }

    /// For each system, whether an earlier one says all that it says: each of its universes has the
    /// members of one there whose cell is published wherever its own is. Its combinations are then
    /// combinations of that system.
    pub fn repeated(
        &self,
        systems: &[Vec<usize>],
        zones: &[(u32, ShownZone)],
        communes: &Communes<'_>,
    ) -> Vec<bool> {
        let mut repeated: Vec<bool> = Vec::new();
        for (number, own) in systems.iter().enumerate() {
            let says_all = |other: &Vec<usize>| {
                let twin = |universe: &usize| {
                    other.iter().find(|other| self.are(*universe, **other)).copied()
                };
                let twins: Option<Vec<usize>> = own.iter().map(twin).collect();
                twins.is_some_and(|twins| {
                    zones.iter().all(|(_, zone)| {
                        own.iter()
                            .zip(&twins)
                            .all(|(own, twin)| !zone.published[*own] || zone.published[*twin])
                    })
                })
            };
            let earlier = systems[..number].iter().zip(&repeated).filter(|(_, again)| !**again);
            let mut earlier = earlier.map(|(other, _)| other);
            let is_plain = |of: &Vec<usize>| !communes.opens(of);
            repeated.push(is_plain(own) && earlier.any(|other| is_plain(other) && says_all(other)));
        }
        repeated
    }
}
