//! Everybody whom a column of the table stands for, put into the database as it is found there.

use sha2::{Digest, Sha256};
use sqlx::{Connection, SqliteConnection};

use super::super::house::{House, NOW, PASSWORD};
use accounts::{Actor, NewDocument};
use rights::State;

/// The columns of people in service, with the role and the audience of the account, and its
/// convention.
pub(super) const PEOPLE: [(&str, &str, &str, &str); 10] = [
    ("opérateur", "operateur", "public_mission", "operateur"),
    ("administrateur local", "administrateur", "public_mission", "epci"),
    ("agent de l'EPCI", "agent", "public_mission", "epci"),
    ("agent de la commune", "agent", "public_mission", "commune"),
    ("tiers mandaté", "tiers", "public_mission", "tiers"),
    ("service de l'État", "etat", "public_mission", "etat"),
    ("bailleur", "bailleur", "bailleur", "bailleur"),
    ("département", "agent", "public_mission", "departement"),
    ("ADIL", "agent", "public_mission", "adil"),
    ("réservataire", "agent", "public_mission", "reservataire"),
];

/// Conventions: name, parent, rights.
const CONVENTIONS: [(&str, Option<&str>, &[&str]); 11] = [
    ("operateur", None, &["france@adresse"]),
    ("epci", None, &["epci:200000001@adresse"]),
    ("commune", Some("epci"), &["commune:95001@adresse"]),
    ("tiers", Some("epci"), &["epci:200000001@adresse"]),
    ("etat", None, &["departement:95@adresse"]),
    ("bailleur", None, &["commune:95001@adresse", "france@commune"]),
    ("departement", None, &["departement:95@adresse"]),
    ("adil", None, &["departement:95@adresse"]),
    ("reservataire", None, &["region:11@iris"]),
    ("voisin", None, &["epci:200000002@adresse"]),
    ("tiers-voisin", Some("voisin"), &["epci:200000002@adresse"]),
];

/// Documents: their convention and kind.
const DOCUMENTS: [(&str, &str); 3] =
    [("epci", "convention"), ("tiers", "attestation"), ("voisin", "convention")];

/// The least that is taken for a PDF.
pub(in super::super) const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\nstartxref\n9\n%%EOF\n";

/// What is wrong with somebody's convention, and its days.
const WRONG_DAYS: [(&str, &str, &str, bool); 3] = [
    ("pas commencée", "2030-01-01", "2040-12-31", false),
    ("passée", "2020-01-01", "2020-12-31", false),
    ("terminée", "2020-01-01", "2040-12-31", true),
];

/// Somebody, with a session and a token that open unless something else refuses them.
#[derive(Clone, Debug)]
pub(super) struct Somebody {
    pub(super) column: &'static str,
    /// What is said when an answer differs.
    pub(super) told: String,
    pub(super) id: String,
    pub(super) email: String,
    pub(super) session: String,
    pub(super) token: String,
}

