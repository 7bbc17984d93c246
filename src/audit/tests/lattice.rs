//! What one zone may show: counts and figures where they are due, offered and not more than that.

use domain::{Opening, Scale};

use super::super::opening::Opened;
use super::super::seen::{Columns, Figure, Seen};
use super::super::{Finding, shown, shown_zone};
use super::town::{catalogue, holds};

/// What is said of one zone of a scale.
fn lattice(universes: &str, scale: Scale, fill: impl FnOnce(&mut Seen)) -> Vec<Finding> {
    let catalogue = catalogue(universes);
    let mut seen = Columns::new(&catalogue).blank();
    fill(&mut seen);
    let opened = Opened::default();
    let zone = shown_zone(scale, &seen, &catalogue, &opened);
    let mut findings = Vec::new();
    shown::check_lattice(&zone, &seen, &catalogue, &opened, &mut findings);
    shown::check_columns(&zone, &seen, &catalogue, &mut findings);
    findings
}

#[test]
fn a_universe_finer_than_it_is_offered() {
    let universes = "logements logement -\nvacance logement logements finest=iris";
    let due = |seen: &mut Seen| seen.counts = vec![Some(40), Some(20)];
    assert_eq!(lattice(universes, Scale::IRIS, due), []);
    let words = "adresse  : « vacance » n'est pas offert à cette échelle";
    holds(&lattice(universes, Scale::ADRESSE, due), "Échelle", words);
    let absent = |seen: &mut Seen| seen.counts = vec![Some(40), None];
    assert_eq!(lattice(universes, Scale::ADRESSE, absent), []);
    holds(&lattice(universes, Scale::IRIS, absent), "R9, effectif", "« n_vacance » manque");
}

#[test]
fn a_count_whose_conditions_are_not_all_published() {
    let universes = "logements logement -
         bail menage logements
         bail_e menage bail domain_of=bail
         emmenages menage bail domain_of=bail requires=bail_e
         indicateur un bail ops\nindicateur deux bail_e ops";
    let shown = |emmenages: Option<i64>, is_eligible: bool| {
        move |seen: &mut Seen| {
            seen.counts = vec![Some(90), Some(40), Some(30), emmenages];
            let mut indicators = vec![0];
            indicators.extend(is_eligible.then_some(1));
            seen.figures = indicators.into_iter().map(|own| (own, figure(None))).collect();
        }
    };
    assert_eq!(lattice(universes, Scale::IRIS, shown(Some(12), true)), []);
    assert_eq!(lattice(universes, Scale::IRIS, shown(None, false)), []);
    holds(&lattice(universes, Scale::IRIS, shown(None, true)), "R9, effectif", "« n_emmenages »");
    // The count says that the cell it needs is published: the rest of it is missing.
    let words = "« deux » manque où son univers « bail_e » est diffusé";
    let leak = lattice(universes, Scale::IRIS, shown(Some(12), false));
    holds(&leak, "R9, figures d'une case", words);
}

fn figure(denominator: Option<i64>) -> Figure {
    Figure { value: Some(50.0), numerator: denominator.map(|den| den / 2), denominator, mark: None }
}

#[test]
fn a_denominator_that_is_not_its_universe_or_that_is_told_at_all() {
    let universes = "logements logement -
         indicateur part logements rpls_ouvert
         indicateur loyer logements rpls_ouvert denominator=SURFHAB ratio_alone=true";
    let shown = |part: Option<i64>, loyer: Option<i64>| {
        lattice(universes, Scale::IRIS, |seen: &mut Seen| {
            seen.counts = vec![Some(40)];
            seen.figures = vec![(0, figure(part)), (1, figure(loyer))];
        })
    };
    assert_eq!(shown(Some(40), None), []);
    holds(
        &shown(Some(31), None),
        "R1, dénominateur",
        "« part_den » est 31, « n_logements » est 40",
    );
    holds(&shown(Some(40), Some(123_456)), "Rapport seul", "« loyer »");
}

#[test]
fn what_open_columns_decide_stands_everywhere_with_its_count() {
    let catalogue = catalogue(
        "logements logement -
         types logement logements filter=known(TYPECONST_CODE)
         annees logement logements filter=known(CONSTRUCT)
         loyers logement logements filter=known(LOYERPRINC)
         indicateur collectif types rpls_ouvert\nindicateur loyer loyers rpls_restreint
         indicateur nomme loyers rpls_ouvert",
    );
    let opened = Opened::new(&[Opening::RplsOuvert].into(), &catalogue);
    assert_eq!([0, 1, 2].map(|own| opened.is_everywhere(own)), [true, false, false]);
    let counts = [0, 1, 2, 3].map(|own| opened.is_counted_everywhere(own));
    assert_eq!(counts, [true, true, false, false]);
    let mut seen = Columns::new(&catalogue).blank();
    seen.counts = vec![Some(4), Some(3), None, None];
    seen.figures = vec![(0, figure(Some(3)))];
    assert_eq!(shown::cells(&seen, &catalogue, &opened), [false; 4]);
    let closed = Opened::default();
    assert_eq!(shown::cells(&seen, &catalogue, &closed), [true, true, false, false]);
    // The count of those whose year is known is under the register's cell.
    seen.counts[2] = Some(3);
    assert_eq!(shown::cells(&seen, &catalogue, &opened), [true, false, false, false]);
}
