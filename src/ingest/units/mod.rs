//! Units of neighbouring addresses, and the zones that groups of them make (scale `grappe`).
//!
//! A unit lies within one *block*: a carreau cut by every border that addresses are placed in. What is
//! said of a group of units, its code, its name and its outline, comes from the register alone; which units
//! make a group is the secrecy engine's to say.

mod former;
mod label;
mod outline;
mod settled;

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use geo::{Coord, MultiPolygon};
use rayon::prelude::*;

use clusters::{Known, Site, divide, maintain};
use domain::{CommuneCode, Detail, Shape, Zone, ZoneCode};
use readers::crs::Crs;
use readers::dissolve;

use super::carreau::carreau_square;
use super::geography::Iris;
use super::place::{Atom, Atoms};
use super::register::Register;
pub use former::Former;
use label::label;
use outline::Square;
pub use settled::{BadSettled, Settled};

/// The type of construction, in the register: its codes of collective buildings.
const CONSTRUCTION: &str = "TYPECONST_CODE";
const HOUSE: i32 = 2;

/// What follows the code of a carreau in that of its rest.
const REST: &str = "-R";

/// A unit: the least that a group is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its main address.
    pub main: u32,
    /// Sorted.
    pub atoms: Vec<u32>,
}

/// A carreau within every border.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Block {
    carreau: u32,
    quarter: Quarter,
}

/// Every border but that of carreaux.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Quarter {
    commune: CommuneCode,
    arrondissement: Option<CommuneCode>,
    iris: Iris,
    qpv: Option<u32>,
    zonings: Box<[Option<u32>]>,
}

impl Block {
    /// The carreau, by its place among those of the addresses.
    pub fn carreau(&self) -> usize {
        self.carreau as usize
    }

    /// Whether both are in one carreau, commune and arrondissement.
    pub fn is_beside(&self, other: &Block) -> bool {
        let town =
            |block: &Block| (block.carreau, block.quarter.commune, block.quarter.arrondissement);
        town(self) == town(other)
    }

    /// The order of communes, and of arrondissements in them.
    pub fn by_town(&self, other: &Block) -> Ordering {
        let town = |block: &Block| (block.quarter.commune, block.quarter.arrondissement);
        town(self).cmp(&town(other))
    }

    /// Which borders lie between both: of QPV, of IRIS, of the operator's zonings. The least is the best.
    pub fn borders(&self, other: &Block) -> (bool, bool, bool) {
        let (own, other) = (&self.quarter, &other.quarter);
        (own.qpv != other.qpv, own.iris != other.iris, own.zonings != other.zonings)
    }
}

/// The units of an edition.
pub struct Units {
    list: Vec<(Unit, Block)>,
    /// By atom; none without coordinates.
    places: Vec<Option<Place>>,
    squares: Vec<Square>,
    /// By main address, the code of its unit where that is not its own: units keep their codes from one
    /// vintage to the next.
    codes: HashMap<u32, ZoneCode>,
}

/// What is known of units before the register is read.
#[derive(Default)]
pub struct Before {
    /// The units of the vintage before.
    pub former: Former,
    /// Those that the operator settles.
    pub settled: Settled,
}

impl Before {
    /// What is known of an address.
    fn of(&self, place: &Place) -> Known {
        let former = self.former.of(&place.code, &place.commune, place.x, place.y);
        Known {
            former: former.map(|own| (own.unit, own.is_main)),
            settled: self.settled.of(&place.code),
        }
    }
}

/// An address.
struct Place {
    commune: CommuneCode,
    /// Decimetres in the local system of the commune.
    x: i32,
    y: i32,
    carreau: u32,
    dwellings: u32,
    code: ZoneCode,
    name: Box<str>,
}

