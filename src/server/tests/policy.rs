//! `docs/droits.md`, the table that people who do not program review, held against the server.

mod people;
mod requests;

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use axum::body::Body;
use axum::http::Request;
use futures_util::future::join_all;
use sqlx::{Connection, Row, SqliteConnection};

pub(super) use self::people::PDF;
use self::people::{PEOPLE, Somebody, documents, open, settle};
use self::requests::request;
use super::declared;
use super::house::{House, NOW};
use request::peer::Client;

const TABLE: &str = include_str!("../../../docs/droits.md");
const OTHERS: [&str; 3] = ["sans identité", "hors service", "clauses à accepter"];
/// Requests on the way at once: some answers take a while by design.
const AT_ONCE: usize = 64;

/// Operations and objects of `/openapi.json` that no answer here shows: a demonstration's, what an edition with
/// openings or an operator's own scales and catalogue has, and what the life of an EPCI brings (`life.rs`).
const ELSEWHERE: [&str; 13] = [
    "/components/schemas/BreachFile/properties/lines/items",
    "/components/schemas/Catalogue/properties/eligibilities/items",
    "/components/schemas/Certificate/properties/opened/items",
    "/components/schemas/Committee/properties/consultations/items",
    "/components/schemas/DemoAccounts",
    "/components/schemas/DemoAccounts/properties/accounts/items",
    "/components/schemas/Destruction",
    "/components/schemas/Organisations/properties/organisations/items",
    "/components/schemas/Signature",
    "/components/schemas/Signature/properties/parties/items",
    "/components/schemas/Zoning",
    "GET /api/demo",
    "POST /api/requests/proof",
];

/// A line about who gets what: a route, what is asked of it, a cell for each column.
struct Line {
    route: String,
    case: String,
    cells: Vec<String>,
}

