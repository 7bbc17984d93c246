//! An edition as large as France, invented: measured by hand, for it takes minutes.
//!
//!     SEUIL_FRANCE=1 cargo test --release --lib as_large_as_france -- --nocapture

use std::time::Instant;

use super::*;
use geometry::rough::rough;
use ingest::carreau::{carreau_id, carreau_square};
use readers::crs::Crs;

const ADDRESSES: usize = 560_000;
const CARREAUX: usize = 150_000;

/// Sides of the lattices that stand for communes, IRIS, QPV, EPCI, départements and régions.
const COVERAGES: [(Scale, i32, i32); 6] = [
    (Scale::IRIS, 190, 30),
    (Scale::QPV, 33, 30),
    (Scale::COMMUNE, 160, 60),
    (Scale::EPCI, 30, 400),
    (Scale::DEPARTEMENT, 8, 1500),
    (Scale::REGION, 3, 4000),
];

/// The atoms of the zone `index` of `count`.
fn share(index: usize, count: usize) -> Vec<u32> {
    let bound = |index: usize| index * ADDRESSES / count;
    (bound(index) as u32..bound(index + 1) as u32).collect()
}

/// One populated address in five, as in the national stock once the threshold is laid on it.
fn at(address: usize) -> u32 {
    if address.is_multiple_of(5) { 11 + (address % 90) as u32 } else { 0 }
}

/// Addresses in clusters, as towns are.
fn place(address: usize) -> Coord<f64> {
    let town = (address / 200) as f64;
    let (x, y) = ((town * 0.618_034).fract(), (town * 0.754_878).fract());
    let (dx, dy) = ((address as f64 * 0.569_84).fract(), (address as f64 * 0.381_966).fract());
    Coord { x: 10.0 * x - 4.0 + 0.03 * dx, y: 42.5 + 8.0 * y + 0.02 * dy }
}

fn zone(code: String, nom: String, communes: Vec<CommuneCode>) -> Zone {
    Zone { code: code.parse().unwrap(), nom, communes, situe: vec![], detail: Detail::None }
}

fn made_up(zones: Vec<(Zone, Shape, Vec<u32>)>, catalogue: &Catalogue) -> Vec<MadeUp> {
    let (universes, indicators) = (catalogue.universes().len(), catalogue.indicators().len());
    let zone = |(index, (zone, shape, atoms)): (usize, (Zone, Shape, Vec<u32>))| {
        let count: u64 = atoms.iter().map(|&address| u64::from(self::at(address as usize))).sum();
        let sums = (0..indicators).flat_map(|indicator| {
            let part = (index * 31 + indicator * 17) % 101;
            [(count as usize * part / 100) as i64, count as i64]
        });
        let sums = sums.collect();
        MadeUp { zone, shape, atoms, counts: vec![count; universes], sums }
    };
    zones.into_iter().enumerate().map(zone).collect()
}

fn france() -> Published {
    let catalogue = Catalogue::built_in();
    let code = |index: usize| -> CommuneCode {
        format!("{:02}{:03}", 1 + index % 95, (index / 95) % 1000).parse().unwrap()
    };
    let addresses = (0..ADDRESSES).map(|index| {
        let communes = vec![code(index / 22)];
        let code = format!("{}_{:07}_{:08}", communes[0], index, index * 7);
        (zone(code, String::new(), communes), Shape::Point(place(index)), share(index, ADDRESSES))
    });
    let mut scales = vec![(Scale::ADRESSE, made_up(addresses.collect(), &catalogue))];
    let metropole = "01001".parse().unwrap();
    let mut ids: Vec<_> = (0..ADDRESSES)
        .map(|index| {
            let Coord { x, y } = place(index);
            carreau_id(&metropole, Crs::wgs84(), x, y, 200).unwrap()
        })
        .collect();
    ids.sort();
    ids.dedup();
    ids.truncate(CARREAUX);
    let carreaux = ids.iter().enumerate().map(|(index, id)| {
        let shape = Shape::Area(carreau_square(id).unwrap());
        (zone(id.to_string(), String::new(), vec![code(index / 4)]), shape, share(index, ids.len()))
    });
    scales.push((Scale::CARREAU, made_up(carreaux.collect(), &catalogue)));
    for (scale, side, bends) in COVERAGES {
        let shapes = rough(side, bends, 12.0 / f64::from(side));
        let count = shapes.len();
        let zones = shapes.into_iter().enumerate().map(|(index, shape)| {
            let communes = if scale < Scale::EPCI { vec![code(index)] } else { vec![] };
            let name = format!("{scale}{index:06}");
            (zone(name.to_uppercase(), name, communes), shape, share(index, count))
        });
        scales.push((scale, made_up(zones.collect(), &catalogue)));
    }
    let universes = catalogue.universes().len();
    let counts: Vec<u32> =
        (0..ADDRESSES).flat_map(|address| std::iter::repeat_n(at(address), universes)).collect();
    let rules = Rules::built_in(&catalogue).unwrap();
    fixture::published(scales, &counts, catalogue, &rules)
}

/// A line of `/proc/self/status`, in megabytes.
fn memory(line: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find_map(|it| it.strip_prefix(line));
    found.and_then(|rest| rest.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

#[test]
fn an_edition_as_large_as_france_is_written_within_its_budgets() {
    if std::env::var_os("SEUIL_FRANCE").is_none() {
        shared::skipped("prend des minutes ; SEUIL_FRANCE=1 le demande");
        return;
    }
    let published = france();
    let zones: usize = published.scales().iter().map(|scale| scale.zones().len()).sum();
    println!("{zones} zones ; mémoire avant {} Mo", memory("VmRSS"));
    // The peak so far is that of the invention: it starts anew.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let out = tempfile::tempdir_in(shared::root().join("target")).unwrap();
    let started = Instant::now();
    let last = std::sync::Mutex::new((Scale::ADRESSE, 99, started));
    let written = write(&published, &communes(), &meta(&published), out.path(), &|step| {
        let mut last = last.lock().unwrap();
        if (last.0, last.1) != (step.scale, step.zoom) {
            let since = last.2.elapsed().as_secs_f64();
            println!("{} {} : à {since:.1} s, {} tuiles", step.scale, step.zoom, step.tiles);
            (last.0, last.1) = (step.scale, step.zoom);
        }
    })
    .unwrap();
    println!("{:.1} s, mémoire au plus {} Mo", started.elapsed().as_secs_f64(), memory("VmHWM"));
    for sizes in &written.tiles {
        println!("{sizes}");
        assert!(sizes.largest <= archive::MOST_BYTES);
    }
    assert_eq!(written.tiles.len(), published.scales().len());
}
