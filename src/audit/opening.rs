//! What the operator opened, as the certificate says, and what that lets an edition show: public data
//! of the register in every zone; restricted data of whole communes under the threshold.

use std::collections::BTreeSet;

use domain::columns::{Column, Seen};
use domain::formula::Expression;
use domain::{Catalogue, Kind, Opening, Regime, Universe};

use super::Finding;

/// What is opened of a catalogue.
#[derive(Clone, Debug, Default)]
pub struct Opened {
    /// For each indicator, whether it stands in every zone.
    indicators: Vec<bool>,
    /// For each universe, whether its count stands in every zone.
    counts: Vec<bool>,
    /// For each universe, whether the cell of a whole commune may be under the threshold.
    communes: Vec<bool>,
}

impl Opened {
    pub fn new(open: &BTreeSet<Opening>, catalogue: &Catalogue) -> Opened {
        let universes = catalogue.universes();
        let public = match open.contains(&Opening::RplsOuvert) {
            true => public(catalogue),
            false => vec![false; universes.len()],
        };
        let indicators: Vec<bool> = (0..)
            .zip(catalogue.indicators())
            .map(|(place, own)| {
                own.regime == Regime::RplsOuvert && public[catalogue.universe_of(place)]
            })
            .collect();
        let carries = |universe: &Universe| {
            let own = catalogue.indicators().iter().zip(&indicators);
            own.filter(|(own, is_open)| **is_open && own.universe == universe.id).count() > 0
        };
        let counts = universes.iter().enumerate();
        let counts = counts.map(|(at, own)| public[at] && (at == 0 || carries(own))).collect();
        let communes = match open.contains(&Opening::Communes) {
            true => opened_to_communes(catalogue),
            false => vec![false; universes.len()],
        };
        Opened { indicators, counts, communes }
    }

    /// Whether an indicator stands in every zone, so that it says of no cell that it is published.
    pub fn is_everywhere(&self, indicator: usize) -> bool {
        self.indicators.get(indicator).is_some_and(|open| *open)
    }

    /// Whether the count of a universe stands in every zone.
    pub fn is_counted_everywhere(&self, universe: usize) -> bool {
        self.counts.get(universe).is_some_and(|open| *open)
    }

    /// Whether the cell of a whole commune in this universe may be under the threshold; that of a
    /// domain only where it is the whole filter there.
    pub fn opens_communes(&self, universe: usize) -> bool {
        self.communes.get(universe).is_some_and(|open| *open)
    }

    /// Whether a count is one of households under a cell that may be an opened commune's: then it
    /// is absent.
    pub fn may_withhold(&self, universe: usize, catalogue: &Catalogue) -> bool {
        catalogue.universes()[universe].kind == Kind::Menage
            && catalogue.needed(universe).iter().any(|&needed| self.opens_communes(needed))
    }
}

/// For each universe, whether open columns of the register alone decide who is in it, whatever it
/// is called.
fn public(catalogue: &Catalogue) -> Vec<bool> {
    let is_open = |text: &str| {
        let Ok(formula) = Expression::parse(text) else { return false };
        let mut open = true;
        formula.names(&mut |name, _| {
            let column = Column::named(name, Kind::Logement);
            open &= column.is_none_or(|column| column.seen() == Seen::ByAll);
        });
        open
    };
    let mut public: Vec<bool> = Vec::new();
    for (place, universe) in catalogue.universes().iter().enumerate() {
        let mut parents = catalogue.parents(place).iter();
        public.push(
            universe.kind == Kind::Logement
                && is_open(&universe.filter)
                && catalogue.condition(universe).is_none_or(is_open)
                && parents.all(|&parent| public[parent]),
        );
    }
    public
}

/// The filters of dwellings with restricted indicators, and the universes above them.
fn opened_to_communes(catalogue: &Catalogue) -> Vec<bool> {
    let universes = catalogue.universes();
    let mut opened = vec![false; universes.len()];
    for (at, universe) in universes.iter().enumerate().rev() {
        let mut own = catalogue.indicators().iter().filter(|own| own.universe == universe.id);
        let is_filter = universe.kind == Kind::Logement
            && universe.domain_of.is_none()
            && own.any(|own| own.regime == Regime::RplsRestreint);
        if is_filter || opened[at] {
            opened[at] = true;
            catalogue.needed(at).iter().copied().for_each(|above| opened[above] = true);
        }
    }
    opened
}

/// The universes of dwellings in one system on whose cells figures of the register stand: their own
/// indicators, or counts of universes under them that have some.
pub fn of_the_register(catalogue: &Catalogue) -> Vec<bool> {
    let universes = catalogue.universes();
    let mut carries = vec![false; universes.len()];
    for (at, universe) in universes.iter().enumerate().rev() {
        let mut own = catalogue.indicators().iter().filter(|own| own.universe == universe.id);
        carries[at] |= own.any(|own| own.regime != Regime::Ops);
        carries[at] &= universe.kind == Kind::Logement;
        if carries[at] {
            catalogue.needed(at).iter().copied().for_each(|above| carries[above] = true);
        }
    }
    carries
}

/// Whether figures of households stand on cells of these universes.
pub fn carry_households(universes: &[usize], catalogue: &Catalogue) -> bool {
    let all = catalogue.universes().iter().enumerate();
    let mut households = all.filter(|(_, universe)| universe.kind == Kind::Menage);
    households.any(|(own, _)| {
        universes.contains(&own)
            || catalogue.needed(own).iter().copied().any(|above| universes.contains(&above))
    })
}

/// A count of households stands under an opened cell.
pub fn shown_households(at: &str, universe: &str) -> Finding {
    let words = format!("{at} : « n_{universe} » sous une case que seule l'ouverture diffuse");
    Finding::new("Commune ouverte, ménages", words)
}

/// A count is not where it is due.
pub fn missing(at: &str, universe: &str) -> Finding {
    let words = format!("{at} : « n_{universe} » manque où son parent est diffusé");
    Finding::new("R9, effectif", words)
}
