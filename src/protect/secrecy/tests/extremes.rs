//! R10 at the door: where marks stand, what they leave of a figure, and what a reader who adds up is told.

use std::sync::Arc;

use crate::aggregate::{RawScale, RawTable};
use crate::secrecy::{PrivateRecord, Published, Rules, protect};
use domain::{Catalogue, Detail, Mark, Scale, Shape, Zone};

const CATALOGUE: &str = r#"
[[families]]
id = "pieces"
label = "Pièces"
adds_up = true
[[universes]]
id = "logements"
label = "Logements"
members = "logements"
kind = "logement"
parents = []
audiences = ["public_mission"]
filter = "known(NBPIECE)"
"#;

fn catalogue() -> Catalogue {
    let bands = ["NBPIECE < 2", "NBPIECE >= 2 && NBPIECE < 4", "NBPIECE >= 4"];
    let indicator = |(at, numerator): (usize, &str)| {
        format!(
            "[[indicators]]\nid = \"p{at}\"\nlabel = \"P\"\ndefinition = \"P\"\nsource = \"RPLS\"\n\
             family = \"pieces\"\nregime = \"rpls_restreint\"\nuniverse = \"logements\"\n\
             unit = \"pourcent\"\naudiences = [\"public_mission\"]\nnumerator = \"{numerator}\"\n\
             denominator = \"1\"\n"
        )
    };
    let indicators: String = bands.into_iter().enumerate().map(indicator).collect();
    Catalogue::from_toml(&format!("{CATALOGUE}{indicators}")).unwrap()
}

/// The bands of three addresses; the first two are a carreau, the last two lie in a QPV each.
const ADDRESSES: [[i64; 3]; 3] = [[10, 10, 10], [1, 8, 11], [2, 60, 58]];
const ZONES: [(Scale, &str, &[u32]); 8] = [
    (Scale::ADRESSE, "a", &[0]),
    (Scale::ADRESSE, "b", &[1]),
    (Scale::ADRESSE, "c", &[2]),
    (Scale::CARREAU, "K1", &[0, 1]),
    (Scale::CARREAU, "K2", &[2]),
    (Scale::QPV, "Q1", &[1]),
    (Scale::QPV, "Q2", &[2]),
    (Scale::COMMUNE, "C", &[0, 1, 2]),
];

fn published(extremes: &str) -> (Published, PrivateRecord) {
    let scale = |scale: Scale| {
        let own = || ZONES.iter().filter(move |zone| zone.0 == scale);
        let sum = |zone: &[u32], band: usize| -> i64 {
            zone.iter().map(|&atom| ADDRESSES[atom as usize][band]).sum()
        };
        let whole = |zone: &[u32]| (0..3).map(|band| sum(zone, band)).sum::<i64>();
        RawScale {
            scale,
            zones: own()
                .map(|zone| Zone {
                    code: zone.1.parse().unwrap(),
                    nom: String::new(),
                    communes: vec![],
                    situe: vec![],
                    detail: Detail::None,
                })
                .collect(),
            shapes: own().map(|_| Shape::Point((2.0, 49.0).into())).collect(),
            atoms: own().map(|zone| zone.2.to_vec()).collect(),
            counts: own().map(|zone| whole(zone.2) as u64).collect(),
            sums: own()
                .flat_map(|zone| (0..3).flat_map(|band| [sum(zone.2, band), whole(zone.2)]))
                .collect(),
        }
    };
    let catalogue = catalogue();
    let rules = format!("threshold = 11\n[universes]\n[extremes]\npieces = \"{extremes}\"\n");
    let rules = Rules::from_toml(&rules, &catalogue).unwrap();
    let counts: Vec<u32> = ADDRESSES.iter().map(|own| own.iter().sum::<i64>() as u32).collect();
    let scales = [Scale::ADRESSE, Scale::CARREAU, Scale::QPV, Scale::COMMUNE].map(scale);
    let raw = RawTable::of_counts(scales.into(), &catalogue, &counts);
    protect(raw, None, Arc::new(catalogue), &rules, &|_| ())
}

/// What a zone shows of each band.
fn shown(published: &Published, scale: Scale, code: &str) -> [Result<i64, &'static str>; 3] {
    let own = published.scales().iter().find(|own| own.scale() == scale).unwrap();
    let zone = own.zones().iter().position(|zone| zone.code.as_str() == code).unwrap();
    [0, 1, 2].map(|band| match (own.figure(zone, band), own.mark(zone, band)) {
        (Some(figure), None) => Ok(figure.parts().unwrap().0),
        (None, Some((mark, denominator))) => {
            assert_eq!(Some(denominator as u64), own.count(zone, 0), "the denominator stays");
            Err(mark.id())
        }
        both => panic!("{code}: {both:?}"),
    })
}

#[test]
fn marks_stand_under_the_iris_and_in_small_qpv() {
    let (published, _) = published("both");
    let of = |scale, code| shown(&published, scale, code);
    assert_eq!(of(Scale::ADRESSE, "a"), [Ok(10), Ok(10), Ok(10)]);
    assert_eq!(of(Scale::ADRESSE, "b"), [Err("bas"), Err("nd"), Ok(11)]);
    assert_eq!(of(Scale::QPV, "Q1"), of(Scale::ADRESSE, "b"));
    assert_eq!(of(Scale::CARREAU, "K1"), [Ok(11), Ok(18), Ok(21)]);
    assert_eq!(of(Scale::CARREAU, "K2"), [Err("bas"), Err("nd"), Ok(58)]);
    // 120 dwellings.
    assert_eq!(of(Scale::QPV, "Q2"), [Ok(2), Ok(60), Ok(58)]);
    assert_eq!(of(Scale::COMMUNE, "C"), [Ok(13), Ok(78), Ok(79)]);
}

#[test]
fn marks_move_no_mask_and_off_is_off() {
    let (with, _) = published("both");
    let (without, record) = published("off");
    for (one, other) in with.scales().iter().zip(without.scales()) {
        for zone in 0..one.zones().len() {
            assert_eq!(one.is_published(zone, 0), other.is_published(zone, 0));
            assert_eq!(one.count(zone, 0), other.count(zone, 0));
            assert!((0..3).all(|band| other.mark(zone, band).is_none()));
        }
    }
    assert!(record.marks().is_empty());
    let limits = |published: &Published| published.limits().count();
    assert_eq!(limits(&with), limits(&without) + 1);
    assert_eq!(published("high").0.scales()[0].mark(1, 0), None::<(Mark, i64)>);
}

/// 1 and 8 of the second address are what its carreau leaves of the first; 2 and 60 stand in a QPV of the
/// same dwellings.
#[test]
fn the_record_says_how_many_marks_are_told_across_zones() {
    let (_, record) = published("both");
    let told =
        |scale| record.marks().iter().find(|own| own.of() == ("pieces", scale)).unwrap().said();
    // Figures, low, high, withheld, told.
    assert_eq!(told(Scale::ADRESSE), [9, 2, 0, 2, 4]);
    assert_eq!(told(Scale::CARREAU), [6, 1, 0, 1, 2]);
    assert_eq!(told(Scale::QPV), [6, 1, 0, 1, 2]);
}