/// Fills the database, and gives everybody.
pub(super) async fn settle(house: &House) -> Vec<Somebody> {
    let mut connection = open(house).await;
    // One password for all, hashed once, by the program.
    let hashed = house.token("empreinte", "france").await;
    assert!(!hashed.is_empty());
    let mut change = connection.begin().await.unwrap();
    for (name, parent, rights) in CONVENTIONS {
        convention(&mut change, name, parent, rights, ("2020-01-01", "2040-12-31", false)).await;
    }
    let (mut everybody, mut number) = (Vec::new(), 0);
    for (column, role, audience, own) in PEOPLE {
        let mut put = Vec::new();
        for state in State::ALL {
            let (column, clauses) = match state {
                State::Active => (column, Some(1)),
                State::Validated => ("clauses à accepter", None),
                _ => ("hors service", Some(1)),
            };
            put.push((column, state, clauses, own.to_owned(), format!("compte {state}")));
        }
        let old = ("clauses à accepter", State::Active, Some(0), own.to_owned());
        put.push((old.0, old.1, old.2, old.3, "clauses d'avant".into()));
        let (_, parent, rights) = CONVENTIONS.into_iter().find(|(name, ..)| *name == own).unwrap();
        for (what, from, until, closed) in WRONG_DAYS {
            let name = format!("{own}-{from}-{until}-{closed}");
            // The administrator and the agent of an EPCI share theirs.
            if role != "agent" || own != "epci" {
                convention(&mut change, &name, parent, rights, (from, until, closed)).await;
            }
            let told = format!("convention {what}");
            put.push(("hors service", State::Active, Some(1), name, told));
        }
        if let Some(parent) = parent {
            let (name, above) =
                (format!("{own}-orpheline"), format!("{parent}-2020-01-01-2020-12-31-false"));
            convention(
                &mut change,
                &name,
                Some(&above),
                rights,
                ("2020-01-01", "2040-12-31", false),
            )
            .await;
            put.push(("hors service", State::Active, Some(1), name, "EPCI sorti".into()));
        }
        for (column, state, clauses, convention, what) in put {
            number += 1;
            let one = Somebody {
                column,
                told: format!("{role}, {own}, {what}"),
                id: format!("personne-{number}"),
                email: format!("personne-{number}@agglo-essai.fr"),
                session: format!("seuils_{number:043}"),
                token: format!("seuil_{number:043}"),
            };
            account(&mut change, &one, role, audience, state, clauses, &convention).await;
            credentials(&mut change, &one).await;
            everybody.push(one);
        }
    }
    // Those whom an administrator decides about, in both EPCI.
    for (place, own) in [("son-epci", "epci"), ("autre-epci", "voisin")] {
        for state in [State::Invited, State::Proved, State::Active, State::Suspended] {
            let one = aim(&format!("{place}-{state}"));
            account(&mut change, &one, "agent", "public_mission", state, Some(1), own).await;
        }
        let one = aim(&format!("{place}-chef"));
        account(&mut change, &one, "administrateur", "public_mission", State::Active, Some(1), own)
            .await;
    }
    sqlx::query(
        "INSERT INTO extension (id, convention_id, requested_by, requested_at, reference, old_end, \
         new_end) VALUES ('prolongation', 'tiers', 'x', 0, 'x', '2040-12-31', '2041-12-31')",
    )
    .execute(&mut *change)
    .await
    .unwrap();
    for text in [
        "INSERT INTO designation (account_id, telephone, signed_on, representative, recorded_at) \
         VALUES ('son-epci-chef', '01 34 25 30 30', '2026-01-05', 'La présidente', 0), \
         ('autre-epci-chef', '01 34 25 30 31', '2026-01-05', 'Le président', 0)",
        "INSERT INTO subprocessor (id, convention_id, name, purpose, asked_by, asked_at) \
         VALUES ('sous-traitant', 'tiers', 'x', 'x', 'x', 0)",
        "INSERT INTO committee_member (id, convention_id, seat, organisation, since) \
         VALUES ('membre', 'epci', 'bailleur', 'x', 0)",
        "INSERT INTO breach (id, convention_id, declared_by, known_at, declared_at, from_day, \
         to_day, description) VALUES ('violation', 'tiers', 'x', 0, 0, '2027-01-01', \
         '2027-01-15', 'x')",
    ] {
        sqlx::query(text).execute(&mut *change).await.unwrap();
    }
    change.commit().await.unwrap();
    for (convention, kind) in DOCUMENTS {
        let new = NewDocument { convention, kind: kind.parse().unwrap(), name: "essai.pdf" };
        house.access.add_document(Actor::Shell, new, PDF, NOW).await.unwrap();
    }
    everybody
}

/// The documents that are there, as `kind-convention`, with their identifiers.
pub(super) async fn documents(house: &House) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (convention, kind) in DOCUMENTS {
        let listed = house.access.documents(Actor::Shell, convention, NOW).await.unwrap();
        let one = listed.iter().find(|one| one.kind == kind).unwrap();
        found.push((format!("{kind}-{convention}"), one.id.clone()));
    }
    found
}

