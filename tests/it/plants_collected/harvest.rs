//! Every answer of a small edition, as three accounts receive it, saved as clients save them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde_json::Value;

use crate::pyramid::bounds;
use crate::territory::{SCALES, Territory, cover};
use crate::town::link_in;
use crate::util::{Answer, Server, run};

/// The whole country, with a token in a header.
pub const NATIONAL: &str = "ope";
/// An EPCI, with a token in the path and, for its own account, a session.
pub const LOCAL: &str = "agglo";
/// A landlord, of the other audience.
pub const LANDLORD: &str = "bailleur";

/// The EPCI that crosses into a neighbouring département.
const EPCI: &str = "200901080";
const EMAIL: &str = "claire.chef@agglo-a.fr";

/// The form of annex 3, without what it says.
const FORM: &str = "<!doctype html>\n<html lang=\"fr\">\n<main>\n</main>\n</body>\n</html>\n";

/// What was received, by the name under which it was saved.
pub struct Harvest {
    pub territory: Territory,
    pub answers: BTreeMap<String, Vec<u8>>,
    /// What documents of the program may say.
    pub sentences: Vec<String>,
}

/// The harvest that the tests of this process share.
pub fn harvest() -> Arc<Harvest> {
    static SHARED: Mutex<Weak<Harvest>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(harvest) = shared.upgrade() {
        return harvest;
    }
    let harvest = Arc::new(gather());
    *shared = Arc::downgrade(&harvest);
    harvest
}

/// The route of a saved answer, as the table of rights writes it; `*` for a file of the portal.
pub fn route(name: &str) -> &'static str {
    let path = path(name);
    let parts: Vec<&str> = path.split('/').collect();
    match parts[..] {
        ["tiles", _] => "/tiles/{edition}",
        ["tiles", _, scale] if scale.ends_with(".json") => "/tiles/{edition}/{scale}",
        ["tiles", _, _, _, _] => "/tiles/{edition}/{scale}/{z}/{x}",
        ["tiles", ..] => "/tiles/{edition}/{scale}/{z}/{x}/{y}",
        ["editions", "index.json"] => "/editions",
        ["editions", _, "indicators"] => "/editions/{edition}/indicators",
        ["editions", _, "certificate"] => "/editions/{edition}/certificate",
        ["editions", _, rows] if rows.starts_with("zones?") => "/editions/{edition}/zones",
        ["editions", _, rows] if rows.starts_with("search?") => "/editions/{edition}/search",
        ["export", _, _] => "/export/{edition}/{file}",
        ["styles", _] => "/styles/{name}",
        ["qgis", "features.xml"] => "/qgis/features.xml",
        ["qgis", "connections.xml"] => "/qgis/connections.xml",
        ["qgis", _] => "/qgis/{name}",
        ["ogc.json"] => "/ogc",
        ["ogc", ..] => ogc(&parts[1..]),
        ["auth", _] => "/auth/scope",
        ["health"] => "/health",
        ["ready"] => "/ready",
        ["index.html"] => "/",
        ["aide"] => "/aide",
        ["mentions-legales"] => "/mentions-legales",
        ["donnees-personnelles"] => "/donnees-personnelles",
        ["accessibilite"] => "/accessibilite",
        ["api", "documents", _] => "/api/documents/{id}",
        ["api", "conventions", _, name] if name != "exports" => {
            let routes = [
                "/api/conventions/{id}/annexe-3",
                "/api/conventions/{id}/committee",
                "/api/conventions/{id}/designations",
                "/api/conventions/{id}/destruction",
                "/api/conventions/{id}/documents",
                "/api/conventions/{id}/signature",
                "/api/conventions/{id}/subprocessors",
            ];
            routes.into_iter().find(|route| route[22..] == *name).expect("a route of a convention")
        }
        ["api", "requests", _] => "/api/requests/organisations",
        ["api", "breaches", _, "file"] => "/api/breaches/{id}/file",
        ["api", "conventions", _, "exports"] => "/api/conventions/{id}/exports",
        ["api", "conventions", "index.json"] => "/api/conventions",
        ["api", "breaches", "index.json"] => "/api/breaches",
        ["api", name] => {
            let name = name.split('?').next().unwrap_or_default();
            let routes = [
                "/api/me",
                "/api/clauses",
                "/api/sessions",
                "/api/tokens",
                "/api/accounts",
                "/api/conventions",
                "/api/journal",
                "/api/demo",
                "/api/breaches",
                "/api/register",
                "/api/legal",
            ];
            routes.into_iter().find(|route| route[5..] == *name).expect("a route of /api")
        }
        _ => "*",
    }
}

