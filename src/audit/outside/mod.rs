//! What anybody can check: counts shown, and their differences along the codes of zones.

mod counted;
mod places;

use std::collections::HashSet;

use domain::{Catalogue, CommuneRow, Scale};

use super::Finding;
use super::opening::{Opened, missing, shown_households};
use super::shown::ShownZone;
use counted::Counted;
use places::{Places, families};

/// Zones of a difference that are written out.
const MOST_WRITTEN: usize = 20;

/// Counts at or over the threshold, and no difference of nested zones or of a universe and a part of
/// it between 1 and the threshold; but for whole communes that are opened, of which nobody is
/// protected in figures of the register.
pub fn check(
    zones: &[ShownZone],
    communes: &[CommuneRow],
    catalogue: &Catalogue,
    (threshold, opened): (u64, &Opened),
    findings: &mut Vec<Finding>,
) {
    let least = i64::try_from(threshold).unwrap_or(i64::MAX);
    let places = Places::new(communes);
    let mut outside = Outside {
        zones,
        catalogue,
        places: &places,
        least,
        opened,
        withholds: Vec::new(),
        findings,
    };
    outside.households();
    outside.surveyed();
    let counted = Counted::all(catalogue);
    for own in &counted {
        outside.alone(own);
    }
    outside.nested(&counted, &families(zones, communes));
}

struct Outside<'a> {
    zones: &'a [ShownZone],
    catalogue: &'a Catalogue,
    places: &'a Places<'a>,
    least: i64,
    opened: &'a Opened,
    /// For each zone, whether a count of households that is due is not there.
    withholds: Vec<bool>,
    findings: &'a mut Vec<Finding>,
}

