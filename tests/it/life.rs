//! The life of an EPCI as the operator directs it from a shell, while its people use the server;
//! and everything that a table can open at once.

use serde_json::Value;

use super::town::{PDF, Town, words};

const EPCI: &str = "convention add --kind epci --code epci:200058519 --name 'Agglo A' --seats 10 \
                    --purpose 'Diagnostic local' --dpo dpo@agglo-a.fr --from 2026-01-01";

#[test]
fn the_life_of_an_epci_from_the_shell() {
    let town = Town::new();
    let shell = |text: &str| town.shell(&words(text));
    let server = town.serve();

    // The convention, and its local administrator.
    let epci = shell(&format!("{EPCI} --until 2199-12-31"));
    let name =
        format!("convention administrator {epci} claire.chef@agglo-a.fr --name 'Claire Chef'");
    let chief = shell(&name);
    assert_eq!(server.sign_in("claire.chef@agglo-a.fr"), "", "the address is not proved");
    assert_eq!(server.prove(&town.link("claire.chef@agglo-a.fr")), "valide");
    let claire = server.begin("claire.chef@agglo-a.fr");
    assert_eq!(server.ask(&claire, "GET /editions", Value::Null).status, 200);

    // Three agents: two asked and are approved, or not; one is invited.
    for name in ["anne", "bruno"] {
        let email = format!("{name}.agent@agglo-a.fr");
        let body =
            serde_json::json!({ "email": email, "name": name, "organisation": "epci:200058519" });
        assert_eq!(server.ask("", "POST /api/requests", body).status, 202);
        let (code, said) = town.refused(&words(&format!("account approve {email}")));
        assert_eq!(code, 2, "nobody is approved before the proof: {said}");
        assert_eq!(server.prove(&town.link(&email)), "prouve");
    }
    let approve = "account approve anne.agent@agglo-a.fr --reason organigramme";
    let (code, said) = town.refused(&words(approve));
    assert!(code == 2 && said.contains("annexe 3"), "{said}");
    shell(&format!(
        "convention designation {chief} --telephone '01 34 25 30 30' --signed-on 2026-01-05 \
         --representative 'La présidente'"
    ));
    shell(approve);
    shell("account reject bruno.agent@agglo-a.fr --reason 'a quitté le service'");
    shell(&format!("convention invite {epci} david.agent@agglo-a.fr --name David"));
    server.prove(&town.link("david.agent@agglo-a.fr"));
    let anne = server.begin("anne.agent@agglo-a.fr");
    assert_eq!(server.sign_in("bruno.agent@agglo-a.fr"), "");
    assert_ne!(server.begin("david.agent@agglo-a.fr"), "");
    let qgis = server.token(&anne);
    assert_eq!(server.with_token(&qgis), 200);

    // A commune, annexed.
    let commune = shell(&format!(
        "convention add --kind commune --code commune:95018 --name Alpha --parent {epci} --seats 2 \
         --purpose Annexe --dpo dpo@alpha.fr --from 2026-01-01 --until 2199-12-31"
    ));
    shell(&format!("convention invite {commune} eve.mairie@alpha.fr --name Ève"));
    server.prove(&town.link("eve.mairie@alpha.fr"));
    let eve = server.begin("eve.mairie@alpha.fr");
    let me = server.ask(&eve, "GET /api/me", Value::Null).json();
    assert_eq!(me["territories"], serde_json::json!(["commune:95018"]));

    // A consultant with two accounts, whose date is over: nobody gets in, until the EPCI asks for
    // more time and the operator grants it.
    let tiers = shell(&format!(
        "convention add --kind tiers --code 552100554 --name 'Bureau' --parent {epci} --seats 2 \
         --purpose 'Programme local' --dpo dpo@bureau.fr --from 2026-01-01 --until 2026-01-31"
    ));
    shell(&format!("convention administrator {tiers} paul.etude@bureau.fr --name Paul"));
    assert_eq!(server.prove(&town.link("paul.etude@bureau.fr")), "valide");
    assert_eq!(server.sign_in("paul.etude@bureau.fr"), "", "the convention is over");
    let (code, _) = town
        .refused(&words(&format!("convention invite {tiers} rose.etude@bureau.fr --name Rose")));
    assert_eq!(code, 2, "nobody is invited under a convention that is over");
    shell(&format!(
        "convention extend {tiers} --until 2199-12-31 --reference 'Courrier du 3 mars'"
    ));
    let paul = server.begin("paul.etude@bureau.fr");
    let me = server.ask(&paul, "GET /api/me", Value::Null).json();
    assert_eq!(me["territories"], serde_json::json!(["epci:200058519"]));
    shell(&format!("convention invite {tiers} rose.etude@bureau.fr --name Rose"));
    let (code, said) = town
        .refused(&words(&format!("convention invite {tiers} yves.etude@bureau.fr --name Yves")));
    assert_eq!(code, 2);
    assert!(said.contains("plus de place"), "{said}");
    let (code, _) = town
        .refused(&words(&format!("convention extend {tiers} --until 2030-01-01 --reference x")));
    assert_eq!(code, 2, "a date moves forward only");

    // The papers: the convention and the commune's request from the shell, the attestation from the
    // consultant; a breach, and the destruction at the end of the mission.
    std::fs::write(town.path("essai.pdf"), PDF).unwrap();
    let pdf = town.path("essai.pdf").display().to_string();
    let (code, said) =
        town.refused(&words(&format!("convention document add {epci} {pdf} --kind convention")));
    assert!(code == 4 && said.contains("accounts.documents_key"), "no key: {code}: {said}");
    shell("convention document new-key");
    shell(&format!("convention document add {epci} {pdf} --kind convention"));
    shell(&format!("convention document add {commune} {pdf} --kind demande-commune"));
    shell(&format!("convention document add {tiers} {pdf} --kind convention-tiers"));
    let attest = format!("/api/conventions/{tiers}/documents?kind=attestation&name=fin.pdf");
    assert_eq!(server.upload(&paul, &attest, PDF).status, 201);
    assert_eq!(server.upload(&anne, &attest, PDF).status, 404);
    let papers = shell(&format!("convention document list {tiers}"));
    assert!(papers.contains("attestation\tfin.pdf"), "{papers}");
    let declared = serde_json::json!({
        "convention": tiers, "known_at": "2026-01-20T08:00:00Z", "from": "2026-01-01",
        "to": "2026-01-31", "description": "Un poste volé",
    });
    assert_eq!(server.ask(&paul, "POST /api/breaches", declared).status, 201);
    assert!(town.letter("claire.chef@agglo-a.fr", "Un poste vol").contains("violation"));
    let breach = shell("convention breaches");
    let breach = breach.split('\t').next().unwrap();
    assert!(shell(&format!("convention breach-file {breach}")).starts_with("compte;evenement"));
    shell(&format!("convention breach-notified {breach} --how Téléservice"));
    let attested = serde_json::json!({ "reference": "fin.pdf" });
    let attest = format!("POST /api/conventions/{tiers}/destruction");
    assert_eq!(server.ask(&paul, &attest, attested).status, 201);

    // A suspension, and the end of the consultant's convention: at the very next request.
    let study = server.token(&paul);
    assert_eq!(server.with_token(&study), 200);
    shell("account suspend anne.agent@agglo-a.fr --reason 'hors objet'");
    assert_eq!(server.with_token(&qgis), 401);
    assert_eq!(server.ask(&anne, "GET /editions", Value::Null).status, 401);
    shell(&format!("convention close {tiers}"));
    assert_eq!(server.with_token(&study), 401);
    assert_eq!(server.ask(&claire, "GET /editions", Value::Null).status, 200);

    // Resumed, the clauses are asked again; the revoked token stays revoked.
    shell("account resume anne.agent@agglo-a.fr");
    assert_eq!(server.with_token(&qgis), 401);
    assert_ne!(server.begin("anne.agent@agglo-a.fr"), "");

    // What the suspended one did is one command; the whole journal holds together.
    let told = shell("journal show anne.agent@agglo-a.fr --from 2020-01-01 --to 2199-12-31");
    for kind in
        ["compte.cree", "connexion", "jeton.cree", "compte.etape", "suspension : hors objet"]
    {
        assert!(told.contains(kind), "{kind} is not in {told}");
    }
    assert!(!told.contains('@'), "the journal names nobody by an address");
    shell("journal verify");

    shell(&format!("convention close {epci}"));
    for email in ["claire.chef@agglo-a.fr", "david.agent@agglo-a.fr", "eve.mairie@alpha.fr"] {
        assert_eq!(server.sign_in(email), "", "{email}");
    }
}

