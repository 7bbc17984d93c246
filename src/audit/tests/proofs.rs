//! Certificates, true and false.

use std::fs;
use std::path::Path;

use super::super::certificates::{BadRecord, Proved, verify};
use super::super::system::System;
use super::system;

/// Three towers in a chain and five households at its end; all three sums are published.
fn chain() -> System {
    let atoms = [("a", 5), ("q0", 11), ("q1", 11), ("q2", 11)];
    let atoms = atoms.map(|(name, households)| (name.to_owned(), households));
    let cells = [["q0", "q1"], ["q1", "q2"], ["a", "q2"]];
    system(&atoms, &cells.map(|cell| cell.map(str::to_owned).to_vec()))
}

fn write(record: &Path, lines: &[&str]) {
    let folder = record.join("2024r1");
    fs::create_dir_all(&folder).unwrap();
    let text = lines.join("\n");
    fs::write(folder.join("proofs.jsonl.zst"), zstd::encode_all(text.as_bytes(), 0).unwrap())
        .unwrap();
}

const HEADER: &str = r#"{"edition":"2024r1","engine":"test","threshold":11,"atoms":4,
    "systems":[{"filter":"menages","universes":["menages"]}]}"#;

/// The classes left without a proof.
fn unproved(certificate: &str) -> Result<Vec<u32>, BadRecord> {
    let record = tempfile::tempdir().unwrap();
    write(record.path(), &[&HEADER.replace('\n', " "), certificate]);
    let system = chain();
    let mut proved = [Proved::new(vec!["menages"], &system)];
    verify(record.path(), "2024r1", 11, 4, &mut proved)?;
    Ok(proved[0].unproved(11))
}

#[test]
fn a_true_certificate_protects_its_class() {
    let whole = "[0,0,0,1,[0,0,6, 3,0,-6, 2,0,6, 1,0,-6]]";
    assert!(unproved(whole).unwrap().is_empty());
    let halves = "[0,0,0,2,[0,0,12, 3,0,-12, 2,0,12, 1,0,-12]]";
    assert!(unproved(halves).unwrap().is_empty());
}

#[test]
fn a_false_certificate_protects_nothing() {
    for certificate in [
        // Too small, not 0 over a cell, more than a class holds, about another class.
        "[0,0,0,1,[0,0,5, 3,0,-5, 2,0,5, 1,0,-5]]",
        "[0,0,0,1,[0,0,6, 3,0,-6, 2,0,6]]",
        "[0,0,0,1,[0,0,600, 3,0,-600, 2,0,600, 1,0,-600]]",
        "[0,1,0,1,[0,0,6, 3,0,-6, 2,0,6, 1,0,-6]]",
        "[0,0,0,0,[0,0,6, 3,0,-6, 2,0,6, 1,0,-6]]",
        "[0,0,0,1,[0,0]]",
        "[0,9,7,1,[]]",
    ] {
        assert_eq!(unproved(certificate).unwrap(), [0], "{certificate}");
    }
}

#[test]
fn a_record_that_is_no_record_is_refused() {
    for line in ["[3,0,0,1,[]]", "{}", "[0,0,0,1.5,[]]"] {
        assert!(matches!(unproved(line), Err(BadRecord::Line { line: 2, .. })), "{line}");
    }
    let system = chain();
    for (edition, threshold, atoms) in [("2024r2", 11, 4), ("2024r1", 12, 4), ("2024r1", 11, 5)] {
        let record = tempfile::tempdir().unwrap();
        write(record.path(), &[&HEADER.replace('\n', " ")]);
        let mut proved = [Proved::new(vec!["menages"], &system)];
        assert!(verify(record.path(), edition, threshold, atoms, &mut proved).is_err());
    }
}
