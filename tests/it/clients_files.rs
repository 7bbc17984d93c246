//! Exported files, held against validators that others wrote.

use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::clients::{Demo, drive, project, tool};

const LIMIT: Duration = Duration::from_secs(120);

#[test]
fn validators_find_nothing_wrong_with_exported_files() {
    let Some(python) = tool(".ci/validators", &[]) else { return };
    let demo = Demo::shared();
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for scale in ["commune", "adresse"] {
        for ending in ["gpkg", "parquet", "zip"] {
            let path = format!("/export/latest/{scale}.{ending}");
            let file = folder.path().join(format!("{scale}.{ending}"));
            fs::write(&file, demo.get(&path, demo.account(1, "token"))).unwrap();
            files.push(file);
        }
    }
    let script = project("tests/clients/validate.py");
    let ended = drive(Command::new(python).arg(script).args(&files), LIMIT);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let said: Value = serde_json::from_str(ended.stdout.lines().last().unwrap()).unwrap();
    let said = said.as_object().unwrap();
    assert_eq!(said.len(), files.len());
    for (file, wrong) in said {
        assert_eq!(wrong, &Value::Array(Vec::new()), "{file}");
    }
}
