//! How long it takes to know who asks and what they may see, token or cookie to view, as the gate
//! does for each request: medians among 100,000 accounts and 2,000 conventions, on SQLite.
//! `cargo bench --bench access`. Exit code 1 where a bar of the product is missed.

use std::error::Error;
use std::time::{Duration, Instant};

use accounts::{Access, Credential, NewAccount, Password};
use domain::{Audience, CommuneRow, Scale, TerritoryName};
use rights::{Email, Right, Role, Timestamp, View, Views, authorize};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const RUNS: usize = 2_000;
const ACCOUNTS: u32 = 100_000;
const CONVENTIONS: u32 = 2_000;
/// Credentials that open one after the other, each for the first time.
const FIRST_TIMES: u32 = 500;
/// Requests measured together where one is shorter than the clock is fine.
const BATCH: u32 = 1_000;
/// The bars: credential to view, remembered and not.
const WARM: Duration = Duration::from_micros(1);
const COLD: Duration = Duration::from_millis(1);
const COMMUNES: u32 = 34_900;
const PASSWORD: &str = "un-mot-de-passe-de-mesure";

fn main() -> Result<(), Box<dyn Error>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(measure())
}

async fn measure() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("comptes.db");
    let database = format!("sqlite:{}", path.display());
    let access = Access::open(&database).await?;
    let email: Email = "agent@agglo.fr".parse()?;
    let territory = |text: &str| text.parse::<TerritoryName>();
    let rights = [Right::new(territory("epci:200058519")?, Scale::ADRESSE)?];
    let password = Some(Password::new(PASSWORD)?);
    let new =
        NewAccount::new(email.clone(), Role::Agent, Audience::PublicMission, rights, password)?;
    access.add_account(&new, NOW).await?;
    fill(&path).await?;
    let token = Credential::Token(access.add_token(&email, None, 365, NOW).await?);
    let session = access.sign_in(email.as_str(), PASSWORD, NOW).await?.ok_or("signed in")?;
    let unknown = Credential::Token(accounts::Secret::new(format!("seuil_{}", "a".repeat(43))));
    let country = communes(COMMUNES)?;
    let views = Views::default();
    let mut missed = Vec::new();

    let mut times = Vec::new();
    for (name, credential) in [("token", token.clone()), ("cookie", Credential::Session(session))] {
        for _ in 0..RUNS / 10 {
            let start = Instant::now();
            for _ in 0..BATCH {
                let account = access.identify(&credential, NOW).await?.ok_or("it opens")?;
                let view = views.get(&account, "edition", &country, NOW);
                std::hint::black_box(view.map_err(|_| "the account sees")?);
            }
            times.push(start.elapsed() / BATCH);
        }
        let middle = report(&format!("{name} to view, remembered"), &mut times);
        if middle > WARM {
            missed.push(name);
        }
    }
    // Accounts of conventions that nobody asked about before.
    let mut fresh = Vec::new();
    for number in 0..FIRST_TIMES {
        let email: Email = format!("a{}@x.fr", 1 + number * (ACCOUNTS / FIRST_TIMES)).parse()?;
        fresh.push(Credential::Token(access.add_token(&email, None, 365, NOW).await?));
    }
    let halves = fresh.split_at(fresh.len() / 2);
    for (name, rows, some) in
        [("184 communes", &country[..184], halves.0), ("34 900 communes", &country[..], halves.1)]
    {
        for (number, credential) in some.iter().enumerate() {
            let start = Instant::now();
            let account = access.identify(credential, NOW).await?.ok_or("it opens")?;
            // Another edition each time: no view of it was ever made.
            let view = views.get(&account, &format!("{name} {number}"), rows, NOW);
            std::hint::black_box(view.map_err(|_| "the account sees")?);
            times.push(start.elapsed());
        }
        if report(&format!("token to view, for the first time, {name}"), &mut times) > COLD {
            missed.push(name);
        }
    }
    for _ in 0..RUNS {
        let start = Instant::now();
        assert!(access.identify(&unknown, NOW).await?.is_none());
        times.push(start.elapsed());
    }
    report("identify, unknown token", &mut times);

    let agent = access.identify(&token, NOW).await?.ok_or("the token opens")?;
    for (name, rows) in [("184 communes", &country[..184]), ("34 900 communes", &country[..])] {
        let mut view: Option<View> = None;
        for _ in 0..100 {
            let start = Instant::now();
            view = Some(authorize(&agent, rows, NOW).map_err(|_| "the account sees")?);
            times.push(start.elapsed());
        }
        report(&format!("authorize, {name}"), &mut times);
        let view = view.ok_or("measured")?;
        for _ in 0..RUNS {
            let start = Instant::now();
            std::hint::black_box(view.visible().shows(Scale::IRIS, "z", ["01001", "01002"]));
            times.push(start.elapsed());
        }
        report(&format!("shows, two communes of {name}"), &mut times);
    }

    for _ in 0..9 {
        let start = Instant::now();
        access.sign_in("inconnu@agglo.fr", "mot de passe faux", NOW).await?;
        times.push(start.elapsed());
    }
    report("sign_in, refused", &mut times);
    if missed.is_empty() { Ok(()) } else { Err(format!("over the bar: {missed:?}").into()) }
}

