//! Secrets and addresses that a person types reach no log, message, journal or answer of another.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::town::{PASSWORD, Town};

const EMAIL: &str = "canari.adresse@agglo-canari.fr";
const UNKNOWN: &str = "canari.inconnu@agglo-canari.fr";
const WRONG: &str = "canari-mot-de-passe-faux";
const NEW: &str = "canari-mot-de-passe-neuf";
const TICKET: &str = "seuilt_canariAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const TOKEN: &str = "seuil_canariAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[test]
fn no_secret_and_no_address_is_written_anywhere_but_where_it_belongs() {
    let town = Town::new();
    let epci = town.epci("5");
    let server = town.serve_logging("trace");
    let mut canaries: BTreeMap<&str, String> = BTreeMap::new();
    for (name, text) in [
        ("the address", EMAIL),
        ("an unknown address", UNKNOWN),
        ("the password", PASSWORD),
        ("a wrong password", WRONG),
        ("a new password", NEW),
        ("a wrong link", TICKET),
        ("a wrong token", TOKEN),
    ] {
        canaries.insert(name, text.to_owned());
    }
    let mut answers = String::new();
    let mut ask = |cookie: &str, what: &str, body: Value| {
        let answer = server.ask(cookie, what, body);
        answers +=
            &format!("{what} {:?}\n{}\n", answer.status, String::from_utf8_lossy(&answer.body));
        answer
    };

    // A life that shows every secret, good and bad, in every place.
    town.shell(&["convention", "invite", &epci, EMAIL, "--name", "Canari"]);
    let ticket = town.link(EMAIL);
    canaries.insert("the link", ticket.clone());
    ask("", "POST /api/requests/proof", json!({ "ticket": TICKET, "password": PASSWORD }));
    ask("", "POST /api/requests/proof", json!({ "ticket": ticket, "password": "court" }));
    ask("", "POST /api/requests/proof", json!({ "ticket": ticket, "password": PASSWORD }));
    ask("", "POST /session", json!({ "email": EMAIL, "password": WRONG }));
    ask("", "POST /session", json!({ "email": UNKNOWN, "password": WRONG }));
    ask("", "POST /session", json!({ "email": EMAIL, "password": WRONG, "surplus": NEW }));
    let cookie = server.begin(EMAIL);
    canaries.insert("the session", cookie.split_once('=').unwrap().1.to_owned());
    let token = server.token(&cookie);
    canaries.insert("the token", token.clone());
    let answer = ask(&cookie, "PUT /api/password", json!({ "before": WRONG, "password": NEW }));
    assert_eq!(answer.status, 401);
    let request = json!({ "email": UNKNOWN, "name": "Canari", "organisation": "epci:200058519" });
    ask("", "POST /api/requests", request);
    ask("", "POST /api/password/reset", json!({ "email": EMAIL }));
    ask("", "POST /api/password/new", json!({ "ticket": TICKET, "password": NEW }));
    for path in ["/editions", "/tiles/latest/commune/8/1/1.mvt", "/tiles/a%ZZb", "/auth/scope"] {
        for secret in [&token, TOKEN] {
            let prefixed = format!("GET /k/{secret}{path}");
            ask("", &prefixed, Value::Null);
            server.get(path, Some(secret));
            server.get(&format!("{path}?jeton={secret}"), None);
        }
        ask(&format!("seuil_session={TOKEN}"), &format!("GET {path}"), Value::Null);
        ask(&cookie, &format!("GET {path}"), Value::Null);
    }
    // From the shell: what is refused does not repeat what was typed.
    let mut said = String::new();
    for arguments in [
        &["account", "token", UNKNOWN][..],
        &["account", "revoke", EMAIL, "--name", TOKEN],
        &[
            "account",
            "add",
            EMAIL,
            "--territory",
            "france",
            "--finest",
            "iris",
            "--audience",
            "bailleur",
        ],
        &["account", "approve", EMAIL],
    ] {
        let (code, told) = town.refused(arguments);
        assert_eq!(code, 2, "{told}");
        said += &told;
    }
    let journal = town.shell(&["journal", "export", "--from", "2020-01-01", "--to", "2199-12-31"]);
    assert!(journal.lines().count() > 5);
    let log = server.stop();
    assert!(log.contains("POST /session"), "the log tells of requests: {log}");

    // An answer that hands a token or one's own address over is the place where they belong.
    let own = ["the address", "the token"];
    for (name, canary) in &canaries {
        for (place, text) in [("the log", &log), ("a message", &said), ("the journal", &journal)] {
            let line = text.lines().find(|line| line.contains(canary.as_str()));
            assert_eq!(line, None, "{name} is in {place}");
        }
        if !own.contains(name) {
            // The first word of an answer is what was asked: it is not searched.
            let bodies = answers.lines().filter(|line| !line.contains(" /"));
            let line = bodies.into_iter().find(|line| line.contains(canary.as_str()));
            assert_eq!(line, None, "{name} is in an answer");
        }
    }
}
