//! What the certificate opens may be shown; what goes beyond it is found by its name.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Catalogue, CommuneRow, Kind, Opening, Scale};

use super::super::opening::Opened;
use super::super::seen::{Columns, Figure};
use super::super::shown::{self, ShownZone};
use super::super::truth::{TrueZone, Truth};
use super::super::{Audit, Finding, Report, outside};
use super::nested_truth;

const CATALOGUE: &str = r#"
[[families]]
id = "parc"
label = "Parc"
[[universes]]
id = "logements"
label = "Logements"
members = "logements"
kind = "logement"
parents = []
audiences = ["public_mission"]
filter = "1"
[[universes]]
id = "logements_no"
label = "Logements des bailleurs sans opposition"
members = "logements"
kind = "logement"
parents = ["logements"]
domain_of = "logements"
audiences = ["public_mission"]
filter = "OPPOSITION = 0"
[[universes]]
id = "loyers"
label = "Logements dont le loyer est connu"
members = "logements"
kind = "logement"
parents = ["logements"]
audiences = ["public_mission"]
filter = "known(LOYERPRINC)"
[[universes]]
id = "menages"
label = "Ménages enquêtés"
members = "ménages"
kind = "menage"
parents = ["logements"]
audiences = ["public_mission"]
filter = "1"
[[indicators]]
id = "ouvert"
label = "Donnée ouverte"
definition = "Une donnée ouverte"
source = "RPLS"
family = "parc"
regime = "rpls_ouvert"
universe = "logements"
unit = "pourcent"
audiences = ["public_mission"]
numerator = "EN_QPV = 1"
denominator = "1"
[[indicators]]
id = "ouvert_no"
label = "Donnée ouverte, sans opposition"
definition = "Une donnée ouverte des bailleurs sans opposition"
source = "RPLS"
family = "parc"
regime = "rpls_ouvert"
universe = "logements_no"
unit = "pourcent"
audiences = ["public_mission"]
numerator = "EN_QPV = 1"
denominator = "1"
[[indicators]]
id = "loyer"
label = "Loyer"
definition = "Un loyer"
source = "RPLS"
family = "parc"
regime = "rpls_restreint"
universe = "loyers"
unit = "euros_m2"
audiences = ["public_mission"]
numerator = "LOYERPRINC"
denominator = "1"
[[indicators]]
id = "enquete"
label = "Enquête"
definition = "Une donnée de l'enquête"
source = "OPS"
family = "parc"
regime = "ops"
universe = "menages"
unit = "pourcent"
audiences = ["public_mission"]
numerator = "1"
denominator = "1"
"#;
const KINDS: [Kind; 4] = [Kind::Logement, Kind::Logement, Kind::Logement, Kind::Menage];
const UNIVERSES: [&str; 4] = ["logements", "logements_no", "loyers", "menages"];

/// A commune of 40 dwellings, one of 4 of which a carreau over the border holds half, one of 12 of
/// which 8 are surveyed. Each zone with its dwellings, by address.
const ZONES: [(Scale, &str, &[u32]); 9] = [
    (Scale::ADRESSE, "b", &[1]),
    (Scale::ADRESSE, "c", &[2]),
    (Scale::CARREAU, "K", &[1, 2]),
    (Scale::IRIS, "I2", &[2, 3]),
    (Scale::COMMUNE, "C1", &[0, 1]),
    (Scale::COMMUNE, "C2", &[2, 3]),
    (Scale::COMMUNE, "C3", &[4]),
    (Scale::EPCI, "E", &[0, 1, 2, 3, 4]),
    (Scale::FRANCE, "FR", &[0, 1, 2, 3, 4]),
];
const COUNTS: [[u32; 4]; 5] = [[22; 4], [18; 4], [2; 4], [2; 4], [12, 12, 12, 8]];

const SAFE: [&str; 8] = [
    "C1 logements",
    "C1 menages",
    "C2 logements",
    "I2 logements",
    "C3 logements",
    "E logements",
    "E menages",
    "E n_menages",
];

fn count(atoms: &[u32], universe: usize) -> i64 {
    atoms.iter().map(|atom| i64::from(COUNTS[*atom as usize][universe])).sum()
}

