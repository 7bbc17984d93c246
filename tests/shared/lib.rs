//! What a machine may lack, for the tests of the library and of the program.
//!
//! A test that cannot run passes, and says so in one line at the end of `make test`. Where
//! `SEUIL_REQUIRE_SHARED` is set, the real input that lies beside the project must be there.

use std::io::Write;
use std::path::{Path, PathBuf};

/// The folder of the project.
pub fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).unwrap()
}

/// A file or folder of the shared data, or `None` where it is absent and not required.
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = root().join("../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var_os("SEUIL_REQUIRE_SHARED").is_none(),
        "{} is required and absent",
        path.display()
    );
    skipped(&format!("../shared/data/{name} absent"));
    None
}

/// Says that this test does not run: on the error stream, and in the file `SEUIL_SKIPPED`.
pub fn skipped(why: &str) {
    let thread = std::thread::current();
    let line = format!("ignoré : {} : {why}", thread.name().unwrap_or("?"));
    eprintln!("{line}");
    if let Some(path) = std::env::var_os("SEUIL_SKIPPED") {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(file, "{line}").unwrap();
    }
}

/// Whether the compiler is of this version, whose messages a test compares.
pub fn has_rustc(version: &str) -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = std::process::Command::new(rustc).arg("--version").output();
    let said =
        said.map_or_else(|_| String::new(), |said| String::from_utf8_lossy(&said.stdout).into());
    if said.starts_with(&format!("rustc {version}.")) {
        return true;
    }
    skipped(&format!(
        "les messages attendus sont de rustc {version}, celui-ci est {}",
        said.trim()
    ));
    false
}
