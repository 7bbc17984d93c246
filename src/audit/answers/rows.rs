//! Zones as rows (`/editions/{edition}/zones`, `/editions/{edition}/search`): each held against the one
//! that the edition holds or, without it, against what others received.

use std::collections::{BTreeMap, HashMap};
use std::f64::consts::PI;
use std::hash::{DefaultHasher, Hash, Hasher};

use domain::{Mark, Scale, Unit};

use super::super::Finding;
use super::super::files::columns::{Column, Kind, columns};
use super::super::seen::{Seen, Value};
use super::super::shown::Union;
use super::json::{self, Node};
use super::reference::{AudienceReference, OWN};
use super::route::Asked;
use super::stored_rows::{Row, written};
use super::tile::{self, Found};
use super::{Judge, ONE_MASK, problem, wire};
use crate::mismatch::Mismatch;

/// Zones of a page where no limit was asked for, and at most.
const USUAL: usize = 1_000;
const MOST: usize = 2_000;
/// Zones that a search gives, at most.
const MOST_FOUND: usize = 100;

/// Keys beside the columns.
const PLACE: [&str; 3] = ["x", "y", "bounds"];

/// What rows said of each zone so far: a digest of the value of each key, and which zone is at each place.
pub struct Told(
    HashMap<(Scale, String), BTreeMap<String, u64>>,
    HashMap<(Scale, String), String>,
    bool,
);

impl Told {
    /// Nothing yet; with or without an edition that tells which zone is where.
    pub fn new(has_edition: bool) -> Told {
        Told(HashMap::new(), HashMap::new(), !has_edition)
    }
}

impl Told {
    /// Notes what a zone says, and names the keys that said something else before.
    pub(super) fn add(&mut self, scale: Scale, code: &str, zone: &Node) -> Vec<String> {
        let known = self.0.entry((scale, code.to_owned())).or_default();
        let mut differ = Vec::new();
        // Where no edition tells, another code in one box is taken for another name of one zone.
        if let Some(bounds) = zone.get("bounds").filter(|_| self.2) {
            let place = (scale, format!("{bounds:?}"));
            if self.1.entry(place).or_insert_with(|| code.to_owned()) != code {
                differ.push("code".to_owned());
            }
        }
        for (key, node) in zone.entries() {
            let mut hasher = DefaultHasher::new();
            format!("{node:?}").hash(&mut hasher);
            let digest = hasher.finish();
            if *known.entry(key.clone()).or_insert(digest) != digest {
                differ.push(key.clone());
            }
        }
        differ
    }
}

