//! The independent auditor: from what was published, and the microdata where the operator gives
//! them, it looks for what the rules forbid. It shares no logic with the protection step.
//!
//! Its words name zones and households under the threshold: they are for the operator's terminal
//! and go nowhere else.

mod answers;
mod certificates;
mod collected;
mod combination;
mod cuts;
mod edition;
mod families;
mod field;
pub mod files;
mod mincut;
mod opening;
mod outside;
mod pairs;
mod rank;
mod residuals;
mod rules;
mod seen;
mod shown;
mod sparse;
mod system;
mod truth;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::Path;

use crate::domain::{Catalogue, Opening, Scale};

pub use answers::Known;
pub use certificates::BadRecord;
pub use collected::{BadCollection, Collected};
pub use edition::{BadEdition, EditionFiles};
pub use truth::{Truth, Universes, Widened, widen};

use certificates::Proved;
use opening::{Communes, Opened};
use seen::Seen;
use shown::ShownZone;
use system::System;

/// Combinations that are written out for one system.
const MOST_WRITTEN: usize = 12;

/// A rule that is broken, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub rule: &'static str,
    pub words: String,
}

impl Finding {
    pub(crate) fn new(rule: &'static str, words: String) -> Finding {
        Finding { rule, words }
    }
}

/// What the audit says.
#[derive(Debug, Default)]
pub struct Report {
    pub findings: Vec<Finding>,
    /// What was checked and how far, in French sentences.
    pub checked: Vec<String>,
}

impl Report {
    /// Adds what another check says.
    pub fn add(&mut self, other: Report) {
        self.findings.extend(other.findings);
        self.checked.extend(other.checked);
    }

