//! A process that is killed in the middle of a change leaves the accounts as they were before it
//! or as they are after it.

use std::process::Stdio;
use std::time::Duration;

use sqlx::{Connection, SqliteConnection};

use super::town::Town;
use super::util::stranger;

/// Lines of a table that no process finishes in the time it is given.
const LINES: u32 = 20_000;
/// Processes killed, each a little later after its start than the one before.
const KILLED: u64 = 12;

#[test]
fn a_command_killed_at_any_moment_leaves_whole_changes_and_a_journal_that_holds() {
    let town = Town::new();
    town.shell(&["account", "list"]);
    let file = town.path("comptes.csv");
    let write = |round: u64, lines: u32| {
        let mut table = String::from("adresse;role;public;droits;exception\n");
        for line in 0..lines {
            table += &format!(
                "a{round}x{line}@agglo-a.fr;agent;public_mission;epci:200058519@adresse commune:95018@iris;\n"
            );
        }
        std::fs::write(&file, table).unwrap();
    };
    for round in 0..KILLED {
        write(round, LINES);
        let mut child = town
            .command(&["account", "import", file.to_str().unwrap()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Later and later, so that the moment differs.
        std::thread::sleep(Duration::from_millis(40 + 17 * round));
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success(), "it was killed in the middle");
        assert_eq!(whole(&town), 0, "a table is imported whole or not at all");
    }
    write(KILLED, 20);
    town.shell(&["account", "import", file.to_str().unwrap()]);
    assert_eq!(whole(&town), 20, "what was killed stands in nobody's way");
    town.shell(&["journal", "verify"]);
}

/// Two administrators decide about the same people at once, from two processes, and one of them is
/// killed: each account took one step or none.
#[test]
fn two_administrators_at_once_and_one_killed_decide_once() {
    let town = Town::new();
    for number in 0..12 {
        let email = format!("a{number}x@agglo-a.fr");
        town.shell(&[
            "account",
            "add",
            &email,
            "--territory",
            "france",
            "--finest",
            "iris",
            "--audience",
            "bailleur",
        ]);
    }
    let mut children = Vec::new();
    for number in 0..12 {
        let email = format!("a{number}x@agglo-a.fr");
        for step in ["suspend", "close"] {
            let mut command = town.command(&["account", step, &email]);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            children.push(command.spawn().unwrap());
        }
    }
    for (number, child) in children.iter_mut().enumerate() {
        if number % 5 == 4 {
            child.kill().unwrap();
        }
    }
    for child in &mut children {
        child.wait().unwrap();
    }
    assert_eq!(whole(&town), 12);
    town.shell(&["journal", "verify"]);
    let odd = question(
        &town,
        // The state is where the journal's steps lead.
        "SELECT COUNT(*) FROM account a WHERE a.state <> CASE \
         WHEN EXISTS (SELECT 1 FROM journal j WHERE j.subject = a.id AND j.detail LIKE 'fermeture%') \
         THEN 'ferme' \
         WHEN EXISTS (SELECT 1 FROM journal j WHERE j.subject = a.id AND j.detail LIKE 'suspension%') \
         THEN 'suspendu' ELSE 'actif' END",
    );
    assert_eq!(odd, 0);
}

/// A server is killed while four people make and revoke tokens: what it answered is done, what it
/// did not answer is done or not, and nothing is half done.
#[test]
fn a_server_killed_under_changes_keeps_what_it_answered_and_nothing_by_halves() {
    let town = Town::new();
    let epci = town.epci("9");
    let server = town.serve();
    let mut cookies = Vec::new();
    for number in 0..4 {
        let email = format!("a{number}x.agent@agglo-a.fr");
        town.shell(&["convention", "invite", &epci, &email, "--name", "A"]);
        server.prove(&town.link(&email));
        cookies.push(server.begin(&email));
    }
    drop(server);
    let mut answered = (0, 0);
    for round in 0..5 {
        let server = town.serve();
        let url = &server.url.clone();
        std::thread::scope(|scope| {
            let people: Vec<_> = cookies
                .iter()
                .map(|cookie| scope.spawn(move || until_it_dies(url, cookie, round)))
                .collect();
            std::thread::sleep(Duration::from_millis(150 + 60 * round));
            server.stop();
            for person in people {
                let (made, revoked) = person.join().unwrap();
                answered = (answered.0 + made, answered.1 + revoked);
            }
        });
        let count = |text| question(&town, text);
        let (made, revoked) = (
            count("SELECT COUNT(*) FROM token"),
            count("SELECT COUNT(*) FROM token WHERE revoked_at IS NOT NULL"),
        );
        assert_eq!(made, count("SELECT COUNT(*) FROM journal WHERE kind = 'jeton.cree'"));
        assert_eq!(revoked, count("SELECT COUNT(*) FROM journal WHERE kind = 'jeton.revoque'"));
        // One of each person's changes at most was done and not answered, in each round.
        let rounds = i64::try_from(round).unwrap() + 1;
        for (done, said) in [(made, answered.0), (revoked, answered.1)] {
            assert!((said..=said + 4 * rounds).contains(&done), "{done} done, {said} answered");
        }
    }
    assert!(answered.0 > 20, "{answered:?}: the servers lived long enough to work");
    town.shell(&["journal", "verify"]);
}

/// Makes a token and revokes it, again and again; how often each was answered.
fn until_it_dies(url: &str, cookie: &str, round: u64) -> (i64, i64) {
    let (mut made, mut revoked) = (0, 0);
    for number in 0..10_000 {
        let name = format!("r{round}n{number}");
        let ask = |method: &str, path: &str, body: String| {
            let request = ureq::http::Request::builder()
                .method(method)
                .uri(format!("{url}{path}"))
                .header("cookie", cookie)
                .header("content-type", "application/json");
            stranger().run(request.body(body).unwrap()).ok().map(|answer| answer.status().as_u16())
        };
        let body = serde_json::json!({ "name": name }).to_string();
        match ask("POST", "/api/tokens", body) {
            Some(201) => made += 1,
            Some(status) => panic!("{status}"),
            None => break,
        }
        match ask("DELETE", &format!("/api/tokens/{name}"), String::new()) {
            Some(204) => revoked += 1,
            Some(status) => panic!("{status}"),
            None => break,
        }
    }
    (made, revoked)
}

/// How many accounts there are; the convention that each is alone under has both its rights or the one that it
/// was given, each has its entry in the journal, and there is no entry, right, person or convention of a change that was not.
fn whole(town: &Town) -> i64 {
    for (what, question_text) in [
        (
            "an account without its entry",
            "SELECT COUNT(*) FROM account a WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.subject = a.id AND j.kind = 'compte.cree')",
        ),
        (
            "an entry without its account",
            "SELECT COUNT(*) FROM journal j WHERE j.kind = 'compte.cree' AND NOT EXISTS (SELECT 1 FROM account a WHERE a.id = j.subject)",
        ),
        (
            "a right without its account",
            "SELECT COUNT(*) FROM account_right r WHERE NOT EXISTS (SELECT 1 FROM account a WHERE a.id = r.account_id)",
        ),
        (
            "an account with a part of its rights",
            "SELECT COUNT(*) FROM account a WHERE (SELECT COUNT(*) FROM convention_right r WHERE r.convention_id = a.convention_id) <> CASE a.audience WHEN 'bailleur' THEN 1 ELSE 2 END",
        ),
        (
            "a person without an account",
            "SELECT COUNT(*) FROM person p WHERE NOT EXISTS (SELECT 1 FROM account a WHERE a.person_id = p.id)",
        ),
        (
            "a convention without an account",
            "SELECT COUNT(*) FROM convention c WHERE NOT EXISTS (SELECT 1 FROM account a WHERE a.convention_id = c.id)",
        ),
    ] {
        assert_eq!(question(town, question_text), 0, "{what}");
    }
    question(town, "SELECT COUNT(*) FROM account")
}

fn question(town: &Town, text: &'static str) -> i64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(town.path("comptes.db"));
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query_scalar(text).fetch_one(&mut connection).await.unwrap()
    })
}
