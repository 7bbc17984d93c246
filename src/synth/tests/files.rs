//! The files of a whole invention.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use super::{dwellings, households, invent, metres, options, tree};
use crate::run;
use config::Config;
use domain::{Fault, HasFault};

#[test]
fn the_same_seed_writes_the_same_bytes_whatever_the_threads() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let third = tempfile::tempdir().unwrap();
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let summary = alone.install(|| invent(one.path(), 3_000, 7)).unwrap();
    let many = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
    assert_eq!(many.install(|| invent(other.path(), 3_000, 7)).unwrap(), summary);
    invent(third.path(), 3_000, 8).unwrap();
    let names = |root: &std::path::Path| -> BTreeMap<_, _> {
        tree(root)
            .into_iter()
            .map(|(path, bytes)| (path.strip_prefix(root).unwrap().to_owned(), bytes))
            .collect()
    };
    let (one, other, third) = (names(one.path()), names(other.path()), names(third.path()));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (path, bytes) in &one {
        assert!(bytes == &other[path], "{}", path.display());
    }
    for name in ["ops_2024.csv", "communes.gpkg", "rpls/rpls_2.csv"] {
        let path = std::path::Path::new(name);
        assert!(one[path] != third[path], "{name}");
    }
}

#[test]
fn the_rows_hold_their_traps() {
    let out = tempfile::tempdir().unwrap();
    let summary = invent(out.path(), 4_000, 9).unwrap();
    let (register, survey) = (dwellings(out.path()), households(out.path()));
    assert_eq!(register.len() as u64, summary.counts.dwellings);
    assert_eq!(survey.len() as u64, summary.counts.households);
    let ids: BTreeSet<&str> = register.iter().map(|row| row["ID_RPLS"].as_str()).collect();
    assert_eq!(ids.len(), register.len());
    let answered: BTreeSet<&str> = survey
        .iter()
        .filter(|row| row["REPONDU"] == "1")
        .map(|row| row["ID_RPLS"].as_str())
        .collect();
    assert!(answered.is_subset(&ids));
    let mut sizes: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut communes: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &register {
        *communes.entry(&row["DEPCOM"]).or_default() += 1;
        if answered.contains(row["ID_RPLS"].as_str()) && !row["X"].is_empty() {
            *sizes.entry((&row["X"], &row["Y"])).or_default() += 1;
        }
    }
    for exactly in [10, 11] {
        assert!(sizes.values().any(|size| *size == exactly), "{exactly}");
    }
    assert!(communes.values().any(|size| (1..11).contains(size)));
    assert!(register.iter().any(|row| row["X"].is_empty() && row["EPSG"].is_empty()));
    for (column, sentinel) in
        [("SURFHAB", "999"), ("LOYERPRINC", "9999"), ("BAIL", "01/1900"), ("CONSTRUCT", "9999")]
    {
        assert!(register.iter().any(|row| row[column] == sentinel), "{column}");
    }
    let iris: BTreeSet<&str> =
        register.iter().map(|row| row["PLG_IRIS2024_CODE"].as_str()).collect();
    assert!(iris.contains("") && iris.iter().any(|code| code.ends_with("0000")));
    let names: BTreeSet<&str> = register.iter().map(|row| row["LIBCOM"].as_str()).collect();
    assert!(names.iter().any(|name| name.contains('\'')));
    assert!(names.iter().any(|name| !name.is_ascii()));
    assert!(register.iter().all(|row| row["DEP_CODE"].len() == 3 && row["DEPCOM"].len() == 5));
}

#[test]
fn a_household_is_consistent_with_itself() {
    let out = tempfile::tempdir().unwrap();
    invent(out.path(), 4_000, 10).unwrap();
    let register = dwellings(out.path());
    for row in register.iter().filter(|row| row["BAIL"] != "01/1900" && !row["BAIL"].is_empty()) {
        let lease: u32 = row["BAIL"][3..].parse().unwrap();
        let built: u32 = row["CONSTRUCT"].parse().unwrap();
        assert!(built <= lease || built == 9999, "{lease} in walls of {built}");
    }
    let lived: BTreeSet<String> = register
        .into_iter()
        .filter(|row| row["MODE"] == "1")
        .map(|row| row["ID_RPLS"].clone())
        .collect();
    let mut checked = 0;
    for row in households(out.path()) {
        assert!(lived.contains(&row["ID_RPLS"]), "a vacant dwelling has no household");
        if row["REPONDU"] == "0" {
            assert!(row.values().filter(|value| value.is_empty()).count() >= 14);
            continue;
        }
        assert_eq!(row["ENQUETE"], "1");
        if row["COMPO"].is_empty() || row["NB_STABLE"].is_empty() {
            continue;
        }
        let count = |column: &str| row[column].parse::<u32>().unwrap();
        let adults = ["NB_STABLE", "NB_PRECAIRE", "NB_SANS_EMPLOI", "NB_AUTRE"].map(count);
        let adults: u32 = adults.iter().sum();
        assert_eq!(count("NB_MINEURS") + adults, count("NB_OCCUPANTS"));
        assert!(count("NB_MINEURS") <= count("NB_ENFANTS"));
        assert!(count("NB_18_24") + count("NB_65P") <= adults);
        let heads = count("NB_OCCUPANTS") - count("NB_ENFANTS");
        match row["COMPO"].as_str() {
            "SEUL" => assert_eq!((heads, count("NB_ENFANTS")), (1, 0)),
            "MONO" => assert!(heads == 1 && count("NB_ENFANTS") > 0),
            "COUPLE" => assert_eq!(heads, 2),
            _ => assert!(heads >= 2),
        }
        checked += 1;
    }
    assert!(checked > 1_000);
}

