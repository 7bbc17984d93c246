//! What a request may cost, and what an answer always says.

use axum::http::{Method, StatusCode};

use super::house::House;

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
    let answer = house.anonymous("/health").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("retry-after"), "2");
    drop(held);
    assert_eq!(house.anonymous("/health").await.status, StatusCode::OK);
}
