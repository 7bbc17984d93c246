//! What a certificate counts, counted again from what is published.

use crate::audit::opening::Opened;
use crate::audit::seen::Seen;
use crate::audit::shown;
use crate::domain::{Catalogue, CertificateScale, CertificateUniverse, Kind, Scale, Universe};

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
        for (own, cells) in self.cells.iter_mut().enumerate() {
            if !published[own] {
                continue;
            }
            cells.published += 1;
            cells.visible +=
                seen.counts[own].and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
            let lifted = || is_lifted(own, seen, &published, catalogue, threshold);
            cells.opened += usize::from(opened.opens_communes(own) && lifted());
        }
    }

    /// What the certificate must say of the scale.
    pub fn due(self, catalogue: &Catalogue) -> CertificateScale {
        let universes = catalogue.universes().iter().zip(self.cells);
        CertificateScale {
            scale: self.scale,
            zones: self.zones,
            universes: universes
                .map(|(universe, cells)| CertificateUniverse {
                    universe: universe.id.clone(),
                    published: cells.published,
                    visible: cells.visible,
                    opened: cells.opened,
                })
                .collect(),
        }
    }
}

/// For each universe, whether a zone of a scale shows when its cell is published: by a figure, by the
/// count of a universe that needs it or, the register, by its own.
pub fn observed(scale: Scale, catalogue: &Catalogue) -> Vec<bool> {
    let universes = catalogue.universes();
    let offered = || universes.iter().filter(|own| own.is_offered(scale));
    let is_observed = |own: &Universe| {
        let has_figures = catalogue.indicators().iter().any(|other| other.universe == own.id);
        let is_needed = || {
            offered()
                .any(|other| other.parents.iter().chain(&other.requires).any(|id| *id == own.id))
        };
        own.parents.is_empty() || own.is_offered(scale) && has_figures || is_needed()
    };
    universes.iter().map(is_observed).collect()
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
        let above = universe.parents.iter().chain(&universe.requires);
        let mut parents = above.filter_map(|id| catalogue.universe_index(id));
        universe.kind == Kind::Menage
            && seen.counts[place].is_none()
            && parents.clone().any(|parent| parent == own)
            && parents.all(|parent| published[parent])
    });
    few || withheld
}