#[test]
fn tables_open_conventions_and_accounts_and_a_bad_line_is_named() {
    let town = Town::new();
    let write = |name: &str, text: &str| {
        std::fs::write(town.path(name), text).unwrap();
        town.path(name).to_str().unwrap().to_owned()
    };
    let header = "type;code;nom;parent;objet;comptes;debut;fin;dpo;droits\n";
    let good = "epci;epci:200058519;Agglo A;;Diagnostic;10;2026-01-01;2199-12-31;dpo@a.fr;\n\
                tiers;552100554;\"Bureau; d'étude\";epci:200058519;Étude;2;2026-01-01;2199-12-31;dpo@b.fr;\n\
                bailleur;300100200;Bailleur;;Patrimoine;3;2026-01-01;2199-12-31;dpo@c.fr;commune:95018@adresse france@commune\n";
    let file = write("conventions.csv", &format!("\u{feff}{header}{good}"));
    let made = town.shell(&["convention", "import", &file]);
    assert_eq!(made.lines().count(), 3, "{made}");
    let listed = town.shell(&["convention", "list"]);
    let third = listed.lines().find(|line| line.contains("552100554")).unwrap();
    assert!(
        third.contains("Bureau; d'étude") && third.ends_with("epci:200058519@adresse"),
        "{third}"
    );

    for (bad, line, said) in [
        ("roi;x;X;;O;1;2026-01-01;2026-12-31;d;\n", 2, "organisation inconnue"),
        ("etat;x;X;;O;un;2026-01-01;2026-12-31;d;departement:95@adresse\n", 2, "nombre de comptes"),
        ("etat;x;X;;O;1;2026-02-30;2026-12-31;d;departement:95@adresse\n", 2, "date illisible"),
        ("etat;x;X;;O;1;2026-01-01;2026-12-31;d;commune@adresse\n", 2, "droit illisible"),
        ("tiers;y;Y;epci:999999999;O;1;2026-01-01;2026-12-31;d;\n", 2, "organisation mandante"),
        ("etat;x;X;;O;1;2026-01-01;2026-12-31;d\n", 2, ""),
    ] {
        let file = write("mauvais.csv", &format!("{header}{bad}"));
        let (code, told) = town.refused(&["convention", "import", &file]);
        assert_eq!(code, 3, "{told}");
        assert!(
            told.contains(&format!("mauvais.csv, ligne {line}")) && told.contains(said),
            "{told}"
        );
    }
    assert_eq!(
        town.shell(&["convention", "list"]).lines().count(),
        3,
        "nothing of a bad line stays"
    );

    let header = "adresse;role;public;droits;exception\n";
    let good = "anne.agent@agglo-a.fr;agent;public_mission;epci:200058519@adresse commune:95018@iris;\n\
                contact@petite.fr;agent;public_mission;commune:95018@adresse;Mairie d'un seul agent\n";
    let file = write("comptes.csv", &format!("{header}{good}"));
    town.shell(&["account", "import", &file]);
    let listed = town.shell(&["account", "list"]);
    assert!(listed.contains("anne.agent@agglo-a.fr\tagent\tpublic_mission\tepci:200058519@adresse,commune:95018@iris"), "{listed}");
    // The second line is named, and its address is not repeated.
    let bad = "bruno.agent@agglo-a.fr;agent;public_mission;france@france;\n\
               mairie@petite.fr;agent;public_mission;france@france;\n";
    let file = write("mauvais.csv", &format!("{header}{bad}"));
    let (code, told) = town.refused(&["account", "import", &file]);
    assert_eq!(code, 3, "{told}");
    assert!(told.contains("ligne 3") && told.contains("aucun compte créé"), "{told}");
    assert!(!told.contains("petite.fr"), "{told}");
    assert_eq!(town.shell(&["account", "list"]).lines().count(), 2, "nothing of a bad table stays");
    // The same table again makes nobody twice; one more line makes one more account.
    let more =
        format!("{header}{good}bruno.agent@agglo-a.fr;agent;public_mission;france@france;\n");
    let file = write("comptes.csv", &more);
    for _ in 0..2 {
        town.shell(&["account", "import", &file]);
        assert_eq!(town.shell(&["account", "list"]).lines().count(), 3);
    }
}

