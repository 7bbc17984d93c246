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
    let mut documented = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let route = format!("{} {path}", method.to_uppercase());
            assert!(operation["summary"].is_string(), "{route}");
            assert!(operation["security"].is_array(), "{route} does not say who may");
            let inside = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
            for name in inside {
                let parameters = operation["parameters"].as_array().unwrap();
                let named = parameters.iter().any(|one| one["name"] == name && one["in"] == "path");
                assert!(named, "{route}: {name}");
            }
            documented.push(route);
        }
    }
    documented.sort();
    assert_eq!(documented, super::declared::routes(), "documented, declared");
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

#[tokio::test]
async fn legal_pages_need_no_identity_and_an_empty_one_names_its_key() {
    let house = House::new().await;
    let shell = house.anonymous("/").await;
    for path in ["/mentions-legales", "/donnees-personnelles", "/accessibilite"] {
        let answer = house.anonymous(path).await;
        assert_eq!((answer.status, &answer.body), (StatusCode::OK, &shell.body), "{path}");
    }
    let answer = house.anonymous("/api/legal").await;
    assert_eq!(answer.header("cache-control"), "no-cache");
    let pages = answer.json()["pages"].clone();
    assert_eq!(pages.as_array().unwrap().len(), 3);
    assert_eq!(pages[1]["id"], "donnees-personnelles");
    assert_eq!(pages[1]["body"], serde_json::Value::Null);
    assert_eq!(pages[1]["key"], "[legal] donnees_personnelles");
}
