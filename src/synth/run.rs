//! The whole invention, from the options to the files.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::address::{Address, Pinned, addresses, is_dense, pin};
use super::contours;
use super::dice::{Dice, Urn};
use super::dwelling::{Building, Landlord, Market, is_let, landlords};
use super::geometry::{Extent, Geometry};
use super::household::Neighbours;
use super::names::way;
use super::output::{Encoding, RowFile, prepare, whole};
use super::points;
use super::project::Projections;
use super::qpv::Qpvs;
use super::quarters::Quarters;
use super::rows::{CommuneNames, Counts, Rows, Site, dwellings_header, households_header};
use super::stock::{Stock, share_out};
use super::territory::{Territory, with_check_digit};
use super::{SynthError, VINTAGE};

/// Households of the default territory, about: 60,000 dwellings, 97 of 100 let.
pub const DEFAULT_HOUSEHOLDS: u64 = 58_000;
/// The seed when none is given.
pub const DEFAULT_SEED: u64 = 20_240_101;
/// Communes whose rows are in memory at once.
const BATCH: usize = 64;

/// The side of the squares of a dense commune in which landlords are strong or weak, in
/// millimetres.
const ESTATE: i64 = 350_000;

const CONFIG: &str = include_str!("seuil.toml");

/// What to invent.
#[derive(Clone, Debug)]
pub struct Options {
    /// The directory of the files: absent, or empty.
    pub out: PathBuf,
    /// Households, about; [`DEFAULT_HOUSEHOLDS`] where nothing is said.
    pub households: Option<u64>,
    /// The same seed gives the same bytes, on any machine.
    pub seed: u64,
    /// Real dwelling points instead of a fictive territory.
    pub points: Option<PathBuf>,
    /// How hard the fictive territory is; points have a geometry of their own, and any other than
    /// the default is refused beside them.
    pub geometry: Geometry,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Communes that have dwellings.
    pub communes: u64,
    /// Rows of both files.
    pub counts: Counts,
}

/// Writes input files in the official layouts and a `seuil.toml` beside them. `progress` hears
/// how many of how many communes (or points) are written, in order.
///
/// # Errors
/// A directory that is not empty, a number of households out of range, points that cannot be
/// read, a disk that cannot be written.
pub fn run(options: &Options, progress: &mut dyn FnMut(u64, u64)) -> Result<Summary, SynthError> {
    if let Some(path) = &options.points {
        if options.households.is_some() || options.geometry != Geometry::default() {
            return Err(SynthError::Both);
        }
        prepare(&options.out)?;
        return points::run(path, &options.out, options.seed, progress);
    }
    let households = options.households.unwrap_or(DEFAULT_HOUSEHOLDS);
    let extent = options.geometry.extent(households)?;
    prepare(&options.out)?;
    let invention = Invention::new(options.seed, &extent)?;
    invention.write_tables(&options.out)?;
    let Invention { territory, quarters, qpvs, projections, .. } = &invention;
    contours::write(&options.out, territory, quarters, qpvs, projections)?;
    invention.write_rows(&options.out, progress)
}

/// Everything about the territory but its rows.
pub(super) struct Invention {
    pub(super) seed: u64,
    pub(super) territory: Territory,
    pub(super) stock: Stock,
    pub(super) quarters: Quarters,
    pub(super) qpvs: Qpvs,
    pub(super) pinned: Pinned,
    pub(super) projections: Projections,
}

impl Invention {
    pub(super) fn new(seed: u64, extent: &Extent) -> Result<Invention, SynthError> {
        let projections = Projections::new()?;
        let territory = Territory::invent(seed, extent);
        let stock = share_out(seed, &territory, extent.dwellings);
        let quarters = Quarters::invent(seed, &territory, &stock);
        let qpvs = Qpvs::invent(seed, &territory, &stock);
        let pinned = pin(seed, &territory, &quarters, &qpvs, &projections)?;
        Ok(Invention { seed, territory, stock, quarters, qpvs, pinned, projections })
    }

    /// The addresses of a commune.
    pub(super) fn addresses(&self, dice: &mut Dice, commune: usize) -> Vec<Address> {
        let Invention { territory, stock, quarters, qpvs, pinned, .. } = self;
        addresses(dice, territory, stock, quarters, qpvs, pinned, commune)
    }

