//! What a certificate counts, counted again from what is published.

use crate::opening::Opened;
use crate::seen::Seen;
use crate::shown;
use domain::{Catalogue, CertificateScale, CertificateUniverse, Kind, Scale, Universe};

/// The zones, published cells and contributors of one scale.
pub struct Tally {
    scale: Scale,
    zones: usize,
    cells: Vec<Cells>,
    /// Whether a zone shows that it has households.
    pub has_households: bool,
}

#[derive(Clone, Default)]
struct Cells {
    published: usize,
    visible: u64,
    opened: usize,
    /// Zones of which nothing tells, and their contributors.
    unknown: usize,
    unknown_visible: u64,
}

impl Tally {
    pub fn new(scale: Scale, catalogue: &Catalogue) -> Tally {
        let cells = vec![Cells::default(); catalogue.universes().len()];
        Tally { scale, zones: 0, cells, has_households: false }
    }

    /// Counts a zone. `is_populated` says whether it has dwellings of the register.
    pub fn add(
        &mut self,
        seen: &Seen,
        is_populated: bool,
        catalogue: &Catalogue,
        (opened, threshold): (&Opened, u64),
    ) {
        self.zones += usize::from(is_populated);
        let mut universes = catalogue.universes().iter().zip(&seen.counts);
        self.has_households |= universes.any(|(universe, count)| {
            universe.kind == Kind::Menage && count.is_some_and(|count| count > 0)
        });
        let published = shown::cells(seen, catalogue, opened);
        let bars = (opened, threshold);
        let states = states(self.scale, seen, &published, catalogue, bars);
        for (own, cells) in self.cells.iter_mut().enumerate() {
            let count = seen.counts[own].and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
            if states[own].is_none() {
                cells.unknown += 1;
                cells.unknown_visible = cells.unknown_visible.saturating_add(count);
            }
            if states[own] != Some(true) {
                continue;
            }
            cells.published += 1;
            // A planted count may be any number.
            cells.visible = cells.visible.saturating_add(count);
            let lifted = || is_lifted(own, seen, &published, catalogue, threshold);
            cells.opened += usize::from(opened.opens_communes(own) && lifted());
        }
    }

    /// What the certificate must say of the scale; where nothing tells of some cells, what it says if
    /// that can be.
    pub fn due(&self, said: &CertificateScale, catalogue: &Catalogue) -> CertificateScale {
        let universes = catalogue.universes().iter().zip(&self.cells);
        let due = |(universe, cells): (&Universe, &Cells)| {
            let due = CertificateUniverse {
                universe: universe.id.clone(),
                published: cells.published,
                visible: cells.visible,
                opened: cells.opened,
            };
            let can_be = |said: &&CertificateUniverse| {
                let published = cells.published..=cells.published + cells.unknown;
                let visible = cells.visible..=cells.visible + cells.unknown_visible;
                said.universe == due.universe
                    && published.contains(&said.published)
                    && visible.contains(&said.visible)
            };
            let said = said.universes.iter().find(can_be).filter(|_| cells.unknown > 0);
            said.cloned().unwrap_or(due)
        };
        CertificateScale {
            scale: self.scale.id().to_owned(),
            zones: self.zones,
            universes: universes.map(due).collect(),
        }
    }
}

/// For each universe, whether its cell is published in a zone: what shows it, or what would show it and
/// does not; `None` where nothing tells.
fn states(
    scale: Scale,
    seen: &Seen,
    published: &[bool],
    catalogue: &Catalogue,
    (opened, threshold): (&Opened, u64),
) -> Vec<Option<bool>> {
    let universes = catalogue.universes();
    let mut states: Vec<Option<bool>> = Vec::with_capacity(universes.len());
    for (place, own) in universes.iter().enumerate() {
        let above = catalogue.needed(place);
        let has_figures =
            own.is_offered(scale)
                && catalogue.indicators().iter().enumerate().any(|(at, indicator)| {
                    indicator.universe == own.id && !opened.is_everywhere(at)
                });
        let is_few = || {
            let count = seen.counts[place].and_then(|count| u64::try_from(count).ok());
            !opened.opens_communes(place) && count.is_some_and(|count| count < threshold)
        };
        // A count that this cell would bring along, all else being there, is not there.
        let lacks_count = || {
            universes.iter().enumerate().skip(place + 1).any(|(child, other)| {
                let needed = catalogue.needed(child);
                needed.contains(&place)
                    && other.is_offered(scale)
                    && seen.counts[child].is_none()
                    && !opened.may_withhold(child, catalogue)
                    && needed.iter().all(|above| *above == place || published[*above])
            })
        };
        states.push(match () {
            () if published[place] => Some(true),
            () if above.iter().any(|above| states[*above] == Some(false)) => Some(false),
            () if has_figures || is_few() || lacks_count() => Some(false),
            () => None,
        });
    }
    states
}

/// Whether only the opening of communes lets a cell out: it is under the threshold, or a count of
/// households that its publication would bring is withheld.
fn is_lifted(
    own: usize,
    seen: &Seen,
    published: &[bool],
    catalogue: &Catalogue,
    threshold: u64,
) -> bool {
    let few =
        seen.counts[own].is_some_and(|count| u64::try_from(count).is_ok_and(|n| n < threshold));
    let withheld = catalogue.universes().iter().enumerate().any(|(place, universe)| {
        let mut parents = catalogue.needed(place).iter();
        universe.kind == Kind::Menage
            && seen.counts[place].is_none()
            && parents.clone().any(|&parent| parent == own)
            && parents.all(|&parent| published[parent])
    });
    few || withheld
}
