//! How often somebody may try, and whom it keeps out: those who try, never the person they try against.

use std::net::IpAddr;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;

use super::house::{House, PASSWORD};
use request::peer::Client;

const WAIT: StatusCode = StatusCode::TOO_MANY_REQUESTS;

/// The status of a request from an address, with a body where there is one.
async fn from(
    house: &House,
    address: &str,
    route: &str,
    token: &str,
    body: Option<serde_json::Value>,
) -> StatusCode {
    let (method, path) = route.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(path);
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    let mut request = request.body(body).unwrap();
    let address: IpAddr = address.parse().unwrap();
    let deadlines = Default::default();
    request.extensions_mut().insert(Client { address, has_windows: false, deadlines });
    house.send(request).await.status
}

#[tokio::test]
async fn who_tries_passwords_of_a_person_keeps_themselves_out_and_not_that_person() {
    let house = House::new().await;
    house.token("alpha", "commune:95001").await;
    let person = "alpha@agglo-essai.fr";
    let sign_in = async |address: &str, password: &str| {
        let body = json!({ "email": person, "password": password });
        from(&house, address, "POST /session", "", Some(body)).await
    };
    for _ in 0..10 {
        assert_eq!(sign_in("192.0.2.1", "ce n'est pas celui-là").await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(sign_in("192.0.2.1", PASSWORD).await, WAIT);
    // Five networks more, and the person still comes in from their own.
    for network in 2..7 {
        for _ in 0..10 {
            sign_in(&format!("192.0.2.{network}"), "ce n'est pas celui-là").await;
        }
    }
    assert_eq!(sign_in("198.51.100.7", PASSWORD).await, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn requests_for_an_account_do_not_block_a_new_password() {
    let house = House::new().await;
    house.token("alpha", "commune:95001").await;
    let person = "alpha@agglo-essai.fr";
    let request = json!({ "email": person, "name": "Alpha", "organisation": "epci:200000002" });
    let ask = async |address: &str, route: &str, body: &serde_json::Value| {
        from(&house, address, route, "", Some(body.clone())).await
    };
    for _ in 0..3 {
        assert_ne!(ask("192.0.2.1", "POST /api/requests", &request).await, WAIT);
    }
    assert_eq!(ask("192.0.2.1", "POST /api/requests", &request).await, WAIT);
    let reset = json!({ "email": person });
    assert_ne!(ask("192.0.2.1", "POST /api/password/reset", &reset).await, WAIT);
    assert_ne!(ask("198.51.100.7", "POST /api/requests", &request).await, WAIT);
}

#[tokio::test]
async fn sign_outs_of_nobody_and_unknown_tokens_have_an_end() {
    let house = House::new().await;
    let token = house.token("alpha", "commune:95001").await;
    let mut ended = 0;
    while from(&house, "192.0.2.1", "DELETE /session", "", None).await != WAIT {
        ended += 1;
        assert!(ended < 200, "DELETE /session has no limit");
    }
    assert_eq!(from(&house, "192.0.2.1", "GET /editions", &token, None).await, StatusCode::OK);
    let guess = format!("seuil_{}", "A".repeat(token.len() - 6));
    let mut guessed = 0;
    while from(&house, "192.0.2.1", "GET /editions", &guess, None).await != WAIT {
        guessed += 1;
        assert!(guessed < 1_000, "unknown tokens have no limit");
    }
    // A token that is remembered opens all the same, and other networks are not concerned.
    assert_eq!(from(&house, "192.0.2.1", "GET /editions", &token, None).await, StatusCode::OK);
    assert_eq!(
        from(&house, "198.51.100.7", "GET /editions", &guess, None).await,
        StatusCode::UNAUTHORIZED
    );
}
