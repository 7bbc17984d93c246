//! What the operator opens by configuration: editions with and without, and what the auditor says.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::audit::{audit, replant};
use super::territory::{SCALES, Shared, Territory, tree};

/// Many small communes, and those of landlords that opposed in part.
const INVENTED: [&str; 2] = ["--households", "3000"];

fn open(territory: &Territory, words: &str) {
    territory.edit("seuil.toml", |text| {
        text.replacen("[build]", &format!("[build]\nopen = [{words}]"), 1)
    });
}

/// The same input, nothing opened.
fn closed() -> Arc<Territory> {
    static SHARED: Shared = Shared::new();
    SHARED.get(|| {
        let territory = Territory::invent(&INVENTED);
        territory.build();
        territory
    })
}

/// Public data and whole communes opened.
fn opened() -> Arc<Territory> {
    static SHARED: Shared = Shared::new();
    SHARED.get(|| {
        let territory = Territory::invent(&INVENTED);
        open(&territory, "\"communes\", \"rpls_ouvert\"");
        territory.build();
        territory
    })
}

fn with_source(territory: &Territory) -> (i32, String, String) {
    let (edition, config) = (territory.edition(), territory.config());
    audit(&[&edition, "--source".as_ref(), &config])
}

/// Communes that the opening alone lets out, with their dwellings.
fn small(territory: &Territory) -> Vec<(String, u64)> {
    let zones = territory.zones("commune").into_iter();
    let held = |zone: &super::figures::Zone| {
        let count = zone.count("n_logements").filter(|count| (1..11).contains(count))?;
        zone.number("contingent_1").map(|_| count)
    };
    zones.filter_map(|(code, zone)| Some((code, held(&zone)?))).collect()
}

#[test]
fn nothing_opened_changes_no_byte() {
    let plain = closed();
    let said = plain.copy();
    open(&said, "");
    said.build();
    assert!(tree(&plain.edition()) == tree(&said.edition()), "an empty list opens nothing");
    assert!(plain.document("certificate.json").get("opened").is_none());
}

#[test]
fn public_data_are_shown_everywhere_and_the_rest_stays_as_it_was() {
    let plain = closed();
    let territory = plain.copy();
    open(&territory, "\"rpls_ouvert\"");
    territory.build();
    let certificate = territory.document("certificate.json");
    assert_eq!(certificate["opened"].as_array().unwrap().len(), 1);
    assert_eq!(certificate["opened"][0]["opening"], "rpls_ouvert");
    assert_eq!(certificate["scales"], plain.document("certificate.json")["scales"]);
    let catalogue = plain.document("indicators.json");
    let indicators = catalogue["indicators"].as_array().unwrap().iter();
    let public: Vec<&str> = indicators
        .filter(|indicator| indicator["regime"] == "rpls_ouvert")
        .map(|indicator| indicator["id"].as_str().unwrap())
        .collect();
    assert!(public.len() > 10);
    // Everybody knows how many dwellings have these: their counts stand with the register's.
    let known_to_all = [
        "logements",
        "logements_pieces",
        "types",
        "accessibilite",
        "annees",
        "financements",
        "etiquettes",
    ]
    .map(|id| format!("n_{id}"));
    let (mut shown, mut hidden) = (0, 0);
    for scale in SCALES {
        let before = plain.zones(scale);
        for (code, mut zone) in territory.zones(scale) {
            let mut known = before[&code].clone();
            let dwellings = zone.count("n_logements").expect("the register's count is public");
            // Of every dwelling the kind of building is known.
            assert_eq!(zone.number("log_coll").is_some(), dwellings > 0, "{scale} {code}");
            shown += usize::from(dwellings > 0);
            hidden += usize::from(dwellings > 0 && known.count("n_logements").is_none());
            for one in [&mut zone, &mut known] {
                one.0.retain(|column, _| {
                    let id = column.trim_end_matches("_num").trim_end_matches("_den");
                    !known_to_all.contains(column) && !public.contains(&id)
                });
            }
            assert_eq!(zone, known, "{scale} {code}");
        }
    }
    assert!(hidden > 100 && shown > hidden, "{hidden} of {shown}");
    let (code, said, log) = with_source(&territory);
    assert_eq!(code, 0, "{said}{log}");
    let (code, said, log) = audit(&[&territory.edition()]);
    assert_eq!(code, 0, "{said}{log}");
}

