//! From the fictive territory's files to its edition: what is there, and that it is always the
//! same.

use std::collections::{BTreeSet, HashSet};
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use pmtiles::{AsyncPmTilesReader, TileCoord};

use super::figures::fgb_columns;
use super::territory::{SCALES, Territory, cover, demo, rows, tree};
use super::util::{fail, run, seuil};

#[test]
fn the_same_input_gives_the_same_bytes_with_one_thread_and_with_two() {
    let territory = demo();
    let expected = tree(&territory.edition());
    // The shared edition was built with as many threads as the machine has.
    let many = std::thread::available_parallelism().map_or(1, usize::from) > 1;
    for threads in if many { &["1"][..] } else { &["1", "2"] } {
        let other = territory.copy();
        let output = seuil()
            .env("RAYON_NUM_THREADS", threads)
            .arg("build")
            .arg(other.config())
            .output()
            .unwrap();
        assert!(output.status.success());
        let found = tree(&other.edition());
        assert!(found.keys().eq(expected.keys()));
        for (name, bytes) in &found {
            assert!(*bytes == expected[name], "{threads} threads: {}", name.display());
        }
    }
}

#[test]
fn the_same_seed_writes_the_same_input() {
    let one = Territory::invent(&["--households", "2000"]);
    let other = Territory::invent(&["--households", "2000"]);
    let another = Territory::invent(&["--households", "2000", "--seed", "7"]);
    assert!(tree(&one.input()) == tree(&other.input()));
    assert!(tree(&one.input()) != tree(&another.input()));
}

#[test]
fn an_edition_has_exactly_its_files_and_columns() {
    let territory = demo();
    let found: BTreeSet<String> = tree(&territory.edition())
        .into_keys()
        .map(|path| path.to_str().unwrap().to_owned())
        .collect();
    let documents = ["manifest.json", "certificate.json", "indicators.json", "communes.json"];
    let files = |scale| ["fgb", "pmtiles", "labels.pmtiles"].map(|end| format!("{scale}.{end}"));
    let expected: BTreeSet<String> = documents
        .map(str::to_owned)
        .into_iter()
        .chain(SCALES.into_iter().flat_map(files))
        .collect();
    assert_eq!(found, expected);

    let catalogue = territory.document("indicators.json");
    let entries = |key: &str| catalogue[key].as_array().unwrap().clone();
    let id = |entry: &serde_json::Value| entry["id"].as_str().unwrap().to_owned();
    for (place, scale) in SCALES.into_iter().enumerate() {
        // Universes that are offered from a wider scale upward have no column here.
        let offered: Vec<String> = entries("universes")
            .iter()
            .filter(|universe| {
                let finest = SCALES.iter().position(|scale| universe["finest"] == *scale);
                finest.is_none_or(|finest| place >= finest)
            })
            .map(id)
            .collect();
        let own = match scale {
            "adresse" => &["grappe"][..],
            "grappe" => &["adresses", "logements", "reste"],
            _ => &[],
        };
        let fixed = ["code", "nom", "communes", "situe", "secret"];
        let fixed = fixed.iter().chain(own).map(|name| (*name).to_owned());
        let counts = offered.iter().map(|id| format!("n_{id}"));
        let indicators = entries("indicators");
        // Under the IRIS and in QPV, marks of what the rules keep back.
        let families = entries("families");
        let kept: Vec<String> =
            families.iter().filter(|own| own["extremes"] == "both").map(id).collect();
        assert_eq!(kept.len(), 5);
        let has_marks = ["adresse", "grappe", "carreau", "qpv"].contains(&scale);
        let figures = indicators
            .iter()
            .filter(|entry| offered.iter().any(|universe| entry["universe"] == *universe))
            .flat_map(|entry| {
                let (id, alone) = (id(entry), entry["ratio_alone"] == true);
                let sums = [format!("{id}_num"), format!("{id}_den")];
                let is_kept = has_marks && kept.iter().any(|own| entry["family"] == *own);
                let mark = is_kept.then(|| format!("{id}_ext"));
                std::iter::once(id).chain(sums.into_iter().filter(move |_| !alone)).chain(mark)
            });
        let expected: Vec<String> = fixed.chain(counts).chain(figures).collect();
        assert_eq!(fgb_columns(&territory.edition().join(format!("{scale}.fgb"))), expected);
    }
}

#[test]
fn a_changed_byte_is_found_by_verify() {
    let territory = Territory::invent(&["--households", "2000"]);
    territory.build();
    let config = territory.config();
    let verify = ["edition", "verify", "--config", config.to_str().unwrap()];
    run(verify);
    for name in ["commune.fgb", "adresse.pmtiles", "communes.json"] {
        let path = territory.edition().join(name);
        let good = std::fs::read(&path).unwrap();
        let mut bad = good.clone();
        *bad.last_mut().unwrap() ^= 1;
        std::fs::write(&path, bad).unwrap();
        assert_eq!(fail(verify).0, 1, "{name}");
        std::fs::write(&path, good).unwrap();
    }
    run(verify);
}

