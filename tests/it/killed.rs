//! A process that is killed in the middle of a change leaves the accounts as they were before it
//! or as they are after it.

use std::process::Stdio;
use std::time::Duration;

use sqlx::{Connection, SqliteConnection};

use super::town::Town;

/// Lines of a table that no process finishes in the time it is given.
const LINES: u32 = 20_000;
/// Processes killed, each a little later after its start than the one before.
const KILLED: u64 = 12;

#[test]
fn a_command_killed_at_any_moment_leaves_whole_changes_and_a_journal_that_holds() {
    let town = Town::new();
    town.shell(&["account", "list"]);
    let mut before = 0;
    for round in 0..KILLED {
        let mut table = String::from("adresse;role;public;droits;exception\n");
        for line in 0..LINES {
            table += &format!(
                "a{round}x{line}@agglo-a.fr;agent;public_mission;epci:200058519@adresse commune:95018@iris;\n"
            );
        }
        std::fs::write(town.path("comptes.csv"), table).unwrap();
        let file = town.path("comptes.csv");
        let mut child = town
            .command(&["account", "import", file.to_str().unwrap()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Later and later, so that the moment differs; until at least one line is in.
        std::thread::sleep(Duration::from_millis(40 + 17 * round));
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success(), "it was killed in the middle");
        let now = whole(&town);
        assert!(now >= before);
        before = now;
    }
    assert!(before > 0, "no process lived long enough to change anything");
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

/// How many accounts there are; each has both its rights or the one that it was given, and its
/// entry in the journal, and there is no entry, right or number of a change that was not.
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
            "SELECT COUNT(*) FROM account a WHERE (SELECT COUNT(*) FROM account_right r WHERE r.account_id = a.id) <> CASE a.audience WHEN 'bailleur' THEN 1 ELSE 2 END",
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
