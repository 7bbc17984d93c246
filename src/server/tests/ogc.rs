//! OGC API: who is given which zones, how they are asked for, and what is refused.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::Value;

use super::house::{Answer, House, NOW};
use accounts::Actor;
use domain::{Audience, Scale};
use edition::fixture::PARTS;
use rights::Day;

const COMMUNES: &str = "/ogc/collections/2024r1.commune";

fn codes(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, StatusCode::OK, "{}", String::from_utf8_lossy(&answer.plain()));
    let document = answer.json();
    let features = document["features"].as_array().unwrap();
    assert_eq!(document["numberReturned"], features.len());
    features.iter().map(|one| one["properties"]["code"].as_str().unwrap().to_owned()).collect()
}

/// The address of a link of a relation, without the address of the service.
fn link(document: &Value, rel: &str) -> Option<String> {
    let links = document["links"].as_array().unwrap();
    let found = links.iter().find(|link| link["rel"] == rel)?;
    let href = found["href"].as_str().unwrap();
    Some(href.strip_prefix("https://carto.example.fr").unwrap().to_owned())
}

#[tokio::test]
async fn items_are_the_rows_that_zones_gives_to_everybody_at_every_scale() {
    let house = House::wide().await;
    let territories = [
        ("france", "adresse"),
        ("region:11", "iris"),
        ("departement:95", "commune"),
        ("epci:200000001", "adresse"),
        ("epci:200000002", "epci"),
    ];
    let (mut shown, mut empty) = (0, 0);
    for (number, (territory, finest)) in territories.into_iter().enumerate() {
        for audience in [Audience::PublicMission, Audience::Bailleur] {
            let name = format!("lecteur{number}{}", audience.id().replace('_', ""));
            let token = house.token_for(&name, territory, finest.parse().unwrap(), audience).await;
            for scale in Scale::built_in() {
                let rows =
                    house.get(&token, &format!("/editions/latest/zones?scale={scale}")).await;
                let rows = rows.json()["zones"].clone();
                let path = format!("/ogc/collections/2024r1.{scale}");
                let page = house.get(&token, &format!("{path}/items")).await;
                let found = codes(&page);
                let zones = rows.as_array().unwrap();
                assert!(zones.iter().map(|zone| &zone["code"]).eq(&found), "{territory} {scale}");
                assert_eq!(page.json()["numberMatched"], found.len());
                let columns: Vec<String> = zones
                    .iter()
                    .flat_map(|zone| zone.as_object().unwrap().keys().cloned())
                    .collect();
                for feature in page.json()["features"].as_array().unwrap() {
                    let properties = feature["properties"].as_object().unwrap();
                    assert!(properties.keys().all(|key| columns.contains(key)), "{scale}");
                    let own = zones.iter().find(|zone| zone["code"] == feature["id"]).unwrap();
                    assert!(properties.iter().all(|(key, value)| own[key] == *value), "{scale}");
                    let one = format!("{path}/items/{}", feature["id"].as_str().unwrap());
                    let one = house.get(&token, &one).await.json();
                    assert_eq!(one["properties"], feature["properties"]);
                    assert_eq!(one["geometry"], feature["geometry"]);
                }
                let about = house.get(&token, &path).await.json();
                assert_eq!(about["itemCount"], found.len(), "{territory} {scale}");
                // Where nothing is visible there is an empty collection that lies nowhere.
                assert_eq!(about.get("extent").is_none(), found.is_empty());
                shown += found.len();
                empty += usize::from(found.is_empty());
            }
        }
    }
    assert!(shown > 50 && empty > 10, "{shown} shown, {empty} empty");
}