impl Units {
    /// Divides the addresses of each block; `threshold` is that of the edition, `columns` are those of the
    /// register. What was a unit of the vintage before stays one as far as it holds, and what the operator
    /// settled is one.
    ///
    /// # Errors
    /// [`BadSettled`] for what cannot be settled so.
    pub fn new(
        register: &Register,
        columns: &[String],
        atoms: &Atoms,
        threshold: u32,
        before: &Before,
    ) -> Result<Units, BadSettled> {
        let counted = counted(register, columns, atoms);
        let place = |(atom, counted): (&Atom, &Counted)| {
            let address = atom.address.as_ref()?;
            Some(Place {
                commune: atom.commune,
                x: address.x,
                y: address.y,
                carreau: 0,
                dwellings: counted.dwellings,
                code: address.code.clone(),
                name: address.name.as_str().into(),
            })
        };
        let places = atoms.list().iter().zip(&counted).map(place).collect();
        let lying = atoms.list().iter().map(lying).collect();
        Units::of(places, lying, &counted, threshold, before)
    }

    /// From addresses, and the carreau and the quarter of each.
    fn of(
        mut places: Vec<Option<Place>>,
        lying: Vec<Option<(&ZoneCode, Quarter)>>,
        counted: &[Counted],
        threshold: u32,
        before: &Before,
    ) -> Result<Units, BadSettled> {
        let mut codes: BTreeMap<&ZoneCode, u32> = BTreeMap::new();
        for (carreau, _) in lying.iter().flatten() {
            codes.insert(carreau, 0);
        }
        codes.values_mut().zip(0..).for_each(|(number, next)| *number = next);
        let mut squares: Vec<Square> =
            codes.keys().map(|code| Square { code: (*code).clone(), atoms: Vec::new() }).collect();
        let mut blocks: BTreeMap<Block, Vec<u32>> = BTreeMap::new();
        for ((place, lying), number) in places.iter_mut().zip(lying).zip(0u32..) {
            let (Some(place), Some((code, quarter))) = (place, lying) else { continue };
            place.carreau = codes[code];
            squares[place.carreau as usize].atoms.push(number);
            let block = Block { carreau: place.carreau, quarter };
            blocks.entry(block).or_default().push(number);
        }
        let list = blocks
            .into_par_iter()
            .flat_map_iter(|(block, own)| units(&own, &places, counted, (threshold, before), block))
            .collect();
        let mut units = Units { list, places, squares, codes: HashMap::new() };
        before.settled.check(&units, threshold)?;
        if !before.former.is_empty() {
            units.codes = before.former.codes(&units);
        }
        Ok(units)
    }

    /// Each unit with its block, in the order of blocks.
    pub fn list(&self) -> &[(Unit, Block)] {
        &self.list
    }

    /// By atom, the block of its unit; nothing for what is no address.
    pub fn blocks(&self) -> Vec<Option<&Block>> {
        let mut blocks = vec![None; self.places.len()];
        for (unit, block) in &self.list {
            unit.atoms.iter().for_each(|&atom| blocks[atom as usize] = Some(block));
        }
        blocks
    }

    /// The code of an address.
    pub fn code(&self, atom: u32) -> Option<&ZoneCode> {
        self.place(atom).map(|place| &place.code)
    }

    /// The code of the group whose main address it is: its own, or that of the unit which it was in.
    pub fn group_code(&self, main: u32) -> Option<&ZoneCode> {
        self.codes.get(&main).or_else(|| self.place(main).map(|place| &place.code))
    }

    /// Number of carreaux that hold an address.
    pub fn carreaux(&self) -> usize {
        self.squares.len()
    }

    /// The code of a carreau.
    pub fn carreau_code(&self, carreau: usize) -> &ZoneCode {
        &self.squares[carreau].code
    }

    /// The addresses of a carreau, sorted.
    pub fn in_carreau(&self, carreau: usize) -> &[u32] {
        &self.squares[carreau].atoms
    }

    /// Where an address is, in decimetres of the local system of its commune; the origin for what is
    /// no address.
    pub fn at(&self, atom: u32) -> (i32, i32) {
        self.place(atom).map_or((0, 0), |place| (place.x, place.y))
    }

    /// Dwellings of an address.
    pub fn dwellings(&self, atom: u32) -> u32 {
        self.place(atom).map_or(0, |place| place.dwellings)
    }

