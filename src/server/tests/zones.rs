//! Zones as rows: who is given which, in which columns, and what is refused.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::Value;

use super::house::{Answer, House};
use domain::{Audience, Group, Scale};
use edition::fixture::{PARTS, WIDE};

/// The territories of the tests: one of each kind, and their unions of grains.
const TERRITORIES: [(&str, &str); 6] = [
    ("france", "adresse"),
    ("region:11", "iris"),
    ("departement:95", "commune"),
    ("epci:200000001", "adresse"),
    ("commune:38001", "qpv"),
    ("epci:200000002", "epci"),
];

fn codes(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, StatusCode::OK, "{}", String::from_utf8_lossy(&answer.plain()));
    let document = answer.json();
    let zones = document["zones"].as_array().unwrap();
    zones.iter().map(|zone| zone["code"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn rows_are_the_zones_that_tiles_show_to_everybody_at_every_scale() {
    let house = House::wide().await;
    let mut shown = 0;
    for (number, (territory, finest)) in TERRITORIES.into_iter().enumerate() {
        for audience in [Audience::PublicMission, Audience::Bailleur] {
            let name = format!("lecteur{number}{}", audience.id().replace('_', ""));
            let finest = finest.parse().unwrap();
            let token = house.token_for(&name, territory, finest, audience).await;
            for scale in Scale::built_in() {
                let zoom = *scale.default_zooms().end();
                let mut tiles = BTreeSet::new();
                let country = scale.group() == Some(Group::Country);
                for (_, _, x) in WIDE.into_iter().take(if country { 1 } else { 3 }) {
                    let zoom = if country { 0 } else { zoom };
                    let path = format!("/tiles/2024r1/{scale}/{zoom}/{x}/0.mvt");
                    let tile = house.get(&token, &path).await;
                    if tile.status == StatusCode::OK {
                        let of_scale = |zone: String| zone.split_once('/').unwrap().1.to_owned();
                        tiles.extend(tile.zones().into_iter().map(of_scale));
                    }
                }
                let path = format!("/editions/latest/zones?scale={scale}");
                let rows = codes(&house.get(&token, &path).await);
                assert!(rows.is_sorted(), "{rows:?}");
                let rows: BTreeSet<String> = rows.into_iter().collect();
                assert_eq!(rows, tiles, "{territory} {scale}");
                shown += rows.len();
                let placed = house.get(&token, &path).await.json();
                for zone in placed["zones"].as_array().unwrap().iter().filter(|_| !country) {
                    assert!(zone["x"].is_number() && zone["y"].is_number(), "{zone}");
                }
                // A search over everything finds no other.
                let path = format!("/editions/latest/search?q=zone&scale={scale}&limit=100");
                let found: BTreeSet<String> =
                    codes(&house.get(&token, &path).await).into_iter().collect();
                let named = if country { BTreeSet::new() } else { rows };
                assert_eq!(found, named, "{territory} {scale}");
            }
        }
    }
    assert!(shown > 100, "{shown}");
}

#[tokio::test]
async fn a_row_says_what_the_audience_reads_and_null_for_what_is_absent() {
    let house = House::new().await;
    let all = house.token("operateur", "france").await;
    let landlord = house.token_for("bailleur", "france", Scale::ADRESSE, Audience::Bailleur).await;
    let path = "/editions/2024r1/zones?scale=commune";
    let answer = house.get(&all, path).await;
    let text = String::from_utf8(answer.plain()).unwrap();
    assert!(
        text.starts_with("{\"edition\":\"2024r1\",\"scale\":\"commune\",\"zones\":[{\"code\":")
    );
    let zones = answer.json()["zones"].clone();
    assert_eq!(zones[0]["men_seul"], 31.4);
    assert_eq!(
        (zones[0]["men_seul_num"].as_i64(), zones[0]["men_seul_den"].as_i64()),
        (Some(PARTS.0), Some(PARTS.1))
    );
    assert_eq!((&zones[0]["loyer_m2"], &zones[0]["n_loyers"]), (&6.66.into(), &99.into()));
    assert_eq!(zones[0]["bounds"], serde_json::json!([2.0, 48.9, 2.1, 49.0]));
    // This edition has no tile of names at the last zoom.
    assert_eq!((&zones[0]["x"], &zones[0]["y"]), (&Value::Null, &Value::Null));
    assert_eq!(zones[0]["situe"], Value::Null);
    // Nothing of an empty zone, and every key all the same.
    assert_eq!(zones[2]["code"], "95003");
    assert_eq!((&zones[2]["men_seul"], &zones[2]["secret"]), (&Value::Null, &Value::Null));
    let keys = |zone: &Value| zone.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&zones[0]), keys(&zones[2]));

    let other = house.get(&landlord, path).await;
    let zones = other.json()["zones"].clone();
    let own = keys(&zones[0]);
    assert!(own.contains(&"n_loyers_no".to_owned()) && own.contains(&"men_seul_den".to_owned()));
    for hidden in ["loyer_m2", "n_loyers", "loyer_m2_num", "loyer_m2_den"] {
        assert!(!own.contains(&hidden.to_owned()), "{hidden}");
        let path = format!("{path}&fields={hidden}");
        let refused = house.get(&landlord, &path).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{hidden}");
        let unknown =
            house.get(&landlord, "/editions/2024r1/zones?scale=commune&fields=rien").await;
        assert_eq!(refused.plain(), unknown.plain(), "{hidden} is what does not exist");
    }
    assert!(!other.holds(b"6.66") && !other.holds(b"loyer_m2"));
    // `loyers` is offered from the commune upward.
    let qpv = house.get(&all, "/editions/2024r1/zones?scale=qpv").await.json();
    assert_eq!(qpv["zones"][0].get("n_loyers"), None);
    assert_eq!(qpv["zones"][0]["secret"], true);
}