/// A connection beside those of the server, which waits for no disk.
pub(super) async fn open(house: &House) -> SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(house.database())
        .foreign_keys(false)
        .synchronous(sqlx::sqlite::SqliteSynchronous::Off);
    SqliteConnection::connect_with(&options).await.unwrap()
}

fn aim(name: &str) -> Somebody {
    Somebody {
        column: "",
        told: String::new(),
        id: name.to_owned(),
        email: format!("{name}@agglo-essai.fr"),
        session: String::new(),
        token: String::new(),
    }
}

async fn convention(
    change: &mut SqliteConnection,
    name: &str,
    parent: Option<&str>,
    rights: &[&str],
    (from, until, closed): (&str, &str, bool),
) {
    // What an organisation is follows from the name of its first convention.
    let kind = match name.split('-').next().unwrap() {
        "voisin" => "epci",
        kind => kind,
    };
    sqlx::query("INSERT INTO organisation VALUES ($1, $2, 'Essai', $3, 0)")
        .bind(name.to_owned())
        .bind(kind.to_owned())
        .bind(if name == "epci" { "epci:200000001".to_owned() } else { format!("code-{name}") })
        .execute(&mut *change)
        .await
        .unwrap();
    sqlx::query(
        "INSERT INTO convention (id, organisation_id, parent_id, reference, purpose, seats, \
         starts_on, ends_on, dpo, created_at, closed_at) \
         VALUES ($1, $1, $2, $1, 'objet', 1000, $3, $4, 'dpo', 0, $5)",
    )
    .bind(name.to_owned())
    .bind(parent.map(str::to_owned))
    .bind(from.to_owned())
    .bind(until.to_owned())
    .bind(closed.then_some(1))
    .execute(&mut *change)
    .await
    .unwrap();
    for right in rights {
        let (territory, finest) = right.split_once('@').unwrap();
        sqlx::query("INSERT INTO convention_right VALUES ($1, $2, $3)")
            .bind(name.to_owned())
            .bind(territory.to_owned())
            .bind(finest.to_owned())
            .execute(&mut *change)
            .await
            .unwrap();
    }
}

async fn account(
    change: &mut SqliteConnection,
    one: &Somebody,
    role: &str,
    audience: &str,
    state: State,
    clauses: Option<i64>,
    convention: &str,
) {
    sqlx::query(
        "INSERT INTO person (id, email, name, password_hash, created_at) SELECT $1, $2, 'Essai', \
         password_hash, 0 FROM person WHERE email = 'empreinte@agglo-essai.fr'",
    )
    .bind(format!("p-{}", one.id))
    .bind(one.email.clone())
    .execute(&mut *change)
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO account (id, person_id, convention_id, role, audience, state, state_at, \
         created_at, clauses_version) VALUES ($1, $2, $3, $4, $5, $6, 0, 0, $7)",
    )
    .bind(one.id.clone())
    .bind(format!("p-{}", one.id))
    .bind(convention.to_owned())
    .bind(role.to_owned())
    .bind(audience.to_owned())
    .bind(state.id())
    .bind(clauses)
    .execute(change)
    .await
    .unwrap();
}

async fn credentials(change: &mut SqliteConnection, one: &Somebody) {
    sqlx::query("INSERT INTO session VALUES ($1, $2, $3, $3)")
        .bind(digest(&one.session))
        .bind(one.id.clone())
        .bind(NOW.seconds())
        .execute(&mut *change)
        .await
        .unwrap();
    for (name, secret) in [("essai", one.token.clone()), ("autre", format!("{}-autre", one.token))]
    {
        sqlx::query("INSERT INTO token VALUES ($1, $2, $3, 0, $4, NULL)")
            .bind(digest(&secret))
            .bind(one.id.clone())
            .bind(name)
            .bind(NOW.plus(3600).seconds())
            .execute(&mut *change)
            .await
            .unwrap();
    }
}

/// As a secret is stored.
pub(super) fn digest(secret: &str) -> String {
    hex::encode(Sha256::digest(secret))
}

/// The password of everybody.
pub(super) fn password() -> &'static str {
    PASSWORD
}
