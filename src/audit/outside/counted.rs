//! What counts tell of: a universe, or a universe without a part of it in the same system.

use domain::Catalogue;

use super::super::opening::{Opened, carry_households, of_the_register};
use super::super::shown::ShownZone;

/// A universe, or a universe without one inside it.
pub struct Counted {
    pub universe: usize,
    pub less: Option<usize>,
    /// Whether figures of households stand on the cells of its system.
    pub carries_households: bool,
    /// Whether figures of the register stand on its own.
    pub is_of_the_register: bool,
}

impl Counted {
    /// Every universe, and every universe without each one under it in the same system.
    pub fn all(catalogue: &Catalogue) -> Vec<Counted> {
        let register = of_the_register(catalogue);
        let mut all = Vec::new();
        for own in catalogue.systems() {
            let carries_households = carry_households(&own, catalogue);
            for &universe in &own {
                let is_of_the_register = register[universe];
                all.push(Counted { universe, less: None, carries_households, is_of_the_register });
                let kind = catalogue.universes()[universe].kind;
                let filter = Some(catalogue.filter_of(universe)).filter(|own| *own != universe);
                let mut above: Vec<usize> = needed_parents(universe, catalogue).collect();
                above.extend(filter);
                above.retain(|above| {
                    own.contains(above) && catalogue.universes()[*above].kind == kind
                });
                above.sort_unstable();
                above.dedup();
                all.extend(above.into_iter().map(|above| Counted {
                    universe: above,
                    less: Some(universe),
                    carries_households,
                    is_of_the_register: is_of_the_register && register[above],
                }));
            }
        }
        all
    }

    /// Records, where the cells that say so are published.
    pub fn count(&self, zone: &ShownZone) -> Option<i64> {
        let of =
            |universe: usize| zone.published[universe].then_some(zone.counts[universe]).flatten();
        match self.less {
            None => of(self.universe),
            Some(less) => Some(of(self.universe)? - of(less)?),
        }
    }

    /// Records, where counts say so.
    pub fn part(&self, zone: &ShownZone) -> Option<i64> {
        let less = self.less.map_or(Some(0), |less| zone.counts[less]);
        Some(zone.counts[self.universe]? - less?)
    }

    /// Whether the opening may be what lets its cells out, in a zone that withholds counts of
    /// households or not.
    pub fn may_be_lifted(
        &self,
        zone: &ShownZone,
        withholds: bool,
        (least, opened): (i64, &Opened),
    ) -> bool {
        let of = |universe: usize| {
            let is_few = zone.counts[universe].is_none_or(|count| count < least);
            opened.opens_communes(universe) && (is_few || withholds)
        };
        of(self.universe) || self.less.is_some_and(of)
    }

    pub fn name(&self, catalogue: &Catalogue) -> String {
        let id = |universe: usize| &catalogue.universes()[universe].id;
        match self.less {
            None => id(self.universe).clone(),
            Some(less) => format!("{} − {}", id(self.universe), id(less)),
        }
    }
}

fn needed_parents(universe: usize, catalogue: &Catalogue) -> impl Iterator<Item = usize> {
    let parents = &catalogue.universes()[universe].parents;
    catalogue.needed(universe).iter().copied().take(parents.len())
}
