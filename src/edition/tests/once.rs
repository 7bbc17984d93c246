//! A vintage is published by one edition, once and for ever.

use domain::{Fault, HasFault};
use std::path::Path;
use std::time::Duration;

use super::{actives, id};
use crate::fixture::write_edition;
use crate::*;

/// A folder with these editions, none of them active.
fn folder_of(ids: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for id in ids {
        write_edition(folder.path(), id, 1.0);
    }
    folder
}

fn ledger_lists(folder: &Path) -> Vec<String> {
    let ledger = read_ledger(folder).unwrap().unwrap_or_default();
    ledger.ids().iter().map(EditionId::to_string).collect()
}

#[test]
fn a_vintage_is_activated_once_whatever_became_of_its_edition() {
    let folder = folder_of(&["2022r1", "2024r1", "2024r2"]);
    let place = folder.path();
    let refused = |id: EditionId| {
        let answer = activate(place, id);
        assert!(matches!(answer, Err(EditionError::Published { .. })), "{answer:?}");
        assert!(matches!(check_vintage(place, id), Err(EditionError::Published { .. })));
    };
    activate(place, id("2024r1")).unwrap();
    refused(id("2024r2"));
    activate(place, id("2022r1")).unwrap();
    withdraw(place, id("2024r1")).unwrap();
    refused(id("2024r2"));
    activate(place, id("2024r1")).unwrap();
    withdraw(place, id("2024r1")).unwrap();
    let kept = place.join("kept");
    std::fs::rename(place.join("2024r1"), &kept).unwrap();
    refused(id("2024r2"));
    // Another edition under the name of the one that was published.
    write_edition(place, "2024r1", 2.0);
    assert!(matches!(activate(place, id("2024r1")), Err(EditionError::NotTheSame { .. })));
    std::fs::remove_dir_all(place.join("2024r1")).unwrap();
    std::fs::rename(kept, place.join("2024r1")).unwrap();
    activate(place, id("2024r1")).unwrap();
    assert_eq!(active_ids(place).unwrap(), [id("2022r1"), id("2024r1")]);
    assert_eq!(ledger_lists(place), ["2022r1", "2024r1"]);
}

#[test]
fn of_two_revisions_activated_at_once_one_is() {
    for _ in 0..8 {
        let ids: Vec<String> = (1..=6).map(|revision| format!("2024r{revision}")).collect();
        let folder = folder_of(&ids.iter().map(String::as_str).collect::<Vec<_>>());
        let done: usize = std::thread::scope(|scope| {
            let place = folder.path();
            let all: Vec<_> =
                ids.iter().map(|one| scope.spawn(move || activate(place, id(one)))).collect();
            all.into_iter().map(|one| usize::from(one.join().unwrap().is_ok())).sum()
        });
        assert_eq!(done, 1);
        let active = active_ids(folder.path()).unwrap();
        assert_eq!(ledger_lists(folder.path()), [active[0].to_string()]);
        assert_eq!(active.len(), 1);
    }
}

#[test]
fn a_damaged_ledger_stops_what_publishes_and_never_a_withdrawal() {
    let folder = folder_of(&["2022r1", "2024r1", "2024r2"]);
    let place = folder.path();
    activate(place, id("2024r1")).unwrap();
    let ledger = place.join("ledger.txt");
    let sound = std::fs::read_to_string(&ledger).unwrap();
    let torn = &sound[..sound.len() - 9];
    let edited = sound.replace("2024r1", "2024r2");
    let emptied = Ledger::default().text();
    for bad in [torn, &edited, &emptied, ""] {
        std::fs::write(&ledger, bad).unwrap();
        for answer in [
            activate(place, id("2024r1")),
            activate(place, id("2022r1")),
            check_vintage(place, id("2026r1")),
            Editions::open(place).map(drop),
        ] {
            let error = answer.unwrap_err();
            assert!(
                error.fault() == Fault::Usage && error.to_string().contains("ledger.txt, ligne"),
                "{error}"
            );
        }
    }
    std::fs::remove_file(&ledger).unwrap();
    assert!(matches!(Editions::open(place), Err(EditionError::NoLedger { .. })));
    withdraw(place, id("2024r1")).unwrap();
    assert!(matches!(activate(place, id("2024r2")), Err(EditionError::NoLedger { .. })));
    std::fs::write(&ledger, sound).unwrap();
    assert!(matches!(activate(place, id("2024r2")), Err(EditionError::Published { .. })));
    activate(place, id("2024r1")).unwrap();
}

