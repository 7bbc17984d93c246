//! Groups of addresses on the reference: how many households are seen near their door.

use std::collections::{BTreeMap, HashMap};

use crate::aggregate::{RawTable, Tallies, sum_zones};
use crate::grappes;
use crate::secrecy::{Rules, protect};
use domain::{CommuneCode, Detail, Kind, Scale, Shape, Zone, ZoneCode};
use ingest::carreau::carreau_id;
use ingest::made_up::{Address, units};
use ingest::{Units, ZoneSet};
use readers::crs::Crs;

use proptest::prelude::*;

use super::exact::exposes;
use super::reference::{catalogue, epci, households, rows};

/// A zoning of addresses, by code.
type Zoning = BTreeMap<Scale, BTreeMap<ZoneCode, Vec<u32>>>;

/// Zones of addresses, and the groups that their units make.
fn table(zones: Zoning, addresses: &[Address], counts: &[u32]) -> (RawTable, Units) {
    let catalogue = catalogue();
    let kinds: Vec<Kind> = catalogue.universes().iter().map(|own| own.kind).collect();
    let tallies = Tallies::of_counts(&kinds, counts);
    let units = units(addresses, 11);
    let zone = |code: ZoneCode| {
        let detail = Detail::None;
        Zone { code, nom: String::new(), communes: vec![], situe: vec![], detail }
    };
    let shape = Shape::Point((2.0, 49.0).into());
    let mut sets: Vec<ZoneSet> = zones
        .into_iter()
        .map(|(scale, zones)| {
            let members = zones.into_iter().map(|(code, atoms)| (zone(code), shape.clone(), atoms));
            ZoneSet::new(scale, members.collect())
        })
        .collect();
    sets.push(grappes::zones(&units, &tallies, &catalogue, 11));
    sets.sort_by_key(|set| set.scale);
    let indicators = catalogue.indicators().len();
    let sums = (0..counts.len() * 2 * indicators).map(|_| 0).collect();
    (sum_zones(sets, tallies, &sums, &kinds, indicators).unwrap(), units)
}

/// The reference with groups of addresses: every point is an atom, with or without households.
fn reference() -> Option<(RawTable, Units)> {
    let (households, epci) = (households()?, epci()?);
    let mut zones = Zoning::new();
    let (mut numbers, mut counts, mut addresses) =
        ([BTreeMap::new(), BTreeMap::new()], vec![], vec![]);
    for (atom, row) in (0u32..).zip(&rows("val-doise/points_rpls_2025.csv")?) {
        let commune: CommuneCode = row[1].parse().unwrap();
        let (lon, lat) = (row[4].parse().unwrap(), row[5].parse().unwrap());
        let carreau = carreau_id(&commune, Crs::wgs84(), lon, lat, 200).unwrap();
        let (x, y) = Crs::wgs84().convert(Crs::local(&commune), lon, lat).unwrap();
        let iris = if row[9].is_empty() { format!("{commune}0000") } else { row[9].to_owned() };
        let qpv = Some(row[8].to_owned()).filter(|qpv| qpv != "HZ" && !qpv.is_empty());
        let mut number = |of: usize, code: &String| {
            let next = numbers[of].len() as u32;
            *numbers[of].entry(code.clone()).or_insert(next)
        };
        addresses.push(Address {
            commune,
            at: ((x * 10.0).round() as i32, (y * 10.0).round() as i32),
            dwellings: row[6].parse().unwrap(),
            is_collective: match &row[7] {
                "collectif" => Some(true),
                "individuel" => Some(false),
                _ => None,
            },
            carreau: carreau.clone(),
            zones: (number(0, &iris), qpv.as_ref().map(|qpv| number(1, qpv))),
        });
        counts.push(households[&row[0]]);
        let mut join = |scale: Scale, code: &str| {
            let own = zones.entry(scale).or_default();
            own.entry(code.parse().unwrap()).or_default().push(atom);
        };
        join(Scale::ADRESSE, &format!("a{}", &row[0]));
        join(Scale::CARREAU, carreau.as_str());
        join(Scale::IRIS, &iris);
        qpv.iter().for_each(|qpv| join(Scale::QPV, qpv));
        join(Scale::COMMUNE, commune.as_str());
        join(Scale::EPCI, &epci[commune.as_str()]);
        join(Scale::DEPARTEMENT, "95");
    }
    Some(table(zones, &addresses, &counts))
}

/// The bars of the reference: in groups, with rests of carreaux, in carreaux, alone at their address.
const BARS: [f64; 4] = [97.4, 98.6, 96.78, 57.0];

#[test]
fn households_of_the_reference_are_seen_near_their_door() {
    let Some((raw, units)) = reference() else { return };
    let catalogue = catalogue();
    let rules = Rules::built_in(&catalogue).unwrap();
    let total = raw.total(0) as f64;
    let started = std::time::Instant::now();
    let (published, record) = protect(raw, Some(&units), catalogue, &rules, &|_| ());
    eprintln!("groupes de la référence protégés en {:.2} s", started.elapsed().as_secs_f64());
    assert_eq!(record.gap_percent(), 0.0, "the mask is the cheapest");
    let seen = |scale: Scale, keep: &dyn Fn(&Detail) -> bool| {
        let own = published.scales().iter().find(|own| own.scale() == scale).unwrap();
        let shown = (0..own.zones().len())
            .filter(|&zone| own.is_published(zone, 0) && keep(&own.zones()[zone].detail));
        let held: u64 = shown.map(|zone| own.count(zone, 0).unwrap()).sum();
        held as f64 * 100.0 / total
    };
    let is_rest = |detail: &Detail| matches!(detail, Detail::Group { reste: true, .. });
    let found = [
        seen(Scale::GRAPPE, &|detail| !is_rest(detail)),
        seen(Scale::GRAPPE, &|_| true),
        seen(Scale::CARREAU, &|_| true),
        seen(Scale::ADRESSE, &|_| true),
    ];
    eprintln!(
        "grappes {:.2} %, avec les restes {:.2} %, carreaux {:.2} %, seuls {:.2} %",
        found[0], found[1], found[2], found[3]
    );
    for (found, bar) in found.into_iter().zip(BARS) {
        assert!(found >= bar, "{found:.2} % instead of {bar} %");
    }
}