impl Judge<'_> {
    /// A page of zones.
    pub(super) fn zones(
        &mut self,
        (path, account): (&str, &str),
        asked: &Asked,
        bytes: &[u8],
        union: &mut Union,
        findings: &mut Vec<Finding>,
    ) -> Result<Found, Mismatch> {
        self.number(account);
        let mut found = Found { audiences: [true; 2], ..Found::default() };
        let zones = if asked.lines && !is_refusal(bytes) {
            let mut zones = Vec::new();
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                let line = line.strip_suffix(b"\n").ok_or("une ligne sans fin")?;
                let document = json::read(line)?;
                found.problems.extend(document.flaws);
                zones.push(document.root);
            }
            zones
        } else {
            let document = json::read(bytes)?;
            found.problems.extend(document.flaws);
            if problem::is_refusal(&document.root) {
                found.problems.extend(problem::check(&document.root));
                return Ok(found);
            }
            self.frame(&document.root, asked, &mut found);
            document.root.get("zones").map(Node::items).unwrap_or_default().to_vec()
        };
        let Some(scale) = asked.scale else {
            found.problems.push("scale : une page sans échelle".to_owned());
            return Ok(found);
        };
        let mut last = asked.after.clone();
        for zone in &zones {
            let code = zone.get("code").and_then(Node::text).unwrap_or_default().to_owned();
            if code <= last {
                found
                    .problems
                    .push(format!("zones : {scale} {code} : code deux fois, ou sans ordre"));
            }
            self.kept.give(account, scale, &code);
            self.zone(scale, &code, zone, asked, &mut found)?;
            for key in self.rows.add(scale, &code, zone) {
                let words = format!("{scale} {code} : {key} : pas le même partout");
                findings.push(Finding::new(ONE_MASK, words));
            }
            if let Some(seen) = self.row_seen(scale, &code, zone) {
                union.add(scale, seen, findings);
            }
            last = code;
        }
        let most = asked.limit.unwrap_or(USUAL).min(MOST);
        if zones.len() > most {
            found.problems.push("zones : plus que la page n'en a".to_owned());
        }
        if zones.len() < most && asked.after.is_empty() {
            let codes = zones.iter().filter_map(|zone| zone.get("code")?.text());
            let codes = codes.map(str::to_owned);
            self.kept.whole((account, path), (scale, asked.within.as_ref()), codes);
        }
        Ok(found)
    }

    /// What stands around the zones of a page.
    fn frame(&self, root: &Node, asked: &Asked, found: &mut Found) {
        let entries = root.entries();
        if !entries.iter().map(|(key, _)| key.as_str()).eq(["edition", "scale", "zones", "next"]) {
            let keys: Vec<&str> = entries.iter().map(|(key, _)| key.as_str()).collect();
            found.problems.push(format!("clés inattendues : {} (zones, next)", keys.join(", ")));
        }
        let text = |key: &str| root.get(key).and_then(Node::text).unwrap_or_default();
        if !self.is_edition(text("edition")) {
            found.problems.push("edition : pas celle des autres réponses".to_owned());
        }
        if asked.scale.is_none_or(|scale| scale.id() != text("scale")) {
            found.problems.push("scale : pas celle qui est demandée".to_owned());
        }
        let zones = root.get("zones").map(Node::items).unwrap_or_default();
        let last = zones.last().and_then(|zone| zone.get("code")?.text());
        let is_full = zones.len() == asked.limit.unwrap_or(USUAL).min(MOST);
        let fits = match root.get("next") {
            Some(Node::Null) => true,
            Some(Node::Text(code)) => Some(code.as_str()) == last && is_full,
            _ => false,
        };
        if !fits {
            found.problems.push("next : ni null, ni le code de la dernière zone".to_owned());
        }
    }

    /// Whether an answer may name this edition.
    fn is_edition(&self, id: &str) -> bool {
        let manifest = self.reference.parts.iter().find_map(|part| part.manifest.as_ref());
        match (manifest, self.edition()) {
            (Some((_, manifest)), _) => manifest.id == id,
            (None, Some(known)) if known != "latest" => known == id,
            _ => id.parse::<edition::EditionId>().is_ok(),
        }
    }

    /// A zone that was told, as the edition holds it: `Some(None)` where no edition is given, nothing where
    /// the edition has no such zone. That, or that it lies outside what was asked, is a problem.
    pub(super) fn stored_zone(
        &self,
        at: &str,
        (scale, code): (Scale, &str),
        asked: &Asked,
        found: &mut Found,
    ) -> Result<Option<Option<Row>>, Mismatch> {
        let Some(zones) = &self.reference.zones else { return Ok(Some(None)) };
        let Some(stored) = zones.zone(scale, code)? else {
            found.problems.push(format!("{at} : code : l'édition n'a pas cette zone"));
            return Ok(None);
        };
        let within = asked.within.as_ref().map(|(outer, code)| (*outer, code.as_str()));
        if within.is_some_and(|within| !zones.lies_in(scale, &stored, within)) {
            found.problems.push(format!("{at} : within : la zone n'est pas dans celle-là"));
        }
        Ok(Some(Some(stored)))
    }

    /// One zone of a page.
    fn zone(
        &self,
        scale: Scale,
        code: &str,
        zone: &Node,
        asked: &Asked,
        found: &mut Found,
    ) -> Result<(), Mismatch> {
        let at = format!("zones : {scale} {code}");
        let Some(stored) = self.stored_zone(&at, (scale, code), asked, found)? else {
            return Ok(());
        };
        let problems = self.reference.parts.each_ref().map(|part| {
            let due = due(part, scale, asked.fields.as_deref());
            columns_of(&at, zone, (&due, &PLACE), stored.as_ref(), part)
        });
        for (own, may) in problems.iter().zip(&mut found.audiences) {
            *may &= own.is_empty();
        }
        let [one, two] = problems;
        if !one.is_empty() && !two.is_empty() {
            found.problems.extend(if one.len() <= two.len() { one } else { two });
        }
        self.place(&at, scale, code, zone, stored.as_ref(), found)
    }

    /// Where a zone says that it is.
    fn place(
        &self,
        at: &str,
        scale: Scale,
        code: &str,
        zone: &Node,
        stored: Option<&Row>,
        found: &mut Found,
    ) -> Result<(), Mismatch> {
        let mut wrong =
            |key: &str| found.problems.push(format!("{at} : {key} : pas où est la zone"));
        let bounds = zone.get("bounds").cloned().unwrap_or(Node::Null);
        let degrees = |node: &Node, most: f64| node.number().filter(|own| own.abs() <= most);
        let four: Option<Vec<f64>> =
            bounds.items().iter().map(|node| degrees(node, 180.0)).collect();
        let four: Option<[f64; 4]> = four.and_then(|four| four.try_into().ok());
        let Some(four) = four.filter(|four| four[0] <= four[2] && four[1] <= four[3]) else {
            wrong("bounds");
            return Ok(());
        };
        if stored.is_some_and(|stored| bounds != Node::List(stored.bounds.map(written).into())) {
            wrong("bounds");
        }
        self.point(at, (scale, code), (zone, stored), Some(four), found)
    }

    /// Where the name of a zone is said to stand.
    pub(super) fn point(
        &self,
        at: &str,
        (scale, code): (Scale, &str),
        (zone, stored): (&Node, Option<&Row>),
        around: Option<[f64; 4]>,
        found: &mut Found,
    ) -> Result<(), Mismatch> {
        let mut wrong =
            |key: &str| found.problems.push(format!("{at} : {key} : pas où est la zone"));
        let degrees = |node: &Node, most: f64| node.number().filter(|own| own.abs() <= most);
        let four = around.unwrap_or([-180.0, -90.0, 180.0, 90.0]);
        let [x, y] = ["x", "y"].map(|key| zone.get(key).cloned().unwrap_or(Node::Null));
        let Some(stored) = stored else {
            let point = degrees(&x, 180.0).zip(degrees(&y, 90.0));
            let is_in = |(x, y): (f64, f64)| {
                (four[0] - 1e-4..=four[2] + 1e-4).contains(&x)
                    && (four[1] - 1e-4..=four[3] + 1e-4).contains(&y)
            };
            if !(x == Node::Null && y == Node::Null || point.is_some_and(is_in)) {
                wrong("x");
            }
            return Ok(());
        };
        let due = stored.bounds;
        let point = match scale.is_point() {
            true => Some([due[0], due[1]]),
            false => self.label(scale, code, (&x, &y))?,
        };
        let due = point.map_or([Node::Null, Node::Null], |point| point.map(written));
        for (key, own, due) in [("x", x, &due[0]), ("y", y, &due[1])] {
            if own != *due {
                wrong(key);
            }
        }
        Ok(())
    }

    /// The label point of a zone in degrees, looked for in the tile where an answer says that it stands.
    fn label(
        &self,
        scale: Scale,
        code: &str,
        told: (&Node, &Node),
    ) -> Result<Option<[f64; 2]>, Mismatch> {
        let manifest = self.reference.parts[0].manifest.as_ref().map(|(_, manifest)| manifest);
        let (Some(stored), Some(manifest)) = (&self.reference.stored, manifest) else {
            return Ok(None);
        };
        let Some(entry) = manifest.scale(scale).filter(|_| manifest.has_labels(scale)) else {
            return Ok(None);
        };
        // An answer without a point, or with one elsewhere, is not what the edition says.
        let nowhere = Ok(Some([f64::NAN; 2]));
        let (Some(x), Some(y)) = (told.0.number(), told.1.number()) else { return nowhere };
        let zoom = entry.maxzoom;
        let side = f64::from(zoom).exp2();
        let column = (x + 180.0) / 360.0 * side;
        let row = (1.0 - y.to_radians().tan().asinh() / PI) / 2.0 * side;
        // What was rounded may stand on the other side of the border of two tiles.
        let around = |place: f64| [place - 1e-3, place + 1e-3].map(|place| place.floor());
        let mut tried = Vec::new();
        for (column, row) in around(column).into_iter().flat_map(|c| around(row).map(|r| (c, r))) {
            let place = (column as i64, row as i64);
            if tried.contains(&place) || place.0 < 0 || place.1 < 0 {
                continue;
            }
            tried.push(place);
            let tile = (zoom, place.0 as u32, place.1 as u32);
            let bytes = stored.labels(scale, tile).map_err(|error| error.to_string())?;
            let bytes = bytes.unwrap_or_default();
            for layer in wire::read(&bytes, &mut Vec::new())? {
                let own = layer.features.iter().find(|own| tile::code(&layer, own) == Some(code));
                let Some(own) = own else { continue };
                let [9, x, y] = wire::numbers(own.geometry)?[..] else { return nowhere };
                let part =
                    |moved: u64| ((moved >> 1) as i64 ^ -((moved & 1) as i64)) as f64 / 4096.0;
                let x = (place.0 as f64 + part(x)) / side * 360.0 - 180.0;
                let turn = PI * (1.0 - 2.0 * (place.1 as f64 + part(y)) / side);
                let y = turn.sinh().atan().to_degrees();
                return Ok(Some([x, y].map(|degrees| (degrees * 1e6).round() / 1e6)));
            }
        }
        nowhere
    }

    /// What a row says, as far as the catalogue has columns for it; `None` where what tells zones apart was
    /// not asked for and cannot be looked up.
    pub(super) fn row_seen(&self, scale: Scale, code: &str, zone: &Node) -> Option<Seen> {
        let mut seen = self.columns.blank();
        let mut whole: Vec<(String, Node)> = zone.entries().to_vec();
        let own = OWN.iter().filter(|own| own.0 == scale.id()).map(|own| own.1);
        for column in ["nom", "communes", "situe"].into_iter().chain(own) {
            if zone.get(column).is_none() {
                let stored = self.reference.zones.as_ref()?.zone(scale, code).ok()??;
                let node = stored.columns.get(column).cloned().unwrap_or(Node::Null);
                whole.push((column.to_owned(), node));
            }
        }
        for (key, node) in &whole {
            let value = match node {
                Node::Text(text) => Value::Text(text),
                Node::Truth(truth) => Value::Truth(*truth),
                Node::Number(_) => match (node.whole(), node.number()) {
                    (Some(number), _) => Value::Integer(number),
                    (None, Some(number)) => Value::Number(number),
                    _ => continue,
                },
                _ => continue,
            };
            if !PLACE.contains(&key.as_str()) {
                // A column of no catalogue was named already.
                let _ = self.columns.put(&mut seen, key, &value);
            }
        }
        (!seen.code.is_empty()).then_some(seen)
    }

    /// Zones that were found by name or code.
    pub(super) fn search(&mut self, bytes: &[u8]) -> Result<Found, Mismatch> {
        let mut found = Found { audiences: [true; 2], ..Found::default() };
        let document = json::read(bytes)?;
        found.problems.extend(document.flaws);
        let root = document.root;
        if problem::is_refusal(&root) {
            found.problems.extend(problem::check(&root));
            return Ok(found);
        }
        if !root.entries().iter().map(|(key, _)| key.as_str()).eq(["edition", "zones"]) {
            let keys: Vec<&str> = root.entries().iter().map(|(key, _)| key.as_str()).collect();
            found.problems.push(format!("clés inattendues : {} (zones)", keys.join(", ")));
        }
        if !self.is_edition(root.get("edition").and_then(Node::text).unwrap_or_default()) {
            found.problems.push("edition : pas celle des autres réponses".to_owned());
        }
        let mut met = Vec::new();
        let zones = root.get("zones").map(Node::items).unwrap_or_default();
        if zones.len() > MOST_FOUND {
            found.problems.push("zones : plus qu'une recherche n'en donne".to_owned());
        }
        for zone in zones {
            let text = |key: &str| zone.get(key).and_then(Node::text).unwrap_or_default();
            let code = text("code").to_owned();
            let at = format!("zones : {} {code}", text("scale"));
            let keys = zone.entries().iter().map(|(key, _)| key.as_str());
            if !keys.eq(["scale", "code", "nom", "x", "y", "bounds"]) {
                let keys: Vec<&str> = zone.entries().iter().map(|(key, _)| key.as_str()).collect();
                found
                    .problems
                    .push(format!("{at} : clés inattendues : {} (bounds)", keys.join(", ")));
            }
            let Some(scale) = self.reference.scale(text("scale")) else {
                found.problems.push(format!("{at} : scale : inconnue"));
                continue;
            };
            if met.contains(&(scale, code.clone())) {
                found.problems.push(format!("{at} : zones : deux fois"));
            }
            met.push((scale, code.clone()));
            let stored = match &self.reference.zones {
                Some(zones) => match zones.zone(scale, &code)? {
                    Some(stored) => Some(stored),
                    None => {
                        found.problems.push(format!("{at} : code : l'édition n'a pas cette zone"));
                        continue;
                    }
                },
                None => None,
            };
            let nom = zone.get("nom").cloned().unwrap_or(Node::Null);
            let due = stored.as_ref().map(|row| row.columns.get("nom").cloned());
            let is_due = match due {
                Some(due) => due.unwrap_or(Node::Null) == nom,
                None => matches!(nom, Node::Text(_) | Node::Null),
            };
            if !is_due {
                found.problems.push(format!("{at} : nom : pas celui de la zone"));
            }
            self.place(&at, scale, &code, zone, stored.as_ref(), &mut found)?;
            let mut entries = zone.entries().to_vec();
            entries.retain(|(key, _)| key != "scale");
            for key in self.rows.add(scale, &code, &Node::Object(entries)) {
                found.problems.push(format!("{at} : {key} : pas le même partout"));
            }
        }
        Ok(found)
    }
}

