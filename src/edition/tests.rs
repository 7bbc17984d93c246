//! The life of editions in a folder.

mod once;

use std::time::Duration;

use super::fixture::{TILE_8, write_edition};
use super::*;
use domain::{Audience, Scale};

fn id(text: &str) -> EditionId {
    text.parse().unwrap()
}

fn actives(editions: &Editions) -> Vec<String> {
    editions.current().all().iter().map(|edition| edition.id().to_string()).collect()
}

/// Waits until the active editions are these, at most the second that the interface promises.
async fn wait_for(editions: &Editions, expected: &[&str]) {
    for _ in 0..20 {
        if actives(editions) == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{:?} after a second, not {expected:?}", actives(editions));
}

#[tokio::test]
async fn a_switch_is_seen_within_a_second_and_a_bad_list_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    write_edition(folder.path(), "2022r3", 1.0);
    write_edition(folder.path(), "2024r1", 2.0);
    let editions = Editions::open(folder.path()).unwrap();
    assert!(editions.current().get("latest").is_none());
    let watch = tokio::spawn(editions.clone().watch());

    activate(folder.path(), id("2024r1")).unwrap();
    activate(folder.path(), id("2022r3")).unwrap();
    wait_for(&editions, &["2022r3", "2024r1"]).await;
    let latest = editions.current();
    assert_eq!(latest.get("latest").unwrap().id(), id("2024r1"));

    for bad in ["{", r#"{"active":["2030r1"]}"#, r#"{"active":["../2024r1"]}"#] {
        std::fs::write(folder.path().join("active.json"), bad).unwrap();
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert_eq!(actives(&editions), ["2022r3", "2024r1"], "{bad}");
    }
    std::fs::write(folder.path().join("active.json"), r#"{"active":["2022r3"]}"#).unwrap();
    wait_for(&editions, &["2022r3"]).await;
    withdraw(folder.path(), id("2022r3")).unwrap();
    wait_for(&editions, &[]).await;
    // A request that began before the switch still reads its edition.
    let (z, x, y) = TILE_8;
    let edition = latest.get("2024r1").unwrap();
    assert!(edition.tile(Scale::COMMUNE, z, x, y).await.unwrap().is_some());
    watch.abort();
}

#[test]
fn a_change_of_any_file_is_found_and_named() {
    let folder = tempfile::tempdir().unwrap();
    write_edition(folder.path(), "2024r1", 1.0);
    assert_eq!(verify(folder.path(), id("2024r1")).unwrap(), []);
    let place = folder.path().join("2024r1");
    let mut bytes = std::fs::read(place.join("commune.pmtiles")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(place.join("commune.pmtiles"), bytes).unwrap();
    std::fs::remove_file(place.join("qpv.fgb")).unwrap();
    std::fs::write(place.join("record.csv"), "").unwrap();
    let expected = [
        FileProblem::Differs("commune.pmtiles".into()),
        FileProblem::Missing("qpv.fgb".into()),
        FileProblem::Unlisted("record.csv".into()),
    ];
    assert_eq!(verify(folder.path(), id("2024r1")).unwrap(), expected);
}

#[test]
fn a_document_that_is_not_the_manifest_s_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    write_edition(folder.path(), "2024r1", 1.0);
    let communes = folder.path().join("2024r1/communes.json");
    std::fs::write(communes, "[]").unwrap();
    assert!(matches!(
        Edition::open(folder.path(), id("2024r1")),
        Err(EditionError::Content { .. })
    ));
    assert!(activate(folder.path(), id("2024r1")).is_err());
    assert_eq!(active_ids(folder.path()).unwrap(), []);
    assert!(matches!(activate(folder.path(), id("2026r1")), Err(EditionError::Unknown(_))));
}

#[test]
fn activations_at_the_same_time_are_all_kept() {
    let folder = tempfile::tempdir().unwrap();
    let ids: Vec<String> = (2017..=2024).map(|vintage| format!("{vintage}r1")).collect();
    for one in &ids {
        write_edition(folder.path(), one, 1.0);
    }
    std::thread::scope(|scope| {
        for one in &ids {
            scope.spawn(|| activate(folder.path(), id(one)).unwrap());
        }
    });
    let active: Vec<String> =
        active_ids(folder.path()).unwrap().iter().map(EditionId::to_string).collect();
    assert_eq!(active, ids);
    assert_eq!(installed(folder.path()).unwrap().len(), 8);
}

#[test]
fn landlords_read_no_document_that_names_what_is_not_theirs() {
    let folder = tempfile::tempdir().unwrap();
    write_edition(folder.path(), "2024r1", 1.0);
    let edition = Edition::open(folder.path(), id("2024r1")).unwrap();
    let text = |audience| {
        let catalogue = serde_json::to_string(edition.catalogue(audience)).unwrap();
        let manifest = serde_json::to_string(edition.manifest(audience)).unwrap();
        let certificate = serde_json::to_string(edition.certificate(audience)).unwrap();
        catalogue + &manifest + &certificate
    };
    for hidden in ["loyer_m2", "\"loyers\""] {
        assert!(text(Audience::PublicMission).contains(hidden), "{hidden}");
        assert!(!text(Audience::Bailleur).contains(hidden), "{hidden}");
    }
    let universes = edition.catalogue(Audience::Bailleur).universes();
    let without_opposed = universes.iter().find(|one| one.id == "loyers_no").unwrap();
    assert_eq!(without_opposed.parents, ["logements"]);
    assert_eq!(without_opposed.domain_of, None);
    assert!(edition.hides_columns(Audience::Bailleur));
    assert!(!edition.hides_columns(Audience::PublicMission));
    assert!(!edition.may_read(Audience::PublicMission, "inconnu"));
}

#[tokio::test]
async fn an_archive_that_vanished_or_changed_gives_nothing_and_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    write_edition(folder.path(), "2024r1", 1.0);
    let (z, x, y) = TILE_8;
    let path = folder.path().join("2024r1/commune.pmtiles");
    let open = || Edition::open(folder.path(), id("2024r1")).unwrap();
    let edition = open();
    let first = edition.tile(Scale::COMMUNE, z, x, y).await.unwrap();
    // Removed or replaced: the file that was opened is still there for whoever has it.
    let bytes = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(edition.tile(Scale::COMMUNE, z, x, y).await.unwrap(), first);
    let late = open();
    let missing = late.tile(Scale::COMMUNE, z, x, y).await;
    assert!(matches!(missing, Err(EditionError::Unusable { .. })));
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(late.tile(Scale::COMMUNE, z, x, y).await.unwrap(), first, "it is tried again");
    // Swapped for another before its first tile: it is not what was made active.
    let swapped = open();
    std::fs::rename(&path, path.with_extension("aside")).unwrap();
    std::fs::copy(folder.path().join("2024r1/epci.pmtiles"), &path).unwrap();
    let other = swapped.tile(Scale::COMMUNE, z, x, y).await;
    assert!(matches!(other, Err(EditionError::Unusable { .. })));
    std::fs::rename(path.with_extension("aside"), &path).unwrap();
    // Cut short or written to in place: nothing more comes out of it.
    std::fs::write(&path, &bytes[..bytes.len() - 20]).unwrap();
    let cut = late.tile(Scale::COMMUNE, z, x, y).await;
    assert!(matches!(cut, Err(EditionError::Unusable { .. })));
    assert!(late.tile(Scale::EPCI, z, x, y).await.unwrap().is_some(), "other scales go on");
}

#[test]
fn an_active_edition_that_is_gone_does_not_stop_the_others() {
    let folder = tempfile::tempdir().unwrap();
    for one in ["2022r3", "2024r1"] {
        write_edition(folder.path(), one, 1.0);
        activate(folder.path(), id(one)).unwrap();
    }
    std::fs::remove_dir_all(folder.path().join("2024r1")).unwrap();
    assert_eq!(actives(&Editions::open(folder.path()).unwrap()), ["2022r3"]);
}
