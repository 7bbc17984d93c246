//! The official side of the territory: code tables and contours, joined.

use std::collections::{BTreeMap, BTreeSet};

use geo::{BoundingRect, MultiPolygon};

use config::{Config, Within, ZonesConfig};
use domain::{CommuneCode, CommuneRow, Origin, Scale, ZoneCode};

use super::IngestError;
use super::locate::Locator;
use readers::contour::cut::{self, TooLong};
use readers::contour::{self, Contour, ContourSpec};
use readers::crs::Crs;
use readers::dissolve;
use readers::names;
use readers::official::Official;

/// The farthest an address may be from the IRIS it is given, in metres.
const NEAREST_IRIS_M: f64 = 50.0;

/// A neighbourhood of a commune.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Iris {
    /// A contour of the IRIS file, by its place there.
    Contour(u32),
    /// The only IRIS of an undivided commune.
    Whole,
    /// A divided commune, but none of its IRIS: the pseudo-IRIS `<commune>0000`, which is no zone.
    Outside,
}

/// A scale of contours that addresses lie in by their point alone.
pub(super) struct Zoning {
    pub scale: Scale,
    pub contours: Vec<Contour>,
    /// By contour, the only commune whose addresses it holds; empty where contours cross communes.
    communes: Vec<CommuneCode>,
    locator: Locator,
}

impl Zoning {
    /// The contour in which an address of a commune lies, by its place.
    ///
    /// # Errors
    ///
    /// Where two of the zones overlap at the point: which one its households are in is not ours to say.
    pub(super) fn at(
        &self,
        commune: CommuneCode,
        (lon, lat): (f64, f64),
    ) -> Result<Option<u32>, IngestError> {
        if let Some((one, other)) = self.locator.overlapping(lon, lat) {
            let codes = [one, other].map(|index| self.contours[index].code().to_string());
            return Err(IngestError::Overlap { scale: self.scale, codes });
        }
        let is_own = |index: &usize| self.communes.get(*index).is_none_or(|own| *own == commune);
        Ok(self.locator.containing(lon, lat).filter(is_own).map(|index| index as u32))
    }

    fn read(
        (scale, zones): (Scale, Vec<Contour>),
        within: Option<Within>,
        communes: &BTreeMap<CommuneCode, Contour>,
    ) -> Result<Zoning, IngestError> {
        let (contours, communes) = match within {
            None => (zones, Vec::new()),
            Some(Within::Commune) => {
                let parts = cut::by_commune(&zones, communes)
                    .map_err(|TooLong(code)| IngestError::LongCode { scale, code })?;
                parts.into_iter().map(|part| (part.contour, part.commune)).unzip()
            }
        };
        Ok(Zoning { scale, locator: locator(contours.iter()), contours, communes })
    }
}

/// Code tables and contours.
pub struct Geography {
    official: Official,
    communes: BTreeMap<CommuneCode, Contour>,
    iris: Vec<Contour>,
    /// The commune of each IRIS contour.
    iris_communes: Vec<CommuneCode>,
    divided: BTreeSet<CommuneCode>,
    qpv: Vec<Contour>,
    /// The other scales of contours, the finest first.
    zonings: Vec<Zoning>,
    /// Arrondissements and reference zones, by scale and code.
    others: BTreeMap<Scale, BTreeMap<ZoneCode, Contour>>,
    iris_locator: Locator,
    qpv_locator: Locator,
    commune_locator: Locator,
    commune_codes: Vec<CommuneCode>,
    arrondissement_locator: Locator,
    arrondissement_codes: Vec<CommuneCode>,
    left_out: Vec<(Scale, ZoneCode)>,
    overruled: Vec<(Scale, Crs, Crs)>,
    /// The scales that divide the zones of another one and that the operator asks for.
    derived: BTreeSet<Scale>,
}