#[test]
fn rights_follow_merged_communes_and_the_change_is_listed() {
    let town = Town::new();
    town.shell(&words(
        "account add anne.agent@agglo-a.fr --territory commune:95002 --finest adresse \
         --audience public_mission",
    ));
    town.shell(&words(&format!("{EPCI} --until 2199-12-31")));
    let table = town.path("mouvements.csv");
    std::fs::write(
        &table,
        "MOD,DATE_EFF,TYPECOM_AV,COM_AV,TNCC_AV,NCC_AV,TYPECOM_AP,COM_AP\n\
         32,2027-01-01,COM,95002,0,B,COM,95001\n32,2027-01-01,COM,95001,0,A,COM,95001\n",
    )
    .unwrap();
    town.shell(&["convention", "movements", table.to_str().unwrap()]);
    let row = |code: &str| {
        serde_json::json!({
            "code": code, "nom": code, "departement": "95", "region": "11",
            "epci": "200058519", "ept": null, "bounds": null,
        })
    };
    for (name, codes, expected) in [
        ("2024.json", vec!["95001", "95002"], ""),
        ("2026.json", vec!["95001"], "anne.agent@agglo-a.fr\t95002@adresse\t95001"),
        ("autre.json", vec!["38001"], "anne.agent@agglo-a.fr\t95002@adresse\t-"),
    ] {
        let rows: Vec<_> = codes.into_iter().map(row).collect();
        std::fs::write(town.path(name), serde_json::to_vec(&rows).unwrap()).unwrap();
        let communes = town.path(name);
        let listed =
            town.shell(&["convention", "changes", "--communes", communes.to_str().unwrap()]);
        assert_eq!(listed, expected, "{name}");
    }
}