#[tokio::test]
async fn nothing_of_a_hidden_zone_stands_in_any_answer() {
    let house = House::new().await;
    let all = house.token("operateur", "france").await;
    let one = house.token("alpha", "commune:95001").await;
    let paths = [
        "/ogc",
        "/ogc/api",
        "/ogc/collections",
        COMMUNES,
        "/ogc/collections/2024r1.commune/schema",
        "/ogc/collections/2024r1.commune/items",
        "/ogc/collections/2024r1.commune/items?f=html",
        "/ogc/collections/2024r1.commune/items?f=fgb",
        "/ogc/collections/2024r1.commune/items?limit=1&filter=code%20%3E%20'0'",
        "/ogc/collections/2024r1.commune/items?bbox=-180,-90,180,90",
        "/ogc/collections/2024r1.qpv/items",
    ];
    let hidden: [&[u8]; 3] = [b"95002", "Cachée".as_bytes(), b"Gamma"];
    let mut stands = 0;
    for path in paths {
        let (whole, part) = (house.get(&all, path).await, house.get(&one, path).await);
        assert_eq!(part.status, StatusCode::OK, "{path}");
        for bytes in hidden {
            stands += usize::from(whole.holds(bytes));
            assert!(!part.holds(bytes), "{path}");
        }
    }
    assert!(stands > 10, "{stands}");
    // The number of those that a filter keeps is of visible zones too.
    for query in
        ["code=95002", "nom=Gamma", "filter=code%20%3C%3E%20'95001'", "bbox=2.15,48.9,9,49"]
    {
        let page = house.get(&one, &format!("{COMMUNES}/items?{query}")).await.json();
        assert_eq!((&page["numberMatched"], &page["features"]), (&0.into(), &Value::Array(vec![])));
    }
    let unknown = house.get(&one, &format!("{COMMUNES}/items/99999")).await;
    let other = house.get(&one, &format!("{COMMUNES}/items/95002")).await;
    assert_eq!((other.status, other.plain()), (StatusCode::NOT_FOUND, unknown.plain()));
}

