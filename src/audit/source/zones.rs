//! Every zone that the sources make: its atoms, and what is said of it that is no figure.

use std::collections::{BTreeMap, BTreeSet};

use geo::{InteriorPoint, MultiPolygon};

use domain::{COUNTRY, CommuneCode, CommuneRow, Group, Origin, Scale};
use readers::contour::cut::Dividers;
use readers::dissolve;
use readers::names;
use readers::official::Location;

use super::place::{InIris, Placed};
use super::register::Register;
use super::{Ground, Groups, carreau, groups, inside};

/// What follows the name of a zone above the communes when some of its communes have no contour.
const PARTLY: &str = " (partie)";

/// The shape of a zone.
pub enum Outline<'a> {
    Point([f64; 2]),
    /// The square that its code names.
    Square,
    /// A group of addresses: what is nearer to them than to others.
    Group,
    Area(&'a MultiPolygon<f64>),
    United(MultiPolygon<f64>),
}

/// A zone of the sources.
pub struct MadeZone<'a> {
    pub scale: Scale,
    pub code: String,
    pub nom: String,
    /// Where it has dwellings, and where it lies without any.
    pub communes: BTreeSet<CommuneCode>,
    pub situe: BTreeSet<CommuneCode>,
    pub outline: Outline<'a>,
    /// Sorted.
    pub atoms: Vec<u32>,
    /// Dwellings of the register, of a group of addresses alone.
    pub dwellings: u64,
}

impl MadeZone<'_> {
    /// Its polygons, rings of degrees; a point is one ring of one place.
    pub fn polygons(&self) -> Vec<Vec<Vec<[f64; 2]>>> {
        let area = match &self.outline {
            Outline::Point(at) => return vec![vec![vec![*at]]],
            Outline::Square => return vec![carreau::ring(&self.code).into_iter().collect()],
            Outline::Group => return Vec::new(),
            Outline::Area(area) => *area,
            Outline::United(area) => area,
        };
        area.iter().map(inside::rings).collect()
    }
}

/// Codes of communes in one column.
pub fn joined(communes: &BTreeSet<CommuneCode>) -> String {
    communes.iter().map(CommuneCode::as_str).collect::<Vec<_>>().join(" ")
}

/// Every zone, in the order of scales and codes.
///
/// Which addresses make a group is the edition's to say: everything else of it is not.
pub fn all<'a>(
    ground: &'a Ground,
    register: &Register,
    placed: &Placed,
    groups: &Groups,
) -> Vec<MadeZone<'a>> {
    let mut made = Made { zones: BTreeMap::new() };
    made.drawn(ground);
    made.above(ground);
    made.populated(ground, register, placed);
    made.divided(ground, placed);
    made.grouped(register, placed, groups);
    // A contour of another territory holds no dwelling and lies in no commune.
    let is_elsewhere = |zone: &MadeZone<'_>| {
        zone.scale.origin() == Origin::Contours && zone.communes.is_empty() && zone.situe.is_empty()
    };
    made.zones.into_values().filter(|zone| !is_elsewhere(zone)).collect()
}

struct Made<'a> {
    zones: BTreeMap<(Scale, String), MadeZone<'a>>,
}