    /// Every address with its carreau.
    pub fn addresses(&self) -> impl Iterator<Item = (u32, usize)> + '_ {
        let places = self.places.iter().zip(0..);
        places.filter_map(|(place, atom)| Some((atom, place.as_ref()?.carreau as usize)))
    }

    /// The zone of a group with this main address.
    pub fn zone(&self, main: u32, atoms: &[u32]) -> Zone {
        let code = self.group_code(main).cloned();
        // A main address is one: it has a place.
        let code = code.unwrap_or_else(|| self.squares[0].code.clone());
        self.named(code, label(&self.texts(atoms)), atoms, false)
    }

    /// The zone of what published groups leave of a carreau.
    pub fn rest(&self, carreau: usize, atoms: &[u32]) -> Zone {
        let own = &self.squares[carreau].code;
        // A code of a carreau is short: the other is one too.
        let code = format!("{own}{REST}").parse().unwrap_or_else(|_| own.clone());
        let nom = format!("Reste du carreau : {}", label::addresses(atoms.len()));
        self.named(code, nom, atoms, true)
    }

    fn named(&self, code: ZoneCode, nom: String, atoms: &[u32], reste: bool) -> Zone {
        let mut communes: Vec<CommuneCode> =
            atoms.iter().filter_map(|&atom| Some(self.place(atom)?.commune)).collect();
        communes.sort_unstable();
        communes.dedup();
        let logements = atoms.iter().map(|&atom| u64::from(self.dwellings(atom))).sum();
        let detail = Detail::Group { adresses: atoms.len() as u64, logements, reste };
        Zone { code, nom, communes, situe: Vec::new(), detail }
    }

    /// The outline of a group: the part of their carreaux that is nearer to its addresses than to any
    /// other, and within 60 m of one.
    pub fn outline(&self, atoms: &[u32]) -> Shape {
        let cells: Vec<MultiPolygon<f64>> =
            atoms.iter().filter_map(|&atom| self.cell(atom)).collect();
        let area = match cells.as_slice() {
            [one] => one.clone(),
            several => dissolve::union(&several.iter().collect::<Vec<_>>()),
        };
        if !area.0.is_empty() {
            return Shape::Area(area);
        }
        let first = atoms.first().and_then(|&atom| self.place(atom));
        let square =
            first.and_then(|own| carreau_square(&self.squares[own.carreau as usize].code).ok());
        Shape::Area(square.unwrap_or_else(|| MultiPolygon::new(Vec::new())))
    }

    /// The cell of an address, in degrees; none where the plane ends.
    fn cell(&self, atom: u32) -> Option<MultiPolygon<f64>> {
        let place = self.place(atom)?;
        let square = &self.squares[place.carreau as usize];
        let local = Crs::local(&place.commune);
        let metres = |place: &Place| Coord { x: f64::from(place.x), y: f64::from(place.y) } / 10.0;
        let others = square.atoms.iter().filter(|&&other| other != atom);
        let others = others.filter_map(|&other| self.place(other)).map(metres);
        outline::cell(metres(place), others, &square.corners(local)?, local)
    }

    fn place(&self, atom: u32) -> Option<&Place> {
        self.places.get(atom as usize)?.as_ref()
    }

    /// What the addresses of a group are called, with their dwellings.
    fn texts(&self, atoms: &[u32]) -> Vec<(&str, u32)> {
        let text = |&atom: &u32| self.place(atom).map(|place| (&*place.name, place.dwellings));
        atoms.iter().filter_map(text).collect()
    }
}

/// The carreau of an address, and its quarter.
fn lying(atom: &Atom) -> Option<(&ZoneCode, Quarter)> {
    let quarter = Quarter {
        commune: atom.commune,
        arrondissement: atom.arrondissement,
        iris: atom.iris,
        qpv: atom.qpv,
        zonings: atom.zonings.clone(),
    };
    Some((&atom.address.as_ref()?.carreau, quarter))
}

/// Addresses that are made up, for the tests of other crates.
#[cfg(feature = "fixture")]
pub mod made_up {
    use super::*;

