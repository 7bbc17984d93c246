//! What broke the promise once, each on a territory of its own.

use domain::{CommuneRow, Opening, Scale};

use super::super::opening::Opened;
use super::super::seen::Columns;
use super::super::shown::{self, ShownZone};
use super::super::{Finding, outside};
use super::town::{Town, holds};

const REGISTER_AND_SURVEY: &str = "logements logement -\nmenages menage logements";

#[test]
fn a_share_over_a_part_of_its_cell() {
    // 31 and 30 dwellings count in the share: the one of the other IRIS is known.
    let town = Town::new(
        "logements logement -\nmobilite logement logements\nindicateur tx mobilite rpls_restreint",
        "nord 30 logements mobilite\nnord 4 logements\nsud 1 logements mobilite\nsud 12 logements",
        "iris N nord\niris S sud\ncommune C nord sud",
    );
    let safe = ["C logements", "N logements", "S logements", "C mobilite"];
    let words = "commune C − IRIS N = 1 logements (système mobilite)";
    town.check(&safe, &["N mobilite"], "R2, résidu emboîté", words);
    holds(
        &from_outside(&town, &[&safe[..], &["N mobilite"]].concat()),
        "R2, résidu emboîté",
        "= 1",
    );
}

/// Two communes, the second of 15 dwellings with five households.
fn oise_and_val_d_oise() -> Town {
    let records = "a 50 logements\na 40 logements menages\nb 15 logements\nb 5 logements menages";
    let zones = "commune 60001 a\ncommune 95001 b\nfrance FR a b";
    Town::new(REGISTER_AND_SURVEY, records, zones)
}

#[test]
fn the_households_of_a_commune_that_a_country_without_the_others_tells() {
    let town = oise_and_val_d_oise();
    let safe = ["FR logements", "FR menages"];
    let leak = ["60001 logements", "60001 menages"];
    let words = "france FR − commune 60001 = 5 ménages";
    town.check(&safe, &leak, "R2, résidu emboîté", words);
    let all = [&safe[..], &leak].concat();
    holds(&from_outside(&town, &all), "R2, résidu emboîté", "france FR − commune 60001");
}

#[test]
fn a_cell_of_the_register_over_few_households() {
    let town = oise_and_val_d_oise();
    let words = "commune 95001 [logements] = 15, dont 5 ménages enquêtés";
    let safe = ["FR logements", "FR menages"];
    town.check(&safe, &["95001 logements"], "R1, ménages de la zone", words);
    let all = [&safe[..], &["95001 logements"]].concat();
    holds(&from_outside(&town, &all), "R1, ménages de la zone", "n_menages = 5");
}

#[test]
fn the_register_and_the_survey_are_published_together() {
    let town = oise_and_val_d_oise();
    let words = "commune 60001 : « logements » est diffusé sans « menages »";
    let findings = town.findings(&["FR logements", "FR menages", "60001 logements"]);
    holds(&findings, "R1, répertoire et enquête", words);
    let outside = from_outside(&town, &["FR logements", "FR menages", "60001 logements"]);
    holds(&outside, "R1, répertoire et enquête", words);
    // A new building without any household is about nobody.
    let town = Town::new(
        REGISTER_AND_SURVEY,
        "a 30 logements\nb 40 logements\nb 20 logements menages",
        "adresse x a\ncommune C a b",
    );
    let published = ["x logements", "C logements", "C menages"];
    assert_eq!(town.findings(&published), []);
    assert_eq!(from_outside(&town, &published), []);
}

#[test]
fn without_a_survey_the_rules_on_households_say_nothing_and_the_report_says_so() {
    let town = Town::new(REGISTER_AND_SURVEY, "a 30 logements\nb 40 logements", "commune C a b");
    let report = town.report(&town.shown(&["C logements"]));
    assert_eq!(report.findings, []);
    assert!(report.checked.iter().any(|own| own.starts_with("aucun ménage enquêté")));
    let report = oise_and_val_d_oise();
    let report = report.report(&report.shown(&["FR logements", "FR menages"]));
    assert!(!report.checked.iter().any(|own| own.starts_with("aucun ménage enquêté")));
}