/// A route of `/ogc`.
fn ogc(parts: &[&str]) -> &'static str {
    let last = parts.last().map_or("", |last| last.split('?').next().unwrap_or_default());
    match (parts.len(), parts.first().copied(), last) {
        (1, _, "index.json") => "/ogc/",
        (1, _, "conformance") => "/ogc/conformance",
        (1, _, "api") => "/ogc/api",
        (1, _, "collections") | (2, Some("collections"), "index.json") => "/ogc/collections",
        (2, Some("tileMatrixSets"), "index.json") => "/ogc/tileMatrixSets",
        (2, ..) => "/ogc/tileMatrixSets/WebMercatorQuad",
        (3, _, "index.json") => "/ogc/collections/{collection}",
        (3, _, "items") => "/ogc/collections/{collection}/items",
        (3, _, "queryables") => "/ogc/collections/{collection}/queryables",
        (4, _, "feature") => "/ogc/collections/{collection}/schema/feature",
        (4, _, "WebMercatorQuad") => "/ogc/collections/{collection}/tiles/WebMercatorQuad",
        (4, ..) if parts[2] == "schema" => "/ogc/collections/{collection}/schema",
        (4, ..) if parts[2] == "tiles" => "/ogc/collections/{collection}/tiles",
        (4, _, "index.json") => "/ogc/collections/{collection}/items",
        (4, ..) => "/ogc/collections/{collection}/items/{id}",
        _ => panic!("{parts:?}"),
    }
}

/// The path of a saved answer, without its account and its token.
pub fn path(name: &str) -> &str {
    let inside = name.split_once('/').unwrap().1;
    match inside.strip_prefix("k/") {
        Some(rest) => rest.split_once('/').unwrap().1,
        None => inside,
    }
}

/// The answer of the national account to the same request, which others are compared with.
pub fn sibling(name: &str) -> String {
    let path = if name.starts_with("editions") { name } else { path(name) };
    format!("{NATIONAL}/{path}")
}

