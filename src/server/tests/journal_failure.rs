//! While the journal cannot be written: red at once, closed after a while, and whole again by itself.

use axum::http::StatusCode;
use sqlx::{Connection, SqliteConnection};

use super::house::{House, NOW};
use accounts::Actor;
use rights::Day;

const TILE: &str = "/tiles/latest/commune/8/129/87.mvt";

#[tokio::test]
async fn what_cannot_be_journalled_waits_then_closes_the_data_and_is_written_in_the_end() {
    let house = House::new().await;
    let token = house.token("alpha", "commune:95001").await;
    let mut writer = house.app.take_writer().unwrap();
    assert_eq!(house.get(&token, TILE).await.status, StatusCode::OK);
    let url = format!("sqlite:{}", house.database().display());
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    // Another holds the lock of the file for longer than anybody waits.
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut other).await.unwrap();
    assert!(writer.write(NOW).await.is_err());
    assert!(house.app.recorder().is_failing() && !house.app.recorder().is_full());
    assert_eq!(house.get(&token, TILE).await.status, StatusCode::OK, "for a while it goes on");
    assert!(writer.write(NOW.plus(61)).await.is_err());
    for path in [TILE, "/tiles/latest/commune.json", "/editions", "/auth/scope"] {
        let answer = house.get(&token, path).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(answer.header("retry-after"), "30", "{path}");
    }
    assert_eq!(house.anonymous("/ready").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(house.anonymous("/health").await.status, StatusCode::OK);

    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    writer.write(NOW.plus(62)).await.unwrap();
    assert_eq!(house.anonymous("/ready").await.status, StatusCode::OK);
    assert_eq!(house.get(&token, TILE).await.status, StatusCode::OK);
    let today = Day::of(NOW);
    let email = "alpha@agglo-essai.fr".parse().unwrap();
    let entries = house.access.journal_of(Actor::Shell, &email, today, today, NOW).await.unwrap();
    let noted: Vec<_> = entries.iter().filter(|entry| entry.kind == "consultation").collect();
    assert_eq!(noted.len(), 1, "{noted:?}");
    assert_eq!((noted[0].at, noted[0].detail.as_str()), (NOW.seconds(), "2024r1 commune 95001"));
}
