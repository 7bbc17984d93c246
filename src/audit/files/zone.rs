//! One zone of a FlatGeobuf: its values hold together, and are those of the sources where these
//! are given.

use std::collections::HashSet;

use crate::extremes;
use crate::opening::Opened;
use crate::seen::{Columns, Figure, Group, Seen, Value};
use crate::shown;
use crate::source::carreau_ring;
use domain::{Catalogue, CommuneCode, Group as Grouped, Indicator, Origin, Scale, Unit, ZoneCode};
use readers::crs::Crs;

use super::columns::{CODE, COMMUNES, Column, NOM, Properties, SITUE};
use super::fgb::{Feature, Ring};
use super::notes::Notes;
use super::source::Source;

/// Degrees that a point may be from the place that its code gives: a centimetre.
const POINT: f64 = 1e-7;
/// The universe that the column `secret` speaks of.
const SECRET_UNIVERSE: &str = "repondants";

/// What the zones of a scale are held against.
pub struct Held<'a> {
    pub scale: Scale,
    pub catalogue: &'a Catalogue,
    pub columns: &'a [Column],
    pub opened: &'a Opened,
    pub threshold: u64,
    pub communes: &'a HashSet<CommuneCode>,
    pub source: Option<&'a Source>,
    /// Whether the edition has groups of addresses.
    pub has_groups: bool,
}

/// A zone that was read.
#[derive(Default)]
pub struct Zone {
    pub seen: Seen,
    pub nom: String,
    pub situe: String,
    /// The columns that tiles have, as they stand in the file.
    pub values: Box<[u8]>,
    /// How many of these bytes say which zone it is.
    pub named: usize,
}

