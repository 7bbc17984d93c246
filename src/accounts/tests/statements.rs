//! What a question asks of the database: its statements one after the other, and the rows that each
//! gave or changed. Two questions that must not be told apart ask the same.

use std::fmt::Debug;
use std::sync::{Mutex, Once};
use std::time::{Duration, Instant};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::*;

/// Connections of a pool.
const CONNECTIONS: usize = 8;

/// What SQLite's threads said that they ran: the thread, and the statement with its rows.
static RUN: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

/// Notes the statements that sqlx logs as it ends them.
struct Recorder;

#[derive(Default)]
struct Statement(String);

impl Visit for Statement {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // What SQLite says of changed rows is of the statement before, where this one reads.
        if ["summary", "db.statement", "rows_returned"].contains(&field.name()) {
            self.0 += &format!("{}={value:?} ", field.name());
        }
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut statement = Statement::default();
        event.record(&mut statement);
        let thread = std::thread::current().name().unwrap_or_default().to_owned();
        RUN.lock().unwrap().push((thread, statement.0));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Runs a marker on every connection of the house, waits until each was noted, and gives what its
/// threads ran before the marker, in order.
async fn until(house: &House, marker: &'static str) -> Vec<String> {
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(house.access.database.pool().acquire().await.unwrap());
    }
    for connection in &mut connections {
        sqlx::query(marker).fetch_all(&mut **connection).await.unwrap();
    }
    let began = Instant::now();
    loop {
        {
            let run = RUN.lock().unwrap();
            let marked = run.iter().filter(|(_, text)| text.contains(marker));
            let threads: Vec<&String> = marked.map(|(thread, _)| thread).collect();
            if threads.len() == CONNECTIONS {
                let own = run.iter().filter(|(thread, text)| {
                    threads.contains(&thread) && !text.contains("SELECT 'marque ")
                });
                return own.map(|(_, text)| text.clone()).collect();
            }
        }
        assert!(began.elapsed() < Duration::from_secs(5), "{marker} was not noted");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_question_about_a_stranger_asks_the_database_what_one_about_nobody_does() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Recorder).unwrap());
    let house = House::with_account().await;
    let [one, two] = mandates::two(&house, 5).await;
    let local = mandates::administrator(&house, &one, "chef").await;
    mandates::invited(&house, &two, "voisin", START).await;
    let agent = mandates::invited(&house, &one, "anne", START).await;
    let day: Day = "2027-01-15".parse().unwrap();
    let mut before = until(&house, "SELECT 'marque 0'").await.len();
    let mut asked = Vec::new();
    for (actor, marks) in [
        (&local, ["SELECT 'marque 1'", "SELECT 'marque 2'", "SELECT 'marque 3'"]),
        (&agent, ["SELECT 'marque 4'", "SELECT 'marque 5'", "SELECT 'marque 6'"]),
    ] {
        let addresses = ["voisin@agglo.fr", "inconnu@agglo.fr", "anne@agglo.fr"];
        for (address, marker) in addresses.into_iter().zip(marks) {
            let of = email(address);
            let read = house.access.journal_of(Actor::Account(actor), &of, day, day, START).await;
            assert_eq!(read.is_ok(), address.starts_with("anne"), "{address}");
            let run = until(&house, marker).await;
            asked.push(run[before..].to_vec());
            before = run.len();
        }
    }
    for asked in asked.chunks(3) {
        let [stranger, nobody, known] = asked else { panic!("three addresses were asked for") };
        assert!(stranger.len() >= 2, "{stranger:?}");
        assert_eq!(stranger, nobody);
        assert_ne!(stranger, known, "the recorder sees what differs");
    }
}
