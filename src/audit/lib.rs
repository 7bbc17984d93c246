//! The independent auditor: from what was published, and the microdata where the operator gives
//! them, it looks for what the rules forbid. It shares no logic with the protection step.
//!
//! Its words name zones and households under the threshold: they are for the operator's terminal
//! and go nowhere else.

mod answers;
mod certificates;
mod collected;
mod combination;
mod communes;
mod count;
mod cuts;
mod edition;
mod extremes;
mod families;
mod field;
pub mod files;
mod judge;
mod membership;
mod mincut;
mod mismatch;
mod opening;
mod outside;
mod pairs;
mod parts;
mod rank;
mod residuals;
mod rules;
mod same;
mod seen;
mod shown;
mod source;
mod sparse;
mod system;
mod truth;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::Path;

use domain::{Catalogue, Fault, HasFault, Opening, Scale};

pub use self::edition::{BadEdition, EditionFiles};
pub use answers::Known;
pub use certificates::BadRecord;
pub use collected::{BadCollection, Collected};
pub use count::{BadCount, Counting, Definitions};
pub use source::{BadSource, Groups, Sources};
pub use truth::Truth;

use opening::Opened;
use seen::Seen;
use shown::ShownZone;

/// Combinations that are written out for one system.
const MOST_WRITTEN: usize = 12;

/// A rule that is broken, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub rule: &'static str,
    pub words: String,
}

impl Finding {
    pub fn new(rule: &'static str, words: String) -> Finding {
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

impl HasFault for AuditError {
    fn fault(&self) -> Fault {
        match self {
            AuditError::Edition(error) => error.fault(),
            AuditError::Record(error) => error.fault(),
            AuditError::Catalogue(_) => Fault::Input,
        }
    }
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
    pub fn with_microdata(&self, mut truth: Truth) -> Result<Report, AuditError> {
        let mut report = self.begun();
        let mut zones: Vec<(u32, ShownZone)> = Vec::new();
        self.read(&mut report.findings, &mut |scale, seen, zone, findings| {
            if let Some(number) = shown::compare(scale, seen, self.catalogue, &truth, findings) {
                zones.push((number, zone));
            }
        })?;
        truth.drop_sums();
        report.checked.push("chaque chiffre est celui des microdonnées".to_owned());
        self.judge(&truth, &zones, &mut report)?;
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
                let zone = shown_zone(*scale, seen, self.catalogue, &opened);
                shown::check_columns(&zone, seen, self.catalogue, findings);
                each(*scale, seen, zone, findings);
            }
            return Ok(());
        };
        let mut met = 0;
        for scale in &edition.manifest.scales {
            (self.step)(&format!("lecture : {}", scale.id));
            let read = edition.zones(scale.id, self.catalogue, &mut |seen| {
                let zone = shown_zone(scale.id, &seen, self.catalogue, &opened);
                shown::check_lattice(&zone, &seen, self.catalogue, &opened, findings);
                shown::check_columns(&zone, &seen, self.catalogue, findings);
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
