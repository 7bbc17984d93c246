//! Small inputs written by hand, built by the program: each zone's figures are known in advance.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::process::{Command, Output};

use flatgeobuf::geozero::FeatureProperties as _;
use flatgeobuf::{FallibleStreamingIterator as _, FgbReader};
use tempfile::TempDir;

/// The first and the last arrondissement of Paris: code, longitude, X and Y in EPSG:2154.
const PARTS: [(&str, f64, f64, f64); 2] =
    [("75101", 2.32, 650_100.0, 6_862_600.0), ("75120", 2.38, 654_500.0, 6_862_600.0)];

/// Dwellings of each arrondissement, the last ten of them without coordinates.
const DWELLINGS: usize = 40;

/// The other columns of the survey that the built-in catalogue reads, and what everybody answers.
const OTHERS: [&str; 2] = [
    "BAIL;COMPO;NB_ENFANTS;NB_OCCUPANTS;NB_MINEURS;NB_18_24;NB_65P;AGE_TITULAIRE;NB_STABLE;\
     NB_PRECAIRE;NB_SANS_EMPLOI;NB_AUTRE;APL",
    "03/2015;SEUL;0;1;0;0;0;45;1;0;0;0;1",
];

struct Paris {
    folder: TempDir,
}

impl Paris {
    fn new() -> Paris {
        let paris = Paris { folder: tempfile::tempdir().unwrap() };
        paris.write("communes.geojson", &squares("INSEE_COM", &[("75056", 2.35, 0.06)]));
        let parts = PARTS.map(|(code, lon, ..)| (code, lon, 0.02));
        paris.write("arrondissements.geojson", &squares("INSEE_ARM", &parts));
        paris.write(
            "epci.csv",
            "CODGEO;LIBGEO;EPCI;LIBEPCI;NATURE_EPCI;DEP;REG;EPT;LIBEPT\n\
             75056;Paris;200054781;Métropole du Grand Paris;METRO;75;11;;\n",
        );
        let mut dwellings = String::from("ID_RPLS;DEPCOM;X;Y;EPSG;MODE\n");
        let mut households =
            format!("MILLESIME;ID_RPLS;ENQUETE;REPONDU;PCT_PLAFOND;{}\n", OTHERS[0]);
        for (code, _, x, y) in PARTS {
            for number in 0..DWELLINGS {
                let id = format!("{code}-{number}");
                let at = if number < 30 { format!("{x:.1};{y:.1}") } else { ";".into() };
                // One in four is silent, one in two hides its income.
                let answered = if number % 4 == 0 { "" } else { "1" };
                let income = if number % 2 == 0 { "" } else { "50" };
                writeln!(dwellings, "{id};{code};{at};2154;1").unwrap();
                writeln!(households, "2024;{id};1;{answered};{income};{}", OTHERS[1]).unwrap();
            }
        }
        paris.write("rpls.csv", &dwellings);
        paris.write("ops.csv", &households);
        paris
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// Builds with more lines in `[build]`.
    fn build(&self, more: &str) -> Output {
        self.write(
            "seuil.toml",
            &format!(
                "[build]\nvintage = 2024\nrevision = 1\nthreshold = 11\nout = \"editions\"\n\
                 record = \"records\"\ndwellings = [\"rpls.csv\"]\nhouseholds = [\"ops.csv\"]\n\
                 epci = \"epci.csv\"\n{more}\n\
                 [build.zones.commune]\npath = \"communes.geojson\"\n\
                 [build.zones.arrondissement]\npath = \"arrondissements.geojson\"\n\
                 code = \"INSEE_ARM\"\nname = \"NOM\"\n"
            ),
        );
        let config = self.folder.path().join("seuil.toml");
        Command::new(env!("CARGO_BIN_EXE_seuil")).arg("build").arg(config).output().unwrap()
    }

    /// The columns of a scale's zones, by code.
    fn zones(&self, scale: &str) -> BTreeMap<String, BTreeMap<String, String>> {
        let path = self.folder.path().join(format!("editions/2024r1/{scale}.fgb"));
        let mut file = BufReader::new(File::open(path).unwrap());
        let mut features = FgbReader::open(&mut file).unwrap().select_all().unwrap();
        let mut zones = BTreeMap::new();
        while let Some(feature) = features.next().unwrap() {
            let columns: BTreeMap<_, _> = feature.properties().unwrap().into_iter().collect();
            zones.insert(columns["code"].clone(), columns);
        }
        zones
    }
}

/// Squares around places of latitude 48.86.
fn squares(code: &str, places: &[(&str, f64, f64)]) -> String {
    let features = places.iter().map(|(value, lon, side)| {
        let (west, east, south, north) = (lon - side, lon + side, 48.86 - side, 48.86 + side);
        format!(
            "{{\"type\":\"Feature\",\"properties\":{{\"{code}\":\"{value}\",\"NOM\":\"{value}\"}},\
             \"geometry\":{{\"type\":\"Polygon\",\"coordinates\":[[[{west},{south}],\
             [{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]]}}}}"
        )
    });
    let features: Vec<String> = features.collect();
    format!("{{\"type\":\"FeatureCollection\",\"features\":[{}]}}", features.join(","))
}

#[track_caller]
fn succeed(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn dwellings_without_coordinates_stay_in_their_arrondissement() {
    let paris = Paris::new();
    succeed(&paris.build(""));
    for (code, zone) in paris.zones("arrondissement") {
        assert_eq!(
            (zone["n_logements"].as_str(), zone["n_menages"].as_str()),
            ("40", "40"),
            "{code}"
        );
    }
    assert_eq!(paris.zones("commune")["75056"]["n_logements"], "80");
}

#[test]
fn a_surveyed_household_that_left_the_answer_empty_did_not_answer() {
    let paris = Paris::new();
    succeed(&paris.build(""));
    let commune = &paris.zones("commune")["75056"];
    assert_eq!((commune["n_menages"].as_str(), commune["n_repondants"].as_str()), ("80", "60"));
    assert_eq!((commune["tx_reponse_den"].as_str(), commune["tx_reponse"].as_str()), ("80", "75"));
}

#[test]
fn an_indicator_that_part_of_its_universe_does_not_know_stops_the_build() {
    let paris = Paris::new();
    let built_in = include_str!("../../data/catalogue.toml");
    let own = |universe: &str| {
        format!(
            "{built_in}\n[[families]]\nid = \"seuils\"\nlabel = \"Seuils\"\n\
             [[indicators]]\nid = \"res_inf50\"\nlabel = \"Moins de 50 %\"\n\
             definition = \"Essai\"\nsource = \"OPS\"\nfamily = \"seuils\"\nregime = \"ops\"\n\
             universe = \"{universe}\"\nunit = \"pourcent\"\naudiences = [\"public_mission\"]\n\
             numerator = \"PCT_PLAFOND <= 50\"\ndenominator = \"1\"\n"
        )
    };
    paris.write("catalogue.toml", &own("repondants"));
    let output = paris.build("indicators = \"catalogue.toml\"");
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("res_inf50") && message.contains("repondants"), "{message}");
    assert!(!Path::exists(&paris.folder.path().join("editions/2024r1")));
    // It would tell the extremes of another family, which are then not kept back.
    paris.write("catalogue.toml", &own("ressources"));
    let output = paris.build("indicators = \"catalogue.toml\"");
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("extremes.ressources"), "{message}");
    let rules = "threshold = 11\n[universes]\n[extremes]\nressources = \"off\"\n";
    paris.write("rules.toml", rules);
    succeed(&paris.build("indicators = \"catalogue.toml\"\nrules = \"rules.toml\""));
    let commune = &paris.zones("commune")["75056"];
    assert_eq!((commune["res_inf50"].as_str(), commune["res_inf50_den"].as_str()), ("100", "40"));
}