#[tokio::test]
async fn a_page_follows_another_until_there_is_none() {
    let house = House::new().await;
    let all = house.token("operateur", "france").await;
    let one = house.token("alpha", "commune:95001").await;
    let base = "/editions/latest/zones?scale=commune&fields=nom";
    let first = house.get(&all, &format!("{base}&limit=2")).await;
    assert_eq!(codes(&first), ["95001", "95002"]);
    assert_eq!(first.json()["next"], "95002");
    let link = "<?scale=commune&fields=nom&limit=2&after=95002>; rel=\"next\"";
    assert_eq!(first.header("link"), link);
    let keys: Vec<_> = first.json()["zones"][0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["code", "nom", "x", "y", "bounds"]);
    let second = house.get(&all, &format!("{base}&limit=2&after=95002")).await;
    assert_eq!(codes(&second), ["95003"]);
    assert_eq!((&second.json()["next"], second.header("link")), (&Value::Null, ""));
    // A limit that holds exactly what there is names no other page, and a reader of one sees one.
    assert_eq!(house.get(&all, &format!("{base}&limit=3")).await.json()["next"], Value::Null);
    let mine = house.get(&one, &format!("{base}&limit=1")).await;
    assert_eq!((codes(&mine), &mine.json()["next"]), (vec!["95001".into()], &Value::Null));
    // What comes after is by key alone, whatever the key.
    for (after, expected) in [("9", 3), ("95001x", 2), ("~", 0), ("%C3%A9", 0), ("%00", 3)] {
        let page = house.get(&all, &format!("{base}&after={after}")).await;
        assert_eq!(codes(&page).len(), expected, "{after}");
    }
    let lines = house.get(&all, &format!("{base}&f=ndjson&limit=2")).await;
    assert_eq!(lines.header("content-type"), "application/x-ndjson");
    assert_eq!(lines.header("link").matches("after=95002").count(), 1);
    let text = String::from_utf8(lines.plain()).unwrap();
    let zones: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(Value::from(zones), first.json()["zones"]);
}

#[tokio::test]
async fn zones_within_another_are_those_whose_communes_all_lie_there() {
    let house = House::new().await;
    let all = house.token("operateur", "france").await;
    let check = async |within: &str, scale: &str, expected: &[&str]| {
        let path = format!("/editions/latest/zones?scale={scale}&within={within}&fields=code");
        assert_eq!(codes(&house.get(&all, &path).await), expected, "{within} {scale}");
    };
    check("commune:95001", "qpv", &["QN09501M"]).await;
    check("commune:95002", "qpv", &[]).await;
    check("departement:95", "qpv", &["QN09501M", "QN09502M"]).await;
    check("epci:200000002", "commune", &["95002", "95003"]).await;
    check("epci:200000002", "epci", &["200000002"]).await;
    check("commune:95002", "epci", &[]).await;
    check("france:FR", "france", &["FR"]).await;
    check("departement:95", "france", &["FR"]).await;
    check("commune:95002", "france", &[]).await;
}

