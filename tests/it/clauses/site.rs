//! Where the clauses are tried: conventions, accounts, a server, and what is asked of them.

use std::cell::RefCell;
use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::super::town::{PASSWORD, PDF, Town, words};
use super::super::util::Server;

/// An EPCI with its administrator, a commune and a third party with an agent each, and the operator.
pub struct Site {
    pub server: Server,
    pub epci: String,
    pub commune: String,
    pub tiers: String,
    pub operator: String,
    pub claire: String,
    pub eve: String,
    pub paul: String,
    /// Letters that must have come in the end, and what each says (in ASCII).
    pub letters: RefCell<Vec<(&'static str, &'static str)>>,
    pub town: Town,
}

impl Site {
    pub fn new(town: Town) -> Site {
        let shell = |text: &str| town.shell(&words(text));
        let table = town.path("epci.csv");
        let rows = "CODGEO;LIBGEO;EPCI;LIBEPCI;DEP;REG\n95018;Argenteuil;200058519;Agglo;95;11\n\
                    95127;Cergy;249500109;Voisine;95;11\n";
        std::fs::write(&table, rows).unwrap();
        town.shell(&["convention", "tables", table.to_str().unwrap()]);
        shell("convention document new-key");
        add_operator(&town);
        let epci = town.epci("9");
        let commune = shell(&format!(
            "convention add --kind commune --code commune:95018 --name Argenteuil --parent {epci} \
             --seats 2 --purpose Annexe --dpo dpo@alpha.fr --from 2026-01-01 --until 2199-12-31"
        ));
        let tiers = shell(&format!(
            "convention add --kind tiers --code 552100554 --name Bureau --parent {epci} --seats 2 \
             --purpose Étude --purposes observation,attribution --contract 'Marché 2026-14' \
             --dpo dpo@bureau.fr --from 2026-01-01 --until 2199-12-31"
        ));
        let server = town.serve();
        let people = ["claire.chef@agglo-a.fr", "eve.mairie@alpha.fr", "paul.etude@bureau.fr"];
        let [chief, agent, study] = people;
        shell(&format!("convention administrator {epci} {chief} --name 'Claire Chef'"));
        shell(&format!("convention invite {commune} {agent} --name Ève"));
        shell(&format!("convention invite {tiers} {study} --name Paul"));
        let [claire, eve, paul] = people.map(|email| {
            server.prove(&town.link(email));
            server.begin(email)
        });
        let operator = server.sign_in("olga.operateur@gip-sne.fr");
        assert!(!operator.is_empty());
        let letters = RefCell::default();
        Site { server, epci, commune, tiers, operator, claire, eve, paul, letters, town }
    }

    #[track_caller]
    pub fn shell(&self, text: &str) -> String {
        self.town.shell(&words(text))
    }

    /// A command that is refused for what it asks, with words that say why.
    #[track_caller]
    pub fn refused(&self, text: &str, why: &str) {
        let (code, said) = self.town.refused(&words(text));
        assert!(code == 2 && said.contains(why), "{text}: {code}: {said}");
    }

    /// A request with the status that it must get; gives the answer.
    #[track_caller]
    pub fn ask(&self, who: &str, what: &str, body: Value, status: u16) -> Value {
        let answer = self.server.ask(who, what, body);
        let said = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, status, "{what}: {said}");
        serde_json::from_slice(&answer.body).unwrap_or(Value::String(said))
    }

    #[track_caller]
    pub fn get(&self, who: &str, path: &str, status: u16) -> Value {
        self.ask(who, &format!("GET {path}"), Value::Null, status)
    }

    /// Somebody's access ends: at once, or within a second where another process ended it and the
    /// database is PostgreSQL.
    #[track_caller]
    pub fn ends(&self, who: &str) {
        let since = Instant::now();
        while self.server.ask(who, "GET /editions", Value::Null).status != 401 {
            assert!(since.elapsed() < Duration::from_secs(2), "access goes on");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// A letter that must have come in the end.
    pub fn is_told(&self, email: &'static str, says: &'static str) {
        self.letters.borrow_mut().push((email, says));
    }

    /// Gives a document in over HTTP.
    pub fn gives(&self, who: &str, convention: &str, kind: &str) -> u16 {
        let path = format!("/api/conventions/{convention}/documents?kind={kind}&name=essai.pdf");
        self.server.upload(who, &path, PDF).status
    }

    pub fn papers(&self, who: &str, convention: &str) -> Vec<String> {
        let found = self.get(who, &format!("/api/conventions/{convention}/documents"), 200);
        let documents = found["documents"].as_array().unwrap().iter();
        documents.map(|one| one["kind"].as_str().unwrap().to_owned()).collect()
    }

    pub fn pdf(&self) -> String {
        let path = self.town.path("essai.pdf");
        std::fs::write(&path, PDF).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// The operator's own account, with a password: the command of the shell.
fn add_operator(town: &Town) {
    let add = "account add olga.operateur@gip-sne.fr --territory france --finest adresse \
               --audience public_mission --role operateur --password-stdin";
    let mut child = town.command(&words(add)).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(format!("{PASSWORD}\n").as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}