impl Geography {
    /// Reads the contours that the configuration names. A contour whose code no table knows is
    /// left out ([`Geography::left_out`]).
    ///
    /// # Errors
    /// [`IngestError`] for contours that cannot be read, or a commune that has none.
    pub fn read(config: &Config, official: Official) -> Result<Geography, IngestError> {
        let build = config.build.as_ref();
        let mut files: BTreeMap<Scale, Vec<Contour>> = BTreeMap::new();
        let mut overruled = Vec::new();
        for (scale, zones) in build.iter().flat_map(|build| &build.zones) {
            let spec = spec(*scale, zones);
            let contours = contour::read(&config.resolve(&zones.path), &spec)?;
            let by = contours.crs();
            overruled.extend(contours.overruled().map(|said| (*scale, said, by)));
            files.insert(*scale, contours.into_vec());
        }
        arrondissements_among_communes(&mut files, &official);
        let mut left_out = Vec::new();
        for (scale, contours) in &mut files {
            contours.retain(|contour| {
                let known = is_known(*scale, contour.code(), &official);
                if !known {
                    left_out.push((*scale, contour.code().clone()));
                }
                known
            });
        }
        let mut take = |scale| files.remove(&scale).unwrap_or_default();
        let arrondissements = take(Scale::ARRONDISSEMENT);
        let mut communes: BTreeMap<CommuneCode, Contour> = take(Scale::COMMUNE)
            .into_iter()
            .filter_map(|contour| Some((contour.code().as_str().parse().ok()?, contour)))
            .collect();
        unite_cities(&mut communes, &arrondissements, &official);
        if communes.is_empty() {
            return Err(IngestError::NoCommuneContours);
        }
        // An undivided commune's own IRIS is made from the commune, whether its file has it or not.
        let iris: Vec<Contour> = take(Scale::IRIS)
            .into_iter()
            .filter(|contour| !contour.code().as_str().ends_with("0000"))
            .collect();
        let iris_communes: Vec<CommuneCode> =
            iris.iter().filter_map(|contour| commune_of_iris(contour.code(), &official)).collect();
        let qpv = take(Scale::QPV);
        let (zonings, files): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|(scale, _)| scale.origin() == Origin::Contours);
        let within = |scale: Scale| build.and_then(|build| build.zones.get(&scale)?.within);
        let zonings = zonings
            .into_iter()
            .map(|(scale, zones)| Zoning::read((scale, zones), within(scale), &communes))
            .collect::<Result<_, _>>()?;
        let arrondissement_codes: Vec<CommuneCode> =
            arrondissements.iter().filter_map(|one| one.code().as_str().parse().ok()).collect();
        let arrondissement_locator = locator(arrondissements.iter());
        let others = files
            .into_iter()
            .chain([(Scale::ARRONDISSEMENT, arrondissements)])
            .map(|(scale, contours)| {
                let by_code = contours.into_iter().map(|one| (one.code().clone(), one)).collect();
                (scale, by_code)
            })
            .collect();
        Ok(Geography {
            divided: iris_communes.iter().copied().collect(),
            iris_locator: locator(iris.iter()),
            qpv_locator: locator(qpv.iter()),
            commune_locator: locator(communes.values()),
            commune_codes: communes.keys().copied().collect(),
            arrondissement_codes,
            arrondissement_locator,
            official,
            communes,
            iris,
            iris_communes,
            qpv,
            zonings,
            others,
            left_out,
            overruled,
            derived: build.map(|build| build.derived.clone()).unwrap_or_default(),
        })
    }

    /// The official tables.
    pub fn official(&self) -> &Official {
        &self.official
    }

    /// Contours that no table knows, by scale.
    pub fn left_out(&self) -> &[(Scale, ZoneCode)] {
        &self.left_out
    }

    /// Files whose own coordinate system the configuration overrules: what they say, what it says.
    pub fn overruled(&self) -> &[(Scale, Crs, Crs)] {
        &self.overruled
    }

    /// The rows of `communes.json`: every commune with a contour.
    pub fn commune_rows(&self) -> Vec<CommuneRow> {
        self.communes
            .iter()
            .filter_map(|(code, contour)| {
                let place = self.official.place(*code)?;
                let bounds = contour.area().bounding_rect();
                Some(CommuneRow {
                    code: *code,
                    nom: place.nom.to_owned(),
                    departement: place.departement.to_owned(),
                    region: place.region.to_owned(),
                    epci: place.epci.map(str::to_owned),
                    ept: place.ept.map(str::to_owned),
                    bounds: bounds.map(|b| [b.min().x, b.min().y, b.max().x, b.max().y]),
                })
            })
            .collect()
    }

    pub(super) fn communes(&self) -> &BTreeMap<CommuneCode, Contour> {
        &self.communes
    }

    pub(super) fn iris(&self) -> impl Iterator<Item = (&Contour, CommuneCode)> {
        self.iris.iter().zip(self.iris_communes.iter().copied())
    }

    pub(super) fn qpv(&self) -> &[Contour] {
        &self.qpv
    }

    /// Whether a scale that divides the zones of another one is asked for.
    pub(super) fn derives(&self, scale: Scale) -> bool {
        self.derived.contains(&scale)
    }

    /// The scales of contours but the QPV, the finest first.
    pub(super) fn zonings(&self) -> &[Zoning] {
        &self.zonings
    }

    pub(super) fn is_divided(&self, commune: &CommuneCode) -> bool {
        self.divided.contains(commune)
    }

    /// The contour of a zone above the communes: its own, or the union of its communes.
    pub(super) fn reference(
        &self,
        scale: Scale,
        code: &ZoneCode,
        communes: &[CommuneCode],
    ) -> MultiPolygon<f64> {
        match self.contour(scale, code) {
            Some(contour) => contour.area().clone(),
            None => {
                let parts: Vec<&MultiPolygon<f64>> = communes
                    .iter()
                    .filter_map(|code| self.communes.get(code))
                    .map(Contour::area)
                    .collect();
                dissolve::union(&parts)
            }
        }
    }

    /// The contour that a file gives for a zone.
    pub(super) fn contour(&self, scale: Scale, code: &ZoneCode) -> Option<&Contour> {
        self.others.get(&scale)?.get(code)
    }

    /// The zones of a scale that has a file of its own and no rule of its own.
    pub(super) fn contours(&self, scale: Scale) -> impl Iterator<Item = &Contour> {
        self.others.get(&scale).into_iter().flat_map(BTreeMap::values)
    }

    /// The commune whose contour holds a point.
    pub(super) fn commune_at(&self, lon: f64, lat: f64) -> Option<CommuneCode> {
        self.commune_locator.containing(lon, lat).map(|index| self.commune_codes[index])
    }

    /// The IRIS of its commune in which a point lies, or the nearest within 50 m.
    pub(super) fn iris_at(&self, commune: &CommuneCode, lon: f64, lat: f64) -> Iris {
        if !self.is_divided(commune) {
            return Iris::Whole;
        }
        let own = |index: usize| self.iris_communes[index] == *commune;
        let found = self.iris_locator.containing(lon, lat).filter(|index| own(*index));
        let found =
            found.or_else(|| self.iris_locator.nearest_within(lon, lat, NEAREST_IRIS_M, own));
        found.map_or(Iris::Outside, |index| Iris::Contour(index as u32))
    }

    /// The IRIS that a register's code names in its commune; `None` for a code of no contour.
    pub(super) fn iris_named(&self, commune: &CommuneCode, code: &str) -> Option<Iris> {
        if !self.is_divided(commune) {
            return Some(Iris::Whole);
        }
        let index = self.iris.binary_search_by(|one| one.code().as_str().cmp(code)).ok()?;
        (self.iris_communes[index] == *commune).then_some(Iris::Contour(index as u32))
    }

    /// The arrondissement of a city in which a point lies.
    pub(super) fn arrondissement_at(
        &self,
        commune: &CommuneCode,
        lon: f64,
        lat: f64,
    ) -> Option<CommuneCode> {
        let code = self.arrondissement_codes[self.arrondissement_locator.containing(lon, lat)?];
        let place = self.official.place(code)?;
        (place.commune == *commune).then_some(code)
    }

    /// The QPV in which a point lies.
    pub(super) fn qpv_at(&self, lon: f64, lat: f64) -> Option<u32> {
        self.qpv_locator.containing(lon, lat).map(|index| index as u32)
    }

    /// The QPV of a code.
    pub(super) fn qpv_named(&self, code: &str) -> Option<u32> {
        let index = self.qpv.binary_search_by(|one| one.code().as_str().cmp(code)).ok()?;
        Some(index as u32)
    }
}