fn gather() -> Harvest {
    let territory = Territory::invent(&["--households", "3000"]);
    territory.build();
    let config = territory.config();
    let end = ["--config", config.to_str().unwrap()];
    let national = territory.account("ope@etat.fr", "france");
    let landlord = ["account", "add", "zoe@bailleur.fr", "--territory", "france"];
    let rights = ["--finest", "adresse", "--audience", "bailleur"];
    run(landlord.iter().chain(&rights).chain(&end));
    let landlord = territory.token("zoe@bailleur.fr");
    let server = Server::start(&config);
    let session = administrator(&territory, &server);
    let local = server.token(&session);

    let mut answers = BTreeMap::new();
    let mut save = |name: String, answer: Answer| {
        answers.insert(name, answer.body);
    };
    for (account, token, prefix) in [
        (NATIONAL, &national, String::new()),
        (LOCAL, &local, format!("k/{local}/")),
        (LANDLORD, &landlord, String::new()),
    ] {
        for path in paths(&server, &national, account == NATIONAL) {
            let inside = match path.as_str() {
                "" => "index.html",
                "editions" => "editions/index.json",
                "ogc" => "ogc.json",
                other => other,
            };
            // A path that is a folder of others is saved inside it.
            let inside = match inside.strip_prefix("ogc/") {
                Some("" | "collections" | "tileMatrixSets") => format!("{inside}/index.json"),
                Some(rest)
                    if rest.starts_with("collections/")
                        && (rest.matches('/').count() == 1
                            || ["/items", "/schema", "/tiles"]
                                .iter()
                                .any(|end| rest.ends_with(end))) =>
                {
                    format!("{inside}/index.json")
                }
                _ => inside.to_owned(),
            };
            let inside = inside.replace("//", "/");
            let shown = prefix.is_empty().then_some(token.as_str());
            let answer = server.get(&format!("/{prefix}{path}"), shown);
            save(format!("{account}/{prefix}{inside}"), answer);
        }
    }
    for name in [
        "me",
        "clauses",
        "sessions",
        "tokens",
        "accounts",
        "conventions",
        "breaches",
        "register",
        "demo",
        "legal",
    ] {
        let path = format!("api/{name}");
        // Other answers are saved in folders of these names.
        let saved = match name {
            "conventions" | "breaches" => format!("{path}/index.json"),
            _ => path.clone(),
        };
        let answer = server.ask(&session, &format!("GET /{path}"), Value::Null);
        save(format!("{LOCAL}/{saved}"), answer);
        save(format!("{NATIONAL}/{saved}"), server.get(&format!("/{path}"), Some(&national)));
        save(format!("{LANDLORD}/{saved}"), server.get(&format!("/{path}"), Some(&landlord)));
    }
    let path = "api/journal?from=2026-01-01&to=2199-12-31";
    save(format!("{LOCAL}/{path}"), server.ask(&session, &format!("GET /{path}"), Value::Null));
    let path = "api/requests/organisations?q=a";
    save(format!("{LOCAL}/{path}"), server.ask(&session, &format!("GET /{path}"), Value::Null));
    // What the journal holds of a second is written when it is over: what these say is written here.
    let told = [
        (
            "api/breaches/0123/file",
            "{\"lines\":[{\"account\":\"0123456789abcdef0123456789abcdef\",\"kind\":\"export\",\
             \"edition\":\"2024r1\",\"scale\":\"iris\",\"communes\":[\"95018\"],\
             \"first\":1800000000,\"last\":1800000001}]}",
        ),
        ("api/conventions/0123/exports", "{\"entries\":[]}"),
        (
            "api/conventions/0123/committee",
            "{\"members\":[{\"id\":\"0123456789abcdef\",\"seat\":\"epci\",\"organisation\":\"Agglo\",\
             \"representative\":\"Anne\",\"since\":1800000000,\"left_at\":null}],\
             \"consultations\":[{\"id\":\"0123456789abcdef\",\"stage\":\"analyse\",\
             \"subject\":\"Diagnostic\",\"held_on\":\"2026-01-02\",\"opinion\":\"favorable\"}]}",
        ),
        (
            "api/conventions/0123/designations",
            "{\"designations\":[{\"account\":\"0123456789abcdef\",\"role\":\"agent\",\
             \"name\":\"Anne\",\"email\":\"a@b.fr\",\"organisation\":\"Agglo\",\
             \"telephone\":\"01\",\"signed_on\":null,\"representative\":null}]}",
        ),
        (
            "api/conventions/0123/destruction",
            "{\"destructions\":[{\"id\":\"0123456789abcdef\",\"convention\":\"0123456789abcdef\",\
             \"attested_by\":\"Anne\",\"attested_at\":1800000000,\"exports\":2,\
             \"reference\":\"R1\"}]}",
        ),
        (
            "api/conventions/0123/documents",
            "{\"documents\":[{\"id\":\"0123456789abcdef\",\"convention\":\"0123456789abcdef\",\
             \"kind\":\"convention\",\"name\":\"a.pdf\",\"size\":10485760,\
             \"added_by\":\"Anne\",\"added_at\":1800000000}]}",
        ),
        (
            "api/conventions/0123/signature",
            "{\"signature\":{\"signed_on\":\"2026-01-02\",\"place\":\"Pau\",\"parties\":[\
             {\"party\":\"mandant\",\"organisation\":\"Agglo\",\"representative\":\"Anne\",\
             \"dpo\":\"dpo@b.fr\"}]}}",
        ),
        (
            "api/conventions/0123/subprocessors",
            "{\"subprocessors\":[{\"id\":\"0123456789abcdef\",\"name\":\"Hébergeur\",\
             \"purpose\":\"Hébergement\",\"asked_at\":1800000000,\"authorised\":null,\
             \"reference\":null}]}",
        ),
        ("api/conventions/0123/annexe-3", FORM),
        ("api/documents/0123", "%PDF-1.7\n%%EOF"),
    ];
    for (path, body) in told {
        answers.insert(format!("{LOCAL}/{path}"), body.into());
    }
    // No server of these tests is a demonstration: what one answers is written here.
    let demo = "{\"accounts\":[{\"email\":\"a@b.fr\",\"password\":\"x\",\"label\":\"Agent\"}]}";
    answers.insert(format!("{LOCAL}/api/demo"), demo.into());
    let (certificate, manifest) =
        (territory.document("certificate.json"), territory.document("manifest.json"));
    let limits = certificate["limits"].as_array().unwrap().iter();
    let sentences = limits.chain([&manifest["attribution"]]);
    let sentences = sentences.map(|text| text.as_str().unwrap().to_owned()).collect();
    Harvest { territory, answers, sentences }
}