    /// An edition opens nothing that the configuration of its build does not.
    pub fn compare_openings(&mut self, open: &BTreeSet<Opening>, built: &BTreeSet<Opening>) {
        for opening in open.difference(built) {
            let words = format!("l'édition ouvre {opening}, build.open ne l'ouvre pas");
            self.findings.push(Finding::new("Ouverture", words));
        }
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    #[error(transparent)]
    Edition(#[from] BadEdition),
    #[error(transparent)]
    Record(#[from] BadRecord),
    #[error("{0}")]
    Catalogue(String),
}

/// Takes a zone that was read, and adds what is wrong with it.
type EachZone<'a> = dyn FnMut(Scale, &Seen, ShownZone, &mut Vec<Finding>) + 'a;

/// What is audited.
pub struct Audit<'a> {
    pub edition: Option<&'a EditionFiles>,
    pub collected: Option<&'a Collected>,
    pub catalogue: &'a Catalogue,
    /// The identifier of the edition.
    pub id: &'a str,
    pub threshold: u64,
    /// What the operator opened, as the certificate says.
    pub open: &'a BTreeSet<Opening>,
    pub record: Option<&'a Path>,
    /// Says which step begins: names of scales and filters, never a figure.
    pub step: &'a dyn Fn(&str),
}

impl Audit<'_> {
    /// With the microdata: every rule, as far as the certificates go.
    pub fn with_microdata(
        &self,
        systems: &[Universes],
        mut truth: Truth,
    ) -> Result<Report, AuditError> {
        let mut report = self.begun();
        let mut zones: Vec<(u32, ShownZone)> = Vec::new();
        self.read(&mut report.findings, &mut |scale, seen, zone, findings| {
            if let Some(number) = shown::compare(scale, seen, self.catalogue, &truth, findings) {
                zones.push((number, zone));
            }
        })?;
        truth.drop_sums();
        report.checked.push("chaque chiffre est celui des microdonnées".to_owned());
        self.judge(systems, &truth, &zones, &mut report)?;
        Ok(report)
    }

    /// A report that says how far the answers collected were checked.
    fn begun(&self) -> Report {
        let checked = self.collected.map_or(Vec::new(), |collected| collected.checked.clone());
        Report { checked, ..Report::default() }
    }

    fn opened(&self) -> Opened {
        Opened::new(self.open, self.catalogue)
    }

    /// The rules on zones whose figures are true.
    fn judge(
        &self,
        systems: &[Universes],
        truth: &Truth,
        zones: &[(u32, ShownZone)],
        report: &mut Report,
    ) -> Result<(), AuditError> {
        (self.step)("R1, R3");
        let opened = self.opened();
        let communes = Communes::new(&opened, truth, self.catalogue, self.threshold);
        let bars = (self.threshold, &communes);
        for (number, zone) in zones {
            rules::threshold(zone, *number, self.catalogue, truth, bars, &mut report.findings);
        }
        let is_whole = self.edition.is_some();
        communes.check_counts(zones, self.catalogue, is_whole, &mut report.findings);
        rules::twins(zones, self.catalogue, truth, &mut report.findings);
        report.checked.push("R1, R3, R4 et R9 zone par zone".to_owned());
        let membership = Membership::new(zones, truth);
        let mut built: Vec<System> = Vec::new();
        for own in systems {
            let name = &self.catalogue.universes()[own.universes[0]].id;
            (self.step)(&format!("R2, rang : {name}"));
            let outside = communes.taken_out(zones, own, self.catalogue, &mut report.findings);
            let system = membership.system(zones, own, truth, &outside);
            let verdict = self.rank(&system, own, zones, truth, report);
            (self.step)(&format!("R2, coupes : {name}"));
            let whole = self.cuts(&system, own, zones, truth, verdict.exposed, report);
            if !whole && !verdict.undecided.is_empty() && self.record.is_none() {
                let words =
                    format!("système {name} : le test du rang n'a pas conclu, donner --record");
                report.findings.push(Finding::new("R2, non décidé", words));
            }
            if self.record.is_some() {
                built.push(system);
            }
        }
        self.certificates(systems, &built, truth, zones, report)
    }

    /// From outside: what published counts and codes alone tell.
    pub fn from_outside(&self) -> Result<Report, AuditError> {
        let mut report = self.begun();
        let mut zones = Vec::new();
        self.read(&mut report.findings, &mut |_, _, zone, _| zones.push(zone))?;
        (self.step)("effectifs et différences emboîtées");
        let communes = self.edition.map_or(&[][..], |edition| &edition.communes[..]);
        let bars = (self.threshold, &self.opened());
        outside::check(&zones, communes, self.catalogue, bars, &mut report.findings);
        report.checked.push(
            "sans microdonnées : effectifs, parents, différences emboîtées et entre domaines ; \
             ni les chiffres, ni R2 entre zonages qui se croisent"
                .to_owned(),
        );
        Ok(report)
    }

    /// Hands over what is audited: the zones of the edition, to which those collected are held, or
    /// those collected alone.
    fn read(&self, findings: &mut Vec<Finding>, each: &mut EachZone<'_>) -> Result<(), AuditError> {
        if let Some(collected) = self.collected {
            findings.extend(collected.findings.iter().cloned());
        }
        let opened = self.opened();
        let Some(edition) = self.edition else {
            for ((scale, _), seen) in self.collected.iter().flat_map(|own| &own.union.zones) {
                each(*scale, seen, shown_zone(*scale, seen, self.catalogue, &opened), findings);
            }
            return Ok(());
        };
        let mut met = 0;
        for scale in &edition.manifest.scales {
            (self.step)(&format!("lecture : {}", scale.id));
            let read = edition.zones(scale.id, self.catalogue, &mut |seen| {
                let zone = shown_zone(scale.id, &seen, self.catalogue, &opened);
                shown::check_lattice(&zone, &seen, self.catalogue, &opened, findings);
                let key = (scale.id, seen.code.clone());
                if let Some(other) = self.collected.and_then(|own| own.union.zones.get(&key)) {
                    met += 1;
                    if !shown::is_part(other, &seen) {
                        let words = format!(
                            "{} {} : un client a reçu autre chose que l'édition",
                            key.0, key.1
                        );
                        findings.push(Finding::new("R4, un seul masque", words));
                    }
                }
                each(scale.id, &seen, zone, findings);
            });
            if let Err(unread) = read {
                findings.push(unread);
            }
        }
        if self.collected.is_some_and(|own| own.union.zones.len() != met) {
            let words = "un client a reçu une zone qui n'est pas dans l'édition".to_owned();
            findings.push(Finding::new("R4, un seul masque", words));
        }
        Ok(())
    }

    fn rank(
        &self,
        system: &System,
        own: &Universes,
        zones: &[(u32, ShownZone)],
        truth: &Truth,
        report: &mut Report,
    ) -> rank::Verdict {
        let residuals = residuals::Residuals::new(system);
        let verdict = rank::test(system, &residuals, self.threshold);
        let name = &self.catalogue.universes()[own.universes[0]].id;
        let speaker = words::Speaker { zones, catalogue: self.catalogue, universes: own, truth };
        let mut written = Vec::new();
        for set in verdict.exposed.iter().take(MOST_WRITTEN) {
            match combination::find(system, &residuals, set) {
                Some(found) => {
                    written.push((found.terms.len(), speaker.combination(system, &found, set)))
                }
                None => written.push((usize::MAX, speaker.unwritten(system, set))),
            }
        }
        written.sort_by_key(|(terms, _)| *terms);
        report.findings.extend(written.into_iter().map(|(_, finding)| finding));
        if verdict.exposed.len() > MOST_WRITTEN || verdict.more {
            let words = format!("système {name} : d'autres groupes encore");
            report.findings.push(Finding::new("R2", words));
        }
        report.checked.push(match verdict.undecided.len() {
            0 => format!("R2, supports, système {name} : test du rang exact"),
            _ => format!(
                "R2, supports, système {name} : test du rang inachevé (recherche trop longue)"
            ),
        });
        verdict
    }

    fn certificates(
        &self,
        systems: &[Universes],
        built: &[System],
        truth: &Truth,
        zones: &[(u32, ShownZone)],
        report: &mut Report,
    ) -> Result<(), AuditError> {
        let Some(record) = self.record else {
            report.checked.push(
                "règle du onzième : vérifiée quant aux supports seulement hors des paires de \
                 familles, faute de certificats (--record)"
                    .to_owned(),
            );
            return Ok(());
        };
        (self.step)("certificats");
        let id = |universe: &usize| self.catalogue.universes()[*universe].id.as_str();
        let mut proved: Vec<Proved> = systems
            .iter()
            .zip(built)
            .map(|(own, system)| Proved::new(own.universes.iter().map(id).collect(), system))
            .collect();
        certificates::verify(record, self.id, self.threshold, truth.atoms, &mut proved)?;
        for (own, proved) in systems.iter().zip(&proved) {
            let unproved = proved.unproved(self.threshold);
            let speaker =
                words::Speaker { zones, catalogue: self.catalogue, universes: own, truth };
            if let Some(class) = unproved.first() {
                let words = format!(
                    "système {} : {} sans certificat, et {} autres groupes",
                    proved.universes[0],
                    speaker.class(proved.system, *class),
                    unproved.len() - 1
                );
                report.findings.push(Finding::new("R2, règle du onzième", words));
            }
        }
        report.checked.push(
            "règle du onzième : certificats additionnés pour chaque groupe sous le seuil"
                .to_owned(),
        );
        Ok(())
    }
}

fn shown_zone(scale: Scale, seen: &Seen, catalogue: &Catalogue, opened: &Opened) -> ShownZone {
    ShownZone {
        scale,
        code: seen.code.clone(),
        communes: seen.communes.clone(),
        published: shown::cells(seen, catalogue, opened),
        counts: seen.counts.clone(),
    }
}

/// The zones of each atom, among those that are audited.
struct Membership {
    starts: Vec<u32>,
    zones: Vec<u32>,
}

impl Membership {
    fn new(zones: &[(u32, ShownZone)], truth: &Truth) -> Membership {
        let atoms = |number: u32| &truth.zones[number as usize].atoms;
        let mut starts = vec![0u32; truth.atoms + 1];
        for (number, _) in zones {
            atoms(*number).iter().for_each(|atom| starts[*atom as usize + 1] += 1);
        }
        for atom in 0..truth.atoms {
            starts[atom + 1] += starts[atom];
        }
        let mut next = starts.clone();
        let mut members = vec![0; starts[truth.atoms] as usize];
        for ((number, _), place) in zones.iter().zip(0..) {
            for atom in atoms(*number) {
                members[next[*atom as usize] as usize] = place;
                next[*atom as usize] += 1;
            }
        }
        Membership { starts, zones: members }
    }

