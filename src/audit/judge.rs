//! Rules R1 to R9 applied to the published zones, once their figures agree with the microdata.

use domain::Catalogue;

use super::certificates::{self, Proved};
use super::communes::Communes;
use super::membership::{Layer, Membership};
use super::opening::Opened;
use super::parts::Parts;
use super::same::Same;
use super::shown::ShownZone;
use super::system::System;
use super::truth::Truth;
use super::words::FindingFormatter;
use super::{
    Audit, AuditError, Finding, MOST_WRITTEN, Report, combination, rank, residuals, rules,
};

/// One layer of a system, as it is judged.
pub struct Looked<'a> {
    pub catalogue: &'a Catalogue,
    pub truth: &'a Truth,
    pub zones: &'a [(u32, ShownZone)],
    pub same: &'a Same,
    pub layer: &'a Layer,
    pub system: &'a System,
}

impl<'a> Looked<'a> {
    /// What the system is called: its filter, and whether opened communes are in it.
    pub fn name(&self) -> String {
        name(self.layer, self.catalogue)
    }

    pub fn formatter(&self) -> FindingFormatter<'a> {
        FindingFormatter {
            zones: self.zones,
            catalogue: self.catalogue,
            universes: &self.layer.universes,
            truth: self.truth,
        }
    }
}

fn name(layer: &Layer, catalogue: &Catalogue) -> String {
    let filter = &catalogue.universes()[layer.universes[0]].id;
    match layer.is_opened {
        true => format!("{filter} (communes ouvertes)"),
        false => filter.clone(),
    }
}

impl Audit<'_> {
    pub(super) fn judge(
        &self,
        truth: &Truth,
        zones: &[(u32, ShownZone)],
        report: &mut Report,
    ) -> Result<(), AuditError> {
        let catalogue = self.catalogue;
        (self.step)("R1, R3");
        let opened = self.opened();
        let communes = Communes::new(&opened, (truth, catalogue), self.threshold, zones);
        let same = Same::new(truth);
        let systems = catalogue.systems();
        self.cell_by_cell(truth, zones, (&opened, &communes, &same), report);
        let membership = Membership::new(zones, truth);
        let repeated = same.repeated(&systems, zones, catalogue, &communes);
        let mut built: Vec<(Layer, System)> = Vec::new();
        for (universes, is_repeated) in systems.iter().zip(repeated) {
            if is_repeated {
                let id = &catalogue.universes()[universes[0]].id;
                report.checked.push(format!(
                    "système {id} : les mêmes membres que dans un autre système, qui le prouve"
                ));
                continue;
            }
            for layer in communes.layers(universes, &mut report.findings) {
                let name = name(&layer, catalogue);
                (self.step)(&format!("R2, rang : {name}"));
                let parts = Parts::new(truth, &layer.universes);
                let system = membership.system(zones, &layer, truth, &parts);
                drop(parts);
                let looked =
                    Looked { catalogue, truth, zones, same: &same, layer: &layer, system: &system };
                let verdict = self.rank(&looked, report);
                (self.step)(&format!("R2, coupes : {name}"));
                let whole = self.cuts(&looked, verdict.exposed, report);
                if !whole && !verdict.undecided.is_empty() && self.record.is_none() {
                    let words =
                        format!("système {name} : le test du rang n'a pas conclu, donner --record");
                    report.findings.push(Finding::new("R2, non décidé", words));
                }
                if self.record.is_some() {
                    built.push((layer, system));
                }
            }
        }
        self.certificates((&systems, &built), (truth, &same), zones, report)
    }

    /// R1, R3 and R9 where one cell or two zones decide.
    fn cell_by_cell(
        &self,
        truth: &Truth,
        zones: &[(u32, ShownZone)],
        (opened, communes, same): (&Opened, &Communes<'_>, &Same),
        report: &mut Report,
    ) {
        let catalogue = self.catalogue;
        let is_whole = self.edition.is_some();
        let surveyed = catalogue.surveyed();
        let is_seen = |own: usize| zones.iter().any(|(_, zone)| zone.published[own]);
        let is_surveyed_seen = is_whole || surveyed.is_some_and(is_seen);
        for ((number, zone), place) in zones.iter().zip(0..) {
            rules::threshold(
                (zone, place, *number),
                (catalogue, truth),
                (self.threshold, communes),
                is_surveyed_seen,
                &mut report.findings,
            );
        }
        communes.check_counts(is_whole, &mut report.findings);
        rules::twins(zones, (catalogue, opened), truth, &mut report.findings);
        if is_whole {
            same.check(zones, catalogue, (opened, communes), &mut report.findings);
        }
        report.checked.push("R1, R3, R4 et R9 zone par zone".to_owned());
        if truth.is_without_survey() {
            report.checked.push(
                "aucun ménage enquêté : les règles qui comptent des ménages sont sans objet"
                    .to_owned(),
            );
        }
    }

    fn rank(&self, looked: &Looked<'_>, report: &mut Report) -> rank::ExposedSets {
        let system = looked.system;
        let residuals = residuals::Residuals::new(system);
        let verdict = rank::test(system, &residuals, self.threshold);
        let name = looked.name();
        let formatter = looked.formatter();
        let mut written = Vec::new();
        for set in verdict.exposed.iter().take(MOST_WRITTEN) {
            match combination::find(system, &residuals, set) {
                Some(found) => {
                    written.push((found.terms.len(), formatter.combination(system, &found, set)));
                }
                None => written.push((usize::MAX, formatter.unwritten(system, set))),
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
        (systems, built): (&[Vec<usize>], &[(Layer, System)]),
        (truth, same): (&Truth, &Same),
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
        let catalogue = self.catalogue;
        let id = |universe: &usize| catalogue.universes()[*universe].id.as_str();
        let ids = |universes: &Vec<usize>| universes.iter().map(id).collect::<Vec<&str>>();
        let known: Vec<Vec<&str>> = systems.iter().map(ids).collect();
        let prove = |(layer, system)| {
            let (layer, system): (&Layer, _) = (layer, system);
            Proved::new(ids(&layer.universes), layer.is_opened, system)
        };
        let mut proved: Vec<Proved> =
            built.iter().map(|(layer, own)| prove((layer, own))).collect();
        let of = (record, self.id);
        certificates::verify(of, self.threshold, truth.atoms, &known, &mut proved)?;
        for ((layer, system), proved) in built.iter().zip(&proved) {
            let looked = Looked { catalogue, truth, zones, same, layer, system };
            let unproved = proved.unproved(self.threshold);
            if let Some(class) = unproved.first() {
                let words = format!(
                    "système {} : {} sans certificat, et {} autres groupes",
                    looked.name(),
                    looked.formatter().class(system, *class),
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
