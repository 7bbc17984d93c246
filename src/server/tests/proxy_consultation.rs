//! What a proxy reports of its clients is consulted, tile by tile, at the grain of communes.

use axum::http::Method;

use super::house::{House, NOW};
use accounts::Actor;
use rights::Day;

#[tokio::test]
async fn a_tile_that_a_proxy_answers_is_noted_and_nothing_else_of_its_address() {
    let house = House::wide().await;
    let token = house.token("alpha", "epci:200000001").await;
    let mut writer = house.app.take_writer().unwrap();
    // One commune of the edition lies under each of these tiles at most; figures are nowhere.
    let home = tile_of(2.05, 48.95, 11);
    for (original, status) in [
        (format!("/k/{token}/tiles/2024r1/commune/11/{home}.mvt?canari=secret"), 204),
        (format!("/tiles/latest/iris/11/{home}.pbf"), 204),
        // What follows the path is nobody's business: the proxy answered without reading it.
        (format!("/tiles/latest/qpv/11/{home}.mvt?\""), 204),
        (format!("/tiles/latest/epci/8/{}.mvt#<é", tile_of(2.05, 48.95, 8)), 204),
        (format!("/tiles/latest/q%70v/11/{home}.mvt"), 400),
        (format!("/tiles/latest/qpv/011/{home}.mvt"), 400),
        ("/tiles/2019r1/commune/11/0/0.mvt".into(), 204),
        ("/tiles/latest/rue/11/0/0.mvt".into(), 204),
        ("/tiles/latest/commune/11/x/0.mvt".into(), 400),
        ("/tiles/latest/commune/11/0/0/0/0.mvt".into(), 204),
        ("/canari é".into(), 400),
        ("canari".into(), 400),
        (format!("/tiles/latest/qpv/11/{home}.mvté"), 400),
        ("/".into(), 204),
    ] {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("x-original-uri", original.as_str())];
        let answer = house.ask(Method::GET, "/auth/scope", &headers).await;
        assert_eq!(answer.status.as_u16(), status, "{original}");
    }
    // Nobody reported, nobody consulted.
    house.ask(Method::GET, "/auth/scope", &[("x-original-uri", "/tiles/latest/0/0/0.mvt")]).await;
    writer.write(NOW).await.unwrap();
    let today = Day::of(NOW);
    let email = "alpha@agglo-essai.fr".parse().unwrap();
    let entries = house.access.journal_of(Actor::Shell, &email, today, today, NOW).await.unwrap();
    let mut noted: Vec<&str> = entries
        .iter()
        .filter(|entry| entry.kind == "consultation")
        .map(|entry| entry.detail.as_str())
        .collect();
    noted.sort_unstable();
    let scales = ["commune", "epci", "iris", "qpv"];
    let expected: Vec<String> =
        scales.iter().map(|scale| format!("2024r1 {scale} 95001")).collect();
    assert_eq!(noted, expected);

    // The tile itself, which the proxy fetched, is not written a second time.
    house.get(&token, &format!("/tiles/2024r1/commune/11/{home}.mvt")).await;
    writer.write(NOW.plus(1)).await.unwrap();
    let again = house.access.journal_of(Actor::Shell, &email, today, today, NOW).await.unwrap();
    let count = |entries: &[accounts::JournalEntry]| {
        entries.iter().filter(|entry| entry.kind == "consultation").count()
    };
    assert_eq!(count(&again), count(&entries));
}

/// `x/y` of the tile that holds a place, inside the commune and away from its borders.
fn tile_of(longitude: f64, latitude: f64, zoom: u8) -> String {
    let side = f64::from(1_u32 << zoom);
    let x = (longitude + 180.0) / 360.0 * side;
    let y = (1.0 - latitude.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0 * side;
    format!("{}/{}", x as u32, y as u32)
}