impl Outside<'_> {
    fn find(&mut self, rule: &'static str, words: String) {
        self.findings.push(Finding::new(rule, words));
    }

    fn is_few(&self, count: i64) -> bool {
        (1..self.least).contains(&count)
    }

    /// No count of households under a cell that only the opening lets out: a commune under the
    /// threshold, or one that withholds them, or a zone of the same dwellings as far as counts tell.
    fn households(&mut self) {
        let (zones, catalogue, opened) = (self.zones, self.catalogue, self.opened);
        let mut withholds = vec![false; zones.len()];
        let mut found = Vec::new();
        for (own, universe) in catalogue.universes().iter().enumerate() {
            if !opened.may_withhold(own, catalogue) {
                continue;
            }
            let above = catalogue.needed(own).to_vec();
            let few = |zone: &ShownZone, above: usize| {
                let is_few = zone.counts[above].is_some_and(|count| self.is_few(count));
                zone.published[above] && opened.opens_communes(above) && is_few
            };
            let is_due = |zone: &ShownZone| {
                above.iter().all(|above| zone.published[*above]) && universe.is_offered(zone.scale)
            };
            let is_blank = |zone: &ShownZone| is_due(zone) && zone.counts[own].is_none();
            let blank: Vec<&ShownZone> = zones
                .iter()
                .filter(|zone| zone.scale == Scale::COMMUNE && is_blank(zone))
                .collect();
            for (zone, withholds) in zones.iter().zip(&mut withholds) {
                let at = format!("{} {}", zone.scale, zone.code);
                let is_few = above.iter().any(|above| few(zone, *above));
                if is_few && zone.counts[own].is_some() {
                    found.push(shown_households(&at, &universe.id));
                }
                *withholds |= is_blank(zone);
                let is_communes = || {
                    blank.iter().any(|commune| {
                        let same = |above: &usize| zone.counts[*above] == commune.counts[*above];
                        self.places.hold(zone, commune) && above.iter().all(same)
                    })
                };
                if is_blank(zone) && !is_few && !is_communes() {
                    found.push(missing(&at, &universe.id));
                }
            }
        }
        self.withholds = withholds;
        self.findings.extend(found);
    }

    /// R1: the register's cell is published with that of the surveyed households, unless there are
    /// none; what stands in its zone counts nobody or the threshold of them.
    fn surveyed(&mut self) {
        let Some(surveyed) = self.catalogue.surveyed() else { return };
        let is_seen = self.zones.iter().any(|zone| zone.published[surveyed]);
        for zone in self.zones.iter().filter(|zone| zone.published[0]) {
            let Some(count) = zone.counts[surveyed] else { continue };
            let id = &self.catalogue.universes()[surveyed].id;
            let at = format!("{} {}", zone.scale, zone.code);
            if self.is_few(count) {
                let words =
                    format!("{at} [{}], n_{id} = {count}", self.catalogue.universes()[0].id);
                self.find("R1, ménages de la zone", words);
            } else if count >= self.least && is_seen && !zone.published[surveyed] {
                let root = &self.catalogue.universes()[0].id;
                let words = format!("{at} : « {root} » est diffusé sans « {id} »");
                self.find("R1, répertoire et enquête", words);
            }
        }
    }

    /// Opened communes under the threshold, with what a universe counts there where counts say it.
    fn small(&self, own: &Counted) -> Vec<(usize, Option<i64>)> {
        let filter = self.catalogue.filter_of(own.universe);
        if !self.opened.opens_communes(filter) {
            return Vec::new();
        }
        let zones = self.zones.iter().enumerate();
        let communes = zones.filter(|(_, zone)| {
            zone.scale == Scale::COMMUNE
                && zone.published[filter]
                && zone.counts[filter].is_some_and(|count| self.is_few(count))
        });
        communes.map(|(at, zone)| (at, own.part(zone))).collect()
    }

    /// One zone by itself.
    fn alone(&mut self, own: &Counted) {
        let small = self.small(own);
        let is_cell = own.less.is_none();
        let opens = is_cell && self.opened.opens_communes(own.universe);
        let filter = self.catalogue.filter_of(own.universe);
        for zone in self.zones {
            let Some(count) = own.count(zone) else { continue };
            let is_opened = || {
                let is_whole = zone.counts[filter].is_none_or(|whole| whole == count);
                let holds = |at: usize| self.places.hold(zone, &self.zones[at]);
                opens && is_whole && small.iter().any(|(at, own)| *own == Some(count) && holds(*at))
            };
            if (is_cell || count != 0) && count < self.least && !(count > 0 && is_opened()) {
                let rule = if is_cell { "R1, seuil" } else { "R2, différence de domaines" };
                let name = own.name(self.catalogue);
                self.find(rule, format!("{} {} [{name}] = {count}", zone.scale, zone.code));
            }
        }
    }

    /// A zone less the zones of one scale inside it.
    fn nested(&mut self, counted: &[Counted], families: &[(usize, Vec<usize>)]) {
        let small: Vec<_> = counted.iter().map(|own| self.small(own)).collect();
        let bars = (self.least, self.opened);
        let is_lifted = |own: &Counted, zone: usize| {
            own.may_be_lifted(&self.zones[zone], self.withholds[zone], bars)
        };
        let mut found = Vec::new();
        for (whole, parts) in families {
            // For each: the sum over all parts and over those that no opening may let out.
            let mut sums = vec![[None::<i64>; 2]; counted.len()];
            for &part in parts {
                for (own, [all, plain]) in counted.iter().zip(&mut sums) {
                    let Some(count) = own.count(&self.zones[part]) else { continue };
                    *all = Some(all.unwrap_or(0) + count);
                    if !is_lifted(own, part) {
                        *plain = Some(plain.unwrap_or(0) + count);
                    }
                }
            }
            for ((own, [all, plain]), small) in counted.iter().zip(sums).zip(&small) {
                let Some(count) = own.count(&self.zones[*whole]) else { continue };
                let is_few = |left: &i64| *left != 0 && *left < self.least;
                // Households are protected in opened communes too, by the other cells.
                let is_plain = own.carries_households || all == plain && small.is_empty();
                let plain = plain.filter(|_| is_plain && !is_lifted(own, *whole));
                let left = plain.map(|parts| count - parts).filter(is_few);
                let is_register = own.is_of_the_register && !(small.is_empty() && all == plain);
                let beside = || self.beside(own, (*whole, parts), small);
                let other = all
                    .filter(|_| is_register)
                    .and_then(|parts| Some(count - parts - beside()?))
                    .filter(is_few);
                let without = if left.is_some() { Some(bars) } else { None };
                if let Some(left) = left.or(other) {
                    found.push(self.residual(own, (*whole, parts), without, left));
                }
            }
        }
        self.findings.extend(found);
    }

    /// What opened communes in a zone hold that lie in none of its parts; `None` where counts do not
    /// say it. A commune that is opened lies whole in a part, or whole in what is left.
    fn beside(
        &self,
        own: &Counted,
        (whole, parts): (usize, &[usize]),
        small: &[(usize, Option<i64>)],
    ) -> Option<i64> {
        let counted = parts.iter().filter(|part| own.count(&self.zones[**part]).is_some());
        let counted: Vec<usize> = counted.copied().collect();
        let held: HashSet<&str> =
            counted.iter().map(|part| Places::key(&self.zones[*part])).collect();
        let scale = counted.first().map(|part| self.zones[*part].scale);
        let is_beside = |commune: &ShownZone| {
            self.zones[whole].code != commune.code
                && self.places.hold(&self.zones[whole], commune)
                && !scale
                    .and_then(|scale| self.places.key_in(scale, commune))
                    .is_some_and(|key| held.contains(key))
        };
        let beside = small.iter().filter(|(at, _)| is_beside(&self.zones[*at]));
        beside.map(|(_, count)| *count).sum()
    }

    fn residual(
        &self,
        own: &Counted,
        (whole, parts): (usize, &[usize]),
        without: Option<(i64, &Opened)>,
        left: i64,
    ) -> Finding {
        let is_in = |part: &&usize| {
            let zone = &self.zones[**part];
            let lifted = |bars| own.may_be_lifted(zone, self.withholds[**part], bars);
            own.count(zone).is_some() && !without.is_some_and(lifted)
        };
        let parts: Vec<&usize> = parts.iter().filter(is_in).collect();
        let whole = &self.zones[whole];
        let mut words = format!("{} {}", whole.scale, whole.code);
        for part in parts.iter().take(MOST_WRITTEN) {
            words += &format!(" − {} {}", self.zones[**part].scale, self.zones[**part].code);
        }
        if parts.len() > MOST_WRITTEN {
            words += &format!(" − … ({} zones en tout)", parts.len());
        }
        words += &format!(" [{}] = {left}", own.name(self.catalogue));
        Finding::new("R2, résidu emboîté", words)
    }
}