#[tokio::test]
async fn what_may_not_be_seen_is_what_does_not_exist_and_slips_are_refused() {
    let house = House::new().await;
    let one = house.token("alpha", "commune:95001").await;
    let unknown =
        house.get(&one, "/editions/latest/zones?scale=commune&within=commune:99999").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    for within in ["commune:95002", "epci:200000002", "commune:1", "epci:x"] {
        let hidden =
            house.get(&one, &format!("/editions/latest/zones?scale=commune&within={within}")).await;
        assert_eq!(hidden.status, StatusCode::NOT_FOUND, "{within}");
        assert_eq!(hidden.plain(), unknown.plain(), "{within}");
    }
    for (query, status) in [
        ("zones", 400),
        ("zones?scale=", 400),
        ("zones?scale=rue", 404),
        ("zones?scale=iris", 404),
        ("zones?scale=commune&scale=commune", 400),
        ("zones?scale=commune&zoom=3", 400),
        ("zones?scale=commune&limit=0", 400),
        ("zones?scale=commune&limit=-1", 400),
        ("zones?scale=commune&limit=999999999999999999999", 200),
        ("zones?scale=commune&f=xml", 400),
        ("zones?scale=commune&fields=code,,nom", 400),
        ("zones?scale=commune&fields=CODE", 400),
        ("zones?scale=commune&within=95001", 400),
        ("zones?scale=commune&within=commune:", 400),
        ("zones?scale=commune&within=qpv:QN09501M", 400),
        ("zones?scale=commune&within=rue:1", 400),
        ("zones?scale=%ff", 400),
        ("search", 400),
        ("search?q=a", 400),
        ("search?q=%20-%20", 400),
        ("search?q=alpha&q=beta", 400),
        ("search?q=alpha&scale=rue", 404),
        ("search?q=alpha&limit=0", 400),
        ("search?q=rien", 200),
    ] {
        let path = format!("/editions/latest/{query}");
        let answer = house.get(&one, &path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        assert!(!answer.holds(b"Cach"), "{path}");
        // Whoever guesses what they have learns nothing of what is refused.
        let guessed = house.get_with(&one, &path, &[("if-none-match", "*")]).await;
        let expected = if status == 200 { 304 } else { status };
        assert_eq!(guessed.status.as_u16(), expected, "{path}");
    }
    let long = format!("/editions/latest/search?q={}", "a".repeat(101));
    assert_eq!(house.get(&one, &long).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_tag_names_what_an_answer_depends_on() {
    let house = House::new().await;
    let one = house.token("alpha", "commune:95001").await;
    let same = house.token("alpha2", "commune:95001").await;
    let two = house.token("beta", "commune:95002").await;
    let landlord =
        house.token_for("bailleur", "commune:95001", Scale::ADRESSE, Audience::Bailleur).await;
    let zones = "/editions/2024r1/zones?scale=commune";
    let mut tags = BTreeSet::new();
    for (token, path, encoding) in [
        (&one, zones.to_owned(), "gzip"),
        (&one, zones.to_owned(), "identity"),
        (&two, zones.to_owned(), "gzip"),
        (&landlord, zones.to_owned(), "gzip"),
        (&one, format!("{zones}&limit=1"), "gzip"),
        (&one, format!("{zones}&after=9"), "gzip"),
        (&one, format!("{zones}&fields=nom"), "gzip"),
        (&one, format!("{zones}&f=ndjson"), "gzip"),
        (&one, format!("{zones}&within=commune:95001"), "gzip"),
        (&one, zones.replace("commune", "qpv"), "gzip"),
    ] {
        let answer = house.get_with(token, &path, &[("accept-encoding", encoding)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header("cache-control"), "private, no-cache");
        assert_eq!(answer.header("x-seuil-scope").len(), 64);
        let tag = answer.header("etag").to_owned();
        assert!(tags.insert(tag.clone()), "{path}");
        let headers = [("accept-encoding", encoding), ("if-none-match", tag.as_str())];
        let known = house.get_with(token, &path, &headers).await;
        assert_eq!((known.status, known.body.len()), (StatusCode::NOT_MODIFIED, 0), "{path}");
    }
    let tag = |answer: Answer| answer.header("etag").to_owned();
    for path in [zones, "/editions/2024r1/search?q=alpha"] {
        assert_eq!(tag(house.get(&one, path).await), tag(house.get(&same, path).await), "{path}");
        assert_ne!(tag(house.get(&one, path).await), tag(house.get(&two, path).await), "{path}");
    }
    assert_eq!(
        house.get(&one, "/editions/2024r1/search?q=gamma").await.json()["zones"],
        Value::Array(vec![])
    );
}

#[tokio::test]
async fn names_are_found_however_they_are_typed_and_the_nearest_come_first() {
    let house = House::new().await;
    let all = house.token("operateur", "france").await;
    let check = async |question: &str, expected: &[&str]| {
        let path = format!("/editions/latest/search?q={question}");
        assert_eq!(codes(&house.get(&all, &path).await), expected, "{question}");
    };
    check("b%C3%AAta%20cach%C3%A9e", &["95002"]).await;
    check("BETA-CACHEE", &["95002"]).await;
    check("cachee+beta", &["95002"]).await;
    check("9500", &["95001", "95002", "95003"]).await;
    check("95002", &["95002"]).await;
    // The name itself before those that hold it.
    check("agglo", &["200000001", "200000002"]).await;
    check("a+cheval", &["QN09502M"]).await;
    check("lph", &["95001"]).await;
    check("xyz", &[]).await;
    let found = house.get(&all, "/editions/latest/search?q=alpha").await.json();
    assert_eq!(found["zones"][0]["scale"], "commune");
    assert_eq!(found["zones"][0]["bounds"], serde_json::json!([2.0, 48.9, 2.1, 49.0]));
    let limited = house.get(&all, "/editions/latest/search?q=9500&limit=1").await;
    assert_eq!(codes(&limited), ["95001"]);
}
