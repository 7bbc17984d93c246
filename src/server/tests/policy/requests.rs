//! What a line of the table asks, written out.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use super::people::{PDF, Somebody, digest, password};
use domain::Scale;

const NEW_PASSWORD: &str = "un-autre-mot-de-passe-long";
const NO_TICKET: &str = "seuilt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A request without its credential: `who` asks, and `number` is never given twice.
pub(super) fn request(
    route: &str,
    case: &str,
    who: Option<&Somebody>,
    number: usize,
) -> Request<Body> {
    let (method, pattern) = route.split_once(' ').unwrap();
    let (path, body) = written(route, pattern, case, who, number);
    let request = Request::builder().method(method).uri(path);
    if route == "POST /api/conventions/{id}/documents" {
        return request.header("content-type", "application/pdf").body(Body::from(PDF)).unwrap();
    }
    match body {
        Some(body) => {
            request.header("content-type", "application/json").body(Body::from(body.to_string()))
        }
        None => request.body(Body::empty()),
    }
    .unwrap()
}

fn written(
    route: &str,
    pattern: &str,
    case: &str,
    who: Option<&Somebody>,
    number: usize,
) -> (String, Option<Value>) {
    let fixed = |body: Value| (pattern.to_owned(), Some(body));
    // Of somebody without identity an address is asked once: how often is another table's matter.
    let nobody = format!("personne-sans-compte-{number}@agglo-essai.fr");
    let mine = who.map_or(nobody.as_str(), |one| one.email.as_str());
    let new = format!("nouveau-{number}@agglo-essai.fr");
    let edition = if case == "édition inconnue" { "2019r1" } else { "2024r1" };
    match (route, case) {
        ("GET /tiles/{edition}/{scale}/{z}/{x}/{y}", _) => (tile(edition, case), None),
        ("GET /tiles/{edition}/{scale}/{z}/{x}", _) => {
            (format!("/tiles/latest/11/{}/0.mvt", column(case)), None)
        }
        ("GET /tiles/{edition}", _) => (format!("/tiles/{edition}.json"), None),
        ("GET /tiles/{edition}/{scale}", _) => (format!("/tiles/{edition}/commune.json"), None),
        ("GET /editions/{edition}/indicators" | "GET /editions/{edition}/certificate", _) => {
            (pattern.replace("{edition}", edition), None)
        }
        ("GET /editions/{edition}/zones", case) => {
            let query = match case {
                "dans sa commune" => "scale=iris&within=commune:95001",
                "dans une commune de l'EPCI voisin" => "scale=iris&within=commune:95002",
                "dans une commune d'une autre région" => "scale=iris&within=commune:38001",
                "dans l'EPCI voisin" => "scale=iris&within=epci:200000002",
                "dans une commune qui n'existe pas" => "scale=iris&within=commune:99999",
                "une colonne inconnue" => "scale=iris&fields=code,menages",
                "échelle inconnue" => "scale=rue",
                "une échelle entière" | "édition inconnue" => "scale=adresse",
                _ => unknown(route, case),
            };
            (format!("{}?{query}", pattern.replace("{edition}", edition)), None)
        }
        ("GET /export/{edition}/{file}", case) => {
            let file = match case {
                "dans sa commune" => "iris.csv?within=commune:95001",
                "dans une commune de l'EPCI voisin" => "iris.csv?within=commune:95002",
                "une colonne inconnue" => "iris.csv?fields=menages",
                "un format inconnu" => "iris.shp",
                "une finalité inconnue" => "iris.csv?but=revente",
                "édition inconnue" => "iris.csv",
                "csv rfc4180, une échelle entière" => "iris.csv?dialect=rfc4180",
                whole => {
                    let ending = whole.strip_suffix(", une échelle entière");
                    let ending = ending.unwrap_or_else(|| unknown(route, case));
                    return (format!("/export/{edition}/iris.{ending}"), None);
                }
            };
            (format!("/export/{edition}/{file}"), None)
        }
        ("GET /editions/{edition}/search", case) => {
            let query = match case {
                "une seule lettre" => "q=-a-",
                "un nom" | "édition inconnue" => "q=zone",
                _ => unknown(route, case),
            };
            (format!("{}?{query}", pattern.replace("{edition}", edition)), None)
        }
        ("GET /qgis/connections.xml" | "GET /qgis/features.xml", _) => (pattern.to_owned(), None),
        ("GET /qgis/{name}", "avec une configuration de QGIS") => {
            ("/qgis/commune.qlr?authcfg=abc1234".to_owned(), None)
        }
        ("GET /qgis/{name}", _) => ("/qgis/commune.qlr".to_owned(), None),
        (_, case) if pattern.starts_with("/ogc") => (ogc(pattern, edition, case), None),
        ("GET /styles/{name}", _) => ("/styles/taille.json".into(), None),
        ("GET *", "adresse inconnue") => ("/inconnu".into(), None),
        ("GET *", "la description des routes (openapi.json)") => ("/openapi.json".into(), None),
        ("POST /session", "le bon mot de passe") => {
            fixed(json!({ "email": mine, "password": password() }))
        }
        ("POST /session", "un mauvais mot de passe") => {
            fixed(json!({ "email": mine, "password": "pas-le-bon-mot-de-passe" }))
        }
        ("POST /api/requests", case) => {
            let email = match case {
                "une adresse nouvelle" => new,
                "une adresse qui a un compte" => mine.to_owned(),
                "une adresse générique" => format!("contact@agglo-{number}.fr"),
                _ => unknown(route, case),
            };
            fixed(json!({ "email": email, "name": "Essai", "organisation": "epci:200000001" }))
        }
        ("POST /api/password/reset", case) => {
            let email = match case {
                "une adresse inconnue" => new,
                "une adresse qui a un compte" => mine.to_owned(),
                _ => unknown(route, case),
            };
            fixed(json!({ "email": email }))
        }
        ("POST /api/requests/proof" | "POST /api/password/new", "un lien qui n'existe pas") => {
            fixed(json!({ "ticket": NO_TICKET, "password": NEW_PASSWORD }))
        }
        ("POST /api/clauses/acceptance", "la version en vigueur") => fixed(json!({ "version": 1 })),
        ("POST /api/clauses/acceptance", "une version dépassée") => {
            fixed(json!({ "version": 0 }))
        }
        ("PUT /api/password", "le bon mot de passe d'avant") => {
            fixed(json!({ "before": password(), "password": NEW_PASSWORD }))
        }
        ("PUT /api/password", "un mauvais mot de passe d'avant") => {
            fixed(json!({ "before": "pas-le-bon-mot-de-passe", "password": NEW_PASSWORD }))
        }
        ("DELETE /api/sessions/{id}", "la sienne") => {
            let session = who.map_or(String::new(), |one| digest(&one.session));
            (format!("/api/sessions/{}", session.get(..16).unwrap_or("0")), None)
        }
        ("DELETE /api/sessions/{id}", "celle d'un autre") => {
            ("/api/sessions/0123456789abcdef".into(), None)
        }
        ("POST /api/tokens", _) => fixed(json!({ "name": format!("n{number}"), "days": 9 })),
        ("POST /api/tokens/{name}/rotation", case) => {
            (format!("/api/tokens/{}/rotation", token(case)), Some(json!({ "days": 9 })))
        }
        ("DELETE /api/tokens/{name}", case) => (format!("/api/tokens/{}", token(case)), None),
        ("POST /api/accounts/{id}/{step}", case) => {
            let (account, step) = decision(case, who);
            (format!("/api/accounts/{account}/{step}"), Some(json!({ "reason": "essai" })))
        }
        ("POST /api/conventions", _) => fixed(json!({
            "kind": "etat", "code": format!("ddt-{number}"), "name": "DDT", "purpose": "Essai",
            "seats": 3, "starts_on": "2026-01-01", "ends_on": "2028-12-31", "dpo": "Essai",
            "rights": ["departement:95@adresse"],
        })),
        ("PUT /api/mandate", "le sien") => {
            fixed(json!({ "account": who.map_or("x", |one| one.id.as_str()) }))
        }
        ("PUT /api/mandate", "celui d'un autre") => fixed(json!({ "account": "son-epci-actif" })),
        ("POST /api/addresses/release", "celle d'un agent de son EPCI") => {
            fixed(json!({ "email": "son-epci-actif@agglo-essai.fr" }))
        }
        ("GET /api/requests/organisations", _) => (format!("{pattern}?q=alpha"), None),
        ("POST /api/conventions/{id}/administrator", "un suppléant, son EPCI") => {
            let path = pattern.replace("{id}", "epci");
            (path, Some(json!({ "email": new, "name": "Essai", "deputy": true })))
        }
        (
            "POST /api/conventions/{id}/administrator" | "POST /api/conventions/{id}/invitations",
            case,
        ) => {
            let path = pattern.replace("{id}", convention(case));
            (path, Some(json!({ "email": new, "name": "Essai" })))
        }
        ("POST /api/conventions/{id}/extensions", case) => {
            let path = pattern.replace("{id}", convention(case));
            (path, Some(json!({ "ends_on": "2042-01-01", "reference": "Délibération 12" })))
        }
        ("POST /api/conventions/{id}/closing", case) => {
            (pattern.replace("{id}", convention(case)), None)
        }
        ("POST /api/extensions/{id}/grant", _) => {
            ("/api/extensions/prolongation/grant".into(), None)
        }
        ("POST /api/extensions/{id}/refusal", _) => {
            ("/api/extensions/prolongation/refusal".into(), None)
        }
        ("GET /api/conventions/{id}/exports", case) => {
            (pattern.replace("{id}", convention(case)), None)
        }
        (
            "GET /api/conventions/{id}/destruction"
            | "GET /api/conventions/{id}/subprocessors"
            | "GET /api/conventions/{id}/signature"
            | "GET /api/conventions/{id}/designations"
            | "GET /api/conventions/{id}/annexe-3"
            | "GET /api/conventions/{id}/committee"
            | "GET /api/conventions/{id}/documents",
            case,
        ) => (pattern.replace("{id}", convention(case)), None),
        ("PUT /api/conventions/{id}/signature", case) => {
            let party = |party: &str| {
                json!({
                    "party": party, "organisation": "Agglo", "representative": "Claire Chef",
                    "dpo": "dpo@agglo.fr",
                })
            };
            let parties = ["operateur", "association", "mandant", "organisme"].map(party);
            let body = json!({ "signed_on": "2026-01-05", "place": "Cergy", "parties": parties });
            (pattern.replace("{id}", convention(case)), Some(body))
        }
        ("PUT /api/designations", "administrateur de son EPCI") => fixed(json!({
            "account": "son-epci-chef", "telephone": "01 34 25 30 30",
            "signed_on": "2026-01-05", "representative": "La présidente",
        })),
        ("POST /api/conventions/{id}/committee/members", case) => {
            let body = json!({ "seat": "bailleur", "organisation": "Habitat" });
            (pattern.replace("{id}", convention(case)), Some(body))
        }
        ("POST /api/conventions/{id}/committee/consultations", case) => {
            let body = json!({
                "stage": "publication", "subject": "Portrait", "held_on": "2026-06-01",
                "opinion": "Favorable",
            });
            (pattern.replace("{id}", convention(case)), Some(body))
        }
        ("DELETE /api/committee/members/{id}", "son EPCI") => {
            ("/api/committee/members/membre".into(), None)
        }
        ("POST /api/conventions/{id}/documents", case) => {
            let (kind, case) = case.split_once(", ").unwrap();
            let path = pattern.replace("{id}", convention(case));
            (format!("{path}?kind={kind}&name=essai.pdf"), None)
        }
        ("GET /api/documents/{id}" | "DELETE /api/documents/{id}", case) => {
            let document = match case {
                "convention de son EPCI" => "convention-epci",
                "attestation du tiers mandaté par son EPCI" => "attestation-tiers",
                "convention d'un autre EPCI" => "convention-voisin",
                _ => unknown(route, case),
            };
            (format!("/api/documents/{document}"), None)
        }
        ("POST /api/conventions/{id}/destruction", case) => {
            let path = pattern.replace("{id}", convention(case));
            (path, Some(json!({ "reference": "Attestation du 3 mars" })))
        }
        ("POST /api/conventions/{id}/subprocessors", case) => {
            let path = pattern.replace("{id}", convention(case));
            (path, Some(json!({ "name": "Atelier", "purpose": "Cartes" })))
        }
        ("POST /api/subprocessors/{id}/answer", _) => {
            let body = json!({ "authorised": true, "reference": "Courrier 4" });
            ("/api/subprocessors/sous-traitant/answer".into(), Some(body))
        }
        ("POST /api/breaches", case) => fixed(json!({
            "convention": convention(case), "known_at": "2027-01-15T07:00:00Z",
            "from": "2027-01-01", "to": "2027-01-15", "description": "Un poste volé",
        })),
        ("GET /api/breaches/{id}/file", _) => ("/api/breaches/violation/file".into(), None),
        ("POST /api/breaches/{id}/notification", _) => {
            let body = json!({ "how": "Téléservice de la CNIL" });
            ("/api/breaches/violation/notification".into(), Some(body))
        }
        ("POST /api/clauses", _) => fixed(json!({ "body": "# Clauses" })),
        ("GET /api/journal", case) => {
            let of = match case {
                "le sien" => mine,
                "celui d'un agent de son EPCI" => "son-epci-actif@agglo-essai.fr",
                "celui d'un agent d'un autre EPCI" => "autre-epci-actif@agglo-essai.fr",
                _ => unknown(route, case),
            };
            (format!("/api/journal?account={of}&from=2027-01-01&to=2027-01-31"), None)
        }
        (_, "–" | "un jeton inconnu" | "un jeton en service") if !pattern.contains('{') => {
            (pattern.to_owned(), None)
        }
        _ => unknown(route, case),
    }
}

