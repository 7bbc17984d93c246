//! Two servers on one PostgreSQL: what one changes the other sees, and no work is done twice.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use super::town::Town;

/// How long a change takes to be seen by a server that did not make it, at most.
const SEEN: Duration = Duration::from_secs(1);

#[test]
fn two_servers_on_one_postgresql_are_one_service() {
    let Some((url, _postgres)) = shared::postgres() else { return };
    let town = Town::over(&url);
    let epci = town.epci("5");
    let (one, two) = (town.serve(), town.serve());

    // An invitation from the shell; one letter leaves, and its link opens once, at either.
    town.shell(&["convention", "invite", &epci, "anne.agent@agglo-a.fr", "--name", "Anne"]);
    let ticket = town.link("anne.agent@agglo-a.fr");
    assert_eq!(two.prove(&ticket), "valide");
    let body = json!({ "ticket": ticket, "password": super::town::PASSWORD });
    assert_eq!(one.ask("", "POST /api/requests/proof", body).status, 422);
    std::thread::sleep(Duration::from_secs(6));
    let letters = std::fs::read_dir(town.path("outbox")).unwrap();
    let again = letters.filter(|entry| {
        let text = std::fs::read_to_string(entry.as_ref().unwrap().path()).unwrap();
        text.contains("seuilt_")
    });
    assert_eq!(again.count(), 0, "one letter, by one of the servers");

    // Signed in at one, known at the other; clauses accepted at one count at the other.
    let cookie = one.begin("anne.agent@agglo-a.fr");
    let status = |server: &super::util::Server, cookie: &str| {
        server.ask(cookie, "GET /editions", Value::Null).status
    };
    assert_eq!((status(&one, &cookie), status(&two, &cookie)), (200, 200));
    let token = two.token(&cookie);
    assert_eq!((one.with_token(&token), two.with_token(&token)), (200, 200));

    // A token revoked at one, a session ended at the other, a suspension from the shell: each is
    // seen by whoever did it at once, and by the others within a second.
    let name = one.ask(&cookie, "GET /api/tokens", Value::Null).json()["tokens"][0]["name"].clone();
    let revoke = format!("DELETE /api/tokens/{}", name.as_str().unwrap());
    assert_eq!(one.ask(&cookie, &revoke, Value::Null).status, 204);
    assert_eq!(one.with_token(&token), 401);
    std::thread::sleep(SEEN);
    assert_eq!(two.with_token(&token), 401);
    assert_eq!(two.ask(&cookie, "DELETE /session", Value::Null).status, 204);
    assert_eq!(status(&two, &cookie), 401);
    std::thread::sleep(SEEN);
    assert_eq!(status(&one, &cookie), 401);
    let cookie = one.sign_in("anne.agent@agglo-a.fr");
    assert_eq!((status(&one, &cookie), status(&two, &cookie)), (200, 200));
    town.shell(&["account", "suspend", "anne.agent@agglo-a.fr"]);
    std::thread::sleep(SEEN);
    assert_eq!((status(&one, &cookie), status(&two, &cookie)), (401, 401));

    // Both asked at once to take the same decision, and to give the last seats: it is done once.
    town.shell(&["account", "resume", "anne.agent@agglo-a.fr"]);
    let children: Vec<_> = (0..6)
        .map(|_| {
            let mut command = town.command(&["account", "suspend", "anne.agent@agglo-a.fr"]);
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        })
        .collect();
    let done = children.into_iter().filter_map(|mut child| child.wait().ok());
    assert_eq!(done.filter(|status| status.success()).count(), 1);
    let children: Vec<_> = (0..8)
        .map(|number| {
            let email = format!("a{number}x.agent@agglo-a.fr");
            let mut command = town.command(&["convention", "invite", &epci, &email, "--name", "A"]);
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        })
        .collect();
    let done = children.into_iter().filter_map(|mut child| child.wait().ok());
    assert_eq!(done.filter(|status| status.success()).count(), 4, "five seats, one taken");

    // One server is killed; the other goes on, and the journal holds.
    drop(one);
    assert_eq!(two.ask("", "GET /health", Value::Null).status, 200);
    town.shell(&["account", "resume", "anne.agent@agglo-a.fr"]);
    assert_ne!(two.begin("anne.agent@agglo-a.fr"), "");
    town.shell(&["journal", "verify"]);
    let told = town.shell(&[
        "journal",
        "show",
        "anne.agent@agglo-a.fr",
        "--from",
        "2020-01-01",
        "--to",
        "2199-12-31",
    ]);
    assert_eq!(told.matches("compte.adresse-prouvee").count(), 1);
}
