//! The zones of every scale, made from atoms and contours.

use std::collections::{BTreeMap, BTreeSet};

use geo::{InteriorPoint, MultiPolygon};
use rayon::prelude::*;

use domain::{
    COUNTRY, CommuneCode, Detail, Group, INSIDE, OUTSIDE, Origin, Scale, Shape, Whole, Zone,
    ZoneCode,
};

use super::IngestError;
use super::carreau::carreau_square;
use super::geography::{Geography, Iris};
use super::place::{Atom, Atoms};
use super::zone_set::ZoneSet;
use readers::contour::Contour;
use readers::contour::cut::Dividers;
use readers::dissolve;
use readers::names;

/// What follows the name of a zone above the communes when some of its communes have no contour,
/// so that its figures are not taken for those of the whole.
const PARTLY: &str = " (partie)";

/// Every built-in scale and those that the operator declared, the finest first. A scale without any
/// zone is there, empty.
///
/// # Errors
/// [`IngestError`] for a zone without contour, or a code that is none.
pub fn zones(atoms: &Atoms, geography: &Geography) -> Result<Vec<ZoneSet>, IngestError> {
    let declared = geography.zonings().iter().map(|zoning| zoning.scale);
    let scales: BTreeSet<Scale> = Scale::built_in().chain(declared).collect();
    let made: Vec<Result<ZoneSet, IngestError>> = scales
        .into_par_iter()
        // Which addresses make a group is for secrecy to say.
        .filter(|scale| scale.origin() != Origin::Units)
        .map(|scale| {
            let members = match scale.origin() {
                Origin::Addresses => addresses(atoms),
                Origin::Units => Members::new(),
                Origin::Squares => carreaux(atoms)?,
                Origin::Iris => iris(atoms, geography)?,
                Origin::Contours if scale == Scale::QPV => {
                    contours(geography.qpv(), |atom| atom.qpv, atoms, geography)
                }
                Origin::Contours => zoning(scale, atoms, geography),
                Origin::Arrondissements => arrondissements(scale, atoms, geography),
                Origin::Communes => communes(atoms, geography),
                Origin::Groups(group) => references((scale, group), atoms, geography)?,
                Origin::InAndOut(_) if !geography.derives(scale) => Members::new(),
                Origin::InAndOut(whole) => in_and_out(whole, atoms, geography)?,
            };
            Ok(ZoneSet::new(scale, members))
        })
        .collect();
    // The first refusal in the order of scales, however they were made.
    made.into_iter().collect()
}

type Members = Vec<(Zone, Shape, Vec<u32>)>;

/// Atoms grouped by the key of their zone; those that `key` gives none are in no zone.
fn grouped<K: Ord>(atoms: &Atoms, key: impl Fn(&Atom) -> Option<K>) -> BTreeMap<K, Vec<u32>> {
    let mut groups: BTreeMap<K, Vec<u32>> = BTreeMap::new();
    for (atom, number) in atoms.list().iter().zip(0..) {
        if let Some(key) = key(atom) {
            groups.entry(key).or_default().push(number);
        }
    }
    groups
}

/// The communes of some atoms, sorted.
fn communes_of(atoms: &Atoms, members: &[u32]) -> Vec<CommuneCode> {
    let codes: BTreeSet<CommuneCode> =
        members.iter().map(|&atom| atoms.list()[atom as usize].commune).collect();
    codes.into_iter().collect()
}

/// A zone with its populated communes or, without dwellings, those it lies in.
fn zone(
    code: ZoneCode,
    nom: &str,
    atoms: &Atoms,
    members: &[u32],
    lies_in: impl FnOnce() -> Vec<CommuneCode>,
) -> Zone {
    let situe = if members.is_empty() { lies_in() } else { Vec::new() };
    Zone {
        code,
        nom: nom.to_owned(),
        communes: communes_of(atoms, members),
        situe,
        detail: Detail::None,
    }
}

fn addresses(atoms: &Atoms) -> Members {
    atoms
        .list()
        .iter()
        .zip(0..)
        .filter_map(|(atom, number)| {
            let address = atom.address.as_ref()?;
            let zone = zone(address.code.clone(), &address.name, atoms, &[number], Vec::new);
            Some((zone, Shape::Point(address.at), vec![number]))
        })
        .collect()
}

fn carreaux(atoms: &Atoms) -> Result<Members, IngestError> {
    grouped(atoms, |atom| atom.address.as_ref().map(|address| address.carreau.clone()))
        .into_iter()
        .map(|(code, members)| {
            let square = carreau_square(&code)?;
            let zone = zone(code.clone(), code.as_str(), atoms, &members, Vec::new);
            Ok((zone, Shape::Area(square), members))
        })
        .collect()
}

