//! A small territory written in words: its universes, its records, its zones and what it publishes.

use std::collections::BTreeSet;

use serde_json::json;

use domain::{Catalogue, Kind, Opening, Scale};

use super::super::count::{Mask, Members};
use super::super::shown::ShownZone;
use super::super::truth::{TrueZone, Truth};
use super::super::{Audit, Finding, Report};

/// `id kind parents [key=value]`, a line each; parents and lists are joined by `+`, `-` is none. An
/// indicator is `indicateur id universe regime [ratio_alone=true] [denominator=…]`.
pub fn catalogue(text: &str) -> Catalogue {
    let (mut universes, mut indicators) = (Vec::new(), Vec::new());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_indicator = words[0] == "indicateur";
        let mut entry = match is_indicator {
            true => json!({
                "id": words[1], "label": words[1], "definition": "", "source": "", "family": "f",
                "regime": words[3], "universe": words[2], "unit": "pourcent",
                "audiences": ["public_mission"], "numerator": "1", "denominator": "1",
            }),
            false => json!({
                "id": words[0], "label": words[0], "kind": words[1], "parents": list(words[2]),
                "members": if words[1] == "menage" { "ménages" } else { "logements" },
                "audiences": ["public_mission"], "filter": "1",
            }),
        };
        for word in &words[if is_indicator { 4 } else { 3 }..] {
            let (key, value) = word.split_once('=').unwrap();
            entry[key] = match key {
                "requires" => json!(list(value)),
                "ratio_alone" => json!(true),
                _ => json!(value),
            };
        }
        if is_indicator { indicators.push(entry) } else { universes.push(entry) }
    }
    let families = [json!({ "id": "f", "label": "F" })];
    let whole = json!({ "families": families, "universes": universes, "indicators": indicators });
    Catalogue::from_json(whole.to_string().as_bytes()).unwrap()
}

fn list(text: &str) -> Vec<&str> {
    text.split('+').filter(|word| *word != "-").collect()
}

/// A territory and what it opens.
pub struct Town {
    pub catalogue: Catalogue,
    zones: Vec<(Scale, String, Vec<u32>)>,
    members: [Vec<Vec<(Mask, u32)>>; 2],
    pub open: BTreeSet<Opening>,
}

impl Town {
    /// `records`: `address count universe universe …` a line, dwellings and households; a household's
    /// line names the universes of its dwelling too. `zones`: `scale code address …` a line.
    pub fn new(universes: &str, records: &str, zones: &str) -> Town {
        let catalogue = catalogue(universes);
        let mut addresses: Vec<&str> = Vec::new();
        let mut members = [Vec::new(), Vec::new()];
        for line in records.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let at = addresses.iter().position(|own| *own == words[0]).unwrap_or(addresses.len());
            if at == addresses.len() {
                addresses.push(words[0]);
                members.iter_mut().for_each(|own: &mut Vec<Vec<(Mask, u32)>>| own.push(Vec::new()));
            }
            let index = |id: &&str| catalogue.universe_index(id).unwrap();
            let own: Vec<usize> = words[2..].iter().map(index).collect();
            let is_household =
                own.iter().any(|universe| catalogue.universes()[*universe].kind == Kind::Menage);
            let mask = own.iter().fold(0, |all, universe| all | 1 << universe);
            members[usize::from(is_household)][at].push((mask, words[1].parse().unwrap()));
        }
        let zones = zones.lines().map(str::trim).filter(|line| !line.is_empty());
        let zones = zones.map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let at = |own: &&str| addresses.iter().position(|known| known == own).unwrap() as u32;
            let mut atoms: Vec<u32> = words[2..].iter().map(at).collect();
            atoms.sort_unstable();
            (words[0].parse().unwrap(), words[1].to_owned(), atoms)
        });
        Town { zones: zones.collect(), catalogue, members, open: BTreeSet::new() }
    }

    pub fn opening(mut self, opening: Opening) -> Town {
        self.open.insert(opening);
        self
    }

    pub fn truth(&self) -> Truth {
        let zones = self.zones.iter().map(|(scale, code, atoms)| TrueZone {
            scale: *scale,
            code: code.clone(),
            communes: String::new(),
            atoms: atoms.clone(),
        });
        let kinds = self.catalogue.universes().iter().map(|universe| universe.kind);
        let members = [Members::of(&self.members[0]), Members::of(&self.members[1])];
        Truth::of(zones.collect(), kinds.collect(), members)
    }

    /// The zones with these cells published, as `zone universe`, and every count that then is due.
    pub fn shown(&self, published: &[&str]) -> Vec<(u32, ShownZone)> {
        let truth = self.truth();
        let mut seen = 0;
        let zones = self.zones.iter().zip(0..).map(|((scale, code, _), number)| {
            let universes = self.catalogue.universes().iter();
            let own: Vec<bool> = universes
                .map(|own| published.contains(&format!("{code} {}", own.id).as_str()))
                .collect();
            seen += own.iter().filter(|own| **own).count();
            let counts = truth.counts(number);
            let is_due = |at: usize| {
                let mut above = self.catalogue.needed(at).iter().copied();
                let is_root = at == 0;
                self.catalogue.universes()[at].is_offered(*scale)
                    && if is_root { own[0] } else { above.all(|above| own[above]) }
            };
            let counts = counts.iter().enumerate();
            let counts = counts.map(|(at, n)| is_due(at).then_some(*n as i64)).collect();
            let communes = if *scale == Scale::COMMUNE { code.clone() } else { String::new() };
            (
                number,
                ShownZone { scale: *scale, code: code.clone(), communes, published: own, counts },
            )
        });
        let zones = zones.collect();
        assert_eq!(seen, published.len(), "every cell that is published is the cell of a zone");
        zones
    }

    pub fn audit<T>(&self, check: impl FnOnce(&Audit<'_>) -> T) -> T {
        check(&Audit {
            edition: None,
            collected: None,
            catalogue: &self.catalogue,
            id: "2024r1",
            threshold: 11,
            open: &self.open,
            record: None,
            step: &|_| {},
        })
    }

    /// What is said with the microdata of these zones.
    pub fn report(&self, zones: &[(u32, ShownZone)]) -> Report {
        let mut report = Report::default();
        self.audit(|audit| audit.judge(&self.truth(), zones, &mut report).unwrap());
        report
    }

    pub fn findings(&self, published: &[&str]) -> Vec<Finding> {
        self.report(&self.shown(published)).findings
    }

    /// Nothing is said of the safe cells; with the leak, a finding of that rule says those words.
    #[track_caller]
    pub fn check(&self, safe: &[&str], leak: &[&str], rule: &str, words: &str) {
        assert_eq!(self.findings(safe), [], "before the leak");
        let all: Vec<&str> = safe.iter().chain(leak).copied().collect();
        holds(&self.findings(&all), rule, words);
    }
}

#[track_caller]
pub fn holds(findings: &[Finding], rule: &str, words: &str) {
    let found = findings.iter().any(|one| one.rule == rule && one.words.contains(words));
    assert!(found, "{rule} : {words} in {findings:#?}");
}
