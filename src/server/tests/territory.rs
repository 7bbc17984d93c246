//! What is in a tile, and what is not.

use axum::http::StatusCode;

use super::house::House;
use domain::{Audience, Scale};
use edition::EditionId;

const COMMUNES: &str = "/tiles/latest/commune/8/129/87.mvt";
const QPV: &str = "/tiles/2024r1/qpv/10/518/350.pbf";

#[tokio::test]
async fn a_tile_holds_the_zones_of_the_territory_and_no_other() {
    let house = House::new().await;
    let all = house.token("operateur", "france").await;
    let one = house.token("alpha", "commune:95001").await;
    let two = house.token("beta", "epci:200000002").await;
    let check = async |token: &str, path: &str, expected: &[&str]| {
        let answer = house.get(token, path).await;
        assert_eq!(answer.zones(), expected, "{path}");
    };
    let communes = ["commune/95001", "commune/95002", "commune/95003"];
    check(&all, COMMUNES, &communes).await;
    check(&one, COMMUNES, &communes[..1]).await;
    // 95003 has no dwelling: it is shown with the commune it lies in, which is itself.
    check(&two, COMMUNES, &communes[1..]).await;
    // A QPV across two communes belongs to those who hold both.
    check(&all, QPV, &["qpv/QN09501M", "qpv/QN09502M"]).await;
    check(&one, QPV, &["qpv/QN09501M"]).await;
    assert_eq!(house.get(&two, QPV).await.status, StatusCode::NO_CONTENT);
    // One's own EPCI is shown whole, the other not; every scale of a zoom stands in one tile.
    let both = "/tiles/latest/8/129/87.mvt";
    check(&one, both, &["commune/95001", "epci/200000001"]).await;
    check(&all, "/tiles/latest/0/0/0.mvt", &["france/FR"]).await;
}

