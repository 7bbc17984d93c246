//! The convention, clause by clause: each as people meet it, over HTTP and from the operator's shell, on
//! both databases.

use std::cell::RefCell;
use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::town::{PASSWORD, PDF, Town, words};
use super::util::Server;

/// A clause, and what holds it.
type Clause = (&'static str, fn(&Site));

/// In the order of the convention.
const CLAUSES: [Clause; 16] = [
    ("signataires", signatories),
    ("introduction : au moins 11 ménages", introduction),
    ("article 1 : finalités", purposes),
    ("article 1 : comité de suivi", committee),
    ("article 2 : confidentialité", confidentiality),
    ("article 3 : niveau de détail", level),
    ("article 4 : compte nominatif", account),
    ("article 4 et annexe 3 : administrateur local", administrator),
    ("article 4 : communes", communes),
    ("article 5 : tiers mandatés", third_parties),
    ("annexe 2, article 2 : les mêmes clauses", same_clauses),
    ("annexe 2, article 3 : sous-traitance, violation, registre", processor),
    ("annexe 2, article 3 : destruction", destruction),
    ("annexe 2, article 5 : comptes et terme", seats_and_end),
    ("annexe 1, R411-4 : destinataires", recipients),
    ("annexe 1, R411-3 : ce que contient le répertoire", register_items),
];

#[test]
fn every_clause_on_sqlite() {
    every_clause(Town::new());
}

#[test]
fn every_clause_on_postgresql() {
    let Some((url, _postgres)) = shared::postgres() else { return };
    every_clause(Town::over(&url));
}

fn every_clause(town: Town) {
    let site = Site::new(town);
    for (clause, holds) in CLAUSES {
        println!("{clause}");
        holds(&site);
    }
    for (email, says) in site.letters.take() {
        site.town.letter(email, says);
    }
}

/// An EPCI with its administrator, a commune and a third party with an agent each, and the operator.
struct Site {
    server: Server,
    epci: String,
    commune: String,
    tiers: String,
    operator: String,
    claire: String,
    eve: String,
    paul: String,
    /// Letters that must have come in the end, and what each says (in ASCII).
    letters: RefCell<Vec<(&'static str, &'static str)>>,
    town: Town,
}

impl Site {
    fn new(town: Town) -> Site {
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
    fn shell(&self, text: &str) -> String {
        self.town.shell(&words(text))
    }

    /// A command that is refused for what it asks, with words that say why.
    #[track_caller]
    fn refused(&self, text: &str, why: &str) {
        let (code, said) = self.town.refused(&words(text));
        assert!(code == 2 && said.contains(why), "{text}: {code}: {said}");
    }

    /// A request with the status that it must get; gives the answer.
    #[track_caller]
    fn ask(&self, who: &str, what: &str, body: Value, status: u16) -> Value {
        let answer = self.server.ask(who, what, body);
        let said = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, status, "{what}: {said}");
        serde_json::from_slice(&answer.body).unwrap_or(Value::String(said))
    }

    #[track_caller]
    fn get(&self, who: &str, path: &str, status: u16) -> Value {
        self.ask(who, &format!("GET {path}"), Value::Null, status)
    }

    /// Somebody's access ends: at once, or within a second where another process ended it and the
    /// database is PostgreSQL.
    #[track_caller]
    fn ends(&self, who: &str) {
        let since = Instant::now();
        while self.server.ask(who, "GET /editions", Value::Null).status != 401 {
            assert!(since.elapsed() < Duration::from_secs(2), "access goes on");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// A letter that must have come in the end.
    fn is_told(&self, email: &'static str, says: &'static str) {
        self.letters.borrow_mut().push((email, says));
    }

    /// Gives a document in over HTTP.
    fn gives(&self, who: &str, convention: &str, kind: &str) -> u16 {
        let path = format!("/api/conventions/{convention}/documents?kind={kind}&name=essai.pdf");
        self.server.upload(who, &path, PDF).status
    }

    fn papers(&self, who: &str, convention: &str) -> Vec<String> {
        let found = self.get(who, &format!("/api/conventions/{convention}/documents"), 200);
        let documents = found["documents"].as_array().unwrap().iter();
        documents.map(|one| one["kind"].as_str().unwrap().to_owned()).collect()
    }

    fn pdf(&self) -> String {
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

fn party(party: &str) -> Value {
    json!({
        "party": party, "organisation": format!("Organisme {party}"),
        "representative": "Claire Chef, présidente", "dpo": format!("dpo@{party}.fr"),
    })
}

/// Operator, association and EPCI, each with a representative; place, date; the signed document.
fn signatories(site: &Site) {
    let Site { epci, tiers, claire, paul, operator, .. } = site;
    let three = ["operateur", "association", "organisme"]
        .map(|one| format!("--party '{one};Organisme {one};Claire Chef, présidente;dpo@{one}.fr'"));
    let sign = format!("convention signature {epci} --signed-on 2026-01-05 --place Cergy");
    site.refused(&format!("{sign} {} {}", three[0], three[2]), "association");
    site.refused(&format!("{sign} --party 'maire;A;B;C'"), "partie inconnue");
    site.shell(&format!("{sign} {}", three.join(" ")));
    let read = site.get(claire, &format!("/api/conventions/{epci}/signature"), 200);
    assert_eq!(read["signature"]["parties"][1]["party"], "association");
    assert_eq!(read["signature"]["place"], "Cergy");

    let what = format!("PUT /api/conventions/{tiers}/signature");
    let signed = |parties: &[&str], day: &str| {
        let parties: Vec<Value> = parties.iter().map(|one| party(one)).collect();
        json!({ "signed_on": day, "place": "Cergy", "parties": parties })
    };
    site.ask(paul, &what, signed(&["mandant", "organisme"], "2026-01-05"), 404);
    site.ask(claire, &what, signed(&["organisme"], "2026-01-05"), 422);
    site.ask(claire, &what, signed(&["mandant", "organisme"], "2199-01-05"), 422);
    site.ask(operator, &what, signed(&["mandant", "organisme"], "2026-01-05"), 204);
    let read = site.get(paul, &format!("/api/conventions/{tiers}/signature"), 200);
    assert_eq!(read["signature"]["parties"][0]["dpo"], "dpo@mandant.fr");

    site.shell(&format!("convention document add {epci} {} --kind convention", site.pdf()));
    assert_eq!(site.papers(claire, epci), ["convention"]);
}

/// Identification impossible: at least 11 households (CCH L442-5).
fn introduction(site: &Site) {
    let config = site.town.path("dix.toml");
    let text = "[build]\nvintage = 2024\nrevision = 1\nthreshold = 10\nout = \"o\"\nrecord = \"r\"\n\
                dwellings = [\"l.csv\"]\nhouseholds = [\"m.csv\"]\nepci = \"e.csv\"\n\
                [accounts]\ndatabase = \"sqlite:dix.db\"\n";
    std::fs::write(&config, text).unwrap();
    let mut command = super::util::seuil();
    let output = command.args(["account", "list", "--config"]).arg(config).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("11"), "{said}");
}

/// Four purposes, and no other.
fn purposes(site: &Site) {
    let Site { operator, claire, paul, tiers, .. } = site;
    let add = "convention add --kind etat --code ddt-95 --name DDT --seats 1 --purpose Suivi --dpo x \
               --from 2026-01-01 --until 2199-12-31 --rights departement:95@adresse";
    site.refused(&format!("{add} --purposes observation,revente"), "« revente »");
    let id = site.shell(&format!("{add} --purposes observation"));
    let body = |purposes: Value| {
        json!({
            "kind": "etat", "code": "ddt-78", "name": "DDT", "seats": 1, "purpose": "Suivi",
            "dpo": "x", "starts_on": "2026-01-01", "ends_on": "2199-12-31",
            "rights": ["departement:78@adresse"], "purposes": purposes,
        })
    };
    let said = site.ask(operator, "POST /api/conventions", body(json!(["publicite"])), 422);
    assert!(said["detail"].as_str().unwrap().contains("« publicite »"), "{said}");
    site.ask(operator, "POST /api/conventions", body(json!([])), 422);
    let listed = site.get(operator, "/api/conventions", 200);
    let of = |id: &str| {
        let all = listed["conventions"].as_array().unwrap();
        all.iter().find(|one| one["id"] == id).unwrap()["purposes"].clone()
    };
    assert_eq!(of(&id), json!(["observation"]));
    assert_eq!(of(tiers), json!(["observation", "attribution"]));
    let register = site.get(claire, "/api/register", 200);
    assert!(register["register"].as_str().unwrap().contains("définir la politique intercommunale"));
    site.get(paul, "/api/register", 404);
}

/// Members, landlords and their association among them; consulted on what is published.
fn committee(site: &Site) {
    let Site { epci, tiers, claire, paul, eve, operator, .. } = site;
    let member = site.shell(&format!(
        "convention committee add {epci} --seat bailleur --organisation 'Val Habitat'"
    ));
    site.refused(
        &format!("convention committee add {tiers} --seat epci --organisation A"),
        "celui de la convention de l'EPCI",
    );
    let path = format!("/api/conventions/{epci}/committee");
    let add = format!("POST {path}/members");
    site.ask(claire, &add, json!({ "seat": "association", "organisation": "AR" }), 201);
    site.ask(claire, &add, json!({ "seat": "presse", "organisation": "Gazette" }), 422);
    let consulted = json!({
        "stage": "publication", "subject": "Portrait 2024", "held_on": "2026-03-03",
        "opinion": "Favorable",
    });
    for who in [paul, eve] {
        site.ask(who, &add, json!({ "seat": "tiers", "organisation": "Bureau" }), 404);
        site.ask(who, &format!("POST {path}/consultations"), consulted.clone(), 404);
        site.get(who, &path, 404);
    }
    site.ask(claire, &format!("POST {path}/consultations"), consulted, 201);
    site.shell(&format!("convention committee remove {member}"));
    let read = site.get(operator, &path, 200);
    assert_eq!(read["members"].as_array().unwrap().len(), 2);
    assert_eq!(read["consultations"][0]["subject"], "Portrait 2024");
    assert!(site.shell(&format!("convention committee list {epci}")).contains("Favorable"));
}

/// Nothing before the clauses; a change asks again, by letter; misuse ends access at once.
fn confidentiality(site: &Site) {
    let Site { server, epci, claire, town, .. } = site;
    let text = site.get(claire, "/api/clauses", 200);
    let body = text["body"].as_str().unwrap();
    for said in [
        "secret professionnel",
        "6 janvier 1978",
        "aucun usage commercial",
        "seule responsabilité",
        "R411-4",
        "sans préjudice de poursuites",
    ] {
        assert!(body.replace('\n', " ").contains(said), "{said}");
    }
    site.shell(&format!("convention invite {epci} nina.agent@agglo-a.fr --name Nina"));
    server.prove(&town.link("nina.agent@agglo-a.fr"));
    let nina = server.sign_in("nina.agent@agglo-a.fr");
    site.get(&nina, "/editions", 401);
    let nina = server.begin("nina.agent@agglo-a.fr");
    site.get(&nina, "/editions", 200);

    let file = town.path("clauses.md");
    std::fs::write(&file, format!("{body}\nEncore une phrase.\n")).unwrap();
    site.shell(&format!("convention clauses {}", file.display()));
    site.ends(&nina);
    site.is_told("nina.agent@agglo-a.fr", "ont chang");
    let nina = server.begin("nina.agent@agglo-a.fr");
    site.get(&nina, "/editions", 200);
    // Everybody else accepts again: the sessions that this test goes on with are made anew.
    for email in [
        "claire.chef@agglo-a.fr",
        "eve.mairie@alpha.fr",
        "paul.etude@bureau.fr",
        "olga.operateur@gip-sne.fr",
    ] {
        server.begin(email);
    }
    site.shell("account disable nina.agent@agglo-a.fr");
    site.ends(&nina);
    site.is_told("nina.agent@agglo-a.fr", "suspendu");
}

/// Down to the address point, within the territory.
fn level(site: &Site) {
    let list = site.shell("convention list");
    assert!(list.contains("epci:200058519@adresse"), "{list}");
    let me = site.get(&site.claire, "/api/me", 200);
    assert_eq!(
        (&me["finest"], &me["territories"]),
        (&json!("adresse"), &json!(["epci:200058519"]))
    );
}

/// A named professional address; a generic one by a traced exception alone.
fn account(site: &Site) {
    let Site { server, epci, .. } = site;
    for (email, status) in [("contact@agglo-a.fr", 422), ("anne@gmail.com", 422)] {
        let body = json!({ "email": email, "name": "Anne", "organisation": "epci:200058519" });
        let said = server.ask("", "POST /api/requests", body);
        assert_eq!(said.status, status, "{email}");
    }
    let invite = format!("convention invite {epci} mairie@petite.fr --name Maire");
    site.refused(&invite, "nominati");
    site.shell(&format!("{invite} --exception 'Un seul agent'"));
    let journal = site.shell("journal export --from 2020-01-01 --to 2199-12-31");
    assert!(journal.contains("adresse admise par exception"));
}

/// Named by the form of annex 3, with a telephone; decides about its agents.
fn administrator(site: &Site) {
    let Site { server, epci, claire, eve, operator, town, .. } = site;
    let path = format!("/api/conventions/{epci}/designations");
    let found = site.get(claire, &path, 200);
    let id = found["designations"][0]["account"].as_str().unwrap().to_owned();
    site.get(eve, &path, 404);
    // The form precedes any request: until then nobody is let in, by whomever.
    let email = "anne.agent@agglo-a.fr";
    let body = json!({ "email": email, "name": "Anne", "organisation": "epci:200058519" });
    site.ask("", "POST /api/requests", body, 202);
    server.prove(&town.link(email));
    let accounts = site.get(claire, "/api/accounts", 200);
    let all = accounts["accounts"].as_array().unwrap();
    let anne = all.iter().find(|one| one["email"] == email).unwrap()["id"].as_str().unwrap();
    let approve = format!("POST /api/accounts/{anne}/validation");
    for who in [claire, operator] {
        let said = site.ask(who, &approve, json!({}), 409);
        assert!(said["detail"].as_str().unwrap().contains("annexe 3"), "{said}");
    }
    site.refused(&format!("account approve {email}"), "annexe 3");
    let bruno = json!({ "email": "bruno.agent@agglo-a.fr", "name": "Bruno" });
    site.ask(claire, &format!("POST /api/conventions/{epci}/invitations"), bruno, 409);
    let record = format!(
        "convention designation {id} --signed-on 2026-01-05 --representative 'Le président'"
    );
    site.refused(&format!("{record} --telephone douze"), "téléphone");
    site.shell(&format!("{record} --telephone '01 34 25 30 30'"));
    let form = json!({
        "account": id, "telephone": "+33 1 34 25 30 31", "signed_on": "2026-01-06",
        "representative": "La présidente",
    });
    site.ask(claire, "PUT /api/designations", form.clone(), 404);
    site.ask(operator, "PUT /api/designations", form, 204);
    let listed = site.shell(&format!("convention designations {epci}"));
    assert!(listed.contains("+33 1 34 25 30 31") && listed.contains("Claire Chef"), "{listed}");
    let page = site.get(claire, &format!("/api/conventions/{epci}/annexe-3"), 200);
    let page = page.as_str().unwrap();
    for said in ["Annexe 3", "Claire Chef", "+33 1 34 25 30 31", "cachet", "lang=\"fr\""] {
        assert!(page.contains(said), "{said} is not in {page}");
    }
    // Approves or rejects.
    site.ask(eve, &approve, json!({}), 404);
    site.ask(claire, &approve, json!({}), 200);
}

/// A commune asks its EPCI in writing; the request is annexed.
fn communes(site: &Site) {
    let Site { epci, commune, claire, eve, operator, .. } = site;
    assert_eq!(site.gives(eve, commune, "demande-commune"), 404);
    assert_eq!(site.gives(claire, commune, "demande-commune"), 201);
    assert_eq!(site.gives(operator, epci, "demande-commune"), 422, "an EPCI asks nobody");
    assert_eq!(site.papers(operator, commune), ["demande-commune"]);
    assert!(site.shell(&format!("convention document list {commune}")).contains("demande-commune"));
    site.refused(
        &format!(
            "convention add --kind commune --code commune:95127 --name Cergy --parent {epci} \
             --seats 1 --purpose Annexe --dpo x --from 2026-01-01 --until 2199-12-31"
        ),
        "dépassent",
    );
}

/// By a contract of the EPCI, under a convention that is sent to the operator.
fn third_parties(site: &Site) {
    let Site { tiers, claire, paul, operator, epci, .. } = site;
    let add = "convention add --kind tiers --code 300100200 --name Agence --seats 1 --purpose Étude \
               --dpo x --from 2026-01-01 --until 2199-12-31";
    site.refused(add, "mandaté");
    site.refused(&format!("{add} --parent {epci} --rights france@adresse"), "dépassent");
    let listed = site.get(operator, "/api/conventions", 200);
    let all = listed["conventions"].as_array().unwrap();
    let one = all.iter().find(|one| one["id"] == *tiers).unwrap();
    assert_eq!(one["contract"], "Marché 2026-14");
    assert_eq!(site.gives(paul, tiers, "convention-tiers"), 404, "the EPCI gives it in");
    assert_eq!(site.gives(claire, tiers, "convention-tiers"), 201);
    let papers = site.get(paul, &format!("/api/conventions/{tiers}/documents"), 200);
    let id = papers["documents"][0]["id"].as_str().unwrap();
    site.get(paul, &format!("/api/documents/{id}"), 200);
    let saved = site.town.path("recu.pdf");
    site.shell(&format!("convention document get {id} {}", saved.display()));
    assert_eq!(std::fs::read(saved).unwrap(), PDF);
    let code = site.shell(&format!("convention code {tiers}"));
    let body = json!({ "email": "yann.etude@bureau.fr", "name": "Yann", "organisation": code });
    site.ask("", "POST /api/requests", body, 202);
}

/// A third party's people accept them before anything, and those about processors with them.
fn same_clauses(site: &Site) {
    let Site { server, tiers, town, paul, .. } = site;
    site.shell(&format!("convention invite {tiers} rose.etude@bureau.fr --name Rose"));
    server.prove(&town.link("rose.etude@bureau.fr"));
    let rose = server.sign_in("rose.etude@bureau.fr");
    site.get(&rose, "/editions", 401);
    let text = site.get(paul, "/api/clauses", 200)["body"].as_str().unwrap().replace('\n', " ");
    for said in ["sous-traitant", "vingt-quatre heures", "dès la conception", "par écrit"] {
        assert!(text.contains(said), "{said}");
    }
}

/// On the EPCI's written authorisation; a breach within 24 hours; the register.
fn processor(site: &Site) {
    let Site { tiers, claire, paul, eve, operator, .. } = site;
    let ask = format!("POST /api/conventions/{tiers}/subprocessors");
    let new = json!({ "name": "Atelier", "purpose": "Cartes" });
    site.ask(eve, &ask, new.clone(), 404);
    let asked = site.ask(paul, &ask, new, 201);
    let answer = format!("POST /api/subprocessors/{}/answer", asked["id"].as_str().unwrap());
    let yes = json!({ "authorised": true, "reference": "Courrier 12" });
    site.ask(paul, &answer, yes.clone(), 404);
    site.ask(claire, &answer, yes, 204);
    assert_eq!(site.gives(claire, tiers, "autorisation"), 201);
    let list = site.get(paul, &format!("/api/conventions/{tiers}/subprocessors"), 200);
    assert_eq!(list["subprocessors"][0]["authorised"], true);

    let breach = json!({
        "convention": tiers, "known_at": "2026-01-15T08:00:00Z", "from": "2026-01-01",
        "to": "2026-01-15", "description": "Un poste de travail volé",
    });
    site.ask(eve, "POST /api/breaches", breach.clone(), 404);
    let declared = site.ask(paul, "POST /api/breaches", breach, 201);
    let id = declared["id"].as_str().unwrap();
    site.is_told("claire.chef@agglo-a.fr", "poste de travail");
    assert!(site.shell("convention breaches").contains("en retard"), "later than 24 hours");
    assert!(site.shell(&format!("convention breach-file {id}")).starts_with("compte;evenement"));
    site.ask(paul, &format!("GET /api/breaches/{id}/file"), Value::Null, 404);
    let notify = format!("POST /api/breaches/{id}/notification");
    site.ask(claire, &notify, json!({ "how": "Téléservice de la CNIL" }), 204);
    site.ask(operator, &notify, json!({ "how": "encore" }), 409);

    let register = site.shell("convention register");
    for said in ["Atelier, autorisé par écrit", "dpo@bureau.fr", "dpo@mandant.fr", "Marché 2026-14"]
    {
        assert!(register.contains(said), "{said} is not in {register}");
    }
}

/// The exports listed, their destruction attested and justified in writing.
fn destruction(site: &Site) {
    let Site { tiers, claire, paul, eve, .. } = site;
    let exports = site.get(paul, &format!("/api/conventions/{tiers}/exports"), 200);
    assert!(exports["entries"].is_array());
    assert!(site.shell(&format!("convention exports {tiers}")).contains("evenement"));
    let attest = format!("POST /api/conventions/{tiers}/destruction");
    site.ask(eve, &attest, json!({ "reference": "x" }), 404);
    site.ask(paul, &attest, json!({ "reference": "Attestation du 31 mars" }), 201);
    site.is_told("claire.chef@agglo-a.fr", "31 mars");
    assert_eq!(site.gives(eve, tiers, "attestation"), 404);
    assert_eq!(site.gives(paul, tiers, "attestation"), 201);
    assert!(site.papers(claire, tiers).contains(&"attestation".to_owned()));
    let told = site.get(claire, &format!("/api/conventions/{tiers}/destruction"), 200);
    assert_eq!(told["destructions"][0]["reference"], "Attestation du 31 mars");
}

/// N named accounts, until a date that only the EPCI's request moves.
fn seats_and_end(site: &Site) {
    let Site { server, epci, claire, paul, operator, town, .. } = site;
    let short = site.shell(&format!(
        "convention add --kind tiers --code 300100201 --name Agence --parent {epci} --seats 1 \
         --purpose Étude --dpo x --from 2026-01-01 --until 2026-01-31"
    ));
    let invite = format!("convention invite {short} ines.etude@agence.fr --name Inès");
    site.refused(&invite, "");
    // Lists say what is true today, from the shell and over HTTP.
    let is = |said: &str, state: &str| {
        let listed = site.shell("convention list");
        let line = listed.lines().find(|line| line.starts_with(&short)).unwrap();
        assert_eq!(line.split('\t').nth(8), Some(said), "{line}");
        let listed = site.get(operator, "/api/conventions", 200);
        let mut all = listed["conventions"].as_array().unwrap().iter();
        assert_eq!(all.find(|one| one["id"] == *short).unwrap()["state"], state);
    };
    is("expirée", "expiree");
    let later = json!({ "ends_on": "2199-12-31", "reference": "Courrier du 3 mars" });
    let ask = format!("POST /api/conventions/{short}/extensions");
    site.ask(paul, &ask, later.clone(), 404);
    site.ask(operator, &ask, later.clone(), 404);
    let asked = site.ask(claire, &ask, later.clone(), 201);
    let refuse = format!("POST /api/extensions/{}/refusal", asked["extension"].as_str().unwrap());
    site.ask(operator, &refuse, Value::Null, 204);
    site.is_told("claire.chef@agglo-a.fr", "pas accord");
    let asked = site.ask(claire, &ask, later, 201);
    let grant = format!("POST /api/extensions/{}/grant", asked["extension"].as_str().unwrap());
    site.ask(claire, &grant, Value::Null, 404);
    site.ask(operator, &grant, Value::Null, 204);
    is("ouverte", "ouverte");
    site.shell(&invite);
    site.refused(
        &format!("convention invite {short} yves.etude@agence.fr --name Yves"),
        "plus de place",
    );
    server.prove(&town.link("ines.etude@agence.fr"));
    let ines = server.begin("ines.etude@agence.fr");
    site.get(&ines, "/editions", 200);
    site.shell(&format!("convention close {short}"));
    site.ends(&ines);
    is("close", "close");
    let accounts = site.shell("account list");
    let line = accounts.lines().find(|line| line.starts_with("ines.etude@agence.fr")).unwrap();
    assert_eq!(line.split('\t').nth(4), Some("convention close"), "{line}");
    site.is_told("ines.etude@agence.fr", "mis fin");
}

/// Who may get what of the register, by what they are.
fn recipients(site: &Site) {
    let add = |kind: &str, code: &str, rights: &str| {
        format!(
            "convention add --kind {kind} --code {code} --name {code} --seats 1 --purpose Mission \
             --dpo x --from 2026-01-01 --until 2199-12-31 {rights}"
        )
    };
    for (kind, code, rights, given) in [
        ("adil", "adil-95", "--rights departement:95@adresse", true),
        ("adil", "anil", "--rights france@iris", false),
        ("reservataire", "al-1", "--rights region:11@iris", true),
        ("reservataire", "al-2", "--rights france@adresse", false),
        ("departement", "departement:95", "", true),
        ("departement", "departement:95", "--rights france@commune", false),
        ("bailleur", "552100555", "--rights commune:95018@adresse,france@commune", true),
        ("bailleur", "552100556", "--rights france@iris", false),
        ("union", "552100557", "--rights region:11@commune", true),
        ("etat", "ddt-95-2", "--rights france@adresse", false),
    ] {
        let (code_of, said) = site.town.refused(&words(&add(kind, code, rights)));
        assert_eq!(code_of, if given { 0 } else { 2 }, "{kind} {rights}: {said}");
    }
    // A landlord reads what landlords may, whatever an account says.
    let list = site.get(&site.operator, "/api/conventions", 200);
    let all = list["conventions"].as_array().unwrap();
    let landlord = all.iter().find(|one| one["code"] == "552100555").unwrap()["id"].clone();
    site.refused(
        &format!(
            "account add luc.gestion@bailleur.fr --territory commune:95018 --finest adresse \
             --audience public_mission --role bailleur --convention {}",
            landlord.as_str().unwrap()
        ),
        "public",
    );
}

/// Every indicator says which of the regimes of the register or the survey it is of.
fn register_items(_: &Site) {
    let text = std::fs::read_to_string(shared::root().join("data/catalogue.toml")).unwrap();
    let catalogue: toml::Table = text.parse().unwrap();
    let universes = catalogue["universes"].as_array().unwrap();
    let indicators = catalogue["indicators"].as_array().unwrap();
    let regimes = ["ops", "rpls_restreint", "rpls_ouvert"];
    let mut seen = std::collections::BTreeSet::new();
    for entry in indicators.iter().chain(universes) {
        if let Some(regime) = entry.get("regime").and_then(toml::Value::as_str) {
            assert!(regimes.contains(&regime), "{entry}");
            seen.insert(regime);
        }
    }
    assert_eq!(seen.len(), regimes.len(), "{seen:?}");
    assert!(indicators.iter().all(|one| one.get("audiences").is_some()));
}
