//! What a request may cost, and what an answer always says.

use axum::http::{Method, StatusCode};

use super::house::House;
use domain::{Audience, Scale};

const PUBLIC: Audience = Audience::PublicMission;

#[tokio::test]
async fn what_is_too_long_is_refused_before_it_is_read() {
    let house = House::new().await;
    let long = "a".repeat(5000);
    let answer = house.anonymous(&format!("/{long}")).await;
    assert_eq!(answer.status, StatusCode::URI_TOO_LONG);
    let headers: Vec<(&str, &str)> = (0..4).map(|_| ("cookie", long.as_str())).collect();
    let answer = house.ask(Method::GET, "/health", &headers).await;
    assert_eq!(answer.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
}

#[tokio::test]
async fn query_strings_make_no_tile_and_no_other_tag() {
    let house = House::new().await;
    let token = house.token("alpha", "commune:95001").await;
    let tile = "/tiles/latest/commune/8/129/87.mvt";
    let first = house.get(&token, tile).await;
    let kept = house.app.tiles().settle().await;
    for number in 0..2_000 {
        let answer = house.get(&token, &format!("{tile}?v={number}")).await;
        assert_eq!(answer.headers, first.headers);
    }
    assert_eq!(house.app.tiles().settle().await, kept);
}

#[tokio::test]
async fn territories_that_agree_on_a_tile_share_it_and_its_tag() {
    let house = House::new().await;
    let tile = "/tiles/latest/commune/8/129/87.mvt";
    let all = house.token("tous", "france").await;
    let both = house.token("deux", "epci:200000002").await;
    let one = house.token("un", "commune:95001").await;
    // A finer right elsewhere changes nothing here.
    let same = house.token_for("meme", "commune:95001", Scale::COMMUNE, PUBLIC).await;
    let tag = async |token: &str| house.get(token, tile).await.header("etag").to_owned();
    assert_eq!(tag(&one).await, tag(&same).await);
    let (one, both, all) = (tag(&one).await, tag(&both).await, tag(&all).await);
    assert!(one != both && both != all && one != all);
    assert_eq!(house.app.tiles().settle().await.0, 3);
}

#[tokio::test]
async fn the_eleventh_wrong_password_waits() {
    let house = House::new().await;
    for _ in 0..10 {
        let answer = house.sign_in("alpha", "court").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    let answer = house.sign_in("alpha", "court").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.header("retry-after"), "6");
}

#[tokio::test]
async fn every_answer_protects_the_browser_that_reads_it() {
    let house = House::new().await;
    let token = house.token("alpha", "commune:95001").await;
    for path in ["/", "/health", "/editions", "/inconnu", "/tiles/latest/commune/8/129/87.mvt"] {
        for answer in [house.anonymous(path).await, house.get(&token, path).await] {
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
            let policy = answer.header("content-security-policy");
            assert!(policy.contains("default-src 'none'"), "{path}");
            assert!(policy.contains("frame-ancestors 'none'"), "{path}");
            assert!(!policy.contains("http"), "{path}: no other host");
        }
    }
}

#[tokio::test]
async fn an_overload_is_said_at_once_and_passes() {
    let house = House::new().await;
    let app = house.app.clone();
    let all = app.requests().available_permits();
    let held = app.requests().try_acquire_many(u32::try_from(all).unwrap()).unwrap();
    let answer = house.anonymous("/").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("retry-after"), "2");
    assert_eq!(house.anonymous("/health").await.status, StatusCode::OK, "the process runs");
    drop(held);
    assert_eq!(house.anonymous("/").await.status, StatusCode::OK);
}
