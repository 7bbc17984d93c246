//! Whole tile pyramids over HTTP, as the holders of accounts see them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::figures::{Zone, tile_zones};
use super::pyramid::{House, bounds};
use super::territory::{SCALES, Territory, cover};
use super::util::Answer;

/// The EPCI that crosses into a neighbouring département.
const EPCI: &str = "200901080";

/// What the files of the edition show of the zones that an account may see: those whose communes
/// are all in `mine`, and the reference zones above.
fn expected(territory: &Territory, mine: &BTreeSet<&str>) -> BTreeMap<(String, String), Zone> {
    let communes = territory.document("communes.json");
    let mut above: BTreeSet<(&str, &str)> = BTreeSet::new();
    for row in communes.as_array().unwrap() {
        if mine.contains(row["code"].as_str().unwrap()) {
            let codes = ["epci", "departement", "region"].map(|scale| (scale, row[scale].as_str()));
            above.extend(codes.into_iter().filter_map(|(scale, code)| Some((scale, code?))));
        }
    }
    let mut zones = BTreeMap::new();
    for scale in SCALES {
        for (code, mut zone) in territory.zones(scale) {
            let communes = [zone.text("communes"), zone.text("situe")];
            let places = communes.into_iter().find(|codes| !codes.is_empty()).unwrap_or("");
            let visible = match scale {
                "france" => true,
                "epci" | "departement" | "region" => above.contains(&(scale, code.as_str())),
                _ => !places.is_empty() && places.split(' ').all(|code| mine.contains(code)),
            };
            zone.0.retain(|column, _| !column.ends_with("_num") && !column.ends_with("_den"));
            if visible {
                zones.insert((scale.to_owned(), code), zone);
            }
        }
    }
    zones
}

fn members<'a>(communes: &'a Value, epci: &str) -> BTreeSet<&'a str> {
    let rows = communes.as_array().unwrap().iter().filter(|row| row["epci"] == epci);
    rows.map(|row| row["code"].as_str().unwrap()).collect()
}

#[test]
fn an_epci_sees_its_communes_whole_and_nothing_else_with_the_figures_of_the_edition() {
    let house = House::open();
    let communes = house.territory.document("communes.json");
    let mine = members(&communes, EPCI);
    let departements: BTreeSet<&str> = mine.iter().map(|code| &code[..2]).collect();
    assert!(mine.len() > 5 && departements.len() == 2, "the EPCI crosses a border");
    let seen = house.crawl(&house.territory.account("anne@agglo.fr", &format!("epci:{EPCI}")));
    let expected = expected(&house.territory, &mine);
    assert!(seen.keys().eq(expected.keys()), "the zones are those of the territory");
    for (key, zone) in &seen {
        assert_eq!(*zone, expected[key], "{key:?}");
    }
    check_shown(&house.territory.document("indicators.json"), &seen);
    for scale in ["adresse", "grappe", "carreau", "iris", "qpv", "commune"] {
        assert!(seen.keys().any(|key| key.0 == scale), "{scale} has zones to look at");
    }
}

/// No figure over fewer than 11, no count or figure under a parent that is not published.
fn check_shown(catalogue: &Value, zones: &BTreeMap<(String, String), Zone>) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut figures: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for indicator in catalogue["indicators"].as_array().unwrap() {
        figures.entry(text(&indicator["universe"])).or_default().push(text(&indicator["id"]));
    }
    let mut shown = 0;
    for (key, zone) in zones {
        let published = |universe: &String| {
            let ids = figures.get(universe).into_iter().flatten();
            ids.clone().next().is_none() || ids.clone().any(|id| zone.0.contains_key(id))
        };
        for universe in catalogue["universes"].as_array().unwrap() {
            let id = text(&universe["id"]);
            let count = zone.count(&format!("n_{id}"));
            let figure = figures.get(&id).into_iter().flatten().find(|id| zone.0.contains_key(*id));
            if let Some(figure) = figure {
                shown += 1;
                assert!(count.is_some_and(|count| count >= 11), "{key:?}: {figure} over {count:?}");
                assert!(zone.count("n_logements") >= Some(11), "{key:?}: {figure}");
            }
            let Some(count) = count else { continue };
            for parent in universe["parents"].as_array().unwrap() {
                let parent = text(parent);
                let over = zone.count(&format!("n_{parent}"));
                assert!(over >= Some(11.max(count)), "{key:?}: n_{id} under {parent} of {over:?}");
                assert!(published(&parent), "{key:?}: n_{id} under secret {parent}");
            }
        }
        if zone.is_secret() {
            assert!(!published(&"ressources".to_owned()), "{key:?} is secret");
            assert!(!zone.0.contains_key("n_ressources"), "{key:?} is secret");
        }
    }
    assert!(shown > 1000, "there are figures to check: {shown}");
}