fn unknown(route: &str, case: &str) -> ! {
    panic!("{route}, « {case} » : nobody wrote down what that asks")
}

fn tile(edition: &str, case: &str) -> String {
    let at = match case {
        "édition inconnue" => "commune/11/0/0".into(),
        "échelle inconnue" => "rue/11/0/0".into(),
        "hors des zooms de l'échelle" => "commune/13/0/0".into(),
        "hors du monde" => "commune/8/256/0".into(),
        _ => {
            let (case, labels) = match case.strip_prefix("noms, ") {
                Some(case) => (case, ".labels"),
                None => (case, ""),
            };
            let (scale, _) = case.split_once(", ").unwrap();
            let scale: Scale = scale.parse().unwrap();
            let zoom = if scale == Scale::FRANCE { 0 } else { *scale.default_zooms().end() };
            format!("{scale}{labels}/{zoom}/{}/0", column(case))
        }
    };
    format!("/tiles/{edition}/{at}.mvt")
}

/// A path of `/ogc`.
fn ogc(pattern: &str, edition: &str, case: &str) -> String {
    let (scale, query) = match case {
        "échelle inconnue" => ("rue", ""),
        "dans l'emprise d'une autre région" => ("iris", "?bbox=2.15,48.9,2.25,49"),
        "un filtre sur un nom" => ("iris", "?filter=nom%20LIKE%20'Z%25'"),
        "en FlatGeobuf" => ("iris", "?f=fgb"),
        "en page" => ("iris", "?f=html"),
        "un filtre sur un chiffre" => ("iris", "?filter=n_menages%20=%20'11'"),
        "un paramètre inconnu" => ("iris", "?n_menages=11"),
        "aucune zone demandée (limit=0)" => ("iris", "?limit=0"),
        "un curseur écrit à la main" => ("iris", "?cursor=OTUwMDE"),
        "–" | "une collection" | "une échelle entière" | "édition inconnue" => ("iris", ""),
        "une zone inconnue" => ("iris", ""),
        placed => (placed.split_once(", ").map_or("iris", |(scale, _)| scale), ""),
    };
    let code = match case.rsplit_once(", ").map(|(_, place)| place) {
        Some("chez soi") => "95001",
        Some("EPCI voisin") => "95002",
        Some("autre région") => "38001",
        _ => "99999",
    };
    let path = pattern.replace("{collection}", &format!("{edition}.{scale}"));
    format!("{}{query}", path.replace("{id}", code))
}

