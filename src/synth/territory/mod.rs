//! The fictive territory: which cells make a commune, which communes an EPCI, a département and a
//! région, and the traps of geography (an enclave, an exclave, an island).

mod ground;
mod groups;
mod naming;
mod seeds;

use std::collections::HashMap;

use super::geometry::Extent;
use super::lattice::{Frame, Grain, Hexagon, Mm};

use ground::Ground;
pub(super) use naming::with_check_digit;

/// What a territory is a piece of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Land {
    /// A département around a town, and the edge of its neighbour.
    Departement,
    /// France or a fraction of it: as dense, with conurbations and a metropolis.
    Country,
    /// The same with the borders of real cities in its conurbations.
    DenseCountry,
    /// One such conurbation.
    Conurbation,
}

impl Land {
    /// Whether there is a metropolis, EPCI are as large as those of the country, and so on.
    pub(super) fn is_country(self) -> bool {
        self != Land::Departement
    }

    /// Whether IRIS are small and everything crosses them.
    pub(super) fn is_dense(self) -> bool {
        matches!(self, Land::DenseCountry | Land::Conurbation)
    }
}

/// A commune: a set of cells, one connected piece but for the exclave.
#[derive(Clone, Debug)]
pub(super) struct Commune {
    pub(super) code: String,
    pub(super) nom: String,
    pub(super) cells: Vec<Hexagon>,
    /// `None`: the island is in no EPCI, as islands of the west are.
    pub(super) epci: Option<usize>,
    /// Inside the metropolis, but for its town, as Paris is in none.
    pub(super) ept: Option<usize>,
    pub(super) departement: usize,
}

/// An EPCI.
#[derive(Clone, Debug)]
pub(super) struct Epci {
    pub(super) siren: String,
    pub(super) nom: String,
    pub(super) nature: &'static str,
    /// Its chief commune, in [`Territory::communes`].
    pub(super) seat: usize,
}

/// A public establishment inside the metropolis: a second nesting below its EPCI.
#[derive(Clone, Debug)]
pub(super) struct Ept {
    pub(super) siren: String,
    pub(super) nom: String,
}

/// A département and its région.
#[derive(Clone, Debug)]
pub(super) struct Departement {
    pub(super) code: &'static str,
    pub(super) nom: String,
    pub(super) region: &'static str,
}

/// The communes of the traps, in [`Territory::communes`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Traps {
    pub(super) town: usize,
    pub(super) enclave: usize,
    pub(super) exclave: usize,
    /// The piece that lies apart.
    pub(super) exclave_cell: Hexagon,
    pub(super) island: usize,
}

/// The whole territory; communes in the order of their codes.
pub(super) struct Territory {
    pub(super) land: Land,
    pub(super) frame: Frame,
    pub(super) communes: Vec<Commune>,
    pub(super) epcis: Vec<Epci>,
    pub(super) epts: Vec<Ept>,
    pub(super) departements: Vec<Departement>,
    pub(super) traps: Traps,
    owners: HashMap<Hexagon, usize>,
}

impl Territory {
    /// The commune of a cell.
    pub(super) fn owner(&self, cell: Hexagon) -> Option<usize> {
        self.owners.get(&cell).copied()
    }

    /// A place in the middle of a commune, in sides of a cell.
    pub(super) fn middle(&self, commune: usize) -> (f64, f64) {
        let cells = &self.communes[commune].cells;
        cells[cells.len() / 2].centre()
    }

    /// Invents a territory of about so many communes (at least 20).
    pub(super) fn invent(seed: u64, extent: &Extent) -> Territory {
        let Extent { land, communes, .. } = *extent;
        let frame = frame(seed, extent);
        let ground = Ground::grow(&frame, communes);
        let mut names = super::names::Names::new(seed);
        let groups = ground.groups(land);
        let noms: Vec<String> = (0..ground.cells.len())
            .map(|index| match index {
                _ if index == ground.island => "L'Île-d'Yverne".to_owned(),
                _ => names.commune(),
            })
            .collect();
        naming::name_all(land, frame, ground, groups, noms)
    }
}

fn frame(seed: u64, extent: &Extent) -> Frame {
    let Extent { land, communes, dwellings } = *extent;
    let grain = if land.is_dense() { Grain::Fine } else { Grain::Coarse };
    let b = (grain.area(communes as f64) / (std::f64::consts::PI * 1.2)).sqrt();
    let inland = Mm { x: 690_000_000, y: 6_600_000_000 };
    let (half_width, centre) = match land {
        // 100 communes are 60 km across.
        Land::Departement => {
            let half_width = 30e6 * (communes as f64 / 100.0).sqrt();
            (half_width, Mm { x: 420_000_000, y: 6_640_000_000 })
        }
        Land::Country | Land::DenseCountry => {
            let half_width = 430e6 * (communes as f64 / super::country::COMMUNES as f64).sqrt();
            (half_width.min(450e6), inland)
        }
        Land::Conurbation => {
            let km = super::conurbation::square_km(dwellings);
            (1e6 * (1.2 * km / std::f64::consts::PI).sqrt(), inland)
        }
    };
    Frame::new(seed, centre, half_width, (1.2 * b, b), grain)
}
