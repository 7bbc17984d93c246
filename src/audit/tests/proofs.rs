//! Certificates, true and false.

use std::fs;
use std::path::Path;

use super::super::certificates::{BadRecord, Proved, verify};
use super::super::system::{Part, System};
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
    let mut proved = [Proved::new(vec!["menages"], false, &system)];
    verify((record.path(), "2024r1"), 11, 4, &[vec!["menages"]], &mut proved)?;
    Ok(proved[0].unproved(11))
}

#[test]
fn a_true_certificate_protects_its_class() {
    let whole = "[0,0,1,1,[0,1,6, 3,1,-6, 2,1,6, 1,1,-6]]";
    assert!(unproved(whole).unwrap().is_empty());
    let halves = "[0,0,1,2,[0,1,12, 3,1,-12, 2,1,12, 1,1,-12]]";
    assert!(unproved(halves).unwrap().is_empty());
}

#[test]
fn a_false_certificate_protects_nothing() {
    for certificate in [
        // Too small, not 0 over a cell, more than a class holds, about another class.
        "[0,0,1,1,[0,1,5, 3,1,-5, 2,1,5, 1,1,-5]]",
        "[0,0,1,1,[0,1,6, 3,1,-6, 2,1,6]]",
        "[0,0,1,1,[0,1,600, 3,1,-600, 2,1,600, 1,1,-600]]",
        "[0,1,1,1,[0,1,6, 3,1,-6, 2,1,6, 1,1,-6]]",
        "[0,0,1,0,[0,1,6, 3,1,-6, 2,1,6, 1,1,-6]]",
        "[0,0,1,1,[0,1]]",
        // A part without the filter, and with a universe that the system does not have.
        "[0,0,0,1,[0,0,6, 3,0,-6, 2,0,6, 1,0,-6]]",
        "[0,0,3,1,[0,3,6, 3,3,-6, 2,3,6, 1,3,-6]]",
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
        let mut proved = [Proved::new(vec!["menages"], false, &system)];
        let known = [vec!["menages"]];
        let of = (record.path(), edition);
        assert!(verify(of, threshold, atoms, &known, &mut proved).is_err());
    }
}

#[test]
fn a_record_may_name_systems_that_need_no_proof_and_more_universes_than_are_opened() {
    let record = tempfile::tempdir().unwrap();
    let header = HEADER.replace('\n', " ").replace(
        "[{\"filter\":\"menages\",\"universes\":[\"menages\"]}]",
        "[{\"filter\":\"types\",\"universes\":[\"types\"]},\
          {\"filter\":\"a\",\"universes\":[\"a\",\"b\",\"c\"],\"opened\":true}]",
    );
    // Bit 2 of the record's system is bit 1 of ours; what ours does not have says nothing.
    let lines = [
        header.as_str(),
        "[0,0,1,1,[0,1,6, 3,1,-6, 2,1,6, 1,1,-6]]",
        "[1,0,7,1,[0,7,6, 3,5,-6, 2,7,6, 1,5,-6]]",
    ];
    write(record.path(), &lines);
    let atoms = [5, 11, 11, 11];
    let cells: [&[u32]; 4] = [&[2], &[0], &[0, 1], &[1, 2]];
    let parts = atoms.into_iter().zip(cells).zip(0..).map(|((households, own), atom)| Part {
        seat: (atom, 0b11),
        households,
        cells: own.to_vec(),
    });
    let system = System::new((0..3).map(|cell| (cell, 0)).collect(), parts);
    let mut proved = [Proved::new(vec!["a", "c"], true, &system)];
    let known = [vec!["types"], vec!["a", "b", "c"]];
    verify((record.path(), "2024r1"), 11, 4, &known, &mut proved).unwrap();
    assert!(proved[0].unproved(11).is_empty());
    let unknown = [vec!["types"], vec!["a", "c"]];
    let refused = verify((record.path(), "2024r1"), 11, 4, &unknown, &mut proved);
    assert!(matches!(refused, Err(BadRecord::Other { problem: "univers", .. })));
}