    /// An address; its place in the list is that of its atom.
    pub struct Address {
        /// The commune.
        pub commune: CommuneCode,
        /// Decimetres in the local system of the commune.
        pub at: (i32, i32),
        /// Dwellings.
        pub dwellings: u32,
        /// Whether they are in a collective building.
        pub is_collective: Option<bool>,
        /// The carreau.
        pub carreau: ZoneCode,
        /// The IRIS and the QPV, by any numbers.
        pub zones: (u32, Option<u32>),
    }

    fn lying(own: &Address) -> Option<(&ZoneCode, Quarter)> {
        let quarter = Quarter {
            commune: own.commune,
            arrondissement: None,
            iris: Iris::Contour(own.zones.0),
            qpv: own.zones.1,
            zonings: Box::default(),
        };
        Some((&own.carreau, quarter))
    }

    /// The units of some addresses.
    ///
    /// # Panics
    /// Never: nothing is settled.
    pub fn units(addresses: &[Address], threshold: u32) -> Units {
        let before = Before::default();
        let place = |own: &Address| {
            let (x, y) = own.at;
            let code = format!("{}_{x}_{y}", own.commune).parse().ok()?;
            Some(Place {
                commune: own.commune,
                x,
                y,
                carreau: 0,
                dwellings: own.dwellings,
                code,
                name: "".into(),
            })
        };
        let counted = |own: &Address| Counted {
            dwellings: own.dwellings,
            houses: u32::from(own.is_collective == Some(false)),
            others: u32::from(own.is_collective == Some(true)),
        };
        let counted: Vec<Counted> = addresses.iter().map(counted).collect();
        let places = addresses.iter().map(place).collect();
        let lying = addresses.iter().map(lying).collect();
        Units::of(places, lying, &counted, threshold, &before).expect("nothing is settled")
    }
}

/// Dwellings of an atom, and those of each type of construction.
#[derive(Clone, Copy, Default)]
struct Counted {
    dwellings: u32,
    houses: u32,
    others: u32,
}

fn counted(register: &Register, columns: &[String], atoms: &Atoms) -> Vec<Counted> {
    let mut counted = vec![Counted::default(); atoms.len()];
    let construction = columns.iter().position(|column| column == CONSTRUCTION);
    for dwelling in 0..register.len() {
        let own = &mut counted[atoms.of_dwelling(register, dwelling as u32) as usize];
        own.dwellings += 1;
        match construction.map(|column| register.value(column, dwelling)) {
            Some(HOUSE) => own.houses += 1,
            Some(code) if code > 0 => own.others += 1,
            _ => {}
        }
    }
    counted
}

/// The units of one block.
fn units(
    atoms: &[u32],
    places: &[Option<Place>],
    counted: &[Counted],
    (threshold, before): (u32, &Before),
    block: Block,
) -> Vec<(Unit, Block)> {
    let site = |&atom: &u32| {
        let (place, counted) = (places[atom as usize].as_ref()?, &counted[atom as usize]);
        let is_known = counted.houses + counted.others > 0;
        Some(Site {
            x: place.x,
            y: place.y,
            dwellings: counted.dwellings,
            is_collective: is_known.then_some(counted.others >= counted.houses),
        })
    };
    let sites: Vec<Site> = atoms.iter().filter_map(site).collect();
    let named = |unit: clusters::Unit| {
        let members = unit.members.iter().map(|&member| atoms[member]).collect();
        (Unit { main: atoms[unit.main], atoms: members }, block.clone())
    };
    let known = |&atom: &u32| Some(before.of(places[atom as usize].as_ref()?));
    let known: Vec<Known> = atoms.iter().filter_map(known).collect();
    if known.iter().all(|own| *own == Known::default()) {
        return divide(&sites, threshold).units.into_iter().map(named).collect();
    }
    let count = |unit: u32| before.former.count(unit);
    let units = maintain(&sites, &known, threshold, &count);
    units.into_iter().map(|own| named(own.unit)).collect()
}
