//! Every cell of small sizes, as a reader sees it who knows the rule.

use std::collections::HashMap;

use super::*;

/// A family of so many bands, with these sums.
fn bands(parts: usize, sums: &[&[usize]]) -> Bands {
    let sums = sums.iter().enumerate().map(|(at, of)| (parts + at, of.to_vec()));
    Bands { parts: (0..parts).collect(), sums: sums.collect(), are_whole: true }
}

/// Hands over each way to divide `whole` among `parts`.
fn divisions(parts: usize, whole: i64, given: &mut Vec<i64>, each: &mut dyn FnMut(&[i64])) {
    if parts == 1 {
        given.push(whole);
        each(given);
        given.pop();
        return;
    }
    for own in 0..=whole {
        given.push(own);
        divisions(parts - 1, whole - own, given, each);
        given.pop();
    }
}

/// What a reader sees of a figure: a value, or a mark.
type Shown = (Option<i64>, Option<Mark>);

/// A cell that is told: what is shown of it, and which figure of it has one value only.
fn told(
    bands: &Bands,
    extremes: Extremes,
    whole: i64,
    extreme: i64,
) -> (Option<Vec<Shown>>, usize) {
    let mut views: HashMap<Vec<Shown>, (Vec<i64>, Vec<bool>)> = HashMap::new();
    let mut kept = 0;
    let mut look = |parts: &[i64]| {
        let sum = |of: &Vec<usize>| of.iter().map(|&part| parts[part]).sum();
        let values: Vec<i64> =
            parts.iter().copied().chain(bands.sums.iter().map(|(_, of)| sum(of))).collect();
        let marks = marks(bands, extremes, &values, whole, extreme);
        kept += marks.iter().flatten().count();
        let shown = |(&value, &mark): (&i64, &Option<Mark>)| match mark {
            Some(_) => (None, mark),
            None => (Some(value), None),
        };
        let view = values.iter().zip(&marks).map(shown).collect();
        let known =
            views.entry(view).or_insert_with(|| (values.clone(), vec![false; values.len()]));
        for (at, value) in values.iter().enumerate() {
            known.1[at] |= known.0[at] != *value;
        }
    };
    if bands.are_whole {
        divisions(bands.parts.len(), whole, &mut Vec::new(), &mut look);
    } else {
        (0..=whole).for_each(|own| look(&[own]));
    }
    let resolves = |(view, (_, varies)): (Vec<Shown>, (Vec<i64>, Vec<bool>))| {
        let is_told = view.iter().zip(&varies).any(|(own, varies)| own.1.is_some() && !varies);
        is_told.then_some(view)
    };
    (views.into_iter().find_map(resolves), kept)
}

#[track_caller]
fn no_mark_resolves(bands: &Bands, sizes: std::ops::RangeInclusive<i64>) {
    for extremes in [Extremes::High, Extremes::Both] {
        for whole in sizes.clone() {
            let (told, kept) = told(bands, extremes, whole, EXTREME);
            assert!(kept > 0, "{extremes:?}, {whole}: the test must see what is kept back");
            assert_eq!(told, None, "{extremes:?}, {whole}");
        }
    }
}

#[test]
fn no_mark_of_a_small_cell_resolves_inside_it() {
    for parts in 2..=4 {
        no_mark_resolves(&bands(parts, &[]), 11..=30);
    }
    no_mark_resolves(&bands(5, &[]), 11..=22);
    no_mark_resolves(&Bands { parts: vec![0], sums: vec![], are_whole: false }, 11..=60);
}

#[test]
fn no_mark_of_a_cell_with_cumulated_bands_resolves_inside_it() {
    // Ages, and resources.
    no_mark_resolves(&bands(5, &[&[3, 4]]), 11..=22);
    no_mark_resolves(&bands(7, &[&[0, 1], &[0, 1, 2], &[5, 6]]), 11..=16);
    // Sums that overlap without one holding the other.
    no_mark_resolves(&bands(4, &[&[0, 1], &[1, 2], &[0, 1, 2], &[0, 3]]), 11..=24);
}

