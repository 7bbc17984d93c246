//! The convention, clause by clause: each as people meet it, over HTTP and from the operator's shell, on
//! both databases.

mod annexes;
mod articles;
mod site;

use super::town::Town;
use site::Site;

/// A clause, and what holds it.
type Clause = (&'static str, fn(&Site));

/// In the order of the convention.
const CLAUSES: [Clause; 16] = [
    ("signataires", articles::signatories),
    ("introduction : au moins 11 ménages", articles::introduction),
    ("article 1 : finalités", articles::purposes),
    ("article 1 : comité de suivi", articles::committee),
    ("article 2 : confidentialité", articles::confidentiality),
    ("article 3 : niveau de détail", articles::level),
    ("article 4 : compte nominatif", articles::account),
    ("article 4 et annexe 3 : administrateur local", articles::administrator),
    ("article 4 : communes", articles::communes),
    ("article 5 : tiers mandatés", articles::third_parties),
    ("annexe 2, article 2 : les mêmes clauses", annexes::same_clauses),
    ("annexe 2, article 3 : sous-traitance, violation, registre", annexes::processor),
    ("annexe 2, article 3 : destruction", annexes::destruction),
    ("annexe 2, article 5 : comptes et terme", annexes::seats_and_end),
    ("annexe 1, R411-4 : destinataires", annexes::recipients),
    ("annexe 1, R411-3 : ce que contient le répertoire", annexes::register_items),
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
