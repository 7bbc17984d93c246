//! The cut check in the report: what it proves of each pair of families, and what it finds that
//! the rank test has not named.

use std::collections::{BTreeSet, HashMap};

use domain::Scale;

use super::cuts::Cuts;
use super::families::{Pair, Plan, plans};
use super::judge::Looked;
use super::{Audit, Finding, MOST_WRITTEN, Report};

impl Audit<'_> {
    /// Checks the pairs of families of one system, and returns whether one of them holds every
    /// cell, so that the system is decided. `named` are the exposed sets that the report has.
    pub(super) fn cuts(
        &self,
        looked: &Looked<'_>,
        named: Vec<Vec<u32>>,
        report: &mut Report,
    ) -> bool {
        let (system, zones) = (looked.system, looked.zones);
        let formatter = looked.formatter();
        // A universe with the members of another has its cells.
        let mut universes: Vec<usize> = Vec::new();
        for &own in &looked.layer.universes {
            if !universes.iter().any(|known| looked.same.are(own, *known)) {
                universes.push(own);
            }
        }
        let mut named = Named::new(named);
        let (mut judged, mut whole) = (Vec::new(), false);
        // Certificates decide every group under the threshold; the filter's cuts are a second look.
        let looked_at = if self.record.is_some() { 1 } else { universes.len() };
        let scales: BTreeSet<Scale> = zones.iter().map(|zone| zone.1.scale).collect();
        let scales: Vec<Scale> = scales.into_iter().collect();
        for plan in plans(&universes[..looked_at], &scales) {
            let pair = Pair::new(system, &plan, |zone| zones[zone as usize].1.scale);
            let cuts = Cuts::new(system, &pair, self.threshold);
            let fresh = cuts.found.cuts.iter().filter(|cut| named.add(cuts.set(cut)));
            let fresh: Vec<_> = fresh.collect();
            if !fresh.is_empty() {
                let writer = cuts.writer();
                for cut in fresh.iter().take(MOST_WRITTEN) {
                    let set = cuts.set(cut);
                    report.findings.push(match cuts.proved(&writer, cut) {
                        Some(found) => formatter.combination(system, &found, &set),
                        None => formatter.unwritten(system, &set),
                    });
                }
            }
            if fresh.len() > MOST_WRITTEN || cuts.found.more {
                let words = format!("système {} : d'autres coupes encore", looked.name());
                report.findings.push(Finding::new("R2", words));
            }
            judged.push(self.judged(universes.len(), &plan, &pair, &cuts));
            whole = pair.left_out == 0 && cuts.found.undecided == 0 && !cuts.found.more;
            if whole {
                break;
            }
        }
        report.checked.push(format!(
            "R2, règle du onzième comprise, système {} : coupes de deux familles emboîtées, \
             chaque paire pour ses seules cases : {}",
            looked.name(),
            judged.join(" ; ")
        ));
        whole
    }

    /// What the cuts of a pair prove, and of how many cells.
    fn judged(&self, universes: usize, plan: &Plan, pair: &Pair, cuts: &Cuts) -> String {
        let [one, two] = plan.universes.map(|universe| match universes {
            1 => String::new(),
            _ => format!(" [{}]", self.catalogue.universes()[universe].id),
        });
        let is_nested = plan.scales.iter().any(|scale| scale.is_nested());
        let second = match is_nested || plan.scales.is_empty() {
            true => "administratifs".to_owned(),
            false => plan.scales.iter().map(|scale| scale.short()).collect::<Vec<_>>().join(", "),
        };
        let verdict = match &cuts.found {
            found if !found.cuts.is_empty() => "enfreinte".to_owned(),
            found if found.undecided > 0 => format!("non décidé pour {} groupes", found.undecided),
            _ => "prouvée".to_owned(),
        };
        let out = match pair.left_out {
            0 => "toutes".to_owned(),
            out => format!("{out} laissées de côté"),
        };
        format!("administratifs{one} × {second}{two}, {verdict} ({} cases, {out})", pair.placed)
    }
}

/// Exposed sets that have been named, by their first class.
struct Named(HashMap<u32, Vec<Vec<u32>>>);

impl Named {
    fn new(sets: Vec<Vec<u32>>) -> Named {
        let mut named = Named(HashMap::new());
        sets.into_iter().for_each(|set| {
            named.add(set);
        });
        named
    }

    /// Adds a set (sorted), unless one that was named lies inside it.
    fn add(&mut self, set: Vec<u32>) -> bool {
        let holds = |part: &Vec<u32>| part.iter().all(|class| set.binary_search(class).is_ok());
        let known = set.iter().filter_map(|class| self.0.get(class)).flatten().any(holds);
        if let (false, Some(first)) = (known, set.first().copied()) {
            self.0.entry(first).or_default().push(set);
            return true;
        }
        false
    }
}
