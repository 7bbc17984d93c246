//! Which cells a set of zones shows, and whether what it shows is true.

use std::collections::BTreeMap;

use domain::{Catalogue, Indicator, Scale};

use super::Finding;
use super::extremes;
use super::opening::{Opened, missing};
use super::seen::{Figure, Seen};
use super::truth::Truth;

/// The universe that the column `secret` speaks of.
const SECRET_UNIVERSE: &str = "repondants";

/// What is kept of a zone.
#[derive(Clone, Debug)]
pub struct ShownZone {
    pub scale: Scale,
    pub code: String,
    pub communes: String,
    /// For each universe, whether something says that its cell is published.
    pub published: Vec<bool>,
    pub counts: Vec<Option<i64>>,
}

/// The cells that a zone shows: a figure shows the cell of its universe, a count those that it
/// needs, the register's count its own. What stands in every zone shows none.
pub fn cells(seen: &Seen, catalogue: &Catalogue, opened: &Opened) -> Vec<bool> {
    let mut published = vec![false; catalogue.universes().len()];
    for (indicator, _) in seen.figures.iter().filter(|entry| !opened.is_everywhere(entry.0)) {
        let id = &catalogue.indicators()[*indicator].universe;
        if let Some(universe) = catalogue.universe_index(id) {
            published[universe] = true;
        }
    }
    for (at, universe) in catalogue.universes().iter().enumerate() {
        if seen.counts[at].is_none() || opened.is_counted_everywhere(at) {
            continue;
        }
        if universe.parents.is_empty() {
            published[at] = true;
        }
        catalogue.needed(at).iter().copied().for_each(|needed| published[needed] = true);
    }
    if seen.secret == Some(false)
        && let Some(universe) = catalogue.universe_index(SECRET_UNIVERSE)
    {
        published[universe] = true;
    }
    published
}

/// Whether something of a zone would say that the cell of a universe is published there, given the
/// other cells: a figure of its own, or a count under it.
pub fn would_say(
    zone: &ShownZone,
    universe: usize,
    catalogue: &Catalogue,
    opened: &Opened,
) -> bool {
    let universes = catalogue.universes();
    let mut own = catalogue.indicators().iter().enumerate();
    let says = |under: usize| {
        let mut above = catalogue.needed(under).iter().copied();
        universes[under].is_offered(zone.scale)
            && !opened.is_counted_everywhere(under)
            && catalogue.needed(under).iter().copied().any(|above| above == universe)
            && above.all(|above| above == universe || zone.published[above])
    };
    own.any(|(at, own)| own.universe == universes[universe].id && !opened.is_everywhere(at))
        || (0..universes.len()).any(says)
}

/// R9 inside one zone: a cell only with those that it needs and where it is offered, a count exactly
/// with them, and the figures of a cell together or not at all.
pub fn check_lattice(
    zone: &ShownZone,
    seen: &Seen,
    catalogue: &Catalogue,
    opened: &Opened,
    findings: &mut Vec<Finding>,
) {
    let at = format!("{} {}", zone.scale, zone.code);
    for (own, universe) in catalogue.universes().iter().enumerate() {
        let unpublished =
            catalogue.needed(own).iter().copied().find(|needed| !zone.published[*needed]);
        if let (true, Some(needed)) = (zone.published[own], unpublished) {
            let needed = &catalogue.universes()[needed].id;
            let words = format!("{at} : « {} » est diffusé sans « {needed} »", universe.id);
            findings.push(Finding::new("R9, parents d'abord", words));
        }
        let is_due = universe.is_offered(zone.scale)
            && match universe.parents.is_empty() {
                _ if opened.is_counted_everywhere(own) => true,
                true => zone.published[own],
                false => unpublished.is_none() && !opened.may_withhold(own, catalogue),
            };
        if is_due && seen.counts[own].is_none() {
            findings.push(missing(&at, &universe.id));
        }
    }
    for (own, indicator) in catalogue.indicators().iter().enumerate() {
        let universe = catalogue.universe_index(&indicator.universe);
        let is_due = universe.is_some_and(|own| zone.published[own]) && !opened.is_everywhere(own);
        if is_due && !seen.figures.iter().any(|(other, _)| *other == own) {
            let words = format!(
                "{at} : « {} » manque où son univers « {} » est diffusé",
                indicator.id, indicator.universe
            );
            findings.push(Finding::new("R9, figures d'une case", words));
        }
    }
}