#[tokio::test]
async fn names_stand_where_their_zones_are_shown_and_say_nothing_else() {
    let house = House::new().await;
    let all = house.token("operateur", "france").await;
    let one = house.token("alpha", "commune:95001").await;
    let two = house.token("beta", "epci:200000002").await;
    let landlord =
        house.token_for("bailleur", "commune:95001", Scale::ADRESSE, Audience::Bailleur).await;
    for zones in
        [COMMUNES, QPV, "/tiles/latest/epci/8/129/87.mvt", "/tiles/latest/france/0/0/0.mvt"]
    {
        let scale = zones.split('/').nth(3).unwrap();
        let names = zones.replace(&format!("/{scale}/"), &format!("/{scale}.labels/"));
        for token in [&all, &one, &two, &landlord] {
            let (shown, named) = (house.get(token, zones).await, house.get(token, &names).await);
            assert_eq!(named.status, shown.status, "{names}");
            if named.status == StatusCode::NO_CONTENT {
                continue;
            }
            assert_eq!(named.zones(), shown.zones(), "{names}");
            assert_ne!(named.header("etag"), shown.header("etag"), "{names}");
            let layer = &named.tile().layers[0];
            assert!(layer.keys.iter().all(|key| key == "code" || key == "nom"), "{:?}", layer.keys);
        }
    }
    // Of the hidden zones nothing is left, of the shown ones only their names.
    let names = house.get(&one, "/tiles/latest/commune.labels/8/129/87.mvt").await;
    assert!(names.holds(b"Alpha") && !names.holds(b"95002") && !names.holds(b"Gamma"));
    let about = house.get(&one, "/tiles/latest/commune.labels.json").await.json();
    let fields = about["vector_layers"][0]["fields"].as_object().unwrap();
    assert!(fields.keys().eq(["code", "nom"]));
    assert!(about["tiles"][0].as_str().unwrap().ends_with("/commune.labels/{z}/{x}/{y}.mvt"));
    for path in [
        "/tiles/latest/rue.labels/8/129/87.mvt",
        "/tiles/latest/.labels/8/129/87.mvt",
        "/tiles/latest/commune.labels.labels/8/129/87.mvt",
        "/tiles/latest/commune.labels/12/129/87.mvt",
        "/tiles/latest/iris.labels.json",
        "/tiles/latest/.labels.json",
    ] {
        assert_eq!(house.get(&all, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn nothing_of_a_hidden_zone_stays_in_the_bytes() {
    let house = House::new().await;
    let all = house.token("operateur", "france").await;
    let one = house.token("alpha", "commune:95001").await;
    let hidden: [&[u8]; 5] =
        [b"95002", "Cachée".as_bytes(), b"Gamma", &12.3_f64.to_le_bytes(), &7.77_f64.to_le_bytes()];
    // The varint of 424,242.
    let count: &[u8] = &[0xb2, 0xf2, 0x19];
    let (whole, part) = (house.get(&all, COMMUNES).await, house.get(&one, COMMUNES).await);
    for bytes in hidden.into_iter().chain([count]) {
        assert!(whole.holds(bytes), "{bytes:?} is in the stored tile");
        assert!(!part.holds(bytes), "{bytes:?} is not in the filtered one");
    }
    assert!(part.holds("Alpha".as_bytes()) && part.holds(&31.4_f64.to_le_bytes()));
    let layer = &part.tile().layers[0];
    assert!(!layer.keys.contains(&"situe".into()), "a key that no zone uses is gone");
    // Ids and geometries are those of the edition.
    let stored = &whole.tile().layers[0].features[0];
    assert_eq!((layer.features[0].id, &layer.features[0].geometry), (stored.id, &stored.geometry));
}

#[tokio::test]
async fn a_landlord_reads_no_column_of_another_audience() {
    let house = House::new().await;
    let token = house.token_for("bailleur", "france", Scale::ADRESSE, Audience::Bailleur).await;
    let answer = house.get(&token, COMMUNES).await;
    assert_eq!(answer.zones().len(), 3);
    let layer = &answer.tile().layers[0];
    assert!(layer.keys.contains(&"n_loyers_no".into()) && layer.keys.contains(&"men_seul".into()));
    assert!(!layer.keys.iter().any(|key| key == "n_loyers" || key == "loyer_m2"));
    assert!(!answer.holds(&6.66_f64.to_le_bytes()), "the value is gone with its column");
    let fields = house.get(&token, "/tiles/latest/commune.json").await.json();
    let fields = fields["vector_layers"][0]["fields"].as_object().unwrap().clone();
    assert!(fields.contains_key("n_loyers_no") && !fields.contains_key("loyer_m2"));
    let indicators = house.get(&token, "/editions/latest/indicators").await;
    assert!(!indicators.holds(b"loyer_m2"));
}

#[tokio::test]
async fn a_scale_names_the_columns_that_it_offers() {
    let house = House::new().await;
    let token = house.token("alpha", "commune:95001").await;
    let fields = async |scale: &str| {
        let document = house.get(&token, &format!("/tiles/latest/{scale}.json")).await.json();
        document["vector_layers"][0]["fields"].as_object().unwrap().clone()
    };
    let (qpv, commune) = (fields("qpv").await, fields("commune").await);
    for offered_from_the_commune in ["n_loyers", "n_loyers_no", "loyer_m2"] {
        assert!(commune.contains_key(offered_from_the_commune));
        assert!(!qpv.contains_key(offered_from_the_commune));
    }
    assert_eq!(qpv.len() + 3, commune.len());
    // In the document of all scales too, each layer has its own.
    let all = house.get(&token, "/tiles/latest.json").await.json();
    for layer in all["vector_layers"].as_array().unwrap() {
        let offers = layer["fields"].as_object().unwrap().contains_key("loyer_m2");
        assert_eq!(offers, layer["id"] != "qpv", "{}", layer["id"]);
    }
}

#[tokio::test]
async fn a_finest_scale_closes_the_finer_ones() {
    let house = House::new().await;
    let token =
        house.token_for("commune", "departement:95", Scale::COMMUNE, Audience::PublicMission).await;
    assert_eq!(house.get(&token, COMMUNES).await.zones().len(), 3);
    assert_eq!(house.get(&token, QPV).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_switch_changes_latest_the_scope_and_the_tag() {
    let house = House::new().await;
    let token = house.token("alpha", "commune:95001").await;
    let watch = tokio::spawn(house.editions.clone().watch());
    let before = house.get(&token, COMMUNES).await;
    house.publish("2026r1", 99.9);
    let newest: EditionId = "2026r1".parse().unwrap();
    for _ in 0..20 {
        if house.editions.current().latest().is_some_and(|edition| edition.id() == newest) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let after = house.get(&token, COMMUNES).await;
    assert!(before.holds(&31.4_f64.to_le_bytes()) && after.holds(&99.9_f64.to_le_bytes()));
    assert_ne!(before.header("etag"), after.header("etag"));
    assert_ne!(before.header("x-seuil-scope"), after.header("x-seuil-scope"));
    let editions = house.get(&token, "/editions").await.json();
    let ids: Vec<&str> =
        editions.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["2024r1", "2026r1"]);
    let first = house.get(&token, "/tiles/2024r1/commune/8/129/87.mvt").await;
    assert_eq!(first.header("etag"), before.header("etag"));
    watch.abort();
}