impl Held<'_> {
    /// Reads a zone and notes what does not hold. `None` where its values cannot be read.
    pub fn read(&self, feature: &Feature<'_>, places: &Columns, notes: &mut Notes) -> Option<Zone> {
        let mut zone = Zone { seen: places.blank(), ..Zone::default() };
        let mut values = Vec::new();
        let mut properties = Properties::new(feature.properties, self.columns);
        loop {
            let before = properties.rest();
            let (place, value) = match properties.next() {
                Ok(Some(found)) => found,
                Ok(None) => break,
                Err(flaw) => {
                    notes.add(format_args!("zone {}, {flaw}", zone.seen.code));
                    return None;
                }
            };
            let column = &self.columns[place];
            if column.in_tiles {
                values.extend(&before[..before.len() - properties.rest().len()]);
            }
            if place <= SITUE {
                zone.named = values.len();
            }
            match (place, &value) {
                (NOM, Value::Text(text)) => zone.nom = (*text).to_owned(),
                (SITUE, Value::Text(text)) => zone.situe = (*text).to_owned(),
                _ => {}
            }
            if matches!(value, Value::Text("")) {
                notes.add(format_args!("zone {}, « {} » : vide", zone.seen.code, column.name));
            }
            if let Err(flaw) = places.put(&mut zone.seen, &column.name, &value) {
                notes.add(format_args!("zone {}, {flaw}", zone.seen.code));
            }
        }
        zone.values = values.into();
        let code = zone.seen.code.clone();
        let mut note = |words: String| notes.add(format_args!("zone {code}, {words}"));
        if code.parse::<ZoneCode>().is_err() {
            note(format!("« {} » : pas un code", self.columns[CODE].name));
        }
        self.check_place(&zone, &feature.polygons, &mut note);
        self.check_communes(&zone, &mut note);
        self.check_secret(&zone.seen, &mut note);
        self.check_group(&zone.seen.group, &mut note);
        for (own, figure) in &zone.seen.figures {
            self.check_figure(*own, figure, &mut note);
        }
        if let Some(source) = self.source {
            let texts = [&zone.nom[..], &zone.seen.communes, &zone.situe];
            match source.differences(self.scale, &code, texts, &feature.polygons) {
                None => note("« code » : les sources n'ont pas cette zone".into()),
                Some(all) => {
                    all.iter().for_each(|own| note(format!("{own} : pas celui des sources")));
                }
            }
            if self.scale.origin() == Origin::Units
                && let Some(problem) =
                    source.group_problem(&code, &zone.seen.group, &feature.polygons)
            {
                note(problem.to_owned());
            }
        }
        Some(zone)
    }

    /// What the code of a zone says of its place and name.
    fn check_place(&self, zone: &Zone, polygons: &[Vec<Ring>], note: &mut dyn FnMut(String)) {
        let code = &zone.seen.code;
        match self.scale.origin() {
            Origin::Addresses => {
                let point = polygons.first().and_then(|rings| rings.first()?.first());
                let near = |due: [f64; 2]| {
                    point.is_some_and(|at| (0..2).all(|axis| (at[axis] - due[axis]).abs() < POINT))
                };
                let commune = code.split('_').next().unwrap_or_default();
                if !place_of(code).is_some_and(near) {
                    note("géométrie : pas le point que le code donne".into());
                }
                if commune != zone.seen.communes {
                    note("« communes » : pas la commune du code".into());
                }
            }
            Origin::Squares => {
                if carreau_ring(code).is_none_or(|ring| polygons != [[ring]]) {
                    note("géométrie : pas le carré que le code donne".into());
                }
                if zone.nom != *code {
                    note("« nom » : pas le code".into());
                }
            }
            Origin::Groups(Grouped::Country)
                if code != "FR" || !["France", "France (partie)"].contains(&&zone.nom[..]) =>
            {
                note("« nom » : pas la France".into());
            }
            _ => {}
        }
    }

    /// A zone names communes of the edition, sorted: those where it has dwellings or, without any,
    /// those it lies in; a zone above the communes names none.
    fn check_communes(&self, zone: &Zone, note: &mut dyn FnMut(String)) {
        for (column, text) in [(COMMUNES, &zone.seen.communes), (SITUE, &zone.situe)] {
            let name = &self.columns[column].name;
            let codes: Vec<&str> =
                if text.is_empty() { Vec::new() } else { text.split(' ').collect() };
            let known = |code: &&str| code.parse().is_ok_and(|code| self.communes.contains(&code));
            if self.scale.is_reference() && !codes.is_empty() {
                note(format!("« {name} » : une zone au-dessus des communes n'en cite pas"));
            } else if !codes.iter().all(known) {
                note(format!("« {name} » : une commune que l'édition n'a pas"));
            } else if codes.windows(2).any(|pair| pair[0] >= pair[1]) {
                note(format!("« {name} » : pas triées, ou deux fois"));
            }
        }
        if !self.scale.is_reference() && zone.seen.communes.is_empty() == zone.situe.is_empty() {
            note("« communes », « situe » : il faut l'une ou l'autre".into());
        }
        if self.scale == Scale::COMMUNE
            && [&zone.seen.communes, &zone.situe].iter().all(|text| ***text != zone.seen.code)
        {
            note("« communes », « situe » : pas elle-même".into());
        }
    }

    /// An address says its group, a group what it holds.
    fn check_group(&self, group: &Group, note: &mut dyn FnMut(String)) {
        let Group { grappe, adresses, logements, reste } = group;
        match self.scale.origin() {
            Origin::Addresses if self.has_groups && grappe.is_empty() => {
                note("« grappe » : absente".into());
            }
            Origin::Units => {
                let held = (adresses.unwrap_or(0), logements.unwrap_or(0));
                if held.0 < 1 || held.1 < held.0 || reste.is_none() {
                    note("« adresses », « logements », « reste » : absents ou impossibles".into());
                }
            }
            _ => {}
        }
    }

    /// `secret` is there, and says yes only where nothing shows the cell it speaks of.
    fn check_secret(&self, seen: &Seen, note: &mut dyn FnMut(String)) {
        let Some(secret) = seen.secret else {
            return note("« secret » : absent".into());
        };
        let mut blank = seen.clone();
        blank.secret = None;
        let own = self.catalogue.universe_index(SECRET_UNIVERSE);
        if own.is_some_and(|own| secret && shown::cells(&blank, self.catalogue, self.opened)[own]) {
            note("« secret » : la case est diffusée".into());
        }
    }

    /// A value is the ratio of its numerator and its denominator, which is over the threshold.
    fn check_figure(&self, own: usize, figure: &Figure, note: &mut dyn FnMut(String)) {
        let indicator = &self.catalogue.indicators()[own];
        let id = &indicator.id;
        if indicator.ratio_alone {
            let is_alone = figure.numerator.is_none() && figure.denominator.is_none();
            if figure.value.is_none() || !is_alone {
                note(format!("« {id} » : la valeur va seule"));
            }
            return;
        }
        let kept =
            extremes::keeps_back(self.scale) && extremes::is_kept_back(self.catalogue, indicator);
        if let Some(mark) = figure.mark {
            if !(kept && !figure.is_told() && figure.denominator.is_some_and(|whole| whole > 0)) {
                note(format!("« {id}_ext » : « {} » va avec « {id}_den » seul", mark.id()));
            }
            if let Some(denominator) = figure.denominator {
                self.check_denominator(own, denominator, note);
            }
            return;
        }
        let (Some(value), Some(numerator), Some(denominator)) =
            (figure.value, figure.numerator, figure.denominator)
        else {
            return note(format!("« {id} », « {id}_num », « {id}_den » : les trois vont ensemble"));
        };
        if denominator <= 0 || !is_ratio(indicator, value, numerator, denominator) {
            return note(format!("« {id} » : pas le rapport de « {id}_num » à « {id}_den »"));
        }
        if indicator.unit == Unit::Pourcent && !(0..=denominator).contains(&numerator) {
            note(format!("« {id}_num » : une part sort de 0 à 100 %"));
        }
        // A QPV has them where there are many households.
        let is_always = kept && self.scale != Scale::QPV;
        if is_always && extremes::is_extreme(self.catalogue, indicator, figure) {
            note(format!("« {id} » : extrême, et montré (R10)"));
        }
        self.check_denominator(own, denominator, note);
    }

    /// A denominator is over the threshold.
    fn check_denominator(&self, own: usize, denominator: i64, note: &mut dyn FnMut(String)) {
        let indicator = &self.catalogue.indicators()[own];
        let few = u64::try_from(denominator).is_ok_and(|count| count < self.threshold);
        let universe = self.catalogue.universe_index(&indicator.universe);
        let opens = universe.is_some_and(|universe| self.opened.opens_communes(universe));
        if few && !opens && !self.opened.is_everywhere(own) {
            note(format!("« {}_den » : {denominator}, sous le seuil", indicator.id));
        }
    }
}

/// Whether a printed value is the ratio, rounded half away from zero.
fn is_ratio(indicator: &Indicator, value: f64, numerator: i64, denominator: i64) -> bool {
    let (multiplier, divisor, decimals) = indicator.unit.scaling();
    let power = 10_i128.pow(decimals);
    let over = i128::from(numerator) * i128::from(multiplier) * power;
    let under = i128::from(denominator) * i128::from(divisor);
    let (whole, rest) = (over / under, over % under);
    let away = if 2 * rest.abs() >= under.abs() { over.signum() } else { 0 };
    ((whole + away) as f64 / power as f64).to_bits() == (value + 0.0).to_bits()
}

/// The place that the code of an address gives, `<commune>_<x>_<y>` in decimetres of the local
/// system.
fn place_of(code: &str) -> Option<[f64; 2]> {
    let mut parts = code.split('_');
    let commune = parts.next()?.parse().ok()?;
    let mut metres = || parts.next()?.parse::<i64>().ok().map(|value| value as f64 / 10.0);
    let (x, y) = (metres()?, metres()?);
    let (longitude, latitude) = Crs::local(&commune).to_wgs84(x, y).ok()?;
    parts.next().is_none().then_some([longitude, latitude])
}
