//! The plain threshold and the nested part of R2, recomputed from the rows of the input.

use std::collections::BTreeMap;

use super::territory::{Territory, demo, rows};

/// Households that answered, by the place that the rows name.
#[derive(Default)]
struct Truth {
    dwellings: u64,
    respondents: u64,
}

/// Counts of the input by address key, commune and IRIS.
struct Input {
    addresses: BTreeMap<String, Truth>,
    communes: BTreeMap<String, Truth>,
    /// The IRIS code of each address, where every row of the address gives the same one.
    iris: BTreeMap<String, Option<String>>,
}

impl Input {
    fn read(territory: &Territory) -> Input {
        let folder = territory.input();
        // ID_RPLS → whether the household answered; only surveyed tenants of let dwellings count.
        let answers: BTreeMap<String, bool> = rows(&folder.join("ops_2024.csv"))
            .filter(|row| row["ENQUETE"] == "1")
            .map(|row| (row["ID_RPLS"].clone(), row["REPONDU"] == "1"))
            .collect();
        let mut input =
            Input { addresses: BTreeMap::new(), communes: BTreeMap::new(), iris: BTreeMap::new() };
        for name in ["rpls/rpls_1.csv.gz", "rpls/rpls_2.csv"] {
            for row in rows(&folder.join(name)) {
                let answered = row["MODE"] == "1" && answers.get(&row["ID_RPLS"]) == Some(&true);
                let commune = row["DEPCOM"].clone();
                if let Some(key) = address(&row) {
                    add(&mut input.addresses, key.clone(), answered);
                    let code = Some(row["PLG_IRIS2024_CODE"].clone());
                    let known = input.iris.entry(key).or_insert_with(|| code.clone());
                    if *known != code {
                        *known = None;
                    }
                }
                add(&mut input.communes, commune, answered);
            }
        }
        input
    }
}

fn add(places: &mut BTreeMap<String, Truth>, key: String, answered: bool) {
    let truth = places.entry(key).or_default();
    truth.dwellings += 1;
    truth.respondents += u64::from(answered);
}

/// The key of an address: its commune and its coordinates in tenths of a metre.
pub fn address(row: &BTreeMap<String, String>) -> Option<String> {
    let tenths = |column: &str| {
        let metres: f64 = row[column].replace(',', ".").parse().ok()?;
        Some((metres * 10.0).round() as i64)
    };
    Some(format!("{}_{}_{}", row["DEPCOM"], tenths("X")?, tenths("Y")?))
}

/// What is left of a published zone without its published parts holds nobody or 11.
#[track_caller]
fn check_residual(zone: &str, whole: u64, parts: u64) {
    let left = whole.checked_sub(parts).expect("parts are in their zone");
    assert!(left == 0 || left >= 11, "{zone}: {left} households are left uncovered");
}

#[test]
fn every_published_zone_holds_eleven_and_says_the_truth() {
    let territory = demo();
    let input = Input::read(&territory);
    let mut hidden = 0;
    for (scale, truths) in [("adresse", &input.addresses), ("commune", &input.communes)] {
        let zones = territory.zones(scale);
        assert!(truths.keys().all(|code| zones.contains_key(code)), "{scale}");
        let populated = zones.values().filter(|zone| !zone.text("communes").is_empty()).count();
        assert_eq!(populated, truths.len(), "{scale}");
        for (code, truth) in truths {
            let zone = &zones[code];
            for (column, count) in
                [("n_logements", truth.dwellings), ("n_repondants", truth.respondents)]
            {
                assert!(zone.count(column).is_none_or(|shown| shown == count), "{scale} {code}");
            }
            let columns = ["n_logements", "n_menages"];
            assert!(truth.dwellings >= 11 || columns.iter().all(|name| zone.count(name).is_none()));
            if zone.is_secret() {
                hidden += 1;
                assert!(zone.count("n_ressources").is_none() && zone.number("men_seul").is_none());
            } else {
                assert!(truth.respondents >= 11, "{scale} {code} is under the threshold");
                assert_eq!(zone.count("n_repondants"), Some(truth.respondents), "{scale} {code}");
            }
        }
    }
    assert!(hidden > 1000, "most addresses are small");
}

#[test]
fn what_published_parts_leave_uncovered_holds_nobody_or_eleven() {
    let territory = demo();
    let input = Input::read(&territory);
    let (addresses, iris) = (territory.zones("adresse"), territory.zones("iris"));
    let communes = territory.zones("commune");
    let shown = |code: &str| !addresses[code].is_secret();
    let mut checked = 0;
    for (code, _) in communes.iter().filter(|(_, commune)| !commune.is_secret()) {
        let whole = input.communes.get(code).map_or(0, |truth| truth.respondents);
        let inside = input.addresses.iter().filter(|(key, _)| key.starts_with(&format!("{code}_")));
        let parts =
            inside.clone().filter(|(key, _)| shown(key)).map(|(_, truth)| truth.respondents);
        check_residual(code, whole, parts.sum());
        let quarters = iris.iter().filter(|(key, zone)| key.starts_with(code) && !zone.is_secret());
        check_residual(
            code,
            whole,
            quarters.filter_map(|(_, zone)| zone.count("n_repondants")).sum(),
        );
        checked += 1;
    }
    assert!(checked > 30, "{checked} communes");

    // Published addresses of an IRIS, where the register says which IRIS it is.
    let mut covered: BTreeMap<&str, u64> = BTreeMap::new();
    for (key, truth) in input.addresses.iter().filter(|(key, _)| shown(key)) {
        if let Some(code) = input.iris[key].as_deref().filter(|code| iris.contains_key(*code)) {
            *covered.entry(code).or_default() += truth.respondents;
        }
    }
    assert!(covered.len() > 50);
    for (code, parts) in covered.into_iter().filter(|(code, _)| !iris[*code].is_secret()) {
        check_residual(code, iris[code].count("n_repondants").unwrap(), parts);
    }

    let rows = territory.document("communes.json");
    for scale in ["epci", "departement", "region", "france"] {
        for (code, zone) in territory.zones(scale).iter().filter(|(_, zone)| !zone.is_secret()) {
            let inside = rows
                .as_array()
                .unwrap()
                .iter()
                .filter(|row| scale == "france" || row[scale].as_str() == Some(code.as_str()));
            let inside = inside.map(|row| row["code"].as_str().unwrap());
            let inside = inside.filter(|code| !communes[*code].is_secret());
            let parts = inside.map(|code| communes[code].count("n_repondants").unwrap()).sum();
            check_residual(code, zone.count("n_repondants").unwrap(), parts);
        }
    }
}

#[test]
fn an_undivided_commune_and_its_iris_are_shown_alike() {
    let territory = demo();
    let iris = territory.zones("iris");
    let mut twins = 0;
    for (code, mut commune) in territory.zones("commune") {
        let Some(mut twin) = iris.get(&format!("{code}0000")).cloned() else { continue };
        if iris.keys().filter(|key| key.starts_with(&code)).count() > 1 {
            continue;
        }
        commune.0.retain(|column, _| column != "code" && column != "nom");
        twin.0.retain(|column, _| column != "code" && column != "nom");
        assert_eq!(commune, twin, "{code}");
        twins += 1;
    }
    assert!(twins > 20, "{twins}");
}