    fn write_rows(
        &self,
        out: &Path,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Summary, SynthError> {
        let mut first = RowFile::create(out.join("rpls/rpls_1.csv.gz"), Encoding::Utf8Gzip)?;
        let mut second = RowFile::create(out.join("rpls/rpls_2.csv"), Encoding::Windows1252)?;
        let mut survey = RowFile::create(out.join("ops_2024.csv"), Encoding::Utf8)?;
        first.append(dwellings_header().as_bytes())?;
        second.append(dwellings_header().as_bytes())?;
        survey.append(households_header().as_bytes())?;
        let all: Vec<usize> = (0..self.territory.communes.len()).collect();
        let landlords: Vec<Vec<Landlord>> =
            (0..self.territory.departements.len()).map(landlords).collect();
        // Seven communes of ten are in the first file.
        let cut = all.len() * 7 / 10;
        let mut counts = Counts::default();
        let mut done = 0;
        for batch in all.chunks(BATCH) {
            let rows: Vec<Result<_, SynthError>> = batch
                .par_iter()
                .map(|commune| self.rows(*commune, *commune >= cut, &landlords)?.finish())
                .collect();
            for (commune, rows) in batch.iter().zip(rows) {
                let (dwellings, households, count) = rows?;
                if *commune < cut { &mut first } else { &mut second }.append(&dwellings)?;
                survey.append(&households)?;
                counts.add(count);
            }
            done += batch.len() as u64;
            progress(done, all.len() as u64);
        }
        first.finish()?;
        second.finish()?;
        survey.finish()?;
        Ok(Summary { communes: all.len() as u64, counts })
    }

    /// The rows of a commune: its own stream of chance, whoever writes it.
    fn rows(
        &self,
        commune: usize,
        comma: bool,
        landlords: &[Vec<Landlord>],
    ) -> Result<Rows, SynthError> {
        let mut dice = Dice::new(self.seed, commune as u64);
        let mut rows = Rows::new(comma);
        let place = self.place(commune);
        let landlords = &landlords[self.territory.communes[commune].departement];
        let mut next = 1;
        for address in self.addresses(&mut dice, commune) {
            let dice = &mut dice;
            let site = self.site(dice, commune, &address);
            let market = self.market(commune, &address);
            let in_qpv = address.qpv.is_some();
            let building = Building::invent(dice, self.seed, market, address.dwellings, in_qpv);
            let homes = Homes {
                place: &place,
                site: &site,
                building: &building,
                landlord: &landlords[building.landlord],
                qpv: in_qpv,
            };
            homes.write(dice, &mut rows, next, address.dwellings, |_, _| {})?;
            next += address.dwellings;
        }
        Ok(rows)
    }

    fn place(&self, commune: usize) -> CommuneNames {
        let commune = &self.territory.communes[commune];
        let departement = &self.territory.departements[commune.departement];
        let epci = commune.epci.map(|epci| &self.territory.epcis[epci]);
        CommuneNames {
            commune: commune.code.clone(),
            nom: commune.nom.clone(),
            epci: epci.map_or_else(|| "ZZZZZZZZZ".into(), |epci| epci.siren.clone()),
            epci_nom: epci.map_or_else(|| "Sans objet".into(), |epci| epci.nom.clone()),
            departement: departement.code.into(),
            departement_nom: departement.nom.clone(),
            region: departement.region.into(),
            region_nom: contours::region_name(departement.region),
        }
    }

    /// Where an address lies for its landlord.
    fn market(&self, commune: usize, address: &Address) -> Market {
        match address.at {
            Some(at) if is_dense(&self.territory, &self.stock, commune) => {
                Market::Estate([at.x, at.y].map(|mm| mm.div_euclid(ESTATE)))
            }
            _ => Market::Commune(commune as i64),
        }
    }

    /// What the register says of an address: some codes are empty, some are wrong.
    fn site(&self, dice: &mut Dice, commune: usize, address: &Address) -> Site {
        let placed = address.at.is_some();
        let dense = is_dense(&self.territory, &self.stock, commune);
        let (empty, uncoded) = match (dense, placed) {
            (false, true) => (0.025, 0.0),
            (false, false) => (0.2, 0.0),
            (true, true) => (0.08, 0.025),
            (true, false) => (0.25, 0.025),
        };
        let own = self.qpvs.of(commune);
        let wrong = own.first().filter(|_| dice.chance(0.007));
        let qpv = match (address.qpv, wrong) {
            _ if dice.chance(empty) => String::new(),
            (None, Some(wrong)) => self.qpvs.list()[*wrong].code.clone(),
            (Some(_), Some(_)) | (None, None) => "HZ".into(),
            (Some(qpv), None) => self.qpvs.list()[qpv].code.clone(),
        };
        let record = &self.territory.communes[commune];
        let quarters = &self.quarters;
        let cell = if dice.chance(0.006) {
            dice.below(record.cells.len() as u64) as usize
        } else {
            address.cell
        };
        let iris = match self.stock.divided[commune] {
            _ if dice.chance(empty) => String::new(),
            true => contours::iris_code(&record.code, quarters.of(commune, cell)),
            false => format!("{}0000", record.code),
        };
        Site {
            at: address.at,
            number: dice.between(1, 180).to_string(),
            way_kind: ["RUE", "AVENUE", "ALLÉE", "PLACE"][dice.pick(&[6.0, 2.0, 1.5, 0.5])],
            way: way(dice).to_owned(),
            qpv,
            iris,
            uncoded,
            full: address.full,
            real: false,
        }
    }

    fn write_tables(&self, out: &Path) -> Result<(), SynthError> {
        let mut epcis = "CODGEO;LIBGEO;EPCI;LIBEPCI;NATURE_EPCI;DEP;REG;EPT;LIBEPT\n".to_owned();
        let mut communes = "CODE;TYPE;NOM;DEP;REG;ARR;COMMUNE_PARENT;ZONE;SIREN;POPULATION;\
                            CODES_POSTAUX\n"
            .to_owned();
        for index in 0..self.territory.communes.len() {
            let CommuneNames { commune, nom, epci, epci_nom, departement, region, .. } =
                self.place(index);
            let group = self.territory.communes[index].epci;
            let nature = group.map_or("ZZ", |epci| self.territory.epcis[epci].nature);
            let ept = self.territory.communes[index].ept.map(|ept| &self.territory.epts[ept]);
            let (ept, ept_nom) = ept.map_or(("", ""), |ept| (&ept.siren, &ept.nom));
            epcis += &format!(
                "{commune};{nom};{epci};{epci_nom};{nature};{departement};{region};{ept};\
                 {ept_nom}\n"
            );
            let number = &commune[commune.len() - 3..];
            // Corsica's letters are no digits: 2A and 2B were 20.
            let digits = departement.replace(['A', 'B'], "0");
            let siren = with_check_digit(&format!("21{digits}0{number}"));
            let people = 120 + self.stock.dwellings[index] * 6 + index as u64 * 37 % 400;
            let post = format!("{digits}{:03}", index % 90 * 10 + 10);
            communes += &format!(
                "{commune};commune-actuelle;{nom};{departement};{region};{departement}1;;metro;\
                 {siren};{people};{post}\n"
            );
        }
        whole(&out.join("epci_composition.csv"), epcis.as_bytes())?;
        whole(&out.join("communes.csv"), communes.as_bytes())?;
        whole(&out.join("seuil.toml"), CONFIG.as_bytes())
    }
}

/// The dwellings of one address.
pub(super) struct Homes<'a> {
    pub(super) place: &'a CommuneNames,
    pub(super) site: &'a Site,
    pub(super) building: &'a Building,
    pub(super) landlord: &'a Landlord,
    pub(super) qpv: bool,
}