/// The column of the tile of a place.
fn column(case: &str) -> u32 {
    match case.rsplit_once(", ").map_or(case, |(_, place)| place) {
        "chez soi" => 0,
        "EPCI voisin" => 1,
        "autre région" => 2,
        _ => unknown("tuile", case),
    }
}

fn token(case: &str) -> &'static str {
    match case {
        "le sien" => "autre",
        "un nom inconnu" => "inconnu",
        _ => unknown("jeton", case),
    }
}

fn convention(case: &str) -> &'static str {
    match case {
        "son EPCI" => "epci",
        "autre EPCI" => "voisin",
        "tiers mandaté par son EPCI" => "tiers",
        "tiers d'un autre EPCI" => "tiers-voisin",
        _ => unknown("convention", case),
    }
}

fn decision(case: &str, who: Option<&Somebody>) -> (String, String) {
    let (step, place) = case.split_once(", ").unwrap_or((case, ""));
    let account = match (step, place) {
        ("suspension d'un administrateur local", _) => "son-epci-chef".to_owned(),
        ("suspension de soi-même", _) => who.map_or("personne".into(), |one| one.id.clone()),
        ("validation d'une adresse non prouvée", _) => "son-epci-invite".to_owned(),
        ("étape inconnue", _) => return ("son-epci-actif".into(), "promotion".into()),
        (_, "son EPCI" | "autre EPCI") => {
            let state = match step {
                "validation" | "rejet" => "prouve",
                "suspension" | "fermeture" => "actif",
                "reprise" => "suspendu",
                _ => unknown("compte", case),
            };
            format!("{}-{state}", if place == "son EPCI" { "son-epci" } else { "autre-epci" })
        }
        _ => unknown("compte", case),
    };
    let step = step.split(' ').next().unwrap_or(step);
    (account, step.to_owned())
}
