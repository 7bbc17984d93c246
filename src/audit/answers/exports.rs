//! Exported files: the rows of each format, read by the auditor and held against the zones of the edition.

use std::collections::HashMap;
use std::io::Read;

use domain::Scale;

use super::super::Finding;
use super::super::files::columns::{Column, Kind, columns};
use super::super::shown::Union;
use super::formats::{Cell, Table, Words};
use super::json::Node;
use super::reference::AudienceReference;
use super::route::{Asked, Named};
use super::rows::{columns_of, due};
use super::stored_rows::{Row, written};
use super::tile::Found;
use super::{Judge, ONE_MASK};
use crate::mismatch::Mismatch;

/// What a status may say.
const STATUSES: [&str; 3] = ["diffusé", "secret", "sans objet"];

impl Judge<'_> {
    /// A file of a scale, by the ending of its name.
    pub(super) fn export(
        &mut self,
        (path, named): (&str, &Named),
        (asked, ending): (&Asked, &str),
        bytes: &[u8],
        union: &mut Union,
        findings: &mut Vec<Finding>,
    ) -> Result<Found, Mismatch> {
        self.number(&named.account);
        self.exported = true;
        let mut found = Found { audiences: [true; 2], ..Found::default() };
        let Some(scale) = asked.scale else {
            found.problems.push("échelle : un export sans échelle".to_owned());
            return Ok(found);
        };
        let words = Words::new(&self.reference, scale, asked);
        let table = Table::read(ending, &words, bytes)?;
        found.problems.extend(table.flaws.iter().cloned());
        let kinds: HashMap<String, Kind> = self
            .reference
            .parts
            .iter()
            .flat_map(|part| columns(&part.catalogue, scale))
            .map(|column| (column.name, column.kind))
            .collect();
        let mut last = String::new();
        let mut codes = Vec::with_capacity(table.rows.len());
        for (number, cells) in table.rows.iter().enumerate() {
            let entries = table.names.iter().zip(cells).map(|(name, cell)| {
                let kind = kinds.get(name).copied().or(place_kind(name));
                (name.clone(), node(cell, kind))
            });
            let zone = Node::Object(entries.collect());
            let code = zone.get("code").and_then(Node::text).unwrap_or_default().to_owned();
            // FlatGeobuf has the order of its index.
            if !table.is_sorted_by_place && code <= last {
                found
                    .problems
                    .push(format!("lignes (features) : {scale} {code} : deux fois, ou sans ordre"));
            }
            self.kept.give(&named.account, scale, &code);
            self.line(scale, &code, &zone, (asked, &table, number), &mut found)?;
            let mut told = zone.entries().to_vec();
            told.retain(|(key, _)| !key.starts_with("statut_"));
            if let Some(shape) = table.shapes.as_ref().and_then(|shapes| shapes.get(number)) {
                told.push(("geometry".to_owned(), Node::Text(hex::encode(shape))));
            }
            for key in self.rows.add(scale, &code, &Node::Object(told)) {
                let words = format!("{scale} {code} : {key} : pas le même partout");
                findings.push(Finding::new(ONE_MASK, words));
            }
            if let Some(seen) = self.row_seen(scale, &code, &zone) {
                union.add(scale, seen, findings);
            }
            last.clone_from(&code);
            codes.push(code);
        }
        codes.sort_unstable();
        if codes.windows(2).any(|two| two[0] == two[1]) {
            found.problems.push("lignes : une zone deux fois".to_owned());
        }
        // A page of a collection holds a part, and is narrowed by other words.
        if !asked.plain {
            self.kept.whole((&named.account, path), (scale, asked.within.as_ref()), codes);
        }
        Ok(found)
    }

    /// One line of a file.
    fn line(
        &self,
        scale: Scale,
        code: &str,
        zone: &Node,
        (asked, table, number): (&Asked, &Table, usize),
        found: &mut Found,
    ) -> Result<(), Mismatch> {
        let at = format!("lignes : {scale} {code}");
        let Some(stored) = self.stored_zone(&at, (scale, code), asked, found)? else {
            return Ok(());
        };
        let problems = self.reference.parts.each_ref().map(|part| {
            let mut due = due(part, scale, asked.fields.as_deref());
            let statuses = if asked.plain { Vec::new() } else { statuses(part, scale, &due) };
            let ends = statuses.iter().map(|(name, _)| name.as_str());
            let ends: Vec<&str> =
                ends.chain(table.has_place.then_some(["x", "y"]).into_iter().flatten()).collect();
            let mut problems = columns_of(&at, zone, (&due, &ends), stored.as_ref(), part);
            due.clear();
            for (name, universe) in &statuses {
                let own = zone.get(name).and_then(Node::text).unwrap_or_default();
                let fits = match &stored {
                    Some(row) => own == status(part, universe, row),
                    None => STATUSES.contains(&own),
                };
                if !fits {
                    problems.push(format!("{at} : {name} : pas ce qui suit des chiffres"));
                }
            }
            problems
        });
        for (own, may) in problems.iter().zip(&mut found.audiences) {
            *may &= own.is_empty();
        }
        let [one, two] = problems;
        if !one.is_empty() && !two.is_empty() {
            found.problems.extend(if one.len() <= two.len() { one } else { two });
        }
        if let (Some(shapes), Some(stored)) = (&table.shapes, &stored)
            && shapes.get(number) != Some(&stored.shape)
        {
            found.problems.push(format!(
                "{at} : géométrie (geometry : type, coordinates) : pas celle de l'édition"
            ));
        }
        if table.has_place {
            self.point(&at, (scale, code), (zone, stored.as_ref()), None, found)?;
        }
        Ok(())
    }
}