impl Homes<'_> {
    /// Writes so many dwellings, numbered from `first` in their commune, and the households that
    /// live there; `adjust` has the last word on each dwelling, by its place in the address.
    pub(super) fn write(
        &self,
        dice: &mut Dice,
        rows: &mut Rows,
        first: u64,
        count: u64,
        adjust: impl Fn(usize, &mut super::dwelling::Dwelling),
    ) -> Result<(), SynthError> {
        let mut neighbours = Neighbours::new(self.qpv);
        let mut response = Urn::new(0.04);
        let mut vacancy = Urn::new(0.03);
        rows.count_address();
        for index in 0..count {
            let id = format!("{}{:08}", self.place.commune, first + index);
            let full = self.site.full;
            let occupied = is_let(dice, self.landlord, &mut vacancy) || full;
            let mut household = occupied.then(|| neighbours.household(dice));
            let mut dwelling = self.building.dwelling(dice, household.as_ref());
            adjust(index as usize, &mut dwelling);
            if let Some(household) = &mut household {
                // Nobody moved in before the walls stood.
                let age = (i64::from(VINTAGE) - dwelling.built) * 12;
                household.seniority = household.seniority.min(age.max(1));
            }
            let lease = household.as_ref().map(|household| household.seniority);
            rows.dwelling(
                dice,
                (self.place, self.site),
                (self.building, &dwelling, self.landlord),
                (&id, lease),
            )?;
            if let Some(household) = &household {
                let answered = response.chance(dice, self.landlord.response);
                rows.household(dice, household, &id, (answered, full))?;
            }
        }
        Ok(())
    }
}