#[test]
fn a_mission_from_the_shell_from_its_limits_to_its_destruction() {
    let town = Town::new();
    let shell = |text: &str| town.shell(&words(text));
    let table = town.path("epci.csv");
    std::fs::write(
        &table,
        "CODGEO;LIBGEO;EPCI;LIBEPCI;DEP;REG\n95018;Argenteuil;200058519;CA d'Essai;95;11\n\
         95127;Cergy;249500109;CA de Cergy;95;11\n",
    )
    .unwrap();
    town.shell(&["convention", "tables", table.to_str().unwrap()]);
    let (code, said) = town.refused(&words(
        "convention add --kind epci --code epci:200000009 --name X --seats 1 --purpose X --dpo X \
         --from 2026-01-01 --until 2199-12-31",
    ));
    assert!(code == 2 && said.contains("epci:200000009"), "{code}: {said}");
    let epci = shell(&format!("{EPCI} --until 2199-12-31"));
    let tiers = |rights: &str| {
        format!(
            "convention add --kind tiers --code 552100554 --name Bureau --parent {epci} --seats 2 \
             --purpose Étude --dpo X --from 2026-01-01 --until 2199-12-31 {rights}"
        )
    };
    for beyond in ["france@adresse", "commune:95127@adresse", "departement:95@iris"] {
        let (code, said) = town.refused(&words(&tiers(&format!("--rights {beyond}"))));
        assert!(code == 2 && said.contains("dépassent"), "{beyond}: {code}: {said}");
    }
    let commune = format!(
        "convention add --kind commune --code commune:95127 --name Cergy --parent {epci} --seats 2 \
         --purpose Annexe --dpo X --from 2026-01-01 --until 2199-12-31"
    );
    assert_eq!(town.refused(&words(&commune)).0, 2, "a commune of another EPCI");
    let id = shell(&tiers(""));
    assert_eq!(shell(&format!("convention code {id}")).len(), 9);

    // Accounts under a convention, within it.
    let add = |rest: &str| {
        format!("account add paul.etude@bureau.fr --audience public_mission --finest iris {rest}")
    };
    let under = format!("--role tiers --convention {id}");
    let (code, said) = town.refused(&words(&add(&format!("--territory france {under}"))));
    assert!(code == 2 && said.contains("dépassent"), "{code}: {said}");
    shell(&add(&format!("--territory commune:95018 {under}")));
    assert_eq!(town.refused(&words(&add("--territory france"))).0, 2, "one account is enough");
    shell(&format!("account token paul.etude@bureau.fr --convention {id}"));

    // A breach, a sub-processor, the destruction, the register.
    let breach = shell(&format!(
        "convention breach {id} --known 2026-01-02T08:00:00Z --from 2026-01-01 --to 2026-01-31 \
         --description 'Un poste volé'"
    ));
    assert!(shell("convention breaches").contains("en retard"));
    assert!(shell(&format!("convention breach-file {breach}")).starts_with("compte;evenement"));
    shell(&format!("convention breach-notified {breach} --how Téléservice"));
    let asked = shell(&format!("convention subprocessor {id} --name Atelier --purpose Cartes"));
    shell(&format!("convention subprocessor-answer {asked} --reference 'Courrier 3'"));
    assert_eq!(shell(&format!("convention exports {id}")).lines().count(), 1);
    shell(&format!("convention destroyed {id} --reference 'Attestation 7'"));
    let register = shell("convention register");
    for told in ["Atelier, autorisé par écrit", "Attestation 7", "365 jours", "Agglo A"] {
        assert!(register.contains(told), "{told} is not in {register}");
    }

    // The journal: an entry kept elsewhere stands in it; a forged one does not.
    let proof = shell("journal verify");
    let fields: Vec<&str> = proof.split('\t').collect();
    let noted = format!("{}:{}", fields[1], fields[2]);
    shell("account release paul.etude@bureau.fr");
    shell(&format!("journal verify --expect {noted}"));
    let forged = format!("{}:{}", fields[1], "0".repeat(64));
    assert_eq!(town.refused(&words(&format!("journal verify --expect {forged}"))).0, 1);
    assert!(!shell("account list").contains("paul.etude"));
}
