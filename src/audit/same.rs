//! Universes with the same members everywhere, and the systems that say nothing of their own.

use domain::Catalogue;

use super::Finding;
use super::communes::Communes;
use super::opening::{Opened, carry_households, of_the_register};
use super::shown::{ShownZone, would_say};
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
        (opened, communes): (&Opened, &Communes<'_>),
        findings: &mut Vec<Finding>,
    ) {
        let universes = catalogue.universes();
        // The cell that is not published would be seen if it were.
        let is_seen = |zone: &ShownZone, one: usize, other: usize| {
            let hidden = if zone.published[one] { other } else { one };
            would_say(zone, hidden, catalogue, opened)
        };
        for (own, universe) in universes.iter().enumerate() {
            // The part is not due where another of its parents, or what it requires, is secret (R9).
            let above = catalogue.needed(own);
            let is_due = |zone: &ShownZone, parent: usize| {
                zone.published[own]
                    || above.iter().all(|&other| other == parent || zone.published[other])
            };
            let parents = catalogue.parents(own).iter().copied();
            for parent in parents.filter(|parent| self.are(own, *parent)) {
                let is_offered = |zone: &ShownZone| {
                    universe.is_offered(zone.scale) && universes[parent].is_offered(zone.scale)
                };
                for ((_, zone), place) in zones.iter().zip(0..) {
                    if zone.published[own] != zone.published[parent]
                        && is_due(zone, parent)
                        && is_offered(zone)
                        && is_seen(zone, own, parent)
                        && !communes.lifts(place, parent)
                        && !communes.lifts(place, own)
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

    /// For each system, whether an earlier one says all that it says, so that its combinations are
    /// combinations of that system.
    pub fn repeated(
        &self,
        systems: &[Vec<usize>],
        zones: &[(u32, ShownZone)],
        catalogue: &Catalogue,
        communes: &Communes<'_>,
    ) -> Vec<bool> {
        let register = of_the_register(catalogue);
        let mut repeated: Vec<bool> = Vec::new();
        for (number, own) in systems.iter().enumerate() {
            let earlier = systems[..number].iter().zip(&repeated).filter(|(_, again)| !**again);
            let mut earlier = earlier.map(|(other, _)| other);
            repeated.push(earlier.any(|other| {
                self.twins_in(own, other, &register, communes).is_some_and(|twins| {
                    has_the_layers(own, other, catalogue, communes)
                        && are_within(&twins, zones, communes)
                })
            }));
        }
        repeated
    }

    /// Each universe of a system with one of the same members in another; where communes are
    /// opened, one that is looked at with them if the first is.
    fn twins_in(
        &self,
        own: &[usize],
        other: &[usize],
        register: &[bool],
        communes: &Communes<'_>,
    ) -> Option<Vec<(usize, usize)>> {
        let opens = communes.opens(own);
        let twin = |universe: &usize| {
            let twin = other.iter().find(|other| {
                self.are(*universe, **other)
                    && (!opens || !register[*universe] || register[**other])
            });
            twin.map(|twin| (*universe, *twin))
        };
        own.iter().map(twin).collect()
    }
}

/// Whether a system is looked at without and with its opened communes wherever the other is.
fn has_the_layers(
    own: &[usize],
    other: &[usize],
    catalogue: &Catalogue,
    communes: &Communes<'_>,
) -> bool {
    let is_closed_layer_due = !communes.opens(own) || carry_households(own, catalogue);
    !communes.opens(other) || !is_closed_layer_due || carry_households(other, catalogue)
}

/// Whether each published cell of the first universes is one of their twins, opened as it is.
fn are_within(
    twins: &[(usize, usize)],
    zones: &[(u32, ShownZone)],
    communes: &Communes<'_>,
) -> bool {
    zones.iter().zip(0..).all(|((_, zone), place)| {
        twins.iter().filter(|(own, _)| zone.published[*own]).all(|(own, twin)| {
            zone.published[*twin] && communes.lifts(place, *own) == communes.lifts(place, *twin)
        })
    })
}
