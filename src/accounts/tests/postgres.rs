//! A PostgreSQL for the tests of this process, and a new database for each.

use std::process::Child;
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
    let found = SERVER.get_or_init(shared::postgres).as_ref();
    if found.is_none() {
        // The first test that asks has said it: so does each.
        shared::skipped("PostgreSQL absent de cette machine");
    }
    found.map(|(url, _)| url.as_str())
}
