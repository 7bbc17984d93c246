//! Codes and names, and the order of the communes that follows from them.

use super::super::names::{Names, of};
use super::ground::Ground;
use super::groups::Groups;
use super::{Commune, Departement, Epci, Ept, Land, Territory, Traps};

/// How many départements there are codes for.
pub(super) const DEPARTEMENTS: usize = 96;

/// Where real départements would be, `code:région`. The first two are the default territory.
const CODES: &str = "
85:52 49:52 44:52 53:52 72:52 22:53 29:53 35:53 56:53 14:28 27:28 50:28
61:28 76:28 02:32 59:32 60:32 62:32 80:32 75:11 77:11 78:11 91:11 92:11
93:11 94:11 95:11 08:44 10:44 51:44 52:44 54:44 55:44 57:44 67:44 68:44
88:44 18:24 28:24 36:24 37:24 41:24 45:24 21:27 25:27 39:27 58:27 70:27
71:27 89:27 90:27 16:75 17:75 19:75 23:75 24:75 33:75 40:75 47:75 64:75
79:75 86:75 87:75 01:84 03:84 07:84 15:84 26:84 38:84 42:84 43:84 63:84
69:84 73:84 74:84 09:76 11:76 12:76 30:76 31:76 32:76 34:76 46:76 48:76
65:76 66:76 81:76 82:76 04:93 05:93 06:93 13:93 83:93 84:93 2A:94 2B:94";

/// Names and numbers everything, département by département, in the order of the alphabet.
pub(super) fn name_all(
    land: Land,
    frame: super::Frame,
    ground: Ground,
    groups: Groups,
    noms: Vec<String>,
) -> Territory {
    let Groups { epcis: groups, epts, departements: blocks } = groups;
    let codes: Vec<(&str, &str)> =
        CODES.split_whitespace().filter_map(|pair| pair.split_once(':')).collect();
    let count = blocks.iter().max().map_or(1, |last| last + 1);
    // The neighbour is the second département; the others follow.
    let rank = |block: usize| match block {
        0 => 0,
        _ if block == count - 1 => 1,
        _ => block + 1,
    };
    let mut order: Vec<usize> = (0..noms.len()).collect();
    order.sort_by(|a, b| {
        let key = |index: usize| (rank(blocks[index]), noms[index].as_str(), index);
        key(*a).cmp(&key(*b))
    });
    let mut place = vec![0; order.len()];
    let mut communes: Vec<Commune> = Vec::with_capacity(order.len());
    let mut number = 0;
    for (index, old) in order.iter().enumerate() {
        place[*old] = index;
        let departement = rank(blocks[*old]);
        let same = communes.last().is_some_and(|last| last.departement == departement);
        number = if same { number + 1 } else { 1 };
        let code = format!("{}{number:03}", codes[departement].0);
        let (nom, cells) = (noms[*old].clone(), ground.cells[*old].clone());
        communes.push(Commune {
            code,
            nom,
            cells,
            epci: groups[*old],
            ept: epts[*old],
            departement,
        });
    }
    let epcis = name_epcis(land, &ground, &groups, &place, &noms);
    let departements = (0..count)
        .map(|index| {
            let (code, region) = codes[index];
            let way = ["Haute", "Basse", "Val", "Pays"][(index / 14 + index) % 4];
            let river = Names::river(index * 5 + 3);
            let nom = match way {
                "Val" | "Pays" => format!("{way}-{}", of("de", river)),
                _ => format!("{way}-{river}"),
            };
            Departement { code, nom, region }
        })
        .collect();
    let traps = Traps {
        town: place[0],
        enclave: place[ground.enclave.0],
        exclave: place[ground.exclave.0],
        exclave_cell: ground.exclave.1,
        island: place[ground.island],
    };
    let owners = ground.owners.into_iter().map(|(cell, old)| (cell, place[old])).collect();
    Territory {
        land,
        frame,
        communes,
        epcis,
        epts: name_epts(&epts, &noms),
        departements,
        traps,
        owners,
    }
}

fn name_epcis(
    land: Land,
    ground: &Ground,
    groups: &[Option<usize>],
    place: &[usize],
    noms: &[String],
) -> Vec<Epci> {
    let count = groups.iter().flatten().max().map_or(0, |last| last + 1);
    // The town, commune 0, is the seat of its EPCI; elsewhere the largest commune is.
    let mut largest = vec![usize::MAX; count];
    for (commune, group) in groups.iter().enumerate() {
        let Some(group) = group else { continue };
        let best = &mut largest[*group];
        let larger = |than: usize| ground.cells[commune].len() > ground.cells[than].len();
        if *best == usize::MAX || (*best != 0 && larger(*best)) {
            *best = commune;
        }
    }
    largest
        .into_iter()
        .enumerate()
        .map(|(index, seat)| {
            let town = groups.first().copied().flatten() == Some(index);
            let river = Names::river(index * 3 + 1);
            let (nature, nom) = if town && land.is_country() {
                ("ME", format!("Métropole {}", of("de", &noms[seat]).replacen('-', " ", 1)))
            } else if town {
                ("CA", format!("CA {} Agglomération", noms[seat]))
            } else if index % 3 == 0 {
                ("CC", format!("CC du Pays {}", of("de", &noms[seat]).replacen('-', " ", 1)))
            } else {
                ("CC", format!("CC {} et {river}", noms[seat]))
            };
            Epci { siren: siren(index), nom, nature, seat: place[seat] }
        })
        .collect()
}

/// Each is named after its first commune.
fn name_epts(epts: &[Option<usize>], noms: &[String]) -> Vec<Ept> {
    let count = epts.iter().flatten().max().map_or(0, |last| last + 1);
    let first = |ept| epts.iter().position(|other| *other == Some(ept)).unwrap_or(0);
    (0..count)
        .map(|ept| Ept {
            siren: with_check_digit(&format!("20005{ept:03}")),
            nom: format!("{} et environs", noms[first(ept)]),
        })
        .collect()
}

/// A nine-digit number whose last digit closes the check of SIREN numbers (Luhn).
fn siren(index: usize) -> String {
    with_check_digit(&format!("2009{:04}", (index * 7 + 101) % 10_000))
}

/// Appends the digit that makes the Luhn sum a multiple of ten.
pub(crate) fn with_check_digit(digits: &str) -> String {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte.wrapping_sub(b'0'));
            if index % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit }
        })
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}
