//! What the database keeps, what is printed, and several writers at once.

use super::*;

#[tokio::test]
async fn the_database_is_private_and_holds_no_secret_in_clear() {
    let house = House::with_account().await;
    let (key, cookie) = (house.token(None, 1).await, house.session(START).await);
    let mut files = 0;
    for entry in std::fs::read_dir(house.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", path.display());
        }
        let bytes = std::fs::read(&path).unwrap();
        for secret in [key.expose(), cookie.expose(), PASSWORD] {
            assert!(memchr::memmem::find(&bytes, secret.as_bytes()).is_none());
        }
        files += 1;
    }
    assert!(files >= 2, "the database and its log");
}

/// What a process remembers of an account never outlives a change by another.
#[tokio::test]
async fn a_change_by_another_process_counts_at_the_very_next_request() {
    let house = House::with_account().await;
    let elsewhere = Access::open(&house.url).await.unwrap();
    for round in 0..20 {
        let (key, cookie) = (house.token(Some("qgis"), 9).await, house.session(START).await);
        for _ in 0..3 {
            assert!(house.opens(token(&key), START).await, "{round}");
            assert!(house.opens(session(&cookie), START).await, "{round}");
        }
        elsewhere.revoke_token(&email(EMAIL), "qgis", START).await.unwrap();
        assert!(!house.opens(token(&key), START).await, "{round}");
        elsewhere.sign_out(&cookie, START).await.unwrap();
        assert!(!house.opens(session(&cookie), START).await, "{round}");
    }
    let key = house.token(None, 9).await;
    assert!(house.opens(token(&key), START).await);
    elsewhere.disable(&email(EMAIL), START).await.unwrap();
    assert!(!house.opens(token(&key), START).await);
}

#[tokio::test]
async fn nothing_printed_holds_a_secret_or_an_address() {
    let house = House::with_account().await;
    let (key, cookie) = (house.token(None, 1).await, house.session(START).await);
    let found = house.access.identify(&token(&key), START).await.unwrap().unwrap();
    let new = account(EMAIL, Some(PASSWORD));
    let listed = house.access.list(None, START).await.unwrap();
    let mut printed = vec![
        format!("{key:?} {:?} {:?}", token(&key), session(&cookie)),
        format!("{found:#?} {new:#?} {listed:#?} {:?}", authorize(&found, &[], START)),
        format!("{:?} {:?}", email(EMAIL), Password::new(PASSWORD)),
        format!("{:?}", "canari@@agglo.fr".parse::<Email>()),
    ];
    let pool = house.access.database.pool().clone();
    // What is remembered of the account counts for less than a second after that.
    sqlx::query("UPDATE account SET role = 'canari-role'").execute(&pool).await.unwrap();
    sqlx::query("UPDATE generation SET value = value + 1").execute(&pool).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(900)).await;
    let corrupt = house.access.identify(&token(&key), START).await.map(|_| ());
    sqlx::query("DROP TABLE session").execute(&pool).await.unwrap();
    let errors = [
        corrupt,
        house.access.add_account(&new, START).await.map(|_| ()),
        house.access.disable(&email("canari-2@agglo.fr"), START).await,
        house.access.revoke_token(&email(EMAIL), "canari-nom", START).await,
        house.access.sign_in(EMAIL, PASSWORD, START).await.map(|_| ()),
        house.access.sign_out(&cookie, START).await,
    ];
    for error in errors {
        let error = error.unwrap_err();
        printed.push(format!("{error} {error:?}"));
        printed.push(format!("{:#}", anyhow::Error::new(error)));
    }
    for text in printed {
        assert!(!text.contains("canari"), "{text}");
        assert!(!text.contains(key.expose()) && !text.contains(cookie.expose()), "{text}");
        assert!(!text.contains(&key.digest()) && !text.contains("argon2id"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_and_writing_at_once_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for worker in 0..4 {
        let database = database(&folder);
        tasks.spawn(async move {
            let access = Access::open(&database).await.unwrap();
            for number in 0..10 {
                let address = format!("a{worker}-{number}@x.fr");
                access.add_account(&account(&address, None), START).await.unwrap();
                access.add_token(&email(&address), None, 1, START).await.unwrap();
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let access = Access::open(&database(&folder)).await.unwrap();
    let listed = access.list(None, START).await.unwrap();
    assert_eq!(listed.len(), 40);
    assert!(listed.iter().all(|account| account.tokens().len() == 1));
}

#[tokio::test]
async fn only_a_file_of_sqlite_is_a_database() {
    for database in ["", "sqlite:", "sqlite::memory:", "mysql://x", "comptes.db", "sqlite:a?b"] {
        let opened = Access::open(database).await.map(|_| ());
        assert!(matches!(opened, Err(AccessError::UnknownDatabase)), "{database}");
    }
    let folder = tempfile::tempdir().unwrap();
    let missing = format!("sqlite:{}/absent/a.db", folder.path().display());
    assert!(matches!(Access::open(&missing).await.map(|_| ()), Err(AccessError::Open { .. })));
    let path = folder.path().join("texte.db");
    std::fs::write(&path, "ceci n'est pas une base".repeat(100)).unwrap();
    let opened = Access::open(&format!("sqlite:{}", path.display())).await.map(|_| ());
    assert!(domain::HasFault::fault(&opened.unwrap_err()) == domain::Fault::Environment);
}

/// Asks the plan of SQLite itself: no credential may be looked up by reading a whole table.
#[tokio::test]
async fn a_credential_is_looked_up_by_indexes_alone() {
    let house = House::with_account().await;
    for query in [crate::account_row::ACCOUNT_OF_TOKEN, crate::account_row::ACCOUNT_OF_SESSION] {
        let plan = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {query}")));
        let steps = plan.fetch_all(house.access.database.pool()).await.unwrap();
        assert!(steps.len() >= 3);
        for step in steps {
            let detail: String = sqlx::Row::try_get(&step, "detail").unwrap();
            assert!(!detail.contains("SCAN"), "{detail}");
        }
    }
}

/// Handlers run on any thread: every future of the service goes from one to another.
#[test]
fn every_future_can_change_threads() {
    fn check<F: Future + Send>(_: impl FnOnce(Access, Email, NewAccount, Credential) -> F) {}
    check(|_, _, _, _| async { Access::open("").await });
    check(|access, _, _, credential| async move { access.identify(&credential, START).await });
    check(|access, email, _, _| async move { access.sign_in(email.as_str(), "", START).await });
    check(|access, _, _, _| async move { access.sign_out(&Secret::new(""), START).await });
    check(|access, _, new, _| async move { access.add_account(&new, START).await });
    check(|access, email, _, _| async move { access.add_token(&email, None, 1, START).await });
    check(|access, email, _, _| async move { access.revoke_token(&email, "", START).await });
    check(|access, email, _, _| async move { access.disable(&email, START).await });
    check(|access, email, _, _| async move { access.list(Some(&email), START).await });
}
