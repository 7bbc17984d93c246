//! A database of accounts that is lost under a server while people read, and comes back.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sqlx::Connection;

use super::pyramid::bounds;
use super::territory::{Territory, cover, demo};
use super::util::{Answer, Server, stranger};

/// How long a lost database takes to be noticed, and one that is back, at most.
const NOTICED: Duration = Duration::from_secs(20);

/// The longest that a reader waits for any answer: for a connection to the database, and no longer.
const PATIENCE: Duration = Duration::from_secs(12);

#[test]
fn a_lost_database_closes_the_data_and_takes_no_consultation_along() {
    let Some((url, mut postgres)) = shared::postgres() else { return };
    let territory = demo().copy_built();
    territory.edit("seuil.toml", |text| text.replace("sqlite:seuil.db", &url));
    let communes: Vec<String> = territory.zones("commune").into_keys().take(3).collect();
    let tokens: Vec<String> = (0..)
        .zip(&communes)
        .map(|(number, code)| {
            territory.account(&format!("perdu.{number}@essai.fr"), &format!("commune:{code}"))
        })
        .collect();
    let server = Server::start(&territory.config());
    let (tokens, server) = (&tokens, &server);
    wait_for(server, 200);
    // What everybody reads is known to the journal before the loss; the last scale is not yet.
    for token in tokens {
        assert_eq!(consult(server, token, "commune"), 200);
    }
    std::thread::sleep(Duration::from_millis(1500));
    let (over, closed) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        // Three clients read all the time: each answer comes, and is the data or a 503.
        let clients: Vec<_> = tokens
            .iter()
            .map(|token| {
                let (over, closed) = (&over, &closed);
                let address = format!("{}/tiles/latest/commune.json", server.url);
                scope.spawn(move || {
                    let client = stranger();
                    let mut statuses = BTreeSet::new();
                    while !over.load(Ordering::Relaxed) {
                        let began = Instant::now();
                        let request = client.get(&address);
                        let request = request.header("authorization", format!("Bearer {token}"));
                        let status = Answer::read(request.call().unwrap()).status;
                        assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
                        closed.fetch_or(status == 503, Ordering::Relaxed);
                        statuses.insert(status);
                        std::thread::sleep(Duration::from_millis(50));
                    }
                    statuses
                })
            })
            .collect();
        for token in tokens {
            assert_eq!(consult(server, token, "iris"), 200);
        }
        tell(&mut postgres, "crash");
        wait_for(server, 503);
        assert_eq!(server.get("/health", None).status, 200);
        let lost = Instant::now();
        while !closed.load(Ordering::Relaxed) {
            assert!(lost.elapsed() < NOTICED, "data is shown without the right being known");
            std::thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(server.get("/tiles/latest/epci.json", Some(&tokens[0])).status, 503);
        std::thread::sleep(Duration::from_secs(2));
        tell(&mut postgres, "start");
        wait_for(server, 200);
        for token in tokens {
            assert_eq!(consult(server, token, "departement"), 200, "whole again");
        }
        over.store(true, Ordering::Relaxed);
        for client in clients {
            assert_eq!(client.join().unwrap(), BTreeSet::from([200, 503]));
        }
    });
    std::thread::sleep(Duration::from_millis(1500));
    for scale in ["commune", "iris", "departement"] {
        assert_eq!(noted(&url, scale), tokens.len(), "{scale}");
    }
    verify(&territory);
}

/// The status of every tile of a scale at its first zoom: the one that all have, 204 aside.
fn consult(server: &Server, token: &str, scale: &str) -> u16 {
    let answer = server.get(&format!("/tiles/latest/{scale}.json"), Some(token));
    if answer.status != 200 {
        return answer.status;
    }
    let about = answer.json();
    let zoom = about["minzoom"].as_u64().unwrap() as u8;
    let tiles = cover(bounds(&about), zoom).into_iter();
    let path = |(x, y)| format!("/tiles/latest/{scale}/{zoom}/{x}/{y}.mvt");
    let statuses = tiles.map(|at| server.get(&path(at), Some(token)).status);
    let statuses: BTreeSet<u16> = statuses.filter(|status| *status != 204).collect();
    assert_eq!(statuses.len(), 1, "{scale}: {statuses:?}");
    statuses.into_iter().next().unwrap()
}

fn wait_for(server: &Server, status: u16) {
    let began = Instant::now();
    while server.get("/ready", None).status != status {
        assert!(began.elapsed() < NOTICED, "/ready is not {status}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn tell(postgres: &mut Child, word: &str) {
    let input = postgres.stdin.as_mut().unwrap();
    writeln!(input, "{word}").unwrap();
    input.flush().unwrap();
}

/// Consultations of a scale that the journal holds.
fn noted(url: &str, scale: &str) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let details: Vec<String> = runtime.block_on(async {
        let mut database = sqlx::PgConnection::connect(url).await.unwrap();
        let query = "SELECT detail FROM journal WHERE kind = 'consultation' ORDER BY seq";
        sqlx::query_scalar(query).fetch_all(&mut database).await.unwrap()
    });
    details.iter().filter(|detail| detail.split(' ').nth(1) == Some(scale)).count()
}

fn verify(territory: &Territory) {
    let config = territory.config();
    super::util::run(["journal", "verify", "--config", config.to_str().unwrap()]);
}
