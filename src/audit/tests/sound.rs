//! What counts alone tell is no false alarm: the microdata agree, whatever is published or opened.

use std::collections::BTreeSet;

use proptest::prelude::*;

use domain::{CommuneRow, Opening, Scale};

use super::super::opening::Opened;
use super::super::outside;
use super::town::Town;

const UNIVERSES: &str = "
    logements logement -
    logements_e logement logements domain_of=logements
    loyers logement logements
    menages menage logements
    menages_e menage menages+logements_e domain_of=menages
    indicateur loyer loyers rpls_restreint";

const NAMES: [&str; 5] = ["logements", "logements_e", "loyers", "menages", "menages_e"];

/// Dwellings that are eligible and others, how many of each have a household, and rents.
type Address = (usize, [u32; 2], [u32; 2], u32);

fn town(addresses: &[Address]) -> Town {
    let (mut records, mut zones) = (String::new(), String::new());
    let mut inside = [String::new(), String::new(), String::new()];
    for (at, (commune, dwellings, households, rents)) in addresses.iter().enumerate() {
        let [eligible, others] = *dwellings;
        let rents = eligible.min(*rents);
        let lived = [eligible - rents, others].map(|own| own.min(households[0]));
        records += &format!(
            "a{at} {rents} logements logements_e loyers\na{at} {} logements logements_e\n\
             a{at} {others} logements\na{at} {} logements logements_e menages menages_e\n\
             a{at} {} logements menages\n",
            eligible - rents,
            lived[0],
            lived[1].min(households[1]),
        );
        zones += &format!("adresse a{at} a{at}\n");
        inside[*commune] += &format!(" a{at}");
    }
    for (own, commune) in inside.iter().zip(1..).filter(|(own, _)| !own.is_empty()) {
        zones += &format!("commune 9500{commune}{own}\n");
    }
    for zone in ["epci 200000001", "france FR"] {
        zones += &format!("{zone}{}\n", inside.concat());
    }
    Town::new(UNIVERSES, &records, &zones)
}

fn row(commune: usize) -> CommuneRow {
    CommuneRow {
        code: format!("9500{commune}").parse().unwrap(),
        nom: String::new(),
        departement: "95".into(),
        region: "11".into(),
        epci: Some("200000001".into()),
        ept: None,
        bounds: None,
    }
}

/// Mostly enough of them, so that most territories are safe.
fn count() -> impl Strategy<Value = u32> {
    prop_oneof![1 => Just(0), 1 => 1u32..11, 8 => 22u32..60]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn what_counts_tell_the_microdata_tell_too(
        addresses in prop::collection::vec(
            (0usize..3, [count(), count()], [count(), count()], count()),
            1..6,
        ),
        hidden in prop::collection::vec(prop::bool::weighted(0.15), 60),
        opens in any::<bool>(),
        is_careless in prop::bool::weighted(0.2),
    ) {
        let mut town = town(&addresses);
        if opens {
            town.open = BTreeSet::from([Opening::Communes]);
        }
        let mut zones = town.shown(&[]);
        let truth = town.truth();
        let communes: BTreeSet<&[u32]> = truth.zones.iter()
            .filter(|zone| zone.scale == Scale::COMMUNE)
            .map(|zone| &zone.atoms[..])
            .collect();
        for (number, zone) in &mut zones {
            let counts = truth.counts(*number);
            let parents: [&[usize]; 5] = [&[], &[0], &[0], &[0], &[1, 3]];
            let atoms = &truth.zones[*number as usize].atoms[..];
            let is_whole = communes.contains(atoms);
            let is_few = |count: u64| (1..11).contains(&count);
            // A careful edition keeps R1 and R3, so that nothing but differences may tell.
            let opens_here = opens && is_whole;
            let is_fit = |universe: usize| match universe {
                0 if opens_here => counts[0] > 0,
                2 if opens_here => counts[2] > 0,
                _ => counts[universe] > 10 && !is_few(counts[3]),
            };
            let twins = atoms.iter().fold(atoms.len(), |all, atom| all * 3 + *atom as usize);
            let mut own = vec![false; NAMES.len()];
            for (universe, above) in parents.iter().enumerate() {
                // The surveyed go with the register.
                let is_tied = universe == 3 && !is_careless;
                let is_hidden = !is_tied && hidden[(twins * NAMES.len() + universe) % hidden.len()];
                own[universe] = !is_hidden
                    && (is_careless || is_fit(universe))
                    && above.iter().all(|above| own[*above]);
            }
            for (universe, above) in parents.iter().enumerate() {
                let is_due = if universe == 0 { own[0] } else { above.iter().all(|at| own[*at]) };
                zone.counts[universe] = is_due.then_some(counts[universe] as i64);
            }
            let is_eligible = own[1] && is_few(counts[1]) && counts[1] == counts[0];
            if opens && is_whole && (is_few(counts[0]) || is_few(counts[3]) || is_eligible) {
                zone.counts[3] = None;
                zone.counts[4] = None;
            }
            zone.published = own;
            zone.communes = match zone.scale.id() {
                "commune" => zone.code.clone(),
                "adresse" => {
                    let at: usize = zone.code[1..].parse().unwrap();
                    format!("9500{}", addresses[at].0 + 1)
                }
                _ => String::new(),
            };
        }
        let mut told = Vec::new();
        let alone: Vec<_> = zones.iter().map(|(_, zone)| zone.clone()).collect();
        let opened = Opened::new(&town.open, &town.catalogue);
        let rows = [1, 2, 3].map(row);
        outside::check(&alone, &rows, &town.catalogue, (11, &opened), &mut told);
        // A count that is not where it is due is the edition's to say, not the microdata's.
        told.retain(|own| own.rule != "R9, effectif");
        let known = town.report(&zones).findings;
        prop_assert!(told.is_empty() || !known.is_empty(), "{told:#?} {zones:#?}");
    }
}
