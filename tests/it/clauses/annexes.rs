//! The annexes.

use serde_json::{Value, json};

use super::super::town::words;
use super::site::Site;

/// A third party's people accept them before anything, and those about processors with them.
pub fn same_clauses(site: &Site) {
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
pub fn processor(site: &Site) {
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
pub fn destruction(site: &Site) {
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
pub fn seats_and_end(site: &Site) {
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
pub fn recipients(site: &Site) {
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
pub fn register_items(_: &Site) {
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
