//! Occupants for real points.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Record, check_landlords_oppose_whole, dwellings, households};
use crate::{DEFAULT_SEED, Geometry, Options, Summary, SynthError, run};
use config::Config;
use domain::{Fault, HasFault};
use shared::shared;

const HEADER: &str = "ID;DEPCOM;LIBCOM;ADRESSE;LON;LAT;NB_LOGEMENTS;TYPE_DOMINANT;QP24_GEOM;IRIS;\
ANNEE_MIN;ANNEE_MAX;DPE_A;DPE_B;DPE_C;DPE_D;DPE_E;DPE_F;DPE_G;FIN_TRES_SOCIAL;FIN_SOCIAL;\
FIN_INTERMEDIAIRE;FIN_AUTRE";

fn occupy(points: PathBuf, out: &Path) -> Result<Summary, SynthError> {
    let options = Options {
        out: out.into(),
        households: None,
        seed: DEFAULT_SEED,
        points: Some(points),
        geometry: Geometry::Easy,
    };
    run(&options, &mut |_, _| {})
}

fn occupy_text(text: &str) -> (tempfile::TempDir, Result<Summary, SynthError>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("points.csv");
    std::fs::write(&path, text).unwrap();
    let result = occupy(path, &folder.path().join("out"));
    (folder, result)
}

#[test]
fn a_point_keeps_its_place_its_dwellings_and_its_columns() {
    let (folder, result) = occupy_text(&format!(
        "{HEADER}\n1;95002;Ableiges;\"14 RUE DU \"\"BOIS; HAUT\"\"\";1.979356;49.090649;4;collectif;\
         QN09531M;;1960;1975;0;0;1;2;0;0;0;1;2;1;0\n\
         2;95018;Argenteuil;3 RUE;2.248300;48.947100;1;individuel;HZ;950180101;2001;2001;\
         0;0;0;0;1;0;0;0;0;0;1\n"
    ));
    assert_eq!(result.unwrap().counts.dwellings, 5);
    let rows = dwellings(&folder.path().join("out"));
    let of = |commune: &str| -> Vec<&Record> {
        rows.iter().filter(|row| row["DEPCOM"] == commune).collect()
    };
    let first = of("95002");
    assert_eq!(first.len(), 4);
    let sorted = |column: &str| {
        let mut values: Vec<&str> = first.iter().map(|row| row[column].as_str()).collect();
        values.sort_unstable();
        values
    };
    assert_eq!(sorted("DPEENERGIE"), ["", "C", "D", "D"]);
    assert_eq!(sorted("FINAN_CODE"), ["10", "13", "13", "16"]);
    let years = sorted("CONSTRUCT");
    assert_eq!((years[0], years[3]), ("1960", "1975"));
    assert!(first.iter().all(|row| row["PLG_QP24"] == "QN09531M" && row["DEP_CODE"] == "095"));
    assert_eq!(first[0]["NOMVOIE"], "RUE DU \"BOIS; HAUT\"");
    let second = of("95018");
    assert_eq!((second[0]["PLG_IRIS2024_CODE"].as_str(), second.len()), ("950180101", 1));
    assert_eq!(second[0]["FINAN_CODE"], "99");
    assert!(Config::read(&folder.path().join("out/seuil.toml")).is_ok());
}

#[test]
fn bad_points_are_named_by_line_and_column_without_their_value() {
    let line = "1;95002;A;B;1.97;49.09;4;collectif;HZ;;1960;1975;0;0;0;0;0;0;0;0;0;0;4";
    for (from, to, column) in [
        (";95002;", ";secret;", "DEPCOM"),
        (";1.97;", ";secret;", "LON"),
        (";49.09;", ";NaN;", "LAT"),
        (";4;coll", ";0;coll", "NB_LOGEMENTS"),
        (";4;coll", ";99999999999999999999;coll", "NB_LOGEMENTS"),
        (";1960;", ";1990;", "ANNEE_MIN"),
        (";0;0;0;4", ";0;0;3;4", "FIN_AUTRE"),
    ] {
        let (_, result) = occupy_text(&format!("{HEADER}\n{line}\n{}\n", line.replace(from, to)));
        let error = result.unwrap_err();
        assert_eq!(error.fault(), Fault::Input);
        let text = error.to_string();
        assert!(text.contains("ligne 3") && text.contains(column), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
    let (_, result) = occupy_text("ID;DEPCOM;LON;LAT\n1;95002;2;49\n");
    assert!(result.unwrap_err().to_string().contains("NB_LOGEMENTS"));
    let (_, result) = occupy_text(&format!("{HEADER}\n"));
    assert!(matches!(result, Err(SynthError::Empty { .. })));
    let (_, result) = occupy_text(&format!("{HEADER}\n1;2\n"));
    assert_eq!(result.unwrap_err().fault(), Fault::Input);
}

#[test]
fn the_points_of_val_d_oise_keep_their_132028_dwellings() {
    let Some(points) = shared("val-doise/points_rpls_2025.csv") else { return };
    let out = tempfile::tempdir().unwrap();
    let summary = occupy(points, out.path()).unwrap();
    assert_eq!((summary.counts.addresses, summary.counts.dwellings), (13_776, 132_028));
    assert_eq!(summary.communes, 107);
    let rows = dwellings(out.path());
    assert_eq!(rows.len(), 132_028);
    let mut sizes: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for row in &rows {
        *sizes.entry((&row["X"], &row["Y"])).or_default() += 1;
    }
    // One pair of points has the same degrees in the file.
    assert_eq!((sizes.len(), sizes.values().max()), (13_775, Some(&447)));
    let in_qpv = rows.iter().filter(|row| row["PLG_QP24"].starts_with("QN")).count();
    assert_eq!(in_qpv, 57_683);
    let ids: BTreeSet<&str> = rows.iter().map(|row| row["ID_RPLS"].as_str()).collect();
    assert_eq!(ids.len(), rows.len());
    check_landlords_oppose_whole(&rows);
    let answered = households(out.path()).iter().filter(|row| row["REPONDU"] == "1").count();
    assert!((105_000..112_000).contains(&answered), "{answered}");
}