#[test]
fn an_opened_commune_gives_no_count_of_its_households_back() {
    let town = Town::new(
        "logements logement -\nloyers logement logements\nmenages menage logements\n\
         indicateur loyer loyers rpls_restreint",
        "a 50 logements\na 48 logements menages\nb 60 logements\nb 57 logements menages\n\
         c 3 logements\nc 2 logements menages",
        "commune 95001 a\ncommune 95002 b\ncommune 95003 c\nepci 200000001 a b c",
    )
    .opening(Opening::Communes);
    let safe = ["200000001 logements", "200000001 menages", "95003 logements"];
    let shown = |published: &[&str]| {
        let mut zones = town.shown(published);
        // The opened commune's own count of households is absent.
        zones.iter_mut().filter(|own| own.1.code == "95003").for_each(|own| own.1.counts[2] = None);
        zones
    };
    assert_eq!(town.report(&shown(&safe)).findings, []);
    let near = ["95001 logements", "95002 logements", "95001 menages", "95002 menages"];
    let all = [&safe[..], &near].concat();
    let findings = town.report(&shown(&all)).findings;
    let (rule, less) = ("R2, résidu emboîté", "EPCI 200000001 − commune 95001 − commune 95002");
    holds(&findings, rule, &format!("{less} = 2 ménages"));
    // The register's cells tell of the commune's households by themselves.
    holds(&findings, rule, &format!("{less} = 3 logements (système logements)"));
    let said = outside_of(&town, shown(&all));
    holds(&said, rule, "[menages] = 2");
    holds(&said, rule, "[logements] = 3");
    assert_eq!(outside_of(&town, shown(&safe)), []);
}

#[test]
fn figures_of_the_register_alone_do_not_hide_the_neighbours_of_an_opened_commune() {
    let town = Town::new(
        "logements logement -\nloyers logement logements\nmenages menage logements\n\
         indicateur loyer loyers rpls_restreint",
        "a 50 logements loyers\na 48 logements loyers menages\nb 20 logements loyers\n\
         b 20 logements loyers menages\nb 4 logements\nc 4 logements loyers\nc 20 logements\n\
         c 20 logements menages",
        "commune 95001 a\ncommune 95002 b\ncommune 95003 c\nepci 200000001 a b c\nadresse x c",
    )
    .opening(Opening::Communes);
    let zones = ["200000001", "95001", "95002", "95003"];
    let cells = |universe: &str| zones.map(|zone| format!("{zone} {universe}"));
    let all = [cells("logements"), cells("loyers"), cells("menages")].concat();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let all = [&all[..], &["x logements", "x loyers", "x menages"]].concat();
    assert_eq!(town.findings(&all), []);
    let mut closed = town;
    closed.open.clear();
    holds(&closed.findings(&all), "R1, seuil", "commune 95003 [loyers] = 4 logements");
}

/// Fifteen surveyed, three of them in dwellings that are too small for the item, which fourteen
/// answered, eleven of them eligible.
fn eligible() -> Town {
    Town::new(
        "logements logement -
         logements_e logement logements domain_of=logements
         menages menage logements
         menages_e menage menages+logements_e domain_of=menages
         composition menage menages
         composition_e menage composition+menages_e domain_of=composition
         indicateur taille composition ops
         indicateur sous_occ composition_e ops",
        "a 26 logements logements_e\na 14 logements
         a 11 logements logements_e menages menages_e composition composition_e
         a 1 logements logements_e menages menages_e\na 3 logements menages composition
         b 60 logements logements_e\nb 20 logements\nb 15 logements menages composition
         b 30 logements logements_e menages menages_e composition composition_e",
        "adresse x a\ncommune C a b",
    )
}

const WHOLE: [&str; 6] =
    ["logements", "logements_e", "menages", "menages_e", "composition", "composition_e"];

fn eligible_cells(of_address: &[&str]) -> Vec<String> {
    let commune = WHOLE.iter().map(|universe| format!("C {universe}"));
    commune.chain(of_address.iter().map(|universe| format!("x {universe}"))).collect()
}

