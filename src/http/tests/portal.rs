//! The portal's own files.

use axum::http::{Method, StatusCode};

use super::house::House;

#[tokio::test]
async fn the_openapi_document_names_every_route_and_needs_no_identity() {
    let house = House::new().await;
    let answer = house.anonymous("/openapi.json").await;
    assert_eq!(answer.header("content-type"), "application/json");
    let document = answer.json();
    assert_eq!(document["openapi"], "3.1.0");
    let source = include_str!("../routes.rs");
    let quoted = source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut routes: Vec<&str> = quoted.collect();
    routes.push(crate::http::gate::SCOPE_ROUTE);
    assert!(routes.len() > 12, "{routes:?}");
    for route in routes {
        assert!(document["paths"][route].is_object(), "{route} is not documented");
    }
}

#[tokio::test]
async fn the_page_and_its_files_need_no_identity_and_no_other_host() {
    let house = House::new().await;
    let page = house.anonymous("/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.header("content-type").starts_with("text/html"));
    let text = String::from_utf8(page.plain()).unwrap();
    assert!(text.contains("lang=\"fr\""));
    for address in addresses(&text) {
        assert!(!address.contains("//"), "{address} is of another host");
        let path = format!("/{}", address.trim_start_matches(['.', '/']));
        let plain = house.anonymous(&path).await;
        assert_eq!(plain.status, StatusCode::OK, "{path}");
        let gzip = house.ask(Method::GET, &path, &[("accept-encoding", "gzip")]).await;
        assert_eq!(gzip.plain(), plain.body, "{path}");
        let tag = gzip.header("etag").to_owned();
        let headers = [("accept-encoding", "gzip"), ("if-none-match", tag.as_str())];
        let known = house.ask(Method::GET, &path, &headers).await;
        assert_eq!(known.status, StatusCode::NOT_MODIFIED, "{path}");
    }
}

/// What the page loads: the values of `src` and `href`.
fn addresses(page: &str) -> Vec<&str> {
    let after =
        |name: &'static str| page.split(name).skip(1).filter_map(|rest| rest.split('"').next());
    after("src=\"").chain(after("href=\"")).collect()
}