fn iris(atoms: &Atoms, geography: &Geography) -> Result<Members, IngestError> {
    let mut placed = grouped(atoms, |atom| match atom.iris {
        Iris::Contour(index) => Some(index),
        _ => None,
    });
    let mut members: Members = geography
        .iris()
        .zip(0..)
        .map(|((contour, commune), index)| {
            let own = placed.remove(&index).unwrap_or_default();
            let zone = zone(contour.code().clone(), contour.name(), atoms, &own, || vec![commune]);
            (zone, Shape::Area(contour.area().clone()), own)
        })
        .collect();
    let mut whole = grouped(atoms, |atom| (atom.iris == Iris::Whole).then_some(atom.commune));
    for (commune, contour) in geography.communes() {
        if geography.is_divided(commune) {
            continue;
        }
        let own = whole.remove(commune).unwrap_or_default();
        let code = format!("{commune}0000")
            .parse()
            .map_err(|_| IngestError::Lost { commune: *commune })?;
        let zone = zone(code, name_of(geography, contour, commune), atoms, &own, || vec![*commune]);
        members.push((zone, Shape::Area(contour.area().clone()), own));
    }
    Ok(members)
}

/// The zones of a declared scale.
fn zoning(scale: Scale, atoms: &Atoms, geography: &Geography) -> Members {
    let own = geography.zonings().iter().zip(0..).find(|(zoning, _)| zoning.scale == scale);
    let Some((zoning, rank)) = own else { return Members::new() };
    let of = |atom: &Atom| atom.zonings.get::<usize>(rank).copied().flatten();
    contours(&zoning.contours, of, atoms, geography)
}

/// Zones that are contours of a file; `of` says in which an atom lies.
fn contours(
    zones: &[Contour],
    of: impl Fn(&Atom) -> Option<u32>,
    atoms: &Atoms,
    geography: &Geography,
) -> Members {
    let mut inside = grouped(atoms, of);
    zones
        .iter()
        .zip(0..)
        .map(|(contour, index)| {
            let own = inside.remove(&index).unwrap_or_default();
            let lies_in = || {
                let points = contour.area().iter().filter_map(InteriorPoint::interior_point);
                let found: BTreeSet<CommuneCode> =
                    points.filter_map(|at| geography.commune_at(at.x(), at.y())).collect();
                found.into_iter().collect()
            };
            let zone = zone(contour.code().clone(), contour.name(), atoms, &own, lies_in);
            (zone, Shape::Area(contour.area().clone()), own)
        })
        .collect()
}

fn arrondissements(scale: Scale, atoms: &Atoms, geography: &Geography) -> Members {
    let mut inside = grouped(atoms, |atom| atom.arrondissement);
    geography
        .contours(scale)
        .filter_map(|contour| {
            let code: CommuneCode = contour.code().as_str().parse().ok()?;
            let commune = geography.official().place(code)?.commune;
            let own = inside.remove(&code).unwrap_or_default();
            let zone = zone(contour.code().clone(), contour.name(), atoms, &own, || vec![commune]);
            Some((zone, Shape::Area(contour.area().clone()), own))
        })
        .collect()
}

fn communes(atoms: &Atoms, geography: &Geography) -> Members {
    let mut inside = grouped(atoms, |atom| Some(atom.commune));
    geography
        .communes()
        .iter()
        .map(|(code, contour)| {
            let own = inside.remove(code).unwrap_or_default();
            let name = name_of(geography, contour, code);
            let zone = zone((*code).into(), name, atoms, &own, || vec![*code]);
            (zone, Shape::Area(contour.area().clone()), own)
        })
        .collect()
}

/// The part of each commune or EPCI that lies in some QPV, and the part outside. A commune without QPV is one
/// zone, outside; a part of an EPCI without dwellings is none, for nothing would say that it has none.
fn in_and_out(whole: Whole, atoms: &Atoms, geography: &Geography) -> Result<Members, IngestError> {
    let (scale, wholes) = match whole {
        Whole::Commune => (Scale::COMMUNE_QPV, communes(atoms, geography)),
        Whole::Epci => (Scale::EPCI_QPV, references((Scale::EPCI, Group::Epci), atoms, geography)?),
    };
    let qpv = Dividers::new(geography.qpv());
    let parts: Vec<Members> = wholes
        .into_par_iter()
        .map(|own| parts_of(scale, own, &qpv, atoms, geography))
        .collect::<Result<_, _>>()?;
    Ok(parts.into_iter().flatten().collect())
}