    /// The system of a filter, without the atoms `outside` it.
    fn system(
        &self,
        zones: &[(u32, ShownZone)],
        own: &Universes,
        truth: &Truth,
        outside: &BTreeSet<u32>,
    ) -> System {
        let width = own.universes.len();
        let mut cells = Vec::new();
        let mut numbers = vec![u32::MAX; zones.len() * width];
        for (place, (_, zone)) in zones.iter().enumerate() {
            for (bit, universe) in own.universes.iter().enumerate() {
                if zone.published[*universe] {
                    numbers[place * width + bit] = cells.len() as u32;
                    cells.push((place as u32, *universe));
                }
            }
        }
        let masks = 1usize << (width - 1);
        let numbers = &numbers;
        let parts = (0..truth.atoms).flat_map(move |atom| {
            let households = own.parts(truth.counts_at(atom));
            let places = &self.zones[self.starts[atom] as usize..self.starts[atom + 1] as usize];
            let is_outside = outside.contains(&(atom as u32));
            (0..masks).map(move |mask| {
                let mut list = Vec::new();
                for place in places {
                    for bit in 0..width {
                        let within = bit == 0 || mask >> (bit - 1) & 1 == 1;
                        let cell = numbers[*place as usize * width + bit];
                        if within && cell != u32::MAX {
                            list.push(cell);
                        }
                    }
                }
                (if is_outside { 0 } else { households[mask] }, list)
            })
        });
        System::new(cells, parts)
    }
}
