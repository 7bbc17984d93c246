//! Signatories, introduction and articles 1 to 5.

use serde_json::{Value, json};

use super::super::town::PDF;
use super::super::util::seuil;
use super::site::Site;

fn party(party: &str) -> Value {
    json!({
        "party": party, "organisation": format!("Organisme {party}"),
        "representative": "Claire Chef, présidente", "dpo": format!("dpo@{party}.fr"),
    })
}

/// Operator, association and EPCI, each with a representative; place, date; the signed document.
pub fn signatories(site: &Site) {
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
pub fn introduction(site: &Site) {
    let config = site.town.path("dix.toml");
    let text = "[build]\nvintage = 2024\nrevision = 1\nthreshold = 10\nout = \"o\"\nrecord = \"r\"\n\
                dwellings = [\"l.csv\"]\nhouseholds = [\"m.csv\"]\nepci = \"e.csv\"\n\
                [accounts]\ndatabase = \"sqlite:dix.db\"\n";
    std::fs::write(&config, text).unwrap();
    let mut command = seuil();
    let output = command.args(["account", "list", "--config"]).arg(config).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("11"), "{said}");
}

/// Four purposes, and no other.
pub fn purposes(site: &Site) {
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
pub fn committee(site: &Site) {
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
pub fn confidentiality(site: &Site) {
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
pub fn level(site: &Site) {
    let list = site.shell("convention list");
    assert!(list.contains("epci:200058519@adresse"), "{list}");
    let me = site.get(&site.claire, "/api/me", 200);
    assert_eq!(
        (&me["finest"], &me["territories"]),
        (&json!("adresse"), &json!(["epci:200058519"]))
    );
}

/// A named professional address; a generic one by a traced exception alone.
pub fn account(site: &Site) {
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
pub fn administrator(site: &Site) {
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
pub fn communes(site: &Site) {
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
pub fn third_parties(site: &Site) {
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
