//! Who is let in, by which way, and until when.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use base64::Engine as _;

use super::house::{House, PASSWORD};
use crate::DemoAccount;

/// Every route of data; a new one belongs here.
const DATA: [&str; 11] = [
    "/tiles/2024r1/commune/8/129/87.mvt",
    "/tiles/2024r1/8/129/87.mvt",
    "/tiles/2024r1/commune.json",
    "/tiles/2024r1.json",
    "/editions",
    "/editions/latest/indicators",
    "/editions/latest/certificate",
    "/api/me",
    "/auth/scope",
    "/styles/taille.json",
    "/inconnu",
];

#[tokio::test]
async fn without_an_identity_there_is_no_data() {
    let house = House::new().await;
    for path in DATA {
        for headers in [
            &[][..],
            &[("authorization", "Bearer seuil_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")],
            &[("authorization", "Basic ###")],
            &[("cookie", "seuil_session=x")],
        ] {
            let answer = house.ask(Method::GET, path, headers).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path} {headers:?}");
            assert_eq!(answer.header("content-type"), "application/problem+json");
            assert!(!answer.holds(b"2024") && !answer.holds(b"95001"), "{path}");
        }
    }
    for path in ["/", "/health", "/ready"] {
        assert_eq!(house.anonymous(path).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_programme_is_asked_for_its_token_and_the_portal_is_not() {
    let house = House::new().await;
    let asks = async |path: &str, headers: &[(&str, &str)]| {
        let answer = house.ask(Method::GET, path, headers).await;
        answer.header("www-authenticate").starts_with("Basic realm=\"Seuil\"")
    };
    assert!(asks(DATA[0], &[]).await);
    assert!(!asks(DATA[0], &[("sec-fetch-mode", "cors")]).await);
    assert!(!asks(DATA[0], &[("cookie", "seuil_session=x")]).await);
    assert!(!asks("/api/me", &[]).await);
}

#[tokio::test]
async fn a_token_opens_in_every_form_and_a_revoked_one_in_none() {
    let house = House::new().await;
    let token = house.token("alpha", "commune:95001").await;
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("qgis:{token}"));
    let check = async |expected: StatusCode| {
        for header in [format!("Bearer {token}"), format!("Basic {basic}")] {
            let answer = house.ask(Method::GET, DATA[0], &[("authorization", &header)]).await;
            assert_eq!(answer.status, expected, "{}", &header[..6]);
        }
        let answer = house.anonymous(&format!("/k/{token}{}", DATA[0])).await;
        assert_eq!(answer.status, expected, "prefix");
        let original = format!("/k/{token}/tiles/a?b=c");
        let answer = house.ask(Method::GET, "/auth/scope", &[("x-original-uri", &original)]).await;
        assert_eq!(answer.status == StatusCode::UNAUTHORIZED, expected == StatusCode::UNAUTHORIZED);
        // Only the sub-request reads that header.
        let answer = house.ask(Method::GET, DATA[0], &[("x-original-uri", &original)]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    };
    check(StatusCode::OK).await;
    house.revoke("alpha").await;
    check(StatusCode::UNAUTHORIZED).await;
}

#[tokio::test]
async fn addresses_in_answers_are_absolute_and_keep_the_prefix() {
    let house = House::new().await;
    let token = house.token("alpha", "commune:95001").await;
    let template = "tiles/2024r1/commune/{z}/{x}/{y}.mvt";
    let plain = house.get(&token, "/tiles/latest/commune.json").await.json();
    assert_eq!(plain["tiles"][0], format!("https://carto.example.fr/{template}"));
    assert_eq!(plain["tilejson"], "3.0.0");
    assert_eq!((&plain["minzoom"], &plain["maxzoom"]), (&8.into(), &11.into()));
    assert_eq!(plain["bounds"], serde_json::json!([2.0, 48.9, 2.3, 49.0]));
    let kept = house.anonymous(&format!("/k/{token}/tiles/latest/commune.json")).await.json();
    assert_eq!(kept["tiles"][0], format!("https://carto.example.fr/k/{token}/{template}"));
    let all = house.get(&token, "/tiles/latest.json").await.json();
    let layers: Vec<&str> = all["vector_layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert_eq!(layers, ["qpv", "commune", "epci", "france"]);
    // A style says where its tiles are in the same way.
    let style = house.anonymous(&format!("/k/{token}/styles/taille.json")).await;
    assert_eq!(style.status, StatusCode::OK);
    assert!(style.holds(format!("https://carto.example.fr/k/{token}/tiles/2024r1/").as_bytes()));
    assert_eq!(house.get(&token, "/styles/inconnu.json").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_session_lasts_from_sign_in_to_sign_out() {
    let house = House::new().await;
    house.token("alpha", "commune:95001").await;
    let (wrong, unknown) =
        (house.sign_in("alpha", "pas-le-bon-mot").await, house.sign_in("omega", PASSWORD).await);
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert_eq!((wrong.status, wrong.body), (unknown.status, unknown.body));

    let signed = house.sign_in("alpha", PASSWORD).await;
    assert_eq!(signed.status, StatusCode::NO_CONTENT);
    let cookie = signed.header("set-cookie").to_owned();
    for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(cookie.contains(part), "{part}");
    }
    let cookie = cookie.split(';').next().unwrap();
    let me = house.ask(Method::GET, "/api/me", &[("cookie", cookie)]).await.json();
    assert_eq!(me["email"], "alpha@agglo-essai.fr");
    assert_eq!((&me["role"], &me["audience"]), (&"agent".into(), &"public_mission".into()));
    assert_eq!(me["territories"], serde_json::json!(["commune:95001"]));
    assert_eq!(me["finest"], "adresse");
    assert_eq!(me["bounds"], serde_json::json!([2.0, 48.9, 2.1, 49.0]));
    let out = house.ask(Method::DELETE, "/session", &[("cookie", cookie)]).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    let after = house.ask(Method::GET, "/api/me", &[("cookie", cookie)]).await;
    assert_eq!(after.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_cookie_is_bound_to_tls_only_where_there_is_tls() {
    let house = House::with("http://127.0.0.1:3000/", Vec::new()).await;
    let token = house.token("alpha", "commune:95001").await;
    let signed = house.sign_in("alpha", PASSWORD).await;
    assert!(!signed.header("set-cookie").contains("Secure"));
    let tiles = house.get(&token, "/tiles/latest.json").await.json();
    assert_eq!(tiles["tiles"][0], "http://127.0.0.1:3000/tiles/2024r1/{z}/{x}/{y}.mvt");
}

#[tokio::test]
async fn a_sign_in_that_is_not_one_is_refused_by_what_is_wrong_with_it() {
    let house = House::new().await;
    let send = async |kind: &str, body: String| {
        let request = Request::post("/session").header("content-type", kind);
        house.send(request.body(Body::from(body)).unwrap()).await.status.as_u16()
    };
    assert_eq!(send("application/json", "{".into()).await, 400);
    assert_eq!(send("application/json", "{\"email\":\"a\"}".into()).await, 400);
    assert_eq!(send("text/plain", "{}".into()).await, 415);
    assert_eq!(send("application/json", " ".repeat(20_000)).await, 413);
    assert_eq!(house.ask(Method::PATCH, "/session", &[]).await.status.as_u16(), 405);
}

#[tokio::test]
async fn the_accounts_of_a_demonstration_are_told_in_a_demonstration_only() {
    let house = House::new().await;
    assert_eq!(house.anonymous("/api/demo").await.status, StatusCode::NOT_FOUND);
    let account = DemoAccount {
        email: "demo@agglo-essai.fr".into(),
        password: PASSWORD.into(),
        label: "Une commune".into(),
    };
    let house = House::with("http://127.0.0.1:3000", vec![account]).await;
    let told = house.anonymous("/api/demo").await.json();
    assert_eq!(told["accounts"][0]["label"], "Une commune");
}
