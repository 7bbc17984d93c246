//! How long it takes to know who asks and what they may see: medians, on one connection's worth of
//! work. `cargo bench --bench access`.

use std::error::Error;
use std::time::{Duration, Instant};

use seuil::access::{
    Access, Credential, Email, NewAccount, Right, Role, Timestamp, View, authorize,
};
use seuil::domain::{Audience, CommuneRow, Scale, TerritoryName};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const RUNS: usize = 2_000;
const ACCOUNTS: u32 = 100_000;
const COMMUNES: u32 = 34_900;

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
    let rights = [Right::new(territory("epci:200058519")?, Scale::Adresse)?];
    let new = NewAccount::new(email.clone(), Role::Agent, Audience::PublicMission, rights, None)?;
    access.add_account(&new, NOW).await?;
    fill(&path).await?;
    let token = Credential::Token(access.add_token(&email, None, 365, NOW).await?);
    let unknown =
        Credential::Token(seuil::access::Secret::new(format!("seuil_{}", "a".repeat(43))));

    let mut times = Vec::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        access.identify(&token, NOW).await?.ok_or("the token opens")?;
        times.push(start.elapsed());
    }
    report("identify, living token, 100 000 accounts", &mut times);
    for _ in 0..RUNS {
        let start = Instant::now();
        assert!(access.identify(&unknown, NOW).await?.is_none());
        times.push(start.elapsed());
    }
    report("identify, unknown token, 100 000 accounts", &mut times);

    let agent = access.identify(&token, NOW).await?.ok_or("the token opens")?;
    let country = communes(COMMUNES)?;
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
            std::hint::black_box(view.visible().shows(Scale::Iris, "z", ["01001", "01002"]));
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
    Ok(())
}

/// Accounts with two rights and two tokens each, which nobody uses.
async fn fill(path: &std::path::Path) -> Result<(), sqlx::Error> {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let pool = sqlx::SqlitePool::connect_with(options).await?;
    let numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)";
    for insert in [
        "INSERT INTO account (id, email, role, audience, created_at) \
         SELECT 'id' || i, 'a' || i || '@x.fr', 'agent', 'bailleur', 0 FROM n",
        "INSERT INTO account_right SELECT 'id' || i, 'departement:' || (10 + j), 'iris' \
         FROM n, (SELECT 1 AS j UNION SELECT 2)",
        "INSERT INTO token SELECT lower(hex(randomblob(32))), 'id' || i, 'jeton-' || j, 0, \
         9000000000, NULL FROM n, (SELECT 1 AS j UNION SELECT 2)",
    ] {
        let (table, select) = insert.split_at(insert.find("SELECT").unwrap_or(0));
        let statement = format!("{table} {numbers} {select}");
        sqlx::query(sqlx::AssertSqlSafe(statement)).bind(ACCOUNTS).execute(&pool).await?;
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

fn report(name: &str, times: &mut Vec<Duration>) {
    times.sort_unstable();
    println!("{name}: {:.1} µs", times[times.len() / 2].as_secs_f64() * 1e6);
    times.clear();
}
