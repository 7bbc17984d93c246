//! Where each dwelling lies: the atoms, and which one a dwelling is in.
//!
//! An address is a point of a commune. What most of its dwellings carry as IRIS or QPV is where all
//! of them lie; without a code that a contour has, geometry says it. A dwelling without coordinates
//! lies where its codes say, else in no IRIS of a divided commune and in no QPV.

use std::collections::BTreeMap;

use rayon::prelude::*;

use domain::CommuneCode;
use domain::columns::IN_QPV;
use readers::crs::Crs;

use super::register::{Register, Said, most_carried};
use super::{BadSource, Ground, carreau};

/// The register's word for "in no QPV".
const IN_NO_QPV: &str = "HZ";

/// In which IRIS something lies. The order is that in which the record of a build counts atoms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InIris {
    /// By its place among those of divided communes.
    Contour(usize),
    /// The commune as a whole.
    Undivided,
    /// A divided commune, and none of its IRIS.
    None,
}

/// What an atom is: dwellings that lie in the same zones whatever is asked. Sorted as the record of a
/// build counts them: addresses first, by commune and point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Address(CommuneCode, [i32; 2]),
    Elsewhere(CommuneCode, Option<CommuneCode>, InIris, Option<usize>),
}

/// One atom.
pub struct Atom {
    pub commune: CommuneCode,
    pub arrondissement: Option<CommuneCode>,
    pub iris: InIris,
    pub qpv: Option<usize>,
    pub address: Option<Address>,
}

/// An atom that has a point.
pub struct Address {
    /// Decimetres in the local system of the commune.
    pub point: [i32; 2],
    pub degrees: [f64; 2],
    pub carreau: String,
    /// Its text in the register: the smallest that its dwellings carry.
    pub text: u32,
}

/// Every dwelling in its atom.
pub struct Placed {
    pub atoms: Vec<Atom>,
    of: Vec<u32>,
}

impl Placed {
    /// Places every dwelling, and writes whether it lies in a QPV where formulas read that.
    pub fn new(
        register: &mut Register,
        columns: &[String],
        ground: &Ground,
        grid_m: u32,
    ) -> Result<Placed, BadSource> {
        // Dwellings that say the same place, one group after the other.
        let mut order: Vec<u32> = (0..register.len() as u32).collect();
        let said = |dwelling: &u32| &register.said[*dwelling as usize];
        let key = |said: &Said| match said.at {
            Some(at) => {
                Said { commune: said.commune, at: Some(at), arrondissement: None, iris: 0, qpv: 0 }
            }
            None => *said,
        };
        order.sort_by_key(|dwelling| key(said(dwelling)));
        let groups: Vec<&[u32]> =
            order.chunk_by(|one, other| key(said(one)) == key(said(other))).collect();
        let group = |group: &&[u32]| lie(register, ground, group, grid_m);
        let lying: Vec<Atom> = groups.par_iter().map(group).collect::<Result<_, _>>()?;
        let mut numbers: BTreeMap<Name, u32> = lying.iter().map(|one| (one.name(), 0)).collect();
        numbers.values_mut().zip(0..).for_each(|(number, next)| *number = next);
        let mut of = vec![0; register.len()];
        for (one, group) in lying.iter().zip(&groups) {
            group.iter().for_each(|dwelling| of[*dwelling as usize] = numbers[&one.name()]);
        }
        // Groups of one name differ in codes that say the same: any of them is the atom.
        let unique: BTreeMap<Name, Atom> = lying.into_iter().map(|one| (one.name(), one)).collect();
        let placed = Placed { atoms: unique.into_values().collect(), of };
        if let Some(column) = columns.iter().position(|name| name == IN_QPV) {
            for dwelling in 0..register.len() {
                let is_inside = placed.atoms[placed.of[dwelling] as usize].qpv.is_some();
                register.values[dwelling * columns.len() + column] = i32::from(is_inside);
            }
        }
        Ok(placed)
    }

    /// The atom of a dwelling.
    pub fn of(&self, dwelling: u32) -> u32 {
        self.of[dwelling as usize]
    }
}

impl Atom {
    fn name(&self) -> Name {
        match &self.address {
            Some(address) => Name::Address(self.commune, address.point),
            None => Name::Elsewhere(self.commune, self.arrondissement, self.iris, self.qpv),
        }
    }
}

/// Where dwellings lie that say one place.
fn lie(
    register: &Register,
    ground: &Ground,
    group: &[u32],
    grid_m: u32,
) -> Result<Atom, BadSource> {
    let all = || group.iter().map(|dwelling| &register.said[*dwelling as usize]);
    let Said { commune, at, .. } = register.said[group[0] as usize];
    if !ground.communes.contains_key(&commune) {
        return Err(BadSource::NoContour(commune));
    }
    let degrees = at.map(|point| {
        let [x, y] = point.map(|value| f64::from(value) / 10.0);
        let (longitude, latitude) =
            Crs::local(&commune).to_wgs84(x, y).map_err(|_| BadSource::Lost(commune))?;
        let carreau = carreau::holding(&commune, [x, y], grid_m).ok_or(BadSource::Lost(commune))?;
        Ok::<_, BadSource>(([longitude, latitude], carreau.to_string()))
    });
    let degrees = degrees.transpose()?;
    let at_point = degrees.as_ref().map(|(degrees, _)| *degrees);
    let is_divided = ground.divided.contains(&commune);
    let named = most_carried(register, all().map(|said| said.iris));
    let named = named.and_then(|code| ground.iris_named(commune, code));
    let found = || at_point.and_then(|at| ground.iris_at(commune, at));
    let iris = match is_divided {
        false => InIris::Undivided,
        true => named.or_else(found).map_or(InIris::None, InIris::Contour),
    };
    let qpv = match most_carried(register, all().map(|said| said.qpv)) {
        Some(IN_NO_QPV) => None,
        code => {
            let named = code.and_then(|code| ground.qpv_named(code));
            named.or_else(|| at_point.and_then(|at| ground.qpv_at(at)))
        }
    };
    let text = |dwelling: &u32| register.address[*dwelling as usize];
    let text = group.iter().map(text).min_by_key(|number| {
        // An empty text names nothing: it comes after all others.
        let text = register.text(*number);
        (text.is_empty(), text)
    });
    let address = at.zip(degrees).map(|(point, (degrees, carreau))| {
        let text = text.unwrap_or_default();
        Address { point, degrees, carreau, text }
    });
    let said = all().filter_map(|said| said.arrondissement).max();
    let arrondissement =
        said.or_else(|| at_point.and_then(|at| ground.arrondissement_at(commune, at)));
    Ok(Atom { commune, arrondissement, iris, qpv, address })
}