/// The zones that show these cells, as `zone universe`, and these counts, as `zone n_universe`.
fn zones(said: &[&str]) -> Vec<(u32, ShownZone)> {
    let said: BTreeSet<&str> = said.iter().copied().collect();
    // France is the EPCI's twin.
    let says = |code: &str, what: String| {
        let code = if code == "FR" { "E" } else { code };
        said.contains(format!("{code} {what}").as_str())
    };
    let zone = |(scale, code, atoms): (Scale, &str, &[u32])| {
        let counts = (0..4).map(|own| {
            let is_shown = says(code, format!("n_{}", UNIVERSES[own]))
                || own == 0 && says(code, UNIVERSES[own].to_owned());
            is_shown.then(|| count(atoms, own))
        });
        let communes = match (code, scale == Scale::COMMUNE) {
            ("c" | "I2", _) | (_, true) => {
                if code == "C1" {
                    "C1"
                } else {
                    "C2"
                }
            }
            ("K", _) => "C1 C2",
            _ => "",
        };
        ShownZone {
            scale,
            code: code.into(),
            communes: communes.into(),
            published: UNIVERSES.map(|own| says(code, own.to_owned())).to_vec(),
            counts: counts.collect(),
        }
    };
    (0..).zip(ZONES.into_iter().map(zone)).collect()
}

fn truth(counts: &[[u32; 4]]) -> Truth {
    let zones = ZONES.map(|(scale, code, atoms)| TrueZone {
        scale,
        code: code.into(),
        communes: String::new(),
        atoms: atoms.to_vec(),
    });
    let counts: Vec<Vec<u32>> = counts.iter().map(|own| own.to_vec()).collect();
    nested_truth(zones.into(), &KINDS, &counts)
}

fn audit(said: &[&str], open: &[Opening]) -> Vec<Finding> {
    let catalogue = Catalogue::from_toml(CATALOGUE).unwrap();
    let audit = Audit {
        edition: None,
        collected: None,
        catalogue: &catalogue,
        id: "2024r1",
        threshold: 11,
        open: &open.iter().copied().collect(),
        record: None,
        step: &|_| {},
    };
    let mut report = Report::default();
    audit.judge(&truth(&COUNTS), &zones(said), &mut report).unwrap();
    report.findings
}

/// Without the leak nothing is found; with it, a finding of that rule that says those words.
#[track_caller]
fn check(leak: &[&str], rule: &str, words: &str) {
    assert_eq!(audit(&SAFE, &[Opening::Communes]), [], "before the leak");
    let all: Vec<&str> = SAFE.iter().chain(leak).copied().collect();
    let findings = audit(&all, &[Opening::Communes]);
    let found = findings.iter().any(|one| one.rule == rule && one.words.contains(words));
    assert!(found, "{findings:#?}");
}

#[test]
fn an_opened_commune_may_be_told_where_the_certificate_says_so() {
    let findings = audit(&SAFE, &[]);
    let small = |code: &str| format!("{code} [logements] = 4 logements");
    for code in ["commune C2", "iris I2"] {
        let found = findings.iter().any(|one| one.rule == "R1, seuil" && one.words == small(code));
        assert!(found, "{findings:#?}");
    }
    // E − C1 − C3 is the small commune.
    assert!(findings.iter().any(|one| one.rule.starts_with("R2")), "{findings:#?}");
}

#[test]
fn what_divides_an_opened_commune() {
    let words = "carreau K [logements] tient 2 des 4 logements de la commune C2";
    check(&["K logements"], "Commune ouverte, divisée", words);
    check(&["K logements", "K logements_no"], "Commune ouverte, divisée", "K [logements_no]");
}

#[test]
fn a_part_of_a_commune_or_a_domain_is_not_opened() {
    check(&["c logements"], "R1, seuil", "adresse c [logements] = 2 logements");
    check(&["C2 logements_no", "I2 logements_no"], "R1, seuil", "commune C2 [logements_no]");
}

#[test]
fn households_of_an_opened_commune() {
    for code in ["C2", "C3"] {
        let words = format!("commune {code} : « n_menages »");
        check(&[&format!("{code} n_menages")], "Commune ouverte, ménages", &words);
        check(&[&format!("{code} menages")], "R1, seuil", &format!("commune {code} [menages]"));
    }
}

#[test]
fn a_neighbour_of_an_opened_commune_is_protected() {
    // E less everything but the address: C1 less b leaves 22, E less the communes leaves nobody; the
    // commune of 12 hidden, E − C1 − C2 tells of it; the carreau tells of b less one commune.
    let findings = audit(&[&SAFE[..4], &SAFE[5..]].concat(), &[Opening::Communes]);
    assert_eq!(findings, [], "twelve are enough");
    let mut counts = COUNTS;
    counts[4] = [9, 9, 9, 8];
    let zones = zones(&[&SAFE[..4], &SAFE[5..]].concat());
    let catalogue = Catalogue::from_toml(CATALOGUE).unwrap();
    let open = BTreeSet::from([Opening::Communes]);
    let audit = Audit {
        edition: None,
        collected: None,
        catalogue: &catalogue,
        id: "2024r1",
        threshold: 11,
        open: &open,
        record: None,
        step: &|_| {},
    };
    let mut report = Report::default();
    audit.judge(&truth(&counts), &zones, &mut report).unwrap();
    let words = "EPCI E [logements] − commune C1 [logements] − ";
    let found = report.findings.iter().any(|one| one.words.contains(" = 9 logements"));
    assert!(found, "{words}: {:#?}", report.findings);
}

