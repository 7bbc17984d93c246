//! Gives each spot of the register its IRIS and its QPV, and makes the atoms.
//!
//! Codes in the register win over geometry where both exist. An address is one place: the code
//! that most of its dwellings carry holds for all of them, the smallest where several tie.

use std::collections::BTreeMap;

use geo::{BoundingRect, Coord, Rect};
use rayon::prelude::*;

use domain::{CommuneCode, ZoneCode};

use super::IngestError;
use super::carreau::carreau_id;
use super::geography::{Geography, Iris};
use super::register::{IN_QPV, NONE, Register, Spot, SpotInfo};
use readers::crs::Crs;

/// An address this far from its commune is somewhere else.
const FAR_M: f64 = 5_000.0;
/// Metres in a degree of latitude, about.
const METRES_OF_A_DEGREE: f64 = 111_320.0;

/// The register's word for "outside every QPV".
const OUTSIDE_QPV: &str = "HZ";

/// One atom: an address, or the dwellings of one (commune, IRIS, QPV) without coordinates; in
/// Paris, Lyon and Marseille, of one arrondissement too, or it would hold those of another.
pub(super) struct Atom {
    pub commune: CommuneCode,
    pub arrondissement: Option<CommuneCode>,
    pub iris: Iris,
    pub qpv: Option<u32>,
    /// The zone of each of [`Geography::zonings`]; empty without coordinates.
    pub zonings: Box<[Option<u32>]>,
    /// `None` for dwellings without coordinates: they are in no address and no carreau.
    pub address: Option<Address>,
}

/// What an atom with coordinates is beside its zones.
pub(super) struct Address {
    pub code: ZoneCode,
    pub name: String,
    pub at: Coord<f64>,
    /// Decimetres in the local system of the commune.
    pub x: i32,
    pub y: i32,
    pub carreau: ZoneCode,
}

/// The atoms of an edition, in an order that rows do not change.
pub struct Atoms {
    list: Vec<Atom>,
    of_spot: Vec<u32>,
}

/// What placing found, for the import report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Placing {
    /// Addresses that were placed.
    pub addresses: usize,
    /// Dwellings that are in their commune's zones and in no address.
    pub dwellings_without_coordinates: usize,
    /// Addresses whose dwellings carry several IRIS or QPV codes.
    pub addresses_with_several_codes: usize,
    /// Addresses whose register code and whose point name different IRIS, QPV, communes.
    pub iris_disagreements: usize,
    /// The same of QPV.
    pub qpv_disagreements: usize,
    /// The same of communes.
    pub commune_disagreements: usize,
    /// Addresses that a register code puts into the contour of an IRIS: those whose codes are compared.
    pub addresses_with_iris_code: usize,
    /// Addresses in a QPV by their code or by their point.
    pub addresses_in_some_qpv: usize,
    /// Addresses whose register code is that of no contour.
    pub unknown_iris_codes: usize,
    /// The same of QPV.
    pub unknown_qpv_codes: usize,
    /// Addresses of a divided commune in none of its IRIS, nor within 50 m of one.
    pub addresses_outside_iris: usize,
}

impl Atoms {
    /// Number of atoms.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is no atom.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The atom of a dwelling.
    pub fn of_dwelling(&self, register: &Register, dwelling: u32) -> u32 {
        self.of_spot[register.rows()[dwelling as usize].spot as usize]
    }

    /// The addresses that lie more than 5 km from the box of their commune's contour: their coordinates
    /// are those of another place.
    pub fn far<'a>(&'a self, geography: &Geography) -> Vec<&'a ZoneCode> {
        let boxes: BTreeMap<CommuneCode, Rect<f64>> = geography
            .communes()
            .iter()
            .filter_map(|(code, contour)| Some((*code, contour.area().bounding_rect()?)))
            .collect();
        let is_far = |commune: &CommuneCode, at: Coord<f64>| {
            boxes.get(commune).is_some_and(|around| {
                let reach = FAR_M / METRES_OF_A_DEGREE;
                let across = reach / at.y.to_radians().cos().max(0.01);
                at.x < around.min().x - across
                    || at.x > around.max().x + across
                    || at.y < around.min().y - reach
                    || at.y > around.max().y + reach
            })
        };
        let addresses = self.list.iter().filter_map(|atom| Some((atom, atom.address.as_ref()?)));
        let far = addresses.filter(|(atom, address)| is_far(&atom.commune, address.at));
        far.map(|(_, address)| &address.code).collect()
    }

    pub(super) fn list(&self) -> &[Atom] {
        &self.list
    }
}