/// The session of the administrator of an EPCI with a convention.
fn administrator(territory: &Territory, server: &Server) -> String {
    let config = territory.config();
    let end = ["--config", config.to_str().unwrap()];
    let code = format!("epci:{EPCI}");
    let kind = ["convention", "add", "--kind", "epci", "--code", &code, "--name", "Agglo"];
    let terms = ["--purpose", "Diagnostic", "--dpo", "dpo@agglo-a.fr", "--seats", "9"];
    let dates = ["--from", "2026-01-01", "--until", "2199-12-31"];
    let made = run(kind.iter().chain(&terms).chain(&dates).chain(&end));
    let id = String::from_utf8(made.stdout).unwrap().trim().to_owned();
    let named = ["convention", "administrator", &id, EMAIL, "--name", "Claire Chef"];
    run(named.iter().chain(&end));
    let breach = ["convention", "breach", &id, "--known", "2026-01-02T08:00:00Z"];
    let days = ["--from", "2026-01-01", "--to", "2026-01-31", "--description", "Un poste volé"];
    run(breach.iter().chain(&days).chain(&end));
    let outbox: &Path = &territory.input().join("outbox");
    server.prove(&link_in(outbox, EMAIL));
    server.begin(EMAIL)
}

/// What an account asks for, without the first slash.
fn paths(server: &Server, token: &str, every_style: bool) -> Vec<String> {
    let mut paths: Vec<String> = [
        "",
        "aide",
        "mentions-legales",
        "donnees-personnelles",
        "accessibilite",
        "health",
        "ready",
        "openapi.json",
        "sprites/seuil.json",
        "sprites/seuil@2x.png",
        "icon.svg",
        "auth/scope",
        "editions",
        "editions/2024r1/indicators",
        "editions/latest/certificate",
        "editions/2024r1/zones?scale=commune&within=epci:200901080&limit=2",
        "editions/2024r1/zones?scale=commune&within=epci:200901080&limit=5&f=ndjson",
        "editions/latest/zones?scale=adresse&fields=nom,n_logements,res_inf40_num&limit=40",
        "editions/latest/zones?scale=iris&within=departement:95&fields=code&limit=3",
        "editions/latest/zones?scale=carreau&limit=30",
        "editions/latest/zones?scale=france",
        "editions/latest/zones?scale=rue",
        "editions/latest/search?q=200901080&limit=7",
        "editions/latest/search?q=a",
        "export/2024r1/commune.csv?within=epci:200901080",
        "export/2024r1/commune.csv?within=epci:200901080&dialect=rfc4180&fields=nom,res_inf40",
        "export/2024r1/commune.geojson?within=epci:200901080&fields=code,n_logements,res_inf40",
        "export/2024r1/commune.xlsx?within=epci:200901080",
        "export/2024r1/commune.fgb?within=epci:200901080",
        "export/2024r1/commune.gpkg?within=epci:200901080",
        "export/2024r1/commune.parquet?within=epci:200901080",
        "export/2024r1/commune.zip?within=epci:200901080",
        "export/2024r1/adresse.csv",
        "export/2024r1/adresse.parquet",
        "export/2024r1/iris.gpkg",
        "export/latest/rue.csv",
        "qgis/connections.xml",
        "qgis/commune.qlr",
        "qgis/adresse.qlr",
        "qgis/iris.qlr?edition=2024r1",
        "qgis/reponse.iris.qlr?authcfg=abc1234",
        "qgis/rue.qlr",
        "qgis/commune.qlr?authcfg=trop-long",
        "qgis/features.xml",
        "ogc",
        "ogc/",
        "ogc/conformance",
        "ogc/api",
        "ogc/collections",
        "ogc/collections?f=html",
        "ogc/tileMatrixSets",
        "ogc/tileMatrixSets/WebMercatorQuad",
        "ogc/collections/2024r1.commune",
        "ogc/collections/latest.iris",
        "ogc/collections/2024r1.adresse",
        "ogc/collections/2024r1.rue",
        "ogc/collections/2024r1.commune/schema",
        "ogc/collections/2024r1.adresse/schema/feature",
        "ogc/collections/2024r1.grappe/schema/feature",
        "ogc/collections/2024r1.commune/queryables",
        "ogc/collections/2024r1.commune/tiles",
        "ogc/collections/2024r1.commune/tiles/WebMercatorQuad",
        "ogc/collections/2024r1.epci/items",
        "ogc/collections/2024r1.departement/items?f=html",
        "ogc/collections/2024r1.commune/items?n_menages=11",
        "ogc/collections/2024r1.commune/items/99999",
        "ogc/collections/2024r1.epci/items/200901080",
        "tiles/2024r1.json",
        "tiles/latest/commune.json",
        "tiles/2024r1/rue/0/0/0.pbf",
        "tiles/2024r1/commune/31/0/0.mvt",
        "tiles/2024r1/commune/11/3/3.mvt",
    ]
    .map(str::to_owned)
    .to_vec();
    // The communes of the EPCI, which every account sees.
    let zones = "/editions/2024r1/zones?scale=commune&within=epci:200901080&fields=code";
    let zones = server.get(zones, Some(token)).json();
    let codes: Vec<String> = zones["zones"]
        .as_array()
        .unwrap()
        .iter()
        .map(|zone| format!("'{}'", zone["code"].as_str().unwrap()))
        .collect();
    let filter = format!("filter=code%20IN%20({})", codes.join(","));
    // Another zone may touch it.
    let around =
        server.get("/editions/2024r1/zones?scale=commune&within=epci:200901080", Some(token));
    let sides: Vec<String> = around.json()["zones"][0]["bounds"]
        .as_array()
        .unwrap()
        .iter()
        .map(Value::to_string)
        .collect();
    for query in [
        format!("limit=900&bbox={}", sides.join(",")),
        format!("limit=901&{filter}"),
        format!("{filter}&limit=2"),
        format!("{filter}&f=fgb"),
        "code=99999&f=fgb".to_owned(),
        format!("{filter}&limit=3&f=html"),
        format!("code={}", codes[0].trim_matches('\'')),
    ] {
        paths.push(format!("ogc/collections/2024r1.commune/items?{query}"));
    }
    for scale in SCALES {
        let about = server.get(&format!("/tiles/2024r1/{scale}.json"), Some(token)).json();
        paths.push(format!("tiles/2024r1/{scale}.json"));
        paths.push(format!("tiles/2024r1/{scale}.labels.json"));
        let zooms = ["minzoom", "maxzoom"].map(|key| about[key].as_u64().unwrap() as u8);
        for zoom in zooms {
            for (x, y) in cover(bounds(&about), zoom).into_iter().take(12) {
                paths.push(format!("tiles/2024r1/{scale}/{zoom}/{x}/{y}.mvt"));
                paths.push(format!("tiles/2024r1/{scale}.labels/{zoom}/{x}/{y}.mvt"));
            }
        }
    }
    let about = server.get("/tiles/2024r1.json", Some(token)).json();
    for zoom in [0, 7, 10, 12] {
        let places = cover(bounds(&about), zoom);
        let middle = places.len() / 2;
        for (x, y) in places.into_iter().skip(middle.saturating_sub(3)).take(6) {
            paths.push(format!("tiles/latest/{zoom}/{x}/{y}.mvt"));
        }
    }
    let catalogue = server.get("/editions/2024r1/indicators", Some(token)).json();
    let families = catalogue["families"].as_array().unwrap().iter();
    for family in families.take(if every_style { usize::MAX } else { 2 }) {
        let family = family["id"].as_str().unwrap();
        paths.push(format!("styles/{family}.json"));
        paths.push(format!("styles/{family}.adresse.json"));
        paths.push(format!("styles/{family}.commune.sombre.json"));
    }
    paths.push("styles/tx_reponse.sombre.json".to_owned());
    paths
}
