//! Refusals (RFC 9457): the server has a fixed list of sentences.

use serde_json::{Value, json};

use super::json::Node;
use super::shape::Shape;

/// Status, title and what may be said under it, of the answers to `GET`.
const REFUSALS: [(u16, &str, &[&str]); 13] = [
    (
        400,
        "Requête incorrecte",
        &[
            "Une tuile se termine par .mvt ou .pbf.",
            "Le zoom va de 0 à 30.",
            "La tuile est hors du monde : x et y sont inférieurs à 2 puissance z.",
            "z, x et y sont des nombres entiers, en chiffres.",
            "L'adresse n'est pas du texte UTF-8.",
            "L'adresse d'une tuile s'écrit sans caractère échappé (%).",
            "X-Original-URI n'est pas une adresse : le serveur ne peut pas la noter.",
            "Demander ce fichier avec un jeton, par exemple à l'adresse \
             /k/JETON/qgis/connections.xml : une session n'en a pas.",
            "Demander cette couche avec un jeton, ou dire par authcfg quelle configuration \
             d'authentification de QGIS en tient lieu.",
            "authcfg est l'identifiant, de sept lettres et chiffres, d'une configuration \
             d'authentification de QGIS.",
            "Donner from et to (AAAA-MM-JJ), et account.",
            "after est l'adresse du dernier compte de la page d'avant.",
            "Un paramètre de l'adresse est inconnu ; /openapi.json les décrit.",
            "Un paramètre de l'adresse y est deux fois.",
            "Un paramètre de l'adresse n'est pas du texte UTF-8.",
            "limit est un nombre entier, de 1 au plus grand admis.",
            "Dire de quelle échelle : scale=commune, par exemple.",
            "f est json ou ndjson.",
            "q est trop long : au plus 100 caractères.",
            "q a au moins deux lettres ou chiffres.",
            "fields nomme des colonnes de cette échelle, séparées par des virgules ; \
             /editions/{edition}/indicators les décrit.",
            "within s'écrit échelle:code, par exemple commune:95018 ou departement:95.",
            "within nomme une commune, ou une zone faite de communes entières.",
            "dialect est fr ou rfc4180, pour un fichier .csv.",
            "Trop de zones pour une feuille ; préciser within, ou prendre .csv.",
            "f est json, html ou, pour des zones, fgb.",
            "bbox est quatre ou six nombres, ouest, sud, est, nord en degrés.",
            "datetime est un instant ou un intervalle (RFC 3339).",
            "filter-lang est cql2-text.",
            "filter-crs est http://www.opengis.net/def/crs/OGC/1.3/CRS84.",
            "Un filtre a au plus 2048 octets.",
            "Un filtre a au plus 24 parenthèses imbriquées.",
            "Un filtre a au plus huit LIKE, CASEI et S_INTERSECTS.",
            "Un filtre s'écrit en CQL2 (texte).",
            "Un filtre ne lit que code, nom, communes et geometry.",
            "Un filtre ne compare que des textes, et un lieu à BBOX ou POINT.",
            "cursor n'est pas d'une page de cette question ; reprendre à la première.",
        ],
    ),
    (
        401,
        "Identification nécessaire",
        &["Se connecter sur le portail, ou envoyer un jeton en service."],
    ),
    (
        401,
        "Clauses à accepter",
        &["Accepter les clauses de confidentialité en vigueur sur le portail."],
    ),
    (
        401,
        "Session nécessaire",
        &["Se connecter sur le portail : un jeton ne fait que lire les données."],
    ),
    (404, "Introuvable", &["Cette ressource n'existe pas, ou n'est pas dans votre territoire."]),
    (405, "Méthode refusée", &["Cette adresse existe pour une autre méthode."]),
    (406, "Format refusé", &["Accepter application/geo+json, application/json ou text/html."]),
    (406, "Encodage refusé", &["Accepter gzip ou identity dans l'en-tête Accept-Encoding."]),
    (
        429,
        "Trop de demandes",
        &[
            "Trop de jetons ou de sessions inconnus depuis votre réseau ; attendre un instant.",
            "Trop de réponses attendent que votre réseau les lise.",
            "Trop de demandes avec les sessions de ce compte ; attendre un instant.",
            "Trop de demandes avec les jetons de ce compte ; attendre un instant.",
            "Trop d'exports de ce compte ; attendre avant d'en faire un autre.",
            "Trop d'exports sont en cours pour votre réseau ; attendre la fin de l'un d'eux.",
            "Trop de recherches de ce compte ; attendre un instant.",
        ],
    ),
    (
        500,
        "Erreur du serveur",
        &["Le serveur n'a pas pu répondre ; l'exploitant en trouve la cause au journal."],
    ),
    (500, "Document altéré", &["Ce document est abîmé ou a été altéré : il n'est pas montré."]),
    (
        503,
        "Clé absente",
        &["Les documents ne peuvent être ni gardés ni lus : l'exploitant n'a pas donné leur clé \
           (accounts.documents_key)."],
    ),
    (
        503,
        "Service indisponible",
        &[
            "Le serveur ne peut pas répondre maintenant ; réessayer dans un instant.",
            "Le journal des consultations ne peut pas être écrit ; réessayer plus tard.",
        ],
    ),
];