/// Arrondissements that stand among the communes of one file are those of their own scale, where it
/// has no file that draws them.
fn arrondissements_among_communes(files: &mut BTreeMap<Scale, Vec<Contour>>, official: &Official) {
    let Some(communes) = files.get_mut(&Scale::COMMUNE) else { return };
    let is_one = |one: &mut Contour| is_known(Scale::ARRONDISSEMENT, one.code(), official);
    let among: Vec<Contour> = communes.extract_if(.., is_one).collect();
    if !among.is_empty() {
        files.entry(Scale::ARRONDISSEMENT).or_insert(among);
    }
}

/// Draws Paris, Lyon and Marseille from their arrondissements, where all of these have a contour and the
/// city has none.
fn unite_cities(
    communes: &mut BTreeMap<CommuneCode, Contour>,
    arrondissements: &[Contour],
    official: &Official,
) {
    let city_of = |one: &Contour| {
        let place = official.place(one.code().as_str().parse().ok()?)?;
        Some((place.commune, place.nom.to_owned()))
    };
    let cities: BTreeMap<CommuneCode, String> =
        arrondissements.iter().filter_map(city_of).collect();
    for (city, name) in cities {
        let own: Vec<&Contour> = arrondissements
            .iter()
            .filter(|one| city_of(one).is_some_and(|(commune, _)| commune == city))
            .collect();
        let is_whole = own.len() == official.commune_table().arrondissements(city).len();
        if is_whole && !communes.contains_key(&city) {
            communes.insert(city, Contour::united(city.into(), &name, &own));
        }
    }
}