impl<'a> Made<'a> {
    fn add(
        &mut self,
        scale: Scale,
        code: &str,
        nom: &str,
        outline: Outline<'a>,
    ) -> &mut MadeZone<'a> {
        let (communes, situe, atoms) = Default::default();
        let key = (scale, code.to_owned());
        self.zones.entry(key).or_insert_with_key(|(scale, code)| MadeZone {
            scale: *scale,
            code: code.clone(),
            nom: nom.to_owned(),
            communes,
            situe,
            outline,
            atoms,
            dwellings: 0,
        })
    }

    /// Zones that have a contour, up to the communes. `situe` is where they lie, for the time being.
    fn drawn(&mut self, ground: &'a Ground) {
        for (commune, contour) in &ground.communes {
            let place = ground.official.place(*commune);
            let nom = place.map_or(contour.name(), |place| place.nom);
            let area = || Outline::Area(contour.area());
            self.add(Scale::COMMUNE, commune.as_str(), nom, area()).situe.insert(*commune);
            if !ground.divided.contains(commune) {
                let code = format!("{commune}0000");
                self.add(Scale::IRIS, &code, nom, area()).situe.insert(*commune);
            }
        }
        for (contour, commune) in &ground.iris {
            let outline = Outline::Area(contour.area());
            let zone = self.add(Scale::IRIS, contour.code().as_str(), contour.name(), outline);
            zone.situe.insert(*commune);
        }
        for one in &ground.arrondissements {
            let outline = Outline::Area(one.contour.area());
            let code = one.code.as_str();
            let zone = self.add(Scale::ARRONDISSEMENT, code, one.contour.name(), outline);
            zone.situe.insert(one.city);
        }
        let qpv = ground.qpv.iter().map(|contour| (Scale::QPV, contour));
        let others = ground.zonings.iter();
        let others = others.flat_map(|own| own.contours.iter().map(|one| (own.scale, one)));
        for (scale, contour) in qpv.chain(others) {
            let points = contour.area().iter().filter_map(InteriorPoint::interior_point);
            let situe = points.filter_map(|at| ground.commune_at([at.x(), at.y()])).collect();
            let outline = Outline::Area(contour.area());
            self.add(scale, contour.code().as_str(), contour.name(), outline).situe = situe;
        }
    }

    /// The groups of addresses that the edition says.
    fn grouped(&mut self, register: &Register, placed: &Placed, groups: &Groups) {
        let mut dwellings = vec![0u64; placed.atoms.len()];
        (0..register.len()).for_each(|own| dwellings[placed.of(own as u32) as usize] += 1);
        let mut members: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for (atom, number) in placed.atoms.iter().zip(0u32..) {
            let Some(address) = &atom.address else { continue };
            let [x, y] = address.point;
            if let Some(code) = groups.of(&format!("{}_{x}_{y}", atom.commune)) {
                members.entry(code).or_default().push(number);
            }
        }
        for (code, atoms) in members {
            let texts: Vec<(&str, u64)> = atoms
                .iter()
                .filter_map(|&atom| {
                    let address = placed.atoms[atom as usize].address.as_ref()?;
                    Some((register.text(address.text), dwellings[atom as usize]))
                })
                .collect();
            let nom = groups::name(code, &texts);
            let zone = self.add(Scale::GRAPPE, code, &nom, Outline::Group);
            zone.communes = atoms.iter().map(|&atom| placed.atoms[atom as usize].commune).collect();
            zone.dwellings = texts.iter().map(|text| text.1).sum();
            zone.atoms = atoms;
        }
    }

    /// Zones above the communes that some commune with a contour is in.
    fn above(&mut self, ground: &'a Ground) {
        for scale in above_communes() {
            let mut groups: BTreeMap<String, Vec<CommuneCode>> = BTreeMap::new();
            for commune in ground.communes.keys() {
                if let Some(code) = code_above(ground, scale, *commune) {
                    groups.entry(code).or_default().push(*commune);
                }
            }
            let mut partly: BTreeSet<String> = BTreeSet::new();
            for commune in ground.official.communes() {
                if !ground.communes.contains_key(&commune) {
                    partly.extend(code_above(ground, scale, commune));
                }
            }
            for (code, communes) in groups {
                let files = ground.others.get(&scale).map_or(&[][..], Vec::as_slice);
                let own = files.iter().find(|one| one.code().as_str() == code);
                let named = own.map(|one| one.name()).filter(|name| !name.is_empty());
                let known = scale.group().and_then(|own| names::of(&ground.official, own, &code));
                let nom = named.or(known).unwrap_or_default();
                let after = if partly.contains(&code) { PARTLY } else { "" };
                let parts = || {
                    let areas = communes.iter().map(|commune| ground.communes[commune].area());
                    dissolve::union(&areas.collect::<Vec<_>>())
                };
                let outline =
                    own.map_or_else(|| Outline::United(parts()), |one| Outline::Area(one.area()));
                self.add(scale, &code, &format!("{nom}{after}"), outline);
            }
        }
    }

    /// Communes and EPCI in two, where the configuration asks for it: who lies in some QPV, and the others.
    /// Without anybody or anything inside, the whole lies outside; of an EPCI only what holds dwellings is
    /// there.
    fn divided(&mut self, ground: &Ground, placed: &Placed) {
        let dividers = Dividers::new(&ground.qpv);
        for &scale in &ground.derived {
            let Some(whole) = scale.whole() else { continue };
            let is_above = scale.is_reference();
            let mut parts: Vec<MadeZone<'a>> = Vec::new();
            for own in self.zones.values().filter(|own| own.scale == whole) {
                let area = match &own.outline {
                    Outline::Area(area) => *area,
                    Outline::United(area) => area,
                    Outline::Point(_) | Outline::Square | Outline::Group => continue,
                };
                let qpv = |atom: u32| placed.atoms[atom as usize].qpv;
                let mut named: BTreeSet<usize> = BTreeSet::new();
                let (mut inner, mut outer) = (Vec::new(), Vec::new());
                for &atom in &own.atoms {
                    match qpv(atom) {
                        Some(number) => {
                            named.insert(number);
                            inner.push(atom);
                        }
                        None => outer.push(atom),
                    }
                }
                let [drawn, left] = dividers.divide(area);
                let has_inside = !inner.is_empty() || !is_above && !drawn.0.is_empty();
                let has_outside =
                    !has_inside || !outer.is_empty() || !is_above && !left.0.is_empty();
                let inside = match drawn.0.is_empty() {
                    true => {
                        let areas = named.iter().map(|&number| ground.qpv[number].area());
                        dissolve::union(&areas.collect::<Vec<_>>())
                    }
                    false => drawn,
                };
                let outside = match has_inside && !left.0.is_empty() {
                    true => left,
                    false => area.clone(),
                };
                let lies = own.communes.iter().chain(&own.situe).copied();
                let lies: BTreeSet<CommuneCode> =
                    if is_above { BTreeSet::new() } else { lies.collect() };
                let mut part = |ending: &str, words: &str, atoms: Vec<u32>, area| {
                    let (communes, situe) = match atoms.is_empty() {
                        true => (BTreeSet::new(), lies.clone()),
                        false => (lies.clone(), BTreeSet::new()),
                    };
                    parts.push(MadeZone {
                        scale,
                        code: format!("{}{ending}", own.code),
                        nom: format!("{} ({words})", own.nom),
                        communes,
                        situe,
                        outline: Outline::United(area),
                        atoms,
                        dwellings: 0,
                    });
                };
                if has_inside {
                    part("-Q", "en QPV", inner, inside);
                }
                if has_outside {
                    part("-H", "hors QPV", outer, outside);
                }
            }
            let keyed = parts.into_iter().map(|part| ((scale, part.code.clone()), part));
            self.zones.extend(keyed);
        }
    }

    /// Puts each atom into its zones, and makes those that only dwellings make.
    fn populated(&mut self, ground: &Ground, register: &Register, placed: &Placed) {
        for (atom, number) in placed.atoms.iter().zip(0u32..) {
            let commune = atom.commune;
            let mut codes = vec![(Scale::COMMUNE, commune.to_string())];
            if let Some(address) = &atom.address {
                let [x, y] = address.point;
                let code = format!("{commune}_{x}_{y}");
                let text = register.text(address.text);
                self.add(Scale::ADRESSE, &code, text, Outline::Point(address.degrees));
                codes.push((Scale::ADRESSE, code));
                let square = &address.carreau;
                self.add(Scale::CARREAU, square, square, Outline::Square);
                codes.push((Scale::CARREAU, square.clone()));
                let zonings = ground.zonings.iter();
                let zonings =
                    zonings.filter_map(|own| Some((own.scale, own.at(commune, address.degrees)?)));
                codes.extend(zonings.map(|(scale, one)| (scale, one.code().to_string())));
            }
            match atom.iris {
                InIris::Contour(own) => {
                    codes.push((Scale::IRIS, ground.iris[own].0.code().to_string()));
                }
                InIris::Undivided => codes.push((Scale::IRIS, format!("{commune}0000"))),
                InIris::None => {}
            }
            let qpv = atom.qpv.map(|own| (Scale::QPV, ground.qpv[own].code().to_string()));
            let arrondissement =
                atom.arrondissement.map(|own| (Scale::ARRONDISSEMENT, own.to_string()));
            let above = above_communes()
                .filter_map(|scale| Some((scale, code_above(ground, scale, commune)?)));
            for key in codes.into_iter().chain(qpv).chain(arrondissement).chain(above) {
                // A code without a contour is no zone.
                if let Some(zone) = self.zones.get_mut(&key) {
                    zone.atoms.push(number);
                    if !zone.scale.is_reference() {
                        zone.communes.insert(commune);
                    }
                }
            }
        }
        for zone in self.zones.values_mut().filter(|zone| !zone.atoms.is_empty()) {
            zone.situe.clear();
        }
    }
}