/// Refusals of what an address or a head is before any route.
const BEFORE: [(u16, &str, &str); 2] = [
    (414, "Adresse trop longue", "L'adresse demandée est trop longue."),
    (431, "En-têtes trop longs", "Les en-têtes de la requête sont trop longs."),
];

/// Whether a document means to be a refusal: no other answer says a status in one of these words.
pub fn is_refusal(root: &Node) -> bool {
    ["type", "title", "detail"].iter().any(|key| root.get(key).is_some())
}

/// Where a refusal is none of the list.
pub fn check(root: &Node) -> Vec<String> {
    let title = root.get("title").and_then(Node::text).unwrap_or_default();
    let detail = root.get("detail").and_then(Node::text).unwrap_or_default();
    let listed = REFUSALS.iter().flat_map(|(status, title, details)| {
        details.iter().map(move |detail| (*status, *title, *detail))
    });
    let all: Vec<(u16, &str, &str)> = listed.chain(BEFORE).collect();
    // The nearest of the list, so that a finding names the field that differs.
    let nearest = all.iter().max_by_key(|(_, own, said)| (*said == detail, *own == title));
    let expected: Value = nearest.map_or(Value::Null, |(status, title, detail)| {
        json!({ "type": "about:blank", "title": title, "status": status, "detail": detail })
    });
    Shape::Is(expected).check(root)
}

#[cfg(test)]
mod tests {
    use super::super::json::read;
    use super::*;

    #[track_caller]
    fn check_body(change: impl Fn(&mut Value), expected: &[&str]) {
        let mut body = json!({
            "type": "about:blank",
            "title": "Introuvable",
            "status": 404,
            "detail": "Cette ressource n'existe pas, ou n'est pas dans votre territoire.",
        });
        change(&mut body);
        let root = read(body.to_string().as_bytes()).unwrap().root;
        assert!(is_refusal(&root));
        let found = check(&root);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, field) in found.iter().zip(expected) {
            assert!(found.starts_with(field), "{found}");
        }
    }

    #[test]
    fn a_refusal_says_a_known_sentence_and_nothing_more() {
        check_body(|_| {}, &[]);
        check_body(|body| body["status"] = 7.into(), &["status :"]);
        check_body(|body| body["title"] = "Sept".into(), &["title :"]);
        check_body(|body| body["detail"] = "Sept ménages.".into(), &["detail :"]);
        check_body(|body| body["households"] = 7.into(), &["households : clé inattendue"]);
    }

    /// The sentences of the server, from its sources: one that the list lacks would make the
    /// auditor refuse an answer that is right.
    #[test]
    fn the_sentences_that_the_server_says_to_a_get_are_in_the_list() {
        let source = include_str!("../../request/problem.rs");
        let constructors = source.split("impl IntoResponse").next().unwrap();
        let mut seen = 0;
        for written in constructors.split("let detail = \"").skip(1) {
            let detail = written.split('"').next().unwrap();
            let known = |list: &[&str]| list.contains(&detail);
            let of_changes = [
                "Cette demande vient d'un autre site.",
                "Adresse ou mot de passe incorrect.",
                "Le corps de la requête est trop long.",
                "Le corps de la requête a mis trop de temps à arriver.",
                "Trop de requêtes de votre réseau sont encore à recevoir.",
                "Envoyer du JSON, avec Content-Type: application/json.",
                "Envoyer un PDF, avec Content-Type: application/pdf.",
            ];
            seen += 1;
            assert!(
                REFUSALS.iter().any(|(_, _, details)| known(details))
                    || BEFORE.iter().any(|(_, _, own)| *own == detail)
                    || known(&of_changes),
                "{detail}"
            );
        }
        let (_, _, waits) = REFUSALS.iter().find(|(status, ..)| *status == 429).unwrap();
        let said = [source, include_str!("../../request/rates.rs")].concat();
        for detail in *waits {
            assert!(said.contains(detail), "{detail}");
        }
        assert!(seen > 12, "the test must see the sentences it judges, it saw {seen}");
    }
}
