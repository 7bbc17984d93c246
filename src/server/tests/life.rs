//! The life of an EPCI, from its convention to its end, as its people live it over HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use super::house::{Answer, House};
use super::policy::PDF;
use accounts::{Access, NewAccount, Password, Post};
use domain::{Audience, Scale};
use rights::{Day, Right, Role, Timestamp};

const PASSWORD: &str = "une phrase assez longue";
/// In the EPCI, beside it, in another région: a tile of addresses each.
const AT_HOME: &str = "/tiles/latest/adresse/14/0/0.mvt";
const NEXT_DOOR: &str = "/tiles/latest/adresse/14/1/0.mvt";

/// The server, its letters, and the time that it is.
struct Town {
    house: House,
    now: Arc<AtomicI64>,
    read: std::cell::RefCell<Vec<String>>,
}

/// Somebody at a browser.
struct Person {
    email: String,
    cookie: String,
}

impl Town {
    async fn new(day: &str) -> Town {
        let now = Arc::new(AtomicI64::new(noon(day).seconds()));
        let clock = Arc::clone(&now);
        let clock = Arc::new(move || Timestamp::from_seconds(clock.load(Ordering::Relaxed)));
        Town { house: House::wide_at(clock).await, now, read: Default::default() }
    }

    fn access(&self) -> &Access {
        &self.house.access
    }

    fn it_is(&self, now: Timestamp) {
        self.now.store(now.seconds(), Ordering::Relaxed);
    }

    fn time(&self) -> Timestamp {
        Timestamp::from_seconds(self.now.load(Ordering::Relaxed))
    }

    /// The operator's first account, made by the command of the shell.
    async fn operator(&self) -> Person {
        let email = "operateur@gip-sne.fr";
        let right = Right::new("france".parse().unwrap(), Scale::ADRESSE).unwrap();
        let password = Some(Password::new(PASSWORD).unwrap());
        let account = NewAccount::new(
            email.parse().unwrap(),
            Role::Operateur,
            Audience::PublicMission,
            [right],
            password,
        );
        self.access().add_account(&account.unwrap(), self.time()).await.unwrap();
        self.sign_in(email).await
    }

    /// Asks for something, and says what must come back.
    async fn does(&self, who: &Person, what: &str, body: Value, status: u16) -> Value {
        let answer = self.send(Some(who), what, body).await;
        let said = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, status, "{what}: {said}");
        serde_json::from_slice(&answer.body).unwrap_or(Value::Null)
    }

    async fn send(&self, who: Option<&Person>, what: &str, body: Value) -> Answer {
        let (method, path) = what.split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(path);
        if let Some(who) = who {
            request = request.header("cookie", &who.cookie).header("sec-fetch-site", "same-origin");
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            request = request.header("content-type", "application/json");
            Body::from(body.to_string())
        };
        self.house.send(request.body(body).unwrap()).await
    }

    /// Gives a document in.
    async fn gives(&self, who: &Person, convention: &str, kind: &str) -> u16 {
        let path = format!("/api/conventions/{convention}/documents?kind={kind}&name=essai.pdf");
        let request = Request::post(path)
            .header("cookie", &who.cookie)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/pdf");
        self.house.send(request.body(Body::from(PDF)).unwrap()).await.status.as_u16()
    }

    /// The kinds of the documents that somebody may read, sorted.
    async fn papers(&self, who: &Person, convention: &str) -> Vec<String> {
        let what = format!("GET /api/conventions/{convention}/documents");
        let found = self.does(who, &what, Value::Null, 200).await;
        let kind = |one: &Value| one["kind"].as_str().unwrap().to_owned();
        let mut kinds: Vec<String> =
            found["documents"].as_array().unwrap().iter().map(kind).collect();
        kinds.sort();
        kinds
    }

    async fn sees(&self, who: &Person, tile: &str, status: u16) {
        self.does(who, &format!("GET {tile}"), Value::Null, status).await;
    }

    /// The link of the letter that came last to an address.
    async fn link(&self, email: &str) -> String {
        let folder = self.house.database().with_extension("courrier");
        let post = Post::Outbox { folder: folder.clone(), from: "seuil@gip-sne.fr".into() };
        self.access().send_mail(&post, self.time()).await.unwrap();
        let mut found = None;
        for entry in std::fs::read_dir(folder).unwrap() {
            let letter = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            let Some(at) = letter.find("seuilt_") else { continue };
            let ticket = letter[at..].replace("=\r\n", "");
            let ticket = ticket[..50].to_owned();
            if letter.contains(&format!("To: {email}")) && !self.read.borrow().contains(&ticket) {
                found = Some(ticket);
            }
        }
        let ticket = found.expect("a letter with a link came");
        self.read.borrow_mut().push(ticket.clone());
        ticket
    }

    /// Follows the link of the letter and chooses a password.
    async fn proves(&self, email: &str) -> String {
        let body = json!({ "ticket": self.link(email).await, "password": PASSWORD });
        let answer = self.send(None, "POST /api/requests/proof", body).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        answer.json()["state"].as_str().unwrap().to_owned()
    }

    async fn signs(&self, email: &str) -> Answer {
        let body = json!({ "email": email, "password": PASSWORD });
        self.send(None, "POST /session", body).await
    }

    async fn sign_in(&self, email: &str) -> Person {
        let answer = self.signs(email).await;
        assert_eq!(answer.status, 204, "{email} signs in");
        Person { email: email.into(), cookie: cookie(&answer) }
    }

    /// Signs in for the first time and accepts the clauses.
    async fn begins(&self, email: &str) -> Person {
        let mut person = self.sign_in(email).await;
        self.sees(&person, AT_HOME, 401).await;
        let clauses = self.does(&person, "GET /api/clauses", Value::Null, 200).await;
        assert!(clauses["body"].as_str().unwrap().len() > 100, "something to read");
        let body = json!({ "version": clauses["version"] });
        let answer = self.send(Some(&person), "POST /api/clauses/acceptance", body).await;
        assert_eq!(answer.status, 204);
        person.cookie = cookie(&answer);
        person
    }

    async fn token(&self, who: &Person) -> String {
        let made = self.does(who, "POST /api/tokens", json!({ "days": 3650 }), 201).await;
        made["token"].as_str().unwrap().to_owned()
    }

    async fn token_sees(&self, token: &str, tile: &str) -> u16 {
        self.house.get(token, tile).await.status.as_u16()
    }
}

fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn noon(text: &str) -> Timestamp {
    day(text).begins().plus(12 * 3600)
}

#[tokio::test]
async fn the_life_of_an_epci() {
    let town = Town::new("2027-01-11").await;
    let operator = town.operator().await;

    // The operator opens the convention and names its local administrator.
    let opened = town
        .does(
            &operator,
            "POST /api/conventions",
            json!({
                "kind": "epci", "code": "epci:200000001", "name": "Agglo A", "seats": 10,
                "purpose": "Diagnostic local de l'habitat", "dpo": "dpo@agglo-a.fr",
                "starts_on": "2027-01-01", "ends_on": "2027-12-31",
            }),
            201,
        )
        .await;
    let epci = opened["id"].as_str().unwrap().to_owned();
    let claire = json!({ "email": "claire.chef@agglo-a.fr", "name": "Claire Chef" });
    town.does(&operator, &format!("POST /api/conventions/{epci}/administrator"), claire, 201).await;
    assert_eq!(town.proves("claire.chef@agglo-a.fr").await, "valide");
    let claire = town.begins("claire.chef@agglo-a.fr").await;
    town.sees(&claire, AT_HOME, 200).await;
    town.sees(&claire, NEXT_DOOR, 204).await;

    // Three agents ask; generic addresses may not. Two are approved and one is not.
    let ask = async |email: &str, status: u16| {
        let body = json!({ "email": email, "name": "Agent", "organisation": "epci:200000001" });
        let answer = town.send(None, "POST /api/requests", body).await;
        assert_eq!(answer.status, status, "{email}");
    };
    ask("contact@agglo-a.fr", 422).await;
    ask("anne.agent@gmail.com", 422).await;
    for name in ["anne", "bruno", "david"] {
        let email = format!("{name}.agent@agglo-a.fr");
        ask(&email, 202).await;
        assert_eq!(town.signs(&email).await.status, 401, "{name} is not approved");
        assert_eq!(town.proves(&email).await, "prouve");
        assert_eq!(town.signs(&email).await.status, 401, "{name} is not approved");
    }
    let listed = town.does(&claire, "GET /api/accounts", Value::Null, 200).await;
    let id = |name: &str| {
        let accounts = listed["accounts"].as_array().unwrap();
        let emails = [format!("{name}.agent@agglo-a.fr"), format!("{name}@agglo-a.fr")];
        let one = accounts.iter().find(|one| emails.iter().any(|email| one["email"] == **email));
        one.unwrap()["id"].as_str().unwrap().to_owned()
    };
    // Annex 3 comes first: the form is signed, and the operator records it.
    let approve = format!("POST /api/accounts/{}/validation", id("anne"));
    let refused = town.does(&claire, &approve, json!({}), 409).await;
    assert!(refused["detail"].as_str().unwrap().contains("annexe 3"), "{refused}");
    town.does(&operator, &approve, json!({}), 409).await;
    let form = json!({
        "account": id("claire.chef"), "telephone": "01 34 25 30 30", "signed_on": "2027-01-05",
        "representative": "La présidente",
    });
    town.does(&operator, "PUT /api/designations", form, 204).await;
    for (name, step) in [("anne", "validation"), ("bruno", "validation"), ("david", "rejet")] {
        let what = format!("POST /api/accounts/{}/{step}", id(name));
        town.does(&claire, &what, json!({ "reason": "organigramme" }), 200).await;
    }
    let anne = town.begins("anne.agent@agglo-a.fr").await;
    let bruno = town.begins("bruno.agent@agglo-a.fr").await;
    assert_eq!(town.signs("david.agent@agglo-a.fr").await.status, 401);
    town.sees(&anne, AT_HOME, 200).await;
    let qgis = town.token(&anne).await;
    assert_eq!(town.token_sees(&qgis, AT_HOME).await, 200);
    // An agent decides about nobody.
    let what = format!("POST /api/accounts/{}/suspension", id("bruno"));
    town.does(&anne, &what, json!({}), 404).await;

    // A commune is annexed at the EPCI's request, and its agent invited.
    let annexed = town
        .does(
            &operator,
            "POST /api/conventions",
            json!({
                "kind": "commune", "code": "commune:95001", "name": "Alpha", "parent": epci,
                "purpose": "Annexe à la convention", "dpo": "dpo@alpha.fr", "seats": 2,
                "starts_on": "2027-01-01", "ends_on": "2028-12-31",
            }),
            201,
        )
        .await;
    let what = format!("POST /api/conventions/{}/invitations", annexed["id"].as_str().unwrap());
    let eve = json!({ "email": "eve.mairie@alpha.fr", "name": "Ève" });
    town.does(&claire, &what, eve, 201).await;
    assert_eq!(town.proves("eve.mairie@alpha.fr").await, "valide");
    let eve = town.begins("eve.mairie@alpha.fr").await;
    town.sees(&eve, AT_HOME, 200).await;
    town.sees(&eve, NEXT_DOOR, 204).await;

    // The signed convention and the commune's written request are annexed by the EPCI.
    let commune = annexed["id"].as_str().unwrap();
    assert_eq!(town.gives(&claire, &epci, "convention").await, 201);
    assert_eq!(town.gives(&eve, commune, "demande-commune").await, 404);
    assert_eq!(town.gives(&claire, commune, "demande-commune").await, 201);
    assert_eq!(town.papers(&anne, &epci).await, Vec::<String>::new(), "an agent signs nothing");

    // A consultant: two accounts, until a date.
    let mandated = town
        .does(
            &operator,
            "POST /api/conventions",
            json!({
                "kind": "tiers", "code": "552100554", "name": "Bureau d'étude", "parent": epci,
                "purpose": "Programme local de l'habitat", "dpo": "dpo@bureau.fr", "seats": 2,
                "starts_on": "2027-01-01", "ends_on": "2027-03-31",
            }),
            201,
        )
        .await;
    let mandated = mandated["id"].as_str().unwrap().to_owned();
    let invite = format!("POST /api/conventions/{mandated}/invitations");
    for (name, status) in [("paul", 201), ("rose", 201), ("yves", 409)] {
        let who = json!({ "email": format!("{name}.etude@bureau.fr"), "name": name });
        town.does(&claire, &invite, who, status).await;
    }
    assert_eq!(town.proves("paul.etude@bureau.fr").await, "valide");
    let paul = town.begins("paul.etude@bureau.fr").await;
    let study = town.token(&paul).await;
    town.sees(&paul, AT_HOME, 200).await;
    town.sees(&paul, NEXT_DOOR, 204).await;

    // What the EPCI and the consultant agreed; a breach, the EPCI's file and notification.
    assert_eq!(town.gives(&paul, &mandated, "convention-tiers").await, 404);
    assert_eq!(town.gives(&claire, &mandated, "convention-tiers").await, 201);
    let declared = json!({
        "convention": mandated, "known_at": "2027-01-11T08:00:00Z", "from": "2027-01-01",
        "to": "2027-01-11", "description": "Une clé USB perdue",
    });
    town.does(&bruno, "POST /api/breaches", declared.clone(), 404).await;
    let breach = town.does(&paul, "POST /api/breaches", declared, 201).await;
    let breach = breach["id"].as_str().unwrap();
    town.does(&claire, &format!("GET /api/breaches/{breach}/file"), Value::Null, 200).await;
    let notify = format!("POST /api/breaches/{breach}/notification");
    town.does(&claire, &notify, json!({ "how": "Téléservice de la CNIL" }), 204).await;

    // The date moves at the EPCI's request only: not the consultant's, not the operator's alone.
    let ask = format!("POST /api/conventions/{mandated}/extensions");
    let later = json!({ "ends_on": "2027-04-30", "reference": "Courrier du 3 mars" });
    town.does(&paul, &ask, later.clone(), 404).await;
    town.does(&operator, &ask, later.clone(), 404).await;
    let asked = town.does(&claire, &ask, later, 201).await;
    let grant = format!("POST /api/extensions/{}/grant", asked["extension"].as_str().unwrap());
    town.does(&claire, &grant, Value::Null, 404).await;
    let first_end = day("2027-03-31").ends();
    town.it_is(first_end.plus(-1));
    assert_eq!(town.token_sees(&study, AT_HOME).await, 200, "the last second of the last day");
    town.it_is(first_end);
    assert_eq!(town.token_sees(&study, AT_HOME).await, 401, "asking moves nothing");
    // Sessions ended meanwhile: people sign in again.
    let operator = town.sign_in(&operator.email).await;
    town.does(&operator, &grant, Value::Null, 204).await;
    assert_eq!(town.token_sees(&study, AT_HOME).await, 200);

    // At the end the consultant attests that what was exported is destroyed, in writing.
    let consultant = town.sign_in("paul.etude@bureau.fr").await;
    assert_eq!(town.gives(&consultant, &mandated, "attestation").await, 201);
    let attest = format!("POST /api/conventions/{mandated}/destruction");
    town.does(&consultant, &attest, json!({ "reference": "essai.pdf" }), 201).await;
    assert_eq!(town.papers(&consultant, &mandated).await, ["attestation", "convention-tiers"]);

    // The end comes by itself, in Paris; that of the EPCI's own people is later.
    let end = day("2027-04-30").ends();
    town.it_is(end.plus(-1));
    assert_eq!(town.token_sees(&study, AT_HOME).await, 200);
    town.it_is(end);
    assert_eq!(town.token_sees(&study, AT_HOME).await, 401);
    assert_eq!(town.signs("paul.etude@bureau.fr").await.status, 401);
    assert_eq!(town.token_sees(&qgis, AT_HOME).await, 200);

    // After the end the consultant reads nothing more, and the EPCI still does.
    let papers = format!("GET /api/conventions/{mandated}/documents");
    town.does(&consultant, &papers, Value::Null, 401).await;
    let chief = town.sign_in("claire.chef@agglo-a.fr").await;
    assert_eq!(town.papers(&chief, &mandated).await, ["attestation", "convention-tiers"]);

    // Misuse: the administrator suspends at once, token and session alike.
    let claire = town.sign_in(&claire.email).await;
    let anne = town.sign_in(&anne.email).await;
    let what = format!("POST /api/accounts/{}/suspension", id("anne"));
    town.does(&claire, &what, json!({ "reason": "usage hors de l'objet" }), 200).await;
    assert_eq!(town.token_sees(&qgis, AT_HOME).await, 401);
    town.sees(&anne, AT_HOME, 401).await;
    assert_eq!(town.signs(&anne.email).await.status, 401);
    let bruno = town.sign_in(&bruno.email).await;
    town.sees(&bruno, AT_HOME, 200).await;

    // Everything of it stands in the journal, which holds together.
    let asked = format!("GET /api/journal?account={}&from=2027-01-01&to=2027-12-31", anne.email);
    let told = town.does(&claire, &asked, Value::Null, 200).await;
    let kinds: Vec<&str> = told["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["kind"].as_str().unwrap())
        .collect();
    for kind in ["compte.cree", "compte.adresse-prouvee", "connexion", "jeton.cree", "compte.etape"]
    {
        assert!(kinds.contains(&kind), "{kind} is not in {kinds:?}");
    }
    let key = town.house.database().with_file_name("journal.key");
    assert_eq!(town.access().verify_journal(&key, None).await.unwrap().broken_at, None);

    // The convention of the EPCI ends, and with it everybody's access under it.
    town.it_is(day("2027-12-31").ends());
    for email in [&claire.email, &bruno.email, &eve.email] {
        assert_eq!(town.signs(email).await.status, 401, "{email}");
    }
}

/// A third party's mission: two mandates of one person, a breach, a sub-processor, the destruction.
#[tokio::test]
async fn a_mission_with_a_breach_and_a_destruction() {
    let town = Town::new("2027-01-11").await;
    let mut writer = town.house.app.take_writer().unwrap();
    let operator = town.operator().await;
    let table = b"CODGEO;LIBGEO;EPCI;LIBEPCI;DEP;REG\n95001;Alpha;200000001;Agglo A;95;11\n\
                  95002;Beta;200000002;Agglo B;95;11\n";
    town.access().read_official(accounts::Actor::Shell, table, town.time()).await.unwrap();
    let open = async |kind: &str, code: &str, parent: Option<&str>| {
        let mut body = json!({
            "kind": kind, "code": code, "name": format!("Organisme {code}"), "seats": 9,
            "purpose": "Programme local de l'habitat", "dpo": "dpo@essai.fr",
            "starts_on": "2027-01-01", "ends_on": "2027-03-31",
        });
        if let Some(parent) = parent {
            body["parent"] = parent.into();
        }
        let opened = town.does(&operator, "POST /api/conventions", body, 201).await;
        opened["id"].as_str().unwrap().to_owned()
    };
    let one = open("epci", "epci:200000001", None).await;
    let two = open("epci", "epci:200000002", None).await;
    let first = open("tiers", "552100554", Some(&one)).await;
    let second = open("tiers", "552100554", Some(&two)).await;
    let beyond = json!({
        "kind": "tiers", "code": "300100200", "name": "Bureau", "seats": 1, "purpose": "Étude",
        "dpo": "dpo", "starts_on": "2027-01-01", "ends_on": "2027-03-31", "parent": one,
        "rights": ["france@adresse"],
    });
    town.does(&operator, "POST /api/conventions", beyond, 422).await;
    let unknown = json!({
        "kind": "epci", "code": "epci:999999999", "name": "Inconnu", "seats": 1,
        "purpose": "Étude", "dpo": "dpo", "starts_on": "2027-01-01", "ends_on": "2027-03-31",
    });
    let refused = town.does(&operator, "POST /api/conventions", unknown, 422).await;
    assert!(refused["detail"].as_str().unwrap().contains("epci:999999999"), "{refused}");

    // The administrator and a deputy; the consultant is invited under both missions.
    let name = format!("POST /api/conventions/{one}/administrator");
    let claire = json!({ "email": "claire.chef@agglo-a.fr", "name": "Claire Chef" });
    let named = town.does(&operator, &name, claire, 201).await;
    town.proves("claire.chef@agglo-a.fr").await;
    let claire = town.begins("claire.chef@agglo-a.fr").await;
    let luc = json!({ "email": "luc.second@agglo-a.fr", "name": "Luc", "deputy": true });
    town.does(&operator, &name, luc, 201).await;
    town.proves("luc.second@agglo-a.fr").await;
    let luc = town.begins("luc.second@agglo-a.fr").await;
    let paul = json!({ "email": "paul.etude@bureau.fr", "name": "Paul" });
    let invite = format!("POST /api/conventions/{first}/invitations");
    town.does(&luc, &invite, paul.clone(), 409).await;
    let form = json!({
        "account": named["account"], "telephone": "01 34 25 30 30", "signed_on": "2027-01-05",
        "representative": "La présidente",
    });
    town.does(&operator, "PUT /api/designations", form, 204).await;
    town.does(&luc, &invite, paul.clone(), 201).await;
    town.proves("paul.etude@bureau.fr").await;
    let invite = format!("POST /api/conventions/{second}/invitations");
    town.does(&luc, &invite, paul.clone(), 404).await;
    town.does(&operator, &invite, paul, 201).await;
    town.proves("paul.etude@bureau.fr").await;
    let mut paul = town.begins("paul.etude@bureau.fr").await;
    let me = town.does(&paul, "GET /api/me", Value::Null, 200).await;
    let mandates = me["mandates"].as_array().unwrap().clone();
    assert_eq!(mandates.len(), 2);
    let of = |convention: &str| {
        let found = mandates.iter().find(|one| one["convention"] == convention).unwrap();
        found["id"].as_str().unwrap().to_owned()
    };
    let uses = async |paul: &mut Person, account: &str| {
        let body = json!({ "account": account });
        let answer = town.send(Some(paul), "PUT /api/mandate", body).await;
        assert_eq!(answer.status, 204);
        paul.cookie = cookie(&answer);
    };
    // Each mandate asks for the clauses, and shows its own EPCI alone.
    for (convention, own, other) in [(&first, AT_HOME, NEXT_DOOR), (&second, NEXT_DOOR, AT_HOME)] {
        uses(&mut paul, &of(convention)).await;
        let clauses = town.does(&paul, "GET /api/clauses", Value::Null, 200).await;
        let body = json!({ "version": clauses["version"] });
        let answer = town.send(Some(&paul), "POST /api/clauses/acceptance", body).await;
        paul.cookie = cookie(&answer);
        town.sees(&paul, own, 200).await;
        town.sees(&paul, other, 204).await;
    }
    uses(&mut paul, &of(&first)).await;
    town.sees(&paul, AT_HOME, 200).await;
    writer.write(town.time()).await.unwrap();

    // A breach: the third party declares, the EPCI reads the file and records its notification.
    let declared = json!({
        "convention": first, "known_at": "2027-01-11T08:00:00Z", "from": "2027-01-01",
        "to": "2027-01-31", "description": "Un poste de travail volé",
    });
    let breach = town.does(&paul, "POST /api/breaches", declared, 201).await;
    let breach = breach["id"].as_str().unwrap().to_owned();
    let listed = town.does(&claire, "GET /api/breaches", Value::Null, 200).await;
    assert_eq!(listed["breaches"][0]["late"], false, "{listed}");
    let file = format!("GET /api/breaches/{breach}/file");
    town.does(&paul, &file, Value::Null, 404).await;
    let answer = town.send(Some(&claire), &file, Value::Null).await;
    let text = String::from_utf8(answer.body).unwrap();
    assert!(
        text.contains("\"kind\":\"consultation\",\"edition\":\"2024r1\",\"scale\":\"adresse\""),
        "{text}"
    );
    let notify = format!("POST /api/breaches/{breach}/notification");
    town.does(&claire, &notify, json!({ "how": "Téléservice de la CNIL" }), 204).await;
    town.does(&claire, &notify, json!({ "how": "encore" }), 409).await;

    // A sub-processor, with the EPCI's authorisation; the register and the end of the mission.
    let ask = format!("POST /api/conventions/{first}/subprocessors");
    let asked =
        town.does(&paul, &ask, json!({ "name": "Atelier", "purpose": "Cartes" }), 201).await;
    let answer = format!("POST /api/subprocessors/{}/answer", asked["id"].as_str().unwrap());
    let yes = json!({ "authorised": true, "reference": "Courrier 12" });
    town.does(&paul, &answer, yes.clone(), 404).await;
    town.does(&claire, &answer, yes, 204).await;
    let register = town.send(Some(&claire), "GET /api/register", Value::Null).await;
    let register = String::from_utf8(register.body).unwrap();
    assert!(register.contains("Atelier, autorisé par écrit (Courrier 12)"), "{register}");
    let attest = format!("POST /api/conventions/{first}/destruction");
    town.does(&paul, &attest, json!({ "reference": "Attestation du 31 mars" }), 201).await;
    let conventions = town.does(&claire, "GET /api/conventions", Value::Null, 200).await;
    let told = conventions["conventions"].as_array().unwrap();
    let mission = told.iter().find(|one| one["id"] == *first).unwrap();
    assert_eq!(mission["destructions"][0]["reference"], "Attestation du 31 mars");

    // The operator releases the address: whoever had it is not known any more.
    let release = json!({ "email": "paul.etude@bureau.fr" });
    town.does(&claire, "POST /api/addresses/release", release.clone(), 404).await;
    town.does(&operator, "POST /api/addresses/release", release, 204).await;
    town.sees(&paul, AT_HOME, 401).await;
    assert_eq!(town.signs("paul.etude@bureau.fr").await.status, 401);
}