/// How somebody shows who they are.
#[derive(Clone, Copy, Debug)]
enum Way {
    Nothing,
    Session,
    Token,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_gets_what_the_table_says() {
    let house = House::wide().await;
    let everybody = settle(&house).await;
    let documents = documents(&house).await;
    let mut backup = Backup::of(&house).await;
    let nobody = [
        (Way::Nothing, "", "rien"),
        (Way::Token, "seuil_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "jeton inconnu"),
        (Way::Session, "seuils_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "session inconnue"),
    ];
    let (mut number, mut wrong) = (0, Vec::new());
    for line in lines() {
        // Who asks, how, and what the cell of their column says.
        let mut asking: Vec<(Option<&Somebody>, Way, String, String, u16)> = Vec::new();
        for (column, cell) in columns().iter().zip(&line.cells) {
            let (session, token) = expected(cell);
            if *column == OTHERS[0] {
                for (way, secret, told) in nobody {
                    asking.push((None, way, secret.into(), told.into(), session));
                }
                continue;
            }
            let of_column: Vec<_> = everybody.iter().filter(|one| one.column == *column).collect();
            assert!(!of_column.is_empty(), "{column}");
            for one in of_column {
                for (way, secret, status) in
                    [(Way::Session, &one.session, session), (Way::Token, &one.token, token)]
                {
                    if takes_a_while(&line.route) && matches!(way, Way::Token) {
                        // Whoever asks, these count the address that is asked about.
                        continue;
                    }
                    asking.push((Some(one), way, secret.clone(), one.told.clone(), status));
                }
            }
        }
        let mut changed = false;
        // What changes something is asked one by one, on the accounts as they were.
        let writes = !line.route.starts_with("GET ") && !takes_a_while(&line.route);
        for some in asking.chunks(if writes { 1 } else { AT_ONCE }) {
            let answers = join_all(some.iter().map(|(who, way, secret, ..)| {
                number += 1;
                let mut asked = request(&line.route, &line.case, *who, number);
                name(&mut asked, &documents);
                show(&mut asked, *way, secret, number);
                house.send(asked)
            }))
            .await;
            for ((_, way, _, told, status), answer) in some.iter().zip(&answers) {
                if answer.status != *status {
                    let Line { route, case, .. } = &line;
                    let found = answer.status;
                    wrong.push(format!(
                        "{route}, {case} : {told} ({way:?}) : {found}, non {status}"
                    ));
                }
                changed |= answer.status.is_success();
            }
            if writes && changed {
                backup.restore().await;
                changed = false;
            }
        }
        if changed && !line.route.starts_with("GET ") {
            backup.restore().await;
        }
    }
    assert!(number > 10_000, "{number}");
    assert_eq!(house.seen.missing(), ELSEWHERE, "what no answer showed");
    assert!(
        wrong.is_empty(),
        "{} of {number}:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(60)].join("\n")
    );
}

#[test]
fn every_route_has_a_line_and_every_line_a_route() {
    let lines: BTreeSet<String> = lines().into_iter().map(|line| line.route).collect();
    let mut routes: BTreeSet<String> = declared::routes().into_iter().collect();
    // What no route takes: the portal's files, and nothing.
    routes.insert("GET *".into());
    assert_eq!(lines, routes);
    let repeated: BTreeSet<String> = repeats().into_iter().map(|one| one.route).collect();
    assert!(repeated.is_subset(&routes), "{repeated:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_tries_too_often_waits_as_the_table_says() {
    for repeat in repeats() {
        let house = House::wide().await;
        let everybody = settle(&house).await;
        let one = everybody.iter().find(|one| one.column == "agent de l'EPCI").unwrap();
        let (mut asked, mut already) = (Vec::new(), 0);
        if repeat.times > 1_000 || repeat.route == "POST /session" && repeat.times > 10 {
            // As if all but one had been asked before.
            already = repeat.times - 1;
            let rates = house.app.rates();
            let (bucket, name) = match repeat.route.as_str() {
                "POST /session" => (&rates.sign_ins, &one.email),
                _ => (&rates.tokens, &one.id),
            };
            for _ in 0..already {
                bucket.take(name, NOW).unwrap();
            }
        }
        for number in already..=repeat.times {
            let mut request = request(&repeat.route, &repeat.case, Some(one), number);
            let (way, secret) = match repeat.case.as_str() {
                "un jeton inconnu" => {
                    (Way::Token, "seuil_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
                }
                "un jeton en service" => (Way::Token, one.token.as_str()),
                _ => (Way::Session, one.session.as_str()),
            };
            // One address for all, or another for each.
            let peer = if repeat.by_address { 1 } else { number - already + 2 };
            show(&mut request, way, secret, peer);
            asked.push(request);
        }
        // In turn: the last is the one too many.
        let mut found = Vec::new();
        for one in asked {
            let answer = house.send(one).await;
            let waits = answer.header("retry-after").parse::<u32>().is_ok();
            assert_eq!(waits, answer.status == 429, "{}", repeat.route);
            found.push(answer.status.as_u16());
        }
        let mut expected = vec![repeat.each; found.len() - 1];
        expected.push(repeat.then);
        assert_eq!(found, expected, "{}, {}", repeat.route, repeat.case);
    }
}

/// Writes the identifier of a document where a request names it by its kind and convention.
fn name(request: &mut Request<Body>, documents: &[(String, String)]) {
    let path = request.uri().to_string();
    let Some(named) = path.strip_prefix("/api/documents/") else { return };
    let found = documents.iter().find(|(name, _)| name == named);
    let (_, id) = found.expect("a document of that name");
    *request.uri_mut() = format!("/api/documents/{id}").parse().unwrap();
}

/// Routes whose answers take a while by design, and do not depend on what others asked.
fn takes_a_while(route: &str) -> bool {
    matches!(route, "POST /api/requests" | "POST /api/password/reset")
}

fn show(request: &mut Request<Body>, way: Way, secret: &str, peer: usize) {
    let headers = request.headers_mut();
    match way {
        Way::Nothing => None,
        Way::Session => {
            headers.insert("cookie", format!("seuil_session={secret}").parse().unwrap())
        }
        Way::Token => headers.insert("authorization", format!("Bearer {secret}").parse().unwrap()),
    };
    let address: IpAddr = Ipv4Addr::from_bits(0x0a00_0000 + u32::try_from(peer).unwrap()).into();
    let client = Client { address, has_windows: false, deadlines: Default::default() };
    request.extensions_mut().insert(client);
}

/// By session and by token: `204/401`, or one for both.
fn expected(cell: &str) -> (u16, u16) {
    let (session, token) = cell.split_once('/').unwrap_or((cell, cell));
    (session.parse().unwrap(), token.parse().unwrap())
}

fn columns() -> Vec<&'static str> {
    OTHERS.into_iter().chain(PEOPLE.map(|(column, ..)| column)).collect()
}

fn lines() -> Vec<Line> {
    let mut lines = Vec::new();
    for (header, cells) in rows() {
        if header[2] != OTHERS[0] {
            continue;
        }
        assert_eq!(header[2..], columns()[..], "the columns, in their order");
        let route = cells[0].trim_matches('`').to_owned();
        lines.push(Line { route, case: cells[1].clone(), cells: cells[2..].to_vec() });
    }
    let distinct: BTreeSet<_> = lines.iter().map(|line| (&line.route, &line.case)).collect();
    assert_eq!(distinct.len(), lines.len(), "a line stands twice");
    lines
}

/// A line about how often somebody may try.
struct Repeat {
    route: String,
    case: String,
    by_address: bool,
    times: usize,
    each: u16,
    then: u16,
}

fn repeats() -> Vec<Repeat> {
    let repeats: Vec<_> = rows()
        .into_iter()
        .filter(|(header, _)| header[2] == "compté par")
        .map(|(_, cells)| Repeat {
            route: cells[0].trim_matches('`').to_owned(),
            case: cells[1].clone(),
            by_address: match cells[2].as_str() {
                // Whoever the account is, or one account from one place.
                "adresse" | "compte et adresse" => true,
                "compte" => false,
                other => panic!("{other}"),
            },
            times: cells[3].parse().unwrap(),
            each: cells[4].parse().unwrap(),
            then: cells[5].parse().unwrap(),
        })
        .collect();
    assert!(repeats.len() > 9);
    repeats
}

/// Every row of every table of the document, with the header of its table.
fn rows() -> Vec<(Vec<String>, Vec<String>)> {
    let (mut header, mut rows) = (Vec::new(), Vec::new());
    for line in TABLE.lines() {
        let Some(inside) = line.strip_prefix("| ").and_then(|rest| rest.strip_suffix(" |")) else {
            header.clear();
            continue;
        };
        let cells: Vec<String> = inside.split('|').map(|cell| cell.trim().to_owned()).collect();
        if header.is_empty() {
            header = cells;
        } else if cells[0] != "---" {
            assert_eq!(cells.len(), header.len(), "{line}");
            rows.push((header.clone(), cells));
        }
    }
    rows
}

/// The accounts as they were, to be put back after each change.
struct Backup {
    connection: SqliteConnection,
    tables: Vec<String>,
}

impl Backup {
    async fn of(house: &House) -> Backup {
        let mut connection = open(house).await;
        let copy = house.database().with_extension("copie");
        let copy = copy.to_str().unwrap().to_owned();
        sqlx::query("VACUUM INTO $1").bind(copy.clone()).execute(&mut connection).await.unwrap();
        sqlx::query("ATTACH $1 AS copie").bind(copy).execute(&mut connection).await.unwrap();
        let tables = sqlx::query(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' \
             AND name NOT LIKE 'sqlite%' AND name <> 'generation'",
        )
        .fetch_all(&mut connection)
        .await
        .unwrap();
        let tables = tables.iter().map(|row| row.get("name")).collect();
        Backup { connection, tables }
    }

    /// The number of changes goes on: what the server remembers from before does not count.
    async fn restore(&mut self) {
        let mut change = self.connection.begin().await.unwrap();
        for table in &self.tables {
            for text in [
                format!("DELETE FROM main.{table}"),
                format!("INSERT INTO main.{table} SELECT * FROM copie.{table}"),
            ] {
                sqlx::query(sqlx::AssertSqlSafe(text)).execute(&mut *change).await.unwrap();
            }
        }
        change.commit().await.unwrap();
    }
}
