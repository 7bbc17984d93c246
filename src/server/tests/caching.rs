//! Tags, encodings, and who shares an answer with whom.

use axum::http::{Method, StatusCode};

use super::house::House;
use domain::{Audience, Scale};

const TILE: &str = "/tiles/2024r1/commune/8/129/87.mvt";
const VARY: &str = "Authorization, Cookie, Accept-Encoding";

#[tokio::test]
async fn every_answer_to_a_reader_names_its_scope_and_is_private() {
    let house = House::new().await;
    let token = house.token("alpha", "commune:95001").await;
    let scope = house.get(&token, "/auth/scope").await;
    assert_eq!((scope.status, scope.body.len()), (StatusCode::NO_CONTENT, 0));
    let scope = scope.header("x-seuil-scope").to_owned();
    assert_eq!(scope.len(), 64);
    let cases = [
        (TILE, 200),
        ("/tiles/2024r1/qpv/10/0/0.mvt", 204),
        ("/tiles/2024r1/commune.json", 200),
        ("/editions", 200),
        ("/api/me", 200),
        ("/tiles/2024r1/commune/2/0/0.mvt", 404),
        ("/tiles/2024r1/commune/8/a/0.mvt", 400),
    ];
    for (path, status) in cases {
        let answer = house.get(&token, path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        assert_eq!(answer.header("cache-control"), "private, no-cache", "{path}");
        assert_eq!(answer.header("vary"), VARY, "{path}");
        assert_eq!(answer.header("x-seuil-scope"), scope, "{path}");
        assert_eq!(answer.headers.contains_key("etag"), status < 300, "{path}");
    }
    let refused = house.anonymous(TILE).await;
    assert_eq!(refused.header("vary"), VARY);
    assert!(!refused.headers.contains_key("x-seuil-scope"));
}

#[tokio::test]
async fn a_known_tag_costs_no_body_and_another_s_tag_is_not_known() {
    let house = House::new().await;
    let one = house.token("alpha", "commune:95001").await;
    let same = house.token("alpha2", "commune:95001").await;
    let two = house.token("beta", "commune:95002").await;
    let landlord =
        house.token_for("bailleur", "commune:95001", Scale::ADRESSE, Audience::Bailleur).await;
    let first = house.get(&one, TILE).await;
    let tag = first.header("etag").to_owned();
    let ask = async |token: &str, encoding: &str| {
        let headers = [("if-none-match", tag.as_str()), ("accept-encoding", encoding)];
        house.get_with(token, TILE, &headers).await
    };
    let known = ask(&one, "gzip").await;
    assert_eq!((known.status, known.body.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!((known.header("etag"), known.header("vary")), (tag.as_str(), VARY));
    assert_eq!(ask(&same, "gzip").await.status, StatusCode::NOT_MODIFIED);
    // The tag names territory, audience and encoding.
    assert_eq!(ask(&two, "gzip").await.status, StatusCode::OK);
    assert_eq!(ask(&landlord, "gzip").await.status, StatusCode::OK);
    assert_eq!(ask(&one, "identity").await.status, StatusCode::OK);
    // Equal rights have equal scopes, others do not.
    let scope = async |token: &str| house.get(token, TILE).await.header("x-seuil-scope").to_owned();
    assert_eq!(scope(&one).await, scope(&same).await);
    assert_ne!(scope(&one).await, scope(&two).await);
    assert_ne!(scope(&one).await, scope(&landlord).await);
}

#[tokio::test]
async fn two_readers_of_one_tile_never_share_bytes() {
    let house = House::new().await;
    let one = house.token("alpha", "commune:95001").await;
    let two = house.token("beta", "commune:95002").await;
    let landlord =
        house.token_for("bailleur", "commune:95001", Scale::ADRESSE, Audience::Bailleur).await;
    for _ in 0..2 {
        assert_eq!(house.get(&one, TILE).await.zones(), ["commune/95001"]);
        assert_eq!(house.get(&two, TILE).await.zones(), ["commune/95002"]);
        assert!(house.get(&one, TILE).await.holds(b"loyer_m2"));
        assert!(!house.get(&landlord, TILE).await.holds(b"loyer_m2"));
    }
    let again = House::new().await;
    let token = again.token("ailleurs", "commune:95001").await;
    let (here, there) = (house.get(&one, TILE).await, again.get(&token, TILE).await);
    assert_eq!(here.body, there.body, "one key, one sequence of bytes");
    assert_eq!(here.header("etag"), there.header("etag"));
}

#[tokio::test]
async fn encodings_are_negotiated_on_tiles_and_documents() {
    let house = House::new().await;
    let token = house.token("alpha", "commune:95001").await;
    for path in [TILE, "/editions/latest/indicators"] {
        let gzip = house.get(&token, path).await;
        assert_eq!(gzip.header("content-encoding"), "gzip", "{path}");
        let plain = house.get_with(&token, path, &[]).await;
        assert_eq!(plain.header("content-encoding"), "", "{path}");
        assert_eq!(plain.body, gzip.plain(), "{path}");
        assert_ne!(plain.header("etag"), gzip.header("etag"), "{path}");
        let refused = house.get_with(&token, path, &[("accept-encoding", "br, *;q=0")]).await;
        assert_eq!(refused.status, StatusCode::NOT_ACCEPTABLE, "{path}");
        assert_eq!(refused.header("content-type"), "application/problem+json");
    }
    assert_eq!(
        house.get(&token, TILE).await.header("content-type"),
        "application/vnd.mapbox-vector-tile"
    );
}

#[tokio::test]
async fn head_is_get_without_its_body() {
    let house = House::new().await;
    let token = house.token("alpha", "commune:95001").await;
    let bearer = format!("Bearer {token}");
    for path in [TILE, "/tiles/latest.json", "/editions", "/api/me"] {
        let get = house.get_with(&token, path, &[]).await;
        let head = house.ask(Method::HEAD, path, &[("authorization", &bearer)]).await;
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        for name in ["etag", "content-type", "vary", "x-seuil-scope"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
        assert_eq!(head.header("content-length"), get.body.len().to_string(), "{path}");
    }
}

#[tokio::test]
async fn what_is_unknown_and_what_is_hidden_are_the_same_bytes() {
    let house = House::new().await;
    let token = house.token("alpha", "commune:95001").await;
    let paths = [
        "/tiles/2030r1/commune/8/129/87.mvt",
        "/tiles/2024r1/pays/8/129/87.mvt",
        "/tiles/2024r1/iris/10/0/0.mvt",
        "/tiles/2024r1/commune/12/0/0.mvt",
        "/tiles/2024r1/14/0/0.mvt",
        "/tiles/2024r1/iris.json",
        "/tiles/2024r1/commune",
        "/tiles/2030r1.json",
        "/editions/2030r1/indicators",
        "/editions/..%2F2024r1/certificate",
        "/inconnu",
    ];
    let expected = house.get(&token, paths[0]).await;
    assert_eq!(expected.header("content-type"), "application/problem+json");
    for path in paths {
        let answer = house.get(&token, path).await;
        assert_eq!(
            (answer.status, &answer.body),
            (StatusCode::NOT_FOUND, &expected.body),
            "{path}"
        );
        assert_eq!(answer.headers, expected.headers, "{path}");
    }
}

#[tokio::test]
async fn malformed_coordinates_are_refused() {
    let house = House::new().await;
    let token = house.token("alpha", "commune:95001").await;
    let bad = [
        "8/a/0.mvt",
        "8/-1/0.mvt",
        "8/+1/0.mvt",
        "8/1.5/0.mvt",
        "8/256/0.mvt",
        "8/0/256.mvt",
        "8/99999999999999999999/0.mvt",
        "31/0/0.mvt",
        "256/0/0.mvt",
        "8/0/0",
        "8/0/0.png",
        "8/0/.mvt",
        "8/%ff/0.mvt",
    ];
    for path in bad {
        for path in [format!("/tiles/latest/commune/{path}"), format!("/tiles/latest/{path}")] {
            let answer = house.get(&token, &path).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
            assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
            assert!(answer.json()["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
        }
    }
}
