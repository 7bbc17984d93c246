//! A page of another site changes nothing, whatever cookie the browser sends along (CSRF).

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::declared;
use super::house::{House, PASSWORD};

/// What a browser says of a request that a page asks for, and whether it is let through.
const SAID: [(&[(&str, &str)], bool); 10] = [
    (&[("sec-fetch-site", "cross-site")], false),
    (&[("sec-fetch-site", "same-site")], false),
    (&[("sec-fetch-site", "cross-site"), ("origin", "https://carto.example.fr")], false),
    (&[("sec-fetch-site", "")], false),
    (&[("origin", "https://ailleurs.example.fr")], false),
    (&[("origin", "https://carto.example.fr.ailleurs.fr")], false),
    (&[("origin", "null")], false),
    (&[("sec-fetch-site", "same-origin")], true),
    (&[("sec-fetch-site", "none")], true),
    (&[("origin", "https://carto.example.fr")], true),
];

#[tokio::test]
async fn no_route_that_changes_something_does_it_for_another_site() {
    let house = House::new().await;
    house.token("alpha", "commune:95001").await;
    let signed = house.sign_in("alpha", PASSWORD).await;
    let cookie = signed.header("set-cookie").split(';').next().unwrap().to_owned();
    let mut routes = 0;
    for route in declared::routes() {
        let (method, path) = route.split_once(' ').unwrap();
        if method == "GET" {
            continue;
        }
        routes += 1;
        let path = path.replace(['{', '}'], "");
        for (headers, passes) in SAID {
            // The session goes with the ones that are refused: it would open.
            let session = if passes { "" } else { cookie.as_str() };
            let mut request =
                Request::builder().method(method).uri(&path).header("cookie", session);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let answer = house.send(request.body(Body::empty()).unwrap()).await;
            let refused = answer.status == StatusCode::FORBIDDEN;
            assert_eq!(refused, !passes, "{route} {headers:?}: {}", answer.status);
        }
    }
    assert!(routes > 15, "{routes}");
    let me = house.ask(axum::http::Method::GET, "/api/me", &[("cookie", &cookie)]).await;
    assert_eq!(me.status, StatusCode::OK, "the session is as it was");
}

/// What a page can make a browser fetch without asking first changes nothing.
#[test]
fn no_change_is_a_get() {
    let changes =
        ["request", "prove", "reset", "make", "decide", "close", "grant", "invite", "end"];
    for route in declared::routes() {
        let last = route.rsplit('/').next().unwrap();
        assert!(!route.starts_with("GET ") || !changes.contains(&last), "{route}");
    }
}
