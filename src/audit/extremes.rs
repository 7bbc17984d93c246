//! R10: which figures an edition keeps back for being extreme, worked out again from what is counted.
//!
//! A reader must not find a figure where its place holds a mark, nor a mark where the figure is due: where one
//! stands depends on figures alone, so each mark that is wrong says something of them.

use std::collections::BTreeMap;

use domain::{Catalogue, Extremes, Indicator, Mark, Scale};

use super::Finding;
use super::seen::{Figure, Seen};

/// A figure is extreme up to here from none or from all.
const FEW: i128 = 2;
/// A QPV where fewer households have an answer keeps its extremes back.
const FEW_HOUSEHOLDS: u64 = 100;
const RULE: &str = "R10, extrêmes";

/// Whether some zones of a scale keep extremes back: those under the IRIS, and QPV.
pub fn keeps_back(scale: Scale) -> bool {
    scale == Scale::QPV || !scale.is_as_wide_as(Scale::IRIS)
}

/// Whether the family of an indicator keeps any back.
pub fn is_kept_back(catalogue: &Catalogue, indicator: &Indicator) -> bool {
    let mut families = catalogue.families().iter();
    families.any(|own| own.id == indicator.family && own.extremes != Extremes::Off)
}

/// The marks that are due among the figures of a zone, by indicator; `sums` are the numerator and
/// denominator of each in turn, `counts` the members of each universe.
pub fn due(
    scale: Scale,
    catalogue: &Catalogue,
    counts: &[u64],
    sums: &[i128],
) -> BTreeMap<usize, Mark> {
    let mut found = BTreeMap::new();
    if !keeps_back(scale) {
        return found;
    }
    for family in catalogue.families().iter().filter(|own| own.extremes != Extremes::Off) {
        let mut members: Vec<Member> = Vec::new();
        let all = catalogue.indicators().iter().enumerate();
        for (at, own) in all.filter(|(_, own)| own.family == family.id) {
            let of = own.sum_of.iter().map(String::as_str).collect();
            members.push(Member {
                at,
                id: &own.id,
                of,
                part: sums[2 * at],
                whole: sums[2 * at + 1],
            });
        }
        let universe = members
            .first()
            .and_then(|own| catalogue.universe_index(&catalogue.indicators()[own.at].universe));
        let is_large = universe.is_some_and(|own| counts[own] >= FEW_HOUSEHOLDS);
        if members.first().is_some_and(|own| own.whole > 0) && !(scale == Scale::QPV && is_large) {
            let marks = of_family(&members, family.adds_up, family.extremes);
            found.extend(members.iter().zip(marks).filter_map(|(own, mark)| Some((own.at, mark?))));
        }
    }
    found
}

/// One figure of a family in one zone.
struct Member<'a> {
    at: usize,
    id: &'a str,
    /// The bands that it sums up; none for a band.
    of: Vec<&'a str>,
    part: i128,
    whole: i128,
}

impl Member<'_> {
    fn is_low(&self) -> bool {
        self.part <= FEW
    }

    fn is_high(&self) -> bool {
        self.whole - self.part <= FEW
    }
}

/// The rule, in the words of `RULES.md`: marks of one family whose figures follow each other.
fn of_family(members: &[Member<'_>], adds_up: bool, extremes: Extremes) -> Vec<Option<Mark>> {
    let every = |mark: Option<Mark>| vec![mark; members.len()];
    let bands = || members.iter().filter(|own| own.of.is_empty());
    let is_both = extremes == Extremes::Both;
    // So few are near none and near all at once.
    if members.iter().any(|own| own.whole <= 2 * FEW) {
        return every(Some(Mark::Withheld));
    }
    // One band is nearly everybody, or there is one figure and nothing that it adds up with.
    if !adds_up || bands().any(Member::is_high) {
        let own = |member: &Member<'_>| match (member.is_high(), member.is_low()) {
            (true, _) => Some(Mark::High),
            (_, true) => (is_both || adds_up).then_some(Mark::Low),
            _ => None,
        };
        return members.iter().map(own).collect();
    }
    if !is_both {
        let is_summed = members.iter().any(Member::is_high);
        return every(is_summed.then_some(Mark::Withheld));
    }
    let low = bands().filter(|own| own.is_low()).count();
    if low == 0 {
        return every(None);
    }
    let beside = bands().find(|own| !own.is_low()).map(|own| own.id);
    let hidden: Vec<&Member<'_>> =
        bands().filter(|own| own.is_low() || Some(own.id) == beside).collect();
    let total: i128 = hidden.iter().map(|own| own.part).sum();
    let count = bands().count() as i128;
    let whole = members.first().map_or(0, |own| own.whole);
    let is_full = low as i128 == count && whole > FEW * (count - 1);
    if is_full || total <= 2 * FEW {
        return every(Some(Mark::Withheld));
    }
    let is_hidden = |id: &str| hidden.iter().any(|own| own.id == id);
    let mark = |own: &Member<'_>| match own.of.as_slice() {
        [] if Some(own.id) == beside => Some(Mark::Withheld),
        [] => own.is_low().then_some(Mark::Low),
        of => {
            let inside = of.iter().filter(|id| is_hidden(id)).count();
            (inside > 0 && inside < hidden.len()).then_some(Mark::Withheld)
        }
    };
    members.iter().map(mark).collect()
}

/// Holds what a zone shows against the marks that are due.
pub fn check(
    (scale, seen): (Scale, &Seen),
    catalogue: &Catalogue,
    due: &BTreeMap<usize, Mark>,
    findings: &mut Vec<Finding>,
) {
    for (at, figure) in &seen.figures {
        let id = &catalogue.indicators()[*at].id;
        let words = match (due.get(at), figure.mark) {
            (Some(_), _) if figure.is_told() => format!("« {id} » est montré où il est retenu"),
            (Some(due), Some(mark)) if *due != mark => {
                format!("« {id}_ext » est « {} », « {} » attendu", mark.id(), due.id())
            }
            (Some(due), None) => format!("« {id}_ext » manque, « {} » attendu", due.id()),
            (None, Some(_)) => format!("« {id} » est retenu où il est montré partout ailleurs"),
            _ => continue,
        };
        let words = format!("{scale} {} : {words}", seen.code);
        findings.push(Finding::new(RULE, words));
    }
}

/// What one figure says without the microdata: it is shown and extreme, in a place that keeps extremes back.
pub fn is_extreme(catalogue: &Catalogue, indicator: &Indicator, figure: &Figure) -> bool {
    let family = catalogue.families().iter().find(|own| own.id == indicator.family);
    let extremes = family.map_or(Extremes::Off, |own| own.extremes);
    let (Some(part), Some(whole)) = (figure.numerator, figure.denominator) else { return false };
    let [low, high] = [part, whole - part].map(|own| i128::from(own) <= FEW);
    match extremes {
        Extremes::Off => false,
        Extremes::High => high,
        Extremes::Both => low || high,
    }
}