#[tokio::test]
async fn a_page_follows_another_by_a_cursor_of_its_own_question() {
    let house = House::new().await;
    let all = house.token("operateur", "france").await;
    let (mut path, mut found) = (format!("{COMMUNES}/items?limit=1"), Vec::new());
    let mut pages = 0;
    loop {
        let page = house.get(&all, &path).await;
        found.extend(codes(&page));
        let document = page.json();
        assert_eq!(document["numberMatched"], 3);
        assert_eq!(page.header("ogc-numbermatched"), "3");
        pages += 1;
        let Some(next) = link(&document, "next") else { break };
        assert!(page.header("link").contains("rel=\"next\""));
        path = next;
    }
    assert_eq!((found, pages), (["95001", "95002", "95003"].map(str::to_owned).to_vec(), 3));
    // A cursor opens nothing: to somebody else it is a place in the order of codes.
    let first = house.get(&all, &format!("{COMMUNES}/items?limit=1")).await.json();
    let next = link(&first, "next").unwrap();
    let one = house.token("alpha", "commune:95001").await;
    assert_eq!(codes(&house.get(&one, &next).await), Vec::<String>::new());
    let cursor = next.split("cursor=").nth(1).unwrap();
    for query in [
        format!("code=95001&cursor={cursor}"),
        format!("filter=TRUE&cursor={cursor}"),
        format!("cursor={cursor}A"),
        "cursor=OTUwMDE".to_owned(),
        "cursor=%00".to_owned(),
    ] {
        let answer = house.get(&all, &format!("{COMMUNES}/items?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
    let other = format!("/ogc/collections/2024r1.qpv/items?cursor={cursor}");
    assert_eq!(house.get(&all, &other).await.status, StatusCode::BAD_REQUEST);
    // Another edition has other zones.
    house.publish("2026r1", 9.9);
    let watch = tokio::spawn(house.editions.clone().watch());
    let path = format!("/ogc/collections/2026r1.commune/items?cursor={cursor}");
    for _ in 0..40 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        if house.get(&all, &path).await.status == StatusCode::BAD_REQUEST {
            watch.abort();
            return;
        }
    }
    panic!("a cursor of another edition was taken");
}

#[tokio::test]
async fn zones_are_asked_for_by_code_name_communes_and_place_and_by_nothing_else() {
    let house = House::new().await;
    let all = house.token("operateur", "france").await;
    let check = async |query: &str, expected: &[&str]| {
        let page = house.get(&all, &format!("{COMMUNES}/items?{query}")).await;
        assert_eq!(codes(&page), expected, "{query}");
        assert_eq!(page.json()["numberMatched"], expected.len(), "{query}");
    };
    check("code=95002", &["95002"]).await;
    check("code=95002&nom=Gamma", &[]).await;
    check("nom=Gamma", &["95003"]).await;
    check("communes=95001", &["95001"]).await;
    // An unpopulated commune has no communes.
    check("filter=communes%20IS%20NULL", &["95003"]).await;
    check("filter=code%20IN%20('95001','95003')&filter-lang=cql2-text", &["95001", "95003"]).await;
    check("filter=casei(nom)%20LIKE%20casei('GAM%25')", &["95003"]).await;
    // The squares lie side by side from 2.0 to 2.3, borders included.
    check("bbox=2.01,48.91,2.02,48.92", &["95001"]).await;
    check("bbox=2.1,48.91,2.1,48.92", &["95001", "95002"]).await;
    check("bbox=2.15,48.95,0,2.25,49.5,100", &["95002", "95003"]).await;
    check("bbox=2.31,48.9,9,49", &[]).await;
    check("bbox=179,48,2.05,50", &["95001"]).await;
    check("bbox=2.25,48,-179,50", &["95003"]).await;
    check("bbox=-999,-999,999,999", &["95001", "95002", "95003"]).await;
    check("filter=S_INTERSECTS(geometry,BBOX(2.01,48.9,2.02,49))", &["95001"]).await;
    check("filter=S_INTERSECTS(geometry,POINT(2.15%2048.95))", &["95002"]).await;
    check("datetime=2024-01-01/..&limit=99999999999999999999", &["95001", "95002", "95003"]).await;
    for query in [
        "n_menages=1",
        "men_seul=31.4",
        "filter=men_seul%20%3E%20'5'",
        "filter=men_seul%20IS%20NULL",
        "filter=secret%20=%20TRUE",
        "filter=code=95001",
        "filter=code%20=%20'95001",
        "filter=code%20=%20'1'&filter-lang=cql2-json",
        "filter=TRUE&filter-crs=http://www.opengis.net/def/crs/EPSG/0/2154",
        "bbox=1,2,3",
        "bbox=1,2,3,x",
        "bbox=2,49,3,48",
        "bbox=nan,0,1,1",
        "bbox-crs=http://www.opengis.net/def/crs/EPSG/0/4326",
        "crs=http://www.opengis.net/def/crs/OGC/1.3/CRS84",
        "datetime=hier",
        "limit=0",
        "limit=-1",
        "limit=x",
        "limit=1&limit=2",
        "f=xml",
        "token=x",
        "q=a",
    ] {
        let answer = house.get(&all, &format!("{COMMUNES}/items?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert!(!answer.holds(b"Alpha"), "{query}");
    }
    let long = format!("{COMMUNES}/items?filter=code='{}'", "a".repeat(2_100));
    assert_eq!(house.get(&all, &long).await.status, StatusCode::BAD_REQUEST);
    let deep = format!("{}TRUE{}", "(".repeat(200), ")".repeat(200));
    let deep = house.get(&all, &format!("{COMMUNES}/items?filter={deep}")).await;
    assert_eq!(deep.status, StatusCode::BAD_REQUEST);
    for path in
        ["2024r1", "2024r1.rue", "2019r1.commune", "commune", "2024r1.commune.x", ".", "%ff"]
    {
        for end in
            ["", "/items", "/items/95001", "/schema", "/schema/feature", "/queryables", "/tiles"]
        {
            let answer = house.get(&all, &format!("/ogc/collections/{path}{end}")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}{end}");
        }
    }
}

#[tokio::test]
async fn a_feature_says_what_the_audience_reads_and_its_schema_says_of_which_type() {
    let house = House::new().await;
    let all = house.token("operateur", "france").await;
    let landlord = house.token_for("bailleur", "france", Scale::ADRESSE, Audience::Bailleur).await;
    let page = house.get(&all, &format!("{COMMUNES}/items")).await;
    assert_eq!(page.header("content-type"), "application/geo+json");
    assert!(page.header("vary").split(", ").any(|name| name == "Accept"));
    let first = page.json()["features"][0].clone();
    assert_eq!(first["id"], "95001");
    assert_eq!(first["properties"]["men_seul"], 31.4);
    // With a decimal point: QGIS 3.22 would take a secret count for 0.
    assert_eq!(first["properties"]["men_seul_num"].to_string(), format!("{}.0", PARTS.0));
    assert_eq!(first["geometry"]["type"], "MultiPolygon");
    assert_eq!(first["geometry"]["coordinates"][0][0][0].as_array().unwrap().len(), 2);
    assert_eq!(page.json()["features"][2]["properties"]["men_seul"], Value::Null);
    let schema = house.get(&all, &format!("{COMMUNES}/schema")).await;
    assert_eq!(schema.header("content-type"), "application/schema+json");
    let types = schema.json()["properties"].clone();
    let whole = house.get(&all, &format!("{COMMUNES}/schema/feature")).await.json();
    let of_feature = whole["properties"]["properties"]["properties"].clone();
    for (name, kind) in [
        ("code", "string"),
        ("secret", "boolean"),
        ("n_repondants", "integer"),
        ("men_seul", "number"),
        ("men_seul_num", "integer"),
    ] {
        assert_eq!((&types[name]["type"], &of_feature[name]["type"]), (&kind.into(), &kind.into()));
    }
    assert_eq!(types["geometry"]["format"], "geometry-multipolygon");
    assert_eq!(types["code"]["x-ogc-role"], "id");
    let queryables = house.get(&all, &format!("{COMMUNES}/queryables")).await.json();
    let names = queryables["properties"].as_object().unwrap().keys();
    assert!(names.eq(["code", "nom", "communes", "geometry"]));
    for path in ["/items", "/schema", "/schema/feature", "/items?f=fgb", "/items?f=html"] {
        let answer = house.get(&landlord, &format!("{COMMUNES}{path}")).await;
        assert!(!answer.holds(b"loyer_m2") && answer.holds(b"n_loyers_no"), "{path}");
    }
    let flat = house.get(&all, &format!("{COMMUNES}/items?f=fgb&limit=2")).await;
    assert_eq!(flat.header("content-type"), "application/flatgeobuf");
    assert!(flat.plain().starts_with(b"fgb\x03"));
    assert!(flat.holds(b"95002") && !flat.holds(b"95003"));
    assert!(flat.header("link").contains("cursor="));
    // Nothing to give is a file too.
    let nothing = house.get(&all, &format!("{COMMUNES}/items?f=fgb&code=0")).await;
    assert!(nothing.plain().starts_with(b"fgb\x03"));
    let page = house.get_with(&all, &format!("{COMMUNES}/items"), &[("accept", "text/html")]).await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.holds(b"<dt>men_seul</dt><dd><code>31.4</code>") && !page.holds(b"coordinates"));
    let none = house.get_with(&all, &format!("{COMMUNES}/items"), &[("accept", "image/png")]).await;
    assert_eq!(none.status, StatusCode::NOT_ACCEPTABLE);
}

#[tokio::test]
async fn documents_lead_from_one_to_the_next_and_keep_the_token_of_the_path() {
    let house = House::wide().await;
    let token = house.token("alpha", "departement:95").await;
    let base = format!("/k/{token}");
    let mut seen = BTreeSet::new();
    let mut waiting = vec![format!("{base}/ogc")];
    while let Some(path) = waiting.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let answer = house.anonymous(&path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        let kind = answer.header("content-type").to_owned();
        if !kind.contains("json") {
            continue;
        }
        let mut values = vec![answer.json()];
        while let Some(value) = values.pop() {
            if let (Some(href), false) = (value["href"].as_str(), value["templated"] == true) {
                let rest = href.strip_prefix("https://carto.example.fr").unwrap();
                assert!(rest.starts_with(&base), "{path} leads to {rest}");
                waiting.push(rest.to_owned());
            }
            match value {
                Value::Array(items) => values.extend(items),
                Value::Object(map) => values.extend(map.into_iter().map(|(_, value)| value)),
                _ => {}
            }
        }
    }
    assert!(seen.len() > 100, "{}", seen.len());
    let anonymous = house.anonymous("/ogc/collections").await;
    assert_eq!(anonymous.status, StatusCode::UNAUTHORIZED);
    assert_eq!(anonymous.header("vary"), "Authorization, Cookie, Accept, Accept-Encoding");
    let api = house.anonymous(&format!("{base}/ogc/api")).await.json();
    assert_eq!(api["openapi"], "3.0.3");
    let limit = &api["components"]["parameters"]["limit"]["schema"];
    assert_eq!((limit["default"].as_i64(), limit["maximum"].as_i64()), (Some(1_000), Some(2_000)));
    let items = &api["paths"]["/collections/2024r1.commune/items"]["get"]["parameters"];
    assert_eq!(items[0]["$ref"], "#/components/parameters/limit");
    let file = house.anonymous(&format!("{base}/qgis/features.xml")).await;
    assert!(file.holds(format!("url=\"https://carto.example.fr{base}/ogc\"").as_bytes()));
    let tiles = format!("{base}/ogc/collections/2024r1.commune/tiles/WebMercatorQuad");
    let tiles = house.anonymous(&tiles).await.json();
    let template = tiles["links"][3]["href"].as_str().unwrap();
    let zoom = tiles["tileMatrixSetLimits"][0]["tileMatrix"].as_str().unwrap().to_owned();
    assert!(template.ends_with("/tiles/2024r1/commune/{tileMatrix}/{tileCol}/{tileRow}.mvt"));
    assert_eq!(zoom, Scale::COMMUNE.default_zooms().start().to_string());
}

#[tokio::test]
async fn a_tag_names_what_a_page_depends_on() {
    let house = House::new().await;
    let one = house.token("alpha", "commune:95001").await;
    let same = house.token("alpha2", "commune:95001").await;
    let two = house.token("beta", "commune:95002").await;
    let items = format!("{COMMUNES}/items");
    let mut tags = BTreeSet::new();
    for (token, path, encoding) in [
        (&one, items.clone(), "gzip"),
        (&one, items.clone(), "identity"),
        (&two, items.clone(), "gzip"),
        (&one, format!("{items}?limit=1"), "gzip"),
        (&one, format!("{items}?f=html"), "gzip"),
        (&one, format!("{items}?f=fgb"), "gzip"),
        (&one, format!("{items}?code=95001"), "gzip"),
        (&one, format!("{items}?filter=code%20=%20'95001'"), "gzip"),
        (&one, format!("{items}/95001"), "gzip"),
        (&one, COMMUNES.to_owned(), "gzip"),
        (&one, "/ogc/collections/2024r1.qpv/items".to_owned(), "gzip"),
        // Its links are of the name that it was asked by.
        (&one, "/ogc/collections/latest.commune/items".to_owned(), "gzip"),
    ] {
        let answer = house.get_with(token, &path, &[("accept-encoding", encoding)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header("cache-control"), "private, no-cache");
        let tag = answer.header("etag").to_owned();
        assert!(tags.insert(tag.clone()), "{path}");
        let headers = [("accept-encoding", encoding), ("if-none-match", tag.as_str())];
        let known = house.get_with(token, &path, &headers).await;
        assert_eq!((known.status, known.body.len()), (StatusCode::NOT_MODIFIED, 0), "{path}");
    }
    let tag = async |token: &str| house.get(token, &items).await.header("etag").to_owned();
    assert_eq!(tag(&one).await, tag(&same).await);
    // An address with the reader's own token stands in the links: another tag.
    let with_token = house.anonymous(&format!("/k/{one}{items}")).await;
    assert!(!tags.contains(with_token.header("etag")));
}

#[tokio::test]
async fn zones_that_are_read_are_noted_in_every_format_and_descriptions_are_not() {
    let house = House::wide().await;
    let mut writer = house.app.take_writer().unwrap();
    let (email, today) = ("alpha@agglo-essai.fr".parse().unwrap(), Day::of(NOW));
    let token = house.token("alpha", "commune:95001").await;
    // Another scale for each: what one second brings of one scale is one line of the journal.
    let items = |scale: &str, rest: &str| format!("/ogc/collections/2024r1.{scale}/items{rest}");
    let other = house.token("beta", "commune:95001").await;
    let tag = house.get(&other, &items("commune", "")).await.header("etag").to_owned();
    for path in [
        items("iris", ""),
        items("qpv", "?f=html"),
        items("carreau", "?f=fgb"),
        items("adresse", "?filter=code%20=%20'95001'"),
        items("arrondissement", "/95001"),
        // What holds no zone is no consultation.
        "/ogc".to_owned(),
        "/ogc/collections".to_owned(),
        "/ogc/collections/2024r1.grappe/schema".to_owned(),
        items("grappe", "?code=95002"),
        items("grappe", "/95002"),
        items("grappe", "?limit=0"),
    ] {
        house.get(&token, &path).await;
    }
    // Whoever has a page already reads it again.
    let known = [("accept-encoding", "gzip"), ("if-none-match", tag.as_str())];
    let again = house.get_with(&token, &items("commune", ""), &known).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    writer.write(NOW.plus(1)).await.unwrap();
    let entries = house.access.journal_of(Actor::Shell, &email, today, today, NOW).await.unwrap();
    let noted: BTreeSet<&str> = entries
        .iter()
        .filter(|entry| entry.kind == "consultation")
        .map(|entry| entry.detail.as_str())
        .collect();
    let expected = ["adresse", "arrondissement", "carreau", "commune", "iris", "qpv"];
    let expected: Vec<String> =
        expected.iter().map(|scale| format!("2024r1 {scale} 95001")).collect();
    assert!(noted.iter().eq(&expected), "{noted:?}");
}