#[test]
fn totals_close_from_the_rows_to_france() {
    let territory = demo();
    let input = territory.input();
    let register = ["rpls/rpls_1.csv.gz", "rpls/rpls_2.csv"];
    let dwellings: u64 = register.iter().map(|name| rows(&input.join(name)).count() as u64).sum();
    for scale in ["france", "region", "departement"] {
        let zones = territory.zones(scale);
        let sum: u64 = zones.values().filter_map(|zone| zone.count("n_logements")).sum();
        assert_eq!(sum, dwellings, "{scale}");
    }
    // What the communes do not say is a sum that hides somebody, or there is nothing to say.
    let communes = territory.zones("commune");
    let sum: u64 = communes.values().filter_map(|zone| zone.count("n_logements")).sum();
    assert!(sum == dwellings || sum + 11 <= dwellings, "{sum} of {dwellings}");
    assert!(sum * 100 >= dwellings * 99, "nearly every dwelling is in a published commune");
}

#[test]
fn the_record_is_private_and_the_edition_names_no_dwelling() {
    let territory = demo();
    let record = territory.input().join("records/2024r1");
    let report = std::fs::read_to_string(record.join("import.txt")).unwrap();
    for file in ["rpls_1.csv.gz", "rpls_2.csv", "ops_2024.csv"] {
        assert!(report.contains(file), "{report}");
    }
    let rejected = std::fs::read_to_string(record.join("rejets.csv")).unwrap();
    assert_eq!(rejected, "fichier;ligne;colonne;motif\n");

    let mut private = HashSet::new();
    for name in ["rpls/rpls_1.csv.gz", "rpls/rpls_2.csv"] {
        for row in rows(&territory.input().join(name)) {
            private.insert(row["ID_RPLS"].clone().into_bytes());
            private.insert(row["SIRET_BAILLEUR"].clone().into_bytes());
        }
    }
    private.remove(&b""[..]);
    assert!(private.len() > 50_000);
    for (name, bytes) in tree(&territory.edition()) {
        check_names_nobody(&private, &bytes, &name);
        if name.extension().is_some_and(|extension| extension == "pmtiles") {
            for tile in tiles(&territory.edition().join(&name)) {
                check_names_nobody(&private, &tile, &name);
            }
        }
    }
}

/// Dwellings have 13 digits and landlords 14: every run of digits is looked up.
fn check_names_nobody(private: &HashSet<Vec<u8>>, bytes: &[u8], name: &Path) {
    for run in bytes.split(|byte| !byte.is_ascii_digit()) {
        for length in [13, 14] {
            let found = run.windows(length).any(|window| private.contains(window));
            assert!(!found, "{} names a dwelling or a landlord", name.display());
        }
    }
}

/// The description of an archive and its every tile, unpacked.
fn tiles(path: &Path) -> Vec<Vec<u8>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let reader = AsyncPmTilesReader::new_with_path(path).await.unwrap();
        let header = reader.get_header();
        let bounds =
            [header.min_longitude, header.min_latitude, header.max_longitude, header.max_latitude];
        let mut tiles = vec![reader.get_metadata().await.unwrap().into_bytes()];
        for zoom in header.min_zoom..=header.max_zoom {
            for (x, y) in cover(bounds, zoom) {
                let at = TileCoord::new(zoom, x, y).unwrap();
                let Some(packed) = reader.get_tile(at).await.unwrap() else { continue };
                let mut tile = Vec::new();
                GzDecoder::new(&packed[..]).read_to_end(&mut tile).unwrap();
                tiles.push(tile);
            }
        }
        assert!(tiles.len() > 1, "{} holds tiles", path.display());
        tiles
    })
}

#[test]
fn an_edition_is_never_written_twice() {
    let territory = Territory::invent(&["--households", "2000"]);
    territory.build();
    let written = |folder: &Path| -> Vec<_> {
        let names = tree(folder).into_keys();
        names
            .map(|name| (folder.join(&name).metadata().unwrap().modified().unwrap(), name))
            .collect()
    };
    let before = (tree(&territory.input()), written(&territory.edition()));
    let (code, said) = territory.try_build();
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("2024r1") && said.contains("build.revision"), "{said}");
    assert!((tree(&territory.input()), written(&territory.edition())) == before);
}

#[test]
fn a_killed_build_leaves_no_edition_and_the_next_one_succeeds() {
    let territory = Territory::invent(&["--households", "6000"]);
    let copy = territory.copy();
    territory.build();
    let mut child = seuil().arg("build").arg(copy.config()).spawn().unwrap();
    let started = Instant::now();
    while !is_writing(&copy.editions()) {
        assert!(started.elapsed() < Duration::from_secs(60), "no file is ever written");
        assert!(child.try_wait().unwrap().is_none(), "the build was not seen at work");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!copy.edition().exists() && !copy.editions().join("active.json").exists());
    copy.build();
    assert!(tree(&copy.edition()) == tree(&territory.edition()));
    let hidden = std::fs::read_dir(copy.editions())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("partial"));
    assert_eq!(hidden.count(), 0);
}

/// Whether files of an unfinished edition are there.
fn is_writing(editions: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(editions) else { return false };
    entries.flatten().any(|entry| {
        entry.file_name().to_string_lossy().contains("partial")
            && std::fs::read_dir(entry.path()).is_ok_and(|mut files| files.next().is_some())
    })
}