fn parts_of(
    scale: Scale,
    (whole, shape, own): (Zone, Shape, Vec<u32>),
    qpv: &Dividers<'_>,
    atoms: &Atoms,
    geography: &Geography,
) -> Result<Members, IngestError> {
    let Shape::Area(area) = shape else { return Ok(Members::new()) };
    let place = |atom: u32| atoms.list()[atom as usize].qpv;
    let (inside, outside): (Vec<u32>, Vec<u32>) =
        own.into_iter().partition(|&atom| place(atom).is_some());
    let [mut inner, mut outer] = qpv.divide(&area);
    let is_due = |members: &[u32], area: &MultiPolygon<f64>| {
        !members.is_empty() || !scale.is_reference() && !area.0.is_empty()
    };
    let is_inside_due = is_due(&inside, &inner);
    if !is_inside_due {
        outer = area.clone();
    }
    let is_outside_due = is_due(&outside, &outer) || !is_inside_due;
    // The register's codes win over geometry: dwellings may be put into a QPV of which nothing is drawn
    // here, or outside of one that covers everything.
    if inner.0.is_empty() {
        let named: BTreeSet<u32> = inside.iter().filter_map(|&atom| place(atom)).collect();
        let drawn = named.iter().filter_map(|&own| geography.qpv().get(own as usize));
        inner = dissolve::union(&drawn.map(Contour::area).collect::<Vec<_>>());
    }
    if outer.0.is_empty() {
        outer = area;
    }
    let part = |ending: &str, words: &str, members: Vec<u32>, area| {
        let code = format!("{}{ending}", whole.code);
        let code: ZoneCode =
            code.parse().map_err(|_| IngestError::Code { scale, code: code.clone() })?;
        let nom = format!("{} ({words} QPV)", whole.nom);
        let zone = match scale.is_reference() {
            true => {
                Zone { code, nom, communes: Vec::new(), situe: Vec::new(), detail: Detail::None }
            }
            false => {
                let commune = whole.communes.iter().chain(&whole.situe).copied();
                zone(code, &nom, atoms, &members, || commune.collect())
            }
        };
        Ok::<_, IngestError>((zone, Shape::Area(area), members))
    };
    let mut parts = Members::new();
    if is_inside_due {
        parts.push(part(INSIDE, "en", inside, inner)?);
    }
    if is_outside_due {
        parts.push(part(OUTSIDE, "hors", outside, outer)?);
    }
    Ok(parts)
}

fn name_of<'a>(geography: &'a Geography, contour: &'a Contour, code: &CommuneCode) -> &'a str {
    geography.official().place(*code).map_or(contour.name(), |place| place.nom)
}

/// EPCI, EPT, départements, régions, France: groups of the communes that have a contour. They
/// list no commune.
fn references(
    (scale, group): (Scale, Group),
    atoms: &Atoms,
    geography: &Geography,
) -> Result<Members, IngestError> {
    let rows = geography.commune_rows();
    let mut groups: BTreeMap<String, Vec<CommuneCode>> = BTreeMap::new();
    for row in &rows {
        if let Some(code) = row.parent(scale) {
            groups.entry(code.to_owned()).or_default().push(row.code);
        }
    }
    let by_commune = grouped(atoms, |atom| Some(atom.commune));
    let whole = official_communes(group, geography);
    groups
        .into_iter()
        .map(|(code, communes)| {
            let is_whole = whole.get(&code).is_none_or(|whole| *whole <= communes.len());
            let code: ZoneCode = code.parse().map_err(|_| IngestError::Code { scale, code })?;
            let own: Vec<u32> = communes
                .iter()
                .filter_map(|commune| by_commune.get(commune))
                .flatten()
                .copied()
                .collect();
            let area = geography.reference(scale, &code, &communes);
            if area.0.is_empty() {
                return Err(IngestError::NoReferenceContour { scale, code: code.to_string() });
            }
            let mut nom = match geography.contour(scale, &code) {
                Some(contour) if !contour.name().is_empty() => contour.name(),
                _ => names::of(geography.official(), group, code.as_str()).unwrap_or_default(),
            }
            .to_owned();
            if !is_whole {
                nom.push_str(PARTLY);
            }
            let zone =
                Zone { code, nom, communes: Vec::new(), situe: Vec::new(), detail: Detail::None };
            Ok((zone, Shape::Area(area), own))
        })
        .collect()
}

/// How many communes the official tables put in each zone of a scale.
fn official_communes(group: Group, geography: &Geography) -> BTreeMap<String, usize> {
    let official = geography.official();
    let mut counts = BTreeMap::new();
    for code in official.communes() {
        let Some(place) = official.place(code) else { continue };
        let zone = match group {
            Group::Epci => place.epci,
            Group::Ept => place.ept,
            Group::Departement => Some(place.departement),
            Group::Region => Some(place.region),
            Group::Country => Some(COUNTRY),
        };
        if let Some(zone) = zone {
            *counts.entry(zone.to_owned()).or_default() += 1;
        }
    }
    counts
}