/// Places every dwelling. `grid_m` is the side of a carreau; `columns` are those of the register,
/// in which [`IN_QPV`] is filled.
///
/// # Errors
/// [`IngestError`] for coordinates that lie in no square of the grid.
pub fn place(
    register: &mut Register,
    columns: &[String],
    geography: &Geography,
    grid_m: u32,
) -> Result<(Atoms, Placing), IngestError> {
    let votes = Votes::count(register);
    let placed: Vec<(Key, Atom, Placing)> = register
        .infos()
        .par_iter()
        .enumerate()
        .map(|(spot, info)| locate(register, info, votes.of(spot), geography, grid_m))
        .collect::<Result<_, _>>()?;
    let mut placing = Placing::default();
    let mut numbers: BTreeMap<Key, u32> = BTreeMap::new();
    for (key, _, found) in &placed {
        placing.add(found);
        numbers.insert(key.clone(), 0);
    }
    numbers.values_mut().zip(0..).for_each(|(number, next)| *number = next);
    let of_spot: Vec<u32> = placed.iter().map(|(key, _, _)| numbers[key]).collect();
    let mut list: Vec<Option<Atom>> = (0..numbers.len()).map(|_| None).collect();
    for ((_, atom, _), number) in placed.into_iter().zip(&of_spot) {
        // Spots of one key make the same atom: their codes alone differ.
        list[*number as usize].get_or_insert(atom);
    }
    let atoms = Atoms { list: list.into_iter().flatten().collect(), of_spot };
    if let Some(column) = columns.iter().position(|name| name == IN_QPV) {
        let inside: Vec<i32> = atoms
            .of_spot
            .iter()
            .map(|&atom| i32::from(atoms.list[atom as usize].qpv.is_some()))
            .collect();
        register.fill(column, |row| inside[row.spot as usize]);
    }
    Ok((atoms, placing))
}

/// What tells atoms apart, and their order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Address {
        commune: CommuneCode,
        x: i32,
        y: i32,
    },
    Unplaced {
        commune: CommuneCode,
        arrondissement: Option<CommuneCode>,
        iris: Iris,
        qpv: Option<u32>,
    },
}

/// The codes that the dwellings of one spot carry, with their numbers of dwellings.
type Carried = Vec<(u32, u32, u32)>;

/// For each spot, the dwellings by (IRIS code, QPV code).
struct Votes(Vec<Carried>);

impl Votes {
    fn count(register: &Register) -> Votes {
        let mut votes: Vec<Carried> = vec![Vec::new(); register.infos().len()];
        for row in register.rows() {
            let carried = &mut votes[row.spot as usize];
            match carried.iter_mut().find(|vote| (vote.0, vote.1) == (row.iris, row.qpv)) {
                Some(vote) => vote.2 += 1,
                None => carried.push((row.iris, row.qpv, 1)),
            }
        }
        Votes(votes)
    }

    fn of(&self, spot: usize) -> &Carried {
        &self.0[spot]
    }
}

/// The code that most dwellings carry among those that are known, the smallest where several tie;
/// and whether there were several.
fn majority<'a>(
    register: &'a Register,
    carried: &Carried,
    code: impl Fn(&(u32, u32, u32)) -> u32,
) -> (Option<&'a str>, bool) {
    let mut tally: BTreeMap<&str, u32> = BTreeMap::new();
    for vote in carried.iter().filter(|vote| code(vote) != NONE) {
        if let Some(text) = register.code(code(vote)) {
            *tally.entry(text).or_default() += vote.2;
        }
    }
    let several = tally.len() > 1;
    let first = tally.into_iter().rev().max_by_key(|(_, dwellings)| *dwellings);
    (first.map(|(text, _)| text), several)
}

