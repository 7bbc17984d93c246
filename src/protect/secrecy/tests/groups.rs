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

use super::reference::{catalogue, rows};

/// The reference with groups of addresses: every point is an atom, with or without households.
fn reference() -> Option<(RawTable, Units)> {
    let households: HashMap<String, u32> = rows("val-doise/reference_households.csv")?
        .iter()
        .map(|row| (row[0].to_owned(), row[1].parse().unwrap()))
        .collect();
    let epci: HashMap<String, String> = rows("epci_composition_2026.csv")?
        .iter()
        .map(|row| {
            let ept = row.get(7).filter(|ept| !ept.is_empty() && *ept != "ZZZZZZZZZ");
            (row[0].to_owned(), ept.unwrap_or(&row[2]).to_owned())
        })
        .collect();
    let mut zones: BTreeMap<Scale, BTreeMap<ZoneCode, Vec<u32>>> = BTreeMap::new();
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
    let catalogue = catalogue();
    let kinds: Vec<Kind> = catalogue.universes().iter().map(|own| own.kind).collect();
    let tallies = Tallies::of_counts(&kinds, &counts);
    let units = units(&addresses, 11);
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
    Some((sum_zones(sets, tallies, &sums, &kinds, indicators).unwrap(), units))
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