#[test]
fn from_outside_the_same_is_seen_as_far_as_counts_tell() {
    let catalogue = Catalogue::from_toml(CATALOGUE).unwrap();
    let row = |code: &str| CommuneRow {
        code: code.parse().unwrap(),
        nom: String::new(),
        departement: "95".into(),
        region: "11".into(),
        epci: Some("E".into()),
        ept: None,
        bounds: None,
    };
    let rows = ["95001", "95002", "95003"].map(row);
    // Codes as communes have them.
    let official =
        |text: &str| text.replace("C1", "95001").replace("C2", "95002").replace("C3", "95003");
    let check = |said: &[&str], open: &[Opening]| {
        let opened = Opened::new(&open.iter().copied().collect(), &catalogue);
        let mut zones: Vec<ShownZone> = zones(said).into_iter().map(|(_, zone)| zone).collect();
        for zone in &mut zones {
            (zone.code, zone.communes) = (official(&zone.code), official(&zone.communes));
        }
        let mut findings = Vec::new();
        outside::check(&zones, &rows, &catalogue, (11, &opened), &mut findings);
        findings
    };
    let counted = ["C1 n_menages", "C1 n_logements_no"];
    let safe: Vec<&str> = SAFE.iter().chain(&counted).copied().collect();
    assert_eq!(check(&safe, &[Opening::Communes]), []);
    let rules = |findings: Vec<Finding>| -> BTreeMap<&str, usize> {
        findings.iter().map(|one| (one.rule, 1)).collect()
    };
    assert!(rules(check(&safe, &[])).contains_key("R1, seuil"));
    for (leak, rule) in [("C2 n_menages", "Commune ouverte, ménages"), ("c logements", "R1, seuil")]
    {
        let all: Vec<&str> = safe.iter().copied().chain([leak]).collect();
        assert!(rules(check(&all, &[Opening::Communes])).contains_key(rule), "{leak}");
    }
}

#[test]
fn public_data_say_nothing_of_the_mask_where_the_certificate_opens_them() {
    let catalogue = Catalogue::from_toml(CATALOGUE).unwrap();
    let mut seen = Columns::new(&catalogue).blank();
    seen.counts[0] = Some(4);
    seen.figures = vec![(0, Figure { value: Some(25.0), ..Figure::default() })];
    let published = |seen: &_, open: &[Opening]| {
        let opened = Opened::new(&open.iter().copied().collect(), &catalogue);
        shown::cells(seen, &catalogue, &opened)
    };
    assert_eq!(published(&seen, &[Opening::RplsOuvert]), [false; 4]);
    assert_eq!(published(&seen, &[Opening::Communes]), [true, false, false, false]);
    // A figure over what restricted columns decide, or a count under the register's cell, shows the
    // cell.
    seen.figures.push((1, Figure { value: Some(25.0), ..Figure::default() }));
    assert_eq!(published(&seen, &[Opening::RplsOuvert]), [false, true, false, false]);
    seen.figures.pop();
    seen.counts[3] = Some(2);
    assert!(published(&seen, &[Opening::RplsOuvert])[0]);
}

#[test]
fn an_indicator_of_households_is_not_public_whatever_it_is_called() {
    let text = CATALOGUE.replacen("regime = \"ops\"", "regime = \"rpls_ouvert\"", 1);
    let catalogue = Catalogue::from_toml(&text).unwrap();
    let opened = Opened::new(&BTreeSet::from([Opening::RplsOuvert]), &catalogue);
    let survey = catalogue.indicators().iter().position(|own| own.id == "enquete").unwrap();
    assert!(opened.is_everywhere(0) && !opened.is_everywhere(survey));
}

#[test]
fn an_edition_that_opens_more_than_its_configuration_is_named() {
    let mut report = Report::default();
    let both = BTreeSet::from([Opening::RplsOuvert, Opening::Communes]);
    report.compare_openings(&both, &both);
    assert_eq!(report.findings, []);
    report.compare_openings(&both, &BTreeSet::from([Opening::RplsOuvert]));
    assert_eq!(report.findings[0].words, "l'édition ouvre communes, build.open ne l'ouvre pas");
}