fn locate(
    register: &Register,
    info: &SpotInfo,
    carried: &Carried,
    geography: &Geography,
    grid_m: u32,
) -> Result<(Key, Atom, Placing), IngestError> {
    let mut found = Placing::default();
    let (iris_code, several_iris) = majority(register, carried, |vote| vote.0);
    let (qpv_code, several_qpv) = majority(register, carried, |vote| vote.1);
    let dwellings: u32 = carried.iter().map(|vote| vote.2).sum();
    let (commune, at, x, y) = match info.spot {
        Spot::Placed { commune, x, y } => {
            let (lon, lat) = Crs::local(&commune)
                .to_wgs84(f64::from(x) / 10.0, f64::from(y) / 10.0)
                .map_err(|_| IngestError::Lost { commune })?;
            (commune, Some(Coord { x: lon, y: lat }), x, y)
        }
        Spot::Unplaced { commune, .. } => (commune, None, 0, 0),
    };
    if !geography.communes().contains_key(&commune) {
        return Err(IngestError::NoContour { commune });
    }
    let named_iris = iris_code.map(|code| geography.iris_named(&commune, code));
    let named_qpv = qpv_code.map(|code| match code {
        OUTSIDE_QPV => Some(None),
        code => geography.qpv_named(code).map(Some),
    });
    found.unknown_iris_codes = usize::from(named_iris == Some(None));
    found.unknown_qpv_codes = usize::from(named_qpv == Some(None));
    let (named_iris, named_qpv) = (named_iris.flatten(), named_qpv.flatten());
    let undivided = || if geography.is_divided(&commune) { Iris::Outside } else { Iris::Whole };
    let (iris, qpv, address) = match at {
        Some(at) => {
            let seen_iris = geography.iris_at(&commune, at.x, at.y);
            let seen_qpv = geography.qpv_at(at.x, at.y);
            found.addresses = 1;
            found.addresses_with_several_codes = usize::from(several_iris || several_qpv);
            found.iris_disagreements = usize::from(named_iris.is_some_and(|own| own != seen_iris));
            found.qpv_disagreements = usize::from(named_qpv.is_some_and(|own| own != seen_qpv));
            let seen_commune = geography.commune_at(at.x, at.y);
            found.commune_disagreements = usize::from(seen_commune != Some(commune));
            found.addresses_with_iris_code =
                usize::from(matches!(named_iris, Some(Iris::Contour(_))));
            found.addresses_in_some_qpv =
                usize::from(seen_qpv.is_some() || named_qpv.flatten().is_some());
            let iris = named_iris.unwrap_or(seen_iris);
            found.addresses_outside_iris = usize::from(iris == Iris::Outside);
            // From the coordinates of the register: overseas they are those of the grid, and on a
            // side of a square the way through degrees would lose which side they are on.
            let [east, north] = [x, y].map(|value| f64::from(value) / 10.0);
            let carreau = carreau_id(&commune, Crs::local(&commune), east, north, grid_m)
                .map_err(|_| IngestError::Lost { commune })?;
            let code = format!("{commune}_{x}_{y}");
            let address = Address {
                code: code.parse().map_err(|_| IngestError::Lost { commune })?,
                name: info.address.clone(),
                at,
                x,
                y,
                carreau,
            };
            (iris, named_qpv.unwrap_or(seen_qpv), Some(address))
        }
        None => {
            found.dwellings_without_coordinates = dwellings as usize;
            (named_iris.unwrap_or_else(undivided), named_qpv.flatten(), None)
        }
    };
    let key = match address {
        Some(_) => Key::Address { commune, x, y },
        None => Key::Unplaced { commune, arrondissement: info.arrondissement, iris, qpv },
    };
    let zoned =
        |at: Coord<f64>| geography.zonings().iter().map(move |own| own.at(commune, (at.x, at.y)));
    let zonings = match at {
        Some(at) => zoned(at).collect::<Result<_, _>>()?,
        None => Box::default(),
    };
    // A register may code Paris, Lyon and Marseille as one: the point says which arrondissement.
    let arrondissement = info
        .arrondissement
        .or_else(|| at.and_then(|at| geography.arrondissement_at(&commune, at.x, at.y)));
    let atom = Atom { commune, arrondissement, iris, qpv, zonings, address };
    Ok((key, atom, found))
}

impl Placing {
    fn add(&mut self, other: &Placing) {
        self.addresses += other.addresses;
        self.dwellings_without_coordinates += other.dwellings_without_coordinates;
        self.addresses_with_several_codes += other.addresses_with_several_codes;
        self.iris_disagreements += other.iris_disagreements;
        self.addresses_with_iris_code += other.addresses_with_iris_code;
        self.addresses_in_some_qpv += other.addresses_in_some_qpv;
        self.qpv_disagreements += other.qpv_disagreements;
        self.commune_disagreements += other.commune_disagreements;
        self.unknown_iris_codes += other.unknown_iris_codes;
        self.unknown_qpv_codes += other.unknown_qpv_codes;
        self.addresses_outside_iris += other.addresses_outside_iris;
    }
}