/// What a zone may not show of any cell: a universe under the scale from which it is offered, parts of
/// a ratio that stands alone, a denominator that is not its universe.
pub fn check_columns(
    zone: &ShownZone,
    seen: &Seen,
    catalogue: &Catalogue,
    findings: &mut Vec<Finding>,
) {
    let at = format!("{} {}", zone.scale, zone.code);
    for (own, universe) in catalogue.universes().iter().enumerate() {
        let is_shown = zone.published[own] || seen.counts[own].is_some();
        if is_shown && !universe.is_offered(zone.scale) {
            let words = format!("{at} : « {} » n'est pas offert à cette échelle", universe.id);
            findings.push(Finding::new("Échelle", words));
        }
    }
    for (own, figure) in &seen.figures {
        let indicator = &catalogue.indicators()[*own];
        let universe = catalogue.universe_index(&indicator.universe);
        let count = universe.and_then(|universe| seen.counts[universe]);
        check_figure(&at, indicator, (figure, count), findings);
    }
}

/// What an indicator shows beside its value: nothing where the ratio is alone, and as denominator,
/// where each contributor counts for the same, so many times those that are counted.
fn check_figure(
    at: &str,
    indicator: &Indicator,
    (figure, count): (&Figure, Option<i64>),
    findings: &mut Vec<Finding>,
) {
    let id = &indicator.id;
    if indicator.ratio_alone && (figure.numerator.is_some() || figure.denominator.is_some()) {
        let words = format!("{at} : « {id} » est montré avec son numérateur ou son dénominateur");
        findings.push(Finding::new("Rapport seul", words));
    }
    let each = indicator.denominator.trim().parse::<i64>();
    if let (Ok(each), Some(denominator), Some(count)) = (each, figure.denominator, count)
        && count.checked_mul(each) != Some(denominator)
    {
        let words = format!(
            "{at} : « {id}_den » est {denominator}, « n_{} » est {count}",
            indicator.universe
        );
        findings.push(Finding::new("R1, dénominateur", words));
    }
}

/// Every count, numerator, denominator and value is what the microdata give; each that is not is a
/// finding. The number of the zone, where the microdata make it.
pub fn compare(
    scale: Scale,
    seen: &Seen,
    catalogue: &Catalogue,
    truth: &Truth,
    findings: &mut Vec<Finding>,
) -> Option<u32> {
    let mut wrong = |column: &str| {
        let words =
            format!("{scale} {}, « {column} » : pas ce que disent les microdonnées", seen.code);
        findings.push(Finding::new("Chiffre", words));
    };
    let Some(zone) = truth.number(scale, &seen.code) else {
        wrong("code");
        return None;
    };
    if truth.zones[zone as usize].communes != seen.communes {
        wrong("communes");
    }
    if seen.counts.iter().all(Option::is_none) && seen.figures.is_empty() {
        return Some(zone);
    }
    let counts = truth.counts(zone);
    if seen.counts.iter().any(Option::is_some) {
        for (own, universe) in catalogue.universes().iter().enumerate() {
            let same = |shown: i64| u64::try_from(shown).is_ok_and(|shown| shown == counts[own]);
            if seen.counts[own].is_some_and(|shown| !same(shown)) {
                wrong(&format!("n_{}", universe.id));
            }
        }
    }
    if seen.figures.is_empty() {
        return Some(zone);
    }
    let sums = truth.sums(zone, &counts);
    for (own, figure) in &seen.figures {
        let indicator = &catalogue.indicators()[*own];
        let (numerator, denominator) = (sums[2 * own], sums[2 * own + 1]);
        let same = |shown: Option<i64>, sum: i128| shown.is_none_or(|one| i128::from(one) == sum);
        let (multiplier, divisor, decimals) = indicator.unit.scaling();
        let is_value = figure.value.is_none_or(|value| {
            let unit = 10i128.pow(decimals);
            let exact = (numerator * i128::from(multiplier) * unit) as f64
                / (denominator * i128::from(divisor)) as f64;
            (value * unit as f64 - exact).abs() <= 0.500_001
        });
        let parts = [
            (is_value, ""),
            (same(figure.numerator, numerator), "_num"),
            (same(figure.denominator, denominator), "_den"),
        ];
        for (_, end) in parts.iter().filter(|(is_same, _)| !is_same) {
            wrong(&format!("{}{end}", indicator.id));
        }
    }
    let due = extremes::due(scale, catalogue, &counts, &sums);
    extremes::check((scale, seen), catalogue, &due, findings);
    Some(zone)
}