#[test]
fn an_eligible_part_beside_the_whole() {
    let safe = eligible_cells(&["logements", "logements_e", "menages", "composition"]);
    let safe: Vec<&str> = safe.iter().map(String::as_str).collect();
    let words = "adresse x [composition] − adresse x [composition_e] = 3 ménages";
    let leak = ["x menages_e", "x composition_e"];
    eligible().check(&safe, &leak, "R2, différence de domaines", words);
    let all = [&safe[..], &leak].concat();
    let outside = from_outside(&eligible(), &all);
    holds(&outside, "R2, différence de domaines", "[composition − composition_e] = 3");
    holds(&outside, "R2, différence de domaines", "[menages − menages_e] = 3");
}

#[test]
fn a_count_of_eligible_answers_tells_as_much_as_the_cells_above_it() {
    let town = eligible();
    let safe = eligible_cells(&["logements", "logements_e", "menages"]);
    let safe: Vec<&str> = safe.iter().map(String::as_str).collect();
    let mut zones = town.shown(&safe);
    let mut seen = Columns::new(&town.catalogue).blank();
    seen.counts = zones[0].1.counts.clone();
    assert_eq!((seen.counts[4], seen.counts[5]), (Some(14), None));
    seen.counts[5] = Some(11);
    let opened = Opened::default();
    zones[0].1.published = shown::cells(&seen, &town.catalogue, &opened);
    let words = "adresse x [menages] − adresse x [menages_e] = 3 ménages";
    holds(&town.report(&zones).findings, "R2, différence de domaines", words);
}

#[test]
fn a_lease_that_the_register_dates_and_the_household_does_not() {
    let town = Town::new(
        "logements logement -
         mobilite logement logements
         menages menage logements
         bail menage menages joined=mobilite
         indicateur tx mobilite rpls_restreint\nindicateur anciens bail ops",
        "a 20 logements mobilite\na 15 logements mobilite menages bail
         a 3 logements mobilite menages\nb 40 logements mobilite
         b 20 logements mobilite menages bail\nb 12 logements mobilite menages",
        "adresse x a\ncommune C a b",
    );
    let safe =
        ["C logements", "C menages", "x logements", "x menages", "C mobilite", "C bail", "x bail"];
    // Five dwellings whose lease the register knows, and no household says one there.
    let words = "adresse x [mobilite] − adresse x [bail] = 5 logements (système mobilite)";
    town.check(&safe, &["x mobilite"], "R2, différence de domaines", words);
}

#[test]
fn a_system_that_repeats_another_is_proved_there() {
    let town = |published: &str| {
        let town = Town::new(
            "logements logement -\ntypes logement logements",
            "a 30 logements types\nb 9 logements types\nc 20 logements types",
            "adresse x a\nadresse y c\ncommune C a b c",
        );
        let report = town.report(&town.shown(&published.split(',').collect::<Vec<_>>()));
        let is_repeated = report.checked.iter().any(|own| own.starts_with("système types : les"));
        (is_repeated, report.findings.len())
    };
    assert_eq!(town("C logements,x logements,C types,x types"), (true, 0));
    assert_eq!(town("C logements,x logements,C types"), (true, 0));
    // Its own cells tell more than those of the other system.
    let (is_repeated, found) = town("C logements,x logements,C types,x types,y types");
    assert!(!is_repeated && found > 0);
}

fn from_outside(town: &Town, published: &[&str]) -> Vec<Finding> {
    outside_of(town, town.shown(published))
}

fn outside_of(town: &Town, zones: Vec<(u32, ShownZone)>) -> Vec<Finding> {
    let mut zones: Vec<_> = zones.into_iter().map(|(_, zone)| zone).collect();
    let mut rows = Vec::new();
    for zone in &mut zones {
        // Every zone under a commune lies in the only one with letters.
        if zone.scale == Scale::COMMUNE && zone.code.parse::<u32>().is_err() {
            zone.code = "95001".into();
        } else if [Scale::IRIS, Scale::ADRESSE].contains(&zone.scale) {
            zone.communes = "95001".into();
        }
        if zone.scale == Scale::COMMUNE {
            zone.communes = zone.code.clone();
            rows.push(CommuneRow {
                code: zone.code.parse().unwrap(),
                nom: String::new(),
                departement: "95".into(),
                region: "11".into(),
                epci: Some("200000001".into()),
                ept: None,
                bounds: None,
            });
        }
    }
    let opened = Opened::new(&town.open, &town.catalogue);
    let mut findings = Vec::new();
    outside::check(&zones, &rows, &town.catalogue, (11, &opened), &mut findings);
    findings
}