#[test]
fn the_configuration_is_read_and_names_files_that_are_there() {
    let out = tempfile::tempdir().unwrap();
    invent(out.path(), 2_000, 11).unwrap();
    let config = Config::read(&out.path().join("seuil.toml")).unwrap();
    let build = config.build.as_ref().unwrap();
    assert_eq!((build.threshold, build.zones.len()), (11, 6));
    let paths = build.zones.values().map(|zones| &zones.path);
    for path in paths.chain(std::iter::once(&build.epci)).chain(&build.communes) {
        assert!(config.resolve(path).is_file(), "{}", path.display());
    }
    assert!(config.serve.is_some() && config.accounts.is_some());
}

#[test]
fn the_second_file_is_windows_1252_with_decimal_commas() {
    let out = tempfile::tempdir().unwrap();
    invent(out.path(), 2_000, 12).unwrap();
    let bytes = std::fs::read(out.path().join("rpls/rpls_2.csv")).unwrap();
    assert!(std::str::from_utf8(&bytes).is_err());
    let rows = super::records(&out.path().join("rpls/rpls_2.csv"));
    let placed = rows.iter().filter(|row| !row["X"].is_empty());
    for row in placed {
        assert!(row["X"].contains(',') && metres(&row["X"]) > 300_000.0);
    }
    assert!(rows.iter().any(|row| row["DROIT_LIBELLE"] == "Pleine propriété"));
}

#[test]
fn a_directory_that_holds_something_is_left_alone() {
    let out = tempfile::tempdir().unwrap();
    std::fs::write(out.path().join("précieux.txt"), "x").unwrap();
    let error = invent(out.path(), 2_000, 1).unwrap_err();
    assert_eq!(error.fault(), Fault::Usage);
    assert!(error.to_string().contains("n'est pas vide"), "{error}");
    assert_eq!(tree(out.path()).len(), 1);
}

#[test]
fn a_number_of_households_out_of_range_is_refused_before_anything_is_written() {
    let out = tempfile::tempdir().unwrap();
    for households in [0, 10, 1_000_000_000] {
        let error = invent(out.path(), households, 1).unwrap_err();
        assert_eq!(error.fault(), Fault::Usage);
    }
    let both =
        crate::Options { points: Some("points.csv".into()), ..options(out.path(), 5_000, 1) };
    assert_eq!(run(&both, &mut |_, _| {}).unwrap_err().fault(), Fault::Usage);
    assert!(tree(out.path()).is_empty());
}

#[test]
fn ogrinfo_opens_every_contour_file() {
    if Command::new("ogrinfo").arg("--version").output().is_err() {
        shared::skipped("ogrinfo absent");
        return;
    }
    let out = tempfile::tempdir().unwrap();
    invent(out.path(), 4_000, 13).unwrap();
    for (file, crs) in [
        ("communes.gpkg", "2154"),
        ("iris.shp", "Lambert"),
        ("qpv.geojson", "4326"),
        ("epci.fgb", "4326"),
        ("departements.geojson", "4326"),
        ("regions.geojson", "4326"),
    ] {
        let output =
            Command::new("ogrinfo").args(["-al", "-so"]).arg(out.path().join(file)).output();
        let output = output.unwrap();
        let (text, errors) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && errors.is_empty(), "{file}: {errors}");
        assert!(text.contains(crs), "{file}: {text}");
        let count = text.lines().find_map(|line| line.strip_prefix("Feature Count: "));
        assert!(count.is_some_and(|count| count != "0"), "{file}: {text}");
    }
}