/// What a `[build.zones.<scale>]` section says.
fn spec(scale: Scale, config: &ZonesConfig) -> ContourSpec {
    ContourSpec {
        scale,
        layer: config.layer.clone(),
        code: config.code.clone(),
        name: config.name.clone(),
        crs: config.crs.clone(),
    }
}

fn locator<'a>(contours: impl Iterator<Item = &'a Contour>) -> Locator {
    let areas: Vec<_> = contours.map(Contour::area).enumerate().collect();
    Locator::new(&areas)
}

/// The commune of an IRIS: its code begins with that of a commune or an arrondissement.
fn commune_of_iris(code: &ZoneCode, official: &Official) -> Option<CommuneCode> {
    let prefix: CommuneCode = code.as_str().get(..5)?.parse().ok()?;
    Some(official.place(prefix)?.commune)
}

fn is_known(scale: Scale, code: &ZoneCode, official: &Official) -> bool {
    let text = code.as_str();
    match scale.origin() {
        Origin::Communes => text
            .parse()
            .is_ok_and(|code| official.place(code).is_some_and(|place| place.commune == code)),
        Origin::Arrondissements => text.parse().is_ok_and(|code| {
            official.place(code).is_some_and(|place| place.arrondissement.is_some())
        }),
        Origin::Iris => commune_of_iris(code, official).is_some() && text.len() == 9,
        Origin::Contours
        | Origin::Addresses
        | Origin::Units
        | Origin::Squares
        | Origin::InAndOut(_) => true,
        Origin::Groups(group) => names::of(official, group, text).is_some(),
    }
}
