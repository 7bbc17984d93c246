//! What a machine may lack, for the tests of the library and of the program.
//!
//! A test that cannot run passes, and says so in one line at the end of `make test`. Where
//! `SEUIL_REQUIRE_SHARED` is set, the real input that lies beside the project must be there.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

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
    let said = Command::new(rustc).arg("--version").output();
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

/// A PostgreSQL of its own and its address, or `None` where it is not installed. It stops when the
/// child is dropped, or when this process ends, however it ends: its standard input closes then.
pub fn postgres() -> Option<(String, Child)> {
    if std::fs::read_dir("/usr/lib/postgresql").is_err() {
        assert!(std::env::var_os("CI").is_none(), "PostgreSQL must be installed where CI runs");
        skipped("PostgreSQL absent de cette machine");
        return None;
    }
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let mut child = Command::new(root().join("tests/postgres.sh"))
        .arg(port.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    assert!(url.starts_with("postgres://"), "PostgreSQL did not start");
    Some((url.trim().to_owned(), child))
}
