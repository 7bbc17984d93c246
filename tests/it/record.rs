//! What stays with the build: certificates kept, encrypted or not written, as the operator chooses.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::territory::Territory;

fn territory(proofs: &str) -> Territory {
    let territory = Territory::invent(&["--households", "3000"]);
    territory.edit("seuil.toml", |text| {
        text.replacen("[build]", &format!("[build]\nproofs = {proofs}"), 1)
    });
    territory
}

fn record(territory: &Territory) -> PathBuf {
    territory.input().join("records/2024r1")
}

/// The names of the files of a record; each must be for its owner alone.
fn names(territory: &Territory) -> Vec<String> {
    let entries = fs::read_dir(record(territory)).unwrap().map(Result::unwrap);
    let mut names: Vec<String> = entries
        .map(|entry| {
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600);
            entry.file_name().into_string().unwrap()
        })
        .collect();
    names.sort();
    names
}

#[test]
fn certificates_are_kept_encrypted_or_not_written() {
    let kept = territory("\"keep\"");
    kept.build();
    let all = ["import.txt", "proofs.jsonl.zst", "protection.json", "rejets.csv"];
    assert_eq!(names(&kept), all);
    let deleted = territory("\"delete\"");
    deleted.build();
    assert_eq!(names(&deleted), ["import.txt", "protection.json", "rejets.csv"]);
    // Any command will do for the test: what it writes is what the record holds.
    let piped = territory("{ pipe = [\"tr\", \"\\\\000-\\\\377\", \"\\\\001-\\\\377\\\\000\"] }");
    piped.build();
    let all = ["import.txt", "proofs.jsonl.zst.enc", "protection.json", "rejets.csv"];
    assert_eq!(names(&piped), all);
    let hidden = fs::read(record(&piped).join("proofs.jsonl.zst.enc")).unwrap();
    let plain: Vec<u8> = hidden.iter().map(|byte| byte.wrapping_sub(1)).collect();
    assert_eq!(plain, fs::read(record(&kept).join("proofs.jsonl.zst")).unwrap());
}

#[test]
fn a_command_that_does_not_encrypt_stops_the_build() {
    for pipe in ["[\"false\"]", "[\"/nowhere/age\"]", "[]"] {
        let territory = territory(&format!("{{ pipe = {pipe} }}"));
        let (code, said) = territory.try_build();
        assert_eq!(code, 4, "{said}");
        assert!(said.contains("build.proofs.pipe"), "{said}");
        assert!(!territory.edition().exists());
        assert!(!names(&territory).iter().any(|name| name.starts_with("proofs")));
    }
    let (code, said) = territory("\"hide\"").try_build();
    assert_eq!(code, 2, "{said}");
}
