//! The official tables and the contours of every scale: the zones that dwellings may lie in.

use std::collections::{BTreeMap, BTreeSet};

use config::{BuildConfig, Config, Within};
use domain::{CommuneCode, Origin, Scale};
use readers::contour::cut;
use readers::contour::{self, Contour, ContourSpec};
use readers::names;
use readers::official::{CommuneTable, EpciTable, Movements, Official};

use super::BadSource;
use super::inside::Zones;

/// The farthest an address may be from the IRIS it is given, in metres.
const NEAREST_IRIS: f64 = 50.0;

/// A scale of contours that addresses lie in by their point alone.
pub struct Zoning {
    pub scale: Scale,
    /// Sorted by code.
    pub contours: Vec<Contour>,
    /// By contour, the commune that it was cut for; empty where nothing was cut.
    communes: Vec<CommuneCode>,
    at: Zones,
}

impl Zoning {
    /// The zone that holds a point of a commune.
    pub fn at(&self, commune: CommuneCode, point: [f64; 2]) -> Option<&Contour> {
        let number = self.at.holding(point, |_| true)?;
        let is_own = self.communes.get(number).is_none_or(|own| *own == commune);
        is_own.then(|| &self.contours[number])
    }
}

/// An arrondissement of a city.
pub struct Arrondissement {
    pub code: CommuneCode,
    pub city: CommuneCode,
    pub contour: Contour,
}

/// The official side of a territory.
pub struct Ground {
    pub official: Official,
    pub communes: BTreeMap<CommuneCode, Contour>,
    /// Of divided communes, each with its commune; sorted by code.
    pub iris: Vec<(Contour, CommuneCode)>,
    pub divided: BTreeSet<CommuneCode>,
    /// Sorted by code.
    pub qpv: Vec<Contour>,
    /// Those of the other scales that addresses lie in by their point alone.
    pub zonings: Vec<Zoning>,
    /// Those of the other scales, sorted by code.
    pub others: BTreeMap<Scale, Vec<Contour>>,
    /// Those of Paris, Lyon and Marseille that have a contour.
    pub arrondissements: Vec<Arrondissement>,
    /// The scales that divide the zones of another one and that the operator asks for.
    pub derived: BTreeSet<Scale>,
    arrondissement_at: Zones,
    iris_at: Zones,
    qpv_at: Zones,
    commune_at: Zones,
}

impl Ground {
    /// Reads the tables and contours that a configuration names. A contour that no table knows is
    /// left out.
    pub fn read(config: &Config, build: &BuildConfig) -> Result<Ground, BadSource> {
        let table = match &build.communes {
            Some(path) => CommuneTable::read(&config.resolve(path))?,
            None => CommuneTable::built_in(),
        };
        let mut official = Official::new(EpciTable::read(&config.resolve(&build.epci))?, table);
        if let Some(path) = &build.communes_mouvements {
            official = official.following(&Movements::read(&config.resolve(path))?);
        }
        let mut files: BTreeMap<Scale, Vec<Contour>> = BTreeMap::new();
        let mut among: Vec<Contour> = Vec::new();
        for (scale, own) in &build.zones {
            let spec = ContourSpec {
                layer: own.layer.clone(),
                code: own.code.clone(),
                name: own.name.clone(),
                crs: own.crs.clone(),
                ..ContourSpec::new(*scale)
            };
            let mut contours = contour::read(&config.resolve(&own.path), &spec)?.into_vec();
            // One file may draw arrondissements among the communes.
            if *scale == Scale::COMMUNE && !build.zones.contains_key(&Scale::ARRONDISSEMENT) {
                let (own, rest) = contours.into_iter().partition(|one| {
                    is_known(Scale::ARRONDISSEMENT, one.code().as_str(), &official)
                });
                (among, contours) = (own, rest);
            }
            contours.retain(|one| is_known(*scale, one.code().as_str(), &official));
            files.insert(*scale, contours);
        }
        let mut take = |scale| files.remove(&scale).unwrap_or_default();
        let mut arrondissements: Vec<Arrondissement> = Vec::new();
        for contour in take(Scale::ARRONDISSEMENT).into_iter().chain(among) {
            let code = contour.code().as_str().parse().ok();
            if let Some((code, place)) = code.and_then(|code| Some((code, official.place(code)?))) {
                let city = place.commune;
                arrondissements.push(Arrondissement { code, city, contour });
            }
        }
        let mut communes: BTreeMap<CommuneCode, Contour> = take(Scale::COMMUNE)
            .into_iter()
            .filter_map(|one| Some((one.code().as_str().parse().ok()?, one)))
            .collect();
        // A city without a contour is its arrondissements, where all are drawn.
        for city in arrondissements.iter().map(|one| one.city).collect::<BTreeSet<_>>() {
            let own = arrondissements.iter().filter(|one| one.city == city);
            let parts: Vec<&Contour> = own.map(|one| &one.contour).collect();
            let due = official.commune_table().arrondissements(city).len();
            if parts.len() == due && !communes.contains_key(&city) {
                let nom = official.place(city).map_or("", |place| place.nom);
                communes.insert(city, Contour::united(city.into(), nom, &parts));
            }
        }
        if communes.is_empty() {
            return Err(BadSource::NoCommune);
        }
        // The only IRIS of an undivided commune is the commune, whatever the file draws.
        let iris: Vec<(Contour, CommuneCode)> = take(Scale::IRIS)
            .into_iter()
            .filter(|one| !one.code().as_str().ends_with("0000"))
            .filter_map(|one| Some((commune_of_iris(one.code().as_str(), &official)?, one)))
            .map(|(commune, one)| (one, commune))
            .collect();
        let qpv = take(Scale::QPV);
        let (zonings, files): (BTreeMap<_, _>, BTreeMap<_, _>) =
            files.into_iter().partition(|own| own.0.origin() == Origin::Contours);
        let zoning = |(scale, contours): (Scale, Vec<Contour>)| {
            let (contours, of): (Vec<Contour>, Vec<CommuneCode>) = match build.zones[&scale].within
            {
                None => (contours, Vec::new()),
                Some(Within::Commune) => cut::by_commune(&contours, &communes)?
                    .into_iter()
                    .map(|part| (part.contour, part.commune))
                    .unzip(),
            };
            let at = Zones::new(contours.iter().map(Contour::area));
            Ok::<_, BadSource>(Zoning { scale, contours, communes: of, at })
        };
        let zonings = zonings.into_iter().map(zoning).collect::<Result<_, _>>()?;
        Ok(Ground {
            iris_at: Zones::new(iris.iter().map(|one| one.0.area())),
            arrondissement_at: Zones::new(arrondissements.iter().map(|one| one.contour.area())),
            arrondissements,
            qpv_at: Zones::new(qpv.iter().map(Contour::area)),
            commune_at: Zones::new(communes.values().map(Contour::area)),
            divided: iris.iter().map(|one| one.1).collect(),
            zonings,
            others: files,
            derived: build.derived.clone(),
            official,
            communes,
            iris,
            qpv,
        })
    }