fn is_refusal(bytes: &[u8]) -> bool {
    json::read(bytes).is_ok_and(|document| problem::is_refusal(&document.root))
}

/// The columns that a page has for an audience.
pub(super) fn due(
    part: &AudienceReference,
    scale: Scale,
    fields: Option<&[String]>,
) -> Vec<Column> {
    let mut due = columns(&part.catalogue, scale);
    due.retain(|column| column.name != "secret" || part.columns.contains("secret"));
    if let Some(fields) = fields {
        due.retain(|column| column.name == "code" || fields.contains(&column.name));
    }
    due
}

/// Where the columns of a zone are not those of an audience, or do not say what the edition says.
pub(super) fn columns_of(
    at: &str,
    zone: &Node,
    (due, ends): (&[Column], &[&str]),
    stored: Option<&Row>,
    part: &AudienceReference,
) -> Vec<String> {
    let mut problems = Vec::new();
    let names = due.iter().map(|column| column.name.as_str()).chain(ends.iter().copied());
    if !zone.entries().iter().map(|(key, _)| key.as_str()).eq(names.clone()) {
        let own: Vec<&str> = zone.entries().iter().map(|(key, _)| key.as_str()).collect();
        let more = own.iter().find(|key| !names.clone().any(|name| name == **key));
        let fewer = names.clone().find(|name| !own.contains(name));
        let which = more.copied().or(fewer).unwrap_or("ordre");
        problems.push(format!("{at} : {which} : clé de trop, absente ou hors de l'ordre"));
    }
    for column in due {
        let own = zone.get(&column.name).cloned().unwrap_or(Node::Null);
        let fits = match stored {
            Some(row) => own == row.columns.get(&column.name).cloned().unwrap_or(Node::Null),
            None => is_plausible(column, &own, part),
        };
        if !fits {
            let whose = if stored.is_some() {
                "pas ce que dit l'édition"
            } else {
                "ce qu'aucune zone ne dit"
            };
            problems.push(format!("{at} : {} : {whose}", column.name));
        }
    }
    problems
}

/// Whether a column may say this of some zone.
fn is_plausible(column: &Column, node: &Node, part: &AudienceReference) -> bool {
    let mut indicators = part.catalogue.indicators().iter();
    match (node, column.kind) {
        (Node::Null, _) => column.name != "code",
        (Node::Text(text), Kind::Text) if column.name.ends_with("_ext") => Mark::of(text).is_some(),
        (Node::Text(text), Kind::Text) => !text.is_empty() && !text.chars().any(char::is_control),
        (Node::Truth(_), Kind::Truth) => true,
        (Node::Number(_), Kind::Integer) => node.whole().is_some_and(|number| number >= 0),
        (Node::Number(text), Kind::Number) => {
            let unit = indicators.find(|one| one.id == column.name).map(|one| one.unit);
            let most = if unit == Some(Unit::Pourcent) { 100.0 } else { 1e6 };
            text.contains('.') && node.number().is_some_and(|number| (0.0..=most).contains(&number))
        }
        _ => false,
    }
}