/// What the status of a universe says, given what is published.
fn status(part: &AudienceReference, universe: &str, row: &Row) -> &'static str {
    let mut own = part.catalogue.indicators().iter().filter(|one| one.universe == universe);
    let has = |name: &str| row.columns.contains_key(name);
    if own.any(|one| has(&one.id) || has(&format!("{}_ext", one.id))) {
        STATUSES[0]
    } else if row.columns.get(&format!("n_{universe}")) == Some(&Node::Number("0".into()))
        || has("situe") && !has("communes")
    {
        STATUSES[2]
    } else {
        STATUSES[1]
    }
}

/// The status columns of a file with these columns, each with its universe.
fn statuses(part: &AudienceReference, scale: Scale, due: &[Column]) -> Vec<(String, String)> {
    let offered = part.catalogue.universes().iter().filter(|one| one.is_offered(scale));
    let is_due = |id: &str| {
        let names = ["", "_num", "_den", "_ext"].map(|end| format!("{id}{end}"));
        due.iter().any(|column| names.contains(&column.name))
    };
    let has_figures = |universe: &&domain::Universe| {
        let mut own = part.catalogue.indicators().iter();
        own.any(|one| one.universe == universe.id && is_due(&one.id))
    };
    offered
        .filter(has_figures)
        .map(|universe| (format!("statut_{}", universe.id), universe.id.clone()))
        .collect()
}

fn place_kind(name: &str) -> Option<Kind> {
    ["x", "y"].contains(&name).then_some(Kind::Number)
}

/// A cell as the pages of zones write it.
fn node(cell: &Cell, kind: Option<Kind>) -> Node {
    match (cell, kind) {
        (Cell::Null, _) => Node::Null,
        (Cell::Truth(truth), _) => Node::Truth(*truth),
        // SQLite has no truths.
        (Cell::Integer(number @ (0 | 1)), Some(Kind::Truth)) => Node::Truth(*number == 1),
        (Cell::Integer(number), Some(Kind::Number)) => written(*number as f64),
        (Cell::Integer(number), _) => Node::Number(number.to_string()),
        (Cell::Number(number), Some(Kind::Integer)) if number.fract() == 0.0 => {
            Node::Number(format!("{number:.0}"))
        }
        (Cell::Number(number), _) => written(*number),
        (Cell::Text(text), Some(Kind::Truth)) => match text.as_str() {
            "vrai" | "true" => Node::Truth(true),
            "faux" | "false" => Node::Truth(false),
            _ => Node::Text(text.clone()),
        },
        (Cell::Text(text), Some(Kind::Integer)) => match text.parse::<i64>() {
            Ok(number) if number.to_string() == *text => Node::Number(text.clone()),
            _ => Node::Text(text.clone()),
        },
        (Cell::Text(text), Some(Kind::Number)) => match text.parse::<f64>() {
            Ok(number) if number.to_string() == *text => written(number),
            _ => Node::Text(text.clone()),
        },
        (Cell::Text(text), _) => Node::Text(text.clone()),
    }
}

/// Reads at most so many bytes.
pub(super) fn read_some(reader: impl Read, most: u64) -> Result<Vec<u8>, Mismatch> {
    let mut bytes = Vec::new();
    let read = reader.take(most + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if read as u64 > most { Err("trop long".into()) } else { Ok(bytes) }
}
