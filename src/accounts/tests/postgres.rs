//! A PostgreSQL for the tests of this process, and a new database for each.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{Connection, Executor};

/// A database of its own, or `None` where PostgreSQL is not installed, which is said.
pub(crate) async fn new_database() -> Option<String> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let base = server()?;
    let name = format!("essai_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let mut connection = sqlx::PgConnection::connect(base).await.unwrap();
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    connection.execute(sqlx::query(create)).await.unwrap();
    let (server, _) = base.rsplit_once('/').unwrap();
    Some(format!("{server}/{name}"))
}

fn server() -> Option<&'static str> {
    static SERVER: OnceLock<Option<(String, Child)>> = OnceLock::new();
    SERVER.get_or_init(start).as_ref().map(|(url, _)| url.as_str())
}

fn start() -> Option<(String, Child)> {
    let installed = std::fs::read_dir("/usr/lib/postgresql").is_ok();
    if !installed {
        assert!(std::env::var_os("CI").is_none(), "PostgreSQL must be installed where CI runs");
        shared::skipped("PostgreSQL absent de cette machine");
        return None;
    }
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    // Its standard input closes when this process ends, however it ends.
    let mut child = Command::new(shared::root().join("tests/postgres.sh"))
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