#[test]
fn a_commune_sees_less_than_its_epci_and_an_account_without_rights_here_sees_france_alone() {
    let house = House::open();
    let communes = house.territory.document("communes.json");
    let town = house.territory.zones("commune").into_iter();
    let town = town
        .filter(|(code, _)| members(&communes, EPCI).contains(code.as_str()))
        .max_by_key(|(_, zone)| zone.count("n_logements"));
    let town = town.unwrap().0;
    let seen = house.crawl(&house.territory.account("bob@ville.fr", &format!("commune:{town}")));
    let expected = expected(&house.territory, &BTreeSet::from([town.as_str()]));
    assert!(seen == expected);
    let wider = house.crawl(&house.territory.account("anne@agglo.fr", &format!("epci:{EPCI}")));
    assert!(seen.len() < wider.len());
    assert!(seen.iter().all(|(key, zone)| wider.get(key) == Some(zone)));

    let elsewhere = house.territory.account("zoe@ailleurs.fr", "departement:95");
    let france = house.tile(&elsewhere, "/tiles/2024r1/0/0/0.mvt");
    let layers = tile_zones(&france.body);
    assert_eq!(layers.keys().collect::<Vec<_>>(), ["france"]);
    let all = house.tile(&house.territory.token("anne@agglo.fr"), "/tiles/2024r1.json").json();
    for zoom in 4..=14 {
        for (x, y) in cover(bounds(&all), zoom) {
            let answer = house.tile(&elsewhere, &format!("/tiles/2024r1/{zoom}/{x}/{y}.mvt"));
            assert_eq!((answer.status, answer.body.len()), (204, 0), "{zoom}/{x}/{y}");
        }
    }
}

#[test]
fn what_one_may_not_see_is_what_does_not_exist() {
    let house = House::open();
    let anne = house.territory.account("anne@agglo.fr", &format!("epci:{EPCI}"));
    let everyone = house.territory.account("ope@etat.fr", "france");
    let about = house.tile(&everyone, "/tiles/2024r1/commune.json").json();
    // A tile where others live and a tile of the sea, both without a zone of this reader.
    let hidden = cover(bounds(&about), 11).into_iter().find(|(x, y)| {
        let path = format!("/tiles/2024r1/commune/11/{x}/{y}.mvt");
        house.tile(&everyone, &path).status == 200 && house.tile(&anne, &path).status == 204
    });
    let (x, y) = hidden.expect("others have tiles of their own");
    let hidden = house.tile(&anne, &format!("/tiles/2024r1/commune/11/{x}/{y}.mvt"));
    let sea = house.tile(&anne, "/tiles/2024r1/commune/11/3/3.mvt");
    assert_eq!((sea.status, &sea.body), (hidden.status, &hidden.body));
    let names = |answer: &Answer| -> BTreeSet<String> {
        answer.headers.keys().map(ToString::to_string).collect()
    };
    assert_eq!(names(&sea), names(&hidden));
    for path in ["/tiles/2024r1/ept/8/1/1.mvt", "/tiles/2030r1/commune/8/1/1.mvt"] {
        let one = house.tile(&anne, path);
        assert_eq!(one.status, 404);
        assert_eq!(one.body, house.tile(&anne, "/tiles/2024r1/rue/8/1/1.mvt").body);
    }
    for path in [
        "/editions",
        "/editions/2024r1/indicators",
        "/editions/2024r1/certificate",
        "/tiles/2024r1.json",
        "/tiles/2024r1/commune.json",
        "/tiles/2024r1/0/0/0.mvt",
        "/tiles/2024r1/france/0/0/0.mvt",
        "/tiles/2030r1/france/0/0/0.mvt",
        "/tiles/2024r1/rue/0/0/0.pbf",
    ] {
        let anonymous = house.server.get(path, None);
        assert_eq!(anonymous.status, 401, "{path}");
        assert_eq!(anonymous.body, house.server.get("/editions", None).body, "{path}");
    }
}

#[test]
fn equal_rights_have_equal_etags_and_different_rights_different_ones() {
    let house = House::open();
    let one = house.territory.account("anne@agglo.fr", &format!("epci:{EPCI}"));
    let two = house.territory.account("alix@agglo.fr", &format!("epci:{EPCI}"));
    let other = house.territory.account("ope@etat.fr", "france");
    let about = house.tile(&one, "/tiles/2024r1/iris.json").json();
    let (mut compared, mut apart) = (0, 0);
    for (x, y) in cover(bounds(&about), 12) {
        let path = format!("/tiles/2024r1/iris/12/{x}/{y}.mvt");
        let answers = [&one, &two, &other].map(|token| house.tile(token, &path));
        let etag = |answer: &Answer| answer.headers["etag"].to_str().unwrap().to_owned();
        let [one, two, other] = &answers;
        assert_eq!((etag(one), &one.body), (etag(two), &two.body), "{path}");
        assert!(!etag(one).starts_with("W/"));
        assert_eq!(one.headers["cache-control"], "private, no-cache");
        compared += 1;
        if one.body != other.body {
            apart += 1;
            assert_ne!(etag(one), etag(other), "{path}");
        }
    }
    assert!(compared > 10 && apart > 0, "{apart} of {compared} tiles differ");
}