#[test]
fn a_folder_from_before_there_were_ledgers_gets_one_from_its_active_editions() {
    for first in ["serve", "activate", "withdraw"] {
        let folder = folder_of(&["2022r1", "2024r1", "2024r2"]);
        let place = folder.path();
        std::fs::write(place.join("active.json"), r#"{"active":["2024r1","2022r1"]}"#).unwrap();
        match first {
            "serve" => assert_eq!(actives(&Editions::open(place).unwrap()), ["2022r1", "2024r1"]),
            "activate" => {
                let answer = activate(place, id("2024r2"));
                assert!(matches!(answer, Err(EditionError::Published { .. })), "{answer:?}");
                activate(place, id("2022r1")).unwrap();
            }
            _ => withdraw(place, id("2024r1")).unwrap(),
        }
        assert_eq!(ledger_lists(place), ["2022r1", "2024r1"], "{first}");
        assert!(matches!(activate(place, id("2024r2")), Err(EditionError::Published { .. })));
        // The list remembers that there was a ledger: a lost one is not made anew.
        std::fs::remove_file(place.join("ledger.txt")).unwrap();
        assert!(matches!(activate(place, id("2024r1")), Err(EditionError::NoLedger { .. })));
    }
}

#[test]
fn an_active_edition_that_cannot_be_listed_is_not_forgotten() {
    let folder = folder_of(&["2022r1", "2024r2"]);
    let place = folder.path();
    std::fs::write(place.join("active.json"), r#"{"active":["2022r1","2024r1"]}"#).unwrap();
    for answer in [
        Editions::open(place).map(drop),
        activate(place, id("2024r2")),
        withdraw(place, id("2022r1")),
        withdraw(place, id("2024r1")),
    ] {
        let error = answer.unwrap_err();
        assert!(error.fault() == Fault::Usage && error.to_string().contains("2024r1"), "{error}");
    }
    assert_eq!(active_ids(place).unwrap(), [id("2022r1"), id("2024r1")]);
}

#[test]
fn two_active_revisions_from_before_there_were_ledgers_are_not_served_together() {
    let folder = folder_of(&["2022r1", "2024r1", "2024r2"]);
    let place = folder.path();
    let list = r#"{"active":["2022r1","2024r1","2024r2"]}"#;
    std::fs::write(place.join("active.json"), list).unwrap();
    assert!(matches!(Editions::open(place), Err(EditionError::Published { .. })));
    // The vintage that is clear is not forgotten before the other is settled.
    assert!(matches!(withdraw(place, id("2022r1")), Err(EditionError::Published { .. })));
    withdraw(place, id("2024r2")).unwrap();
    assert_eq!(actives(&Editions::open(place).unwrap()), ["2022r1", "2024r1"]);
    assert_eq!(ledger_lists(place), ["2022r1", "2024r1"]);
}

#[tokio::test]
async fn a_running_server_keeps_what_it_served_when_the_list_names_another_revision() {
    let folder = folder_of(&["2022r1", "2024r1", "2024r2"]);
    let place = folder.path();
    activate(place, id("2024r1")).unwrap();
    let editions = Editions::open(place).unwrap();
    let watch = tokio::spawn(editions.clone().watch());
    for bad in [r#"{"active":["2024r2"]}"#, r#"{"active":["2022r1","2024r1"]}"#] {
        std::fs::write(place.join("active.json"), bad).unwrap();
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert_eq!(actives(&editions), ["2024r1"], "{bad}");
        assert!(Editions::open(place).is_err(), "{bad}");
    }
    // Rebuilt under the same name with other figures.
    std::fs::remove_dir_all(place.join("2024r1")).unwrap();
    write_edition(place, "2024r1", 2.0);
    std::fs::write(place.join("active.json"), r#"{"active":["2024r1"] }"#).unwrap();
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(matches!(Editions::open(place), Err(EditionError::NotTheSame { .. })));
    let served = editions.current();
    let now = manifest_digest(place, id("2024r1")).unwrap();
    assert_ne!(served.get("2024r1").unwrap().digest(), now);
    activate(place, id("2022r1")).unwrap();
    watch.abort();
}