/// What several places say of the same zones, which must be the same.
#[derive(Default)]
pub struct Union {
    pub zones: BTreeMap<(Scale, String), Seen>,
}

impl Union {
    /// Adds what a client saw; R4 where it differs from what another saw.
    pub fn add(&mut self, scale: Scale, seen: Seen, findings: &mut Vec<Finding>) {
        use std::collections::btree_map::Entry;
        match self.zones.entry((scale, seen.code.clone())) {
            Entry::Vacant(slot) => {
                slot.insert(seen);
            }
            Entry::Occupied(mut slot) => {
                let known = slot.get_mut();
                if let Some(column) = disagreement(known, &seen) {
                    let words = format!("{scale} {}, {column} : pas le même partout", seen.code);
                    findings.push(Finding::new("R4, un seul masque", words));
                }
                merge(known, seen);
            }
        }
    }
}

/// The first column of which two readers were told otherwise. Readers of two audiences do not see
/// the same columns: what both see must be the same.
fn disagreement(one: &Seen, two: &Seen) -> Option<&'static str> {
    let counts =
        one.counts.iter().zip(&two.counts).all(|(a, b)| a.is_none() || b.is_none() || a == b);
    let figures = one.figures.iter().all(|(at, figure)| {
        let other = two.figures.iter().find(|(other, _)| other == at);
        other.is_none_or(|(_, other)| {
            same(figure.value, other.value)
                && same(figure.numerator, other.numerator)
                && same(figure.denominator, other.denominator)
                && same(figure.mark, other.mark)
                && !(figure.mark.is_some() && other.is_told())
                && !(figure.is_told() && other.mark.is_some())
        })
    });
    let secret = one.secret.is_none() || two.secret.is_none() || one.secret == two.secret;
    let columns = [
        ("nom", one.nom == two.nom),
        ("communes", one.communes == two.communes),
        ("situe", one.situe == two.situe),
        ("grappe", one.group == two.group),
        ("secret", secret),
        ("effectifs", counts),
        ("chiffres", figures),
    ];
    columns.into_iter().find(|(_, same)| !same).map(|(column, _)| column)
}

/// Whether two that may not be told are the same where both are.
fn same<T: PartialEq>(one: Option<T>, two: Option<T>) -> bool {
    one.zip(two).is_none_or(|(one, two)| one == two)
}

fn merge(known: &mut Seen, seen: Seen) {
    for (own, other) in known.counts.iter_mut().zip(seen.counts) {
        *own = own.or(other);
    }
    for (at, figure) in seen.figures {
        match known.figures.iter_mut().find(|(own, _)| *own == at) {
            Some((_, own)) => {
                own.value = own.value.or(figure.value);
                own.numerator = own.numerator.or(figure.numerator);
                own.denominator = own.denominator.or(figure.denominator);
                own.mark = own.mark.or(figure.mark);
            }
            None => known.figures.push((at, figure)),
        }
    }
    known.secret = known.secret.or(seen.secret);
}

/// Whether a client saw nothing else than the edition says.
pub fn is_part(client: &Seen, edition: &Seen) -> bool {
    let counts = client.counts.iter().zip(&edition.counts).all(|(a, b)| a.is_none() || a == b);
    let figures = client.figures.iter().all(|(at, figure)| {
        edition.figures.iter().any(|(own, other)| {
            own == at
                && (figure.value.is_none() || figure.value == other.value)
                && (figure.numerator.is_none() || figure.numerator == other.numerator)
                && (figure.denominator.is_none() || figure.denominator == other.denominator)
                && (figure.mark.is_none() || figure.mark == other.mark)
        })
    });
    let secret = client.secret.is_none() || client.secret == edition.secret;
    let places = |seen: &Seen| {
        (seen.nom.clone(), seen.communes.clone(), seen.situe.clone(), seen.group.clone())
    };
    counts && figures && secret && places(client) == places(edition)
}