    /// The IRIS of a divided commune that holds a point, or the nearest within 50 m.
    pub fn iris_at(&self, commune: CommuneCode, at: [f64; 2]) -> Option<usize> {
        let own = |number: usize| self.iris[number].1 == commune;
        let held = self.iris_at.holding(at, own);
        held.or_else(|| self.iris_at.nearest(at, NEAREST_IRIS, own))
    }

    /// The IRIS of a commune that a code of the register names.
    pub fn iris_named(&self, commune: CommuneCode, code: &str) -> Option<usize> {
        let number = self.iris.binary_search_by(|one| one.0.code().as_str().cmp(code)).ok()?;
        (self.iris[number].1 == commune).then_some(number)
    }

    /// The arrondissement of a city that holds a point.
    pub fn arrondissement_at(&self, city: CommuneCode, at: [f64; 2]) -> Option<CommuneCode> {
        let number = self.arrondissement_at.holding(at, |_| true)?;
        let found = &self.arrondissements[number];
        (found.city == city).then_some(found.code)
    }

    /// The QPV that holds a point.
    pub fn qpv_at(&self, at: [f64; 2]) -> Option<usize> {
        self.qpv_at.holding(at, |_| true)
    }

    /// The QPV that a code of the register names.
    pub fn qpv_named(&self, code: &str) -> Option<usize> {
        self.qpv.binary_search_by(|one| one.code().as_str().cmp(code)).ok()
    }

    /// The commune whose contour holds a point.
    pub fn commune_at(&self, at: [f64; 2]) -> Option<CommuneCode> {
        let number = self.commune_at.holding(at, |_| true)?;
        self.communes.keys().nth(number).copied()
    }
}

/// The commune of an IRIS: its code begins with that of the commune, or of an arrondissement.
fn commune_of_iris(code: &str, official: &Official) -> Option<CommuneCode> {
    let prefix = code.get(..5)?.parse().ok()?;
    Some(official.place(prefix)?.commune)
}

/// Whether the tables know what a contour is of.
fn is_known(scale: Scale, code: &str, official: &Official) -> bool {
    let place = || official.place(code.parse().ok()?);
    match scale.origin() {
        Origin::Communes => place().is_some_and(|own| own.commune.as_str() == code),
        Origin::Arrondissements => place().is_some_and(|own| own.arrondissement.is_some()),
        Origin::Iris => code.len() == 9 && commune_of_iris(code, official).is_some(),
        Origin::Groups(group) => names::of(official, group, code).is_some(),
        Origin::Addresses
        | Origin::Units
        | Origin::Squares
        | Origin::Contours
        | Origin::InAndOut(_) => true,
    }
}
