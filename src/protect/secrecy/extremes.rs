//! Rule R10: a figure that says of nearly everybody, or of nearly nobody, what it says is kept back, and a
//! reader is told its [`Mark`] instead. The mask knows nothing of it: marks stand in the place of figures
//! that it lets out.
//!
//! Inside a cell no mark resolves: whoever knows this file and everything that the cell shows finds at
//! least two values for each figure that is kept back (`tests` goes through every cell of small sizes). With
//! an extreme of 1 that would not hold: two bands of one each are told by their sum.

use domain::{Bands, Catalogue, EXTREME, Extremes, Mark, Scale};

use crate::aggregate::Sums;

/// What stands in the place of the figures of a scale that are kept back.
pub(super) struct Marks {
    /// For each indicator, its place among those that may be.
    places: Vec<Option<usize>>,
    /// How many may be.
    width: usize,
    /// Zone-major.
    list: Vec<Option<Mark>>,
}

impl Marks {
    /// Keeps back what is extreme, or would tell it, of the figures of a scale that the mask lets out, given the
    /// counts that it shows: numerators become 0. Sums of secret cells are 0 before.
    pub(super) fn lay(
        catalogue: &Catalogue,
        scale: Scale,
        counts: &[u64],
        sums: &mut Sums,
    ) -> Marks {
        let [universes, indicators] = [catalogue.universes().len(), catalogue.indicators().len()];
        let kept = kept(catalogue, scale);
        let mut marks = Marks { places: vec![None; indicators], width: 0, list: Vec::new() };
        for own in kept.iter().flat_map(Kept::indicators) {
            marks.places[own] = Some(marks.width);
            marks.width += 1;
        }
        if kept.is_empty() {
            return marks;
        }
        marks.list = vec![None; marks.width * counts.len() / universes];
        for (zone, counts) in counts.chunks_exact(universes).enumerate() {
            let at = |indicator: usize| 2 * (zone * indicators + indicator);
            for family in kept.iter().filter(|own| scale.keeps_extremes(counts[own.universe])) {
                let own = family.marks(&|one| sums.get(at(one)), &|one| sums.get(at(one) + 1));
                for (indicator, mark) in own {
                    sums.wipe(at(indicator));
                    if let Some(place) = marks.places[indicator] {
                        marks.list[zone * marks.width + place] = Some(mark);
                    }
                }
            }
        }
        marks
    }

    /// What stands in the place of a figure.
    pub(super) fn get(&self, zone: usize, indicator: usize) -> Option<Mark> {
        let place = self.places[indicator]?;
        self.list[zone * self.width + place]
    }
}

/// A family whose extremes are kept back.
struct Kept {
    bands: Bands,
    extremes: Extremes,
    /// The universe of its figures.
    universe: usize,
}

/// The families of a scale whose extremes are kept back. One of which the catalogue does not say how it adds up
/// was refused where the rules were read.
fn kept(catalogue: &Catalogue, scale: Scale) -> Vec<Kept> {
    let families = catalogue.families().iter().filter(|own| !own.extremes.is_off());
    families
        .filter(|_| scale.has_marks())
        .filter_map(|own| {
            let bands = catalogue.bands(&own.id).ok()?;
            let universe = catalogue.universe_of(*bands.parts.first()?);
            Some(Kept { bands, extremes: own.extremes, universe })
        })
        .collect()
}

impl Kept {
    /// Its indicators, by their places in the catalogue: parts, then sums.
    fn indicators(&self) -> impl Iterator<Item = usize> {
        self.bands.parts.iter().copied().chain(self.bands.sums.iter().map(|sum| sum.0))
    }

    /// The figures of one cell that are kept back.
    fn marks(
        &self,
        numerator: &dyn Fn(usize) -> i64,
        denominator: &dyn Fn(usize) -> i64,
    ) -> Vec<(usize, Mark)> {
        let values: Vec<i64> = self.indicators().map(numerator).collect();
        let whole = self.bands.parts.first().map_or(0, |&own| denominator(own));
        let marks = marks(&self.bands, self.extremes, &values, whole, EXTREME);
        self.indicators().zip(marks).filter_map(|(own, mark)| Some((own, mark?))).collect()
    }
}

/// What is said of each part and then of each sum of a family, given their numerators; `None` where the figure
/// is shown. The order of parts is the catalogue's, so an edition has one.
fn marks(
    bands: &Bands,
    extremes: Extremes,
    values: &[i64],
    whole: i64,
    extreme: i64,
) -> Vec<Option<Mark>> {
    let shown = vec![None; values.len()];
    let withheld = vec![Some(Mark::Withheld); values.len()];
    if extremes.is_off() || whole <= 0 {
        return shown;
    }
    if whole <= 2 * extreme {
        return withheld;
    }
    let is_low = |value: i64| value <= extreme;
    let is_high = |value: i64| whole - value <= extreme;
    let parts = &values[..bands.parts.len()];
    if parts.iter().any(|&own| is_high(own)) || !bands.are_whole {
        // Where one band is high all others are low: each says what the first one said.
        let says_low = bands.are_whole || extremes == Extremes::Both;
        let mark = |&value: &i64| match value {
            value if is_high(value) => Some(Mark::High),
            value if is_low(value) && says_low => Some(Mark::Low),
            _ => None,
        };
        return values.iter().map(mark).collect();
    }
    if extremes == Extremes::High {
        // A sum is high: the bands that it leaves out would tell it.
        return if values.iter().any(|&own| is_high(own)) { withheld } else { shown };
    }
    if !parts.iter().any(|&own| is_low(own)) {
        return shown;
    }
    let first = parts.iter().position(|&own| !is_low(own));
    let bands_but_one = i64::try_from(parts.len()).unwrap_or(i64::MAX) - 1;
    if first.is_none() && whole > extreme.saturating_mul(bands_but_one) {
        return withheld;
    }
    // The lows and, so that what is left does not tell a single one, the first that is not low.
    let is_hidden = |part: usize| is_low(parts[part]) || Some(part) == first;
    let hidden: Vec<usize> = (0..parts.len()).filter(|&part| is_hidden(part)).collect();
    if hidden.iter().map(|&part| parts[part]).sum::<i64>() < 2 * extreme + 1 {
        return withheld;
    }
    let of_part = |part: usize| match is_hidden(part) {
        true if Some(part) == first => Some(Mark::Withheld),
        true => Some(Mark::Low),
        false => None,
    };
    // A sum with all of them or none follows from what is shown; any other would tell more.
    let of_sum = |of: &Vec<usize>| {
        let within = of.iter().filter(|part| hidden.contains(part)).count();
        (within != 0 && within != hidden.len()).then_some(Mark::Withheld)
    };
    let sums = bands.sums.iter().map(|(_, of)| of_sum(of));
    (0..parts.len()).map(of_part).chain(sums).collect()
}

#[cfg(test)]
mod tests;