fn above_communes() -> impl Iterator<Item = Scale> {
    Scale::groups()
}

/// The zone of a scale above the communes that a commune is in.
fn code_above(ground: &Ground, scale: Scale, commune: CommuneCode) -> Option<String> {
    let place: Location<'_> = ground.official.place(commune)?;
    let code = match scale.group()? {
        Group::Epci => place.epci?,
        Group::Ept => place.ept?,
        Group::Departement => place.departement,
        Group::Region => place.region,
        Group::Country => COUNTRY,
    };
    Some(code.to_owned())
}

impl Ground {
    /// What `communes.json` is due to say: every commune that has a contour.
    pub fn commune_rows(&self) -> Vec<CommuneRow> {
        let row = |(code, contour): (&CommuneCode, &readers::contour::Contour)| {
            let place = self.official.place(*code)?;
            let points = contour.area().iter().flat_map(|polygon| &polygon.exterior().0);
            let mut bounds: Option<[f64; 4]> = None;
            for at in points {
                let [west, south, east, north] = bounds.unwrap_or([at.x, at.y, at.x, at.y]);
                bounds = Some([west.min(at.x), south.min(at.y), east.max(at.x), north.max(at.y)]);
            }
            Some(CommuneRow {
                code: *code,
                nom: place.nom.to_owned(),
                departement: place.departement.to_owned(),
                region: place.region.to_owned(),
                epci: place.epci.map(str::to_owned),
                ept: place.ept.map(str::to_owned),
                bounds,
            })
        };
        self.communes.iter().filter_map(row).collect()
    }
}