/// Accounts with two tokens each under conventions of two rights each.
async fn fill(path: &std::path::Path) -> Result<(), sqlx::Error> {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let pool = sqlx::SqlitePool::connect_with(options).await?;
    let numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)";
    for (insert, count) in [
        (
            "INSERT INTO organisation SELECT 'o' || i, 'etat', 'DDT', 'code-' || i, 0 FROM n",
            CONVENTIONS,
        ),
        (
            "INSERT INTO convention (id, organisation_id, reference, purpose, seats, starts_on, \
             ends_on, dpo, created_at) SELECT 'c' || i, 'o' || i, 'c' || i, 'objet', 500, \
             '2020-01-01', '2040-12-31', 'dpo', 0 FROM n",
            CONVENTIONS,
        ),
        (
            "INSERT INTO convention_right SELECT 'c' || i, 'departement:' || (10 + (i + j) % 80), \
             'iris' FROM n, (SELECT 1 AS j UNION SELECT 2)",
            CONVENTIONS,
        ),
        (
            "INSERT INTO person (id, email, created_at) SELECT 'p' || i, 'a' || i || '@x.fr', 0 \
             FROM n",
            ACCOUNTS,
        ),
        (
            "INSERT INTO account (id, person_id, convention_id, role, audience, state, state_at, \
             created_at, clauses_version) SELECT 'id' || i, 'p' || i, 'c' || (1 + i % 2000), \
             'agent', 'bailleur', 'actif', 0, 0, 1 FROM n",
            ACCOUNTS,
        ),
        (
            "INSERT INTO token SELECT lower(hex(randomblob(32))), 'id' || i, 'jeton-' || j, 0, \
             9000000000, NULL FROM n, (SELECT 1 AS j UNION SELECT 2)",
            ACCOUNTS,
        ),
    ] {
        let (table, select) = insert.split_at(insert.find("SELECT").unwrap_or(0));
        let statement = format!("{table} {numbers} {select}");
        sqlx::query(sqlx::AssertSqlSafe(statement)).bind(count).execute(&pool).await?;
    }
    pool.close().await;
    Ok(())
}

fn communes(count: u32) -> Result<Vec<CommuneRow>, Box<dyn Error>> {
    (0..count)
        .map(|number| {
            let epci = if number < 60 { 200_058_519 } else { 200_100_000 + number / 28 };
            Ok(CommuneRow {
                code: format!("{:05}", 1_001 + number).parse()?,
                nom: String::new(),
                departement: format!("{:02}", number / 365),
                region: format!("{:02}", number / 2_000),
                epci: Some(epci.to_string()),
                ept: None,
                bounds: Some([0.0, 45.0, 1.0, 46.0]),
            })
        })
        .collect()
}

/// Prints the median, and gives it.
fn report(name: &str, times: &mut Vec<Duration>) -> Duration {
    times.sort_unstable();
    let middle = times[times.len() / 2];
    println!("{name}: {:.2} µs", middle.as_secs_f64() * 1e6);
    times.clear();
    middle
}