/// Why an extreme is 2 and not 1: two bands of one each, and the third that is not shown, add up to what only
/// they can.
#[test]
fn an_extreme_of_one_would_resolve() {
    let (told, _) = told(&bands(3, &[]), Extremes::Both, 11, 1);
    let view = told.expect("two bands of one are told by their sum");
    assert_eq!(view.iter().filter(|own| own.1 == Some(Mark::Low)).count(), 2);
    let own = marks(&bands(3, &[]), Extremes::Both, &[1, 1, 9], 11, 1);
    assert_eq!(own, [Some(Mark::Low), Some(Mark::Low), Some(Mark::Withheld)]);
}

/// Marks of sums by their own size would resolve: 3 and 0 beside 1 and 2, whose sum says that it is more than 2.
#[test]
fn a_sum_says_nothing_of_its_own() {
    let age = bands(5, &[&[3, 4]]);
    let own = marks(&age, Extremes::Both, &[3, 5, 0, 1, 2, 3], 11, EXTREME);
    let (low, withheld) = (Some(Mark::Low), Some(Mark::Withheld));
    assert_eq!(own, [withheld, None, low, low, low, withheld]);
    let own = marks(&age, Extremes::Both, &[6, 5, 0, 0, 0, 0], 11, EXTREME);
    assert_eq!(own, [withheld, None, low, low, low, withheld]);
}

#[test]
fn each_case_of_the_rule() {
    let (low, high, withheld) = (Some(Mark::Low), Some(Mark::High), Some(Mark::Withheld));
    let of = |extremes, values: &[i64]| {
        let family = bands(values.len(), &[]);
        marks(&family, extremes, values, values.iter().sum(), EXTREME)
    };
    let both = |values: &[i64]| of(Extremes::Both, values);
    assert_eq!(both(&[4, 3, 5]), [None; 3], "no extreme");
    assert_eq!(both(&[10, 1, 0]), [high, low, low], "one is nearly all");
    assert_eq!(both(&[1, 6, 7]), [low, withheld, None], "the first that is not extreme goes too");
    assert_eq!(both(&[0, 3, 9]), [withheld; 3], "what is withheld is under five");
    assert_eq!(both(&[2, 2, 2, 2, 2, 2, 1]), [withheld; 7], "all are low, and nearly all are two");
    assert_eq!(both(&[2, 2, 2, 2, 2, 1, 0]), [low; 7]);
    let only_high = |values: &[i64]| of(Extremes::High, values);
    assert_eq!(only_high(&[1, 6, 7]), [None; 3]);
    assert_eq!(only_high(&[10, 1, 0]), [high, low, low]);
    assert_eq!(of(Extremes::Off, &[11, 0]), [None; 2]);
    let summed = bands(4, &[&[0, 1]]);
    let own = marks(&summed, Extremes::High, &[5, 5, 1, 0, 10], 11, EXTREME);
    assert_eq!(own, [withheld; 5], "the others would tell the sum");
    let alone = Bands { parts: vec![0], sums: vec![], are_whole: false };
    let share = |extremes, value| marks(&alone, extremes, &[value], 11, EXTREME);
    assert_eq!(
        [0, 2, 3, 8, 9].map(|own| share(Extremes::Both, own)[0]),
        [low, low, None, None, high]
    );
    assert_eq!(
        [0, 2, 3, 8, 9].map(|own| share(Extremes::High, own)[0]),
        [None, None, None, None, high]
    );
    assert_eq!(
        marks(&alone, Extremes::Both, &[0], 0, EXTREME),
        [None],
        "a share over nobody is absent"
    );
    assert_eq!(marks(&alone, Extremes::Both, &[2], 4, EXTREME), [withheld]);
}