/// A made-up town: addresses in carreaux of four, with households, an IRIS and a QPV each.
fn towns() -> impl Strategy<Value = Vec<(u32, u32, u32, bool, bool)>> {
    let address = (1u32..14, 0u32..4, 0u32..3, any::<bool>(), any::<bool>());
    prop::collection::vec(address, 4..9)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    /// Groups and rests are cells like any other: the promise holds over all that is published, by
    /// exact arithmetic; and each rest is published where what it was made of is.
    #[test]
    fn a_rest_is_published_where_its_carreau_and_its_groups_are(town in towns()) {
        let commune: CommuneCode = "95018".parse().unwrap();
        let mut zones = Zoning::new();
        let (mut addresses, mut counts) = (Vec::new(), Vec::new());
        for (atom, &(dwellings, silent, square, iris, qpv)) in (0u32..).zip(&town) {
            let carreau = format!("CRS3035RES200mN{}E3750600", 2_904_800 + 200 * square);
            addresses.push(Address {
                commune,
                at: (6_520_000 + 300 * atom as i32, 68_700_000 + 2000 * square as i32),
                dwellings,
                is_collective: None,
                carreau: carreau.parse().unwrap(),
                zones: (u32::from(iris), qpv.then_some(0)),
            });
            counts.push(dwellings.saturating_sub(silent));
            let mut join = |scale: Scale, code: &str| {
                let own = zones.entry(scale).or_default();
                own.entry(code.parse().unwrap()).or_default().push(atom);
            };
            join(Scale::ADRESSE, &format!("a{atom}"));
            join(Scale::CARREAU, &carreau);
            join(Scale::IRIS, if iris { "i1" } else { "i2" });
            if qpv {
                join(Scale::QPV, "q");
            }
            join(Scale::COMMUNE, "95018");
        }
        let (raw, units) = table(zones, &addresses, &counts);
        let atoms_of: HashMap<(Scale, ZoneCode), Vec<u32>> = raw
            .scales
            .iter()
            .flat_map(|own| own.zones.iter().zip(&own.atoms).map(|(zone, atoms)| ((own.scale, zone.code.clone()), atoms.clone())))
            .collect();
        let catalogue = catalogue();
        let rules = Rules::built_in(&catalogue).unwrap();
        let (published, _) = protect(raw, Some(&units), catalogue, &rules, &|_| ());
        let scale = |scale: Scale| published.scales().iter().find(|own| own.scale() == scale).unwrap();
        let addresses_now = scale(Scale::ADRESSE);
        let members = |code: &ZoneCode| -> Vec<u32> {
            let of = |at: &usize| matches!(&addresses_now.zones()[*at].detail, Detail::Address { grappe } if grappe == code);
            (0..town.len()).filter(of).map(|at| addresses_now.zones()[at].code.as_str()[1..].parse().unwrap()).collect()
        };
        let mut cells: Vec<Vec<usize>> = Vec::new();
        for own in published.scales() {
            for (at, zone) in own.zones().iter().enumerate().filter(|(at, _)| own.is_published(*at, 0)) {
                let atoms = if own.scale() == Scale::GRAPPE {
                    members(&zone.code)
                } else {
                    atoms_of[&(own.scale(), zone.code.clone())].clone()
                };
                prop_assert_eq!(own.count(at, 0).unwrap(), atoms.iter().map(|&atom| u64::from(counts[atom as usize])).sum::<u64>());
                let mut cell: Vec<usize> = atoms.into_iter().map(|atom| atom as usize).collect();
                cell.sort_unstable();
                if !cells.contains(&cell) {
                    cells.push(cell);
                }
            }
        }
        let households: Vec<u64> = counts.iter().map(|&count| u64::from(count)).collect();
        prop_assert!(!exposes(&households, &cells, &vec![true; cells.len()], 11));
        // Every address is in one group, and no group is in two carreaux of which one is published whole.
        let groups = scale(Scale::GRAPPE);
        let all: usize = groups.zones().iter().map(|zone| members(&zone.code).len()).sum();
        prop_assert_eq!(all, town.len());
        for (at, zone) in groups.zones().iter().enumerate() {
            if let Detail::Group { reste: true, .. } = zone.detail {
                let code: ZoneCode = zone.code.as_str().trim_end_matches("-R").parse().unwrap();
                let squares = scale(Scale::CARREAU);
                let square = squares.zones().iter().position(|zone| zone.code == code).unwrap();
                prop_assert!(squares.is_published(square, 0));
                prop_assert!(groups.is_published(at, 0));
            }
        }
    }
}

#[test]
fn a_zone_that_cuts_a_group_exposes_what_both_leave() {
    // p, q, r of 5, 6, 5 households: the group {p, q} and a zone {q, r} hold 11 each.
    assert!(exposes(&[5, 6, 5], &[vec![0, 1], vec![1, 2]], &[true, true], 11));
    let found = super::mask(
        &super::system(&[5, 6, 5], &[vec![0, 1], vec![1, 2]]),
        &[true; 2],
        &[11, 11],
        11,
    );
    assert_eq!(found.published.iter().filter(|shown| **shown).count(), 1);
}