#[test]
fn an_edition_with_both_openings_is_sound() {
    let territory = opened();
    let small = small(&territory);
    assert!(!small.is_empty(), "no small commune was opened");
    let communes = territory.zones("commune");
    for (code, _) in &small {
        let columns = communes[code].0.keys();
        let mut survey =
            columns.filter(|name| ["n_menages", "n_repondants"].contains(&name.as_str()));
        assert_eq!(survey.next(), None, "commune {code}");
        assert!(communes[code].is_secret());
    }
    let certificate = territory.document("certificate.json");
    let words: Vec<_> = certificate["opened"].as_array().unwrap().iter().collect();
    assert_eq!(words.len(), 2);
    assert!(words.iter().all(|one| one["warning"].as_str().unwrap().contains("ouvert le régime")));
    let scales = certificate["scales"].as_array().unwrap().iter();
    let commune = scales.clone().find(|scale| scale["scale"] == "commune").unwrap();
    let told = commune["universes"][0]["opened"].as_u64().unwrap();
    assert!(told >= small.len() as u64);
    let catalogue = territory.document("indicators.json");
    let counts_dwellings = |id: &serde_json::Value| {
        let mut all = catalogue["universes"].as_array().unwrap().iter();
        all.any(|own| own["id"] == *id && own["kind"] == "logement")
    };
    assert!(scales.flat_map(|scale| scale["universes"].as_array().unwrap()).all(|universe| {
        counts_dwellings(&universe["universe"]) || universe.get("opened").is_none()
    }));

    let (code, said, log) = with_source(&territory);
    assert_eq!(code, 0, "{said}{log}");
    let record = territory.input().join("records");
    let (edition, config) = (territory.edition(), territory.config());
    let all: [&Path; 5] = [&edition, "--source".as_ref(), &config, "--record".as_ref(), &record];
    let (code, said, log) = audit(&all);
    assert_eq!(code, 0, "{said}{log}");
    assert!(said.contains("certificats additionnés"), "{said}");
    let (code, said, log) = audit(&[&edition]);
    assert_eq!(code, 0, "{said}{log}");
}

#[test]
fn what_goes_beyond_the_openings_is_named() {
    let territory = opened();
    let (commune, _) = small(&territory).into_iter().next().unwrap();
    let leaky = replant(&territory, "commune", &commune, "n_menages", 1);
    for arguments in
        [vec![leaky.edition()], vec![leaky.edition(), "--source".into(), leaky.config()]]
    {
        let paths: Vec<&Path> = arguments.iter().map(AsRef::as_ref).collect();
        let (code, said, log) = audit(&paths);
        // The rule that it breaks, or a count that the microdata do not know.
        let named = [" :", ","].map(|end| format!("commune {commune}{end} « n_menages »"));
        let is_named = named.iter().any(|named| said.contains(named));
        assert!(code == 1 && is_named, "{said}{log}");
    }

    // The same edition, whose certificate or configuration does not say it.
    let silent = territory.copy_built();
    silent.edit("seuil.toml", |text| text.replacen("\"communes\", ", "", 1));
    let (code, said, log) = with_source(&silent);
    assert_eq!(code, 1, "{said}{log}");
    assert!(said.contains("Ouverture : l'édition ouvre communes"), "{said}");
    for (kept, named) in [(1, "R1, seuil : "), (0, "R9, effectif : ")] {
        keep_openings(&silent, kept);
        let (code, said, log) = with_source(&silent);
        assert_eq!(code, 1, "{said}{log}");
        assert!(said.contains(named), "{said}");
        let (code, said, _) = audit(&[&silent.edition()]);
        assert_eq!(code, 1, "{said}");
    }
}

/// Takes openings from the certificate, but for the first ones: public data, then communes.
fn keep_openings(territory: &Territory, kept: usize) {
    let mut certificate = territory.document("certificate.json");
    certificate["opened"].as_array_mut().unwrap().truncate(kept);
    let text = serde_json::to_string_pretty(&certificate).unwrap() + "\n";
    fs::write(territory.edition().join("certificate.json"), &text).unwrap();
    let mut manifest = territory.document("manifest.json");
    manifest["files"]["certificate.json"] = hex::encode(Sha256::digest(&text)).into();
    let text = serde_json::to_string_pretty(&manifest).unwrap() + "\n";
    fs::write(territory.edition().join("manifest.json"), text).unwrap();
}
